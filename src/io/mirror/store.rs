//! Where a mirror lies: a folder, and what is as good as one.

use crate::io::files::FileError;
use mirror::{Due, Record, due};
use std::any::Any;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// What tells one state of a file from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag(pub String);

/// A small file as it was read.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its state.
    pub tag: Tag,
}

/// On what condition a file is written.
#[derive(Debug, Clone, Copy)]
pub enum When<'a> {
    /// Whatever is there.
    Always,
    /// Nothing is there.
    New,
    /// What is there was read so.
    Unchanged(&'a Tag),
}

/// Why a store is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Files are brought: many may at once.
    Bring,
    /// Files are removed: nobody may do anything else.
    Remove,
    /// The record and the pages are written: one at a time.
    Publish,
}

/// A file of a store as one of this machine.
#[derive(Debug)]
pub struct Local {
    path: PathBuf,
    _temporary: Option<TempPath>,
}

impl Local {
    /// A file that the store itself has on this machine.
    #[must_use]
    pub const fn own(path: PathBuf) -> Self {
        Self {
            path,
            _temporary: None,
        }
    }

    /// A copy, gone when this is dropped.
    #[must_use]
    pub fn copy(path: TempPath) -> Self {
        Self {
            path: path.to_path_buf(),
            _temporary: Some(path),
        }
    }
}

impl std::ops::Deref for Local {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

/// Where a mirror lies. Paths are those of [`mirror::layout`]. Calls block: they are made outside
/// of the asynchronous part, or on threads that may.
pub trait Store: Send + Sync {
    /// How messages call a path; the empty one is the mirror.
    fn shown(&self, path: &str) -> String;

    /// Makes what has to be there before anything is written.
    ///
    /// # Errors
    /// It cannot be made.
    fn make(&self) -> Result<(), FileError>;

    /// Whether anything is there.
    fn exists(&self) -> bool;

    /// Whether what is there is a folder, or as good as one.
    fn is_folder(&self) -> bool;

    /// Whether a mirror was begun here that may have no record yet; known after a
    /// [`list`](Self::list).
    fn begun(&self) -> bool;

    /// Every file of a mirror but its record, by path.
    fn due(&self, record: &Record) -> BTreeMap<String, Due> {
        due(record)
    }

    /// All files but those in the making, with their sizes.
    ///
    /// # Errors
    /// The store cannot be read.
    fn list(&self) -> Result<BTreeMap<String, u64>, FileError>;

    /// A small file; `None` where there is none.
    ///
    /// # Errors
    /// It is there and cannot be read.
    fn read(&self, path: &str) -> Result<Option<Stored>, FileError>;

    /// Writes a small file, whole or not at all; false where the condition does not hold.
    ///
    /// # Errors
    /// It cannot be written.
    fn write(&self, path: &str, bytes: &[u8], when: When<'_>) -> Result<bool, FileError>;

    /// Makes a finished file of [`scratch`](Self::scratch) the one at a path; it is gone there.
    ///
    /// # Errors
    /// It cannot be moved.
    fn put(&self, file: &Path, path: &str) -> Result<(), FileError>;

    /// A file, to be read on this machine; `None` where there is none.
    ///
    /// # Errors
    /// It cannot be read.
    fn local(&self, path: &str) -> Result<Option<Local>, FileError>;

    /// Removes a file, if it is there.
    ///
    /// # Errors
    /// It cannot be removed.
    fn delete(&self, path: &str) -> Result<(), FileError>;

    /// A folder of this machine for files in the making. They are kept between runs.
    fn scratch(&self) -> &Path;

    /// Keeps others away until the value is dropped; `waiting` is called before a wait. A store
    /// that cannot do this has [`When`] alone.
    ///
    /// # Errors
    /// The lock cannot be had.
    fn hold(&self, why: Hold, waiting: &dyn Fn()) -> Result<Box<dyn Any + Send>, FileError>;
}
