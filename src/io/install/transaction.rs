//! Making what is staged visible, package by package, and finishing what was interrupted.
//!
//! All renames of a transaction are written down before the first is done. A package is a handful
//! of renames that follow each other at once; whoever is killed between two of them leaves a
//! journal by which the next sync finishes that package, before it does anything else. Packages
//! that were not begun are forgotten: the new sync has its own plan for them.
//!
//! Nothing is flushed to the disk on purpose. A kill loses nothing that was written; after a power
//! failure, `sync --check` tells what is missing, and `sync` repairs what has lost its size.

use std::fs;
use std::path::Path;

use wheel::PackageName;

use super::InstallError;
use super::journal::{Ground, JOURNAL, Journal, PackageSteps, Spot};
use super::report::{Event, Reporter};
use super::site::{Root, Site};
use super::staging::Staging;

const VERSION: u32 = 1;

/// Does all renames of `packages`; `done` is called after each package.
///
/// # Errors
/// [`InstallError::Disk`]. The package that failed is as it was before; those before it are new,
/// those after it old.
pub(crate) fn commit(
    site: &Site,
    staging: Staging,
    packages: Vec<PackageSteps>,
    mut done: impl FnMut(usize),
) -> Result<(), InstallError> {
    let file = staging.folder(Root::Purelib).join(JOURNAL);
    let journal = Journal {
        version: VERSION,
        packages,
    };
    write(&journal, &file)?;
    let ground = Ground {
        site,
        staging: staging.folders(),
    };
    for (index, package) in journal.packages.iter().enumerate() {
        if let Err(failure) = apply(package, 0, &ground) {
            let undone = package.steps[..failure.step]
                .iter()
                .rev()
                .try_for_each(|step| step.revert(&ground));
            if undone.is_ok() {
                let _ = fs::remove_file(&file);
            } else {
                staging.leave();
            }
            return Err(failure.error);
        }
        prune(package, &ground);
        done(index);
    }
    // From here on the staging folder only holds what is to be thrown away.
    fs::remove_file(&file).map_err(InstallError::disk("remove", &file))
}

fn write(journal: &Journal, file: &Path) -> Result<(), InstallError> {
    let temporary = file.with_extension("new");
    let text = serde_json::to_vec(journal)
        .map_err(|error| InstallError::disk("write", file)(error.into()))?;
    fs::write(&temporary, text).map_err(InstallError::disk("write", &temporary))?;
    fs::rename(&temporary, file).map_err(InstallError::disk("write", file))
}

struct Failure {
    step: usize,
    error: InstallError,
}

/// Does the steps of a package from `first` on.
fn apply(package: &PackageSteps, first: usize, ground: &Ground<'_>) -> Result<(), Failure> {
    for (index, step) in package.steps.iter().enumerate().skip(first) {
        step.apply(ground).map_err(|error| Failure {
            step: index,
            error: InstallError::disk("replace", ground.path(&step.to))(error),
        })?;
    }
    Ok(())
}

fn prune(package: &PackageSteps, ground: &Ground<'_>) {
    for spot in &package.prune {
        let folder = ground.path(spot);
        // Fails, as it should, for a folder that holds something.
        let removed = fs::remove_dir(&folder).is_ok();
        // The folder of headers in a venv is `include/site/python3.N`.
        if removed
            && *spot == Spot::Site(Root::Headers, String::new())
            && let Some(above) = folder.parent().filter(|above| above.ends_with("site"))
        {
            let _ = fs::remove_dir(above);
        }
    }
}

/// Finishes what an interrupted sync began, and removes what it left.
///
/// # Errors
/// [`InstallError::Recovery`].
pub(crate) fn recover(site: &Site, reporter: &dyn Reporter) -> Result<(), InstallError> {
    let mut abandoned = Staging::abandoned(site).into_iter();
    let result = abandoned.by_ref().try_for_each(|staging| {
        let folder = staging.folder(Root::Purelib).to_path_buf();
        let ground = Ground {
            site,
            staging: staging.folders(),
        };
        finish_all(&folder.join(JOURNAL), &ground, reporter).map_err(|reason| {
            staging.leave();
            InstallError::Recovery { folder, reason }
        })
    });
    // After a failure, what is left is left alone, not dropped.
    abandoned.for_each(Staging::leave);
    result
}

fn finish_all(file: &Path, ground: &Ground<'_>, reporter: &dyn Reporter) -> Result<(), String> {
    let Some(journal) = read(file)? else {
        return Ok(());
    };
    journal.packages.iter().try_for_each(|package| {
        finish(package, ground, reporter).map_err(|failure| failure.error.to_string())
    })
}

/// `None` where there is no journal, or none that was finished: then nothing was begun.
fn read(file: &Path) -> Result<Option<Journal>, String> {
    let Ok(text) = fs::read(file) else {
        return Ok(None);
    };
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(&text) else {
        return Ok(None);
    };
    if value["version"] != VERSION {
        return Err("another version of mochi made it".to_owned());
    }
    let journal: Journal = serde_json::from_value(value).map_err(|error| error.to_string())?;
    let strange = journal
        .packages
        .iter()
        .flat_map(spots)
        .find(|spot| !is_inside(spot));
    match strange {
        Some(spot) => Err(format!("its journal names {spot:?}")),
        None => Ok(Some(journal)),
    }
}

fn spots(package: &PackageSteps) -> impl Iterator<Item = &Spot> {
    let steps = package.steps.iter().flat_map(|step| {
        [Some(&step.from), Some(&step.to), step.aside.as_ref()]
            .into_iter()
            .flatten()
    });
    // A root itself may be pruned.
    let is_root = |spot: &&Spot| matches!(spot, Spot::Site(_, path) if path.is_empty());
    steps.chain(package.prune.iter().filter(move |spot| !is_root(spot)))
}

fn is_inside(spot: &Spot) -> bool {
    let (Spot::Site(_, path) | Spot::Staged(_, path)) = spot;
    path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

fn finish(
    package: &PackageSteps,
    ground: &Ground<'_>,
    reporter: &dyn Reporter,
) -> Result<(), Failure> {
    let Some(last) = package.steps.iter().rposition(|step| step.is_begun(ground)) else {
        return Ok(());
    };
    let first = if package.steps[last].is_done(ground) {
        last + 1
    } else {
        last
    };
    if first < package.steps.len() {
        apply(package, first, ground)?;
        if let Ok(name) = package.name.parse::<PackageName>() {
            reporter.report(Event::Recovered { name });
        }
    }
    prune(package, ground);
    Ok(())
}

/// Does the first `most` renames and stops as if killed; whether these were all.
#[cfg(test)]
pub(crate) fn commit_in_part(
    site: &Site,
    staging: Staging,
    packages: Vec<PackageSteps>,
    most: usize,
) -> bool {
    let journal = Journal {
        version: VERSION,
        packages,
    };
    write(&journal, &staging.folder(Root::Purelib).join(JOURNAL)).unwrap();
    let ground = Ground {
        site,
        staging: staging.folders(),
    };
    let steps: Vec<&super::journal::Step> = journal
        .packages
        .iter()
        .flat_map(|package| &package.steps)
        .collect();
    steps
        .iter()
        .take(most)
        .for_each(|step| step.apply(&ground).unwrap());
    staging.leave();
    most >= steps.len()
}
