//! What a mirror lacks or has wrong is said, and nothing of it is taken.

use std::fs;
use std::path::Path;

use crate::world::{LINKS, World};

fn flip(path: &Path) {
    let mut bytes = fs::read(path).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).expect("written");
}

/// A flipped bit is an error that names the file and both hashes, wherever the wheel is from.
#[test]
fn a_flipped_bit_is_found() {
    for name in ["a-2.0", "k-1.1", "p-1.0", "s-1.0", "u-1.0"] {
        let world = World::mirrored();
        let filename = format!("{name}-py3-none-any.whl");
        let path = world.held(&filename);
        let sha256 = path
            .parent()
            .and_then(Path::file_name)
            .expect("a hash")
            .to_string_lossy()
            .into_owned();
        fs::remove_dir_all(world.sandbox.path("vendor")).expect("removed");
        flip(&path);
        let found = mochi::io::cache::hex_sha256(&fs::read(&path).expect("read"));
        let words = "sync --offline --index MIRROR --target linux-x64 --into out2";
        world.fails(words, 1, &[&filename, &sha256, &found]);
        let installed = world.sandbox.path("out2").join(&name[..1]);
        assert!(!installed.exists());
    }
}

/// Nor does a lock take a wheel that the mirror has wrong for another one.
#[test]
fn a_flipped_bit_does_not_change_the_lock() {
    let world = World::mirrored();
    let path = world.held("u-1.0-py3-none-any.whl");
    flip(&path);
    let sha256 = path
        .parent()
        .and_then(Path::file_name)
        .expect("a hash")
        .to_string_lossy()
        .into_owned();
    let words = format!("lock --offline --upgrade --index MIRROR {LINKS}");
    world.fails(
        &words,
        1,
        &["u-1.0-py3-none-any.whl", &sha256, "the mirror is damaged"],
    );
}

/// Metadata beside a wheel is compared with the hash that the index gave.
#[test]
fn wrong_metadata_is_found() {
    let world = World::mirrored();
    let path = world.held("k-1.1-py3-none-any.whl");
    let mut name = path.into_os_string();
    name.push(".metadata");
    flip(Path::new(&name));
    let words = format!("lock --offline --upgrade --index MIRROR {LINKS}");
    world.fails(
        &words,
        1,
        &["k-1.1-py3-none-any.whl.metadata", "has SHA-256"],
    );
}

/// A file that is gone is named, with the mirror and the next step; what a page can do without is not missed.
#[test]
fn a_missing_file_is_named() {
    let world = World::mirrored();
    let path = world.held("a-2.0-py3-none-any.whl");
    fs::remove_file(&path).expect("removed");
    let says = [
        "the mirror at `../usb/mirror` does not have",
        "a-2.0-py3-none-any.whl",
        "run `mochi py mirror ../usb/mirror` again",
    ];
    world.fails(
        "sync --offline --index MIRROR --target linux-x64 --into out2",
        1,
        &says,
    );
    let mut metadata = world.held("k-1.1-py3-none-any.whl").into_os_string();
    metadata.push(".metadata");
    fs::remove_file(Path::new(&metadata)).expect("removed");
    let words = format!("lock --offline --upgrade --index MIRROR {LINKS}");
    world.fails(&words, 1, &says);
}

/// A mirror in a later format is refused with the format that it needs.
#[test]
fn an_unknown_version_is_refused() {
    let world = World::mirrored();
    let path = world.dest().join("mochi-mirror.json");
    fs::write(&path, r#"{"version": 7}"#).expect("written");
    for words in [
        "lock --offline --index MIRROR",
        "sync --offline --index MIRROR --into x",
        "export --format pylock --index MIRROR",
    ] {
        world.fails(
            words,
            2,
            &["../usb/mirror/mochi-mirror.json", "format 7", "format 1"],
        );
    }
    fs::write(&path, r#"{"version": 1, "files": {"x": 1}}"#).expect("written");
    world.fails(
        "lock --offline --index MIRROR",
        2,
        &["mochi-mirror.json", "line 1"],
    );
}

/// What the lock does not have, the mirror does not: that is said with the package's name.
#[test]
fn a_new_requirement_is_not_there() {
    let world = World::mirrored();
    let next = "run `mochi py mirror ../usb/mirror` again";
    let words = format!("add brandnew --offline --index MIRROR {LINKS}");
    world.fails(
        &words,
        1,
        &[
            "the mirror at `../usb/mirror` does not have `brandnew`",
            next,
        ],
    );
    // Another version of what it has.
    let words = format!("add b<1.5 --offline --index MIRROR {LINKS}");
    world.fails(&words, 1, &["b<1.5", "the mirror at `../usb/mirror`", next]);
    let words = "add x@http://127.0.0.1:9/x-1.0-py3-none-any.whl --index MIRROR";
    world.fails(
        words,
        1,
        &[
            "does not have http://127.0.0.1:9/x-1.0-py3-none-any.whl",
            next,
        ],
    );
}
