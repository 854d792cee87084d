//! Starting Python for a call.
//!
//! | file | what |
//! | --- | --- |
//! | `python` | the interpreter, and its libpython |
//! | `py_host` | `mochi-py-host`: where it is, and what it is linked to |
//! | `wasm` | Pyodide in Node, and the component of the WASI mode |

mod py_host;
mod python;
mod wasm;

use crate::ctx::Ctx;
use crate::error::{Failure, Kind};
use py_host::{Linked, host, no_host};
use python::{Python, interpreter, libpython, named, of_minor};
use runtime::{
    AsyncMode, CallError, Glue, HostProcess, Hosts, Runtime, Setup, Subprocess, SubprocessOptions,
};
use std::path::{Path, PathBuf};
use tag_matrix::{PyodideRelease, RuntimeMode};
use wasm::{pyodide, wasi};

/// What is known of where a call is made.
pub struct Place<'a> {
    /// The project's folder.
    pub project: Option<&'a Path>,
    /// `--venv`.
    pub venv: Option<&'a Path>,
    /// `--python`.
    pub python: Option<&'a Path>,
    /// Folders for Python's path, absolute.
    pub paths: Vec<PathBuf>,
    /// `--pyodide`.
    pub pyodide: Option<&'a Path>,
    /// The Pyodide releases of the manifest.
    pub releases: &'a [&'static PyodideRelease],
    /// What an instance of the WASI component may see: folder, name there, whether it may write.
    pub grants: Vec<(PathBuf, String, bool)>,
    /// The environment variables that it sees.
    pub env: Vec<(String, String)>,
    /// Whether it may open connections.
    pub network: bool,
    /// How `async def` functions run.
    pub async_mode: AsyncMode,
}

/// A runtime that was started.
pub struct Bridge {
    /// It.
    pub runtime: Box<dyn Runtime>,
    /// Its mode.
    pub mode: RuntimeMode,
}

impl Bridge {
    /// Starts a runtime of a mode; without one, embedded where a `mochi-py-host` is there for the
    /// interpreter, else subprocess.
    ///
    /// # Errors
    /// What the mode needs is not there or does not start.
    pub fn start(ctx: &Ctx, mode: Option<RuntimeMode>, place: &Place<'_>) -> Result<Self, Failure> {
        let Some(mode) = mode else {
            return Self::of_machine(ctx, place);
        };
        let runtime: Box<dyn Runtime> = match mode {
            RuntimeMode::Subprocess => subprocess(ctx, place, &interpreter(ctx, place)?)?,
            RuntimeMode::Embedded => {
                let host = host()?.ok_or_else(|| no_host(RuntimeMode::Embedded))?;
                let linked = Linked::of(&host)?;
                let python = match named(ctx, place)? {
                    Some(python) if !linked.is_of(&python) => return Err(linked.other(&python)),
                    Some(python) => Some(python),
                    None => of_minor(ctx, linked.python),
                };
                embedded(ctx, place, &host, python.as_ref())?
            }
            RuntimeMode::Pyodide => pyodide(ctx, place)?,
            RuntimeMode::Wasi => wasi(ctx, place)?,
            mode => {
                return Err(Failure::invalid(format!(
                    "{mode} cannot be called from here"
                )));
            }
        };
        Ok(Self { runtime, mode })
    }

    /// `auto` on an operating system.
    fn of_machine(ctx: &Ctx, place: &Place<'_>) -> Result<Self, Failure> {
        let python = interpreter(ctx, place)?;
        let fits = match host()? {
            Some(host) => match Linked::of(&host) {
                Ok(linked) if linked.is_of(&python) => match libpython(ctx, &python) {
                    Ok(_) => Some(host),
                    Err(failure) => {
                        ctx.ui.detail(&failure.message);
                        None
                    }
                },
                Ok(linked) => {
                    ctx.ui.detail(&linked.other(&python).message);
                    None
                }
                Err(failure) => {
                    ctx.ui.detail(&failure.message);
                    None
                }
            },
            None => {
                ctx.ui.detail(&no_host(RuntimeMode::Embedded).message);
                None
            }
        };
        Ok(match fits {
            Some(host) => Self {
                runtime: embedded(ctx, place, &host, Some(&python))?,
                mode: RuntimeMode::Embedded,
            },
            None => Self {
                runtime: subprocess(ctx, place, &python)?,
                mode: RuntimeMode::Subprocess,
            },
        })
    }
}

fn glue(ctx: &Ctx) -> Result<Glue, Failure> {
    Glue::place(ctx.cache.root()).map_err(|error| Failure::new(Kind::Outside, error.to_string()))
}

fn subprocess(ctx: &Ctx, place: &Place<'_>, python: &Python) -> Result<Box<dyn Runtime>, Failure> {
    let options = SubprocessOptions {
        paths: place.paths.clone(),
        async_mode: place.async_mode,
        ..SubprocessOptions::new(&python.executable)
    };
    let started = Subprocess::start(options, &glue(ctx)?);
    Ok(Box::new(started.map_err(|error| not_started(&error))?))
}

/// What every runtime of `mochi-py-host` is told.
fn setup(ctx: &Ctx, place: &Place<'_>) -> Setup {
    Setup {
        paths: place.paths.clone(),
        async_mode: place.async_mode,
        cache: ctx.cache.root().to_path_buf(),
        ..Setup::default()
    }
}

fn embedded(
    ctx: &Ctx,
    place: &Place<'_>,
    host: &Path,
    python: Option<&Python>,
) -> Result<Box<dyn Runtime>, Failure> {
    let setup = Setup {
        mode: Some(RuntimeMode::Embedded),
        python: python.map(|python| python.executable.clone()),
        ..setup(ctx, place)
    };
    let library = match python {
        Some(python) => libpython(ctx, python)?,
        None => None,
    };
    let started = HostProcess::start(host, setup, library.as_deref(), &Hosts::default());
    Ok(Box::new(started.map_err(|error| not_started(&error))?))
}

fn not_started(error: &CallError) -> Failure {
    Failure::unmet(error.to_string())
}
