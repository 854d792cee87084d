//! How new a system an environment assumes: the glibc, musl or macOS that wheels may need.

use crate::EnvironmentError;
use crate::python::number;
use serde::Deserialize;
use std::fmt;

/// The version of a system, as `(major, minor)`.
pub type FloorVersion = (u32, u32);

/// The floors of an environment. As asked for, `None` is the table's default for the target; as an
/// environment has them ([`crate::Environment::floors`]), `None` is what the target has no such
/// thing of.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Floors {
    /// The glibc that is there, on Linux.
    pub glibc: Option<FloorVersion>,
    /// The musl that is there, on musl Linux.
    pub musl: Option<FloorVersion>,
    /// The macOS that is there.
    pub macos: Option<FloorVersion>,
    /// The Pyodide release that is there.
    pub pyodide: Option<String>,
}

/// What a target has a floor of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FloorKind {
    /// The GNU C library, PEP 600.
    Glibc,
    /// The musl C library, PEP 656.
    Musl,
    /// The macOS release.
    Macos,
}

impl FloorKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Glibc, Self::Musl, Self::Macos];

    /// The name as prose has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Glibc => "glibc",
            Self::Musl => "musl",
            Self::Macos => "macOS",
        }
    }
}

impl fmt::Display for FloorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Floors {
    /// The floor of one kind.
    pub const fn get(&self, kind: FloorKind) -> Option<FloorVersion> {
        match kind {
            FloorKind::Glibc => self.glibc,
            FloorKind::Musl => self.musl,
            FloorKind::Macos => self.macos,
        }
    }

    /// Only the floor of one kind.
    pub(crate) fn only(kind: FloorKind, version: FloorVersion) -> Self {
        let mut floors = Self::default();
        match kind {
            FloorKind::Glibc => floors.glibc = Some(version),
            FloorKind::Musl => floors.musl = Some(version),
            FloorKind::Macos => floors.macos = Some(version),
        }
        floors
    }

    /// Reads `2.28`, or `14` as 14.0.
    ///
    /// # Errors
    /// [`EnvironmentError::InvalidFloor`] for anything else.
    pub fn parse_version(text: &str) -> Result<FloorVersion, EnvironmentError> {
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        number(major)
            .zip(number(minor))
            .ok_or_else(|| EnvironmentError::InvalidFloor {
                text: text.chars().take(40).collect(),
            })
    }

    /// Writes `2.28`.
    pub fn show_version((major, minor): FloorVersion) -> String {
        format!("{major}.{minor}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        for (text, version) in [
            ("2.28", (2, 28)),
            ("1.2", (1, 2)),
            ("14.0", (14, 0)),
            ("10.16", (10, 16)),
        ] {
            assert_eq!(Floors::parse_version(text).unwrap(), version);
            assert_eq!(Floors::show_version(version), text);
        }
        assert_eq!(Floors::parse_version("14").unwrap(), (14, 0));
        for text in [
            "",
            ".",
            "2.",
            ".28",
            "2.28.1",
            "2.028",
            "two",
            "-2.1",
            "2.99999999999",
        ] {
            assert!(Floors::parse_version(text).is_err(), "{text}");
        }
    }

    #[test]
    fn by_kind() {
        for (index, kind) in FloorKind::ALL.into_iter().enumerate() {
            let floors = Floors::only(kind, (1, 2));
            for (other, kind) in FloorKind::ALL.into_iter().enumerate() {
                assert_eq!(floors.get(kind), (index == other).then_some((1, 2)));
            }
        }
    }
}
