//! A wheel's `METADATA` out of the few parts of the file that hold it, for servers that answer
//! range requests and offer no separate metadata file (PEP 658).

use std::ops::Range;

use crate::WheelFilename;

use super::directory;
use super::dist_info;
use super::end::{END_MOST, End};
use super::entry::Entry;
use super::error::ArchiveError;
use super::inflate;
use super::layout::STREAMED;
use super::limits::Limits;
use super::local;
use super::wheel_error::WheelError;

/// How much of the end is asked for at first. Of 49 wheels in use, 36 need no second request then
/// (20 with 16 KiB, 37 with 64), and a round trip costs more than these bytes.
const TAIL: u64 = 48 * 1024;

/// More requests than any archive needs; a server that never gives what was asked for runs into it.
const MOST_REQUESTS: u32 = 6;

/// Finds `METADATA` in a remote wheel without doing any I/O itself.
///
/// Call [`step`](Self::step); fetch what it asks for; hand it over by [`feed_total`](Self::feed_total)
/// (the file's length, when it is first known) and [`feed`](Self::feed); and again, until it is
/// done. More bytes than asked for are fine, the whole file included.
///
/// What is read is checked as strictly as by [`Archive`](super::Archive): the directory in full,
/// the entry's header, place, size and sum. The other entries are not looked at; whoever installs
/// the wheel reads it in full.
#[derive(Debug)]
pub struct MetadataFinder {
    filename: WheelFilename,
    limits: Limits,
    total: Option<u64>,
    /// The file's end, from `tail_start` on.
    tail: Vec<u8>,
    tail_start: u64,
    /// Where the metadata is, once the directory was read.
    target: Option<Target>,
    /// A piece that does not touch the tail.
    piece: Option<(u64, Vec<u8>)>,
    requests: u32,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Fetch the last so many bytes (an HTTP suffix range), and learn the file's length.
    NeedTail(u64),
    /// Fetch these bytes: from `start` up to, but not including, `end`.
    NeedRange {
        /// The first byte.
        start: u64,
        /// The byte after the last.
        end: u64,
    },
    /// The bytes of `METADATA`.
    Done(Vec<u8>),
}

/// The entry and the bytes from its local header to what follows it.
#[derive(Clone, Debug)]
struct Target {
    entry: Entry,
    place: Range<u64>,
}

impl MetadataFinder {
    /// A finder for the wheel of this file name, whose length in bytes may be known already.
    #[must_use]
    pub fn new(filename: &WheelFilename, total_len: Option<u64>, limits: Limits) -> Self {
        Self {
            filename: filename.clone(),
            limits,
            total: total_len,
            tail: Vec::new(),
            tail_start: total_len.unwrap_or(u64::MAX),
            target: None,
            piece: None,
            requests: 0,
        }
    }

    /// What is needed next, or the metadata.
    ///
    /// # Errors
    /// [`WheelError`] where the archive is refused, or where what was fed is not what was asked for.
    pub fn step(&mut self) -> Result<Step, WheelError> {
        let step = self.next()?;
        if !matches!(step, Step::Done(_)) {
            self.requests += 1;
            if self.requests > MOST_REQUESTS {
                return Err(WheelError::Transfer {
                    reason: "the ranges asked for did not come",
                });
            }
        }
        Ok(step)
    }

    /// The length of the whole file in bytes.
    ///
    /// # Errors
    /// [`WheelError::Transfer`] where it is not the one that was known before.
    pub fn feed_total(&mut self, total: u64) -> Result<(), WheelError> {
        if *self.total.get_or_insert(total) != total {
            return Err(WheelError::Transfer {
                reason: "the file's length changed",
            });
        }
        self.tail_start = self.tail_start.min(total);
        Ok(())
    }

    /// Bytes of the file, from `start` on. The length must be known by now.
    ///
    /// # Errors
    /// [`WheelError::Transfer`] where they reach past the end of the file.
    pub fn feed(&mut self, start: u64, bytes: &[u8]) -> Result<(), WheelError> {
        let past = WheelError::Transfer {
            reason: "bytes from past the end of the file",
        };
        let Some(total) = self.total else {
            return Err(WheelError::Transfer {
                reason: "the file's length is not known",
            });
        };
        let Some(end) = start
            .checked_add(bytes.len() as u64)
            .filter(|&end| end <= total)
        else {
            return Err(past);
        };
        if start < self.tail_start && end >= self.tail_start {
            let new = usize::try_from(self.tail_start - start).map_err(|_| past)?;
            self.tail.splice(0..0, bytes[..new].iter().copied());
            self.tail_start = start;
        } else if end < self.tail_start {
            self.piece = Some((start, bytes.to_vec()));
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Step, WheelError> {
        let Some(total) = self.total else {
            return Ok(Step::NeedTail(TAIL));
        };
        let need = |start, end| Ok(Step::NeedRange { start, end });
        if self.tail_start == total && total > 0 {
            return need(total.saturating_sub(TAIL), total);
        }
        if self.target.is_none() {
            let Some(end) = End::find(&self.tail, self.tail_start, &self.limits)? else {
                return need(total.saturating_sub(END_MOST), self.tail_start);
            };
            if end.directory.start < self.tail_start {
                let guess = metadata_guess(&end);
                return need(end.directory.start.saturating_sub(guess), self.tail_start);
            }
            self.target = Some(self.locate(&end, total)?);
        }
        let Some(target) = &self.target else {
            return Err(WheelError::NoDistInfo);
        };
        match self.bytes(&target.place) {
            Some(bytes) => target.unpack(bytes, &self.limits).map(Step::Done),
            None => need(target.place.start, target.place.end.min(self.tail_start)),
        }
    }

    /// Reads the directory, which the tail reaches back to.
    fn locate(&self, end: &End, total: u64) -> Result<Target, WheelError> {
        let whole = ArchiveError::NotAZip;
        let bytes = self.bytes(&end.directory).ok_or(whole)?;
        let entries = directory::parse(bytes, end, &self.limits)?;
        directory::check_totals(&entries, total, &self.limits)?;
        let dist_info = dist_info::find(entries.iter().map(Entry::name), &self.filename)?;
        let name = format!("{dist_info}/METADATA");
        let at = entries
            .iter()
            .position(|entry| entry.name() == name && !entry.is_dir());
        let at = at.ok_or(WheelError::Missing { file: "METADATA" })?;
        let entry = entries[at].clone();
        let next = entries
            .get(at + 1)
            .map_or(end.directory.start, |next| next.offset);
        let limit = self.limits.metadata_bytes;
        if entry.size > limit || entry.compressed > limit {
            let found = entry.size.max(entry.compressed);
            let entry = entry.shown();
            return Err(ArchiveError::Limit {
                entry,
                what: "bytes",
                found,
                limit,
            }
            .into());
        }
        let place = entry.offset..next;
        if next > end.directory.start || next < entry.offset || !target_fits(&entry, &place) {
            let reason = "it does not fill the place between its neighbours";
            return Err(ArchiveError::Framing {
                entry: entry.shown(),
                reason,
            }
            .into());
        }
        Ok(Target { entry, place })
    }

    /// Bytes of the file, where they are known.
    fn bytes(&self, place: &Range<u64>) -> Option<&[u8]> {
        let cut = |start: u64, bytes| -> Option<&[u8]> {
            let from = usize::try_from(place.start.checked_sub(start)?).ok()?;
            let to = usize::try_from(place.end.checked_sub(start)?).ok()?;
            <[u8]>::get(bytes, from..to)
        };
        let piece = self.piece.as_ref();
        cut(self.tail_start, &self.tail).or_else(|| piece.and_then(|(at, bytes)| cut(*at, bytes)))
    }
}

/// How far before the directory `METADATA` begins, as a rule: what follows it is mostly `RECORD`,
/// whose packed size grows with the number of files (a hash is 32 bytes that do not compress).
fn metadata_guess(end: &End) -> u64 {
    const METADATA_AND_LICENCES: u64 = 24 * 1024;
    METADATA_AND_LICENCES + end.entries.saturating_mul(48)
}

/// Whether the place is one that the entry's header, data and descriptor can fill: it must not
/// grow with what the archive claims.
fn target_fits(entry: &Entry, place: &Range<u64>) -> bool {
    const HEADER_MOST: u64 = 30 + 2 * u16::MAX as u64;
    place.end - place.start <= entry.compressed + HEADER_MOST + local::DESCRIPTOR_MOST
}

impl Target {
    /// Checks and unpacks the entry; `bytes` are those of `place`.
    fn unpack(&self, bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, WheelError> {
        let mut entry = self.entry.clone();
        let framing = |reason| ArchiveError::Framing {
            entry: self.entry.shown(),
            reason,
        };
        let local = local::check_header(bytes, &entry)?;
        let rest = usize::try_from(local.len + entry.compressed).ok();
        let rest = rest
            .and_then(|end| bytes.get(end..))
            .ok_or_else(|| framing("it overlaps what follows it"))?;
        if entry.flags & STREAMED != 0 {
            local::check_descriptor(rest, &entry, local.zip64)?;
        } else if !rest.is_empty() {
            return Err(framing("bytes after its data that belong to no entry").into());
        }
        entry.data = local.len;
        let capacity = usize::try_from(entry.size.min(limits.metadata_bytes)).unwrap_or(0);
        let mut metadata = Vec::with_capacity(capacity);
        inflate::copy(bytes, &entry, &mut metadata)?;
        Ok(metadata)
    }
}

#[cfg(test)]
mod tests;
