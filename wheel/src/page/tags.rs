//! The start tags of an HTML text.

use html5gum::{DefaultEmitter, StartTag, StringReader, Token, Tokenizer};
use std::borrow::Cow;

/// Walks over the start tags of a text.
pub(super) struct Tags<'a> {
    tokens: Tokenizer<StringReader<'a>>,
    current: StartTag<()>,
}

impl<'a> Tags<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut emitter = DefaultEmitter::default();
        // What stands in a script or a title is text.
        emitter.naively_switch_states(true);
        Self {
            tokens: Tokenizer::new_with_emitter(text, emitter),
            current: StartTag::default(),
        }
    }

    /// Goes to the next start tag; false at the end.
    pub(super) fn advance(&mut self) -> bool {
        // Reading from memory cannot fail.
        for Ok(token) in self.tokens.by_ref() {
            if let Token::StartTag(tag) = token {
                self.current = tag;
                return true;
            }
        }
        false
    }

    /// Whether the current tag is a `name` one; `name` in lower case.
    pub(super) fn is(&self, name: &str) -> bool {
        **self.current.name == *name.as_bytes()
    }

    /// The value of the current tag's attribute, the first of that name; `name` in lower case.
    pub(super) fn attribute(&self, name: &str) -> Option<Cow<'static, str>> {
        let value = self.current.attributes.get(name.as_bytes())?;
        Some(Cow::Owned(String::from_utf8_lossy(value).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The `x` attributes of all `a` tags.
    fn values(text: &str) -> Vec<String> {
        let mut tags = Tags::new(text);
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
        assert_eq!(values(&many), ["late"]);
    }
}
