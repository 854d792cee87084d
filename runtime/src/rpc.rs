//! JSON-RPC 2.0 on the stdio of a process, one message a line, both ways.
//!
//! Calls are pipelined: each has an id. The process calls the host by requests of its own, which run
//! on threads here, so that either side may call while it is called. When the process ends, for
//! whatever reason, every call on its way ends with its last words.

use crate::Value;
use crate::call::{Call, CallError, HostError, Hosts, Pending, PythonError, Runtime};
use crate::waiting::Waiting;
use crate::wire::{from_message, to_message};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How much of what the process writes to stderr is kept, in bytes.
const TAIL: usize = 16 << 10;
/// How long it may take to end when it is told to.
const GRACE: Duration = Duration::from_secs(5);
/// How much is read at once, in bytes.
const BUFFER: usize = 1 << 18;
/// The error code of an exception, as `_calls.py` has it.
const PYTHON_ERROR: i64 = 1;
/// The error code of a call that was cancelled, as `_calls.py` has it.
const CANCELLED: i64 = 2;
/// The error code of a runtime that does not start, as `serve` sends it.
const NOT_STARTED: i64 = 3;
/// The error code of a runtime that has ended, as `serve` sends it.
const ENDED: i64 = 4;

/// How a process that speaks the protocol is started.
pub(crate) struct Launch {
    /// Its program, for messages.
    pub(crate) program: String,
    /// How it is started; its stdio is set here.
    pub(crate) command: Command,
    /// What `initialize` says.
    pub(crate) params: Value,
    /// Whether what it writes to stderr is passed on.
    pub(crate) pass_stderr: bool,
    /// How long the start may take.
    pub(crate) timeout: Duration,
}

/// A process that can be started anew: what the modes with a process of their own share.
pub(crate) struct Process {
    launch: Box<dyn Fn() -> Launch + Send + Sync>,
    hosts: Hosts,
    connection: Mutex<Arc<Connection>>,
}

impl Process {
    /// Starts one.
    ///
    /// # Errors
    /// [`CallError::Start`].
    pub(crate) fn start(
        launch: impl Fn() -> Launch + Send + Sync + 'static,
        hosts: &Hosts,
    ) -> Result<Self, CallError> {
        let connection = Connection::start(launch(), hosts)?;
        Ok(Self {
            launch: Box::new(launch),
            hosts: hosts.clone(),
            connection: Mutex::new(connection),
        })
    }

    pub(crate) fn id(&self) -> u32 {
        lock(&lock(&self.connection).child).id()
    }
}

impl Runtime for Process {
    fn begin(&self, call: &Call) -> Result<Box<dyn Pending>, CallError> {
        let connection = Arc::clone(&lock(&self.connection));
        let (id, reply) = connection.request("call", &params(call))?;
        let ended = Arc::clone(&connection);
        let cancel = move || {
            connection.send(format!(
                r#"{{"jsonrpc":"2.0","method":"cancel","params":{{"id":{id}}}}}"#
            ));
        };
        Ok(Waiting::begun(call, reply, cancel, move || ended.end_of()))
    }

    fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    fn restart(&self) -> Result<(), CallError> {
        let mut connection = lock(&self.connection);
        connection.kill();
        *connection = Connection::start((self.launch)(), &self.hosts)?;
        Ok(())
    }

    fn shutdown(&self) {
        lock(&self.connection).end();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        lock(&self.connection).kill();
    }
}

/// What a mode with a process of its own is to its program: the process.
macro_rules! runtime_of_process {
    ($mode:ty) => {
        impl crate::Runtime for $mode {
            fn begin(
                &self,
                call: &crate::Call,
            ) -> Result<Box<dyn crate::Pending>, crate::CallError> {
                self.0.begin(call)
            }

            fn hosts(&self) -> &crate::Hosts {
                self.0.hosts()
            }

            fn restart(&self) -> Result<(), crate::CallError> {
                self.0.restart()
            }

            fn shutdown(&self) {
                self.0.shutdown();
            }
        }
    };
}

pub(crate) use runtime_of_process;

/// A call as the other side takes it.
pub(crate) fn params(call: &Call) -> Value {
    Value::Map(vec![
        ("module".into(), call.module.as_str().into()),
        ("function".into(), call.function.as_str().into()),
        ("args".into(), Value::List(call.args.clone())),
        ("kwargs".into(), Value::Map(call.kwargs.clone())),
    ])
}

pub(crate) type Reply = Result<Value, CallError>;

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

/// A poisoned lock only says that another thread panicked; what it guards is still whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Connection {
    fn start(mut launch: Launch, hosts: &Hosts) -> Result<Arc<Self>, CallError> {
        let program = launch.program;
        let fail = |why: String, stderr: String| CallError::Start {
            python: program.clone(),
            why,
            stderr,
        };
        let mut child = launch
            .command
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
            hosts: hosts.clone(),
            stderr: Mutex::default(),
            ended: Mutex::default(),
        });
        let listener = stderr.map(|stderr| {
            let (connection, pass) = (Arc::clone(&connection), launch.pass_stderr);
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
        let started = connection
            .request("initialize", &launch.params)
            .and_then(|(_, reply)| match reply.recv_timeout(launch.timeout) {
                Ok(reply) => reply,
                Err(_) => Err(CallError::Cancelled),
            });
        match started {
            Ok(_) => Ok(connection),
            Err(CallError::Ended { status, stderr }) => {
                Err(fail(format!("it ended ({status})"), stderr))
            }
            Err(error @ CallError::Start { .. }) => {
                connection.kill();
                Err(error)
            }
            Err(CallError::Python(error)) => {
                connection.kill();
                Err(fail(error.to_string(), connection.last_words()))
            }
            Err(_) => {
                connection.kill();
                let seconds = launch.timeout.as_secs_f64();
                Err(fail(
                    format!("it did not answer within {seconds} s"),
                    connection.last_words(),
                ))
            }
        }
    }

    /// Sends a request, whose reply arrives by the channel.
    fn request(&self, method: &str, params: &Value) -> Result<(u64, Receiver<Reply>), CallError> {
        let params = to_message(params)?;
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = channel();
        lock(&self.waiting).insert(id, sender);
        let line =
            format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#);
        let ended = match lock(&self.ended).clone() {
            Some(error) => Some(error),
            None => {
                self.send(line);
                None
            }
        };
        if let Some(error) = ended {
            lock(&self.waiting).remove(&id);
            return Err(error);
        }
        Ok((id, receiver))
    }

    fn send(&self, mut line: String) {
        line.push('\n');
        if let Some(writer) = lock(&self.writer).as_mut() {
            // A write that fails is followed by the end, which answers.
            let _ = writer.write_all(line.as_bytes());
        }
    }

    /// Reads what Python sends, until it ends.
    fn read(self: &Arc<Self>, stdout: ChildStdout) {
        let mut reader = BufReader::with_capacity(BUFFER, stdout);
        let mut line = String::new();
        while let Ok(1..) = reader.read_line(&mut line) {
            if let Ok(message) = from_message(&line) {
                match message.get("method").and_then(Value::as_str) {
                    Some("host") => self.serve(message),
                    Some(_) => {}
                    None => self.answer(message),
                }
            }
            line.clear();
        }
    }

    /// Runs a function of the host for Python.
    fn serve(self: &Arc<Self>, message: Value) {
        let connection = Arc::clone(self);
        std::thread::spawn(move || {
            let mut message = message;
            let mut params = message.remove("params").unwrap_or(Value::Null);
            let name = params.remove("name");
            let args = match params.remove("args") {
                Some(Value::List(args)) => args,
                _ => Vec::new(),
            };
            let name = name.as_ref().and_then(Value::as_str).unwrap_or_default();
            let result = connection.hosts.call(name, args);
            let id = message
                .get("id")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let body = result.and_then(|value| {
                to_message(&value).map_err(|error| HostError::new("ValueError", error.to_string()))
            });
            let body = match body {
                Ok(text) => format!(r#""result":{text}"#),
                Err(error) => format!(r#""error":{}"#, host_error(error)),
            };
            connection.send(format!(r#"{{"jsonrpc":"2.0","id":"{id}",{body}}}"#));
        });
    }

    /// Hands a reply to the call that waits for it.
    fn answer(&self, mut message: Value) {
        let Some(Value::Int(id)) = message.get("id") else {
            return;
        };
        let id = id
            .to_i64()
            .and_then(|id| u64::try_from(id).ok())
            .unwrap_or_default();
        let reply = match message.get("error") {
            Some(error) => Err(call_error(error)),
            None => Ok(message.remove("result").unwrap_or(Value::Null)),
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

    /// Why there are no replies any more.
    fn end_of(&self) -> CallError {
        lock(&self.ended).clone().unwrap_or(CallError::Cancelled)
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

/// An error of the host, as the other side takes it.
fn host_error(error: HostError) -> String {
    let (code, message) = (Value::from(1), Value::from(&*error.message));
    let data = described(error);
    let error = Value::Map(vec![
        ("code".into(), code),
        ("message".into(), message),
        ("data".into(), data),
    ]);
    // A payload that is too deep is left out.
    to_message(&error).unwrap_or_else(|_| r#"{"code":1,"message":"the host failed"}"#.to_owned())
}

/// An error of the host, as `_errors.of_host` takes it.
pub(crate) fn described(error: HostError) -> Value {
    let mut data = vec![
        ("kind".to_owned(), Value::Str(error.kind)),
        ("message".to_owned(), Value::Str(error.message)),
    ];
    data.extend(error.payload.map(|payload| ("payload".to_owned(), payload)));
    let cause = error.cause.map(|cause| described(*cause));
    data.extend(cause.map(|cause| ("cause".to_owned(), cause)));
    Value::Map(data)
}

/// What `_calls.described` says of an exception.
pub(crate) fn call_error(error: &Value) -> CallError {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let data = |key| text(error.get("data").and_then(|data| data.get(key)));
    let code = match error.get("code") {
        Some(Value::Int(code)) => code.to_i64(),
        _ => None,
    };
    match code {
        Some(CANCELLED) => CallError::Cancelled,
        Some(NOT_STARTED) => CallError::Start {
            python: data("python"),
            why: text(error.get("message")),
            stderr: data("stderr"),
        },
        Some(ENDED) => CallError::Ended {
            status: text(error.get("message")),
            stderr: data("stderr"),
        },
        _ => CallError::Python(PythonError {
            kind: data("type"),
            message: text(error.get("message")),
            traceback: data("traceback"),
        }),
    }
}

/// The reverse of [`call_error`].
pub(crate) fn reply_error(error: &CallError) -> String {
    let (code, message, data): (i64, String, Vec<(&str, &str)>) = match error {
        CallError::Python(error) => {
            let data = vec![("type", &*error.kind), ("traceback", &*error.traceback)];
            (PYTHON_ERROR, error.message.clone(), data)
        }
        CallError::Cancelled => (CANCELLED, error.to_string(), Vec::new()),
        CallError::Start {
            python,
            why,
            stderr,
        } => {
            let data = vec![("python", &**python), ("stderr", &**stderr)];
            (NOT_STARTED, why.clone(), data)
        }
        CallError::Ended { status, stderr } => (ENDED, status.clone(), vec![("stderr", stderr)]),
        CallError::Timeout { .. } | CallError::Value(_) => {
            let data = vec![("type", "ValueError"), ("traceback", "")];
            (PYTHON_ERROR, error.to_string(), data)
        }
    };
    let data = data
        .into_iter()
        .map(|(key, text)| (key.to_owned(), text.into()));
    let error = Value::Map(vec![
        ("code".into(), code.into()),
        ("message".into(), message.into()),
        ("data".into(), Value::Map(data.collect())),
    ]);
    // Texts are never too deep.
    to_message(&error).unwrap_or_default()
}
