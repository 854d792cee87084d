//! The C compiler and the linker that the machine has.

use std::cell::OnceCell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use tag_matrix::PyodideRelease;

use crate::flags::Compiler;
use crate::machine::{Machine, program_in};
use crate::process;
use crate::python::Python;
use crate::version::Version;
use crate::{BuildError, rust_tools};

/// The oldest clang and lld that are known to work.
const OLDEST: Version = Version::new(19, 0, 0);

/// The clangs and linkers with a number in their names that are looked for, newest first.
const NUMBERED: std::ops::RangeInclusive<u32> = 19..=22;

/// What was found of [`Machine::pythons`], asked once and only when it is needed.
#[derive(Debug, Default)]
pub(crate) struct Pythons(OnceCell<(Vec<Python>, Vec<String>)>);

impl Pythons {
    /// Those that answered, and what the others said.
    pub(crate) fn of(&self, machine: &Machine) -> &(Vec<Python>, Vec<String>) {
        self.0.get_or_init(|| {
            let mut found = Vec::new();
            let mut failed = Vec::new();
            for program in &machine.pythons {
                match Python::probe(program) {
                    Ok(python) => found.push(python),
                    Err(error) => failed.push(error.to_string()),
                }
            }
            (found, failed)
        })
    }
}

/// A C compiler with its linker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// The compiler.
    pub(crate) program: PathBuf,
    pub(crate) compiler: Compiler,
    /// The linker and its first words; empty for emcc, which links itself.
    pub(crate) linker: Vec<OsString>,
    /// The folder of zig's libraries.
    pub(crate) zig_lib: Option<PathBuf>,
    /// Names and versions, `clang 19.1.7`.
    pub tools: Vec<String>,
}

impl Toolchain {
    /// The toolchain that a build of C for that release would use.
    ///
    /// # Errors
    /// [`BuildError::NoCompiler`] and its like, with what was looked for.
    pub fn find(machine: &Machine, release: &PyodideRelease) -> Result<Self, BuildError> {
        Self::find_with(machine, release, &Pythons::default())
    }

    /// The emcc of the release, unless `MOCHI_CC` wants something else.
    pub(crate) fn emcc(machine: &Machine, release: &PyodideRelease) -> Option<Self> {
        match &machine.compiler {
            None => emcc(machine, release, &mut Vec::new()),
            Some(_) => Self::find(machine, release)
                .ok()
                .filter(|found| found.compiler == Compiler::Emcc),
        }
    }

    pub(crate) fn find_with(
        machine: &Machine,
        release: &PyodideRelease,
        pythons: &Pythons,
    ) -> Result<Self, BuildError> {
        if let Some(choice) = &machine.compiler {
            return chosen(machine, release, pythons, choice);
        }
        let mut looked = Vec::new();
        if let Some(emcc) = emcc(machine, release, &mut looked) {
            return Ok(emcc);
        }
        if let Some(clang) = clang_on_path(machine, pythons, &mut looked) {
            return Ok(clang);
        }
        if let Some(zig) = any_zig(machine, pythons, &mut looked) {
            return Ok(zig);
        }
        Err(BuildError::NoCompiler { looked })
    }
}

/// The compiler that `MOCHI_CC` names.
fn chosen(
    machine: &Machine,
    release: &PyodideRelease,
    pythons: &Pythons,
    choice: &str,
) -> Result<Toolchain, BuildError> {
    let bad = |reason: String| BuildError::BadChoice {
        value: choice.to_owned(),
        reason,
    };
    let path = Path::new(choice);
    let name = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or("");
    let program = if path.components().count() > 1 {
        Some(path.to_path_buf()).filter(|path| path.is_file())
    } else {
        machine.program(choice)
    };
    let missing = || bad("there is no such program".to_owned());
    if name.starts_with("emcc") {
        let emsdk = || program_in(&machine.emsdk.as_ref()?.join("upstream/emscripten"), "emcc");
        let program = program.or_else(emsdk).ok_or_else(missing)?;
        return match emcc_at(&program, release)? {
            Ok(emcc) => Ok(emcc),
            Err(found) => Err(BuildError::TooOld {
                program,
                found,
                needed: format!("exactly {}", release.emscripten),
                next: "install that version with emsdk, or unset MOCHI_CC",
            }),
        };
    }
    if name.starts_with("clang") {
        return clang_at(machine, pythons, &program.ok_or_else(missing)?);
    }
    if name.contains("zig") {
        let mut looked = Vec::new();
        return match program {
            Some(program) => zig_at(&program),
            None => any_zig(machine, pythons, &mut looked)
                .ok_or_else(|| bad(format!("there is no zig ({})", looked.join("; ")))),
        };
    }
    Err(bad("that is none of emcc, clang and zig".to_owned()))
}

fn emcc(
    machine: &Machine,
    release: &PyodideRelease,
    looked: &mut Vec<String>,
) -> Option<Toolchain> {
    looked.push(format!(
        "emcc {} on the PATH and in EMSDK",
        release.emscripten
    ));
    let emsdk = machine
        .emsdk
        .iter()
        .filter_map(|emsdk| program_in(&emsdk.join("upstream/emscripten"), "emcc"));
    for program in machine.program("emcc").into_iter().chain(emsdk) {
        match emcc_at(&program, release) {
            Ok(Ok(emcc)) => return Some(emcc),
            Ok(Err(found)) => looked.push(format!("{} is {found}", program.display())),
            Err(error) => looked.push(error.to_string()),
        }
    }
    None
}

/// An emcc, if it is that of the release; else its version.
fn emcc_at(
    program: &Path,
    release: &PyodideRelease,
) -> Result<Result<Toolchain, Version>, BuildError> {
    let version = version_of(program, &["--version"], Version::find_in)?;
    if version.to_string() != release.emscripten {
        return Ok(Err(version));
    }
    Ok(Ok(Toolchain {
        program: program.to_path_buf(),
        compiler: Compiler::Emcc,
        linker: Vec::new(),
        zig_lib: None,
        tools: vec![format!("emcc {version}")],
    }))
}

fn clang_on_path(
    machine: &Machine,
    pythons: &Pythons,
    looked: &mut Vec<String>,
) -> Option<Toolchain> {
    looked.push(format!(
        "clang {} or later on the PATH, with a wasm-ld",
        OLDEST.major
    ));
    let numbered = NUMBERED.rev().map(|number| format!("clang-{number}"));
    for name in std::iter::once("clang".to_owned()).chain(numbered) {
        if let Some(program) = machine.program(&name) {
            match clang_at(machine, pythons, &program) {
                Ok(clang) => return Some(clang),
                Err(error) => looked.push(error.to_string()),
            }
        }
    }
    None
}

fn clang_at(machine: &Machine, pythons: &Pythons, program: &Path) -> Result<Toolchain, BuildError> {
    let version = version_of(program, &["--version"], |text| {
        Version::after(text, "clang version")
    })?;
    if version < OLDEST {
        return Err(BuildError::TooOld {
            program: program.to_path_buf(),
            found: version,
            needed: format!("{} or later", OLDEST.major),
            next: "install a newer clang and its lld, or `pip install ziglang`",
        });
    }
    // Apple's makes nothing for wasm.
    let targets = process::ask(Command::new(program).arg("--print-targets"))?.stdout;
    if !targets.contains("wasm32") {
        return Err(BuildError::NotUsable {
            program: program.to_path_buf(),
            detail: "`--print-targets` does not name wasm32".to_owned(),
        });
    }
    // clang-19 may be a link into the folder of its own wasm-ld.
    let beside = program
        .canonicalize()
        .ok()
        .and_then(|real| program_in(real.parent()?, "wasm-ld"));
    let (linker, name) = find_linker(machine, pythons, beside, Some(version.major))?;
    Ok(Toolchain {
        program: program.to_path_buf(),
        compiler: Compiler::Clang(version),
        linker,
        zig_lib: None,
        tools: vec![format!("clang {version}"), name],
    })
}

fn any_zig(machine: &Machine, pythons: &Pythons, looked: &mut Vec<String>) -> Option<Toolchain> {
    looked.push("zig on the PATH".to_owned());
    let (found, failed) = pythons.of(machine);
    looked.push(format!("ziglang in {} Pythons", found.len() + failed.len()));
    looked.extend(failed.iter().take(2).cloned());
    let of_pythons = found.iter().filter_map(|python| python.zig.clone());
    for program in of_pythons.chain(machine.program("zig")) {
        match zig_at(&program) {
            Ok(zig) => return Some(zig),
            Err(error) => looked.push(error.to_string()),
        }
    }
    None
}

fn zig_at(program: &Path) -> Result<Toolchain, BuildError> {
    let version = version_of(program, &["version"], Version::find_in)?;
    let clang = version_of(program, &["cc", "--version"], |text| {
        Version::after(text, "clang version")
    })?;
    if clang < OLDEST {
        return Err(BuildError::TooOld {
            program: program.to_path_buf(),
            found: version,
            needed: "0.14.0 or later".to_owned(),
            next: "`pip install --upgrade ziglang`",
        });
    }
    let said = process::ask(Command::new(program).arg("env"))?;
    let lib = zig_lib(&said.stdout).ok_or_else(|| BuildError::NotUsable {
        program: program.to_path_buf(),
        detail: format!("`zig env` names no lib_dir: {}", said.words()),
    })?;
    Ok(Toolchain {
        program: program.to_path_buf(),
        compiler: Compiler::Zig(clang),
        linker: vec![program.into(), "wasm-ld".into()],
        zig_lib: Some(lib),
        tools: vec![format!("zig {version}"), format!("clang {clang}")],
    })
}

/// The folder of the libraries in what `zig env` prints: `.lib_dir = "…"`, or JSON in older ones.
fn zig_lib(text: &str) -> Option<PathBuf> {
    let line = text.lines().find(|line| line.contains("lib_dir"))?;
    let value = line.split_once(['=', ':'])?.1;
    let value = value.split_once('"')?.1.rsplit_once('"')?.0;
    Some(PathBuf::from(value.replace(r"\\", r"\")))
}

/// A linker of wasm: the preferred one, that of a number, any on the PATH, Rust's, zig's.
pub(crate) fn find_linker(
    machine: &Machine,
    pythons: &Pythons,
    preferred: Option<PathBuf>,
    number: Option<u32>,
) -> Result<(Vec<OsString>, String), BuildError> {
    let numbered = number.into_iter().chain(NUMBERED.rev());
    let names = numbered
        .map(|number| format!("wasm-ld-{number}"))
        .chain(["wasm-ld".to_owned()]);
    let mut looked = vec!["wasm-ld on the PATH".to_owned()];
    let programs = preferred
        .into_iter()
        .chain(names.filter_map(|name| machine.program(&name)));
    for program in programs {
        let linker = linker_words(&program);
        match linker_version(&linker) {
            Ok(version) => return Ok((linker, format!("wasm-ld {version}"))),
            Err(error) => looked.push(error.to_string()),
        }
    }
    looked.push("rust-lld of the rustc on the PATH".to_owned());
    if let Some(program) = rust_tools::rust_lld(machine) {
        let linker = linker_words(&program);
        if let Ok(version) = linker_version(&linker) {
            return Ok((linker, format!("wasm-ld {version}")));
        }
    }
    let mut zig_looked = Vec::new();
    if let Some(zig) = any_zig(machine, pythons, &mut zig_looked) {
        return Ok((zig.linker, zig.tools[0].clone()));
    }
    looked.extend(zig_looked);
    Err(BuildError::NoLinker { looked })
}

/// How a program links wasm: a general lld has to be told.
fn linker_words(program: &Path) -> Vec<OsString> {
    let is_general = program
        .file_stem()
        .is_some_and(|stem| stem == "rust-lld" || stem == "lld");
    let mut words = vec![program.into()];
    if is_general {
        words.extend(["-flavor".into(), "wasm".into()]);
    }
    words
}

fn linker_version(linker: &[OsString]) -> Result<Version, BuildError> {
    let program = Path::new(&linker[0]);
    let mut words: Vec<&str> = linker[1..]
        .iter()
        .filter_map(|word| word.to_str())
        .collect();
    words.push("--version");
    let version = version_of(program, &words, |text| Version::after(text, "LLD"))?;
    if version < OLDEST {
        return Err(BuildError::TooOld {
            program: program.to_path_buf(),
            found: version,
            needed: format!("{} or later", OLDEST.major),
            next: "install a newer lld, or `pip install ziglang`",
        });
    }
    Ok(version)
}

/// Asks a program for its version.
pub(crate) fn version_of(
    program: &Path,
    words: &[&str],
    read: impl Fn(&str) -> Option<Version>,
) -> Result<Version, BuildError> {
    let said = process::ask(Command::new(program).args(words))?;
    let version = read(&said.stdout).filter(|_| said.succeeded);
    version.ok_or_else(|| BuildError::NotUsable {
        program: program.to_path_buf(),
        detail: format!("asked for its version it said: {}", said.words()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_of_zig() {
        for text in [
            ".{\n    .zig_exe = \"/a/zig\",\n    .lib_dir = \"/a/lib\",\n}",
            "{\n \"zig_exe\": \"/a/zig\",\n \"lib_dir\": \"/a/lib\",\n}",
        ] {
            assert_eq!(zig_lib(text), Some(PathBuf::from("/a/lib")));
        }
        assert_eq!(zig_lib("{}"), None);
    }

    #[test]
    fn how_a_linker_is_called() {
        assert_eq!(linker_words(Path::new("/a/wasm-ld-19")).len(), 1);
        assert_eq!(
            linker_words(Path::new("/a/rust-lld"))[1..],
            ["-flavor", "wasm"]
        );
    }
}
