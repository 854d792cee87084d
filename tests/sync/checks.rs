//! `sync --check`: what differs is named, and nothing is touched.

use std::fs;
use std::io::Write as _;

use crate::world::{World, snapshot};

const PACKAGES: &str = "
[packages]
a.'1.0' = { files = { 'a/data.txt' = 'some text' } }
b = ['1.0', '2.0']
c = ['1.0']
";

fn world() -> World {
    World::synced("a = '*'\nb = '==1.0'", PACKAGES)
}

/// Checks that `--check` says this, changes nothing and asks for nothing; and that `sync` then mends it.
fn differs(world: &World, says: &[&str]) {
    let before = snapshot(&world.path(".venv"));
    drop(world.requests());
    world.fails("sync --check", 1, says);
    assert_eq!(snapshot(&world.path(".venv")), before);
    assert!(world.requests().is_empty());
    world.ok("sync");
    world.ok("sync --check");
}

/// What is as locked passes, also after Python has written its bytecode.
#[test]
fn what_is_as_locked_passes() {
    let world = world();
    world.python_that_writes("import a, b");
    world.ok("sync --check");
}

/// A file that has grown is found by its hash, and put back.
#[test]
fn a_changed_file_is_named() {
    let world = world();
    let path = world.library(".venv").join("a/data.txt");
    fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .and_then(|mut f| f.write_all(b"!"))
        .expect("written");
    differs(&world, &["a: a/data.txt was changed"]);
    world.assert_holds(&["a 1.0", "b 1.0"]);
}

/// A file changed without changing its size is found by its hash, and put back as the hint promises.
#[test]
fn a_changed_file_of_the_same_size_is_named() {
    let world = world();
    fs::write(world.library(".venv").join("a/data.txt"), "SOME TEXT").expect("written");
    differs(&world, &["a: a/data.txt was changed"]);
    world.assert_holds(&["a 1.0", "b 1.0"]);
}

/// What a bit flip leaves no trace of, in the venv and in the cache that it shares files with, is found by its hash;
/// `sync --verify` repairs both.
#[test]
fn a_flipped_bit_is_repaired_by_verify() {
    let world = world();
    let path = world.library(".venv").join("a/data.txt");
    let before = fs::metadata(&path)
        .expect("there")
        .modified()
        .expect("a time");
    // In place: the cache has the same file.
    let mut file = fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .expect("opened");
    file.write_all(b"S").expect("written");
    file.set_modified(before).expect("set");
    drop(file);
    let says = [
        "a: a/data.txt is not what its RECORD says",
        "run `mochi py sync --verify`",
    ];
    world.fails("sync --check", 1, &says);
    world.ok("sync --verify");
    world.ok("sync --check");
    world.assert_holds(&["a 1.0", "b 1.0"]);
    fs::remove_dir_all(world.path(".venv")).expect("removed");
    world.ok("sync");
    world.ok("sync --check");
}

/// A file that is gone is named.
#[test]
fn a_missing_file_is_named() {
    let world = world();
    fs::remove_file(world.library(".venv").join("a/__init__.py")).expect("removed");
    differs(&world, &["a: a/__init__.py is missing"]);
    world.assert_holds(&["a 1.0", "b 1.0"]);
}

/// What the lock does not have, what it has and is missing, and what it has at another version.
#[test]
fn packages_too_much_missing_and_other_are_named() {
    let world = world();
    world.relock("b = '==2.0'\nc = '*'");
    differs(
        &world,
        &[
            "a 1.0 is not in the lock",
            "b: ",
            "1.0",
            "2.0",
            "c 1.0 is not installed",
        ],
    );
    world.assert_holds(&["b 2.0", "c 1.0"]);
}

/// Without a venv there is nothing to be checked, and none is made.
#[test]
fn a_venv_that_is_not_there() {
    let world = World::locked("a = '*'", PACKAGES);
    world.fails("sync --check", 1, &["no venv", ".venv"]);
    assert!(!world.path(".venv").exists());
}

/// Nothing is installed from no lock, from a stale one or from one that cannot be read.
#[test]
fn a_lock_must_be_there_and_fresh() {
    let world = World::new("a = '*'", PACKAGES);
    world.fails("sync", 1, &["mochi.lock", "mochi py lock"]);
    world.ok("lock");
    world.depend("a = '*'\nc = '*'");
    world.fails("sync", 1, &["mochi.lock", "mochi py lock"]);
    world.fails("sync --check", 1, &["mochi py lock"]);
    world
        .sandbox
        .write("mochi.lock", b"version = 1\n[[python-package]]\nname = 3\n")
        .expect("written");
    world.fails("sync", 2, &["mochi.lock"]);
    assert!(!world.path(".venv").exists());
}

/// A lock that has not the publishers that the project requires is not fresh, whatever its hash says.
#[test]
fn a_lock_without_required_publishers_is_not_fresh() {
    let world = World::new("a = '*'", "[packages]\na.'1.0'.provenance = 'o/a'");
    let text = fs::read_to_string(world.path("mochi.toml")).expect("a manifest");
    let text = text.replace("[python]\n", "[python]\nattestations = \"required\"\n");
    fs::write(world.path("mochi.toml"), text).expect("written");
    world.ok("lock");
    world.ok("lock --check");
    let lock = fs::read_to_string(world.path("mochi.lock")).expect("a lock");
    let start = lock.find(", attestation-identities").expect("a publisher");
    let end = start + lock[start..].find("] }").expect("its end") + 1;
    let bare = format!("{}{}", &lock[..start], &lock[end..]);
    fs::write(world.path("mochi.lock"), &bare).expect("written");
    let says = ["a-1.0-py3-none-any.whl has no verified publisher"];
    world.fails("lock --check", 1, &says);
    world.fails("sync", 1, &says);
    world.ok("lock");
    let again = fs::read_to_string(world.path("mochi.lock")).expect("a lock");
    assert_eq!(again, lock);
}

/// What the lock skips is said, and the rest is installed.
#[test]
fn a_skip_of_the_lock_is_told() {
    let world = World::new(
        "a = '*'\nonly = '>=1'",
        &format!("{PACKAGES}only.'1.0' = {{ wheels = [], sdist = true }}\n"),
    );
    world.ends("lock", 1);
    world.ok("lock --allow-skips");
    let outcome = world.ok("sync");
    assert!(outcome.stderr.contains("only>=1"), "{}", outcome.stderr);
    world.assert_holds(&["a 1.0"]);
}
