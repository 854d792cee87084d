//! One part of a wheel's tag that an environment does not take: how grave that is, and in words.

use crate::words::Words;
use crate::{Environment, FloorKind, FloorVersion};
use serde::Serialize;
use std::fmt;

/// A part of a tag (PEP 425).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TagPart {
    /// The interpreter, `cp313`.
    Python,
    /// The ABI, `cp313t`.
    Abi,
    /// The platform, `manylinux_2_28_x86_64`.
    Platform,
}

impl fmt::Display for TagPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Python => "python",
            Self::Abi => "abi",
            Self::Platform => "platform",
        })
    }
}

/// A part of a wheel's tag that an environment does not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Miss {
    /// Which part.
    pub part: TagPart,
    /// What the wheel has there: the nearest one of a compressed set.
    pub found: String,
    /// The best that the environment takes there.
    pub wanted: String,
    #[serde(skip)]
    pub(crate) words: Words,
}

/// What kind of miss, with what is needed to weigh it and to say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind<'a> {
    /// A newer system than the floor.
    Floor {
        of: FloorKind,
        needs: FloorVersion,
        has: FloorVersion,
    },
    /// Another Pyodide platform.
    Pyodide {
        needs: &'a str,
        has: &'a str,
        distance: u32,
    },
    /// Another Emscripten.
    Emscripten { needs: &'a str, has: &'a str },
    /// A platform of the right system and architecture that no installer takes there.
    Unlisted,
    /// The other C library.
    Libc {
        needs: FloorKind,
        has: FloorKind,
        version: FloorVersion,
    },
    /// Another architecture.
    Arch { needs: &'a str, has: &'a str },
    /// Another operating system.
    Os {
        needs: &'a str,
        has: &'a str,
        other_arch: bool,
    },
    /// Another CPython minor exactly.
    Minor { needs: u32 },
    /// A newer minor, or anything after it.
    Newer { language: &'static str, needs: u32 },
    /// Python 2, or another major version.
    Major,
    /// Another implementation of Python.
    Implementation { name: &'a str },
    /// The other build of CPython: with the GIL where the environment's is without, or the reverse.
    Build,
    /// Another ABI.
    Abi,
    /// An interpreter and an ABI, each taken, that are not taken together, or not with `any`.
    Combination {
        python: &'a str,
        abi: &'a str,
        any: bool,
    },
}

/// A miss of one wheel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawMiss<'a> {
    pub(crate) part: TagPart,
    /// The tag part as the wheel has it.
    pub(crate) tag: &'a str,
    pub(crate) kind: Kind<'a>,
}

/// The most that a distance within a class counts for.
const FAR: u32 = 900;

impl RawMiss<'_> {
    /// How grave: what a user can change (a floor, a release, the CPython) is less than what he
    /// cannot (the architecture, the system). Classes are ten apart or near it, so that two small
    /// misses are less than one great one; distances count within a class.
    pub(crate) fn cost(&self, environment: &Environment) -> u32 {
        let minor = environment.python().minor;
        match self.kind {
            Kind::Floor { needs, has, .. } => {
                1_000
                    + 50 * needs.0.saturating_sub(has.0).min(10)
                    + needs.1.abs_diff(has.1).min(FAR / 2)
            }
            Kind::Pyodide { distance, .. } => 2_000 + distance.min(FAR),
            Kind::Emscripten { .. } => 3_000,
            Kind::Unlisted => 5_000,
            Kind::Minor { needs } | Kind::Newer { needs, .. } => {
                10_000 + 100 * needs.abs_diff(minor).min(40)
            }
            Kind::Build => 15_000,
            Kind::Abi | Kind::Combination { .. } => 20_000,
            Kind::Libc { .. } => 40_000,
            Kind::Arch { .. } => 100_000,
            Kind::Major => 300_000,
            Kind::Implementation { .. } => 400_000,
            Kind::Os { other_arch, .. } => 1_000_000 + u32::from(other_arch),
        }
    }

    /// The miss with its words.
    pub(crate) fn describe(&self, environment: &Environment) -> Miss {
        Miss {
            part: self.part,
            found: self.tag.to_owned(),
            wanted: wanted(self.part, environment),
            words: Words::new(self, environment),
        }
    }
}

/// The best that an environment takes in one part of a tag. On Linux the bare platform comes first
/// but says less than the next.
pub(crate) fn wanted(part: TagPart, environment: &Environment) -> String {
    match part {
        TagPart::Python => environment.python().interpreter_tag(),
        TagPart::Abi => environment.python().abi_tag(),
        TagPart::Platform => {
            let platforms = environment.platforms();
            let telling = platforms
                .iter()
                .find(|platform| !platform.starts_with("linux_"));
            telling.or(platforms.first()).cloned().unwrap_or_default()
        }
    }
}
