//! What is to be solved: environments with their requirements, and the rules that hold.

use crate::curated::Curation;
use crate::facts::{Facts, ProjectKey};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use tag_matrix::Environment;
use wheel::{MarkerEnv, PackageName, Requirement, Version};

/// Whether pre-releases (PEP 440) may be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prereleases {
    /// Where no final release satisfies, as uv 0.13 takes them.
    #[default]
    IfNecessary,
    /// Like any other version.
    Allow,
    /// Never.
    Disallow,
}

/// A requirement of the project itself.
#[derive(Debug, Clone)]
pub struct Root {
    /// The requirement, whose marker and targets have been found to hold.
    pub requirement: Requirement,
    /// The explicit index it names.
    pub index: Option<Arc<str>>,
    /// The URL or path it comes from: the key of [`Facts::direct`].
    pub direct: Option<String>,
}

/// One environment with what is wanted in it.
#[derive(Debug)]
pub struct Scope {
    /// The environment.
    pub environment: Environment,
    /// Its values for markers.
    pub markers: MarkerEnv,
    /// Its Python, a minor standing for its first release.
    pub python: Version,
    /// The project's requirements that are active in it.
    pub roots: Vec<Root>,
    /// The versions that the existing lock has for it.
    pub locked: HashMap<PackageName, Version>,
    /// What its Pyodide release curates.
    pub curation: Option<Arc<Curation>>,
}

impl Scope {
    /// Where `name` is looked up in this environment.
    pub fn project_key(&self, name: &PackageName) -> ProjectKey {
        let index = self
            .roots
            .iter()
            .find(|root| root.requirement.name == *name && root.index.is_some())
            .and_then(|root| root.index.clone());
        ProjectKey {
            name: name.clone(),
            index,
        }
    }

    /// The URL or path that the project itself takes `name` from.
    pub fn direct(&self, name: &PackageName) -> Option<&str> {
        let mut roots = self
            .roots
            .iter()
            .filter(|root| root.requirement.name == *name);
        roots.find_map(|root| root.direct.as_deref())
    }
}

/// The rules that hold for all environments, and what helps to be fast.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Whether pre-releases may be chosen.
    pub prereleases: Prereleases,
    /// How many candidates' metadata to ask for at once, for packages that were backtracked over.
    pub lookahead: HashMap<PackageName, usize>,
    /// Packages that are given up in an environment (the position of its scope).
    pub skipped: BTreeSet<(usize, PackageName)>,
    /// URLs that must not be taken for a package, since nothing that holds names them.
    pub banned: BTreeSet<(PackageName, String)>,
}

/// Environments that are solved together: one, or all where versions are aligned.
#[derive(Debug, Clone, Copy)]
pub struct Problem<'a> {
    /// The environments.
    pub scopes: &'a [Scope],
    /// The position of the first of these scopes among all environments of the lock.
    pub first: usize,
    /// What is known.
    pub facts: &'a Facts,
    /// The rules.
    pub rules: &'a Rules,
    /// Versions chosen in earlier environments, most preferred first.
    pub chosen: &'a HashMap<PackageName, Vec<Version>>,
}
