//! Pyodide in Node, and the component of the WASI mode.

use super::py_host::{host, no_host};
use super::{Place, glue, not_started, setup};
use crate::ctx::{Ctx, variable};
use crate::error::Failure;
use runtime::{HostProcess, Hosts, PyodideNode, PyodideNodeOptions, Runtime, Setup};
use std::path::{Path, PathBuf};
use tag_matrix::RuntimeMode;

/// Names a componentize-py that lies elsewhere.
const BUILDER_VARIABLE: &str = "MOCHI_COMPONENTIZE_PY";

/// Pyodide in Node.
pub(super) fn pyodide(ctx: &Ctx, place: &Place<'_>) -> Result<Box<dyn Runtime>, Failure> {
    let folder = pyodide_folder(ctx, place)?;
    check_release(ctx, place, &folder);
    let options = PyodideNodeOptions {
        paths: place.paths.clone(),
        async_mode: place.async_mode,
        ..PyodideNodeOptions::new(&folder)
    };
    let started = PyodideNode::start(options, &glue(ctx)?);
    Ok(Box::new(started.map_err(|error| not_started(&error))?))
}

/// The folder of a Pyodide: the one that is named, or the nearest `node_modules/pyodide` upwards.
fn pyodide_folder(ctx: &Ctx, place: &Place<'_>) -> Result<PathBuf, Failure> {
    if let Some(named) = place.pyodide {
        return Ok(ctx.cwd.join(named));
    }
    let from = place.project.unwrap_or(&ctx.cwd);
    let mut folders = from
        .ancestors()
        .map(|folder| folder.join("node_modules/pyodide"));
    folders.find(|folder| folder.is_dir()).ok_or_else(|| {
        let release = place.releases.first();
        let release = release.map_or_else(String::new, |release| format!("@{}", release.version));
        Failure::unmet(format!(
            "the mode pyodide needs a Pyodide, and there is no node_modules/pyodide in `{}` or above it",
            ctx.shown(from)
        ))
        .hint(format!(
            "run `npm install pyodide{release}` there, or name the folder of one by --pyodide"
        ))
    })
}

/// A Pyodide that the project does not lock for has other packages and another Python.
fn check_release(ctx: &Ctx, place: &Place<'_>, folder: &Path) {
    let version = crate::io::pyodide::version_in(folder);
    let known: Vec<String> = place
        .releases
        .iter()
        .map(|release| release.version.clone())
        .collect();
    if let Some(version) = &version
        && !known.is_empty()
        && !known.iter().any(|release| release == version)
    {
        ctx.ui.warn(&format!(
            "`{}` is Pyodide {version}; the project is for {}",
            ctx.shown(folder),
            known.join(", ")
        ));
    }
}

/// An instance of the component, by `mochi-py-host`.
pub(super) fn wasi(ctx: &Ctx, place: &Place<'_>) -> Result<Box<dyn Runtime>, Failure> {
    let host = host()?.ok_or_else(|| no_host(RuntimeMode::Wasi))?;
    let setup = Setup {
        mode: Some(RuntimeMode::Wasi),
        componentize_py: componentize_py(ctx, place),
        grants: place.grants.clone(),
        env: place.env.clone(),
        network: place.network,
        ..setup(ctx, place)
    };
    let bar = ctx.ui.counter("the component of the WASI mode");
    let started = HostProcess::start(&host, setup, None, &Hosts::default());
    bar.finish_and_clear();
    Ok(Box::new(started.map_err(|error| not_started(&error))?))
}

/// The componentize-py that is named, or of the project's venv, or of the PATH.
fn componentize_py(ctx: &Ctx, place: &Place<'_>) -> Option<PathBuf> {
    let name = format!("componentize-py{}", std::env::consts::EXE_SUFFIX);
    let venvs = [
        place.venv.map(|venv| ctx.cwd.join(venv)),
        place.project.map(|project| project.join(".venv")),
    ];
    let of_venv = |venv: PathBuf| {
        let mut files = ["bin", "Scripts"]
            .map(|folder| venv.join(folder).join(&name))
            .into_iter();
        files.find(|file| file.is_file())
    };
    let named = variable(BUILDER_VARIABLE).map(PathBuf::from);
    named.or_else(|| venvs.into_iter().flatten().find_map(of_venv))
}
