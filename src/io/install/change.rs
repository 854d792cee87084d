//! All changes of a transaction together: who has which file, and the renames for each package.

use std::collections::{BTreeMap, HashSet};
use std::sync::OnceLock;

use rayon::prelude::*;

use super::claims::{Claims, Content};
use super::installed::{Installed, InstalledFile};
use super::journal::{Ground, PackageSteps};
use super::report::{Event, Reporter};
use super::session::Collisions;
use super::site::{Place, Root, SiteKind};
use super::stage::{NewFile, Staged, Stager};
use super::steps::{self, Change, Planner};
use super::{InstallError, Plan, Sha256Digest, Wanted};

/// The renames for a package, and what to say when they are done.
pub(crate) type Planned = (PackageSteps, Vec<Event>);

/// A package that is ready to be installed.
#[derive(Debug)]
pub(crate) struct Install<'a> {
    pub(crate) wanted: &'a Wanted,
    pub(crate) staged: Staged,
}

/// Packages that go, come and stay.
#[derive(Debug)]
pub(crate) struct Changes<'a> {
    stager: Stager<'a>,
    installs: Vec<Install<'a>>,
    /// For each package that comes, then for each that goes: what of it is there.
    old: Vec<Old<'a>>,
    stays: Vec<Stays<'a>>,
}

#[derive(Debug, Default)]
struct Old<'a> {
    infos: Vec<&'a Installed>,
    /// Its files without those of its `.dist-info`, sorted.
    files: Vec<InstalledFile>,
}

#[derive(Debug)]
struct Stays<'a> {
    installed: &'a Installed,
    files: Vec<NewFile>,
}

impl<'a> Changes<'a> {
    /// Reads what the installed packages consist of.
    ///
    /// # Errors
    /// [`InstallError::HostileRecord`], [`InstallError::CannotRemove`] for one that goes.
    pub(crate) fn new(
        stager: Stager<'a>,
        plan: &Plan,
        installed: &'a [Installed],
        installs: Vec<Install<'a>>,
    ) -> Result<Self, InstallError> {
        let site = stager.site;
        let comes = |found: &Installed, install: &Install<'_>| found.name == install.wanted.name;
        let goes = |found: &&Installed| plan.remove.iter().any(|(name, _)| *name == found.name);
        let mut groups: Vec<Vec<&Installed>> = installs
            .iter()
            .map(|install| {
                installed
                    .iter()
                    .filter(|found| comes(found, install))
                    .collect()
            })
            .collect();
        let removed: Vec<&Installed> = installed.iter().filter(goes).collect();
        groups.extend(
            removed
                .chunk_by(|a, b| a.name == b.name)
                .map(<[&Installed]>::to_vec),
        );
        let old = groups
            .into_par_iter()
            .map(|infos| Old::read(infos, site))
            .collect::<Result<Vec<Old<'_>>, InstallError>>()?;
        let stays: Vec<&Installed> = installed
            .iter()
            .filter(|found| !goes(found) && !installs.iter().any(|install| comes(found, install)))
            .collect();
        let stays = stays
            .into_par_iter()
            .map(|installed| Stays {
                installed,
                files: hashed_files(installed, site),
            })
            .collect();
        Ok(Self {
            stager,
            installs,
            old,
            stays,
        })
    }

    /// The renames for each package that changes, with what to say when they are done. Packages
    /// that go come first.
    ///
    /// # Errors
    /// [`InstallError::Collision`], [`InstallError::InTheWay`], [`InstallError::Disk`].
    pub(crate) fn plan(
        mut self,
        collisions: Collisions,
        reporter: &dyn Reporter,
    ) -> Result<Vec<Planned>, InstallError> {
        self.settle_collisions(collisions, reporter)?;
        let contents = self.contents();
        let claims = Claims::new(&contents);
        let ground = Ground {
            site: self.stager.site,
            staging: self.stager.staging.folders(),
        };
        let (old, known) = (OnceLock::new(), OnceLock::new());
        let is_old = |place: &Place| {
            old.get_or_init(|| self.old_places().collect::<HashSet<_>>())
                .contains(place)
        };
        let is_known = |place: &Place| known.get_or_init(|| self.known_places()).contains(place);
        let replace_strangers =
            |place: &Place| self.stager.site.kind != SiteKind::Folder || is_known(place);
        let planner = Planner {
            ground: &ground,
            claims: &claims,
            replace_strangers: &replace_strangers,
            is_old: &is_old,
        };
        let (heirs, inherited) = self.heirs(&claims);
        let indices: Vec<usize> = (0..self.old.len()).collect();
        let mut planned = indices
            .into_par_iter()
            .map(|index| steps::plan(planner, &self.change(index, &claims, &heirs, &inherited)))
            .collect::<Result<Vec<PackageSteps>, InstallError>>()?;
        let removals = planned.split_off(self.installs.len());
        Ok(self.with_events(planned, removals, &heirs))
    }

    /// Refuses files that two packages hold with different content, or settles whose they are.
    fn settle_collisions(
        &mut self,
        collisions: Collisions,
        reporter: &dyn Reporter,
    ) -> Result<(), InstallError> {
        let contents = self.contents();
        let claims = Claims::new(&contents);
        let Some(first) = claims.collisions().first() else {
            return Ok(());
        };
        if collisions == Collisions::Refuse {
            return Err(first.error(&contents));
        }
        let mut given = Vec::new();
        for collision in claims.collisions() {
            let (winner, loser) = (
                contents[collision.winner].name.clone(),
                contents[collision.loser].name.clone(),
            );
            let path = collision.path.to_owned();
            given.push((collision.loser, path.clone()));
            reporter.report(Event::Overwritten {
                path,
                winner,
                loser,
            });
        }
        for (loser, path) in given {
            if let Some(install) = self.installs.get_mut(loser) {
                self.stager.give_up(loser, &mut install.staged, &path)?;
            }
        }
        Ok(())
    }

    fn contents(&self) -> Vec<Content<'_>> {
        let changed =
            self.old
                .iter()
                .enumerate()
                .map(|(index, old)| match self.installs.get(index) {
                    Some(install) => Content {
                        name: &install.wanted.name,
                        files: &install.staged.files,
                        old: &old.files,
                    },
                    None => Content {
                        name: &old.infos[0].name,
                        files: &[],
                        old: &old.files,
                    },
                });
        let stays = self.stays.iter().map(|stays| Content {
            name: &stays.installed.name,
            files: &stays.files,
            old: &[],
        });
        changed.chain(stays).collect()
    }

    /// For each package that goes, the one package that comes and takes over its folders, as when
    /// one distribution replaces another of the same modules; and the files it takes over.
    fn heirs(
        &self,
        claims: &Claims<'_>,
    ) -> (Vec<Option<usize>>, BTreeMap<usize, Vec<&InstalledFile>>) {
        let mut inherited: BTreeMap<usize, Vec<&InstalledFile>> = BTreeMap::new();
        let mut heirs = Vec::new();
        for old in &self.old[self.installs.len()..] {
            let heir_of = |file: &InstalledFile| {
                let (top, _) = file.place.path.split_once('/')?;
                claims
                    .only_user(file.place.root, top)
                    .filter(|heir| *heir < self.installs.len())
            };
            let heir = old.files.iter().find_map(heir_of);
            if let Some(heir) = heir {
                let files = old.files.iter().filter(|file| heir_of(file) == Some(heir));
                inherited.entry(heir).or_default().extend(files);
            }
            heirs.push(heir);
        }
        (heirs, inherited)
    }

    fn change<'b>(
        &'b self,
        index: usize,
        claims: &Claims<'_>,
        heirs: &[Option<usize>],
        inherited: &BTreeMap<usize, Vec<&'b InstalledFile>>,
    ) -> Change<'b> {
        let old = &self.old[index];
        let install = self.installs.get(index);
        let mut new: BTreeMap<Root, Vec<&str>> = BTreeMap::new();
        for file in install.iter().flat_map(|install| &install.staged.files) {
            new.entry(file.place.root)
                .or_default()
                .push(&file.place.path);
        }
        let heir = index
            .checked_sub(self.installs.len())
            .and_then(|removal| heirs[removal]);
        let given: HashSet<&Place> = heir
            .and_then(|heir| inherited.get(&heir))
            .into_iter()
            .flatten()
            .map(|file| &file.place)
            .collect();
        let own = old.files.iter().filter(|file| !given.contains(&file.place));
        let taken = inherited.get(&index).into_iter().flatten().copied();
        let mut by_root: BTreeMap<Root, Vec<&str>> = BTreeMap::new();
        for file in own.chain(taken) {
            let place = &file.place;
            if !claims.others_bring(index, place.root, &place.path) {
                by_root.entry(place.root).or_default().push(&place.path);
            }
        }
        for paths in by_root.values_mut() {
            paths.sort_unstable();
            paths.dedup();
        }
        Change {
            name: install.map_or_else(|| &old.infos[0].name, |install| &install.wanted.name),
            index,
            new,
            old: by_root,
            new_info: install.map(|install| &install.staged.dist_info),
            old_infos: old.infos.iter().map(|info| &info.place).collect(),
        }
    }

    /// Every file of a package that is installed now.
    fn known_places(&self) -> HashSet<&Place> {
        let stays = self
            .stays
            .iter()
            .flat_map(|stays| &stays.files)
            .map(|file| &file.place);
        self.old_places().chain(stays).collect()
    }

    /// Every file of a package that goes or is replaced.
    fn old_places(&self) -> impl Iterator<Item = &Place> {
        self.old
            .iter()
            .flat_map(|old| &old.files)
            .map(|file| &file.place)
    }

    /// Puts the renames in order. A package that goes and has an heir is changed together with it.
    fn with_events(
        &self,
        planned: Vec<PackageSteps>,
        removals: Vec<PackageSteps>,
        heirs: &[Option<usize>],
    ) -> Vec<Planned> {
        let mut installs: Vec<Planned> = planned
            .into_iter()
            .map(|steps| (steps, Vec::new()))
            .collect();
        let mut all = Vec::new();
        for ((steps, old), heir) in removals
            .into_iter()
            .zip(&self.old[self.installs.len()..])
            .zip(heirs)
        {
            let removed = old.infos.iter().map(|info| Event::Removed {
                name: info.name.clone(),
                version: info.version.clone(),
            });
            match heir.and_then(|heir| installs.get_mut(heir)) {
                Some((heir, events)) => {
                    heir.steps.splice(0..0, steps.steps);
                    heir.prune.extend(steps.prune);
                    events.extend(removed);
                }
                None => all.push((steps, removed.collect())),
            }
        }
        for ((install, old), (steps, mut events)) in
            self.installs.iter().zip(&self.old).zip(installs)
        {
            events.push(Event::Installed {
                name: install.wanted.name.clone(),
                version: install.wanted.version.clone(),
                replaced: old.infos.iter().map(|info| info.version.clone()).collect(),
            });
            all.push((steps, events));
        }
        all
    }
}

impl<'a> Old<'a> {
    fn read(infos: Vec<&'a Installed>, site: &super::Site) -> Result<Self, InstallError> {
        let mut files = Vec::new();
        for info in &infos {
            let in_info = |file: &InstalledFile| {
                let rest = file.place.path.strip_prefix(&info.place.path);
                file.place.root == info.place.root && rest.is_some_and(|rest| rest.starts_with('/'))
            };
            files.extend(info.files(site)?.into_iter().filter(|file| !in_info(file)));
        }
        files.sort_by(|a, b| a.place.cmp(&b.place));
        files.dedup_by(|a, b| a.place == b.place);
        Ok(Self { infos, files })
    }
}

/// The files of a package that stays, as far as its `RECORD` can be read and has their hashes.
fn hashed_files(installed: &Installed, site: &super::Site) -> Vec<NewFile> {
    let files = installed.files(site).unwrap_or_default();
    let hashed = files.into_iter().filter_map(|file| {
        let sha256 = Sha256Digest::from_base64(file.hash.strip_prefix("sha256=")?)?;
        Some(NewFile {
            place: file.place,
            sha256,
        })
    });
    hashed.collect()
}
