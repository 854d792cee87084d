//! pip and uv install from the bucket's URL.

use std::process::Command;

use crate::python::{inspect, text_of};
use crate::server::{Bucket, locked, referee};

const HOLDS: [&str; 3] = ["a 1.0", "b 1.0", "name-with-dots 1!1.0+local"];

/// Both ask for `simple/NAME/`, which is a key of its own here.
#[test]
fn pip_and_uv_install_from_the_bucket() {
    let bucket = Bucket::new("referees-install");
    let world = locked();
    bucket.ok(&world, "");
    let index = bucket.index();
    let uv = std::env::var("MOCHI_REFEREE_UV").expect("MOCHI_REFEREE_UV");
    let python = referee();
    let base = ["a==1.0", "name-with-dots"];
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "--isolated",
        "install",
        "--no-cache-dir",
        "--target",
    ]);
    pip.arg(world.path("by-pip"))
        .args(["--index-url", &index])
        .args(base);
    // Its own settings might name other places.
    pip.env("PIP_CONFIG_FILE", "/dev/null")
        .env_remove("PIP_FIND_LINKS");
    text_of(&mut pip);
    let mut by_uv = Command::new(&uv);
    by_uv.args([
        "--no-config",
        "pip",
        "install",
        "--no-cache",
        "--python",
        &python,
        "--target",
    ]);
    by_uv
        .arg(world.path("by-uv"))
        .args(["--index-url", &index])
        .args(base);
    text_of(&mut by_uv);
    for place in ["by-pip", "by-uv"] {
        let installed = inspect(&world.path(place));
        let found: Vec<String> = installed
            .packages
            .iter()
            .map(|(name, package)| format!("{name} {}", package.versions[0]))
            .collect();
        assert_eq!(found, HOLDS, "{place}");
    }
    let requests = bucket.requests();
    assert!(
        requests.iter().any(|line| line.ends_with("/simple/a/")),
        "{requests:?}"
    );
}
