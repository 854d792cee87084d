//! Text that must never be shown.

use std::fmt;

/// A password, a token: it has no `Display`, and its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the request that it is for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// A text without this one in it: servers repeat what they were sent.
    #[must_use]
    pub fn redacted(&self, text: &str) -> String {
        match self.0.is_empty() {
            true => text.to_owned(),
            false => text.replace(&self.0, "…"),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_shown() {
        let secret = Secret::new("s3cret");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(secret.redacted("a s3cret b s3cret"), "a … b …");
        assert_eq!(Secret::new("").redacted("ab"), "ab");
    }
}
