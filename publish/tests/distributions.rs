//! Distributions as bytes: the same everywhere, and two glues in one interpreter.

use manifest::Manifest;
use publish::{Checked, Destination, Files, Glue, Kind, Package, Sources};
use std::path::Path;
use wheel::WheelFilename;
use wheel::archive::{Limits, WheelArchive};
use wheel::record::RecordHash;

const MANIFEST: &str = r#"
[package]
name = "demo"
version = "1.0"
description = "A demo"
license = "MIT"
authors = ["Ada <ada@example.org>"]
readme = "README.md"

[python-dependencies]
requests = ">=2,<3"

[python.publish]
wheel-tags = ["py3-none-any", "cp313-cp313-pyemscripten_2025_0_wasm32"]
scripts = { demo = "demo.cli:main" }
"#;

fn files(files: &[(&str, &str)]) -> Files {
    let files = files.iter();
    files
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect()
}

fn package(manifest: &str, tree: &[(&str, &str)]) -> Package {
    let manifest = Manifest::parse_to_build("mochi.toml", manifest).unwrap();
    let sources = Sources {
        tree: files(tree),
        readme: Some(b"# Demo\n".to_vec()),
        licenses: files(&[("LICENSE", "Do as you like.\n")]),
        ..Sources::default()
    };
    let checked = Package::check(&manifest, sources, &Destination::anywhere());
    let Checked { package, warnings } = checked.unwrap();
    assert_eq!(warnings, [""; 0]);
    package
}

fn demo() -> Package {
    package(
        MANIFEST,
        &[
            ("demo/__init__.py", "from mochi_runtime import call_host\n"),
            ("demo/cli.py", "def main(): pass\n"),
            ("demo/run.sh", "#!/bin/sh\necho demo\n"),
            ("demo/data/Ü.txt", "ü\n"),
        ],
    )
}

fn small() -> Glue {
    Glue {
        files: vec![("__init__.py".to_owned(), b"call_host = print\n".to_vec())],
    }
}

fn hash(bytes: &[u8]) -> String {
    RecordHash::sha256_of(bytes).to_string()
}

#[test]
fn the_same_package_gives_the_same_bytes() {
    let package = demo();
    // They change with the encoder, and then so does every file that users build: on purpose only.
    let golden = [
        "sha256=0YANfdx8qzrbKfxPmv01PZ6tzarzZiTeHHlkKRZ-k9s",
        "sha256=xXOGJkLmre80MjGf2OcUBpLZBJAyOhfEXCS5ET5GRxc",
        "sha256=NhiNd5_HxFU2LgWeM7ptXty4ud0FH_WPh8Y33yeLi7M",
    ];
    let sdist = package.sdist(&small(), None).unwrap();
    let mut found = vec![hash(&sdist.bytes)];
    for plan in &package.plans {
        let wheel = package.wheel(plan, &small(), Vec::new(), None).unwrap();
        found.push(hash(&wheel.bytes));
    }
    assert_eq!(found, golden);
}

#[test]
fn the_time_is_the_one_that_is_asked_for() {
    let package = demo();
    let pure = &package.plans[0];
    let at = |epoch| {
        package
            .wheel(pure, &small(), Vec::new(), epoch)
            .unwrap()
            .bytes
    };
    assert_ne!(at(None), at(Some(1_700_000_000)));
    assert_eq!(
        at(Some(1_700_000_000)),
        at(Some(1_700_000_001)),
        "even seconds"
    );
    let sdist = |epoch| package.sdist(&small(), epoch).unwrap().bytes;
    assert_ne!(sdist(None), sdist(Some(1_700_000_000)));
}

#[test]
fn what_is_in_a_wheel() {
    let package = demo();
    let names = |position: usize| -> Vec<(String, bool)> {
        let plan = &package.plans[position];
        let wheel = package.wheel(plan, &small(), Vec::new(), None).unwrap();
        let filename: WheelFilename = wheel.filename.parse().unwrap();
        let read = WheelArchive::open(wheel.bytes, &filename, Limits::default()).unwrap();
        assert_eq!(read.entries().len(), wheel.files);
        assert_eq!(read.wheel_file().root_is_purelib, plan.kind == Kind::Pure);
        let entries = read.entries().iter();
        entries
            .map(|entry| (entry.name().to_owned(), entry.executable()))
            .collect()
    };
    let pure = names(0);
    let plain: Vec<&str> = pure.iter().map(|(name, _)| &**name).collect();
    assert_eq!(
        plain,
        [
            "demo/__init__.py",
            "demo/_vendor/__init__.py",
            "demo/_vendor/mochi_runtime/__init__.py",
            "demo/cli.py",
            "demo/data/Ü.txt",
            "demo/run.sh",
            "demo-1.0.dist-info/METADATA",
            "demo-1.0.dist-info/WHEEL",
            "demo-1.0.dist-info/entry_points.txt",
            "demo-1.0.dist-info/licenses/LICENSE",
            "demo-1.0.dist-info/RECORD",
        ]
    );
    let programs: Vec<&str> = pure
        .iter()
        .filter(|(_, x)| *x)
        .map(|(name, _)| &**name)
        .collect();
    assert_eq!(
        programs,
        ["demo/run.sh"],
        "whatever the mode on this machine"
    );
    let pyodide = names(1);
    let added: Vec<_> = pyodide.iter().filter(|name| !pure.contains(name)).collect();
    assert_eq!(
        added,
        [&("demo-1.0.dist-info/top_level.txt".to_owned(), false)]
    );
}

/// Unpacks a wheel into a folder, as an installer does with one that has no `.data`.
fn install(wheel: publish::Built, site: &Path) {
    let filename: WheelFilename = wheel.filename.parse().unwrap();
    let read = WheelArchive::open(wheel.bytes, &filename, Limits::default()).unwrap();
    for entry in read.entries() {
        let path = site.join(entry.name());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, read.read(entry, 1 << 20).unwrap()).unwrap();
    }
}

/// The real glue, of this version and of another, side by side.
#[test]
fn two_versions_of_the_glue_are_two_modules() {
    let site = tempfile::tempdir().unwrap();
    let real = |version: &str| {
        let files = runtime::Glue::files_of(runtime::RuntimeMode::Subprocess);
        let files = files.map(|(name, text)| {
            let text = match name {
                "__init__.py" => text.replace(
                    "__version__ = \"0.1.0\"",
                    &format!("__version__ = \"{version}\""),
                ),
                _ => text.to_owned(),
            };
            (name.to_owned(), text.into_bytes())
        });
        Glue {
            files: files.collect(),
        }
    };
    for (name, version) in [("older", "0.0.9"), ("newer", "7.0")] {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"1\"\nlicense = \"MIT\"\ndescription = \"x\"\n"
        );
        let tree = format!(
            "import mochi_runtime\nfrom mochi_runtime import MochiError, expose\n\
             def version(): return mochi_runtime.__version__\n\
             def name(): return {name:?}\nexpose(name)\n"
        );
        let package = package(&manifest, &[(&format!("{name}/__init__.py"), &tree)]);
        let wheel = package.wheel(&package.plans[0], &real(version), Vec::new(), None);
        install(wheel.unwrap(), site.path());
    }
    let script = r"
import json, os, subprocess, sys
site = sys.stdin.read()
sys.path.insert(0, site)
import older, newer
assert 'mochi_runtime' not in sys.modules
assert older.MochiError is not newer.MochiError

def served(package):
    call = {'module': package, 'function': 'version', 'args': [], 'kwargs': {}}
    asked = [('initialize', {}), ('call', call)]
    server = subprocess.Popen(
        [sys.executable, '-m', package + '._vendor.mochi_runtime.subprocess_server'],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={'PYTHONPATH': site})
    answers = []
    for number, (method, params) in enumerate(asked):
        request = {'jsonrpc': '2.0', 'id': number, 'method': method, 'params': params}
        server.stdin.write(json.dumps(request) + '\n')
        server.stdin.flush()
        answers.append(json.loads(server.stdout.readline()))
    server.communicate(timeout=60)
    return answers[1].get('result', answers)

exposed = [package.mochi_runtime.exposed() for package in (older, newer)]
print(json.dumps([older.version(), newer.version(), exposed, served('older'), served('newer')]))
";
    let told = referee::ask(script, &site.path().display().to_string());
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let expected = serde_json::json!(["0.0.9", "7.0", [["name"], ["name"]], "0.0.9", "7.0"]);
    assert_eq!(told, expected);
}
