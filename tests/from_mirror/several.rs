//! Several locks in one mirror.

use std::fs;

use crate::world::{LINKS, World};

/// Two projects have a wheel of the same relative path, each its own: each gets its own.
#[test]
fn each_project_has_its_own_paths() {
    let mut world = World::locked("pyodide-lock.json");
    world.ok("sync --target linux-x64 --into out");
    world.mirror("demo");
    let own = [
        world.lock().into_bytes(),
        world.sandbox.read("mochi.toml").expect("a manifest"),
    ];
    let wheel = world
        .sandbox
        .read("vendor/p-1.0-py3-none-any.whl")
        .expect("a wheel");
    // The same contents, in another order of bytes: a comment at the end of the archive.
    let mut other = wheel.clone();
    let end = other.len();
    other[end - 2] = 1;
    other.push(b'x');
    world
        .sandbox
        .write("vendor/p-1.0-py3-none-any.whl", &other)
        .expect("written");
    let text = String::from_utf8(own[1].clone())
        .expect("text")
        .replace("\"demo\"", "\"another\"");
    world
        .sandbox
        .write("mochi.toml", text.as_bytes())
        .expect("written");
    world.ok(&format!("lock {LINKS}"));
    let lock = world.lock();
    world.mirror("another");
    world.cut();
    fs::remove_dir_all(world.sandbox.path("vendor")).expect("removed");
    world.ok("lock --check --offline --index MIRROR");
    world.ok(&format!("lock --upgrade --offline --index MIRROR {LINKS}"));
    assert_eq!(world.lock(), lock);
    for (name, bytes) in ["mochi.lock", "mochi.toml"].iter().zip(&own) {
        world.sandbox.write(name, bytes).expect("written");
    }
    assert_ne!(world.lock(), lock);
    world.ok("lock --check --offline --index MIRROR");
    world.ok("sync --offline --index MIRROR --target linux-x64 --into out2");
    assert!(world.files("out2") == world.files("out"));
}
