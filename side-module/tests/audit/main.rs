//! Modules that are wrong in one way each, and what is said of them; real ones, as a compiler builds
//! them; and Pyodide itself, which judges both the data and the audit.
//!
//! `MOCHI_REFEREE_PYTHON` names a CPython with `ziglang`, `MOCHI_PYODIDE` a folder with a `pyodide`
//! package of npm for each of the releases that judge. Node is to be on the path.

mod built;
mod constructors;
mod features;
mod imports;
mod loads;
mod shapes;

use side_module::{Library, Wanted, audit};

pub(crate) const DYLINK: &str = "(@dylink.0 (mem-info (memory 24 4) (table 2 0)))";
pub(crate) const INIT: &str = r#"(func (export "PyInit_spam") (result i32) i32.const 0)"#;

/// What it is, the module, the platforms, and how each finding starts.
pub(crate) type Case = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

pub(crate) fn bytes(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// A module that is right but for `body`. Imports come first in it.
pub(crate) fn module(body: &str) -> Vec<u8> {
    bytes(&format!("(module {DYLINK} {body} {INIT})"))
}

pub(crate) fn said(module: &[u8], platforms: &[&str], libraries: &[Library<'_>]) -> Vec<String> {
    let wanted = Wanted {
        name: Some("spam"),
        platforms,
        libraries,
    };
    match audit(module, &wanted) {
        Ok(_) => Vec::new(),
        Err(findings) => findings.iter().map(ToString::to_string).collect(),
    }
}

/// The first words of each finding are enough to tell it from others.
pub(crate) fn judge(what: &str, module: &[u8], platforms: &[&str], expected: &[&str]) {
    let said = said(module, platforms, &[]);
    let alike = said.len() == expected.len()
        && std::iter::zip(&said, expected).all(|(said, start)| said.starts_with(start));
    assert!(alike, "{what}:\n{said:#?}\nand was to be\n{expected:#?}");
}

pub(crate) const NEW: &[&str] = &["2025_0"];
