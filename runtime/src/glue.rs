//! The Python and JavaScript sides of the bridge, put on disk where an interpreter finds them.

use crate::RuntimeMode;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A file of the Python side, with its text.
macro_rules! glue {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../python/mochi_runtime/", $name)),
        )
    };
}

/// The files of `mochi_runtime`, by name.
const FILES: [(&str, &str); 17] = [
    glue!("__init__.py"),
    glue!("__init__.pyi"),
    glue!("_bridge.py"),
    glue!("_calls.py"),
    glue!("_codec.py"),
    glue!("_embedded.py"),
    glue!("_errors.py"),
    glue!("_limits.py"),
    glue!("_loops.py"),
    glue!("_poll_loop.py"),
    glue!("_pyodide.py"),
    glue!("_pyodide_hosts.py"),
    glue!("_wasi.py"),
    glue!("_wasi_stdlib.py"),
    glue!("py.typed"),
    glue!("pyodide_server.py"),
    glue!("subprocess_server.py"),
];

/// What serves Pyodide in Node, where no wheel runs it.
const NODE_SERVER: &str = "pyodide_server.py";

/// The files of the JavaScript side, by name: what a page attaches with, and the driver for Node.
const JS_FILES: [(&str, &str); 2] = [
    ("mochi-runtime.mjs", include_str!("../js/mochi-runtime.mjs")),
    ("node-driver.mjs", include_str!("../js/node-driver.mjs")),
];

/// The licences of both, by name.
const LICENSES: [(&str, &str); 2] = [
    ("LICENSE-APACHE", include_str!("../../LICENSE-APACHE")),
    ("LICENSE-MIT", include_str!("../../LICENSE-MIT")),
];

/// The glue cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the bridge's Python side cannot be written to `{}`: {source}", path.display())]
pub struct GlueError {
    /// The folder.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

/// The folder that goes onto an interpreter's path, named by what is in it.
#[derive(Debug, Clone)]
pub struct Glue {
    folder: PathBuf,
}

impl Glue {
    /// The names and contents of the files of Python.
    pub fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
        FILES.into_iter()
    }

    /// The names and contents of the files of JavaScript.
    pub fn js_files() -> impl Iterator<Item = (&'static str, &'static str)> {
        JS_FILES.into_iter()
    }

    /// The licences of the glue, by name: whoever carries it carries them.
    pub fn licenses() -> impl Iterator<Item = (&'static str, &'static str)> {
        LICENSES.into_iter()
    }

    /// The files of Python that a mode needs: what a wheel for a target of that mode vendors. A
    /// wheel for every operating system has the two modes of these, `embedded` and `subprocess`.
    pub fn files_of(mode: RuntimeMode) -> impl Iterator<Item = (&'static str, &'static str)> {
        FILES.into_iter().filter(move |(name, _)| {
            let native = matches!(name, &"_embedded.py" | &"subprocess_server.py");
            let pyodide = name.starts_with("_pyodide");
            let wasi = name.starts_with("_wasi") || *name == "_poll_loop.py";
            match mode {
                RuntimeMode::Pyodide => pyodide || !(native || wasi || *name == NODE_SERVER),
                RuntimeMode::Wasi => wasi || !(native || pyodide || *name == NODE_SERVER),
                _ => native || !(pyodide || wasi || *name == NODE_SERVER),
            }
        })
    }

    /// The files of JavaScript that a mode needs.
    pub fn js_files_of(mode: RuntimeMode) -> impl Iterator<Item = (&'static str, &'static str)> {
        let attaches = mode == RuntimeMode::Pyodide;
        let page = |(name, _): &(&str, &str)| *name == "mochi-runtime.mjs";
        JS_FILES.into_iter().filter(page).filter(move |_| attaches)
    }

    /// Puts the glue below `cache`, where it is not there yet. It is written to a temporary folder
    /// and renamed, so that processes may do so at once.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn place(cache: &Path) -> Result<Self, GlueError> {
        let folder = cache.join("glue-v1").join(digest());
        if folder.is_dir() {
            return Ok(Self { folder });
        }
        let write = || -> io::Result<()> {
            let parent = cache.join("glue-v1");
            fs::create_dir_all(&parent)?;
            let temporary = tempfile::Builder::new().prefix(".").tempdir_in(&parent)?;
            let package = temporary.path().join("mochi_runtime");
            fs::create_dir(&package)?;
            for (name, text) in FILES {
                fs::write(package.join(name), text)?;
            }
            for (name, text) in JS_FILES {
                fs::write(temporary.path().join(name), text)?;
            }
            match fs::rename(temporary.path(), &folder) {
                // Another process was faster.
                Err(_) if folder.is_dir() => Ok(()),
                done => done,
            }
        };
        match write() {
            Ok(()) => Ok(Self { folder }),
            Err(source) => Err(GlueError {
                path: folder,
                source,
            }),
        }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// What Node runs for the pyodide mode.
    pub(crate) fn driver(&self) -> PathBuf {
        self.folder.join("node-driver.mjs")
    }
}

fn digest() -> String {
    let files = FILES.into_iter().chain(JS_FILES);
    hex_digest(files.flat_map(|(name, text)| [name, text]))
}

/// The SHA-256 of parts, which are told apart, as 40 hexadecimal digits.
pub(crate) fn hex_digest<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        let part = part.as_ref();
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize()[..20]
        .iter()
        .fold(String::new(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The modules of the glue that a file imports when it is imported itself.
    fn imports(text: &str) -> impl Iterator<Item = String> {
        text.lines().flat_map(|line| {
            let modules = match (
                line.strip_prefix("from . import "),
                line.strip_prefix("from ."),
            ) {
                (Some(names), _) => names.split(", ").map(str::to_owned).collect(),
                (None, Some(rest)) => vec![rest.split(' ').next().unwrap_or_default().to_owned()],
                (None, None) => Vec::new(),
            };
            modules.into_iter().map(|module| format!("{module}.py"))
        })
    }

    #[test]
    fn what_a_mode_needs_is_whole_and_no_more() {
        for mode in RuntimeMode::ALL {
            let names: BTreeSet<&str> = Glue::files_of(mode).map(|(name, _)| name).collect();
            for (name, text) in Glue::files_of(mode) {
                for imported in imports(text) {
                    assert!(
                        names.contains(&*imported),
                        "{mode}: {name} imports {imported}"
                    );
                }
            }
            let has = |name| names.contains(name);
            let native = matches!(mode, RuntimeMode::Embedded | RuntimeMode::Subprocess);
            assert_eq!(has("subprocess_server.py"), native, "{mode}");
            assert_eq!(has("_pyodide.py"), mode == RuntimeMode::Pyodide, "{mode}");
            assert_eq!(has("_wasi.py"), mode == RuntimeMode::Wasi, "{mode}");
            let scripts = Glue::js_files_of(mode).count();
            assert_eq!(scripts, usize::from(mode == RuntimeMode::Pyodide));
        }
        let all: BTreeSet<&str> = RuntimeMode::ALL
            .into_iter()
            .flat_map(|mode| Glue::files_of(mode).map(|(name, _)| name))
            .collect();
        assert_eq!(all.len() + 1, Glue::files().count());
    }
}
