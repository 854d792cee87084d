//! What chosen wheels import that their target lacks, found by reading them.
//!
//! A wheel is fetched into the cache, where `sync` finds it again, and looked at once for each
//! kind of place; what was found is kept by its hash.

use super::cache::{Cache, hex_sha256};
use super::net::{Get, Net};
use import_scan::{Lack, imports};
use rayon::prelude::*;
use resolver::WheelFile;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use tag_matrix::Environment;
use tokio::task::JoinSet;
use url::Url;
use wheel::WheelFilename;
use wheel::archive::{Limits, Scheme, WheelArchive};

/// The largest wheel that is looked at, in bytes.
const MAX_WHEEL: u64 = 128 << 20;
/// The largest file of a wheel that is looked at, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// Stack of the threads that parse: text can nest as deep as it is long.
const STACK: usize = 512 << 20;

/// An import that a target does not bear.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// The module, or a name in one.
    pub module: String,
    /// The file in the wheel.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
}

/// A wheel that was chosen for an environment.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The wheel.
    pub wheel: WheelFile,
    /// The environment.
    pub environment: Environment,
}

/// Looks at wheels.
pub struct Inspector<'a> {
    /// The HTTP client.
    pub net: &'a Net,
    /// Where wheels and findings are kept.
    pub cache: &'a Cache,
    /// The folder that relative paths start from.
    pub folder: &'a Path,
    /// Whether the network is not to be used.
    pub offline: bool,
}

impl Inspector<'_> {
    /// What each wheel imports, or why it could not be looked at. Never an error: an answer that
    /// is only advice must not stand in the way.
    pub async fn inspect(&self, subjects: &[Subject]) -> Vec<Result<Vec<Found>, String>> {
        let known: Vec<Option<Vec<Found>>> =
            subjects.iter().map(|subject| self.known(subject)).collect();
        let unknown = subjects.iter().zip(&known);
        let unknown = unknown.filter(|(_, known)| known.is_none());
        let failed = self.fetch(unknown.map(|(subject, _)| &subject.wheel)).await;
        let look = |(subject, known): (&Subject, Option<Vec<Found>>)| match known {
            Some(found) => Ok(found),
            None => self.look(subject).ok_or_else(|| {
                let why = failed.get(&*subject.wheel.filename).cloned();
                why.unwrap_or_else(|| "it is not there, or no valid wheel".to_owned())
            }),
        };
        match rayon::ThreadPoolBuilder::new().stack_size(STACK).build() {
            Ok(pool) => pool.install(|| subjects.par_iter().zip(known).map(look).collect()),
            Err(error) => subjects.iter().map(|_| Err(error.to_string())).collect(),
        }
    }

    fn known(&self, subject: &Subject) -> Option<Vec<Found>> {
        let text = self.cache.findings(&key(subject)?)?;
        text.lines()
            .map(|line| {
                let mut fields = line.split('\t');
                Some(Found {
                    module: fields.next()?.to_owned(),
                    line: fields.next()?.parse().ok()?,
                    file: fields.next()?.to_owned(),
                })
            })
            .collect()
    }

    /// Fetches the wheels that are not there, all at once; why some could not be had, by name.
    async fn fetch(&self, wheels: impl Iterator<Item = &WheelFile>) -> BTreeMap<String, String> {
        let mut failed = BTreeMap::new();
        if self.offline && self.net.transport().is_none() {
            return failed;
        }
        let mut tasks = JoinSet::new();
        let mut asked = BTreeSet::new();
        for wheel in wheels {
            let (Some(sha256), Ok(url)) = (&wheel.sha256, Url::parse(&wheel.url)) else {
                continue;
            };
            let small = wheel.size.is_none_or(|size| size <= MAX_WHEEL);
            if small && !self.cache.wheel_path(sha256).is_file() && asked.insert(sha256.clone()) {
                let (net, cache, sha256) = (self.net.clone(), self.cache.clone(), sha256.clone());
                let filename = wheel.filename.to_string();
                tasks.spawn(async move {
                    let why = match net.get(&Get::new(url, MAX_WHEEL)).await {
                        Err(error) => error.to_string(),
                        Ok(response) if response.status != 200 => {
                            format!("its file answers {}", response.status)
                        }
                        Ok(response) if hex_sha256(&response.body) != sha256 => {
                            "its file does not have the hash that the index gives".to_owned()
                        }
                        Ok(response) => {
                            cache.store_wheel(&sha256, &response.body);
                            return None;
                        }
                    };
                    Some((filename, why))
                });
            }
        }
        while let Some(finished) = tasks.join_next().await {
            failed.extend(finished.ok().flatten());
        }
        failed
    }

    fn look(&self, subject: &Subject) -> Option<Vec<Found>> {
        let path = match Url::parse(&subject.wheel.url) {
            Ok(_) => self.cache.wheel_path(subject.wheel.sha256.as_ref()?),
            Err(_) => self.folder.join(&subject.wheel.url),
        };
        let found = look(&path, &subject.wheel.filename, &subject.environment)?;
        if let Some(key) = key(subject) {
            let lines = found.iter();
            let text: String = lines
                .map(|one| format!("{}\t{}\t{}\n", one.module, one.line, one.file))
                .collect();
            self.cache.store_findings(&key, &text);
        }
        Some(found)
    }
}

/// What the findings depend on: the wheel, the place, and this program.
fn key(subject: &Subject) -> Option<String> {
    let environment = &subject.environment;
    Some(format!(
        "{} {} {} {}",
        subject.wheel.sha256.as_ref()?,
        environment.target().name(),
        environment.full_version(),
        env!("CARGO_PKG_VERSION")
    ))
}

/// Reads the Python files of a wheel. What cannot be read is passed over: installing it says more.
fn look(path: &Path, filename: &str, environment: &Environment) -> Option<Vec<Found>> {
    let parsed: WheelFilename = filename.parse().ok()?;
    let file = std::fs::File::open(path).ok()?;
    let archive = Arc::new(WheelArchive::open(file, &parsed, Limits::default()).ok()?);
    let own: BTreeSet<&str> = archive
        .entries()
        .iter()
        .filter_map(|entry| Some(top_level(archive.place(entry)?.1)))
        .collect();
    let mut found: Vec<Found> = Vec::new();
    for entry in archive.entries() {
        let module = match archive.place(entry) {
            Some((Scheme::Purelib | Scheme::Platlib, path)) => path,
            _ => continue,
        };
        if !is_looked_at(module) || entry.size() > MAX_FILE {
            continue;
        }
        let Ok(bytes) = archive.read(entry, MAX_FILE) else {
            continue;
        };
        for import in imports(&String::from_utf8_lossy(&bytes), environment) {
            let first = import.module.split('.').next().unwrap_or_default();
            if !own.contains(first) && Lack::of(environment, &import.module).is_some() {
                found.push(Found {
                    module: import.module,
                    file: entry.name().to_owned(),
                    line: import.line,
                });
            }
        }
    }
    found.sort();
    Some(found)
}

/// The module or package that a path belongs to.
fn top_level(name: &str) -> &str {
    let first = name.split('/').next().unwrap_or(name);
    first.split('.').next().unwrap_or(first)
}

/// Modules, but for tests, which nobody imports.
fn is_looked_at(name: &str) -> bool {
    let mut parts = name.split('/').rev();
    let file = parts.next().unwrap_or_default();
    file.ends_with(".py")
        && !name.contains('\t')
        && !file.starts_with("test_")
        && file != "conftest.py"
        && !parts.any(|folder| matches!(folder, "tests" | "test"))
}
