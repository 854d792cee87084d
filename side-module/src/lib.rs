//! Whether a WebAssembly side module loads in the Pyodide releases that it is for.
//!
//! An extension of CPython in a wheel for Pyodide is a side module: WebAssembly that Emscripten's
//! dynamic linker joins to Pyodide's main module. Little of what can go wrong there shows when it is
//! built: a call of a function that is missing ends Pyodide, constructors that are not exported
//! never run. [`audit`] says it before the wheel is made. It runs nothing: it reads the module, and
//! compares names and types with what every release of the table gives, which is data here.
//!
//! ```
//! use side_module::{Finding, Wanted, audit};
//!
//! let wanted = Wanted { name: Some("spam"), platforms: &["2025_0"], libraries: &[] };
//! let findings = audit(b"\0asm\x01\0\0\0", &wanted).unwrap_err();
//! assert_eq!(findings[0], Finding::NotShared);
//! ```
//!
//! What it cannot see: what a function does, whether a structure is laid out as the release has it,
//! whether a library is found where the wheel puts it, and constructors that a linker other than
//! LLVM's has put elsewhere than first.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `audit` | all checks in their order, and the report |
//! | `finding` | what can be wrong, in words |
//! | `module`, `symbol_type` | imports and exports, and their types as text |
//! | `code` | what only the instructions show: the newer exceptions, constructors that never run |
//! | `feature` | what of WebAssembly the oldest engine lacks |
//! | `dylink` | what a module says to its loader |
//! | `init` | the name of the function that CPython calls |
//! | `resolve`, `imports` | where imports come from, one and all |
//! | `provided` | what the releases give: `data/`, written by the example `provided` |
//! | `releases` | releases in words |

mod audit;
mod code;
mod dylink;
mod feature;
mod finding;
mod imports;
mod init;
mod module;
mod provided;
mod releases;
mod resolve;
mod symbol_type;

pub use audit::{Library, Report, Wanted, audit, releases_of};
pub use feature::Feature;
pub use finding::Finding;
pub use init::init_function;
pub use module::{Import, Module, NotAModule};
pub use provided::{BrokenData, Platform, Provided, RELEASES, Source, releases_text};
pub use releases::Releases;
pub use symbol_type::{Limits, NotAType, SymbolType, emscripten_signature, signature_text};
