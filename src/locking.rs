//! From a manifest's text to a lock's: what `add`, `remove` and `lock` have in common.

mod leave;

pub use leave::{Leave, Upgrade};

use crate::ctx::{Ctx, LOCK, MANIFEST};
use crate::error::Failure;
use crate::imports;
use crate::io::cache::hex_sha256;
use crate::io::files;
use crate::io::index::{Gathered, Gatherer};
use crate::io::net::redact_text;
use crate::io::pyodide::{self, Lists, is_url};
use crate::provenance;
use crate::report;
use manifest::{Attestations, Dependency, Manifest, Source, VersionPolicy};
use resolver::lock::publishers::unattested;
use resolver::lock::{Assembly, assemble};
use resolver::{Curation, Lock, LockedSource, Prereleases, Root, Scope};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use tag_matrix::{Environment, Implementation};
use wheel::{MarkerEnv, PackageName, Requirement, RequirementSource, Version};

/// A manifest with all that a resolution needs of it.
pub struct Project {
    /// The manifest.
    pub manifest: Manifest,
    /// Its environments, in the order of resolution.
    pub environments: Vec<Environment>,
    /// The hash of what resolution depends on.
    pub fingerprint: String,
    /// The SHA-256 of what path dependencies hold.
    contents: BTreeMap<String, String>,
}

/// A finished resolution.
pub struct Locked {
    /// The lock.
    pub lock: Lock,
    /// Its text.
    pub text: String,
    /// What its user was warned of.
    pub warnings: Vec<String>,
}

/// What Pyodide releases curate, by release.
pub type Curations = BTreeMap<String, Arc<Curation>>;

impl Project {
    /// Reads a manifest and what it refers to on this machine.
    ///
    /// # Errors
    /// A mistake in it, an implementation that is not supported, or a path that is not there.
    pub fn read(ctx: &Ctx, folder: &Path, text: &str) -> Result<Self, Failure> {
        let mut manifest = ctx.parse_manifest(folder, text)?;
        for dependency in &mut manifest.dependencies {
            // A lock is of use on other machines too.
            if let Source::Path(path) = &mut dependency.source
                && Path::new(path).is_absolute()
            {
                *path = files::relative(folder, Path::new(path));
            }
        }
        supported(&manifest)?;
        let environments = manifest
            .environments()
            .map_err(|error| Failure::invalid(format!("{}: {error}", manifest.file)))?;
        let contents = path_contents(ctx, &manifest, folder)?;
        let fingerprint = manifest.fingerprint(&environments, &contents);
        Ok(Self {
            manifest,
            environments,
            fingerprint,
            contents,
        })
    }

    /// The name by which skips and messages call the project.
    pub fn name(&self) -> &str {
        self.manifest.name.as_deref().unwrap_or("the project")
    }

    /// The requirements that are active in an environment.
    pub fn roots(&self, environment: &Environment) -> Vec<Root> {
        let markers = marker_env(environment);
        let dependencies = self.manifest.dependencies.iter();
        dependencies
            .filter(|dependency| is_active(dependency, environment, &markers))
            .map(root)
            .collect()
    }

    /// The environments with their requirements. `existing` is the lock whose versions are kept.
    pub fn scopes(
        &self,
        existing: Option<&Lock>,
        upgrade: &Upgrade,
        curations: &Curations,
    ) -> Vec<Scope> {
        let curation = |environment: &Environment| {
            let release = environment.pyodide()?;
            curations.get(&release.version).cloned()
        };
        let scope = |environment: &Environment| Scope {
            environment: environment.clone(),
            curation: curation(environment),
            markers: marker_env(environment),
            python: python_version(environment),
            roots: self.roots(environment),
            locked: locked_versions(existing, environment.name(), upgrade),
        };
        self.environments.iter().map(scope).collect()
    }

    /// What the Pyodide releases of the environments curate.
    ///
    /// # Errors
    /// A list that the manifest names cannot be had.
    pub fn curations(&self, ctx: &Ctx, folder: &Path) -> Result<Curations, Failure> {
        let lists = Lists {
            net: &ctx.net,
            cache: &ctx.cache,
            folder,
            offline: ctx.global.offline,
        };
        let mut curations = Curations::new();
        let releases: Vec<_> = self
            .environments
            .iter()
            .filter_map(Environment::pyodide)
            .collect();
        if releases.is_empty() {
            return Ok(curations);
        }
        ctx.mirror(Some(&self.manifest))?;
        let runtime = runtime()?;
        for release in releases {
            let place = self.manifest.pyodide.index_of(&release.version);
            let curation = runtime.block_on(lists.get(release, place))?;
            if let Some(curation) = curation {
                curations.insert(release.version.clone(), Arc::new(curation));
            }
        }
        Ok(curations)
    }

    /// The SHA-256 that the manifest gives for wheels by URL.
    fn hashes(&self) -> HashMap<String, String> {
        let dependencies = self.manifest.dependencies.iter();
        dependencies
            .filter_map(|dependency| match &dependency.source {
                Source::Url {
                    url,
                    sha256: Some(sha256),
                } => Some((manifest::without_credentials(url), sha256.clone())),
                _ => None,
            })
            .collect()
    }

    /// The first wheel of a path dependency that is not the one that was locked.
    fn changed_path(&self, lock: &Lock) -> Option<&str> {
        self.contents.iter().find_map(|(path, sha256)| {
            let mut packages = lock.packages.iter();
            let package =
                packages.find(|package| package.source == LockedSource::Path(path.clone()))?;
            let wheel = package.wheels.first()?;
            (wheel.sha256 != *sha256).then_some(path.as_str())
        })
    }

    /// Whether a lock is this manifest's, judging by the two alone: what is wrong with it.
    pub fn staleness(&self, lock: &Lock) -> Option<String> {
        if lock.manifest_sha256 != self.fingerprint {
            let changed = match self.changed_path(lock) {
                Some(path) => path.to_owned(),
                None if self.manifest.pyodide.places().any(|place| !is_url(place)) => {
                    format!("{MANIFEST}, or its `pyodide-index`,")
                }
                None => MANIFEST.to_owned(),
            };
            return Some(format!("{changed} has changed since it was locked"));
        }
        for environment in &self.environments {
            let name = environment.name();
            if lock.environment(name).is_none() {
                return Some(format!("it has no environment {name}"));
            }
            let roots: Vec<Requirement> = self
                .roots(environment)
                .into_iter()
                .map(|root| root.requirement)
                .collect();
            let graph = resolver::graph::Graph::new(lock, name, &marker_env(environment), &roots);
            if let Some(unmet) = graph.unmet.first() {
                return Some(format!("in {name}, {unmet}"));
            }
            if let Some(extra) = graph.unreached.first() {
                return Some(format!("in {name}, nothing requires {extra}"));
            }
        }
        if self.manifest.attestations == Attestations::Required
            && let Some(bare) = unattested(lock).first()
        {
            let filename = &bare.filename;
            return Some(format!(
                "{filename} has no verified publisher, and `attestations` is \"required\""
            ));
        }
        None
    }
}

/// The failure of a text that is no requirement; passwords in it are not said again.
pub fn no_requirement(text: &str, error: &dyn std::fmt::Display) -> Failure {
    let message = format!("`{text}` is not a requirement: {error}");
    Failure::invalid(redact_text(&message))
}

/// The values of an environment's markers.
pub fn marker_env(environment: &Environment) -> MarkerEnv {
    MarkerEnv::from(environment.markers())
}

fn python_version(environment: &Environment) -> Version {
    // The table's own versions are valid; were one not, no Requires-Python would admit it.
    environment
        .full_version()
        .parse()
        .unwrap_or_else(|_| Version::new([0]))
}

fn supported(manifest: &Manifest) -> Result<(), Failure> {
    let implementation: Implementation = manifest
        .implementation
        .parse()
        .map_err(|error| Failure::invalid(format!("{error}")))?;
    match implementation.refusal() {
        None => Ok(()),
        Some(refusal) => {
            let reason = tag_matrix::SkipReason::ImplementationUnsupported {
                implementation: manifest.implementation.clone(),
            };
            Err(Failure::unmet(format!(
                "{}:{}: `python.implementation`: {} ({refusal})",
                manifest.file,
                manifest.implementation_line,
                reason.name()
            ))
            .hint("set `implementation = \"cpython\"`"))
        }
    }
}

fn is_active(dependency: &Dependency, environment: &Environment, markers: &MarkerEnv) -> bool {
    let on_target = dependency
        .targets
        .as_ref()
        .is_none_or(|targets| targets.contains(&environment.target()));
    on_target
        && dependency
            .marker
            .as_ref()
            .is_none_or(|marker| marker.evaluate(markers, None))
}

fn root(dependency: &Dependency) -> Root {
    let (index, direct) = match &dependency.source {
        Source::Index(index) => (index.as_deref().map(Arc::from), None),
        Source::Path(path) => (None, Some(path.clone())),
        Source::Url { url, .. } => (None, Some(manifest::without_credentials(url))),
    };
    let requirement = Requirement {
        name: dependency.name.clone(),
        extras: dependency.extras.clone(),
        source: RequirementSource::Specifiers(dependency.specifiers.clone()),
        marker: None,
    };
    Root {
        requirement,
        index,
        direct,
    }
}

fn locked_versions(
    existing: Option<&Lock>,
    environment: &str,
    upgrade: &Upgrade,
) -> HashMap<PackageName, Version> {
    if upgrade.all {
        return HashMap::new();
    }
    let packages = existing
        .into_iter()
        .flat_map(|lock| lock.packages_of(environment));
    packages
        .filter(|(package, _)| !upgrade.packages.contains(&package.name))
        .map(|(package, _)| (package.name.clone(), package.version.clone()))
        .collect()
}

/// The digests of what the manifest names by path, so that a change there makes the lock stale.
fn path_contents(
    ctx: &Ctx,
    manifest: &Manifest,
    folder: &Path,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut contents = BTreeMap::new();
    for dependency in &manifest.dependencies {
        let Source::Path(path) = &dependency.source else {
            continue;
        };
        let place = folder.join(path);
        // What the mirror has of a wheel that is not on this machine stands for it.
        if !place.exists()
            && let Some(mirror) = ctx.mirror(Some(manifest))?
            && let Some(sha256) = mirror.sha256_at(path)
        {
            contents.insert(path.clone(), sha256.to_owned());
            continue;
        }
        let file = if place.is_dir() {
            place.join(MANIFEST)
        } else {
            place
        };
        let (sha256, _) = files::hash(&file).map_err(|error| {
            let error = error.source;
            Failure::invalid(format!(
                "{}:{}: `python-dependencies.{}`: cannot read `{path}`: {error}",
                manifest.file, dependency.line, dependency.name
            ))
        })?;
        contents.insert(path.clone(), sha256);
    }
    for place in manifest.pyodide.places().filter(|place| !is_url(place)) {
        let path = pyodide::local(folder, place);
        let bytes = pyodide::read(&path).map_err(|error| {
            Failure::invalid(format!(
                "{}: `python.target.wasm32-emscripten.pyodide-index`: cannot read `{}`: {error}",
                manifest.file,
                crate::io::files::relative(folder, &path)
            ))
        })?;
        contents.insert(place.to_owned(), hex_sha256(&bytes));
    }
    Ok(contents)
}

/// Resolves a project.
///
/// # Errors
/// There is no solution, something has to be skipped and that is not allowed, a file is not of whom
/// it should be, or the outside failed.
pub fn resolve(
    ctx: &Ctx,
    folder: &Path,
    project: &Project,
    existing: Option<&Lock>,
    leave: &Leave,
) -> Result<Locked, Failure> {
    let scopes = project.scopes(existing, &leave.upgrade, &project.curations(ctx, folder)?);
    let gathered = gather(ctx, folder, std::slice::from_ref(project), &scopes)?;
    report::failures(project, &scopes, &gathered).map_err(|failure| ctx.hinted(failure))?;
    report::skips(project, &gathered, leave.skips)?;
    let attestations = project.manifest.attestations;
    let published = provenance::published(ctx, attestations, &gathered)?;
    let mut lock = assemble(&Assembly {
        project: project.name(),
        requires_python: &project.manifest.requires_python.to_string(),
        manifest_sha256: &project.fingerprint,
        environments: &project.environments,
        resolutions: &gathered.resolutions,
        digests: &gathered.digests,
        publishers: &published.by_url,
    });
    published
        .check(attestations, existing, &lock, &leave.publishers)
        .map_err(|failure| ctx.hinted(failure))?;
    published.tell(ctx);
    let mut warnings = provenance::unrecorded(attestations, existing, &mut lock, &leave.publishers);
    warnings.extend(report::advice(ctx, project, &scopes, &gathered));
    let imported = imports::warnings(ctx, folder, &scopes, &gathered, &|_, _| true)?;
    warnings.extend(imports::told(&scopes, imported));
    warnings.iter().for_each(|warning| ctx.ui.warn(warning));
    let text = lock.render();
    Ok(Locked {
        lock,
        text,
        warnings,
    })
}

/// Asks the world for a solution in every scope. The scopes are those of several projects, one
/// after the other, which have the same environments and rules.
///
/// # Errors
/// The outside failed.
pub fn gather(
    ctx: &Ctx,
    folder: &Path,
    projects: &[Project],
    scopes: &[Scope],
) -> Result<Gathered, Failure> {
    let Some(project) = projects.first() else {
        return Ok(Gathered::default());
    };
    for dependency in projects
        .iter()
        .flat_map(|project| &project.manifest.dependencies)
    {
        // Keeps the credentials of the user's own URLs for requests to their origins.
        if let Source::Url { url, .. } = &dependency.source
            && let Ok(url) = url.parse()
        {
            let _ = ctx.net.register(&url);
        }
    }
    let client = ctx.client(ctx.indexes(Some(&project.manifest), folder)?, folder);
    let bar = ctx.ui.counter("Resolving");
    let shown = bar.clone();
    let gatherer = Gatherer {
        client: &client,
        scopes,
        group: project.environments.len(),
        aligned: project.manifest.version_policy == VersionPolicy::Aligned,
        prereleases: prereleases(&project.manifest),
        hashes: projects.iter().flat_map(Project::hashes).collect(),
        on_progress: Arc::new(move |asked, done| {
            shown.set_length(asked as u64);
            shown.set_position(done as u64);
        }),
    };
    let gathered = runtime()?.block_on(gatherer.run());
    bar.finish_and_clear();
    Ok(gathered?)
}

/// The runtime that requests run on.
///
/// # Errors
/// The system gives no threads.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::new(
                crate::error::Kind::Outside,
                format!("could not start the runtime: {error}"),
            )
        })
}

/// The manifest's rule for pre-releases, as the resolver knows it.
pub fn prereleases(manifest: &Manifest) -> Prereleases {
    match manifest.prereleases {
        manifest::Prereleases::IfNecessary => Prereleases::IfNecessary,
        manifest::Prereleases::Allow => Prereleases::Allow,
        manifest::Prereleases::Disallow => Prereleases::Disallow,
    }
}

/// Writes the lock, keeping what other parts of Mochi have in the file.
///
/// # Errors
/// The folder cannot be written to.
pub fn write_lock(folder: &Path, text: &str) -> Result<(), Failure> {
    let path = folder.join(LOCK);
    let old = files::read_optional(&path)?.unwrap_or_default();
    let contents = resolver::lock::Foreign::of(&old).around(text);
    Ok(files::write(&path, contents.as_bytes())?)
}
