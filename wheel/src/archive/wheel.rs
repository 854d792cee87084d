//! A wheel as a whole: a sound archive that is the wheel its file name says.

use std::fmt;
use std::io::Write;

use crate::entry_points::EntryPoints;
use crate::metadata::Metadata;
use crate::name::quoted;
use crate::record::{HashAlgorithm, Record};
use crate::wheel_file::WheelFile;
use crate::{PackageName, WheelFilename};

use super::dist_info;
use super::entry::Entry;
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
    /// Opens a wheel and checks it against its file name and against itself.
    ///
    /// # Errors
    /// Whatever [`WheelError`] says.
    pub fn open(reader: R, filename: &WheelFilename, limits: Limits) -> Result<Self, WheelError> {
        let archive = Archive::open(reader, limits)?;
        let names = archive.entries().iter().map(Entry::name);
        let dist_info = dist_info::find(names, filename)?.to_owned();
        let data = scheme::find_data(archive.entries(), filename)?.map(str::to_owned);
        scheme::check(archive.entries(), data.as_deref(), filename)?;
        let small = archive.limits().metadata_bytes;
        let metadata_bytes = required(&archive, &dist_info, "METADATA", small)?;
        let metadata = Metadata::parse(&metadata_bytes).map_err(WheelError::Metadata)?;
        agree(&metadata, filename)?;
        let wheel_file = required(&archive, &dist_info, "WHEEL", small)?;
        let wheel_file = WheelFile::parse(&wheel_file).map_err(WheelError::WheelFile)?;
        let entry_points = match optional(&archive, &dist_info, "entry_points.txt", small)? {
            Some(bytes) => EntryPoints::parse(&bytes).map_err(WheelError::EntryPoints)?,
            None => EntryPoints::default(),
        };
        for script in entry_points.scripts() {
            scheme::check_program(&script.name, filename)?;
        }
        let rows = required(
            &archive,
            &dist_info,
            "RECORD",
            archive.limits().record_bytes,
        )?;
        let record = Record::parse(&rows).map_err(WheelError::Record)?;
        let record = RecordCheck::new(record, &archive, &dist_info)?;
        let warnings = warnings(&wheel_file, filename);
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

    /// The name of the `.dist-info` folder, as spelled in the archive.
    #[must_use]
    pub fn dist_info(&self) -> &str {
        &self.dist_info
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

    /// The entry points.
    #[must_use]
    pub const fn entry_points(&self) -> &EntryPoints {
        &self.entry_points
    }

    /// The rows of `RECORD`.
    #[must_use]
    pub const fn record(&self) -> &RecordCheck {
        &self.record
    }

    /// What is wrong with the wheel and no reason to refuse it.
    #[must_use]
    pub fn warnings(&self) -> &[WheelWarning] {
        &self.warnings
    }

    /// All entries, folders too, in the order of their places in the archive.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        self.archive.entries()
    }

    /// The entry of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.archive.get(name)
    }

    /// Where an entry goes, and its path there; `None` for the folders of `.data` itself.
    #[must_use]
    pub fn place<'a>(&self, entry: &'a Entry) -> Option<(Scheme, &'a str)> {
        let root = if self.wheel_file.root_is_purelib {
            Scheme::Purelib
        } else {
            Scheme::Platlib
        };
        scheme::place(entry, self.data.as_deref(), root)
    }

    /// Writes the bytes of an entry to `sink`, and compares them with their hash in `RECORD`. On
    /// an error the sink has got some of them: throw them away.
    ///
    /// # Errors
    /// [`WheelError::Archive`] or [`WheelError::Recorded`].
    pub fn copy(&self, entry: &Entry, sink: &mut dyn Write) -> Result<(), WheelError> {
        let Some(expected) = self.record.expected(entry) else {
            return Ok(self.archive.copy(entry, sink)?);
        };
        let algorithm: HashAlgorithm = expected.algorithm();
        let mut hashing = HashingWriter::new(sink, algorithm);
        self.archive.copy(entry, &mut hashing)?;
        let (_, found, _) = hashing.finish();
        self.record.verify(entry, &found)
    }

    /// Writes the bytes of an entry to `sink` without comparing them with `RECORD`, for callers
    /// that hash them on their way and compare with [`RecordCheck::expected`] themselves.
    ///
    /// # Errors
    /// [`WheelError::Archive`].
    pub fn copy_unchecked(&self, entry: &Entry, sink: &mut dyn Write) -> Result<(), WheelError> {
        Ok(self.archive.copy(entry, sink)?)
    }

    /// The bytes of an entry, which may be at most `cap`, compared with their hash.
    ///
    /// # Errors
    /// As [`copy`](Self::copy).
    pub fn read(&self, entry: &Entry, cap: u64) -> Result<Vec<u8>, WheelError> {
        let bytes = self.archive.read(entry, cap)?;
        if let Some(expected) = self.record.expected(entry) {
            let mut hasher = expected.algorithm().hasher();
            hasher.update(&bytes);
            self.record.verify(entry, &hasher.finish())?;
        }
        Ok(bytes)
    }
}

fn required<R: ReadAt>(
    archive: &Archive<R>,
    dist_info: &str,
    file: &'static str,
    cap: u64,
) -> Result<Vec<u8>, WheelError> {
    optional(archive, dist_info, file, cap)?.ok_or(WheelError::Missing { file })
}

fn optional<R: ReadAt>(
    archive: &Archive<R>,
    dist_info: &str,
    file: &str,
    cap: u64,
) -> Result<Option<Vec<u8>>, WheelError> {
    match archive
        .get(&format!("{dist_info}/{file}"))
        .filter(|entry| !entry.is_dir())
    {
        Some(entry) => Ok(Some(archive.read(entry, cap)?)),
        None => Ok(None),
    }
}

/// `METADATA` and the file name must speak of one package.
fn agree(metadata: &Metadata, filename: &WheelFilename) -> Result<(), WheelError> {
    let differ = |field, found: String, expected: String| {
        Err(WheelError::Disagree {
            field,
            found: quoted(&found),
            expected: quoted(&expected),
        })
    };
    let name = metadata.name.parse::<PackageName>();
    if name.as_ref().ok() != Some(&filename.name) {
        return differ("Name", metadata.name.to_string(), filename.name.to_string());
    }
    if metadata.version != filename.version {
        return differ(
            "Version",
            metadata.version.to_string(),
            filename.version.to_string(),
        );
    }
    Ok(())
}

fn warnings(wheel_file: &WheelFile, filename: &WheelFilename) -> Vec<WheelWarning> {
    let mut warnings = Vec::new();
    let sorted = |tags: &mut Vec<String>| {
        tags.sort();
        tags.dedup();
    };
    let mut inside: Vec<String> = wheel_file.tags.iter().map(ToString::to_string).collect();
    let mut outside: Vec<String> = filename.tags.tags().map(|tag| tag.to_string()).collect();
    sorted(&mut inside);
    sorted(&mut outside);
    if inside != outside {
        warnings.push(WheelWarning::Tags {
            wheel: inside,
            filename: outside,
        });
    }
    let (major, minor) = wheel_file.wheel_version;
    if minor > 0 {
        warnings.push(WheelWarning::Version {
            version: format!("{major}.{minor}"),
        });
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;
    use zip::write::SimpleFileOptions;

    const FILENAME: &str = "demo-1.0-py3-none-any.whl";

    /// A wheel with these files; RECORD is made unless it is among them.
    fn wheel(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut all: Vec<(String, Vec<u8>)> = vec![
            ("demo/__init__.py".into(), b"x = 1\n".to_vec()),
            (
                "demo-1.0.dist-info/METADATA".into(),
                b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n".to_vec(),
            ),
            (
                "demo-1.0.dist-info/WHEEL".into(),
                b"Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
                    .to_vec(),
            ),
        ];
        for (name, bytes) in files {
            all.retain(|(known, _)| known != name);
            all.push(((*name).to_owned(), bytes.to_vec()));
        }
        if all.iter().all(|(name, _)| !name.ends_with("/RECORD")) {
            let mut rows: Vec<String> = all
                .iter()
                .map(|(name, bytes)| crate::record::RecordEntry::of(name.clone(), bytes))
                .map(|entry| [entry].into_iter().collect::<Record>().to_string())
                .collect();
            rows.push("demo-1.0.dist-info/RECORD,,\n".into());
            all.push((
                "demo-1.0.dist-info/RECORD".into(),
                rows.concat().into_bytes(),
            ));
        }
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in all {
            writer
                .start_file(name, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(&bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn open(bytes: &[u8]) -> Result<WheelArchive<&[u8]>, WheelError> {
        WheelArchive::open(bytes, &FILENAME.parse().unwrap(), Limits::default())
    }

    #[test]
    fn a_sound_wheel_opens_and_its_files_are_verified() {
        let bytes = wheel(&[]);
        let wheel = open(&bytes).unwrap();
        assert_eq!(wheel.dist_info(), "demo-1.0.dist-info");
        assert!(wheel.warnings().is_empty());
        let entry = wheel.get("demo/__init__.py").unwrap();
        assert_eq!(wheel.read(entry, 100).unwrap(), b"x = 1\n");
        assert_eq!(
            wheel.place(entry),
            Some((Scheme::Purelib, "demo/__init__.py"))
        );
    }

    #[test]
    fn contradictions_are_refused() {
        let refused = |files: &[(&str, &[u8])]| open(&wheel(files)).unwrap_err();
        let other = b"Metadata-Version: 2.1\nName: other\nVersion: 1.0\n";
        assert!(matches!(
            refused(&[("demo-1.0.dist-info/METADATA", other)]),
            WheelError::Disagree { field: "Name", .. }
        ));
        let later = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.1\n";
        assert!(matches!(
            refused(&[("demo-1.0.dist-info/METADATA", later)]),
            WheelError::Disagree {
                field: "Version",
                ..
            }
        ));
        assert!(matches!(
            refused(&[("demo-1.0.dist-info/RECORD", b"")]),
            WheelError::Recorded { .. }
        ));
        assert!(matches!(
            refused(&[("demo-1.0.data/strange/x", b"")]),
            WheelError::Data { .. }
        ));
        assert!(matches!(
            refused(&[("demo-1.0.data/scripts/python", b"")]),
            WheelError::ReservedProgram { .. }
        ));
        assert!(matches!(
            refused(&[("other-1.0.dist-info/x", b"")]),
            WheelError::SeveralDistInfo { .. }
        ));
        assert!(matches!(refused(&[("../x", b"")]), WheelError::Archive(_)));
        let program = b"[console_scripts]\npython = demo:main\n";
        assert!(matches!(
            refused(&[("demo-1.0.dist-info/entry_points.txt", program)]),
            WheelError::EntryPoints(_) | WheelError::ReservedProgram { .. }
        ));
    }

    #[test]
    fn a_file_that_is_not_what_record_says_is_refused_when_read() {
        let rows = "demo/__init__.py,sha256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,6\n\
            demo-1.0.dist-info/METADATA,sha256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,\n\
            demo-1.0.dist-info/WHEEL,sha256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,\n\
            demo-1.0.dist-info/RECORD,,\n";
        let bytes = wheel(&[("demo-1.0.dist-info/RECORD", rows.as_bytes())]);
        let wheel = open(&bytes).unwrap();
        let entry = wheel.get("demo/__init__.py").unwrap();
        let error = wheel.read(entry, 100).unwrap_err();
        assert!(matches!(error, WheelError::Recorded { .. }), "{error}");
        assert!(wheel.copy(entry, &mut std::io::sink()).is_err());
    }
}
