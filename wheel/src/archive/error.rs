//! What can be wrong with an archive, by entry and reason.

use std::fmt;
use std::io;

use crate::name::quoted;

use super::name::NameFault;

/// Why an archive was refused. Every entry is named as it stands in the archive, escaped, so that
/// a hostile name cannot write to a terminal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The source could not be read, or the sink not written.
    #[error("{entry}: {source}")]
    Io {
        /// The entry, or the part of the archive.
        entry: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// No end-of-central-directory record where a zip archive has one.
    #[error("not a zip archive: it does not end in an end-of-central-directory record")]
    NotAZip,
    /// The end of the archive (end record, ZIP64 records, comment) does not hold together.
    #[error("the archive's end record: {reason}")]
    End {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The central directory cannot be parsed, or not as far as its entry number says.
    #[error("the archive's central directory, at entry {index}: {reason}")]
    Directory {
        /// The number of the entry, from 0.
        index: u64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The entries do not tile the file: a gap, an overlap, or bytes before the first.
    #[error("entry {entry}: {reason}")]
    Framing {
        /// The entry.
        entry: String,
        /// What is wrong with its place.
        reason: &'static str,
    },
    /// An entry's local header says something else than the central directory.
    #[error("entry {entry}: its local header and the central directory differ in {field}")]
    Mismatch {
        /// The entry, as the central directory names it.
        entry: String,
        /// The field that differs.
        field: &'static str,
    },
    /// An entry's name is none that every system would unpack to the same place.
    #[error("entry {entry}: {fault}")]
    Name {
        /// The entry.
        entry: String,
        /// The fault.
        fault: NameFault,
    },
    /// Two entries that some file system would unpack to one place.
    #[error("entries {entry} and {other} clash: {kind}")]
    Clash {
        /// The one entry.
        entry: String,
        /// The other.
        other: String,
        /// How they clash.
        kind: ClashKind,
    },
    /// An entry is neither a plain file nor a folder, or its name and its mode disagree.
    #[error("entry {entry}: mode {mode:o} is not that of a {expected}")]
    Mode {
        /// The entry.
        entry: String,
        /// Its Unix mode.
        mode: u32,
        /// What its name makes it: a file or a folder.
        expected: &'static str,
    },
    /// An entry's extra fields are malformed or of a kind that changes what it is.
    #[error("entry {entry}: extra field {id:#06x} {reason}")]
    Extra {
        /// The entry.
        entry: String,
        /// The field's number, 0 where the list itself is malformed.
        id: u16,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A compression method other than stored and deflate.
    #[error("entry {entry}: compression method {method} (only stored and deflate are allowed)")]
    Method {
        /// The entry.
        entry: String,
        /// The method's number.
        method: u16,
    },
    /// Encryption, or a flag that nobody has a use for.
    #[error("entry {entry}: flags {flags:#06x}: {reason}")]
    Flags {
        /// The entry.
        entry: String,
        /// The flags that are refused.
        flags: u16,
        /// What they mean.
        reason: &'static str,
    },
    /// A data descriptor (flag bit 3) that is not exactly what the central directory says.
    #[error("entry {entry}: data descriptor: {reason}")]
    Descriptor {
        /// The entry.
        entry: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An entry's sizes cannot be true.
    #[error("entry {entry}: {reason}")]
    Size {
        /// The entry.
        entry: String,
        /// What is wrong with them.
        reason: &'static str,
    },
    /// An entry's bytes are not those that were packed.
    #[error("entry {entry}: CRC-32 is {found:08x}, the archive says {expected:08x}")]
    Crc {
        /// The entry.
        entry: String,
        /// The sum in the archive.
        expected: u32,
        /// The sum of the bytes.
        found: u32,
    },
    /// An entry's deflate stream is broken.
    #[error("entry {entry}: {reason}")]
    Deflate {
        /// The entry.
        entry: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// More than a cap of [`Limits`](super::Limits) allows.
    #[error("{entry}: {found} {what}, more than the {limit} allowed")]
    Limit {
        /// The entry, or "archive".
        entry: String,
        /// What is counted.
        what: &'static str,
        /// How many there are.
        found: u64,
        /// How many there may be.
        limit: u64,
    },
}

/// How two entries clash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClashKind {
    /// The same name twice.
    Duplicate,
    /// Names that differ in case only.
    Case,
    /// One is a file where the other needs a folder.
    FileAndFolder,
}

impl fmt::Display for ClashKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Duplicate => "they have the same name",
            Self::Case => "their names differ in case only",
            Self::FileAndFolder => "one is a file where the other needs a folder",
        })
    }
}

/// An entry's name for a message: quoted, escaped, and cut where it is long.
pub(crate) fn shown(name: &[u8]) -> String {
    quoted(&String::from_utf8_lossy(name))
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_hostile_name_is_shown_harmlessly() {
        assert_eq!(shown(b"a/b.py"), "`a/b.py`");
        assert_eq!(shown(b"\x1b[2J\r\x00"), "`\\u{1b}[2J\\r\\0`");
        assert_eq!(shown(b"\xff\xfe"), "`\u{fffd}\u{fffd}`");
        assert!(shown(&[b'a'; 70_000]).len() < 200);
    }
}
