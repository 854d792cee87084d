//! A sync from its beginning to its end.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::cache::Care;
use super::cache::{Unpacked, UnpackedCache};
use super::change::{Changes, Install, Planned};
use super::inspect::{found, is_spared};
use super::installed::{Installed, scan};
use super::lock::SiteLock;
use super::place::Placer;
use super::plan::plan;
use super::report::Event;
use super::site::Root;
use super::stage::{Staged, Stager};
use super::staging::Staging;
use super::unpack::unpack;
use super::{
    Action, InstallError, LinkMode, Plan, Reporter, Sha256Digest, Site, SyncReport, Wanted,
    transaction,
};

/// What to do when two packages of one lock hold the same file with different content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Collisions {
    /// An error that names both, before anything is changed.
    #[default]
    Refuse,
    /// A warning; an installed package keeps its file, else the package whose name comes later
    /// brings it.
    Overwrite,
}

/// Whether the caller has compared a wheel file with its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hashed {
    /// It has, while downloading.
    Yes,
    /// It has not: this is done first.
    No,
}

/// A sync that is asked for.
#[derive(Debug, Clone)]
pub struct SyncRequest {
    /// The place.
    pub site: Site,
    /// All that is to be there.
    pub wanted: Vec<Wanted>,
    /// The folder of the cache; `unpacked-v1` is made in it.
    pub cache: PathBuf,
    /// How files are placed.
    pub link_mode: LinkMode,
    /// What to do with files that two packages share.
    pub collisions: Collisions,
    /// How what is there already is looked at.
    pub care: Care,
}

/// A sync under way, which holds the lock of the site. Dropped before [`Self::finish`], it leaves
/// the site as it was.
#[derive(Debug)]
pub struct Session {
    request: SyncRequest,
    plan: Plan,
    installed: Vec<Installed>,
    /// The wheels that are to be installed, in order of name.
    slots: Vec<Slot>,
    cache: UnpackedCache,
    placer: Placer,
    staging: RwLock<Option<Staging>>,
    _lock: SiteLock,
}

/// A wheel that is to be installed, and how far it is.
#[derive(Debug)]
struct Slot {
    wanted: Wanted,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Missing,
    Unpacked(Unpacked),
    Staged(Staged),
}

impl Session {
    /// Locks the site, finishes what an interrupted sync began, and plans. With nothing to do,
    /// nothing is written.
    ///
    /// # Errors
    /// Any [`InstallError`]; nothing is changed then.
    pub fn begin(request: SyncRequest, reporter: &dyn Reporter) -> Result<Self, InstallError> {
        let site = &request.site;
        let library = site.root(Root::Purelib);
        fs::create_dir_all(library).map_err(InstallError::write("make", library))?;
        let lock = SiteLock::take(library, || {
            reporter.report(Event::Waiting {
                folder: library.to_path_buf(),
            })
        })?;
        transaction::recover(site, reporter)?;
        let installed = scan(site)?;
        let cache = UnpackedCache::new(&request.cache, request.care);
        let found = found(site, &installed, &request.wanted, &cache);
        let plan = plan(&found, request.wanted.clone(), |name| is_spared(site, name))?;
        let install: Vec<&Wanted> = plan.install().collect();
        let slots = install
            .par_iter()
            .map(|wanted| Slot {
                wanted: (*wanted).clone(),
                state: Mutex::new(
                    cache
                        .get(&wanted.sha256)
                        .map_or(State::Missing, State::Unpacked),
                ),
            })
            .collect();
        let staging = if plan.is_empty() {
            None
        } else {
            Some(Staging::new(site)?)
        };
        let placer = Placer::new(request.link_mode);
        let staging = RwLock::new(staging);
        Ok(Self {
            plan,
            installed,
            slots,
            cache,
            placer,
            staging,
            _lock: lock,
            request,
        })
    }

    /// What will be done.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The wheels that are needed and not (or no longer whole) in the unpacked cache.
    pub fn missing(&self) -> Vec<&Wanted> {
        let is_missing = |slot: &&Slot| matches!(*slot.lock(), State::Missing);
        self.slots
            .iter()
            .filter(is_missing)
            .map(|slot| &slot.wanted)
            .collect()
    }

    /// Unpacks and stages a wheel that has arrived. Blocks: to be called from threads that may,
    /// for several wheels at once. A wheel that is not missing is left alone.
    ///
    /// # Errors
    /// [`InstallError::WrongHash`], [`InstallError::InvalidWheel`] and what else is wrong with
    /// the wheel; [`InstallError::Disk`].
    pub fn supply(
        &self,
        sha256: &Sha256Digest,
        wheel: &Path,
        hashed: Hashed,
        reporter: &dyn Reporter,
    ) -> Result<(), InstallError> {
        let slot = self
            .slots
            .iter()
            .enumerate()
            .find(|(_, slot)| slot.wanted.sha256 == *sha256);
        let Some((index, slot)) = slot else {
            return Ok(());
        };
        if !matches!(*slot.lock(), State::Missing) {
            return Ok(());
        }
        if hashed == Hashed::No {
            compare_hash(wheel, &slot.wanted)?;
        }
        let unpacked = unpack(wheel, &slot.wanted, &self.cache)?;
        let bytes = unpacked.manifest.files.iter().map(|file| file.size).sum();
        reporter.report(Event::Unpacked {
            name: slot.wanted.name.clone(),
            bytes,
        });
        let staged = self.stage(index, &slot.wanted, &unpacked, reporter)?;
        *slot.lock() = State::Staged(staged);
        Ok(())
    }

    /// Stages the rest and makes everything visible, package by package.
    ///
    /// # Errors
    /// [`InstallError::NotSupplied`], [`InstallError::Collision`], [`InstallError::InTheWay`] and
    /// others before anything is changed; [`InstallError::Disk`] at any time. A package is wholly
    /// old or wholly new then.
    pub fn finish(&self, reporter: &dyn Reporter) -> Result<SyncReport, InstallError> {
        let mut report = self.report();
        if self.plan.is_empty() {
            return Ok(report);
        }
        let staged = self.stage_rest(reporter)?;
        report.files = staged.iter().map(|staged| staged.count).sum();
        let Some((staging, planned)) = self.prepare(staged, reporter)? else {
            return Ok(report);
        };
        let (packages, events): (Vec<_>, Vec<_>) = planned.into_iter().unzip();
        transaction::commit(&self.request.site, staging, packages, |index| {
            events[index]
                .iter()
                .for_each(|event: &Event| reporter.report(event.clone()));
        })?;
        self.cache.clean();
        Ok(report)
    }

    /// Stages what is not staged yet.
    pub(super) fn stage_rest(&self, reporter: &dyn Reporter) -> Result<Vec<Staged>, InstallError> {
        self.slots
            .par_iter()
            .enumerate()
            .map(
                |(index, slot)| match std::mem::replace(&mut *slot.lock(), State::Missing) {
                    State::Staged(staged) => Ok(staged),
                    State::Unpacked(unpacked) => {
                        self.stage(index, &slot.wanted, &unpacked, reporter)
                    }
                    State::Missing => Err(InstallError::NotSupplied {
                        filename: slot.wanted.filename.clone(),
                    }),
                },
            )
            .collect()
    }

    /// The staging folder, full, and the renames that are left to do.
    pub(super) fn prepare(
        &self,
        staged: Vec<Staged>,
        reporter: &dyn Reporter,
    ) -> Result<Option<(Staging, Vec<Planned>)>, InstallError> {
        let taken = self
            .staging
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(staging) = taken else {
            return Ok(None);
        };
        let wanted = self.slots.iter().map(|slot| &slot.wanted);
        let installs = wanted
            .zip(staged)
            .map(|(wanted, staged)| Install { wanted, staged })
            .collect();
        let stager = Stager {
            site: &self.request.site,
            staging: &staging,
            placer: &self.placer,
        };
        let changes = Changes::new(stager, &self.plan, &self.installed, installs)?;
        let planned = changes.plan(self.request.collisions, reporter)?;
        Ok(Some((staging, planned)))
    }

    fn stage(
        &self,
        index: usize,
        wanted: &Wanted,
        unpacked: &Unpacked,
        reporter: &dyn Reporter,
    ) -> Result<Staged, InstallError> {
        let staging = self.staging.read().unwrap_or_else(PoisonError::into_inner);
        let Some(staging) = staging.as_ref() else {
            return Err(InstallError::NotSupplied {
                filename: wanted.filename.clone(),
            });
        };
        let stager = Stager {
            site: &self.request.site,
            staging,
            placer: &self.placer,
        };
        let staged = stager.stage(index, wanted, unpacked)?;
        reporter.report(Event::Staged {
            name: wanted.name.clone(),
            files: staged.count,
        });
        Ok(staged)
    }

    /// What the plan says, as done.
    fn report(&self) -> SyncReport {
        let mut report = SyncReport {
            removed: self.plan.remove.clone(),
            ..SyncReport::default()
        };
        for (wanted, action) in &self.plan.wanted {
            let (name, version) = (wanted.name.clone(), wanted.version.clone());
            match action {
                Action::Add => report.added.push((name, version)),
                Action::Keep => report.kept.push((name, version)),
                Action::Replace { from, .. } => {
                    report.replaced.push((name, from.join(", "), version))
                }
            }
        }
        report
    }
}

impl Slot {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn compare_hash(wheel: &Path, wanted: &Wanted) -> Result<(), InstallError> {
    let disk = || InstallError::disk("read", wheel);
    let mut file = fs::File::open(wheel).map_err(disk())?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = file.read(&mut buffer).map_err(disk())?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
    }
    let found = Sha256Digest(hasher.finalize().into());
    if found == wanted.sha256 {
        return Ok(());
    }
    Err(InstallError::WrongHash {
        filename: wanted.filename.clone(),
        wanted: wanted.sha256,
        found,
    })
}

/// A whole sync; `fetch` gives the file of a wheel that is not in the unpacked cache, and its hash
/// is verified here.
///
/// # Errors
/// Any [`InstallError`].
pub fn sync_site(
    request: SyncRequest,
    fetch: &(dyn Fn(&Wanted) -> Result<PathBuf, InstallError> + Sync),
    reporter: &dyn Reporter,
) -> Result<SyncReport, InstallError> {
    let session = Session::begin(request, reporter)?;
    session.missing().par_iter().try_for_each(|wanted| {
        session.supply(&wanted.sha256, &fetch(wanted)?, Hashed::No, reporter)
    })?;
    session.finish(reporter)
}
