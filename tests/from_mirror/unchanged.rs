//! A lock, and what it installs, are the same from the mirror as they were from the indexes.

use std::fs;

use crate::world::{LINKS, World};

/// What a lock from many sources needs, all of it, is in the mirror; and the lock's bytes stay.
#[test]
fn the_lock_stays_and_installs_the_same() {
    let world = World::mirrored();
    let lock = world.lock();
    world.ok("lock --check --offline --index MIRROR");
    world.ok("lock --offline --index MIRROR");
    assert_eq!(world.lock(), lock);
    let [out, web, venv] = [
        world.files("out"),
        world.files("web"),
        world.packages(".venv"),
    ];
    world.ok("sync --offline --index MIRROR --target linux-x64 --into out2");
    world.ok("sync --offline --index MIRROR --target wasm32-emscripten --into web2");
    world.ok("sync --offline --index MIRROR --venv other");
    let same = |name: &str, found, expected| assert!(found == expected, "{name}");
    same("out", world.files("out2"), out);
    same("web", world.files("web2"), web);
    same("venv", world.packages("other"), venv);
    assert_eq!(world.lock(), lock);
}

/// No request reaches the indexes, though they are there and nothing says `--offline`.
#[test]
fn nobody_else_is_asked() {
    let world = World::locked("http://${host}/lists/");
    let lock = world.lock();
    world.mirror("demo");
    world.sandbox.empty_cache().expect("emptied");
    assert!(!world.sandbox.world.take_log().is_empty());
    world.ok(&format!("lock --upgrade --index MIRROR {LINKS}"));
    world.ok("sync --index MIRROR --target linux-x64 --into out");
    world.ok("explain a --index MIRROR");
    world.fails(
        &format!("add brandnew --index MIRROR {LINKS}"),
        1,
        &["brandnew"],
    );
    let log = world.sandbox.world.take_log();
    assert!(log.is_empty(), "{log:?}");
    assert_eq!(world.lock(), lock);
}

/// What a lock skips is not in the mirror, and the lock stays all the same.
#[test]
fn a_lock_with_a_skip_stays() {
    let mut world = World::locked_with(|_, manifest| format!("{manifest}native = \"*\"\n"));
    let lock = world.lock();
    assert!(lock.contains("[[python-skip]]"));
    world.mirror("demo");
    world.cut();
    world.ok("lock --check --offline --index MIRROR");
    world.ok("lock --allow-skips --offline --index MIRROR");
    assert_eq!(world.lock(), lock);
}

/// A resolution from nothing but the mirror gives the same lock: the pages have what was chosen, and its metadata.
#[test]
fn a_resolution_from_the_mirror_gives_the_same() {
    let world = World::mirrored();
    let lock = world.lock();
    world.ok(&format!("lock --offline --upgrade --index MIRROR {LINKS}"));
    assert_eq!(world.lock(), lock);
    world.sandbox.empty_cache().expect("emptied");
    fs::remove_file(world.sandbox.path("mochi.lock")).expect("removed");
    // Without `--offline` nothing leaves either.
    world.ok(&format!("lock --index MIRROR {LINKS}"));
    assert_eq!(world.lock(), lock);
}

/// A list of curated packages that the manifest names by URL comes from the mirror as well.
#[test]
fn a_list_on_a_server_is_mirrored() {
    let world = World::mirrored_with("http://${host}/lists/");
    let lock = world.lock();
    world.ok(&format!("lock --offline --upgrade --index MIRROR {LINKS}"));
    assert_eq!(world.lock(), lock);
    assert!(lock.contains("kind = \"pyodide\""));
}

/// The path of a dependency need not be on this machine: the mirror has the wheel by the lock's hash.
#[test]
fn a_path_that_is_not_there_comes_from_the_mirror() {
    let world = World::mirrored();
    let lock = world.lock();
    fs::remove_dir_all(world.sandbox.path("vendor")).expect("removed");
    world.fails(
        "lock --check --offline",
        2,
        &["vendor/p-1.0-py3-none-any.whl"],
    );
    world.ok("lock --check --offline --index MIRROR");
    world.ok("sync --offline --index MIRROR --target linux-x64 --into out2");
    assert!(world.files("out2") == world.files("out"));
    world.ok(&format!("lock --offline --upgrade --index MIRROR {LINKS}"));
    assert_eq!(world.lock(), lock);
}

/// The variable names a mirror as the flag does.
#[test]
fn the_variable_names_a_mirror() {
    let mut world = World::mirrored();
    let lock = world.lock();
    let mirror = "../usb/mirror".to_owned();
    world.env.insert("MOCHI_INDEX_URL".to_owned(), mirror);
    world.ok(&format!("lock --offline --upgrade {LINKS}"));
    world.ok("sync --offline --target linux-x64 --into out2");
    assert_eq!(world.lock(), lock);
    assert!(world.files("out2") == world.files("out"));
}

/// An index that the variable names stays in force beside a flag that names a mirror.
#[test]
fn a_mirror_hides_no_index_of_the_variable() {
    let mut world = World::locked_with(|world, manifest| {
        let index = world.sandbox.fill("${index}").expect("a placeholder");
        world.env.insert("MOCHI_INDEX_URL".to_owned(), index);
        let lines = manifest.lines().filter(|line| !line.contains("\"main\""));
        lines.map(|line| format!("{line}\n")).collect()
    });
    let lock = world.lock();
    assert!(!lock.contains("main"));
    world.mirror("demo");
    world.cut();
    world.ok(&format!("lock --offline --upgrade --index MIRROR {LINKS}"));
    assert_eq!(world.lock(), lock);
}

/// The other commands work from it too.
#[test]
fn add_remove_explain_and_export() {
    let world = World::mirrored();
    let lock = world.lock();
    let manifest = world.sandbox.read("mochi.toml");
    world.ok(&format!("add b>=1.2 --offline --index MIRROR {LINKS}"));
    world.ok(&format!("remove b --offline --index MIRROR {LINKS}"));
    assert_eq!(
        (world.lock(), world.sandbox.read("mochi.toml")),
        (lock.clone(), manifest)
    );
    let explained = world.ok("explain b --offline --index MIRROR");
    assert!(explained.stdout.contains("b-1.5-"), "{}", explained.stdout);
    let exported = world.ok("export --format pylock --offline --index MIRROR");
    assert_eq!(exported.stdout, world.ok("export --format pylock").stdout);
    assert!(exported.stdout.contains("/corp/simple/") && !exported.stdout.contains("s3cret"));
}

/// `MIRROR/simple` is an index of its own, as any folder is.
#[test]
fn the_simple_folder_is_a_plain_index() {
    let world = World::mirrored();
    fs::remove_dir_all(world.dest().join("mochi")).expect("removed");
    for filename in ["b-1.5-py3-none-any.whl", "c-1.0-py3-none-any.whl"] {
        let simple = world.dest().join("simple").join(&filename[..1]);
        fs::create_dir_all(&simple).expect("a folder");
        let held = world.held(filename);
        let held = held.strip_prefix(world.dest()).expect("in the mirror");
        let link = format!("<a href=\"../../{}\">{filename}</a>", held.display());
        fs::write(simple.join("index.html"), link).expect("written");
    }
    let plain = world.ok("explain b --offline --index MIRROR/simple");
    assert!(plain.stdout.contains("b-1.5-"), "{}", plain.stdout);
    let words = "explain b --offline --index MIRROR";
    world.fails(
        words,
        1,
        &["nothing satisfies b", "the mirror at `../usb/mirror`"],
    );
}

/// What the mirror says of a page is not kept for later: the index may say something else.
#[test]
fn nothing_of_a_page_goes_into_the_cache() {
    let world = World::mirrored();
    world.ok(&format!("lock --offline --upgrade --index MIRROR {LINKS}"));
    assert!(!world.sandbox.root().join("cache/pages-v1").exists());
    world.fails(
        &format!("lock --offline --upgrade {LINKS}"),
        3,
        &["the network is switched off"],
    );
}
