//! From the HTTP library's errors to ours: a cause in a few words, and whether it may pass.

use std::error::Error;
use std::io;

use url::Url;

use super::NetOptions;
use super::error::{Attempts, NetError, Phase};
use super::redact::ShownUrl;
use super::retry::Failure;

/// A request that got no reply.
pub(crate) fn unsent(error: &reqwest::Error, url: &Url, options: &NetOptions) -> Failure {
    let attempts = Attempts(1);
    let shown = ShownUrl::from(url);
    if error.is_builder() {
        return Failure::last(NetError::Reply {
            url: shown,
            what: words(error),
            attempts,
        });
    }
    if error.is_timeout() {
        let (phase, limit) = if error.is_connect() {
            (Phase::Connect, options.connect_timeout)
        } else {
            (Phase::Reply, options.read_timeout)
        };
        return Failure::passing(NetError::Timeout {
            url: shown,
            phase,
            limit,
            attempts,
        });
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        let refused = matches!(tls, rustls::Error::InvalidCertificate(_));
        let error = NetError::Tls {
            url: shown,
            cause: tls.to_string(),
            attempts,
        };
        return if refused {
            Failure::last(error)
        } else {
            Failure::passing(error)
        };
    }
    let cause = if error.is_dns() {
        format!(
            "could not resolve the host name `{}`",
            url.host_str().unwrap_or_default()
        )
    } else {
        words(error)
    };
    Failure::passing(NetError::Unreachable {
        url: shown,
        cause,
        attempts,
    })
}

/// A reply whose content broke off.
pub(crate) fn broken(
    error: &reqwest::Error,
    url: &Url,
    (received, expected): (u64, Option<u64>),
    options: &NetOptions,
) -> Failure {
    let attempts = Attempts(1);
    let url = ShownUrl::from(url);
    Failure::passing(if error.is_timeout() {
        NetError::Timeout {
            url,
            phase: Phase::Content,
            limit: options.read_timeout,
            attempts,
        }
    } else {
        NetError::Truncated {
            url,
            received,
            expected,
            cause: words(error),
            attempts,
        }
    })
}

/// The innermost cause, in a few words that do not repeat the URL.
fn words(error: &reqwest::Error) -> String {
    if let Some(known) = find::<io::Error>(error).and_then(|error| known_kind(error.kind())) {
        return known.to_owned();
    }
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    // The outermost error alone would write the URL, query included.
    match innermost.downcast_ref::<reqwest::Error>() {
        Some(_) => "the request could not be made".to_owned(),
        None => innermost.to_string(),
    }
}

fn known_kind(kind: io::ErrorKind) -> Option<&'static str> {
    use io::ErrorKind as K;
    Some(match kind {
        K::ConnectionRefused => "connection refused",
        K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe => "connection reset",
        K::UnexpectedEof => "connection closed",
        K::HostUnreachable => "host unreachable",
        K::NetworkUnreachable | K::NetworkDown => "network unreachable",
        _ => return None,
    })
}

/// The outermost error of a type in a chain. An [`io::Error`] is looked into as well, since it
/// hides what it wraps from `source`.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match wrapped {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}
