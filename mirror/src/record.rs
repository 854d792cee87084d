//! `mochi-mirror.json`: what a mirror holds, and for which locks.

use crate::layout::{PYODIDE_LOCK, is_hex, is_list, is_name, is_sha256};
use crate::runtimes::RuntimeEntry;
use crate::wanted::Wanted;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use wheel::PackageName;
use wheel::page::Sha256;

/// The version of the format that this program writes, and the only one it reads.
const FORMAT: u32 = 1;

/// What a mirror holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    version: u32,
    /// The hash of the record without it: a flipped bit shows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    checksum: String,
    /// The locks, by project.
    pub locks: BTreeMap<String, LockEntry>,
    /// The files, by SHA-256.
    pub files: BTreeMap<String, FileEntry>,
    /// Lists of curated packages that manifests have on servers, by place
    /// ([`list_at`](crate::layout::list_at)).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lists: BTreeMap<String, ListEntry>,
    /// Runtimes of Pyodide beside the `pyodide-lock.json` that they load, by environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub runtimes: BTreeMap<String, RuntimeEntry>,
}

/// A list of curated packages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListEntry {
    /// SHA-256 of its text.
    pub sha256: String,
    /// The projects whose manifests name it.
    pub locks: BTreeSet<String>,
}

/// A lock that was mirrored.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LockEntry {
    /// SHA-256 of the lock's text.
    pub lock_sha256: String,
    /// The environments that it was mirrored for.
    pub environments: BTreeSet<String>,
    /// The SHA-256 of the files that these need.
    pub files: BTreeSet<String>,
    /// The SHA-256 of what it adds to the `pyodide-lock.json` of an environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pyodide: BTreeMap<String, String>,
}

/// A file of the mirror.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FileEntry {
    /// Its name.
    pub filename: String,
    /// Its size in bytes.
    pub size: u64,
    /// The package that it is of.
    pub name: String,
    /// The version.
    pub version: String,
    /// Where the lock has it from: of the first of its origins.
    pub url: String,
    /// The source of the first of its origins.
    pub source: String,
    /// Of a wheel: its core metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
    /// `Requires-Python` of its metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires_python: Option<String>,
    /// Everywhere that locks have it from.
    pub origins: Vec<Origin>,
}

/// The metadata file beside a wheel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
}

/// Where a lock has a file from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The index, path, URL or Pyodide release, as the lock has it.
    pub source: String,
    /// The URL, as the lock has it.
    pub url: String,
    /// The projects whose locks have it from there.
    pub locks: BTreeSet<String>,
    /// The key of the index ([`index_key`](crate::layout::index_key)), if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What the index says of it, where it could be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing: Option<Listing>,
    /// Its provenance object on the index, where a lock has who published the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<ProvenanceEntry>,
}

/// A provenance object (PEP 740).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvenanceEntry {
    /// Where the index has it.
    pub url: String,
    /// SHA-256 of its text.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// The projects whose locks have who published the file.
    pub locks: BTreeSet<String>,
}

/// What an index page says of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Listing {
    /// The size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// `Requires-Python`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires_python: Option<String>,
    /// When it was uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload_time: Option<String>,
    /// Why it was yanked, possibly empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yanked: Option<String>,
    /// Whether its metadata is served beside it: a SHA-256, or `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core_metadata: Option<String>,
    /// Where its provenance is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<String>,
}

/// A file that is in the mirror now, for [`Record::add`].
#[derive(Debug, Clone)]
pub struct Arrived {
    /// What was wanted.
    pub wanted: Wanted,
    /// Its size in bytes.
    pub size: u64,
    /// Of a wheel: its metadata.
    pub metadata: Option<Metadata>,
    /// `Requires-Python` of that.
    pub requires_python: Option<String>,
    /// The key of its index, if it is from one.
    pub key: Option<String>,
    /// What the index says of it; `None` leaves what was known before.
    pub listing: Option<Listing>,
    /// Its provenance object, where the lock has who published it; its locks are set by
    /// [`Record::add`].
    pub provenance: Option<ProvenanceEntry>,
}

/// A record that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It is not one.
    #[error("is not the record of a mirror: {0}")]
    Invalid(String),
    /// It was written by a newer program.
    #[error("has format {0}, this program reads format {FORMAT}")]
    Format(u64),
    /// It was changed.
    #[error("was changed: its checksum does not fit")]
    Checksum,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            version: FORMAT,
            checksum: String::new(),
            locks: BTreeMap::new(),
            files: BTreeMap::new(),
            lists: BTreeMap::new(),
            runtimes: BTreeMap::new(),
        }
    }
}

impl Record {
    /// Reads a record, believing nothing: names become paths.
    ///
    /// # Errors
    /// It is not one, or one of another format, or not as it was written.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        let invalid = |error: serde_json::Error| RecordError::Invalid(error.to_string());
        let value: serde_json::Value = serde_json::from_slice(bytes).map_err(invalid)?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version == u64::from(FORMAT) => {}
            Some(version) => return Err(RecordError::Format(version)),
            None => return Err(RecordError::Invalid("it has no `version`".into())),
        }
        let mut record: Self = serde_json::from_value(value).map_err(invalid)?;
        let checksum = std::mem::take(&mut record.checksum);
        if record.digest() != checksum || record.render().as_bytes() != bytes {
            return Err(RecordError::Checksum);
        }
        match record.is_sound() {
            Some(bad) => Err(RecordError::Invalid(format!("`{bad}` is no path"))),
            None => Ok(record),
        }
    }

    /// The one text of this record.
    #[must_use]
    pub fn render(&self) -> String {
        let mut whole = self.clone();
        whole.checksum = self.digest();
        whole.text()
    }

    fn digest(&self) -> String {
        Sha256::of(self.text().as_bytes()).to_string()
    }

    fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The first name that must not become a path.
    fn is_sound(&self) -> Option<&str> {
        for (sha256, file) in &self.files {
            let keys = file.origins.iter().filter_map(|origin| origin.key.as_ref());
            let mut bad = keys.filter(|key| !is_hex(key) || key.len() != 16);
            match () {
                () if !is_sha256(sha256) => return Some(sha256),
                () if !is_name(&file.filename) => return Some(&file.filename),
                () if !is_normal(&file.name) => return Some(&file.name),
                () => {}
            }
            if let Some(key) = bad.next() {
                return Some(key);
            }
            let mut objects = file.origins.iter().flat_map(|origin| &origin.provenance);
            if let Some(bad) = objects.find(|object| !is_sha256(&object.sha256)) {
                return Some(&bad.sha256);
            }
        }
        let is_bad =
            |(place, list): &(&String, &ListEntry)| !is_list(place) || !is_sha256(&list.sha256);
        if let Some((place, _)) = self.lists.iter().find(is_bad) {
            return Some(place);
        }
        let is_bad = |(environment, runtime): &(&String, &RuntimeEntry)| {
            let mut files = runtime.files.iter();
            let bad = |(name, sha256): (&String, &String)| {
                !is_name(name) || name == PYODIDE_LOCK || !is_sha256(sha256)
            };
            !is_name(environment) || files.any(bad)
        };
        if let Some((environment, _)) = self.runtimes.iter().find(is_bad) {
            return Some(environment);
        }
        let mut parts = self.locks.values().flat_map(|lock| &lock.pyodide);
        let bad = parts.find(|(environment, sha256)| !is_name(environment) || !is_sha256(sha256));
        bad.map(|(environment, _)| environment.as_str())
    }

    /// Sets what a project's lock needs, in place of what it needed before. A lock that has not
    /// changed and was mirrored for other environments keeps them.
    pub fn add(&mut self, project: &str, mut entry: LockEntry, files: Vec<Arrived>) {
        let kept = self
            .locks
            .remove(project)
            .filter(|old| old.lock_sha256 == entry.lock_sha256);
        match kept {
            Some(old) => {
                entry.environments.extend(old.environments);
                entry.files.extend(old.files);
                for (environment, sha256) in old.pyodide {
                    entry.pyodide.entry(environment).or_insert(sha256);
                }
            }
            None => {
                for origin in self.files.values_mut().flat_map(|file| &mut file.origins) {
                    origin.locks.remove(project);
                    if let Some(object) = &mut origin.provenance {
                        object.locks.remove(project);
                    }
                }
                for list in self.lists.values_mut() {
                    list.locks.remove(project);
                }
                for runtime in self.runtimes.values_mut() {
                    runtime.locks.remove(project);
                }
            }
        }
        for file in files {
            self.arrive(project, file);
        }
        self.locks.insert(project.to_owned(), entry);
        self.files.values_mut().for_each(FileEntry::settle);
    }

    /// Sets that a project's manifest names a list; without a SHA-256 it is the one from before.
    pub fn add_list(&mut self, project: &str, place: &str, sha256: Option<&str>) {
        let known = self.lists.remove(place);
        let sha256 = sha256.or(known.as_ref().map(|list| list.sha256.as_str()));
        if let Some(sha256) = sha256.map(str::to_owned) {
            let mut locks = known.map(|list| list.locks).unwrap_or_default();
            locks.insert(project.to_owned());
            let list = ListEntry { sha256, locks };
            self.lists.insert(place.to_owned(), list);
        }
    }

    fn arrive(&mut self, project: &str, arrived: Arrived) {
        let label = arrived.wanted.label().to_owned();
        let Wanted {
            sha256,
            filename,
            name,
            version,
            url,
            ..
        } = arrived.wanted;
        let file = self.files.entry(sha256).or_insert_with(|| FileEntry {
            filename,
            size: 0,
            name: name.as_str().to_owned(),
            version,
            url: url.clone(),
            source: label.clone(),
            metadata: None,
            requires_python: None,
            origins: Vec::new(),
        });
        file.size = arrived.size;
        file.metadata = arrived.metadata;
        file.requires_python = arrived.requires_python;
        let provenance = arrived.provenance.map(|mut object| {
            object.locks = BTreeSet::from([project.to_owned()]);
            object
        });
        let mut origins = file.origins.iter_mut();
        match origins.find(|origin| (&origin.source, &origin.url) == (&label, &url)) {
            Some(origin) => {
                origin.locks.insert(project.to_owned());
                origin.key = arrived.key;
                origin.listing = arrived.listing.or(origin.listing.take());
                origin.provenance = match (provenance, origin.provenance.take()) {
                    (Some(mut new), Some(old)) => {
                        new.locks.extend(old.locks);
                        Some(new)
                    }
                    (new, old) => new.or(old),
                };
            }
            None => file.origins.push(Origin {
                source: label,
                url,
                locks: BTreeSet::from([project.to_owned()]),
                key: arrived.key,
                listing: arrived.listing,
                provenance,
            }),
        }
    }

    /// Drops what no lock needs.
    pub fn prune(&mut self) {
        for file in self.files.values_mut() {
            file.origins.retain(|origin| !origin.locks.is_empty());
            file.settle();
        }
        self.files.retain(|_, file| !file.origins.is_empty());
        self.lists.retain(|_, list| !list.locks.is_empty());
        self.runtimes.retain(|_, runtime| !runtime.locks.is_empty());
    }

    /// What projects add to the `pyodide-lock.json` of each environment: pairs of project and
    /// SHA-256, by project.
    #[must_use]
    pub fn pyodide_parts(&self) -> BTreeMap<&str, Vec<(&str, &str)>> {
        let mut all: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        for (project, lock) in &self.locks {
            for (environment, sha256) in &lock.pyodide {
                let parts = all.entry(environment).or_default();
                parts.push((project, sha256));
            }
        }
        all
    }
}

/// Whether a name is that of a project, in normal form.
fn is_normal(name: &str) -> bool {
    let parsed = name.parse::<PackageName>();
    parsed.is_ok_and(|parsed| parsed.as_str() == name)
}

impl FileEntry {
    /// Puts the origins in order, those in use first, so that the order of runs does not matter.
    fn settle(&mut self) {
        for origin in &mut self.origins {
            let object = origin.provenance.take();
            origin.provenance = object.filter(|object| !object.locks.is_empty());
        }
        self.origins.sort_by(|a, b| {
            (a.locks.is_empty(), &a.source, &a.url).cmp(&(b.locks.is_empty(), &b.source, &b.url))
        });
        if let Some(first) = self.origins.first() {
            self.url.clone_from(&first.url);
            self.source.clone_from(&first.source);
        }
    }
}

#[cfg(test)]
mod tests;
