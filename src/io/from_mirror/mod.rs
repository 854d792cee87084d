//! Working from a mirror that `mochi py mirror` made.
//!
//! Where `--index` names a folder, or the URL of one on a server, that has a `mochi-mirror.json`,
//! it is no index of its own but a transport: the manifest's indexes, URLs, paths and lists stay
//! in force with their names, and what would be fetched from them comes from the mirror. So the
//! lock stays as it is, to the byte.
//!
//! ```text
//! mochi-mirror.json               what is there (`document`)
//! files/<xx>/<sha256>/<name>      wheels, and their `.metadata`
//! mochi/pages/<key>/<name>.json   the page of a project on an index, cut to what is there
//! mochi/provenance/<sha256>.json  provenance objects of files, as their indexes have them
//! ```
//! `<key>` is that of the index's address ([`key`]). A list of curated packages that the manifest
//! names by URL lies beside pages under its own file name, with the key of its folder.

mod document;

pub use document::{DOCUMENT, DocumentError, FORMAT};

use crate::io::cache::hex_sha256;
use crate::io::files::{self, FileError};
use crate::io::net::{
    Get, Held, Net, NetError, NotThere, Route, ShownUrl, Transport, without_userinfo,
};
use document::{Document, is_file_name, is_sha256};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use url::Url;
use wheel::PackageName;

/// The largest document that is read, in bytes.
const MAX_DOCUMENT: u64 = 256 << 20;
/// Where pages are.
const PAGES: &str = "mochi/pages";
/// Where provenance objects are.
const PROVENANCE: &str = "mochi/provenance";
/// The type of pages, which a plain server does not know.
const PAGE_TYPE: &str = "application/vnd.pypi.simple.v1+json";

/// A mirror cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// Its document is of another format, or invalid.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A mirror.
#[derive(Debug)]
pub struct Mirror {
    /// As the user names it.
    shown: String,
    /// Its address, with a slash at its end.
    base: Url,
    document: Document,
    /// The packages of which it has something.
    packages: BTreeSet<PackageName>,
    /// The SHA-256 of what locks have at a place; those of this project's lock first.
    places: HashMap<String, Vec<String>>,
    /// The SHA-256 of provenance objects, by the address that they have on their indexes.
    provenance: HashMap<String, String>,
}

/// The key of an index: of the text of its address (a URL with a slash at its end and without
/// credentials, a bare name, or a relative path).
#[must_use]
pub fn key(address: &str) -> String {
    hex_sha256(address.as_bytes())[..16].to_owned()
}

impl Mirror {
    /// The mirror at an address, if there is one: a folder (relative to `cwd`) or a URL.
    /// `project` is the name of the project, whose lock goes first where several have a file at
    /// the same place.
    ///
    /// # Errors
    /// It is there and cannot be used.
    pub async fn find(
        address: &str,
        cwd: &Path,
        net: &Net,
        project: Option<&str>,
    ) -> Result<Option<Self>, MirrorError> {
        let url = address.contains("://").then(|| Url::parse(address));
        let (base, bytes) = match url {
            Some(Ok(url)) if matches!(url.scheme(), "http" | "https") => {
                let base = on_server(&url, net);
                let bytes = asked(&base, net).await;
                (Some(base), bytes)
            }
            Some(Ok(url)) => match url.to_file_path() {
                Ok(folder) => in_folder(&folder)?,
                Err(()) => (None, None),
            },
            // `index` says what is wrong with it.
            Some(Err(_)) => (None, None),
            None => in_folder(&cwd.join(address))?,
        };
        let (Some(base), Some(bytes)) = (base, bytes) else {
            return Ok(None);
        };
        let shown = manifest::without_credentials(address);
        let place = format!("{}/{DOCUMENT}", shown.trim_end_matches('/'));
        let document = Document::parse(&place, &bytes)?;
        Ok(Some(Self::new(shown, base, document, project)))
    }

    fn new(shown: String, base: Url, document: Document, project: Option<&str>) -> Self {
        let own = project.and_then(|project| document.locks.get(project));
        let own: BTreeSet<&String> = own.iter().flat_map(|lock| &lock.files).collect();
        let mut places: HashMap<String, Vec<String>> = HashMap::new();
        for (sha256, file) in &document.files {
            let others = file.origins.iter().map(|origin| &origin.url);
            let urls: BTreeSet<&String> = others.chain([&file.url]).collect();
            for url in urls {
                let place = places.entry(plain(url)).or_default();
                match own.contains(sha256) {
                    true => place.insert(0, sha256.clone()),
                    false => place.push(sha256.clone()),
                }
            }
        }
        let origins = document.files.values().flat_map(|file| &file.origins);
        let objects = origins.flat_map(|origin| &origin.provenance);
        let objects = objects.map(|object| (plain(&object.url), object.sha256.clone()));
        let provenance = objects.collect();
        let names = document.files.values();
        Self {
            provenance,
            packages: names.filter_map(|file| file.name.parse().ok()).collect(),
            shown,
            base,
            places,
            document,
        }
    }

    /// The next step where the mirror has too little.
    pub fn hint(&self) -> String {
        format!(
            "only what the mirror at `{0}` has was looked at; run `mochi py mirror {0}` again, \
             with the network",
            self.shown
        )
    }

    /// The SHA-256 of the wheel that the project's lock has at a path.
    pub fn sha256_at(&self, path: &str) -> Option<&str> {
        self.places.get(path)?.first().map(String::as_str)
    }

    /// The address of something in the mirror.
    fn below(&self, parts: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty()
                .extend(parts.iter().flat_map(|part| part.split('/')));
        }
        url
    }

    fn page(&self, address: &str, file: &str) -> Url {
        self.below(&[PAGES, &key(address), file])
    }

    fn absent(&self, what: &str) -> NotThere {
        NotThere {
            what: what.to_owned(),
            mirror: self.shown.clone(),
        }
    }

    /// What lies in the mirror itself.
    fn own(&self, url: &Url) -> Option<Route> {
        let rest = url.as_str().strip_prefix(self.base.as_str())?;
        let mut parts = rest.split('/');
        let first = parts.next()?;
        let sha256 = parts.nth(1).filter(|text| is_sha256(text));
        let sha256 = sha256.filter(|_| first == "files" && !rest.ends_with(".metadata"));
        matches!(first, "files" | "mochi").then(|| Route {
            places: vec![url.clone()],
            sha256: sha256.map(str::to_owned),
            content_type: None,
            absent: self.absent(rest),
            needed: sha256.is_some(),
        })
    }

    /// A project's page on an index, or its part of a page of links.
    fn page_route(&self, text: &str, project: &str) -> Route {
        let below = text
            .strip_suffix('/')
            .and_then(|text| text.strip_suffix(project));
        let addresses = match below.filter(|base| base.ends_with('/')) {
            Some(base) => bare_name(base)
                .into_iter()
                .chain([base.to_owned()])
                .collect(),
            None => vec![text.to_owned(), format!("{text}/")],
        };
        let file = format!("{project}.json");
        let places = addresses.iter().map(|address| self.page(address, &file));
        Route {
            places: places.collect(),
            sha256: None,
            content_type: Some(PAGE_TYPE),
            absent: self.absent(project),
            needed: false,
        }
    }
}

impl Transport for Mirror {
    fn route(&self, url: &Url, project: Option<&str>) -> Result<Route, NetError> {
        if let Some(route) = self.own(url) {
            return Ok(route);
        }
        let text = plain(url.as_str());
        if let Some(project) = project {
            return Ok(self.page_route(&text, project));
        }
        if let Some(sha256) = self.provenance.get(&text) {
            return Ok(Route {
                places: vec![self.below(&[PROVENANCE, &format!("{sha256}.json")])],
                sha256: Some(sha256.clone()),
                content_type: None,
                absent: self.absent(ShownUrl::from(url).as_str()),
                needed: true,
            });
        }
        let mut route = Route {
            places: Vec::new(),
            sha256: None,
            content_type: None,
            absent: self.absent(ShownUrl::from(url).as_str()),
            needed: true,
        };
        let beside = text.strip_suffix(".metadata");
        if let Some(held) = self.held(beside.unwrap_or(&text), None) {
            match beside {
                Some(_) => {
                    let path = format!("{}.metadata", held.url.path());
                    let mut url = held.url;
                    url.set_path(&path);
                    route.places.push(url);
                    route.needed = false;
                }
                None => {
                    route.places.push(held.url);
                    route.sha256 = Some(held.sha256);
                }
            }
        } else if let Some((folder, file)) = text.rsplit_once('/')
            && file.ends_with(".json")
            && is_file_name(file)
        {
            route.places.push(self.page(&format!("{folder}/"), file));
        }
        Ok(route)
    }

    fn held(&self, place: &str, sha256: Option<&str>) -> Option<Held> {
        let sha256 = match sha256 {
            Some(sha256) => sha256,
            None => self.places.get(&plain(place))?.first()?,
        };
        let file = self.document.files.get(sha256)?;
        Some(Held {
            url: self.below(&["files", &sha256[..2], sha256, &file.filename]),
            sha256: sha256.to_owned(),
        })
    }

    fn lacks(&self, package: &str) -> Option<NetError> {
        let known = self.packages.iter().any(|name| name.as_str() == package);
        (!known).then(|| self.absent(&format!("`{package}`")).into())
    }

    fn has_provenance(&self, url: &Url) -> bool {
        self.provenance.contains_key(&plain(url.as_str()))
    }
}

/// A place as a lock has it: a URL without credentials and fragment, or a path.
fn plain(place: &str) -> String {
    match Url::parse(place) {
        Ok(mut url) => {
            url.set_fragment(None);
            without_userinfo(&url).to_string()
        }
        Err(_) => place.to_owned(),
    }
}

/// The name of the Warehouse at an address.
fn bare_name(address: &str) -> Option<String> {
    let name = address
        .strip_prefix("https://")?
        .strip_suffix(".org/simple/")?;
    (!name.contains('/')).then(|| name.to_owned())
}

fn in_folder(folder: &Path) -> Result<(Option<Url>, Option<Vec<u8>>), FileError> {
    let path = folder.join(DOCUMENT);
    if !path.is_file() {
        return Ok((None, None));
    }
    let folder = folder.canonicalize();
    let folder = folder.map_err(|error| FileError::new("read", &path, error))?;
    let bytes = files::read_bytes(&path)?;
    Ok((Url::from_directory_path(folder).ok(), bytes))
}

/// The address of a mirror on a server, without credentials, which are kept.
fn on_server(url: &Url, net: &Net) -> Url {
    let mut base = net.register(url);
    base.set_fragment(None);
    base.set_query(None);
    if !base.path().ends_with('/') {
        let path = format!("{}/", base.path());
        base.set_path(&path);
    }
    base
}

/// The document on a server. What does not answer with one is an index as before.
async fn asked(base: &Url, net: &Net) -> Option<Vec<u8>> {
    // Indexes are as a rule at such an address, which spares them a request.
    if base.path().ends_with("simple/") {
        return None;
    }
    let url = base.join(DOCUMENT).ok()?;
    let response = net.get(&Get::new(url, MAX_DOCUMENT)).await.ok()?;
    let is_json = response.body.trim_ascii_start().starts_with(b"{");
    (response.status == 200 && is_json).then(|| response.body.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mirror(base: &str) -> Mirror {
        let sha256 = "a".repeat(64);
        let text = format!(
            r#"{{"version": 1, "files": {{"{sha256}": {{"filename": "x-1+y-py3-none-any.whl", "name": "X",
               "url": "https://files.example.net/x-1%2By-py3-none-any.whl"}}}}}}"#
        );
        let document = Document::parse("m", text.as_bytes()).unwrap();
        Mirror::new("usb".into(), base.parse().unwrap(), document, None)
    }

    fn routes(mirror: &Mirror, url: &str, project: Option<&str>) -> Vec<String> {
        let route = mirror.route(&url.parse().unwrap(), project).unwrap();
        route.places.iter().map(Url::to_string).collect()
    }

    #[test]
    fn pages_are_found_by_the_name_or_the_address_of_their_index() {
        let mirror = mirror("http://mirror.example/m/");
        let page = |address: &str| {
            format!(
                "http://mirror.example/m/mochi/pages/{}/x.json",
                key(address)
            )
        };
        assert_eq!(
            routes(&mirror, "https://example.org/simple/x/", Some("x")),
            [page("example"), page("https://example.org/simple/")]
        );
        assert_eq!(
            routes(&mirror, "https://me:secret@example.net/team/x/", Some("x")),
            [page("https://example.net/team/")]
        );
        assert_eq!(
            routes(&mirror, "https://example.net/links.html#a", Some("x")),
            [
                page("https://example.net/links.html"),
                page("https://example.net/links.html/")
            ]
        );
        let list = key("https://example.net/full/");
        assert_eq!(
            routes(&mirror, "https://example.net/full/pyodide-lock.json", None),
            [format!(
                "http://mirror.example/m/mochi/pages/{list}/pyodide-lock.json"
            )]
        );
        assert_eq!(key("example"), "50d858e0985ecc7f");
    }

    #[test]
    fn files_are_found_by_their_url_and_by_their_hash() {
        let mirror = mirror("file:///m/");
        let sha256 = "a".repeat(64);
        let file = format!("file:///m/files/aa/{sha256}/x-1+y-py3-none-any.whl");
        let url = "https://u:p@files.example.net/x-1%2By-py3-none-any.whl#sha256=b";
        assert_eq!(routes(&mirror, url, None), std::slice::from_ref(&file));
        let beside = "https://files.example.net/x-1%2By-py3-none-any.whl.metadata";
        assert_eq!(routes(&mirror, beside, None), [format!("{file}.metadata")]);
        let held = mirror.held("../elsewhere.whl", Some(&sha256)).unwrap();
        assert_eq!((held.url.as_str(), &held.sha256), (file.as_str(), &sha256));
        // Its own addresses lead to themselves.
        assert_eq!(routes(&mirror, &file, None), std::slice::from_ref(&file));
        assert_eq!(mirror.held("../elsewhere.whl", None), None);
        assert_eq!(mirror.held(url, Some(&"b".repeat(64))), None);
        assert!(routes(&mirror, "https://example.net/y.whl", None).is_empty());
        assert!(mirror.lacks("x").is_none());
        assert!(mirror.lacks("y").is_some());
    }
}
