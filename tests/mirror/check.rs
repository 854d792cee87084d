//! What `--check` finds.

use std::collections::BTreeMap;
use std::fs;

use crate::bench::{faults, find, mirrored, tree};
use crate::sources;
use crate::world::World;

/// One bit flipped in any file is found, and named; nothing else is.
pub(crate) fn flip_everywhere(world: &World) {
    let mirror = world.path("mirror");
    for path in tree(&mirror).into_keys() {
        let place = mirror.join(&path);
        let bytes = fs::read(&place).expect("read");
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 0x10;
            fs::write(&place, &changed).expect("written");
            let outcome = world.run("mirror mirror --check");
            assert_eq!(outcome.exit, 1, "{path} {at}: {}", outcome.stderr);
            let said = outcome.stderr.contains(&path);
            assert!(said, "{path}: {}", outcome.stderr);
        }
        fs::write(&place, &bytes).expect("written");
    }
    world.ok("mirror mirror --check");
}

#[test]
fn a_flipped_bit_in_any_file() {
    flip_everywhere(&mirrored());
}

/// The same with files that only Pyodide has: libraries, lists, locks and what they are made of.
#[test]
fn a_flipped_bit_in_what_pyodide_needs() {
    let world = sources::world();
    world.ok("mirror mirror --environment wasm32-emscripten-cp313 --find-links ../shelf");
    assert!(
        world
            .path("mirror/pyodide/wasm32-emscripten-cp313/pyodide-lock.json")
            .exists()
    );
    flip_everywhere(&world);
}

/// Missing, changed and foreign files, each as what it is.
#[test]
fn missing_changed_and_foreign_files() {
    let world = mirrored();
    let mirror = world.path("mirror");
    let name = |path: &std::path::Path| {
        let path = path.strip_prefix(&mirror).expect("below");
        path.to_string_lossy().into_owned()
    };
    let (gone, cut) = (
        find(&mirror, "a-1.0-py3-none-any.whl"),
        find(&mirror, "big-1.0-py3-none-any.whl"),
    );
    fs::remove_file(&gone).expect("removed");
    let bytes = fs::read(&cut).expect("read");
    fs::write(&cut, &bytes[..bytes.len() - 1]).expect("written");
    let metadata = find(&mirror, "b-1.0-py3-none-any.whl.metadata");
    fs::write(&metadata, "Name: b\n").expect("written");
    fs::remove_file(mirror.join("simple/b/index.json")).expect("removed");
    fs::write(mirror.join("simple/b/more.html"), "x").expect("written");
    fs::write(mirror.join("notes.txt"), "x").expect("written");
    let expected = [
        (name(&gone), "missing"),
        (name(&cut), "changed"),
        (name(&metadata), "changed"),
        ("simple/b/index.json".to_owned(), "missing"),
        ("simple/b/more.html".to_owned(), "foreign"),
        ("notes.txt".to_owned(), "foreign"),
    ];
    let expected: BTreeMap<String, String> = expected
        .into_iter()
        .map(|(path, kind)| (path, kind.to_owned()))
        .collect();
    assert_eq!(faults(&world), expected);
    // The next run brings what is missing or cut off, and writes the pages.
    world.ok("mirror mirror --prune");
    let rest = BTreeMap::from([("notes.txt".to_owned(), "foreign".to_owned())]);
    assert_eq!(faults(&world), rest);
    fs::remove_file(mirror.join("notes.txt")).expect("removed");
    world.ok("mirror mirror --check");
}

/// A check needs neither project nor network, and writes nothing.
#[test]
fn a_check_needs_the_mirror_alone() {
    let world = mirrored();
    let mirror = world.path("mirror");
    let before = tree(&mirror);
    fs::remove_file(world.path("mochi.toml")).expect("removed");
    fs::remove_file(world.path("mochi.lock")).expect("removed");
    fs::remove_dir_all(mirror.join(".tmp")).expect("removed");
    drop(world.requests());
    world.ok("mirror mirror --check --offline");
    assert!(world.requests().is_empty());
    assert!(before == tree(&mirror) && !mirror.join(".tmp").exists());
}

/// A record of a newer program is not judged.
#[test]
fn a_record_of_a_newer_program() {
    let world = mirrored();
    fs::write(world.path("mirror/mochi-mirror.json"), r#"{"version": 2}"#).expect("written");
    world.fails("mirror mirror --check", 2, &["format 2", "newer release"]);
    world.fails("mirror mirror", 2, &["format 2"]);
}
