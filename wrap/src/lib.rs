//! The forms of a bridge: what `mochi py wrap` writes.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `python` | the wrapper module: records as dataclasses, functions of both sides |
//! | `helpers.py` | what checks values at run time; a wrapper has of it what it uses |
//! | `signature` | what the module and its stub share: annotations, heads of functions |
//! | `stub` | the `.pyi` |
//! | `wit` | the WIT world |
//! | `layout` | code on lines of at most 100 columns |
//!
//! Pure: the same bridge gives the same bytes, in the order of the manifest.

mod layout;
mod python;
mod signature;
mod stub;
mod wit;

use manifest::Bridge;

/// What a file begins with.
const MADE: &str = "Made by `mochi py wrap` from [python.bridge] of mochi.toml; changes are lost.";

/// A file, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The path, with forward slashes.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// The files of a bridge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// Those of the Python tree: the module and its stub.
    pub python: Vec<File>,
    /// The `__init__.py` that the module's packages need; not to be overwritten.
    pub packages: Vec<String>,
    /// The one of the folder of WIT files.
    pub wit: File,
}

/// Writes a bridge in all forms.
#[must_use]
pub fn render(bridge: &Bridge) -> Files {
    let path = bridge.module.replace('.', "/");
    let at = |suffix: &str, text: String| File {
        path: format!("{path}{suffix}"),
        text,
    };
    let packages = path.match_indices('/');
    Files {
        python: vec![
            at(".py", python::render(bridge)),
            at(".pyi", stub::render(bridge)),
        ],
        packages: packages
            .map(|(end, _)| format!("{}/__init__.py", &path[..end]))
            .collect(),
        wit: File {
            path: format!("{}.wit", bridge.wit_package.name),
            text: wit::render(bridge),
        },
    }
}
