//! `mochi py publish` to devpi and to pypiserver, real ones; pip, uv and `mochi py lock` read what
//! came there.

mod world;

use loopback_warehouse::servers::{PASSWORD, PrivateIndex, USER};
use world::World;

/// What differs from server to server.
struct Habits {
    /// What it says when the password is wrong.
    denied: &'static str,
}

/// A release goes up, is installed, goes up again, and does not go up when it differs.
fn play(server: &PrivateIndex, habits: &Habits) {
    let world = World::new(server);
    let denied = world.publish("wrong", &[]);
    denied.assert(1, &[habits.denied]);
    assert_eq!(world.stored(), [""; 0], "a wrong password stores nothing");

    let ran = world.publish(PASSWORD, &[]);
    ran.assert(0, &["Published greet 1.2.0"]);
    assert_eq!(world.built().len(), 4);
    assert_eq!(world.stored(), world.built(), "the bytes are those of dist");
    world.install();
    world.lock_and_sync();

    // The same again: nothing is sent.
    let ran = world.publish(PASSWORD, &["--json"]);
    assert!(!ran.err.contains("POST"), "{}", ran.err);
    ran.assert(0, &[]);
    assert_eq!(world.outcomes(&ran), ["already-there"; 4], "{ran:?}");

    let before = world.stored();
    world.change();
    let ran = world.publish(PASSWORD, &[]);
    ran.assert(1, &["other contents", "raise the version"]);
    assert_eq!(world.stored(), before, "what is there stays as it is");
    world.publish(PASSWORD, &["--skip-existing"]).assert(0, &[]);
    assert_eq!(world.stored(), before);
}

#[test]
fn devpi() {
    let server = PrivateIndex::devpi();
    play(&server, &Habits { denied: "401" });
    // An index that nobody has made.
    let world = World::new(&server);
    let url = server.upload_url.replace("/dev/", "/none/");
    world.publish_to(&url, PASSWORD, &[]).assert(1, &["404"]);
}

#[test]
fn pypiserver() {
    let server = PrivateIndex::pypiserver();
    play(&server, &Habits { denied: "403" });
}

/// Some of the files are there, as after a run that was killed: the others follow.
#[test]
fn the_rest_of_a_release_follows() {
    let server = PrivateIndex::pypiserver();
    let world = World::new(&server);
    let first = "greet-1.2.0.tar.gz";
    world.publish(PASSWORD, &[]).assert(0, &[]);
    for name in world.names() {
        if name != first {
            server.remove(&name);
        }
    }
    assert_eq!(world.names(), [first]);
    let ran = world.publish(PASSWORD, &["--json"]);
    ran.assert(0, &[]);
    let outcomes = ["already-there", "uploaded", "uploaded", "uploaded"];
    assert_eq!(world.outcomes(&ran), outcomes, "{ran:?}");
    assert_eq!(world.stored(), world.built());
}

/// The user of `.netrc`, and no other.
#[test]
fn credentials_of_netrc() {
    let server = PrivateIndex::pypiserver();
    let world = World::new(&server);
    let url = &server.upload_url;
    world.write(
        ".netrc",
        &format!("machine 127.0.0.1 login {USER} password {PASSWORD}\n"),
    );
    world.publish_to(url, "", &[]).assert(0, &["Published"]);
    assert_eq!(world.stored(), world.built());
}
