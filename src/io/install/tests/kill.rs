//! A sync that is killed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::super::*;
use super::support::{Log, Package, World, package, tree};

/// How many files of each kind the packages of the killed process have.
const LARGE: usize = 30;
const CHILD: &str = "MOCHI_TEST_KILL_FOLDER";

/// Packages of every shape: alone in a folder, of many modules, in a shared folder, with commands.
fn packages(version: &str, size: usize) -> Vec<Package> {
    let mut alone = package("alone", version);
    let mut many = package("many", version);
    let mut one = package("one", version).entry_points("[console_scripts]\none = one:main\n");
    let mut two = package("two", version);
    for number in 0..size {
        let content = format!("v = '{version}'\n");
        alone = alone.file(&format!("alone/m{number}.py"), &content);
        many = many.file(&format!("many_{number}.py"), &content);
        one = one.file(&format!("ns/one_{number}.py"), &content);
        two = two.file(&format!("ns/two_{number}/x.py"), &content);
    }
    vec![
        alone,
        many.file(&format!("only_{}.py", &version[..1]), ""),
        one,
        two,
    ]
}

/// The versions that each package has, by its metadata and by all of its files.
fn versions(world: &World, all: &[Vec<Wanted>; 2]) -> Vec<String> {
    (0..all[0].len())
        .map(|number| {
            let whole = all.iter().filter(|wanted| {
                let wanted = &wanted[number];
                let differences = verify(
                    &world.site,
                    std::slice::from_ref(wanted),
                    &world.root.join("cache"),
                );
                let name = wanted.name.as_str();
                differences
                    .unwrap()
                    .iter()
                    .all(|difference| match difference {
                        Difference::Interrupted => true,
                        Difference::Unwanted { name: other, .. } => other.as_str() != name,
                        _ => false,
                    })
            });
            let whole: Vec<String> = whole
                .map(|wanted| wanted[number].version.to_string())
                .collect();
            whole.join("+")
        })
        .collect()
}

fn both(world: &World, size: usize) -> [Vec<Wanted>; 2] {
    ["1.0", "2.0"].map(|version| {
        packages(version, size)
            .iter()
            .map(|package| world.wheel(package))
            .collect()
    })
}

/// Not a test of its own: what the killed process does. It syncs between two versions until it is
/// killed.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(CHILD) else {
        return;
    };
    let world = World::at(PathBuf::from(folder));
    let all = both(&world, LARGE);
    fs::write(world.root.join("ready"), "").unwrap();
    for wanted in all.iter().cycle().skip(1) {
        world.try_sync_wanted(wanted.clone()).unwrap();
    }
}

fn spawn(root: &Path) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            &format!("{}::child", module_path!().split_once("::").unwrap().1),
        ])
        .args(["--nocapture", "--test-threads=1"])
        .env(CHILD, root)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn after_a_kill_each_package_is_wholly_old_or_wholly_new() {
    let world = World::folder();
    let all = both(&world, LARGE);
    world.try_sync_wanted(all[0].clone()).unwrap();
    let (mut interrupted, mut begun, mut recovered) = (0, 0, 0);
    for round in 0..50_u64 {
        let mut child = spawn(&world.root);
        let started = Instant::now();
        while !world.root.join("ready").exists() {
            assert!(
                started.elapsed() < Duration::from_secs(60),
                "the child does not start"
            );
            thread::sleep(Duration::from_micros(200));
        }
        // Spread evenly over a few syncs.
        thread::sleep(Duration::from_micros(round * 7919 % 40_000));
        child.kill().unwrap();
        child.wait().unwrap();
        fs::remove_file(world.root.join("ready")).unwrap();
        interrupted += usize::from(
            world
                .strangers()
                .iter()
                .any(|path| path.contains(".mochi-staging-")),
        );
        begun += usize::from(versions(&world, &all).iter().any(String::is_empty));
        let log = Log::default();
        transaction::recover(&world.site, &log).unwrap();
        recovered += log.events().len();
        let versions = versions(&world, &all);
        assert!(
            versions
                .iter()
                .all(|version| version == "1.0" || version == "2.0"),
            "{round}: {versions:?}"
        );
        assert_eq!(world.strangers(), Vec::<String>::new(), "{round}");
    }
    assert!(
        interrupted > 10,
        "only {interrupted} of 50 kills met a sync at work"
    );
    eprintln!(
        "{interrupted} kills met a sync at work, {begun} of them within a package; {recovered} were finished"
    );
    world.sync(&packages("2.0", LARGE).iter().collect::<Vec<_>>());
}

/// A kill after each single rename, which no clock would hit.
#[test]
fn after_every_rename_there_is_a_way_on() {
    let mut stop = 0;
    loop {
        let world = World::folder();
        let all = both(&world, 3);
        world.try_sync_wanted(all[0].clone()).unwrap();
        let done = interrupt(&world, &all[1], stop);
        assert!(
            world
                .differences(&[])
                .contains(&"an interrupted sync is to be finished".to_owned())
        );
        let log = Log::default();
        transaction::recover(&world.site, &log).unwrap();
        let versions = versions(&world, &all);
        assert!(
            versions
                .iter()
                .all(|version| version == "1.0" || version == "2.0"),
            "{stop}: {versions:?}"
        );
        assert!(
            versions.is_sorted_by(|a, b| a >= b),
            "in order, and no package that was not begun: {versions:?}"
        );
        assert_eq!(world.strangers(), Vec::<String>::new(), "{stop}");
        assert!(log.events().len() <= 1, "at most one package was begun");
        if done {
            assert_eq!(versions, ["2.0"; 4]);
            return;
        }
        stop += 1;
    }
}

/// Syncs up to a number of renames; whether these were all.
fn interrupt(world: &World, wanted: &[Wanted], stop: usize) -> bool {
    let session = Session::begin(world.request(wanted.to_vec()), &Silent).unwrap();
    for wanted in session.missing() {
        session
            .supply(
                &wanted.sha256,
                &world.wheel_file(wanted),
                Hashed::No,
                &Silent,
            )
            .unwrap();
    }
    let staged = session.stage_rest(&Silent).unwrap();
    let (staging, planned) = session.prepare(staged, &Silent).unwrap().unwrap();
    let packages = planned.into_iter().map(|(steps, _)| steps).collect();
    transaction::commit_in_part(&world.site, staging, packages, stop)
}

#[test]
fn a_journal_that_was_not_finished_is_no_journal() {
    let world = World::folder();
    let demo = package("demo", "1.0").file("demo.py", "");
    world.sync(&[&demo]);
    for text in ["", "{\"version\":1,\"pack"] {
        world.write(".mochi-staging-x/journal.json", text);
        world.write(".mochi-staging-x/0/l/demo.py", "half");
        world.sync(&[&demo]);
    }
}

#[test]
fn a_journal_that_cannot_be_followed_is_left_alone() {
    let world = World::folder();
    let demo = package("demo", "1.0").file("demo.py", "");
    world.sync(&[&demo]);
    let escape = r#"{"version":1,"packages":[{"name":"x","prune":[],"steps":[
        {"from":{"site":["purelib","demo.py"]},"to":{"staged":["purelib","../../gone"]},"aside":null,"inode":null}]}]}"#;
    for text in [
        escape,
        "{\"version\":2,\"packages\":[]}",
        "{\"version\":1,\"packages\":7}",
    ] {
        world.write(".mochi-staging-x/journal.json", text);
        world.write(".mochi-staging-y/journal.json", text);
        let before = tree(&world.root);
        let error = world.try_sync(&[&demo]).unwrap_err();
        assert!(matches!(error, InstallError::Recovery { .. }), "{error}");
        assert_eq!(tree(&world.root), before);
    }
    fs::remove_dir_all(world.path(".mochi-staging-x")).unwrap();
    fs::remove_dir_all(world.path(".mochi-staging-y")).unwrap();
    world.sync(&[&demo]);
}
