//! A place where Python runs: a row of the table.

use crate::table::{self, TargetRow};
use crate::{EnvironmentError, FloorKind, FloorVersion, PyodideRelease, PythonVersion, suggest};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A row of the table of targets. Ordered as the table is, which is also the order in which
/// environments are resolved.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target(u8);

/// What kind of place a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TargetKind {
    /// An operating system, where CPython comes in any minor.
    Native,
    /// A Pyodide release, which has one CPython.
    Emscripten,
    /// A WASI component, which has one CPython.
    Wasi,
    /// A place without a CPython.
    NoPython,
}

/// How well something works on a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Support {
    /// It works.
    Yes,
    /// It works, in one thread.
    SingleThreaded,
    /// It does not work.
    No,
}

impl fmt::Display for Support {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Yes => "yes",
            Self::SingleThreaded => "single-threaded",
            Self::No => "no",
        })
    }
}

/// What works on a target: the columns of `mochi py targets`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Columns {
    /// Whether pure Python wheels (`*-none-any`) work.
    pub pure_wheels: Support,
    /// Which native wheels work at the default floor, in words; `no` for none.
    pub native_wheels: String,
    /// Whether `asyncio` works.
    pub asyncio: Support,
    /// Whether threads can be started.
    pub threading: Support,
    /// Whether processes can be started.
    pub subprocess: Support,
    /// The runtime mode that `auto` stands for, or why there is none.
    pub runtime_mode: String,
}

impl Columns {
    /// The headings of [`Self::cells`].
    pub const HEADINGS: [&'static str; 6] = [
        "pure wheels",
        "native wheels",
        "asyncio",
        "threading",
        "subprocess",
        "default runtime mode",
    ];

    /// The columns as text, in the order of [`Self::HEADINGS`].
    pub fn cells(&self) -> [String; 6] {
        [
            self.pure_wheels.to_string(),
            self.native_wheels.clone(),
            self.asyncio.to_string(),
            self.threading.to_string(),
            self.subprocess.to_string(),
            self.runtime_mode.clone(),
        ]
    }
}

impl Target {
    /// All targets, in table order.
    pub fn all() -> impl ExactSizeIterator<Item = Self> + DoubleEndedIterator + Clone {
        // The table is checked to have fewer rows than that when it is parsed.
        (0..u8::try_from(table::get().targets.len()).unwrap_or(u8::MAX)).map(Self)
    }

    /// The targets of a manifest that names none, in table order.
    pub fn defaults() -> impl Iterator<Item = Self> + Clone {
        Self::all().filter(|target| target.row().default)
    }

    /// The target of a machine: `os` and `arch` as `std::env::consts` has them, and whether its
    /// libc is musl. `None` where no row of the table is that machine's.
    pub fn of_host(os: &str, arch: &str, musl: bool) -> Option<Self> {
        let libc = match (os, musl) {
            ("linux", true) => "musl",
            ("linux", false) => "glibc",
            _ => "",
        };
        Self::all().find(|target| {
            let host = target.row().host.as_ref();
            host.is_some_and(|host| host.os == os && host.arch == arch && host.libc == libc)
        })
    }

    /// The name, `linux-x64`.
    pub fn name(self) -> &'static str {
        &self.row().name
    }

    /// What kind of place it is.
    pub fn kind(self) -> TargetKind {
        self.row().kind
    }

    /// What works there.
    pub fn columns(self) -> &'static Columns {
        &self.row().columns
    }

    /// What it has a floor of, and the default: glibc 2.28 on Linux.
    pub fn default_floor(self) -> Option<(FloorKind, FloorVersion)> {
        self.row()
            .floor
            .as_ref()
            .map(|floor| (floor.kind, floor.default))
    }

    /// The CPythons that exist for it, oldest first, with the GIL: the released minors of the table
    /// on a native target, its own in full where it has its own (Pyodide's releases, WASI), none
    /// where there is none.
    pub fn pythons(self) -> Vec<PythonVersion> {
        match self.kind() {
            TargetKind::Native => PythonVersion::released().collect(),
            TargetKind::Wasi => self.row().only.iter().copied().collect(),
            TargetKind::NoPython => Vec::new(),
            TargetKind::Emscripten => {
                let mut minors: Vec<PythonVersion> = PyodideRelease::released()
                    .map(PyodideRelease::minor)
                    .collect();
                minors.dedup();
                minors
            }
        }
    }

    pub(crate) fn row(self) -> &'static TargetRow {
        &table::get().targets[usize::from(self.0)]
    }
}

impl FromStr for Target {
    type Err = EnvironmentError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::all()
            .find(|target| target.name() == name)
            .ok_or_else(|| EnvironmentError::UnknownTarget {
                name: name.chars().take(80).collect(),
                nearest: suggest::closest(name, Self::all().map(Self::name)).map(str::to_owned),
            })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({})", self.name())
    }
}

impl Serialize for Target {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_in_table_order() {
        let names: Vec<&str> = Target::all().map(Target::name).collect();
        assert_eq!(
            names,
            [
                "linux-x64",
                "linux-arm64",
                "linux-musl-x64",
                "linux-musl-arm64",
                "macos-x64",
                "macos-arm64",
                "windows-x64",
                "windows-arm64",
                "wasm32-emscripten",
                "wasm32-wasip2",
                "embedded"
            ]
        );
        for target in Target::all() {
            assert_eq!(target.to_string().parse::<Target>().unwrap(), target);
        }
        assert!(Target::all().is_sorted());
    }

    #[test]
    fn an_unknown_target_names_the_nearest() {
        let error = "linux-x86_64".parse::<Target>().unwrap_err().to_string();
        assert_eq!(
            error,
            "there is no target `linux-x86_64`; the nearest is `linux-x64`"
        );
        let error = "solaris".parse::<Target>().unwrap_err().to_string();
        assert_eq!(
            error,
            "there is no target `solaris`; `mochi py targets` lists them"
        );
    }

    #[test]
    fn defaults_are_the_five_of_the_contract() {
        let names: Vec<&str> = Target::defaults().map(Target::name).collect();
        assert_eq!(
            names,
            [
                "linux-x64",
                "linux-arm64",
                "macos-x64",
                "macos-arm64",
                "windows-x64"
            ]
        );
    }

    #[test]
    fn hosts() {
        for (os, arch, musl, name) in [
            ("linux", "x86_64", false, Some("linux-x64")),
            ("linux", "aarch64", true, Some("linux-musl-arm64")),
            ("macos", "aarch64", false, Some("macos-arm64")),
            ("windows", "x86_64", false, Some("windows-x64")),
            ("windows", "aarch64", false, Some("windows-arm64")),
            ("linux", "riscv64", false, None),
            ("freebsd", "x86_64", false, None),
        ] {
            assert_eq!(
                Target::of_host(os, arch, musl).map(Target::name),
                name,
                "{os} {arch}"
            );
        }
    }

    #[test]
    fn the_columns_name_the_tags_of_the_default_floor() {
        for target in Target::all().filter(|target| target.kind() == TargetKind::Native) {
            let python = PythonVersion::new(3, 13);
            let environment = crate::Environment::new(target, python, &crate::Floors::default());
            let environment = environment.unwrap();
            let mut platforms = environment.platforms().iter();
            let best = platforms
                .find(|platform| !platform.starts_with("linux_"))
                .unwrap();
            let words = &target.columns().native_wheels;
            assert!(
                words.starts_with(best.as_str()),
                "{target}: {words}, best is {best}"
            );
        }
    }

    #[test]
    fn columns_of_the_note() {
        let cells = |name: &str| name.parse::<Target>().unwrap().columns().cells();
        let [pure, _, asyncio, threading, subprocess, mode] = cells("linux-x64");
        assert_eq!(
            [pure, asyncio, threading, subprocess, mode],
            ["yes", "yes", "yes", "yes", "embedded"]
        );
        let [pure, _, asyncio, threading, subprocess, mode] = cells("wasm32-emscripten");
        assert_eq!(
            [pure, asyncio, threading, subprocess, mode],
            ["yes", "single-threaded", "no", "no", "pyodide"]
        );
        let [pure, native, asyncio, threading, subprocess, mode] = cells("embedded");
        assert_eq!([pure, native, asyncio, threading, subprocess], ["no"; 5]);
        assert_eq!(mode, "none: no CPython there");
        assert_eq!(cells("wasm32-wasip2")[5], "wasi");
    }

    #[test]
    fn pythons_of_a_target() {
        let pythons = |name: &str| -> Vec<String> {
            name.parse::<Target>()
                .unwrap()
                .pythons()
                .iter()
                .map(ToString::to_string)
                .collect()
        };
        assert_eq!(pythons("linux-x64").len(), 7);
        assert_eq!(pythons("wasm32-emscripten"), ["3.12", "3.13", "3.14"]);
        assert_eq!(pythons("wasm32-wasip2"), ["3.14.0"]);
        assert!(pythons("embedded").is_empty());
    }
}
