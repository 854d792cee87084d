//! The subprocess mode: JSON-RPC 2.0 on the stdio of a Python process, one message a line.
//!
//! Calls are pipelined: each has an id and a thread of its own in Python. Python calls the host by
//! requests of its own, which run on threads here, so that either side may call while it is called.
//! When Python ends, for whatever reason, every call on its way ends with its last words.

use crate::call::{Call, CallError, HostError, Hosts, Pending, PythonError, Runtime};
use crate::wire::{from_text, to_text};
use crate::{Glue, Value};
use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How much of what Python writes to stderr is kept, in bytes.
const TAIL: usize = 16 << 10;
/// How long Python may take to end when it is told to.
const GRACE: Duration = Duration::from_secs(5);
/// The error code of a call that was cancelled, as `subprocess_server.py` has it.
const CANCELLED: i64 = 2;

/// How `async def` functions run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AsyncMode {
    /// Each on a loop of its own.
    #[default]
    PerCall,
    /// All on one loop.
    Persistent,
}

/// How Python is started.
#[derive(Clone)]
pub struct SubprocessOptions {
    /// The interpreter.
    pub python: PathBuf,
    /// Folders that go onto its path, before all others.
    pub paths: Vec<PathBuf>,
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
            async_mode: AsyncMode::default(),
            hosts: Hosts::default(),
            pass_stderr: true,
            start_timeout: Duration::from_secs(60),
        }
    }
}

/// Python in a process of its own.
pub struct Subprocess {
    options: SubprocessOptions,
    glue: PathBuf,
    connection: Mutex<Arc<Connection>>,
}

type Reply = Result<Value, CallError>;

/// One process, and what is on its way to it and from it.
struct Connection {
    child: Mutex<Child>,
    writer: Mutex<Option<ChildStdin>>,
    waiting: Mutex<HashMap<u64, Sender<Reply>>>,
    next: AtomicU64,
    hosts: Hosts,
    stderr: Mutex<Vec<u8>>,
    ended: Mutex<Option<CallError>>,
}

impl Subprocess {
    /// Starts an interpreter.
    ///
    /// # Errors
    /// [`CallError::Start`].
    pub fn start(options: SubprocessOptions, glue: &Glue) -> Result<Self, CallError> {
        let glue = glue.path().to_path_buf();
        let connection = Connection::start(&options, &glue)?;
        Ok(Self {
            options,
            glue,
            connection: Mutex::new(connection),
        })
    }

    /// Ends the process, however it is, and starts another. Calls on their way end with
    /// [`CallError::Ended`].
    ///
    /// # Errors
    /// [`CallError::Start`].
    pub fn restart(&self) -> Result<(), CallError> {
        let mut connection = lock(&self.connection);
        connection.kill();
        *connection = Connection::start(&self.options, &self.glue)?;
        Ok(())
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        lock(&lock(&self.connection).child).id()
    }
}

impl Runtime for Subprocess {
    fn begin(&self, call: &Call) -> Result<Box<dyn Pending>, CallError> {
        let connection = Arc::clone(&lock(&self.connection));
        let params = Value::Map(vec![
            ("module".into(), call.module.as_str().into()),
            ("function".into(), call.function.as_str().into()),
            ("args".into(), Value::List(call.args.clone())),
            ("kwargs".into(), Value::Map(call.kwargs.clone())),
        ]);
        let (id, reply) = connection.request("call", &params)?;
        Ok(Box::new(Waiting {
            connection,
            id,
            reply,
            limit: call.timeout.map(|limit| (limit, Instant::now())),
            function: call.function.clone(),
        }))
    }

    fn shutdown(&self) {
        lock(&self.connection).end();
    }
}

impl Drop for Subprocess {
    fn drop(&mut self) {
        lock(&self.connection).kill();
    }
}

/// A poisoned lock only says that another thread panicked; what it guards is still whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Connection {
    fn start(options: &SubprocessOptions, glue: &Path) -> Result<Arc<Self>, CallError> {
        let fail = |why: String, stderr: String| CallError::Start {
            python: options.python.display().to_string(),
            why,
            stderr,
        };
        let mut child = Command::new(&options.python)
            .args(["-u", "-m", "mochi_runtime.subprocess_server"])
            .env("PYTHONPATH", python_path(&options.paths, glue))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| fail(error.to_string(), String::new()))?;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let connection = Arc::new(Self {
            child: Mutex::new(child),
            writer: Mutex::new(stdin),
            waiting: Mutex::default(),
            next: AtomicU64::new(1),
            hosts: options.hosts.clone(),
            stderr: Mutex::default(),
            ended: Mutex::default(),
        });
        let listener = stderr.map(|stderr| {
            let (connection, pass) = (Arc::clone(&connection), options.pass_stderr);
            std::thread::spawn(move || connection.listen(stderr, pass))
        });
        if let Some(stdout) = stdout {
            let connection = Arc::clone(&connection);
            std::thread::spawn(move || {
                connection.read(stdout);
                // Its last words come first.
                if let Some(listener) = listener {
                    let _ = listener.join();
                }
                connection.finish();
            });
        }
        let mode = match options.async_mode {
            AsyncMode::PerCall => "per-call",
            AsyncMode::Persistent => "persistent",
        };
        let params = Value::Map(vec![("async-mode".into(), mode.into())]);
        let started = connection
            .request("initialize", &params)
            .and_then(
                |(_, reply)| match reply.recv_timeout(options.start_timeout) {
                    Ok(reply) => reply,
                    Err(_) => Err(CallError::Cancelled),
                },
            );
        match started {
            Ok(_) => Ok(connection),
            Err(CallError::Ended { status, stderr }) => {
                Err(fail(format!("it ended ({status})"), stderr))
            }
            Err(_) => {
                connection.kill();
                let seconds = options.start_timeout.as_secs_f64();
                Err(fail(
                    format!("it did not answer within {seconds} s"),
                    connection.last_words(),
                ))
            }
        }
    }

    /// Sends a request, whose reply arrives by the channel.
    fn request(&self, method: &str, params: &Value) -> Result<(u64, Receiver<Reply>), CallError> {
        let params = to_text(params)?;
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = channel();
        lock(&self.waiting).insert(id, sender);
        let line =
            format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#);
        let ended = match lock(&self.ended).clone() {
            Some(error) => Some(error),
            // A write that fails is followed by the end, which answers.
            None => {
                self.send(&line);
                None
            }
        };
        if let Some(error) = ended {
            lock(&self.waiting).remove(&id);
            return Err(error);
        }
        Ok((id, receiver))
    }

    fn send(&self, line: &str) {
        if let Some(writer) = lock(&self.writer).as_mut() {
            let _ = writer.write_all(line.as_bytes());
            let _ = writer.write_all(b"\n");
            let _ = writer.flush();
        }
    }

    /// Reads what Python sends, until it ends.
    fn read(self: &Arc<Self>, stdout: ChildStdout) {
        let mut reader = BufReader::new(stdout);
        let mut line = String::new();
        while let Ok(1..) = reader.read_line(&mut line) {
            if let Ok(message) = from_text(&line) {
                match message.get("method").and_then(Value::as_str) {
                    Some("host") => self.serve(message),
                    Some(_) => {}
                    None => self.answer(&message),
                }
            }
            line.clear();
        }
    }

    /// Runs a function of the host for Python.
    fn serve(self: &Arc<Self>, message: Value) {
        let connection = Arc::clone(self);
        std::thread::spawn(move || {
            let id = message
                .get("id")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let params = message.get("params");
            let name = params
                .and_then(|params| params.get("name"))
                .and_then(Value::as_str);
            let args = match params.and_then(|params| params.get("args")) {
                Some(Value::List(args)) => args.clone(),
                _ => Vec::new(),
            };
            let result = connection.hosts.call(name.unwrap_or_default(), args);
            let body = result.and_then(|value| {
                to_text(&value).map_err(|error| HostError::new("ValueError", error.to_string()))
            });
            let body = match body {
                Ok(text) => format!(r#""result":{text}"#),
                Err(error) => format!(r#""error":{}"#, host_error(error)),
            };
            connection.send(&format!(r#"{{"jsonrpc":"2.0","id":"{id}",{body}}}"#));
        });
    }

    /// Hands a reply to the call that waits for it.
    fn answer(&self, message: &Value) {
        let Some(Value::Int(id)) = message.get("id") else {
            return;
        };
        let id = id
            .to_i64()
            .and_then(|id| u64::try_from(id).ok())
            .unwrap_or_default();
        let reply = match (message.get("result"), message.get("error")) {
            (_, Some(error)) => Err(call_error(error)),
            (Some(result), None) => Ok(result.clone()),
            (None, None) => Ok(Value::Null),
        };
        if let Some(waiting) = lock(&self.waiting).remove(&id) {
            // Whoever waited may have given up.
            let _ = waiting.send(reply);
        }
    }

    /// Keeps the end of what Python writes to stderr, and passes all of it on.
    fn listen(&self, mut stderr: ChildStderr, pass: bool) {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = stderr.read(&mut buffer) {
            let bytes = &buffer[..read];
            if pass {
                let _ = std::io::stderr().write_all(bytes);
            }
            let mut tail = lock(&self.stderr);
            tail.extend_from_slice(bytes);
            let excess = tail.len().saturating_sub(TAIL);
            tail.drain(..excess);
        }
    }

    fn last_words(&self) -> String {
        String::from_utf8_lossy(&lock(&self.stderr)).into_owned()
    }

    /// Python has closed its stdout: everything on its way ends.
    fn finish(&self) {
        let status = self.wait(GRACE).unwrap_or_else(|| {
            let _ = lock(&self.child).kill();
            "it closed its stdout".to_owned()
        });
        let error = CallError::Ended {
            status,
            stderr: self.last_words(),
        };
        *lock(&self.ended) = Some(error.clone());
        for (_, waiting) in lock(&self.waiting).drain() {
            let _ = waiting.send(Err(error.clone()));
        }
    }

    /// Waits for the process to end; its status.
    fn wait(&self, longest: Duration) -> Option<String> {
        let end = Instant::now() + longest;
        loop {
            match lock(&self.child).try_wait() {
                Ok(Some(status)) => return Some(status.to_string()),
                Ok(None) if Instant::now() < end => {}
                _ => return None,
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Ends it in good order, or by force where it does not.
    fn end(&self) {
        if let Ok((_, reply)) = self.request("shutdown", &Value::Map(Vec::new())) {
            let _ = reply.recv_timeout(GRACE);
        }
        *lock(&self.writer) = None;
        if self.wait(GRACE).is_none() {
            self.kill();
        }
    }

    fn kill(&self) {
        *lock(&self.writer) = None;
        let mut child = lock(&self.child);
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// A call that Python works on.
struct Waiting {
    connection: Arc<Connection>,
    id: u64,
    reply: Receiver<Reply>,
    limit: Option<(Duration, Instant)>,
    function: String,
}

impl Pending for Waiting {
    fn wait(self: Box<Self>) -> Reply {
        let ended = || {
            let ended = lock(&self.connection.ended).clone();
            Err(ended.unwrap_or(CallError::Cancelled))
        };
        let Some((limit, begun)) = self.limit else {
            return self.reply.recv().unwrap_or_else(|_| ended());
        };
        match self
            .reply
            .recv_timeout(limit.saturating_sub(begun.elapsed()))
        {
            Ok(reply) => reply,
            Err(RecvTimeoutError::Disconnected) => ended(),
            Err(RecvTimeoutError::Timeout) => {
                self.cancel();
                Err(CallError::Timeout {
                    function: self.function.clone(),
                    limit,
                })
            }
        }
    }

    fn cancel(&self) {
        let id = self.id;
        self.connection.send(&format!(
            r#"{{"jsonrpc":"2.0","method":"cancel","params":{{"id":{id}}}}}"#
        ));
    }
}

fn host_error(error: HostError) -> String {
    let mut data = vec![("kind".to_owned(), Value::Str(error.kind))];
    data.extend(error.payload.map(|payload| ("payload".to_owned(), payload)));
    let error = Value::Map(vec![
        ("code".into(), 1.into()),
        ("message".into(), error.message.into()),
        ("data".into(), Value::Map(data)),
    ]);
    // A payload that is too deep is left out.
    to_text(&error).unwrap_or_else(|_| r#"{"code":1,"message":"the host failed"}"#.to_owned())
}

fn call_error(error: &Value) -> CallError {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    if matches!(error.get("code"), Some(Value::Int(code)) if code.to_i64() == Some(CANCELLED)) {
        return CallError::Cancelled;
    }
    let data = error.get("data");
    CallError::Python(PythonError {
        kind: text(data.and_then(|data| data.get("type"))),
        message: text(error.get("message")),
        traceback: text(data.and_then(|data| data.get("traceback"))),
    })
}

/// The glue and the folders, then what the user has set.
fn python_path(paths: &[PathBuf], glue: &Path) -> OsString {
    let own = std::iter::once(glue.to_path_buf()).chain(paths.iter().cloned());
    let users = std::env::var_os("PYTHONPATH");
    let users = users.iter().flat_map(std::env::split_paths);
    // Only a path with a separator in it cannot be joined; then the glue alone has to do.
    std::env::join_paths(own.chain(users)).unwrap_or_else(|_| glue.as_os_str().to_owned())
}
