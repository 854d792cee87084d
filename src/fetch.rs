//! Getting the wheels of a lock: each is downloaded, compared with its hash and unpacked as soon
//! as it is there, while others still arrive.

mod keep;

use crate::ctx::Ctx;
use crate::error::{Failure, Kind};
use crate::io::files::FileError;
use crate::io::index::IndexClient;
use crate::io::install::{Hashed, Reporter, Session, Sha256Digest, Source, Wanted};
use crate::io::net::{Download, Net, NetError, Sink};
use crate::locking::{Project, runtime};
use indicatif::ProgressBar;
use resolver::lock::{LockedPackage, LockedWheel};
use resolver::{Lock, LockedSource, ProjectKey};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, mpsc};
use tag_matrix::Environment;
use tempfile::TempPath;
use url::Url;
use wheel::WheelFilename;

/// The largest wheel that is downloaded.
const MAX_WHEEL: u64 = 64 << 30;

/// The wheels that an environment takes, as the installation wants them.
///
/// # Errors
/// The lock contradicts itself, or a package has no wheel.
pub fn wanted(
    ctx: &Ctx,
    project: &Project,
    lock: &Lock,
    environment: &Environment,
    folder: &Path,
) -> Result<Vec<Wanted>, Failure> {
    let roots = project.roots(environment);
    let mut all = Vec::new();
    let mut libraries = Vec::new();
    for (package, wheel) in lock.packages_of(environment.name()) {
        let Some(wheel) = wheel else {
            return Err(no_wheel(package, environment));
        };
        if is_library(package, wheel) {
            libraries.push(package.name.as_str());
            continue;
        }
        all.push(Wanted {
            name: package.name.clone(),
            version: package.version.clone(),
            filename: wheel.filename.clone(),
            sha256: wheel
                .sha256
                .parse()
                .map_err(|error| Failure::invalid(format!("{}: {error}", wheel.filename)))?,
            source: match &package.source {
                LockedSource::Url(url) => url.parse().map_or(Source::Index, Source::Url),
                LockedSource::Path(path) => Source::Path(
                    std::path::absolute(folder.join(path)).unwrap_or_else(|_| folder.join(path)),
                ),
                _ => Source::Index,
            },
            requested: roots
                .iter()
                .any(|root| root.requirement.name == package.name),
        });
    }
    if !libraries.is_empty() {
        ctx.ui.note(&format!(
            "not installed, Pyodide's loader brings its shared libraries itself: {}",
            libraries.join(", ")
        ));
    }
    let skipped: Vec<String> = lock
        .skips
        .iter()
        .filter(|skip| skip.environment == environment.name())
        .map(|skip| skip.requirement.clone())
        .collect();
    if !skipped.is_empty() {
        ctx.ui.warn(&format!(
            "not installed, the lock skips it for {}: {}",
            environment.name(),
            skipped.join(", ")
        ));
    }
    Ok(all)
}

/// Whether it is a shared library of a Pyodide release, which is no wheel.
fn is_library(package: &LockedPackage, wheel: &LockedWheel) -> bool {
    matches!(package.source, LockedSource::Pyodide(_)) && !wheel.filename.ends_with(".whl")
}

fn no_wheel(package: &LockedPackage, environment: &Environment) -> Failure {
    let failure = Failure::unmet(format!(
        "{} {} has no wheel for {}",
        package.name,
        package.version,
        environment.name()
    ));
    match &package.source {
        LockedSource::Path(path) => failure.hint(format!(
            "`{path}` is a folder: build its wheel, and name that as the `path`"
        )),
        _ => failure,
    }
}

/// Where a wheel is to be had.
enum Place {
    /// On this machine; its hash is not known to be right.
    File(PathBuf),
    /// On a server.
    Url(Url),
}

/// What has arrived: the wheel, and the temporary file that goes when it is unpacked.
struct Arrived {
    sha256: Sha256Digest,
    path: PathBuf,
    hashed: Hashed,
    temporary: Option<TempPath>,
}

/// Gets wheels for a session.
pub struct Fetcher<'a> {
    ctx: &'a Ctx,
    lock: &'a Lock,
    environment: &'a str,
    folder: &'a Path,
    /// Asked for the wheels before their own addresses are, where the user names an index.
    client: Option<IndexClient>,
}

impl<'a> Fetcher<'a> {
    /// A fetcher for an environment of a lock.
    ///
    /// # Errors
    /// An address that is no index.
    pub fn new(
        ctx: &'a Ctx,
        project: &Project,
        lock: &'a Lock,
        environment: &'a Environment,
        folder: &'a Path,
    ) -> Result<Self, Failure> {
        // Registers the credentials of the indexes in force as well.
        let indexes = ctx.indexes(Some(&project.manifest), folder)?;
        // A mirror has every wheel under its own hash.
        let mirror = ctx.mirror(Some(&project.manifest))?;
        let named = ctx.global.index.is_some() || !ctx.global.find_links.is_empty();
        let named = named && mirror.is_none();
        let client = named.then(|| ctx.client(indexes, folder));
        Ok(Self {
            ctx,
            lock,
            environment: environment.name(),
            folder,
            client,
        })
    }

    /// Downloads the missing wheels and hands each to the session as it arrives.
    ///
    /// # Errors
    /// The first failure; what is still under way is given up.
    pub fn fetch(
        &self,
        session: &Session,
        missing: &[&Wanted],
        reporter: &dyn Reporter,
    ) -> Result<(), Failure> {
        let wheels: Vec<&LockedWheel> = self
            .lock
            .packages_of(self.environment)
            .filter_map(|(_, wheel)| wheel)
            .filter(|wheel| {
                missing
                    .iter()
                    .any(|wanted| wanted.filename == wheel.filename)
            })
            .collect();
        let total = wheels.iter().filter_map(|wheel| wheel.size).sum();
        let bar = self.ctx.ui.bytes("Downloading", total);
        let runtime = runtime()?;
        let (sender, receiver) = mpsc::channel();
        for wheel in wheels {
            let job = self.job(wheel, &bar)?;
            let sender = sender.clone();
            runtime.spawn(async move {
                // Nobody listens any more when another wheel has failed.
                let _ = sender.send(job.run().await);
            });
        }
        drop(sender);
        let failed: Mutex<Option<Failure>> = Mutex::new(None);
        let fail = |failure: Failure| {
            if let Ok(mut failed) = failed.lock() {
                failed.get_or_insert(failure);
            }
        };
        let is_failed = || failed.lock().is_ok_and(|failed| failed.is_some());
        rayon::in_place_scope(|scope| {
            for arrived in receiver {
                match arrived {
                    Ok(arrived) => scope.spawn(|_| {
                        let arrived = arrived;
                        let supplied = session.supply(
                            &arrived.sha256,
                            &arrived.path,
                            arrived.hashed,
                            reporter,
                        );
                        if let Err(error) = supplied {
                            fail(error.into());
                        }
                    }),
                    Err(failure) => fail(failure),
                }
                if is_failed() {
                    break;
                }
            }
        });
        runtime.shutdown_background();
        bar.finish_and_clear();
        failed.into_inner().unwrap_or_default().map_or(Ok(()), Err)
    }

    fn job(&self, wheel: &LockedWheel, bar: &ProgressBar) -> Result<Job, Failure> {
        let cached = self.ctx.cache.wheel_path(&wheel.sha256);
        let path = Url::parse(&wheel.url)
            .is_err()
            .then(|| self.folder.join(&wheel.url));
        let place = if cached.is_file() {
            Place::File(cached)
        } else if let Some(path) = path.filter(|path| path.is_file()) {
            Place::File(path)
        } else if let Some(held) = self.ctx.net.held(&wheel.url, Some(&wheel.sha256)) {
            Place::Url(held.url)
        } else {
            match Url::parse(&wheel.url) {
                Ok(url) if matches!(url.scheme(), "http" | "https") => Place::Url(url),
                Ok(url) => {
                    return Err(Failure::invalid(format!(
                        "mochi.lock: {url}: only http and https URLs are fetched"
                    )));
                }
                Err(_) => Place::File(self.folder.join(&wheel.url)),
            }
        };
        Ok(Job {
            place,
            client: self.client.clone(),
            net: self.ctx.net.clone(),
            folder: self.folder.to_path_buf(),
            temporary: self.ctx.cache.root().join("wheels-v1"),
            wheel: wheel.clone(),
            bar: bar.clone(),
        })
    }
}

/// One wheel to be fetched.
struct Job {
    place: Place,
    client: Option<IndexClient>,
    net: Net,
    folder: PathBuf,
    temporary: PathBuf,
    wheel: LockedWheel,
    bar: ProgressBar,
}

impl Job {
    async fn run(mut self) -> Result<Arrived, Failure> {
        if let (Place::Url(_), Some(client)) = (&self.place, &self.client)
            && let Some(place) = self.on_index(client).await?
        {
            self.place = place;
        }
        let sha256 = self
            .wheel
            .sha256
            .parse()
            .map_err(|error| Failure::invalid(format!("mochi.lock: {error}")))?;
        match &self.place {
            Place::File(path) => {
                self.bar.inc(self.wheel.size.unwrap_or_default());
                Ok(Arrived {
                    sha256,
                    path: path.clone(),
                    hashed: Hashed::No,
                    temporary: None,
                })
            }
            Place::Url(url) => {
                let file = self.download(url).await?;
                Ok(Arrived {
                    sha256,
                    path: file.to_path_buf(),
                    hashed: Hashed::Yes,
                    temporary: Some(file),
                })
            }
        }
    }

    /// The same file on the index that the user names: a mirror, perhaps.
    async fn on_index(&self, client: &IndexClient) -> Result<Option<Place>, Failure> {
        let Ok(parsed) = self.wheel.filename.parse::<WheelFilename>() else {
            return Ok(None);
        };
        let key = ProjectKey {
            name: parsed.name,
            index: None,
        };
        let Some(project) = client.project(&key).await? else {
            return Ok(None);
        };
        let Some(release) = project.position(&parsed.version) else {
            return Ok(None);
        };
        let mut wheels = project.wheels(release).iter();
        let same = wheels.find(|other| {
            *other.filename == *self.wheel.filename
                && other
                    .sha256
                    .as_ref()
                    .is_none_or(|sha256| *sha256 == self.wheel.sha256)
        });
        Ok(same.map(|same| match Url::parse(&same.url) {
            Ok(url) => Place::Url(url),
            Err(_) => Place::File(self.folder.join(&same.url)),
        }))
    }

    async fn download(&self, url: &Url) -> Result<TempPath, Failure> {
        let disk = |error| FileError::new("write", &self.temporary, error);
        std::fs::create_dir_all(&self.temporary).map_err(disk)?;
        let file = tempfile::Builder::new()
            .prefix(".download-")
            .tempfile_in(&self.temporary)
            .map_err(disk)?;
        let (file, path) = file.into_parts();
        let mut sink = Hashing {
            file,
            hasher: Sha256::new(),
            bar: self.bar.clone(),
            shown: 0,
        };
        let download = Download {
            url: url.clone(),
            max_bytes: MAX_WHEEL,
            expected_size: self.wheel.size,
        };
        self.net
            .download(&download, &mut sink)
            .await
            .map_err(|error| match &error {
                NetError::WrongSize { .. } => Failure::new(Kind::Unmet, error.to_string()),
                _ => Failure::from(error),
            })?;
        let found = crate::io::cache::hex(&sink.hasher.finalize());
        if found != self.wheel.sha256 {
            return Err(Failure::unmet(format!(
                "{} from {url} has SHA-256 {found}, the lock has {}",
                self.wheel.filename, self.wheel.sha256
            ))
            .hint("the file was altered on its way or on the index; nothing of it was installed"));
        }
        Ok(path)
    }
}

/// Writes to a file what arrives, and hashes it.
struct Hashing {
    file: std::fs::File,
    hasher: Sha256,
    bar: ProgressBar,
    shown: u64,
}

impl Sink for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.hasher.update(bytes);
        self.bar.inc(bytes.len() as u64);
        self.shown += bytes.len() as u64;
        self.file.write_all(bytes)
    }

    fn restart(&mut self) -> std::io::Result<()> {
        use std::io::Seek;
        self.hasher = Sha256::new();
        self.bar
            .set_position(self.bar.position().saturating_sub(self.shown));
        self.shown = 0;
        self.file.set_len(0)?;
        self.file.rewind()
    }
}
