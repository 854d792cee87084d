//! Bringing files into a mirror: from the cache, from this machine, from servers; many at once.
//!
//! A file arrives in the store's scratch folder under its SHA-256, is hashed on its way, and is
//! put under its final name when everything is right. What a broken connection or a killed run
//! leaves there is gone on with by the next.

use super::part::Part;
use super::store::Store;
use crate::error::{Failure, Kind};
use crate::io::cache::{Cache, hex};
use crate::io::files::FileError;
use crate::io::net::{Download, Net, NetError};
use indicatif::ProgressBar;
use mirror::{Metadata, Wanted, layout};
use sha2::Digest;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use url::Url;
use wheel::WheelFilename;
use wheel::archive::{Limits, WheelArchive};

/// The largest file that is mirrored.
const MAX_FILE: u64 = 64 << 30;
/// Files in the making at once; how many requests there are at once is the client's to say.
const JOBS: usize = 48;

/// A file that is in the mirror.
#[derive(Debug)]
pub struct Arrival {
    /// Its size in bytes.
    pub size: u64,
    /// Of a wheel: its metadata.
    pub metadata: Option<Metadata>,
    /// `Requires-Python` of that.
    pub requires_python: Option<String>,
    /// Bytes that came over the network.
    pub downloaded: u64,
    /// Whether it was brought by this run.
    pub is_new: bool,
}

/// What came of a transfer.
#[derive(Debug, Default)]
pub struct Transferred {
    /// What is in the mirror.
    pub arrived: Vec<(Wanted, Arrival)>,
    /// What could not be had.
    pub failures: Vec<Failure>,
}

/// Brings files into a store.
pub struct Transfer {
    /// The store.
    pub store: Arc<dyn Store>,
    /// The HTTP client.
    pub net: Net,
    /// Where wheels may be already.
    pub cache: Cache,
    /// The folder that relative paths start from.
    pub folder: PathBuf,
    /// Shows the bytes.
    pub bar: ProgressBar,
}

impl Transfer {
    /// Brings all files, each with the URL to have it from where that is not the lock's. After a
    /// failure nothing more is begun.
    pub async fn run(self, files: Vec<(Wanted, Option<String>)>) -> Transferred {
        let shared = Arc::new(self);
        let turns = Arc::new(Semaphore::new(JOBS));
        let failed = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for (wanted, url) in files {
            let (shared, turns, failed) = (shared.clone(), turns.clone(), failed.clone());
            tasks.spawn(async move {
                let _turn = turns.acquire().await;
                if failed.load(Ordering::Relaxed) {
                    return None;
                }
                let arrival = shared.bring(&wanted, url.as_deref()).await;
                failed.fetch_or(arrival.is_err(), Ordering::Relaxed);
                Some(arrival.map(|arrival| (wanted, arrival)))
            });
        }
        let mut all = Transferred::default();
        while let Some(done) = tasks.join_next().await {
            match done {
                Ok(Some(Ok(arrived))) => all.arrived.push(arrived),
                Ok(Some(Err(failure))) => all.failures.push(failure),
                Ok(None) => {}
                Err(error) => {
                    let what = format!("a transfer ended early: {error}");
                    all.failures.push(Failure::new(Kind::Outside, what));
                }
            }
        }
        all
    }

    async fn bring(
        self: &Arc<Self>,
        wanted: &Wanted,
        url: Option<&str>,
    ) -> Result<Arrival, Failure> {
        let lock = self.store.scratch().join(format!("{}.lock", wanted.sha256));
        let lock_file = held(&lock).await?;
        let (shared, again) = (self.clone(), wanted.clone());
        let there = blocking(move || shared.there(&again)).await?;
        if let Some(arrival) = there {
            self.bar.inc(arrival.size);
            let _ = std::fs::remove_file(&lock);
            return Ok(arrival);
        }
        let part = self.store.scratch().join(format!("{}.part", wanted.sha256));
        let downloaded = self
            .fetch(wanted, url.unwrap_or(&wanted.url), &part)
            .await?;
        let (shared, again) = (self.clone(), wanted.clone());
        let arrival = blocking(move || shared.settle(&again, &part)).await?;
        // Whoever waits for this lock finds the file when it has it.
        let _ = std::fs::remove_file(&lock);
        drop(lock_file);
        Ok(Arrival {
            downloaded,
            is_new: true,
            ..arrival
        })
    }

    /// The file, where it is there already: left by a killed run, or brought by another process.
    /// It is hashed, for no record speaks for it.
    fn there(&self, wanted: &Wanted) -> Result<Option<Arrival>, Failure> {
        let path = layout::file(&wanted.sha256, &wanted.filename);
        let Some(local) = self.store.local(&path)? else {
            return Ok(None);
        };
        let (sha256, size) = crate::io::files::hash(&local)?;
        if sha256 != wanted.sha256 {
            return Ok(None);
        }
        self.describe(wanted, &local, size).map(Some)
    }

    /// Puts a file that is whole and right under its name.
    fn settle(&self, wanted: &Wanted, part: &Path) -> Result<Arrival, Failure> {
        let size = std::fs::metadata(part)
            .map_err(|error| FileError::new("read", part, error))?
            .len();
        let read = metadata_of(wanted, part);
        if read.is_err() {
            let _ = std::fs::remove_file(part);
        }
        let read = read?;
        let path = layout::file(&wanted.sha256, &wanted.filename);
        self.store.put(part, &path)?;
        self.beside(wanted, read, size)
    }

    /// What a file of the mirror is; its metadata is written beside it where it is not there.
    fn describe(&self, wanted: &Wanted, local: &Path, size: u64) -> Result<Arrival, Failure> {
        self.beside(wanted, metadata_of(wanted, local)?, size)
    }

    fn beside(
        &self,
        wanted: &Wanted,
        read: Option<Headers>,
        size: u64,
    ) -> Result<Arrival, Failure> {
        let mut arrival = Arrival {
            size,
            metadata: None,
            requires_python: None,
            downloaded: 0,
            is_new: false,
        };
        if let Some(read) = read {
            let path = layout::metadata(&wanted.sha256, &wanted.filename);
            super::publish::write_if_other(&*self.store, &path, &read.bytes)?;
            arrival.requires_python = read.requires_python;
            arrival.metadata = Some(Metadata {
                sha256: crate::io::cache::hex_sha256(&read.bytes),
                size: read.bytes.len() as u64,
            });
        }
        Ok(arrival)
    }

    /// Fetches a file into the scratch folder, compared with its hash; how much was downloaded.
    async fn fetch(
        self: &Arc<Self>,
        wanted: &Wanted,
        url: &str,
        part: &Path,
    ) -> Result<u64, Failure> {
        let cached = self.cache.wheel_path(&wanted.sha256);
        if cached.is_file() && self.copy(wanted, &cached, part).await.is_ok() {
            return Ok(0);
        }
        match Url::parse(url) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {
                self.download(wanted, &url, part).await
            }
            Ok(url) => Err(Failure::invalid(format!(
                "mochi.lock: {url}: only http and https URLs are fetched"
            ))),
            Err(_) => {
                let path = self.folder.join(url);
                self.copy(wanted, &path, part).await?;
                Ok(0)
            }
        }
    }

    /// Takes a file of this machine.
    async fn copy(
        self: &Arc<Self>,
        wanted: &Wanted,
        from: &Path,
        part: &Path,
    ) -> Result<(), Failure> {
        let (wanted, from, part) = (wanted.clone(), from.to_path_buf(), part.to_path_buf());
        let bar = self.bar.clone();
        blocking(move || {
            let _ = std::fs::remove_file(&part);
            reflink_copy::reflink_or_copy(&from, &part)
                .map_err(|error| FileError::new("read", &from, error))?;
            let (found, size) = crate::io::files::hash(&part)?;
            if found != wanted.sha256 {
                let _ = std::fs::remove_file(&part);
                return Err(other_hash(&wanted, &from.display().to_string(), &found));
            }
            bar.inc(size);
            Ok(())
        })
        .await
    }

    async fn download(&self, wanted: &Wanted, url: &Url, part: &Path) -> Result<u64, Failure> {
        let download = Download {
            url: url.clone(),
            max_bytes: MAX_FILE,
            expected_size: wanted.size,
        };
        let mut first = true;
        loop {
            let disk = |error| FileError::new("write", part, error);
            let open = || Part::open(part, wanted.size, &self.bar);
            let mut sink = tokio::task::block_in_place(open).map_err(disk)?;
            let begun = sink.size;
            if wanted.size.is_none_or(|size| begun < size || size == 0) {
                let done = self.net.resume(&download, begun, &mut sink).await;
                done.map_err(|error| self.failed(error, part))?;
            }
            let (size, arrived) = (sink.size, sink.arrived);
            let found = hex(&sink.hasher.finalize());
            if found == wanted.sha256 {
                return Ok(arrived);
            }
            self.bar
                .set_position(self.bar.position().saturating_sub(size));
            let _ = std::fs::remove_file(part);
            // What an earlier run left may be of another file: once more, all of it.
            if begun == 0 || !first {
                return Err(other_hash(wanted, url.as_str(), &found));
            }
            first = false;
        }
    }

    fn failed(&self, error: NetError, part: &Path) -> Failure {
        match &error {
            NetError::WrongSize { .. } => {
                let _ = std::fs::remove_file(part);
                Failure::new(Kind::Unmet, error.to_string())
                    .hint("the file was altered on its way or on the index; nothing of it is kept")
            }
            _ => Failure::from(error),
        }
    }
}

fn other_hash(wanted: &Wanted, from: &str, found: &str) -> Failure {
    Failure::unmet(format!(
        "{} from {from} has SHA-256 {found}, the lock has {}",
        wanted.filename, wanted.sha256
    ))
    .hint("the file was altered on its way or on the index; nothing of it is kept")
}

/// Metadata, as a wheel has it.
struct Headers {
    bytes: Vec<u8>,
    requires_python: Option<String>,
}

/// The metadata of a wheel; `None` for what is none.
fn metadata_of(wanted: &Wanted, path: &Path) -> Result<Option<Headers>, Failure> {
    if !wanted.is_wheel() {
        return Ok(None);
    }
    let invalid = |error: &dyn std::fmt::Display| {
        Failure::invalid(format!("{} is not a valid wheel: {error}", wanted.filename))
    };
    let filename: WheelFilename = wanted.filename.parse().map_err(|e| invalid(&e))?;
    let file = File::open(path).map_err(|error| FileError::new("read", path, error))?;
    let wheel = WheelArchive::open(file, &filename, Limits::default()).map_err(|e| invalid(&e))?;
    let requires_python = wheel.metadata().requires_python.as_ref();
    Ok(Some(Headers {
        bytes: wheel.metadata_bytes().to_vec(),
        requires_python: requires_python.map(ToString::to_string),
    }))
}

/// Runs what blocks where that does no harm.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(Failure::new(
            Kind::Outside,
            format!("a thread ended early: {error}"),
        )),
    }
}

/// The lock on a file in the making: another process may be bringing the same one.
async fn held(path: &Path) -> Result<File, Failure> {
    let fail = |error| FileError::new("lock", path, error);
    let mut options = File::options();
    let file = options.create(true).truncate(false).write(true).open(path);
    let file = file.map_err(fail)?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(std::fs::TryLockError::Error(error))
                if error.kind() == io::ErrorKind::Unsupported =>
            {
                return Ok(file);
            }
            Err(std::fs::TryLockError::Error(error)) => return Err(fail(error).into()),
        }
    }
}
