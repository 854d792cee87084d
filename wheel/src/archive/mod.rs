//! Wheels as archives: read strictly, looked into by ranges, and written.
//!
//! Zip readers differ: some believe the central directory, some the local headers, some the last
//! end record and some the first; some skip what they do not like. A file that means one thing to
//! the index that checked it and another to the tool that installs it is how wheels are attacked.
//! So this reader refuses whatever two readers could understand differently, and never skips or
//! repairs anything.
//!
//! - [`Archive`]: a zip archive whose directory and local headers agree, whose entries tile the
//!   file, with names that mean the same place on every system ([`Limits`] cap the rest)
//! - [`WheelArchive`]: an archive that is the wheel its file name says, with [`RecordCheck`] to
//!   verify each file while it is unpacked, and its [`Scheme`] places
//! - [`MetadataFinder`]: a remote wheel's `METADATA` from a few ranges of bytes
//! - [`WheelWriter`]: wheels with equal bytes from equal files

pub(crate) mod directory;
pub(crate) mod dist_info;
mod end;
mod entry;
pub(crate) mod error;
mod extra;
mod finder;
mod inflate;
mod layout;
mod limits;
mod local;
pub(crate) mod name;
mod read_at;
mod record_check;
mod scheme;
pub(crate) mod wheel;
mod wheel_error;
pub(crate) mod writer;
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
pub use writer::WheelWriter;
pub use zip::Archive;
