//! A CPython version as a target has it: a minor, perhaps with a patch, perhaps free-threaded.

use crate::{EnvironmentError, table};
use std::fmt;
use std::str::FromStr;

/// A CPython version: `3.13`, `3.13.5`, or without the GIL (PEP 703) `3.13t`.
///
/// Ordered by version, and at the same version the build with the GIL first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PythonVersion {
    /// The major version, 3.
    pub major: u32,
    /// The minor version.
    pub minor: u32,
    /// The patch, where one was asked for.
    pub patch: Option<u32>,
    /// Whether this is the build without the GIL.
    pub freethreaded: bool,
}

/// A row of the table: a CPython minor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PythonRow {
    /// The minor.
    pub version: PythonVersion,
    /// Whether a final release of it exists.
    pub released: bool,
    /// Whether it has a free-threaded build (PEP 703).
    pub freethreaded: bool,
}

impl PythonVersion {
    /// A minor without patch, with the GIL.
    pub const fn new(major: u32, minor: u32) -> Self {
        Self {
            major,
            minor,
            patch: None,
            freethreaded: false,
        }
    }

    /// The minors of the table, oldest first.
    pub fn known() -> &'static [PythonRow] {
        &table::get().pythons
    }

    /// The minors of the table that have a final release, oldest first, with the GIL.
    pub fn released() -> impl DoubleEndedIterator<Item = Self> {
        Self::known()
            .iter()
            .filter(|row| row.released)
            .map(|row| row.version)
    }

    /// The version without its patch.
    #[must_use]
    pub const fn minor_only(self) -> Self {
        Self {
            patch: None,
            ..self
        }
    }

    /// The same version of the build with the GIL.
    #[must_use]
    pub const fn with_gil(self) -> Self {
        Self {
            freethreaded: false,
            ..self
        }
    }

    /// The same version of the build without the GIL.
    #[must_use]
    pub const fn without_gil(self) -> Self {
        Self {
            freethreaded: true,
            ..self
        }
    }

    /// The full version as markers and `Requires-Python` see it, `3.13.5`; a minor counts as its
    /// first release, `3.13.0`. No `t`: PEP 508 has no word for it.
    pub fn full(self) -> String {
        format!("{}.{}.{}", self.major, self.minor, self.patch.unwrap_or(0))
    }

    /// The interpreter tag (PEP 425), `cp313`.
    pub fn interpreter_tag(self) -> String {
        format!("cp{}{}", self.major, self.minor)
    }

    /// The ABI tag (PEP 425), `cp313` or, free-threaded, `cp313t`.
    pub fn abi_tag(self) -> String {
        format!(
            "cp{}{}{}",
            self.major,
            self.minor,
            if self.freethreaded { "t" } else { "" }
        )
    }

    /// The row of the table that this version belongs to.
    ///
    /// # Errors
    /// [`EnvironmentError::UnknownPython`] for a minor that the table does not have.
    pub fn row(self) -> Result<&'static PythonRow, EnvironmentError> {
        let rows = Self::known();
        let minor = self.minor_only().with_gil();
        rows.iter().find(|row| row.version == minor).ok_or_else(|| {
            EnvironmentError::UnknownPython {
                python: self,
                oldest: rows[0].version,
                newest: rows[rows.len() - 1].version,
            }
        })
    }

    /// Reads the number of a `cp313` or `cp313t` tag.
    pub(crate) fn from_abi_tag(tag: &str) -> Option<Self> {
        let digits = tag.strip_prefix("cp3")?;
        let (digits, freethreaded) = digits
            .strip_suffix('t')
            .map_or((digits, false), |digits| (digits, true));
        Some(Self {
            major: 3,
            minor: number(digits)?,
            patch: None,
            freethreaded,
        })
    }
}

impl FromStr for PythonVersion {
    type Err = EnvironmentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (digits, freethreaded) = text
                .strip_suffix('t')
                .map_or((text, false), |digits| (digits, true));
            let mut parts = digits.splitn(3, '.');
            let major = number(parts.next()?)?;
            let minor = number(parts.next()?)?;
            let patch = parts.next().map(number);
            if matches!(patch, Some(None)) {
                return None;
            }
            Some(Self {
                major,
                minor,
                patch: patch.flatten(),
                freethreaded,
            })
        };
        parse().ok_or_else(|| EnvironmentError::InvalidPython {
            text: text.chars().take(40).collect(),
        })
    }
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        if let Some(patch) = self.patch {
            write!(f, ".{patch}")?;
        }
        f.write_str(if self.freethreaded { "t" } else { "" })
    }
}

/// A number of at most four digits, written in the one canonical way.
pub(crate) fn number(digits: &str) -> Option<u32> {
    let canonical = digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits.len() == 1 || !digits.starts_with('0'));
    if !canonical || digits.is_empty() || digits.len() > 4 {
        return None;
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        for text in ["3.9", "3.13", "3.13.5", "3.13t", "3.13.5t", "3.15.0"] {
            let version: PythonVersion = text.parse().unwrap();
            assert_eq!(version.to_string(), text);
        }
        for text in [
            "", "3", "3.", "3.x", "cp313", "3.13.5.1", "3.013", "3.13.t", "3.13tt", "+3.13",
            "3.99999", " 3.13", "3.13 ",
        ] {
            assert!(text.parse::<PythonVersion>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_message_stays_short() {
        assert!(
            "9".repeat(1_000_000)
                .parse::<PythonVersion>()
                .unwrap_err()
                .to_string()
                .len()
                < 200
        );
    }

    #[test]
    fn order() {
        let mut versions: Vec<PythonVersion> = ["3.13t", "3.9", "3.13.5", "3.10", "3.13"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        versions.sort();
        let sorted: Vec<String> = versions.iter().map(ToString::to_string).collect();
        assert_eq!(sorted, ["3.9", "3.10", "3.13", "3.13t", "3.13.5"]);
    }

    #[test]
    fn names() {
        let version: PythonVersion = "3.13t".parse().unwrap();
        assert_eq!(version.interpreter_tag(), "cp313");
        assert_eq!(version.abi_tag(), "cp313t");
        assert_eq!(version.full(), "3.13.0");
        assert_eq!(PythonVersion::from_abi_tag("cp313t"), Some(version));
        assert_eq!(
            PythonVersion::from_abi_tag("cp39"),
            Some(PythonVersion::new(3, 9))
        );
        for tag in ["cp3", "cp27", "cp313d", "cp3013", "abi3", "cp313tt"] {
            assert_eq!(PythonVersion::from_abi_tag(tag), None, "{tag}");
        }
    }

    #[test]
    fn table() {
        let minors: Vec<String> = PythonVersion::released()
            .map(|version| version.to_string())
            .collect();
        assert_eq!(
            minors,
            ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"]
        );
        let freethreaded = PythonVersion::known().iter().filter(|row| row.freethreaded);
        assert_eq!(
            freethreaded
                .map(|row| row.version.minor)
                .collect::<Vec<_>>(),
            [13, 14, 15]
        );
        let error = PythonVersion::new(3, 16).row().unwrap_err();
        assert_eq!(
            error.to_string(),
            "CPython 3.16 is not known; the table knows 3.9 to 3.15"
        );
        assert!("3.13.2t".parse::<PythonVersion>().unwrap().row().is_ok());
    }
}
