//! `pyodide-lock.json`, as `loadPyodide` takes it.
//!
//! In it stands what the lock has for the environment, and nothing else: of a release's own parts
//! of the standard library (`ssl`, `sqlite3`, up to 0.29) and of micropip those that the project
//! requires, by name or through others. The runtime itself needs no entry.

use super::ExportError;
use crate::graph::Graph;
use crate::lock::{Lock, LockedPackage, LockedSource, LockedWheel};
use pyodide::{Entry, Imports, Info, LockFile, PackageType, WrittenEntry};
use std::collections::{BTreeMap, BTreeSet};
use wheel::PackageName;

/// What a wheel says, and holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelFacts {
    /// The package's name, as its metadata spells it.
    pub name: String,
    /// What can be imported from it.
    pub imports: Imports,
}

/// An environment of a lock that is to be written as `pyodide-lock.json`.
pub struct PyodideLock<'a> {
    /// The lock.
    pub lock: &'a Lock,
    /// The environment's name.
    pub environment: &'a str,
    /// Who requires what in it.
    pub graph: &'a Graph,
    /// The runtime of its release.
    pub info: &'a Info,
    /// What the release curates. Of packages that come from there, it knows more than their files.
    pub list: &'a LockFile,
    /// What other wheels say.
    pub facts: &'a dyn Fn(&LockedWheel) -> Option<WheelFacts>,
    /// Where the file of a package is to be had: a URL, or a path from the file that is written.
    pub file_name: &'a dyn Fn(&LockedWheel) -> String,
}

/// The list as text. Equal locks give equal bytes.
///
/// # Errors
/// A package has no wheel, or nobody knows what is in it.
pub fn pyodide_lock(export: &PyodideLock<'_>) -> Result<String, ExportError> {
    let mut written = BTreeMap::new();
    let mut namespaces: BTreeMap<String, Vec<PackageName>> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (package, wheel) in export.lock.packages_of(export.environment) {
        let wheel = wheel.ok_or_else(|| no_wheel(package))?;
        let entry = match curated(export.list, package, wheel) {
            Some(entry) => {
                taken.extend(prefixes(&entry.imports));
                of_list(entry)
            }
            None => {
                let facts = (export.facts)(wheel).ok_or_else(|| ExportError::Unread {
                    filename: wheel.filename.clone(),
                })?;
                for namespace in &facts.imports.namespaces {
                    let owners = namespaces.entry(namespace.clone()).or_default();
                    owners.push(package.name.clone());
                }
                of_wheel(package, facts)
            }
        };
        taken.extend(entry.imports.iter().cloned());
        let entry = WrittenEntry {
            file_name: (export.file_name)(wheel),
            sha256: wheel.sha256.clone(),
            depends: export.depends(&package.name),
            ..entry
        };
        written.insert(package.name.clone(), entry);
    }
    claim(&mut written, namespaces, &taken);
    Ok(pyodide::write(export.info, &written))
}

/// The entry of the release's list that a locked package is.
#[must_use]
pub fn curated<'l>(
    list: &'l LockFile,
    package: &LockedPackage,
    wheel: &LockedWheel,
) -> Option<&'l Entry> {
    let entry = list.packages.get(&package.name)?;
    let is_it = matches!(package.source, LockedSource::Pyodide(_)) && entry.sha256 == wheel.sha256;
    is_it.then_some(entry)
}

fn no_wheel(package: &LockedPackage) -> ExportError {
    let name = package.name.to_string();
    match &package.source {
        LockedSource::Path(path) => ExportError::Folder {
            name,
            path: path.clone(),
        },
        _ => ExportError::NoWheel { name },
    }
}

fn of_list(entry: &Entry) -> WrittenEntry {
    WrittenEntry {
        name: entry.name.clone(),
        version: entry.version.clone(),
        file_name: String::new(),
        install_dir: match (entry.install_dir.as_str(), entry.package_type) {
            ("", PackageType::SharedLibrary) => "dynlib".to_owned(),
            ("", _) => "site".to_owned(),
            (folder, _) => folder.to_owned(),
        },
        sha256: String::new(),
        package_type: entry.package_type,
        imports: entry.imports.clone(),
        depends: Vec::new(),
        unvendored_tests: false,
    }
}

fn of_wheel(package: &LockedPackage, facts: WheelFacts) -> WrittenEntry {
    WrittenEntry {
        name: facts.name,
        version: package.version.to_string(),
        file_name: String::new(),
        install_dir: "site".to_owned(),
        sha256: String::new(),
        package_type: PackageType::Package,
        imports: facts.imports.modules,
        depends: Vec::new(),
        unvendored_tests: false,
    }
}

/// `a` and `a.b` of `a.b.c`.
fn prefixes(imports: &[String]) -> impl Iterator<Item = String> {
    imports.iter().flat_map(|name| {
        let dots = name.match_indices('.');
        dots.map(|(at, _)| name[..at].to_owned())
    })
}

/// A namespace that one package alone has a part of is imported from that one:
/// `from google import protobuf` names no more than `google`.
fn claim(
    written: &mut BTreeMap<PackageName, WrittenEntry>,
    namespaces: BTreeMap<String, Vec<PackageName>>,
    taken: &BTreeSet<String>,
) {
    for (namespace, owners) in namespaces {
        if let ([owner], false) = (&owners[..], taken.contains(&namespace))
            && let Some(entry) = written.get_mut(owner)
        {
            entry.imports.push(namespace);
            entry.imports.sort();
        }
    }
}

impl PyodideLock<'_> {
    /// The packages that one needs in the environment, with those of its extras that are wanted.
    fn depends(&self, name: &PackageName) -> Vec<String> {
        let Some(vertex) = self.graph.vertices.get(name) else {
            return Vec::new();
        };
        let is_there =
            |other: &&PackageName| *other != name && self.graph.vertices.contains_key(*other);
        let needed = vertex.edges.iter().map(|edge| &edge.name);
        let needed: BTreeSet<&PackageName> = needed.filter(is_there).collect();
        needed.into_iter().map(ToString::to_string).collect()
    }
}
