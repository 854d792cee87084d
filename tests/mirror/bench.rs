//! A world with a mirror beside the project.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use fixtures::sandbox::Outcome;
use serde_json::Value;

use crate::world::World;

/// What most tests mirror: pages that say much, and a wheel of some size.
pub(crate) const PACKAGES: &str = r#"
[packages.a.'1.0']
requires = ["b>=1"]
requires-python = ">=3.8"
[packages.a.'2.0']
[packages.b.'1.0']
page-requires-python = ">=3.7"
yanked = "bro<ken & \"bad\""
[packages."Name_With.Dots".'1!1.0+local']
[packages.big.'1.0']
filler = 300000
"#;
pub(crate) const DEPENDENCIES: &str = "a = '==1.0'\nb = '==1.0'\n'name-with-dots' = '*'\nbig = '*'";

/// The wheels of [`DEPENDENCIES`].
pub(crate) const WHEELS: [&str; 4] = [
    "a-1.0-py3-none-any.whl",
    "b-1.0-py3-none-any.whl",
    "big-1.0-py3-none-any.whl",
    "name_with_dots-1!1.0+local-py3-none-any.whl",
];

/// A world whose project is locked.
pub(crate) fn locked() -> World {
    World::locked(DEPENDENCIES, PACKAGES)
}

/// A world whose project is mirrored into `mirror`.
pub(crate) fn mirrored() -> World {
    let world = locked();
    world.ok("mirror mirror");
    world
}

/// Makes a further project in a folder below, which is locked.
pub(crate) fn project(world: &World, name: &str, dependencies: &str) {
    let text = String::from_utf8(world.sandbox.read("mochi.toml").expect("a manifest"));
    let text = text.expect("UTF-8");
    let (head, _) = text.split_once("[python-dependencies]").expect("a table");
    let head = head.replace("\"demo\"", &format!("\"{name}\""));
    let text = format!("{head}[python-dependencies]\n{dependencies}\n");
    let path = format!("{name}/mochi.toml");
    world
        .sandbox
        .write(&path, text.as_bytes())
        .expect("written");
    world.ok(&format!("lock --project {name}"));
}

/// The files of a mirror but those in the making: bytes and time by path.
pub(crate) fn tree(folder: &Path) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
    let mut all = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(&inner).expect("a folder").flatten() {
            let path = entry.path();
            let name = path.strip_prefix(folder).expect("below");
            let name = name.to_string_lossy().into_owned();
            if name == ".tmp" {
                continue;
            }
            let metadata = entry.metadata().expect("metadata");
            if metadata.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).expect("read");
                all.insert(name, (bytes, metadata.modified().expect("a time")));
            }
        }
    }
    all
}

/// The same without times.
pub(crate) fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let all = tree(folder).into_iter();
    all.map(|(path, (bytes, _))| (path, bytes)).collect()
}

/// Asserts that two mirrors are the same to the byte.
pub(crate) fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (bytes(one), bytes(other));
    let paths: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let lines = |bytes: Option<&Vec<u8>>| -> Vec<String> {
        let text = bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        text.iter()
            .flat_map(|text| text.lines())
            .map(str::to_owned)
            .collect()
    };
    let mut differs = Vec::new();
    for path in paths {
        let (ours, theirs) = (one.get(path), other.get(path));
        if ours != theirs {
            let both = lines(ours).into_iter().zip(lines(theirs));
            differs.push((
                path,
                both.filter(|(a, b)| a != b).take(3).collect::<Vec<_>>(),
            ));
        }
    }
    assert!(differs.is_empty(), "{differs:#?}");
}

/// Where a file of the mirror is.
pub(crate) fn find(folder: &Path, name: &str) -> PathBuf {
    let all = tree(folder).into_keys();
    let mut found = all.filter(|path| path.rsplit('/').next() == Some(name));
    let path = found.next().unwrap_or_else(|| panic!("no {name}"));
    folder.join(path)
}

/// A file of the mirror as JSON.
pub(crate) fn json(folder: &Path, path: &str) -> Value {
    let text = fs::read(folder.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
    serde_json::from_slice(&text).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// What a run with `--json` prints.
pub(crate) fn document(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}{}", outcome.stdout, outcome.stderr))
}

/// The kinds of the faults that a check finds, by path.
pub(crate) fn faults(world: &World) -> BTreeMap<String, String> {
    let outcome = world.run("mirror mirror --check --json");
    let document = document(&outcome);
    let (exit, list) = match outcome.exit {
        0 => (0, &document["faults"]),
        exit => (exit, &document["error"]["faults"]),
    };
    let list = list.as_array().unwrap_or_else(|| panic!("{document}"));
    assert_eq!(exit, i32::from(!list.is_empty()), "{document}");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    list.iter()
        .map(|fault| (text(&fault["path"]), text(&fault["kind"])))
        .collect()
}
