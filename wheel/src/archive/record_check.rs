//! `RECORD` against the archive: every file has its row and every row its file (PEP 427).

use std::io::{self, Write};

use crate::record::{HashAlgorithm, Hasher, Record, RecordEntry, RecordHash};

use super::entry::Entry;
use super::error::shown;
use super::wheel_error::{RecordFault, WheelError};
use super::zip::Archive;

/// The rows of a wheel's `RECORD`, known to be one to one with its files.
///
/// Names and sizes are compared when it is made; the hashes are for whoever reads the files, so
/// that each is read only once.
#[derive(Clone, Debug)]
pub struct RecordCheck {
    record: Record,
    dist_info: String,
}

/// Signatures are made after `RECORD` and may, but need not, have a row in it.
const SIGNATURES: [&str; 2] = ["RECORD.jws", "RECORD.p7s"];

impl RecordCheck {
    /// Compares the rows of `record` with the files of `archive`.
    ///
    /// # Errors
    /// [`WheelError::Recorded`] for the first file or row, by name, that has no partner, no hash,
    /// or another size.
    pub fn new<R: super::ReadAt>(
        record: Record,
        archive: &Archive<R>,
        dist_info: &str,
    ) -> Result<Self, WheelError> {
        let check = Self {
            record,
            dist_info: dist_info.to_owned(),
        };
        for entry in archive.entries().iter().filter(|entry| !entry.is_dir()) {
            check.file(entry)?;
        }
        for row in check.record.iter() {
            // Some builders list folders. That says nothing wrong as long as they are there.
            let name = row.path.strip_suffix('/').unwrap_or(&row.path);
            let there = archive
                .get(name)
                .is_some_and(|e| e.is_dir() || name == row.path);
            if !there {
                return Err(fault(name, RecordFault::Ghost));
            }
        }
        Ok(check)
    }

    /// One file of the archive against its row.
    fn file(&self, entry: &Entry) -> Result<(), WheelError> {
        let name = entry.name();
        let own = self.in_dist_info(name);
        let is_record = own == Some("RECORD");
        let bare = is_record || own.is_some_and(|own| SIGNATURES.contains(&own));
        let row = match self.record.get(name) {
            Some(row) => row,
            None if bare => return Ok(()),
            None => return Err(fault(name, RecordFault::Unlisted)),
        };
        if is_record {
            return if row.hash.is_none() {
                Ok(())
            } else {
                Err(fault(name, RecordFault::OwnHash))
            };
        }
        if row.hash.is_none() && !bare {
            return Err(fault(name, RecordFault::NoHash));
        }
        match row.size {
            Some(expected) if expected != entry.size() => {
                let found = entry.size();
                Err(fault(name, RecordFault::Size { expected, found }))
            }
            _ => Ok(()),
        }
    }

    fn in_dist_info<'a>(&self, name: &'a str) -> Option<&'a str> {
        name.strip_prefix(self.dist_info.as_str())?
            .strip_prefix('/')
    }

    /// The hash that the bytes of an entry must have; `None` for folders, `RECORD` itself and
    /// its signatures.
    #[must_use]
    pub fn expected(&self, entry: &Entry) -> Option<&RecordHash> {
        if entry.is_dir() {
            return None;
        }
        self.record.get(entry.name())?.hash.as_ref()
    }

    /// Compares the hash of an entry's bytes.
    ///
    /// # Errors
    /// [`WheelError::Recorded`] with [`RecordFault::Hash`].
    pub fn verify(&self, entry: &Entry, found: &RecordHash) -> Result<(), WheelError> {
        match self.expected(entry) {
            Some(expected) if expected != found => {
                let (expected, found) = (expected.to_string(), found.to_string());
                Err(fault(entry.name(), RecordFault::Hash { expected, found }))
            }
            _ => Ok(()),
        }
    }

    /// The rows.
    #[must_use]
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// The row of an entry, if it has one.
    #[must_use]
    pub fn row(&self, entry: &Entry) -> Option<&RecordEntry> {
        self.record.get(entry.name())
    }
}

fn fault(name: &str, fault: RecordFault) -> WheelError {
    WheelError::Recorded {
        entry: shown(name.as_bytes()),
        fault,
    }
}

/// Passes bytes on and hashes them on their way: a file is unpacked and verified in one go.
#[derive(Debug)]
pub struct HashingWriter<W> {
    inner: W,
    hasher: Hasher,
    written: u64,
}

impl<W: Write> HashingWriter<W> {
    /// A writer to `inner`.
    pub fn new(inner: W, algorithm: HashAlgorithm) -> Self {
        Self {
            inner,
            hasher: algorithm.hasher(),
            written: 0,
        }
    }

    /// Gives back the writer, with the hash and the number of the bytes that it took.
    pub fn finish(self) -> (W, RecordHash, u64) {
        (self.inner, self.hasher.finish(), self.written)
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..taken]);
        self.written += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
