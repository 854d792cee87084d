//! Running a Python to its end, or until patience is out.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::HostError;

/// How much of its output is kept, in bytes.
const MOST_OUTPUT: u64 = 1 << 20;

/// What a finished process left behind.
pub(crate) struct Said {
    pub(crate) succeeded: bool,
    status: String,
    pub(crate) stdout: String,
    stderr: String,
}

impl Said {
    /// The status and the last lines of what it printed, in one line.
    pub(crate) fn complaint(&self) -> String {
        let printed = if self.stderr.trim().is_empty() {
            &self.stdout
        } else {
            &self.stderr
        };
        let lines: Vec<&str> = printed
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        let end = lines[lines.len().saturating_sub(3)..].join(" / ");
        let end: String = end.chars().take(400).collect();
        if end.is_empty() {
            self.status.clone()
        } else {
            format!("{}: {end}", self.status)
        }
    }
}

/// Runs a command to its end, or for at most `patience`.
pub(crate) fn run(
    command: &mut Command,
    executable: &Path,
    patience: Duration,
) -> Result<Said, HostError> {
    let not_started = |source| HostError::NotStarted {
        executable: executable.to_path_buf(),
        source,
    };
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(not_started)?;
    let stdout = child.stdout.take().map(reader);
    let stderr = child.stderr.take().map(reader);
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    let status = loop {
        if let Some(status) = child.try_wait().map_err(not_started)? {
            break Some(status);
        }
        if started.elapsed() > patience {
            let _ = child.kill();
            let _ = child.wait();
            break None;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    };
    // After a kill, a grandchild may still hold the pipes open: what was printed is not waited for.
    let text = |reader: Option<thread::JoinHandle<String>>| match (reader, status) {
        (Some(reader), Some(_)) => reader.join().unwrap_or_default(),
        _ => String::new(),
    };
    Ok(Said {
        succeeded: status.is_some_and(|status| status.success()),
        status: status.map_or_else(
            || format!("no answer within {} seconds", patience.as_secs()),
            |status| status.to_string(),
        ),
        stdout: text(stdout),
        stderr: text(stderr),
    })
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

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_process_that_hangs_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let hanging = folder.path().join("hanging");
        fs::write(&hanging, "#!/bin/sh\nsleep 60\n").unwrap();
        fs::set_permissions(&hanging, fs::Permissions::from_mode(0o755)).unwrap();
        let started = Instant::now();
        let said = run(
            &mut Command::new(&hanging),
            &hanging,
            Duration::from_millis(200),
        )
        .unwrap();
        assert!(!said.succeeded);
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}
