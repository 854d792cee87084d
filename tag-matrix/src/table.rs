//! The table itself: TOML that is part of the program, parsed once.

use crate::{
    Columns, FloorKind, FloorVersion, Floors, PyodideRelease, PythonRow, PythonVersion, TargetKind,
};
use serde::{Deserialize, Deserializer};
use std::sync::LazyLock;

/// The parsed table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) targets: Vec<TargetRow>,
    pub(crate) pythons: Vec<PythonRow>,
    pub(crate) pyodide: Vec<PyodideRelease>,
}

/// A target.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct TargetRow {
    pub(crate) name: String,
    pub(crate) kind: TargetKind,
    pub(crate) default: bool,
    pub(crate) host: Option<Host>,
    #[serde(default, deserialize_with = "optional_python")]
    pub(crate) only: Option<PythonVersion>,
    pub(crate) platforms: PlatformRule,
    pub(crate) floor: Option<FloorRow>,
    pub(crate) markers: MarkerRow,
    pub(crate) columns: Columns,
}

/// What Rust calls a machine of a target.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Host {
    pub(crate) os: String,
    pub(crate) arch: String,
    pub(crate) libc: String,
}

/// How the platform tags of a target are made.
#[derive(Debug, Deserialize)]
#[serde(tag = "rule", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum PlatformRule {
    /// PEP 600, from the floor downwards.
    Manylinux { arch: String },
    /// PEP 656, from the floor downwards.
    Musllinux { arch: String },
    /// Apple's releases, from the floor downwards.
    Macos { arch: String },
    /// PEP 783, from the Pyodide release.
    Pyodide,
    /// These, and no floor.
    Fixed { tags: Vec<String> },
}

/// The floor of a target.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FloorRow {
    pub(crate) kind: FloorKind,
    #[serde(deserialize_with = "floor")]
    pub(crate) default: FloorVersion,
    #[serde(deserialize_with = "floor")]
    pub(crate) lowest: FloorVersion,
    #[serde(deserialize_with = "floor")]
    pub(crate) highest: FloorVersion,
}

/// The marker values that a target decides.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct MarkerRow {
    pub(crate) os_name: String,
    pub(crate) sys_platform: String,
    pub(crate) platform_machine: String,
    pub(crate) platform_system: String,
    pub(crate) platform_release: String,
    pub(crate) platform_version: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TargetFile {
    target: Vec<TargetRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PythonFile {
    python: Vec<PythonEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PythonEntry {
    #[serde(deserialize_with = "python")]
    version: PythonVersion,
    released: bool,
    freethreaded: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PyodideFile {
    series: Vec<Series>,
}

/// Pyodide releases that are built from the same things.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Series {
    platform: String,
    emscripten: String,
    python: String,
    released: bool,
    releases: Vec<String>,
}

impl Series {
    fn rows(self) -> impl Iterator<Item = PyodideRelease> {
        let minor = self
            .python
            .rsplit_once('.')
            .and_then(|(minor, _)| minor.parse().ok());
        let minor: PythonVersion =
            minor.unwrap_or_else(|| panic!("a series of Pyodide on no CPython: {}", self.python));
        self.releases
            .into_iter()
            .map(move |version| PyodideRelease {
                version,
                platform: self.platform.clone(),
                emscripten: self.emscripten.clone(),
                python: self.python.clone(),
                released: self.released,
                minor,
            })
    }
}

/// The table. It is part of the program, so that a mistake in it is a mistake in the program: it
/// panics at the first use, which every test makes.
pub(crate) fn get() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| {
        let targets: TargetFile =
            toml::from_str(include_str!("../data/targets.toml")).expect("data/targets.toml");
        let pythons: PythonFile =
            toml::from_str(include_str!("../data/pythons.toml")).expect("data/pythons.toml");
        let pyodide: PyodideFile =
            toml::from_str(include_str!("../data/pyodide.toml")).expect("data/pyodide.toml");
        Table {
            targets: targets.target,
            pythons: pythons
                .python
                .into_iter()
                .map(
                    |PythonEntry {
                         version,
                         released,
                         freethreaded,
                     }| PythonRow {
                        version,
                        released,
                        freethreaded,
                    },
                )
                .collect(),
            pyodide: pyodide.series.into_iter().flat_map(Series::rows).collect(),
        }
    });
    &TABLE
}

fn python<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PythonVersion, D::Error> {
    String::deserialize(deserializer)?
        .parse()
        .map_err(serde::de::Error::custom)
}

fn optional_python<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<PythonVersion>, D::Error> {
    python(deserializer).map(Some)
}

fn floor<'de, D: Deserializer<'de>>(deserializer: D) -> Result<FloorVersion, D::Error> {
    Floors::parse_version(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_holds_together() {
        let table = get();
        assert!(
            table.targets.len() < usize::from(u8::MAX),
            "a target is an index in a byte"
        );
        let names: BTreeSet<&str> = table.targets.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names.len(), table.targets.len(), "names are unique");
        assert!(table.pythons.is_sorted_by_key(|row| row.version));
        assert!(
            table
                .pythons
                .iter()
                .all(|row| row.version == row.version.minor_only().with_gil())
        );
        for row in &table.targets {
            if let Some(floor) = &row.floor {
                assert!(
                    (floor.lowest..=floor.highest).contains(&floor.default),
                    "{}",
                    row.name
                );
            }
            let needs_floor = match &row.platforms {
                PlatformRule::Manylinux { .. } => Some(FloorKind::Glibc),
                PlatformRule::Musllinux { .. } => Some(FloorKind::Musl),
                PlatformRule::Macos { .. } => Some(FloorKind::Macos),
                PlatformRule::Pyodide | PlatformRule::Fixed { .. } => None,
            };
            assert_eq!(
                row.floor.as_ref().map(|floor| floor.kind),
                needs_floor,
                "{}",
                row.name
            );
            assert_eq!(
                row.only.is_some(),
                row.kind == TargetKind::Wasi,
                "{}",
                row.name
            );
            assert_eq!(
                row.host.is_some(),
                row.kind == TargetKind::Native,
                "{}",
                row.name
            );
            let pyodide = matches!(row.platforms, PlatformRule::Pyodide);
            assert_eq!(pyodide, row.kind == TargetKind::Emscripten, "{}", row.name);
        }
    }

    #[test]
    fn hosts_are_unique() {
        let hosts: Vec<_> = get()
            .targets
            .iter()
            .filter_map(|row| row.host.as_ref())
            .collect();
        let unique: BTreeSet<_> = hosts
            .iter()
            .map(|host| (&host.os, &host.arch, &host.libc))
            .collect();
        assert_eq!(unique.len(), hosts.len());
    }
}
