//! What is sent to an index, and what its answers mean (the legacy upload API of the Warehouse, which
//! all index servers speak).
//!
//! | file | what it holds |
//! | --- | --- |
//! | `address` | where an index takes uploads, and where it lists what it has |
//! | `digests`, `form`, `multipart` | a distribution as the form that is sent |
//! | `order` | which file goes first |
//! | `listing` | what an index has already, and whether it is the same |
//! | `reply`, `refusal`, `words` | what an answer means, in the server's own words |

mod address;
mod digests;
mod form;
mod listing;
mod multipart;
mod order;
mod refusal;
mod reply;
mod words;

pub use address::{Address, AddressError};
pub use digests::Digests;
pub use form::{Form, FormError};
pub use listing::{Listed, Listing};
pub use multipart::Multipart;
pub use order::rank;
pub use refusal::{Class, Refusal};
pub use reply::{Outcome, Reply, judge};
pub use words::{words, words_without};

/// What an upload says it accepts as an answer: an error's text is in the status line of HTTP/1 only,
/// and JSON has it whole.
pub const ACCEPT: &str = "application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7";
