//! The WASI mode: Python as a component (`wit/bridge.wit`) on wasmtime, with WASI Preview 2 and
//! nothing granted that was not asked for.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `component` | the component: built by componentize-py, compiled, kept in the cache |
//! | `worker` | the thread that owns an instance, and the calls that it works on |
//! | `link` | what the instance asks of the host: host functions, nested calls, time |
//! | `stderr` | what Python prints |
//!
//! An instance has one thread: a call that comes while another runs waits for it, unless that one
//! waits for a host function; then it runs nested.

mod bindings;
mod component;
mod link;
mod stderr;
mod worker;

pub use component::{COMPONENTIZE_PY, Component, ComponentError};

use crate::AsyncMode;
use crate::call::{Call, CallError, Hosts, Pending, Runtime};
use crate::rpc::{lock, params};
use crate::waiting::Waiting;
use crate::wire::to_message;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use worker::Worker;

/// A folder of the host that Python may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The folder.
    pub host: PathBuf,
    /// Where Python sees it, `/data`.
    pub guest: String,
    /// Whether Python may write to it.
    pub writable: bool,
}

/// What an instance is given. By default that is nothing.
#[derive(Clone, Default)]
pub struct WasiOptions {
    /// Folders that Python imports from, before all others. It may read them.
    pub paths: Vec<PathBuf>,
    /// Other folders.
    pub grants: Vec<Grant>,
    /// The environment variables that Python sees.
    pub env: Vec<(String, String)>,
    /// Whether Python may open connections of its own.
    pub network: bool,
    /// How `async def` functions run.
    pub async_mode: AsyncMode,
    /// The functions that Python can call.
    pub hosts: Hosts,
    /// Whether what Python prints is dropped, not passed on to stderr.
    pub drop_stderr: bool,
}

/// Python in an instance of a component.
pub struct Wasi {
    component: Component,
    options: WasiOptions,
    worker: Mutex<Arc<Worker>>,
}

impl Wasi {
    /// Makes an instance.
    ///
    /// # Errors
    /// [`CallError::Start`]: a folder cannot be opened, or the component does not start.
    pub fn start(options: WasiOptions, component: Component) -> Result<Self, CallError> {
        let worker = Worker::start(&component, &options)?;
        Ok(Self {
            component,
            options,
            worker: Mutex::new(worker),
        })
    }

    /// What a call of the component costs without the bridge: it gives back what it is given.
    ///
    /// # Errors
    /// The instance has ended.
    pub fn ping(&self, payload: Vec<u8>) -> Result<Vec<u8>, CallError> {
        lock(&self.worker).ping(payload)
    }
}

impl Runtime for Wasi {
    fn begin(&self, call: &Call) -> Result<Box<dyn Pending>, CallError> {
        let worker = Arc::clone(&lock(&self.worker));
        let (number, reply) = worker.begin(to_message(&params(call))?.into_bytes())?;
        let ended = Arc::clone(&worker);
        let cancel = move || worker.cancel(number);
        Ok(Waiting::begun(call, reply, cancel, move || ended.end_of()))
    }

    fn hosts(&self) -> &Hosts {
        &self.options.hosts
    }

    fn restart(&self) -> Result<(), CallError> {
        let mut worker = lock(&self.worker);
        worker.end();
        *worker = Worker::start(&self.component, &self.options)?;
        Ok(())
    }

    fn shutdown(&self) {
        lock(&self.worker).end();
    }
}

impl Drop for Wasi {
    fn drop(&mut self) {
        lock(&self.worker).end();
    }
}
