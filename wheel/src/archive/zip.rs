//! An archive as a whole: opened only if every reader would see the same entries in it.

use std::io::Write;

use super::directory;
use super::end::{END_MOST, End};
use super::entry::Entry;
use super::error::ArchiveError;
use super::inflate;
use super::layout::STREAMED;
use super::limits::Limits;
use super::local;
use super::read_at::ReadAt;

/// A zip archive, strictly read.
///
/// [`open`](Self::open) looks at the central directory and at every local header and requires
/// that they say the same, that the entries tile the file from its first byte to the central
/// directory, and that names, kinds and sizes are harmless on every system. Reading is through
/// `&self` and may happen in parallel.
#[derive(Debug)]
pub struct Archive<R> {
    reader: R,
    len: u64,
    entries: Vec<Entry>,
    /// Indexes into `entries`, by name.
    by_name: Vec<u32>,
    limits: Limits,
}

impl<R: ReadAt> Archive<R> {
    /// Reads the directory and all local headers.
    ///
    /// # Errors
    /// Any variant of [`ArchiveError`] but [`Crc`](ArchiveError::Crc), which shows when an entry
    /// is unpacked.
    pub fn open(reader: R, limits: Limits) -> Result<Self, ArchiveError> {
        let io = |source| ArchiveError::Io {
            entry: "archive".to_owned(),
            source,
        };
        let len = reader.len().map_err(io)?;
        let start = len.saturating_sub(END_MOST);
        let tail = read(&reader, start, len - start, "end of the archive")?;
        let end = End::find(&tail, start, &limits)?.ok_or(ArchiveError::NotAZip)?;
        let bytes;
        let directory = match usize::try_from(end.directory.start.wrapping_sub(start)) {
            Ok(from) if end.directory.start >= start => {
                let len = end.directory.end - end.directory.start;
                let to = usize::try_from(len)
                    .ok()
                    .and_then(|len| from.checked_add(len));
                to.and_then(|to| tail.get(from..to))
                    .ok_or(ArchiveError::NotAZip)?
            }
            _ => {
                let len = end.directory.end - end.directory.start;
                bytes = read(&reader, end.directory.start, len, "central directory")?;
                &bytes
            }
        };
        let mut entries = directory::parse(directory, &end, &limits)?;
        directory::check_totals(&entries, len, &limits)?;
        walk(&reader, &mut entries, end.directory.start)?;
        let by_name = name_index(&entries);
        let archive = Self {
            reader,
            len,
            entries,
            by_name,
            limits,
        };
        for folder in archive
            .entries
            .iter()
            .filter(|e| e.is_dir && e.compressed > 0)
        {
            archive.copy(folder, &mut std::io::sink())?;
        }
        Ok(archive)
    }

    /// All entries, in the order of their places in the archive.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of this name (without a trailing `/`), if there is one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Entry> {
        let at = self
            .by_name
            .binary_search_by(|&i| self.entries[i as usize].name().cmp(name));
        at.ok().map(|at| &self.entries[self.by_name[at] as usize])
    }

    /// The length of the archive itself in bytes.
    #[must_use]
    pub const fn archive_bytes(&self) -> u64 {
        self.len
    }

    /// The caps it was opened with.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The unpacked bytes of an entry, which may be at most `cap`.
    ///
    /// # Errors
    /// [`ArchiveError::Limit`] above `cap`, [`ArchiveError::Crc`], [`ArchiveError::Size`] or
    /// [`ArchiveError::Deflate`] where the data is not what the archive claims,
    /// [`ArchiveError::Io`].
    pub fn read(&self, entry: &Entry, cap: u64) -> Result<Vec<u8>, ArchiveError> {
        let capacity = usize::try_from(entry.size).unwrap_or(usize::MAX);
        if entry.size > cap || capacity == usize::MAX {
            return Err(ArchiveError::Limit {
                entry: entry.shown(),
                what: "bytes",
                found: entry.size,
                limit: cap,
            });
        }
        let mut bytes = Vec::with_capacity(capacity);
        self.copy(entry, &mut bytes)?;
        Ok(bytes)
    }

    /// Writes the unpacked bytes of an entry to `sink`, in chunks. On an error the sink has got
    /// some of them: throw them away.
    ///
    /// # Errors
    /// As [`read`](Self::read), and [`ArchiveError::Io`] where the sink fails.
    pub fn copy(&self, entry: &Entry, sink: &mut dyn Write) -> Result<(), ArchiveError> {
        inflate::copy(&self.reader, entry, sink)
    }
}

fn name_index(entries: &[Entry]) -> Vec<u32> {
    // More than 2^32 entries do not fit: each takes 46 bytes of a directory that is in memory.
    let mut by_name: Vec<u32> = (0..u32::try_from(entries.len()).unwrap_or(u32::MAX)).collect();
    by_name.sort_by(|&a, &b| entries[a as usize].name().cmp(entries[b as usize].name()));
    by_name
}

fn read<R: ReadAt>(reader: &R, at: u64, len: u64, what: &str) -> Result<Vec<u8>, ArchiveError> {
    let io = |source| ArchiveError::Io {
        entry: what.to_owned(),
        source,
    };
    let len = usize::try_from(len).map_err(|_| io(std::io::ErrorKind::OutOfMemory.into()))?;
    let mut bytes = vec![0; len];
    reader.read_exact_at(&mut bytes, at).map_err(io)?;
    Ok(bytes)
}

/// Goes through the archive from its first byte to the central directory (at `end`): each entry
/// must start where the one before it ends. Fills in where their data is.
fn walk<R: ReadAt>(reader: &R, entries: &mut [Entry], end: u64) -> Result<(), ArchiveError> {
    let mut buffer = Vec::new();
    let mut at = 0;
    for i in 0..entries.len() {
        let next = entries.get(i + 1).map_or(end, |entry| entry.offset);
        let entry = &mut entries[i];
        if entry.offset != at {
            return Err(ArchiveError::Framing {
                entry: entry.shown(),
                reason: if i == 0 {
                    "bytes before the first entry"
                } else if entry.offset < at {
                    "it overlaps the entry before it"
                } else {
                    "bytes between it and the entry before it that belong to none"
                },
            });
        }
        step(reader, entry, next, &mut buffer)?;
        at = next;
    }
    if at == end {
        return Ok(());
    }
    // Only an archive without entries comes here.
    Err(ArchiveError::End {
        reason: "bytes before the central directory of an empty archive",
    })
}

/// One entry of the walk, which must end exactly at `next`.
fn step<R: ReadAt>(
    reader: &R,
    entry: &mut Entry,
    next: u64,
    buffer: &mut Vec<u8>,
) -> Result<(), ArchiveError> {
    let framing = |entry: &Entry, reason| ArchiveError::Framing {
        entry: entry.shown(),
        reason,
    };
    let overlaps = "it overlaps what follows it";
    let room = next
        .checked_sub(entry.offset)
        .ok_or_else(|| framing(entry, overlaps))?;
    load(
        reader,
        entry,
        entry.offset,
        room.min(local::header_guess(entry)),
        buffer,
    )?;
    if let Some(len) = local::header_len(buffer).filter(|&len| len > buffer.len() as u64) {
        load(reader, entry, entry.offset, room.min(len), buffer)?;
    }
    let local = local::check_header(buffer, entry)?;
    entry.data = entry.offset + local.len;
    let data_end = entry
        .data
        .checked_add(entry.compressed)
        .filter(|&end| end <= next);
    let data_end = data_end.ok_or_else(|| framing(entry, overlaps))?;
    let after = next - data_end;
    if entry.flags & STREAMED != 0 {
        load(
            reader,
            entry,
            data_end,
            after.min(local::DESCRIPTOR_MOST + 1),
            buffer,
        )?;
        local::check_descriptor(buffer, entry, local.zip64)
    } else if after > 0 {
        Err(framing(
            entry,
            "bytes after its data that belong to no entry",
        ))
    } else {
        Ok(())
    }
}

/// Fills `buffer` with `len` bytes, a header's worth at most.
fn load<R: ReadAt>(
    reader: &R,
    entry: &Entry,
    at: u64,
    len: u64,
    buffer: &mut Vec<u8>,
) -> Result<(), ArchiveError> {
    buffer.clear();
    buffer.resize(usize::try_from(len).unwrap_or(0), 0);
    let io = |source| ArchiveError::Io {
        entry: entry.shown(),
        source,
    };
    reader.read_exact_at(buffer, at).map_err(io)
}
