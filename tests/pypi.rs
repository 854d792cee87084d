//! The public index: one small package, added, installed and imported, with nothing said about where it comes from.

use std::path::Path;
use std::process::{Command, Output};

fn mochi(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mochi"));
    command
        .arg("py")
        .args(words)
        .current_dir(folder.join("project"))
        .env("MOCHI_CACHE_DIR", folder.join("cache"))
        .env_remove("MOCHI_INDEX_URL");
    let output = command.output().expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => output,
        Some(3) => panic!(
            "the network is at fault: `{}` says\n{said}",
            words.join(" ")
        ),
        _ => panic!("`{}`: {}\n{said}", words.join(" "), output.status),
    }
}

/// The two commands of the README, in an empty folder: what a new user does first.
#[test]
fn a_package_of_the_public_index() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = folder.path().join("project");
    std::fs::create_dir(&project).expect("a folder");
    mochi(folder.path(), &["add", "idna"]);
    let lock = std::fs::read_to_string(project.join("mochi.lock")).expect("a lock");
    assert!(
        lock.contains("name = \"idna\"") && lock.contains("sha256 = "),
        "{lock}"
    );
    mochi(folder.path(), &["sync"]);
    let mut python = Command::new(project.join(".venv/bin/python"));
    let output = python
        .args([
            "-I",
            "-c",
            "import idna; print(idna.encode('bücher.example').decode())",
        ])
        .output();
    let output = output.expect("the venv's Python starts");
    assert_eq!(output.stdout, b"xn--bcher-kva.example\n", "{output:?}");
    mochi(folder.path(), &["sync", "--check", "--offline"]);
}

/// The versions that a lock has of a package, by environment.
fn versions(folder: &Path, name: &str) -> Vec<(String, String)> {
    let lock = std::fs::read_to_string(folder.join("project/mochi.lock")).expect("a lock");
    let lock: toml_edit::DocumentMut = lock.parse().expect("TOML");
    let packages = lock["python-package"]
        .as_array_of_tables()
        .expect("packages");
    let mut found = Vec::new();
    for package in packages
        .iter()
        .filter(|package| package["name"].as_str() == Some(name))
    {
        let version = package["version"].as_str().expect("a version");
        for environment in package["environments"].as_array().expect("names") {
            let environment = environment.as_str().expect("a name");
            found.push((environment.to_owned(), version.to_owned()));
        }
    }
    found.sort();
    found
}

/// One lock for native targets and two Pyodide releases; numpy differs between them, and agrees
/// where versions are aligned, held back by the browser.
#[test]
fn native_and_pyodide_in_one_lock() {
    const PACKAGES: [&str; 8] = [
        "numpy", "pandas", "requests", "httpx", "pydantic", "rich", "lxml", "msgpack",
    ];
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("project")).expect("a folder");
    let write = |packages: &[&str], policy: &str, releases: &[&str]| {
        let dependencies: String = packages
            .iter()
            .map(|name| format!("{name} = '*'\n"))
            .collect();
        let manifest = format!(
            "[package]\nname = 'demo'\n[python-dependencies]\n{dependencies}[python]\n\
             requires-python = '>=3.13'\npython-versions = ['3.13']\nversion-policy = '{policy}'\n\
             targets = ['linux-x64', 'macos-arm64', 'windows-x64', 'wasm32-emscripten']\n\
             [python.target.macos-arm64]\nmacos = '14.0'\n\
             [python.target.wasm32-emscripten]\npyodide = {releases:?}\n"
        );
        let path = folder.path().join("project/mochi.toml");
        std::fs::write(path, manifest).expect("written");
    };
    write(&PACKAGES, "newest", &["0.29.5", "314.0.7"]);
    mochi(folder.path(), &["lock"]);
    for name in PACKAGES {
        assert_eq!(versions(folder.path(), name).len(), 5, "{name}");
    }
    let numpy = versions(folder.path(), "numpy");
    let of = |environment: &str| {
        let mut all = numpy.iter();
        let found = all
            .find(|(name, _)| name == environment)
            .expect("an environment");
        found.1.clone()
    };
    assert_eq!(of("wasm32-emscripten-cp313"), "2.2.5");
    assert_eq!(of("wasm32-emscripten-cp314"), "2.4.6");
    assert_eq!(of("linux-x64-cp313"), of("windows-x64-cp313"));
    assert_ne!(of("linux-x64-cp313"), "2.2.5");

    write(&["numpy"], "aligned", &["0.29.5"]);
    let said = mochi(folder.path(), &["lock"]).stderr;
    let said = String::from_utf8_lossy(&said);
    let numpy = versions(folder.path(), "numpy");
    assert!(
        numpy.len() == 4 && numpy.iter().all(|(_, version)| version == "2.2.5"),
        "{numpy:?}"
    );
    assert!(
        said.contains("numpy 2.2.5 was taken for all environments")
            && said.contains("held back by wasm32-emscripten-cp313"),
        "{said}"
    );
}
