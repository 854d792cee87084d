//! All that touches the outside: network, cache, files, the host's interpreters.

pub mod bridge;
pub mod cache;
pub mod conditional;
pub mod credentials;
pub mod files;
pub mod from_mirror;
pub mod host;
pub mod identity;
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
pub mod sign;
#[cfg(feature = "attestations")]
pub mod sigstore;
pub mod trusted;
pub mod upload;
