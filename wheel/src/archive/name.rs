//! The names of entries: those that Linux, macOS and Windows would all unpack to the same place.

use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;

use super::limits::Limits;

/// The most bytes of one part of a name: what common file systems take.
const PART_BYTES: usize = 255;

/// What is wrong with an entry's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFault {
    /// Nothing at all.
    Empty,
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// Not ASCII, but the flag that says so (bit 11) is missing: readers take it for code page 437.
    Unmarked,
    /// A control character, NUL among them.
    Control,
    /// A backslash, a separator on Windows.
    Backslash,
    /// A colon: a drive or an alternate stream on Windows.
    Colon,
    /// A leading slash.
    Absolute,
    /// A part `.` or `..`.
    Dots,
    /// Two slashes in a row.
    EmptyPart,
    /// A part that Windows keeps for a device, such as `CON` or `aux.py`.
    Reserved,
    /// A part that ends in a dot or a space, which Windows drops.
    TrailingDotOrSpace,
    /// Not in Unicode's composed form (NFC), which macOS may change.
    NotComposed,
    /// Longer than [`Limits::name_bytes`], or a part longer than 255 bytes.
    TooLong,
    /// More parts than [`Limits::depth`].
    TooDeep,
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the name is empty",
            Self::NotUtf8 => "the name is not UTF-8",
            Self::Unmarked => "the name is not ASCII and not marked as UTF-8",
            Self::Control => "a control character in the name",
            Self::Backslash => "a backslash in the name",
            Self::Colon => "a colon in the name",
            Self::Absolute => "the name is an absolute path",
            Self::Dots => "a part of the name is \".\" or \"..\"",
            Self::EmptyPart => "a part of the name is empty",
            Self::Reserved => "a part of the name is a device on Windows",
            Self::TrailingDotOrSpace => "a part of the name ends in a dot or a space",
            Self::NotComposed => "the name is not in Unicode's composed form (NFC)",
            Self::TooLong => "the name is too long",
            Self::TooDeep => "the name has too many parts",
        })
    }
}

/// Checks a name as it stands in a header; gives it without the slash that marks a folder, and
/// whether it had one. `marked` is flag bit 11.
pub(crate) fn check<'a>(
    raw: &'a [u8],
    marked: bool,
    limits: &Limits,
) -> Result<(&'a str, bool), NameFault> {
    if raw.len() > limits.name_bytes {
        return Err(NameFault::TooLong);
    }
    let text = std::str::from_utf8(raw).map_err(|_| NameFault::NotUtf8)?;
    if !marked && !text.is_ascii() {
        return Err(NameFault::Unmarked);
    }
    check_characters(text)?;
    let (path, is_dir) = match text.strip_suffix('/') {
        Some(path) => (path, true),
        None => (text, false),
    };
    let mut depth = 0;
    for part in path.split('/') {
        depth += 1;
        check_part(part)?;
    }
    if depth > limits.depth {
        return Err(NameFault::TooDeep);
    }
    Ok((path, is_dir))
}

/// What the whole text must not hold.
fn check_characters(text: &str) -> Result<(), NameFault> {
    if text.is_empty() {
        return Err(NameFault::Empty);
    }
    if text.starts_with('/') {
        return Err(NameFault::Absolute);
    }
    for c in text.chars() {
        match c {
            '\\' => return Err(NameFault::Backslash),
            ':' => return Err(NameFault::Colon),
            c if c.is_control() => return Err(NameFault::Control),
            _ => {}
        }
    }
    // ASCII is always composed; the tables are only asked for the rest.
    if !text.is_ascii() && !ComposingNormalizerBorrowed::new_nfc().is_normalized(text) {
        return Err(NameFault::NotComposed);
    }
    Ok(())
}

fn check_part(part: &str) -> Result<(), NameFault> {
    match part {
        "" => Err(NameFault::EmptyPart),
        "." | ".." => Err(NameFault::Dots),
        _ if part.ends_with(['.', ' ']) => Err(NameFault::TrailingDotOrSpace),
        _ if part.len() > PART_BYTES => Err(NameFault::TooLong),
        _ if is_reserved(part) => Err(NameFault::Reserved),
        _ => Ok(()),
    }
}

/// Whether Windows takes the part for a device: the stem alone counts, whatever follows its dot.
fn is_reserved(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).trim_end_matches(' ');
    // The longest, such as "CONOUT$" and "COM¹", are short: no need to fold whole names.
    if stem.len() > 7 {
        return false;
    }
    let stem = stem.to_ascii_uppercase();
    if matches!(
        stem.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$"
    ) {
        return true;
    }
    let Some(number) = stem
        .strip_prefix("COM")
        .or_else(|| stem.strip_prefix("LPT"))
    else {
        return false;
    };
    let mut chars = number.chars();
    matches!(
        (chars.next(), chars.next()),
        (Some('0'..='9' | '¹' | '²' | '³'), None)
    )
}

/// A key that is equal for names which a case-insensitive file system takes for one.
///
/// Upper case first joins what lower case alone keeps apart (`ſ` and `s`, `ß` and `ss`, the sigmas).
pub(crate) fn folded(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    name.chars()
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{NameFault, check, folded};
    use crate::archive::Limits;

    #[test]
    fn names_that_are_the_same_everywhere_pass() {
        for (raw, path, is_dir) in [
            ("a.py", "a.py", false),
            ("pkg/sub/__init__.py", "pkg/sub/__init__.py", false),
            ("pkg/sub/", "pkg/sub", true),
            (".hidden/..data/...x", ".hidden/..data/...x", false),
            (
                "pkg/launcher manifest.xml",
                "pkg/launcher manifest.xml",
                false,
            ),
            ("pkg/script (dev).tmpl", "pkg/script (dev).tmpl", false),
            (
                "caf\u{e9}/\u{65e5}\u{672c}.txt",
                "caf\u{e9}/\u{65e5}\u{672c}.txt",
                false,
            ),
            (
                "console/com10/auxiliary/nul_.py",
                "console/com10/auxiliary/nul_.py",
                false,
            ),
            ("COM/LPT/comx.py", "COM/LPT/comx.py", false),
        ] {
            let checked = check(raw.as_bytes(), true, &Limits::default());
            assert_eq!(checked, Ok((path, is_dir)), "{raw}");
        }
    }

    #[test]
    fn every_fault_is_found() {
        let long_part = format!("a/{}", "b".repeat(256));
        let long = "a/".repeat(30) + &"b/".repeat(600);
        let deep = "a/".repeat(64) + "b";
        for (raw, fault) in [
            (&b""[..], NameFault::Empty),
            (b"caf\xe9", NameFault::NotUtf8),
            (b"a\xed\xa0\x80", NameFault::NotUtf8),
            (b"a\0b", NameFault::Control),
            (b"a\nb", NameFault::Control),
            (b"a\x7fb", NameFault::Control),
            ("a\u{85}b".as_bytes(), NameFault::Control),
            (b"a\\b", NameFault::Backslash),
            (b"..\\b", NameFault::Backslash),
            (b"c:/x", NameFault::Colon),
            (b"a:b", NameFault::Colon),
            (b"/", NameFault::Absolute),
            (b"/etc/x", NameFault::Absolute),
            (b"//x/y", NameFault::Absolute),
            (b"../x", NameFault::Dots),
            (b"a/../b", NameFault::Dots),
            (b"a/..", NameFault::Dots),
            (b"a/./b", NameFault::Dots),
            (b"../", NameFault::Dots),
            (b"a//b", NameFault::EmptyPart),
            (b"a//", NameFault::EmptyPart),
            (b"CON", NameFault::Reserved),
            (b"a/aux.py", NameFault::Reserved),
            (b"a/nul/b", NameFault::Reserved),
            (b"a/Com1 .tar.gz", NameFault::Reserved),
            ("a/lpt\u{b9}.txt".as_bytes(), NameFault::Reserved),
            (b"conout$", NameFault::Reserved),
            (b"a./b", NameFault::TrailingDotOrSpace),
            (b"a /b", NameFault::TrailingDotOrSpace),
            (b"a/b.", NameFault::TrailingDotOrSpace),
            (b"...", NameFault::TrailingDotOrSpace),
            ("cafe\u{301}".as_bytes(), NameFault::NotComposed),
            ("\u{212b}".as_bytes(), NameFault::NotComposed),
            (long_part.as_bytes(), NameFault::TooLong),
            (long.as_bytes(), NameFault::TooLong),
            (deep.as_bytes(), NameFault::TooDeep),
        ] {
            let checked = check(raw, true, &Limits::default());
            assert_eq!(checked, Err(fault), "{:?}", String::from_utf8_lossy(raw));
        }
        assert_eq!(
            check("caf\u{e9}".as_bytes(), false, &Limits::default()),
            Err(NameFault::Unmarked)
        );
    }

    #[test]
    fn folding_joins_what_a_file_system_joins() {
        for (a, b) in [
            ("Pkg/A.py", "pkg/a.PY"),
            ("stra\u{df}e", "STRASSE"),
            ("\u{17f}", "S"),
            ("\u{3c2}", "\u{3a3}"),
            ("\u{130}", "i\u{307}"),
            ("\u{1f0}", "J\u{30c}"),
            ("\u{fb03}", "FFI"),
        ] {
            assert_eq!(folded(a), folded(b), "{a} {b}");
        }
        assert_ne!(folded("a"), folded("b"));
        assert_ne!(folded("\u{e9}"), folded("e"));
    }
}
