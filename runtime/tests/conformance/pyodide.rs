//! The pyodide mode in Node, and what only it can be asked.
//!
//! `MOCHI_PYODIDE` names a folder with a `pyodide` package of npm for each of [`RELEASES`].

use crate::subprocess::glue;
use crate::{Mode, of_suite, suite};
use runtime::{AsyncMode, Call, CallError, PyodideNode, PyodideNodeOptions, Runtime, Value};
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub(crate) const RELEASES: [&str; 2] = ["0.29.5", "314.0.7"];

/// The folder of a release.
pub(crate) fn pyodide(release: &str) -> PathBuf {
    let folder = std::env::var_os("MOCHI_PYODIDE")
        .expect("MOCHI_PYODIDE is not set: run scripts/test, which makes what it names");
    PathBuf::from(folder).join(release)
}

fn options(release: &str) -> PyodideNodeOptions {
    PyodideNodeOptions {
        paths: vec![suite()],
        pass_stderr: false,
        ..PyodideNodeOptions::new(&pyodide(release))
    }
}

fn start(options: PyodideNodeOptions) -> (tempfile::TempDir, PyodideNode) {
    let (cache, glue) = glue();
    let runtime = PyodideNode::start(options, &glue).expect("Pyodide starts");
    (cache, runtime)
}

pub(crate) fn modes() -> Vec<Mode> {
    let of = |name, release, async_mode| {
        Mode::new(name, |hosts| {
            start(PyodideNodeOptions {
                async_mode,
                hosts,
                ..options(release)
            })
        })
    };
    vec![
        of("pyodide 0.29.5", RELEASES[0], AsyncMode::PerCall),
        of("pyodide 314.0.7", RELEASES[1], AsyncMode::PerCall),
        of("the same, persistent", RELEASES[1], AsyncMode::Persistent),
    ]
}
