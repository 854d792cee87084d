//! The net fails, and nothing is duplicated.

use crate::world::{FILES, World};
use loopback_warehouse::{Fault, Reply};

#[test]
fn an_answer_that_is_lost_is_not_asked_for_again() {
    let world = World::new();
    world.index.fault_at(1, Fault::DropAfterStoring);
    world.publish(&[]).assert(0, &["Published"]);
    assert_eq!(world.sent(), FILES, "the index was looked at instead");
    assert_eq!(world.stored(), FILES);
}

#[test]
fn a_connection_that_breaks_is_made_again() {
    let world = World::new();
    world.index.fault_at(2, Fault::DropAfterBody(2000));
    world.publish(&[]).assert(0, &["Published", "again in"]);
    assert_eq!(world.stored(), FILES);
    let tries = world.index.uploads().len();
    assert_eq!(tries, FILES.len() + 1);
}

#[test]
fn trouble_may_pass() {
    for fault in [
        Fault::status(503, "Backend fetch failed"),
        Fault::status(500, "oops"),
        Fault::Answer(Reply {
            status: 429,
            headers: vec![("retry-after".to_owned(), "1".to_owned())],
            ..Reply::default()
        }),
    ] {
        let world = World::new();
        world.index.fault_at(2, fault.clone());
        world.index.fault_at(2, fault);
        world.publish(&[]).assert(0, &["Published", "again in"]);
        assert_eq!(world.stored(), FILES);
        assert_eq!(world.index.uploads().len(), FILES.len() + 2);
    }
}

/// It is stored, and the server says that it has trouble.
#[test]
fn trouble_after_storing_is_no_trouble() {
    let world = World::new();
    let reply = Reply {
        status: 502,
        body: "Bad gateway".to_owned(),
        ..Reply::default()
    };
    world.index.fault_at(1, Fault::AnswerAfterStoring(reply));
    world.publish(&[]).assert(0, &["Published"]);
    assert_eq!(world.sent(), FILES);
}

#[test]
fn trouble_that_stays_ends_it_with_the_outside_at_fault() {
    let world = World::new();
    for _ in 0..4 {
        world
            .index
            .fault_at(2, Fault::status(503, "Backend fetch failed"));
    }
    let told = [
        "Backend fetch failed",
        "503",
        "uploaded before: greet-1.2.0.tar.gz",
    ];
    world.publish(&[]).assert(3, &told);
    assert_eq!(
        world.index.uploads().len(),
        5,
        "one file, and four tries of the next"
    );
    assert_eq!(world.stored(), FILES[..1]);
}

#[test]
fn an_index_that_asks_for_more_patience_than_there_is() {
    let world = World::new();
    let reply = Reply {
        status: 429,
        headers: vec![("retry-after".to_owned(), "3600".to_owned())],
        body: "Too many new projects created".to_owned(),
        ..Reply::default()
    };
    world.index.fault(Fault::Answer(reply));
    let ran = world.publish(&[]);
    ran.assert(3, &["Too many new projects", "try again later"]);
    assert_eq!(world.index.uploads().len(), 1);
}

#[test]
fn an_index_that_is_not_there() {
    let world = World::new();
    let port = {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        socket.local_addr().expect("an address").port()
    };
    let mut command = world.bare(&["--index", &format!("http://127.0.0.1:{port}/legacy/")]);
    command.env("MOCHI_PUBLISH_TOKEN", crate::world::TOKEN);
    crate::world::run(&mut command).assert(3, &["could not reach", "tried 4 times"]);
}
