//! Writing source distributions: the same files give the same bytes.

use std::collections::BTreeMap;
use std::io::{self, Write};

use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

use crate::archive::error::shown;
use crate::archive::writer::{Content, check_paths};
use crate::archive::{ArchiveError, Limits};

use super::SdistFilename;
use super::error::SdistError;
use super::gzip::check_no_zip;
use super::pax;
use super::reader::{PKG_INFO, parse_metadata};

/// The compression level. Part of the promise of equal bytes, as is the encoder's version, which
/// the workspace's lock file pins.
const LEVEL: u32 = 9;
/// 1980-01-01, the first day that zip archives know: wheels have the same.
const DEFAULT_TIME: u64 = 315_532_800;
/// The last second that eleven octal digits can say.
const LAST_TIME: u64 = 0o777_7777_7777;
/// What a gzip header calls an unknown operating system.
const NO_SYSTEM: u8 = 255;
/// The name of a header with PAX records: what Python writes, and no path that is unpacked.
const PAX_NAME: &str = "././@PaxHeader";

/// Collects the files of a source distribution and writes it.
///
/// All of them go below the one top folder. Entries are sorted by their bytes; times are
/// 1980-01-01 or what [`source_date_epoch`](Self::source_date_epoch) says, modes 644 or 755, the
/// owner is 0 and has no name; there are no entries for folders. A path that the ustar format
/// cannot say (too long, or not ASCII) stands in a PAX record (PEP 721).
#[derive(Clone, Debug)]
pub struct SdistWriter {
    filename: SdistFilename,
    files: BTreeMap<String, Content>,
    time: u64,
}

impl SdistWriter {
    /// A source distribution of this file name, without files.
    #[must_use]
    pub fn new(filename: &SdistFilename) -> Self {
        Self {
            filename: filename.clone(),
            files: BTreeMap::new(),
            time: DEFAULT_TIME,
        }
    }

    /// Adds a file by its path below the top folder; one of the same path is replaced. The path is
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

    /// The time of every file, in seconds since 1970 (`SOURCE_DATE_EPOCH`). The format ends in the
    /// year 2242; later times are taken as its last.
    #[must_use]
    pub fn source_date_epoch(mut self, seconds: u64) -> Self {
        self.time = seconds.min(LAST_TIME);
        self
    }

    /// The source distribution's bytes.
    ///
    /// # Errors
    /// Whatever the reader would refuse: [`SdistError::Missing`] without `PKG-INFO`,
    /// [`SdistError::Metadata`] and [`SdistError::Disagree`] for one that is not of this file
    /// name, [`SdistError::Archive`] for paths and sizes, and [`SdistError::AlsoZip`] where a zip
    /// archive among the files would stand in the result as it is.
    pub fn finish(self) -> Result<Vec<u8>, SdistError> {
        let info = self.files.get(PKG_INFO);
        let info = info.ok_or(SdistError::Missing { file: PKG_INFO })?;
        parse_metadata(&info.bytes, &self.filename)?;
        let top = self.filename.top_folder();
        let files: Vec<_> = self
            .files
            .iter()
            .map(|(path, content)| (format!("{top}/{path}"), content))
            .collect();
        check_paths(files.iter().map(|(path, _)| path.as_str()))?;
        let mut tar = Builder::new(Vec::new());
        for (path, content) in &files {
            append(&mut tar, path, content, self.time)
                .map_err(|source| io_error(shown(path.as_bytes()), source))?;
        }
        let end = |source| io_error("end of the archive".to_owned(), source);
        let tar = tar.into_inner().map_err(end)?;
        let packed = pack(&tar).map_err(end)?;
        Limits::default().check_total(tar.len() as u64, packed.len() as u64)?;
        check_no_zip(&packed)?;
        Ok(packed)
    }
}

fn io_error(entry: String, source: io::Error) -> ArchiveError {
    ArchiveError::Io { entry, source }
}

fn pack(tar: &[u8]) -> io::Result<Vec<u8>> {
    let mut gzip = GzBuilder::new()
        .mtime(0)
        .operating_system(NO_SYSTEM)
        .write(Vec::new(), Compression::new(LEVEL));
    gzip.write_all(tar)?;
    gzip.finish()
}

/// Writes one file, with a PAX header before it where its path needs one.
fn append<W: Write>(
    tar: &mut Builder<W>,
    path: &str,
    content: &Content,
    time: u64,
) -> io::Result<()> {
    let mut header = header(EntryType::Regular, content.bytes.len(), time)?;
    header.set_mode(if content.executable { 0o755 } else { 0o644 });
    if !path.is_ascii() || header.set_path(path).is_err() {
        let record = pax::record("path", path);
        let mut before = self::header(EntryType::XHeader, record.len(), time)?;
        set_name(&mut before, PAX_NAME);
        before.set_cksum();
        tar.append(&before, record.as_slice())?;
        set_name(&mut header, path);
    }
    header.set_cksum();
    tar.append(&header, content.bytes.as_slice())
}

/// A ustar header without a name.
fn header(kind: EntryType, size: usize, time: u64) -> io::Result<Header> {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_size(size as u64);
    header.set_mtime(time);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_device_major(0)?;
    header.set_device_minor(0)?;
    Ok(header)
}

/// Sets the name field alone, to as much as it takes of a text: the PAX record has the whole.
fn set_name(header: &mut Header, text: &str) {
    let Some(fields) = header.as_ustar_mut() else {
        return;
    };
    fields.prefix = [0; 155];
    fields.name = [0; 100];
    let ascii = text
        .chars()
        .map(|c| u8::try_from(c).ok().filter(u8::is_ascii));
    for (place, byte) in fields.name.iter_mut().zip(ascii) {
        *place = byte.unwrap_or(b'_');
    }
}

#[cfg(test)]
mod tests;
