//! The quoted texts of markers, which are Python string literals.

use std::borrow::Cow;
use std::fmt::{self, Write};

/// The value of a literal's inside, `None` where Python would not read it (or, for `\N{…}` and
/// lone surrogates, where no text of ours can hold it).
pub(super) fn unescape(inside: &str) -> Option<Cow<'_, str>> {
    if inside.contains(['\0', '\n', '\r', '\\']) {
        unescape_slowly(inside).map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inside))
    }
}

fn unescape_slowly(inside: &str) -> Option<String> {
    let mut value = String::with_capacity(inside.len());
    let mut rest = inside.chars();
    while let Some(character) = rest.next() {
        match character {
            '\0' | '\n' | '\r' => return None,
            '\\' => {}
            other => {
                value.push(other);
                continue;
            }
        }
        match rest.next()? {
            '\0' => return None,
            '\n' => {}
            '\r' => {
                if rest.as_str().starts_with('\n') {
                    rest.next();
                }
            }
            same @ ('\\' | '\'' | '"') => value.push(same),
            'a' => value.push('\u{7}'),
            'b' => value.push('\u{8}'),
            'f' => value.push('\u{c}'),
            'n' => value.push('\n'),
            'r' => value.push('\r'),
            't' => value.push('\t'),
            'v' => value.push('\u{b}'),
            'x' => value.push(hexadecimal(&mut rest, 2)?),
            'u' => value.push(hexadecimal(&mut rest, 4)?),
            'U' => value.push(hexadecimal(&mut rest, 8)?),
            'N' => return None,
            first @ '0'..='7' => {
                let mut code = first.to_digit(8)?;
                for _ in 0..2 {
                    let Some(digit) = rest.clone().next().and_then(|next| next.to_digit(8)) else {
                        break;
                    };
                    code = code * 8 + digit;
                    rest.next();
                }
                value.push(char::from_u32(code)?);
            }
            other => {
                value.push('\\');
                value.push(other);
            }
        }
    }
    Some(value)
}

fn hexadecimal(rest: &mut std::str::Chars<'_>, digits: usize) -> Option<char> {
    let mut code: u32 = 0;
    for _ in 0..digits {
        code = code.checked_mul(16)? + rest.next()?.to_digit(16)?;
    }
    char::from_u32(code)
}

/// Prints a value as a literal that [`unescape`] reads back: in double quotes unless it holds one.
pub(super) fn write_quoted(value: &str, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let quote = if value.contains('"') && !value.contains('\'') {
        '\''
    } else {
        '"'
    };
    formatter.write_char(quote)?;
    for character in value.chars() {
        match character {
            '\\' => formatter.write_str("\\\\")?,
            '\n' => formatter.write_str("\\n")?,
            '\r' => formatter.write_str("\\r")?,
            '\0' => formatter.write_str("\\x00")?,
            // A marker's literal ends at its quote even after a backslash.
            '"' if quote == '"' => formatter.write_str("\\x22")?,
            other => formatter.write_char(other)?,
        }
    }
    formatter.write_char(quote)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Quoted<'a>(&'a str);

    impl fmt::Display for Quoted<'_> {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            write_quoted(self.0, formatter)
        }
    }

    #[test]
    fn escapes_are_read_as_python_reads_them() {
        for (inside, value) in [
            ("linux", "linux"),
            (r"a\tb", "a\tb"),
            (r"\x41\u00e9\U0001F600", "Aé😀"),
            (r"\1018\0", "A8\0"),
            (r"\d\\", r"\d\"),
            ("a\\\r\nb\\\nc", "abc"),
        ] {
            assert_eq!(unescape(inside).as_deref(), Some(value), "{inside}");
        }
        for inside in [
            r"\",
            r"\x4",
            r"\ud800",
            r"\U00110000",
            r"\Uffffffff",
            r"\N{DASH}",
            "a\nb",
            "\0",
        ] {
            assert_eq!(unescape(inside), None, "{inside:?}");
        }
    }

    #[test]
    fn literals_round_trip() {
        for value in ["", "a", "a\"b", "it's", "'\"", "back\\", "\n\r\0\t", "é"] {
            let quoted = Quoted(value).to_string();
            let inside = &quoted[1..quoted.len() - 1];
            assert!(!inside.contains(&quoted[..1]), "{quoted}");
            assert_eq!(unescape(inside).as_deref(), Some(value), "{quoted}");
        }
    }
}
