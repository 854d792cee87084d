//! From facts to a solution for each environment, and the lock that records it.
//!
//! Nothing here touches the outside. [`Facts`] are what is known of indexes and wheels,
//! [`solve`] answers with a solution, with the [`Needs`] that it misses, or with an
//! [`Explanation`] of why there is no solution; whoever holds the network meets the needs and
//! asks again.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `problem` | environments with their requirements, and the rules |
//! | `facts`, `project` | what is known; an index page in compact form |
//! | `curated` | what a Pyodide release curates |
//! | `candidate` | which wheel of a version an environment takes, or why none |
//! | `universe`, `ranks` | versions as numbers, requirements as sets of them |
//! | `provider`, `choice`, `requirements`, `solve` | PubGrub's questions answered from the facts: the cases, which version, what it requires |
//! | `resolution` | what was chosen, and who requires it |
//! | `relaxed`, `skip`, `explain` | why something is not there |
//! | `advice`, `held_back` | answers that are right but of little use |
//! | `lock` | `mochi.lock`: assembled, written, read |
//! | `graph` | the graph of a lock: `tree`, `why` |
//! | `export` | the lock in other tools' formats |

pub mod advice;
pub mod candidate;
mod choice;
pub mod curated;
mod explain;
pub mod export;
pub mod facts;
pub mod graph;
mod held_back;
pub mod lock;
mod problem;
pub mod project;
mod provider;
mod ranks;
mod relaxed;
mod requirements;
mod resolution;
mod skip;
mod solve;
mod universe;

pub use curated::Curation;
pub use explain::Explanation;
pub use facts::{Direct, Facts, MetadataFact, Needs, ProjectKey, WheelMetadata, WheelNeed};
pub use held_back::{HeldBack, held_back};
pub use lock::{Lock, LockedSource};
pub use problem::{Prereleases, Problem, Root, Rules, Scope};
pub use project::{Project, WheelFile};
pub use resolution::{Resolution, Resolved};
pub use skip::Skip;
pub use solve::{Outcome, solve};
