//! How files come into a mirror: from servers that fail or lie, from the cache, from parts of a run before.

use std::fs;
use std::path::PathBuf;

use fixtures::model::Fault;

use crate::bench::{self, DEPENDENCIES, PACKAGES, document, find, locked, mirrored};
use crate::world::World;

const BIG: &str = "big-1.0-py3-none-any.whl";

fn fault(path: &str) -> Fault {
    Fault {
        path: path.to_owned(),
        ..Fault::default()
    }
}

fn big() -> String {
    format!("/files/{BIG}")
}

fn sha256(world: &World) -> String {
    world.sandbox.files()[BIG].0.clone()
}

/// Where a run keeps what has arrived of the big wheel.
fn part(world: &World) -> PathBuf {
    world.path(&format!("mirror/.tmp/{}.part", sha256(world)))
}

/// The ranges that were asked for of the big wheel.
fn ranges(world: &World) -> Vec<Option<String>> {
    let all = world.requests().into_iter();
    all.filter(|request| request.path == big())
        .map(|request| request.range)
        .collect()
}

/// A file that is not the locked one is named with both hashes, and nothing of it is kept.
#[test]
fn a_file_of_another_hash() {
    let world = locked();
    world.faults(&[Fault {
        corrupt: true,
        ..fault(&big())
    }]);
    let expected = sha256(&world);
    world.fails(
        "mirror mirror",
        1,
        &[BIG, "has SHA-256", &format!("the lock has {expected}")],
    );
    assert!(!part(&world).exists());
    assert!(
        !world
            .path(&format!("mirror/files/{}/{expected}", &expected[..2]))
            .exists()
    );
    world.fails("mirror mirror --check", 2, &["is not a mirror"]);
    world.faults(&[]);
    world.ok("mirror mirror");
    world.ok("mirror mirror --check");
}

/// So is one of another size.
#[test]
fn a_file_of_another_size() {
    let world = locked();
    world.faults(&[Fault {
        body: Some("short".into()),
        ..fault(&big())
    }]);
    world.fails("mirror mirror", 1, &[BIG, "5 bytes"]);
    assert!(!part(&world).exists());
}

/// A connection that breaks off is gone on with, by range.
#[test]
fn a_connection_that_breaks_off() {
    let world = locked();
    world.faults(&[Fault {
        truncate: Some(100_000),
        times: Some(2),
        ..fault(&big())
    }]);
    drop(world.requests());
    world.ok("mirror mirror");
    let asked = ranges(&world);
    assert_eq!(
        asked[..2],
        [None, Some("bytes=100000-".to_owned())],
        "{asked:?}"
    );
    world.ok("mirror mirror --check");
}

/// What has arrived when all tries are used up is kept, and the next run asks for the rest alone.
#[test]
fn the_next_run_asks_for_the_rest() {
    let world = locked();
    world.faults(&[Fault {
        truncate: Some(20_000),
        ..fault(&big())
    }]);
    world.fails("mirror mirror", 3, &[BIG, "what has arrived is kept"]);
    let kept = fs::metadata(part(&world)).expect("a part").len();
    assert!(kept >= 20_000, "{kept}");
    world.faults(&[]);
    drop(world.requests());
    let said = document(&world.ok("mirror mirror --json"));
    assert_eq!(ranges(&world), [Some(format!("bytes={kept}-"))]);
    let size = world.sandbox.files()[BIG].1 as u64;
    let downloaded = said["transferred"]["downloaded-bytes"].as_u64();
    assert!(
        downloaded.is_some_and(|bytes| bytes >= size - kept),
        "{said}"
    );
    assert!(!part(&world).exists());
    world.ok("mirror mirror --check");
}

/// A part that is of something else does not spoil the file: it comes again from its beginning.
#[test]
fn a_part_of_something_else() {
    for index in [
        "",
        "index = { ranges = 'no' }\n",
        "index = { ranges = 'lies' }\n",
    ] {
        let world = World::locked(DEPENDENCIES, &format!("{index}{PACKAGES}"));
        for length in [1_000, 250_000, 10_000_000] {
            fs::create_dir_all(world.path("mirror/.tmp")).expect("made");
            fs::write(part(&world), vec![7; length]).expect("written");
            world.ok("mirror mirror");
            world.ok("mirror mirror --check");
            fs::remove_dir_all(world.path("mirror")).expect("removed");
        }
    }
}

/// What the cache has is not downloaded; what the cache has wrong is.
#[test]
fn wheels_of_the_cache() {
    for good in [true, false] {
        let world = mirrored();
        let mut wheel = fs::read(find(&world.path("mirror"), BIG)).expect("a wheel");
        let digits = sha256(&world);
        let place = format!("wheels-v1/{}/{digits}.whl", &digits[..2]);
        let place = world.sandbox.root().join("cache").join(place);
        fs::create_dir_all(place.parent().expect("a folder")).expect("made");
        wheel[1000] ^= u8::from(!good);
        fs::write(&place, &wheel).expect("written");
        drop(world.requests());
        world.ok("mirror other");
        assert_eq!(ranges(&world).len(), usize::from(!good));
        world.ok("mirror other --check");
    }
}

/// With `--offline` the cache is enough, and what it does not have is named.
#[test]
fn without_the_network() {
    let world = mirrored();
    let folder = world.path("mirror");
    world.fails("mirror other --offline", 3, &["--offline"]);
    for (name, (digits, _)) in world.sandbox.files() {
        if name == "a-2.0-py3-none-any.whl" {
            continue;
        }
        let place = format!("cache/wheels-v1/{}/{digits}.whl", &digits[..2]);
        let place = world.sandbox.root().join(place);
        fs::create_dir_all(place.parent().expect("a folder")).expect("made");
        fs::copy(find(&folder, name), place).expect("copied");
    }
    drop(world.requests());
    world.ok("mirror other --offline");
    assert!(world.requests().is_empty());
    bench::assert_same(&folder, &world.path("other"));
}

/// One file that cannot be had does not take the others along.
#[test]
fn what_has_arrived_stays() {
    let world = locked();
    world.faults(&[Fault {
        status: Some(404),
        ..fault(&big())
    }]);
    world.fails("mirror mirror", 3, &[BIG, "404"]);
    world.faults(&[]);
    drop(world.requests());
    world.ok("mirror mirror");
    let asked = world.requests();
    let files = asked.iter().filter(|r| r.path.starts_with("/files/"));
    assert!(files.count() <= 2, "{asked:?}");
    world.ok("mirror mirror --check");
}

/// An index that is down is no reason to fail where everything is there; one that yanks a file later is heard.
#[test]
fn the_index_is_asked_anew() {
    let world = mirrored();
    let mirror = world.path("mirror");
    let before = bench::bytes(&mirror);
    world.faults(&[Fault {
        status: Some(503),
        ..fault("/simple/*")
    }]);
    let outcome = world.ok("mirror mirror");
    assert!(
        outcome.stderr.contains("stay as they were"),
        "{}",
        outcome.stderr
    );
    assert!(before == bench::bytes(&mirror));
    world.faults(&[]);
    world.change_file(BIG, |file| {
        file.yanked = fixtures::model::Yanked::Because("late".into());
    });
    world.ok("mirror mirror");
    let page = bench::json(&mirror, "simple/big/index.json");
    assert_eq!(page["files"][0]["yanked"], "late");
    world.ok("mirror mirror --check");
}
