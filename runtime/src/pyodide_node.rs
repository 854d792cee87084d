//! The pyodide mode without a browser: Pyodide in a Node process (`js/node-driver.mjs`).

use crate::call::{CallError, Hosts};
use crate::rpc::{Launch, Process, runtime_of_process};
use crate::{AsyncMode, Glue, Value};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The oldest Node that the driver runs on.
const OLDEST_NODE: u32 = 20;

/// Room for calls of the host within calls of the host, in KB: half of what a main thread has.
const STACK: &str = "--stack-size=3900";

/// What makes a folder the npm package `pyodide`, in every release.
const OF_PYODIDE: [&str; 4] = [
    "pyodide.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    "pyodide-lock.json",
];

/// How Pyodide is started.
#[derive(Clone)]
pub struct PyodideNodeOptions {
    /// The program of Node, 20 or newer.
    pub node: PathBuf,
    /// A folder with what the npm package `pyodide` holds.
    pub pyodide: PathBuf,
    /// Folders and wheels that go onto Python's path, before all others. Folders are mounted, so
    /// that Python sees them as they are; wheels are unpacked.
    pub paths: Vec<PathBuf>,
    /// How `async def` functions run.
    pub async_mode: AsyncMode,
    /// The functions that Python can call.
    pub hosts: Hosts,
    /// Whether what Python and JavaScript print is passed on.
    pub pass_stderr: bool,
    /// How long the start may take.
    pub start_timeout: Duration,
}

impl PyodideNodeOptions {
    /// Options for a Pyodide, with the `node` on the PATH and nothing else set.
    #[must_use]
    pub fn new(pyodide: &Path) -> Self {
        Self {
            node: "node".into(),
            pyodide: pyodide.to_path_buf(),
            paths: Vec::new(),
            async_mode: AsyncMode::default(),
            hosts: Hosts::default(),
            pass_stderr: true,
            start_timeout: Duration::from_secs(120),
        }
    }
}

/// Pyodide in a Node process of its own.
pub struct PyodideNode(Process);

impl PyodideNode {
    /// Starts Node, and Pyodide in it.
    ///
    /// # Errors
    /// [`CallError::Start`], which says what to do where Node is not there or too old, or the
    /// folder is no Pyodide.
    pub fn start(options: PyodideNodeOptions, glue: &Glue) -> Result<Self, CallError> {
        check_node(&options.node)?;
        check_pyodide(&options.pyodide)?;
        let (glue, hosts) = (glue.clone(), options.hosts.clone());
        let launch = move || {
            let mut command = Command::new(&options.node);
            command
                .arg(STACK)
                .arg(glue.driver())
                .arg(&options.pyodide)
                .arg(glue.path())
                .args(&options.paths)
                // Its warnings and options are those of the user's own programs.
                .env_remove("NODE_OPTIONS");
            Launch {
                program: options.node.display().to_string(),
                command,
                params: Value::Map(vec![(
                    "async-mode".into(),
                    options.async_mode.name().into(),
                )]),
                pass_stderr: options.pass_stderr,
                timeout: options.start_timeout,
            }
        };
        Process::start(launch, &hosts).map(Self)
    }

    /// The id of the process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

runtime_of_process!(PyodideNode);

fn cannot(program: &Path, why: String) -> CallError {
    CallError::Start {
        python: program.display().to_string(),
        why,
        stderr: String::new(),
    }
}

/// Node says its version as `v20.20.2`.
fn check_node(node: &Path) -> Result<(), CallError> {
    let advice = format!("install Node {OLDEST_NODE} or newer, or name it");
    let output = Command::new(node)
        .arg("--version")
        .env_remove("NODE_OPTIONS")
        .output()
        .map_err(|error| cannot(node, format!("{error}; {advice}")))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let version = said.trim();
    let major = version
        .strip_prefix('v')
        .and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    match major {
        Some(major) if major >= OLDEST_NODE => Ok(()),
        Some(_) => Err(cannot(
            node,
            format!("it is Node {version}, which is too old; {advice}"),
        )),
        None => Err(cannot(
            node,
            format!("it says {version:.60?} for its version and is no Node; {advice}"),
        )),
    }
}

fn check_pyodide(folder: &Path) -> Result<(), CallError> {
    let lacking: Vec<&str> = OF_PYODIDE
        .into_iter()
        .filter(|name| !folder.join(name).is_file())
        .collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let why = format!(
        "the folder is no Pyodide: it lacks {}; unpack the npm package `pyodide` there, or name the \
         folder of one",
        lacking.join(", ")
    );
    Err(cannot(folder, why))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_is_none_or_old_is_told() {
        let error = check_node(Path::new("/nonexistent/node")).expect_err("none");
        assert!(error.to_string().contains("install Node 20"), "{error}");
        let folder = tempfile::tempdir().expect("a folder");
        for (says, words) in [("v18.19.1", "too old"), ("Python 3", "is no Node")] {
            let node = folder.path().join(words.replace(' ', "-"));
            std::fs::write(&node, format!("#!/bin/sh\necho {says}\n")).expect("written");
            let mut permissions = node.metadata().expect("there").permissions();
            std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
            std::fs::set_permissions(&node, permissions).expect("set");
            let error = check_node(&node).expect_err("no Node");
            assert!(error.to_string().contains(words), "{error}");
        }
    }

    #[test]
    fn a_folder_that_is_no_pyodide_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("pyodide.mjs"), "").expect("written");
        let error = check_pyodide(folder.path()).expect_err("none").to_string();
        let lacks = "lacks pyodide.asm.wasm, python_stdlib.zip, pyodide-lock.json; unpack";
        assert!(error.contains(lacks), "{error}");
    }
}
