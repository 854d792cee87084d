//! Running a tool to its end.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::BuildError;

/// How much of its output is kept, in bytes.
const MOST_OUTPUT: u64 = 4 << 20;

/// How long a tool may take to say its version.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a finished process printed.
pub(crate) struct Said {
    pub(crate) succeeded: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    /// Everything it printed, what it complained about last.
    pub(crate) fn words(&self) -> String {
        let words = format!("{}\n{}", self.stdout.trim(), self.stderr.trim());
        let words = words.trim();
        if words.is_empty() {
            "it printed nothing".to_owned()
        } else {
            words.to_owned()
        }
    }
}

/// Runs a command to its end, however long it takes.
pub(crate) fn run(command: &mut Command) -> Result<Said, BuildError> {
    wait(command, None)
}

/// Runs a command that answers at once, or hangs.
pub(crate) fn ask(command: &mut Command) -> Result<Said, BuildError> {
    wait(command, Some(PATIENCE))
}

fn wait(command: &mut Command, patience: Option<Duration>) -> Result<Said, BuildError> {
    let program = Path::new(command.get_program()).to_path_buf();
    let failed = |source| BuildError::NotStarted {
        program: program.clone(),
        source,
    };
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let stdout = child.stdout.take().map(reader);
    let stderr = child.stderr.take().map(reader);
    let status = match patience {
        None => Some(child.wait().map_err(failed)?),
        Some(patience) => in_time(&mut child, patience).map_err(failed)?,
    };
    // After a kill, a grandchild may still hold the pipes open: what was printed is not waited for.
    let text = |reader: Option<thread::JoinHandle<String>>| match (reader, status) {
        (Some(reader), Some(_)) => reader.join().unwrap_or_default(),
        _ => String::new(),
    };
    Ok(Said {
        succeeded: status.is_some_and(|status| status.success()),
        stdout: text(stdout),
        stderr: text(stderr),
    })
}

fn in_time(
    child: &mut Child,
    patience: Duration,
) -> std::io::Result<Option<std::process::ExitStatus>> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if started.elapsed() > patience {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

fn reader(pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let mut pipe = pipe.take(MOST_OUTPUT);
        let _ = pipe.read_to_end(&mut bytes);
        let _ = std::io::copy(&mut pipe.into_inner(), &mut std::io::sink());
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
