//! Indexes that fail or lie half way: nothing that was installed is lost.

use fixtures::model::Fault;

use crate::world::{World, snapshot};

const PACKAGES: &str = "
[packages]
a = ['1.0', '2.0']
b = ['1.0', '2.0']
c = ['1.0', '2.0']
d.'1.0' = { files = { 'shared/d.py' = 'x = 1' } }
d.'2.0' = { files = { 'shared/d.py' = 'x = 2' }, filler = 40000 }
";
const OLD: &str = "a = '==1.0'\nb = '==1.0'\nc = '==1.0'\nd = '==1.0'";
const NEW: &str = "a = '==2.0'\nb = '==2.0'\nc = '==2.0'\nd = '==2.0'";
const HOLDS_NEW: [&str; 4] = ["a 2.0", "b 2.0", "c 2.0", "d 2.0"];

/// Version 1 of everything is installed, version 2 is locked.
fn world() -> World {
    let world = World::synced(OLD, PACKAGES);
    world.relock(NEW);
    world
}

/// A sync that fails so leaves the venv to the byte; one without the fault then goes well.
fn fails_and_recovers(world: &World, exit: i32, says: &[&str], mend: impl FnOnce(&World)) {
    let before = snapshot(&world.path(".venv"));
    world.fails("sync", exit, says);
    let after = snapshot(&world.path(".venv"));
    assert!(
        before == after,
        "{:?}",
        after
            .keys()
            .filter(|k| !before.contains_key(*k))
            .collect::<Vec<_>>()
    );
    world.python("import a, b, c, d, shared.d");
    mend(world);
    world.ok("sync");
    world.assert_holds(&HOLDS_NEW);
}

fn fault(path: &str) -> Fault {
    Fault {
        path: path.to_owned(),
        ..Fault::default()
    }
}

/// A wheel that is not the locked one is not installed, nor is anything that came with it.
#[test]
fn a_wheel_of_another_hash() {
    let world = world();
    world.faults(&[Fault {
        corrupt: true,
        ..fault("/files/d-2.0-py3-none-any.whl")
    }]);
    fails_and_recovers(&world, 1, &["d-2.0-py3-none-any.whl", "SHA-256"], |world| {
        world.faults(&[])
    });
}

/// A file on the index that lost its end.
#[test]
fn a_truncated_file() {
    let world = world();
    let mut whole = Vec::new();
    world.change_file("d-2.0-py3-none-any.whl", |file| {
        whole = file.bytes.clone();
        file.bytes.truncate(1000);
    });
    fails_and_recovers(&world, 1, &["d-2.0-py3-none-any.whl"], |world| {
        world.change_file("d-2.0-py3-none-any.whl", |file| file.bytes = whole);
    });
}

/// A connection that breaks off again and again, on a server that cannot go on where it broke off.
#[test]
fn a_connection_that_breaks_off() {
    let world = World::synced(OLD, &format!("index = {{ ranges = 'no' }}\n{PACKAGES}"));
    world.relock(NEW);
    world.faults(&[Fault {
        truncate: Some(20_000),
        ..fault("/files/d-2.0-py3-none-any.whl")
    }]);
    fails_and_recovers(&world, 3, &["d-2.0-py3-none-any.whl"], |world| {
        world.faults(&[])
    });
}

/// On a server that can, each connection brings it further: what has arrived is not asked for again.
#[test]
fn a_download_goes_on_where_it_broke_off() {
    let world = world();
    let path = "/files/d-2.0-py3-none-any.whl";
    world.faults(&[Fault {
        truncate: Some(20_000),
        ..fault(path)
    }]);
    drop(world.requests());
    world.ok("sync");
    world.assert_holds(&HOLDS_NEW);
    let requests = world.requests();
    let ranges: Vec<_> = requests
        .iter()
        .filter(|r| r.path == path)
        .filter_map(|r| r.range.as_deref())
        .collect();
    assert_eq!(ranges.first(), Some(&"bytes=20000-"), "{ranges:?}");
}

/// A connection that breaks off once is tried again.
#[test]
fn a_connection_that_breaks_off_once() {
    let world = world();
    let once = |fault: Fault| Fault {
        times: Some(1),
        ..fault
    };
    world.faults(&[
        once(Fault {
            truncate: Some(20_000),
            ..fault("/files/d-2.0-py3-none-any.whl")
        }),
        once(Fault {
            drop: true,
            ..fault("/files/a-2.0-py3-none-any.whl")
        }),
        once(Fault {
            status: Some(503),
            ..fault("/files/b-2.0-py3-none-any.whl")
        }),
    ]);
    world.ok("sync");
    world.assert_holds(&HOLDS_NEW);
}

/// The index goes down after it has served some of the wheels.
#[test]
fn an_index_that_goes_down_half_way() {
    let world = world();
    world.faults(&["c", "d"].map(|name| Fault {
        drop: true,
        ..fault(&format!("/files/{name}-2.0-py3-none-any.whl"))
    }));
    fails_and_recovers(&world, 3, &["-2.0-py3-none-any.whl"], |world| {
        world.faults(&[])
    });
}

/// The same into an empty place: a venv may be there, half a package may not.
#[test]
fn an_index_that_goes_down_at_the_first_sync() {
    let world = World::locked(NEW, PACKAGES);
    world.faults(&[Fault {
        drop: true,
        ..fault("/files/d-2.0-py3-none-any.whl")
    }]);
    world.ends("sync", 3);
    world.assert_holds(&[]);
    world.faults(&[]);
    world.ok("sync");
    world.assert_holds(&HOLDS_NEW);
}

/// A wheel that the index has lost since: the message names it.
#[test]
fn a_wheel_that_is_gone() {
    let world = world();
    world.faults(&[Fault {
        status: Some(404),
        ..fault("/files/c-2.0-py3-none-any.whl")
    }]);
    let before = snapshot(&world.path(".venv"));
    let outcome = world.ends("sync", 3);
    assert!(
        outcome.stderr.contains("c-2.0-py3-none-any.whl"),
        "{}",
        outcome.stderr
    );
    assert!(snapshot(&world.path(".venv")) == before);
}
