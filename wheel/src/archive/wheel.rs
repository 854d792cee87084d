//! A wheel as a whole: a sound archive that is the wheel its file name says.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Write};

use crate::entry_points::EntryPoints;
use crate::name::quoted;
use crate::record::{Record, RecordHash};
use crate::wheel_file::WheelFile;
use crate::{Metadata, PackageName, Version, WheelFilename};

use super::dist_info;
use super::entry::Entry;
use super::error::ArchiveError;
use super::limits::Limits;
use super::read_at::ReadAt;
use super::record_check::{HashingWriter, RecordCheck};
use super::scheme::{self, Scheme};
use super::wheel_error::WheelError;
use super::zip::Archive;

/// A wheel, strictly read.
///
/// [`open`](Self::open) checks all that can be checked without unpacking every file: the archive,
/// the `.dist-info` folder, that `METADATA`, `WHEEL` and the file name agree, that every file has
/// a row in `RECORD` and a place to go. The hashes in `RECORD` are compared by
/// [`copy`](Self::copy) and [`read`](Self::read), which may run in parallel.
///
/// What it cannot know is for the installer to refuse: a file that `.data/data` puts into a folder
/// where another one is, and a program of `.data/scripts` that an entry point makes too.
#[derive(Debug)]
pub struct WheelArchive<R> {
    archive: Archive<R>,
    dist_info: String,
    data: Option<String>,
    metadata_bytes: Vec<u8>,
    metadata: Metadata,
    wheel_file: WheelFile,
    entry_points: EntryPoints,
    record: RecordCheck,
    warnings: Vec<WheelWarning>,
}

/// What is wrong with a wheel and yet no reason to refuse it: real wheels have it, and nothing
/// depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WheelWarning {
    /// `WHEEL` and the file name list other tags. The file name is what counts.
    Tags {
        /// The tags in `WHEEL`, sorted.
        wheel: Vec<String>,
        /// The tags in the file name, sorted.
        filename: Vec<String>,
    },
    /// `WHEEL` is of a later minor version than 1.0 (PEP 427: warn).
    Version {
        /// The version.
        version: String,
    },
}

impl fmt::Display for WheelWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tags { wheel, filename } => write!(
                f,
                "WHEEL has the tags {}, the file name {}",
                wheel.join(" "),
                filename.join(" ")
            ),
            Self::Version { version } => write!(f, "Wheel-Version is {version}, 1.0 is known"),
        }
    }
}

impl<R: ReadAt> WheelArchive<R> {
    /// Opens the wheel of this file name.
    ///
    /// # Errors
    /// [`WheelError`]: the first thing found that a wheel must not have.
    pub fn open(reader: R, filename: &WheelFilename, limits: Limits) -> Result<Self, WheelError> {
        let archive = Archive::open(reader, limits)?;
        let entries = archive.entries();
        let dist_info = dist_info::find(entries.iter().map(Entry::name), filename)?.to_owned();
        let data = scheme::find_data(entries, filename)?.map(str::to_owned);
        scheme::check(entries, data.as_deref(), filename)?;
        let own = OwnFiles {
            archive: &archive,
            dist_info: &dist_info,
        };
        let limits = archive.limits();
        let (_, record) = own.required("RECORD", limits.record_bytes)?;
        let record = Record::parse(&record).map_err(WheelError::Record)?;
        let record = RecordCheck::new(record, &archive, &dist_info)?;
        let required = |file| {
            let (entry, bytes) = own.required(file, limits.metadata_bytes)?;
            check_bytes(&record, entry, &bytes)?;
            Ok::<_, WheelError>(bytes)
        };
        let wheel_file = WheelFile::parse(&required("WHEEL")?).map_err(WheelError::WheelFile)?;
        let metadata_bytes = required("METADATA")?;
        let metadata = Metadata::parse(&metadata_bytes).map_err(WheelError::Metadata)?;
        check_agreement(&metadata, filename)?;
        let entry_points = match own.read("entry_points.txt", limits.metadata_bytes)? {
            None => EntryPoints::default(),
            Some((entry, bytes)) => {
                check_bytes(&record, entry, &bytes)?;
                EntryPoints::parse(&bytes).map_err(WheelError::EntryPoints)?
            }
        };
        for script in entry_points.scripts() {
            scheme::check_program(&script.name, filename)?;
        }
        let warnings = WheelWarning::all(&wheel_file, filename);
        Ok(Self {
            archive,
            dist_info,
            data,
            metadata_bytes,
            metadata,
            wheel_file,
            entry_points,
            record,
            warnings,
        })
    }

    /// The archive. Reading through it does not compare hashes.
    #[must_use]
    pub const fn archive(&self) -> &Archive<R> {
        &self.archive
    }

    /// All entries, in the order of their places in the archive.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        self.archive.entries()
    }

    /// The entry of this name (without a trailing `/`), if there is one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.archive.get(name)
    }

    /// The name of the `.dist-info` folder as the archive spells it.
    #[must_use]
    pub fn dist_info(&self) -> &str {
        &self.dist_info
    }

    /// The name of the `.data` folder as the archive spells it, if there is one.
    #[must_use]
    pub fn data(&self) -> Option<&str> {
        self.data.as_deref()
    }

    /// The core metadata.
    #[must_use]
    pub const fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// `METADATA` as it stands in the archive.
    #[must_use]
    pub fn metadata_bytes(&self) -> &[u8] {
        &self.metadata_bytes
    }

    /// The `WHEEL` file.
    #[must_use]
    pub const fn wheel_file(&self) -> &WheelFile {
        &self.wheel_file
    }

    /// The entry points; empty where the wheel has none.
    #[must_use]
    pub const fn entry_points(&self) -> &EntryPoints {
        &self.entry_points
    }

    /// The rows of `RECORD`, one to one with the files.
    #[must_use]
    pub const fn record(&self) -> &RecordCheck {
        &self.record
    }

    /// What is wrong with the wheel without being a reason to refuse it.
    #[must_use]
    pub fn warnings(&self) -> &[WheelWarning] {
        &self.warnings
    }

    /// The hash that the bytes of an entry must have; `None` for folders, `RECORD` itself and its
    /// signatures. [`copy`](Self::copy) and [`read`](Self::read) compare it themselves.
    #[must_use]
    pub fn expected(&self, entry: &Entry) -> Option<&RecordHash> {
        self.record.expected(entry)
    }

    /// The place of an entry and its path there. `None` for the folders of `.data` that are
    /// places themselves.
    #[must_use]
    pub fn place<'a>(&self, entry: &'a Entry) -> Option<(Scheme, &'a str)> {
        let pure = self.wheel_file.root_is_purelib;
        let root = if pure {
            Scheme::Purelib
        } else {
            Scheme::Platlib
        };
        scheme::place(entry, self.data(), root)
    }

    /// Writes the bytes of one of its entries to `sink` and compares size, sum and hash. On an
    /// error the sink has got some of them: throw them away.
    ///
    /// # Errors
    /// [`WheelError::Recorded`] where the hash differs; [`WheelError::Archive`] as
    /// [`Archive::copy`].
    pub fn copy(&self, entry: &Entry, sink: &mut dyn Write) -> Result<(), WheelError> {
        let Some(expected) = self.expected(entry) else {
            return Ok(self.archive.copy(entry, sink)?);
        };
        let mut hashing = HashingWriter::new(sink, expected.algorithm());
        self.archive.copy(entry, &mut hashing)?;
        let (_, found, _) = hashing.finish();
        self.record.verify(entry, &found)
    }

    /// Writes the bytes of one of its entries to `sink` without comparing their hash, for callers
    /// that hash them on their way and compare with [`expected`](Self::expected) themselves. Size
    /// and sum are compared.
    ///
    /// # Errors
    /// [`WheelError::Archive`] as [`Archive::copy`].
    pub fn copy_unchecked(&self, entry: &Entry, sink: &mut dyn Write) -> Result<(), WheelError> {
        Ok(self.archive.copy(entry, sink)?)
    }

    /// The bytes of one of its entries, which may be at most `cap`, compared as by
    /// [`copy`](Self::copy).
    ///
    /// # Errors
    /// As [`copy`](Self::copy), and [`ArchiveError::Limit`] above `cap`.
    pub fn read(&self, entry: &Entry, cap: u64) -> Result<Vec<u8>, WheelError> {
        let bytes = self.archive.read(entry, cap)?;
        check_bytes(&self.record, entry, &bytes)?;
        Ok(bytes)
    }

    /// Reads every file and compares it.
    ///
    /// # Errors
    /// As [`copy`](Self::copy), for the first file that is not as it should be.
    pub fn verify(&self) -> Result<(), WheelError> {
        self.entries()
            .iter()
            .try_for_each(|entry| self.copy(entry, &mut io::sink()))
    }
}

/// The files of the `.dist-info` folder.
struct OwnFiles<'a, R> {
    archive: &'a Archive<R>,
    dist_info: &'a str,
}

impl<'a, R: ReadAt> OwnFiles<'a, R> {
    fn read(&self, file: &str, cap: u64) -> Result<Option<(&'a Entry, Vec<u8>)>, ArchiveError> {
        let entry = self.archive.get(&format!("{}/{file}", self.dist_info));
        let entry = entry.filter(|entry| !entry.is_dir());
        entry
            .map(|entry| Ok((entry, self.archive.read(entry, cap)?)))
            .transpose()
    }

    fn required(&self, file: &'static str, cap: u64) -> Result<(&'a Entry, Vec<u8>), WheelError> {
        self.read(file, cap)?.ok_or(WheelError::Missing { file })
    }
}

/// Compares the hash of an entry's bytes with its row.
fn check_bytes(record: &RecordCheck, entry: &Entry, bytes: &[u8]) -> Result<(), WheelError> {
    let Some(expected) = record.expected(entry) else {
        return Ok(());
    };
    let mut hasher = expected.algorithm().hasher();
    hasher.update(bytes);
    record.verify(entry, &hasher.finish())
}

/// `METADATA` and the file name must speak of one release.
fn check_agreement(metadata: &Metadata, filename: &WheelFilename) -> Result<(), WheelError> {
    match disagreement(metadata, &filename.name, &filename.version) {
        None => Ok(()),
        Some((field, found, expected)) => Err(WheelError::Disagree {
            field,
            found,
            expected,
        }),
    }
}

/// The field in which metadata is of another release, what it says and what it should say, both
/// quoted.
pub(crate) fn disagreement(
    metadata: &Metadata,
    project: &PackageName,
    version: &Version,
) -> Option<(&'static str, String, String)> {
    let name = metadata.name.parse::<PackageName>().ok();
    let (field, found, expected) = if name.as_ref() != Some(project) {
        ("Name", metadata.name.clone(), project.to_string())
    } else if metadata.version != *version {
        let (found, expected) = (&metadata.version, version);
        ("Version", found.to_string(), expected.to_string())
    } else {
        return None;
    };
    Some((field, quoted(&found), quoted(&expected)))
}

impl WheelWarning {
    fn all(wheel_file: &WheelFile, filename: &WheelFilename) -> Vec<Self> {
        let mut warnings = Vec::new();
        let (major, minor) = wheel_file.wheel_version;
        if minor > 0 {
            warnings.push(Self::Version {
                version: format!("{major}.{minor}"),
            });
        }
        let wheel: BTreeSet<String> = wheel_file.tags.iter().map(ToString::to_string).collect();
        let named: BTreeSet<String> = filename.tags.tags().map(|tag| tag.to_string()).collect();
        if wheel != named {
            let (wheel, filename) = (wheel.into_iter().collect(), named.into_iter().collect());
            warnings.push(Self::Tags { wheel, filename });
        }
        warnings
    }
}
