//! The bridge between a Mochi program and Python: the glue that wheels vendor (`python/`), and the
//! host side.
//!
//! A program does not care how it meets Python: [`Runtime`] is the one interface, [`Value`] what
//! crosses, unchanged, in both directions, and [`CallError`] what fails.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `value`, `integer` | what crosses |
//! | `wire` | values as JSON text, as `_codec.py` has them |
//! | `call` | a call on its way, and what can go wrong |
//! | `waiting` | waiting for a call, with a limit of time |
//! | `glue` | the Python side, put on disk by content |
//! | `here` | the mode of a build, of its target triple or the manifest |
//! | `rpc` | JSON-RPC 2.0 on the stdio of a process: what subprocess and Pyodide-in-Node share |
//! | `serve` | the other end of it: a runtime of this process, served |
//! | `setup` | what `mochi-py-host` is told, and the program's end of it |
//! | `subprocess` | the subprocess mode |
//! | `embedded` | the embedded mode (feature `embedded`) |
//! | `wasi` | the WASI mode (feature `wasi`) |
//! | `pyodide_node` | the pyodide mode, with Node for a browser |

mod call;
#[cfg(feature = "embedded")]
mod embedded;
mod glue;
mod here;
mod integer;
mod pyodide_node;
mod rpc;
mod serve;
mod setup;
mod subprocess;
mod value;
mod waiting;
#[cfg(feature = "wasi")]
mod wasi;
pub mod wire;

pub use call::{
    Call, CallError, Canceller, HostError, HostFunction, Hosts, Pending, PythonError, Runtime,
};
#[cfg(feature = "embedded")]
pub use embedded::{Embedded, EmbeddedOptions, linked_python};
pub use glue::{Glue, GlueError};
pub use here::{NoModeHere, mode_for, target_of_build};
pub use integer::Integer;
pub use pyodide_node::{PyodideNode, PyodideNodeOptions};
pub use serve::{Start, serve};
pub use setup::{HostProcess, Setup};
pub use subprocess::{Subprocess, SubprocessOptions};
pub use tag_matrix::{AsyncMode, RuntimeMode};
pub use value::Value;
#[cfg(feature = "wasi")]
pub use wasi::{COMPONENTIZE_PY, Component, ComponentError, Grant, Wasi, WasiOptions};
