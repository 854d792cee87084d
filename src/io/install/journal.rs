//! The renames of a transaction, as they are written down before the first is done.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::site::{Root, Site};

/// The name of the journal in the staging folder.
pub(crate) const JOURNAL: &str = "journal.json";

/// Where something stands: in the site, or in the staging folder that serves the root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Spot {
    Site(Root, String),
    Staged(Root, String),
}

/// One rename.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) from: Spot,
    pub(crate) to: Spot,
    /// Set where something is at `to` that changes places with `from`: a spot in the staging
    /// folder, for file systems that cannot do that at once.
    pub(crate) aside: Option<Spot>,
    /// The inode of what moves to `to`, where the system has such numbers: by it, a step that was
    /// done is known from one that was not.
    pub(crate) inode: Option<u64>,
}

/// What is done for one package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PackageSteps {
    pub(crate) name: String,
    pub(crate) steps: Vec<Step>,
    /// Folders to remove in the end if they are empty, inner ones first.
    pub(crate) prune: Vec<Spot>,
}

/// All of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Journal {
    pub(crate) version: u32,
    pub(crate) packages: Vec<PackageSteps>,
}

/// Turns spots into paths.
#[derive(Debug, Clone)]
pub(crate) struct Ground<'a> {
    pub(crate) site: &'a Site,
    /// The staging folder of each root.
    pub(crate) staging: &'a BTreeMap<Root, PathBuf>,
}

impl Ground<'_> {
    pub(crate) fn path(&self, spot: &Spot) -> PathBuf {
        match spot {
            Spot::Site(root, path) => self.site.root(*root).join(path),
            Spot::Staged(root, path) => self
                .staging
                .get(root)
                .map_or_else(PathBuf::new, |folder| folder.join(path)),
        }
    }
}

impl Step {
    /// Whether it has been done.
    pub(crate) fn is_done(&self, ground: &Ground<'_>) -> bool {
        let (from, to) = (ground.path(&self.from), ground.path(&self.to));
        match (&self.from, self.inode) {
            (Spot::Staged(..), Some(inode)) => inode_of(&from) != Some(inode),
            (Spot::Site(..), Some(inode)) => inode_of(&to) == Some(inode),
            (Spot::Staged(..), None) => !exists(&from),
            (Spot::Site(..), None) => exists(&to),
        }
    }

    /// Whether it has been done, wholly or in part.
    pub(crate) fn is_begun(&self, ground: &Ground<'_>) -> bool {
        self.is_done(ground)
            || self
                .aside
                .as_ref()
                .is_some_and(|aside| exists(&ground.path(aside)))
    }

    /// Does it. Doing again what was half done finishes it.
    pub(crate) fn apply(&self, ground: &Ground<'_>) -> io::Result<()> {
        let (from, to) = (ground.path(&self.from), ground.path(&self.to));
        if let Some(aside) = &self.aside {
            if exists(&to) {
                return swap(&from, &to, &ground.path(aside));
            }
            return rename_into(&from, &to);
        }
        // What was to go away may have gone with another package's step, and something else may
        // stand there by now.
        let gone = || inode_of(&from) != self.inode || !exists(&from);
        if matches!(self.from, Spot::Site(..)) && gone() {
            return Ok(());
        }
        rename_into(&from, &to)
    }

    /// Undoes it.
    pub(crate) fn revert(&self, ground: &Ground<'_>) -> io::Result<()> {
        let (from, to) = (ground.path(&self.from), ground.path(&self.to));
        let aside = self.aside.as_ref().map(|aside| ground.path(aside));
        match aside {
            Some(aside) if exists(&aside) => {
                fs::rename(&to, &from)?;
                fs::rename(&aside, &to)
            }
            Some(aside) if exists(&from) => swap(&from, &to, &aside),
            _ if !exists(&to) => Ok(()),
            _ => fs::rename(&to, &from),
        }
    }
}

/// Renames, making the folders above `to` when they are not there.
fn rename_into(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && exists(from) => {
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::rename(from, to)
        }
        result => result,
    }
}

/// Lets two things change places, at once if the file system can.
fn swap(from: &Path, to: &Path, aside: &Path) -> io::Result<()> {
    if exchange(from, to)? {
        return Ok(());
    }
    rename_into(to, aside)?;
    fs::rename(from, to)
}

/// `false` where the system or the file system knows no such thing.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exchange(from: &Path, to: &Path) -> io::Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, from, CWD, to, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP | Errno::PERM) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn exchange(_: &Path, _: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Whether something has this name, even a link to nowhere.
pub(crate) fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// The inode of what has this name.
#[cfg(unix)]
pub(crate) fn inode_of(path: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    fs::symlink_metadata(path)
        .ok()
        .map(|metadata| metadata.ino())
}

/// The inode of what has this name.
#[cfg(not(unix))]
pub(crate) fn inode_of(_: &Path) -> Option<u64> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    struct World {
        _root: tempfile::TempDir,
        site: Site,
        staging: BTreeMap<Root, PathBuf>,
    }

    impl World {
        fn new() -> Self {
            let root = tempfile::tempdir().unwrap();
            let site = Site::folder(root.path(), None, false).unwrap();
            let staging = root.path().join("staging");
            fs::create_dir_all(staging.join("old")).unwrap();
            Self {
                site,
                staging: BTreeMap::from([(Root::Purelib, staging)]),
                _root: root,
            }
        }

        fn ground(&self) -> Ground<'_> {
            Ground {
                site: &self.site,
                staging: &self.staging,
            }
        }

        fn put(&self, spot: &Spot, content: &str) {
            let path = self.ground().path(spot);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }

        fn get(&self, spot: &Spot) -> Option<String> {
            fs::read_to_string(self.ground().path(spot)).ok()
        }

        fn inode(&self, spot: &Spot) -> Option<u64> {
            inode_of(&self.ground().path(spot))
        }
    }

    fn site(path: &str) -> Spot {
        Spot::Site(Root::Purelib, path.to_owned())
    }

    fn staged(path: &str) -> Spot {
        Spot::Staged(Root::Purelib, path.to_owned())
    }

    #[test]
    fn a_move_makes_the_folders_above_and_can_be_undone() {
        let world = World::new();
        world.put(&staged("new"), "new");
        let step = Step {
            from: staged("new"),
            to: site("a/b/c"),
            aside: None,
            inode: world.inode(&staged("new")),
        };
        let ground = world.ground();
        assert!(!step.is_done(&ground));
        step.apply(&ground).unwrap();
        assert!(step.is_done(&ground));
        assert_eq!(world.get(&site("a/b/c")).as_deref(), Some("new"));
        step.revert(&ground).unwrap();
        assert!(!step.is_done(&ground));
        assert_eq!(world.get(&site("a/b/c")), None);
    }

    #[test]
    fn a_swap_is_done_at_once_or_in_two_and_can_be_undone() {
        for at_once in [true, false] {
            let world = World::new();
            world.put(&staged("new"), "new");
            world.put(&site("x"), "old");
            let inode = world.inode(&staged("new"));
            let step = Step {
                from: staged("new"),
                to: site("x"),
                aside: Some(staged("old/0")),
                inode,
            };
            let ground = world.ground();
            assert!(!step.is_done(&ground));
            if at_once {
                step.apply(&ground).unwrap();
            } else {
                // What is left of the two renames after a kill between them.
                fs::rename(ground.path(&site("x")), ground.path(&staged("old/0"))).unwrap();
                assert!(!step.is_done(&ground) && step.is_begun(&ground));
                step.apply(&ground).unwrap();
            }
            assert!(step.is_done(&ground));
            assert_eq!(world.get(&site("x")).as_deref(), Some("new"));
            step.revert(&ground).unwrap();
            assert_eq!(world.get(&site("x")).as_deref(), Some("old"));
            assert_eq!(world.get(&staged("new")).as_deref(), Some("new"));
            assert!(!step.is_done(&ground));
        }
    }

    #[test]
    fn what_goes_away_may_be_gone() {
        let world = World::new();
        world.put(&site("x"), "old");
        let step = Step {
            from: site("x"),
            to: staged("old/0"),
            aside: None,
            inode: world.inode(&site("x")),
        };
        let ground = world.ground();
        assert!(!step.is_done(&ground));
        step.apply(&ground).unwrap();
        assert!(step.is_done(&ground) && world.get(&site("x")).is_none());
        step.revert(&ground).unwrap();
        fs::remove_file(ground.path(&site("x"))).unwrap();
        step.apply(&ground).unwrap();
        step.revert(&ground).unwrap();
    }

    #[test]
    fn a_journal_round_trips() {
        let journal = Journal {
            version: 1,
            packages: vec![PackageSteps {
                name: "a".into(),
                steps: vec![
                    Step {
                        from: staged("0/a"),
                        to: site("a"),
                        aside: Some(staged("old/0")),
                        inode: Some(u64::MAX),
                    },
                    Step {
                        from: site("b"),
                        to: staged("old/1"),
                        aside: None,
                        inode: None,
                    },
                ],
                prune: vec![site("c")],
            }],
        };
        let text = serde_json::to_string(&journal).unwrap();
        assert_eq!(serde_json::from_str::<Journal>(&text).unwrap(), journal);
    }
}
