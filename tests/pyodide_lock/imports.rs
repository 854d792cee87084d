//! What is said to be importable, judged by the referee's Python and by the lists of releases, for
//! the packages that are installed there.

use crate::project::named;
use pyodide::Imports;
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;

/// The files of each installed package, and which of the names at their top can be imported.
const INSTALLED: &str = r#"
import importlib.machinery as machinery, importlib.metadata as metadata, json, re, sysconfig
site = sysconfig.get_path("purelib")
suffixes = tuple(machinery.SOURCE_SUFFIXES + machinery.EXTENSION_SUFFIXES)
found = {}
for package in metadata.distributions(path=[site]):
    files = [str(file) for file in package.files or ()]
    files = [file for file in files if not file.startswith("..")]
    tops = {file.partition("/")[0] for file in files if file.endswith(suffixes)}
    tops = {re.match("[^.]*", top)[0] if top.endswith(suffixes) else top for top in tops}
    tops = [top for top in tops if top.isidentifier()]
    names = [top for top in tops if machinery.PathFinder.find_spec(top, [site])]
    name = re.sub("[-_.]+", "-", package.metadata["Name"]).lower()
    found[name] = [files, sorted(names)]
print(json.dumps(found))
"#;

fn installed() -> serde_json::Map<String, Value> {
    let output = Command::new(named("MOCHI_REFEREE_PYTHON"))
        .args(["-I", "-X", "utf8", "-c", INSTALLED])
        .output()
        .expect("Python runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn texts(list: &Value) -> Vec<&str> {
    let list = list.as_array().expect("a list").iter();
    list.map(|text| text.as_str().expect("text")).collect()
}

#[test]
fn python_imports_what_is_found_and_nothing_else() {
    let installed = installed();
    assert!(installed.len() > 20, "{}", installed.len());
    let mut namespaces = 0;
    for (name, package) in &installed {
        let imports = Imports::of(texts(&package[0]));
        let top = |name: &String| name.split('.').next().unwrap_or_default().to_owned();
        let tops: BTreeSet<String> = imports.modules.iter().map(top).collect();
        let tops: Vec<&str> = tops.iter().map(String::as_str).collect();
        assert_eq!(tops, texts(&package[1]), "{name}");
        namespaces += usize::from(!imports.namespaces.is_empty());
    }
    assert!(namespaces > 0, "the referee's packages have a namespace");
}

#[test]
fn lists_of_releases_say_the_same() {
    let installed = installed();
    let mut compared = 0;
    for release in ["0.29.5", "314.0.7"] {
        let list = pyodide::list(release).expect("a list");
        for (name, package) in &installed {
            let Some(entry) = list.packages.get(name.as_str()) else {
                continue;
            };
            // The list has a version that still brings pkg_resources.
            let entry = match name.as_str() {
                "setuptools" => continue,
                _ => entry,
            };
            // Lists name the namespace that is a package's alone, as ours do when all are known.
            let found = Imports::of(texts(&package[0]));
            let found = [found.modules, found.namespaces].concat();
            for module in &entry.imports {
                assert!(found.contains(module), "{release}, {name}: {found:?}");
            }
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared}");
}
