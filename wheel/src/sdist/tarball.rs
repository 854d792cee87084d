//! A gzipped tar archive whose files are all in one folder at its top.

use std::ops::Range;

use crate::archive::directory::{self, Place};
use crate::archive::error::shown;
use crate::archive::{ArchiveError, Limits, dist_info, name};
use crate::name::quoted;

use super::error::SdistError;
use super::gzip;
use super::tar_file::{self, Entry};

/// A gzipped tar archive with one folder at its top, strictly read: a source distribution, and the
/// packages of npm's registry.
///
/// It is held in memory unpacked, so [`Limits::total_bytes`] is worth setting where memory is
/// scarce.
#[derive(Debug)]
pub struct Tarball {
    tar: Vec<u8>,
    top: String,
    files: Vec<SdistFile>,
}

/// A file of a source distribution or other tar archive.
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

impl Tarball {
    /// Reads an archive whose top folder has this name.
    ///
    /// # Errors
    /// [`SdistError`]: the first thing found that readers could understand differently, or a file
    /// outside of the folder.
    pub fn read(packed: &[u8], top: &str, limits: &Limits) -> Result<Self, SdistError> {
        Self::read_if(packed, limits, |found| match found {
            Some(found) if found == top => Ok(()),
            found => Err(SdistError::ForeignTop {
                found: quoted(found.unwrap_or_default()),
                expected: quoted(top),
            }),
        })
    }

    /// Reads an archive whose top folder, if it has one, `check` takes.
    pub(crate) fn read_if(
        packed: &[u8],
        limits: &Limits,
        check: impl FnOnce(Option<&str>) -> Result<(), SdistError>,
    ) -> Result<Self, SdistError> {
        let tar = gzip::unpack(packed, limits)?;
        let entries = tar_file::entries(&tar, limits)?;
        let names = check_names(&entries, limits)?;
        let top = names.first().map(|first| dist_info::top_level(first));
        check(top)?;
        let top = top.unwrap_or_default().to_owned();
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
        Ok(Self { tar, top, files })
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
        let find = |file: &SdistFile| (*file.path).cmp(path);
        self.files.get(self.files.binary_search_by(find).ok()?)
    }

    /// The bytes of one of its files.
    #[must_use]
    pub fn bytes(&self, file: &SdistFile) -> &[u8] {
        // A file of another archive may lie outside; it has no bytes here.
        self.tar.get(file.data.clone()).unwrap_or_default()
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdist::{SdistFilename, SdistWriter};

    #[test]
    fn the_top_folder_is_the_one_that_was_named() {
        let metadata = "Metadata-Version: 2.4\nName: a\nVersion: 1\n";
        let filename: SdistFilename = "a-1.tar.gz".parse().unwrap();
        let packed = SdistWriter::new(&filename)
            .file("PKG-INFO", metadata, false)
            .file("pyproject.toml", "[build-system]", false)
            .finish()
            .unwrap();
        let limits = Limits::default();
        let tarball = Tarball::read(&packed, "a-1", &limits).unwrap();
        let file = tarball.get("PKG-INFO").unwrap();
        assert_eq!(tarball.bytes(file), metadata.as_bytes());
        assert!(tarball.get("package").is_none());
        let error = Tarball::read(&packed, "package", &limits).unwrap_err();
        assert!(matches!(error, SdistError::ForeignTop { .. }), "{error}");
    }
}
