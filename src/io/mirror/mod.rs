//! Mirrors of locks: the store (a folder or a bucket) that one lies in, and what is done to it.
//!
//! ```text
//! Transfer (files, in parallel) -> publish (record to be, pages, record) -> prune
//! check (reads all of it)
//! ```
//!
//! Files have their hash in their path and are renamed when they are whole, so whoever brings one
//! brings the same. Everything else follows from the record, which changes under a lock, after
//! what was written meanwhile was read again.

#[cfg(feature = "object-store")]
mod bucket;
mod check;
mod facts;
mod folder;
mod part;
mod publish;
mod store;
mod transfer;

#[cfg(feature = "object-store")]
pub use bucket::{Address, Bucket, BucketError};
pub use check::{Fault, Report, check};
pub use facts::{Facts, facts};
pub use folder::Folder;
pub use publish::{Change, Pruned, Published, Runtime, prune, publish, read_record};
pub use store::{Hold, Local, Store, Stored, Tag, When};
pub use transfer::{Arrival, Transfer, Transferred};
