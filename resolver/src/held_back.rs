//! Which environments hold versions back, where one version is to hold for all.

use crate::candidate::likely;
use crate::facts::Facts;
use crate::problem::{Prereleases, Scope};
use crate::resolution::Resolution;
use std::collections::BTreeSet;
use std::fmt;
use wheel::{PackageName, RequirementSource, Specifiers, Version};

/// A package whose version is older than some environments could have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBack {
    /// The package.
    pub name: PackageName,
    /// The version that was taken for all.
    pub version: Version,
    /// The newest that any environment could have.
    pub newest: Version,
    /// The environments that cannot have it, each with the newest that it could have.
    pub by: Vec<(String, Version)>,
}

impl fmt::Display for HeldBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by: Vec<String> = self
            .by
            .iter()
            .map(|(environment, version)| format!("{environment} (newest there: {version})"))
            .collect();
        write!(
            f,
            "{} {} was taken for all environments, not {}: held back by {}",
            self.name,
            self.version,
            self.newest,
            by.join(", ")
        )
    }
}

/// The packages that are held back in a solution with aligned versions, by name.
pub fn held_back(
    scopes: &[Scope],
    resolutions: &[Resolution],
    facts: &Facts,
    prereleases: Prereleases,
) -> Vec<HeldBack> {
    let names: BTreeSet<&PackageName> = resolutions
        .iter()
        .flat_map(|resolution| resolution.packages.keys())
        .collect();
    let of = |name: &PackageName| {
        let takers = scopes.iter().zip(resolutions);
        let possible: Vec<(&Scope, Version)> = takers
            .filter_map(|(scope, resolution)| {
                Some((scope, newest(scope, resolution, facts, prereleases, name)?))
            })
            .collect();
        let newest = possible.iter().map(|(_, version)| version).max()?.clone();
        let version = resolutions
            .iter()
            .find_map(|resolution| resolution.packages.get(name))?
            .version
            .clone();
        let by: Vec<(String, Version)> = possible
            .into_iter()
            .filter(|(_, possible)| *possible < newest)
            .map(|(scope, possible)| (scope.environment.name().to_owned(), possible))
            .collect();
        (version < newest && !by.is_empty()).then(|| HeldBack {
            name: name.clone(),
            version,
            newest,
            by,
        })
    };
    names.into_iter().filter_map(of).collect()
}

/// The newest version that an environment could have, judging by what is required of the package
/// there and by its wheels.
fn newest(
    scope: &Scope,
    resolution: &Resolution,
    facts: &Facts,
    prereleases: Prereleases,
    name: &PackageName,
) -> Option<Version> {
    let package = resolution.packages.get(name)?;
    let mut wanted = Specifiers::default();
    for (_, requirement) in &package.required_by {
        match &requirement.source {
            RequirementSource::Specifiers(specifiers) => wanted = wanted.and(specifiers),
            RequirementSource::Url(_) => return None,
        }
    }
    let curated = scope.curated(name).map(|curated| &curated.version);
    // What is curated goes first, though the index may have a newer one.
    if let Some(curated) = curated.filter(|version| wanted.contains(version)) {
        return Some(curated.clone());
    }
    let key = scope.index_key(name);
    let project = key.and_then(|key| facts.projects.get(&key)?.as_ref());
    let project = project?;
    let (release, _) = likely(scope, project, &wanted, prereleases)?;
    Some(project.releases()[release].version.clone())
}
