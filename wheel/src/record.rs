//! `RECORD`: the files of a distribution with their hashes and sizes, as CSV (PEP 376, PEP 427).
//!
//! The same reader serves wheels and installed distributions, whose paths may lead out of their
//! folder by `..` or be absolute: whoever touches files by these paths checks them first.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::str::FromStr;

use crate::name::quoted;

mod hash;

pub use hash::{HashAlgorithm, Hasher, RecordHash, RecordHashError};

/// Largest `RECORD` that is read, in bytes: some half a million files.
pub const MAX_RECORD_BYTES: usize = 64 * 1024 * 1024;

/// The files of a distribution, by path.
///
/// Prints sorted by path, a line each, so that the same files give the same bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    rows: BTreeMap<String, RecordEntry>,
}

/// What a `RECORD` says of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordEntry {
    /// The path, with `/`, relative to the folder that holds the `.dist-info` one.
    pub path: String,
    /// The hash; `RECORD` itself and signatures have none.
    pub hash: Option<RecordHash>,
    /// The size in bytes.
    pub size: Option<u64>,
}

/// Why a text is not a `RECORD`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// It is larger than [`MAX_RECORD_BYTES`].
    #[error("RECORD has {size} bytes; at most {MAX_RECORD_BYTES} are read")]
    TooLarge {
        /// Its size.
        size: usize,
    },
    /// It is not CSV, or not UTF-8.
    #[error("RECORD is not a CSV file in UTF-8: {message}")]
    Csv {
        /// What the CSV reader says.
        message: String,
    },
    /// A row does not have three columns.
    #[error("RECORD row {row} has {columns} columns in place of path, hash and size")]
    Columns {
        /// The row, from 1.
        row: usize,
        /// How many columns it has.
        columns: usize,
    },
    /// A path is empty or has control characters.
    #[error("RECORD row {row} has the path {path}, which is none")]
    Path {
        /// The row, from 1.
        row: usize,
        /// The path, quoted.
        path: String,
    },
    /// A hash cannot be read, or is of a broken algorithm.
    #[error("RECORD has an unusable hash for {path}: {source}")]
    Hash {
        /// The path, quoted.
        path: String,
        /// What is wrong.
        source: RecordHashError,
    },
    /// A size is no number.
    #[error("RECORD has the size {size} for {path}, which is no number of bytes")]
    Size {
        /// The path, quoted.
        path: String,
        /// The size, quoted.
        size: String,
    },
    /// A path has two rows that differ.
    #[error("RECORD has two different rows for {path}")]
    Duplicate {
        /// The path, quoted.
        path: String,
    },
}

impl RecordEntry {
    /// The entry of a file with these contents.
    pub fn of(path: impl Into<String>, contents: &[u8]) -> Self {
        Self {
            path: path.into(),
            hash: Some(RecordHash::sha256_of(contents)),
            size: Some(contents.len() as u64),
        }
    }

    /// The entry of a file that has neither hash nor size, as `RECORD` itself.
    pub fn bare(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            hash: None,
            size: None,
        }
    }

    fn read(row: usize, columns: &csv::StringRecord) -> Result<Self, RecordError> {
        let [path, hash, size] = columns.iter().collect::<Vec<_>>()[..] else {
            return Err(RecordError::Columns {
                row,
                columns: columns.len(),
            });
        };
        if path.is_empty() || path.chars().any(char::is_control) {
            return Err(RecordError::Path {
                row,
                path: quoted(path),
            });
        }
        let hash = match hash {
            "" => None,
            text => Some(text.parse().map_err(|source| RecordError::Hash {
                path: quoted(path),
                source,
            })?),
        };
        let digits = size.bytes().all(|byte| byte.is_ascii_digit());
        let size = match size {
            "" => None,
            text => {
                Some(
                    text.parse()
                        .ok()
                        .filter(|_| digits)
                        .ok_or_else(|| RecordError::Size {
                            path: quoted(path),
                            size: quoted(text),
                        })?,
                )
            }
        };
        Ok(Self {
            path: path.to_owned(),
            hash,
            size,
        })
    }
}

impl Record {
    /// Reads a `RECORD`. Equal rows of one path count as one; unequal ones are an error.
    ///
    /// # Errors
    /// See [`RecordError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        if bytes.len() > MAX_RECORD_BYTES {
            return Err(RecordError::TooLarge { size: bytes.len() });
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes);
        let mut record = Self::default();
        for (index, columns) in reader.records().enumerate() {
            let columns = columns.map_err(|error| RecordError::Csv {
                message: error.to_string(),
            })?;
            let entry = RecordEntry::read(index + 1, &columns)?;
            match record.rows.entry(entry.path.clone()) {
                Entry::Vacant(place) => {
                    place.insert(entry);
                }
                Entry::Occupied(place) if *place.get() == entry => {}
                Entry::Occupied(place) => {
                    return Err(RecordError::Duplicate {
                        path: quoted(place.key()),
                    });
                }
            }
        }
        Ok(record)
    }

    /// The entry of a path.
    pub fn get(&self, path: &str) -> Option<&RecordEntry> {
        self.rows.get(path)
    }

    /// Adds an entry; gives back the one that it replaces.
    pub fn insert(&mut self, entry: RecordEntry) -> Option<RecordEntry> {
        self.rows.insert(entry.path.clone(), entry)
    }

    /// Removes the entry of a path.
    pub fn remove(&mut self, path: &str) -> Option<RecordEntry> {
        self.rows.remove(path)
    }

    /// The entries by path.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &RecordEntry> {
        self.rows.values()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl FromIterator<RecordEntry> for Record {
    fn from_iter<I: IntoIterator<Item = RecordEntry>>(entries: I) -> Self {
        let mut record = Self::default();
        record.extend(entries);
        record
    }
}

impl Extend<RecordEntry> for Record {
    fn extend<I: IntoIterator<Item = RecordEntry>>(&mut self, entries: I) {
        for entry in entries {
            self.insert(entry);
        }
    }
}

impl FromStr for Record {
    type Err = RecordError;

    fn from_str(text: &str) -> Result<Self, RecordError> {
        Self::parse(text.as_bytes())
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in self.iter() {
            if entry.path.contains([',', '"', '\n', '\r']) {
                write!(f, "\"{}\",", entry.path.replace('"', "\"\""))?;
            } else {
                write!(f, "{},", entry.path)?;
            }
            if let Some(hash) = &entry.hash {
                write!(f, "{hash}")?;
            }
            f.write_str(",")?;
            if let Some(size) = entry.size {
                write!(f, "{size}")?;
            }
            f.write_str("\n")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
