//! Texts from servers, kept in the cache for as long as HTTP allows (RFC 9111), and asked for
//! again with what the cache has of them.

use super::cache::{Cache, StoredPage, fresh_until};
use super::net::{Get, Net, NetError, Response};
use std::time::{Duration, SystemTime};

/// What a server, or the cache, has.
pub enum Answer {
    /// The text.
    Text(String),
    /// No text, but this status.
    Status(u16),
}

/// Asks, unless the cache knows.
pub struct Conditional<'a> {
    /// The HTTP client.
    pub net: &'a Net,
    /// Where texts are kept.
    pub cache: &'a Cache,
    /// Whether what is in the cache has to do, however old.
    pub offline: bool,
}

impl Conditional<'_> {
    /// The text that is kept under `key`, or what `read` makes of the server's reply.
    ///
    /// # Errors
    /// The server could not be asked, or `read` failed.
    pub async fn text<E: From<NetError>>(
        &self,
        key: &str,
        get: Get,
        read: impl FnOnce(&Response) -> Result<String, E>,
    ) -> Result<Answer, E> {
        // What a mirror has of a text is not what the server would say, now or later.
        if self.net.transport().is_some() {
            let response = self.net.get(&get).await?;
            return Ok(match response.status {
                200 => Answer::Text(read(&response)?),
                status => Answer::Status(status),
            });
        }
        let now = SystemTime::now();
        let stored = match self.cache.page(key) {
            Some(stored) if self.offline || stored.is_fresh(now) => {
                return Ok(Answer::Text(stored.text));
            }
            stored => stored,
        };
        let known = stored.as_ref();
        let (etag, last_modified) = known
            .map(|page| (page.etag.clone(), page.last_modified.clone()))
            .unwrap_or_default();
        let response = self.net.get(&get.unless(etag, last_modified)).await?;
        let fresh_until = fresh_until(now, freshness(&response));
        match (response.status, stored) {
            (304, Some(mut stored)) => {
                stored.fresh_until = fresh_until;
                self.cache.store_page(key, &stored);
                Ok(Answer::Text(stored.text))
            }
            (200, _) => {
                let page = StoredPage {
                    text: read(&response)?,
                    etag: response.etag.clone(),
                    last_modified: response.last_modified.clone(),
                    fresh_until,
                };
                if !response.cache.no_store {
                    self.cache.store_page(key, &page);
                }
                Ok(Answer::Text(page.text))
            }
            (status, _) => Ok(Answer::Status(status)),
        }
    }
}

/// For how long a reply may be used without asking again.
fn freshness(response: &Response) -> Duration {
    if response.cache.no_store || response.cache.no_cache {
        return Duration::ZERO;
    }
    let age = response.age.unwrap_or_default();
    let allowed = response.cache.max_age.unwrap_or_default();
    allowed.saturating_sub(age)
}
