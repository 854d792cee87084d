//! The cache that venvs share: how files come from it, and what may not come from it.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;

use fixtures::model::Fault;

use crate::python::{inspect, python};
use crate::world::World;

const PACKAGES: &str =
    "[packages]\na.'1.0' = { requires = ['b'], files = { 'a/x.py' = 'x = 1' } }\nb = ['1.0']\n";

/// What was installed once is installed again without a network.
#[test]
fn a_warm_cache_is_enough_offline() {
    let world = World::synced("a = '*'", PACKAGES);
    drop(world.requests());
    world.ok("sync --offline --venv second");
    assert!(world.requests().is_empty());
    assert_eq!(
        world.python_of("second", "import a, b; print(a.__version__)"),
        "1.0"
    );
    world.ok("sync --offline --check --venv second");
}

/// With a cold cache `--offline` can only fail; it says which wheel is missing, and asks for nothing.
#[test]
fn a_cold_cache_is_not_enough_offline() {
    let world = World::locked("b = '*'", PACKAGES);
    world.sandbox.empty_cache().expect("emptied");
    drop(world.requests());
    let outcome = world.ends("sync --offline", 3);
    assert!(
        outcome.stderr.contains("b-1.0-py3-none-any.whl") || outcome.stderr.contains("/b/"),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains("offline"), "{}", outcome.stderr);
    assert!(world.requests().is_empty());
    world.assert_holds(&[]);
}

/// Installed files are hard links into the cache: who edits one in place edits the cache, but not what comes next.
#[test]
fn an_edited_file_does_not_spread() {
    let world = World::locked("a = '*'", PACKAGES);
    world.ok("sync --link-mode hardlink");
    let path = world.library(".venv").join("a/x.py");
    assert!(
        fs::metadata(&path).expect("there").nlink() > 1,
        "it is no hard link: the test would prove nothing"
    );
    // In place, and of the same size: only its time and hash tell.
    let mut file = fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .expect("opened");
    file.write_all(b"x = 2").expect("written");
    drop(file);
    world.ok("sync --venv second --link-mode hardlink");
    assert_eq!(world.python_of("second", "import a.x; print(a.x.x)"), "1");
    assert_eq!(inspect(&world.path("second")).whole().len(), 2);
    assert_eq!(
        world.python("import a.x; print(a.x.x)"),
        "2",
        "the first venv was not asked for"
    );
}

/// The same where the edit changes the size, and no network is there to fetch the wheel again: refused, not spread.
#[test]
fn an_edited_file_does_not_spread_offline() {
    let world = World::locked("a = '*'", PACKAGES);
    world.ok("sync --link-mode hardlink");
    fs::OpenOptions::new()
        .append(true)
        .open(world.library(".venv").join("a/x.py"))
        .and_then(|mut file| file.write_all(b"\nx = 3"))
        .expect("written");
    let outcome = world.run("sync --offline --venv second --link-mode hardlink");
    let copied = fs::read_to_string(world.library("second").join("a/x.py")).unwrap_or_default();
    assert!(
        !copied.contains('3'),
        "exit {}: {copied}\n{}",
        outcome.exit,
        outcome.stderr
    );
}

/// Copies share nothing: an edit stays where it was made.
#[test]
fn copies_are_apart() {
    let world = World::locked("a = '*'", PACKAGES);
    world.ok("sync --link-mode copy");
    let path = world.library(".venv").join("a/x.py");
    assert_eq!(fs::metadata(&path).expect("there").nlink(), 1);
    fs::write(&path, "x = 2").expect("written");
    drop(world.requests());
    world.ok("sync --link-mode copy --venv second --offline");
    assert_eq!(world.python_of("second", "import a.x; print(a.x.x)"), "1");
    assert_eq!(inspect(&world.path("second")).whole().len(), 2);
}

/// `--compile-bytecode` is for images and read-only places: every module has its bytecode, and all of it goes with
/// its package.
#[test]
fn bytecode_is_compiled_where_asked_for() {
    let world = World::locked("a = '*'", PACKAGES);
    world.ok("sync --compile-bytecode");
    let tag = python().minor.replace('.', "");
    let bytecode = |module: &str| {
        world
            .library(".venv")
            .join(format!("a/__pycache__/{module}.cpython-{tag}.pyc"))
    };
    assert!(bytecode("__init__").is_file() && bytecode("x").is_file());
    assert_eq!(
        world.python("import a.x; print(a.x.__cached__.endswith('.pyc'), a.x.x)"),
        "True 1"
    );
    world.ok("sync --check");
    world.assert_holds(&["a 1.0", "b 1.0"]);
    world.relock("");
    world.ok("sync");
    assert!(!world.library(".venv").join("a").exists());
}

/// A wheel is downloaded once, however many venvs it goes to, also when its first download was cut.
#[test]
fn a_wheel_is_downloaded_once() {
    let world = World::locked("b = '*'", PACKAGES);
    let path = "/files/b-1.0-py3-none-any.whl";
    world.faults(&[Fault {
        path: path.into(),
        truncate: Some(100),
        times: Some(1),
        ..Fault::default()
    }]);
    drop(world.requests());
    world.ok("sync");
    world.ok("sync --venv second");
    let asked = world
        .requests()
        .iter()
        .filter(|request| request.path == path)
        .count();
    assert_eq!(asked, 2, "once cut, once whole");
    world.assert_holds(&["b 1.0"]);
}
