//! What an environment comes to: the floor, the Pyodide release and the full CPython version that
//! hold where something was asked for and the rest left to the table.

use crate::table::{PlatformRule, TargetRow};
use crate::{
    EnvironmentError, FloorKind, FloorVersion, Floors, PyodideRelease, PythonVersion, Target,
    TargetKind,
};

/// The floor of a target: as asked for, else its default.
pub(crate) fn floor(
    target: Target,
    floors: &Floors,
) -> Result<Option<(FloorKind, FloorVersion)>, EnvironmentError> {
    let row = target.row();
    let own = row.floor.as_ref().map(|floor| floor.kind);
    let foreign = FloorKind::ALL
        .into_iter()
        .find(|kind| Some(*kind) != own && floors.get(*kind).is_some());
    let foreign = match (foreign, &floors.pyodide) {
        (Some(kind), _) => Some(kind.name()),
        (None, Some(_)) if row.kind != TargetKind::Emscripten => Some("Pyodide"),
        _ => None,
    };
    if let Some(floor) = foreign {
        let has = match own {
            Some(kind) => format!("set its {kind} version"),
            None if row.kind == TargetKind::Emscripten => "set its Pyodide release".to_owned(),
            None => "it has none to set".to_owned(),
        };
        return Err(EnvironmentError::FloorNotOfTarget {
            target: target.name(),
            floor,
            has,
        });
    }
    let Some(row) = &row.floor else {
        return Ok(None);
    };
    let version = floors.get(row.kind).unwrap_or(row.default);
    if (row.lowest..=row.highest).contains(&version) && same_scheme(row.kind, version, row.default)
    {
        return Ok(Some((row.kind, version)));
    }
    Err(EnvironmentError::FloorOutOfRange {
        target: target.name(),
        floor: row.kind.name(),
        value: Floors::show_version(version),
        lowest: Floors::show_version(row.lowest),
        highest: Floors::show_version(row.highest),
    })
}

/// Whether the tags of a version are made as those of the default: a new major of a C library
/// would have a scheme of its own, one of macOS is just the next release.
fn same_scheme(kind: FloorKind, version: FloorVersion, default: FloorVersion) -> bool {
    kind == FloorKind::Macos || version.0 == default.0
}

/// The Pyodide release of an environment of a Pyodide target.
pub(crate) fn pyodide(
    target: Target,
    python: PythonVersion,
    floors: &Floors,
) -> Result<Option<&'static PyodideRelease>, EnvironmentError> {
    if !matches!(target.row().platforms, PlatformRule::Pyodide) {
        return Ok(None);
    }
    let minor = python.minor_only();
    let release = match &floors.pyodide {
        Some(version) => {
            Some(PyodideRelease::find(version)?).filter(|release| release.minor() == minor)
        }
        None => PyodideRelease::newest_of(minor),
    };
    let has = || describe_pyodide(floors.pyodide.as_deref());
    release
        .map(Some)
        .ok_or_else(|| EnvironmentError::PythonNotOfTarget {
            target: target.name(),
            python,
            has: has(),
        })
}

/// The full version of an environment's CPython.
pub(crate) fn full_version(
    target: Target,
    python: PythonVersion,
    pyodide: Option<&PyodideRelease>,
) -> Result<String, EnvironmentError> {
    let row = target.row();
    let own = pyodide
        .map(|release| release.python.clone())
        .or_else(|| row.only.map(PythonVersion::full));
    let Some(own) = own else {
        return Ok(python.full());
    };
    let minor_fits = row
        .only
        .is_none_or(|only| only.minor_only() == python.minor_only());
    let patch_fits = python.patch.is_none() || python.full() == own;
    if minor_fits && patch_fits {
        return Ok(own);
    }
    let has = pyodide.map_or_else(
        || own_python(row),
        |release| describe_pyodide(Some(&release.version)),
    );
    Err(EnvironmentError::PythonNotOfTarget {
        target: target.name(),
        python,
        has,
    })
}

pub(crate) fn own_python(row: &TargetRow) -> String {
    row.only.map(|python| python.full()).unwrap_or_default()
}

/// Which CPython which release of Pyodide has: of one release, or of the newest of each minor.
pub(crate) fn describe_pyodide(version: Option<&str>) -> String {
    let describe =
        |release: &PyodideRelease| format!("{} in Pyodide {}", release.python, release.version);
    if let Some(release) = version.and_then(|version| PyodideRelease::find(version).ok()) {
        return describe(release);
    }
    let newest = PyodideRelease::released()
        .filter(|release| PyodideRelease::newest_of(release.minor()) == Some(*release));
    newest.map(describe).collect::<Vec<_>>().join(", ")
}
