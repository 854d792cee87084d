//! Keeping runs apart that have nothing but the bucket in common.
//!
//! Whoever brings files has a mark of its own in the bucket; whoever writes the record, or removes
//! files, has the one object that is for that, made on the condition that it is not there. Both
//! are renewed while their run lives. One that was not for a [`TERM`] is of a killed run and is
//! taken over, as is at once one of this machine, whose lock files say that nobody has it. Times
//! are the store's own. Should a run outlive its lease (a machine that slept), it still writes
//! pages and record on their conditions alone.

use super::super::store::{Hold, Tag};
use super::error::no_conditions;
use super::{Objects, tag, version_of};
use crate::io::files::FileError;
use bytes::Bytes;
use object_store::{ObjectMeta, PutMode};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

/// How long a lease holds that is not renewed.
const TERM: Duration = Duration::from_secs(60);
/// How often it is.
const RENEWAL: Duration = Duration::from_secs(15);
/// How often one looks whether another has ended.
const LOOK: Duration = Duration::from_millis(500);

const PUBLISH: &str = ".tmp/publish.lock";
const REMOVE: &str = ".tmp/remove.lock";
/// The folder of the marks.
const USES: &str = ".tmp/use";

/// Who this machine is to the others, for this bucket and cache: a name made by chance.
pub(super) fn owner(root: &Path) -> Result<String, FileError> {
    let path = root.join("owner");
    let fail = |error| FileError::new("write", &path, error);
    if !path.exists() {
        let mut made = tempfile::Builder::new()
            .prefix("")
            .rand_bytes(16)
            .tempfile_in(root)
            .map_err(fail)?;
        let name = made.path().file_name().unwrap_or_default().to_owned();
        made.write_all(name.as_encoded_bytes()).map_err(fail)?;
        if let Err(error) = made.persist_noclobber(&path)
            && error.error.kind() != io::ErrorKind::AlreadyExists
        {
            return Err(fail(error.error));
        }
    }
    std::fs::read_to_string(&path).map_err(|error| FileError::new("read", &path, error))
}

/// The leases of a bucket.
pub(super) struct Leases {
    pub(super) objects: Objects,
    pub(super) runtime: Handle,
    pub(super) owner: String,
}

/// Something that is held, until it is dropped.
pub(super) struct Lease {
    objects: Objects,
    runtime: Handle,
    path: String,
    /// What it was last written as; `None` once somebody else has it.
    state: Arc<Mutex<Option<Tag>>>,
    renewal: AbortHandle,
}

impl Leases {
    pub(super) async fn hold(&self, why: Hold, waiting: &dyn Fn()) -> io::Result<Lease> {
        let waiting = Once::new(waiting);
        match why {
            Hold::Publish => self.alone(PUBLISH, &waiting).await,
            Hold::Bring => self.with_others(&waiting).await,
            Hold::Remove => {
                let lease = self.alone(REMOVE, &waiting).await?;
                self.wait_for_uses(&waiting).await?;
                Ok(lease)
            }
        }
    }

    fn text(&self) -> Bytes {
        Bytes::from(self.owner.clone())
    }

    /// The one object of this path.
    async fn alone(&self, path: &str, waiting: &Once<'_>) -> io::Result<Lease> {
        loop {
            let made = self
                .objects
                .write(path, self.text(), PutMode::Create)
                .await?;
            if let Some(state) = made {
                // A store that ignores conditions lets everybody in.
                let again = self
                    .objects
                    .write(path, self.text(), PutMode::Create)
                    .await?;
                return match again {
                    None => Ok(self.lease(path.to_owned(), state)),
                    Some(_) => Err(no_conditions(&self.objects.bucket).into()),
                };
            }
            let Some((text, meta)) = self.objects.read(path).await? else {
                continue;
            };
            if text == self.owner || self.is_over(&meta).await? {
                let theirs = version_of(&tag(meta.e_tag, meta.version));
                let taken = PutMode::Update(theirs);
                if let Some(state) = self.objects.write(path, self.text(), taken).await? {
                    return Ok(self.lease(path.to_owned(), state));
                }
                continue;
            }
            waiting.say();
            tokio::time::sleep(LOOK).await;
        }
    }

    /// A mark beside others, while nobody removes files.
    async fn with_others(&self, waiting: &Once<'_>) -> io::Result<Lease> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |now| now.as_nanos());
        let path = format!("{USES}/{}-{}-{now}", self.owner, std::process::id());
        loop {
            // The mark first, then the look: who removes does it the other way round, so at least
            // one of the two sees the other.
            let write = self.objects.write(&path, self.text(), PutMode::Overwrite);
            let state = write.await?.unwrap_or_else(|| Tag(String::new()));
            let lease = self.lease(path.clone(), state);
            let Some((text, meta)) = self.objects.read(REMOVE).await? else {
                return Ok(lease);
            };
            if text == self.owner || self.is_over(&meta).await? {
                self.objects.delete(REMOVE).await?;
                continue;
            }
            lease.end().await;
            waiting.say();
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until nobody brings files, and removes the marks of killed runs.
    async fn wait_for_uses(&self, waiting: &Once<'_>) -> io::Result<()> {
        loop {
            let mut busy = false;
            for (name, meta) in self.objects.list(USES).await? {
                let is_ours = name.starts_with(&format!("{}-", self.owner));
                if is_ours || self.is_over(&meta).await? {
                    self.objects.delete(&format!("{USES}/{name}")).await?;
                } else {
                    busy = true;
                }
            }
            if !busy {
                return Ok(());
            }
            waiting.say();
            tokio::time::sleep(LOOK * 4).await;
        }
    }

    /// Whether what was written then was not renewed for a term, by the store's clock, which is
    /// read off an object that is written for it.
    async fn is_over(&self, meta: &ObjectMeta) -> io::Result<bool> {
        let path = format!(".tmp/clock/{}", self.owner);
        let write = self.objects.write(&path, self.text(), PutMode::Overwrite);
        write.await?;
        let Some((_, now)) = self.objects.read(&path).await? else {
            return Ok(false);
        };
        self.objects.delete(&path).await?;
        let age = (now.last_modified - meta.last_modified).to_std();
        Ok(age.is_ok_and(|age| age > TERM))
    }

    /// What is held from now on, and renewed.
    fn lease(&self, path: String, state: Tag) -> Lease {
        let state = Arc::new(Mutex::new(Some(state)));
        let renewal = {
            let (objects, path, text) = (self.objects.clone(), path.clone(), self.text());
            let state = state.clone();
            self.runtime.spawn(async move {
                loop {
                    tokio::time::sleep(RENEWAL).await;
                    let Some(old) = current(&state) else { return };
                    let mode = PutMode::Update(version_of(&old));
                    match objects.write(&path, text.clone(), mode).await {
                        Ok(new) => *state.lock().unwrap_or_else(PoisonError::into_inner) = new,
                        // The next time may do.
                        Err(_) => continue,
                    }
                }
            })
        };
        Lease {
            objects: self.objects.clone(),
            runtime: self.runtime.clone(),
            path,
            state,
            renewal: renewal.abort_handle(),
        }
    }
}

fn current(state: &Mutex<Option<Tag>>) -> Option<Tag> {
    state.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

impl Lease {
    /// Gives it back.
    async fn end(self) {
        self.renewal.abort();
        let state = self
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if state.is_some() {
            let _ = self.objects.delete(&self.path).await;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewal.abort();
        let state = self
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if state.is_some() {
            let (objects, path) = (self.objects.clone(), self.path.clone());
            let done = self.runtime.spawn(async move {
                let _ = objects.delete(&path).await;
            });
            // The run may end right after: what is given back should be so by then.
            wait_for(&done);
        }
    }
}

/// Waits for a task of another runtime, from a thread that may be of any.
fn wait_for<T>(task: &tokio::task::JoinHandle<T>) {
    let begun = std::time::Instant::now();
    while !task.is_finished() && begun.elapsed() < TERM {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Says once that it waits.
struct Once<'a> {
    say: &'a dyn Fn(),
    said: std::cell::Cell<bool>,
}

impl<'a> Once<'a> {
    fn new(say: &'a dyn Fn()) -> Self {
        let said = std::cell::Cell::new(false);
        Self { say, said }
    }

    fn say(&self) {
        if !self.said.replace(true) {
            (self.say)();
        }
    }
}
