//! Source distributions: gzipped tar archives, strictly read and reproducibly written (PEP 517,
//! PEP 625, PEP 643, PEP 721).
//!
//! Tar readers differ as zip readers do: in which of two names or sizes they believe, in what they
//! skip, and in where they see the end. So this reader refuses whatever two readers could
//! understand differently, and never skips or repairs anything. The names of files follow the same
//! rules as in wheels ([`NameFault`](crate::archive::NameFault)), and the same
//! [`Limits`](crate::archive::Limits) hold.
//!
//! - [`SdistFilename`]: a file name `name-version.tar.gz`
//! - [`SdistArchive`]: an archive that is the source distribution its file name says
//! - [`Tarball`]: any such archive whose files are in one folder
//! - [`SdistWriter`]: source distributions with equal bytes from equal files

mod error;
mod filename;
mod gzip;
mod header;
mod pax;
mod reader;
mod tar_file;
mod tarball;
mod writer;

pub use error::{SdistError, SdistFilenameError};
pub use filename::SdistFilename;
pub use reader::SdistArchive;
pub use tarball::{SdistFile, Tarball};
pub use writer::SdistWriter;
