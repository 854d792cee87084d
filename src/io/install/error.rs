//! What goes wrong while installing.

use std::io;
use std::path::{Path, PathBuf};

use tag_matrix::PythonVersion;
use thiserror::Error;
use wheel::PackageName;
use wheel::program::Reserved;

use super::Sha256Digest;

/// Why a sync stopped. Whatever it is, each package of the site is wholly old or wholly new.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InstallError {
    /// The disk failed, or refused.
    #[error("cannot {what} {}: {source}", path.display())]
    Disk {
        /// What was tried, as a verb.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The site may not be written to.
    #[error(
        "{} cannot be written to ({source}): choose another place with `--venv` or `--into`, or \
         change who may write there",
        folder.display()
    )]
    Unwritable {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The site is of another Python than the environment.
    #[error(
        "{} is of Python {found}, but the lock's environment is for Python {wanted}: give another \
         place, or lock for {found} too (`python-versions`)",
        place.display()
    )]
    OtherPython {
        /// The venv or the interpreter.
        place: PathBuf,
        /// Its version.
        found: PythonVersion,
        /// The version of the environment.
        wanted: PythonVersion,
    },
    /// The interpreter belongs to another package manager (PEP 668).
    #[error(
        "{} belongs to the system's package manager ({} says so): install into a venv with \
         `--venv`, or into a folder with `--into`",
        python.display(),
        marker.display()
    )]
    ExternallyManaged {
        /// The interpreter.
        python: PathBuf,
        /// The file that says so.
        marker: PathBuf,
    },
    /// The lock holds two wheels of one package for one environment.
    #[error(
        "the lock has two wheels of {name} for this environment: `mochi py lock` writes it anew"
    )]
    TwoWheels {
        /// The package.
        name: PackageName,
    },
    /// A wheel is not the one of the lock.
    #[error(
        "{filename} has the SHA-256 {found}, but the lock says {wanted}: the file was changed \
         since it was locked; if that is right, lock again"
    )]
    WrongHash {
        /// The wheel.
        filename: String,
        /// The digest of the lock.
        wanted: Sha256Digest,
        /// The digest of the file.
        found: Sha256Digest,
    },
    /// A wheel is damaged or breaks the rules.
    #[error("the wheel {filename} is not usable: {reason}")]
    InvalidWheel {
        /// The wheel.
        filename: String,
        /// What is wrong.
        reason: String,
    },
    /// A wheel was not supplied.
    #[error("the wheel {filename} was not fetched")]
    NotSupplied {
        /// The wheel.
        filename: String,
    },
    /// A script may not have this name.
    #[error("{package} brings a script named {script:?}, which is {whose}; nothing was installed")]
    ScriptName {
        /// The package.
        package: PackageName,
        /// The script.
        script: String,
        /// Whose name it is.
        whose: Reserved,
    },
    /// The scripts of a package need launchers on Windows.
    #[error(
        "{package} has the commands {scripts}, and launchers for Windows are not built yet: leave \
         {package} out, or sync on another system"
    )]
    Launchers {
        /// The package.
        package: PackageName,
        /// The commands.
        scripts: String,
    },
    /// The path of the interpreter cannot stand in the first line of a script.
    #[error(
        "the path of the interpreter, {}, has a character that no script can carry in its first \
         line: put the venv at a path without quotes, backslashes and control characters",
        python.display()
    )]
    Shebang {
        /// The interpreter.
        python: PathBuf,
    },
    /// Two packages hold the same file with different content.
    #[error(
        "{first} and {second} both bring the file {path}, with different content: leave one of \
         them out; nothing was installed"
    )]
    Collision {
        /// The package whose name comes first.
        first: PackageName,
        /// The other.
        second: PackageName,
        /// The file, relative to `site-packages`.
        path: String,
    },
    /// Something that belongs to no package stands where a file must go.
    #[error(
        "{} is in the way of {package} and belongs to no installed package: move it away",
        path.display()
    )]
    InTheWay {
        /// The package.
        package: PackageName,
        /// The file or folder.
        path: PathBuf,
    },
    /// An installed package does not say what it consists of.
    #[error(
        "{name} was installed{} in a way that cannot be undone ({} {why}): remove it by hand",
        installer.as_ref().map_or_else(String::new, |installer| format!(" by {installer}")),
        path.display()
    )]
    CannotRemove {
        /// The package, as spelled.
        name: String,
        /// Who installed it, if it says so.
        installer: Option<String>,
        /// Its `.dist-info` or `.egg-info`.
        path: PathBuf,
        /// What is missing.
        why: &'static str,
    },
    /// An installed `RECORD` names a file that is none of the package's business.
    #[error(
        "the RECORD of {name} names {row:?}, which is {why}: nothing was removed; remove {} by hand",
        path.display()
    )]
    HostileRecord {
        /// The package, as spelled.
        name: String,
        /// Its `.dist-info`.
        path: PathBuf,
        /// The path in the row.
        row: String,
        /// Why it is refused.
        why: String,
    },
    /// What an interrupted sync left cannot be made whole.
    #[error(
        "an interrupted sync left {} and it cannot be finished ({reason}): remove that folder and \
         run the command again",
        folder.display()
    )]
    Recovery {
        /// The staging folder.
        folder: PathBuf,
        /// What is in the way.
        reason: String,
    },
    /// Byte-compilation failed to start or ended early.
    #[error("{} could not compile the installed files: {detail}", python.display())]
    Compile {
        /// The interpreter.
        python: PathBuf,
        /// What it said.
        detail: String,
    },
}

impl InstallError {
    /// Makes a [`Self::Disk`] of what the system said; for `map_err`.
    pub(crate) fn disk(
        what: &'static str,
        path: impl AsRef<Path>,
    ) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Disk {
            what,
            path: path.as_ref().to_path_buf(),
            source,
        }
    }

    /// The same for a folder that is to be written to.
    pub(crate) fn write(what: &'static str, folder: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| {
            let folder = folder.to_path_buf();
            match source.kind() {
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    Self::Unwritable { folder, source }
                }
                _ => Self::Disk {
                    what,
                    path: folder,
                    source,
                },
            }
        }
    }

    /// Whether the outside failed (exit code 3) rather than the request (1) or a file (2).
    pub fn is_disk(&self) -> bool {
        matches!(
            self,
            Self::Disk { .. }
                | Self::Unwritable { .. }
                | Self::Recovery { .. }
                | Self::Compile { .. }
        )
    }

    /// Whether a file is invalid (exit code 2).
    pub fn is_invalid_file(&self) -> bool {
        matches!(
            self,
            Self::InvalidWheel { .. } | Self::TwoWheels { .. } | Self::ScriptName { .. }
        )
    }
}
