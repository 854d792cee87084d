//! The unpacked cache: each wheel unpacked once, under its digest.
//!
//! ```text
//! <cache>/unpacked-v1/<first two digits>/<sha256>/tree/…     the files of the archive
//!                                                /manifest   what they are and where they go
//! <cache>/unpacked-v1/tmp/…                                  entries in the making
//! ```
//!
//! An entry is made in `tmp` and renamed, so that it is there wholly or not at all, whoever makes
//! it and whenever that is interrupted. Sites share its files by hard links; somebody who edits an
//! installed file in place edits the entry too. So size and time of every file are compared with
//! the manifest before an entry is used, and a changed entry is made anew. Where that is not care
//! enough ([`Care::Thorough`]), the content of every file is compared.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::manifest::{Manifest, ManifestFile};
use super::{InstallError, Sha256Digest};

/// The age at which something in `tmp` is taken for left behind.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// How files that should be there are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Care {
    /// Sizes and times, and the content of what looks written to.
    #[default]
    Quick,
    /// The content of every file.
    Thorough,
}

/// The unpacked cache.
#[derive(Debug, Clone)]
pub(crate) struct UnpackedCache {
    folder: PathBuf,
    care: Care,
}

/// A wheel in the unpacked cache.
#[derive(Debug)]
pub(crate) struct Unpacked {
    pub(crate) tree: PathBuf,
    pub(crate) manifest: Manifest,
}

impl UnpackedCache {
    /// The unpacked part of the cache at `cache`.
    pub(crate) fn new(cache: &Path, care: Care) -> Self {
        Self {
            folder: cache.join("unpacked-v1"),
            care,
        }
    }

    /// How files are looked at.
    pub(crate) const fn care(&self) -> Care {
        self.care
    }

    fn entry(&self, sha256: &Sha256Digest) -> PathBuf {
        let digits = sha256.to_string();
        self.folder.join(&digits[..2]).join(digits)
    }

    /// The entry of a wheel, `None` if there is none or it is not whole any more.
    pub(crate) fn get(&self, sha256: &Sha256Digest) -> Option<Unpacked> {
        let unpacked = Unpacked {
            tree: self.entry(sha256).join("tree"),
            manifest: self.manifest(sha256)?,
        };
        unpacked.is_whole(self.care).then_some(unpacked)
    }

    /// What the entry of a wheel says of itself, whether or not it is whole.
    pub(crate) fn manifest(&self, sha256: &Sha256Digest) -> Option<Manifest> {
        fs::read_to_string(self.entry(sha256).join("manifest"))
            .ok()?
            .parse()
            .ok()
    }

    /// A folder for an entry in the making; gone when dropped.
    pub(crate) fn begin(&self) -> Result<tempfile::TempDir, InstallError> {
        let folder = self.folder.join("tmp");
        fs::create_dir_all(&folder).map_err(InstallError::disk("make", &folder))?;
        tempfile::Builder::new()
            .prefix("wheel-")
            .tempdir_in(&folder)
            .map_err(InstallError::disk("make a folder in", &folder))
    }

    /// Makes an entry of what was unpacked into `folder/tree`.
    pub(crate) fn commit(
        &self,
        sha256: &Sha256Digest,
        folder: tempfile::TempDir,
        manifest: Manifest,
    ) -> Result<Unpacked, InstallError> {
        let file = folder.path().join("manifest");
        fs::write(&file, manifest.to_string()).map_err(InstallError::disk("write", &file))?;
        let entry = self.entry(sha256);
        let parent = entry.parent().unwrap_or(&self.folder);
        fs::create_dir_all(parent).map_err(InstallError::disk("make", parent))?;
        let mut tries = 0;
        while let Err(error) = fs::rename(folder.path(), &entry) {
            // Somebody else was faster, or the entry that is there is damaged.
            if let Some(unpacked) = self.get(sha256) {
                return Ok(unpacked);
            }
            tries += 1;
            if tries > 3 || !is_occupied(&error) {
                return Err(InstallError::disk("make", entry)(error));
            }
            let aside = self.begin()?;
            let _ = fs::rename(&entry, aside.path().join("damaged"));
        }
        // It is not at its temporary place any more, and must not be cleaned away there.
        let _ = folder.keep();
        Ok(Unpacked {
            tree: entry.join("tree"),
            manifest,
        })
    }

    /// Removes what interrupted processes left in `tmp`, once a day old. Errors are left to the
    /// next time.
    pub(crate) fn clean(&self) {
        let Ok(entries) = fs::read_dir(self.folder.join("tmp")) else {
            return;
        };
        for entry in entries.flatten() {
            let modified = entry.metadata().and_then(|metadata| metadata.modified());
            let age = modified
                .ok()
                .and_then(|modified| SystemTime::now().duration_since(modified).ok());
            if age.is_some_and(|age| age > ABANDONED) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

fn is_occupied(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::DirectoryNotEmpty
            | io::ErrorKind::AlreadyExists
            | io::ErrorKind::PermissionDenied
    )
}

impl Unpacked {
    /// Whether every file has the size and the time that it was unpacked with, or its content.
    fn is_whole(&self, care: Care) -> bool {
        let tree = match (self.tree.to_str(), care) {
            (Some(tree), Care::Quick) => tree,
            _ => return self.is_whole_slowly(care),
        };
        self.manifest.files.par_chunks(512).all(|files| {
            let mut path = String::with_capacity(256);
            files.iter().all(|file| {
                path.clear();
                path.push_str(tree);
                path.push('/');
                path.push_str(&file.archive);
                is_same(file, Path::new(&path))
            })
        })
    }

    fn is_whole_slowly(&self, care: Care) -> bool {
        self.manifest.files.par_iter().all(|file| {
            let path = self.tree.join(&file.archive);
            is_same(file, &path) && (care == Care::Quick || has_content(file, &path))
        })
    }
}

fn has_content(file: &ManifestFile, path: &Path) -> bool {
    let digest = fs::read(path).map(|content| Sha256Digest(Sha256::digest(content).into()));
    digest.is_ok_and(|digest| digest == file.sha256)
}

fn is_same(file: &ManifestFile, path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| {
        metadata.is_file() && metadata.len() == file.size && modified(&metadata) == file.modified
    })
}

/// The time of modification in nanoseconds since 1970; 0 for what is not in reach of that.
pub(crate) fn modified(metadata: &fs::Metadata) -> u64 {
    let since = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since
        .and_then(|since| u64::try_from(since.as_nanos()).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::manifest::FileKind;
    use super::super::site::Root;
    use super::*;

    const DIGEST: Sha256Digest = Sha256Digest([0xab; 32]);

    fn fill(folder: &Path) -> Manifest {
        let path = folder.join("tree/a.py");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "a = 1\n").unwrap();
        let metadata = fs::metadata(&path).unwrap();
        Manifest {
            name: "a".parse().unwrap(),
            version: "1".to_owned(),
            dist_info: "a-1.dist-info".to_owned(),
            library: Root::Purelib,
            scripts: Vec::new(),
            files: vec![ManifestFile {
                root: Root::Purelib,
                kind: FileKind::Plain,
                size: metadata.len(),
                modified: modified(&metadata),
                sha256: DIGEST,
                archive: "a.py".to_owned(),
                prefix: 0,
            }],
        }
    }

    fn store(cache: &UnpackedCache) -> Unpacked {
        let folder = cache.begin().unwrap();
        let manifest = fill(folder.path());
        cache.commit(&DIGEST, folder, manifest).unwrap()
    }

    #[test]
    fn an_entry_is_there_once_it_is_committed() {
        let root = tempfile::tempdir().unwrap();
        let cache = UnpackedCache::new(root.path(), Care::Quick);
        assert!(cache.get(&DIGEST).is_none());
        let stored = store(&cache);
        assert_eq!(cache.get(&DIGEST).unwrap().manifest, stored.manifest);
        assert!(stored.tree.join("a.py").is_file());
        assert_eq!(
            fs::read_dir(root.path().join("unpacked-v1/tmp"))
                .unwrap()
                .count(),
            0
        );
    }

    #[test]
    fn the_slower_of_two_gives_way() {
        let root = tempfile::tempdir().unwrap();
        let cache = UnpackedCache::new(root.path(), Care::Quick);
        let first = store(&cache);
        let time = fs::metadata(first.tree.join("a.py"))
            .unwrap()
            .modified()
            .unwrap();
        let second = store(&cache);
        assert_eq!(
            fs::metadata(second.tree.join("a.py"))
                .unwrap()
                .modified()
                .unwrap(),
            time
        );
        assert_eq!(
            fs::read_dir(root.path().join("unpacked-v1/tmp"))
                .unwrap()
                .count(),
            0
        );
    }

    #[test]
    fn a_changed_entry_is_none_and_is_replaced() {
        let root = tempfile::tempdir().unwrap();
        let cache = UnpackedCache::new(root.path(), Care::Quick);
        for change in ["a = 2\n", "longer than before\n"] {
            let stored = store(&cache);
            std::thread::sleep(Duration::from_millis(20));
            fs::write(stored.tree.join("a.py"), change).unwrap();
            assert!(cache.get(&DIGEST).is_none(), "{change}");
            assert_eq!(
                fs::read_to_string(store(&cache).tree.join("a.py")).unwrap(),
                "a = 1\n"
            );
            assert!(cache.get(&DIGEST).is_some());
        }
        fs::remove_file(cache.get(&DIGEST).unwrap().tree.join("a.py")).unwrap();
        assert!(cache.get(&DIGEST).is_none());
        store(&cache);
        fs::write(cache.entry(&DIGEST).join("manifest"), "mochi-unpacked 1\n").unwrap();
        assert!(cache.get(&DIGEST).is_none());
    }

    #[test]
    fn only_old_leftovers_are_cleaned_away() {
        let root = tempfile::tempdir().unwrap();
        let cache = UnpackedCache::new(root.path(), Care::Quick);
        let (old, new) = (cache.begin().unwrap().keep(), cache.begin().unwrap().keep());
        let time = SystemTime::now() - ABANDONED - Duration::from_secs(60);
        fs::File::open(&old).unwrap().set_modified(time).unwrap();
        cache.clean();
        assert!(!old.exists() && new.exists());
    }
}
