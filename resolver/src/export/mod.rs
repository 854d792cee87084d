//! The lock in the formats of other tools.

mod markers;
mod pylock;
mod requirements;

pub(crate) use markers::any;
pub use pylock::pylock;
pub use requirements::requirements;

use crate::lock::{Lock, LockedPackage, LockedSource, LockedWheel};
use tag_matrix::Environment;

/// What is exported.
pub struct Export<'a> {
    /// The lock.
    pub lock: &'a Lock,
    /// The environments that are wanted, all of the lock's or one.
    pub environments: &'a [Environment],
    /// The address of the index of this name.
    pub index_url: &'a dyn Fn(&str) -> Option<String>,
}

/// Why a lock cannot be written in another format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// Two environments differ only in what markers cannot tell.
    #[error(
        "{name} differs between {first} and {second}, which environment markers cannot tell apart"
    )]
    Indistinct {
        /// The package.
        name: String,
        /// An environment.
        first: String,
        /// Another one.
        second: String,
    },
    /// A package without a wheel.
    #[error("{name} comes from the folder `{path}`, which has no wheel to name")]
    Folder {
        /// The package.
        name: String,
        /// The folder.
        path: String,
    },
}

/// A package of the export with the environments (by position) that take it.
struct Entry<'a> {
    package: &'a LockedPackage,
    wheels: Vec<&'a LockedWheel>,
    environments: Vec<usize>,
}

impl Export<'_> {
    fn entries(&self) -> Result<Vec<Entry<'_>>, ExportError> {
        let mut entries = Vec::new();
        for package in &self.lock.packages {
            let of = |names: &[String]| -> Vec<usize> {
                let wanted = self.environments.iter().enumerate();
                wanted
                    .filter(|(_, e)| names.iter().any(|name| name == e.name()))
                    .map(|(i, _)| i)
                    .collect()
            };
            let environments = of(&package.environments);
            if environments.is_empty() {
                continue;
            }
            if let (LockedSource::Path(path), []) = (&package.source, &package.wheels[..]) {
                return Err(ExportError::Folder {
                    name: package.name.to_string(),
                    path: path.clone(),
                });
            }
            let wheels = package
                .wheels
                .iter()
                .filter(|wheel| !of(&wheel.environments).is_empty());
            entries.push(Entry {
                package,
                wheels: wheels.collect(),
                environments,
            });
        }
        self.check_distinct(&entries)?;
        Ok(entries)
    }

    /// Entries of one package must never both hold.
    fn check_distinct(&self, entries: &[Entry<'_>]) -> Result<(), ExportError> {
        for pair in entries
            .windows(2)
            .filter(|pair| pair[0].package.name == pair[1].package.name)
        {
            for a in &pair[0].environments {
                for b in &pair[1].environments {
                    if markers::of(&self.environments[*a]) == markers::of(&self.environments[*b]) {
                        return Err(ExportError::Indistinct {
                            name: pair[0].package.name.to_string(),
                            first: self.environments[*a].name().to_owned(),
                            second: self.environments[*b].name().to_owned(),
                        });
                    }
                }
            }
        }
        Ok(())
    }

    /// The marker that holds in the environments at these positions: none where that is all.
    fn marker(&self, positions: &[usize]) -> Option<String> {
        (positions.len() != self.environments.len())
            .then(|| markers::any(self.environments, positions))
    }
}
