//! The runtimes that the program runs in, each with what was installed for its target.

use super::{Project, setting};
use runtime::{
    Glue, HostProcess, Hosts, Runtime, RuntimeMode, Setup, Subprocess, SubprocessOptions,
};
use std::path::{Path, PathBuf};

type Started = (&'static str, &'static str, Box<dyn Runtime>);

/// The folder of the program's own module.
fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/program")
}

/// A runtime of each mode, with its name and its target.
pub(crate) fn all(project: &Project, hosts: &Hosts) -> Vec<Started> {
    vec![subprocess(project, hosts), embedded(project, hosts)]
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
