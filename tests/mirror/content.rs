//! What is in a mirror.

use std::fs;

use serde_json::json;

use crate::bench::{self, DEPENDENCIES, WHEELS, document, locked, mirrored, project, tree};
use crate::world::World;

/// Every file that should be there and no other; pages keep what the index says.
#[test]
fn a_mirror_of_a_lock() {
    let world = mirrored();
    let mirror = world.path("mirror");
    let paths: Vec<String> = tree(&mirror).into_keys().collect();
    let folders = |path: &String| path.split('/').next().map(str::to_owned);
    let count = |folder: &str| {
        let all = paths.iter().filter_map(folders);
        all.filter(|found| found == folder).count()
    };
    assert_eq!(
        (count("files"), count("simple"), count("mochi")),
        (8, 10, 4)
    );
    assert_eq!(count("mochi-mirror.json"), 1);
    assert_eq!(paths.len(), 8 + 10 + 4 + 1, "{paths:?}");
    let page = bench::json(&mirror, "simple/b/index.json");
    let file = &page["files"][0];
    assert_eq!(file["yanked"], "bro<ken & \"bad\"");
    assert_eq!(file["requires-python"], ">=3.7");
    assert_eq!(file["upload-time"], "2026-01-01T00:00:00.000000Z");
    let sha256 = file["hashes"]["sha256"].as_str().expect("a hash");
    let url = file["url"].as_str().expect("a URL");
    assert_eq!(
        url,
        format!(
            "../../files/{}/{sha256}/b-1.0-py3-none-any.whl",
            &sha256[..2]
        )
    );
    let wheel = fs::read(mirror.join("simple/b").join(url)).expect("a wheel");
    assert_eq!(file["size"], wheel.len());
    let metadata = mirror.join("simple/b").join(format!("{url}.metadata"));
    let metadata = fs::read(metadata).expect("metadata");
    assert_eq!(
        file["core-metadata"]["sha256"],
        fixtures::digest::hex_sha256(&metadata)
    );
    let html = fs::read_to_string(mirror.join("simple/b/index.html")).expect("a page");
    for part in [
        &format!("{url}#sha256={sha256}"),
        "data-yanked=\"bro&lt;ken &amp; &quot;bad&quot;\"",
        "data-requires-python=\"&gt;=3.7\"",
        "data-core-metadata=\"sha256=",
    ] {
        assert!(html.contains(part), "{part}\n{html}");
    }
    let html = fs::read_to_string(mirror.join("simple/name-with-dots/index.html"));
    let html = html.expect("a page");
    assert!(
        html.contains("name_with_dots-1%211.0%2Blocal-py3"),
        "{html}"
    );
    world.ok("mirror mirror --check");
}

/// The record names the lock, its files and where they are from; pages of the index stand under its key, with its URLs.
#[test]
fn the_record_and_the_pages_of_the_index() {
    let world = mirrored();
    let mirror = world.path("mirror");
    let record = bench::json(&mirror, "mochi-mirror.json");
    assert_eq!(record["version"], 1);
    let lock = world.sandbox.read("mochi.lock").expect("a lock");
    let entry = &record["locks"]["demo"];
    assert_eq!(entry["lock-sha256"], fixtures::digest::hex_sha256(&lock));
    assert_eq!(entry["files"].as_array().map(Vec::len), Some(4));
    let index = world.sandbox.index_url();
    for file in record["files"].as_object().expect("files").values() {
        assert_eq!(file["source"], index);
        let url = file["url"].as_str().expect("a URL");
        assert!(url.contains("/files/"), "{url}");
    }
    let key = &fixtures::digest::hex_sha256(index.as_bytes())[..16];
    let page = bench::json(&mirror, &format!("mochi/pages/{key}/a.json"));
    let files = page["files"].as_array().expect("files");
    assert_eq!(files.len(), 1, "cut to what the lock names");
    assert_eq!(files[0]["filename"], "a-1.0-py3-none-any.whl");
    assert!(
        files[0]["url"]
            .as_str()
            .is_some_and(|u| u.starts_with("http://"))
    );
    assert_eq!(files[0]["requires-python"], ">=3.8");
    assert!(files[0]["core-metadata"]["sha256"].is_string());
}

/// A second run asks for no file and writes nothing, not even the same.
#[test]
fn a_second_run_does_nothing() {
    let world = mirrored();
    let mirror = world.path("mirror");
    let before = tree(&mirror);
    drop(world.requests());
    let outcome = world.ok("mirror mirror --json");
    let document = document(&outcome);
    assert_eq!(document["transferred"]["files"], 0);
    assert_eq!(document["present"]["files"], 4);
    assert_eq!(document["pages-written"], 0);
    assert!(before == tree(&mirror));
    let asked = world.requests();
    assert!(
        asked.iter().all(|r| !r.path.contains("/files/")),
        "{asked:?}"
    );
}

/// The summary says how much of what.
#[test]
fn the_summary() {
    let world = locked();
    let outcome = world.ok("mirror mirror --json");
    let said = document(&outcome);
    let total: u64 = WHEELS
        .map(|name| world.sandbox.files()[name].1 as u64)
        .iter()
        .sum();
    let transferred = json!({ "files": 4, "bytes": total, "downloaded-bytes": total });
    assert_eq!(said["transferred"], transferred);
    assert_eq!(said["files"], 4);
    assert_eq!(said["pages-written"], 14);
    let world = locked();
    let outcome = world.ok("mirror mirror");
    for name in WHEELS {
        assert!(
            outcome.stdout.contains(&format!("+ {name} (")),
            "{}",
            outcome.stdout
        );
    }
    assert!(
        outcome
            .stderr
            .contains("Mirrored demo into `mirror`: 4 files"),
        "{}",
        outcome.stderr
    );
}

/// A dry run says what and how much, and writes nothing.
#[test]
fn a_dry_run_writes_nothing() {
    let world = locked();
    drop(world.requests());
    let outcome = world.ok("mirror mirror --dry-run");
    assert!(
        outcome.stdout.contains("+ big-1.0-py3-none-any.whl"),
        "{}",
        outcome.stdout
    );
    assert!(
        outcome.stderr.contains("Would transfer 4 files"),
        "{}",
        outcome.stderr
    );
    assert!(!world.path("mirror").exists());
    assert!(world.requests().is_empty());
    let said = document(&world.ok("mirror mirror --dry-run --json"));
    assert_eq!(said["transfer"]["files"], 4);
    world.ok("mirror mirror");
    world.relock("a = '==2.0'");
    let said = document(&world.ok("mirror mirror --dry-run --prune --json"));
    assert_eq!(said["transfer"]["files"], 1);
    assert_eq!(said["prune"]["files"], 4);
    world.ok("mirror mirror --check");
}

/// The locks of two projects add up, to the same bytes whichever comes first.
#[test]
fn two_locks_add_up() {
    let world = locked();
    project(&world, "other", "a = '==2.0'\nbig = '*'");
    world.ok("mirror mirror");
    world.ok("mirror mirror --project other");
    world.ok("mirror turned --project other");
    world.ok("mirror turned");
    let mirror = world.path("mirror");
    bench::assert_same(&mirror, &world.path("turned"));
    let page = bench::json(&mirror, "simple/a/index.json");
    assert_eq!(page["versions"], json!(["1.0", "2.0"]));
    let record = bench::json(&mirror, "mochi-mirror.json");
    assert_eq!(
        record["files"].as_object().map(serde_json::Map::len),
        Some(5)
    );
    world.ok("mirror mirror --check");
}

/// What a changed lock needs no more stays until it is pruned; what another lock needs stays after that.
#[test]
fn pruning_drops_what_no_lock_needs() {
    let world = mirrored();
    project(&world, "other", "b = '==1.0'");
    world.ok("mirror mirror --project other");
    world.relock("a = '==2.0'");
    let outcome = world.ok("mirror mirror");
    assert!(
        outcome.stderr.contains("3 files no lock needs any more"),
        "{}",
        outcome.stderr
    );
    assert!(world.path("mirror/simple/big/index.html").exists());
    world.ok("mirror mirror --check");
    fs::write(world.path("mirror/files/stray"), "x").expect("written");
    fs::write(world.path("mirror/.tmp/stray.part"), "x").expect("written");
    let said = document(&world.ok("mirror mirror --prune --json"));
    // Three wheels with their metadata, two projects' pages in two formats and at the index, and the stray one.
    assert_eq!(said["pruned"]["files"], 6 + 4 + 2 + 1);
    assert!(!world.path("mirror/simple/big").exists());
    assert!(!world.path("mirror/.tmp/stray.part").exists());
    world.ok("mirror mirror --check");
    world.ok("mirror fresh");
    world.ok("mirror fresh --project other");
    bench::assert_same(&world.path("mirror"), &world.path("fresh"));
}

/// A folder that something else uses is left alone.
#[test]
fn a_folder_of_something_else_is_refused() {
    let world = locked();
    world
        .sandbox
        .write("mirror/simple/index.html", b"mine")
        .expect("written");
    world.fails(
        "mirror mirror",
        2,
        &["`mirror` is not a mirror", "simple/index.html"],
    );
    world.fails("mirror mirror --check", 2, &["`mirror` is not a mirror"]);
    world.fails("mirror nowhere --check", 2, &["there is no `nowhere`"]);
    assert_eq!(
        world.sandbox.read("mirror/simple/index.html").as_deref(),
        Some(&b"mine"[..])
    );
}

/// Without a current lock there is nothing to mirror.
#[test]
fn a_lock_is_needed() {
    let world = World::new(DEPENDENCIES, bench::PACKAGES);
    world.fails(
        "mirror mirror",
        1,
        &["there is no mochi.lock", "run `mochi py lock`"],
    );
    world.ok("lock");
    world.depend("a = '==2.0'");
    world.fails("mirror mirror", 1, &["not up to date"]);
    assert!(!world.path("mirror").exists());
}
