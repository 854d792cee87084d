//! The end of an archive: where its central directory is.
//!
//! Readers differ in how they look for the end record and in when they believe ZIP64 records;
//! what is accepted here is what they all read alike.

use std::ops::Range;

use super::error::ArchiveError;
use super::layout::{
    CENTRAL_BYTES, END, END_BYTES, END64, END64_BYTES, END64_LOCATOR, END64_LOCATOR_BYTES, Fields,
    IN_ZIP64, IN_ZIP64_COUNT,
};
use super::limits::Limits;

/// The most bytes that the end record, its comment and the ZIP64 records take.
pub(crate) const END_MOST: u64 =
    (END_BYTES + u16::MAX as usize + END64_LOCATOR_BYTES + END64_BYTES) as u64;

/// Where the central directory is, and how many entries it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) directory: Range<u64>,
    pub(crate) entries: u64,
}

const fn bad(reason: &'static str) -> ArchiveError {
    ArchiveError::End { reason }
}

impl End {
    /// Finds the end record in the archive's last bytes. `tail` starts at `start` and reaches the
    /// archive's end. `None` where it may be further in front than `tail` reaches.
    pub(crate) fn find(
        tail: &[u8],
        start: u64,
        limits: &Limits,
    ) -> Result<Option<Self>, ArchiveError> {
        // The last signature is the one that readers who search backwards take; that readers who
        // go forwards come to the same one follows from the entries tiling the file.
        let Some(at) = last_signature(tail) else {
            let exhausted = start == 0 || tail.len() as u64 >= END_MOST;
            return if exhausted {
                Err(ArchiveError::NotAZip)
            } else {
                Ok(None)
            };
        };
        let zip64_bytes = END64_BYTES + END64_LOCATOR_BYTES;
        if at < zip64_bytes && start > 0 && (tail.len() as u64) < END_MOST {
            return Ok(None);
        }
        let record = EndRecord::parse(&tail[at..])?;
        let end = record.resolve(&tail[..at], start + at as u64)?;
        end.within(limits)?;
        Ok(Some(end))
    }

    fn within(&self, limits: &Limits) -> Result<(), ArchiveError> {
        let bytes = self.directory.end - self.directory.start;
        for (what, found, limit) in [
            ("entries", self.entries, limits.entries),
            ("bytes of central directory", bytes, limits.directory_bytes),
        ] {
            if found > limit {
                let entry = "archive".to_owned();
                return Err(ArchiveError::Limit {
                    entry,
                    what,
                    found,
                    limit,
                });
            }
        }
        if self.entries.saturating_mul(CENTRAL_BYTES as u64) > bytes {
            return Err(bad("more entries than the central directory has room for"));
        }
        Ok(())
    }
}

/// The position of the last end record that still has room for its fixed part.
fn last_signature(tail: &[u8]) -> Option<usize> {
    let last = tail.len().checked_sub(END_BYTES)?;
    let signature = END.to_le_bytes();
    (0..=last)
        .rev()
        .find(|&at| tail[at..].starts_with(&signature))
}

/// The end record as it stands.
struct EndRecord {
    disk: u16,
    directory_disk: u16,
    entries_here: u16,
    entries: u16,
    size: u32,
    offset: u32,
}

impl EndRecord {
    /// Parses the record at the start of `bytes`, which reach the archive's end.
    fn parse(bytes: &[u8]) -> Result<Self, ArchiveError> {
        let mut fields = Fields(bytes);
        let (record, comment_len) = (|| {
            let _signature = fields.u32()?;
            let record = Self {
                disk: fields.u16()?,
                directory_disk: fields.u16()?,
                entries_here: fields.u16()?,
                entries: fields.u16()?,
                size: fields.u32()?,
                offset: fields.u32()?,
            };
            Some((record, fields.u16()?))
        })()
        .ok_or(ArchiveError::NotAZip)?;
        let comment = fields.0;
        if comment.len() != usize::from(comment_len) {
            return Err(bad("bytes after the archive, or a comment that is cut off"));
        }
        // A comment is of no use to a wheel. It is tolerated while no reader could take part of
        // it for an archive: every record's signature is PK and two small bytes.
        if comment
            .windows(3)
            .any(|w| w.starts_with(b"PK") && w[2] < b' ')
        {
            return Err(bad("its comment could be read as another archive"));
        }
        if (record.disk, record.directory_disk) != (0, 0) || record.entries_here != record.entries {
            return Err(bad("it speaks of several disks"));
        }
        Ok(record)
    }

    /// The true values, from the ZIP64 records in front of this one (at `at`) if there are any.
    fn resolve(&self, before: &[u8], at: u64) -> Result<End, ArchiveError> {
        let (entries, size, offset, end) = match End64::find(before, at)? {
            // Without a locator the values are meant, even the highest.
            None => (
                u64::from(self.entries),
                u64::from(self.size),
                u64::from(self.offset),
                at,
            ),
            Some(wide) => {
                let agrees =
                    |narrow: u32, wide: u64| narrow == IN_ZIP64 || u64::from(narrow) == wide;
                if !(self.entries == IN_ZIP64_COUNT || u64::from(self.entries) == wide.entries)
                    || !agrees(self.size, wide.size)
                    || !agrees(self.offset, wide.offset)
                {
                    return Err(bad("it differs from the ZIP64 end record"));
                }
                (wide.entries, wide.size, wide.offset, wide.at)
            }
        };
        if offset.checked_add(size) != Some(end) {
            return Err(bad(
                "the central directory does not end where the end record starts (bytes before \
                 the archive, or inside it, that belong to no entry)",
            ));
        }
        Ok(End {
            directory: offset..end,
            entries,
        })
    }
}

/// The ZIP64 end record.
struct End64 {
    entries: u64,
    size: u64,
    offset: u64,
    at: u64,
}

impl End64 {
    /// The record in front of a locator, where `before` (which ends at `end`) ends in one.
    fn find(before: &[u8], end: u64) -> Result<Option<Self>, ArchiveError> {
        let Some((rest, locator)) = before.split_last_chunk::<END64_LOCATOR_BYTES>() else {
            return Ok(None);
        };
        let mut fields = Fields(locator);
        if fields.u32() != Some(END64_LOCATOR) {
            return Ok(None);
        }
        let disk = fields.u32();
        let claimed = fields.u64();
        let disks = fields.u32();
        if disk != Some(0) || !matches!(disks, Some(0 | 1)) {
            return Err(bad("its ZIP64 locator speaks of several disks"));
        }
        let at = end.checked_sub((END64_BYTES + END64_LOCATOR_BYTES) as u64);
        let (Some(at), Some((_, record))) = (at, rest.split_last_chunk::<END64_BYTES>()) else {
            return Err(bad("a ZIP64 locator without its record"));
        };
        if claimed != Some(at) {
            return Err(bad(
                "its ZIP64 locator does not point to the record before it",
            ));
        }
        Self::parse(record, at).map(Some)
    }

    fn parse(record: &[u8; END64_BYTES], at: u64) -> Result<Self, ArchiveError> {
        const MALFORMED: ArchiveError = bad("a ZIP64 locator without its record");
        let mut fields = Fields(record);
        if fields.u32() != Some(END64) {
            return Err(MALFORMED);
        }
        if fields.u64() != Some(END64_BYTES as u64 - 12) {
            return Err(bad("its ZIP64 record has an extension"));
        }
        let _versions = fields.u32();
        if fields.u64() != Some(0) {
            return Err(bad("its ZIP64 record speaks of several disks"));
        }
        let (Some(here), Some(entries), Some(size), Some(offset)) =
            (fields.u64(), fields.u64(), fields.u64(), fields.u64())
        else {
            return Err(MALFORMED);
        };
        if here != entries {
            return Err(bad("its ZIP64 record speaks of several disks"));
        }
        Ok(Self {
            entries,
            size,
            offset,
            at,
        })
    }
}
