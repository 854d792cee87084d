//! From targets and Python versions to environments.

use crate::Manifest;
use std::cmp::Reverse;
use tag_matrix::{Environment, EnvironmentError, Floors, PythonVersion, Target, TargetKind};

/// The environments of `targets` at `pythons`, with the floors of the manifest: in table order,
/// the newest Python first. That is the order of resolution, so that what is listed first in a
/// file never decides which versions are chosen.
///
/// A target that has only certain minors (Pyodide, WASI) uses its own.
///
/// # Errors
/// A Python that a target does not have, or a floor that is out of its range.
pub fn environments(
    manifest: &Manifest,
    targets: &[Target],
    pythons: &[PythonVersion],
) -> Result<Vec<Environment>, EnvironmentError> {
    let mut targets = targets.to_vec();
    targets.sort();
    targets.dedup();
    let mut pythons = pythons.to_vec();
    pythons.sort();
    pythons.reverse();
    let none = Floors::default();
    let admits = |full: &str| manifest.admits(full);
    let mut environments: Vec<Environment> = Vec::new();
    for target in targets {
        let floors = manifest.floors.get(&target).unwrap_or(&none);
        if target.kind() != TargetKind::Emscripten || manifest.pyodide.releases.is_empty() {
            environments.extend(Environment::all_for(target, &pythons, floors, &admits)?);
            continue;
        }
        let mut releases = manifest.pyodide.releases.clone();
        releases.sort_by_key(|release| Reverse(release.minor()));
        for release in releases {
            let floors = Floors {
                pyodide: Some(release.version.clone()),
                ..floors.clone()
            };
            environments.extend(Environment::all_for(target, &pythons, &floors, &admits)?);
        }
    }
    Ok(environments)
}

impl Manifest {
    /// Whether `requires-python` admits a CPython, given in full (`3.13.2`).
    #[must_use]
    pub fn admits(&self, full: &str) -> bool {
        crate::parse::admits_full(&self.requires_python, full)
    }

    /// The environments that the manifest asks for.
    ///
    /// # Errors
    /// As [`environments`].
    pub fn environments(&self) -> Result<Vec<Environment>, EnvironmentError> {
        environments(self, &self.targets, &self.python_versions)
    }
}
