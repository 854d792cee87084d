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
//! | `glue` | the Python side, put on disk by content |
//! | `mode` | the modes, and which of them a target can have |
//! | `rpc` | JSON-RPC 2.0 on the stdio of a process: what subprocess and Pyodide-in-Node share |
//! | `subprocess` | the subprocess mode |
//! | `pyodide_node` | the pyodide mode, with Node for a browser |

mod call;
mod glue;
mod integer;
mod pyodide_node;
mod rpc;
mod subprocess;
mod value;
pub mod wire;

pub use call::{Call, CallError, HostError, HostFunction, Hosts, Pending, PythonError, Runtime};
pub use glue::{Glue, GlueError};
pub use integer::Integer;
pub use pyodide_node::{PyodideNode, PyodideNodeOptions};
pub use subprocess::{AsyncMode, Subprocess, SubprocessOptions};
pub use value::Value;
