//! Reading TOML files that people write, with errors that name the file, the line and the key.
//!
//! [`Document`] holds a parsed file; [`Node`] is a place in it that knows its own key path and
//! line. The manifest and the lock are read through these, so that both speak alike of what is
//! wrong in them.

mod error;
mod node;

pub use error::{Invalid, nearest};
pub use node::{Document, Node, Table};
