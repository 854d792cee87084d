//! `pyodide-lock.json` of an environment of a lock: what is curated as the release's list has it,
//! all else as its wheel has it.
//!
//! What was read of a wheel is kept in the cache, so that it is needed once.

use crate::ctx::Ctx;
use crate::error::Failure;
use crate::fetch::Fetcher;
use crate::io::pyodide::Lists;
use crate::locking::{Project, marker_env, runtime};
use pyodide::{Imports, LockFile};
use resolver::Lock;
use resolver::export::{ExportError, PyodideLock, WheelFacts, curated, pyodide_lock};
use resolver::graph::Graph;
use resolver::lock::LockedWheel;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tag_matrix::{Environment, PyodideRelease};
use wheel::WheelFilename;
use wheel::archive::{Limits, WheelArchive};

/// A Pyodide environment of a lock.
pub struct Listing<'a> {
    ctx: &'a Ctx,
    project: &'a Project,
    lock: &'a Lock,
    environment: &'a Environment,
    folder: &'a Path,
    release: &'a PyodideRelease,
    list: LockFile,
}

impl<'a> Listing<'a> {
    /// With the list of packages that the environment's release curates.
    ///
    /// # Errors
    /// It is no environment of Pyodide, or a list that the manifest names cannot be had.
    pub fn new(
        ctx: &'a Ctx,
        project: &'a Project,
        lock: &'a Lock,
        environment: &'a Environment,
        folder: &'a Path,
    ) -> Result<Self, Failure> {
        let name = environment.name();
        let Some(release) = environment.pyodide() else {
            return Err(Failure::invalid(format!("{name} is not for Pyodide")));
        };
        let lists = Lists {
            net: &ctx.net,
            cache: &ctx.cache,
            folder,
            offline: ctx.global.offline,
        };
        let list = match project.manifest.pyodide.index_of(&release.version) {
            Some(place) => runtime()?.block_on(lists.listed(release, place))?.0,
            None => builtin(release)?,
        };
        Ok(Self {
            ctx,
            project,
            lock,
            environment,
            folder,
            release,
            list,
        })
    }

    /// The wheels that have to be read: the release does not tell of them, and they were not read
    /// before.
    pub fn unread(&self) -> Vec<&'a LockedWheel> {
        let packages = self.lock.packages_of(self.environment.name());
        packages
            .filter_map(|(package, wheel)| Some((package, wheel?)))
            .filter(|(package, wheel)| curated(&self.list, package, wheel).is_none())
            .filter(|(_, wheel)| known(self.ctx, wheel).is_none())
            .map(|(_, wheel)| wheel)
            .collect()
    }

    /// Gets the wheels that have to be read; where they are, by SHA-256.
    ///
    /// # Errors
    /// One cannot be had, or is not what the lock says.
    pub fn fetch(&self) -> Result<BTreeMap<String, PathBuf>, Failure> {
        let (project, lock) = (self.project, self.lock);
        let fetcher = Fetcher::new(self.ctx, project, lock, self.environment, self.folder)?;
        fetcher.keep(&self.unread())
    }

    /// The text of `pyodide-lock.json`.
    ///
    /// `path` says where an unread wheel is, and `file_name` where the runtime will find a file: at
    /// a URL, or at a path from the folder that the text will stand in.
    ///
    /// # Errors
    /// A wheel is not there or is none, or a package has none.
    pub fn text(
        &self,
        path: &dyn Fn(&LockedWheel) -> Option<PathBuf>,
        file_name: &dyn Fn(&LockedWheel) -> String,
    ) -> Result<String, Failure> {
        let mut facts = BTreeMap::new();
        for wheel in self.unread() {
            if let Some(path) = path(wheel) {
                facts.insert(wheel.sha256.as_str(), self.read(wheel, &path)?);
            }
        }
        let facts = |wheel: &LockedWheel| {
            let read = facts.get(wheel.sha256.as_str()).cloned();
            read.or_else(|| known(self.ctx, wheel))
        };
        let environment = self.environment.name();
        let roots = self.project.roots(self.environment).into_iter();
        let roots: Vec<_> = roots.map(|root| root.requirement).collect();
        let markers = marker_env(self.environment);
        let graph = Graph::new(self.lock, environment, &markers, &roots);
        // A list of one's own may leave out what loaders do not ask for.
        let info = builtin(self.release)?.info;
        pyodide_lock(&PyodideLock {
            lock: self.lock,
            environment,
            graph: &graph,
            info: &info,
            list: &self.list,
            facts: &facts,
            file_name,
        })
        .map_err(|error| failure(&error))
    }

    fn read(&self, wheel: &LockedWheel, path: &Path) -> Result<WheelFacts, Failure> {
        let invalid = |why: String| Failure::invalid(format!("{}: {why}", wheel.filename));
        if !wheel.filename.ends_with(".whl") {
            return Err(invalid(format!(
                "it is no wheel, and the list of Pyodide {} does not have it",
                self.release.version
            )));
        }
        let filename: WheelFilename = wheel
            .filename
            .parse()
            .map_err(|error| invalid(format!("{error}")))?;
        let file = std::fs::File::open(path)
            .map_err(|error| crate::io::files::FileError::new("read", path, error))?;
        let archive = WheelArchive::open(file, &filename, Limits::default())
            .map_err(|error| invalid(error.to_string()))?;
        let facts = facts(&archive);
        remember(self.ctx, wheel, &facts);
        Ok(facts)
    }
}

/// What a wheel says, and brings in Pyodide: its loader puts into `site-packages` what lies at the
/// top of a wheel, and nothing of `.data/purelib` and `.data/platlib`.
fn facts(archive: &WheelArchive<std::fs::File>) -> WheelFacts {
    let files = archive.entries().iter().filter(|entry| !entry.is_dir());
    let own = |name: &&str| {
        let top = name.split('/').next();
        top != Some(archive.dist_info()) && (archive.data().is_none() || top != archive.data())
    };
    WheelFacts {
        name: archive.metadata().name.clone(),
        imports: Imports::of(files.map(|entry| entry.name()).filter(own)),
    }
}

fn builtin(release: &PyodideRelease) -> Result<LockFile, Failure> {
    let version = &release.version;
    pyodide::list(version)
        .ok_or_else(|| Failure::unmet(format!("what Pyodide {version} curates is not known")))
}

fn key(wheel: &LockedWheel) -> String {
    format!("facts {} {}", wheel.sha256, env!("CARGO_PKG_VERSION"))
}

/// What was read before.
fn known(ctx: &Ctx, wheel: &LockedWheel) -> Option<WheelFacts> {
    let text = ctx.cache.findings(&key(wheel))?;
    let mut lines = text.lines();
    let mut facts = WheelFacts {
        name: lines.next()?.to_owned(),
        imports: Imports::default(),
    };
    for line in lines {
        match line.split_once('\t')? {
            ("module", name) => facts.imports.modules.push(name.to_owned()),
            ("namespace", name) => facts.imports.namespaces.push(name.to_owned()),
            _ => return None,
        }
    }
    Some(facts)
}

fn remember(ctx: &Ctx, wheel: &LockedWheel, facts: &WheelFacts) {
    let lines = |kind: &str, names: &[String]| -> String {
        let lines = names.iter().map(|name| format!("{kind}\t{name}\n"));
        lines.collect()
    };
    let modules = lines("module", &facts.imports.modules);
    let namespaces = lines("namespace", &facts.imports.namespaces);
    let text = format!("{}\n{modules}{namespaces}", facts.name);
    ctx.cache.store_findings(&key(wheel), &text);
}

fn failure(error: &ExportError) -> Failure {
    let failure = Failure::unmet(error.to_string());
    match error {
        ExportError::Folder { .. } => failure.hint("build its wheel, and name that as the `path`"),
        _ => failure,
    }
}
