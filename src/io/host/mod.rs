//! The Pythons of this machine: which there are, what they are like, and the venvs made of them.
//!
//! | file | what |
//! | --- | --- |
//! | `env` | [`HostEnv`]: what of the environment matters here, as a value |
//! | `interpreter` | [`Interpreter`]: what a Python says of itself |
//! | `probe` | [`Prober`]: asks, and remembers the answers |
//! | `process` | running a Python with patience |
//! | `platform` | [`Platform`]: the machine under it, and the name of its target |
//! | `scheme` | [`Scheme`]: the folders that packages go to |
//! | `find` | [`Search`]: every Python on the PATH, in pyenv and in the common places |
//! | `venv` | [`Venv`]: one that is there, read without starting it; one that is made |
//!
//! Starting Python costs more than the rest of a `sync` with nothing to do, so what it said is
//! kept in the cache, and a venv is read from its files alone.

mod env;
mod error;
mod find;
mod interpreter;
mod platform;
mod probe;
mod process;
mod scheme;
mod venv;

pub use env::HostEnv;
pub use error::HostError;
pub use find::{Candidate, Hint, Search};
pub use interpreter::Interpreter;
pub use platform::{Libc, Platform};
pub use probe::Prober;
pub use scheme::Scheme;
pub use venv::{Venv, create_venv};
