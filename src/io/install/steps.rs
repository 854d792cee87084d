//! The renames that turn the old files of a package into the new ones.
//!
//! A folder that belongs to one package alone is renamed whole, however many files it has; in a
//! folder that is shared (a namespace package, `bin`, a folder with somebody's own files in it),
//! each file and each inner folder is renamed for itself. What belongs to nobody stays, except
//! the compiled files of modules that go.

use std::collections::BTreeMap;

use wheel::PackageName;

use super::InstallError;
use super::claims::Claims;
use super::journal::{Ground, PackageSteps};
use super::site::{Place, Root};
use super::walk::Walk;

/// What happens to one package.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    pub(crate) name: &'a PackageName,
    /// Its place among the packages of the transaction, for [`Claims`]; a number of its own for a
    /// package that goes.
    pub(crate) index: usize,
    /// The new files by root, sorted, without the `.dist-info`.
    pub(crate) new: BTreeMap<Root, Vec<&'a str>>,
    /// The old files that no other package has, by root, sorted.
    pub(crate) old: BTreeMap<Root, Vec<&'a str>>,
    /// Where the new `.dist-info` goes.
    pub(crate) new_info: Option<&'a Place>,
    /// The old `.dist-info` folders.
    pub(crate) old_infos: Vec<&'a Place>,
}

/// What is needed to plan the renames of a package.
#[derive(Clone, Copy)]
pub(crate) struct Planner<'a> {
    pub(crate) ground: &'a Ground<'a>,
    pub(crate) claims: &'a Claims<'a>,
    /// Says what to do with a file that belongs to no package and is in the way of one: `true`
    /// replaces it.
    pub(crate) replace_strangers: &'a (dyn Fn(&Place) -> bool + Sync),
    /// Whether a file belongs to a package that goes or is replaced.
    pub(crate) is_old: &'a (dyn Fn(&Place) -> bool + Sync),
}

/// The path in the staging folder of what a package brings.
pub(crate) fn staged_path(index: usize, root: Root, path: &str) -> String {
    let letter = match root {
        Root::Purelib => 'l',
        Root::Platlib => 'p',
        Root::Scripts => 's',
        Root::Headers => 'h',
        Root::Data => 'd',
    };
    if path.is_empty() {
        format!("{index}/{letter}")
    } else {
        format!("{index}/{letter}/{path}")
    }
}

/// The renames for one package, in this order: superfluous `.dist-info` folders go, the code and
/// everything else is put in place, and the `.dist-info` last. So a package that is new is seen
/// by its metadata only when it is whole, and one that goes is seen no more before it is broken.
/// One that is replaced always has metadata, the old or the new.
///
/// # Errors
/// [`InstallError::InTheWay`], [`InstallError::Disk`].
pub(crate) fn plan(
    planner: Planner<'_>,
    change: &Change<'_>,
) -> Result<PackageSteps, InstallError> {
    let mut walk = Walk::new(planner, change);
    let kept = walk.retire_infos();
    for root in Root::ALL {
        walk.root(root)?;
    }
    if let Some(new) = change.new_info {
        walk.place_info(new, kept);
    }
    Ok(walk.finish())
}
