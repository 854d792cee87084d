//! What a Pyodide release brings: the packages that it curates.
//!
//! A release comes with a `pyodide-lock.json` ([`LockFile`]): one version of a few hundred packages
//! that were built, and tested, for it. [`builtin`] has the list of every release of the table;
//! they are in `data/`, taken from the `pyodide` package of the npm registry by
//! `scripts/refresh-pyodide`.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `lock_file` | `pyodide-lock.json`, read |
//! | `curated` | a release's packages as resolution takes them |
//! | `builtin` | the lists of the table |
//! | `imports` | what can be imported from a wheel |
//! | `written` | `pyodide-lock.json`, written |

mod builtin;
mod curated;
mod imports;
mod lock_file;
mod written;

pub use builtin::{RELEASES, builtin, curating, default_base, list};
pub use curated::{Curated, CuratedPackage};
pub use imports::Imports;
pub use lock_file::{Entry, Info, LockFile, LockFileError, PackageType};
pub use written::{WrittenEntry, write};
