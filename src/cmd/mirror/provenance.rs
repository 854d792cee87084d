//! The provenance objects of mirrored files (PEP 740), as their indexes have them: whoever locks
//! from the mirror verifies them again.

use super::Job;
use crate::ctx::{Ctx, LOCK};
use crate::error::Failure;
use crate::io::cache::hex_sha256;
use crate::io::index::IndexError;
use crate::io::mirror::Change;
use crate::io::net::NetError;
use crate::io::provenance::{Provenances, address};
use crate::locking::runtime;
use crate::provenance::{Verifier, unavailable};
use crate::ui::count;
use mirror::{Listing, ProvenanceEntry, Record, Wanted, layout};
use resolver::lock::publishers::listed;
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// A provenance object that is to be in the mirror.
pub(super) struct Kept {
    entry: ProvenanceEntry,
    /// Its text; `None` where it is what the mirror had before.
    text: Option<String>,
}

impl Job {
    /// The provenance objects of the files whose publishers the lock has, in the order of
    /// [`Job::wanted`], verified. An index that has one no more, or cannot be asked, is no reason
    /// to fail where the mirror has it from before.
    ///
    /// # Errors
    /// One does not hold, is of other publishers than the lock's, or could not be had.
    pub(super) fn provenances(
        &self,
        ctx: &Ctx,
        listings: &[Option<Listing>],
        record: Option<&Record>,
    ) -> Result<Vec<Option<Kept>>, Failure> {
        let files: Vec<(&Wanted, Option<Url>)> = self
            .wanted
            .iter()
            .zip(listings)
            .map(|(file, listing)| (file, place(file, listing.as_ref(), record)))
            .collect();
        let texts = fetched(ctx, &files, record)?;
        let mut verifier = None;
        let mut lacking = 0;
        let mut all = Vec::new();
        for (file, url) in files {
            let found = url.and_then(|url| Some((texts.get(&url)?.clone(), url)));
            let Some((text, url)) = found else {
                let known = known(record, file).filter(|_| !file.publishers.is_empty());
                lacking += usize::from(known.is_none() && !file.publishers.is_empty());
                let kept = |entry: &ProvenanceEntry| Kept {
                    entry: entry.clone(),
                    text: None,
                };
                all.push(known.map(kept));
                continue;
            };
            let verifier = match &mut verifier {
                Some(verifier) => verifier,
                none => none.insert(Verifier::new(ctx)?),
            };
            check(verifier, file, &text)?;
            let entry = ProvenanceEntry {
                url: url.into(),
                sha256: hex_sha256(text.as_bytes()),
                size: text.len() as u64,
                locks: BTreeSet::new(),
            };
            let text = Some(text);
            all.push(Some(Kept { entry, text }));
        }
        if lacking > 0 {
            ctx.ui.warn(&format!(
                "{LOCK} has the publishers of {} whose provenance cannot be had now: locking from \
                 this mirror would find it lost",
                count(lacking, "file")
            ));
        }
        Ok(all)
    }
}

/// Where the provenance of a file is that has to be in the mirror.
fn place(file: &Wanted, listing: Option<&Listing>, record: Option<&Record>) -> Option<Url> {
    if file.publishers.is_empty() {
        return None;
    }
    match listing {
        Some(listing) => address(listing.provenance.as_deref()?),
        None => address(&known(record, file)?.url),
    }
}

/// What the mirror has of a file's provenance.
fn known<'r>(record: Option<&'r Record>, file: &Wanted) -> Option<&'r ProvenanceEntry> {
    let mut origins = record?.files.get(&file.sha256)?.origins.iter();
    let origin = origins.find(|o| o.source == file.label() && o.url == file.url)?;
    origin.provenance.as_ref()
}

/// The texts, as far as they can be had.
fn fetched(
    ctx: &Ctx,
    files: &[(&Wanted, Option<Url>)],
    record: Option<&Record>,
) -> Result<BTreeMap<Url, String>, Failure> {
    let urls: BTreeSet<Url> = files.iter().filter_map(|(_, url)| url.clone()).collect();
    if urls.is_empty() {
        return Ok(BTreeMap::new());
    }
    let provenances = Provenances {
        net: ctx.net.clone(),
        cache: ctx.cache.clone(),
        offline: ctx.global.offline,
    };
    let bar = ctx.ui.counter("Verifying");
    let all = runtime()?.block_on(provenances.all(urls, &bar));
    bar.finish_and_clear();
    let mut texts = BTreeMap::new();
    for (url, text) in all {
        match text {
            Ok(text) => texts.extend(text.map(|text| (url, text))),
            Err(IndexError::Net(NetError::Offline { .. })) => {}
            Err(error) => {
                let mut of = files.iter().filter(|(_, at)| at.as_ref() == Some(&url));
                if let Some((file, _)) = of.find(|(file, _)| known(record, file).is_none()) {
                    return Err(unavailable(&file.filename, error));
                }
            }
        }
    }
    Ok(texts)
}

/// Verifies, and compares with the lock.
fn check(verifier: &Verifier, file: &Wanted, text: &str) -> Result<(), Failure> {
    let filename = &file.filename;
    let judged = verifier
        .judge(text, filename, &file.sha256)
        .map_err(|why| {
            Failure::unmet(format!("the provenance of {filename} is refused: {why}")).hint(why.hint)
        })?;
    let now = judged.publishers;
    let is_there = |due: &_| now.iter().any(|now| now.is_same(due));
    if file.publishers.iter().all(is_there) {
        return Ok(());
    }
    let (name, before) = (&file.name, listed(&file.publishers));
    let now = match now.is_empty() {
        true => "nobody that can be verified".to_owned(),
        false => listed(&now),
    };
    Err(Failure::unmet(format!(
        "{filename} was published by {before}, as {LOCK} has it, and its index now says: by {now}"
    ))
    .hint(format!(
        "ask the project first whether this is meant; then lock again with `--accept-publisher \
         {name}`"
    )))
}

/// Enters the objects, in the order of the change's files.
pub(super) fn enter(change: &mut Change<'_>, all: Vec<Option<Kept>>) {
    for (file, kept) in change.files.iter_mut().zip(all) {
        let Some(Kept { entry, text }) = kept else {
            continue;
        };
        if let Some(text) = text {
            let path = layout::provenance(&entry.sha256);
            change.parts.insert(path, text.into_bytes());
        }
        file.provenance = Some(entry);
    }
}
