//! What can be imported from a wheel, found by the names of its files.
//!
//! The lists of releases have it from their recipes; for other wheels nobody has written it down
//! (`top_level.txt` is setuptools' alone, and knows no namespaces). Pyodide looks a program's
//! `import a.b` up as `a` and as `a.b`.

use std::collections::{BTreeMap, BTreeSet};

/// What a wheel brings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imports {
    /// Its modules and packages by full name: those at the top, and the topmost ones in namespace
    /// packages (PEP 420), `google.protobuf`. Sorted.
    pub modules: Vec<String>,
    /// Its namespace packages, which others may have a part of too: `google`. Sorted.
    pub namespaces: Vec<String>,
}

/// Modules that come by accident, and that a program means its own by.
const TESTS: [&str; 2] = ["test", "tests"];

/// What a folder of Python files holds.
#[derive(Default)]
struct Folder<'a> {
    folders: BTreeMap<&'a str, Self>,
    modules: BTreeSet<&'a str>,
}

impl Imports {
    /// What the files at these paths, relative to `site-packages`, bring. Their order does not
    /// matter.
    ///
    /// Tests at the top are left out, unless there is nothing else.
    pub fn of<'a>(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let mut top = Folder::default();
        for path in paths {
            let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
            let mut parts = folders.split('/').filter(|part| !part.is_empty());
            let Some(module) = module(file).filter(|_| parts.clone().all(is_identifier)) else {
                continue;
            };
            let folder = parts.try_fold(&mut top, |folder, part| {
                Some(folder.folders.entry(part).or_default())
            });
            folder.map(|folder| folder.modules.insert(module));
        }
        let mut imports = Self::default();
        imports.add(&top, "");
        let top = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
        let is_test = |name: &String| TESTS.contains(&top(name).as_str());
        if !imports.modules.iter().all(is_test) {
            imports.modules.retain(|name| !is_test(name));
        }
        imports.namespaces.retain(|name| !is_test(name));
        imports.modules.sort();
        imports.modules.dedup();
        imports.namespaces.sort();
        imports
    }

    fn add(&mut self, folder: &Folder<'_>, prefix: &str) {
        let modules = folder.modules.iter().filter(|name| **name != "__main__");
        self.modules
            .extend(modules.map(|name| format!("{prefix}{name}")));
        for (name, inner) in &folder.folders {
            let full = format!("{prefix}{name}");
            if inner.modules.contains("__init__") {
                self.modules.push(full);
            } else {
                let before = self.modules.len();
                self.add(inner, &format!("{full}."));
                if self.modules.len() > before {
                    self.namespaces.push(full);
                }
            }
        }
    }
}

/// The module that a file is: `x.py`, `x.so`, `x.abi3.so`, `x.cpython-313-wasm32-emscripten.so`.
fn module(file: &str) -> Option<&str> {
    let stem = match file.strip_suffix(".py") {
        Some(stem) => stem,
        None => file.strip_suffix(".so")?.split('.').next()?,
    };
    is_identifier(stem).then_some(stem)
}

fn is_identifier(text: &str) -> bool {
    let is_start = |c: char| c == '_' || c.is_alphabetic();
    text.chars().next().is_some_and(is_start) && text.chars().all(|c| is_start(c) || c.is_numeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(paths: &[&str]) -> (String, String) {
        let imports = Imports::of(paths.iter().copied());
        let mut turned = paths.to_vec();
        turned.reverse();
        assert_eq!(Imports::of(turned), imports, "in any order");
        (imports.modules.join(" "), imports.namespaces.join(" "))
    }

    #[test]
    fn modules_packages_and_native_modules_are_found() {
        let found = of(&[
            "six.py",
            "_private/__init__.py",
            "_private/inner.py",
            "fast.cpython-313-wasm32-emscripten.so",
            "fast.pyi",
            "stable.abi3.so",
            "plain.so",
            "native/__init__.cpython-313-wasm32-emscripten.so",
            "six-1.0.dist-info/METADATA",
            "six-1.0.dist-info/hidden.py",
            "six.libs/libx.so",
            "share/doc/readme.txt",
            "not-a-module.py",
            "9.py",
            "__main__.py",
        ]);
        let names = "_private fast native plain six stable";
        assert_eq!(found, (names.to_owned(), String::new()));
    }

    #[test]
    fn namespaces_have_dotted_names() {
        let found = of(&[
            "google/protobuf/__init__.py",
            "google/protobuf/any.py",
            "google/api/one_pb2.py",
            "google/data/x.json",
            "google/cloud/store/__init__.py",
        ]);
        assert_eq!(
            found.0,
            "google.api.one_pb2 google.cloud.store google.protobuf"
        );
        assert_eq!(found.1, "google google.api google.cloud");
    }

    #[test]
    fn tests_at_the_top_are_left_out() {
        assert_eq!(
            of(&["a/__init__.py", "tests/__init__.py", "tests/x.py"]).0,
            "a"
        );
        assert_eq!(of(&["tests/__init__.py"]).0, "tests");
        assert_eq!(of(&["a.py", "tests/x.py"]), ("a".to_owned(), String::new()));
        assert_eq!(of(&[]), Default::default());
    }
}
