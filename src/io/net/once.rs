//! A request that is sent once, as it is: an upload, an exchange of tokens.
//!
//! Nothing is added to it: no redirect is followed, no credentials are looked for, and whether it may
//! be sent again is the caller's to know.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use url::Url;

use super::error::{NetError, Phase};
use super::retry::{Failure, retry_after};
use super::{Attempts, Net, ShownUrl, cause, response};

/// How much of a reply is read.
const MAX_REPLY: usize = 256 << 10;
/// How much is handed on at once, so that progress is seen.
const PART: usize = 64 << 10;
/// How long a server may take over what it was sent: indexes unpack and check it.
const PATIENCE: Duration = Duration::from_secs(180);
/// How often silence is looked for.
const TICK: Duration = Duration::from_millis(500);

/// Told how many bytes of the body are sent so far.
pub type Progress = Arc<dyn Fn(u64) + Send + Sync>;

/// The request.
#[derive(Clone)]
pub struct Once {
    /// GET or POST.
    pub method: Method,
    /// Where to, `https`, or `http` on this machine.
    pub url: Url,
    /// All headers but the length. What is secret in them must be marked so.
    pub headers: HeaderMap,
    /// The body, in pieces.
    pub body: Vec<Bytes>,
    /// Told of progress.
    pub progress: Option<Progress>,
    /// Whether it may go over plain HTTP to another host: for Google's metadata server, which is
    /// reached by the machine's own link alone.
    pub plain: bool,
}

/// The reply.
#[derive(Debug, Clone)]
pub struct OnceReply {
    /// The status.
    pub status: u16,
    /// The phrase behind it, or what is usual for the status.
    pub reason: Option<String>,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Location`.
    pub location: Option<String>,
    /// `Retry-After`, from now.
    pub retry_after: Option<Duration>,
    /// The body; cut where it is absurdly long.
    pub body: Vec<u8>,
}

impl Once {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Vec::new(),
            progress: None,
            plain: false,
        }
    }
}

impl Net {
    /// Sends a request, once. Every status is a reply.
    ///
    /// # Errors
    /// No reply: then it is not known whether the request arrived. `Verdict` says whether it is worth
    /// another try.
    pub(crate) async fn once(&self, once: Once) -> Result<OnceReply, Failure> {
        let client = self.inner.once_client(&once.url, once.plain);
        let client = client.map_err(Failure::last)?;
        let (url, method) = (once.url.clone(), once.method.clone());
        let sent = Arc::new(AtomicU64::new(0));
        let body = Parts {
            left: once.body.iter().map(|part| part.len() as u64).sum(),
            parts: once.body.into(),
            sent: sent.clone(),
            progress: once.progress,
        };
        let request = client
            .request(method.clone(), url.clone())
            .headers(once.headers);
        let request = match body.left {
            0 if method == Method::GET => request,
            _ => request.body(reqwest::Body::wrap(body)),
        };
        let started = Instant::now();
        let outcome = tokio::select! {
            outcome = request.send() => outcome.map_err(|error| {
                cause::unsent(&error, &url, &self.inner.options)
            }),
            () = silence(&sent) => Err(Failure::passing(NetError::Timeout {
                url: ShownUrl::from(&url),
                phase: Phase::Reply,
                limit: PATIENCE,
                attempts: Attempts(1),
            })),
        };
        self.inner.trace(|| {
            let (url, took) = (ShownUrl::from(&url), started.elapsed().as_millis());
            match &outcome {
                Ok(reply) => {
                    let status = reply.status().as_u16();
                    format!(
                        "{method} {url}: {status} in {took} ms over {:?}",
                        reply.version()
                    )
                }
                Err(_) => format!("{method} {url}: failed after {took} ms"),
            }
        });
        Ok(read(outcome?).await)
    }
}

/// Ends when nothing was sent for too long.
async fn silence(sent: &AtomicU64) {
    let (mut seen, mut since) = (0, Instant::now());
    while since.elapsed() < PATIENCE {
        tokio::time::sleep(TICK).await;
        let now = sent.load(Ordering::Relaxed);
        if now != seen {
            (seen, since) = (now, Instant::now());
        }
    }
}

async fn read(mut reply: reqwest::Response) -> OnceReply {
    let status = reply.status();
    let wait = response::text(reply.headers(), &RETRY_AFTER);
    let mut read = OnceReply {
        status: status.as_u16(),
        reason: reason(&reply, status),
        content_type: response::text(reply.headers(), &CONTENT_TYPE),
        location: response::text(reply.headers(), &LOCATION),
        retry_after: wait.and_then(|value| retry_after(&value, SystemTime::now())),
        body: Vec::new(),
    };
    // The status has said it: a body that breaks off, or does not end, changes nothing.
    let body = async {
        while let Ok(Some(part)) = reply.chunk().await {
            let room = MAX_REPLY - read.body.len();
            read.body.extend_from_slice(&part[..part.len().min(room)]);
            if part.len() >= room {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(PATIENCE, body).await;
    read
}

/// The phrase of the status line.
fn reason(reply: &reqwest::Response, status: StatusCode) -> Option<String> {
    let own = reply.extensions().get::<hyper::ext::ReasonPhrase>();
    own.map(|phrase| String::from_utf8_lossy(phrase.as_bytes()).into_owned())
        .or_else(|| status.canonical_reason().map(str::to_owned))
}

/// The body: it is handed on in small parts, and its length is known.
struct Parts {
    parts: VecDeque<Bytes>,
    left: u64,
    sent: Arc<AtomicU64>,
    progress: Option<Progress>,
}

impl Body for Parts {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        while self.parts.front().is_some_and(Bytes::is_empty) {
            self.parts.pop_front();
        }
        let Some(first) = self.parts.front_mut() else {
            return Poll::Ready(None);
        };
        let part = first.split_to(first.len().min(PART));
        let length = part.len() as u64;
        self.left -= length;
        let sent = self.sent.fetch_add(length, Ordering::Relaxed) + length;
        if let Some(progress) = &self.progress {
            progress(sent);
        }
        Poll::Ready(Some(Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
