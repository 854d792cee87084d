//! Reading all of a mirror, and comparing it with its record.

use super::publish::{read_next, read_record, united_of};
use super::store::{Hold, Store, Stored};
use crate::error::Failure;
use crate::io::files;
use indicatif::ProgressBar;
use mirror::{Due, layout};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use wheel::WheelFilename;
use wheel::archive::{Limits, WheelArchive};

/// What is wrong with a mirror.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A file is not there.
    Missing(String),
    /// A file is not what it should be: its path, and how.
    Changed(String, String),
    /// A file is not the mirror's.
    Foreign(String),
}

impl Fault {
    /// The path, and what is wrong with it in a word.
    #[must_use]
    pub fn parts(&self) -> (&str, &'static str) {
        match self {
            Self::Missing(path) => (path, "missing"),
            Self::Changed(path, _) => (path, "changed"),
            Self::Foreign(path) => (path, "foreign"),
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(path) => write!(f, "{path} is missing"),
            Self::Changed(path, how) => write!(f, "{path} {how}"),
            Self::Foreign(path) => write!(f, "{path} is not of this mirror"),
        }
    }
}

/// What a check found.
#[derive(Debug, Default)]
pub struct Report {
    /// What is wrong, by path.
    pub faults: Vec<Fault>,
    /// How many files were compared.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Whole files that no record has: an interrupted run left them, and the next takes them.
    pub leftovers: Vec<String>,
    /// Whether a run was interrupted while it wrote pages.
    pub is_unfinished: bool,
    /// The projects that are mirrored.
    pub projects: Vec<String>,
}

/// Compares everything; `None` where there is no record.
///
/// # Errors
/// The store cannot be read, or its record cannot be used.
pub fn check(store: &dyn Store, bar: &ProgressBar) -> Result<Option<Report>, Failure> {
    // What cannot be locked (a medium that cannot be written to) does not change either.
    let _used = store.hold(Hold::Bring, &|| {}).ok();
    let held = store.hold(Hold::Publish, &|| {}).ok();
    let Some((record, _)) = read_record(store)? else {
        return Ok(None);
    };
    let next = read_next(store)?;
    let mut states = vec![store.due(&record)];
    states.extend(next.as_ref().map(|next| store.due(next)));
    let found = store.list()?;
    bar.set_length(found.values().sum());
    let checker = Checker {
        store,
        states: &states,
        found: &found,
        bar,
    };
    let paths: BTreeSet<&String> = states.iter().flat_map(BTreeMap::keys).collect();
    let is_page = |path: &&&String| {
        let due = states.iter().find_map(|state| state.get(**path));
        matches!(due, Some(Due::Bytes(_) | Due::United(_) | Due::Copy(_)))
    };
    let (pages, files): (Vec<&String>, Vec<&String>) = paths.iter().partition(|path| is_page(path));
    let mut faults = checker.all(&pages)?;
    drop(held);
    faults.extend(checker.all(&files)?);
    let mut leftovers = Vec::new();
    for path in found.keys().filter(|path| !paths.contains(path)) {
        match checker.stray(path)? {
            Some(fault) => faults.push(fault),
            None if *path != layout::RECORD => leftovers.push(path.clone()),
            None => {}
        }
    }
    faults.sort();
    Ok(Some(Report {
        faults,
        files: paths.len() + 1,
        bytes: found.values().sum(),
        leftovers,
        is_unfinished: next.is_some(),
        projects: record.locks.keys().cloned().collect(),
    }))
}

struct Checker<'a> {
    store: &'a dyn Store,
    /// What has to be there, by the record and by the one that is to be: files may be as either.
    states: &'a [BTreeMap<String, Due>],
    found: &'a BTreeMap<String, u64>,
    bar: &'a ProgressBar,
}

impl Checker<'_> {
    fn all(&self, paths: &[&String]) -> Result<Vec<Fault>, Failure> {
        let judged: Vec<Option<Fault>> = paths
            .par_iter()
            .map(|path| self.judge(path))
            .collect::<Result<_, _>>()?;
        Ok(judged.into_iter().flatten().collect())
    }

    fn judge(&self, path: &str) -> Result<Option<Fault>, Failure> {
        let Some(size) = self.found.get(path) else {
            let is_due = self.states.iter().all(|state| state.contains_key(path));
            return Ok(is_due.then(|| Fault::Missing(path.to_owned())));
        };
        let mut fault = None;
        for state in self.states {
            let Some(due) = state.get(path) else { continue };
            fault = self.differs(path, due, *size)?;
            if fault.is_none() {
                break;
            }
        }
        self.bar.inc(*size);
        Ok(fault.map(|how| Fault::Changed(path.to_owned(), how)))
    }

    /// How a file differs from what it should be.
    fn differs(&self, path: &str, due: &Due, size: u64) -> Result<Option<String>, Failure> {
        match due {
            Due::Bytes(bytes) => {
                let stored = self.store.read(path)?;
                let same = stored.is_some_and(|stored| stored.bytes == *bytes);
                Ok((!same).then(|| "is not as the record has it".to_owned()))
            }
            Due::Copy(from) => {
                let (ours, theirs) = (self.store.read(path)?, self.store.read(from)?);
                let bytes = |stored: Option<Stored>| stored.map(|stored| stored.bytes);
                // What is wrong with the other is told there.
                let same = theirs.is_none() || bytes(ours) == bytes(theirs);
                Ok((!same).then(|| format!("is not the same as {from}")))
            }
            Due::United(parts) => {
                let Ok((text, _)) = united_of(self.store, parts) else {
                    return Ok(Some("cannot be compared: its parts are damaged".to_owned()));
                };
                let stored = self.store.read(path)?;
                let same = stored.is_some_and(|stored| stored.bytes == text.as_bytes());
                Ok((!same).then(|| "is not as the record has it".to_owned()))
            }
            Due::File {
                sha256,
                size: expected,
            } => match expected {
                Some(expected) if *expected != size => {
                    Ok(Some(format!("has {size} bytes, expected {expected}")))
                }
                _ => self.other_hash(path, sha256),
            },
            Due::Metadata { wheel, sha256, .. } => match self.other_hash(path, sha256)? {
                None => self.other_metadata(path, wheel),
                fault => Ok(fault),
            },
        }
    }

    fn other_hash(&self, path: &str, sha256: &str) -> Result<Option<String>, Failure> {
        let Some(local) = self.store.local(path)? else {
            return Ok(Some("cannot be read".to_owned()));
        };
        let (found, _) = files::hash(&local)?;
        Ok((found != *sha256).then(|| format!("has SHA-256 {found}, expected {sha256}")))
    }

    /// Compares metadata with that in the wheel. What is wrong with the wheel is told there.
    fn other_metadata(&self, path: &str, wheel: &str) -> Result<Option<String>, Failure> {
        let (Some(local), Some(stored)) = (self.store.local(wheel)?, self.store.read(path)?) else {
            return Ok(None);
        };
        let inside = metadata_in(&local, wheel);
        let same = inside.is_none_or(|inside| inside == stored.bytes);
        Ok((!same).then(|| "is not the wheel's METADATA".to_owned()))
    }

    /// A file that no record has: whole where it is what its path says.
    fn stray(&self, path: &str) -> Result<Option<Fault>, Failure> {
        if path == layout::RECORD {
            return Ok(None);
        }
        let foreign = || Fault::Foreign(path.to_owned());
        if let Some((sha256, _)) = layout::parse_file(path)
            && !path.ends_with(".metadata")
        {
            let other = self.other_hash(path, sha256)?;
            return Ok(other.map(|how| Fault::Changed(path.to_owned(), how)));
        }
        if let Some(wheel) = path.strip_suffix(".metadata")
            && layout::parse_file(wheel).is_some()
            && let (Some(local), Some(stored)) = (self.store.local(wheel)?, self.store.read(path)?)
            && metadata_in(&local, wheel).is_some_and(|inside| inside == stored.bytes)
        {
            return Ok(None);
        }
        let folders = ["mochi/pyodide/", "mochi/lists/", "mochi/provenance/"];
        let is_part = folders.iter().any(|folder| path.starts_with(folder));
        if let Some((_, name)) = path.rsplit_once('/').filter(|_| is_part)
            && let Some(sha256) = name.strip_suffix(".json")
            && layout::is_sha256(sha256)
            && self.other_hash(path, sha256)?.is_none()
        {
            return Ok(None);
        }
        Ok(Some(foreign()))
    }
}

fn metadata_in(file: &Path, path: &str) -> Option<Vec<u8>> {
    let filename: WheelFilename = path.rsplit('/').next()?.parse().ok()?;
    let file = std::fs::File::open(file).ok()?;
    let wheel = WheelArchive::open(file, &filename, Limits::default()).ok()?;
    Some(wheel.metadata_bytes().to_vec())
}
