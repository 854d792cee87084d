//! URLs as they may be shown: without anything that grants access.

use std::fmt;

use url::Url;

/// A URL fit for messages and logs: no user name, no password, no fragment, and `?…` for a query,
/// since signed URLs carry their secret there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShownUrl(String);

impl From<&Url> for ShownUrl {
    fn from(url: &Url) -> Self {
        let mut bare = without_userinfo(url);
        bare.set_fragment(None);
        let signed = bare.query().is_some_and(|query| !query.is_empty());
        bare.set_query(None);
        let mut text = String::from(bare);
        if signed {
            text.push_str("?…");
        }
        Self(text)
    }
}

impl ShownUrl {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ShownUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ShownUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The URL without user name and password; otherwise the same.
#[must_use]
pub fn without_userinfo(url: &Url) -> Url {
    let mut bare = url.clone();
    // Both fail only for URLs that cannot have a user (`data:`, `file:`): nothing to take out.
    let _ = bare.set_password(None);
    let _ = bare.set_username("");
    bare
}

/// Text that should have been a URL, for the message that says why it is not one: whatever stands
/// between `//` and the last `@` before the path becomes `…`.
#[must_use]
pub fn redact_text(text: &str) -> String {
    let Some(start) = text.find("//").map(|at| at + 2) else {
        return text.to_owned();
    };
    let rest = &text[start..];
    // A password may contain an unescaped `/`, so an `@` in the path counts as the user's end too.
    match rest.rfind('@') {
        Some(at) => format!("{}…{}", &text[..start], &rest[at..]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        ShownUrl::from(&Url::parse(text).unwrap()).to_string()
    }

    #[test]
    fn hides_user_query_and_fragment() {
        assert_eq!(
            shown("https://u:secret@example.org/a?sig=secret#b"),
            "https://example.org/a?…"
        );
        assert_eq!(
            shown("https://token@example.org:8443/a/"),
            "https://example.org:8443/a/"
        );
        assert_eq!(shown("https://example.org/a?"), "https://example.org/a");
        assert_eq!(
            shown("file:///folder/a.whl#sha256=00"),
            "file:///folder/a.whl"
        );
    }

    #[test]
    fn debug_shows_no_more() {
        let url = Url::parse("https://u:secret@example.org/?k=secret").unwrap();
        assert!(!format!("{:?}", ShownUrl::from(&url)).contains("secret"));
    }

    #[test]
    fn redacts_what_is_no_url() {
        assert_eq!(
            redact_text("https://u:p w@exa mple/x"),
            "https://…@exa mple/x"
        );
        assert_eq!(
            redact_text("https://u:p/w@example.org:port/x"),
            "https://…@example.org:port/x"
        );
        assert_eq!(redact_text("https://exa mple/x"), "https://exa mple/x");
        assert_eq!(redact_text("no url"), "no url");
    }
}
