//! For whom the CI's token is to be: the index says.

use crate::upload::words;
use serde::Deserialize;

/// Where the index says it, on the host that takes uploads.
pub const AUDIENCE_PATH: &str = "/_/oidc/audience";

/// The audience of those who sign in a job's name.
const SIGNING: &str = "sigstore";

/// What an index says to the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// It trusts tokens for this audience.
    For(String),
    /// It wants one for what is not its own: with it, it could sign in the job's name.
    Signing,
    /// It knows nothing of Trusted Publishing.
    NotOffered,
    /// It has it switched off: why, in its words.
    Disabled(String),
    /// It has trouble: the status.
    Trouble(u16),
}

#[derive(Deserialize)]
struct Body {
    audience: String,
}

/// Reads the answer.
#[must_use]
pub fn audience(status: u16, content_type: Option<&str>, body: &[u8]) -> Audience {
    let said = || {
        let said = words(content_type, body, None);
        said.unwrap_or_else(|| format!("status {status}"))
    };
    match status {
        200 => match serde_json::from_slice::<Body>(body) {
            Ok(Body { audience }) if audience.trim() == SIGNING => Audience::Signing,
            Ok(Body { audience }) if !audience.trim().is_empty() => Audience::For(audience),
            // A server that answers anything with a page.
            _ => Audience::NotOffered,
        },
        403 if content_type.is_some_and(|kind| kind.contains("json")) => Audience::Disabled(said()),
        408 | 429 | 500..=599 => Audience::Trouble(status),
        _ => Audience::NotOffered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        let json = Some("application/json");
        assert_eq!(
            audience(200, json, br#"{"audience": "example"}"#),
            Audience::For("example".to_owned())
        );
        // An index that got such a token could sign whatever it likes as this job.
        assert_eq!(
            audience(200, json, br#"{"audience": " sigstore "}"#),
            Audience::Signing
        );
        assert_eq!(
            audience(
                403,
                json,
                br#"{"message": "Trusted publishing functionality not enabled"}"#
            ),
            Audience::Disabled("Trusted publishing functionality not enabled".to_owned())
        );
        for (status, body) in [
            (404, "{}"),
            (405, ""),
            (401, ""),
            (200, "<html>"),
            (200, "{\"audience\": \"\"}"),
        ] {
            assert_eq!(
                audience(status, json, body.as_bytes()),
                Audience::NotOffered,
                "{status}"
            );
        }
        // A server that forbids everything knows nothing of it.
        assert_eq!(audience(403, Some("text/html"), b""), Audience::NotOffered);
        assert_eq!(audience(503, json, b""), Audience::Trouble(503));
    }
}
