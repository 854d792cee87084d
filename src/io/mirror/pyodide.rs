//! Where the lock that Pyodide loads is plugged in.

use crate::error::Failure;
use resolver::Lock;
use std::path::PathBuf;
use tag_matrix::Environment;

/// What a `pyodide-lock.json` of a mirror is made of.
pub struct PyodideRequest<'a> {
    /// The lock.
    pub lock: &'a Lock,
    /// The environment, which is one of Pyodide.
    pub environment: &'a Environment,
    /// The `file_name` of a file, by its SHA-256: relative to the folder of the
    /// `pyodide-lock.json`.
    pub file_name: &'a dyn Fn(&str) -> Option<String>,
    /// The file itself on this machine, by its SHA-256.
    pub file: &'a dyn Fn(&str) -> Option<PathBuf>,
}

/// Makes the `pyodide-lock.json` of an environment.
pub trait PyodideLocks {
    /// Its text; `None` where none is made.
    ///
    /// # Errors
    /// It cannot be made.
    fn pyodide_lock_for(&self, request: &PyodideRequest<'_>) -> Result<Option<String>, Failure>;
}
