//! The lock in the formats of other tools.

mod markers;
mod pylock;
mod pyodide_lock;
mod requirements;

pub(crate) use markers::any;
pub use pylock::pylock;
pub use pyodide_lock::{PyodideLock, WheelFacts, curated, pyodide_lock};
pub use requirements::requirements;

use crate::lock::{Lock, LockedPackage, LockedSource, LockedWheel};
use std::cmp::Reverse;
use tag_matrix::Environment;
use wheel::WheelFilename;

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
    /// A package without a wheel, for no reason that the lock gives.
    #[error("{name} has no wheel in the lock")]
    NoWheel {
        /// The package.
        name: String,
    },
    /// A wheel that was not read.
    #[error("it is not known what is in {filename}")]
    Unread {
        /// The wheel.
        filename: String,
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
            // The shared libraries of a Pyodide release are no wheels, and for its loader alone.
            if matches!(package.source, LockedSource::Pyodide(_))
                && package
                    .wheels
                    .iter()
                    .all(|wheel| !wheel.filename.ends_with(".whl"))
            {
                continue;
            }
            let wheels = package
                .wheels
                .iter()
                .filter(|wheel| !of(&wheel.environments).is_empty());
            let entry = Entry {
                package,
                wheels: wheels.collect(),
                environments,
            };
            entries.extend(self.split(entry));
        }
        self.check_distinct(&entries)?;
        Ok(entries)
    }

    /// Where an installer would take another wheel than the locked one, each wheel gets an entry
    /// of its own.
    fn split<'e>(&self, entry: Entry<'e>) -> Vec<Entry<'e>> {
        let right = entry.environments.iter().all(|position| {
            let environment = &self.environments[*position];
            let best = entry.wheels.iter().filter_map(|wheel| {
                let name: WheelFilename = wheel.filename.parse().ok()?;
                Some((environment.rank(&name.tags)?, Reverse(name.build), *wheel))
            });
            let best = best.min_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
            best.is_none_or(|(.., wheel)| {
                wheel.environments.iter().any(|e| e == environment.name())
            })
        });
        if right {
            return vec![entry];
        }
        let takes = |wheel: &LockedWheel, position: &usize| {
            wheel
                .environments
                .iter()
                .any(|e| e == self.environments[*position].name())
        };
        let one = |wheel: &'e LockedWheel| Entry {
            package: entry.package,
            wheels: vec![wheel],
            environments: entry
                .environments
                .iter()
                .copied()
                .filter(|p| takes(wheel, p))
                .collect(),
        };
        entry.wheels.iter().map(|wheel| one(wheel)).collect()
    }

    /// No environment may satisfy the marker of an entry that is not for it.
    fn check_distinct(&self, entries: &[Entry<'_>]) -> Result<(), ExportError> {
        let markers: Vec<String> = self.environments.iter().map(markers::of).collect();
        for entry in entries {
            for a in &entry.environments {
                for b in 0..markers.len() {
                    if markers[*a] == markers[b] && !entry.environments.contains(&b) {
                        return Err(ExportError::Indistinct {
                            name: entry.package.name.to_string(),
                            first: self.environments[*a].name().to_owned(),
                            second: self.environments[b].name().to_owned(),
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
