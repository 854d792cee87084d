//! What the targets lack of the standard library, as data (`data/lacks.toml`).

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;
use tag_matrix::Environment;

/// Why a module is of no use on a target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Lack {
    /// It cannot be imported.
    Missing,
    /// It is a package of the Pyodide release, which has to be required.
    Apart {
        /// The package.
        package: String,
    },
    /// It can be imported, but there are no threads.
    Threads,
    /// It can be imported, but there are no processes.
    Processes,
    /// It can be imported, but there are no sockets.
    Sockets,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the target does not have it"),
            Self::Apart { package } => {
                write!(f, "there only where `{package}` is required too")
            }
            Self::Threads => f.write_str("the target has no threads"),
            Self::Processes => f.write_str("the target has no processes"),
            Self::Sockets => f.write_str("the target has no sockets"),
        }
    }
}

#[derive(Deserialize)]
struct Table {
    inert: Inert,
    lacks: Vec<Row>,
}

#[derive(Deserialize)]
struct Inert {
    threads: Vec<String>,
    processes: Vec<String>,
    sockets: Vec<String>,
    harmless: Vec<String>,
}

#[derive(Deserialize)]
struct Row {
    target: String,
    platform: Option<String>,
    missing: Vec<String>,
    apart: BTreeMap<String, String>,
}

fn table() -> Option<&'static Table> {
    static TABLE: OnceLock<Option<Table>> = OnceLock::new();
    // A table that cannot be read is a failure of the tests below.
    TABLE
        .get_or_init(|| toml::from_str(include_str!("../data/lacks.toml")).ok())
        .as_ref()
}

impl Lack {
    /// What an environment lacks of what `module` names: a module, or a name in one
    /// (`concurrent.futures.ThreadPoolExecutor`). Native targets lack nothing.
    #[must_use]
    pub fn of(environment: &Environment, module: &str) -> Option<Self> {
        let table = table()?;
        let platform = environment
            .pyodide()
            .map(|release| release.platform.as_str());
        let row = table.lacks.iter().find(|row| {
            row.target == environment.target().name() && row.platform.as_deref() == platform
        })?;
        if row.missing.iter().any(|name| is_in(module, name)) {
            return Some(Self::Missing);
        }
        let apart = row.apart.iter().find(|(name, _)| is_in(module, name));
        if let Some((_, package)) = apart {
            let package = package.clone();
            return Some(Self::Apart { package });
        }
        if table.inert.harmless.iter().any(|name| is_in(module, name)) {
            return None;
        }
        let inert = [
            (Self::Threads, &table.inert.threads),
            (Self::Processes, &table.inert.processes),
            (Self::Sockets, &table.inert.sockets),
        ];
        let mut inert = inert.into_iter();
        let (lack, _) = inert.find(|(_, names)| names.iter().any(|name| is_in(module, name)))?;
        Some(lack)
    }

    /// Whether an environment lacks anything at all.
    #[must_use]
    pub fn any(environment: &Environment) -> bool {
        let lacking = |table: &Table| {
            let mut rows = table.lacks.iter();
            rows.any(|row| row.target == environment.target().name())
        };
        table().is_some_and(lacking)
    }
}

/// Whether `module` is `name`, or something in it.
fn is_in(module: &str, name: &str) -> bool {
    module
        .strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tag_matrix::{Floors, PyodideRelease, Target};

    fn pyodide(release: &str) -> Environment {
        let floors = Floors {
            pyodide: Some(release.to_owned()),
            ..Floors::default()
        };
        let python = PyodideRelease::find(release).unwrap().minor();
        Environment::new("wasm32-emscripten".parse().unwrap(), python, &floors).unwrap()
    }

    fn of(target: &str) -> Environment {
        let target: Target = target.parse().unwrap();
        let python = *target.pythons().iter().max().unwrap();
        Environment::new(target, python, &Floors::default()).unwrap()
    }

    #[test]
    fn what_is_lacked_where() {
        let apart = |package: &str| {
            let package = package.to_owned();
            Some(Lack::Apart { package })
        };
        for (environment, module, lack) in [
            (pyodide("0.29.5"), "fcntl", Some(Lack::Missing)),
            (pyodide("314.0.7"), "fcntl", None),
            (pyodide("0.29.5"), "dbm.gnu", Some(Lack::Missing)),
            (pyodide("0.29.5"), "dbmx", None),
            (pyodide("0.29.5"), "sqlite3.dbapi2", apart("sqlite3")),
            (pyodide("0.29.5"), "ssl", apart("ssl")),
            (pyodide("314.0.7"), "ssl", Some(Lack::Sockets)),
            (pyodide("314.0.7"), "lzma", None),
            (pyodide("0.27.8"), "threading", Some(Lack::Threads)),
            (pyodide("0.27.8"), "concurrent.futures", None),
            (
                pyodide("0.27.8"),
                "concurrent.futures.ThreadPoolExecutor",
                Some(Lack::Threads),
            ),
            (of("wasm32-wasip2"), "ctypes", Some(Lack::Missing)),
            (of("wasm32-wasip2"), "subprocess", Some(Lack::Processes)),
            (of("wasm32-wasip2"), "threading.Lock", None),
            (of("wasm32-wasip2"), "threading.Thread", Some(Lack::Threads)),
            (of("wasm32-wasip2"), "json", None),
            (of("linux-x64"), "winreg", None),
        ] {
            assert_eq!(Lack::of(&environment, module), lack, "{module}");
        }
        assert!(Lack::any(&pyodide("0.29.5")) && !Lack::any(&of("linux-x64")));
    }

    #[test]
    fn every_platform_of_the_table_has_its_row() {
        for release in PyodideRelease::all() {
            assert_eq!(
                Lack::of(&pyodide(&release.version), "tkinter"),
                Some(Lack::Missing),
                "{}",
                release.version
            );
        }
    }
}
