//! Runtimes of Pyodide beside the `pyodide-lock.json` that they load: what the record has of them.

use crate::record::Record;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A runtime of Pyodide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuntimeEntry {
    /// The release.
    pub release: String,
    /// The SHA-256 of its files, by name.
    pub files: BTreeMap<String, String>,
    /// The projects that it was placed for.
    pub locks: BTreeSet<String>,
}

impl Record {
    /// Sets that a runtime is beside the lock of an environment for a project, with the SHA-256 of
    /// its files. Gives the one that is there if other projects have it and it is of another release.
    pub fn add_runtime(
        &mut self,
        project: &str,
        environment: &str,
        (release, files): (&str, BTreeMap<String, String>),
    ) -> Option<RuntimeEntry> {
        let mut locks = BTreeSet::new();
        if let Some(known) = self.runtimes.get(environment) {
            let is_shared = known.locks.iter().any(|lock| lock != project);
            if known.release != release && is_shared {
                return Some(known.clone());
            }
            locks.clone_from(&known.locks);
        }
        locks.insert(project.to_owned());
        let runtime = RuntimeEntry {
            release: release.to_owned(),
            files,
            locks,
        };
        self.runtimes.insert(environment.to_owned(), runtime);
        None
    }

    /// The environments that have a runtime for a project.
    #[must_use]
    pub fn runtimes_of(&self, project: &str) -> Vec<String> {
        let of = self.runtimes.iter();
        let of = of.filter(|(_, runtime)| runtime.locks.contains(project));
        of.map(|(environment, _)| environment.clone()).collect()
    }

    /// Lets a project have the runtime of an environment on, if it is of that release.
    pub fn keep_runtime(&mut self, project: &str, environment: &str, release: &str) {
        if let Some(runtime) = self.runtimes.get_mut(environment)
            && runtime.release == release
        {
            runtime.locks.insert(project.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &str = "wasm32-emscripten-cp313";

    fn add(record: &mut Record, project: &str, release: &str) -> Option<RuntimeEntry> {
        let files = BTreeMap::from([("pyodide.mjs".to_owned(), "0".repeat(64))]);
        record.add_runtime(project, PLACE, (release, files))
    }

    #[test]
    fn a_release_that_others_have_stays() {
        let mut record = Record::default();
        assert_eq!(add(&mut record, "a", "0.29.4"), None);
        assert_eq!(add(&mut record, "a", "0.29.5"), None, "nobody else had it");
        assert_eq!(add(&mut record, "b", "0.29.5"), None);
        let there = add(&mut record, "b", "0.29.4").unwrap();
        assert_eq!(there.release, "0.29.5");
        assert_eq!(record.runtimes[PLACE], there);
        assert_eq!(there.locks, ["a", "b"].map(str::to_owned).into());
    }

    #[test]
    fn a_changed_lock_keeps_what_is_of_its_release() {
        let mut record = Record::default();
        add(&mut record, "a", "0.29.5");
        assert_eq!(record.runtimes_of("a"), [PLACE]);
        for (release, kept) in [("0.29.5", true), ("0.29.4", false)] {
            let mut record = record.clone();
            let lock = crate::LockEntry {
                lock_sha256: "1".repeat(64),
                ..crate::LockEntry::default()
            };
            record.add("a", lock, Vec::new());
            record.keep_runtime("a", PLACE, release);
            record.prune();
            assert_eq!(record.runtimes.contains_key(PLACE), kept, "{release}");
        }
    }
}
