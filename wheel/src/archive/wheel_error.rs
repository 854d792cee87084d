//! What can be wrong with a wheel, beyond its being a sound archive.

use crate::entry_points::EntryPointsError;
use crate::metadata::MetadataError;
use crate::record::RecordError;
use crate::wheel_file::WheelFileError;

use super::error::ArchiveError;

/// Why a wheel was refused. Whatever the variant, the way out is the same: take the file from its
/// index again if it may have been damaged on the way, and otherwise another version or build of
/// the package; its maintainers can tell from the message what to repair.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WheelError {
    /// It is not a sound archive.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// No `.dist-info` folder.
    #[error("the wheel has no .dist-info folder")]
    NoDistInfo,
    /// More than one `.dist-info` folder.
    #[error("the wheel has several .dist-info folders, {one} and {other}")]
    SeveralDistInfo {
        /// The one.
        one: String,
        /// The other.
        other: String,
    },
    /// The `.dist-info` folder is of another project or version than the file.
    #[error("the wheel's {found} is not of {expected}, as its file name says")]
    ForeignDistInfo {
        /// The folder.
        found: String,
        /// The stem that the file name asks for.
        expected: String,
    },
    /// `METADATA`, `WHEEL` or `RECORD` is missing.
    #[error("the wheel has no {file} in its .dist-info folder")]
    Missing {
        /// The file.
        file: &'static str,
    },
    /// `METADATA` names another project or version than the file.
    #[error("METADATA says {field} {found}, the file name {expected}")]
    Disagree {
        /// `Name` or `Version`.
        field: &'static str,
        /// What `METADATA` says.
        found: String,
        /// What the file name says.
        expected: String,
    },
    /// `METADATA` cannot be parsed.
    #[error(transparent)]
    Metadata(MetadataError),
    /// `WHEEL` cannot be parsed, or is of a version that is not known (PEP 427: another major
    /// version must not be installed).
    #[error(transparent)]
    WheelFile(WheelFileError),
    /// `entry_points.txt` cannot be parsed.
    #[error(transparent)]
    EntryPoints(EntryPointsError),
    /// `RECORD` cannot be parsed.
    #[error(transparent)]
    Record(RecordError),
    /// A file and its row in `RECORD` do not fit together.
    #[error("{entry}: {fault}")]
    Recorded {
        /// The file, or the row's path.
        entry: String,
        /// What does not fit.
        fault: RecordFault,
    },
    /// A file of a `.data` folder that cannot be placed.
    #[error("{entry}: {reason}")]
    Data {
        /// The file.
        entry: String,
        /// Why not.
        reason: &'static str,
    },
    /// A program whose name would stand in for the interpreter or the installer.
    #[error("the wheel installs a program {name}, a name kept for Python's own tools")]
    ReservedProgram {
        /// The program's name.
        name: String,
    },
    /// A transfer by ranges did not give what was asked for.
    #[error("reading the wheel's metadata by ranges: {reason}")]
    Transfer {
        /// What went wrong.
        reason: &'static str,
    },
}

/// How a file and `RECORD` differ.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordFault {
    /// The file has no row.
    #[error("the file is not listed in RECORD")]
    Unlisted,
    /// The row has no file.
    #[error("RECORD lists the file, the archive does not have it")]
    Ghost,
    /// The row has no hash, and the file is none of those that have none.
    #[error("RECORD has no hash of the file")]
    NoHash,
    /// `RECORD` claims to know its own hash.
    #[error("RECORD has a hash of itself, which cannot be true")]
    OwnHash,
    /// The size differs.
    #[error("the file has {found} bytes, RECORD says {expected}")]
    Size {
        /// What `RECORD` says.
        expected: u64,
        /// What the archive has.
        found: u64,
    },
    /// The hash differs.
    #[error("the file's hash is {found}, RECORD says {expected}")]
    Hash {
        /// What `RECORD` says.
        expected: String,
        /// What the file has.
        found: String,
    },
}
