//! Facts about packages, from indexes, folders and single wheels.
//!
//! [`Gatherer`] drives the solver: it fetches what a resolution will probably need before it asks,
//! then runs the solver again and again until it misses nothing. [`IndexClient`] gets single
//! facts: a project's page (`project`), a wheel's metadata (`metadata`), a wheel that a
//! requirement names by URL or path (`direct`), and hashes that an index does not give
//! (`digest`).

mod config;
mod crawl;
mod digest;
mod direct;
mod error;
mod gather;
mod metadata;
mod project;

pub use config::{AddressError, FindLinks, IndexSource, Indexes, Location, find_links, index};
pub use error::IndexError;
pub use gather::{Failure, Gathered, Gatherer};

use crate::io::cache::Cache;
use crate::io::net::Net;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// The largest index page that is read, in bytes.
const MAX_PAGE: u64 = 256 << 20;

/// Gets facts from the outside. Clones share everything.
#[derive(Clone)]
pub struct IndexClient {
    inner: Arc<Inner>,
}

struct Inner {
    net: Net,
    cache: Cache,
    indexes: Indexes,
    project: PathBuf,
    offline: bool,
    /// Origins that do not serve parts of files.
    no_ranges: Mutex<BTreeSet<String>>,
}

impl IndexClient {
    /// A client for these indexes. `project` is the folder that relative paths start from.
    pub fn new(net: Net, cache: Cache, indexes: Indexes, project: PathBuf, offline: bool) -> Self {
        let no_ranges = Mutex::default();
        Self {
            inner: Arc::new(Inner {
                net,
                cache,
                indexes,
                project,
                offline,
                no_ranges,
            }),
        }
    }

    /// The indexes in force.
    pub fn indexes(&self) -> &Indexes {
        &self.inner.indexes
    }
}
