//! A Pyodide release: one CPython and one platform (PEP 783).

use crate::{
    Environment, EnvironmentError, Floors, PythonVersion, TagSet, Target, TargetKind, suggest,
    table,
};

/// A Pyodide release: a row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PyodideRelease {
    /// The release, `0.29.5`.
    pub version: String,
    /// The platform version of PEP 783, `2025_0`. Wheels of another never load.
    pub platform: String,
    /// The Emscripten it is built with, `4.0.9`: the marker `platform_release`.
    pub emscripten: String,
    /// Its CPython in full, `3.13.2`, as markers have it.
    pub python: String,
    /// Whether this is a final release.
    pub released: bool,
    pub(crate) minor: PythonVersion,
}

impl PyodideRelease {
    /// All releases of the table, oldest first, pre-releases too.
    pub fn all() -> &'static [Self] {
        &table::get().pyodide
    }

    /// The final releases, oldest first.
    pub fn released() -> impl DoubleEndedIterator<Item = &'static Self> {
        Self::all().iter().filter(|release| release.released)
    }

    /// The release of that name.
    ///
    /// # Errors
    /// [`EnvironmentError::UnknownPyodide`] with the nearest one.
    pub fn find(version: &str) -> Result<&'static Self, EnvironmentError> {
        Self::all()
            .iter()
            .find(|release| release.version == version)
            .ok_or_else(|| EnvironmentError::UnknownPyodide {
                release: version.chars().take(40).collect(),
                // Backwards: of equally near ones the newest.
                nearest: suggest::closest(
                    version,
                    Self::all()
                        .iter()
                        .rev()
                        .map(|release| release.version.as_str()),
                )
                .map(str::to_owned),
            })
    }

    /// The newest final release of a minor.
    pub fn newest_of(minor: PythonVersion) -> Option<&'static Self> {
        Self::released().rfind(|release| release.minor == minor)
    }

    /// Its CPython minor.
    pub const fn minor(&self) -> PythonVersion {
        self.minor
    }

    /// The final releases, oldest first and one (the newest) per platform, in which one of these
    /// wheels fits.
    pub fn fitting<'a>(wheels: impl IntoIterator<Item = &'a TagSet>) -> Vec<&'static Self> {
        let mut candidates: Vec<(&'static Self, Environment)> = newest_environments().collect();
        let mut fitting: Vec<&'static Self> = Vec::new();
        for wheel in wheels {
            candidates.retain(|(release, environment)| {
                let fits = environment.rank(wheel).is_some();
                if fits {
                    fitting.push(release);
                }
                !fits
            });
            if candidates.is_empty() {
                break;
            }
        }
        // Found in the order of the wheels, told in the order of the table.
        Self::all()
            .iter()
            .filter(|release| fitting.contains(release))
            .collect()
    }
}

/// The newest final release of each platform, as an environment.
fn newest_environments() -> impl Iterator<Item = (&'static PyodideRelease, Environment)> {
    let target = Target::all().find(|target| target.kind() == TargetKind::Emscripten);
    PyodideRelease::released().filter_map(move |release| {
        let newest =
            PyodideRelease::released().rfind(|other| other.platform == release.platform)?;
        if newest != release {
            return None;
        }
        let floors = Floors {
            pyodide: Some(release.version.clone()),
            ..Floors::default()
        };
        Some((
            release,
            Environment::new(target?, release.minor, &floors).ok()?,
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(releases: &[&PyodideRelease]) -> Vec<String> {
        releases
            .iter()
            .map(|release| release.version.clone())
            .collect()
    }

    #[test]
    fn releases_stand_in_order() {
        // Numbers compare as numbers; `-alpha.N` follows none of the same version in the table.
        let key = |release: &PyodideRelease| -> Vec<u32> {
            release
                .version
                .split(['.', '-'])
                .filter_map(|part| part.parse().ok())
                .collect()
        };
        assert!(PyodideRelease::all().is_sorted_by_key(key));
        assert!(
            PyodideRelease::all()
                .iter()
                .all(|release| release.minor.row().is_ok())
        );
        for release in PyodideRelease::all() {
            assert_eq!(PyodideRelease::find(&release.version).unwrap(), release);
            assert!(
                !release.released || !release.version.contains('-'),
                "{release:?}"
            );
        }
    }

    #[test]
    fn newest_of_a_minor() {
        let newest = |minor| {
            let release = PyodideRelease::newest_of(PythonVersion::new(3, minor));
            release.map(|release| release.version.as_str())
        };
        assert_eq!(newest(12), Some("0.27.8"));
        assert_eq!(newest(13), Some("0.29.5"));
        assert_eq!(newest(14), Some("314.0.7"));
        assert_eq!(newest(15), None, "its releases are pre-releases");
        assert_eq!(newest(11), None);
    }

    #[test]
    fn an_unknown_release_names_the_nearest() {
        let error = PyodideRelease::find("0.29.6").unwrap_err().to_string();
        assert_eq!(
            error,
            "Pyodide 0.29.6 is not known; the nearest is `0.29.5`"
        );
    }

    #[test]
    fn which_releases_fit() {
        for (tags, fitting) in [
            (vec!["py3-none-any"], vec!["0.27.8", "0.29.5", "314.0.7"]),
            (
                vec![
                    "cp314-cp314-pyemscripten_2026_0_wasm32",
                    "cp312-cp312-pyodide_2024_0_wasm32",
                ],
                vec!["0.27.8", "314.0.7"],
            ),
            (
                vec!["cp311-abi3-pyemscripten_2025_0_wasm32"],
                vec!["0.29.5"],
            ),
            (
                vec![
                    "cp314-cp314-pyemscripten_2025_0_wasm32",
                    "py3-none-win_amd64",
                ],
                vec![],
            ),
            (vec!["cp315-cp315-pyemscripten_2026_5_wasm32"], vec![]),
            (vec![], vec![]),
        ] {
            let sets: Vec<TagSet> = tags.iter().map(|tag| tag.parse().unwrap()).collect();
            assert_eq!(
                versions(&PyodideRelease::fitting(&sets)),
                fitting,
                "{tags:?}"
            );
        }
    }
}
