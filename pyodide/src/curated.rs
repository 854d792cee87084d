//! A release's packages as resolution takes them.

use crate::{Entry, LockFile, PackageType};
use std::collections::BTreeMap;
use tag_matrix::{Environment, Floors, PyodideRelease, Target, TargetKind};
use wheel::{PackageName, Requirement, RequirementSource, Specifiers, Version, WheelFilename};

/// The packages that a release curates.
#[derive(Debug, Clone)]
pub struct Curated {
    /// The release, `0.29.5`.
    pub release: String,
    /// The packages, by name.
    pub packages: BTreeMap<PackageName, CuratedPackage>,
}

/// A curated package.
#[derive(Debug, Clone)]
pub struct CuratedPackage {
    /// The version. What is no version of PEP 440 has its rest as the local part: `1.1.1w` is
    /// `1.1.1+w`.
    pub version: Version,
    /// What it needs. What was built for the release is pinned, since it was built against just
    /// that; what is pure Python is not.
    pub depends: Vec<Requirement>,
    /// The file's name alone.
    pub filename: String,
    /// Where it is: a path relative to the list, or a URL.
    pub place: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// What kind of thing it is.
    pub package_type: PackageType,
}

impl CuratedPackage {
    /// Whether it is the release's own: parts of the standard library and shared libraries, which
    /// no index has whatever has their names there.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.package_type != PackageType::Package
    }

    /// Whether it was built for the release rather than written in Python alone.
    #[must_use]
    pub fn is_built(&self) -> bool {
        self.is_own() || !self.filename.ends_with("-any.whl")
    }
}

impl Curated {
    /// The packages of a list, for a release. Wheels that do not fit it are left out: its loader
    /// would take them, and fail.
    #[must_use]
    pub fn new(release: &PyodideRelease, lock: &LockFile) -> Self {
        let environment = environment(release);
        let fits = |entry: &Entry| match entry.filename().parse::<WheelFilename>() {
            Ok(wheel) => environment
                .as_ref()
                .is_some_and(|environment| environment.rank(&wheel.tags).is_some()),
            Err(_) => !entry.filename().ends_with(".whl"),
        };
        let mut packages: BTreeMap<PackageName, CuratedPackage> = lock
            .packages
            .iter()
            .filter(|(_, entry)| fits(entry))
            .map(|(name, entry)| (name.clone(), package(entry)))
            .collect();
        let pins: BTreeMap<PackageName, Version> = packages
            .iter()
            .filter(|(_, package)| package.is_built())
            .map(|(name, package)| (name.clone(), package.version.clone()))
            .collect();
        for (name, package) in &mut packages {
            let depends = &lock.packages[name].depends;
            let mut needed: Vec<PackageName> = depends
                .iter()
                .filter_map(|name| name.parse().ok())
                .collect();
            needed.sort();
            needed.dedup();
            needed.retain(|other| other != name);
            package.depends = needed
                .into_iter()
                .map(|other| requirement(&other, pins.get(&other)))
                .collect();
        }
        Self {
            release: release.version.clone(),
            packages,
        }
    }
}

/// The place that a release is.
fn environment(release: &PyodideRelease) -> Option<Environment> {
    let target = Target::all().find(|target| target.kind() == TargetKind::Emscripten)?;
    let floors = Floors {
        pyodide: Some(release.version.clone()),
        ..Floors::default()
    };
    Environment::new(target, release.minor(), &floors).ok()
}

fn package(entry: &Entry) -> CuratedPackage {
    let filename = entry.filename();
    CuratedPackage {
        version: version(entry),
        depends: Vec::new(),
        filename: filename.to_owned(),
        place: entry.file_name.clone(),
        sha256: entry.sha256.clone(),
        package_type: entry.package_type,
    }
}

fn requirement(name: &PackageName, pin: Option<&Version>) -> Requirement {
    let specifiers: Option<Specifiers> =
        pin.and_then(|version| format!("=={version}").parse().ok());
    Requirement {
        name: name.clone(),
        extras: Vec::new(),
        source: RequirementSource::Specifiers(specifiers.unwrap_or_default()),
        marker: None,
    }
}

/// The version of an entry's wheel; of what is no wheel, the one that the list gives.
fn version(entry: &Entry) -> Version {
    let of_wheel = entry.filename().parse::<WheelFilename>();
    let of_wheel = of_wheel.ok().map(|filename| filename.version);
    of_wheel
        .or_else(|| wheel::version::coerce(&entry.version))
        .or_else(|| with_local(&entry.version))
        .unwrap_or_else(|| Version::new([0]))
}

/// `1.1.1w` as `1.1.1+w`.
fn with_local(text: &str) -> Option<Version> {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let (release, rest) = text.split_at(end);
    let local: String = rest
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '.' })
        .collect();
    let local = local.trim_matches('.');
    wheel::version::coerce(&format!("{}+{local}", release.trim_matches('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_are_none_keep_their_rest() {
        let named = |text: &str| with_local(text).map(|version| version.to_string());
        assert_eq!(named("1.1.1w").as_deref(), Some("1.1.1+w"));
        assert_eq!(named("2-moon phase").as_deref(), Some("2+moon.phase"));
        assert_eq!(named("moon"), None);
    }

    #[test]
    fn what_does_not_fit_the_release_is_left_out() {
        let sha256 = "0".repeat(64);
        let entry = |name: &str, tags: &str| {
            format!(r#""{name}": {{ "file_name": "{name}-1-{tags}.whl", "sha256": "{sha256}" }}"#)
        };
        let packages = [
            entry("a", "py3-none-any"),
            entry("b", "cp313-cp313-pyodide_2025_0_wasm32"),
            entry("c", "cp314-cp314-pyemscripten_2026_0_wasm32"),
            entry("d", "cp313-cp313-manylinux_2_17_x86_64"),
        ];
        let text = format!(
            r#"{{ "info": {{ "abi_version": "2025_0" }}, "packages": {{ {} }} }}"#,
            packages.join(",")
        );
        let release = PyodideRelease::find("0.29.5").unwrap();
        let curated = Curated::new(release, &LockFile::parse(&text).unwrap());
        let names: Vec<&str> = curated.packages.keys().map(PackageName::as_str).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn what_was_built_is_pinned() {
        let curated = crate::builtin("0.29.5").unwrap();
        let depends = |name: &str| -> Vec<String> {
            let package = &curated.packages[name];
            package.depends.iter().map(ToString::to_string).collect()
        };
        let numpy = &curated.packages["numpy"].version;
        let pandas = depends("pandas");
        assert!(pandas.contains(&format!("numpy=={numpy}")), "{pandas:?}");
        assert!(pandas.contains(&"python-dateutil".to_owned()), "{pandas:?}");
        assert_eq!(depends("ssl"), ["libopenssl==1.1.1+w"]);
    }
}
