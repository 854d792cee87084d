//! A sample package in a folder of its own.

use serde_json::Value;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder that a variable of the environment names.
pub(crate) fn named(variable: &str) -> PathBuf {
    let path = std::env::var_os(variable);
    path.unwrap_or_else(|| panic!("{variable} is not set: run scripts/test, which sets it"))
        .into()
}

pub(crate) struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// A copy of a sample.
    pub(crate) fn sample(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let sample = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/packages")
            .join(name);
        copy(&sample, folder.path());
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn dist(&self) -> PathBuf {
        self.path().join("dist")
    }

    /// `mochi py …`, here.
    pub(crate) fn mochi<W: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = W>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mochi"));
        command
            .arg("py")
            .args(words)
            .current_dir(self.path())
            .env("MOCHI_CACHE_DIR", self.path().join(".cache"))
            .env_remove("MOCHI_INDEX_URL")
            .env_remove("SOURCE_DATE_EPOCH");
        command
    }

    /// Builds with the compilers that `scripts/referee` has installed.
    pub(crate) fn build_native<W: AsRef<OsStr>>(
        &self,
        words: impl IntoIterator<Item = W>,
    ) -> Vec<PathBuf> {
        let mut command = self.mochi(["build", "--json"]);
        command
            .args(words)
            .env("RUSTC", named("MOCHI_REFEREE_RUSTC"))
            .env("CARGO", named("MOCHI_REFEREE_CARGO"));
        self.paths(&done(&mut command))
    }

    /// Builds, and gives the paths of the distributions.
    pub(crate) fn build<W: AsRef<OsStr>>(
        &self,
        words: impl IntoIterator<Item = W>,
    ) -> Vec<PathBuf> {
        let mut command = self.mochi(["build", "--json"]);
        self.paths(&done(command.args(words)))
    }

    /// The paths of the distributions that a build told of.
    fn paths(&self, output: &Output) -> Vec<PathBuf> {
        let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let made = told["distributions"].as_array().expect("a list");
        let path = |made: &Value| self.path().join(made["path"].as_str().expect("a path"));
        made.iter().map(path).collect()
    }
}

/// Runs a command that must not fail.
pub(crate) fn done(command: &mut Command) -> Output {
    let output = command.output().expect("it runs");
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
