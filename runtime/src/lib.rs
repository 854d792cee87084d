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
//! | `subprocess` | the subprocess mode: JSON-RPC 2.0 on the stdio of a Python process |

mod call;
mod glue;
mod integer;
mod subprocess;
mod value;
pub mod wire;

pub use call::{Call, CallError, HostError, HostFunction, Hosts, Pending, PythonError, Runtime};
pub use glue::{Glue, GlueError};
pub use integer::Integer;
pub use subprocess::{AsyncMode, Subprocess, SubprocessOptions};
pub use value::Value;
