//! The start tags of an HTML text, by the tokenizer rules of the HTML standard (its section
//! 13.2.5), as far as start tags depend on them: comments, bogus comments, end tags, quoted and
//! unquoted attributes, and the elements whose content is text.
//!
//! Left out is a script within a comment within a script, whose inner end tag does not count.
//! Everything is borrowed from the text, and every byte is looked at a bounded number of times.

use std::borrow::Cow;

/// Attributes kept of one tag; further ones are read over.
const MAX_ATTRIBUTES: usize = 64;

/// Elements whose content holds no tags but their own end tag.
const TEXT_ONLY: [&[u8]; 8] = [
    b"script",
    b"style",
    b"title",
    b"textarea",
    b"xmp",
    b"iframe",
    b"noembed",
    b"noframes",
];

/// An attribute as written: the value's character references are not resolved.
type Attribute<'a> = (&'a [u8], &'a [u8]);

/// Walks over the start tags of a text.
pub(super) struct Tags<'a> {
    text: &'a [u8],
    at: usize,
    name: &'a [u8],
    attributes: Vec<Attribute<'a>>,
}

impl<'a> Tags<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self {
            text,
            at: 0,
            name: b"",
            attributes: Vec::new(),
        }
    }

    /// Goes to the next start tag; false at the end.
    pub(super) fn advance(&mut self) -> bool {
        self.skip_text_only();
        while let Some(found) = find(&self.text[self.at..], |byte| byte == b'<') {
            self.at += found + 1;
            match self.peek() {
                Some(b'!') => self.skip_declaration(),
                Some(b'?') => self.skip_past(b'>'),
                Some(b'/') => {
                    self.at += 1;
                    if self.peek().is_some_and(|byte| byte.is_ascii_alphabetic()) {
                        self.tag();
                    } else {
                        self.skip_past(b'>');
                    }
                }
                Some(byte) if byte.is_ascii_alphabetic() => {
                    let whole = self.tag();
                    if whole {
                        return true;
                    }
                }
                _ => {}
            }
        }
        false
    }

    /// Whether the current tag is a `name` one; `name` in lower case.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// The value of the current tag's attribute, the first of that name; `name` in lower case.
    pub(super) fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        let value = self
            .attributes
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name.as_bytes()))?
            .1;
        Some(super::entities::decoded(String::from_utf8_lossy(value)))
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Goes over the bytes up to one that `stop` takes, and gives them.
    fn until(&mut self, stop: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = &self.text[self.at..];
        let length = find(rest, stop).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn skip_past(&mut self, end: u8) {
        self.until(|byte| byte == end);
        self.at = (self.at + 1).min(self.text.len());
    }

    /// A comment, or what counts as one up to the next `>`: doctypes and CDATA sections too.
    fn skip_declaration(&mut self) {
        let rest = &self.text[self.at..];
        let Some(comment) = rest.strip_prefix(b"!--") else {
            return self.skip_past(b'>');
        };
        let closed_at_once = [&b">"[..], b"->"]
            .into_iter()
            .find(|end| comment.starts_with(end));
        let length = closed_at_once.map(<[u8]>::len).or_else(|| {
            (0..comment.len()).find_map(|at| match &comment[at..] {
                tail if tail.starts_with(b"-->") => Some(at + 3),
                tail if tail.starts_with(b"--!>") => Some(at + 4),
                _ => None,
            })
        });
        self.at = length.map_or(self.text.len(), |length| self.at + 3 + length);
    }

    /// Reads a tag from its name on; false where the text ends within it.
    fn tag(&mut self) -> bool {
        self.attributes.clear();
        self.name = self.until(|byte| is_space(byte) || matches!(byte, b'/' | b'>'));
        loop {
            self.until(|byte| !is_space(byte) && byte != b'/');
            match self.peek() {
                None => return false,
                Some(b'>') => {
                    self.at += 1;
                    return true;
                }
                Some(_) => {
                    if !self.one_attribute() {
                        return false;
                    }
                }
            }
        }
    }

    fn one_attribute(&mut self) -> bool {
        let start = self.at;
        // A `=` at its start belongs to the name.
        self.at += 1;
        self.until(|byte| is_space(byte) || matches!(byte, b'/' | b'>' | b'='));
        let name = &self.text[start..self.at];
        self.until(|byte| !is_space(byte));
        let mut value: &[u8] = b"";
        if self.peek() == Some(b'=') {
            self.at += 1;
            self.until(|byte| !is_space(byte));
            match self.peek() {
                Some(quote @ (b'"' | b'\'')) => {
                    self.at += 1;
                    value = self.until(|byte| byte == quote);
                    if self.peek().is_none() {
                        return false;
                    }
                    self.at += 1;
                }
                _ => value = self.until(|byte| is_space(byte) || byte == b'>'),
            }
        }
        if self.attributes.len() < MAX_ATTRIBUTES {
            self.attributes.push((name, value));
        }
        true
    }

    /// Where the last start tag was of an element whose content is text: goes to its end tag.
    fn skip_text_only(&mut self) {
        let name = std::mem::take(&mut self.name);
        if name.eq_ignore_ascii_case(b"plaintext") {
            self.at = self.text.len();
        }
        if !TEXT_ONLY
            .iter()
            .any(|text_only| name.eq_ignore_ascii_case(text_only))
        {
            return;
        }
        while let Some(found) = find(&self.text[self.at..], |byte| byte == b'<') {
            self.at += found;
            let tail = &self.text[self.at + 1..];
            let closes = tail.first() == Some(&b'/')
                && tail
                    .get(1..=name.len())
                    .is_some_and(|end| end.eq_ignore_ascii_case(name))
                && tail
                    .get(name.len() + 1)
                    .is_some_and(|&byte| is_space(byte) || matches!(byte, b'/' | b'>'));
            if closes {
                return;
            }
            self.at += 1;
        }
        self.at = self.text.len();
    }
}

fn find(bytes: &[u8], test: impl Fn(u8) -> bool) -> Option<usize> {
    bytes.iter().position(|&byte| test(byte))
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The `x` attributes of all `a` tags.
    fn values(text: &str) -> Vec<String> {
        let mut tags = Tags::new(text.as_bytes());
        let mut found = Vec::new();
        while tags.advance() {
            if tags.is("a") {
                found.push(tags.attribute("x").map_or("-".to_owned(), Cow::into_owned));
            }
        }
        found
    }

    #[test]
    fn attributes_in_all_their_spellings() {
        assert_eq!(
            values("<a x=1><A X='2'><a\nx = \"3\"/><a x><a x=>"),
            ["1", "2", "3", "", ""]
        );
        assert_eq!(
            values("<a y=1 x=2 x=3><a x=4/><a x='>'y>"),
            ["2", "4/", ">"]
        );
        assert_eq!(
            values("<a =x=1 x=2><a/x=1><a x=\"a\"y='b'>"),
            ["2", "1", "a"]
        );
        assert_eq!(values("<a><ab x=1><a-b x=1>"), ["-"]);
    }

    #[test]
    fn what_is_no_tag_is_passed_over() {
        assert_eq!(values("< a x=1>1<2 <3 <a x=1>"), ["1"]);
        assert_eq!(
            values("<!-- <a x=0> --><a x=1><!--><a x=2><!---><a x=3>"),
            ["1", "2", "3"]
        );
        assert_eq!(
            values("<!----><a x=1><!-- --!><a x=2><!-- -- > <a x=0> -->"),
            ["1", "2"]
        );
        assert_eq!(
            values("<!doctype '<a x=0>'><?xml <a x=0?><a x=1></ <a x=0>"),
            ["1"]
        );
        assert_eq!(values("</a y='<a x=0>'><a x=1></><a x=2>"), ["1", "2"]);
        assert_eq!(values("<![CDATA[<a x=0>]]><a x=1>"), ["1"]);
    }

    #[test]
    fn text_only_elements_hold_no_tags() {
        assert_eq!(values("<script><a x=0></scriptx></SCRIPT ><a x=1>"), ["1"]);
        assert_eq!(values("<title></ti<a x=0></title><a x=1>"), ["1"]);
        assert_eq!(values("<style><a x=0>"), [""; 0]);
        assert_eq!(
            values("<a x=1><plaintext><a x=0></plaintext><a x=0>"),
            ["1"]
        );
    }

    #[test]
    fn a_text_may_end_anywhere() {
        let text = "<!-- c --><a x='1' y=\"2\" z=3 / ></a><script></script><!d><?p>";
        for end in 0..=text.len() {
            let found = values(&text[..end]);
            let whole = end > text.find("/ >").unwrap() + 2;
            assert_eq!(found.len(), usize::from(whole), "{}", &text[..end]);
        }
    }

    #[test]
    fn hostile_texts_take_linear_time() {
        // Any quadratic step would take minutes here.
        for piece in [
            "<a ",
            "<!--",
            "<!-",
            "</",
            "<script>",
            "<a x='",
            "<",
            "a=",
            "--!",
            "<title></t",
        ] {
            let text = piece.repeat(4_000_000 / piece.len());
            assert!(values(&text).len() <= 1, "{piece}");
        }
        let many = format!("<a {} x=late>", "y=1 ".repeat(100_000));
        assert_eq!(values(&many), ["-"]);
    }
}
