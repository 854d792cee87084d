//! Several syncs at once.

use std::process::{Child, Stdio};

use crate::python::inspect;
use crate::world::World;

const PACKAGES: &str = "
[packages]
a.'1.0' = { files = { 'a/x.py' = 'x = 1', 'shared/a.py' = '' } }
a.'2.0' = { files = { 'a/y.py' = 'y = 1', 'shared/a.py' = 'x = 2' } }
b.'1.0' = { files = { 'shared/b.py' = '' } }
b.'2.0' = { files = { 'shared/b.py' = 'x = 2' } }
c = ['1.0']
";

fn start(world: &World, words: &[&str]) -> Child {
    let mut command = world.command(words);
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts")
}

fn all_end_well(children: Vec<Child>) {
    for child in children {
        let output = child.wait_with_output().expect("an end");
        assert!(
            output.status.success(),
            "{}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// An editor and a terminal sync one venv at once: one waits for the other, both end well, from a cold cache too and
/// where the venv is not there yet.
#[test]
fn syncs_of_one_venv() {
    for round in 0..3 {
        let world = World::locked("a = '==1.0'\nb = '==1.0'\nc = '*'", PACKAGES);
        all_end_well((0..3).map(|_| start(&world, &["sync"])).collect());
        world.assert_holds(&["a 1.0", "b 1.0", "c 1.0"]);
        world.relock("a = '==2.0'\nb = '==2.0'");
        if round == 0 {
            world.sandbox.empty_cache().expect("emptied");
        }
        all_end_well((0..3).map(|_| start(&world, &["sync"])).collect());
        world.assert_holds(&["a 2.0", "b 2.0"]);
    }
}

/// Different venvs only share the cache.
#[test]
fn syncs_of_different_venvs() {
    let world = World::locked("a = '*'\nb = '*'\nc = '*'", PACKAGES);
    let venvs = ["one", "two", "three", "four"];
    all_end_well(
        venvs
            .iter()
            .map(|venv| start(&world, &["sync", "--venv", venv]))
            .collect(),
    );
    for venv in venvs {
        let installed = inspect(&world.path(venv));
        assert_eq!(installed.whole().len(), 3, "{venv}");
    }
}
