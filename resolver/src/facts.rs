//! What is known of the outside: index pages, wheel metadata, and wheels named directly.
//!
//! The solver only reads these. What it misses it names as [`Needs`], and it runs again when the
//! needs have been met: a solution counts only when nothing it looked at was missing, so that the
//! order in which facts arrive never shows in the result.

use crate::project::{Project, WheelFile};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use wheel::{ExtraName, PackageName, Requirement, Specifiers, Version};

/// Which index a project page was asked of: the ones in force, or an explicit one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProjectKey {
    /// The project's name.
    pub name: PackageName,
    /// The explicit index that the project's own requirement names, if any.
    pub index: Option<Arc<str>>,
}

/// What a wheel says of itself that resolution needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelMetadata {
    /// Its name, to be compared with the file's.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// The Pythons it runs on.
    pub requires_python: Option<Specifiers>,
    /// Its dependencies.
    pub requires_dist: Vec<Requirement>,
    /// Its extras: those it declares and those that its markers mention.
    pub extras: BTreeSet<ExtraName>,
}

/// The answer to a look-up of a wheel's metadata.
#[derive(Debug, Clone)]
pub enum MetadataFact {
    /// It was read.
    Known(Arc<WheelMetadata>),
    /// It cannot be used, with the reason. The version is passed over with a note.
    Invalid(Arc<str>),
}

/// A wheel or a folder that a requirement names by URL or path.
#[derive(Debug, Clone)]
pub struct Direct {
    /// The wheel file; a folder with a `mochi.toml` has none.
    pub wheel: Option<WheelFile>,
    /// Its metadata.
    pub metadata: Arc<WheelMetadata>,
}

/// Everything known so far.
#[derive(Debug, Default)]
pub struct Facts {
    /// Project pages; `None` where no index has the project.
    pub projects: HashMap<ProjectKey, Option<Arc<Project>>>,
    /// Metadata by [`WheelFile::metadata_key`].
    pub metadata: HashMap<Arc<str>, MetadataFact>,
    /// Wheels by URL or path, in order.
    pub direct: BTreeMap<(PackageName, String), Direct>,
}

/// A wheel whose metadata is missing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WheelNeed {
    /// The project page that lists it.
    pub project: ProjectKey,
    /// The position of its release on the page.
    pub release: usize,
    /// The position of the file in the release.
    pub file: usize,
}

/// The facts that a solver run missed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Project pages.
    pub projects: BTreeSet<ProjectKey>,
    /// Metadata of wheels.
    pub wheels: BTreeSet<WheelNeed>,
    /// Wheels at URLs that dependencies name.
    pub direct: BTreeSet<(PackageName, String)>,
}

impl Needs {
    /// Adds what another run missed.
    pub fn extend(&mut self, other: Self) {
        self.projects.extend(other.projects);
        self.wheels.extend(other.wheels);
        self.direct.extend(other.direct);
    }

    /// Whether nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.projects.is_empty() && self.wheels.is_empty() && self.direct.is_empty()
    }
}
