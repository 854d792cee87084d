//! What a lock needs.

use resolver::lock::LockedPackage;
use resolver::{Lock, LockedSource};
use std::collections::{BTreeMap, BTreeSet};
use wheel::PackageName;
use wheel::provenance::Publisher;

/// A file that a lock needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// The file name.
    pub filename: String,
    /// The package.
    pub name: PackageName,
    /// Its version, as the lock has it.
    pub version: String,
    /// Where the lock has it from.
    pub source: LockedSource,
    /// A URL without credentials, or a path relative to the lock.
    pub url: String,
    /// Size in bytes, where the lock knows it.
    pub size: Option<u64>,
    /// `Requires-Python` of the package, as the lock has it.
    pub requires_python: Option<String>,
    /// Who published it, as the lock has it.
    pub publishers: Vec<Publisher>,
}

impl Wanted {
    /// Whether it is a wheel; the others are Pyodide's shared libraries.
    #[must_use]
    pub fn is_wheel(&self) -> bool {
        self.filename.ends_with(".whl")
    }

    /// The source in one word, as the record has it.
    #[must_use]
    pub fn label(&self) -> &str {
        match &self.source {
            LockedSource::IndexName(text)
            | LockedSource::IndexUrl(text)
            | LockedSource::Path(text)
            | LockedSource::Url(text)
            | LockedSource::Pyodide(text) => text,
        }
    }
}

/// A package without a file for an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// The package and its version.
    pub package: String,
    /// The environment.
    pub environment: String,
    /// The folder that it is, where a path was required.
    pub folder: Option<String>,
}

/// The files that a lock needs for these environments, by SHA-256; one stands several times where
/// the lock has it from several places.
///
/// # Errors
/// A package has no file for one of them.
pub fn wanted(lock: &Lock, environments: &BTreeSet<String>) -> Result<Vec<Wanted>, Lacking> {
    let mut all = BTreeMap::new();
    for environment in environments {
        for (package, wheel) in lock.packages_of(environment) {
            let Some(wheel) = wheel else {
                return Err(lacking(package, environment));
            };
            // An index and a Pyodide release may have the same file at the same place.
            let place = (
                wheel.sha256.clone(),
                package.source.clone(),
                wheel.url.clone(),
            );
            all.entry(place).or_insert_with(|| Wanted {
                sha256: wheel.sha256.clone(),
                filename: wheel.filename.clone(),
                name: package.name.clone(),
                version: package.version.to_string(),
                source: package.source.clone(),
                url: wheel.url.clone(),
                size: wheel.size,
                requires_python: package.requires_python.clone(),
                publishers: wheel.publishers.clone(),
            });
        }
    }
    Ok(all.into_values().collect())
}

fn lacking(package: &LockedPackage, environment: &str) -> Lacking {
    Lacking {
        package: format!("{} {}", package.name, package.version),
        environment: environment.to_owned(),
        folder: match &package.source {
            LockedSource::Path(path) => Some(path.clone()),
            _ => None,
        },
    }
}
