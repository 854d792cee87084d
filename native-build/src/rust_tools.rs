//! The Rust that the machine has.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::machine::{Machine, program_in};
use crate::toolchain::version_of;
use crate::version::Version;
use crate::{BuildError, process};

/// The target of Pyodide.
pub(crate) const TARGET: &str = "wasm32-unknown-emscripten";

/// The first Rust whose code for Emscripten unwinds by wasm's own exceptions, as Pyodide does.
const OLDEST: Version = Version::new(1, 93, 0);

/// Where the standard library comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Std {
    /// It is there, compiled.
    Compiled,
    /// Its sources are there: cargo compiles them too.
    Sources,
}

/// A Rust that can build for Pyodide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rust {
    pub(crate) rustc: PathBuf,
    pub(crate) cargo: PathBuf,
    pub(crate) version: Version,
    pub(crate) sysroot: PathBuf,
    pub(crate) std: Std,
}

impl Rust {
    pub(crate) fn find(machine: &Machine, crate_dir: &Path) -> Result<Self, BuildError> {
        let find = |named: &Option<PathBuf>, what: &'static str, variable: &'static str| {
            named
                .clone()
                .or_else(|| machine.program(what))
                .ok_or_else(|| BuildError::NoRust {
                    what,
                    crate_dir: crate_dir.to_path_buf(),
                    looked: format!("{variable} and {} folders of the PATH", machine.path.len()),
                    variable,
                })
        };
        let rustc = find(&machine.rustc, "rustc", "RUSTC")?;
        let cargo = find(&machine.cargo, "cargo", "CARGO")?;
        let version = version_of(&rustc, &["--version"], Version::find_in)?;
        if version < OLDEST {
            return Err(BuildError::TooOld {
                program: rustc,
                found: version,
                needed: format!("{OLDEST} or later"),
                next: "run `rustup update`, or set RUSTC to a newer one",
            });
        }
        let sysroot = sysroot(&rustc)?;
        let std = std_of(&sysroot).ok_or_else(|| BuildError::NoStd {
            rustc: rustc.clone(),
            version,
            sysroot: sysroot.clone(),
        })?;
        Ok(Self {
            rustc,
            cargo,
            version,
            sysroot,
            std,
        })
    }
}

fn sysroot(rustc: &Path) -> Result<PathBuf, BuildError> {
    let said = process::ask(Command::new(rustc).args(["--print", "sysroot"]))?;
    let line = said.stdout.trim();
    if said.succeeded && !line.is_empty() {
        return Ok(PathBuf::from(line));
    }
    Err(BuildError::NotUsable {
        program: rustc.to_path_buf(),
        detail: format!("asked for its sysroot it said: {}", said.words()),
    })
}

/// What a sysroot has of the standard library.
fn std_of(sysroot: &Path) -> Option<Std> {
    let rustlib = sysroot.join("lib/rustlib");
    if rustlib.join(TARGET).join("lib").is_dir() {
        Some(Std::Compiled)
    } else if rustlib.join("src/rust/library/Cargo.lock").is_file() {
        Some(Std::Sources)
    } else {
        None
    }
}

/// The lld in the folder of a Rust.
pub(crate) fn rust_lld_in(sysroot: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(sysroot.join("lib/rustlib")).ok()?;
    entries
        .flatten()
        .find_map(|entry| program_in(&entry.path().join("bin"), "rust-lld"))
}

/// The lld of the Rust of the machine.
pub(crate) fn rust_lld(machine: &Machine) -> Option<PathBuf> {
    let rustc = machine.rustc.clone().or_else(|| machine.program("rustc"))?;
    rust_lld_in(&sysroot(&rustc).ok()?)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn where_std_comes_from() {
        let sysroot = tempfile::tempdir().unwrap();
        let rustlib = sysroot.path().join("lib/rustlib");
        assert_eq!(std_of(sysroot.path()), None);
        fs::create_dir_all(rustlib.join("src/rust/library")).unwrap();
        assert_eq!(std_of(sysroot.path()), None);
        fs::write(rustlib.join("src/rust/library/Cargo.lock"), "").unwrap();
        assert_eq!(std_of(sysroot.path()), Some(Std::Sources));
        fs::create_dir_all(rustlib.join(TARGET).join("lib")).unwrap();
        assert_eq!(std_of(sysroot.path()), Some(Std::Compiled));
        assert_eq!(rust_lld_in(sysroot.path()), None);
    }
}
