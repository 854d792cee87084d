//! Provenance objects in a mirror: a lock that is made from it has the same publishers.

use std::fs;

use fixtures::model::Provenance;
use fixtures::provenance::served;

use crate::bench::{assert_same, bytes, find, json, tree};
use crate::check::flip_everywhere;
use crate::world::World;

const PACKAGES: &str = "
[packages]
a.'1.0' = { requires = ['b', 'c'], provenance = 'o/a' }
b.'1.0'.provenance = { by = ['gitlab:o/b', 'me@example.org'], environment = 'x' }
c = ['1.0']
";
const WHEEL: &str = "a-1.0-py3-none-any.whl";

fn locked() -> World {
    World::locked("a = '*'", PACKAGES)
}

fn mirrored() -> World {
    let world = locked();
    world.ok("mirror mirror");
    world
}

fn lock(world: &World) -> String {
    String::from_utf8(world.sandbox.read("mochi.lock").expect("a lock")).expect("UTF-8")
}

/// From now on the index says so of who published [`WHEEL`].
fn says(world: &World, by: &[&str]) {
    world.change_file(WHEEL, |file| {
        let provenance = Provenance {
            by: by.iter().map(|&text| text.to_owned()).collect(),
            ..Provenance::default()
        };
        let new = served(&provenance, &file.filename, &file.bytes);
        file.provenance = (!by.is_empty()).then_some(new);
    });
}

/// The objects lie beside the pages as the indexes have them; the pages for installers say nothing
/// of them.
#[test]
fn objects_are_in_the_mirror_and_not_on_its_simple_pages() {
    let world = mirrored();
    let mirror = world.path("mirror");
    let all = bytes(&mirror);
    let objects = all
        .keys()
        .filter(|path| path.starts_with("mochi/provenance/"));
    assert_eq!(objects.count(), 2);
    for (path, bytes) in &all {
        let text = String::from_utf8_lossy(bytes);
        let is_own = path.starts_with("mochi/pages/") && !path.ends_with("/c.json");
        if path.ends_with(".json") && !path.starts_with("mochi/prov") && path.contains('/') {
            assert_eq!(text.contains("/integrity/"), is_own, "{path}: {text}");
        }
        let is_simple = path.starts_with("simple/");
        assert!(!(is_simple && text.contains("provenance")), "{path}");
    }
    let before = tree(&mirror);
    world.ok("mirror mirror");
    assert_eq!(tree(&mirror), before, "a second run writes nothing");
    world.ok("mirror mirror --check");
}

/// Without network and cache the mirror gives the same lock, verified again.
#[test]
fn the_same_lock_comes_from_the_mirror() {
    let mut world = mirrored();
    let due = lock(&world);
    assert_eq!(due.matches("attestation-identities").count(), 2, "{due}");
    world.sandbox.cut_network();
    for is_there in [true, false] {
        world.sandbox.empty_cache().expect("emptied");
        if !is_there {
            fs::remove_file(world.path("mochi.lock")).expect("removed");
        }
        let again = world.ok("lock --offline --index mirror --upgrade");
        let said = again.stderr.contains("Verified the publishers of 2 files");
        assert!(said, "{}", again.stderr);
        assert_eq!(lock(&world), due);
    }
    world.ok("lock --offline --index mirror --check");
    world.sandbox.empty_cache().expect("emptied");
    world.ok("mirror other --offline --index mirror");
    assert_same(&world.path("mirror"), &world.path("other"));
    // Keys that do not vouch for it: it is verified, not believed.
    let words = ["lock", "--offline", "--index", "mirror", "--upgrade"];
    let outcome = world.run_words(&words, &[("MOCHI_SIGSTORE_TRUST_CONFIG", "")]);
    assert_eq!(outcome.exit, 1, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("refused"), "{}", outcome.stderr);
}

#[test]
fn a_flipped_bit_in_a_mirror_with_objects() {
    flip_everywhere(&mirrored());
}

/// An object that is gone or was changed is no file without a publisher.
#[test]
fn a_damaged_object_is_told() {
    let mut world = mirrored();
    world.sandbox.cut_network();
    let mirror = world.path("mirror");
    let files = json(&mirror, "mochi-mirror.json")["files"].clone();
    let files = files.as_object().expect("files");
    let of_a = files.values().find(|file| file["name"] == "a").expect("a");
    let object = of_a["origins"][0]["provenance"]["sha256"].as_str();
    let path = find(&mirror, &format!("{}.json", object.expect("a hash")));
    let whole = fs::read_to_string(&path).expect("an object");
    let words = "lock --offline --index mirror --upgrade";
    fs::write(&path, whole.replace("o/a", "o/b")).expect("written");
    world.fails(words, 1, &["SHA-256", WHEEL]);
    world.fails("mirror mirror --check", 1, &["mochi/provenance/"]);
    fs::remove_file(&path).expect("removed");
    world.fails(
        words,
        1,
        &["/integrity/1.0/a-1.0-py3-none-any.whl/provenance"],
    );
    fs::write(&path, whole).expect("written");
    world.ok(words);
}

/// A mirror from before there were any: the lock that has publishers finds that they were lost, and
/// one that is made anew has none.
#[test]
fn a_mirror_without_objects_is_still_one() {
    let mut world = mirrored();
    let path = "mochi-mirror.json";
    let mut record = json(&world.path("mirror"), path);
    let files = record["files"].as_object_mut().expect("files");
    let mut objects = 0;
    for file in files.values_mut() {
        let origin = file["origins"][0].as_object_mut().expect("an origin");
        objects += usize::from(origin.remove("provenance").is_some());
    }
    assert_eq!(objects, 2);
    fs::write(world.path("mirror").join(path), record.to_string()).expect("written");
    world.sandbox.cut_network();
    world.sandbox.empty_cache().expect("emptied");
    let words = "lock --offline --index mirror --upgrade";
    world.fails(words, 1, &["a lost its publisher", "run `mochi py mirror"]);
    fs::remove_file(world.path("mochi.lock")).expect("removed");
    world.ok(words);
    assert!(!lock(&world).contains("attestation-identities"));
}

/// What the mirror has stays, whatever has become of the index; a new mirror is made without, and
/// says so.
#[test]
fn what_is_offered_no_more_is_kept() {
    let mut world = mirrored();
    let due = lock(&world);
    says(&world, &[]);
    world.ok("mirror mirror");
    let objects = |mirror: &str| {
        let all = bytes(&world.path(mirror)).into_keys();
        all.filter(|path| path.starts_with("mochi/provenance/"))
            .count()
    };
    assert_eq!(objects("mirror"), 2);
    let outcome = world.ok("mirror other");
    assert!(
        outcome.stderr.contains("has the publishers of 1 file"),
        "{}",
        outcome.stderr
    );
    assert_eq!(objects("other"), 1);
    world.sandbox.cut_network();
    world.sandbox.empty_cache().expect("emptied");
    world.ok("lock --offline --index mirror --upgrade");
    assert_eq!(lock(&world), due);
    let words = "lock --offline --index other --upgrade";
    world.fails(words, 1, &["a lost its publisher"]);
    // A lock without publishers has a mirror without.
    world.ok(&format!("{words} --accept-publisher a"));
    world.ok("mirror mirror --offline --index other");
    fs::remove_file(world.path("mochi.lock")).expect("removed");
    world.ok("lock --offline --index mirror");
    assert_eq!(lock(&world).matches("attestation-identities").count(), 1);
}

/// What is not of the lock's publishers does not come into a mirror.
#[test]
fn another_publisher_is_not_mirrored() {
    let world = locked();
    says(&world, &["o/evil"]);
    let says_so = [
        "o/a",
        "its index now says: by GitHub o/evil",
        "--accept-publisher a",
    ];
    world.fails("mirror mirror", 1, &says_so);
    says(&world, &["o/evil", "o/a"]);
    world.ok("mirror mirror");
}

/// Projects that do not ask who published what have mirrors without.
#[test]
fn nothing_is_asked_of_what_the_lock_has_no_publisher_of() {
    let world = World::new("a = '*'", PACKAGES);
    let manifest = fs::read_to_string(world.path("mochi.toml")).expect("a manifest");
    let manifest = manifest.replace("[python]\n", "[python]\nattestations = \"ignore\"\n");
    fs::write(world.path("mochi.toml"), manifest).expect("written");
    world.ok("lock");
    world.requests();
    world.ok("mirror mirror");
    let asked = world.requests();
    assert!(!asked.is_empty());
    assert!(
        asked
            .iter()
            .all(|request| !request.path.contains("integrity"))
    );
}
