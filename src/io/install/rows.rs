//! The rows of an installed `RECORD`, read leniently and fast.
//!
//! [`wheel::record`] is strict, as a wheel's `RECORD` must be. Other installers write rows that
//! break its rules (MD5 hashes, absolute paths), and what they installed must still be removable;
//! and this file is read for every package at every sync, so nothing is copied here.

use std::borrow::Cow;

/// The largest `RECORD` that is read, in bytes.
pub(crate) const MOST_RECORD: u64 = 64 << 20;

/// A row of an installed `RECORD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row<'a> {
    /// The path as written.
    pub(crate) path: Cow<'a, str>,
    /// The hash as written; empty where there is none.
    pub(crate) hash: &'a str,
    /// The size in bytes.
    pub(crate) size: Option<u64>,
}

/// The rows of a `RECORD`. Lines without a path are left out; `None` for a line that is no row.
pub(crate) fn rows(text: &str) -> impl Iterator<Item = Option<Row<'_>>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .filter(|line| !line.is_empty())
        .map(row)
}

fn row(line: &str) -> Option<Row<'_>> {
    let (path, rest) = match line.strip_prefix('"') {
        Some(quoted) => {
            let end = end_of_quoted(quoted)?;
            let rest = quoted[end + 1..].strip_prefix(',').unwrap_or("");
            (Cow::Owned(quoted[..end].replace("\"\"", "\"")), rest)
        }
        None => {
            let (path, rest) = line.split_once(',').unwrap_or((line, ""));
            (Cow::Borrowed(path), rest)
        }
    };
    let (hash, size) = rest.split_once(',').unwrap_or((rest, ""));
    let size = match size.trim_end_matches(',') {
        "" => None,
        size => Some(size.parse().ok()?),
    };
    let fine = !path.is_empty() && !path.chars().any(char::is_control);
    fine.then_some(Row { path, hash, size })
}

/// The place of the closing quote; two quotes are one that is meant.
fn end_of_quoted(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = bytes.get(at..)?.iter().position(|byte| *byte == b'"') {
        at += found;
        if bytes.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
    None
}

/// Writes a row of a `RECORD`.
pub(crate) fn write_row(out: &mut String, path: &str, hash_and_size: &str) {
    if path.contains([',', '"']) {
        out.push('"');
        out.push_str(&path.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(path);
    }
    out.push(',');
    out.push_str(hash_and_size);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_as_other_installers_write_them() {
        let text = "\u{feff}a/b.py,sha256=xyz,12\r\n\"with, \"\"comma\"\".py\",sha256=q,3\n\
                    ../../../bin/tool,md5=0,1\n/usr/share/x,,\nbare\n\na.dist-info/RECORD,,\n";
        let read: Option<Vec<Row<'_>>> = rows(text).collect();
        let read: Vec<(String, &str, Option<u64>)> = read
            .unwrap()
            .into_iter()
            .map(|row| (row.path.into_owned(), row.hash, row.size))
            .collect();
        assert_eq!(
            read,
            [
                ("a/b.py".to_owned(), "sha256=xyz", Some(12)),
                ("with, \"comma\".py".to_owned(), "sha256=q", Some(3)),
                ("../../../bin/tool".to_owned(), "md5=0", Some(1)),
                ("/usr/share/x".to_owned(), "", None),
                ("bare".to_owned(), "", None),
                ("a.dist-info/RECORD".to_owned(), "", None),
            ]
        );
    }

    #[test]
    fn a_line_that_is_no_row_is_told() {
        for text in ["\"open,sha256=x,1", "a,b,c", "a\u{7},,", ",x,1", "\""] {
            assert_eq!(rows(text).collect::<Option<Vec<_>>>(), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for path in ["a", "a,b", "a\"b", "\"", "a b", "é"] {
            let mut text = String::new();
            write_row(&mut text, path, "sha256=x,7");
            let read = rows(&text).next().unwrap().unwrap();
            assert_eq!(
                (read.path.as_ref(), read.hash, read.size),
                (path, "sha256=x", Some(7))
            );
        }
    }
}
