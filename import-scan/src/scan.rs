//! The imports of a file.

use crate::condition::{Known, holds};
use ruff_python_ast::{ElifElseClause, ExceptHandler, Expr, Stmt, StmtIf, StmtTry, WithItem};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::{Ranged, TextSize};
use std::collections::BTreeMap;
use tag_matrix::Environment;

/// The largest file that is looked at, in bytes.
const MAX_FILE: usize = 1 << 20;

/// An import of a module that is not the file's own package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// The module, or a name that is taken from one: `concurrent.futures.ThreadPoolExecutor`.
    pub module: String,
    /// The line, counted from 1.
    pub line: usize,
}

/// The imports that happen when a file is imported in an environment, in their order: not those in
/// functions, in branches that the environment does not take, or where a `try` expects that they
/// fail. Of text that is not Python, what can be made out of it; a file of more than a mebibyte
/// has none.
///
/// The parser nests as deep as the text does: call it with room on the stack.
#[must_use]
pub fn imports(source: &str, environment: &Environment) -> Vec<Import> {
    if source.len() > MAX_FILE {
        return Vec::new();
    }
    let parsed = parse_unchecked(source, ParseOptions::from(Mode::Module));
    let Some(module) = parsed.try_into_module() else {
        return Vec::new();
    };
    let mut scan = Scan {
        known: Known {
            environment,
            flags: BTreeMap::new(),
        },
        found: Vec::new(),
    };
    scan.block(&module.syntax().body);
    let lines = Lines::new(source);
    let found = scan.found.into_iter();
    found
        .map(|(module, at)| Import {
            module,
            line: lines.of(at),
        })
        .collect()
}

struct Scan<'e> {
    known: Known<'e>,
    found: Vec<(String, TextSize)>,
}

impl Scan<'_> {
    /// The statements of a block, up to one that certainly leaves it; whether none does.
    fn block(&mut self, statements: &[Stmt]) -> bool {
        statements.iter().all(|statement| self.visit(statement))
    }

    /// A statement; whether what stands behind it may be reached.
    fn visit(&mut self, statement: &Stmt) -> bool {
        match statement {
            Stmt::Raise(_) => return false,
            Stmt::If(statement) => return self.branches(statement),
            Stmt::Assign(assignment) => {
                let [Expr::Name(name)] = &assignment.targets[..] else {
                    return true;
                };
                let name = name.id.to_string();
                match holds(&assignment.value, &self.known) {
                    Some(flag) => self.known.flags.insert(name, flag),
                    None => self.known.flags.remove(&name),
                };
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    self.add(alias.name.as_str().to_owned(), alias.range().start());
                }
            }
            Stmt::ImportFrom(import) if import.level == 0 => {
                let Some(module) = &import.module else {
                    return true;
                };
                for alias in &import.names {
                    let name = format!("{module}.{}", alias.name);
                    self.add(name, statement.range().start());
                }
            }
            Stmt::Try(statement) => self.attempt(statement),
            Stmt::With(statement) if is_suppressing(&statement.items) => {}
            Stmt::With(statement) => {
                self.block(&statement.body);
            }
            Stmt::ClassDef(class) => {
                self.block(&class.body);
            }
            Stmt::Match(statement) => {
                for case in &statement.cases {
                    self.block(&case.body);
                }
            }
            Stmt::For(statement) => {
                self.block(&statement.body);
                self.block(&statement.orelse);
            }
            Stmt::While(statement) => {
                self.block(&statement.body);
            }
            _ => {}
        }
        true
    }

    fn add(&mut self, module: String, at: TextSize) {
        self.found.push((module, at));
    }

    /// Every branch that may be taken: those behind one that certainly is are not. Whether what
    /// stands behind all of them may be reached.
    fn branches(&mut self, statement: &StmtIf) -> bool {
        let own = (Some(&*statement.test), &statement.body[..]);
        let others = statement
            .elif_else_clauses
            .iter()
            .map(|clause: &ElifElseClause| (clause.test.as_ref(), &clause.body[..]));
        // Whether a branch that may be taken leads behind all of them.
        let mut may_pass = false;
        for (test, body) in std::iter::once(own).chain(others) {
            let taken = test.map_or(Some(true), |test| holds(test, &self.known));
            let goes_on = taken != Some(false) && self.block(body);
            may_pass |= goes_on;
            if taken == Some(true) {
                return may_pass;
            }
        }
        true
    }

    /// What a `try` expects to fail is not told, if it is imports that it expects to fail.
    fn attempt(&mut self, statement: &StmtTry) {
        let expects = statement.handlers.iter().any(|handler| {
            let ExceptHandler::ExceptHandler(handler) = handler;
            handler.type_.as_deref().is_none_or(is_import_error)
        });
        if !expects {
            self.block(&statement.body);
            self.block(&statement.orelse);
        }
        self.block(&statement.finalbody);
    }
}

/// Whether an exception is one that a failing import raises, or one above it.
fn is_import_error(expression: &Expr) -> bool {
    match expression {
        Expr::Attribute(attribute) => matches!(
            attribute.attr.as_str(),
            "ImportError" | "ModuleNotFoundError"
        ),
        Expr::Name(name) => matches!(
            name.id.as_str(),
            "ImportError" | "ModuleNotFoundError" | "Exception" | "BaseException"
        ),
        Expr::Tuple(tuple) => tuple.elts.iter().any(is_import_error),
        _ => false,
    }
}

/// `with contextlib.suppress(ImportError):`
fn is_suppressing(items: &[WithItem]) -> bool {
    items.iter().any(|item| {
        let Expr::Call(call) = &item.context_expr else {
            return false;
        };
        let name = match &*call.func {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => "",
        };
        name == "suppress" && call.arguments.args.iter().any(is_import_error)
    })
}

/// Where the lines of a text begin.
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    pub(crate) fn new(source: &str) -> Self {
        let bytes = source.as_bytes();
        // `\r\n` is one break, and so are `\n` and `\r` alone.
        let ends = (0..bytes.len()).filter(|at| {
            bytes[*at] == b'\n' || bytes[*at] == b'\r' && bytes.get(at + 1) != Some(&b'\n')
        });
        Self(std::iter::once(0).chain(ends.map(|at| at + 1)).collect())
    }

    pub(crate) fn of(&self, at: TextSize) -> usize {
        self.0.partition_point(|start| *start <= at.to_usize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tag_matrix::{Floors, Target};

    fn of(target: &str) -> Environment {
        let target: Target = target.parse().unwrap();
        let python = *target.pythons().iter().max().unwrap();
        Environment::new(target, python, &Floors::default()).unwrap()
    }

    fn found(target: &str, source: &str) -> Vec<String> {
        let found = imports(source, &of(target)).into_iter();
        found
            .map(|import| format!("{}:{}", import.module, import.line))
            .collect()
    }

    #[test]
    fn only_what_happens_on_import_counts() {
        let source = "import a, b.c as d\nfrom e import (\n  f,\n  g as h,\n)\nfrom . import i\nfrom .j import k\n\
            def x():\n  import l\nclass Y:\n  import m\n  def z(self):\n    import n\nwith o():\n  import p\nasync def q():\n  import r\n";
        assert_eq!(
            found("wasm32-wasip2", source),
            ["a:1", "b.c:1", "e.f:2", "e.g:2", "m:11", "p:15"]
        );
    }

    #[test]
    fn what_is_expected_to_fail_is_not_told() {
        for guard in [
            "except ImportError",
            "except (OSError, ModuleNotFoundError)",
            "except Exception as e",
            "except",
        ] {
            let source = format!("try:\n  import a\n{guard}:\n  import b\nfinally:\n  import c\n");
            assert_eq!(found("wasm32-wasip2", &source), ["c:6"], "{guard}");
        }
        let source = "try:\n  import a\nexcept OSError:\n  pass\n";
        assert_eq!(found("wasm32-wasip2", source), ["a:2"]);
        let source = "with contextlib.suppress(ImportError):\n  import a\n";
        assert_eq!(found("wasm32-wasip2", source), Vec::<String>::new());
    }

    #[test]
    fn branches_that_are_not_taken_do_not_count() {
        for (test, on_wasi, on_linux) in [
            ("sys.platform == 'wasi'", true, false),
            ("'wasi' != sys.platform", false, true),
            ("sys.platform.startswith('lin')", false, true),
            ("sys.platform in ('wasi', 'emscripten')", true, false),
            ("not sys.platform not in {'wasi'}", true, false),
            ("os.name == 'posix' and sys.platform == 'wasi'", true, false),
            ("os.name == 'nt' or unknown()", true, true),
            ("os.name == 'nt' and unknown()", false, false),
            ("TYPE_CHECKING", false, false),
            ("typing.TYPE_CHECKING", false, false),
            ("platform.system() == 'Linux'", false, true),
            ("sys.version_info >= (3, 9)", true, true),
            ("sys.version_info < (3, 9)", false, false),
            ("sys.version_info[0] < 3", true, true),
            ("platform != 'wasi'", false, true),
            (
                "_sys.platform == 'wasi' and _os.name == 'posix'",
                true,
                false,
            ),
            ("__name__ == '__main__'", false, false),
            ("True", true, true),
        ] {
            let source = format!("if {test}:\n  import a\nelse:\n  import b\n");
            for (target, taken) in [("wasm32-wasip2", on_wasi), ("linux-x64", on_linux)] {
                let found = found(target, &source);
                assert_eq!(
                    found.contains(&"a:2".to_owned()),
                    taken,
                    "{test} on {target}"
                );
            }
        }
        for source in [
            "ON_WASI = sys.platform == 'wasi'\nif not ON_WASI:\n  import a\n",
            "if sys.platform == 'wasi':\n  raise ImportError\nimport a\n",
            "if sys.platform != 'wasi':\n  import b\nelse:\n  raise ImportError\nimport a\n",
        ] {
            assert!(found("wasm32-wasip2", source).is_empty(), "{source}");
            assert!(!found("linux-x64", source).is_empty(), "{source}");
        }
        let source = "if x:\n  raise ImportError\nimport a\nmatch y:\n  case 1:\n    import b\n";
        assert_eq!(found("wasm32-wasip2", source), ["a:3", "b:6"]);
        assert_eq!(
            found("wasm32-wasip2", "import a\rimport b\r\nimport c"),
            ["a:1", "b:2", "c:3"]
        );
        let source =
            "if x:\n  import a\nelif sys.platform == 'wasi':\n  import b\nelse:\n  import c\n";
        assert_eq!(found("wasm32-wasip2", source), ["a:2", "b:4"]);
    }

    #[test]
    fn text_that_is_no_python_is_no_danger() {
        for source in [
            "import a\ndef x(:\nimport b\n",
            "import a\n\0\u{feff}import",
            "import a\nprint 'old'\n",
        ] {
            assert_eq!(found("wasm32-wasip2", source)[0], "a:1", "{source:?}");
        }
        assert!(found("wasm32-wasip2", &"#".repeat(MAX_FILE + 1)).is_empty());
    }

    #[test]
    fn depth_is_no_danger() {
        let room = std::thread::Builder::new().stack_size(512 << 20);
        let deep = || {
            let times = MAX_FILE / 2 - 20;
            for (open, close) in [("(", ")"), ("-", ""), ("a.", "a"), ("[", "")] {
                let text = format!(
                    "x = {}1{}\n",
                    open.repeat(times),
                    close.repeat(times.min(9))
                );
                let _ = found("wasm32-wasip2", &text);
            }
            let blocks: String = (0..90)
                .map(|n| format!("{}if x:\n", " ".repeat(n)))
                .collect();
            let _ = found("wasm32-wasip2", &blocks);
        };
        room.spawn(deep).unwrap().join().unwrap();
    }
}
