//! The folders that the parts of a package go to: `sysconfig`'s installation scheme.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// An installation scheme, as absolute paths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheme {
    /// Pure Python packages: `site-packages`.
    pub purelib: PathBuf,
    /// Packages with compiled parts; mostly the same folder.
    pub platlib: PathBuf,
    /// Commands: `bin`, or `Scripts` on Windows.
    pub scripts: PathBuf,
    /// The root of everything else (`share/man` and the like): the prefix.
    pub data: PathBuf,
    /// C headers; each package gets a folder of its name in it.
    pub headers: PathBuf,
}

impl Scheme {
    /// The scheme of a venv at `prefix`. `lib` is its folder of libraries, such as
    /// `lib/python3.13`, and `python` the last part of that name.
    pub(crate) fn of_venv(prefix: &Path, python: &str, windows: bool) -> Self {
        let (purelib, scripts) = if windows {
            (
                prefix.join("Lib").join("site-packages"),
                prefix.join("Scripts"),
            )
        } else {
            let library = prefix.join("lib").join(python);
            (library.join("site-packages"), prefix.join("bin"))
        };
        Self {
            platlib: purelib.clone(),
            purelib,
            scripts,
            data: prefix.to_path_buf(),
            headers: prefix.join("include").join("site").join(python),
        }
    }

    /// A plain folder with everything in it, as `pip install --target` fills it; commands go to
    /// its `bin`.
    pub fn of_folder(folder: &Path) -> Self {
        Self {
            purelib: folder.to_path_buf(),
            platlib: folder.to_path_buf(),
            scripts: folder.join("bin"),
            data: folder.to_path_buf(),
            headers: folder.join("include"),
        }
    }
}
