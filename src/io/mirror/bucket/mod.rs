//! A mirror in a bucket: the same tree, under keys.
//!
//! An object appears whole or not at all, small ones by one request and large ones when their
//! parts are complete. Pages and the record are written on the condition that they are as they
//! were read. What keeps runs on several machines apart is told in [`lease`].

mod address;
mod client;
mod error;
mod kinds;
mod lease;
mod upload;

pub use address::Address;
pub use error::BucketError;

use super::folder::Folder;
use super::store::{Hold, Local, Store, Stored, Tag, When};
use crate::io::cache::{Cache, hex_sha256};
use crate::io::files::FileError;
use crate::io::net::Net;
use bytes::Bytes;
use client::{Connector, MARK};
use error::{explain, is_no_bucket};
use futures_util::{StreamExt, TryStreamExt};
use lease::Leases;
use mirror::{Due, Record, due, layout};
use object_store::path::Path as Key;
use object_store::{
    Error, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions, UpdateVersion,
};
use std::any::Any;
use std::collections::BTreeMap;
use std::future::Future;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

/// There as soon as a mirror was begun.
const BEGUN: &str = ".tmp/begun";
/// Files sent or fetched at once, however many are on their way from their indexes.
const TURNS: usize = 8;

/// A bucket, or what is below a prefix of it.
pub struct Bucket {
    runtime: Runtime,
    objects: Objects,
    shown: String,
    slashes: bool,
    /// For what is in the making, and what keeps processes of this machine apart.
    local: Folder,
    root: std::path::PathBuf,
    has_begun: AtomicBool,
    turns: Arc<Semaphore>,
}

/// The objects below a prefix, by their paths in a mirror.
#[derive(Clone)]
struct Objects {
    store: Arc<dyn ObjectStore>,
    bucket: String,
    prefix: Key,
}

impl Objects {
    fn key(&self, path: &str) -> Key {
        let mark = if path.ends_with('/') { MARK } else { "" };
        let whole = format!("{}/{path}{mark}", self.prefix.as_ref());
        Key::parse(whole.trim_start_matches('/')).unwrap_or_else(|_| Key::from(whole))
    }

    fn explain(&self, error: &Error) -> io::Error {
        explain(error, &self.bucket).into()
    }

    /// Writes small bytes; the state of what was written, or `None` where the condition does not
    /// hold.
    async fn write(&self, path: &str, bytes: Bytes, mode: PutMode) -> io::Result<Option<Tag>> {
        let is_update = matches!(mode, PutMode::Update(_));
        let options = PutOptions {
            mode,
            attributes: kinds::attributes(path),
            ..PutOptions::default()
        };
        let key = self.key(path);
        match self.store.put_opts(&key, bytes.into(), options).await {
            Ok(done) => Ok(Some(tag(done.e_tag, done.version))),
            Err(Error::Precondition { .. } | Error::AlreadyExists { .. }) => Ok(None),
            // It was removed meanwhile.
            Err(error @ Error::NotFound { .. }) if is_update && !is_no_bucket(&error) => Ok(None),
            Err(error) => Err(self.explain(&error)),
        }
    }

    async fn read(&self, path: &str) -> io::Result<Option<(Bytes, ObjectMeta)>> {
        let got = match self.store.get(&self.key(path)).await {
            Ok(got) => got,
            Err(error @ Error::NotFound { .. }) if !is_no_bucket(&error) => return Ok(None),
            Err(error) => return Err(self.explain(&error)),
        };
        let meta = got.meta.clone();
        let bytes = got.bytes().await.map_err(|error| self.explain(&error))?;
        Ok(Some((bytes, meta)))
    }

    async fn delete(&self, path: &str) -> io::Result<()> {
        match self.store.delete(&self.key(path)).await {
            Err(error @ Error::NotFound { .. }) if !is_no_bucket(&error) => Ok(()),
            done => done.map_err(|error| self.explain(&error)),
        }
    }

    /// The objects below a folder of the mirror, or all, by the last parts of their keys.
    async fn list(&self, below: &str) -> io::Result<Vec<(String, ObjectMeta)>> {
        let prefix =
            Key::parse(format!("{}/{below}", self.prefix.as_ref()).trim_start_matches('/'));
        let prefix = prefix.map_err(io::Error::other)?;
        let found: Result<Vec<ObjectMeta>, Error> =
            self.store.list(Some(&prefix)).try_collect().await;
        let found = found.map_err(|error| self.explain(&error))?;
        let inner = |meta: ObjectMeta| {
            let parts: Vec<String> = meta
                .location
                .prefix_match(&prefix)?
                .map(|part| part.as_ref().to_owned())
                .collect();
            Some((parts.join("/"), meta))
        };
        Ok(found.into_iter().filter_map(inner).collect())
    }
}

/// A tag has all that a conditional write needs.
fn tag(e_tag: Option<String>, version: Option<String>) -> Tag {
    Tag(format!(
        "{}\n{}",
        e_tag.unwrap_or_default(),
        version.unwrap_or_default()
    ))
}

fn version_of(tag: &Tag) -> UpdateVersion {
    let (e_tag, version) = tag.0.split_once('\n').unwrap_or((&tag.0, ""));
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    UpdateVersion {
        e_tag: some(e_tag),
        version: some(version),
    }
}

impl Bucket {
    /// The mirror at an address; `vars` is the environment.
    ///
    /// # Errors
    /// The environment lacks something, credentials mostly. Nothing is asked of the store yet.
    pub fn open(
        address: &Address,
        vars: &[(String, String)],
        net: Net,
        cache: &Cache,
    ) -> Result<Self, BucketError> {
        let opened = address::open(address, vars, Connector::new(net))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| BucketError::new(format!("no threads can be had: {error}")))?;
        let shown = address.shown();
        let key = hex_sha256(format!("{} {shown}", opened.endpoint).as_bytes());
        let root = cache.root().join("mirrors-v1").join(&key[..32]);
        Ok(Self {
            runtime,
            objects: Objects {
                store: opened.store,
                bucket: address.bucket.clone(),
                prefix: address.prefix.clone(),
            },
            shown,
            slashes: opened.slashes,
            local: Folder::new(root.clone(), root.clone()),
            root,
            has_begun: AtomicBool::new(false),
            turns: Arc::new(Semaphore::new(TURNS)),
        })
    }

    fn wait<T>(&self, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
        self.runtime.block_on(work)
    }

    fn fail(&self, action: &'static str, path: &str) -> impl Fn(io::Error) -> FileError {
        let path = self.shown(path);
        move |source| FileError {
            action,
            path: path.clone(),
            source,
        }
    }

    /// The path of an object by the parts of its key: a key that ends in `/` lost that on its way.
    fn path_of(&self, found: String) -> String {
        let is_page = found
            .strip_prefix("simple/")
            .is_some_and(|rest| !rest.contains('/') && !rest.starts_with("index."));
        match self.slashes && (is_page || found == "simple") {
            true => found + "/",
            false => found,
        }
    }
}

impl Store for Bucket {
    fn shown(&self, path: &str) -> String {
        match path {
            "" => self.shown.clone(),
            _ => format!("{}/{path}", self.shown),
        }
    }

    fn make(&self) -> Result<(), FileError> {
        self.local.make()?;
        if !self.has_begun.swap(true, Ordering::Relaxed) {
            let text = "A mirror of mochi py is here, or is being made.\n";
            let made = self.objects.write(BEGUN, text.into(), PutMode::Create);
            self.wait(made).map_err(self.fail("write", BEGUN))?;
        }
        Ok(())
    }

    fn exists(&self) -> bool {
        true
    }

    fn is_folder(&self) -> bool {
        true
    }

    fn begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// A page lies under the key that installers ask for as well.
    fn due(&self, record: &Record) -> BTreeMap<String, Due> {
        let mut all = due(record);
        if self.slashes {
            let page = |(path, due): (&String, &Due)| {
                let folder = path.strip_suffix("index.html")?;
                folder
                    .starts_with("simple/")
                    .then(|| (folder.to_owned(), due.clone()))
            };
            let pages: Vec<_> = all.iter().filter_map(page).collect();
            all.extend(pages);
        }
        all
    }

    fn list(&self) -> Result<BTreeMap<String, u64>, FileError> {
        let found = self
            .wait(self.objects.list(""))
            .map_err(self.fail("list", ""))?;
        let mut all = BTreeMap::new();
        for (path, meta) in found {
            match path.starts_with(".tmp/") {
                true if path == BEGUN => self.has_begun.store(true, Ordering::Relaxed),
                true => {}
                false => {
                    all.insert(self.path_of(path), meta.size);
                }
            }
        }
        Ok(all)
    }

    fn read(&self, path: &str) -> Result<Option<Stored>, FileError> {
        let read = self
            .wait(self.objects.read(path))
            .map_err(self.fail("read", path))?;
        Ok(read.map(|(bytes, meta)| Stored {
            bytes: bytes.to_vec(),
            tag: tag(meta.e_tag, meta.version),
        }))
    }

    fn write(&self, path: &str, bytes: &[u8], when: When<'_>) -> Result<bool, FileError> {
        let mode = match when {
            When::Always => PutMode::Overwrite,
            When::New => PutMode::Create,
            When::Unchanged(tag) => PutMode::Update(version_of(tag)),
        };
        let bytes = Bytes::copy_from_slice(bytes);
        let written = self.wait(self.objects.write(path, bytes, mode));
        Ok(written.map_err(self.fail("write", path))?.is_some())
    }

    fn put(&self, file: &Path, path: &str) -> Result<(), FileError> {
        let sent = async {
            let _turn = self.turns.acquire().await;
            upload::send(&self.objects, file, path).await
        };
        self.wait(sent).map_err(self.fail("write", path))?;
        std::fs::remove_file(file).map_err(|error| FileError::new("remove", file, error))
    }

    fn local(&self, path: &str) -> Result<Option<Local>, FileError> {
        self.local.make()?;
        let fail = self.fail("read", path);
        let copied = async {
            let _turn = self.turns.acquire().await;
            let got = match self.objects.store.get(&self.objects.key(path)).await {
                Err(error @ Error::NotFound { .. }) if !is_no_bucket(&error) => return Ok(None),
                got => got.map_err(|error| self.objects.explain(&error))?,
            };
            let mut file = tempfile::Builder::new()
                .prefix("copy-")
                .tempfile_in(self.local.scratch())?;
            let mut parts = got.into_stream();
            while let Some(part) = parts.next().await {
                file.write_all(&part.map_err(|error| self.objects.explain(&error))?)?;
            }
            Ok(Some(Local::copy(file.into_temp_path())))
        };
        self.wait(copied).map_err(fail)
    }

    fn delete(&self, path: &str) -> Result<(), FileError> {
        let deleted = self.wait(self.objects.delete(path));
        deleted.map_err(self.fail("remove", path))
    }

    fn scratch(&self) -> &Path {
        self.local.scratch()
    }

    fn hold(&self, why: Hold, waiting: &dyn Fn()) -> Result<Box<dyn Any + Send>, FileError> {
        self.local.make()?;
        // Among the processes of this machine first: what these have of the bucket when the lock
        // is ours, nobody has any more.
        let here = self.local.hold(why, waiting)?;
        let owner = lease::owner(&self.root)?;
        let leases = Leases {
            objects: self.objects.clone(),
            runtime: self.runtime.handle().clone(),
            owner,
        };
        let leased = self.wait(leases.hold(why, waiting));
        let leased = leased.map_err(self.fail("lock", layout::RECORD))?;
        // Dropped in this order.
        Ok(Box::new((leased, here)))
    }
}
