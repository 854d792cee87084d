//! What can go wrong between the program and an index.

use crate::io::files::FileError;
use crate::io::net::NetError;

/// A fact that could not be had.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The network failed.
    #[error("{0}")]
    Net(#[from] NetError),
    /// A page that is not an index page.
    #[error("the page of {project} at {url} cannot be read: {why}")]
    Page {
        /// The project.
        project: String,
        /// Where the page is.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// A status that is not an answer.
    #[error("{url} answers {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// Contents that are not what their hash says.
    #[error("{what} has SHA-256 {found}, expected {expected}")]
    Hash {
        /// What was fetched.
        what: String,
        /// What it has.
        found: String,
        /// What it should have.
        expected: String,
    },
    /// A file that could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A wheel that a requirement names directly and that is none.
    #[error("{what} is not a valid wheel: {why}")]
    Wheel {
        /// Its URL or path.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// A requirement that names a wheel of another package.
    #[error("{what} is a wheel of {found}, but is required as {wanted}")]
    OtherName {
        /// Its URL or path.
        what: String,
        /// The name it has.
        found: String,
        /// The name that was required.
        wanted: String,
    },
    /// A path dependency that is neither a wheel nor a folder with a manifest.
    #[error("`{path}` (required as {name}) {why}")]
    Path {
        /// The path as written.
        path: String,
        /// The name that was required.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A requirement that names an index that is not there.
    #[error("{project} is required from the index \"{index}\", which is not in force")]
    NoIndex {
        /// The project.
        project: String,
        /// The index.
        index: String,
    },
}

impl IndexError {
    /// The next step, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Net(error) => error.hint(),
            Self::Page { .. } => {
                Some("check that the address is that of a simple index (PEP 503 or 691)".into())
            }
            Self::Hash { .. } => {
                Some("the file was altered on its way or on the index; do not use it".into())
            }
            Self::Wheel { .. } => Some("only wheels are installed, nothing is ever built".into()),
            _ => None,
        }
    }
}
