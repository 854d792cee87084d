//! Starting Python for a call: the interpreter, Node.js, `mochi-py-host`.

use crate::ctx::{Ctx, variable};
use crate::error::{Failure, Kind};
use crate::io::host::{HostEnv, Interpreter, Prober, Search, Venv};
use runtime::{
    AsyncMode, CallError, Glue, HostProcess, Hosts, Runtime, Setup, Subprocess, SubprocessOptions,
};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;
use tag_matrix::{PythonVersion, RuntimeMode};

/// Names a `mochi-py-host` that lies elsewhere.
const HOST_VARIABLE: &str = "MOCHI_PY_HOST";
/// How a `mochi-py-host` is had.
const HOW_TO_BUILD: &str = "build it in a checkout of mochi with `PYO3_PYTHON=PYTHON cargo \
                            install --path runtime --features host`, where PYTHON is the \
                            interpreter that it is to embed, and put it beside `mochi` or on the \
                            PATH";

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

/// An interpreter, as far as it is known without starting it.
struct Python {
    executable: PathBuf,
    version: PythonVersion,
    /// The installation that it is of, or that its venv was made of.
    base: PathBuf,
}

impl Bridge {
    /// Starts a runtime of a mode; without one, embedded where a `mochi-py-host` is there for the
    /// interpreter, else subprocess.
    ///
    /// # Errors
    /// What the mode needs is not there or does not start.
    pub fn start(ctx: &Ctx, mode: Option<RuntimeMode>, place: &Place<'_>) -> Result<Self, Failure> {
        let runtime: Box<dyn Runtime> = match mode {
            Some(RuntimeMode::Subprocess) => subprocess(ctx, place, &interpreter(ctx, place)?)?,
            Some(RuntimeMode::Embedded) => {
                let host = host()?.ok_or_else(|| no_host(RuntimeMode::Embedded))?;
                let linked = Linked::of(&host)?;
                let python = match named(ctx, place)? {
                    Some(python) if !linked.is_of(&python) => return Err(linked.other(&python)),
                    Some(python) => Some(python),
                    None => of_minor(ctx, linked.python),
                };
                embedded(ctx, place, &host, python.as_ref())?
            }
            Some(mode) => return Err(no_host(mode)),
            None => return Self::of_machine(ctx, place),
        };
        let mode = mode.unwrap_or(RuntimeMode::Subprocess);
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

/// The interpreter: the one that is named, the project's venv, the active one, the newest CPython.
fn interpreter(ctx: &Ctx, place: &Place<'_>) -> Result<Python, Failure> {
    if let Some(python) = named(ctx, place)? {
        return Ok(python);
    }
    let prober = Prober::new(Some(ctx.cache.root()));
    let search = Search::new(&HostEnv::from_variables(variable));
    let newest = search.newest(&prober, |_| true).ok_or_else(|| {
        Failure::unmet("there is no CPython on this machine")
            .hint("install one, or name one by --python")
    })?;
    Ok(newest.into())
}

/// An interpreter of a minor, where this machine has one.
fn of_minor(ctx: &Ctx, minor: PythonVersion) -> Option<Python> {
    let prober = Prober::new(Some(ctx.cache.root()));
    let search = Search::new(&HostEnv::from_variables(variable));
    search.of_minor(minor, &prober).ok().map(Python::from)
}

impl From<Interpreter> for Python {
    fn from(interpreter: Interpreter) -> Self {
        Self {
            version: interpreter.python(),
            base: interpreter.base_prefix,
            executable: interpreter.executable,
        }
    }
}

/// The interpreter that is named, the project's venv, or the active one.
fn named(ctx: &Ctx, place: &Place<'_>) -> Result<Option<Python>, Failure> {
    let prober = Prober::new(Some(ctx.cache.root()));
    if let Some(named) = place.python {
        let path = match named.components().count() {
            1 => named.to_path_buf(),
            _ => ctx.cwd.join(named),
        };
        return Ok(Some(prober.probe(&path)?.cpython()?.into()));
    }
    if let Some(named) = place.venv {
        let folder = ctx.cwd.join(named);
        let missing = || {
            Failure::unmet(format!("there is no venv at `{}`", ctx.shown(&folder)))
                .hint("run `mochi py sync`, or `python -m venv`")
        };
        return venv(&folder)?.map(Some).ok_or_else(missing);
    }
    let active = variable("VIRTUAL_ENV").map(PathBuf::from);
    let own = place.project.map(|project| project.join(".venv"));
    for folder in own.into_iter().chain(active) {
        if let Some(found) = venv(&folder)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn venv(folder: &Path) -> Result<Option<Python>, Failure> {
    Ok(Venv::read(folder)?.map(|venv| Python {
        base: venv.home.parent().unwrap_or(&venv.home).to_path_buf(),
        executable: venv.python,
        version: venv.version,
    }))
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

fn embedded(
    ctx: &Ctx,
    place: &Place<'_>,
    host: &Path,
    python: Option<&Python>,
) -> Result<Box<dyn Runtime>, Failure> {
    let setup = Setup {
        mode: Some(RuntimeMode::Embedded),
        python: python.map(|python| python.executable.clone()),
        paths: place.paths.clone(),
        async_mode: place.async_mode,
        cache: ctx.cache.root().to_path_buf(),
    };
    let library = match python {
        Some(python) => libpython(ctx, python)?,
        None => None,
    };
    let started = HostProcess::start(host, setup, library.as_deref(), &Hosts::default());
    Ok(Box::new(started.map_err(|error| not_started(&error))?))
}

/// A folder with nothing in it but the libpython of an interpreter's own installation: within a
/// minor, the one that `mochi-py-host` was built with can be replaced by it, and only it goes with
/// that installation's extension modules. `None` where the platform has it otherwise.
fn libpython(ctx: &Ctx, python: &Python) -> Result<Option<PathBuf>, Failure> {
    if !cfg!(target_os = "linux") {
        return Ok(None);
    }
    let abi = if python.version.freethreaded { "t" } else { "" };
    let minor = python.version.minor_only().with_gil();
    let name = format!("libpython{minor}{abi}.so.1.0");
    let multiarch = format!("lib/{}-linux-gnu", std::env::consts::ARCH);
    let library = ["lib", "lib64", &multiarch]
        .into_iter()
        .map(|folder| python.base.join(folder).join(&name))
        .find(|file| file.is_file())
        .ok_or_else(|| {
            Failure::unmet(format!(
                "`{}` cannot be embedded: its installation `{}` has no {name}",
                python.executable.display(),
                python.base.display()
            ))
            .hint("use --mode subprocess, or a Python that was built with --enable-shared")
        })?;
    let link = ctx.cache.root().join("libpython-v1");
    let folder = link.join(hex(&Sha256::digest(library.as_os_str().as_encoded_bytes())));
    let outside = |error: std::io::Error| {
        Failure::new(
            Kind::Outside,
            format!("`{}` cannot be written: {error}", folder.display()),
        )
    };
    std::fs::create_dir_all(&folder).map_err(outside)?;
    #[cfg(unix)]
    match std::os::unix::fs::symlink(&library, folder.join(&name)) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            return Err(outside(error));
        }
        _ => {}
    }
    Ok(Some(folder))
}

fn hex(bytes: &[u8]) -> String {
    bytes[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn not_started(error: &CallError) -> Failure {
    Failure::unmet(error.to_string())
}

/// The `mochi-py-host` beside this program, or on the PATH.
fn host() -> Result<Option<PathBuf>, Failure> {
    if let Some(named) = variable(HOST_VARIABLE).map(PathBuf::from) {
        return match named.is_file() {
            true => Ok(Some(named)),
            false => Err(Failure::invalid(format!(
                "{HOST_VARIABLE} names `{}`, which is no file",
                named.display()
            ))),
        };
    }
    let name = format!("mochi-py-host{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe().ok();
    let beside = beside.as_deref().and_then(Path::parent);
    let path = variable("PATH").unwrap_or_default();
    let mut folders = beside
        .map(Path::to_path_buf)
        .into_iter()
        .chain(std::env::split_paths(&path));
    Ok(folders.find_map(|folder| {
        Some(folder.join(&name)).filter(|file| !folder.as_os_str().is_empty() && file.is_file())
    }))
}

fn no_host(mode: RuntimeMode) -> Failure {
    Failure::unmet(format!(
        "the mode {mode} needs `mochi-py-host`, which is neither beside `mochi` nor on the PATH"
    ))
    .hint(HOW_TO_BUILD)
}

/// What a `mochi-py-host` is linked to.
struct Linked {
    host: PathBuf,
    python: PythonVersion,
}

impl Linked {
    fn of(host: &Path) -> Result<Self, Failure> {
        let output = Command::new(host).arg("info").output();
        let info = output.ok().filter(|output| output.status.success());
        let info = info
            .and_then(|output| serde_json::from_slice::<serde_json::Value>(&output.stdout).ok());
        let embedded = info.as_ref().and_then(|info| info.get("embedded"));
        let version = embedded
            .and_then(|embedded| embedded.get("python")?.as_str())
            .and_then(|text| text.parse::<PythonVersion>().ok());
        let free = embedded.and_then(|embedded| embedded.get("free-threaded")?.as_bool());
        match version {
            Some(version) => Ok(Self {
                host: host.to_path_buf(),
                python: PythonVersion {
                    freethreaded: free == Some(true),
                    ..version
                },
            }),
            None => Err(Failure::unmet(format!(
                "`{}` does not say what it is linked to: its libpython is gone, or it is another program",
                host.display()
            ))
            .hint(HOW_TO_BUILD)),
        }
    }

    fn is_of(&self, python: &Python) -> bool {
        self.python.minor_only() == python.version.minor_only()
    }

    fn other(&self, python: &Python) -> Failure {
        Failure::unmet(format!(
            "`{}` embeds Python {}, and `{}` is Python {}",
            self.host.display(),
            self.python.minor_only(),
            python.executable.display(),
            python.version.minor_only()
        ))
        .hint(format!(
            "use --mode subprocess, or build one for it: `PYO3_PYTHON={} cargo install --path \
             runtime --features host`",
            python.executable.display()
        ))
    }
}
