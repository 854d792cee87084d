//! The staging folder: where packages are made ready, out of sight but on the site's own disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::InstallError;
use super::site::{Root, Site};

/// How the names of staging folders begin. Python imports nothing from such a name.
const PREFIX: &str = ".mochi-staging-";

/// The staging folders of a transaction: one in the library, and one more in every other root
/// that is on another disk, since nothing can be renamed across disks. Gone when dropped.
#[derive(Debug)]
pub(crate) struct Staging {
    folders: BTreeMap<Root, PathBuf>,
}

impl Staging {
    /// Makes the staging folders of a site.
    ///
    /// # Errors
    /// [`InstallError::Unwritable`], [`InstallError::Disk`].
    pub(crate) fn new(site: &Site) -> Result<Self, InstallError> {
        let library = site.root(Root::Purelib);
        fs::create_dir_all(library).map_err(InstallError::write("make", library))?;
        let main = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(library)
            .map_err(InstallError::write("make a folder in", library))?;
        let main = main.keep();
        let mut staging = Self {
            folders: BTreeMap::from([(Root::Purelib, main.clone())]),
        };
        for root in Root::ALL {
            let folder = site.root(root);
            let folder = if device(folder) == device(library) {
                main.clone()
            } else {
                let other = folder.join(main.file_name().unwrap_or_default());
                fs::create_dir_all(&other)
                    .map_err(InstallError::write("make a folder in", folder))?;
                other
            };
            staging.folders.insert(root, folder);
        }
        for folder in staging.distinct() {
            let old = folder.join("old");
            fs::create_dir_all(&old).map_err(InstallError::disk("make", &old))?;
        }
        Ok(staging)
    }

    /// The staging folders that an interrupted sync left.
    pub(crate) fn abandoned(site: &Site) -> Vec<Self> {
        let mut found: BTreeMap<std::ffi::OsString, BTreeMap<Root, PathBuf>> = BTreeMap::new();
        for root in Root::ALL {
            let entries = fs::read_dir(site.root(root))
                .into_iter()
                .flatten()
                .flatten();
            for entry in entries {
                let name = entry.file_name();
                if name.to_str().is_some_and(|name| name.starts_with(PREFIX)) {
                    found.entry(name).or_default().insert(root, entry.path());
                }
            }
        }
        found
            .into_values()
            .map(|folders| Self {
                folders: with_defaults(folders),
            })
            .collect()
    }

    /// The staging folder that serves a root.
    pub(crate) fn folder(&self, root: Root) -> &Path {
        self.folders
            .get(&root)
            .map_or_else(|| Path::new(""), PathBuf::as_path)
    }

    /// All of them by root.
    pub(crate) fn folders(&self) -> &BTreeMap<Root, PathBuf> {
        &self.folders
    }

    fn distinct(&self) -> Vec<&PathBuf> {
        let mut folders: Vec<&PathBuf> = self.folders.values().collect();
        folders.sort();
        folders.dedup();
        folders
    }

    /// Leaves the folders where they are, for the next sync to make whole what they hold.
    pub(crate) fn leave(mut self) {
        self.folders.clear();
    }
}

/// A root without a folder of its own is served by that of the library, or, if that is missing,
/// by any.
fn with_defaults(mut folders: BTreeMap<Root, PathBuf>) -> BTreeMap<Root, PathBuf> {
    let main = folders
        .get(&Root::Purelib)
        .or_else(|| folders.values().next())
        .cloned();
    if let Some(main) = main {
        for root in Root::ALL {
            folders.entry(root).or_insert_with(|| main.clone());
        }
    }
    folders
}

impl Drop for Staging {
    fn drop(&mut self) {
        for folder in self.distinct() {
            remove(folder);
        }
    }
}

/// Removes a folder with all that is in it, its inner folders in parallel. What cannot be removed
/// is left to the next sync.
fn remove(folder: &Path) {
    let inner: Vec<PathBuf> = subfolders(folder)
        .iter()
        .flat_map(|inner| subfolders(inner))
        .collect();
    inner.par_iter().for_each(|inner| {
        subfolders(inner).par_iter().for_each(|inner| {
            let _ = fs::remove_dir_all(inner);
        });
    });
    let _ = fs::remove_dir_all(folder);
}

fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.map(|entry| entry.path()).collect()
}

/// The disk that a folder is on, or will be on once it is made.
#[cfg(unix)]
fn device(folder: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    folder
        .ancestors()
        .find_map(|folder| fs::metadata(folder).ok())
        .map(|metadata| metadata.dev())
}

/// The disk that a folder is on: here, all are taken for one.
#[cfg(not(unix))]
fn device(_: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_staging_folder_is_gone_when_dropped_and_found_when_left() {
        let root = tempfile::tempdir().unwrap();
        let site = Site::folder(&root.path().join("site"), None, false).unwrap();
        let staging = Staging::new(&site).unwrap();
        let folder = staging.folder(Root::Scripts).to_path_buf();
        fs::create_dir_all(folder.join("0/l/deep/er")).unwrap();
        fs::write(folder.join("0/l/deep/er/file"), "").unwrap();
        assert_eq!(Staging::abandoned(&site).len(), 1);
        std::mem::forget(Staging::abandoned(&site));
        let left = Staging::new(&site).unwrap();
        let left_folder = left.folder(Root::Data).to_path_buf();
        left.leave();
        drop(staging);
        assert!(!folder.exists() && left_folder.is_dir());
        let abandoned = Staging::abandoned(&site);
        assert_eq!(abandoned.len(), 1);
        assert_eq!(abandoned[0].folder(Root::Headers), left_folder);
        drop(abandoned);
        assert_eq!(fs::read_dir(root.path().join("site")).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("file"), "").unwrap();
        let site = Site::folder(&root.path().join("file/site"), None, false).unwrap();
        assert!(matches!(
            Staging::new(&site),
            Err(InstallError::Disk { .. })
        ));
    }
}
