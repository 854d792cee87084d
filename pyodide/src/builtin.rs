//! The lists of the releases of the table.

use crate::{Curated, LockFile};
use std::sync::OnceLock;
use tag_matrix::PyodideRelease;
use wheel::{PackageName, Version};

macro_rules! lists {
    ($($release:literal)*) => {
        /// The releases that [`builtin`] has, oldest first.
        pub const RELEASES: [&str; [$($release),*].len()] = [$($release),*];
        const TEXTS: [&str; RELEASES.len()] = [$(include_str!(concat!("../data/", $release, ".json"))),*];
    };
}

lists! {
    "0.27.0" "0.27.1" "0.27.2" "0.27.3" "0.27.4" "0.27.5" "0.27.6" "0.27.7" "0.27.8"
    "0.28.0" "0.28.1" "0.28.2" "0.28.3"
    "0.29.0" "0.29.1" "0.29.2" "0.29.3" "0.29.4" "0.29.5"
    "314.0.0" "314.0.1" "314.0.2" "314.0.3" "314.0.4" "314.0.5" "314.0.6" "314.0.7"
    "315.0.0-alpha.1" "315.0.0-alpha.2"
}

/// The packages that a release of the table curates.
#[must_use]
pub fn builtin(release: &str) -> Option<&'static Curated> {
    static READ: [OnceLock<Option<Curated>>; RELEASES.len()] =
        [const { OnceLock::new() }; RELEASES.len()];
    let at = RELEASES.iter().position(|known| *known == release)?;
    READ[at]
        .get_or_init(|| {
            let release = PyodideRelease::find(release).ok()?;
            Some(Curated::new(release, &LockFile::parse(TEXTS[at]).ok()?))
        })
        .as_ref()
}

/// The list of a release of the table itself.
#[must_use]
pub fn list(release: &str) -> Option<LockFile> {
    let at = RELEASES.iter().position(|known| *known == release)?;
    LockFile::parse(TEXTS[at]).ok()
}

/// Where the files of a release are served by Pyodide's own distribution.
#[must_use]
pub fn default_base(release: &str) -> String {
    format!("https://cdn.jsdelivr.net/pyodide/v{release}/full/")
}

/// The final releases that curate `name` at a version that `admits`, oldest first and one (the
/// newest) per platform.
#[must_use]
pub fn curating(
    name: &PackageName,
    admits: &dyn Fn(&Version) -> bool,
) -> Vec<&'static PyodideRelease> {
    let mut found: Vec<&'static PyodideRelease> = Vec::new();
    for release in PyodideRelease::released() {
        let curates = builtin(&release.version)
            .and_then(|curated| curated.packages.get(name))
            .is_some_and(|package| admits(&package.version));
        if curates {
            found.retain(|other| other.platform != release.platform);
            found.push(release);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_release_of_the_table_has_its_list() {
        let table: Vec<&str> = PyodideRelease::all()
            .iter()
            .map(|release| release.version.as_str())
            .collect();
        assert_eq!(RELEASES.to_vec(), table);
        for (at, release) in PyodideRelease::all().iter().enumerate() {
            let lock = LockFile::parse(TEXTS[at]).unwrap();
            assert_eq!(
                lock.info.abi_version, release.platform,
                "{}",
                release.version
            );
            let curated = builtin(&release.version).unwrap();
            // All of them fit: nothing was left out.
            assert_eq!(
                curated.packages.len(),
                lock.packages.len(),
                "{}",
                release.version
            );
            assert!(lock.packages.len() > 20, "{}", release.version);
            let info = list(&release.version).unwrap().info;
            assert!(info.python.starts_with(&format!("{}.", release.minor())));
            assert!(info.arch == "wasm32" && !info.platform.is_empty());
        }
        assert!(builtin("0.29.6").is_none());
    }

    #[test]
    fn releases_that_curate_are_found() {
        let of = |name: &str, least: &str| -> Vec<&str> {
            let least: Version = least.parse().unwrap();
            curating(&name.parse().unwrap(), &|version| *version >= least)
                .into_iter()
                .map(|release| release.version.as_str())
                .collect()
        };
        assert_eq!(of("numpy", "1"), ["0.27.8", "0.29.5", "314.0.7"]);
        assert_eq!(of("numpy", "2.1"), ["0.29.5", "314.0.7"]);
        // Taken out of the list when the index got wheels of it.
        assert_eq!(of("fastcan", "0"), ["0.29.5", "314.0.1"]);
        assert_eq!(of("numpy", "99"), Vec::<&str>::new());
    }
}
