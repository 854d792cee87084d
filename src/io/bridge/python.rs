//! The interpreter of a call, and its libpython.

use super::Place;
use crate::ctx::{Ctx, variable};
use crate::error::{Failure, Kind};
use crate::io::host::{HostEnv, Interpreter, Prober, Search, Venv};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use tag_matrix::PythonVersion;

/// An interpreter, as far as it is known without starting it.
pub(super) struct Python {
    pub(super) executable: PathBuf,
    pub(super) version: PythonVersion,
    /// The installation that it is of, or that its venv was made of.
    pub(super) base: PathBuf,
}

/// The interpreter: the one that is named, the project's venv, the active one, the newest CPython.
pub(super) fn interpreter(ctx: &Ctx, place: &Place<'_>) -> Result<Python, Failure> {
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
pub(super) fn of_minor(ctx: &Ctx, minor: PythonVersion) -> Option<Python> {
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
pub(super) fn named(ctx: &Ctx, place: &Place<'_>) -> Result<Option<Python>, Failure> {
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

/// A folder with nothing in it but the libpython of an interpreter's own installation: within a
/// minor, the one that `mochi-py-host` was built with can be replaced by it, and only it goes with
/// that installation's extension modules. `None` where the platform has it otherwise.
pub(super) fn libpython(ctx: &Ctx, python: &Python) -> Result<Option<PathBuf>, Failure> {
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
