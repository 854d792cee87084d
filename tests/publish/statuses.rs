//! Every refusal: its message, its next step and its exit code.

use crate::world::World;
use loopback_warehouse::{Fault, Reply};

/// Status, what the server says, exit code, what is told.
const ROWS: [(u16, &str, i32, &str); 19] = [
    (
        400,
        "This filename has already been used, use a different version.",
        1,
        "raise the version",
    ),
    (
        400,
        "Release is older than 14 days, uploading is not allowed.",
        1,
        "14 days",
    ),
    (
        400,
        "Only one sdist may be uploaded per release.",
        1,
        "a second one",
    ),
    (
        400,
        "Invalid distribution file. No PKG-INFO",
        1,
        "builds it anew",
    ),
    (
        400,
        "Binary wheel 'x' has an unsupported platform tag 'linux_x86_64'.",
        1,
        "wheel-tags",
    ),
    (
        400,
        "License-File LICENSE does not exist in distribution file",
        1,
        "license-files",
    ),
    (
        400,
        "The description failed to render for 'text/x-rst'.",
        1,
        "readme",
    ),
    (
        400,
        "'x' is an invalid value for Classifier.",
        1,
        "mochi.toml",
    ),
    (
        400,
        "File too large. Limit for project 'greet' is 100 MB.",
        1,
        "higher limit",
    ),
    (400, "Project size too large.", 1, "delete old releases"),
    (
        400,
        "Invalid attestations supplied during upload: no",
        1,
        "--no-attestations",
    ),
    (401, "Who are you?", 1, "check the token"),
    (
        403,
        "Invalid or non-existent authentication information.",
        1,
        "check the token",
    ),
    (
        403,
        "The user 'ada' isn't allowed to upload to project 'greet'.",
        1,
        "its owners",
    ),
    (
        403,
        "Read-only mode: Uploads are temporarily disabled.",
        1,
        "try again later",
    ),
    (404, "Not Found", 1, "check the address"),
    (405, "Method Not Allowed", 1, "check the address"),
    (410, "Gone for good", 1, "newer mochi"),
    (413, "Request Entity Too Large", 1, "higher limit"),
];

#[test]
fn every_status_has_its_message_and_its_exit_code() {
    let world = World::new();
    for (status, said, code, told) in ROWS {
        world.index.fault(Fault::status(status, said));
        world
            .publish(&[])
            .assert(code, &[said, told, "greet-1.2.0.tar.gz"]);
        assert!(world.stored().is_empty(), "{status} {said}");
    }
    assert_eq!(
        world.index.uploads().len(),
        ROWS.len(),
        "none was tried again"
    );
}

/// The server's words may stand in the status line, in JSON, or in a page.
#[test]
fn the_servers_own_words_are_shown_wherever_they_stand() {
    let world = World::new();
    let reply = |kind: &str, body: &str, reason: Option<&str>| Reply {
        status: 400,
        reason: reason.map(str::to_owned),
        headers: vec![("content-type".to_owned(), kind.to_owned())],
        body: body.to_owned(),
    };
    let json = r#"{"message": "The server could not comply", "code": "400 The words \u001b[31m", "title": "Bad Request"}"#;
    for reply in [
        reply("application/json", json, None),
        reply(
            "text/html",
            "<title>x</title><h1>Error</h1><p>The <b>words</b></p>",
            None,
        ),
        reply("text/plain", "", Some("The words")),
    ] {
        world.index.fault(Fault::Answer(reply));
        let ran = world.publish(&[]);
        ran.assert(1, &["The words"]);
        assert!(!ran.err.contains('\u{1b}'), "{}", ran.err);
    }
}

#[test]
fn a_server_that_repeats_the_token_is_not_repeated() {
    let world = World::new();
    let said = format!(
        "invalid token {}, authentication failed",
        crate::world::TOKEN
    );
    world.index.fault(Fault::status(403, &said));
    world.publish(&[]).assert(1, &["invalid token …"]);
    let uploads = world.index.uploads();
    let sent = uploads[0].header("authorization").expect("credentials");
    let said = format!("authentication failed: {sent}");
    world.index.fault(Fault::status(403, &said));
    let ran = world.publish(&[]);
    ran.assert(1, &["authentication failed: Basic …"]);
    assert!(!ran.err.contains(sent), "{}", ran.err);
}

/// Rules of the index itself rather than answers that were made up.
#[test]
fn the_index_itself_refuses() {
    let world = World::new();
    world.publish(&[]).assert(0, &[]);
    world.index.delete(crate::world::FILES[2]);
    world.publish(&[]).assert(1, &["raise the version"]);
    let world = World::new();
    let mut command = world.anonymous(&[]);
    command.env("MOCHI_PUBLISH_TOKEN", "pypi-of-somebody-else");
    crate::world::run(&mut command).assert(1, &["check the token"]);
    assert_eq!(world.index.uploads()[0].status, 403);
}

/// devpi and pypiserver say "exists" in ways of their own.
#[test]
fn other_servers_say_that_a_file_exists() {
    for (status, kind, body) in [
        (
            409,
            "text/plain",
            "greet-1.2.0.tar.gz already exists in non-volatile index",
        ),
        (
            400,
            "text/html",
            "<p>Package 'greet-1.2.0.tar.gz' already exists!</p>",
        ),
    ] {
        let world = World::new();
        let fault = || {
            Fault::Answer(Reply {
                status,
                headers: vec![("content-type".to_owned(), kind.to_owned())],
                body: body.to_owned(),
                ..Reply::default()
            })
        };
        world.index.fault(fault());
        world
            .publish(&[])
            .assert(1, &["already exists", "--skip-existing"]);
        world.index.fault(fault());
        let ran = world.publish(&["--skip-existing"]);
        ran.assert(0, &["already exists", "Published"]);
        assert!(
            ran.out.contains("passed over: already there"),
            "{}",
            ran.out
        );
        assert_eq!(world.stored(), crate::world::FILES[1..]);
    }
}
