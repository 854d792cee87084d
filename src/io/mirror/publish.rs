//! The record and the pages, after the files.
//!
//! The record to be is written first (`next.json`), then the pages, then the record: whoever comes
//! after a killed run finds there what its pages are made of, and goes on from it.

use super::store::{Hold, Store, Stored, Tag, When};
use crate::error::Failure;
use crate::io::cache::hex_sha256;
use crate::io::files::FileError;
use mirror::layout::{self, FOLDERS, NEXT, RECORD};
use mirror::{Arrived, Disagreement, Due, LockEntry, Record, RecordError, united};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Pages on their way at once.
const LANES: usize = 12;

/// What a run makes of the record.
pub struct Change<'a> {
    /// The project.
    pub project: &'a str,
    /// Its lock.
    pub lock: LockEntry,
    /// The files of that, which are all there.
    pub files: Vec<Arrived>,
    /// Lists that its manifest names, by place, with their SHA-256 where it could be asked for.
    pub lists: BTreeMap<String, Option<String>>,
    /// The lists, what it adds to `pyodide-lock.json` files, and provenance objects: bytes by path.
    pub parts: BTreeMap<String, Vec<u8>>,
    /// Runtimes of Pyodide that are to lie beside the locks that they load.
    pub runtimes: Vec<Runtime>,
    /// The releases of Pyodide by environment.
    pub releases: BTreeMap<String, String>,
}

/// A runtime of Pyodide.
pub struct Runtime {
    /// The environment.
    pub environment: String,
    /// The release.
    pub release: String,
    /// Its files by name.
    pub files: Vec<(String, Vec<u8>)>,
}

impl Runtime {
    /// Puts it into a record.
    fn enter(&self, project: &str, record: &mut Record) -> Result<(), Failure> {
        let files = self.files.iter();
        let files = files.map(|(name, bytes)| (name.clone(), hex_sha256(bytes)));
        let entry = (&*self.release, files.collect());
        let Some(other) = record.add_runtime(project, &self.environment, entry) else {
            return Ok(());
        };
        let others: Vec<&str> = other.locks.iter().map(String::as_str).collect();
        let failure = Failure::unmet(format!(
            "the mirror has Pyodide {} for {} ({}), and {project} is for {}",
            other.release,
            self.environment,
            others.join(", "),
            self.release
        ));
        Err(failure.hint("give the projects one release, or a mirror each"))
    }
}

/// What was written.
#[derive(Debug)]
pub struct Published {
    /// The record, as it is now.
    pub record: Record,
    /// How many pages were written.
    pub pages: usize,
    /// Projects that want different things of Pyodide.
    pub disagreements: Vec<Disagreement>,
    /// Environments whose runtime was cut off by an interrupted run, and is gone.
    pub lost: Vec<String>,
}

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Number of files, metadata and pages among them.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// The record and its state; `None` where there is none.
///
/// # Errors
/// It is there and cannot be used.
pub fn read_record(store: &dyn Store) -> Result<Option<(Record, Tag)>, Failure> {
    let Some(stored) = store.read(RECORD)? else {
        return Ok(None);
    };
    match Record::parse(&stored.bytes) {
        Ok(record) => Ok(Some((record, stored.tag))),
        Err(error) => {
            let said = format!("`{}` {error}", store.shown(RECORD));
            Err(match error {
                RecordError::Format(_) => {
                    Failure::invalid(said).hint("use a newer release of mochi")
                }
                _ => Failure::unmet(said).hint(
                    "remove it, and mirror each project again: files that are there are not fetched again",
                ),
            })
        }
    }
}

/// The record that an interrupted run was about to write.
pub(super) fn read_next(store: &dyn Store) -> Result<Option<Record>, FileError> {
    let stored = store.read(NEXT)?;
    Ok(stored.and_then(|stored| Record::parse(&stored.bytes).ok()))
}

/// Writes the record and all pages with a change made to them; `waiting` is called where another
/// process has to be waited for.
///
/// # Errors
/// The store fails, or holds a record that cannot be used.
pub fn publish(
    store: &dyn Store,
    change: &Change<'_>,
    waiting: &dyn Fn(),
) -> Result<Published, Failure> {
    for (path, bytes) in &change.parts {
        write_if_other(store, path, bytes)?;
    }
    let _held = store.hold(Hold::Publish, waiting)?;
    loop {
        let state = State::read(store)?;
        let mut record = state.base(store)?;
        let held = record.runtimes_of(change.project);
        record.add(change.project, change.lock.clone(), change.files.clone());
        // A changed lock keeps the runtimes that are of its releases still.
        for environment in held {
            if let Some(release) = change.releases.get(&environment) {
                record.keep_runtime(change.project, &environment, release);
            }
        }
        for (place, sha256) in &change.lists {
            record.add_list(change.project, place, sha256.as_deref());
        }
        for runtime in &change.runtimes {
            runtime.enter(change.project, &mut record)?;
        }
        if let Some(published) = state.apply(store, record, (false, &change.runtimes))? {
            return Ok(published.0);
        }
    }
}

/// Removes what no lock needs, and everything else that is not the mirror's in its folders.
///
/// # Errors
/// The store fails, or holds a record that cannot be used.
pub fn prune(store: &dyn Store, waiting: &dyn Fn()) -> Result<(Published, Pruned), Failure> {
    let _alone = store.hold(Hold::Remove, waiting)?;
    let _held = store.hold(Hold::Publish, waiting)?;
    loop {
        let state = State::read(store)?;
        let mut record = state.base(store)?;
        record.prune();
        if let Some(done) = state.apply(store, record, (true, &[]))? {
            clean(store)?;
            return Ok(done);
        }
    }
}

/// Removes what killed runs left in the making: nobody is at work.
fn clean(store: &dyn Store) -> Result<(), FileError> {
    for entry in std::fs::read_dir(store.scratch())
        .into_iter()
        .flatten()
        .flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !matches!(&*name, "use.lock" | "record.lock") {
            let path = entry.path();
            std::fs::remove_file(&path).map_err(|error| FileError::new("remove", &path, error))?;
        }
    }
    Ok(())
}

/// The record, and the one that an interrupted run was about to write.
struct State {
    record: Option<(Record, Tag)>,
    next: Option<Record>,
}

impl State {
    fn read(store: &dyn Store) -> Result<Self, Failure> {
        Ok(Self {
            record: read_record(store)?,
            next: read_next(store)?,
        })
    }

    /// What to go on from. All files of the record to be were there before it was written, but for
    /// runtimes, whose names do not tell their content: those that are not whole are let go.
    fn base(&self, store: &dyn Store) -> Result<Record, FileError> {
        let Some(next) = &self.next else {
            let record = self.record.as_ref().map(|(record, _)| record.clone());
            return Ok(record.unwrap_or_default());
        };
        let mut base = next.clone();
        for (environment, runtime) in &next.runtimes {
            for (name, sha256) in &runtime.files {
                let stored = store.read(&layout::runtime(environment, name))?;
                if stored.is_none_or(|stored| hex_sha256(&stored.bytes) != *sha256) {
                    base.runtimes.remove(environment);
                    break;
                }
            }
        }
        Ok(base)
    }

    /// The environments whose runtime was let go and has not come again.
    fn lost(&self, record: &Record) -> Vec<String> {
        let before = self.next.iter().flat_map(|next| next.runtimes.keys());
        before
            .filter(|environment| !record.runtimes.contains_key(*environment))
            .cloned()
            .collect()
    }

    /// Writes pages and record, and removes pages that are no more; with `sweep` all files that
    /// are no more. `None` where somebody else has written the record meanwhile.
    fn apply(
        &self,
        store: &dyn Store,
        record: Record,
        (sweep, runtimes): (bool, &[Runtime]),
    ) -> Result<Option<(Published, Pruned)>, Failure> {
        let text = record.render();
        let same = self.record.as_ref().is_some_and(|(old, _)| *old == record);
        let settled = same && self.next.is_none();
        if !settled {
            write_if_other(store, NEXT, text.as_bytes())?;
        }
        for runtime in runtimes {
            for (name, bytes) in &runtime.files {
                let path = layout::runtime(&runtime.environment, name);
                write_if_other(store, &path, bytes)?;
            }
        }
        let due = store.due(&record);
        let Some((pages, disagreements)) = write_pages(store, &due)? else {
            return Ok(None);
        };
        let pruned = match (sweep, settled) {
            (true, _) => sweep_all(store, &due)?,
            (false, false) => {
                let old = self.record.iter().map(|(record, _)| record);
                for old in old.chain(&self.next) {
                    sweep_pages(store, old, &due)?;
                }
                Pruned::default()
            }
            (false, true) => Pruned::default(),
        };
        if !settled {
            let when = match &self.record {
                Some((_, tag)) => When::Unchanged(tag),
                None => When::New,
            };
            if !same && !store.write(RECORD, text.as_bytes(), when)? {
                return Ok(None);
            }
            store.delete(NEXT)?;
        }
        let published = Published {
            lost: self.lost(&record),
            record,
            pages,
            disagreements,
        };
        Ok(Some((published, pruned)))
    }
}

/// Writes the pages that differ, those of projects before the lists that name them. `None` where
/// somebody else writes them.
fn write_pages(
    store: &dyn Store,
    due: &BTreeMap<String, Due>,
) -> Result<Option<(usize, Vec<Disagreement>)>, Failure> {
    let mut disagreements = Vec::new();
    let mut pages: Vec<(&str, Vec<u8>)> = Vec::new();
    for (path, due) in due {
        let bytes = match due {
            Due::Bytes(bytes) => bytes.clone(),
            Due::United(parts) => {
                let (text, left_out) = united_of(store, parts)?;
                disagreements.extend(left_out);
                text.into_bytes()
            }
            Due::Copy(from) => match store.read(from)? {
                Some(stored) => stored.bytes,
                None => continue,
            },
            Due::File { .. } | Due::Metadata { .. } => continue,
        };
        pages.push((path, bytes));
    }
    let same = store.same(&pages)?;
    pages.retain(|(path, _)| !same.contains(*path));
    let is_list = |path: &str| path == "simple/" || path.starts_with("simple/index.");
    let (lists, others): (Vec<_>, Vec<_>) = pages.into_iter().partition(|(path, _)| is_list(path));
    let mut written = 0;
    for pages in [others, lists] {
        for is_new in write_all(store, &pages)? {
            match is_new {
                Some(is_new) => written += usize::from(is_new),
                None => return Ok(None),
            }
        }
    }
    Ok(Some((written, disagreements)))
}

/// Writes pages, many at once: a store may be far away.
fn write_all(store: &dyn Store, pages: &[(&str, Vec<u8>)]) -> Result<Vec<Option<bool>>, FileError> {
    let write = || {
        let pages = pages.par_iter();
        pages
            .map(|(path, bytes)| write_page(store, path, bytes))
            .collect()
    };
    match rayon::ThreadPoolBuilder::new().num_threads(LANES).build() {
        Ok(pool) if pages.len() > 1 => pool.install(write),
        _ => write(),
    }
}

/// The `pyodide-lock.json` that parts make.
pub(super) fn united_of(
    store: &dyn Store,
    parts: &[(String, String)],
) -> Result<(String, Vec<Disagreement>), Failure> {
    let mut all = Vec::new();
    for (project, path) in parts {
        let stored = store.read(path)?;
        let value = stored.and_then(|stored| serde_json::from_slice(&stored.bytes).ok());
        let value = value.ok_or_else(|| {
            Failure::unmet(format!("`{}` is missing or damaged", store.shown(path)))
                .hint(format!("mirror {project} again"))
        })?;
        all.push((project.clone(), value));
    }
    let (text, left_out) = united(&all);
    Ok((text.unwrap_or_default(), left_out))
}

/// Removes the pages and the runtimes that an old record has and the new one has not.
fn sweep_pages(
    store: &dyn Store,
    old: &Record,
    due: &BTreeMap<String, Due>,
) -> Result<(), FileError> {
    for (path, was) in store.due(old) {
        let is_page = matches!(was, Due::Bytes(_) | Due::United(_) | Due::Copy(_));
        if (is_page || path.starts_with("pyodide/")) && !due.contains_key(&path) {
            store.delete(&path)?;
        }
    }
    Ok(())
}

/// Removes all files of the mirror's folders that are not due.
fn sweep_all(store: &dyn Store, due: &BTreeMap<String, Due>) -> Result<Pruned, FileError> {
    let mut pruned = Pruned::default();
    for (path, size) in store.list()? {
        let folder = path.split_once('/').map_or("", |(folder, _)| folder);
        if FOLDERS.contains(&folder) && !due.contains_key(&path) {
            store.delete(&path)?;
            pruned.files += 1;
            pruned.bytes += size;
        }
    }
    Ok(pruned)
}

/// The same for a page, which others may be writing: `None` where one did so meanwhile.
fn write_page(store: &dyn Store, path: &str, bytes: &[u8]) -> Result<Option<bool>, FileError> {
    let old = store.read(path)?;
    let when = match &old {
        Some(old) if old.bytes == bytes => return Ok(Some(false)),
        Some(old) => When::Unchanged(&old.tag),
        None => When::New,
    };
    Ok(store.write(path, bytes, when)?.then_some(true))
}

/// Writes a file unless it has these bytes already; whether it was written.
pub(super) fn write_if_other(
    store: &dyn Store,
    path: &str,
    bytes: &[u8],
) -> Result<bool, FileError> {
    let old: Option<Stored> = store.read(path)?;
    if old.is_some_and(|old| old.bytes == bytes) {
        return Ok(false);
    }
    store.write(path, bytes, When::Always)
}
