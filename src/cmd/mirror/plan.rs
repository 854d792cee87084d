//! What a mirror lacks of a lock.

use super::Job;
use crate::ctx::Ctx;
use crate::error::Failure;
use crate::io::mirror::{Facts, Store, Transfer, Transferred, read_record};
use crate::locking::runtime;
use mirror::{FileEntry, Record, Wanted, layout};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is wanted, sorted by whether it is there.
pub(super) struct Plan {
    pub(super) record: Option<Record>,
    /// There, with their sizes.
    pub(super) present: Vec<(Wanted, u64)>,
    /// Not there.
    pub(super) missing: Vec<Wanted>,
}

impl Plan {
    /// Refuses a folder that something else uses.
    ///
    /// # Errors
    /// It is one.
    pub(super) fn refuse(store: &dyn Store) -> Result<(), Failure> {
        let place = store.shown("");
        if store.exists() && !store.is_folder() {
            return Err(Failure::invalid(format!("`{place}` is not a folder")));
        }
        if read_record(store)?.is_some() {
            return Ok(());
        }
        match store.list()?.keys().find(|path| is_ours(path)) {
            None => Ok(()),
            Some(_) if store.begun() => Ok(()),
            Some(other) => Err(Failure::invalid(format!(
                "`{place}` is not a mirror: it has no {}, but `{other}`",
                layout::RECORD
            ))
            .hint("name a folder that is empty, or not there yet")),
        }
    }

    /// Looks at what is there. Nobody may remove anything from now on.
    ///
    /// # Errors
    /// The store cannot be read, or its record cannot be used.
    pub(super) fn new(store: &dyn Store, job: &Job) -> Result<Self, Failure> {
        let record = read_record(store)?.map(|(record, _)| record);
        let found = store.list()?;
        let (mut present, mut missing) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        for wanted in &job.wanted {
            if !seen.insert(&wanted.sha256) {
                continue;
            }
            let entry = record.as_ref().and_then(|r| r.files.get(&wanted.sha256));
            match entry.filter(|entry| is_there(&found, &wanted.sha256, entry)) {
                Some(entry) => present.push((wanted.clone(), entry.size)),
                None => missing.push(wanted.clone()),
            }
        }
        Ok(Self {
            record,
            present,
            missing,
        })
    }

    /// Brings what is missing.
    ///
    /// # Errors
    /// Something could not be had; what has arrived is kept.
    pub(super) fn bring(
        &self,
        ctx: &Ctx,
        store: &Arc<dyn Store>,
        job: &Job,
        facts: &Facts,
    ) -> Result<Transferred, Failure> {
        let total = self.missing.iter().filter_map(|wanted| wanted.size).sum();
        let bar = ctx.ui.bytes("Mirroring", total);
        let transfer = Transfer {
            store: store.clone(),
            net: ctx.net.clone(),
            cache: ctx.cache.clone(),
            folder: job.folder.clone(),
            bar: bar.clone(),
        };
        let missing = self.missing.iter();
        let files = missing.map(|wanted| (wanted.clone(), facts.url(wanted)));
        let runtime = runtime()?;
        let mut brought = runtime.block_on(transfer.run(files.collect()));
        bar.finish_and_clear();
        if brought.failures.is_empty() {
            return Ok(brought);
        }
        let mut failures = brought.failures.drain(..);
        let first = failures.next();
        let others: Vec<String> = failures.map(|failure| failure.message).collect();
        let first = first.unwrap_or_else(|| Failure::unmet("a file could not be had"));
        Err(first
            .details(others)
            .hint("what has arrived is kept; run `mochi py mirror` again to go on from there"))
    }
}

/// Whether a path is in a folder that a mirror has for itself.
fn is_ours(path: &str) -> bool {
    let folder = path.split_once('/').map(|(folder, _)| folder);
    folder.is_some_and(|folder| layout::FOLDERS.contains(&folder))
}

/// Whether a file of the record is there, as far as sizes tell.
fn is_there(found: &BTreeMap<String, u64>, sha256: &str, entry: &FileEntry) -> bool {
    let file = found.get(&layout::file(sha256, &entry.filename));
    let metadata = found.get(&layout::metadata(sha256, &entry.filename));
    let expected = entry.metadata.as_ref().map(|metadata| metadata.size);
    file == Some(&entry.size) && expected.is_none_or(|expected| metadata == Some(&expected))
}
