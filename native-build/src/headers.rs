//! The headers of a build: CPython's with a `pyconfig.h` for wasm32, and a libc's.

use std::fs;
use std::path::{Path, PathBuf};

use crate::flags::Compiler;
use crate::machine::Machine;
use crate::python::Python;
use crate::toolchain::{Pythons, Toolchain};
use crate::{BuildError, Place, Source, libcxx, musl, pyconfig, wasi};

/// Makes a folder of CPython's headers with the right `pyconfig.h`. It is a copy: `Python.h` reads
/// the `pyconfig.h` beside it before any other.
pub(crate) fn python(
    source: &Source,
    place: &Place<'_>,
    (machine, pythons): (&Machine, &Pythons),
    folder: &Path,
) -> Result<(), BuildError> {
    let minor = place.release.minor();
    let (found, failed) = pythons.of(machine);
    let fits = |python: &&Python| {
        python.cpython
            && python.include.is_some()
            && if source.is_limited() {
                python.version >= (3, 9)
            } else {
                python.version == (minor.major, minor.minor)
            }
    };
    let chosen = found.iter().find(fits);
    let (python, include) = chosen
        .and_then(|python| Some((python, python.include.as_ref()?)))
        .ok_or_else(|| BuildError::NoPythonHeaders {
            name: source.name.clone(),
            wanted: if source.is_limited() {
                "CPython 3.9 or later".to_owned()
            } else {
                format!("CPython {minor}")
            },
            looked: found
                .iter()
                .map(Python::title)
                .chain(failed.iter().cloned())
                .collect(),
        })?;
    let text = if source.is_limited() {
        pyconfig::limited()
    } else {
        let pyodide = place.pyodide.ok_or_else(|| BuildError::NoPyodide {
            name: source.name.clone(),
            release: place.release.version.clone(),
        })?;
        let (values, names) = python.config(&pyodide.join("python_stdlib.zip"))?;
        pyconfig::full(&values, &names)
    };
    copy(include, folder, 0)?;
    write(&folder.join("pyconfig.h"), &text)
}

/// The deepest that headers of CPython are nested: `internal/mimalloc/mimalloc`.
const DEEPEST: usize = 5;

fn copy(from: &Path, to: &Path, depth: usize) -> Result<(), BuildError> {
    fs::create_dir_all(to).map_err(BuildError::disk("make", to))?;
    for entry in fs::read_dir(from).map_err(BuildError::disk("read", from))? {
        let entry = entry.map_err(BuildError::disk("read", from))?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            if depth < DEEPEST {
                copy(&path, &target, depth + 1)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "h")
            && entry.file_name() != "pyconfig.h"
        {
            // Not `fs::copy`: a header of the system may not be writable, and the copy is to be.
            let bytes = fs::read(&path).map_err(BuildError::disk("read", &path))?;
            fs::write(&target, bytes).map_err(BuildError::disk("write", &target))?;
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), BuildError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(BuildError::disk("make", folder))?;
    }
    fs::write(path, text).map_err(BuildError::disk("write", path))
}

/// The folders of a libc's headers, best first.
#[derive(Debug, Default)]
pub(crate) struct Libc {
    /// For both languages.
    pub(crate) system: Vec<PathBuf>,
    /// Those of C++, which have to come before them.
    pub(crate) cxx: Vec<PathBuf>,
}

/// Finds the headers of a libc; what of them is ours is written to `folder`.
pub(crate) fn libc(
    toolchain: &Toolchain,
    machine: &Machine,
    pythons: &Pythons,
    full_api: bool,
    folder: &Path,
) -> Result<Libc, BuildError> {
    if toolchain.compiler == Compiler::Emcc {
        return Ok(Libc::default());
    }
    let mut looked = Vec::new();
    let emsdk = machine
        .emsdk
        .iter()
        .map(|emsdk| emsdk.join("upstream/emscripten"));
    for root in machine.sysroot.iter().cloned().chain(emsdk) {
        if let Some(libc) = emscripten(&root) {
            return Ok(libc);
        }
        looked.push(format!("Emscripten's in {}", root.display()));
    }
    let zig_lib = || {
        let (found, _) = pythons.of(machine);
        let zig = found.iter().find_map(|python| python.zig.clone())?;
        Some(zig.parent()?.join("lib"))
    };
    if let Some(lib) = toolchain.zig_lib.clone().or_else(zig_lib)
        && lib.join("libc/musl/include").is_dir()
    {
        return zig(&lib, toolchain, folder);
    }
    looked.push("zig's".to_owned());
    for root in machine.wasi_headers.iter().filter(|_| !full_api) {
        if root.join("wasi/api.h").is_file() {
            write_all(folder, &wasi::headers())?;
            return Ok(Libc {
                system: vec![folder.to_path_buf(), root.clone()],
                cxx: Vec::new(),
            });
        }
        looked.push(format!("wasi-libc's in {}", root.display()));
    }
    Err(BuildError::NoLibcHeaders { looked, full_api })
}

fn write_all(folder: &Path, headers: &[(&'static str, String)]) -> Result<(), BuildError> {
    headers
        .iter()
        .try_for_each(|(path, text)| write(&folder.join(path), text))
}

/// zig's musl and, for zig, its libc++: another clang may be too old for that.
fn zig(lib: &Path, toolchain: &Toolchain, folder: &Path) -> Result<Libc, BuildError> {
    let (libc, cxx) = (folder.join("musl"), folder.join("libcxx"));
    write_all(&libc, &musl::headers())?;
    let mut found = Libc {
        system: vec![
            libc,
            lib.join("libc/include/generic-musl"),
            lib.join("libc/musl/include"),
        ],
        cxx: Vec::new(),
    };
    if matches!(toolchain.compiler, Compiler::Zig(_)) {
        write_all(&cxx, &libcxx::headers())?;
        found.cxx = vec![
            cxx,
            lib.join("libcxx/include"),
            lib.join("libcxxabi/include"),
        ];
    }
    Ok(found)
}

/// The folders of headers in an Emscripten: in its sources (`system`), or installed
/// (`cache/sysroot`).
fn emscripten(root: &Path) -> Option<Libc> {
    for system in [root.join("system"), root.to_path_buf()] {
        let musl = system.join("lib/libc/musl");
        if musl.join("include/stdio.h").is_file() {
            return Some(Libc {
                system: vec![
                    system.join("include/compat"),
                    system.join("include"),
                    musl.join("arch/emscripten"),
                    musl.join("arch/generic"),
                    musl.join("include"),
                ],
                cxx: vec![
                    system.join("lib/libcxx/include"),
                    system.join("lib/libcxxabi/include"),
                ],
            });
        }
    }
    for sysroot in [root.join("cache/sysroot"), root.to_path_buf()] {
        let include = sysroot.join("include");
        if include.join("stdio.h").is_file() && include.join("emscripten.h").is_file() {
            return Some(Libc {
                cxx: vec![include.join("c++/v1")],
                system: vec![include.join("compat"), include],
            });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_shapes_of_an_emscripten() {
        let folder = tempfile::tempdir().unwrap();
        let touch = |path: &str| write(&folder.path().join(path), "").unwrap();
        assert!(emscripten(folder.path()).is_none());

        touch("cache/sysroot/include/stdio.h");
        assert!(emscripten(folder.path()).is_none(), "a libc, but whose?");
        touch("cache/sysroot/include/emscripten.h");
        let sysroot = folder.path().join("cache/sysroot");
        for root in [folder.path(), sysroot.as_path()] {
            let found = emscripten(root).unwrap();
            assert_eq!(found.system.last().unwrap(), &sysroot.join("include"));
            assert_eq!(found.cxx, [sysroot.join("include/c++/v1")]);
        }

        touch("system/lib/libc/musl/include/stdio.h");
        let system = folder.path().join("system");
        for root in [folder.path(), system.as_path()] {
            let found = emscripten(root).unwrap();
            let musl = system.join("lib/libc/musl");
            assert_eq!(found.system.last().unwrap(), &musl.join("include"));
            assert_eq!(found.system[2], musl.join("arch/emscripten"));
        }
    }

    #[test]
    fn a_copy_has_headers_and_not_the_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        for path in ["Python.h", "pyconfig.h", "cpython/object.h", "notes.txt"] {
            write(&from.join(path), path).unwrap();
        }
        copy(&from, &to, 0).unwrap();
        assert_eq!(
            fs::read_to_string(to.join("cpython/object.h")).unwrap(),
            "cpython/object.h"
        );
        assert!(to.join("Python.h").is_file());
        assert!(!to.join("pyconfig.h").exists());
        assert!(!to.join("notes.txt").exists());
    }
}
