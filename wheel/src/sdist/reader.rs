//! A source distribution as a whole: a sound archive that is the one its file name says.

use crate::Metadata;
use crate::archive::wheel::disagreement;
use crate::archive::{ArchiveError, Limits, dist_info};
use crate::name::quoted;

use super::SdistFilename;
use super::error::SdistError;
use super::tarball::{SdistFile, Tarball};

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
    tarball: Tarball,
    metadata: Metadata,
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
        let tarball = Tarball::read_if(packed, limits, |top| check_top(top, filename))?;
        let metadata = read_metadata(&tarball, filename, limits)?;
        Ok(Self { tarball, metadata })
    }

    /// The name of the top folder, as the archive spells it.
    #[must_use]
    pub fn top_folder(&self) -> &str {
        self.tarball.top_folder()
    }

    /// All files, sorted by their paths' bytes.
    #[must_use]
    pub fn files(&self) -> &[SdistFile] {
        self.tarball.files()
    }

    /// The file of this path below the top folder, if there is one.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&SdistFile> {
        self.tarball.get(path)
    }

    /// The bytes of one of its files.
    #[must_use]
    pub fn bytes(&self, file: &SdistFile) -> &[u8] {
        self.tarball.bytes(file)
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

/// The top folder: the first part of every name, and of the project and version of the file's name
/// in whatever spelling.
fn check_top(top: Option<&str>, filename: &SdistFilename) -> Result<(), SdistError> {
    let Some(top) = top else {
        return Err(SdistError::Missing { file: PKG_INFO });
    };
    if !dist_info::is_of(top, &filename.name, &filename.version) {
        return Err(SdistError::ForeignTop {
            found: quoted(top),
            expected: quoted(&filename.top_folder()),
        });
    }
    Ok(())
}

fn read_metadata(
    tarball: &Tarball,
    filename: &SdistFilename,
    limits: &Limits,
) -> Result<Metadata, SdistError> {
    let file = tarball
        .get(PKG_INFO)
        .ok_or(SdistError::Missing { file: PKG_INFO })?;
    if file.size() > limits.metadata_bytes {
        return Err(SdistError::Archive(ArchiveError::Limit {
            entry: quoted(PKG_INFO),
            what: "bytes",
            found: file.size(),
            limit: limits.metadata_bytes,
        }));
    }
    parse_metadata(tarball.bytes(file), filename)
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
