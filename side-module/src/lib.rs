//! Whether a WebAssembly side module loads in the Pyodide releases that it is for.

mod module;
mod provided;
mod symbol_type;

pub use module::{Import, Module, NotAModule};
pub use provided::{BrokenData, Platform, Provided, Source, releases_text};
pub use symbol_type::{Limits, NotAType, SymbolType, emscripten_signature, signature_text};
