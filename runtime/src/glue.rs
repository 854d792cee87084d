//! The Python and JavaScript sides of the bridge, put on disk where an interpreter finds them.

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

/// The files of the JavaScript side, by name: what a page attaches with, and the driver for Node.
const JS_FILES: [(&str, &str); 2] = [
    ("mochi-runtime.mjs", include_str!("../js/mochi-runtime.mjs")),
    ("node-driver.mjs", include_str!("../js/node-driver.mjs")),
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
