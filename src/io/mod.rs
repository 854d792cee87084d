//! All that touches the outside: network, cache, files, the host's interpreters.

pub mod bridge;
pub mod cache;
pub mod conditional;
pub mod files;
pub mod from_mirror;
pub mod host;
pub mod imports;
pub mod index;
pub mod install;
pub mod mirror;
pub mod native;
pub mod net;
pub mod package;
pub mod provenance;
pub mod pyodide;
pub mod pyodide_runtime;
#[cfg(feature = "attestations")]
pub mod sigstore;
