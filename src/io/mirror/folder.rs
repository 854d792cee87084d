//! A mirror in a folder.

use super::store::{Hold, Local, Store, Stored, Tag, When};
use crate::io::cache::hex_sha256;
use crate::io::files::FileError;
use mirror::layout::SCRATCH;
use std::any::Any;
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A folder.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    shown: PathBuf,
    scratch: PathBuf,
}

impl Folder {
    /// The mirror at `root`, which need not be there; messages call it `shown`.
    #[must_use]
    pub fn new(root: PathBuf, shown: PathBuf) -> Self {
        let scratch = root.join(SCRATCH);
        Self {
            root,
            shown,
            scratch,
        }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn fail(&self, action: &'static str, path: &str) -> impl Fn(io::Error) -> FileError {
        let shown = self.shown.join(path);
        move |error| FileError::new(action, &shown, error)
    }

    fn walk(&self, folder: &str, found: &mut BTreeMap<String, u64>) -> Result<(), FileError> {
        let fail = self.fail("read", folder);
        let entries = match fs::read_dir(self.at(folder)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(&fail)?,
        };
        for entry in entries {
            let entry = entry.map_err(&fail)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = match folder {
                "" if name == SCRATCH => continue,
                "" => name,
                _ => format!("{folder}/{name}"),
            };
            // Links are not followed: what one leads to is not the mirror's.
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => self.walk(&path, found)?,
                Ok(metadata) => {
                    found.insert(path, metadata.len());
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(fail(error)),
            }
        }
        Ok(())
    }

    fn make_parent(&self, path: &str) -> Result<(), FileError> {
        let target = self.at(path);
        let parent = target.parent().unwrap_or(&self.root);
        fs::create_dir_all(parent).map_err(self.fail("write", path))
    }

    fn lock_file(&self, name: &str) -> Result<File, FileError> {
        let path = self.scratch.join(name);
        let mut options = File::options();
        options.create(true).truncate(false).write(true).read(true);
        let opened = options.open(&path).or_else(|error| {
            // Who only looks may look at what cannot be written to.
            File::open(&path).map_err(|_| error)
        });
        opened.map_err(|error| FileError::new("open", &path, error))
    }
}

impl Store for Folder {
    fn shown(&self, path: &str) -> String {
        // Joining nothing would add a slash.
        match path {
            "" => self.shown.display().to_string(),
            _ => self.shown.join(path).display().to_string(),
        }
    }

    fn make(&self) -> Result<(), FileError> {
        fs::create_dir_all(&self.scratch)
            .map_err(|error| FileError::new("make", &self.scratch, error))
    }

    fn exists(&self) -> bool {
        self.root.exists()
    }

    fn is_folder(&self) -> bool {
        self.root.is_dir()
    }

    fn begun(&self) -> bool {
        self.scratch.is_dir()
    }

    fn list(&self) -> Result<BTreeMap<String, u64>, FileError> {
        let mut found = BTreeMap::new();
        self.walk("", &mut found)?;
        Ok(found)
    }

    fn read(&self, path: &str) -> Result<Option<Stored>, FileError> {
        match fs::read(self.at(path)) {
            Ok(bytes) => {
                let tag = Tag(hex_sha256(&bytes));
                Ok(Some(Stored { bytes, tag }))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.fail("read", path)(error)),
        }
    }

    fn write(&self, path: &str, bytes: &[u8], when: When<'_>) -> Result<bool, FileError> {
        let there = match when {
            When::Always => None,
            _ => self.read(path)?,
        };
        let holds = match when {
            When::Always => true,
            When::New => there.is_none(),
            When::Unchanged(tag) => there.is_some_and(|there| there.tag == *tag),
        };
        if holds {
            self.make_parent(path)?;
            // Beside the others in the making, so that no killed run leaves anything else behind.
            let fail = self.fail("write", path);
            let mut temporary = tempfile::Builder::new()
                .prefix("page-")
                .tempfile_in(&self.scratch)
                .map_err(&fail)?;
            temporary.write_all(bytes).map_err(&fail)?;
            readable(temporary.path()).map_err(&fail)?;
            let placed = temporary.persist(self.at(path));
            placed.map_err(|error| fail(error.error))?;
        }
        Ok(holds)
    }

    fn put(&self, file: &Path, path: &str) -> Result<(), FileError> {
        self.make_parent(path)?;
        readable(file).map_err(self.fail("write", path))?;
        fs::rename(file, self.at(path)).map_err(self.fail("write", path))
    }

    fn local(&self, path: &str) -> Result<Option<Local>, FileError> {
        let path = self.at(path);
        Ok(path.is_file().then(|| Local::own(path)))
    }

    fn delete(&self, path: &str) -> Result<(), FileError> {
        let target = self.at(path);
        match fs::remove_file(&target) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(self.fail("remove", path)(error));
            }
            _ => {}
        }
        // Folders go with their last file.
        let above = target.ancestors().skip(1);
        for folder in above.take_while(|folder| **folder != *self.root) {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }

    fn scratch(&self) -> &Path {
        &self.scratch
    }

    fn hold(&self, why: Hold, waiting: &dyn Fn()) -> Result<Box<dyn Any + Send>, FileError> {
        let name = match why {
            Hold::Bring | Hold::Remove => "use.lock",
            Hold::Publish => "record.lock",
        };
        let file = self.lock_file(name)?;
        let path = self.scratch.join(name);
        let shared = why == Hold::Bring;
        let tried = if shared {
            file.try_lock_shared()
        } else {
            file.try_lock()
        };
        let locked = match tried {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => {
                waiting();
                if shared {
                    file.lock_shared()
                } else {
                    file.lock()
                }
            }
            // Some network file systems have no locks: what is written is whole all the same.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
            Err(TryLockError::Error(error)) => Err(error),
        };
        locked.map_err(|error| FileError::new("lock", &path, error))?;
        Ok(Box::new(file))
    }
}

/// Lets everybody read a file: temporary ones are private, and a web server is another user.
fn readable(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o644))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
