//! A mirror with Pyodide's runtimes in it.

use crate::project::{Project, RELEASES, named};
use mochi::cli::{Cli, Tool};
use mochi::ctx::Ctx;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What a command in the project would have.
pub(crate) fn ctx(project: &Project, more: &[&str]) -> Ctx {
    use clap::Parser;
    let at = |name: &str| project.sandbox.root().join(name).display().to_string();
    let (folder, cache) = (at("project"), at("cache"));
    let mut words = vec!["mochi", "py", "--project", &folder, "--cache-dir", &cache];
    words.extend(["--index", project.sandbox.index_url(), "--no-progress"]);
    words.extend(more);
    words.push("tree");
    let Tool::Py(py) = Cli::try_parse_from(words).expect("words").tool;
    Ctx::new(py.global).expect("surroundings")
}

/// Mirrors the project, with the runtimes.
pub(crate) fn mirror(project: &Project, folder: &Path) {
    let runtimes = named("MOCHI_PYODIDE");
    let words = format!(
        "mirror {} --with-pyodide={}",
        folder.display(),
        runtimes.display()
    );
    project.ok(&words);
    let before = states(folder);
    let told = project.ok(&format!("{words} --json"));
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(told["transferred"]["files"], 0, "{told}");
    assert_eq!(told["pages-written"], 0, "{told}");
    assert_eq!(before, states(folder), "nothing is written again");
    project.ok(&format!("mirror {} --check", folder.display()));
}

/// The files below a folder, with the times of their last change.
fn states(folder: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.extend(states(&path));
        } else {
            let changed = path.metadata().and_then(|file| file.modified());
            all.insert(path, changed.expect("a time"));
        }
    }
    all
}

/// A runtime is checked like all else, and a release that other projects have is not replaced.
#[test]
fn a_runtime_beside_the_lock_is_part_of_the_mirror() {
    let project = Project::locked();
    let folder = tempfile::tempdir().expect("a folder");
    mirror(&project, folder.path());
    let place = folder.path().join("pyodide").join(RELEASES[0].1);
    let wasm = place.join("pyodide.asm.wasm");
    let whole = std::fs::read(&wasm).expect("a file");
    std::fs::write(&wasm, &whole[1..]).expect("written");
    std::fs::write(place.join("foreign.js"), "").expect("written");
    let check = format!("mirror {} --check", folder.path().display());
    project.fails(&check, 1, &["pyodide.asm.wasm", "foreign.js"]);
    std::fs::remove_file(place.join("foreign.js")).expect("removed");
    std::fs::remove_file(&wasm).expect("removed");
    mirror(&project, folder.path());
    assert_eq!(std::fs::read(&wasm).expect("a file"), whole);
    let missing = format!("mirror {} --with-pyodide=nowhere", folder.path().display());
    project.fails(&missing, 2, &["nowhere"]);
    // Without a folder it is the registry's, and nobody is there.
    let words = ["mirror", "elsewhere", "--with-pyodide"].map(str::to_owned);
    let registry = ("NPM_CONFIG_REGISTRY", "http://127.0.0.1:9/");
    let env = BTreeMap::from([registry].map(|(name, value)| (name.to_owned(), value.to_owned())));
    let outcome = project.sandbox.run("", &words, &env).expect("it starts");
    assert_eq!(outcome.exit, 3, "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("127.0.0.1:9/pyodide"),
        "{}",
        outcome.stderr
    );
}
