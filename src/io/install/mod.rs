//! Installing wheels: from verified files to a `site-packages` that holds exactly what a lock
//! says.
//!
//! ```text
//! wheel file --unpack--> <cache>/unpacked-v1/<sha256>/  --place--> staging --transaction--> site
//!                        (once per machine)                (links)            (renames)
//! ```
//!
//! | file | what |
//! | --- | --- |
//! | `wanted` | [`Wanted`]: one wheel of the lock, and where it came from |
//! | `site`, `lock` | [`Site`]: the folders that are filled, and the lock on them |
//! | `installed`, `rows`, `inspect` | what is there: the `*.dist-info` of a site, and their `RECORD` |
//! | `plan` | [`Plan`]: installed x wanted -> add, replace, remove, keep. Pure |
//! | `manifest`, `cache`, `unpack` | the unpacked cache, and the way of a wheel into it |
//! | `place` | [`LinkMode`]: hard link, reflink or copy |
//! | `scripts`, `staging`, `stage` | everything of a package, ready in the staging folder |
//! | `change`, `claims`, `steps`, `walk`, `look`, `tree` | who has which file, and the renames that follow from it |
//! | `journal`, `transaction` | doing the renames, and finishing them after a kill |
//! | `session` | [`Session`]: a sync from its beginning to its end |
//! | `check` | [`verify`]: for `sync --check` |
//! | `compile` | byte-compilation |
//!
//! A sync of asynchronous callers:
//!
//! ```text
//! let session = Session::begin(request, reporter)?;      // locks, recovers, plans
//! for wanted in session.missing() { download it, then    // any order, any number of threads
//!     session.supply(&wanted.sha256, &file, Hashed::Yes)?; }
//! let report = session.finish(reporter)?;                // stages the rest, commits
//! ```

mod cache;
mod change;
mod check;
mod claims;
mod compile;
mod digest;
mod error;
mod inspect;
mod installed;
mod journal;
mod lock;
mod look;
mod manifest;
mod place;
mod plan;
mod report;
mod rows;
mod scripts;
mod session;
mod site;
mod stage;
mod staging;
mod steps;
#[cfg(test)]
mod tests;
mod transaction;
mod tree;
mod unpack;
mod walk;
mod wanted;
mod write;

pub use cache::Care;
pub use check::{Difference, verify};
pub use compile::{Compiled, compile};
pub use digest::{DigestError, Sha256Digest};
pub use error::InstallError;
pub use place::LinkMode;
pub use plan::{Action, Plan};
pub use report::{Event, Reporter, Silent, SyncReport};
pub use session::{Collisions, Hashed, Session, SyncRequest, sync_site};
pub use site::{Site, SiteKind};
pub use wanted::{Source, Wanted};
