//! A call on its way, and what can go wrong with it.

use crate::Value;
use crate::wire::WireError;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A call of a Python function.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Call {
    /// The module, which is imported; empty for a function that was exposed.
    pub module: String,
    /// The function, or a path of attributes to it.
    pub function: String,
    /// The arguments.
    pub args: Vec<Value>,
    /// The arguments by name.
    pub kwargs: Vec<(String, Value)>,
    /// How long it may take; without, for ever.
    pub timeout: Option<Duration>,
}

impl Call {
    /// A call without arguments.
    #[must_use]
    pub fn new(module: &str, function: &str) -> Self {
        Self {
            module: module.to_owned(),
            function: function.to_owned(),
            ..Self::default()
        }
    }

    /// With one more argument.
    #[must_use]
    pub fn arg(mut self, value: impl Into<Value>) -> Self {
        self.args.push(value.into());
        self
    }

    /// With a limit of time.
    #[must_use]
    pub const fn within(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

/// An exception of Python.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {message}")]
pub struct PythonError {
    /// The type with its module, `json.decoder.JSONDecodeError`; built-in ones by their name.
    pub kind: String,
    /// What it says.
    pub message: String,
    /// The traceback as Python prints it.
    pub traceback: String,
}

/// Why a call has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The function raised.
    #[error(transparent)]
    Python(#[from] PythonError),
    /// A value cannot cross.
    #[error(transparent)]
    Value(#[from] WireError),
    /// It took longer than it may. Python was told to stop it.
    #[error("the call of {function} took longer than {limit:?}")]
    Timeout {
        /// The function.
        function: String,
        /// The limit.
        limit: Duration,
    },
    /// It was cancelled.
    #[error("the call was cancelled")]
    Cancelled,
    /// Python has ended: by a crash, a signal, or because it was told to.
    #[error("Python has ended ({status}){}", Tail(stderr))]
    Ended {
        /// Its exit status.
        status: String,
        /// The last that it wrote to stderr.
        stderr: String,
    },
    /// Python could not be started.
    #[error("`{python}` could not be started: {why}{}", Tail(stderr))]
    Start {
        /// The interpreter.
        python: String,
        /// What is wrong.
        why: String,
        /// The last that it wrote to stderr.
        stderr: String,
    },
}

struct Tail<'a>(&'a str);

impl std::fmt::Display for Tail<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.trim_end() {
            "" => Ok(()),
            text => write!(f, "; its last words:\n{text}"),
        }
    }
}

/// Why a host function has no result. In Python it is a `MochiError`.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{kind}: {message}")]
pub struct HostError {
    /// The host's name of the error.
    pub kind: String,
    /// What it says.
    pub message: String,
    /// What it gives with it.
    pub payload: Option<Value>,
}

impl HostError {
    /// An error of a kind.
    #[must_use]
    pub fn new(kind: &str, message: impl Into<String>) -> Self {
        Self {
            kind: kind.to_owned(),
            message: message.into(),
            payload: None,
        }
    }
}

/// A function of the host that Python can call; it runs on a thread of its own.
pub type HostFunction = Arc<dyn Fn(Vec<Value>) -> Result<Value, HostError> + Send + Sync>;

/// The functions of the host, by name.
#[derive(Clone, Default)]
pub struct Hosts(BTreeMap<String, HostFunction>);

impl Hosts {
    /// With one more function.
    #[must_use]
    pub fn with(
        mut self,
        name: &str,
        function: impl Fn(Vec<Value>) -> Result<Value, HostError> + Send + Sync + 'static,
    ) -> Self {
        self.0.insert(name.to_owned(), Arc::new(function));
        self
    }

    /// Calls one.
    ///
    /// # Errors
    /// The function's own, or that there is none of this name.
    pub fn call(&self, name: &str, args: Vec<Value>) -> Result<Value, HostError> {
        match self.0.get(name) {
            Some(function) => function(args),
            None => {
                let known: Vec<&str> = self.0.keys().map(String::as_str).collect();
                let message = format!(
                    "the host has no function {name:?}; it has {}",
                    known.join(", ")
                );
                Err(HostError::new("NoFunction", message))
            }
        }
    }
}

/// A call that has begun.
pub trait Pending: Send {
    /// Waits for its result.
    ///
    /// # Errors
    /// See [`CallError`].
    fn wait(self: Box<Self>) -> Result<Value, CallError>;

    /// Asks Python to stop it; [`Self::wait`] then gives [`CallError::Cancelled`], unless the
    /// result was faster.
    fn cancel(&self);
}

/// Python, however a program meets it.
pub trait Runtime: Send + Sync {
    /// Begins a call; many may be on their way.
    ///
    /// # Errors
    /// A value cannot cross, or Python is not there.
    fn begin(&self, call: &Call) -> Result<Box<dyn Pending>, CallError>;

    /// Calls a function and waits for its result.
    ///
    /// # Errors
    /// See [`CallError`].
    fn call(&self, call: &Call) -> Result<Value, CallError> {
        self.begin(call)?.wait()
    }

    /// Ends Python in good order; what is on its way is cancelled.
    fn shutdown(&self);
}
