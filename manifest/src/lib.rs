//! The Python tables of `mochi.toml`: read, checked and edited.
//!
//! [`Manifest::parse`] reads what the user wrote into typed values, [`Manifest::environments`]
//! says which places it is to be resolved for, [`Manifest::fingerprint`] is the hash by which a
//! lock knows the manifest that it was made from, [`edit`] changes `[python-dependencies]` without
//! touching the comments and the order of the file, and [`bridge`] is what Mochi and Python call of
//! each other.
//!
//! A crate of its own because the resolver and the packager both start from these values and
//! never meet each other.

pub mod bridge;
pub mod dependency;
pub mod edit;
mod environments;
mod fingerprint;
mod index;
mod parse;
pub mod publish;
mod pyodide;
pub mod requirement;

pub use bridge::Bridge;
pub use dependency::{Dependency, Source};
pub use environments::environments;
pub use index::{Index, Priority, without_credentials};
pub use parse::Manifest;
pub use publish::Publish;
pub use pyodide::{Pyodide, PyodideIndex};
pub use toml_doc::Invalid;

/// `[python] version-policy`: whether environments may differ in the versions they get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VersionPolicy {
    /// The newest version that fits each environment.
    #[default]
    Newest,
    /// One version of a package for all environments.
    Aligned,
}

/// `[python] attestations`: what is made of the provenance that indexes offer (PEP 740).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Attestations {
    /// It is not asked for.
    Ignore,
    /// Where there is one, it is verified, and the lock records who published the file.
    #[default]
    Record,
    /// The same, and a wheel of an index without one is refused.
    Required,
}

/// `[python] prereleases`: whether pre-releases (PEP 440) may be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prereleases {
    /// Where no final release satisfies.
    #[default]
    IfNecessary,
    /// Like any other version.
    Allow,
    /// Never.
    Disallow,
}
