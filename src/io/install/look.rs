//! What is on the disk where a package goes.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use super::tree::{Node, Tree};

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum There {
    Nothing,
    File,
    Folder,
    /// A link to a folder: what is in it may be ours, the link is not.
    LinkedFolder,
}

impl There {
    pub(crate) fn at(path: &Path) -> Self {
        match fs::symlink_metadata(path) {
            Err(_) => Self::Nothing,
            Ok(metadata) if metadata.is_dir() => Self::Folder,
            Ok(metadata) if metadata.is_symlink() && path.is_dir() => Self::LinkedFolder,
            Ok(_) => Self::File,
        }
    }
}

/// Whether everything in a folder is of one package: a file that it lists in `own`, or a compiled
/// file of one of its modules. `around` is what it has in the folder above.
pub(crate) fn is_own(folder: &Path, own: Tree<'_>, around: Tree<'_>) -> bool {
    let compiled = folder.ends_with("__pycache__");
    let Ok(entries) = fs::read_dir(folder) else {
        return false;
    };
    let children = own.children();
    entries.into_iter().all(|entry| {
        let Ok(entry) = entry else { return false };
        let Ok(kind) = entry.file_type() else {
            return false;
        };
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return false;
        };
        match children.get(name) {
            Some(Node::Folder(tree)) => kind.is_dir() && is_own(&entry.path(), *tree, own),
            Some(Node::File) => !kind.is_dir(),
            None if kind.is_dir() => is_own(&entry.path(), Tree::default(), own),
            None => compiled && is_compiled_of(name, around),
        }
    })
}

/// Whether every file in a folder, whose path below its root is `path`, is one that `fits` takes.
pub(crate) fn is_all(folder: &Path, path: &str, fits: &dyn Fn(&str) -> bool) -> bool {
    let Ok(entries) = fs::read_dir(folder) else {
        return false;
    };
    entries.into_iter().all(|entry| {
        let Ok(entry) = entry else { return false };
        let Ok(kind) = entry.file_type() else {
            return false;
        };
        let Ok(name) = entry.file_name().into_string() else {
            return false;
        };
        let path = join(path, &name);
        if kind.is_dir() {
            is_all(&entry.path(), &path, fits)
        } else {
            fits(&path)
        }
    })
}

/// The path of something in a folder; the root is the empty path.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

/// What is in a folder, sorted; what is no text is left out.
pub(crate) fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// Whether `x.cpython-313.pyc` was compiled from an `x.py` of the tree.
pub(crate) fn is_compiled_of(name: &str, modules: Tree<'_>) -> bool {
    let module = name
        .strip_suffix(".pyc")
        .and_then(|stem| stem.split('.').next());
    module.is_some_and(|module| modules.has_file(&format!("{module}.py")))
}

/// Whether two files have the same content.
///
/// # Errors
/// One of them cannot be read.
pub(crate) fn same_content(a: &Path, b: &Path) -> io::Result<bool> {
    const MOST: u64 = 64 << 20;
    let size = fs::metadata(a)?.len();
    if size != fs::metadata(b)?.len() || size > MOST {
        return Ok(false);
    }
    let read = |path: &Path| -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        fs::File::open(path)?.take(MOST).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    Ok(read(a)? == read(b)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, path: &str, content: &str) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    #[test]
    fn a_folder_is_own_with_what_was_compiled_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for path in [
            "a.py",
            "sub/b.py",
            "__pycache__/a.cpython-313.pyc",
            "sub/__pycache__/b.cpython-313.opt-2.pyc",
        ] {
            write(folder, path, "");
        }
        fs::create_dir(folder.join("empty")).unwrap();
        let own = ["a.py", "gone.py", "sub/b.py"];
        let is_own = |own: &[&str]| is_own(folder, Tree::new(own), Tree::default());
        assert!(is_own(&own));
        assert!(
            !is_own(&["a.py"]) && !is_own(&["sub/b.py"]),
            "a file of somebody else"
        );
        assert!(!is_own(&["a.py", "sub"]), "a folder where a file was");
        write(folder, "__pycache__/other.cpython-313.pyc", "");
        assert!(!is_own(&own), "compiled of something else");
    }

    #[test]
    fn all_files_are_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["a", "b/c", "b/d/e"] {
            write(folder.path(), path, "");
        }
        let all = |known: &[&str]| is_all(folder.path(), "x", &|path| known.contains(&path));
        assert!(all(&["x/a", "x/b/c", "x/b/d/e"]));
        assert!(!all(&["x/a", "x/b/c"]));
    }

    #[test]
    fn content_is_compared_byte_by_byte() {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in [("a", "one"), ("b", "one"), ("c", "two"), ("d", "three")] {
            write(folder.path(), name, content);
        }
        let same = |a: &str, b: &str| {
            same_content(&folder.path().join(a), &folder.path().join(b)).unwrap()
        };
        assert!(same("a", "b") && !same("a", "c") && !same("a", "d"));
    }
}
