//! Character references in attribute values, by the rules of the HTML standard.
//!
//! Numeric references are all resolved. Of the 2,231 named ones only those for ASCII characters
//! are: URLs, specifiers and hashes consist of nothing else, and another name stays as written.

use std::borrow::Cow;

/// Named references for ASCII characters. The first five may lack their semicolon.
const NAMED: [(&str, char); 38] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("AMP", '&'),
    ("LT", '<'),
    ("GT", '>'),
    ("QUOT", '"'),
    ("apos", '\''),
    ("num", '#'),
    ("percnt", '%'),
    ("equals", '='),
    ("plus", '+'),
    ("sol", '/'),
    ("colon", ':'),
    ("semi", ';'),
    ("comma", ','),
    ("period", '.'),
    ("quest", '?'),
    ("excl", '!'),
    ("commat", '@'),
    ("dollar", '$'),
    ("ast", '*'),
    ("midast", '*'),
    ("lpar", '('),
    ("rpar", ')'),
    ("lowbar", '_'),
    ("UnderBar", '_'),
    ("Hat", '^'),
    ("bsol", '\\'),
    ("lsqb", '['),
    ("rsqb", ']'),
    ("lbrack", '['),
    ("rbrack", ']'),
    ("lcub", '{'),
    ("rcub", '}'),
    ("Tab", '\t'),
    ("NewLine", '\n'),
];

/// How many entries of [`NAMED`] may lack their semicolon.
const WITHOUT_SEMICOLON: usize = 8;

/// An attribute value with its references resolved.
pub(super) fn decoded(value: Cow<'_, str>) -> Cow<'_, str> {
    if !value.contains('&') {
        return value;
    }
    let mut text = String::with_capacity(value.len());
    let mut rest = &*value;
    while let Some(at) = rest.find('&') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some((c, length)) = reference(rest) {
            text.push(c);
            rest = &rest[length..];
        } else {
            text.push('&');
        }
    }
    text.push_str(rest);
    text.into()
}

/// The character that the reference at the start of `text`, after its `&`, stands for, and the
/// reference's length.
fn reference(text: &str) -> Option<(char, usize)> {
    if let Some(number) = text.strip_prefix('#') {
        return match number.strip_prefix(['x', 'X']) {
            Some(hex) => numeric(hex, 16).map(|(c, length)| (c, length + 2)),
            None => numeric(number, 10).map(|(c, length)| (c, length + 1)),
        };
    }
    let after = |name: &str| text.strip_prefix(name);
    let whole = NAMED
        .iter()
        .find(|(name, _)| after(name).is_some_and(|rest| rest.starts_with(';')));
    if let Some((name, c)) = whole {
        return Some((*c, name.len() + 1));
    }
    // In an attribute `&amp=` and `&amplifier` are no references.
    NAMED[..WITHOUT_SEMICOLON]
        .iter()
        .find(|(name, _)| {
            after(name).is_some_and(|rest| {
                !rest.starts_with(|c: char| c == '=' || c.is_ascii_alphanumeric())
            })
        })
        .map(|(name, c)| (*c, name.len()))
}

fn numeric(text: &str, radix: u32) -> Option<(char, usize)> {
    let digits = text
        .bytes()
        .take_while(|byte| char::from(*byte).is_digit(radix))
        .count();
    if digits == 0 {
        return None;
    }
    // Overflow, zero and surrogates alike are no characters.
    let c = u32::from_str_radix(&text[..digits], radix)
        .ok()
        .filter(|&number| number != 0)
        .and_then(char::from_u32)
        .unwrap_or(char::REPLACEMENT_CHARACTER);
    let semicolon = usize::from(text[digits..].starts_with(';'));
    Some((c, digits + semicolon))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved() {
        let cases = [
            ("&gt;=3.8,&lt;4", ">=3.8,<4"),
            ("&#62;=3&#x3c&#X3D;", ">=3<="),
            ("a&amp;b&ampc&amp=d&amp", "a&b&ampc&amp=d&"),
            ("&gt=3", "&gt=3"),
            ("&quot;&apos;&num;", "\"'#"),
            ("&amp;lt;", "&lt;"),
            ("&", "&"),
            ("&&;&#;&#x;&unknown;&#xg", "&&;&#;&#x;&unknown;&#xg"),
            ("&#0;&#xD800;&#99999999999;", "\u{fffd}\u{fffd}\u{fffd}"),
            ("é&lt;é", "é<é"),
        ];
        for (written, meant) in cases {
            assert_eq!(decoded(written.into()), meant, "{written}");
        }
    }

    #[test]
    fn without_references_nothing_is_copied() {
        assert!(matches!(decoded("plain".into()), Cow::Borrowed("plain")));
    }

    #[test]
    fn every_named_reference_is_known() {
        for (name, c) in NAMED {
            assert_eq!(decoded(format!("&{name};").into()), c.to_string(), "{name}");
        }
    }
}
