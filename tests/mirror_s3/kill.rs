//! A run killed at any moment: the next completes it.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::server::Bucket;
use crate::world::World;

const KILLS: u32 = 10;
const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn packages() -> String {
    let all = NAMES.iter().map(|name| {
        format!("[packages.{name}.'1.0']\nfiller = 9000\n[packages.{name}.'2.0']\nfiller = 60000\n")
    });
    let large = "[packages.large.'1.0']\nfiller = 12000000\n".to_owned();
    all.chain([large]).collect()
}

fn pinned(version: &str) -> String {
    NAMES
        .map(|name| format!("{name} = '=={version}'"))
        .join("\n")
}

/// Every link of every page leads to a whole file, as who reads the pages sees it.
fn links_hold(bucket: &Bucket) {
    for name in NAMES {
        let page = bucket.json(&format!("simple/{name}/index.json"));
        for file in page["files"].as_array().expect("files") {
            let url = file["url"].as_str().expect("a URL");
            let body = bucket.get(url.trim_start_matches("../../")).body;
            let sha256 = fixtures::digest::hex_sha256(&body);
            assert_eq!(file["hashes"]["sha256"], sha256, "{url}");
        }
    }
}

/// Kills spread over a run that adds a version and prunes another.
#[test]
fn killed_at_random_moments() {
    let world = World::locked(&pinned("1.0"), &packages());
    let mut whole = None;
    let (mut length, mut killed) = (Duration::ZERO, 0);
    for number in 0..=KILLS {
        let bucket = Bucket::new(&format!("kill-{number}"));
        world.relock(&pinned("1.0"));
        bucket.ok(&world, "");
        world.relock(&format!("{}\nlarge = '*'", pinned("2.0")));
        if number == 0 {
            // How long it takes, and what comes of it.
            let begun = Instant::now();
            bucket.ok(&world, "--prune");
            length = begun.elapsed();
            whole = Some(bucket.bytes());
            continue;
        }
        let mut command = bucket.command(&world, &["--prune"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the binary starts");
        std::thread::sleep(length * number / (KILLS + 1));
        killed += u32::from(child.try_wait().expect("a child").is_none());
        child.kill().expect("killed, or at its end");
        child.wait().expect("an end");
        bucket.ok(&world, "--check");
        links_hold(&bucket);
        bucket.ok(&world, "--prune");
        bucket.ok(&world, "--check");
        let found = bucket.bytes();
        assert!(Some(&found) == whole.as_ref(), "{:?}", found.keys());
    }
    assert!(
        killed > KILLS / 2,
        "only {killed} of {KILLS} were still running"
    );
}
