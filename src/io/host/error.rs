//! What goes wrong with the Pythons of the machine.

use std::io;
use std::path::PathBuf;

use tag_matrix::PythonVersion;
use thiserror::Error;

/// Why a Python or a venv cannot be used.
#[derive(Debug, Error)]
pub enum HostError {
    /// The file could not be started.
    #[error("cannot start {}: {source}", executable.display())]
    NotStarted {
        /// The file.
        executable: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It started and failed, or did not answer in time.
    #[error("{} is no usable Python: {detail}", executable.display())]
    NoAnswer {
        /// The file.
        executable: PathBuf,
        /// Its exit status and the end of what it printed.
        detail: String,
    },
    /// A Python that is not CPython.
    #[error(
        "{} is {implementation}, not CPython: give a CPython with `--python`",
        executable.display()
    )]
    NotCPython {
        /// The file.
        executable: PathBuf,
        /// What it says it is.
        implementation: String,
    },
    /// No interpreter of the minor was found anywhere.
    #[error(
        "no CPython {wanted} on this machine: looked {places}; install it, or give one with \
         `--python`"
    )]
    NoInterpreter {
        /// The minor that is needed.
        wanted: PythonVersion,
        /// Where it was looked for, and what was found instead, in words.
        places: String,
    },
    /// The folder is there and is no venv.
    #[error(
        "{} is there and is not a venv (it has no `pyvenv.cfg`): give another folder, or \
         use `--into` to fill a plain one",
        folder.display()
    )]
    NotAVenv {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder is a venv whose parts do not fit together any more.
    #[error("the venv {} is broken: {reason}; remove it and run the command again", folder.display())]
    BrokenVenv {
        /// The folder.
        folder: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// `python -m venv` failed; what it had made is gone again.
    #[error("{} could not make the venv {}: {detail}", python.display(), folder.display())]
    VenvNotMade {
        /// The interpreter.
        python: PathBuf,
        /// The folder.
        folder: PathBuf,
        /// The end of what it printed.
        detail: String,
    },
    /// The disk failed.
    #[error("cannot {what} {}: {source}", path.display())]
    Disk {
        /// What was tried, as a verb.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl HostError {
    /// Whether the outside failed (exit code 3) rather than the request (1).
    pub fn is_disk(&self) -> bool {
        matches!(self, Self::Disk { .. } | Self::VenvNotMade { .. })
    }

    pub(crate) fn disk(
        what: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Disk { what, path, source }
    }
}
