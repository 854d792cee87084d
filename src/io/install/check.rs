//! Comparing a site with a lock without changing it, for `sync --check`.

use std::fmt;
use std::path::Path;

use rayon::prelude::*;
use wheel::PackageName;

use super::cache::{Care, UnpackedCache};
use super::inspect::{found, is_spared};
use super::installed::{Installed, InstalledFile, is_recorded, scan};
use super::lock::SiteLock;
use super::plan::plan;
use super::site::{Root, Site};
use super::staging::Staging;
use super::{Action, InstallError, Wanted};

/// How a site differs from what a lock says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Difference {
    /// An interrupted sync has left something to be finished.
    Interrupted,
    /// A package is not there.
    Missing {
        /// The package.
        name: PackageName,
        /// The version that is wanted.
        version: String,
    },
    /// A package is there and not wanted.
    Unwanted {
        /// The package.
        name: PackageName,
        /// The version that is there.
        version: String,
    },
    /// A package is there, but not as wanted.
    Other {
        /// The package.
        name: PackageName,
        /// What is different, in words.
        why: String,
    },
    /// A file of a package is not there.
    FileMissing {
        /// The package.
        name: PackageName,
        /// The file, relative to its root.
        path: String,
    },
    /// A file of a package is not what its `RECORD` says.
    FileChanged {
        /// The package.
        name: PackageName,
        /// The file, relative to its root.
        path: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => out.write_str("an interrupted sync is to be finished"),
            Self::Missing { name, version } => write!(out, "{name} {version} is not installed"),
            Self::Unwanted { name, version } => write!(out, "{name} {version} is not in the lock"),
            Self::Other { name, why } => write!(out, "{name}: {why}"),
            Self::FileMissing { name, path } => write!(out, "{name}: {path} is missing"),
            Self::FileChanged { name, path } => {
                write!(out, "{name}: {path} is not what its RECORD says")
            }
        }
    }
}

/// Compares everything, down to the hash of every file; in order.
///
/// # Errors
/// [`InstallError::TwoWheels`], [`InstallError::Disk`].
pub fn verify(
    site: &Site,
    wanted: &[Wanted],
    cache: &Path,
) -> Result<Vec<Difference>, InstallError> {
    let library = site.root(Root::Purelib);
    let _lock = if library.is_dir() {
        Some(SiteLock::take(library, || {})?)
    } else {
        None
    };
    let installed = scan(site)?;
    let found = found(
        site,
        &installed,
        wanted,
        &UnpackedCache::new(cache, Care::Quick),
    );
    let plan = plan(&found, wanted.to_vec(), |name| is_spared(site, name))?;
    let mut differences = Vec::new();
    // Looked at, not taken over: dropping would remove it.
    let abandoned = Staging::abandoned(site);
    if !abandoned.is_empty() {
        differences.push(Difference::Interrupted);
    }
    abandoned.into_iter().for_each(Staging::leave);
    for (name, version) in plan.remove {
        differences.push(Difference::Unwanted { name, version });
    }
    let mut kept = Vec::new();
    for (wanted, action) in plan.wanted {
        let name = wanted.name;
        match action {
            Action::Add => {
                differences.push(Difference::Missing {
                    name,
                    version: wanted.version.to_string(),
                });
            }
            Action::Replace { why, .. } => differences.push(Difference::Other { name, why }),
            Action::Keep => kept.extend(
                installed
                    .iter()
                    .filter(move |installed| installed.name == name),
            ),
        }
    }
    let changed = kept
        .into_par_iter()
        .map(|installed| files(installed, site))
        .collect::<Vec<_>>();
    differences.extend(changed.into_iter().flatten());
    differences.sort();
    Ok(differences)
}

/// Compares every file of a package with its `RECORD`.
fn files(installed: &Installed, site: &Site) -> Vec<Difference> {
    let name = &installed.name;
    let files = match installed.files(site) {
        Ok(files) => files,
        Err(error) => {
            return vec![Difference::Other {
                name: name.clone(),
                why: error.to_string(),
            }];
        }
    };
    files
        .par_iter()
        .filter_map(|file| compare(name, file, site))
        .collect()
}

fn compare(name: &PackageName, file: &InstalledFile, site: &Site) -> Option<Difference> {
    let (name, path) = (name.clone(), file.place.path.clone());
    match is_recorded(&site.path(&file.place), &file.hash) {
        Ok(true) => None,
        Ok(false) => Some(Difference::FileChanged { name, path }),
        Err(_) => Some(Difference::FileMissing { name, path }),
    }
}
