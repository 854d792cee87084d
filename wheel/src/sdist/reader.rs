//! A source distribution as a whole: a sound archive that is the one its file name says.

use std::ops::Range;

use crate::Metadata;
use crate::archive::directory::{self, Place};
use crate::archive::error::shown;
use crate::archive::wheel::disagreement;
use crate::archive::{ArchiveError, Limits, dist_info, name};
use crate::name::quoted;

use super::SdistFilename;
use super::error::SdistError;
use super::gzip;
use super::tar_file::{self, Entry};

/// The metadata of a source distribution, in its top folder.
pub(crate) const PKG_INFO: &str = "PKG-INFO";
/// What says how to build it.
const PYPROJECT: &str = "pyproject.toml";

/// A source distribution, strictly read.
///
/// It is held in memory unpacked, so [`Limits::total_bytes`] is worth setting where memory is
/// scarce.
#[derive(Debug)]
pub struct SdistArchive {
    tar: Vec<u8>,
    top: String,
    files: Vec<SdistFile>,
    metadata: Metadata,
}

/// A file of a source distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SdistFile {
    path: Box<str>,
    executable: bool,
    data: Range<usize>,
}

impl SdistFile {
    /// Its path below the top folder, with `/` between the parts.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether its owner may run it.
    #[must_use]
    pub const fn executable(&self) -> bool {
        self.executable
    }

    /// The number of its bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        (self.data.end - self.data.start) as u64
    }
}

impl SdistArchive {
    /// Reads the source distribution of this file name.
    ///
    /// One without `pyproject.toml` is read, since many old ones have none; those who want it say
    /// so with [`require_pyproject`](Self::require_pyproject).
    ///
    /// # Errors
    /// [`SdistError`]: the first thing found that a source distribution must not have.
    pub fn read(
        packed: &[u8],
        filename: &SdistFilename,
        limits: &Limits,
    ) -> Result<Self, SdistError> {
        let tar = gzip::unpack(packed, limits)?;
        let entries = tar_file::entries(&tar, limits)?;
        let names = check_names(&entries, limits)?;
        let top = find_top(&names, filename)?.to_owned();
        let mut files = Vec::new();
        for (entry, name) in entries.iter().zip(&names) {
            match name
                .strip_prefix(top.as_str())
                .map(|rest| rest.strip_prefix('/'))
            {
                Some(Some(path)) if !entry.is_dir => files.push(SdistFile {
                    path: path.into(),
                    executable: entry.executable,
                    data: entry.data.clone(),
                }),
                Some(Some(_)) => {}
                Some(None) if entry.is_dir && *name == top => {}
                _ => {
                    return Err(SdistError::Outside {
                        entry: shown(&entry.name),
                        top: quoted(&top),
                    });
                }
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let metadata = read_metadata(&tar, &files, filename, limits)?;
        Ok(Self {
            tar,
            top,
            files,
            metadata,
        })
    }

    /// The name of the top folder, as the archive spells it.
    #[must_use]
    pub fn top_folder(&self) -> &str {
        &self.top
    }

    /// All files, sorted by their paths' bytes.
    #[must_use]
    pub fn files(&self) -> &[SdistFile] {
        &self.files
    }

    /// The file of this path below the top folder, if there is one.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&SdistFile> {
        find(&self.files, path)
    }

    /// The bytes of one of its files.
    #[must_use]
    pub fn bytes(&self, file: &SdistFile) -> &[u8] {
        // A file of another archive may lie outside; it has no bytes here.
        self.tar.get(file.data.clone()).unwrap_or_default()
    }

    /// What `PKG-INFO` says.
    #[must_use]
    pub const fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Whether there is a `pyproject.toml`, which the standard asks for (PEP 517).
    #[must_use]
    pub fn has_pyproject(&self) -> bool {
        self.get(PYPROJECT).is_some()
    }

    /// The archive, if it has a `pyproject.toml`.
    ///
    /// # Errors
    /// [`SdistError::Missing`] if not.
    pub fn require_pyproject(self) -> Result<Self, SdistError> {
        if self.has_pyproject() {
            return Ok(self);
        }
        Err(SdistError::Missing { file: PYPROJECT })
    }
}

fn find<'a>(files: &'a [SdistFile], path: &str) -> Option<&'a SdistFile> {
    let at = files.binary_search_by(|file| (*file.path).cmp(path)).ok()?;
    files.get(at)
}

/// The names of all entries, each alone and against the others as in wheels.
fn check_names<'a>(entries: &'a [Entry], limits: &Limits) -> Result<Vec<&'a str>, SdistError> {
    let mut names = Vec::with_capacity(entries.len());
    for entry in entries {
        let (path, slash) =
            name::check(&entry.name, entry.utf8, limits).map_err(|fault| ArchiveError::Name {
                entry: shown(&entry.name),
                fault,
            })?;
        if slash && !entry.is_dir {
            return Err(SdistError::Header {
                entry: shown(&entry.name),
                reason: "it is a file with the name of a folder",
            });
        }
        names.push(path);
    }
    directory::check_places(entries.iter().zip(&names).map(|(entry, &path)| Place {
        path: path.into(),
        entry: path,
        is_dir: entry.is_dir,
    }))?;
    Ok(names)
}

/// The top folder: the first part of every name, and of the project and version of the file's name
/// in whatever spelling.
fn find_top<'a>(names: &[&'a str], filename: &SdistFilename) -> Result<&'a str, SdistError> {
    let Some(first) = names.first() else {
        return Err(SdistError::Missing { file: PKG_INFO });
    };
    let top = dist_info::top_level(first);
    if !dist_info::is_of(top, &filename.name, &filename.version) {
        return Err(SdistError::ForeignTop {
            found: quoted(top),
            expected: quoted(&filename.top_folder()),
        });
    }
    Ok(top)
}

fn read_metadata(
    tar: &[u8],
    files: &[SdistFile],
    filename: &SdistFilename,
    limits: &Limits,
) -> Result<Metadata, SdistError> {
    let file = find(files, PKG_INFO).ok_or(SdistError::Missing { file: PKG_INFO })?;
    if file.size() > limits.metadata_bytes {
        return Err(SdistError::Archive(ArchiveError::Limit {
            entry: quoted(PKG_INFO),
            what: "bytes",
            found: file.size(),
            limit: limits.metadata_bytes,
        }));
    }
    parse_metadata(&tar[file.data.clone()], filename)
}

/// `PKG-INFO`, which must be of the file name's project and version.
pub(crate) fn parse_metadata(
    bytes: &[u8],
    filename: &SdistFilename,
) -> Result<Metadata, SdistError> {
    let metadata = Metadata::parse(bytes).map_err(SdistError::Metadata)?;
    match disagreement(&metadata, &filename.name, &filename.version) {
        None => Ok(metadata),
        Some((field, found, expected)) => Err(SdistError::Disagree {
            field,
            found,
            expected,
        }),
    }
}
