//! What Python modules import at module level, and what of it a target lacks; and imports turned
//! to a vendored copy.
//!
//! A pure wheel fits every place where Python runs, and still fails in the browser where its first
//! line imports `fcntl`. Nothing is run to find that out: files are parsed ([`imports`]), branches
//! that the target never takes are left out (`if sys.platform == "win32":`), and so is what a `try`
//! guards. [`Lack::of`] then says what the target has not.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `scan` | the imports of a file |
//! | `condition` | whether a target takes a branch |
//! | `lack` | what the targets lack, as data |
//! | `vendor` | imports of a module, turned to a vendored copy of it |

mod condition;
mod lack;
mod scan;
mod vendor;

pub use lack::Lack;
pub use scan::{Import, imports};
pub use vendor::{VendorError, vendored};
