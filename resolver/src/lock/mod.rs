//! `mochi.lock`: the solution for every environment of a project.
//!
//! [`Lock`] is the value, [`Lock::render`] its one textual form (sorted, so that equal locks are
//! equal bytes), [`Lock::parse`] reads it back and believes nothing it reads.

mod assemble;
mod contradictions;
mod foreign;
mod parse;
pub mod publishers;
mod render;

pub use assemble::{Assembly, assemble};
pub use foreign::Foreign;
pub use parse::LockError;

use wheel::provenance::Publisher;
use wheel::{PackageName, Version};

/// The version of the format that this program writes, and the only one it reads.
pub const FORMAT: i64 = 1;

/// A lock.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lock {
    /// `requires-python` of the manifest.
    pub requires_python: String,
    /// The hash of what resolution depends on in the manifest.
    pub manifest_sha256: String,
    /// The environments, by name.
    pub environments: Vec<LockedEnvironment>,
    /// The packages, by name and version.
    pub packages: Vec<LockedPackage>,
    /// What is not there, by name and environment.
    pub skips: Vec<LockedSkip>,
}

/// An environment of a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedEnvironment {
    /// `<target>-cp<XY>`.
    pub name: String,
    /// The target.
    pub target: String,
    /// The Python version, as the manifest gives it.
    pub python: String,
    /// The floors that matter to the target, by name: `glibc`, `musl`, `macos`, `pyodide`.
    pub floors: Vec<(String, String)>,
}

/// A version of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedPackage {
    /// The name.
    pub name: PackageName,
    /// The version.
    pub version: Version,
    /// Where it comes from.
    pub source: LockedSource,
    /// The names of the environments that it is for, sorted.
    pub environments: Vec<String>,
    /// Its `Requires-Python`, if it has one.
    pub requires_python: Option<String>,
    /// Its requirements that are active in some environment (PEP 508), sorted.
    pub dependencies: Vec<String>,
    /// Its wheels, by file name.
    pub wheels: Vec<LockedWheel>,
}

/// Where a package comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockedSource {
    /// An index with a name.
    IndexName(String),
    /// An index at a URL (without credentials) or a relative path.
    IndexUrl(String),
    /// A wheel or folder at a path relative to the lock.
    Path(String),
    /// A wheel at a URL.
    Url(String),
    /// The curated packages of a Pyodide release.
    Pyodide(String),
}

/// A wheel of a package version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedWheel {
    /// The file name.
    pub filename: String,
    /// Where it is: a URL without credentials, or a path relative to the lock.
    pub url: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Size in bytes, where it is known.
    pub size: Option<u64>,
    /// The names of the environments that take it, sorted.
    pub environments: Vec<String>,
    /// Who published it, where that was verified (PEP 740), sorted.
    pub publishers: Vec<Publisher>,
}

/// A requirement that nothing fits in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedSkip {
    /// The name of the package that is missing.
    pub name: PackageName,
    /// What was required of it (PEP 508).
    pub requirement: String,
    /// The name of the environment.
    pub environment: String,
    /// The stable name of the skip reason.
    pub reason: String,
    /// The reason in words.
    pub detail: String,
    /// The names of those who require it, sorted.
    pub required_by: Vec<String>,
}

impl Lock {
    /// The environment of this name.
    pub fn environment(&self, name: &str) -> Option<&LockedEnvironment> {
        self.environments
            .iter()
            .find(|environment| environment.name == name)
    }

    /// The packages of an environment, with the wheel it takes of each.
    pub fn packages_of<'a>(
        &'a self,
        environment: &'a str,
    ) -> impl Iterator<Item = (&'a LockedPackage, Option<&'a LockedWheel>)> {
        let has = move |names: &[String]| names.iter().any(|name| name == environment);
        self.packages
            .iter()
            .filter(move |package| has(&package.environments))
            .map(move |package| {
                (
                    package,
                    package.wheels.iter().find(|wheel| has(&wheel.environments)),
                )
            })
    }
}
