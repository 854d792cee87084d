//! Versions (PEP 440): parsed and ordered by `pep440_rs`.
//!
//! Numbers are 64 bits wide, so a version with a larger one is an error here.

pub use pep440_rs::{Version, VersionParseError};

/// The longest version that is read, in bytes.
pub const MAX_VERSION_LENGTH: usize = 4096;

/// What Python's `str.isspace` counts as white space, which the peers trim around versions.
pub(crate) fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

/// Reads a version with white space around it, `None` for anything else.
///
/// Use this where a text that is no version is an answer rather than an error, as in markers and
/// in the version part of file names; otherwise `text.parse()`.
#[must_use]
pub fn coerce(text: &str) -> Option<Version> {
    if text.len() > MAX_VERSION_LENGTH {
        return None;
    }
    text.trim_matches(is_space).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_round_trip_in_normal_form() {
        for (text, normal) in [
            ("1.0", "1.0"),
            (" v1.0.0-ALPHA_2\n", "1.0.0a2"),
            ("1!2.0-1.DEV", "1!2.0.post1.dev0"),
            ("1.0+Ubuntu-01", "1.0+ubuntu.1"),
            ("\u{1f}1.0\u{a0}", "1.0"),
        ] {
            let version = coerce(text).unwrap();
            assert_eq!(version.to_string(), normal);
            assert_eq!(normal.parse::<Version>().unwrap(), version);
        }
    }

    #[test]
    fn what_is_no_version_is_none() {
        let long = format!("1{}", ".0".repeat(MAX_VERSION_LENGTH));
        for text in [
            "",
            "a",
            "1..0",
            "1.0 1",
            "1.*",
            "١",
            "1.0\0",
            "99999999999999999999",
            &long,
        ] {
            assert_eq!(coerce(text), None, "{text:?}");
        }
    }
}
