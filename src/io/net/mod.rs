//! HTTP as the index, the cache and the installer need it.
//!
//! [`Net`] sends GET and HEAD, and streams downloads. It retries what is worth retrying
//! (`retry`), makes one connection where one is enough (`gate`), follows redirects and answers
//! challenges (`exchange`), reads bodies within limits (`body`), resumes broken downloads
//! (`download`) and knows where credentials come from (`auth`, `netrc`, `keyring`). A transport can
//! answer in place of the network (`transport`). What is no GET is sent once, as it is (`once`). What it does
//! not know: what an index is, what may be cached, and whether a server understands ranges. Those
//! are the callers' affairs; a reply tells them what they need to decide.
//!
//! Nothing here prints. With a trace callback, every request, retry and challenge becomes a line
//! for `-v`. A URL leaves this module only without user name and password; in messages it is a
//! [`ShownUrl`], without query and fragment too.

mod auth;
mod body;
mod cache_control;
mod cause;
mod client;
mod download;
mod env;
mod error;
mod exchange;
mod gate;
mod keyring;
mod netrc;
mod once;
mod redact;
mod request;
mod response;
mod retry;
#[cfg(test)]
mod tests;
mod transport;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use publish::Secret;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue};
use tokio::sync::Semaphore;
use url::Url;

use self::auth::AuthStore;
pub(crate) use self::auth::TOKEN_USER;
use self::client::Clients;
use self::exchange::Wire;
use self::gate::Gates;
pub(crate) use self::retry::{Backoff, Failure, Verdict, may_pass};

pub use self::cache_control::CacheDirectives;
pub(crate) use self::client::is_loopback;
pub use self::download::{Download, Downloaded, Sink};
pub use self::env::NetEnv;
pub use self::error::{Attempts, NetError, Phase};
pub use self::once::{Once, OnceReply, Progress};
pub use self::redact::{ShownUrl, redact_text, without_userinfo};
pub use self::request::{Get, RangeSpec};
pub use self::response::{ContentRange, Head, Response};
pub use self::transport::{Held, NotThere, Route, Transport};

/// Where the lines of `-v` go: one call a line, without line end.
pub type Trace = Arc<dyn Fn(&str) + Send + Sync>;

/// How requests are made. The defaults are those of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetOptions {
    /// Refuse every request ([`NetError::Offline`]).
    pub offline: bool,
    /// How often a request is repeated after its first failure.
    pub retries: u32,
    /// The longest wait for a connection, TLS included.
    pub connect_timeout: Duration,
    /// The longest silence while waiting for a reply or for the next part of it.
    pub read_timeout: Duration,
    /// The pause before the first repetition; it doubles each time, up to ten seconds.
    pub backoff: Duration,
    /// The longest pause that a server's `Retry-After` can ask for.
    pub retry_after_cap: Duration,
    /// Sent as `User-Agent`.
    pub user_agent: String,
    /// Requests in flight at once, all hosts together; further ones wait for their turn.
    pub concurrency: usize,
}

impl Default for NetOptions {
    fn default() -> Self {
        Self {
            offline: false,
            retries: 3,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            backoff: Duration::from_millis(300),
            retry_after_cap: Duration::from_secs(30),
            user_agent: concat!("mochi/", env!("CARGO_PKG_VERSION")).to_owned(),
            concurrency: 50,
        }
    }
}

/// The HTTP client. Clones share connections, credentials and the limit on requests in flight.
///
/// Making one costs nothing: sockets, certificates and `.netrc` are touched by the first request
/// that needs them. Its methods need a running tokio runtime with I/O and time.
#[derive(Clone)]
pub struct Net {
    inner: Arc<Inner>,
}

/// The `Authorization` header of a user and a password, marked as secret.
pub(crate) fn basic(username: &str, password: &Secret) -> HeaderValue {
    let (username, password) = (username.to_owned(), password.reveal().to_owned());
    auth::Credentials { username, password }.header()
}

/// What the clones share.
pub(crate) struct Inner {
    options: NetOptions,
    env: NetEnv,
    trace: Option<Trace>,
    auth: AuthStore,
    permits: Semaphore,
    clients: Clients,
    gates: Gates,
    transport: OnceLock<Arc<dyn Transport>>,
}

impl Net {
    /// A client for these options; `trace` gets a line for each request and retry.
    #[must_use]
    pub fn new(options: NetOptions, env: NetEnv, trace: Option<Trace>) -> Self {
        let permits = Semaphore::new(options.concurrency.clamp(1, Semaphore::MAX_PERMITS));
        let auth = AuthStore::new(&env);
        let clients = Clients::default();
        Self {
            inner: Arc::new(Inner {
                options,
                env,
                trace,
                auth,
                permits,
                clients,
                gates: Gates::default(),
                transport: OnceLock::new(),
            }),
        }
    }

    /// Takes the user name and password out of a URL that the user configured (an index), keeps
    /// them for requests to that origin, and gives the URL without them.
    ///
    /// To be called for the user's own URLs only, never for ones that a server named: what is
    /// registered is sent without being asked for. Where one origin has several registrations,
    /// the one whose path has the most leading segments in common with a request's is used.
    #[must_use]
    pub fn register(&self, url: &Url) -> Url {
        self.inner.auth.register(url);
        without_userinfo(url)
    }

    /// From now on a transport answers all requests, of all clones. The first one stays.
    pub fn answer_from(&self, transport: Arc<dyn Transport>) {
        let _ = self.inner.transport.set(transport);
    }

    /// What answers requests in place of the network, if something does.
    #[must_use]
    pub fn transport(&self) -> Option<&dyn Transport> {
        self.inner.transport.get().map(AsRef::as_ref)
    }

    /// What the transport has of the wheel at a place; nothing where there is no transport.
    #[must_use]
    pub fn held(&self, place: &str, sha256: Option<&str>) -> Option<Held> {
        self.transport()?.held(place, sha256)
    }

    /// Fetches a page, a file, or a part of a file into memory.
    ///
    /// 2xx, 206, 304, 404, 410 and 416 are replies; every other status is an error, after the
    /// retries where the status is worth them (408, 429, 500, 502, 503, 504).
    ///
    /// # Errors
    /// Any [`NetError`]; it names the URL and how often it was tried.
    pub async fn get(&self, get: &Get) -> Result<Response, NetError> {
        match self.transport() {
            Some(transport) => transport::get(self, transport, get).await,
            None => self.send(get).await,
        }
    }

    async fn send(&self, get: &Get) -> Result<Response, NetError> {
        let wire = Wire::new(Method::GET, &get.url, get.headers()?);
        let mut backoff = self.begin(&wire)?;
        if get.once {
            backoff.give_up();
        }
        loop {
            match self.try_get(&wire, get).await {
                Ok(response) => return Ok(response),
                Err(failure) => backoff.wait(failure).await?,
            }
        }
    }

    /// Asks for a file's size and validators without its content.
    ///
    /// The same statuses as for [`Net::get`] are replies.
    ///
    /// # Errors
    /// Any [`NetError`]. Some servers refuse HEAD with 405 or 501 ([`NetError::status`]).
    pub async fn head(&self, url: &Url) -> Result<Head, NetError> {
        match self.transport() {
            Some(transport) => transport::head(self, transport, url).await,
            None => self.send_head(url).await,
        }
    }

    async fn send_head(&self, url: &Url) -> Result<Head, NetError> {
        let mut headers = HeaderMap::new();
        request::identity(&mut headers);
        let wire = Wire::new(Method::HEAD, url, headers);
        let mut backoff = self.begin(&wire)?;
        loop {
            let turn = self.inner.turn().await;
            let outcome = self.inner.exchange(&wire).await;
            drop(turn);
            match outcome {
                Ok(reply) => return Ok(Head::of(&reply)),
                Err(failure) => backoff.wait(failure).await?,
            }
        }
    }

    /// Streams a file into a sink, resuming by range after a break.
    ///
    /// Anything but 200 or 206 is an error here, 404 included. A file that breaks off after
    /// making progress has its tries renewed. When the content seems to have changed between two
    /// parts, the sink is told to restart. The bytes are the file's own: what they hash to is the
    /// caller's to verify.
    ///
    /// # Errors
    /// Any [`NetError`]; [`NetError::Sink`] is the sink's own error and is not retried.
    pub async fn download(
        &self,
        what: &Download,
        sink: &mut (dyn Sink + Send),
    ) -> Result<Downloaded, NetError> {
        self.resume(what, 0, sink).await
    }

    /// The same for a file whose first `have` bytes the sink has from an earlier run. Only its
    /// hash tells then that the rest is of the same file; that is the caller's to compare.
    ///
    /// # Errors
    /// As [`Net::download`].
    pub async fn resume(
        &self,
        what: &Download,
        have: u64,
        sink: &mut (dyn Sink + Send),
    ) -> Result<Downloaded, NetError> {
        match self.transport() {
            Some(transport) => transport::download(self, transport, what, have, sink).await,
            None => self.send_download(what, have, sink).await,
        }
    }

    async fn send_download(
        &self,
        what: &Download,
        have: u64,
        sink: &mut (dyn Sink + Send),
    ) -> Result<Downloaded, NetError> {
        let wire = Wire::new(Method::GET, &what.url, HeaderMap::new());
        let backoff = self.begin(&wire)?;
        download::run(&self.inner, what, have, (wire, backoff), sink).await
    }

    /// Who uploads to a URL, by `.netrc` and the keyring: the user, the password, and where they were
    /// found. Why a place could not be asked is noted.
    pub(crate) async fn upload_login(
        &self,
        url: &Url,
        username: Option<&str>,
        notes: &mut Vec<String>,
    ) -> Option<(String, Secret, &'static str)> {
        let (found, place) = self.inner.auth.for_upload(url, username, notes).await?;
        Some((found.username, Secret::new(found.password), place))
    }

    /// Whether `.netrc` knows who uploads to a URL.
    pub(crate) fn netrc_login(&self, url: &Url, username: Option<&str>) -> bool {
        self.inner.auth.netrc_has(url, username)
    }

    /// Whether there is a keyring to ask.
    pub(crate) fn has_keyring(&self) -> bool {
        self.inner.env.keyring.is_some()
    }

    /// The tries of one request.
    pub(crate) fn backoff(&self) -> Backoff {
        Backoff::new(&self.inner.options, self.inner.trace.clone())
    }

    /// The checks and the retry state that every request starts with.
    fn begin(&self, wire: &Wire) -> Result<Backoff, NetError> {
        let url = ShownUrl::from(wire.url());
        if !matches!(wire.url().scheme(), "http" | "https") {
            return Err(NetError::Scheme { url });
        }
        if self.inner.options.offline {
            return Err(NetError::Offline { url });
        }
        Ok(Backoff::new(&self.inner.options, self.inner.trace.clone()))
    }

    /// One try of a GET: the exchange and its body, in one turn.
    async fn try_get(&self, wire: &Wire, get: &Get) -> Result<Response, Failure> {
        let _turn = self.inner.turn().await;
        let reply = self.inner.exchange(wire).await?;
        body::into_response(reply, get, &self.inner.options).await
    }
}

impl std::fmt::Debug for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Net")
            .field("options", &self.inner.options)
            .finish_non_exhaustive()
    }
}
