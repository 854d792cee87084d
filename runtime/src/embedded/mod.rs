//! The embedded mode: libpython in this process, its host functions in the built-in module
//! `_mochi_host`.
//!
//! The interpreter is started once and kept for the process. A call without a limit of time runs on
//! the thread that makes it; one that has to be cancelled or timed on a thread of its own. The GIL
//! is released while the host works, and nothing here needs it to exist (PEP 703).

mod builtin;
mod convert;
mod interpreter;

use crate::call::{Call, CallError, Hosts, Pending, PythonError, Runtime};
use crate::rpc::{Reply, lock};
use crate::waiting::Waiting;
use crate::{AsyncMode, Glue};
use convert::{from_python, to_python};
pub use interpreter::linked_python;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock};

/// The stack of a thread that runs Python, in bytes: as much as the main thread has.
const STACK: usize = 8 << 20;

/// How the interpreter is started. What concerns the process holds for the first start.
#[derive(Clone, Default)]
pub struct EmbeddedOptions {
    /// The interpreter whose environment it is to have, the one of a venv for example; without one,
    /// that of the libpython.
    pub python: Option<PathBuf>,
    /// Folders that go onto its path, before all others.
    pub paths: Vec<PathBuf>,
    /// How `async def` functions run.
    pub async_mode: AsyncMode,
    /// The functions that Python can call.
    pub hosts: Hosts,
    /// Whether what Python prints goes to stderr, and its stdin is empty.
    pub quiet: bool,
}

/// Python in this process. Several may be there: they share the interpreter, not host functions.
pub struct Embedded {
    inner: Arc<Inner>,
}

struct Inner {
    /// The host's number in this process.
    host: u64,
    /// `_calls.Calls` of the Python side, and its `run_here`.
    calls: Py<PyAny>,
    run_here: Py<PyAny>,
    parts: Arc<Parts>,
    hosts: Hosts,
    next: AtomicU64,
    running: Mutex<BTreeSet<u64>>,
    closed: AtomicBool,
}

/// What of the Python side is needed again and again.
pub(crate) struct Parts {
    dumps: Py<PyAny>,
    integer: Py<PyAny>,
    digits: Py<PyAny>,
    described: Py<PyAny>,
    of_host: Py<PyAny>,
}

/// The hosts of this process by their numbers, for `_mochi_host.call`.
static HOSTS: Mutex<BTreeMap<u64, (Hosts, Arc<Parts>)>> = Mutex::new(BTreeMap::new());
static NEXT_HOST: AtomicU64 = AtomicU64::new(1);
static PARTS: OnceLock<Arc<Parts>> = OnceLock::new();

impl Embedded {
    /// Starts the interpreter, if this process has none yet, and connects the host's functions.
    ///
    /// # Errors
    /// [`CallError::Start`]: the interpreter does not start, or is not of the libpython's minor.
    pub fn start(options: &EmbeddedOptions, glue: &Glue) -> Result<Self, CallError> {
        interpreter::ensure(options.python.as_deref())?;
        let number = NEXT_HOST.fetch_add(1, Ordering::Relaxed);
        let begun = Python::attach(|py| -> PyResult<(Py<PyAny>, Py<PyAny>, Arc<Parts>)> {
            set_path(py, &options.paths, glue.path())?;
            let side = py.import("mochi_runtime._embedded")?;
            if options.quiet {
                side.call_method0("quiet")?;
            }
            let parts = match PARTS.get() {
                Some(parts) => Arc::clone(parts),
                None => Arc::new(Parts::of(py)?),
            };
            let parts = Arc::clone(PARTS.get_or_init(|| parts));
            lock(&HOSTS).insert(number, (options.hosts.clone(), Arc::clone(&parts)));
            let calls = side.call_method1("start", (number, options.async_mode.name()))?;
            let run_here = calls.getattr("run_here")?;
            Ok((calls.unbind(), run_here.unbind(), parts))
        });
        let (calls, run_here, parts) = begun.map_err(|error| CallError::Start {
            python: shown(options.python.as_deref()),
            why: Python::attach(|py| plainly(py, &error)).to_string(),
            stderr: String::new(),
        })?;
        Ok(Self {
            inner: Arc::new(Inner {
                host: number,
                calls,
                run_here,
                parts,
                hosts: options.hosts.clone(),
                next: AtomicU64::new(1),
                running: Mutex::default(),
                closed: AtomicBool::new(false),
            }),
        })
    }
}

impl Runtime for Embedded {
    fn begin(&self, call: &Call) -> Result<Box<dyn Pending>, CallError> {
        let inner = Arc::clone(&self.inner);
        let number = inner.number()?;
        let (sender, reply) = channel();
        let task = {
            let (inner, call) = (Arc::clone(&inner), call.clone());
            move || {
                // Whoever waited may have given up.
                let _ = sender.send(inner.run(Some(number), &call));
                lock(&inner.running).remove(&number);
            }
        };
        let begun = std::thread::Builder::new().stack_size(STACK).spawn(task);
        begun.map_err(|error| {
            lock(&inner.running).remove(&number);
            CallError::Start {
                python: "a thread for the call".to_owned(),
                why: error.to_string(),
                stderr: String::new(),
            }
        })?;
        let cancel = move || inner.cancel(number);
        Ok(Waiting::begun(call, reply, cancel, || CallError::Cancelled))
    }

    fn call(&self, call: &Call) -> Reply {
        match call.timeout {
            Some(_) => self.begin(call)?.wait(),
            None => {
                self.inner.check_open()?;
                self.inner.run(None, call)
            }
        }
    }

    fn hosts(&self) -> &Hosts {
        &self.inner.hosts
    }

    fn restart(&self) -> Result<(), CallError> {
        Err(CallError::Start {
            python: "libpython".to_owned(),
            why: "an interpreter in this process is kept until the process ends; the subprocess \
                  mode can start one anew"
                .to_owned(),
            stderr: String::new(),
        })
    }

    /// Cancels what is on its way; the interpreter itself is kept for the process.
    fn shutdown(&self) {
        self.inner.closed.store(true, Ordering::Relaxed);
        let running: Vec<u64> = lock(&self.inner.running).iter().copied().collect();
        for number in running {
            self.inner.cancel(number);
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        lock(&HOSTS).remove(&self.host);
    }
}

impl Inner {
    fn check_open(&self) -> Result<(), CallError> {
        match self.closed.load(Ordering::Relaxed) {
            false => Ok(()),
            true => Err(CallError::Ended {
                status: "it was shut down".to_owned(),
                stderr: String::new(),
            }),
        }
    }

    /// The number of a call that can be cancelled.
    fn number(&self) -> Result<u64, CallError> {
        self.check_open()?;
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        lock(&self.running).insert(number);
        Ok(number)
    }

    /// Runs a call on this thread; one without a number cannot be cancelled.
    fn run(&self, number: Option<u64>, call: &Call) -> Reply {
        Python::attach(|py| {
            let found = self.run_attached(py, number, call);
            found.unwrap_or_else(|error| Err(failed(py, &self.parts, &error)))
        })
    }

    fn run_attached(&self, py: Python<'_>, number: Option<u64>, call: &Call) -> PyResult<Reply> {
        let mut args = Vec::with_capacity(call.args.len());
        for value in &call.args {
            match to_python(py, value, &self.parts)? {
                Ok(value) => args.push(value),
                Err(error) => return Ok(Err(error.into())),
            }
        }
        let kwargs = PyDict::new(py);
        for (key, value) in &call.kwargs {
            match to_python(py, value, &self.parts)? {
                Ok(value) => kwargs.set_item(key, value)?,
                Err(error) => return Ok(Err(error.into())),
            }
        }
        let args = PyTuple::new(py, args)?;
        let (module, function) = (&*call.module, &*call.function);
        let result = match number {
            None => self
                .run_here
                .bind(py)
                .call1((module, function, args, kwargs))?,
            Some(number) => {
                let call = (number, module, function, args, kwargs);
                self.calls.bind(py).call_method1("run", call)?
            }
        };
        from_python(&result, &self.parts).map(Ok)
    }

    fn cancel(&self, number: u64) {
        Python::attach(|py| {
            // A call that is over cannot be cancelled, and need not.
            let _ = self.calls.bind(py).call_method1("cancel", (number,));
        });
    }
}

impl Parts {
    fn of(py: Python<'_>) -> PyResult<Self> {
        let codec = py.import("mochi_runtime._codec")?;
        let side = py.import("mochi_runtime._embedded")?;
        Ok(Self {
            dumps: codec.getattr("dumps")?.unbind(),
            integer: codec.getattr("_integer")?.unbind(),
            digits: codec.getattr("_digits")?.unbind(),
            described: side.getattr("described")?.unbind(),
            of_host: side.getattr("of_host")?.unbind(),
        })
    }
}

/// Puts the glue and the folders before everything else on `sys.path`.
fn set_path(py: Python<'_>, paths: &[PathBuf], glue: &Path) -> PyResult<()> {
    let path = py.import("sys")?.getattr("path")?;
    for folder in paths.iter().map(PathBuf::as_path).rev().chain([glue]) {
        if !path.contains(folder.as_os_str())? {
            path.call_method1("insert", (0, folder.as_os_str()))?;
        }
    }
    Ok(())
}

/// What the Python side says of an exception.
fn failed(py: Python<'_>, parts: &Parts, error: &PyErr) -> CallError {
    let described = parts.described.bind(py).call1((error.value(py),));
    match described.and_then(|described| from_python(&described, parts)) {
        Ok(described) => crate::rpc::call_error(&described),
        Err(_) => CallError::Python(plainly(py, error)),
    }
}

/// An exception, where the Python side cannot be asked.
fn plainly(py: Python<'_>, error: &PyErr) -> PythonError {
    let traceback = error.traceback(py).map(|trace| trace.format());
    PythonError {
        kind: error.get_type(py).to_string(),
        message: error.value(py).to_string(),
        traceback: traceback.and_then(Result::ok).unwrap_or_default(),
    }
}

fn shown(python: Option<&Path>) -> String {
    python.map_or_else(|| "libpython".to_owned(), |path| path.display().to_string())
}

/// Converted values of all lengths are told apart from what failed in Python.
pub(crate) type Converted<'py> = Result<Bound<'py, PyAny>, crate::wire::WireError>;
