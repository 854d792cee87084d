//! Downloads that survive a break: streamed into a sink, resumed by range.

use std::io;

use reqwest::header::{ETAG, LAST_MODIFIED};
use reqwest::header::{HeaderMap, HeaderValue, IF_RANGE, RANGE};
use url::Url;

use super::error::{Attempts, NetError};
use super::exchange::{Reply, Wire};
use super::redact::ShownUrl;
use super::request::{RangeSpec, identity};
use super::response::{content_length, content_range, text};
use super::retry::{Backoff, Failure};
use super::{Inner, cause};

/// A try that brings so many bytes renews the tries: a large file over a bad line gets there,
/// and a server that sends byte by byte does not keep us for ever.
const PROGRESS: u64 = 1 << 20;

/// Where a download goes. What it wants to know of progress, it sees.
pub trait Sink {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// Ends the download with [`NetError::Sink`].
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Forgets all bytes so far; the file comes again from its beginning.
    ///
    /// # Errors
    /// Ends the download with [`NetError::Sink`].
    fn restart(&mut self) -> io::Result<()>;

    /// Is told the whole size in bytes when the server says it, at the beginning and after a
    /// restart.
    fn total(&mut self, _bytes: u64) {}
}

/// A file to download.
#[derive(Debug, Clone)]
pub struct Download {
    /// Where it is. A user name and password in it are sent to its own origin only.
    pub url: Url,
    /// The most bytes that are accepted.
    pub max_bytes: u64,
    /// The size that the file must have, if known: anything else is [`NetError::WrongSize`].
    pub expected_size: Option<u64>,
}

/// A finished download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// How many bytes the sink has.
    pub bytes: u64,
    /// Where they came from after redirects, without user name and password.
    pub final_url: Url,
    /// The file's `ETag`.
    pub etag: Option<String>,
}

/// What is known of a file between two tries.
#[derive(Default)]
struct Transfer {
    received: u64,
    total: Option<u64>,
    etag: Option<String>,
    last_modified: Option<String>,
    /// What has been received is of an earlier run, and nothing is known of it.
    is_earlier: bool,
}

/// The tries of a download, of which the sink has `have` bytes, until it is done or hopeless.
pub(crate) async fn run(
    net: &Inner,
    what: &Download,
    have: u64,
    (mut wire, mut backoff): (Wire, Backoff),
    sink: &mut (dyn Sink + Send),
) -> Result<Downloaded, NetError> {
    let mut transfer = Transfer::default();
    if have > 0 {
        transfer.received = have;
        transfer.total = what.expected_size;
        transfer.is_earlier = true;
    }
    loop {
        let before = transfer.received;
        wire.set_headers(transfer.headers());
        match transfer.attempt(net, what, &wire, sink).await {
            Ok(final_url) => {
                let Transfer { received, etag, .. } = transfer;
                return Ok(Downloaded {
                    bytes: received,
                    final_url,
                    etag,
                });
            }
            Err(failure) => {
                if transfer.received.saturating_sub(before) >= PROGRESS {
                    backoff.renew();
                }
                backoff.wait(failure).await?;
            }
        }
    }
}

impl Transfer {
    /// The headers of the next try: from the beginning, or for the rest if it can be told that
    /// the rest is of the same file.
    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        identity(&mut headers);
        let strong = self.etag.as_ref().filter(|etag| !etag.starts_with("W/"));
        let validator = strong.or(self.last_modified.as_ref());
        let is_unknown = validator.is_none() && self.total.is_none();
        if self.received == 0 || (is_unknown && !self.is_earlier) {
            return headers;
        }
        let range = RangeSpec::From(self.received).to_string();
        if let Ok(range) = HeaderValue::from_str(&range) {
            headers.insert(RANGE, range);
        }
        if let Some(validator) = validator.and_then(|text| HeaderValue::from_str(text).ok()) {
            headers.insert(IF_RANGE, validator);
        }
        headers
    }

    /// One try, in one turn; gives the URL that the end of the file came from.
    async fn attempt(
        &mut self,
        net: &Inner,
        what: &Download,
        wire: &Wire,
        sink: &mut (dyn Sink + Send),
    ) -> Result<Url, Failure> {
        let _turn = net.turn().await;
        let mut reply = net.exchange(wire).await?;
        match reply.status() {
            200 => self.begin(&reply, sink)?,
            206 if self.continues(&reply) => {}
            416 if self.is_all(&reply) => return self.finish(what, reply.url()),
            206 | 416 => {
                self.restart(reply.url(), sink)?;
                let cause = "the rest is not of the same file".to_owned();
                return Err(Failure::passing(self.broke_off(reply.url(), cause)));
            }
            _ => return Err(reply.refusal().await),
        }
        self.check_total(what, reply.url())?;
        self.stream(net, what, &mut reply, sink).await?;
        self.finish(what, reply.url())
    }

    /// Takes the head of a whole file.
    fn begin(&mut self, reply: &Reply, sink: &mut (dyn Sink + Send)) -> Result<(), Failure> {
        if self.received > 0 {
            self.restart(reply.url(), sink)?;
        }
        let headers = reply.headers();
        self.total = content_length(headers);
        self.etag = text(headers, &ETAG);
        self.last_modified = text(headers, &LAST_MODIFIED);
        if let Some(total) = self.total {
            sink.total(total);
        }
        Ok(())
    }

    /// Whether a part begins where we are, and belongs to what we have.
    fn continues(&mut self, reply: &Reply) -> bool {
        let Some(range) = content_range(reply.headers()) else {
            return false;
        };
        let starts_here = range.span.is_some_and(|(first, _)| first == self.received);
        let same_total = match (self.total, range.total) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => true,
        };
        let etag = text(reply.headers(), &ETAG);
        let same_etag = etag.is_none() || self.etag.is_none() || etag == self.etag;
        if starts_here && same_total && same_etag {
            self.total = self.total.or(range.total);
            return true;
        }
        false
    }

    /// Whether a 416 means that nothing is missing.
    fn is_all(&self, reply: &Reply) -> bool {
        let total = content_range(reply.headers()).and_then(|range| range.total);
        self.received > 0 && total == Some(self.received)
    }

    fn restart(&mut self, url: &Url, sink: &mut (dyn Sink + Send)) -> Result<(), Failure> {
        *self = Self::default();
        sink.restart().map_err(|source| sink_failed(url, source))
    }

    /// Moves the content into the sink.
    async fn stream(
        &mut self,
        net: &Inner,
        what: &Download,
        reply: &mut Reply,
        sink: &mut (dyn Sink + Send),
    ) -> Result<(), Failure> {
        loop {
            let part = match reply.chunk().await {
                Ok(Some(part)) => part,
                Ok(None) => return Ok(()),
                Err(error) => {
                    let progress = (self.received, self.total);
                    return Err(cause::broken(&error, reply.url(), progress, net.options()));
                }
            };
            let received = self.received + part.len() as u64;
            if received > what.max_bytes {
                return Err(too_large(what, reply.url()));
            }
            sink.write(&part)
                .map_err(|source| sink_failed(reply.url(), source))?;
            self.received = received;
        }
    }

    /// Fails as soon as the announced size is known to be wrong.
    fn check_total(&self, what: &Download, url: &Url) -> Result<(), Failure> {
        match (self.total, what.expected_size) {
            (Some(found), Some(expected)) if found != expected => {
                Err(wrong_size(url, expected, found))
            }
            (Some(found), _) if found > what.max_bytes => Err(too_large(what, url)),
            _ => Ok(()),
        }
    }

    /// Checks that everything came.
    fn finish(&self, what: &Download, url: &Url) -> Result<Url, Failure> {
        match (self.total, what.expected_size) {
            (Some(total), _) if total != self.received => {
                let cause = "connection closed".to_owned();
                Err(Failure::passing(self.broke_off(url, cause)))
            }
            (_, Some(expected)) if expected != self.received => {
                Err(wrong_size(url, expected, self.received))
            }
            _ => Ok(url.clone()),
        }
    }

    fn broke_off(&self, url: &Url, cause: String) -> NetError {
        let (received, expected) = (self.received, self.total);
        let attempts = Attempts(1);
        NetError::Truncated {
            url: ShownUrl::from(url),
            received,
            expected,
            cause,
            attempts,
        }
    }
}

fn wrong_size(url: &Url, expected: u64, found: u64) -> Failure {
    Failure::last(NetError::WrongSize {
        url: ShownUrl::from(url),
        expected,
        found,
    })
}

fn too_large(what: &Download, url: &Url) -> Failure {
    Failure::last(NetError::TooLarge {
        url: ShownUrl::from(url),
        limit: what.max_bytes,
    })
}

fn sink_failed(url: &Url, source: io::Error) -> Failure {
    Failure::last(NetError::Sink {
        url: ShownUrl::from(url),
        source,
    })
}
