//! The subprocess mode: a Python process that runs `mochi_runtime.subprocess_server`.

use crate::call::{CallError, Hosts};
use crate::rpc::{Launch, Process, runtime_of_process};
use crate::{AsyncMode, Glue, Value};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How Python is started.
#[derive(Clone)]
pub struct SubprocessOptions {
    /// The interpreter.
    pub python: PathBuf,
    /// Folders that go onto its path, before all others.
    pub paths: Vec<PathBuf>,
    /// The module that serves, vendored or not.
    pub module: String,
    /// How `async def` functions run.
    pub async_mode: AsyncMode,
    /// The functions that Python can call.
    pub hosts: Hosts,
    /// Whether what Python writes to stderr is passed on.
    pub pass_stderr: bool,
    /// How long the start may take.
    pub start_timeout: Duration,
}

impl SubprocessOptions {
    /// Options for an interpreter, with nothing else set.
    #[must_use]
    pub fn new(python: &Path) -> Self {
        Self {
            python: python.to_path_buf(),
            paths: Vec::new(),
            module: "mochi_runtime.subprocess_server".to_owned(),
            async_mode: AsyncMode::default(),
            hosts: Hosts::default(),
            pass_stderr: true,
            start_timeout: Duration::from_secs(60),
        }
    }
}

/// Python in a process of its own.
pub struct Subprocess(Process);

impl Subprocess {
    /// Starts an interpreter.
    ///
    /// # Errors
    /// [`CallError::Start`].
    pub fn start(options: SubprocessOptions, glue: &Glue) -> Result<Self, CallError> {
        let (glue, hosts) = (glue.path().to_path_buf(), options.hosts.clone());
        let launch = move || {
            let mut command = Command::new(&options.python);
            command
                .args(["-u", "-m", &options.module])
                .env("PYTHONPATH", python_path(&options.paths, &glue));
            Launch {
                program: options.python.display().to_string(),
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

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

runtime_of_process!(Subprocess);

/// The glue and the folders, then what the user has set.
fn python_path(paths: &[PathBuf], glue: &Path) -> OsString {
    let own = std::iter::once(glue.to_path_buf()).chain(paths.iter().cloned());
    let users = std::env::var_os("PYTHONPATH");
    let users = users.iter().flat_map(std::env::split_paths);
    // Only a path with a separator in it cannot be joined; then the glue alone has to do.
    std::env::join_paths(own.chain(users)).unwrap_or_else(|_| glue.as_os_str().to_owned())
}
