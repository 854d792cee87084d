//! An offline mirror of locks, as values: which files it has to hold, where each lies, and what
//! its pages say. Pure: reading and writing is the caller's.
//!
//! ```text
//! lock -> wanted() -> what is not there is fetched (by the caller) -> Record::add()
//! Record -> pages() -> the small files, byte for byte
//! ```
//!
//! [`Record`] (`mochi-mirror.json`) is all that a mirror knows: every page is made of it, so a
//! check can make them again and compare. It is written last. What a killed run left between the
//! pages and the record is settled by [`layout::NEXT`]: the record to be, written before the
//! pages.

mod check;
pub mod layout;
mod pages;
mod pyodide;
mod record;
mod runtimes;
mod wanted;

pub use check::{Due, due};
pub use pages::pages;
pub use pyodide::{Disagreement, united};
pub use record::{
    Arrived, FileEntry, ListEntry, Listing, LockEntry, Metadata, Origin, ProvenanceEntry, Record,
    RecordError,
};
pub use runtimes::RuntimeEntry;
pub use wanted::{Lacking, Wanted, wanted};
