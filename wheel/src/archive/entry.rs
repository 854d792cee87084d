//! One entry of an archive.

use std::ops::Range;

use super::error::{ArchiveError, shown};
use super::layout::DEFLATED;

const S_IFMT: u32 = 0o170_000;
const S_IFDIR: u32 = 0o040_000;
const S_IFREG: u32 = 0o100_000;

/// One entry: a file or a folder, as the central directory and its local header agree on it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(crate) name: Box<str>,
    pub(crate) is_dir: bool,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) crc: u32,
    pub(crate) compressed: u64,
    pub(crate) size: u64,
    pub(crate) mode: u32,
    /// Where its local header starts.
    pub(crate) offset: u64,
    /// Where its data starts; known once the local header was read.
    pub(crate) data: u64,
}

impl Entry {
    /// The path, `/` between its parts, without a trailing `/`. Relative, in composed Unicode
    /// form, free of `.`, `..`, control characters, backslashes, colons and Windows devices.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a folder.
    #[must_use]
    pub const fn is_dir(&self) -> bool {
        self.is_dir
    }

    /// The number of bytes unpacked. Reading an entry gives exactly so many, or an error.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The number of bytes in the archive.
    #[must_use]
    pub const fn compressed_size(&self) -> u64 {
        self.compressed
    }

    /// The CRC-32 of the unpacked bytes.
    #[must_use]
    pub const fn crc32(&self) -> u32 {
        self.crc
    }

    /// Whether it is to be unpacked with the executable bits set (mode 755, else 644): as pip, only
    /// where the archive says that it is a plain file. No other mode bit is ever passed on.
    #[must_use]
    pub const fn executable(&self) -> bool {
        self.mode & S_IFMT == S_IFREG && self.mode & 0o111 != 0
    }

    /// The place of its data in the archive, in bytes.
    #[must_use]
    pub const fn data_range(&self) -> Range<u64> {
        self.data..self.data + self.compressed
    }

    pub(crate) const fn deflated(&self) -> bool {
        self.method == DEFLATED
    }

    /// The name as the headers have it.
    pub(crate) fn raw_name(&self) -> impl Iterator<Item = u8> + '_ {
        self.name.bytes().chain(self.is_dir.then_some(b'/'))
    }

    pub(crate) fn raw_len(&self) -> usize {
        self.name.len() + usize::from(self.is_dir)
    }

    pub(crate) fn shown(&self) -> String {
        shown(self.name.as_bytes())
    }

    /// A mode that says nothing of the kind is that of a file or a folder, as the name has it.
    pub(crate) fn check_mode(&self) -> Result<(), ArchiveError> {
        let kind = self.mode & S_IFMT;
        let (wanted, expected) = if self.is_dir {
            (S_IFDIR, "folder")
        } else {
            (S_IFREG, "file")
        };
        if kind == 0 || kind == wanted {
            return Ok(());
        }
        Err(ArchiveError::Mode {
            entry: self.shown(),
            mode: self.mode,
            expected,
        })
    }

    /// What sizes can be, given the method. Deflate cannot do better than 1 to 1032.
    pub(crate) fn check_sizes(&self) -> Result<(), ArchiveError> {
        const BEST: u64 = 1032;
        let reason = if self.is_dir && (self.size != 0 || self.compressed > 2) {
            "a folder with content"
        } else if !self.deflated() && self.size != self.compressed {
            "stored, but its two sizes differ"
        } else if self.deflated() && self.size > self.compressed.saturating_mul(BEST) {
            "it claims to unpack to more than its data can hold"
        } else {
            return Ok(());
        };
        Err(ArchiveError::Size {
            entry: self.shown(),
            reason,
        })
    }
}
