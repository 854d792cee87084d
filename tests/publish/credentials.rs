//! Where user and password come from.

use crate::world::{FILES, TOKEN, World, run};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

/// The user and the password that the first file came with.
fn login(world: &World) -> String {
    let uploads = world.index.uploads();
    let header = uploads[0].header("authorization").expect("credentials");
    header.to_owned()
}

/// `Basic` of `user:password`, made by another program.
fn basic(user: &str, password: &str) -> String {
    let python = std::env::var_os("MOCHI_REFEREE_PYTHON").expect("scripts/test sets it");
    let script =
        "import base64, sys; print('Basic ' + base64.b64encode(sys.argv[1].encode()).decode())";
    let output = Command::new(python)
        .args(["-c", script, &format!("{user}:{password}")])
        .output()
        .expect("it runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn program(world: &World, name: &str, text: &str) {
    let folder = world.path().join("bin");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    std::fs::write(&path, text).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a program");
}

#[test]
fn a_token_is_sent_as_its_own_user() {
    let world = World::new();
    world
        .publish(&[])
        .assert(0, &["credentials from MOCHI_PUBLISH_TOKEN"]);
    assert_eq!(login(&world), basic("__token__", TOKEN));
}

#[test]
fn a_user_has_a_password() {
    let world = World::new();
    let mut command = world.anonymous(&[]);
    command
        .env("MOCHI_PUBLISH_USERNAME", "ada")
        .env("MOCHI_PUBLISH_PASSWORD", "a-pass:wörd");
    // The index knows tokens alone.
    run(&mut command).assert(1, &["check the token"]);
    assert_eq!(login(&world), basic("ada", "a-pass:wörd"));
}

#[test]
fn netrc_is_read() {
    let world = World::new();
    let netrc = format!("machine 127.0.0.1 login __token__ password {TOKEN}\n");
    std::fs::write(world.path().join(".netrc"), netrc).expect("written");
    run(&mut world.anonymous(&[])).assert(0, &["credentials from .netrc"]);
    assert_eq!(login(&world), basic("__token__", TOKEN));
    assert_eq!(world.stored(), FILES);
    // Of another user it knows nothing.
    let world = World::new();
    std::fs::write(
        world.path().join(".netrc"),
        "machine 127.0.0.1 login ada password x\n",
    )
    .expect("written");
    let mut command = world.anonymous(&[]);
    command.env("MOCHI_PUBLISH_USERNAME", "grace");
    run(&mut command).assert(1, &["the user `grace`"]);
}

#[test]
fn the_keyring_is_asked_about_the_index_and_the_user() {
    let world = World::new();
    let url = world.index.upload_url();
    let text = format!("#!/bin/sh\n[ \"$1 $2 $3\" = 'get {url} __token__' ] && echo {TOKEN}\n");
    program(&world, "keyring", &text);
    let ran = run(&mut world.anonymous(&[]));
    ran.assert(1, &["MOCHI_KEYRING_PROVIDER"]);
    let mut command = world.anonymous(&[]);
    command.env("MOCHI_KEYRING_PROVIDER", "subprocess");
    run(&mut command).assert(0, &["credentials from keyring"]);
    assert_eq!(login(&world), basic("__token__", TOKEN));
}

#[test]
fn without_any_it_is_said_where_they_were_looked_for() {
    let world = World::new();
    let ran = run(&mut world.anonymous(&[]));
    ran.assert(
        1,
        &[
            "no credentials",
            "MOCHI_PUBLISH_TOKEN",
            "Trusted Publishing",
            ".netrc",
            "keyring",
            "the terminal",
        ],
    );
    assert!(world.sent().is_empty());
}

#[test]
fn contradictions_are_told() {
    let world = World::new();
    let mut command = world.command(&[]);
    command.env("MOCHI_PUBLISH_PASSWORD", "another-one");
    run(&mut command).assert(2, &["both MOCHI_PUBLISH_TOKEN and MOCHI_PUBLISH_PASSWORD"]);
    let mut command = world.command(&[]);
    command.env("MOCHI_PUBLISH_USERNAME", "ada");
    run(&mut command).assert(2, &["`ada`"]);
    let mut command = world.anonymous(&[]);
    command.env("MOCHI_PUBLISH_TOKEN", "a\u{1}b");
    run(&mut command).assert(2, &["MOCHI_PUBLISH_TOKEN has characters"]);
    assert!(world.index.requests().is_empty());
}

/// The help says nothing of passwords on the command line, for there are none.
#[test]
fn no_flag_takes_a_secret() {
    let world = World::new();
    let help = run(&mut world.bare(&["--help"])).out;
    for flag in ["--token", "--password", "--username"] {
        assert!(!help.contains(flag), "{flag}");
        run(&mut world.bare(&[flag, "x"])).assert(2, &["unexpected argument"]);
    }
}
