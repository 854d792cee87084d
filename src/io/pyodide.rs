//! The lists of curated packages of the Pyodide releases that a project is for.

use super::cache::Cache;
use super::conditional::{Answer, Conditional};
use super::files::{self, FileError};
use super::net::{Get, Net, NetError, Response};
use manifest::without_credentials;
use pyodide::{Curated, LockFile, LockFileError, builtin, default_base};
use resolver::Curation;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tag_matrix::PyodideRelease;
use url::Url;

/// The name of a list in a folder or on a server.
pub const LIST: &str = "pyodide-lock.json";
/// The largest list that is fetched, in bytes.
const MAX_LIST: u64 = 64 << 20;

/// A list cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PyodideError {
    /// It could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It could not be fetched.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The server says no.
    #[error("{url} answered {status}")]
    Status {
        /// The address, without credentials.
        url: String,
        /// The status.
        status: u16,
    },
    /// It is none.
    #[error("{place}: {source}")]
    Invalid {
        /// The file or URL.
        place: String,
        /// What is wrong with it.
        source: LockFileError,
    },
    /// It is of another release.
    #[error(
        "{place} is for Pyodide's platform {found}; Pyodide {release} has {platform}, and loads nothing else"
    )]
    Platform {
        /// The file or URL.
        place: String,
        /// The platform that it is for.
        found: String,
        /// The release that is wanted.
        release: String,
        /// The platform of that.
        platform: String,
    },
}

/// Gets lists.
pub struct Lists<'a> {
    /// The HTTP client.
    pub net: &'a Net,
    /// Where fetched lists are kept.
    pub cache: &'a Cache,
    /// The folder of the project, which relative paths start from.
    pub folder: &'a Path,
    /// Whether the network is not to be used.
    pub offline: bool,
}

/// The file that a `pyodide-index` on this machine means.
pub fn local(folder: &Path, place: &str) -> PathBuf {
    let path = folder.join(place);
    if path.is_dir() { path.join(LIST) } else { path }
}

/// Reads a list, or so much of it that it is seen to be too large.
///
/// # Errors
/// It cannot be read.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path)?;
    file.take(MAX_LIST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether a `pyodide-index` is on a server.
pub fn is_url(place: &str) -> bool {
    place.starts_with("http://") || place.starts_with("https://")
}

/// The text of a list.
fn text_of(bytes: Vec<u8>, place: &str) -> Result<String, PyodideError> {
    let invalid = |source| PyodideError::Invalid {
        place: place.to_owned(),
        source,
    };
    if bytes.len() as u64 > MAX_LIST {
        return Err(invalid(LockFileError::TooLarge));
    }
    String::from_utf8(bytes).map_err(|_| {
        let why = "it is not UTF-8".to_owned();
        invalid(LockFileError::Json { why })
    })
}

/// Makes the address of a list on a server, which may be given as that of its folder, whole; it
/// is returned without credentials.
pub fn address(url: &mut Url) -> String {
    if !url.path().ends_with(".json") {
        url.set_path(&format!("{}/{LIST}", url.path().trim_end_matches('/')));
    }
    without_credentials(url.as_str())
}

impl Lists<'_> {
    /// What a release curates: by the list at `place`, else by the one that is built in.
    ///
    /// # Errors
    /// The list cannot be had, or is of another release.
    pub async fn get(
        &self,
        release: &PyodideRelease,
        place: Option<&str>,
    ) -> Result<Option<Curation>, PyodideError> {
        let Some(place) = place else {
            let curated = builtin(&release.version);
            return Ok(
                curated.map(|curated| Curation::new(curated, &default_base(&release.version)))
            );
        };
        let (lock, base) = self.listed(release, place).await?;
        Ok(Some(Curation::new(&Curated::new(release, &lock), &base)))
    }

    /// The list at `place`, and where its files are.
    ///
    /// # Errors
    /// The list cannot be had, or is of another release.
    pub async fn listed(
        &self,
        release: &PyodideRelease,
        place: &str,
    ) -> Result<(LockFile, String), PyodideError> {
        let (text, shown, base) = match place.parse::<Url>() {
            Ok(url) if is_url(place) => self.fetch(url).await?,
            _ => self.read(place)?,
        };
        let lock = LockFile::parse(&text).map_err(|source| PyodideError::Invalid {
            place: shown.clone(),
            source,
        })?;
        if lock.info.abi_version != release.platform {
            return Err(PyodideError::Platform {
                place: shown,
                found: lock.info.abi_version.chars().take(40).collect(),
                release: release.version.clone(),
                platform: release.platform.clone(),
            });
        }
        Ok((lock, base))
    }

    /// The text of a file, how errors call it, and the folder as the lock names it.
    fn read(&self, place: &str) -> Result<(String, String, String), PyodideError> {
        let path = local(self.folder, place);
        let bytes = read(&path).map_err(|error| FileError::new("read", &path, error))?;
        let text = text_of(bytes, &path.display().to_string())?;
        let folder = path.parent().unwrap_or(self.folder);
        let base = files::relative(self.folder, folder);
        let base = match base.as_str() {
            "" | "." => String::new(),
            base => format!("{base}/"),
        };
        Ok((text, path.display().to_string(), base))
    }

    /// The text of a list on a server, its address, and that of its folder, with a slash.
    ///
    /// # Errors
    /// It cannot be had.
    pub async fn fetch(&self, mut url: Url) -> Result<(String, String, String), PyodideError> {
        let _ = self.net.register(&url);
        let shown = address(&mut url);
        let base = match shown.rsplit_once('/') {
            Some((base, _)) => format!("{base}/"),
            None => shown.clone(),
        };
        let lists = Conditional {
            net: self.net,
            cache: self.cache,
            offline: self.offline,
        };
        let read = |response: &Response| text_of(response.body.to_vec(), &shown);
        match lists.text(&shown, Get::new(url, MAX_LIST), read).await? {
            Answer::Text(text) => Ok((text, shown, base)),
            Answer::Status(status) => Err(PyodideError::Status { url: shown, status }),
        }
    }
}
/// The version of the npm package `pyodide` in a folder.
pub fn version_in(folder: &Path) -> Option<String> {
    let package = std::fs::read(folder.join("package.json")).ok()?;
    let package: serde_json::Value = serde_json::from_slice(&package).ok()?;
    Some(package.get("version")?.as_str()?.to_owned())
}

/// The release of the table that is in a folder.
pub fn release_in(folder: &Path) -> Option<&'static PyodideRelease> {
    PyodideRelease::find(&version_in(folder)?).ok()
}
