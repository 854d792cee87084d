//! The component: built by componentize-py of the glue, compiled, and kept in the cache.
//!
//! One component serves all programs: it holds the standard library, and what a program imports
//! besides lies in folders that its instance is granted.

use crate::Glue;
use crate::glue::hex_digest;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasmtime::{Config, Engine};

/// The componentize-py that components are built with: its CPython is the target's.
pub const COMPONENTIZE_PY: &str = "0.25.1";
/// What WebAssembly may use of the stack, in bytes: a hundred calls in one another need some 10 MB.
pub(super) const WASM_STACK: usize = 48 << 20;

const WIT: &str = include_str!("../../wit/bridge.wit");
const APP: &str = "from mochi_runtime._wasi import WitWorld\n";

/// There is no component.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComponentError {
    /// componentize-py cannot be started.
    #[error(
        "it is built by componentize-py, and `{}` cannot be run: {source}; `pip install \
         componentize-py=={COMPONENTIZE_PY}`, and put it on the PATH or name it by \
         MOCHI_COMPONENTIZE_PY", program.display()
    )]
    NoBuilder {
        /// The program.
        program: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is another version.
    #[error(
        "it is built by componentize-py {COMPONENTIZE_PY}, and `{}` is `{found}`; `pip install \
         componentize-py=={COMPONENTIZE_PY}`", program.display()
    )]
    OtherBuilder {
        /// The program.
        program: PathBuf,
        /// What it says it is.
        found: String,
    },
    /// It failed.
    #[error("componentize-py failed ({status}):\n{stderr}")]
    Build {
        /// Its exit status.
        status: String,
        /// What it said.
        stderr: String,
    },
    /// wasmtime refuses the component.
    #[error("the component `{}` cannot be compiled or loaded: {why}", path.display())]
    Compile {
        /// The file.
        path: PathBuf,
        /// What wasmtime says.
        why: String,
    },
    /// A file of the cache cannot be read or written.
    #[error("`{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// A component that is compiled for this machine.
#[derive(Debug, Clone)]
pub struct Component {
    wasm: PathBuf,
    compiled: PathBuf,
}

impl Component {
    /// The component of the glue, from `cache`, or built there with the componentize-py that is
    /// named: some 20 s, and some 30 s more to compile it.
    ///
    /// # Errors
    /// See [`ComponentError`].
    pub fn build(
        componentize_py: &Path,
        glue: &Glue,
        cache: &Path,
    ) -> Result<Self, ComponentError> {
        let folder = cache.join("wasi-v1");
        let files = Glue::files().flat_map(|(name, text)| [name, text]);
        let digest = hex_digest(files.chain([WIT, APP, COMPONENTIZE_PY]));
        let wasm = folder.join(format!("{digest}.wasm"));
        if !wasm.is_file() {
            let _one = alone(&folder)?;
            if !wasm.is_file() {
                build(componentize_py, glue, &wasm)?;
            }
        }
        Self::of_file(&wasm, cache)
    }

    /// A component that somebody built, compiled into `cache`.
    ///
    /// # Errors
    /// See [`ComponentError`].
    pub fn of_file(wasm: &Path, cache: &Path) -> Result<Self, ComponentError> {
        let folder = cache.join("wasi-v1");
        let bytes = fs::read(wasm).map_err(file(wasm))?;
        let engine = engine().map_err(compile(wasm))?;
        let kind = Hashed::of(&engine.precompile_compatibility_hash());
        let digest = hex_digest([&bytes[..], kind.as_bytes()]);
        let compiled = folder.join(format!("{digest}.cwasm"));
        if !compiled.is_file() {
            let _one = alone(&folder)?;
            if !compiled.is_file() {
                let native = engine.precompile_component(&bytes).map_err(compile(wasm))?;
                write(&compiled, &native)?;
            }
        }
        Ok(Self {
            wasm: wasm.to_path_buf(),
            compiled,
        })
    }

    /// The component as WebAssembly.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.wasm
    }

    /// The component, ready to be instantiated, with an engine of its own: what stops one instance
    /// is the engine's.
    #[expect(
        unsafe_code,
        reason = "the file is native code, which wasmtime trusts: this crate wrote it to its own \
                  cache, under a name of the component's hash and of the engine's kind"
    )]
    pub(super) fn load(&self) -> Result<(Engine, wasmtime::component::Component), ComponentError> {
        let engine = engine().map_err(compile(&self.compiled))?;
        let loaded =
            unsafe { wasmtime::component::Component::deserialize_file(&engine, &self.compiled) };
        Ok((engine, loaded.map_err(compile(&self.compiled))?))
    }
}

fn engine() -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(WASM_STACK + (2 << 20));
    Engine::new(&config)
}

/// The hash of what has a [`std::hash::Hash`], in hexadecimal.
struct Hashed(Vec<u8>);

impl Hashed {
    fn of(value: &impl std::hash::Hash) -> String {
        let mut hasher = Self(Vec::new());
        value.hash(&mut hasher);
        hex_digest([&hasher.0[..]])
    }
}

impl std::hash::Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

/// The folder's lock, until it is dropped: a second process waits rather than do the same again.
fn alone(folder: &Path) -> Result<fs::File, ComponentError> {
    fs::create_dir_all(folder).map_err(file(folder))?;
    let path = folder.join(".lock");
    let lock = fs::File::create(&path).map_err(file(&path))?;
    lock.lock().map_err(file(&path))?;
    Ok(lock)
}

/// Runs componentize-py, into a folder of its own that is renamed from.
fn build(program: &Path, glue: &Glue, wasm: &Path) -> Result<(), ComponentError> {
    check(program)?;
    let parent = wasm.parent().unwrap_or(wasm);
    let work = tempfile::Builder::new().prefix(".").tempdir_in(parent);
    let work = work.map_err(file(parent))?;
    let made = work.path().join("made.wasm");
    for (name, text) in [("bridge.wit", WIT), ("mochi_wasi_app.py", APP)] {
        let path = work.path().join(name);
        fs::write(&path, text).map_err(file(&path))?;
    }
    let output = Command::new(program)
        .arg("-d")
        .arg(work.path().join("bridge.wit"))
        .args(["-w", "bridge", "componentize", "mochi_wasi_app", "-p"])
        .arg(glue.path())
        .arg("-p")
        .arg(work.path())
        .arg("-o")
        .arg(&made)
        // What is installed beside it is none of the component's.
        .env_remove("VIRTUAL_ENV")
        .env_remove("PYTHONPATH")
        .output()
        .map_err(|source| ComponentError::NoBuilder {
            program: program.to_path_buf(),
            source,
        })?;
    if !output.status.success() {
        return Err(ComponentError::Build {
            status: output.status.to_string(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        });
    }
    fs::rename(&made, wasm).map_err(file(wasm))
}

fn check(program: &Path) -> Result<(), ComponentError> {
    let output = Command::new(program).arg("--version").output();
    let output = output.map_err(|source| ComponentError::NoBuilder {
        program: program.to_path_buf(),
        source,
    })?;
    let said = String::from_utf8_lossy(&output.stdout);
    match said.split_whitespace().next_back() == Some(COMPONENTIZE_PY) {
        true => Ok(()),
        false => Err(ComponentError::OtherBuilder {
            program: program.to_path_buf(),
            found: said.trim().chars().take(80).collect(),
        }),
    }
}

/// Writes to a temporary file and renames it, so that processes may do so at once.
fn write(path: &Path, bytes: &[u8]) -> Result<(), ComponentError> {
    let parent = path.parent().unwrap_or(path);
    let temporary = tempfile::NamedTempFile::new_in(parent).map_err(file(parent))?;
    fs::write(temporary.path(), bytes).map_err(file(path))?;
    match temporary.persist(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(file(path)(error.error)),
    }
}

fn file(path: &Path) -> impl FnOnce(io::Error) -> ComponentError {
    let path = path.to_path_buf();
    move |source| ComponentError::File { path, source }
}

fn compile(path: &Path) -> impl FnOnce(wasmtime::Error) -> ComponentError {
    let path = path.to_path_buf();
    move |error| ComponentError::Compile {
        path,
        why: format!("{error:#}"),
    }
}
