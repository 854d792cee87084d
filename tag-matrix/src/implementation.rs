//! The implementations of Python: one is taken, the others are refused, each for its own reason.

use crate::suggest;
use std::fmt;
use std::str::FromStr;

/// An implementation of Python, as `[python] implementation` names it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Implementation {
    /// The one that is taken.
    #[default]
    CPython,
    /// Refused.
    PyPy,
    /// Refused.
    GraalPy,
    /// Refused.
    RustPython,
    /// Refused.
    MicroPython,
}

/// A name that is none of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no implementation `{name}`; write `{}`", .nearest.unwrap_or("cpython"))]
pub struct UnknownImplementation {
    /// The name as given.
    pub name: String,
    /// The nearest known name, if one is near.
    pub nearest: Option<&'static str>,
}

impl Implementation {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::CPython,
        Self::PyPy,
        Self::GraalPy,
        Self::RustPython,
        Self::MicroPython,
    ];

    /// The name as a manifest has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CPython => "cpython",
            Self::PyPy => "pypy",
            Self::GraalPy => "graalpy",
            Self::RustPython => "rustpython",
            Self::MicroPython => "micropython",
        }
    }

    /// Why it is refused; `None` for the one that is taken.
    pub const fn refusal(self) -> Option<&'static str> {
        match self {
            Self::CPython => None,
            Self::PyPy => Some(
                "PyPy loads native wheels built for PyPy only (pp311-pypy311_pp73), and the bridge embeds libpython, which it does not have; use cpython",
            ),
            Self::GraalPy => Some(
                "GraalPy runs inside a Java virtual machine, where the bridge has no libpython to embed, and rebuilds native packages for itself; use cpython",
            ),
            Self::RustPython => Some(
                "RustPython does not load extension modules built for CPython, so that no native wheel works, and the bridge has no glue for it; use cpython",
            ),
            Self::MicroPython => Some(
                "MicroPython is a subset of Python that installs no wheels; emit MicroPython source with Mochi's transpiler (`--target=micropython`), without Python dependencies",
            ),
        }
    }
}

impl FromStr for Implementation {
    type Err = UnknownImplementation;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|implementation| implementation.name() == name)
            .ok_or_else(|| UnknownImplementation {
                name: name.chars().take(40).collect(),
                nearest: suggest::closest(name, Self::ALL.into_iter().map(Self::name)),
            })
    }
}

impl fmt::Display for Implementation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        for implementation in Implementation::ALL {
            assert_eq!(implementation.to_string().parse(), Ok(implementation));
        }
        let error = "cpyton".parse::<Implementation>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no implementation `cpyton`; write `cpython`"
        );
        assert!("jython".parse::<Implementation>().is_err());
    }

    #[test]
    fn each_refusal_is_its_own() {
        let mut refusals: Vec<&str> = Implementation::ALL
            .into_iter()
            .filter_map(Implementation::refusal)
            .collect();
        refusals.sort_unstable();
        refusals.dedup();
        assert_eq!(refusals.len(), Implementation::ALL.len() - 1);
        assert_eq!(Implementation::CPython.refusal(), None);
    }
}
