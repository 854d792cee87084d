//! What was given up in an environment, and why.

use crate::candidate::{Fit, Unfit};
use crate::project::Project;
use crate::provider::Provider;
use crate::ranks::RankSet;
use crate::universe::Universe;
use pubgrub::VersionSet;
use std::collections::BTreeSet;
use tag_matrix::{Environment, NearestMiss, PyodideRelease, SkipReason, TargetKind, nearest};
use wheel::{PackageName, Requirement, RequirementSource, Specifiers, Version};

/// A requirement that nothing fits in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// The package.
    pub name: PackageName,
    /// What is required of it, by all who require it.
    pub requirement: String,
    /// The name of the environment.
    pub environment: String,
    /// Why nothing fits.
    pub reason: SkipReason,
    /// Who requires it; `None` is the project.
    pub required_by: BTreeSet<Option<PackageName>>,
}

/// Why nothing fits the requirements that `requirers` have on `name`.
pub(crate) fn skip_reason(
    provider: &Provider,
    scope: usize,
    name: &PackageName,
    requirers: &[(Option<PackageName>, Requirement)],
) -> Option<Skip> {
    let universe = provider.universe(scope, name)?;
    let sets = requirers.iter().map(|(_, requirement)| {
        let direct = provider.scope(scope).direct(name);
        provider.set(scope, requirement, direct)
    });
    let sets: Vec<RankSet> = sets.collect();
    let mut set = sets
        .iter()
        .fold(RankSet::full(), |all, set| all.intersection(set));
    if universe.newest_first(&set).next().is_none() {
        set = sets
            .iter()
            .fold(RankSet::empty(), |all, set| all.union(set));
    }
    let environment = &provider.scope(scope).environment;
    Some(Skip {
        name: name.clone(),
        requirement: combined(name, requirers.iter().map(|(_, requirement)| requirement)),
        environment: environment.name().to_owned(),
        reason: Classifier {
            provider,
            scope,
            name,
            universe: &universe,
            set: &set,
            requirers,
        }
        .reason(),
        required_by: requirers.iter().map(|(by, _)| by.clone()).collect(),
    })
}

/// Several requirements on one package as one text.
fn combined<'a>(
    name: &PackageName,
    requirements: impl Iterator<Item = &'a Requirement> + Clone,
) -> String {
    let mut specifiers = Specifiers::default();
    let mut seen = BTreeSet::new();
    let mut url = None;
    for requirement in requirements.clone() {
        match &requirement.source {
            RequirementSource::Specifiers(other) if seen.insert(other.to_string()) => {
                specifiers = specifiers.and(other);
            }
            RequirementSource::Specifiers(_) => {}
            RequirementSource::Url(other) => url = Some(other.clone()),
        }
    }
    let extras: BTreeSet<_> = requirements
        .flat_map(|requirement| requirement.extras.iter().cloned())
        .collect();
    let requirement = Requirement {
        name: name.clone(),
        extras: extras.into_iter().collect(),
        source: match url {
            Some(url) => RequirementSource::Url(url),
            None => RequirementSource::Specifiers(specifiers),
        },
        marker: None,
    };
    requirement.to_string()
}

struct Classifier<'p, 'a> {
    provider: &'p Provider<'a>,
    scope: usize,
    name: &'p PackageName,
    universe: &'p Universe,
    set: &'p RankSet,
    requirers: &'p [(Option<PackageName>, Requirement)],
}

impl Classifier<'_, '_> {
    /// What would fit if it were not yanked, or if Python were another, is told before what has
    /// no fitting wheel at all; the newest version speaks for each kind.
    fn reason(&self) -> SkipReason {
        let environment = &self.provider.scope(self.scope).environment;
        if environment.target().kind() == TargetKind::NoPython {
            return SkipReason::NoInterpreter;
        }
        let mut yanked = None;
        let mut python = None;
        let mut tags = false;
        let mut newest = None;
        for rank in self.universe.newest_first(self.set) {
            let version = self.universe.entries[rank as usize].version.to_string();
            match self
                .provider
                .fit(self.scope, self.name, self.universe, rank)
            {
                Fit::Unfit(Unfit::Yanked(why)) if yanked.is_none() => {
                    yanked = Some(SkipReason::OnlyYanked {
                        version: version.clone(),
                        reason: (!why.is_empty()).then_some(why),
                    });
                }
                Fit::Unfit(Unfit::RequiresPython(requires)) if python.is_none() => {
                    python = Some(SkipReason::RequiresPython {
                        requires: requires.to_string(),
                        python: environment.full_version().to_owned(),
                        version: version.clone(),
                    });
                }
                Fit::Unfit(Unfit::Tags) => tags = true,
                Fit::Wheel(_) if python.is_none() => {
                    let requires = self.provider.other_python(self.scope, self.name, rank);
                    python = requires.map(|requires| SkipReason::RequiresPython {
                        requires: requires.to_string(),
                        python: environment.full_version().to_owned(),
                        version: version.clone(),
                    });
                }
                _ => {}
            }
            newest.get_or_insert(version);
        }
        let sdist_only = newest.is_some() && !tags;
        let by_tags = || self.by_tags(environment, sdist_only, newest.unwrap_or_default());
        yanked.or(python).unwrap_or_else(by_tags)
    }

    fn by_tags(&self, environment: &Environment, sdist_only: bool, version: String) -> SkipReason {
        match environment.target().kind() {
            TargetKind::Emscripten => SkipReason::PyodideUnavailable {
                release: environment
                    .pyodide()
                    .map_or_else(String::new, |release| release.version.clone()),
                curated: self
                    .provider
                    .scope(self.scope)
                    .curated(self.name)
                    .map(|curated| curated.version.to_string()),
                fitting_releases: self.fitting_releases(environment),
                wheels: self.wheels(),
                nearest: self.nearest(environment),
                sdist_only,
            },
            TargetKind::Wasi => SkipReason::WasiUnavailable {
                nearest: self.nearest(environment),
                sdist_only,
            },
            _ if sdist_only => SkipReason::SdistOnly { version },
            _ => SkipReason::NoCompatibleWheel {
                nearest: self.nearest(environment),
            },
        }
    }

    /// The releases whose wheels count, newest first: final ones, where there are any with wheels.
    fn releases(&self) -> Vec<(&Project, usize)> {
        let Some(Some(project)) = self.provider.project(self.scope, self.name) else {
            return Vec::new();
        };
        let ranks = self.universe.newest_first(self.set);
        let versions = ranks.map(|rank| &self.universe.entries[rank as usize].version);
        let all: Vec<(&Project, usize)> = versions
            .filter_map(|version| Some((project.as_ref(), project.position(version)?)))
            .filter(|(project, release)| !project.wheels(*release).is_empty())
            .collect();
        let is_final = |(project, release): &(&Project, usize)| {
            !project.releases()[*release].version.any_prerelease()
        };
        match all.iter().any(is_final) {
            true => all.into_iter().filter(is_final).collect(),
            false => all,
        }
    }

    fn nearest(&self, environment: &Environment) -> Option<NearestMiss> {
        let direct = self.universe.newest_first(self.set).find_map(|rank| {
            self.provider
                .direct(self.name, self.universe, rank)?
                .wheel
                .as_ref()
        });
        if let Some(wheel) = direct {
            return nearest(environment, [(&*wheel.filename, &wheel.tags)]);
        }
        let releases = self.releases();
        let wheels = releases
            .iter()
            .flat_map(|(project, release)| project.wheels(*release));
        nearest(
            environment,
            wheels.map(|wheel| (&*wheel.filename, &wheel.tags)),
        )
    }

    /// The wheels of the newest version that has any.
    fn wheels(&self) -> Vec<String> {
        let releases = self.releases();
        let newest = releases.first().into_iter();
        let wheels = newest.flat_map(|(project, release)| project.wheels(*release));
        wheels.map(|wheel| wheel.filename.to_string()).collect()
    }

    /// The other Pyodide releases in which something would fit: what they curate, or a wheel of
    /// the index. The newest of each platform.
    fn fitting_releases(&self, environment: &Environment) -> Vec<String> {
        let releases = self.releases();
        let wheels = releases
            .iter()
            .flat_map(|(project, release)| project.wheels(*release));
        let by_wheel = PyodideRelease::fitting(wheels.map(|wheel| &wheel.tags));
        let from_pyodide = self.provider.scope(self.scope).may_be_curated(self.name);
        let by_list = match from_pyodide {
            true => pyodide::curating(self.name, &|version| self.is_admitted(version)),
            false => Vec::new(),
        };
        let fits =
            |release: &&PyodideRelease| by_list.contains(release) || by_wheel.contains(release);
        let mut found: Vec<&PyodideRelease> = Vec::new();
        for release in PyodideRelease::all().iter().filter(fits) {
            // In the order of the table: the last of a platform is its newest.
            found.retain(|other| other.platform != release.platform);
            found.push(release);
        }
        found.retain(|release| Some(*release) != environment.pyodide());
        found
            .into_iter()
            .map(|release| release.version.clone())
            .collect()
    }

    /// Whether everything that is required admits a version.
    fn is_admitted(&self, version: &Version) -> bool {
        self.requirers
            .iter()
            .all(|(_, requirement)| match &requirement.source {
                RequirementSource::Specifiers(specifiers) => specifiers.contains(version),
                RequirementSource::Url(_) => false,
            })
    }
}
