//! Exports, installed by the tools that they are for.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use crate::python::{python, text_of};
use crate::referees::{listed, pip, uv, versions};
use crate::world::World;

const PACKAGES: &str = "
[packages]
a.'1.0' = { requires = ['b', \"c ; sys_platform != 'win32'\"], extras = { x = ['d'] } }
a.'2.0' = { requires = ['b', \"c ; sys_platform != 'win32'\"], extras = { x = ['d'] } }
b = ['1.0', '1.1']
c.'1.0'.provenance = { by = ['o/c', 'gitlab:o/c'], environment = 'x' }
d = ['0.9', '1.0+local.1']
";
const DEPENDENCIES: &str = "a = { version = '<2', extras = ['x'] }";
const ALL: [(&str, &str); 4] = [
    ("a", "1.0"),
    ("b", "1.1"),
    ("c", "1.0"),
    ("d", "1.0+local.1"),
];

/// A world whose lock is exported, and an empty venv to install the export into.
fn exported(format: &str, file: &str) -> (World, PathBuf) {
    let world = World::locked(DEPENDENCIES, PACKAGES);
    world.ok(&format!("export --format {format} --out {file}"));
    let venv = world.path("other");
    let mut make = Command::new(&python().executable);
    text_of(make.args(["-m", "venv", "--without-pip"]).arg(&venv));
    (world, venv)
}

fn found(world: &World, venv: &std::path::Path) -> BTreeMap<String, String> {
    listed(&text_of(&mut pip(
        world,
        venv,
        &["list", "--format", "json"],
    )))
}

/// The same versions that a sync of ours installs.
fn ours(world: &World) {
    world.ok("sync");
    let whole = world.installed();
    let ours: Vec<(&str, &str)> = whole.whole().into_iter().collect();
    assert_eq!(ours, ALL);
}

/// pip installs the requirements by their hashes.
#[test]
fn pip_installs_requirements() {
    let (world, venv) = exported("requirements", "req.txt");
    let (file, index) = (world.path("req.txt"), world.sandbox.index_url().to_owned());
    let words = ["install", "--require-hashes", "--index-url", &index, "-r"];
    text_of(pip(&world, &venv, &words).arg(file));
    assert_eq!(found(&world, &venv), versions(&ALL));
    ours(&world);
}

/// uv installs the requirements by their hashes.
#[test]
fn uv_installs_requirements() {
    let (world, venv) = exported("requirements", "req.txt");
    let index = world.sandbox.index_url().to_owned();
    let words = [
        "pip",
        "sync",
        "--require-hashes",
        "--index-url",
        &index,
        "--python",
        "other/bin/python",
        "req.txt",
    ];
    text_of(&mut uv(&world, &words));
    assert_eq!(found(&world, &venv), versions(&ALL));
}

/// pip installs the `pylock.toml`.
#[test]
fn pip_installs_pylock() {
    let (world, venv) = exported("pylock", "pylock.toml");
    let file = world.path("pylock.toml");
    let text = std::fs::read_to_string(&file).expect("an export");
    // It takes one with publishers, too.
    assert_eq!(
        text.matches("[[packages.attestation-identities]]").count(),
        2
    );
    text_of(pip(&world, &venv, &["install", "-r"]).arg(file));
    assert_eq!(found(&world, &venv), versions(&ALL));
}

/// uv installs the `pylock.toml`.
#[test]
fn uv_installs_pylock() {
    let (world, venv) = exported("pylock", "pylock.toml");
    text_of(&mut uv(
        &world,
        &["pip", "sync", "--python", "other/bin/python", "pylock.toml"],
    ));
    assert_eq!(found(&world, &venv), versions(&ALL));
}

/// A hash that is not the file's is refused by pip: the exported hashes are looked at.
#[test]
fn exported_hashes_bind() {
    let (world, venv) = exported("requirements", "req.txt");
    world.change_file("b-1.1-py3-none-any.whl", |file| {
        let last = file.bytes.len() - 1;
        file.bytes[last] ^= 1;
    });
    let (file, index) = (world.path("req.txt"), world.sandbox.index_url().to_owned());
    let words = ["install", "--require-hashes", "--index-url", &index, "-r"];
    let output = crate::python::done(pip(&world, &venv, &words).arg(file));
    assert!(!output.status.success());
    assert_eq!(found(&world, &venv), BTreeMap::new());
}
