//! How a Mochi program and Python meet: the runtime modes, and which of them a target can have.

use crate::{Target, TargetKind, suggest};
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A runtime mode, `[python] runtime-mode` but for `auto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RuntimeMode {
    /// libpython in the process of the program.
    Embedded,
    /// A Python process beside the program.
    Subprocess,
    /// Pyodide, in the JavaScript realm of the program.
    Pyodide,
    /// Python as a component of WASI Preview 2.
    Wasi,
}

/// How `async def` functions run, `[python] async-mode`. In Pyodide both run on the host's own loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AsyncMode {
    /// Each on a loop of its own.
    #[default]
    PerCall,
    /// All on one loop.
    Persistent,
}

impl AsyncMode {
    /// Its name, `per-call`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PerCall => "per-call",
            Self::Persistent => "persistent",
        }
    }
}

/// A name that is no mode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no runtime mode `{name}`{}", crate::runtime_mode::or_nearest(nearest.as_deref()))]
pub struct UnknownMode {
    /// The name.
    pub name: String,
    /// The mode whose name comes nearest.
    pub nearest: Option<String>,
}

/// A mode that cannot work on a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the runtime mode `{mode}` cannot work on {target}: {why}")]
pub struct ModeRefused {
    /// The mode.
    pub mode: RuntimeMode,
    /// The target.
    pub target: Target,
    /// Why, and what can.
    pub why: &'static str,
}

/// A target where no Python can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no runtime mode works on {0}: there is no CPython there")]
pub struct NoMode(pub Target);

impl RuntimeMode {
    /// All modes.
    pub const ALL: [Self; 4] = [Self::Embedded, Self::Subprocess, Self::Pyodide, Self::Wasi];

    /// Its name, `embedded`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Subprocess => "subprocess",
            Self::Pyodide => "pyodide",
            Self::Wasi => "wasi",
        }
    }

    /// The mode that `auto` stands for on a target.
    ///
    /// # Errors
    /// [`NoMode`]: there is no Python there.
    pub fn of_target(target: Target) -> Result<Self, NoMode> {
        let mode = target.columns().runtime_mode.parse();
        mode.map_err(|_: UnknownMode| NoMode(target))
    }

    /// This mode, where the target can have it.
    ///
    /// # Errors
    /// [`ModeRefused`], with the reason.
    pub fn on(self, target: Target) -> Result<Self, ModeRefused> {
        let why = match (self, target.kind()) {
            (Self::Embedded | Self::Subprocess, TargetKind::Native)
            | (Self::Pyodide, TargetKind::Emscripten)
            | (Self::Wasi, TargetKind::Wasi) => return Ok(self),
            (_, TargetKind::NoPython) => "there is no CPython there",
            (Self::Pyodide, TargetKind::Native) => {
                "Pyodide is CPython inside a JavaScript engine; here CPython itself runs: use \
                 `embedded` or `subprocess`, or the target wasm32-emscripten"
            }
            (Self::Wasi, TargetKind::Native) => {
                "a WASI component is a target of its own; here CPython itself runs: use \
                 `embedded` or `subprocess`, or the target wasm32-wasip2"
            }
            (Self::Embedded, TargetKind::Emscripten) => {
                "there is no libpython to link to: the interpreter is Pyodide's own instance; use \
                 `pyodide`"
            }
            (Self::Embedded, TargetKind::Wasi) => {
                "there is no libpython to link to: the interpreter is a component of its own; use \
                 `wasi`"
            }
            (Self::Subprocess, TargetKind::Emscripten) => {
                "processes do not exist there; use `pyodide`"
            }
            (Self::Subprocess, TargetKind::Wasi) => "processes do not exist there; use `wasi`",
            (Self::Wasi, TargetKind::Emscripten) => "Pyodide is no WASI component; use `pyodide`",
            (Self::Pyodide, TargetKind::Wasi) => {
                "Pyodide needs a JavaScript engine, which is not there; use `wasi`"
            }
        };
        Err(ModeRefused {
            mode: self,
            target,
            why,
        })
    }
}

impl Target {
    /// The target of a Rust target triple, `x86_64-unknown-linux-gnu`; `None` where no row of the
    /// table is that machine's.
    #[must_use]
    pub fn of_triple(triple: &str) -> Option<Self> {
        let (arch, rest) = triple.split_once('-')?;
        let named = |name: &str| name.parse().ok();
        let arch = match arch {
            "wasm32" if rest.ends_with("emscripten") => return named("wasm32-emscripten"),
            "wasm32" if rest.contains("wasi") => return named("wasm32-wasip2"),
            "arm64" => "aarch64",
            arch => arch,
        };
        let os = ["linux", "windows", "darwin"].into_iter();
        match os.into_iter().find(|os| rest.contains(os))? {
            "darwin" => Self::of_host("macos", arch, false),
            os => Self::of_host(os, arch, rest.contains("musl")),
        }
    }
}

/// The next step behind an unknown name.
pub(crate) fn or_nearest(nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("; the nearest is `{nearest}`"),
        None => "; there are embedded, subprocess, pyodide and wasi".to_owned(),
    }
}

impl FromStr for RuntimeMode {
    type Err = UnknownMode;

    fn from_str(name: &str) -> Result<Self, UnknownMode> {
        let known = Self::ALL.into_iter().find(|mode| mode.name() == name);
        known.ok_or_else(|| UnknownMode {
            name: name.chars().take(80).collect(),
            nearest: suggest::closest(name, Self::ALL.into_iter().map(Self::name))
                .map(str::to_owned),
        })
    }
}

impl fmt::Display for RuntimeMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for RuntimeMode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(name: &str) -> Target {
        name.parse().unwrap()
    }

    #[test]
    fn round_trip() {
        for mode in RuntimeMode::ALL {
            assert_eq!(mode.to_string().parse(), Ok(mode));
        }
        let error = "embeded".parse::<RuntimeMode>().unwrap_err().to_string();
        assert_eq!(
            error,
            "there is no runtime mode `embeded`; the nearest is `embedded`"
        );
    }

    #[test]
    fn every_target_has_the_mode_of_its_column_and_refuses_what_cannot_be() {
        for target in Target::all() {
            match RuntimeMode::of_target(target) {
                Ok(mode) => assert_eq!(mode.on(target), Ok(mode)),
                Err(none) => {
                    assert_eq!(target.kind(), TargetKind::NoPython);
                    assert!(none.to_string().contains("embedded: there is no CPython"));
                }
            }
            for mode in RuntimeMode::ALL {
                let works = match target.kind() {
                    TargetKind::Native => {
                        matches!(mode, RuntimeMode::Embedded | RuntimeMode::Subprocess)
                    }
                    TargetKind::Emscripten => mode == RuntimeMode::Pyodide,
                    TargetKind::Wasi => mode == RuntimeMode::Wasi,
                    TargetKind::NoPython => false,
                };
                assert_eq!(mode.on(target).is_ok(), works, "{mode} on {target}");
            }
        }
        let refused = RuntimeMode::Embedded.on(target("wasm32-emscripten"));
        assert_eq!(
            refused.unwrap_err().to_string(),
            "the runtime mode `embedded` cannot work on wasm32-emscripten: there is no libpython \
             to link to: the interpreter is Pyodide's own instance; use `pyodide`"
        );
    }

    #[test]
    fn targets_of_triples() {
        for (triple, name) in [
            ("x86_64-unknown-linux-gnu", Some("linux-x64")),
            ("aarch64-unknown-linux-gnu", Some("linux-arm64")),
            ("x86_64-unknown-linux-musl", Some("linux-musl-x64")),
            ("aarch64-apple-darwin", Some("macos-arm64")),
            ("x86_64-apple-darwin", Some("macos-x64")),
            ("x86_64-pc-windows-msvc", Some("windows-x64")),
            ("aarch64-pc-windows-msvc", Some("windows-arm64")),
            ("wasm32-unknown-emscripten", Some("wasm32-emscripten")),
            ("wasm32-wasip2", Some("wasm32-wasip2")),
            ("wasm32-wasip1", Some("wasm32-wasip2")),
            ("wasm32-unknown-unknown", None),
            ("riscv64gc-unknown-linux-gnu", None),
            ("x86_64-unknown-freebsd", None),
            ("x86_64", None),
        ] {
            assert_eq!(
                Target::of_triple(triple).map(Target::name),
                name,
                "{triple}"
            );
        }
    }
}
