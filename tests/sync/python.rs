//! The Python of the tests, and what it says of an installation.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde::Deserialize;

/// The Python that is called `python3` here.
#[derive(Debug)]
pub(crate) struct Python {
    /// The interpreter itself, not one of a venv or a stand-in for it.
    pub(crate) executable: PathBuf,
    /// `3.11`.
    pub(crate) minor: String,
}

/// A package as [`Python`] finds it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Package {
    /// Its versions: one, unless it is there several times.
    pub(crate) versions: Vec<String>,
    /// What its `INSTALLER` says.
    pub(crate) installer: String,
    /// What of its `RECORD` does not hold.
    pub(crate) problems: Vec<String>,
}

/// A place as [`Python`] finds it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Installed {
    /// By normalised name.
    pub(crate) packages: BTreeMap<String, Package>,
    /// Files and empty folders that are no package's.
    pub(crate) stray: BTreeSet<String>,
}

impl Installed {
    /// Names and versions, where everything is as the packages' RECORDs say.
    pub(crate) fn whole(&self) -> BTreeMap<&str, &str> {
        assert!(self.stray.is_empty(), "no package's: {:?}", self.stray);
        for (name, package) in &self.packages {
            assert!(
                package.problems.is_empty() && package.versions.len() == 1,
                "{name}: {package:?}"
            );
        }
        let packages = self.packages.iter();
        packages
            .map(|(name, package)| (name.as_str(), package.versions[0].as_str()))
            .collect()
    }
}

/// The Python of the tests.
pub(crate) fn python() -> &'static Python {
    static PYTHON: OnceLock<Python> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let code = "import sys\n\
                    print(getattr(sys, '_base_executable', sys.executable))\n\
                    print('%d.%d' % sys.version_info[:2])";
        let output = Command::new("python3").args(["-I", "-c", code]).output();
        let output =
            output.unwrap_or_else(|e| panic!("these tests need a `python3` on the PATH: {e}"));
        assert!(
            output.status.success(),
            "`python3` does not run: {output:?}"
        );
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let (executable, minor) = text.trim().split_once('\n').expect("two lines");
        Python {
            executable: executable.into(),
            minor: minor.into(),
        }
    })
}

/// What is installed below `root` (a venv, or a plain folder).
pub(crate) fn inspect(root: &Path) -> Installed {
    let mut command = Command::new(&python().executable);
    command.args(["-I", "-B", "-c", include_str!("inspect.py")]);
    let text = text_of(command.arg(root));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// What a command prints on stdout; it must succeed.
pub(crate) fn text_of(command: &mut Command) -> String {
    let output = done(command);
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What becomes of a command.
pub(crate) fn done(command: &mut Command) -> Output {
    command
        .output()
        .unwrap_or_else(|e| panic!("{command:?} cannot be started: {e}"))
}
