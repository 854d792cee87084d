//! Files and credentials go nowhere but to the index that was named.

use crate::world::{FILES, World, run};
use loopback_warehouse::{Config, Fault, Warehouse};

#[test]
fn no_redirect_to_another_place_is_followed() {
    let world = World::new();
    let other = Warehouse::start(Config::default()).expect("a port");
    other.add_token(crate::world::TOKEN, &[]);
    for status in [301, 302, 303, 307, 308] {
        world
            .index
            .fault(Fault::redirect(status, &other.upload_url()));
        let told = [other.upload_url(), "is not followed".to_owned()];
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        world.publish(&[]).assert(1, &told);
    }
    world.index.fault(Fault::redirect(308, "/another/path/"));
    world.publish(&[]).assert(1, &["/another/path/"]);
    world.index.fault(Fault::redirect(
        302,
        &format!("{}?token=x#y", other.upload_url()),
    ));
    let ran = world.publish(&[]);
    ran.assert(1, &["is not followed"]);
    assert!(!ran.err.contains("token=x"), "{}", ran.err);
    assert!(other.requests().is_empty(), "nothing came there");
    assert!(world.stored().is_empty());
}

#[test]
fn a_slash_that_is_missing_is_put_there() {
    let world = World::new();
    let url = world.index.upload_url();
    let mut command = world.bare(&["--index", url.trim_end_matches('/')]);
    command.env("MOCHI_PUBLISH_TOKEN", crate::world::TOKEN);
    run(&mut command).assert(0, &["Published"]);
    assert_eq!(world.stored(), FILES);
    let posts = world.index.requests();
    let asked = posts.iter().filter(|request| request.path == "/legacy");
    assert_eq!(asked.count(), 1, "asked once");
}

/// A page of another host says nothing about this index: some servers pass on what they have not.
#[test]
fn pages_of_another_host_do_not_count() {
    let (world, other) = (World::new(), World::new());
    other.publish(&[]).assert(0, &[]);
    let page = format!("{}greet/", other.index.simple_url());
    world
        .index
        .fault_on("/simple/greet/", 1, Fault::redirect(302, &page));
    world.publish(&[]).assert(0, &["3 files"]);
    assert_eq!(world.stored(), FILES);
}
