//! What cannot be used, and what is said of it.

use crate::server::{Bucket, locked};
use crate::world::World;

fn fails(world: &World, dest: &str, env: &[(&str, &str)], exit: i32, says: &[&str]) {
    let outcome = world.run_words(&["mirror", dest], env);
    assert_eq!(outcome.exit, exit, "{dest}: {}", outcome.stderr);
    for part in says {
        assert!(
            outcome.stderr.contains(part),
            "{dest} does not say {part:?}:\n{}",
            outcome.stderr
        );
    }
    assert!(!outcome.stderr.contains("hidden-"), "{}", outcome.stderr);
}

/// Addresses that are none, and settings that are wrong: before anything is asked.
#[test]
fn wrong_use() {
    let world = locked();
    fails(
        &world,
        "ftp://b/a",
        &[],
        2,
        &["`ftp://` is no store", "s3://BUCKET"],
    );
    fails(
        &world,
        "s3://me:hidden-word@b/a",
        &[],
        2,
        &["credentials do not belong"],
    );
    let plain = [("AWS_ENDPOINT_URL", "http://s3.example.org")];
    fails(
        &world,
        "s3://b/a",
        &plain,
        2,
        &["without TLS", "AWS_ALLOW_HTTP"],
    );
    let outcome = world.run("mirror s3://b/a --offline");
    assert_eq!(outcome.exit, 2, "{}", outcome.stderr);
}

/// No credentials, no bucket, no server, no right to write: each named, with the next step.
#[test]
fn what_the_outside_refuses() {
    let world = locked();
    let off = [("AWS_EC2_METADATA_DISABLED", "true")];
    let says = [
        "no credentials for bucket `some-bucket`",
        "AWS_ACCESS_KEY_ID",
    ];
    fails(&world, "s3://some-bucket/a", &off, 3, &says);
    let env = Bucket::env();
    let mut env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, &**value)).collect();
    let says = ["there is no bucket `missing-bucket`", "AWS_ENDPOINT_URL"];
    fails(&world, "s3://missing-bucket/a", &env, 3, &says);
    let bucket = Bucket::new("faults-denied");
    bucket.allow("Deny", "s3:PutObject");
    let outcome = bucket.mirror(&world, "");
    assert_eq!(outcome.exit, 3, "{}", outcome.stderr);
    let said = "access to bucket `faults-denied` was denied";
    assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("s3:PutObject"),
        "{}",
        outcome.stderr
    );
    let mut wrong = env.clone();
    wrong.push(("AWS_SECRET_ACCESS_KEY", "hidden-other"));
    let says = [
        "credentials for bucket `faults-denied` were not accepted",
        "AWS_SECRET_ACCESS_KEY",
    ];
    fails(&world, &bucket.dest(), &wrong, 3, &says);
    env.pop();
    env.push(("AWS_ENDPOINT_URL", "http://127.0.0.1:9"));
    fails(
        &world,
        "s3://some-bucket/a",
        &env,
        3,
        &["bucket `some-bucket`"],
    );
}

/// A store without conditional writes is not used.
#[test]
fn a_store_without_conditions() {
    let bucket = Bucket::new("faults-conditions");
    let world = locked();
    let env = Bucket::env();
    let mut env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, &**value)).collect();
    env.push(("AWS_CONDITIONAL_PUT", "disabled"));
    let says = ["no conditional writes", "mirror into a folder"];
    fails(&world, &bucket.dest(), &env, 3, &says);
    assert!(bucket.all_keys().is_empty());
}

/// What something else has put there is left alone.
#[test]
fn a_prefix_of_something_else_is_refused() {
    let bucket = Bucket::new("faults-foreign");
    let world = locked();
    bucket.put("simple/index.html", b"mine");
    let outcome = bucket.mirror(&world, "");
    assert_eq!(outcome.exit, 2, "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("is not a mirror"),
        "{}",
        outcome.stderr
    );
    assert_eq!(bucket.all_keys().len(), 1);
    let outcome = bucket.mirror(&world, "--check");
    assert_eq!(outcome.exit, 2, "{}", outcome.stderr);
}
