//! What can be wrong with a target, a Python, a floor, or their combination.

use crate::PythonVersion;

/// Why there is no such environment. Every message names the thing and what there is instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvironmentError {
    /// No row of the table has this name.
    #[error("there is no target `{name}`; {}", hint(.nearest.as_deref(), "`mochi py targets` lists them"))]
    UnknownTarget {
        /// The name as given.
        name: String,
        /// The nearest known name, if one is near.
        nearest: Option<String>,
    },
    /// Not `<target>-cp<XY>`.
    #[error(
        "`{name}` is not the name of an environment; write `<target>-cp<XY>`, such as `linux-x64-cp313`"
    )]
    InvalidName {
        /// The name as given.
        name: String,
    },
    /// Not a Python version.
    #[error("`{text}` is not a Python version; write `3.13`, `3.13.5` or, free-threaded, `3.13t`")]
    InvalidPython {
        /// The text as given.
        text: String,
    },
    /// A CPython that the table does not know.
    #[error("CPython {python} is not known; the table knows {oldest} to {newest}")]
    UnknownPython {
        /// The version as given.
        python: PythonVersion,
        /// The oldest minor of the table.
        oldest: PythonVersion,
        /// The newest minor of the table.
        newest: PythonVersion,
    },
    /// A minor, or a target, without a free-threaded build.
    #[error("there is no free-threaded CPython {} on {target}; write `{}`", .python.minor_only(), .python.with_gil())]
    NoFreethreaded {
        /// The target's name.
        target: &'static str,
        /// The version as given.
        python: PythonVersion,
    },
    /// A target that has Pythons of its own, and not this one.
    #[error("{target} has no CPython {python}; it has {has}")]
    PythonNotOfTarget {
        /// The target's name.
        target: &'static str,
        /// The version as given.
        python: PythonVersion,
        /// What the target has.
        has: String,
    },
    /// A target that has Pythons of its own, none of them admitted by `requires-python`.
    #[error("no CPython of {target} is admitted by `requires-python`; it has {has}")]
    NotAdmitted {
        /// The target's name.
        target: &'static str,
        /// What the target has.
        has: String,
    },
    /// Not a `major.minor` version.
    #[error("`{text}` is not a version such as `2.28`")]
    InvalidFloor {
        /// The text as given.
        text: String,
    },
    /// A floor that means nothing on this target.
    #[error("{target} has no {floor} version to set; {has}")]
    FloorNotOfTarget {
        /// The target's name.
        target: &'static str,
        /// The floor that was set.
        floor: &'static str,
        /// What can be set instead.
        has: String,
    },
    /// A floor that is out of the range for which there are tags.
    #[error("{floor} {value} is out of range for {target}; set {lowest} to {highest}")]
    FloorOutOfRange {
        /// The target's name.
        target: &'static str,
        /// The floor that was set.
        floor: &'static str,
        /// The version as given.
        value: String,
        /// The lowest version with a tag.
        lowest: String,
        /// The highest version that is taken.
        highest: String,
    },
    /// A Pyodide release that the table does not know.
    #[error("Pyodide {release} is not known; {}", hint(.nearest.as_deref(), "see the table's data"))]
    UnknownPyodide {
        /// The release as given.
        release: String,
        /// The nearest known release, if one is near.
        nearest: Option<String>,
    },
}

fn hint(nearest: Option<&str>, otherwise: &str) -> String {
    nearest.map_or_else(
        || otherwise.to_owned(),
        |name| format!("the nearest is `{name}`"),
    )
}
