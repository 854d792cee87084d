//! What answers requests in place of the network: a mirror in a folder or on a server.
//!
//! [`Net`] asks it where each thing is before anything is sent. Nothing that it does not know is
//! fetched from anywhere else.

use std::io::{self, Read, Seek, SeekFrom};

use bytes::Bytes;
use reqwest::header::HeaderMap;
use url::Url;

use super::error::NetError;
use super::redact::ShownUrl;
use super::request::{Get, RangeSpec};
use super::response::{ContentRange, Head, Response};
use super::{Download, Downloaded, Net, Sink};
use crate::io::cache::hex_sha256;
use crate::io::files::FileError;

/// How much of a file is handed on at once.
const PART: usize = 1 << 17;

/// Knows where things are that would else be fetched.
pub trait Transport: Send + Sync {
    /// Where something is. `project` is the name of the project whose index page it is.
    ///
    /// # Errors
    /// [`NetError::NotHeld`]: it is not there.
    fn route(&self, url: &Url, project: Option<&str>) -> Result<Route, NetError>;

    /// The wheel that a lock has at a place (a URL, or a path that starts from the project), by
    /// its SHA-256 where that is known.
    fn held(&self, place: &str, sha256: Option<&str>) -> Option<Held>;

    /// The error that nothing of a package is there, if nothing is.
    fn lacks(&self, package: &str) -> Option<NetError>;

    /// Whether it is to have the provenance object at this address (PEP 740).
    fn has_provenance(&self, url: &Url) -> bool;
}

/// A wheel that a transport has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Where it is.
    pub url: Url,
    /// What it must hash to.
    pub sha256: String,
}

/// Where something is.
#[derive(Debug, Clone)]
pub struct Route {
    /// `file`, `http` and `https` URLs, of which the first that has it counts.
    pub places: Vec<Url>,
    /// What a whole one must hash to, if known.
    pub sha256: Option<String>,
    /// What it is, where a server cannot know.
    pub content_type: Option<&'static str>,
    /// What it is called where none of the places has it.
    pub absent: NotThere,
    /// Whether that is an error; else it is a 404.
    pub needed: bool,
}

/// What is not there, and where.
#[derive(Debug, Clone)]
pub struct NotThere {
    /// What.
    pub what: String,
    /// The mirror.
    pub mirror: String,
}

impl From<NotThere> for NetError {
    fn from(NotThere { what, mirror }: NotThere) -> Self {
        Self::NotHeld { what, mirror }
    }
}

impl Route {
    fn missing(self) -> Result<u16, NetError> {
        match self.needed {
            true => Err(self.absent.into()),
            false => Ok(404),
        }
    }

    /// Compares a whole file with its hash: callers that know none must not be fooled either.
    fn verify(&self, place: &Url, response: &Response) -> Result<(), NetError> {
        let Some(expected) = self.sha256.as_ref().filter(|_| response.status == 200) else {
            return Ok(());
        };
        let found = hex_sha256(&response.body);
        if found == *expected {
            return Ok(());
        }
        Err(NetError::Altered {
            file: place.to_string(),
            found,
            expected: expected.clone(),
        })
    }
}

pub(super) async fn get(net: &Net, via: &dyn Transport, get: &Get) -> Result<Response, NetError> {
    let route = via.route(&get.url, get.project.as_deref())?;
    for place in &route.places {
        let mut response = match local(place) {
            Some(path) => read(&path, get)?,
            None => {
                let url = place.clone();
                net.send(&Get { url, ..get.clone() }).await?
            }
        };
        if matches!(response.status, 404 | 410) {
            continue;
        }
        route.verify(place, &response)?;
        response.final_url = get.url.clone();
        if let Some(kind) = route.content_type {
            response.content_type = Some(kind.to_owned());
        }
        return Ok(response);
    }
    let status = route.missing()?;
    Ok(bare(status, &get.url, Bytes::new()))
}

pub(super) async fn head(net: &Net, via: &dyn Transport, url: &Url) -> Result<Head, NetError> {
    let route = via.route(url, None)?;
    for place in &route.places {
        let head = match local(place) {
            Some(path) => Head {
                status: if path.is_file() { 200 } else { 404 },
                final_url: url.clone(),
                content_length: std::fs::metadata(&path).ok().map(|found| found.len()),
                accept_ranges: true,
                etag: None,
                last_modified: None,
            },
            None => net.send_head(place).await?,
        };
        if !matches!(head.status, 404 | 410) {
            return Ok(head);
        }
    }
    let status = route.missing()?;
    Ok(Head {
        status,
        final_url: url.clone(),
        content_length: None,
        accept_ranges: false,
        etag: None,
        last_modified: None,
    })
}

pub(super) async fn download(
    net: &Net,
    via: &dyn Transport,
    what: &Download,
    have: u64,
    sink: &mut (dyn Sink + Send),
) -> Result<Downloaded, NetError> {
    let route = via.route(&what.url, None)?;
    for place in &route.places {
        let url = place.clone();
        match local(place) {
            Some(path) if path.is_file() => return copy(&path, what, have, sink),
            Some(_) => {}
            None => {
                let moved = Download {
                    url,
                    ..what.clone()
                };
                match net.send_download(&moved, have, sink).await {
                    Err(error) if matches!(error.status(), Some(404 | 410)) => {}
                    done => return done,
                }
            }
        }
    }
    Err(route.absent.into())
}

/// The path of a place on this machine.
fn local(place: &Url) -> Option<std::path::PathBuf> {
    (place.scheme() == "file").then(|| place.to_file_path().ok())?
}

fn bare(status: u16, url: &Url, body: Bytes) -> Response {
    Response::new(status, url.clone(), &HeaderMap::new(), body)
}

/// A file, or the part of it that is asked for, as a server would send it.
fn read(path: &std::path::Path, get: &Get) -> Result<Response, NetError> {
    let fail = |error| NetError::from(FileError::new("read", path, error));
    let mut file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(bare(404, &get.url, Bytes::new()));
        }
        Err(error) => return Err(fail(error)),
    };
    let total = file.metadata().map_err(fail)?.len();
    let (start, end) = match get.range {
        None => (0, total),
        Some(RangeSpec::Suffix(count)) => (total.saturating_sub(count), total),
        Some(RangeSpec::FromTo(first, last)) => (first, total.min(last.saturating_add(1))),
        Some(RangeSpec::From(first)) => (first, total),
    };
    let whole = get.range.is_none() || start >= end;
    let (start, end) = if whole { (0, total) } else { (start, end) };
    if end - start > get.max_bytes {
        return Err(NetError::TooLarge {
            url: ShownUrl::from(&get.url),
            limit: get.max_bytes,
        });
    }
    let mut body = Vec::new();
    file.seek(SeekFrom::Start(start)).map_err(fail)?;
    file.take(end - start)
        .read_to_end(&mut body)
        .map_err(fail)?;
    let mut response = bare(if whole { 200 } else { 206 }, &get.url, body.into());
    response.content_range = (!whole).then_some(ContentRange {
        span: Some((start, end - 1)),
        total: Some(total),
    });
    Ok(response)
}

/// Hands a file to a sink.
fn copy(
    path: &std::path::Path,
    what: &Download,
    have: u64,
    sink: &mut (dyn Sink + Send),
) -> Result<Downloaded, NetError> {
    let fail = |error| NetError::from(FileError::new("read", path, error));
    let mut file = std::fs::File::open(path).map_err(fail)?;
    let total = file.metadata().map_err(fail)?.len();
    let url = || ShownUrl::from(&what.url);
    if let Some(expected) = what.expected_size.filter(|expected| *expected != total) {
        return Err(NetError::WrongSize {
            url: url(),
            expected,
            found: total,
        });
    }
    if total > what.max_bytes {
        return Err(NetError::TooLarge {
            url: url(),
            limit: what.max_bytes,
        });
    }
    sink.total(total);
    file.seek(SeekFrom::Start(have)).map_err(fail)?;
    let mut part = vec![0; PART];
    let mut bytes = have;
    loop {
        let count = file.read(&mut part).map_err(fail)?;
        if count == 0 {
            break;
        }
        bytes += count as u64;
        let stored = sink.write(&part[..count]);
        stored.map_err(|source| NetError::Sink { url: url(), source })?;
    }
    Ok(Downloaded {
        bytes,
        final_url: what.url.clone(),
        etag: None,
    })
}
