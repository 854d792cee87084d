//! Writing wheels: the same files give the same bytes.

use std::collections::BTreeMap;
use std::io::{Cursor, Seek, Write};

use rayon::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use crate::WheelFilename;
use crate::record::{Record, RecordEntry};
use crate::wheel_file::WheelFile;

use super::directory::{self, Place};
use super::error::{ArchiveError, shown};
use super::limits::Limits;
use super::name;
use super::scheme::Scheme;
use super::wheel_error::WheelError;

/// The deflate level of every entry. Part of the promise of equal bytes, as is the encoder's
/// version, which the workspace's lock file pins.
const LEVEL: i64 = 6;

/// How many bytes are compressed at a time, before they are. It changes no byte of the wheel.
const PART: usize = 512 << 10;

/// Collects the files of a wheel and writes it.
///
/// `METADATA`, `WHEEL` and `RECORD` are made where they are not given. Entries are sorted by
/// their bytes, the `.dist-info` folder comes last and `RECORD` at its very end; times are
/// 1980-01-01 or what [`source_date_epoch`](Self::source_date_epoch) says, modes 644 or 755; there
/// are no folder entries, extra fields, comments or data descriptors (PEP 427, and the rules of the
/// public index).
#[derive(Clone, Debug)]
pub struct WheelWriter {
    filename: WheelFilename,
    files: BTreeMap<String, Content>,
    generator: String,
    pure: Option<bool>,
    time: DateTime,
    method: CompressionMethod,
}

/// A file that is to be written.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// Whether its mode is 755 rather than 644.
    pub(crate) executable: bool,
}

impl WheelWriter {
    /// A wheel of this file name, without files.
    #[must_use]
    pub fn new(filename: &WheelFilename) -> Self {
        Self {
            filename: filename.clone(),
            files: BTreeMap::new(),
            generator: concat!("mochi ", env!("CARGO_PKG_VERSION")).to_owned(),
            pure: None,
            time: DateTime::DEFAULT,
            method: CompressionMethod::Deflated,
        }
    }

    /// The name of the `.dist-info` folder.
    #[must_use]
    pub fn dist_info(&self) -> String {
        self.own_folder(".dist-info")
    }

    /// The name of the `.data` folder.
    #[must_use]
    pub fn data(&self) -> String {
        self.own_folder(".data")
    }

    fn own_folder(&self, ending: &str) -> String {
        let WheelFilename { name, version, .. } = &self.filename;
        format!("{}-{version}{ending}", name.with_underscores())
    }

    /// Adds a file by its path in the archive; one of the same path is replaced. The path is
    /// checked by [`finish`](Self::finish).
    #[must_use]
    pub fn file(
        mut self,
        path: impl Into<String>,
        bytes: impl Into<Vec<u8>>,
        executable: bool,
    ) -> Self {
        self.files.insert(
            path.into(),
            Content {
                bytes: bytes.into(),
                executable,
            },
        );
        self
    }

    /// Adds a file of the `.dist-info` folder, such as `entry_points.txt` or `licenses/LICENSE`.
    #[must_use]
    pub fn dist_info_file(self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let path = format!("{}/{path}", self.dist_info());
        self.file(path, bytes, false)
    }

    /// Adds a file of the `.data` folder.
    #[must_use]
    pub fn data_file(
        self,
        scheme: Scheme,
        path: &str,
        bytes: impl Into<Vec<u8>>,
        executable: bool,
    ) -> Self {
        let path = format!("{}/{scheme}/{path}", self.data());
        self.file(path, bytes, executable)
    }

    /// The text of `METADATA`. Without it, one that has name and version only is made.
    #[must_use]
    pub fn metadata(self, text: impl Into<Vec<u8>>) -> Self {
        self.dist_info_file("METADATA", text)
    }

    /// The text of `WHEEL`, in place of the one that is made.
    #[must_use]
    pub fn wheel_file(self, text: impl Into<Vec<u8>>) -> Self {
        self.dist_info_file("WHEEL", text)
    }

    /// The text of `RECORD`, in place of the one that is made.
    #[must_use]
    pub fn record(self, text: impl Into<Vec<u8>>) -> Self {
        self.dist_info_file("RECORD", text)
    }

    /// The program that is named in `WHEEL` as the wheel's maker.
    #[must_use]
    pub fn generator(mut self, generator: &str) -> Self {
        generator.clone_into(&mut self.generator);
        self
    }

    /// Whether the files outside of `.data` go to `purelib`. Without it, they do if the wheel is
    /// for any platform.
    #[must_use]
    pub const fn root_is_purelib(mut self, pure: bool) -> Self {
        self.pure = Some(pure);
        self
    }

    /// The time of every entry, in seconds since 1970 (`SOURCE_DATE_EPOCH`), in UTC. The format
    /// has even seconds from 1980 to 2107; others are taken as the nearest that it has.
    #[must_use]
    pub fn source_date_epoch(mut self, seconds: u64) -> Self {
        self.time = dos_time(seconds);
        self
    }

    /// Stores the files as they are: then the bytes depend on no encoder.
    #[must_use]
    pub const fn stored(mut self) -> Self {
        self.method = CompressionMethod::Stored;
        self
    }

    /// The wheel's bytes.
    ///
    /// # Errors
    /// As [`finish_into`](Self::finish_into).
    pub fn finish(self) -> Result<Vec<u8>, WheelError> {
        Ok(self.finish_into(Cursor::new(Vec::new()))?.into_inner())
    }

    /// Writes the wheel. The sink must be able to seek: else sizes would have to follow the data.
    ///
    /// # Errors
    /// [`ArchiveError::Name`] and [`ArchiveError::Clash`] for paths that the reader would refuse,
    /// [`ArchiveError::Io`] where the sink fails.
    pub fn finish_into<W: Write + Seek>(mut self, sink: W) -> Result<W, WheelError> {
        self.complete();
        self.check()?;
        let dist_info = self.dist_info() + "/";
        let record = format!("{dist_info}RECORD");
        let rank = |path: &str| (path.starts_with(&dist_info), path == record);
        let mut files: Vec<_> = self.files.iter().collect();
        // Stable: the map's order stays within each rank.
        files.sort_by_key(|(path, _)| rank(path));
        let mut zip = ZipWriter::new(sink);
        let end = |error: zip::result::ZipError| ArchiveError::Io {
            entry: "end of the archive".to_owned(),
            source: error.into(),
        };
        // Compressing takes the time: parts are archives of their own, put together as they are.
        let parts: Vec<_> = parts(&files)
            .into_par_iter()
            .map(|part| {
                let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
                self.write_all(&mut zip, part)?;
                zip.finish_into_readable().map_err(end)
            })
            .collect::<Result<_, _>>()?;
        for part in parts {
            zip.merge_archive(part).map_err(end)?;
        }
        Ok(zip.finish().map_err(end)?)
    }

    fn write_all<W: Write + Seek>(
        &self,
        zip: &mut ZipWriter<W>,
        files: &[(&String, &Content)],
    ) -> Result<(), ArchiveError> {
        files.iter().try_for_each(|(path, content)| {
            self.write(zip, path, content)
                .map_err(|source| ArchiveError::Io {
                    entry: shown(path.as_bytes()),
                    source,
                })
        })
    }

    fn write<W: Write + Seek>(
        &self,
        zip: &mut ZipWriter<W>,
        path: &str,
        content: &Content,
    ) -> std::io::Result<()> {
        let deflated = self.method == CompressionMethod::Deflated;
        let options = SimpleFileOptions::default()
            .compression_method(self.method)
            .compression_level(deflated.then_some(LEVEL))
            .last_modified_time(self.time)
            .unix_permissions(if content.executable { 0o755 } else { 0o644 })
            .large_file(content.bytes.len() >= u32::MAX as usize)
            // Else it is that of the machine, and the bytes with it.
            .system(System::Unix);
        zip.start_file(path, options)?;
        zip.write_all(&content.bytes)
    }

    /// Makes the files that every wheel has and that were not given, `RECORD` last.
    fn complete(&mut self) {
        let WheelFilename {
            name,
            version,
            build,
            tags,
        } = &self.filename;
        let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        let pure = self
            .pure
            .unwrap_or_else(|| tags.platforms().all(|p| p == "any"));
        let mut wheel_file = WheelFile::new(&self.generator, pure, tags);
        wheel_file.build.clone_from(build);
        self.make("METADATA", metadata);
        self.make("WHEEL", wheel_file.to_string());
        let own = format!("{}/RECORD", self.dist_info());
        let rows: Vec<RecordEntry> = self
            .files
            .par_iter()
            .map(|(path, content)| RecordEntry::of(path, &content.bytes))
            .collect();
        let mut record: Record = rows.into_iter().collect();
        record.insert(RecordEntry::bare(own));
        self.make("RECORD", record.to_string());
    }

    fn make(&mut self, file: &str, text: String) {
        let path = format!("{}/{file}", self.dist_info());
        let made = || Content {
            bytes: text.into_bytes(),
            executable: false,
        };
        self.files.entry(path).or_insert_with(made);
    }

    /// No path that the reader would refuse.
    fn check(&self) -> Result<(), ArchiveError> {
        check_paths(self.files.keys().map(String::as_str))
    }
}

/// The paths of files that are to be written: none that the readers would refuse.
pub(crate) fn check_paths<'a>(
    paths: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), ArchiveError> {
    let limits = Limits::default();
    for path in paths.clone() {
        let named = |fault| ArchiveError::Name {
            entry: shown(path.as_bytes()),
            fault,
        };
        let (_, is_dir) = name::check(path.as_bytes(), true, &limits).map_err(named)?;
        if is_dir {
            return Err(named(name::NameFault::EmptyPart));
        }
    }
    directory::check_places(paths.map(|path| Place {
        path: path.into(),
        entry: path,
        is_dir: false,
    }))
}

/// Files in parts of about [`PART`] bytes, in their order.
fn parts<'a, 'b>(files: &'b [(&'a String, &'a Content)]) -> Vec<&'b [(&'a String, &'a Content)]> {
    let (mut parts, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (at, (_, content)) in files.iter().enumerate() {
        bytes += content.bytes.len();
        if bytes >= PART {
            parts.push(&files[start..=at]);
            (start, bytes) = (at + 1, 0);
        }
    }
    if start < files.len() {
        parts.push(&files[start..]);
    }
    parts
}

/// The date and time in a zip archive's terms.
fn dos_time(seconds: u64) -> DateTime {
    const DAY: u64 = 24 * 60 * 60;
    /// 1980-01-01, and the last even second of 2107.
    const FIRST: u64 = 3652 * DAY;
    const LAST: u64 = 50_403 * DAY - 2;
    let since = seconds.clamp(FIRST, LAST) - FIRST;
    let leap = |year: u16| year.is_multiple_of(4) && year != 2100;
    let (mut year, mut day) = (1980, since / DAY);
    while day >= 365 + u64::from(leap(year)) {
        day -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = 1;
    for days in [
        31,
        28 + u64::from(leap(year)),
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
    ] {
        if day < days {
            break;
        }
        day -= days;
        month += 1;
    }
    let small = |value: u64| u8::try_from(value).unwrap_or(0);
    let (minutes, second) = (since % DAY / 60, (since % 60) & !1);
    let (hour, minute) = (small(minutes / 60), small(minutes % 60));
    DateTime::from_date_and_time(year, month, small(day + 1), hour, minute, small(second))
        .unwrap_or(DateTime::DEFAULT)
}

#[cfg(test)]
mod tests;
