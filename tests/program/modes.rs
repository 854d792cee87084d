//! The runtimes that the program runs in, each with what was installed for its target.

use super::{PYODIDE, Project, setting};
use runtime::{
    Glue, HostProcess, Hosts, PyodideNode, PyodideNodeOptions, Runtime, RuntimeMode, Setup,
    Subprocess, SubprocessOptions,
};
use std::path::{Path, PathBuf};

type Started = (&'static str, &'static str, Box<dyn Runtime>);

/// The folder of the program's own module.
fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/program")
}

/// A runtime of each mode, with its name and its target.
pub(crate) fn all(project: &Project, hosts: &Hosts) -> Vec<Started> {
    vec![
        subprocess(project, hosts),
        embedded(project, hosts),
        pyodide(project, hosts),
        wasi(project, hosts),
    ]
}

fn venv(project: &Project) -> PathBuf {
    project.path().join(".venv/bin/python")
}

fn subprocess(project: &Project, hosts: &Hosts) -> Started {
    let glue = Glue::place(&project.path().join("cache")).expect("the glue");
    let options = SubprocessOptions {
        paths: vec![own()],
        hosts: hosts.clone(),
        ..SubprocessOptions::new(&venv(project))
    };
    let runtime = Subprocess::start(options, &glue).expect("Python starts");
    ("subprocess", "linux-x64", Box::new(runtime))
}

fn embedded(project: &Project, hosts: &Hosts) -> Started {
    let setup = Setup {
        mode: Some(RuntimeMode::Embedded),
        python: Some(venv(project)),
        paths: vec![own()],
        cache: project.path().join("cache"),
        ..Setup::default()
    };
    let program = setting("MOCHI_PY_HOST");
    let runtime = HostProcess::start(&program, setup, None, hosts).expect("Python starts");
    ("embedded", "linux-x64", Box::new(runtime))
}

/// What was installed for a target, and the program's own module.
fn paths(project: &Project, target: &str) -> Vec<PathBuf> {
    vec![own(), project.path().join(target)]
}

fn pyodide(project: &Project, hosts: &Hosts) -> Started {
    let glue = Glue::place(&project.path().join("cache")).expect("the glue");
    let options = PyodideNodeOptions {
        paths: paths(project, "wasm32-emscripten"),
        hosts: hosts.clone(),
        ..PyodideNodeOptions::new(&setting("MOCHI_PYODIDE").join(PYODIDE))
    };
    let runtime = PyodideNode::start(options, &glue).expect("Pyodide starts");
    ("pyodide", "wasm32-emscripten", Box::new(runtime))
}

fn wasi(project: &Project, hosts: &Hosts) -> Started {
    let setup = Setup {
        mode: Some(RuntimeMode::Wasi),
        paths: paths(project, "wasm32-wasip2"),
        // The component is built once for all tests.
        cache: env!("CARGO_TARGET_TMPDIR").into(),
        componentize_py: Some(setting("MOCHI_REFEREE_COMPONENTIZE_PY")),
        ..Setup::default()
    };
    let program = setting("MOCHI_PY_HOST");
    let runtime = HostProcess::start(&program, setup, None, hosts).expect("Python starts");
    ("wasi", "wasm32-wasip2", Box::new(runtime))
}
