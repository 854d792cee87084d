//! The glue inside the package's own namespace: `<package>/_vendor/mochi_runtime/`.

use crate::tree::{self, Files};
use rayon::prelude::*;
use toml_doc::Invalid;

/// The module of the glue, as the emitted tree imports it.
pub const GLUE: &str = "mochi_runtime";

/// The subpackage that holds what is vendored.
pub const VENDOR: &str = "_vendor";

/// The room on the stack of whoever parses: the parser nests as deep as the text does.
const STACK: usize = 64 << 20;

/// The glue for one kind of wheel: files by name, with its licences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glue {
    /// The files.
    pub files: Vec<(String, Vec<u8>)>,
}

/// The package that imports are turned to: `demo._vendor`.
pub(crate) fn module(home: &str) -> String {
    format!("{}.{VENDOR}", home.replace('/', "."))
}

/// The tree with every import of the glue turned to the vendored copy in `home`. `source` is the
/// folder, as messages call it.
pub(crate) fn turn(
    tree: &mut Files,
    source: &str,
    home: Option<&str>,
    problems: &mut Vec<Invalid>,
) {
    let own = format!("{GLUE}/");
    if tree
        .keys()
        .any(|path| path.starts_with(&own) || *path == format!("{GLUE}.py"))
    {
        problems.push(Invalid {
            file: format!("{source}/{GLUE}"),
            line: 1,
            key: String::new(),
            message: "the Python tree holds the glue itself, as a module for everybody".to_owned(),
            hint: Some("leave it out: each wheel gets a copy within its own package".to_owned()),
        });
        return;
    }
    let mentioning: Vec<(&String, &mut Vec<u8>)> = tree
        .iter_mut()
        .filter(|(path, _)| path.ends_with(".py") || path.ends_with(".pyi"))
        .filter(|(_, bytes)| tree::mentions(bytes, GLUE))
        .collect();
    if mentioning.is_empty() {
        return;
    }
    let home = home.map(module);
    let turned = |(path, bytes): (&String, &mut Vec<u8>)| one(path, bytes, source, home.as_deref());
    let pool = rayon::ThreadPoolBuilder::new().stack_size(STACK).build();
    let mut found: Vec<Invalid> = match pool {
        Ok(pool) => pool.install(|| mentioning.into_par_iter().filter_map(turned).collect()),
        Err(_) => mentioning.into_iter().filter_map(turned).collect(),
    };
    found.sort_by(|a, b| a.file.cmp(&b.file));
    problems.extend(found);
}

/// Turns the imports of a file; what is wrong with it.
fn one(path: &str, bytes: &mut Vec<u8>, source: &str, home: Option<&str>) -> Option<Invalid> {
    let invalid = |line: usize, message: String| Invalid {
        file: format!("{source}/{path}"),
        line,
        key: String::new(),
        message,
        hint: None,
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        let message =
            format!("mentions {GLUE} and is not UTF-8, so that its imports cannot be turned");
        return Some(invalid(1, message));
    };
    match import_scan::vendored(text, GLUE, home.unwrap_or("x")) {
        Ok(None) => None,
        Ok(Some(turned)) => {
            if home.is_none() {
                let message = format!("imports {GLUE}, which only a package can hold a copy of");
                let hint = "emit the module as a package: a folder with an __init__.py";
                return Some(invalid(1, message).with_hint(hint));
            }
            *bytes = turned.into_bytes();
            None
        }
        Err(error) => {
            let text = error.to_string();
            let text = text.strip_prefix(&format!("line {}: ", error.line()));
            Some(invalid(error.line(), text.unwrap_or_default().to_owned()))
        }
    }
}

/// Puts a copy of the glue into the package, in place of any that is there.
pub(crate) fn place(tree: &mut Files, home: &str, glue: &Glue) {
    let folder = format!("{home}/{VENDOR}");
    let own = format!("{folder}/{GLUE}/");
    tree.retain(|path, _| !path.starts_with(&own));
    tree.entry(format!("{folder}/__init__.py")).or_default();
    for (name, bytes) in &glue.files {
        tree.insert(format!("{own}{name}"), bytes.clone());
    }
}
