//! One try of a request: credentials, redirects, and which replies are replies.

use std::time::{Instant, SystemTime};

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, LOCATION, RANGE, RETRY_AFTER};
use tokio::sync::SemaphorePermit;
use url::Url;

use super::auth::{Credentials, Login};
use super::error::{Attempts, NetError};
use super::redact::{ShownUrl, redact_text, without_userinfo};
use super::retry::{Failure, Verdict, may_pass, retry_after};
use super::{Inner, cause, response};

/// How many redirects are followed.
const MAX_REDIRECTS: u32 = 10;
/// How much of an error's page is looked at for the line that is shown.
const DETAIL_BYTES: usize = 4096;
/// How much of that line is shown, in characters.
const DETAIL_CHARS: usize = 200;

/// A request as it goes over the wire, but for the credentials.
pub(crate) struct Wire {
    method: Method,
    url: Url,
    login: Option<Login>,
    headers: HeaderMap,
}

impl Wire {
    /// Takes user name and password out of the URL.
    pub(crate) fn new(method: Method, url: &Url, headers: HeaderMap) -> Self {
        Self {
            method,
            url: without_userinfo(url),
            login: Login::of(url),
            headers,
        }
    }

    /// The URL, without user name and password.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Other headers for the next try.
    pub(crate) fn set_headers(&mut self, headers: HeaderMap) {
        self.headers = headers;
    }
}

/// A reply whose content has yet to be read.
pub(crate) struct Reply {
    response: reqwest::Response,
    url: Url,
}

impl Reply {
    pub(crate) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Where it came from, after redirects, without user name and password.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// The next part of the content; `None` at its end.
    pub(crate) async fn chunk(&mut self) -> reqwest::Result<Option<bytes::Bytes>> {
        self.response.chunk().await
    }

    /// The failure that a status stands for.
    pub(crate) async fn refusal(mut self) -> Failure {
        let status = self.response.status();
        let header = response::text(self.headers(), &RETRY_AFTER);
        let wait = header.and_then(|value| retry_after(&value, SystemTime::now()));
        let error = NetError::Status {
            url: ShownUrl::from(&self.url),
            status: status.as_u16(),
            reason: status
                .canonical_reason()
                .unwrap_or("unknown status")
                .to_owned(),
            detail: self.detail().await,
            attempts: Attempts(1),
        };
        let passes = may_pass(status.as_u16());
        Failure {
            error,
            verdict: if passes {
                Verdict::Again(wait)
            } else {
                Verdict::Final
            },
        }
    }

    /// The first line of an error's page, if it is plain text or JSON.
    async fn detail(&mut self) -> Option<String> {
        let kind = response::text(self.headers(), &CONTENT_TYPE).unwrap_or_default();
        if kind.to_ascii_lowercase().contains("html") {
            return None;
        }
        let mut page = Vec::new();
        while page.len() < DETAIL_BYTES {
            // An error's page that breaks off is no further error.
            let Ok(Some(part)) = self.chunk().await else {
                break;
            };
            page.extend_from_slice(&part[..part.len().min(DETAIL_BYTES)]);
        }
        let page = String::from_utf8_lossy(&page);
        // Many servers only say the status again.
        let status = self.status().to_string();
        let mut lines = page.lines().map(str::trim);
        let line = lines.find(|line| !line.is_empty() && !line.starts_with(&status))?;
        Some(
            line.chars()
                .filter(|c| !c.is_control())
                .take(DETAIL_CHARS)
                .collect(),
        )
    }
}

impl Inner {
    /// Waits for a turn among the requests in flight; it ends when the value is dropped.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // `None` only for a closed semaphore, and nobody closes it.
        self.permits.acquire().await.ok()
    }

    /// Writes a line for `-v`.
    pub(crate) fn trace(&self, line: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            trace(&line());
        }
    }

    /// Sends a request and follows it to a reply that its caller can use.
    pub(crate) async fn exchange(&self, wire: &Wire) -> Result<Reply, Failure> {
        let mut url = wire.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            // What stood in the URL is for its own origin, wherever redirects lead.
            let login = wire
                .login
                .as_ref()
                .filter(|_| url.origin() == wire.url.origin());
            let response = self.authorized(wire, &url, login).await?;
            match redirect(&url, &response) {
                Some(target) => url = target.map_err(Failure::last)?,
                None => return settle(wire, Reply { response, url }).await,
            }
        }
        let url = ShownUrl::from(&wire.url);
        Err(Failure::last(NetError::TooManyRedirects {
            url,
            limit: MAX_REDIRECTS,
        }))
    }

    /// Sends a request to one URL, with one credential after the other while it is challenged.
    async fn authorized(
        &self,
        wire: &Wire,
        url: &Url,
        login: Option<&Login>,
    ) -> Result<reqwest::Response, Failure> {
        let mut tried = Vec::new();
        let mut notes = Vec::new();
        let mut credentials = self.auth.known(url, login);
        loop {
            let response = self.send(wire, url, credentials.as_ref()).await?;
            let status = response.status().as_u16();
            if !matches!(status, 401 | 403) {
                if let Some(found) = credentials.filter(|_| !tried.is_empty() && status < 400) {
                    self.auth.remember(url, found);
                }
                return Ok(response);
            }
            tried.push(credentials);
            let Some(next) = self.auth.answer(url, login, &tried, &mut notes).await else {
                let refused = tried.iter().any(Option::is_some);
                return Err(unauthorized(response, url, refused, notes).await);
            };
            self.trace(|| format!("{} asks for credentials; trying some", host(url)));
            credentials = Some(next);
        }
    }

    /// Sends a request to one URL, once.
    async fn send(
        &self,
        wire: &Wire,
        url: &Url,
        credentials: Option<&Credentials>,
    ) -> Result<reqwest::Response, Failure> {
        let client = self.client(url).map_err(Failure::last)?;
        let mut request = client
            .request(wire.method.clone(), url.clone())
            .headers(wire.headers.clone());
        if let Some(credentials) = credentials {
            request = request.header(AUTHORIZATION, credentials.header());
        }
        let started = Instant::now();
        let outcome = match self.gates.pass(url).await {
            Some(ahead) => ahead.lead(request.send()).await,
            None => request.send().await,
        };
        self.trace(|| {
            let (method, url) = (&wire.method, ShownUrl::from(url));
            let took = started.elapsed().as_millis();
            match &outcome {
                Ok(reply) => {
                    let (status, version) = (reply.status().as_u16(), reply.version());
                    format!("{method} {url}: {status} in {took} ms over {version:?}")
                }
                Err(_) => format!("{method} {url}: failed after {took} ms"),
            }
        });
        outcome.map_err(|error| cause::unsent(&error, url, &self.options))
    }

    /// The options, for messages that name a limit.
    pub(crate) fn options(&self) -> &super::NetOptions {
        &self.options
    }
}

/// Tells replies from refusals.
async fn settle(wire: &Wire, reply: Reply) -> Result<Reply, Failure> {
    match reply.status() {
        // Taken for the whole, a part would pass for a damaged file at best.
        206 if !wire.headers.contains_key(RANGE) => Err(Failure::last(NetError::Reply {
            url: ShownUrl::from(&reply.url),
            what: "a part, where the whole was asked for".to_owned(),
            attempts: Attempts(1),
        })),
        200..=299 | 304 | 404 | 410 | 416 => Ok(reply),
        _ => Err(reply.refusal().await),
    }
}

/// Where a reply redirects to, if it does.
fn redirect(url: &Url, response: &reqwest::Response) -> Option<Result<Url, NetError>> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response::text(response.headers(), &LOCATION)?;
    Some(redirect_target(url, &location))
}

fn redirect_target(url: &Url, location: &str) -> Result<Url, NetError> {
    let refuse = |target: String, why| {
        Err(NetError::BadRedirect {
            url: ShownUrl::from(url),
            target,
            why,
        })
    };
    let Ok(target) = url.join(location) else {
        let start = redact_text(location).chars().take(DETAIL_CHARS).collect();
        return refuse(start, "it is not a URL");
    };
    let target = without_userinfo(&target);
    let shown = ShownUrl::from(&target).to_string();
    match (url.scheme(), target.scheme()) {
        (_, "https") | ("http", "http") => Ok(target),
        ("https", "http") => refuse(shown, "it leads from https to http"),
        _ => refuse(shown, "only http and https can be fetched"),
    }
}

/// The host and, unless it is the usual one, the port.
pub(crate) fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    }
}

async fn unauthorized(
    response: reqwest::Response,
    url: &Url,
    refused: bool,
    notes: Vec<String>,
) -> Failure {
    let mut reply = Reply {
        response,
        url: url.clone(),
    };
    let detail = match notes.is_empty() {
        true => reply.detail().await,
        false => Some(notes.join("; ")),
    };
    Failure::last(NetError::Unauthorized {
        url: ShownUrl::from(url),
        host: host(url),
        status: reply.status(),
        refused,
        detail,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(from: &str, location: &str) -> Result<String, NetError> {
        redirect_target(&Url::parse(from).unwrap(), location).map(String::from)
    }

    #[test]
    fn redirects_may_gain_security_but_not_lose_it() {
        let to = |from, location| target(from, location).unwrap();
        assert_eq!(
            to("http://example.org/a", "https://example.org/b"),
            "https://example.org/b"
        );
        assert_eq!(
            to("https://example.org/a/b", "../c"),
            "https://example.org/c"
        );
        assert_eq!(
            to("http://example.org/a", "//files.example.org/b"),
            "http://files.example.org/b"
        );
        let error = target("https://example.org/", "http://example.org/?k=secret").unwrap_err();
        assert!(error.to_string().contains("from https to http"), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
        assert!(target("http://example.org/", "file:///a").is_err());
        assert!(target("http://example.org/", "http://u:secret@:80/").is_err());
    }

    #[test]
    fn a_redirect_brings_no_credentials() {
        let got = target("http://example.org/", "http://u:secret@example.org/x").unwrap();
        assert_eq!(got, "http://example.org/x");
    }
}
