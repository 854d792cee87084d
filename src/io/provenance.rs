//! Provenance objects (PEP 740), as indexes have them. What they say is not looked at here.

use super::cache::{Cache, StoredPage};
use super::conditional::{Answer, Conditional};
use super::index::IndexError;
use super::net::{Get, Net, NetError, Response, is_loopback, without_userinfo};
use indicatif::ProgressBar;
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;
use url::Url;
use wheel::provenance::MAX_PROVENANCE_BYTES;

/// The type that is asked for.
const ACCEPT: &str = "application/vnd.pypi.integrity.v1+json";

/// The address of a provenance object, if one may be fetched from there: by https, or on this
/// machine. A name and a password in it are a page's, not the user's, and are left out.
#[must_use]
pub fn address(text: &str) -> Option<Url> {
    let mut url = Url::parse(text).ok()?;
    url.set_fragment(None);
    let is_fit = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    is_fit.then(|| without_userinfo(&url))
}

/// The text of a provenance object, if there is one; or why it could not be had.
pub type Text = Result<Option<String>, IndexError>;

/// Where provenance objects are got from.
#[derive(Clone)]
pub struct Provenances {
    /// The HTTP client.
    pub net: Net,
    /// Where they are kept.
    pub cache: Cache,
    /// Whether what is in the cache has to do, however old.
    pub offline: bool,
}

impl Provenances {
    /// The texts at these addresses, all asked for at once. There is no text where the index, or
    /// the mirror that answers for it, has none or gives none out.
    pub async fn all(&self, urls: BTreeSet<Url>, bar: &ProgressBar) -> BTreeMap<Url, Text> {
        bar.set_length(urls.len() as u64);
        let mut tasks = JoinSet::new();
        for url in urls {
            let all = self.clone();
            tasks.spawn(async move {
                let text = all.one(&url).await;
                (url, text)
            });
        }
        let mut texts = BTreeMap::new();
        // A task ends early only with the program.
        while let Some(finished) = tasks.join_next().await {
            let Ok((url, text)) = finished else { continue };
            bar.inc(1);
            texts.insert(url, text);
        }
        texts
    }

    /// Forgets what is at an address, which was of no use: a better one there is seen at once.
    pub fn forget(&self, url: &Url) {
        self.cache.forget_page(&key(url));
    }

    async fn one(&self, url: &Url) -> Text {
        let transport = self.net.transport();
        if transport.is_some_and(|mirror| !mirror.has_provenance(url)) {
            return Ok(None);
        }
        let key = key(url);
        let kept = Conditional {
            net: &self.net,
            cache: &self.cache,
            offline: self.offline,
        };
        let get = Get::new(url.clone(), MAX_PROVENANCE_BYTES).accept(ACCEPT);
        // What is no UTF-8 is no JSON either, and is refused as such; so is nothing at all, which
        // must not pass for the mark that there is none.
        let read = |response: &Response| {
            let text = String::from_utf8_lossy(&response.body).into_owned();
            Ok::<_, NetError>(if text.is_empty() {
                " ".to_owned()
            } else {
                text
            })
        };
        let status = match kept.text(&key, get, read).await {
            Ok(Answer::Text(text)) => return Ok((!text.is_empty()).then_some(text)),
            Ok(Answer::Status(status)) => status,
            // Indexes answer so where they do not give it out.
            Err(error) if error.status() == Some(403) => 403,
            Err(error) => return Err(error.into()),
        };
        if !matches!(status, 403 | 404 | 410) {
            let url = url.to_string();
            return Err(IndexError::Status { url, status });
        }
        if transport.is_none() {
            // Without the network it has to be known that there is none.
            let none = StoredPage {
                text: String::new(),
                etag: None,
                last_modified: None,
                fresh_until: 0,
            };
            self.cache.store_page(&key, &none);
        }
        Ok(None)
    }
}

/// What the cache keeps an object under: its address alone is that of a page.
fn key(url: &Url) -> String {
    format!("{url} provenance")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_can_read_along_is_asked() {
        for (text, due) in [
            ("https://example.org/p", true),
            ("http://example.org/p", false),
            ("http://127.0.0.1:1/p", true),
            ("http://localhost/p", true),
            ("http://127.0.0.1.example.org/p", false),
            ("file:///p", false),
            ("p", false),
        ] {
            assert_eq!(address(text).is_some(), due, "{text}");
        }
        let bare = address("https://u:p@example.org/p?q#f").map(String::from);
        assert_eq!(bare.as_deref(), Some("https://example.org/p?q"));
    }
}
