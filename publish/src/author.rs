//! Authors: `Name <address>`, or one of the two.

/// An author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The name.
    pub name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
}

impl Author {
    /// Reads `Ada <ada@example.org>`, `Ada` or `ada@example.org`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let fault = |why| format!("`{text}` {why}; write \"Name <address@example.org>\"");
        if text.chars().any(char::is_control) {
            return Err("has a control character".to_owned());
        }
        let (name, email) = match text.split_once('<') {
            Some((name, rest)) => {
                let email = rest
                    .strip_suffix('>')
                    .ok_or_else(|| fault("does not end with `>`"))?;
                (name.trim(), Some(email.trim()))
            }
            None if text.contains('@') => ("", Some(text)),
            None => (text, None),
        };
        if let Some(email) = email {
            is_address(email)
                .then_some(())
                .ok_or_else(|| fault("has no valid e-mail address"))?;
        }
        let name = (!name.is_empty()).then(|| name.to_owned());
        if name.is_none() && email.is_none() {
            return Err(fault("is nobody"));
        }
        Ok(Self {
            name,
            email: email.map(str::to_owned),
        })
    }

    /// As `Author-email` has it (RFC 5322): the name quoted where it has to be.
    pub(crate) fn address(&self) -> Option<String> {
        let email = self.email.as_ref()?;
        let Some(name) = &self.name else {
            return Some(email.clone());
        };
        if name.contains(|c: char| "()<>@,:;.\\\"[]".contains(c)) {
            let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
            return Some(format!("\"{escaped}\" <{email}>"));
        }
        Some(format!("{name} <{email}>"))
    }
}

/// A plain address: words with dots before the `@` and a host behind it.
fn is_address(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_alphanumeric() || c.is_ascii() && "!#$%&'*+-/=?^_`{|}~".contains(c))
    };
    let parts = |text: &str| text.split('.').all(is_word);
    text.split_once('@')
        .is_some_and(|(user, host)| parts(user) && parts(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors() {
        for (text, name, address) in [
            ("Ada Byron", Some("Ada Byron"), None),
            ("ada@example.org", None, Some("ada@example.org")),
            ("<ada@example.org>", None, Some("ada@example.org")),
            (
                "Ünï  <a.b+c@d-e.org>",
                Some("Ünï"),
                Some("Ünï <a.b+c@d-e.org>"),
            ),
            (
                "A. \"B\" <a@b>",
                Some("A. \"B\""),
                Some("\"A. \\\"B\\\"\" <a@b>"),
            ),
        ] {
            let author = Author::parse(text).unwrap();
            assert_eq!(author.name.as_deref(), name, "{text}");
            assert_eq!(author.address().as_deref(), address, "{text}");
        }
        for text in ["", "A <b>", "A <a@b", "a@b c", "a@", "a..b@c", "A\nB"] {
            Author::parse(text).unwrap_err();
        }
    }
}
