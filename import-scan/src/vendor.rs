//! Imports of a module, turned to the copy of it that a package vendors.

use crate::scan::Lines;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Alias, Expr, ExprCall, Stmt, StmtImport, StmtImportFrom};
use ruff_python_parser::{Mode, ParseOptions, parse};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// Why the imports of a file cannot be turned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VendorError {
    /// The file is not Python.
    #[error("line {line}: not valid Python: {message}")]
    Syntax {
        /// The line, counted from 1.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// The module is imported by a call, which is not rewritten.
    #[error(
        "line {line}: `{function}` imports `{module}` by its name, which is another one in a wheel; write an import statement"
    )]
    Dynamic {
        /// The line, counted from 1.
        line: usize,
        /// The function that is called.
        function: String,
        /// The name it is called with.
        module: String,
    },
}

impl VendorError {
    /// The line, counted from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        match self {
            Self::Syntax { line, .. } | Self::Dynamic { line, .. } => *line,
        }
    }
}

/// The file with every import of the top-level module `module` turned to the one of that name in
/// the package `home` (`demo._vendor`); `None` where it imports no such module. The names that an
/// import binds stay the same, and so does every other character, its line too.
///
/// The parser nests as deep as the text does: call it with room on the stack.
///
/// # Errors
/// [`VendorError`]: what mentions the module is not Python, or imports it by a call.
pub fn vendored(source: &str, module: &str, home: &str) -> Result<Option<String>, VendorError> {
    if !source.contains(module) {
        return Ok(None);
    }
    let lines = Lines::new(source);
    let parsed =
        parse(source, ParseOptions::from(Mode::Module)).map_err(|error| VendorError::Syntax {
            line: lines.of(error.location.start()),
            message: error.error.to_string(),
        })?;
    let mut turn = Turn {
        module,
        home,
        changes: Vec::new(),
        dynamic: None,
    };
    if let Some(parsed) = parsed.try_into_module() {
        turn.visit_body(&parsed.syntax().body);
    }
    if let Some((at, function, module)) = turn.dynamic {
        return Err(VendorError::Dynamic {
            line: lines.of(at),
            function,
            module,
        });
    }
    Ok((!turn.changes.is_empty()).then(|| apply(source, &turn.changes)))
}

/// The text with parts replaced, which come in their order.
fn apply(source: &str, changes: &[(TextRange, String)]) -> String {
    let mut text = String::with_capacity(source.len() + 64 * changes.len());
    let mut at = 0;
    for (range, new) in changes {
        text.push_str(&source[at..range.start().to_usize()]);
        text.push_str(new);
        at = range.end().to_usize();
    }
    text.push_str(&source[at..]);
    text
}

struct Turn<'a> {
    module: &'a str,
    home: &'a str,
    changes: Vec<(TextRange, String)>,
    dynamic: Option<(TextSize, String, String)>,
}

impl Turn<'_> {
    fn is_ours(&self, name: &str) -> bool {
        let rest = name.strip_prefix(self.module);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// `import a, mochi_runtime as b, mochi_runtime.c`: one statement for each, on the same line.
    fn import(&mut self, import: &StmtImport) {
        if !import.names.iter().any(|alias| self.is_ours(&alias.name)) {
            return;
        }
        let statements: Vec<String> = import.names.iter().map(|alias| self.one(alias)).collect();
        self.changes.push((import.range(), statements.join("; ")));
    }

    fn one(&self, alias: &Alias) -> String {
        let (name, home, module) = (alias.name.as_str(), self.home, self.module);
        let bound = alias.asname.as_ref().map(|bound| format!(" as {bound}"));
        if !self.is_ours(name) {
            return format!("import {name}{}", bound.unwrap_or_default());
        }
        match (name.rsplit_once('.'), bound) {
            (None, bound) => format!("from {home} import {module}{}", bound.unwrap_or_default()),
            (Some(_), Some(bound)) => format!("import {home}.{name}{bound}"),
            // Imports the submodule and binds the top-level module, as the statement did.
            (Some((package, submodule)), None) => format!(
                "from {home}.{package} import {submodule} as {module}; from {home} import {module}"
            ),
        }
    }

    /// `from mochi_runtime.x import y`: only the module's name.
    fn import_from(&mut self, import: &StmtImportFrom) {
        let Some(name) = import.module.as_ref().filter(|_| import.level == 0) else {
            return;
        };
        if self.is_ours(name) {
            let change = (name.range(), format!("{}.{name}", self.home));
            self.changes.push(change);
        }
    }

    /// `importlib.import_module("mochi_runtime")` and its like.
    fn call(&mut self, call: &ExprCall) {
        let function = match &*call.func {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => return,
        };
        if !matches!(
            function,
            "__import__" | "import_module" | "find_spec" | "run_module"
        ) {
            return;
        }
        let Some(Expr::StringLiteral(literal)) = call.arguments.args.first() else {
            return;
        };
        let name = literal.value.to_str();
        if self.is_ours(name) && self.dynamic.is_none() {
            self.dynamic = Some((call.range().start(), function.to_owned(), name.to_owned()));
        }
    }
}

impl<'a> Visitor<'a> for Turn<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Import(import) => self.import(import),
            Stmt::ImportFrom(import) => self.import_from(import),
            _ => visitor::walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::Call(call) = expression {
            self.call(call);
        }
        visitor::walk_expr(self, expression);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(source: &str) -> Result<Option<String>, VendorError> {
        vendored(source, "mochi_runtime", "demo._vendor")
    }

    #[test]
    fn every_form_of_an_import() {
        for (source, expected) in [
            (
                "import mochi_runtime\n",
                "from demo._vendor import mochi_runtime\n",
            ),
            (
                "import mochi_runtime as m",
                "from demo._vendor import mochi_runtime as m",
            ),
            (
                "import mochi_runtime.x as y",
                "import demo._vendor.mochi_runtime.x as y",
            ),
            (
                "import mochi_runtime.a.b",
                "from demo._vendor.mochi_runtime.a import b as mochi_runtime; from demo._vendor import mochi_runtime",
            ),
            (
                "import os, mochi_runtime, sys as s  # why",
                "import os; from demo._vendor import mochi_runtime; import sys as s  # why",
            ),
            (
                "from mochi_runtime import (\n    call_host,  # a\n    expose as e,\n)\n",
                "from demo._vendor.mochi_runtime import (\n    call_host,  # a\n    expose as e,\n)\n",
            ),
            (
                "from  mochi_runtime.x  import *",
                "from  demo._vendor.mochi_runtime.x  import *",
            ),
            (
                "if a: import mochi_runtime\nelse:\n\tx = 1; from mochi_runtime import y\r\n",
                "if a: from demo._vendor import mochi_runtime\nelse:\n\tx = 1; from demo._vendor.mochi_runtime import y\r\n",
            ),
            (
                "class A:\n  async def f(self):\n    try:\n      import mochi_runtime\n    except E: pass\n",
                "class A:\n  async def f(self):\n    try:\n      from demo._vendor import mochi_runtime\n    except E: pass\n",
            ),
            (
                "\u{feff}é = 'mochi_runtime'\nimport mochi_runtime\n",
                "\u{feff}é = 'mochi_runtime'\nfrom demo._vendor import mochi_runtime\n",
            ),
        ] {
            assert_eq!(
                turned(source).unwrap().as_deref(),
                Some(expected),
                "{source}"
            );
        }
    }

    #[test]
    fn what_is_no_import_of_it_stays() {
        for source in [
            "import os\n",
            "# import mochi_runtime\n",
            "'''\nimport mochi_runtime\n'''\n",
            "x = \"import mochi_runtime\"\n",
            "import mochi_runtime_x\nfrom mochi_runtimes import y\nimport a.mochi_runtime\n",
            "from .mochi_runtime import x\nfrom . import mochi_runtime\nfrom a import mochi_runtime\n",
            "mochi_runtime.call_host('x')\n",
            "import_module(name)\nload('mochi_runtime')\n",
        ] {
            assert_eq!(turned(source), Ok(None), "{source}");
        }
    }

    #[test]
    fn what_cannot_be_turned_says_where() {
        let error =
            turned("import os\n\nm = importlib.import_module('mochi_runtime.x')\n").unwrap_err();
        assert_eq!(error.line(), 3);
        assert!(error.to_string().contains("`mochi_runtime.x`"), "{error}");
        let error = turned("import mochi_runtime\nif:\n").unwrap_err();
        assert!(
            matches!(error, VendorError::Syntax { line: 2, .. }),
            "{error}"
        );
        assert_eq!(turned("if:\n"), Ok(None), "nothing to turn");
    }
}
