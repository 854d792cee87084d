//! `pyodide-lock.json`, as `loadPyodide` takes it.
//!
//! In it stands what the lock has for the environment, and nothing else: of a release's own parts
//! of the standard library (`ssl`, `sqlite3`, up to 0.29) and of micropip those that the project
//! requires, by name or through others. The runtime itself needs no entry.

use super::ExportError;
use crate::graph::Graph;
use crate::lock::{Lock, LockedPackage, LockedSource, LockedWheel};
use pyodide::{Entry, Imports, Info, LockFile, PackageType, WrittenEntry};
use std::collections::{BTreeMap, BTreeSet};
use wheel::PackageName;

/// What a wheel says, and holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelFacts {
    /// The package's name, as its metadata spells it.
    pub name: String,
    /// What can be imported from it.
    pub imports: Imports,
}

/// An environment of a lock that is to be written as `pyodide-lock.json`.
pub struct PyodideLock<'a> {
    /// The lock.
    pub lock: &'a Lock,
    /// The environment's name.
    pub environment: &'a str,
    /// Who requires what in it.
    pub graph: &'a Graph,
    /// The runtime of its release.
    pub info: &'a Info,
    /// What the release curates. Of packages that come from there, it knows more than their files.
    pub list: &'a LockFile,
    /// What other wheels say.
    pub facts: &'a dyn Fn(&LockedWheel) -> Option<WheelFacts>,
    /// Where the file of a package is to be had: a URL, or a path from the file that is written.
    pub file_name: &'a dyn Fn(&LockedWheel) -> String,
}

/// The list as text. Equal locks give equal bytes.
///
/// # Errors
/// A package has no wheel, or nobody knows what is in it.
pub fn pyodide_lock(export: &PyodideLock<'_>) -> Result<String, ExportError> {
    let mut written = BTreeMap::new();
    let mut namespaces: BTreeMap<String, Vec<PackageName>> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (package, wheel) in export.lock.packages_of(export.environment) {
        let wheel = wheel.ok_or_else(|| no_wheel(package))?;
        let entry = match curated(export.list, package, wheel) {
            Some(entry) => {
                taken.extend(prefixes(&entry.imports));
                of_list(entry)
            }
            None => {
                let facts = (export.facts)(wheel).ok_or_else(|| ExportError::Unread {
                    filename: wheel.filename.clone(),
                })?;
                for namespace in &facts.imports.namespaces {
                    let owners = namespaces.entry(namespace.clone()).or_default();
                    owners.push(package.name.clone());
                }
                of_wheel(package, facts)
            }
        };
        taken.extend(entry.imports.iter().cloned());
        let entry = WrittenEntry {
            file_name: (export.file_name)(wheel),
            sha256: wheel.sha256.clone(),
            depends: export.depends(&package.name),
            ..entry
        };
        written.insert(package.name.clone(), entry);
    }
    claim(&mut written, namespaces, &taken);
    Ok(pyodide::write(export.info, &written))
}

/// The entry of the release's list that a locked package is.
#[must_use]
pub fn curated<'l>(
    list: &'l LockFile,
    package: &LockedPackage,
    wheel: &LockedWheel,
) -> Option<&'l Entry> {
    let entry = list.packages.get(&package.name)?;
    let is_it = matches!(package.source, LockedSource::Pyodide(_)) && entry.sha256 == wheel.sha256;
    is_it.then_some(entry)
}

fn no_wheel(package: &LockedPackage) -> ExportError {
    let name = package.name.to_string();
    match &package.source {
        LockedSource::Path(path) => ExportError::Folder {
            name,
            path: path.clone(),
        },
        _ => ExportError::NoWheel { name },
    }
}

fn of_list(entry: &Entry) -> WrittenEntry {
    WrittenEntry {
        name: entry.name.clone(),
        version: entry.version.clone(),
        file_name: String::new(),
        install_dir: match (entry.install_dir.as_str(), entry.package_type) {
            ("", PackageType::SharedLibrary) => "dynlib".to_owned(),
            ("", _) => "site".to_owned(),
            (folder, _) => folder.to_owned(),
        },
        sha256: String::new(),
        package_type: entry.package_type,
        imports: entry.imports.clone(),
        depends: Vec::new(),
        unvendored_tests: false,
    }
}

fn of_wheel(package: &LockedPackage, facts: WheelFacts) -> WrittenEntry {
    WrittenEntry {
        name: facts.name,
        version: package.version.to_string(),
        file_name: String::new(),
        install_dir: "site".to_owned(),
        sha256: String::new(),
        package_type: PackageType::Package,
        imports: facts.imports.modules,
        depends: Vec::new(),
        unvendored_tests: false,
    }
}

/// `a` and `a.b` of `a.b.c`.
fn prefixes(imports: &[String]) -> impl Iterator<Item = String> {
    imports.iter().flat_map(|name| {
        let dots = name.match_indices('.');
        dots.map(|(at, _)| name[..at].to_owned())
    })
}

/// A namespace that one package alone has a part of is imported from that one:
/// `from google import protobuf` names no more than `google`.
fn claim(
    written: &mut BTreeMap<PackageName, WrittenEntry>,
    namespaces: BTreeMap<String, Vec<PackageName>>,
    taken: &BTreeSet<String>,
) {
    for (namespace, owners) in namespaces {
        if let ([owner], false) = (&owners[..], taken.contains(&namespace))
            && let Some(entry) = written.get_mut(owner)
        {
            entry.imports.push(namespace);
            entry.imports.sort();
        }
    }
}

impl PyodideLock<'_> {
    /// The packages that one needs in the environment, with those of its extras that are wanted.
    fn depends(&self, name: &PackageName) -> Vec<String> {
        let Some(vertex) = self.graph.vertices.get(name) else {
            return Vec::new();
        };
        let is_there =
            |other: &&PackageName| *other != name && self.graph.vertices.contains_key(*other);
        let needed = vertex.edges.iter().map(|edge| &edge.name);
        let needed: BTreeSet<&PackageName> = needed.filter(is_there).collect();
        needed.into_iter().map(ToString::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use tag_matrix::{Environment, Floors, PyodideRelease};
    use wheel::{MarkerEnv, Requirement};

    const PLACE: &str = "wasm32-emscripten-cp313";

    fn package(name: &str, dependencies: &[&str], source: LockedSource) -> LockedPackage {
        let environments = vec![PLACE.to_owned()];
        LockedPackage {
            name: name.parse().unwrap(),
            version: "1.0".parse().unwrap(),
            source,
            environments: environments.clone(),
            requires_python: None,
            dependencies: dependencies.iter().map(|text| (*text).to_owned()).collect(),
            wheels: vec![LockedWheel {
                filename: format!("{name}-1.0-py3-none-any.whl"),
                url: String::new(),
                sha256: "0".repeat(64),
                size: None,
                environments,
                publishers: Vec::new(),
            }],
        }
    }

    fn of_index(name: &str, dependencies: &[&str]) -> LockedPackage {
        package(name, dependencies, LockedSource::IndexName("x".to_owned()))
    }

    /// The list of a lock, in which `imports` says what each wheel brings.
    fn list(
        packages: Vec<LockedPackage>,
        imports: &dyn Fn(&str) -> Option<Vec<&'static str>>,
    ) -> Result<Value, ExportError> {
        let release = PyodideRelease::find("0.29.5").unwrap();
        let floors = Floors {
            pyodide: Some(release.version.clone()),
            ..Floors::default()
        };
        let target = "wasm32-emscripten".parse().unwrap();
        let environment = Environment::new(target, release.minor(), &floors).unwrap();
        let roots = packages.iter().map(|package| package.name.to_string());
        let roots: Vec<Requirement> = roots.map(|name| name.parse().unwrap()).collect();
        let lock = Lock {
            packages,
            ..Lock::default()
        };
        let markers = MarkerEnv::from(environment.markers());
        let text = pyodide_lock(&PyodideLock {
            lock: &lock,
            environment: PLACE,
            graph: &Graph::new(&lock, PLACE, &markers, &roots),
            info: &pyodide::list("0.29.5").unwrap().info,
            list: &pyodide::list("0.29.5").unwrap(),
            facts: &|wheel| {
                let name = wheel.filename.split('-').next().unwrap();
                Some(WheelFacts {
                    name: name.to_uppercase(),
                    imports: Imports::of(imports(name)?),
                })
            },
            file_name: &|wheel| format!("../{}", wheel.filename),
        })?;
        Ok(serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn a_namespace_is_claimed_by_its_only_owner() {
        let all = ["a", "b", "c", "google"].map(|name| of_index(name, &[]));
        let list = list(all.to_vec(), &|name| {
            Some(match name {
                "a" => vec!["shared/a.py", "alone/deep/x.py"],
                "b" => vec!["shared/b.py", "google/part/x.py"],
                "c" => vec!["c.py"],
                _ => vec!["google/__init__.py"],
            })
        });
        let list = list.unwrap();
        let imports = |name: &str| list["packages"][name]["imports"].clone();
        assert_eq!(
            imports("a"),
            json!(["alone", "alone.deep", "alone.deep.x", "shared.a"])
        );
        // `google` is what another package is.
        assert_eq!(
            imports("b"),
            json!(["google.part", "google.part.x", "shared.b"])
        );
        assert_eq!(imports("google"), json!(["google"]));
        assert_eq!(list["packages"]["c"]["name"], "C");
        assert_eq!(
            list["packages"]["c"]["file_name"],
            "../c-1.0-py3-none-any.whl"
        );
    }

    #[test]
    fn needs_are_those_that_hold_and_are_there() {
        let needs = [
            "b ; sys_platform == 'emscripten'",
            "c ; sys_platform == 'linux'",
            "d ; extra == 'never'",
            "missing",
            "a",
            "b>=1",
        ];
        let mut packages = vec![of_index("a", &needs)];
        packages.extend(["b", "c", "d"].map(|name| of_index(name, &[])));
        let list = list(packages, &|_| Some(vec![])).unwrap();
        assert_eq!(list["packages"]["a"]["depends"], json!(["b"]));
    }

    #[test]
    fn what_the_release_curates_is_known_without_its_wheel() {
        let list_of_release = pyodide::list("0.29.5").unwrap();
        let entry = &list_of_release.packages["markupsafe"];
        let source = LockedSource::Pyodide("0.29.5".to_owned());
        let mut curated = package("markupsafe", &[], source);
        curated.wheels[0].sha256 = entry.sha256.clone();
        let list = list(vec![curated.clone()], &|_| None).unwrap();
        let written = &list["packages"]["markupsafe"];
        assert_eq!(written["name"], "MarkupSafe");
        assert_eq!(written["version"], json!(entry.version));
        assert_eq!(written["imports"], json!(["markupsafe"]));
        // Another file of that name is another package.
        curated.wheels[0].sha256 = "0".repeat(64);
        let error = self::list(vec![curated], &|_| None).unwrap_err();
        assert!(matches!(error, ExportError::Unread { .. }), "{error}");
    }

    #[test]
    fn packages_without_a_wheel_are_told() {
        let mut folder = package("a", &[], LockedSource::Path("../a".to_owned()));
        folder.wheels.clear();
        let error = list(vec![folder], &|_| None).unwrap_err();
        assert!(error.to_string().contains("`../a`"), "{error}");
        let mut nothing = of_index("a", &[]);
        nothing.wheels.clear();
        let error = list(vec![nothing], &|_| None).unwrap_err();
        assert!(matches!(error, ExportError::NoWheel { .. }), "{error}");
    }
}
