//! Header lines as in e-mail (RFC 822), read as Python's `email` package does: what is no header
//! line ends the headers, just as an empty line does.

use std::borrow::Cow;

/// Walks over the header fields of a text.
#[derive(Debug, Clone)]
pub(crate) struct Headers<'a> {
    rest: &'a [u8],
    /// The number of the next line, from 1.
    line: usize,
}

/// One header field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header<'a> {
    /// Its first line, from 1.
    pub(crate) line: usize,
    /// Its name as written: printable ASCII.
    pub(crate) name: &'a str,
    /// Its value with its continuation lines, as written.
    raw: &'a [u8],
}

impl<'a> Headers<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self {
            rest: text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text),
            line: 1,
        }
    }

    /// The body, once all headers are read.
    pub(crate) fn body(self) -> &'a [u8] {
        match self.rest {
            [b'\r', b'\n', body @ ..] | [b'\r' | b'\n', body @ ..] => body,
            body => body,
        }
    }

    /// Takes the next line, without its end.
    fn take_line(&mut self) -> &'a [u8] {
        let (line, next) = split_line(self.rest);
        self.rest = next;
        self.line += 1;
        line
    }
}

/// A line, and what follows its end: `\n`, `\r\n` or `\r`.
fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    let Some(end) = text.iter().position(|&byte| byte == b'\n' || byte == b'\r') else {
        return (text, &[]);
    };
    let length = if text[end..].starts_with(b"\r\n") {
        2
    } else {
        1
    };
    (&text[..end], &text[end + length..])
}

/// The name of a header line; `Some("")` for a line that is to be passed over.
fn header_name(line: &[u8]) -> Option<&str> {
    // A mailbox separator, a continuation of nothing, and a line without name.
    if line.starts_with(b"From ") || matches!(line.first(), Some(b' ' | b'\t' | b':')) {
        return Some("");
    }
    let colon = line.iter().position(|&byte| byte == b':')?;
    let name = std::str::from_utf8(&line[..colon]).ok()?;
    name.bytes()
        .all(|byte| byte.is_ascii_graphic())
        .then_some(name)
}

impl<'a> Iterator for Headers<'a> {
    type Item = Header<'a>;

    fn next(&mut self) -> Option<Header<'a>> {
        loop {
            let (line, _) = split_line(self.rest);
            let name = header_name(line)?;
            let (start, number) = (self.rest, self.line);
            self.take_line();
            if name.is_empty() {
                continue;
            }
            let mut end = line.len();
            while let [b' ' | b'\t', ..] = self.rest {
                let before = self.rest;
                let line = self.take_line();
                end = start.len() - before.len() + line.len();
            }
            return Some(Header {
                line: number,
                name,
                raw: &start[name.len() + 1..end],
            });
        }
    }
}

impl<'a> Header<'a> {
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value in one line: its lines trimmed, with a space between those that are not empty.
    /// `Err` has the same with what is not UTF-8 replaced.
    pub(crate) fn unfolded(&self) -> Result<Cow<'a, str>, String> {
        self.text(|lines| {
            let lines = lines.iter().map(|line| line.trim_matches([' ', '\t']));
            let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
            lines.join(" ")
        })
    }

    /// The value with its lines kept; their indentation of eight columns, or of seven and a `|`,
    /// taken away.
    pub(crate) fn lines(&self) -> Result<Cow<'a, str>, String> {
        self.text(|lines| {
            // The first line has no indentation to lose.
            let mut text = String::from(lines[0].trim_matches([' ', '\t']));
            for line in &lines[1..] {
                let indented = line.len() - line.trim_start_matches([' ', '\t']).len();
                text.push('\n');
                text.push_str(match line.strip_prefix("       |") {
                    Some(rest) => rest,
                    None => &line[indented.min(8)..],
                });
            }
            text
        })
    }

    /// The value; `join` makes one of its lines, where there are several.
    fn text(&self, join: impl Fn(&[&str]) -> String) -> Result<Cow<'a, str>, String> {
        let (text, fine) = match std::str::from_utf8(self.raw) {
            Ok(text) => (Cow::Borrowed(text), true),
            Err(_) => (String::from_utf8_lossy(self.raw), false),
        };
        let text = match text {
            Cow::Borrowed(text) if !text.contains(['\n', '\r']) => {
                Cow::Borrowed(text.trim_matches([' ', '\t']))
            }
            text => {
                let mut lines = Vec::new();
                let mut rest: &str = &text;
                while let Some(at) = rest.find(['\n', '\r']) {
                    lines.push(&rest[..at]);
                    rest = rest[at..].strip_prefix("\r\n").unwrap_or(&rest[at + 1..]);
                }
                lines.push(rest);
                Cow::Owned(join(&lines))
            }
        };
        if fine {
            Ok(text)
        } else {
            Err(text.into_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<(usize, String, String)>, &str) {
        let mut headers = Headers::new(text.as_bytes());
        let fields = headers
            .by_ref()
            .map(|header| {
                let value = header.unfolded().unwrap().into_owned();
                (header.line, header.name.to_owned(), value)
            })
            .collect();
        (fields, std::str::from_utf8(headers.body()).unwrap())
    }

    fn field(line: usize, name: &str, value: &str) -> (usize, String, String) {
        (line, name.to_owned(), value.to_owned())
    }

    #[test]
    fn every_line_end_counts() {
        for end in ["\n", "\r\n", "\r"] {
            let text = "A: 1\n b\n\t\n c \nB:2\n\nbody: x\n".replace('\n', end);
            let (fields, body) = read(&text);
            assert_eq!(
                fields,
                [field(1, "A", "1 b c"), field(5, "B", "2")],
                "{end:?}"
            );
            assert_eq!(body, format!("body: x{end}"));
        }
    }

    #[test]
    fn what_is_no_header_ends_them_or_is_passed_over() {
        assert_eq!(
            read("A: 1\nno header\nB: 2"),
            (vec![field(1, "A", "1")], "no header\nB: 2")
        );
        assert_eq!(read("A: 1\nB C: 2"), (vec![field(1, "A", "1")], "B C: 2"));
        assert_eq!(read("A: 1\né: 2"), (vec![field(1, "A", "1")], "é: 2"));
        let skipped = " x\n\u{feff}";
        assert_eq!(read(skipped), (vec![], "\u{feff}"));
        let (fields, body) = read("\u{feff}From a@example.org\n: x\nA:: 1\nFrom b\n c\nB:");
        assert_eq!(fields, [field(3, "A", ": 1"), field(6, "B", "")]);
        assert_eq!(body, "");
        assert_eq!(read(""), (vec![], ""));
        assert_eq!(read("\n\nx"), (vec![], "\nx"));
    }

    #[test]
    fn lines_lose_the_indentation_of_old_tools() {
        let text =
            b"D: one\n        two\n          three\n       |four\n  five\n        \n        six";
        let header = Headers::new(text).next().unwrap();
        assert_eq!(
            header.lines().unwrap(),
            "one\ntwo\n  three\nfour\nfive\n\nsix"
        );
    }

    #[test]
    fn other_encodings_are_replaced_and_told() {
        let header = Headers::new(b"A: \xe9\n x").next().unwrap();
        assert_eq!(header.unfolded(), Err("\u{fffd} x".to_owned()));
    }
}
