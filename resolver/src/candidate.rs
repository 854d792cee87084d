//! Which wheel of a version an environment would take, or why none.

use crate::facts::ProjectKey;
use crate::problem::{Prereleases, Scope};
use crate::project::{Project, WheelFile};
use tag_matrix::Environment;
use wheel::{PackageName, Specifiers, Version};

/// Whether a version can be had in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// It can, by the wheel at this position of its release.
    Wheel(usize),
    /// It can, by what the Pyodide release curates.
    Curated,
    /// It cannot.
    Unfit(Unfit),
}

impl Fit {
    /// Whether it can.
    pub fn is_fit(&self) -> bool {
        !matches!(self, Self::Unfit(_))
    }
}

/// Why a version cannot be had, judging by its index page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// It is not on the index.
    Absent,
    /// It has no wheel, only a source distribution or nothing.
    NoWheels {
        /// Whether there is a source distribution.
        sdist: bool,
    },
    /// It has wheels, none of which has a tag of the environment.
    Tags,
    /// A wheel has fitting tags, but not for this Python.
    RequiresPython(Specifiers),
    /// What would fit was yanked, for this reason.
    Yanked(String),
}

/// Judges one release of a project for one environment. `yanked_ok` is whether yanked files count.
pub fn fit(scope: &Scope, project: &Project, release: usize, yanked_ok: bool) -> Fit {
    let wheels = project.wheels(release);
    if wheels.is_empty() {
        return match project.releases().get(release) {
            Some(release) => Fit::Unfit(Unfit::NoWheels {
                sdist: release.has_sdist,
            }),
            None => Fit::Unfit(Unfit::Absent),
        };
    }
    let mut best: Option<(usize, &WheelFile, u32)> = None;
    let mut reason = Unfit::Tags;
    for (position, wheel) in wheels.iter().enumerate() {
        let Some(rank) = scope.environment.rank(&wheel.tags) else {
            continue;
        };
        if let Some(requires) = &wheel.requires_python
            && !requires.contains(&scope.python)
        {
            if reason == Unfit::Tags {
                reason = Unfit::RequiresPython(requires.clone());
            }
            continue;
        }
        if let Some(why) = &wheel.yanked
            && !yanked_ok
        {
            reason = Unfit::Yanked(why.clone());
            continue;
        }
        if best.is_none_or(|(_, other, other_rank)| better(wheel, rank, other, other_rank)) {
            best = Some((position, wheel, rank));
        }
    }
    match best {
        Some((position, _, _)) => Fit::Wheel(position),
        None => Fit::Unfit(reason),
    }
}

/// The tag that comes first wins, then the highest build number (and an absent one is lowest).
fn better(wheel: &WheelFile, rank: u32, other: &WheelFile, other_rank: u32) -> bool {
    rank < other_rank || (rank == other_rank && wheel.build > other.build)
}

/// The position of the newest release that satisfies `specifiers` and fits, with its wheel: what
/// a resolution without conflicts takes. It is what is fetched ahead, before the solver asks.
pub fn likely(
    scope: &Scope,
    project: &Project,
    specifiers: &Specifiers,
    prereleases: Prereleases,
) -> Option<(usize, usize)> {
    let pre_ok = prereleases == Prereleases::Allow;
    let mut fallback = None;
    for (position, release) in project.releases().iter().enumerate().rev() {
        let pre = release.version.any_prerelease();
        if pre && (prereleases == Prereleases::Disallow || (!pre_ok && fallback.is_some())) {
            continue;
        }
        if !specifiers.contains(&release.version) {
            continue;
        }
        if let Fit::Wheel(wheel) = fit(scope, project, position, false) {
            if !pre || pre_ok {
                return Some((position, wheel));
            }
            fallback = Some((position, wheel));
        }
    }
    fallback
}

impl Scope {
    /// Whether a yanked file of `version` may be taken: the project pins exactly this version, or
    /// the lock has it already (PEP 592).
    pub fn yanked_ok(&self, name: &PackageName, version: &Version) -> bool {
        let pinned = |root: &crate::Root| {
            root.requirement.name == *name
                && matches!(&root.requirement.source, wheel::RequirementSource::Specifiers(specifiers)
                    if specifiers.pin().is_some_and(|pin| specifiers.contains(version) && !pin_differs(&pin, version)))
        };
        self.locked.get(name) == Some(version) || self.roots.iter().any(pinned)
    }

    /// Where `name` is looked up, unless the project takes it from a URL or path, or it is a part
    /// of the Pyodide release.
    pub fn index_key(&self, name: &PackageName) -> Option<ProjectKey> {
        let own = self.curated(name).is_some_and(|curated| curated.is_own);
        (self.direct(name).is_none() && !own).then(|| self.project_key(name))
    }
}

/// A pin without a local version stands for every local version of it.
fn pin_differs(pin: &Version, version: &Version) -> bool {
    *pin != *version && *pin != version.clone().without_local()
}

/// Whether a wheel named directly has a tag of the environment.
pub(crate) fn direct_fits(environment: &Environment, wheel: Option<&WheelFile>) -> bool {
    wheel.is_none_or(|wheel| environment.rank(&wheel.tags).is_some())
}
