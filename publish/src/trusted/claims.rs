//! What a CI's token says, read without its signature: to explain a refusal, and for nothing else.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;
use std::collections::BTreeMap;

/// The claims that indexes look at, in the order in which they are shown.
const SHOWN: [&str; 18] = [
    "iss",
    "sub",
    "aud",
    "repository",
    "repository_owner",
    "repository_owner_id",
    "workflow_ref",
    "job_workflow_ref",
    "environment",
    "ref",
    "event_name",
    "namespace_path",
    "project_path",
    "ci_config_ref_uri",
    "ref_path",
    "email",
    "email_verified",
    "azp",
];

/// The claims of a token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims(BTreeMap<String, String>);

impl Claims {
    /// Reads the claims out of a token (RFC 7519); `None` where it is none.
    #[must_use]
    pub fn decode(jwt: &str) -> Option<Self> {
        let mut parts = jwt.split('.');
        let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(payload.trim_end_matches('='))
            .ok()?;
        let Value::Object(claims) = serde_json::from_slice(&bytes).ok()? else {
            return None;
        };
        let text = |value: Value| match value {
            Value::String(text) => text,
            Value::Array(list) => {
                let list = list.iter().map(|item| item.as_str().unwrap_or("?"));
                list.collect::<Vec<_>>().join(", ")
            }
            other => other.to_string(),
        };
        let plain = |text: String| -> String {
            text.chars().filter(|c| !c.is_control()).take(200).collect()
        };
        let shown = claims
            .into_iter()
            .filter(|(name, value)| SHOWN.contains(&&**name) && !value.is_null());
        Some(Self(
            shown
                .map(|(name, value)| (name, plain(text(value))))
                .collect(),
        ))
    }

    /// A claim.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The claims that matter, one a line.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        SHOWN
            .iter()
            .filter_map(|name| Some(format!("{name}: {}", self.get(name)?)))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A token with these claims, signed by nobody.
    pub(crate) fn token(claims: &Value) -> String {
        let payload = BASE64_URL_SAFE_NO_PAD.encode(claims.to_string());
        format!("e30.{payload}.c2ln")
    }

    #[test]
    fn claims_are_read_and_cleaned() {
        let token = token(&serde_json::json!({
            "sub": "repo:a/b:environment:\u{1b}[31mpypi", "aud": ["x", "y"], "email_verified": true,
            "jti": "secret-ish", "environment": null,
        }));
        let claims = Claims::decode(&token).unwrap();
        let lines: Vec<String> = claims.lines().collect();
        assert_eq!(
            lines,
            [
                "sub: repo:a/b:environment:[31mpypi",
                "aud: x, y",
                "email_verified: true"
            ]
        );
        for text in ["", "a.b", "a.b.c", "a.W10.c"] {
            assert_eq!(Claims::decode(text), None, "{text}");
        }
    }
}
