//! Reading a reply's content into memory, within limits.

use std::io::Read;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use reqwest::header::CONTENT_ENCODING;

use super::NetOptions;
use super::cause;
use super::error::{Attempts, NetError};
use super::exchange::Reply;
use super::redact::ShownUrl;
use super::request::Get;
use super::response::{Response, content_length, content_range, text};
use super::retry::Failure;

/// How much of a page that nobody reads (of a 404) is read, so that the connection can be reused.
const DRAINED: u64 = 64 << 10;
/// The most that is allocated on the word of a header.
const TRUSTED_LENGTH: u64 = 1 << 20;

/// Reads what a GET asked for. Replies that are no success get an empty body.
pub(crate) async fn into_response(
    mut reply: Reply,
    get: &Get,
    options: &NetOptions,
) -> Result<Response, Failure> {
    let body = if (200..300).contains(&reply.status()) {
        content(&mut reply, get.max_bytes, options).await?
    } else {
        // Whether it is too long or breaks off does not matter.
        let _ = collect(&mut reply, DRAINED, options).await;
        Bytes::new()
    };
    Ok(Response::new(
        reply.status(),
        reply.url().clone(),
        reply.headers(),
        body,
    ))
}

/// The content, complete and decompressed.
async fn content(reply: &mut Reply, limit: u64, options: &NetOptions) -> Result<Bytes, Failure> {
    let raw = collect(reply, limit, options).await?;
    let encoding = text(reply.headers(), &CONTENT_ENCODING).unwrap_or_default();
    let body = match encoding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => raw,
        "gzip" | "x-gzip" => gunzip(&raw, limit, reply)?,
        _ => {
            return Err(Failure::last(senseless(
                reply,
                format!("encoded as `{encoding}`"),
            )));
        }
    };
    if reply.status() == 206
        && let Some(range) = content_range(reply.headers())
        && range
            .covered()
            .is_some_and(|covered| covered != body.len() as u64)
    {
        let what = format!("`{range}` with {} bytes", body.len());
        return Err(Failure::passing(senseless(reply, what)));
    }
    Ok(body)
}

/// The content as it comes, at most `limit` bytes of it.
async fn collect(reply: &mut Reply, limit: u64, options: &NetOptions) -> Result<Bytes, Failure> {
    let too_large = |reply: &Reply| {
        Failure::last(NetError::TooLarge {
            url: ShownUrl::from(reply.url()),
            limit,
        })
    };
    let announced = content_length(reply.headers());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large(reply));
    }
    let mut body = Vec::with_capacity(announced.unwrap_or(0).min(TRUSTED_LENGTH) as usize);
    loop {
        match reply.chunk().await {
            Ok(Some(part)) if (body.len() + part.len()) as u64 > limit => {
                return Err(too_large(reply));
            }
            Ok(Some(part)) => body.extend_from_slice(&part),
            Ok(None) => return Ok(Bytes::from(body)),
            Err(error) => {
                let progress = (body.len() as u64, announced);
                return Err(cause::broken(&error, reply.url(), progress, options));
            }
        }
    }
}

/// Decompresses; at most `limit` bytes come out, however small what goes in.
fn gunzip(raw: &[u8], limit: u64, reply: &Reply) -> Result<Bytes, Failure> {
    let mut body = Vec::with_capacity((raw.len() as u64 * 4).min(limit) as usize);
    let mut decoder = MultiGzDecoder::new(raw).take(limit.saturating_add(1));
    if let Err(error) = decoder.read_to_end(&mut body) {
        return Err(Failure::passing(senseless(
            reply,
            format!("damaged gzip ({error})"),
        )));
    }
    if body.len() as u64 > limit {
        return Err(Failure::last(NetError::TooLarge {
            url: ShownUrl::from(reply.url()),
            limit,
        }));
    }
    Ok(Bytes::from(body))
}

/// A reply that cannot be used.
fn senseless(reply: &Reply, what: String) -> NetError {
    NetError::Reply {
        url: ShownUrl::from(reply.url()),
        what,
        attempts: Attempts(1),
    }
}
