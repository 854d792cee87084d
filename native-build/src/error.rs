//! What can go wrong, each with what to do next.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::version::Version;

/// Why there is no side module.
#[derive(Debug, Error)]
pub enum BuildError {
    /// A name that is no name of a module.
    #[error(
        "`{name}` cannot be the name of an extension module: it takes ASCII letters, digits and \
         `_`, with dots between the parts"
    )]
    BadName {
        /// The name.
        name: String,
    },
    /// A module without files.
    #[error("the extension module {name} has no source files: name at least one")]
    NoSources {
        /// The module.
        name: String,
    },
    /// A file whose language is not known.
    #[error(
        "cannot tell the language of {}: C files end in `.c`, C++ files in `.cc`, `.cpp` or `.cxx`",
        file.display()
    )]
    UnknownLanguage {
        /// The file.
        file: PathBuf,
    },
    /// A limited API that the target cannot have.
    #[error("{name} asks for the limited API of {wanted}: {reason}; ask for another")]
    LimitedApi {
        /// The module.
        name: String,
        /// The version it asks for.
        wanted: String,
        /// Why not.
        reason: String,
    },
    /// Exceptions that the release does not know.
    #[error(
        "{name} cannot be compiled for Pyodide {release}: {language} unwinds by exceptions that \
         it does not have; build for Pyodide 0.28 or later{hint}"
    )]
    Exceptions {
        /// The module.
        name: String,
        /// The release.
        release: String,
        /// C++ or Rust.
        language: &'static str,
        /// What else would work.
        hint: &'static str,
    },
    /// No C compiler for wasm.
    #[error(
        "no C compiler that makes WebAssembly (looked for {}): the easiest is `pip install \
         ziglang`, or install clang 19 or later and lld", looked.join("; ")
    )]
    NoCompiler {
        /// What was looked for, and what was found instead.
        looked: Vec<String>,
    },
    /// `MOCHI_CC` names something that cannot be used.
    #[error(
        "MOCHI_CC is {value}: {reason}; set it to `clang-19`, `emcc`, `zig` or a path, or unset it"
    )]
    BadChoice {
        /// Its value.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A tool that is too old.
    #[error("{} is {found}, but {needed} is needed: {next}", program.display())]
    TooOld {
        /// The tool.
        program: PathBuf,
        /// Its version.
        found: Version,
        /// What would do.
        needed: String,
        /// The next step.
        next: &'static str,
    },
    /// No linker for wasm.
    #[error(
        "no linker that makes WebAssembly (looked for {}): install lld 19 or later, or `pip \
         install ziglang`", looked.join("; ")
    )]
    NoLinker {
        /// What was looked for, and what was found instead.
        looked: Vec<String>,
    },
    /// No headers of CPython.
    #[error(
        "no headers of {wanted} for {name} (looked in {}): install a CPython with its \
         headers (Debian has them in `python3-dev`)",
        looked.join("; ")
    )]
    NoPythonHeaders {
        /// The module.
        name: String,
        /// Which CPython.
        wanted: String,
        /// What was looked at.
        looked: Vec<String>,
    },
    /// The full API without Pyodide.
    #[error(
        "{name} uses the full API of CPython, whose settings are in Pyodide itself: give the \
         folder of the npm package pyodide {release}, or use the limited API (`Py_LIMITED_API`)"
    )]
    NoPyodide {
        /// The module.
        name: String,
        /// The release.
        release: String,
    },
    /// A Pyodide whose settings cannot be read.
    #[error("cannot read the settings of CPython in {}: {detail}; unpack the npm package again", archive.display())]
    BadPyodide {
        /// Its standard library.
        archive: PathBuf,
        /// What went wrong.
        detail: String,
    },
    /// No headers of a libc.
    #[error(
        "no headers of a libc for wasm32 (looked for {}): set MOCHI_EMSCRIPTEN_SYSROOT to \
         Emscripten's `system` folder, `pip install ziglang`, or install wasi-libc{}",
        looked.join("; "),
        if *full_api { " (which is not enough for the full API of CPython)" } else { "" }
    )]
    NoLibcHeaders {
        /// What was looked at.
        looked: Vec<String>,
        /// Whether the module uses the full API.
        full_api: bool,
    },
    /// The compiler refused a file.
    #[error("{tool} cannot compile {}:\n{words}", file.display())]
    Compile {
        /// The compiler.
        tool: String,
        /// The file.
        file: PathBuf,
        /// What the compiler said.
        words: String,
    },
    /// The linker refused.
    #[error("{tool} cannot link {name}:\n{words}")]
    Link {
        /// The linker.
        tool: String,
        /// The module.
        name: String,
        /// What the linker said.
        words: String,
    },
    /// No Rust.
    #[error(
        "no {what} to build {} with (looked at {looked}): install Rust, or set {variable}", crate_dir.display()
    )]
    NoRust {
        /// `rustc` or `cargo`.
        what: &'static str,
        /// The crate.
        crate_dir: PathBuf,
        /// Where it was looked for.
        looked: String,
        /// The variable that names one.
        variable: &'static str,
    },
    /// A Rust without std for Emscripten.
    #[error(
        "{} {version} has neither the std of wasm32-unknown-emscripten nor its sources (looked in \
         {}): run `rustup target add wasm32-unknown-emscripten` or `rustup component add \
         rust-src`, or install Debian's rustc-web and rust-web-src",
        rustc.display(), sysroot.display()
    )]
    NoStd {
        /// The compiler.
        rustc: PathBuf,
        /// Its version.
        version: Version,
        /// Its folder.
        sysroot: PathBuf,
    },
    /// A folder that is no crate.
    #[error("{} has no Cargo.toml: give the folder of the crate", crate_dir.display())]
    NoCrate {
        /// The folder.
        crate_dir: PathBuf,
    },
    /// A crate that does not build.
    #[error("cargo cannot build {}:\n{words}", crate_dir.display())]
    Cargo {
        /// The crate.
        crate_dir: PathBuf,
        /// What cargo said.
        words: String,
    },
    /// A crate that makes no library.
    #[error(
        "{} makes no side module: its library needs `crate-type = [\"cdylib\"]`", crate_dir.display()
    )]
    NoCdylib {
        /// The crate.
        crate_dir: PathBuf,
    },
    /// Code that nothing can be imported from.
    #[error(
        "{name} does not define {init_function}, which CPython calls to import it: give the \
         function (in Rust the `#[pymodule]`) and the module the same name"
    )]
    NoInit {
        /// The module.
        name: String,
        /// The function.
        init_function: String,
    },
    /// A linker that made something else.
    #[error("{tool} made no wasm module of {name}: update it, or choose another with MOCHI_CC")]
    NoModule {
        /// The module.
        name: String,
        /// The linker.
        tool: String,
    },
    /// The linker was called in a way that it does not know.
    #[error("cannot link a side module: {reason}; only cargo is meant to call this")]
    BadLink {
        /// What is wrong.
        reason: String,
    },
    /// A program that cannot be used.
    #[error("{} cannot be used: {detail}", program.display())]
    NotUsable {
        /// The program.
        program: PathBuf,
        /// What it printed, or did not.
        detail: String,
    },
    /// A program that could not be started.
    #[error("cannot start {}: {source}", program.display())]
    NotStarted {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk failed.
    #[error("cannot {what} {}: {source}", path.display())]
    Disk {
        /// What was tried, as a verb.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl BuildError {
    /// Whether the outside failed rather than the request.
    pub fn is_disk(&self) -> bool {
        matches!(self, Self::Disk { .. })
    }

    pub(crate) fn disk(
        what: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Disk { what, path, source }
    }
}
