//! What a Python says of itself.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tag_matrix::PythonVersion;

use super::{HostError, Platform, Scheme};

/// A Python interpreter, as it answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interpreter {
    /// `sys.executable`.
    pub executable: PathBuf,
    /// `sys.version_info[:3]`.
    pub version: (u32, u32, u32),
    /// Whether it runs without the GIL (PEP 703).
    pub freethreaded: bool,
    /// `sys.implementation.name`: `cpython`.
    pub implementation: String,
    /// `sys.prefix`.
    pub prefix: PathBuf,
    /// `sys.base_prefix`: differs from `prefix` in a venv.
    pub base_prefix: PathBuf,
    /// The folder of the standard library.
    pub stdlib: PathBuf,
    /// Where packages go.
    pub scheme: Scheme,
    /// What it runs on.
    pub platform: Platform,
}

impl Interpreter {
    /// Its version, with patch.
    pub fn python(&self) -> PythonVersion {
        let (major, minor, patch) = self.version;
        PythonVersion {
            patch: Some(patch),
            freethreaded: self.freethreaded,
            ..PythonVersion::new(major, minor)
        }
    }

    /// Whether it is of this minor and of this kind of build; a patch that is asked for is not
    /// compared.
    pub fn is_of(&self, python: PythonVersion) -> bool {
        self.python().minor_only() == python.minor_only()
    }

    /// Whether it belongs to a venv.
    pub fn is_venv(&self) -> bool {
        self.prefix != self.base_prefix
    }

    /// The file that says that another package manager owns this installation (PEP 668), where
    /// there is one.
    pub fn externally_managed(&self) -> Option<PathBuf> {
        let marker = self.stdlib.join("EXTERNALLY-MANAGED");
        (!self.is_venv() && marker.is_file()).then_some(marker)
    }

    /// The same interpreter if it is CPython.
    ///
    /// # Errors
    /// [`HostError::NotCPython`].
    pub fn cpython(self) -> Result<Self, HostError> {
        if self.implementation == "cpython" {
            return Ok(self);
        }
        Err(HostError::NotCPython {
            executable: self.executable,
            implementation: self.implementation,
        })
    }
}
