//! What a server says, as text that can be shown.

use crate::Secret;
use html5gum::{DefaultEmitter, Token, Tokenizer};
use serde_json::Value;

/// The most characters of it that are shown.
const LONGEST: usize = 600;
/// The elements of a page that hold nothing to be read.
const HIDDEN: [&[u8]; 3] = [b"head", b"script", b"style"];

/// The words of an answer: the message of a JSON object, plain text, or what an HTML page shows;
/// else the reason phrase of the status line. Control characters are left out, white space is put
/// together, and it is cut at some length. Nothing of it can be trusted further than being shown.
#[must_use]
pub fn words(content_type: Option<&str>, body: &[u8], reason: Option<&str>) -> Option<String> {
    words_without(&[], content_type, body, reason)
}

/// The same without `secrets`, which servers repeat. They are taken out before anything is cut: the
/// first half of a secret is one too.
#[must_use]
pub fn words_without(
    secrets: &[Secret],
    content_type: Option<&str>,
    body: &[u8],
    reason: Option<&str>,
) -> Option<String> {
    // Twice: white space in a secret is put together too.
    let tidy = |said: &str| cut(redact(secrets, &joined(&redact(secrets, said))));
    let text = String::from_utf8_lossy(body);
    let kind = content_type.unwrap_or_default().to_ascii_lowercase();
    let said = if kind.contains("json") || text.trim_start().starts_with('{') {
        json(&text).unwrap_or_else(|| text.into_owned())
    } else if kind.contains("html") || text.trim_start().starts_with('<') {
        html(&text)
    } else {
        text.into_owned()
    };
    let said = tidy(&said);
    if !said.is_empty() {
        return Some(said);
    }
    let reason = tidy(reason.unwrap_or_default());
    (!reason.is_empty()).then_some(reason)
}

/// The text of an error object. A Warehouse has its message behind the number in `code`, and the same
/// within more words in `message`; where the two say different things, or `code` has no more than
/// the status's own phrase, `message` says more. Of others the longest text is taken.
fn json(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    let string = |key: &str| value.get(key).and_then(Value::as_str).map(str::trim);
    let code = string("code").and_then(|code| code.split_once(' '));
    if let Some((number, said)) = code
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && !said.trim().is_empty()
    {
        let said = said.trim();
        return Some(match string("message").filter(|text| !text.is_empty()) {
            Some(message) if string("title") == Some(said) => message.to_owned(),
            Some(message) if !joined(message).contains(&joined(said)) => {
                format!("{said}: {message}")
            }
            _ => said.to_owned(),
        });
    }
    let keys = ["message", "detail", "error", "title", "reason"];
    let mut found: Vec<String> = keys
        .iter()
        .filter_map(|key| value.get(key)?.as_str().map(str::to_owned))
        .collect();
    // Google's errors are objects.
    let inner = value.pointer("/error/message").and_then(Value::as_str);
    found.extend(inner.map(str::to_owned));
    let listed = value.get("errors").and_then(Value::as_array);
    for error in listed.into_iter().flatten() {
        let message = error.get("message").or(error.get("description"));
        found.extend(message.and_then(Value::as_str).map(str::to_owned));
    }
    found.into_iter().max_by_key(String::len)
}

/// What a page shows: its text but for that of its head, its scripts and its styles.
fn html(text: &str) -> String {
    let mut shown = String::new();
    let mut hidden: Option<Vec<u8>> = None;
    let mut emitter = DefaultEmitter::default();
    // What stands in a script is text.
    emitter.naively_switch_states(true);
    for Ok(token) in Tokenizer::new_with_emitter(text, emitter) {
        match token {
            Token::StartTag(tag) if hidden.is_none() => {
                let hides = HIDDEN.contains(&tag.name.as_slice()) && !tag.self_closing;
                hidden = hides.then(|| tag.name.to_vec());
            }
            Token::EndTag(tag) if hidden.as_deref() == Some(tag.name.as_slice()) => hidden = None,
            Token::String(text) if hidden.is_none() => {
                shown.push_str(&String::from_utf8_lossy(&text));
            }
            _ => {}
        }
        shown.push(' ');
    }
    shown
}

/// Without control characters, and with one space where there is white space.
fn joined(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        // Marks that turn the direction of what follows.
        .filter(|c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn redact(secrets: &[Secret], text: &str) -> String {
    let text = text.to_owned();
    secrets
        .iter()
        .fold(text, |text, secret| secret.redacted(&text))
}

fn cut(text: String) -> String {
    if text.chars().count() <= LONGEST {
        return text;
    }
    let mut cut: String = text.chars().take(LONGEST).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(kind: &str, body: &str) -> Option<String> {
        words(Some(kind), body.as_bytes(), Some("Bad Request"))
    }

    #[test]
    fn each_kind_of_body_is_read() {
        for (kind, body, expected) in [
            (
                "application/json",
                r#"{"message": "The server could not comply with the request since it is malformed.\n\nFile already exists ('a-1.tar.gz', with blake2_256 hash '00').", "code": "400 File already exists ('a-1.tar.gz', with blake2_256 hash '00').", "title": "Bad Request"}"#,
                "File already exists ('a-1.tar.gz', with blake2_256 hash '00').",
            ),
            (
                "application/json",
                r#"{"message": "The name is taken.", "code": "400 Bad Request", "title": "Bad Request"}"#,
                "The name is taken.",
            ),
            (
                "application/json",
                r#"{"message": "Ask Ada.", "code": "400 File already exists", "title": "Bad Request"}"#,
                "File already exists: Ask Ada.",
            ),
            (
                "application/json",
                r#"{"error": {"code": 403, "message": "Permission denied", "status": "PERMISSION_DENIED"}}"#,
                "Permission denied",
            ),
            (
                "application/json",
                r#"{"errors": [{"status": 409, "message": "Not enough permissions to delete"}]}"#,
                "Not enough permissions to delete",
            ),
            (
                "text/plain; charset=UTF-8",
                "400 Bad\n\n plain \u{7}text\u{1b}[31m",
                "400 Bad plain text [31m",
            ),
            (
                "text/html",
                "<html><head><title>Error</title><style>a{b:c}</style></head><script>if (a<b) { c('</p>') }</script><!-- > x --><body><h1>Conflict</h1>a &lt;b&gt; &amp; c<br/>d</body></html>",
                "Conflict a <b> & c d",
            ),
            ("text/html", "", "Bad Request"),
            ("application/json", "{broken", "{broken"),
            ("text/plain", "a\u{202e}b", "ab"),
        ] {
            assert_eq!(said(kind, body).as_deref(), Some(expected), "{body}");
        }
        assert_eq!(words(None, b"", None), None);
    }

    /// A secret that stands where the text is cut, or has its characters spelled in another way.
    #[test]
    fn no_part_of_a_secret_is_left() {
        let secrets = [Secret::new("s3cret-token")];
        let filling = "x".repeat(LONGEST - 4);
        for (kind, body) in [
            ("text/plain", format!("{filling}s3cret-token")),
            (
                "application/json",
                r#"{"message": "s3cret\u002dtoken"}"#.to_owned(),
            ),
            ("text/html", "<p>s3cret-token</p>".to_owned()),
        ] {
            let said = words_without(&secrets, Some(kind), body.as_bytes(), None).unwrap();
            assert!(!said.contains("s3c"), "{said}");
        }
    }

    /// Each head and script of a page is left out in the time that its own length takes.
    #[test]
    fn a_page_of_scripts_alone_is_read_at_once() {
        let page = "<script></script>".repeat(16_000);
        let started = std::time::Instant::now();
        assert_eq!(said("text/html", &page).as_deref(), Some("Bad Request"));
        assert!(started.elapsed() < std::time::Duration::from_secs(5));
    }

    #[test]
    fn it_is_cut_and_never_fails() {
        let long = said("text/plain", &"é".repeat(10_000)).unwrap();
        assert_eq!(long.chars().count(), LONGEST + 1);
        for body in [
            "<",
            "<head",
            "<head>",
            "<script>x",
            "<!--",
            "<É>x</É>",
            "a<b",
        ] {
            let _ = said("text/html", body);
        }
        assert_eq!(
            words(None, b"\xff\xfe", None).as_deref(),
            Some("\u{fffd}\u{fffd}")
        );
    }
}
