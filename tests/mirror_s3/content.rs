//! What is in the bucket, and how it is served.

use serde_json::json;

use crate::server::{Bucket, document, locked, project};
use crate::world::World;

/// The tree of a folder and, for each page, the key that installers ask for; nothing else.
#[test]
fn the_tree_of_a_folder_and_the_pages_keys() {
    let bucket = Bucket::new("content-tree");
    let world = locked();
    let said = document(&bucket.ok(&world, "--json"));
    assert_eq!(said["transferred"]["files"], 3);
    assert_eq!(said["mirror"], bucket.dest());
    world.ok("mirror folder");
    let mut expected = Vec::new();
    let mut folders = vec![world.path("folder")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(world.path("folder")).expect("below");
            let name = name.to_string_lossy().into_owned();
            if name.starts_with(".tmp/") {
                continue;
            }
            assert!(
                bucket.get(&name).body == std::fs::read(&path).expect("read"),
                "{name}"
            );
            if let Some(folder) = name.strip_suffix("index.html") {
                assert!(
                    bucket.get(folder).body == bucket.get(&name).body,
                    "{folder}"
                );
                expected.push(folder.to_owned());
            }
            expected.push(name);
        }
    }
    expected.sort();
    assert_eq!(bucket.keys().into_keys().collect::<Vec<_>>(), expected);
    // Nothing is left of the run but the note that there is a mirror.
    let rest: Vec<String> = bucket.all_keys().into_keys().collect();
    let rest: Vec<&String> = rest.iter().filter(|key| key.starts_with(".tmp/")).collect();
    assert_eq!(rest, [".tmp/begun"]);
}

/// Types and times to live.
#[test]
fn types_and_cache_headers() {
    let bucket = Bucket::new("content-types");
    let world = locked();
    bucket.ok(&world, "");
    let (long, short) = (
        "public, max-age=31536000, immutable",
        "public, max-age=60, must-revalidate",
    );
    let (html, simple) = (
        "text/html; charset=utf-8",
        "application/vnd.pypi.simple.v1+json",
    );
    let wheel = bucket.find("a-1.0-py3-none-any.whl");
    let metadata = format!("{wheel}.metadata");
    for (path, kind, cache) in [
        ("simple/", html, short),
        ("simple/index.html", html, short),
        ("simple/index.json", simple, short),
        ("simple/a/", html, short),
        ("simple/a/index.html", html, short),
        ("simple/a/index.json", simple, short),
        ("mochi-mirror.json", "application/json", short),
        (&wheel, "application/octet-stream", long),
        (&metadata, "text/plain; charset=utf-8", long),
    ] {
        let reply = bucket.get(path);
        assert_eq!(reply.status, 200, "{path}");
        assert_eq!(reply.headers["content-type"], kind, "{path}");
        assert_eq!(reply.headers["cache-control"], cache, "{path}");
    }
}

/// A second run writes no file, page or record, nor does a dry run.
#[test]
fn a_second_run_uploads_nothing() {
    let bucket = Bucket::new("content-second");
    let world = locked();
    let said = document(&bucket.ok(&world, "--dry-run --json"));
    assert_eq!(said["transfer"]["files"], 3);
    assert!(bucket.all_keys().is_empty());
    bucket.ok(&world, "");
    let before = bucket.keys();
    let begun = bucket.requests().len();
    drop(world.requests());
    let said = document(&bucket.ok(&world, "--json"));
    assert_eq!(said["transferred"]["files"], 0);
    assert_eq!(said["present"]["files"], 3);
    assert_eq!(said["pages-written"], 0);
    let sent = bucket.requests().split_off(begun);
    let sent: Vec<&String> = sent
        .iter()
        .filter(|line| !line.starts_with("GET") && !line.contains("/.tmp/"))
        .collect();
    assert!(sent.is_empty(), "{sent:?}");
    assert_eq!(before, bucket.keys());
    let asked = world.requests();
    assert!(
        asked.iter().all(|r| !r.path.contains("/files/")),
        "{asked:?}"
    );
}

/// Files of some size go in parts.
#[test]
fn large_files_go_in_parts() {
    let bucket = Bucket::new("content-parts");
    let world = World::locked("large = '*'", "[packages.large.'1.0']\nfiller = 20000000\n");
    bucket.ok(&world, "");
    let requests = bucket.requests();
    let parts = requests.iter().filter(|line| line.contains("partNumber="));
    assert_eq!(parts.count(), 3, "{requests:?}");
    assert_eq!(bucket.open_uploads(), 0);
    let wheel = bucket.find("large-1.0-py3-none-any.whl");
    let reply = bucket.get(&wheel);
    assert_eq!(
        reply.headers["cache-control"],
        "public, max-age=31536000, immutable"
    );
    let sha256 = fixtures::digest::hex_sha256(&reply.body);
    assert!(wheel.contains(&sha256), "{wheel}");
    bucket.ok(&world, "--check");
}

/// A download that broke off is kept on this machine, and gone on with by range.
#[test]
fn a_broken_download_is_gone_on_with() {
    let bucket = Bucket::new("content-resume");
    let world = World::locked("large = '*'", "[packages.large.'1.0']\nfiller = 300000\n");
    let name = "large-1.0-py3-none-any.whl";
    world.faults(&[fixtures::model::Fault {
        path: format!("/files/{name}"),
        truncate: Some(20_000),
        ..fixtures::model::Fault::default()
    }]);
    let outcome = bucket.mirror(&world, "");
    assert_eq!(outcome.exit, 3, "{}", outcome.stderr);
    assert!(bucket.keys().is_empty(), "{:?}", bucket.keys());
    world.faults(&[]);
    drop(world.requests());
    let said = document(&bucket.ok(&world, "--json"));
    let downloaded = said["transferred"]["downloaded-bytes"].as_u64();
    let size = world.sandbox.files()[name].1 as u64;
    assert!(
        downloaded.is_some_and(|bytes| bytes <= size - 20_000),
        "{said}"
    );
    bucket.ok(&world, "--check");
}

/// The locks of two projects add up, and pruning takes what neither needs.
#[test]
fn two_locks_add_up_and_are_pruned() {
    let bucket = Bucket::new("content-prune");
    let world = locked();
    project(&world, "other", "b = '==1.0'");
    bucket.ok(&world, "");
    bucket.ok(&world, "--project other");
    world.relock("a = '==2.0'");
    bucket.put("files/stray", b"x");
    let said = document(&bucket.ok(&world, "--dry-run --prune --json"));
    assert_eq!(said["prune"]["files"], 2);
    let said = document(&bucket.ok(&world, "--prune --json"));
    // A wheel of `a`, that of `name-with-dots`, their metadata; the latter's three pages and that
    // of its index; and the stray one.
    assert_eq!(said["pruned"]["files"], 4 + 3 + 1 + 1);
    assert_eq!(bucket.get("simple/name-with-dots/").status, 404);
    let record = bucket.json("mochi-mirror.json");
    let locks: Vec<&String> = record["locks"].as_object().expect("locks").keys().collect();
    assert_eq!(locks, ["demo", "other"]);
    assert_eq!(
        bucket.json("simple/a/index.json")["versions"],
        json!(["2.0"])
    );
    bucket.ok(&world, "--check");
}
