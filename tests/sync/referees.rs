//! What pip and uv make of what was installed.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::python::text_of;
use crate::world::World;

const PACKAGES: &str = r#"
[packages.a.'1.0']
requires = ["b>=1", "name-with.dots[extra]"]
entry-points = "[console_scripts]\nrun-a = a:main\n"
files = { 'a/x.py' = 'x = 1', 'a-1.0.data/data/share/a.txt' = 'a', 'shared/a.py' = '' }
[packages.b.'1.0']
files = { 'shared/b.py' = '' }
[packages.c.'1.0']
[packages."Name_With.Dots".'1.0']
extras = { extra = ['c'] }
"#;

fn referee(variable: &str) -> PathBuf {
    let path = std::env::var_os(variable);
    path.unwrap_or_else(|| panic!("{variable} is not set: `scripts/test` sets it"))
        .into()
}

/// The referee's pip, working on a venv.
pub(crate) fn pip(world: &World, venv: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(referee("MOCHI_REFEREE_PYTHON"));
    let python = venv.join("bin/python");
    let fixed = [
        "-I",
        "-B",
        "-m",
        "pip",
        "--isolated",
        "--disable-pip-version-check",
        "--no-cache-dir",
        "--python",
    ];
    command
        .args(fixed.map(OsStr::new))
        .arg(python)
        .args(words)
        .env("HOME", world.path("~/"));
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(name);
    }
    command
}

/// The referee's uv, in the project.
pub(crate) fn uv(world: &World, words: &[&str]) -> Command {
    let mut command = Command::new(referee("MOCHI_REFEREE_UV"));
    command
        .args(words)
        .args(["--no-config", "--no-cache", "--no-python-downloads"]);
    command
        .current_dir(world.path("."))
        .env("HOME", world.path("~/"));
    for name in [
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
        "VIRTUAL_ENV",
    ] {
        command.env_remove(name);
    }
    command
}

/// Normalised names and versions of a `list --format json`.
pub(crate) fn listed(text: &str) -> BTreeMap<String, String> {
    let rows: Vec<Value> = serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"));
    let said = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    rows.iter()
        .map(|row| {
            (
                fixtures::wheel_file::normalise(&said(row, "name")),
                said(row, "version"),
            )
        })
        .collect()
}

/// As [`listed`], of `a==1.0` and so on.
pub(crate) fn versions(all: &[(&str, &str)]) -> BTreeMap<String, String> {
    all.iter()
        .map(|&(name, version)| (name.to_owned(), version.to_owned()))
        .collect()
}

const ALL: [(&str, &str); 4] = [
    ("a", "1.0"),
    ("b", "1.0"),
    ("c", "1.0"),
    ("name-with-dots", "1.0"),
];

/// pip sees the packages and finds every requirement met, and every file where `show -f` says it is.
#[test]
fn pip_agrees() {
    let world = World::synced("a = '*'", PACKAGES);
    let venv = world.path(".venv");
    assert_eq!(
        listed(&text_of(&mut pip(
            &world,
            &venv,
            &["list", "--format", "json"]
        ))),
        versions(&ALL)
    );
    let text = text_of(&mut pip(&world, &venv, &["check"]));
    assert!(text.contains("No broken requirements"), "{text}");
    let text = text_of(&mut pip(&world, &venv, &["inspect"]));
    let report: Value = serde_json::from_str(&text).expect("JSON");
    for package in report["installed"].as_array().expect("a list") {
        assert_eq!(package["installer"], "mochi");
        let requested = package["metadata"]["name"] == "a";
        assert_eq!(
            package["requested"], requested,
            "{}",
            package["metadata"]["name"]
        );
    }
    let text = text_of(&mut pip(&world, &venv, &["show", "-f", "a"]));
    assert!(
        text.contains("a/x.py") && text.contains("share/a.txt") && text.contains("bin/run-a"),
        "{text}"
    );
}

/// uv sees the same, and finds every requirement met.
#[test]
fn uv_agrees() {
    let world = World::synced("a = '*'", PACKAGES);
    let python = ["--python", ".venv/bin/python"];
    let list = ["pip", "list", "--format", "json"];
    let text = text_of(uv(&world, &list).args(python));
    assert_eq!(listed(&text), versions(&ALL));
    text_of(uv(&world, &["pip", "check"]).args(python));
}

/// pip can take a package away by our RECORD, leaving nothing of it; a sync puts it back.
#[test]
fn what_pip_uninstalls_a_sync_puts_back() {
    let world = World::synced("a = '*'", PACKAGES);
    let venv = world.path(".venv");
    text_of(&mut pip(&world, &venv, &["uninstall", "-y", "a"]));
    let rest = world.installed();
    assert_eq!(
        rest.whole().into_keys().collect::<Vec<_>>(),
        ["b", "c", "name-with-dots"]
    );
    assert!(!venv.join("bin/run-a").exists() && !venv.join("share/a.txt").exists());
    world.fails("sync --check", 1, &["a 1.0 is not installed"]);
    assert_eq!(world.ok("sync").stdout, "+ a 1.0\n");
    world.assert_holds(&["a 1.0", "b 1.0", "c 1.0", "name-with-dots 1.0"]);
}

/// uv can take a package away too.
#[test]
fn what_uv_uninstalls_a_sync_puts_back() {
    let world = World::synced("a = '*'", PACKAGES);
    text_of(uv(&world, &["pip", "uninstall", "a"]).args(["--python", ".venv/bin/python"]));
    // Not `whole`: uv leaves the empty folder of `.data` behind.
    let packages = world.installed().packages;
    assert_eq!(
        packages.keys().collect::<Vec<_>>(),
        ["b", "c", "name-with-dots"]
    );
    world.ok("sync");
    world.assert_holds(&["a 1.0", "b 1.0", "c 1.0", "name-with-dots 1.0"]);
}

/// A package that pip upgraded behind our back is brought to the locked version, by pip's own RECORD.
#[test]
fn what_pip_upgrades_a_sync_brings_back() {
    let world = World::synced(
        "b = '==1.0'",
        "[packages]\nb.'1.0' = {}\nb.'2.0' = { files = { 'b/two.py' = '' } }\n",
    );
    let index = world.sandbox.index_url().to_owned();
    let venv = world.path(".venv");
    text_of(&mut pip(
        &world,
        &venv,
        &["install", "--index-url", &index, "b==2.0"],
    ));
    assert_eq!(world.python("import b, b.two; print(b.__version__)"), "2.0");
    world.fails("sync --check", 1, &["b: "]);
    assert_eq!(world.ok("sync").stdout, "~ b 2.0 -> 1.0\n");
    world.assert_holds(&["b 1.0"]);
    assert!(!world.library(".venv").join("b/two.py").exists());
}

/// A venv that pip filled with the very wheels of the lock needs no other files; whatever a sync makes of it, it ends
/// as locked.
#[test]
fn a_venv_that_pip_filled() {
    let world = World::locked("a = '*'", PACKAGES);
    let venv = world.path(".venv");
    let mut make = Command::new(&crate::python::python().executable);
    text_of(make.args(["-m", "venv", "--without-pip"]).arg(&venv));
    let index = world.sandbox.index_url().to_owned();
    text_of(&mut pip(
        &world,
        &venv,
        &["install", "--index-url", &index, "--no-compile", "a"],
    ));
    world.ok("sync");
    world.ok("sync --check");
    assert_eq!(world.installed().whole().len(), 4);
}
