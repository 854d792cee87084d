//! A call on its way, and what can go wrong with it.

use crate::Value;
use crate::wire::WireError;
use std::any::Any;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, PoisonError, RwLock};
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
    /// What caused it; in Python it is the `__cause__`.
    pub cause: Option<Box<HostError>>,
}

impl HostError {
    /// An error of a kind.
    #[must_use]
    pub fn new(kind: &str, message: impl Into<String>) -> Self {
        Self {
            kind: kind.to_owned(),
            message: message.into(),
            payload: None,
            cause: None,
        }
    }

    /// With what caused it.
    #[must_use]
    pub fn because(mut self, cause: Self) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }
}

/// A call of Python that failed within a host function: the exception's type is the kind.
impl From<CallError> for HostError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Python(error) => Self {
                payload: Some(error.traceback.into()),
                ..Self::new(&error.kind, error.message)
            },
            CallError::Timeout { .. } => Self::new("Timeout", error.to_string()),
            CallError::Cancelled => Self::new("Cancelled", error.to_string()),
            CallError::Value(_) => Self::new("ValueError", error.to_string()),
            _ => Self::new("Ended", error.to_string()),
        }
    }
}

/// A function of the host that Python can call. It may run on any thread, several at once.
pub type HostFunction = Arc<dyn Fn(Vec<Value>) -> Result<Value, HostError> + Send + Sync>;

/// The functions of the host, by name. Copies share what they hold.
#[derive(Clone, Default)]
pub struct Hosts {
    functions: Arc<RwLock<BTreeMap<String, HostFunction>>>,
    /// Who is asked for what is not among them.
    beyond: Option<Arc<Beyond>>,
}

type Beyond = dyn Fn(&str, Vec<Value>) -> Result<Value, HostError> + Send + Sync;

impl Hosts {
    /// Functions that somebody else has: whatever is not registered here is asked for there.
    pub(crate) fn asking(beyond: Arc<Beyond>) -> Self {
        Self {
            beyond: Some(beyond),
            ..Self::default()
        }
    }

    /// With one more function.
    #[must_use]
    pub fn with(
        self,
        name: &str,
        function: impl Fn(Vec<Value>) -> Result<Value, HostError> + Send + Sync + 'static,
    ) -> Self {
        self.register(name, Arc::new(function));
        self
    }

    /// Adds a function, or replaces the one of its name.
    pub fn register(&self, name: &str, function: HostFunction) {
        let mut functions = self
            .functions
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        functions.insert(name.to_owned(), function);
    }

    /// Calls one. A panic is an error of the kind `Panic`, where panics unwind.
    ///
    /// # Errors
    /// The function's own, or that there is none of this name.
    pub fn call(&self, name: &str, args: Vec<Value>) -> Result<Value, HostError> {
        let functions = self
            .functions
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        match functions.get(name).cloned() {
            Some(function) => {
                // It may register others.
                drop(functions);
                let caught = std::panic::catch_unwind(AssertUnwindSafe(|| function(args)));
                caught.unwrap_or_else(|panic| Err(HostError::new("Panic", words_of(&*panic))))
            }
            None if let Some(beyond) = &self.beyond => {
                drop(functions);
                beyond(name, args)
            }
            None => {
                let known: Vec<&str> = functions.keys().map(String::as_str).collect();
                let message = format!(
                    "the host has no function {name:?}; it has {}",
                    known.join(", ")
                );
                Err(HostError::new("NoFunction", message))
            }
        }
    }
}

/// What a panic says.
fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "the host's function panicked".to_owned())
}

/// Asks Python to stop a call.
pub type Canceller = Box<dyn Fn() + Send + Sync>;

/// A call that has begun.
pub trait Pending: Send {
    /// Waits for its result.
    ///
    /// # Errors
    /// See [`CallError`].
    fn wait(self: Box<Self>) -> Result<Value, CallError>;

    /// Asks Python to stop it; [`Self::wait`] then gives [`CallError::Cancelled`], unless the
    /// result was faster.
    fn cancel(&self) {
        self.canceller()();
    }

    /// The same for another thread, while this one waits.
    fn canceller(&self) -> Canceller;
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

    /// The functions of the host that Python can call; more may be registered at any time.
    fn hosts(&self) -> &Hosts;

    /// Ends Python, however it is, and starts it anew. Calls on their way end with
    /// [`CallError::Ended`].
    ///
    /// # Errors
    /// It does not start, or this mode cannot: an interpreter in this process is kept.
    fn restart(&self) -> Result<(), CallError>;

    /// Ends Python in good order; what is on its way is cancelled.
    fn shutdown(&self);
}
