//! Trusted Publishing: a CI service says in a signed token who it runs for, and an index that trusts
//! that publisher gives a short-lived token for it.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `ci` | the services that give tokens, and how they are known |
//! | `audience` | for whom the token is to be |
//! | `mint` | the exchange |
//! | `claims`, `explain` | what a refusal means: what the token says, and what is missing where |

mod audience;
mod ci;
mod claims;
mod explain;
mod mint;

pub use audience::{AUDIENCE_PATH, Audience, audience};
pub use ci::Ci;
pub use claims::Claims;
pub use explain::{Explanation, explain, no_identity};
pub use mint::{MINT_PATH, MintError, Minted, Minting, mint_request, minting};
