//! Which indexes are in force.

use crate::io::files;
use crate::io::net::Net;
use resolver::LockedSource;
use std::path::{Path, PathBuf};
use url::Url;

/// Where an index is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// On a server: the address below which projects have their pages, without credentials.
    Http(Url),
    /// In a folder: the one below which projects have theirs.
    Folder(PathBuf),
}

/// An index in force.
#[derive(Debug, Clone)]
pub struct IndexSource {
    /// Its name in messages.
    pub name: String,
    /// How the lock names it.
    pub label: LockedSource,
    /// Where it is.
    pub location: Location,
}

/// A place with wheels side by side.
#[derive(Debug, Clone)]
pub struct FindLinks {
    /// How the lock names it.
    pub label: LockedSource,
    /// A folder, or a page of links.
    pub location: Location,
}

/// All indexes in force.
#[derive(Debug, Clone, Default)]
pub struct Indexes {
    /// Asked in this order; the first that has a project is the only one for it.
    pub ordered: Vec<IndexSource>,
    /// Asked only for requirements that name them.
    pub explicit: Vec<IndexSource>,
    /// Asked besides the index.
    pub find_links: Vec<FindLinks>,
}

impl Indexes {
    /// Whether packages from there could still come from there.
    pub fn have(&self, source: &LockedSource) -> bool {
        let mut indexes = self.ordered.iter().chain(&self.explicit);
        match source {
            LockedSource::IndexName(_) | LockedSource::IndexUrl(_) => {
                indexes.any(|index| index.label == *source)
                    || self.find_links.iter().any(|links| links.label == *source)
            }
            _ => true,
        }
    }
}

/// An address that is no index.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{address}` is not an index: {why}")]
pub struct AddressError {
    /// The address, without credentials.
    pub address: String,
    /// What is wrong with it.
    pub why: String,
}

/// Reads an index address: a URL, a folder (relative to `base`), or the bare name of a Warehouse.
///
/// `name` is the name that the manifest gives it. `project` is the folder of the lock, which
/// writes paths relative to itself.
///
/// # Errors
/// It is none of these.
pub fn index(
    name: Option<&str>,
    address: &str,
    base: &Path,
    project: &Path,
    net: &Net,
) -> Result<IndexSource, AddressError> {
    let shown = manifest::without_credentials(address);
    let (location, label) = match locate(address, base, net)? {
        Some(location) => {
            let label = match &location {
                Location::Http(url) => url.to_string(),
                Location::Folder(folder) => files::relative(project, folder),
            };
            (location, LockedSource::IndexUrl(label))
        }
        None => (
            Location::Http(warehouse(address, &shown)?),
            LockedSource::IndexName(address.to_owned()),
        ),
    };
    let label = name.map_or(label, |name| LockedSource::IndexName(name.to_owned()));
    let name = name.map_or(shown, str::to_owned);
    Ok(IndexSource {
        name,
        label,
        location,
    })
}

/// Reads the address of a place with wheels side by side: a folder or the URL of a page.
///
/// # Errors
/// It is neither.
pub fn find_links(
    address: &str,
    base: &Path,
    project: &Path,
    net: &Net,
) -> Result<FindLinks, AddressError> {
    let folder = base.join(address);
    let location = match address.contains("://") {
        false => Location::Folder(folder),
        true => match locate(address, base, net)? {
            // A page of links is one page; nothing is below it.
            Some(Location::Http(mut url)) => {
                if !address.ends_with('/') {
                    url.path_segments_mut()
                        .map(|mut path| {
                            path.pop_if_empty();
                        })
                        .ok();
                }
                Location::Http(url)
            }
            Some(location) => location,
            None => return Err(not_an_index(address, "it is neither a folder nor a URL")),
        },
    };
    if let Location::Folder(folder) = &location
        && !folder.is_dir()
    {
        return Err(not_an_index(address, "there is no such folder"));
    }
    let label = match &location {
        Location::Http(url) => url.to_string(),
        Location::Folder(folder) => files::relative(project, folder),
    };
    Ok(FindLinks {
        label: LockedSource::IndexUrl(label),
        location,
    })
}

fn not_an_index(address: &str, why: &str) -> AddressError {
    AddressError {
        address: manifest::without_credentials(address),
        why: why.to_owned(),
    }
}

fn locate(address: &str, base: &Path, net: &Net) -> Result<Option<Location>, AddressError> {
    if address.contains("://") {
        let mut url =
            Url::parse(address).map_err(|error| not_an_index(address, &error.to_string()))?;
        return match url.scheme() {
            "file" => {
                let folder = url
                    .to_file_path()
                    .map_err(|()| not_an_index(address, "not a path of this machine"))?;
                Ok(Some(Location::Folder(index_folder(folder))))
            }
            "http" | "https" => {
                url.set_fragment(None);
                let mut url = net.register(&url);
                if !url.path().ends_with('/') {
                    let path = format!("{}/", url.path());
                    url.set_path(&path);
                }
                Ok(Some(Location::Http(url)))
            }
            other => Err(not_an_index(
                address,
                &format!("`{other}` URLs are not supported"),
            )),
        };
    }
    let folder = base.join(address);
    let is_path = address.contains(['/', '\\'])
        || address.starts_with('.')
        || Path::new(address).is_absolute();
    if is_path || folder.join("simple").is_dir() {
        return match folder.is_dir() {
            true => Ok(Some(Location::Folder(index_folder(folder)))),
            false => Err(not_an_index(address, "there is no such folder")),
        };
    }
    Ok(None)
}

/// A mirror keeps its pages below `simple`.
fn index_folder(folder: PathBuf) -> PathBuf {
    let simple = folder.join("simple");
    if simple.is_dir() { simple } else { folder }
}

/// The simple index of the Warehouse of this name.
fn warehouse(name: &str, shown: &str) -> Result<Url, AddressError> {
    let bare = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    if !bare || name.is_empty() || name.starts_with(['-', '.']) || name.ends_with(['-', '.']) {
        return Err(not_an_index(
            shown,
            "it is neither a URL, nor a folder, nor a bare name such as `pypi`",
        ));
    }
    Url::parse(&format!("https://{name}.org/simple/"))
        .map_err(|error| not_an_index(shown, &error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::net::{NetEnv, NetOptions};

    fn source(address: &str, base: &Path) -> Result<IndexSource, AddressError> {
        let net = Net::new(NetOptions::default(), NetEnv::default(), None);
        index(None, address, base, base, &net)
    }

    #[test]
    fn names_urls_and_folders_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("mirror/simple")).unwrap();
        let named = source("example", folder.path()).unwrap();
        assert_eq!(named.label, LockedSource::IndexName("example".into()));
        assert_eq!(
            named.location,
            Location::Http(Url::parse("https://example.org/simple/").unwrap())
        );
        let url = source("https://me:secret@example.net/simple", folder.path()).unwrap();
        assert_eq!(
            url.label,
            LockedSource::IndexUrl("https://example.net/simple/".into())
        );
        assert_eq!(url.name, "https://example.net/simple");
        let mirror = source("mirror", folder.path()).unwrap();
        assert_eq!(mirror.label, LockedSource::IndexUrl("mirror/simple".into()));
        assert!(source("./none", folder.path()).is_err());
        assert!(source("no such", folder.path()).is_err());
        assert!(source("ftp://example.org/", folder.path()).is_err());
    }
}
