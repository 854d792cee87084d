//! What can be asked for.

use std::fmt;

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, RANGE,
};
use url::Url;

use super::error::NetError;
use super::redact::ShownUrl;

/// A part of a file, in bytes (RFC 9110, section 14.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeSpec {
    /// The last so many bytes; at least one.
    Suffix(u64),
    /// From the first offset to the second, both included.
    FromTo(u64, u64),
    /// From an offset to the end.
    From(u64),
}

impl fmt::Display for RangeSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Suffix(count) => write!(f, "bytes=-{count}"),
            Self::FromTo(first, last) => write!(f, "bytes={first}-{last}"),
            Self::From(first) => write!(f, "bytes={first}-"),
        }
    }
}

/// A GET into memory.
#[derive(Debug, Clone)]
pub struct Get {
    /// What to fetch, `http` or `https`. A user name and password in it are sent to its own
    /// origin only, and for this request only.
    pub url: Url,
    /// The `Accept` header.
    pub accept: Option<&'static str>,
    /// Ask for a part. The server may still send everything, with status 200.
    pub range: Option<RangeSpec>,
    /// Ask for content only if its `ETag` differs from this one, as the server gave it.
    pub etag: Option<String>,
    /// Ask for content only if changed since this `Last-Modified`, as the server gave it.
    pub last_modified: Option<String>,
    /// The most bytes that the body may have, after decompression.
    pub max_bytes: u64,
    /// The project whose index page it is: a transport keeps pages by that.
    pub project: Option<String>,
    /// Give up after the first try.
    pub once: bool,
}

impl Get {
    /// A plain GET of at most so many bytes.
    #[must_use]
    pub fn new(url: Url, max_bytes: u64) -> Self {
        Self {
            url,
            accept: None,
            range: None,
            etag: None,
            last_modified: None,
            max_bytes,
            project: None,
            once: false,
        }
    }

    /// With an `Accept` header.
    #[must_use]
    pub fn accept(mut self, accept: &'static str) -> Self {
        self.accept = Some(accept);
        self
    }

    /// Without another try.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// For the index page of a project.
    #[must_use]
    pub fn page_of(mut self, project: impl Into<String>) -> Self {
        self.project = Some(project.into());
        self
    }

    /// For a part only.
    #[must_use]
    pub fn range(mut self, range: RangeSpec) -> Self {
        self.range = Some(range);
        self
    }

    /// Only if it differs from what these validators stand for.
    #[must_use]
    pub fn unless(mut self, etag: Option<String>, last_modified: Option<String>) -> Self {
        self.etag = etag;
        self.last_modified = last_modified;
        self
    }

    /// The request's headers.
    pub(crate) fn headers(&self) -> Result<HeaderMap, NetError> {
        let mut headers = HeaderMap::new();
        if let Some(accept) = self.accept {
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
        }
        if let Some(range) = self.range {
            self.insert(&mut headers, RANGE, &range.to_string())?;
            identity(&mut headers);
        } else {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if let Some(etag) = &self.etag {
            self.insert(&mut headers, IF_NONE_MATCH, etag)?;
        }
        if let Some(date) = &self.last_modified {
            self.insert(&mut headers, IF_MODIFIED_SINCE, date)?;
        }
        Ok(headers)
    }

    /// Adds a header whose value comes from outside (a cache file, a former reply).
    fn insert(
        &self,
        headers: &mut HeaderMap,
        name: reqwest::header::HeaderName,
        value: &str,
    ) -> Result<(), NetError> {
        let value = HeaderValue::from_str(value).map_err(|_| NetError::Header {
            url: ShownUrl::from(&self.url),
            name: name.to_string(),
        })?;
        headers.insert(name, value);
        Ok(())
    }
}

/// Asks for the bytes as they are: offsets and lengths of a compressed form would be useless.
pub(crate) fn identity(headers: &mut HeaderMap) {
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get() -> Get {
        Get::new(Url::parse("https://example.org/a").unwrap(), 10)
    }

    #[test]
    fn ranges_are_written_as_the_rfc_says() {
        assert_eq!(RangeSpec::Suffix(500).to_string(), "bytes=-500");
        assert_eq!(RangeSpec::FromTo(0, 499).to_string(), "bytes=0-499");
        assert_eq!(RangeSpec::From(9500).to_string(), "bytes=9500-");
    }

    #[test]
    fn a_part_is_asked_for_uncompressed() {
        let headers = get().range(RangeSpec::Suffix(5)).headers().unwrap();
        assert_eq!(headers[ACCEPT_ENCODING], "identity");
        assert_eq!(get().headers().unwrap()[ACCEPT_ENCODING], "gzip");
    }

    #[test]
    fn a_validator_cannot_smuggle_a_header() {
        let error = get()
            .unless(Some("\"a\"\r\nX: y".to_owned()), None)
            .headers()
            .unwrap_err();
        assert!(matches!(error, NetError::Header { name, .. } if name == "if-none-match"));
    }
}
