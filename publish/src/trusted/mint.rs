//! The exchange of the CI's token for one of the index.

use crate::Secret;
use crate::upload::words_without;
use serde::Deserialize;
use serde_json::{Value, json};

/// Where tokens are exchanged, on the host that takes uploads.
pub const MINT_PATH: &str = "/_/oidc/mint-token";

/// How long a token lasts where the index does not say, in seconds.
const LIFETIME: u64 = 900;

/// How long a token must last yet to be used for another file, in seconds.
const LEAST: u64 = 300;

/// A token of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minted {
    /// The token; its user is `__token__`.
    pub token: Secret,
    /// When it expires, in seconds since 1970.
    pub expires: u64,
}

impl Minted {
    /// Whether it may expire while a file is sent, and another one is to be minted.
    #[must_use]
    pub fn is_stale(&self, now: u64) -> bool {
        now.saturating_add(LEAST) > self.expires
    }

    /// Whether it can be used no more.
    #[must_use]
    pub fn is_expired(&self, now: u64) -> bool {
        now >= self.expires
    }
}

/// One reason why no token was given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MintError {
    /// Its code, `invalid-publisher` and the like.
    #[serde(default)]
    pub code: String,
    /// Its words.
    #[serde(default)]
    pub description: String,
}

/// What an index says to the exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Minting {
    /// A token.
    Minted(Minted),
    /// None, for these reasons; there is at least one.
    Refused(Vec<MintError>),
    /// It has trouble: the status, and its words.
    Trouble(u16, Option<String>),
}

#[derive(Deserialize)]
struct Given {
    token: String,
    #[serde(default)]
    expires: Value,
}

impl Given {
    /// Tokens are told to the CI service by a line of their own, so they must not have lines of their
    /// own in them; white space and control characters are in none.
    fn is_token(&self) -> bool {
        !self.token.is_empty() && self.token.bytes().all(|byte| byte.is_ascii_graphic())
    }

    /// When it expires, in whole seconds since 1970.
    fn expires(&self) -> Option<u64> {
        let fraction = || Some(self.expires.as_f64()?.max(0.0) as u64);
        self.expires.as_u64().or_else(fraction)
    }
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<MintError>,
}

/// The body of the request.
#[must_use]
pub fn mint_request(jwt: &Secret) -> Vec<u8> {
    json!({ "token": jwt.reveal() }).to_string().into_bytes()
}

/// Reads the answer. `now` is in seconds since 1970; `jwt` is taken out of the server's words.
#[must_use]
pub fn minting(
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
    jwt: &Secret,
    now: u64,
) -> Minting {
    let secrets = std::slice::from_ref(jwt);
    let said = words_without(secrets, content_type, body, None);
    match status {
        200..=299 => match serde_json::from_slice::<Given>(body) {
            Ok(given) if given.is_token() => Minting::Minted(Minted {
                expires: given.expires().unwrap_or(now + LIFETIME),
                token: Secret::new(given.token),
            }),
            // The words may have the token in them, in a shape that is not known.
            _ => Minting::Refused(vec![MintError {
                code: "unreadable".to_owned(),
                description: "the index's answer has no token".to_owned(),
            }]),
        },
        408 | 429 | 500..=599 => Minting::Trouble(status, said),
        _ => {
            let listed = serde_json::from_slice::<Errors>(body);
            let mut errors = listed.map(|listed| listed.errors).unwrap_or_default();
            for error in &mut errors {
                let described = error.description.as_bytes();
                let tidy = words_without(secrets, Some("text/plain"), described, None);
                error.description = tidy.unwrap_or_default();
                error
                    .code
                    .retain(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
            }
            if errors.is_empty() {
                errors.push(MintError {
                    code: format!("status-{status}"),
                    description: said.unwrap_or_default(),
                });
            }
            Minting::Refused(errors)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minted(status: u16, body: &str) -> Minting {
        let jwt = Secret::new("e.y.J");
        minting(
            status,
            Some("application/json"),
            body.as_bytes(),
            &jwt,
            1000,
        )
    }

    #[test]
    fn tokens_are_read_and_grow_stale() {
        let Minting::Minted(token) =
            minted(200, r#"{"success": true, "token": "t", "expires": 1900}"#)
        else {
            panic!("there is a token");
        };
        assert_eq!(token.token.reveal(), "t");
        assert!(!token.is_stale(1600) && token.is_stale(1601));
        assert!(!token.is_expired(1899) && token.is_expired(1900));
        let Minting::Minted(token) = minted(200, r#"{"token": "t"}"#) else {
            panic!("there is a token");
        };
        assert_eq!(token.expires, 1900);
        for (expires, seconds) in [("1700.5", 1700), ("null", 1900), ("\"soon\"", 1900)] {
            let body = format!(r#"{{"token": "t", "expires": {expires}}}"#);
            let Minting::Minted(token) = minted(200, &body) else {
                panic!("there is a token: {body}");
            };
            assert_eq!(token.expires, seconds, "{body}");
        }
        assert!(!format!("{token:?}").contains('"'));
    }

    #[test]
    fn refusals_are_read() {
        let Minting::Refused(errors) = minted(
            422,
            r#"{"message": "Token request failed", "errors": [
                {"code": "invalid-publisher", "description": "valid token e.y.J, but no publisher"},
                {"code": "not-enabled", "description": "\u001b[31mno"}]}"#,
        ) else {
            panic!("it is refused");
        };
        assert_eq!(errors[0].description, "valid token …, but no publisher");
        assert_eq!(errors[1].code, "not-enabled");
        assert!(!errors[1].description.contains('\u{1b}'));
        for (status, body, code) in [
            (403, r#"{"message": "disabled"}"#, "status-403"),
            (404, "", "status-404"),
            (200, "{}", "unreadable"),
            (200, r#"{"token": ""}"#, "unreadable"),
            // It would be a command to the CI service, behind the one that hides it.
            (
                200,
                r#"{"token": "t\n::set-output name=x::y"}"#,
                "unreadable",
            ),
        ] {
            let Minting::Refused(errors) = minted(status, body) else {
                panic!("{status} is a refusal");
            };
            assert_eq!(errors[0].code, code);
        }
        assert_eq!(minted(503, ""), Minting::Trouble(503, None));
    }

    #[test]
    fn the_request_has_the_token() {
        assert_eq!(mint_request(&Secret::new("a.b.c")), br#"{"token":"a.b.c"}"#);
    }
}
