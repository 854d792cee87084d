//! The native code of a Python package, compiled to a wasm side module that Pyodide loads.
//!
//! emsdk is not needed: any clang of version 19 or later makes the code, any `wasm-ld` links it,
//! and what the headers of the system have to say comes from whatever libc for wasm32 is there,
//! corrected where Emscripten's is another. A crate of PyO3 is built by cargo, with a linker that
//! is this library's [`link_side_module`].
//!
//! What decides (flags, arguments, versions, texts of headers) is in modules that touch nothing:
//! `flags`, `shim`, `exports`, `version`, `pyconfig`, `musl`, `wasi`, `libcxx`. The others find and run programs.

mod c;
mod driver;
mod error;
mod exports;
mod flags;
mod headers;
mod libcxx;
mod machine;
mod musl;
mod process;
mod pyconfig;
mod python;
mod rust;
mod rust_tools;
mod shim;
mod source;
mod toolchain;
mod version;
mod wasi;

pub use driver::link_side_module;
pub use error::BuildError;
pub use machine::Machine;
pub use source::{Built, CCode, Kind, Place, RustCode, Source, Work};
pub use toolchain::Toolchain;
pub use version::Version;

/// Compiles a source to a side module for the release of `place`, with what `machine` has.
///
/// Everything is written below `work.folder`, and may be removed afterwards.
///
/// # Errors
/// [`BuildError`]: a tool or a header that is missing or too old, what a compiler said, a source
/// that the release cannot run.
pub fn build(
    source: &Source,
    place: &Place<'_>,
    machine: &Machine,
    work: &Work<'_>,
) -> Result<Built, BuildError> {
    source.check(place)?;
    let built = match &source.kind {
        Kind::C(code) => c::build(source, code, place, machine, work),
        Kind::Rust(code) => rust::build(source, code, place, machine, work),
    }?;
    let init_function = source.init_function();
    // A linker that leaves what is missing to the time of loading does not miss it either.
    match exports::has(&built.bytes, &init_function) {
        Some(true) => Ok(built),
        Some(false) => Err(BuildError::NoInit {
            name: source.name.clone(),
            init_function,
        }),
        None => Err(BuildError::NoModule {
            name: source.name.clone(),
            tool: built.tools.last().cloned().unwrap_or_default(),
        }),
    }
}
