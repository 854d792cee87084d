//! Answers that are right but of little use, said aloud.
//!
//! A resolver that may take any old version finds one for almost everything: the last release
//! before a package got its native part, or the last before an extra was dropped. Such an answer
//! is kept, with a warning that names both versions and the cause.

use crate::candidate::{Fit, Unfit, fit, likely};
use crate::facts::{Facts, MetadataFact, WheelMetadata};
use crate::problem::{Prereleases, Scope};
use crate::project::Project;
use crate::resolution::{Resolution, Resolved};
use std::collections::BTreeSet;
use std::sync::Arc;
use wheel::{PackageName, RequirementSource, Specifiers, Version};

/// Something about a solution that its user should know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Advice {
    /// A much older version than the newest was taken, since newer ones cannot be had.
    Older {
        /// The environment.
        environment: String,
        /// The package.
        name: PackageName,
        /// What was taken.
        chosen: Version,
        /// The newest that the requirements admit.
        newest: Version,
        /// Why it could not be had.
        cause: String,
    },
    /// The chosen version has no such extra.
    NoExtra {
        /// The environment.
        environment: String,
        /// The package.
        name: PackageName,
        /// What was taken.
        chosen: Version,
        /// The extra that was asked for.
        extra: String,
        /// A newer version that has it, if one is known.
        newer: Option<Version>,
        /// Why the newer one was not taken, if that is known.
        cause: Option<String>,
    },
    /// A yanked version was taken, because it is pinned or locked.
    Yanked {
        /// The environment.
        environment: String,
        /// The package.
        name: PackageName,
        /// What was taken.
        chosen: Version,
        /// The reason its author gave.
        reason: String,
    },
}

impl Advice {
    /// The environment that it is about.
    pub fn environment(&self) -> &str {
        match self {
            Self::Older { environment, .. }
            | Self::NoExtra { environment, .. }
            | Self::Yanked { environment, .. } => environment,
        }
    }

    /// What it says, without the environment.
    pub fn message(&self) -> String {
        match self {
            Self::Older {
                name,
                chosen,
                newest,
                cause,
                ..
            } => {
                format!("{name} {chosen} was taken, far behind {newest}: {cause}")
            }
            Self::NoExtra {
                name,
                chosen,
                extra,
                newer,
                cause,
                ..
            } => {
                let newer = newer
                    .as_ref()
                    .map(|newer| format!(", which {newer} has"))
                    .unwrap_or_default();
                let cause = cause
                    .as_ref()
                    .map(|cause| format!(": {cause}"))
                    .unwrap_or_default();
                format!("{name} {chosen} has no extra \"{extra}\"{newer}{cause}")
            }
            Self::Yanked {
                name,
                chosen,
                reason,
                ..
            } if reason.is_empty() => {
                format!("{name} {chosen} was yanked by its authors")
            }
            Self::Yanked {
                name,
                chosen,
                reason,
                ..
            } => {
                format!("{name} {chosen} was yanked by its authors: {reason}")
            }
        }
    }
}

/// What is to be said of the solution for one environment.
pub fn advise(
    scope: &Scope,
    resolution: &Resolution,
    facts: &Facts,
    prereleases: Prereleases,
) -> Vec<Advice> {
    let mut advice = Vec::new();
    for (name, package) in &resolution.packages {
        let adviser = Adviser {
            scope,
            facts,
            prereleases,
            name,
            package,
        };
        advice.extend(adviser.yanked());
        let newest = adviser.newest();
        let cause = newest
            .as_ref()
            .and_then(|(project, release)| adviser.cause(project, *release));
        let missing: BTreeSet<_> = package
            .extras
            .difference(&package.metadata.extras)
            .collect();
        for extra in missing {
            let newer = adviser.newer_with(extra);
            advice.push(Advice::NoExtra {
                environment: scope.environment.name().to_owned(),
                name: name.clone(),
                chosen: package.version.clone(),
                extra: extra.to_string(),
                cause: newer.as_ref().and_then(|_| cause.clone()),
                newer,
            });
        }
        if let (Some((project, release)), Some(cause)) = (newest, cause) {
            let newest = &project.releases()[release].version;
            if far_behind(&package.version, newest) {
                advice.push(Advice::Older {
                    environment: scope.environment.name().to_owned(),
                    name: name.clone(),
                    chosen: package.version.clone(),
                    newest: newest.clone(),
                    cause,
                });
            }
        }
    }
    advice
}

/// Whether versions differ in the part that by convention promises compatibility.
fn far_behind(chosen: &Version, newest: &Version) -> bool {
    let part = |version: &Version, at: usize| version.release().get(at).copied().unwrap_or(0);
    (newest.epoch(), part(newest, 0)) > (chosen.epoch(), part(chosen, 0))
        || (part(newest, 0) == part(chosen, 0)
            && (part(newest, 0) == 0 && part(newest, 1) > part(chosen, 1)
                || part(newest, 1) >= part(chosen, 1) + 5))
}

struct Adviser<'a> {
    scope: &'a Scope,
    facts: &'a Facts,
    prereleases: Prereleases,
    name: &'a PackageName,
    package: &'a Resolved,
}

impl<'a> Adviser<'a> {
    fn project(&self, name: &PackageName) -> Option<&'a Arc<Project>> {
        self.facts
            .projects
            .get(&self.scope.index_key(name)?)?
            .as_ref()
    }

    fn yanked(&self) -> Option<Advice> {
        let reason = self.package.wheel.as_ref()?.yanked.as_ref()?;
        Some(Advice::Yanked {
            environment: self.scope.environment.name().to_owned(),
            name: self.name.clone(),
            chosen: self.package.version.clone(),
            reason: reason.clone(),
        })
    }

    /// The newest final release that everything that is required of the package admits, if it is
    /// newer than what was taken.
    fn newest(&self) -> Option<(&'a Arc<Project>, usize)> {
        let project = self.project(self.name)?;
        let admits = |version: &Version| {
            self.package
                .required_by
                .iter()
                .all(|(_, requirement)| match &requirement.source {
                    RequirementSource::Specifiers(specifiers) => specifiers.contains(version),
                    RequirementSource::Url(_) => false,
                })
        };
        let mut releases = project.releases().iter().enumerate().rev();
        let (position, release) = releases.find(|(position, release)| {
            !release.version.any_prerelease()
                && admits(&release.version)
                && !yanked_or_empty(project, *position)
        })?;
        (release.version > self.package.version).then_some((project, position))
    }

    /// Why a release cannot be had, if the reason is wheels and not other requirements.
    fn cause(&self, project: &Project, release: usize) -> Option<String> {
        let environment = self.scope.environment.name();
        let file = match fit(self.scope, project, release, false) {
            Fit::Wheel(file) => file,
            Fit::Unfit(Unfit::Tags) => return Some(format!("it has no wheel for {environment}")),
            Fit::Unfit(Unfit::NoWheels { .. }) => return Some("it has no wheel at all".to_owned()),
            Fit::Unfit(Unfit::RequiresPython(requires)) => {
                return Some(format!("it requires Python {requires}"));
            }
            Fit::Unfit(_) | Fit::Curated => return None,
        };
        let key = project.wheels(release)[file].metadata_key();
        let Some(MetadataFact::Known(metadata)) = self.facts.metadata.get(&key) else {
            return None;
        };
        if let Some(requires) = &metadata.requires_python
            && !requires.contains(&self.scope.python)
        {
            return Some(format!("it requires Python {requires}"));
        }
        self.unmet(metadata)
    }

    /// The first requirement of a wheel that has versions, but none with a wheel that fits.
    fn unmet(&self, metadata: &WheelMetadata) -> Option<String> {
        metadata.requires_dist.iter().find_map(|requirement| {
            let holds = requirement
                .marker
                .as_ref()
                .is_none_or(|m| m.evaluate(&self.scope.markers, None));
            let RequirementSource::Specifiers(specifiers) = &requirement.source else {
                return None;
            };
            if !holds {
                return None;
            }
            let project = self.project(&requirement.name)?;
            self.has_only_unfit(project, specifiers).then(|| {
                format!(
                    "it requires {}{specifiers}, which has no wheel for {}",
                    requirement.name,
                    self.scope.environment.name()
                )
            })
        })
    }

    fn has_only_unfit(&self, project: &Project, specifiers: &Specifiers) -> bool {
        project
            .releases()
            .iter()
            .any(|release| specifiers.contains(&release.version))
            && likely(self.scope, project, specifiers, self.prereleases).is_none()
    }

    /// The newest known version that has an extra.
    fn newer_with(&self, extra: &wheel::ExtraName) -> Option<Version> {
        let project = self.project(self.name)?;
        for (position, release) in project.releases().iter().enumerate().rev() {
            if release.version <= self.package.version {
                return None;
            }
            let has = project.wheels(position).iter().any(|wheel| {
                matches!(self.facts.metadata.get(&wheel.metadata_key()),
                    Some(MetadataFact::Known(metadata)) if metadata.extras.contains(extra))
            });
            if has {
                return Some(release.version.clone());
            }
        }
        None
    }
}

fn yanked_or_empty(project: &Project, release: usize) -> bool {
    project
        .wheels(release)
        .iter()
        .all(|wheel| wheel.yanked.is_some())
        && !project.wheels(release).is_empty()
}
