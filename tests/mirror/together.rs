//! Several processes on one mirror.

use std::process::{Child, Stdio};

use fixtures::model::Fault;

use crate::bench::{self, locked, project};
use crate::world::World;

fn start(world: &World, words: &[&str]) -> Child {
    let mut command = world.command(words);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().expect("the binary starts")
}

fn end(child: Child) {
    let output = child.wait_with_output().expect("an end");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

/// Two runs at once of the same lock, and of two: nothing is fetched twice, and the tree is as after one by one.
#[test]
fn two_runs_at_once() {
    let world = locked();
    project(&world, "other", "a = '==2.0'\nbig = '*'");
    world.ok("mirror turned --project other");
    world.ok("mirror turned");
    let slow = Fault {
        path: "/files/*".into(),
        slow_ms: Some(2),
        ..Fault::default()
    };
    world.faults(&[slow]);
    for round in 0..5 {
        let mirror = format!("mirror{round}");
        drop(world.requests());
        let words: [&[&str]; 4] = [
            &["mirror", &mirror],
            &["mirror", &mirror, "--project", "other"],
            &["mirror", &mirror],
            &["mirror", &mirror, "--project", "other", "--prune"],
        ];
        let all: Vec<Child> = words.iter().map(|words| start(&world, words)).collect();
        all.into_iter().for_each(end);
        let asked = world.requests();
        let files = asked.iter().filter(|r| r.path.starts_with("/files/"));
        let mut files: Vec<&str> = files.map(|r| &*r.path).collect();
        files.sort_unstable();
        let number = files.len();
        files.dedup();
        // A run that prunes may come first, when nobody has recorded the others' files yet: it waits for them.
        assert_eq!((files.len(), number), (5, 5), "{files:?}");
        world.ok(&format!("mirror {mirror} --check"));
        bench::assert_same(&world.path(&mirror), &world.path("turned"));
    }
}
