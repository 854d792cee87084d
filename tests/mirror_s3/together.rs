//! Several runs on one bucket.

use std::process::Stdio;

use crate::server::{Bucket, PACKAGES, locked, project};
use crate::world::World;

/// Two processes at once, on one machine and as if on two: both locks end in the record.
#[test]
fn two_at_once() {
    for (name, apart) in [("together-here", false), ("together-apart", true)] {
        let bucket = Bucket::new(name);
        let world = locked();
        project(&world, "other", "a = '==2.0'");
        let runs: Vec<_> = ["demo", "other"]
            .into_iter()
            .map(|one| {
                let words: &[&str] = match one {
                    "demo" => &["--prune"],
                    _ => &["--prune", "--project", "other"],
                };
                let mut command = bucket.command(&world, words);
                if apart {
                    // Another cache is as good as another machine: nothing else is shared.
                    command.env("MOCHI_CACHE_DIR", world.path(&format!("cache-{one}")));
                }
                command.stdout(Stdio::null()).stderr(Stdio::piped());
                command.spawn().expect("the binary starts")
            })
            .collect();
        for run in runs {
            let output = run.wait_with_output().expect("an end");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{name}: {said}");
        }
        let record = bucket.json("mochi-mirror.json");
        let locks: Vec<&String> = record["locks"].as_object().expect("locks").keys().collect();
        assert_eq!(locks, ["demo", "other"], "{name}");
        bucket.ok(&world, "--check");
    }
}

/// What a run on another machine has written of the record meanwhile is read again and kept.
#[test]
fn a_mirror_of_another_machine_is_gone_on_with() {
    let bucket = Bucket::new("together-later");
    let first = locked();
    bucket.ok(&first, "");
    let second = World::locked("a = '==2.0'", PACKAGES);
    second
        .sandbox
        .write("mochi.toml", &renamed(&second))
        .expect("written");
    second.ok("lock");
    bucket.ok(&second, "");
    let record = bucket.json("mochi-mirror.json");
    assert_eq!(
        record["locks"].as_object().map(serde_json::Map::len),
        Some(2)
    );
    assert_eq!(
        record["files"].as_object().map(serde_json::Map::len),
        Some(4)
    );
    bucket.ok(&first, "--check");
}

fn renamed(world: &World) -> Vec<u8> {
    let text = String::from_utf8(world.sandbox.read("mochi.toml").expect("a manifest"));
    text.expect("UTF-8")
        .replace("\"demo\"", "\"second\"")
        .into_bytes()
}
