//! What is compiled, and for what.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tag_matrix::PyodideRelease;

use crate::BuildError;
use crate::version::Version;

/// The first Emscripten whose exceptions are wasm's own. Before it Pyodide had those of
/// JavaScript, which only emcc can make.
const WASM_EXCEPTIONS: Version = Version::new(4, 0, 0);

/// An extension module of CPython.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The name it is imported by, `demo._fast`.
    pub name: String,
    /// What it is written in.
    pub kind: Kind,
}

/// What an extension module is written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// C or C++, by the endings of the files.
    C(CCode),
    /// A crate of PyO3.
    Rust(RustCode),
}

/// Files of C or C++.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CCode {
    /// The folder that the other paths are relative to; no part of it gets into the output.
    pub root: PathBuf,
    /// The files, in the order in which they are linked.
    pub sources: Vec<PathBuf>,
    /// Folders of headers.
    pub include_dirs: Vec<PathBuf>,
    /// Macros, `NAME` or `NAME=VALUE`.
    pub defines: Vec<String>,
    /// The oldest CPython of the limited API, `(3, 9)`; `None` for the full one.
    pub limited_api: Option<(u8, u8)>,
}

/// A crate of PyO3, whose library is a `cdylib`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RustCode {
    /// The folder of its `Cargo.toml`.
    pub crate_dir: PathBuf,
    /// Features to switch on.
    pub features: Vec<String>,
    /// Whether it uses the limited API (a feature `abi3-…` of PyO3).
    pub limited_api: bool,
}

/// What an extension module is compiled for.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The newest final release of the platform.
    pub release: &'static PyodideRelease,
    /// The folder of that release of the npm package `pyodide`, where it is known. Needed for C
    /// code that uses the full API.
    pub pyodide: Option<&'a Path>,
}

/// What a build works with.
#[derive(Debug, Clone, Copy)]
pub struct Work<'a> {
    /// A folder to write to: a temporary one, or one that is kept to make the next build of a
    /// crate faster.
    pub folder: &'a Path,
    /// A command that calls [`link_side_module`](crate::link_side_module) with the arguments that
    /// follow. Needed for Rust.
    pub driver: &'a [OsString],
}

/// A side module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The file.
    pub bytes: Vec<u8>,
    /// What follows the last part of the module's name in the file's: `.abi3.so`, or
    /// `.cpython-313-wasm32-emscripten.so`.
    pub suffix: String,
    /// The tools that made it, `clang 19.1.7`.
    pub tools: Vec<String>,
}

impl Source {
    /// The last part of the name.
    pub fn stem(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }

    /// The function that CPython calls to import it.
    pub fn init_function(&self) -> String {
        format!("PyInit_{}", self.stem())
    }

    /// Whether it uses the limited API, which later CPythons have too.
    pub fn is_limited(&self) -> bool {
        match &self.kind {
            Kind::C(code) => code.limited_api.is_some(),
            Kind::Rust(code) => code.limited_api,
        }
    }

    /// The end of the file's name for that release.
    pub fn suffix(&self, release: &PyodideRelease) -> String {
        if self.is_limited() {
            ".abi3.so".to_owned()
        } else {
            let minor = release.minor();
            format!(
                ".cpython-{}{}-wasm32-emscripten.so",
                minor.major, minor.minor
            )
        }
    }

    /// Finds what cannot work before anything is started.
    pub(crate) fn check(&self, place: &Place<'_>) -> Result<(), BuildError> {
        let is_word = |part: &str| {
            part.chars()
                .next()
                .is_some_and(|first| first == '_' || first.is_ascii_alphabetic())
                && part.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
        };
        if !self.name.split('.').all(is_word) {
            return Err(BuildError::BadName {
                name: self.name.clone(),
            });
        }
        let Kind::C(code) = &self.kind else {
            return Ok(());
        };
        if code.sources.is_empty() {
            return Err(BuildError::NoSources {
                name: self.name.clone(),
            });
        }
        let minor = place.release.minor();
        match &code.limited_api {
            Some((major, wanted)) if (u32::from(*major), u32::from(*wanted)) < (3, 9) => {
                Err(BuildError::LimitedApi {
                    name: self.name.clone(),
                    wanted: format!("{major}.{wanted}"),
                    reason: "the oldest that works here is 3.9".to_owned(),
                })
            }
            Some((major, wanted))
                if (u32::from(*major), u32::from(*wanted)) > (minor.major, minor.minor) =>
            {
                Err(BuildError::LimitedApi {
                    name: self.name.clone(),
                    wanted: format!("{major}.{wanted}"),
                    reason: format!(
                        "Pyodide {} is CPython {minor}, which does not have it",
                        place.release.version
                    ),
                })
            }
            _ => Ok(()),
        }
    }
}

/// Whether code of this release unwinds by wasm's own exceptions.
pub(crate) fn has_wasm_exceptions(release: &PyodideRelease) -> bool {
    Version::find_in(&release.emscripten).is_some_and(|version| version >= WASM_EXCEPTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(version: &str) -> Place<'static> {
        Place {
            release: PyodideRelease::find(version).unwrap(),
            pyodide: None,
        }
    }

    fn source(name: &str, limited_api: Option<(u8, u8)>) -> Source {
        Source {
            name: name.to_owned(),
            kind: Kind::C(CCode {
                sources: vec![PathBuf::from("a.c")],
                limited_api,
                ..CCode::default()
            }),
        }
    }

    #[test]
    fn names_of_the_file_and_of_its_function() {
        let limited = source("demo._fast", Some((3, 9)));
        assert_eq!(limited.init_function(), "PyInit__fast");
        assert_eq!(limited.suffix(place("0.29.5").release), ".abi3.so");
        let full = source("fast", None);
        assert_eq!(full.init_function(), "PyInit_fast");
        assert_eq!(
            full.suffix(place("314.0.7").release),
            ".cpython-314-wasm32-emscripten.so"
        );
    }

    #[test]
    fn what_cannot_work_is_said_at_once() {
        let said = |source: &Source, release: &str| {
            source
                .check(&place(release))
                .err()
                .map(|error| error.to_string())
        };
        assert_eq!(said(&source("demo._fast", Some((3, 13))), "0.29.5"), None);
        for name in ["", "demo.", "1a", "a-b", "é"] {
            assert!(said(&source(name, None), "0.29.5").is_some(), "{name}");
        }
        assert_eq!(
            said(&source("fast", Some((3, 14))), "0.29.5").unwrap(),
            "fast asks for the limited API of 3.14: Pyodide 0.29.5 is CPython 3.13, which does \
             not have it; ask for another"
        );
        assert!(said(&source("fast", Some((3, 8))), "0.29.5").is_some());
        let empty = Source {
            name: "fast".to_owned(),
            kind: Kind::C(CCode::default()),
        };
        assert!(said(&empty, "0.29.5").is_some());
    }

    #[test]
    fn exceptions_by_release() {
        assert!(!has_wasm_exceptions(place("0.27.7").release));
        assert!(has_wasm_exceptions(place("0.29.5").release));
        assert!(has_wasm_exceptions(place("314.0.7").release));
    }
}
