//! What a command may touch: the project's files, the cache, the network, the environment.

use crate::cli::Global;
use crate::error::Failure;
use crate::io::cache::Cache;
use crate::io::files;
use crate::io::from_mirror::Mirror;
use crate::io::index::{IndexClient, IndexSource, Indexes, find_links, index};
use crate::io::net::{Net, NetEnv, NetOptions};
use crate::locking::runtime;
use crate::ui::Ui;
use manifest::{Manifest, Priority};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// The manifest's file name.
pub const MANIFEST: &str = "mochi.toml";
/// The lock's file name.
pub const LOCK: &str = "mochi.lock";
/// The index where nobody says otherwise.
const DEFAULT_INDEX: &str = "pypi";
/// Where `--index` is not given, the index.
const INDEX_URL: &str = "MOCHI_INDEX_URL";

/// The surroundings of a command.
pub struct Ctx {
    /// Where to print.
    pub ui: Ui,
    /// The flags of all commands.
    pub global: Global,
    /// The folder the program was started in.
    pub cwd: PathBuf,
    /// The cache.
    pub cache: Cache,
    /// The HTTP client.
    pub net: Net,
    /// What answers in place of the network, once it has been looked for.
    mirror: OnceLock<Option<Arc<Mirror>>>,
}

/// The value of an environment variable.
pub fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

impl Ctx {
    /// Looks at flags and environment; touches neither network nor disk.
    ///
    /// # Errors
    /// No current folder, no place for the cache, or a setting that is wrong.
    pub fn new(global: Global) -> Result<Self, Failure> {
        let ui = Ui::new(
            global.quiet,
            global.verbose,
            global.json,
            global.color,
            global.no_progress,
        );
        let cwd = std::env::current_dir().map_err(|error| {
            Failure::new(
                crate::error::Kind::Outside,
                format!("there is no current folder: {error}"),
            )
        })?;
        let root = match &global.cache_dir {
            Some(dir) => cwd.join(dir),
            None => default_cache().ok_or_else(|| {
                Failure::invalid("there is no home folder for the cache")
                    .hint("give one by --cache-dir or MOCHI_CACHE_DIR")
            })?,
        };
        let options = NetOptions {
            offline: global.offline,
            ..NetOptions::default()
        };
        let trace: Option<crate::io::net::Trace> = ui
            .verbose
            .then(|| Arc::new(move |line: &str| ui.detail(line)) as _);
        let net = Net::new(options, NetEnv::from_vars(variable)?, trace);
        Ok(Self {
            ui,
            global,
            cwd,
            cache: Cache::new(root),
            net,
            mirror: OnceLock::new(),
        })
    }

    /// The project's folder: the one that was named, or the nearest upwards with a manifest.
    ///
    /// # Errors
    /// There is none.
    pub fn project(&self) -> Result<PathBuf, Failure> {
        self.find_project()?.ok_or_else(|| {
            Failure::invalid(format!(
                "there is no {MANIFEST} in `{}` or above it",
                self.cwd.display()
            ))
            .hint("run `mochi py init` to make one, or name the project's folder by --project")
        })
    }

    /// The project's folder, or `None` where there is no manifest.
    ///
    /// # Errors
    /// `--project` names no folder.
    pub fn find_project(&self) -> Result<Option<PathBuf>, Failure> {
        match &self.global.project {
            Some(named) => {
                let folder = self.cwd.join(named);
                if !folder.is_dir() {
                    return Err(Failure::invalid(format!(
                        "--project: `{}` is not a folder",
                        named.display()
                    )));
                }
                Ok(folder.join(MANIFEST).is_file().then_some(folder))
            }
            None => {
                let found = self
                    .cwd
                    .ancestors()
                    .find(|folder| folder.join(MANIFEST).is_file());
                Ok(found.map(Path::to_path_buf))
            }
        }
    }

    /// The folder in which a new project would be made.
    pub fn new_project(&self) -> PathBuf {
        self.global
            .project
            .as_ref()
            .map_or_else(|| self.cwd.clone(), |named| self.cwd.join(named))
    }

    /// The name by which messages call a file of the project: relative to the current folder.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.cwd).map_or_else(
            |_| path.display().to_string(),
            |path| path.display().to_string(),
        )
    }

    /// The text of the project's manifest.
    ///
    /// # Errors
    /// It is not there or cannot be read.
    pub fn manifest_text(&self, project: &Path) -> Result<String, Failure> {
        let path = project.join(MANIFEST);
        self.text(&path)?
            .ok_or_else(|| Failure::invalid(format!("there is no `{}`", self.shown(&path))))
    }

    /// The text of a file of the project, if it is there.
    fn text(&self, path: &Path) -> Result<Option<String>, Failure> {
        let Some(bytes) = files::read_bytes(path)? else {
            return Ok(None);
        };
        String::from_utf8(bytes).map(Some).map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
            Failure::invalid(format!("{}:{line}: is not UTF-8", self.shown(path)))
        })
    }

    /// Reads manifest text.
    ///
    /// # Errors
    /// The first mistake in it.
    pub fn parse_manifest(&self, project: &Path, text: &str) -> Result<Manifest, Failure> {
        Ok(Manifest::parse(&self.shown(&project.join(MANIFEST)), text)?)
    }

    /// The existing lock, if there is one.
    ///
    /// # Errors
    /// It is there and invalid.
    pub fn read_lock(&self, project: &Path) -> Result<Option<(resolver::Lock, String)>, Failure> {
        let path = project.join(LOCK);
        match self.text(&path)? {
            Some(text) => Ok(Some((
                resolver::Lock::parse(&self.shown(&path), &text)?,
                text,
            ))),
            None => Ok(None),
        }
    }

    /// The mirror that `--index` or `MOCHI_INDEX_URL` names, if it is one. From the first call on
    /// it answers in place of the network.
    ///
    /// # Errors
    /// It is one and cannot be used.
    pub fn mirror(&self, manifest: Option<&Manifest>) -> Result<Option<&Arc<Mirror>>, Failure> {
        if let Some(known) = self.mirror.get() {
            return Ok(known.as_ref());
        }
        let listed: &[manifest::Index] = manifest.map_or(&[], |manifest| &manifest.indexes);
        let address = self.global.index.as_ref();
        let address = address.filter(|named| listed.iter().all(|index| index.name != **named));
        let project = manifest.and_then(|manifest| manifest.name.as_deref());
        let found = match address {
            Some(address) => {
                let found = Mirror::find(address, &self.cwd, &self.net, project);
                runtime()?.block_on(found)?.map(Arc::new)
            }
            None => None,
        };
        if let Some(mirror) = &found {
            self.net.answer_from(mirror.clone());
        }
        Ok(self.mirror.get_or_init(|| found).as_ref())
    }

    /// A failure to meet requirements, with what is to be said of it where a mirror answers.
    pub fn hinted(&self, failure: Failure) -> Failure {
        match self.mirror.get() {
            Some(Some(mirror)) => failure.hint(mirror.hint()),
            _ => failure,
        }
    }

    /// The index that a flag or the environment names. A mirror is none, and hides none.
    fn named_index(&self, manifest: Option<&Manifest>) -> Result<Option<String>, Failure> {
        let named = self.global.index.clone();
        Ok(match self.mirror(manifest)? {
            None => named,
            Some(_) => variable(INDEX_URL)
                .and_then(|value| value.into_string().ok())
                .filter(|value| !value.is_empty() && Some(value) != named.as_ref()),
        })
    }

    /// The indexes in force for a manifest: `--index` and `MOCHI_INDEX_URL` before its primary
    /// ones, these before the default.
    ///
    /// # Errors
    /// An address that is no index.
    pub fn indexes(&self, manifest: Option<&Manifest>, project: &Path) -> Result<Indexes, Failure> {
        let listed: &[manifest::Index] = manifest.map_or(&[], |manifest| &manifest.indexes);
        let of_priority = |wanted: Priority| -> Result<Vec<IndexSource>, Failure> {
            let chosen = listed.iter().filter(|index| index.priority == wanted);
            chosen
                .map(|listed| {
                    Ok(index(
                        Some(&listed.name),
                        &listed.url,
                        project,
                        project,
                        &self.net,
                    )?)
                })
                .collect()
        };
        let mut ordered = match self.named_index(manifest)? {
            Some(address) => match listed.iter().find(|index| index.name == address) {
                Some(named) => vec![index(
                    Some(&named.name),
                    &named.url,
                    project,
                    project,
                    &self.net,
                )?],
                None => vec![index(None, &address, &self.cwd, project, &self.net)?],
            },
            None => of_priority(Priority::Primary)?,
        };
        if ordered.is_empty() {
            ordered.push(index(None, DEFAULT_INDEX, &self.cwd, project, &self.net)?);
        }
        ordered.extend(of_priority(Priority::Supplemental)?);
        let links = self.global.find_links.iter();
        let links = links.map(|address| find_links(address, &self.cwd, project, &self.net));
        Ok(Indexes {
            ordered,
            explicit: of_priority(Priority::Explicit)?,
            find_links: links.collect::<Result<_, _>>()?,
        })
    }

    /// A client for these indexes.
    pub fn client(&self, indexes: Indexes, project: &Path) -> IndexClient {
        let (net, cache) = (self.net.clone(), self.cache.clone());
        IndexClient::new(
            net,
            cache,
            indexes,
            project.to_path_buf(),
            self.global.offline,
        )
    }
}

/// Where the cache is by the customs of the system.
fn default_cache() -> Option<PathBuf> {
    let home = || {
        variable("HOME")
            .filter(|home| !home.is_empty())
            .map(PathBuf::from)
    };
    if cfg!(windows) {
        return Some(
            PathBuf::from(variable("LOCALAPPDATA")?)
                .join("mochi")
                .join("cache"),
        );
    }
    if cfg!(target_os = "macos") {
        return Some(home()?.join("Library/Caches/mochi"));
    }
    let xdg = variable("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    Some(xdg.or_else(|| Some(home()?.join(".cache")))?.join("mochi"))
}
