//! Versions of tools, as they print them.

use std::fmt;

/// A version of three numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second.
    pub minor: u32,
    /// The third.
    pub patch: u32,
}

impl Version {
    /// A version of these numbers.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self {
            major,
            minor,
            patch,
        }
    }

    /// The first `N.N.N` of a text that stands at the start of a word: `19.1.7` of
    /// `Debian clang version 19.1.7 (3~deb12u1)`.
    pub fn find_in(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(|word| {
            let word = word.trim_start_matches(['v', '(']);
            let mut numbers = word.split('.').map(|part| {
                let end = part
                    .find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(part.len());
                part[..end].parse::<u32>().ok()
            });
            Some(Self::new(
                numbers.next()??,
                numbers.next()??,
                numbers.next()??,
            ))
        })
    }

    /// The version behind a word: that of clang in what `zig cc --version` prints.
    pub(crate) fn after(text: &str, word: &str) -> Option<Self> {
        Self::find_in(text.split_once(word)?.1)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_tools_print_them() {
        let found = |text: &str| Version::find_in(text).map(|version| version.to_string());
        for (text, version) in [
            (
                "Debian clang version 19.1.7 (3~deb12u1)\nTarget: x86_64",
                "19.1.7",
            ),
            ("Apple clang version 17.0.0 (clang-1700.0.13.5)", "17.0.0"),
            (
                "clang version 22.1.8rc1 (https://example.com 0123abc)",
                "22.1.8",
            ),
            ("Debian LLD 19.1.7 (compatible with GNU linkers)", "19.1.7"),
            ("0.17.1\n", "0.17.1"),
            (
                "emcc (Emscripten gcc/clang-like replacement + linker emulating GNU ld) 4.0.9 (a1b2)",
                "4.0.9",
            ),
            ("rustc 1.96.0 (ac68faa20 2026-05-25)", "1.96.0"),
            ("rustc 1.97.0-nightly (ac68faa20 2026-05-25)", "1.97.0"),
        ] {
            assert_eq!(found(text).as_deref(), Some(version), "{text}");
        }
        assert_eq!(found("no version, 1.2 and a.b.c"), None);
        assert_eq!(
            Version::after("LLVM version 1.2.3\nclang version 22.1.8", "clang version"),
            Some(Version::new(22, 1, 8))
        );
    }

    #[test]
    fn they_are_ordered_by_number() {
        assert!(Version::new(19, 0, 0) > Version::new(9, 9, 9));
        assert!(Version::new(4, 0, 10) > Version::new(4, 0, 9));
    }
}
