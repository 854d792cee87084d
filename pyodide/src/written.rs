//! `pyodide-lock.json`, written: the form that every runtime since 0.27 reads, and `pyodide-lock`'s
//! own reader too.

use crate::{Info, PackageType};
use serde::Serialize;
use std::collections::BTreeMap;
use wheel::PackageName;

/// A package of a list that is to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WrittenEntry {
    /// The name, as its author spells it.
    pub name: String,
    /// The version.
    pub version: String,
    /// Where it is: a URL, or a path from the list.
    pub file_name: String,
    /// The folder it is unpacked into: `site`, or `dynlib` for libraries.
    pub install_dir: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// What kind of thing it is.
    pub package_type: PackageType,
    /// The modules that it brings.
    pub imports: Vec<String>,
    /// The normalised names of the packages of the list that it needs.
    pub depends: Vec<String>,
    /// Whether its tests are a package of their own.
    pub unvendored_tests: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    info: &'a Info,
    packages: BTreeMap<&'a str, &'a WrittenEntry>,
}

/// The list as text. Equal lists are equal bytes.
#[must_use]
pub fn write(info: &Info, packages: &BTreeMap<PackageName, WrittenEntry>) -> String {
    let packages = packages.iter();
    let document = Document {
        info,
        packages: packages
            .map(|(name, entry)| (name.as_str(), entry))
            .collect(),
    };
    // Maps with text for keys can always be written.
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text + "\n"
}
