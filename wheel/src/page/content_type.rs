//! What is asked for and what comes back: the content types of PEP 691.

use super::PageError;

/// The `Accept` header of a request for a page: JSON first, since new facts are only given
/// there, HTML for the indexes that have nothing else.
pub const ACCEPT: &str = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.2, text/html; q=0.01";

/// The content types of [`ACCEPT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentType {
    /// `application/vnd.pypi.simple.v1+json`: for [`parse_json`](super::parse_json).
    JsonV1,
    /// `application/vnd.pypi.simple.v1+html`: for [`parse_html`](super::parse_html).
    HtmlV1,
    /// `text/html`, the same under its old name.
    TextHtml,
}

/// Which content type a response's `Content-Type` header states; its parameters do not count.
/// Anything else, such as a bare `application/json`, is an error that names it: a page of
/// another kind must not be taken for an empty one.
pub fn content_type(header: &str) -> Result<ContentType, PageError> {
    const KNOWN: [(&str, ContentType); 3] = [
        ("application/vnd.pypi.simple.v1+json", ContentType::JsonV1),
        ("application/vnd.pypi.simple.v1+html", ContentType::HtmlV1),
        ("text/html", ContentType::TextHtml),
    ];
    let essence = header.split(';').next().unwrap_or_default().trim();
    KNOWN
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(essence))
        .map(|(_, kind)| *kind)
        .ok_or_else(|| PageError::ContentType {
            found: header.chars().take(100).collect(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_accepted_type_is_recognised() {
        let asked = ACCEPT.split(',').map(|part| content_type(part).unwrap());
        let expected = [
            ContentType::JsonV1,
            ContentType::HtmlV1,
            ContentType::TextHtml,
        ];
        assert!(asked.eq(expected));
    }

    #[test]
    fn parameters_and_case_do_not_matter() {
        assert_eq!(
            content_type("Text/HTML;charset=utf-8"),
            Ok(ContentType::TextHtml)
        );
        assert_eq!(
            content_type(" application/vnd.PyPI.simple.v1+JSON "),
            Ok(ContentType::JsonV1)
        );
    }

    #[test]
    fn another_type_is_named() {
        for bad in [
            "application/json",
            "text/plain",
            "",
            "application/vnd.pypi.simple.v2+json",
        ] {
            let error = content_type(bad).unwrap_err();
            assert!(error.to_string().contains(&format!("`{bad}`")), "{error}");
        }
    }
}
