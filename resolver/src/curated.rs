//! The packages that a Pyodide release curates, as facts for the solver.

use crate::facts::WheelMetadata;
use crate::lock::LockedSource;
use crate::problem::Scope;
use crate::project::WheelFile;
use pyodide::{Curated, CuratedPackage};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tag_matrix::TagSet;
use wheel::{PackageName, Version, WheelFilename};

/// A release's packages, with the place that their files are at.
#[derive(Debug, Clone)]
pub struct Curation {
    /// The release, as the lock names it.
    pub source: LockedSource,
    packages: BTreeMap<PackageName, CuratedWheel>,
}

/// A curated package.
#[derive(Debug, Clone)]
pub struct CuratedWheel {
    /// Its version.
    pub version: Version,
    /// Its file; what is no wheel (a shared library) is taken for one of any platform.
    pub wheel: WheelFile,
    /// What it needs, as the release says.
    pub metadata: Arc<WheelMetadata>,
    /// Whether it is the release's own: never looked for on an index.
    pub is_own: bool,
}

impl Curation {
    /// The packages of a release, whose files are below `base`: a URL or a path that ends in `/`.
    pub fn new(curated: &Curated, base: &str) -> Self {
        let wheel = |(name, package): (&PackageName, &CuratedPackage)| {
            Some((name.clone(), curated_wheel(name, package, base)?))
        };
        Self {
            source: LockedSource::Pyodide(curated.release.clone()),
            packages: curated.packages.iter().filter_map(wheel).collect(),
        }
    }
}

fn curated_wheel(name: &PackageName, package: &CuratedPackage, base: &str) -> Option<CuratedWheel> {
    let parsed: Option<WheelFilename> = package.filename.parse().ok();
    let any = || "py3-none-any".parse::<TagSet>().ok();
    let tags = parsed
        .as_ref()
        .map(|parsed| parsed.tags.clone())
        .or_else(any);
    let url = match package.place.contains("://") {
        true => package.place.clone(),
        false => format!("{base}{}", package.place),
    };
    Some(CuratedWheel {
        version: package.version.clone(),
        wheel: WheelFile {
            build: parsed.and_then(|parsed| parsed.build),
            ..WheelFile::unlisted(&package.filename, tags?, url, package.sha256.clone())
        },
        metadata: Arc::new(WheelMetadata {
            name: name.clone(),
            version: package.version.clone(),
            requires_python: None,
            requires_dist: package.depends.clone(),
            extras: BTreeSet::new(),
        }),
        is_own: package.is_own(),
    })
}

impl Scope {
    /// What the environment's Pyodide release curates of `name`, unless the project itself says
    /// where `name` comes from.
    pub fn curated(&self, name: &PackageName) -> Option<&CuratedWheel> {
        let curated = self.curation.as_ref()?.packages.get(name)?;
        self.may_be_curated(name).then_some(curated)
    }

    /// Whether this is an environment of Pyodide, and `name` is curated by some release.
    pub(crate) fn is_of_some_release(&self, name: &PackageName) -> bool {
        self.environment.pyodide().is_some()
            && self.may_be_curated(name)
            && (self.curated(name).is_some() || !pyodide::curating(name, &|_| true).is_empty())
    }

    /// Whether the project leaves open where `name` comes from.
    pub(crate) fn may_be_curated(&self, name: &PackageName) -> bool {
        self.direct(name).is_none() && self.project_key(name).index.is_none()
    }
}
