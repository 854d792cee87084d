//! What can be wrong with a source distribution and its file name.

use crate::archive::ArchiveError;
use crate::metadata::MetadataError;
use crate::name::NameError;

/// Why a text is not the file name of a source distribution.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SdistFilenameError {
    /// Another ending, or no `-`.
    #[error(
        "{filename} is not the file name of a source distribution: it must be `name-version.tar.gz`"
    )]
    Shape {
        /// The text, quoted.
        filename: String,
    },
    /// The name part is no name.
    #[error("{filename} is not the file name of a source distribution: {source}")]
    Name {
        /// The text, quoted.
        filename: String,
        /// What is wrong.
        source: NameError,
    },
    /// The version part is no version (PEP 440).
    #[error(
        "{filename} is not the file name of a source distribution: {version} is no PEP 440 version; write one such as `1.0`"
    )]
    Version {
        /// The text, quoted.
        filename: String,
        /// The version part, quoted.
        version: String,
    },
}

/// Why a source distribution was refused, or not written. Every entry is named as it stands in the
/// archive, escaped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SdistError {
    /// A name, two that clash, or a cap: the rules that wheels have too.
    #[error("{0}; rename or leave out the file, or take another version of the package")]
    Archive(#[from] ArchiveError),
    /// It is not one gzip member from the first byte to the last.
    #[error(
        "not a sound gzip file: {reason}; take the file again from where it came, or build it anew"
    )]
    Gzip {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// It ends so that zip readers take it for a zip archive.
    #[error(
        "the file is a gzip file and a zip archive at once, and readers differ in which they see; leave zip archives (wheels too) out of the sources, or take another version of the package"
    )]
    AlsoZip,
    /// The tar archive ends too early.
    #[error(
        "the archive is cut off {place}; take the file again from where it came, or build it anew"
    )]
    Truncated {
        /// Where.
        place: String,
    },
    /// Something other than zeros where the archive has ended.
    #[error(
        "the archive goes on behind its end; build it anew with a current build backend, or take another version of the package"
    )]
    Trailing,
    /// A header is not as the format has it.
    #[error(
        "entry {entry}: {reason}; build the archive anew with a current build backend, or take another version of the package"
    )]
    Header {
        /// The entry.
        entry: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An entry that is neither a regular file nor a folder.
    #[error(
        "entry {entry} is {kind}, and only regular files and folders are unpacked; put a regular file in its place, or take another version of the package"
    )]
    Kind {
        /// The entry.
        entry: String,
        /// What it is.
        kind: &'static str,
    },
    /// A record of a PAX header that is malformed, or could change what an entry is.
    #[error(
        "entry {entry}: its PAX record {key} {reason}; build the archive anew with a current build backend, or take another version of the package"
    )]
    Pax {
        /// The entry.
        entry: String,
        /// The record's key, quoted.
        key: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A file beside the one top folder.
    #[error(
        "entry {entry} is not in the folder {top}, which must hold everything; move it there, or take another version of the package"
    )]
    Outside {
        /// The entry.
        entry: String,
        /// The top folder.
        top: String,
    },
    /// The top folder is of another project or version than the file.
    #[error(
        "the top folder is {found}, but the file name asks for {expected}; rename one of them, or take another version of the package"
    )]
    ForeignTop {
        /// The folder.
        found: String,
        /// What it should be called.
        expected: String,
    },
    /// `PKG-INFO` or `pyproject.toml` is missing.
    #[error("the source distribution has no {file} in its top folder; add it and build again")]
    Missing {
        /// The file.
        file: &'static str,
    },
    /// `PKG-INFO` cannot be parsed.
    #[error(
        "PKG-INFO: {0}; correct the project's metadata, or take another version of the package"
    )]
    Metadata(MetadataError),
    /// `PKG-INFO` names another project or version than the file.
    #[error(
        "PKG-INFO says {field} {found}, the file name {expected}; rename the file, or build it anew"
    )]
    Disagree {
        /// `Name` or `Version`.
        field: &'static str,
        /// What `PKG-INFO` says.
        found: String,
        /// What the file name says.
        expected: String,
    },
}
