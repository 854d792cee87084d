//! A wheel's metadata: from the file beside it, from a part of it, or from all of it, whichever
//! is least.

use super::{IndexClient, IndexError};
use crate::io::cache::hex_sha256;
use crate::io::files::FileError;
use crate::io::net::{Get, RangeSpec, Response};
use resolver::{MetadataFact, WheelFile, WheelMetadata};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use url::Url;
use wheel::archive::{Limits, MetadataFinder, Step, WheelError};
use wheel::{CoreRequirements, WheelFilename};

/// The largest metadata file that is read, in bytes.
const MAX_METADATA: u64 = 16 << 20;
/// The largest wheel that is read into memory when its server gives no parts of it.
const MAX_WHEEL: u64 = 4 << 30;

/// What was found instead of metadata: a fault of the wheel, which is passed over, or of the
/// world, which is not.
enum Failure {
    Wheel(String),
    World(IndexError),
}

impl<E: Into<IndexError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::World(error.into())
    }
}

impl IndexClient {
    /// The metadata of a wheel.
    ///
    /// # Errors
    /// The network or a disk failed, or contents are not what their hash says. A wheel that is
    /// itself invalid is not an error but a fact.
    pub async fn metadata(&self, wheel: &WheelFile) -> Result<MetadataFact, IndexError> {
        let key = wheel.metadata_key();
        // What has no hash is not known to be the same tomorrow.
        let cached = !key.starts_with("url:");
        if cached
            && let Some(bytes) = self.inner.cache.metadata(&key)
            && let Ok(metadata) = parse_of(&bytes, &wheel.filename)
        {
            return Ok(MetadataFact::Known(Arc::new(metadata)));
        }
        let bytes = match self.metadata_bytes(wheel).await {
            Ok(bytes) => bytes,
            Err(Failure::Wheel(why)) => return Ok(MetadataFact::Invalid(why.into())),
            Err(Failure::World(error)) => return Err(error),
        };
        Ok(match parse_of(&bytes, &wheel.filename) {
            Ok(metadata) => {
                if cached {
                    self.inner.cache.store_metadata(&key, &bytes);
                }
                MetadataFact::Known(Arc::new(metadata))
            }
            Err(why) => MetadataFact::Invalid(why.into()),
        })
    }

    async fn metadata_bytes(&self, wheel: &WheelFile) -> Result<Vec<u8>, Failure> {
        if let Some(sha256) = &wheel.sha256 {
            let stored = self.inner.cache.wheel_path(sha256);
            if stored.is_file() {
                return local_metadata(&stored, &wheel.filename);
            }
        }
        let url = match (self.held(wheel), Url::parse(&wheel.url)) {
            (Some(held), _) => held,
            (None, Ok(url)) => url,
            (None, Err(_)) => {
                let path = self.inner.project.join(&wheel.url);
                return self.beside_or_inside(&path, wheel);
            }
        };
        if wheel.core_metadata.is_some()
            && let Some(bytes) = self.beside(&url, wheel).await?
        {
            return Ok(bytes);
        }
        self.by_ranges(&url, wheel).await
    }

    /// The wheel in the mirror, if it is not on this machine.
    fn held(&self, wheel: &WheelFile) -> Option<Url> {
        let held = self.inner.net.held(&wheel.url, wheel.sha256.as_deref())?;
        let is_here =
            Url::parse(&wheel.url).is_err() && self.inner.project.join(&wheel.url).is_file();
        (!is_here).then_some(held.url)
    }

    /// The `.metadata` file beside a wheel (PEP 658), or nothing where it is not there after all.
    async fn beside(&self, url: &Url, wheel: &WheelFile) -> Result<Option<Vec<u8>>, Failure> {
        let mut metadata = url.clone();
        metadata.set_path(&format!("{}.metadata", url.path()));
        let response = self
            .inner
            .net
            .get(&Get::new(metadata.clone(), MAX_METADATA))
            .await?;
        match response.status {
            200 => {
                check_hash(metadata.as_str(), &response.body, wheel)?;
                Ok(Some(response.body.to_vec()))
            }
            404 | 410 => Ok(None),
            status => Err(IndexError::Status {
                url: metadata.to_string(),
                status,
            }
            .into()),
        }
    }

    fn beside_or_inside(&self, path: &Path, wheel: &WheelFile) -> Result<Vec<u8>, Failure> {
        if wheel.core_metadata.is_some() {
            let beside = path.with_file_name(format!("{}.metadata", wheel.filename));
            if let Ok(bytes) = std::fs::read(&beside) {
                check_hash(&beside.display().to_string(), &bytes, wheel)?;
                return Ok(bytes);
            }
        }
        local_metadata(path, &wheel.filename)
    }

    /// Reads the end of a remote wheel, where its directory and as a rule its metadata are.
    ///
    /// A server may give other bytes than were asked for: what looks broken by parts is looked at
    /// once more as a whole.
    async fn by_ranges(&self, url: &Url, wheel: &WheelFile) -> Result<Vec<u8>, Failure> {
        match self.read(url, wheel, false).await {
            Err(Failure::Wheel(_)) => self.read(url, wheel, true).await,
            done => done,
        }
    }

    async fn read(
        &self,
        url: &Url,
        wheel: &WheelFile,
        mut whole: bool,
    ) -> Result<Vec<u8>, Failure> {
        let mut finder = finder(&wheel.filename, wheel.size)?;
        let origin = url.origin().ascii_serialization();
        whole |= self
            .inner
            .no_ranges
            .lock()
            .is_ok_and(|origins| origins.contains(&origin));
        loop {
            let range = match finder.step().map_err(bad_wheel)? {
                Step::Done(bytes) => return Ok(bytes),
                _ if whole => None,
                Step::NeedTail(bytes) => Some(RangeSpec::Suffix(bytes)),
                Step::NeedRange { start, end } => {
                    Some(RangeSpec::FromTo(start, end.saturating_sub(1)))
                }
            };
            let mut get = Get::new(url.clone(), MAX_WHEEL);
            get.range = range;
            let response = self.inner.net.get(&get).await?;
            match (response.status, range) {
                (206, Some(_)) if response.content_range.is_some_and(|r| r.span.is_some()) => {
                    feed(&mut finder, &response)?;
                }
                (200, _) => {
                    if range.is_some()
                        && let Ok(mut origins) = self.inner.no_ranges.lock()
                    {
                        origins.insert(origin.clone());
                    }
                    self.keep_whole(url, wheel, &response)?;
                    let mut finder = self::finder(&wheel.filename, None)?;
                    return whole_metadata(&mut finder, &response.body);
                }
                (404 | 410, _) => {
                    let status = response.status;
                    return Err(Failure::Wheel(format!(
                        "is listed, but its file answers {status}"
                    )));
                }
                (_, Some(_)) => whole = true,
                (status, None) => {
                    return Err(IndexError::Status {
                        url: url.to_string(),
                        status,
                    }
                    .into());
                }
            }
        }
    }

    /// A wheel that had to be fetched whole is kept, so that `sync` need not fetch it again.
    fn keep_whole(&self, url: &Url, wheel: &WheelFile, response: &Response) -> Result<(), Failure> {
        let found = hex_sha256(&response.body);
        if let Some(expected) = &wheel.sha256
            && *expected != found
        {
            return Err(hash_error(url.as_str(), found, expected).into());
        }
        self.inner.cache.store_wheel(&found, &response.body);
        Ok(())
    }
}

fn hash_error(what: &str, found: String, expected: &str) -> IndexError {
    IndexError::Hash {
        what: what.to_owned(),
        found,
        expected: expected.to_owned(),
    }
}

fn check_hash(what: &str, bytes: &[u8], wheel: &WheelFile) -> Result<(), Failure> {
    if let Some(Some(expected)) = &wheel.core_metadata {
        let found = hex_sha256(bytes);
        if found != *expected {
            return Err(hash_error(what, found, expected).into());
        }
    }
    Ok(())
}

fn finder(filename: &str, size: Option<u64>) -> Result<MetadataFinder, Failure> {
    let parsed: WheelFilename = filename
        .parse()
        .map_err(|error| Failure::Wheel(format!("{error}")))?;
    Ok(MetadataFinder::new(&parsed, size, Limits::default()))
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn bad_wheel(error: WheelError) -> Failure {
    Failure::Wheel(format!("is not a valid wheel: {error}"))
}

fn feed(finder: &mut MetadataFinder, response: &Response) -> Result<(), Failure> {
    let Some(range) = response.content_range else {
        return Ok(());
    };
    if let Some(total) = range.total {
        finder.feed_total(total).map_err(bad_wheel)?;
    }
    if let Some((start, _)) = range.span {
        finder.feed(start, &response.body).map_err(bad_wheel)?;
    }
    Ok(())
}

fn whole_metadata(finder: &mut MetadataFinder, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    finder.feed_total(bytes.len() as u64).map_err(bad_wheel)?;
    finder.feed(0, bytes).map_err(bad_wheel)?;
    match finder.step().map_err(bad_wheel)? {
        Step::Done(metadata) => Ok(metadata),
        _ => Err(Failure::Wheel("is cut off".to_owned())),
    }
}

/// The metadata of a wheel on this machine.
fn local_metadata(path: &Path, filename: &str) -> Result<Vec<u8>, Failure> {
    use wheel::archive::ReadAt;
    let fail = |error| Failure::World(FileError::new("read", path, error).into());
    let file = std::fs::File::open(path).map_err(fail)?;
    let length = file.len().map_err(fail)?;
    let mut finder = finder(filename, Some(length))?;
    loop {
        let (start, end) = match finder.step().map_err(bad_wheel)? {
            Step::Done(bytes) => return Ok(bytes),
            Step::NeedTail(bytes) => (length.saturating_sub(bytes), length),
            Step::NeedRange { start, end } => (start, end),
        };
        let size = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; size];
        ReadAt::read_exact_at(&file, &mut bytes, start).map_err(fail)?;
        finder.feed_total(length).map_err(bad_wheel)?;
        finder.feed(start, &bytes).map_err(bad_wheel)?;
    }
}

/// The metadata of a wheel on this machine, for a requirement that names it.
pub(super) fn of_file(path: &Path, filename: &str) -> Result<WheelMetadata, IndexError> {
    match local_metadata(path, filename) {
        Ok(bytes) => parse_of(&bytes, filename).map_err(|why| IndexError::Wheel {
            what: path.display().to_string(),
            why,
        }),
        Err(Failure::World(error)) => Err(error),
        Err(Failure::Wheel(why)) => Err(IndexError::Wheel {
            what: path.display().to_string(),
            why,
        }),
    }
}

/// Reads the core metadata of the wheel of this file name, and of no other.
fn parse_of(bytes: &[u8], filename: &str) -> Result<WheelMetadata, String> {
    let metadata = parse(bytes)?;
    let named: WheelFilename = filename.parse().map_err(|error| format!("{error}"))?;
    if (&metadata.name, &metadata.version) != (&named.name, &named.version) {
        return Err(format!(
            "has the metadata of {} {}",
            metadata.name, metadata.version
        ));
    }
    Ok(metadata)
}

/// Reads core metadata, with the extras that only its markers mention.
fn parse(bytes: &[u8]) -> Result<WheelMetadata, String> {
    let core =
        CoreRequirements::parse(bytes).map_err(|error| format!("has invalid metadata: {error}"))?;
    let mut extras: BTreeSet<_> = core.provides_extra.into_iter().collect();
    for requirement in &core.requires_dist {
        if let Some(marker) = &requirement.marker {
            extras.extend(marker.extras());
        }
    }
    Ok(WheelMetadata {
        name: core.name,
        version: core.version,
        requires_python: core.requires_python,
        requires_dist: core.requires_dist,
        extras,
    })
}
