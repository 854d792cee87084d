//! The Python tree that the Mochi backend emitted: what can be imported from it, and where the
//! glue goes.

use std::collections::{BTreeMap, BTreeSet};

/// Files by their paths, with forward slashes.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The top-level names that can be imported: modules and packages.
pub(crate) fn tops(tree: &Files) -> Vec<String> {
    let tops: BTreeSet<&str> = tree
        .keys()
        .filter(|path| is_module(path))
        .filter_map(|path| match path.split_once('/') {
            Some((folder, _)) => Some(folder),
            None => path.split('.').next(),
        })
        .filter(|name| is_identifier(name))
        .collect();
    tops.into_iter().map(str::to_owned).collect()
}

/// Whether a file makes something importable.
fn is_module(path: &str) -> bool {
    [".py", ".pyi", ".so", ".pyd"]
        .iter()
        .any(|ending| path.ends_with(ending))
}

fn is_identifier(name: &str) -> bool {
    !name.starts_with(char::is_numeric)
        && !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// The folder of the package that holds the glue: of several the one of the distribution's name or
/// the project's, else the first that imports the glue, else the first. Within a namespace
/// (PEP 420) it is the package below it. `None` where there are only modules.
pub(crate) fn home(tree: &Files, names: &[&str], module: &str) -> Option<String> {
    let packages: Vec<String> = tops(tree)
        .into_iter()
        .filter(|top| tree.keys().any(|path| is_below(path, top)))
        .collect();
    let named = |name: &&str| {
        let name = name.to_lowercase().replace(['-', '.'], "_");
        packages
            .iter()
            .find(|package| package.to_lowercase() == name)
    };
    let mentions = |package: &&String| {
        let files = tree.iter().filter(|(path, _)| is_below(path, package));
        files.into_iter().any(|(_, bytes)| mentions(bytes, module))
    };
    let top = names
        .iter()
        .find_map(named)
        .or_else(|| packages.iter().find(mentions))
        .or_else(|| packages.first())?;
    Some(below_namespaces(tree, top))
}

/// Whether a file's bytes hold the word.
pub(crate) fn mentions(bytes: &[u8], word: &str) -> bool {
    memchr::memmem::find(bytes, word.as_bytes()).is_some()
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

/// A folder that holds nothing but one folder is a namespace.
fn below_namespaces(tree: &Files, top: &str) -> String {
    let mut folder = top.to_owned();
    loop {
        let prefix = format!("{folder}/");
        let children: BTreeSet<&str> = tree
            .keys()
            .filter_map(|path| path.strip_prefix(&prefix))
            .filter_map(|rest| rest.split_inclusive('/').next())
            .collect();
        match children.into_iter().collect::<Vec<_>>()[..] {
            [only] if only.ends_with('/') && only != "_vendor/" => {
                folder = prefix + only.trim_end_matches('/');
            }
            _ => return folder,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> Files {
        let files = paths.iter().map(|path| ((*path).to_owned(), Vec::new()));
        files.collect()
    }

    #[test]
    fn what_can_be_imported() {
        let tree = tree(&[
            "demo/__init__.py",
            "tool.py",
            "ns/x/y.py",
            "stub.pyi",
            "_x.abi3.so",
            "data/a.txt",
            "README.txt",
            "no-name/x.py",
        ]);
        assert_eq!(tops(&tree), ["_x", "demo", "ns", "stub", "tool"]);
    }

    #[test]
    fn where_the_glue_goes() {
        for (paths, names, expected) in [
            (&["demo/__init__.py"][..], &[][..], Some("demo")),
            (&["demo.py"], &[], None),
            (
                &["a/__init__.py", "mochi_demo/x.py"],
                &["mochi-demo"],
                Some("mochi_demo"),
            ),
            (&["a/__init__.py", "b/x.py"], &["c", "b"], Some("b")),
            (&["a/__init__.py", "b/x.py"], &["c"], Some("a")),
            (
                &["ns/core/sub/__init__.py", "ns/core/sub/x.py"],
                &[],
                Some("ns/core/sub"),
            ),
            (&["ns/a/x.py", "ns/b/x.py"], &[], Some("ns")),
            (&["a/_vendor/x/__init__.py"], &[], Some("a")),
        ] {
            let found = home(&tree(paths), names, "mochi_runtime");
            assert_eq!(found.as_deref(), expected, "{paths:?}");
        }
        let mut tree = tree(&["a/__init__.py"]);
        tree.insert("b/x.py".to_owned(), b"import mochi_runtime".to_vec());
        assert_eq!(home(&tree, &[], "mochi_runtime").as_deref(), Some("b"));
    }
}
