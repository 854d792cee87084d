//! Strict reading of wheels.
//!
//! Lenient readers are how a wheel comes to be two different wheels, one for whoever checks it and
//! one for whoever installs it. So this reader is our own, over flate2: [`Archive`] opens a zip
//! file only if every reader would see the same entries in it, [`WheelArchive`] only if those are
//! the wheel that the file name says, and [`MetadataFinder`] reads the metadata of a remote one
//! from a part of it.

mod directory;
mod dist_info;
mod end;
mod entry;
mod error;
mod extra;
mod finder;
mod inflate;
mod layout;
mod limits;
mod local;
mod name;
mod read_at;
mod record_check;
mod scheme;
mod wheel;
mod wheel_error;
mod zip;

pub use entry::Entry;
pub use error::{ArchiveError, ClashKind};
pub use finder::{MetadataFinder, Step};
pub use limits::Limits;
pub use name::NameFault;
pub use read_at::ReadAt;
pub use record_check::{HashingWriter, RecordCheck};
pub use scheme::Scheme;
pub use wheel::{WheelArchive, WheelWarning};
pub use wheel_error::{RecordFault, WheelError};
pub use zip::Archive;
