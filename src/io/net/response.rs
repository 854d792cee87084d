//! What comes back.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::{
    ACCEPT_RANGES, AGE, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, DATE, ETAG,
    HeaderMap, HeaderName, LAST_MODIFIED,
};
use url::Url;

use super::cache_control::CacheDirectives;
use super::exchange::Reply;

/// The reply to a GET. Header values that are not text count as absent.
#[derive(Debug, Clone)]
pub struct Response {
    /// 2xx, 304, 404, 410 or 416. 206 only if a range was asked for.
    pub status: u16,
    /// Where it came from after redirects, without user name and password; the base for relative
    /// URLs of a page.
    pub final_url: Url,
    /// The `ETag`, quotes and `W/` included, as `If-None-Match` wants it.
    pub etag: Option<String>,
    /// The `Last-Modified` text, as `If-Modified-Since` wants it.
    pub last_modified: Option<String>,
    /// `Cache-Control`, parsed; empty if absent.
    pub cache: CacheDirectives,
    /// `Cache-Control` as it stood.
    pub cache_control: Option<String>,
    /// `Age`: how long a cache on the way has had it.
    pub age: Option<Duration>,
    /// `Date`: when the server made the reply.
    pub date: Option<SystemTime>,
    /// `Content-Type` as it stood.
    pub content_type: Option<String>,
    /// `Content-Range`, of a 206 or 416.
    pub content_range: Option<ContentRange>,
    /// The content, decompressed.
    pub body: Bytes,
}

impl Response {
    /// The head of a reply, with a body read from it.
    pub(crate) fn new(status: u16, final_url: Url, headers: &HeaderMap, body: Bytes) -> Self {
        let cache_control = joined(headers, &CACHE_CONTROL);
        Self {
            status,
            final_url,
            etag: text(headers, &ETAG),
            last_modified: text(headers, &LAST_MODIFIED),
            cache: cache_control
                .as_deref()
                .map(CacheDirectives::parse)
                .unwrap_or_default(),
            cache_control,
            age: number(headers, &AGE).map(Duration::from_secs),
            date: text(headers, &DATE).and_then(|date| httpdate::parse_http_date(&date).ok()),
            content_type: text(headers, &CONTENT_TYPE),
            content_range: content_range(headers),
            body,
        }
    }
}

/// The reply to a HEAD.
#[derive(Debug, Clone)]
pub struct Head {
    /// As in [`Response::status`].
    pub status: u16,
    /// As in [`Response::final_url`].
    pub final_url: Url,
    /// The file's size in bytes, if the server said it.
    pub content_length: Option<u64>,
    /// Whether the server says that it serves ranges. Not saying so does not mean that it can't.
    pub accept_ranges: bool,
    /// As in [`Response::etag`].
    pub etag: Option<String>,
    /// As in [`Response::last_modified`].
    pub last_modified: Option<String>,
}

impl Head {
    /// From a reply to HEAD.
    pub(crate) fn of(reply: &Reply) -> Self {
        let headers = reply.headers();
        Self {
            status: reply.status(),
            final_url: reply.url().clone(),
            content_length: content_length(headers),
            accept_ranges: text(headers, &ACCEPT_RANGES)
                .is_some_and(|units| units.trim().eq_ignore_ascii_case("bytes")),
            etag: text(headers, &ETAG),
            last_modified: text(headers, &LAST_MODIFIED),
        }
    }
}

/// A `Content-Range` in bytes (RFC 9110, section 14.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentRange {
    /// The first and the last offset, both included; absent in a 416.
    pub span: Option<(u64, u64)>,
    /// The size of the whole, if known.
    pub total: Option<u64>,
}

impl ContentRange {
    /// How many bytes the span covers.
    #[must_use]
    pub fn covered(&self) -> Option<u64> {
        self.span
            .and_then(|(first, last)| (last - first).checked_add(1))
    }
}

/// Why text is no usable `Content-Range`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a Content-Range in bytes: `{0}`")]
pub struct ContentRangeError(String);

impl FromStr for ContentRange {
    type Err = ContentRangeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_range(text).ok_or_else(|| ContentRangeError(text.to_owned()))
    }
}

impl fmt::Display for ContentRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.span {
            Some((first, last)) => write!(f, "bytes {first}-{last}/")?,
            None => f.write_str("bytes */")?,
        }
        match self.total {
            Some(total) => write!(f, "{total}"),
            None => f.write_str("*"),
        }
    }
}

/// `None` for another unit, for offsets out of order or beyond the total, and for `*/*`.
fn parse_range(text: &str) -> Option<ContentRange> {
    let (unit, rest) = text.trim().split_once(' ')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (span, total) = rest.trim().split_once('/')?;
    let total = if total == "*" {
        None
    } else {
        Some(digits(total)?)
    };
    let span = if span == "*" {
        None
    } else {
        let (first, last) = span.split_once('-')?;
        Some((digits(first)?, digits(last)?))
    };
    match (span, total) {
        (None, None) => None,
        (Some((first, last)), _) if first > last => None,
        (Some((_, last)), Some(total)) if last >= total => None,
        _ => Some(ContentRange { span, total }),
    }
}

/// A number of digits alone: `u64::from_str` would take a `+`.
fn digits(text: &str) -> Option<u64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

/// A header's text.
pub(crate) fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// A header that may stand on several lines, as one list.
fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines: Vec<&str> = headers
        .get_all(name)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    digits(headers.get(name)?.to_str().ok()?.trim())
}

/// The length that the headers announce: for a HEAD, of the content that is not sent.
pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    number(headers, &CONTENT_LENGTH)
}

/// The range that the headers announce.
pub(crate) fn content_range(headers: &HeaderMap) -> Option<ContentRange> {
    text(headers, &CONTENT_RANGE)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges_survive_a_round_trip() {
        for text in ["bytes 0-499/1234", "bytes 500-1233/*", "bytes */1234"] {
            assert_eq!(text.parse::<ContentRange>().unwrap().to_string(), text);
        }
        let range: ContentRange = "bytes 2-4/9".parse().unwrap();
        assert_eq!(range.covered(), Some(3));
    }

    #[test]
    fn absurd_content_ranges_are_refused() {
        for text in [
            "",
            "bytes",
            "items 0-1/2",
            "bytes */*",
            "bytes 5-4/10",
            "bytes 0-10/10",
            "bytes +1-2/3",
            "bytes 0-99999999999999999999/*",
            "bytes 0-1",
            "bytes a-b/c",
        ] {
            assert!(text.parse::<ContentRange>().is_err(), "{text}");
        }
        let all = ContentRange {
            span: Some((0, u64::MAX)),
            total: None,
        };
        assert_eq!(all.covered(), None);
    }

    #[test]
    fn reads_what_a_cache_needs() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (ETAG, "W/\"a\""),
            (CACHE_CONTROL, "max-age=600"),
            (AGE, "30"),
            (DATE, "Sun, 06 Nov 1994 08:49:37 GMT"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        headers.append(CACHE_CONTROL, "no-store".parse().unwrap());
        let url = Url::parse("https://example.org/").unwrap();
        let reply = Response::new(200, url, &headers, Bytes::new());
        assert_eq!(reply.etag.as_deref(), Some("W/\"a\""));
        assert_eq!(
            reply.cache_control.as_deref(),
            Some("max-age=600, no-store")
        );
        assert_eq!(reply.cache.max_age, Some(Duration::from_secs(600)));
        assert!(reply.cache.no_store);
        assert_eq!(reply.age, Some(Duration::from_secs(30)));
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(reply.date, Some(date));
    }
}
