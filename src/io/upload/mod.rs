//! Sending files to an index: what it has already (`listed`), and one file after the other (`send`).

mod listed;
mod send;

pub use listed::{Found, listing};
pub use send::{Sender, Sent};

use bytes::Bytes;
use publish::upload::{Form, FormError};
use wheel::page::Sha256;

/// A file that is to be sent.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Its name.
    pub filename: String,
    /// Its bytes.
    pub bytes: Bytes,
    /// Their SHA-256.
    pub sha256: Sha256,
    /// What is said with it.
    pub form: Form,
}

impl Outgoing {
    /// A distribution.
    ///
    /// # Errors
    /// [`FormError`]: it is none.
    pub fn new(filename: String, bytes: Vec<u8>) -> Result<Self, FormError> {
        let form = Form::of(&filename, &bytes)?;
        Ok(Self {
            sha256: Sha256::of(&bytes),
            bytes: bytes.into(),
            filename,
            form,
        })
    }
}
