//! What `--check` finds.

use std::collections::BTreeMap;

use crate::server::{Bucket, document, locked};

/// Missing, changed and foreign objects, each as what it is; the next run mends what is its.
#[test]
fn missing_changed_and_foreign_objects() {
    let bucket = Bucket::new("check-faults");
    let world = locked();
    bucket.ok(&world, "");
    let outcome = bucket.ok(&world, "--check");
    assert!(
        outcome.stderr.contains("all as the record has it"),
        "{}",
        outcome.stderr
    );
    let gone = bucket.find("a-1.0-py3-none-any.whl");
    let cut = bucket.find("b-1.0-py3-none-any.whl");
    let whole = bucket.get(&cut).body;
    let mut flipped = whole.clone();
    flipped[100] ^= 1;
    bucket.delete(&gone);
    bucket.put(&cut, &flipped);
    bucket.put("simple/b/", b"x");
    bucket.put("simple/a/index.json", b"{}");
    bucket.put("notes.txt", b"x");
    bucket.delete("simple/");
    let outcome = bucket.mirror(&world, "--check --json");
    assert_eq!(outcome.exit, 1, "{}", outcome.stdout);
    let faults = document(&outcome)["error"]["faults"].clone();
    let faults: BTreeMap<String, String> = faults
        .as_array()
        .expect("faults")
        .iter()
        .map(|f| {
            (
                f["path"].as_str().unwrap().into(),
                f["kind"].as_str().unwrap().into(),
            )
        })
        .collect();
    let expected = [
        (&*gone, "missing"),
        (&*cut, "changed"),
        ("simple/b/", "changed"),
        ("simple/a/index.json", "changed"),
        ("notes.txt", "foreign"),
        ("simple/", "missing"),
    ];
    let expected = expected.map(|(path, kind)| (path.to_owned(), kind.to_owned()));
    assert_eq!(faults, BTreeMap::from(expected));
    // Its size is right: as in a folder, what is changed is removed by hand.
    bucket.delete(&cut);
    bucket.delete("notes.txt");
    bucket.ok(&world, "");
    bucket.ok(&world, "--check");
    assert!(bucket.get(&cut).body == whole);
}

/// Who may only read can check, with nothing of the run before on this machine.
#[test]
fn a_check_needs_no_right_to_write() {
    let bucket = Bucket::new("check-readers");
    let world = locked();
    bucket.ok(&world, "");
    bucket.allow("Deny", "s3:PutObject");
    let other = locked();
    let before = bucket.all_keys();
    bucket.ok(&other, "--check");
    assert_eq!(before, bucket.all_keys());
    bucket.allow("Allow", "s3:GetObject");
    bucket.put("files/stray", b"x");
    assert_eq!(bucket.mirror(&other, "--check").exit, 1);
}
