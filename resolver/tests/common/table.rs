//! A world as one environment sees it, worked out without the resolver: which wheel of a version
//! is taken, what it requires, and whether a choice of versions is a solution.

use crate::texts::EXTRAS;
use crate::world::{File, NAMES, Place, Release, Want, World, name};
use resolver::Prereleases;
use std::collections::{BTreeMap, BTreeSet};
use wheel::{ExtraName, PackageName, Requirement, RequirementSource, Specifiers, Version};

/// A requirement with what it comes to in this world.
pub(crate) struct Demand {
    pub(crate) target: usize,
    /// Bit `i` is whether it takes release `i` of the target.
    pub(crate) takes: u32,
    /// The extras it asks for, by position in [`EXTRAS`].
    extras: Vec<usize>,
    /// Bit 0 is whether it is active by itself, bit `1 + i` whether it is with extra `i`.
    active: u8,
    pub(crate) text: String,
}

/// A version that can be had: by which wheel, and what that requires.
pub(crate) struct Choice {
    /// The position of the wheel.
    pub(crate) file: usize,
    /// Whether the metadata admits the environment's Python.
    pub(crate) admitted: bool,
    demands: Vec<Demand>,
}

/// One environment's view.
pub(crate) struct Table<'w> {
    pub(crate) world: &'w World,
    pub(crate) want: &'w Want,
    pub(crate) roots: Vec<Demand>,
    /// By package and release; none where no wheel fits.
    pub(crate) choices: Vec<Vec<Option<Choice>>>,
    /// Packages that are given up.
    pub(crate) skipped: BTreeSet<usize>,
}

/// What a choice of versions comes to.
pub(crate) enum Walk {
    /// A requirement is not met.
    Broken,
    /// This package is required and has no version yet.
    Open(usize),
    /// All is met.
    Closed(Reached),
}

/// The packages that are reached, with the extras asked for.
#[derive(Default)]
pub(crate) struct Reached {
    pub(crate) extras: BTreeMap<usize, BTreeSet<usize>>,
    /// The texts of the active requirements of each package; `None` is the project.
    pub(crate) active: BTreeMap<Option<usize>, BTreeSet<String>>,
    /// Packages that are required and given up.
    pub(crate) skipped: BTreeSet<usize>,
}

impl Choice {
    /// Whether it requires nothing here, whatever extras are asked for.
    pub(crate) fn demands_nothing(&self) -> bool {
        self.demands.iter().all(|demand| demand.active == 0)
    }
}

impl<'w> Table<'w> {
    pub(crate) fn new(world: &'w World, want: &'w Want, place: &Place) -> Self {
        let demand = |requirement: &Requirement| demand(world, requirement, place);
        let choice = |package: usize, release: &Release| {
            let may_yanked = may_be_yanked(want, package, &release.version);
            let file = best(release, place, may_yanked)?;
            let metadata = &release.files[file].metadata;
            Some(Choice {
                file,
                admitted: admits(metadata.requires_python.as_ref(), place),
                demands: metadata.requires_dist.iter().map(demand).collect(),
            })
        };
        let choices = world
            .packages
            .iter()
            .enumerate()
            .map(|(package, releases)| {
                let choices = releases.iter().map(|release| choice(package, release));
                choices.collect()
            });
        Self {
            world,
            want,
            // The marker of a root was looked at before.
            roots: want
                .roots
                .iter()
                .map(|root| Demand {
                    active: 1,
                    ..demand(root)
                })
                .collect(),
            choices: choices.collect(),
            skipped: BTreeSet::new(),
        }
    }

    /// Whether a release may be tried at all.
    pub(crate) fn allowed(&self, package: usize, release: usize) -> bool {
        self.choices[package][release].is_some()
            && (self.world.prereleases != Prereleases::Disallow
                || !self.world.packages[package][release]
                    .version
                    .any_prerelease())
    }

    /// The releases of a package that a wheel fits whose metadata admits the environment's Python:
    /// bit `i` for release `i`.
    pub(crate) fn fits(&self, package: usize) -> u32 {
        let choices = self.choices[package].iter();
        let fits = choices.map(|choice| choice.as_ref().is_some_and(|choice| choice.admitted));
        fits.enumerate()
            .fold(0, |set, (at, fits)| set | u32::from(fits) << at)
    }

    /// All requirements on a package that can become active here, whoever has them.
    pub(crate) fn demands(&self) -> impl Iterator<Item = &Demand> {
        let choices = self.choices.iter().flatten().flatten();
        let of_packages = choices.flat_map(|choice| &choice.demands);
        self.roots
            .iter()
            .chain(of_packages)
            .filter(|demand| demand.active != 0)
    }

    /// Follows the requirements from the project through the chosen releases.
    pub(crate) fn walk(&self, picks: &[Option<usize>]) -> Walk {
        let mut reached = Reached::default();
        let mut queue: Vec<(usize, Option<usize>)> = Vec::new();
        let mut open = None;
        let mut by = None;
        let mut active: Vec<&Demand> = self.roots.iter().collect();
        loop {
            for demand in active.drain(..) {
                let target = demand.target;
                reached
                    .active
                    .entry(by)
                    .or_default()
                    .insert(demand.text.clone());
                if self.skipped.contains(&target) {
                    reached.skipped.insert(target);
                    continue;
                }
                let Some(pick) = picks[target] else {
                    open = open.or(Some(target));
                    continue;
                };
                let choice = self.choices[target][pick].as_ref();
                if demand.takes >> pick & 1 == 0 || choice.is_none_or(|choice| !choice.admitted) {
                    return Walk::Broken;
                }
                let extras = reached.extras.entry(target).or_insert_with(|| {
                    queue.push((target, None));
                    BTreeSet::new()
                });
                for extra in &demand.extras {
                    if extras.insert(*extra) {
                        queue.push((target, Some(*extra)));
                    }
                }
            }
            let Some((package, extra)) = queue.pop() else {
                break;
            };
            by = Some(package);
            let bit = extra.map_or(0, |extra| extra + 1);
            let pick = picks[package].and_then(|pick| self.choices[package][pick].as_ref());
            let demands = pick.into_iter().flat_map(|choice| &choice.demands);
            active.extend(demands.filter(|demand| demand.active >> bit & 1 == 1));
        }
        match open {
            Some(package) => Walk::Open(package),
            None => Walk::Closed(reached),
        }
    }

    /// Releases in the order in which a resolution without conflicts prefers them, of those that
    /// `usable` admits: the locked one, those chosen before, finals, pre-releases.
    pub(crate) fn preferred(
        &self,
        package: usize,
        usable: &dyn Fn(usize) -> bool,
    ) -> Option<usize> {
        let releases = &self.world.packages[package];
        let name = name(package);
        let chosen = self.world.chosen.get(&name).into_iter().flatten();
        let mut remembered = self.want.locked.get(&name).into_iter().chain(chosen);
        let fits = |release: &usize| usable(*release) && self.allowed(package, *release);
        let at = |version: &Version| releases.iter().position(|r| r.version == *version);
        let remembered = remembered.find_map(|version| at(version).filter(fits));
        let newest = |any: bool| {
            let all = (0..releases.len()).rev();
            let mut all = all.filter(|release| any || !releases[*release].version.any_prerelease());
            all.find(fits)
        };
        let newest_of_all = || newest(true);
        match self.world.prereleases {
            Prereleases::Allow => remembered.or_else(newest_of_all),
            _ => remembered.or_else(|| newest(false)).or_else(newest_of_all),
        }
    }
}

fn demand(world: &World, requirement: &Requirement, place: &Place) -> Demand {
    let position = NAMES
        .iter()
        .position(|name| *name == requirement.name.as_str());
    let target = position.expect("a package of the world");
    let RequirementSource::Specifiers(specifiers) = &requirement.source else {
        panic!("{requirement} is not on the index");
    };
    let takes = world.packages[target]
        .iter()
        .enumerate()
        .fold(0, |takes, (at, release)| {
            takes | u32::from(specifiers.contains(&release.version)) << at
        });
    let holds = |extra: Option<&ExtraName>| {
        let marker = requirement.marker.as_ref();
        marker.is_none_or(|marker| marker.evaluate(&place.markers, extra))
    };
    let mut active = u8::from(holds(None));
    let mut extras = Vec::new();
    for (position, extra) in EXTRAS.iter().enumerate() {
        let extra: ExtraName = extra.parse().expect("an extra");
        active |= u8::from(holds(Some(&extra))) << (position + 1);
        if requirement.extras.contains(&extra) {
            extras.push(position);
        }
    }
    Demand {
        target,
        takes,
        extras,
        active,
        text: requirement.to_string(),
    }
}

fn admits(requires_python: Option<&Specifiers>, place: &Place) -> bool {
    requires_python.is_none_or(|requires| requires.contains(&place.python))
}

/// Yanked files count where the project pins exactly this version, or the lock has it.
fn may_be_yanked(want: &Want, package: usize, version: &Version) -> bool {
    let name: PackageName = name(package);
    let pins = |root: &Requirement| {
        let RequirementSource::Specifiers(specifiers) = &root.source else {
            return false;
        };
        let text = specifiers.to_string();
        let pinned = text.starts_with("==") && !text.contains(['*', ',']);
        root.name == name && pinned && specifiers.contains(version)
    };
    want.locked.get(&name) == Some(version) || want.roots.iter().any(pins)
}

/// The wheel whose tag stands first, then the one with the highest build number.
fn best(release: &Release, place: &Place, may_be_yanked: bool) -> Option<usize> {
    let key = |file: &File| {
        let rank = file
            .tags
            .iter()
            .filter_map(|tag| place.tags.get(tag))
            .min()?;
        let usable =
            admits(file.requires_python.as_ref(), place) && (may_be_yanked || !file.yanked);
        usable.then_some((*rank, std::cmp::Reverse(file.build)))
    };
    let files = release.files.iter().enumerate();
    let ranked = files.filter_map(|(position, file)| Some((key(file)?, position)));
    ranked.min().map(|(_, position)| position)
}

/// Whether some choice of one release for each package solves all these environments at once.
pub(crate) fn solvable(tables: &[Table]) -> bool {
    let packages = tables.first().map_or(0, |table| table.choices.len());
    search(tables, &mut vec![None; packages])
}

fn search(tables: &[Table], picks: &mut Vec<Option<usize>>) -> bool {
    let mut open = None;
    for table in tables {
        match table.walk(picks) {
            Walk::Broken => return false,
            Walk::Open(package) => open = Some((table, package)),
            Walk::Closed(_) => {}
        }
    }
    let Some((table, package)) = open else {
        return true;
    };
    for release in 0..table.choices[package].len() {
        if table.allowed(package, release) {
            picks[package] = Some(release);
            if search(tables, picks) {
                return true;
            }
        }
    }
    picks[package] = None;
    false
}
