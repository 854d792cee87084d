//! What a sync finds there, damaged, foreign or in the way.

use std::fs;

use super::super::*;
use super::support::{Log, World, package, tree};

#[test]
fn a_damaged_package_is_repaired() {
    let world = World::folder();
    let demo = package("demo", "1.0")
        .file("demo.py", "a = 1\n")
        .file("data.txt", "");
    world.sync(&[&demo]);
    fs::remove_file(world.path("demo.py")).unwrap();
    assert_eq!(world.differences(&[&demo]), ["demo: demo.py is missing"]);
    assert_eq!(world.sync(&[&demo]).replaced.len(), 1);
    fs::remove_file(world.path("demo-1.0.dist-info/RECORD")).unwrap();
    let error = world.try_sync(&[&demo]).unwrap_err();
    assert!(
        matches!(error, InstallError::CannotRemove { .. }),
        "{error}"
    );
}

#[test]
fn a_change_of_content_alone_is_seen_by_a_check() {
    let mut world = World::folder();
    world.link_mode = LinkMode::Copy;
    let demo = package("demo", "1.0").file("demo.py", "a = 1\n");
    world.sync(&[&demo]);
    world.write("demo.py", "a = 2\n");
    assert_eq!(world.differences(&[&demo]), ["demo: demo.py was changed"]);
    let file = fs::File::open(world.path("demo.py")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(
        world.differences(&[&demo]),
        ["demo: demo.py is not what its RECORD says"]
    );
    let other = package("demo", "2.0");
    assert_eq!(
        world.differences(&[&other]),
        ["demo: version 1.0 in place of 2.0"]
    );
    assert_eq!(
        world.differences(&[&package("new", "1.0")]),
        ["new 1.0 is not installed", "demo 1.0 is not in the lock"]
    );
}

#[test]
fn somebody_who_edits_an_installed_file_does_not_spoil_the_next_site() {
    let world = World::folder();
    let demo = package("demo", "1.0").file("demo.py", "a = 1\n");
    world.sync(&[&demo]);
    std::thread::sleep(std::time::Duration::from_millis(20));
    // In place, so that the file of the cache changes too where it is a hard link.
    world.write("demo.py", "a = 2\n");
    let mut other = World::at(world.root.clone());
    other.site = Site::folder(&world.root.join("other"), None, false).unwrap();
    let log = Log::default();
    let wanted = vec![other.wheel(&demo)];
    sync_site(
        other.request(wanted),
        &|wanted| Ok(other.wheel_file(wanted)),
        &log,
    )
    .unwrap();
    assert_eq!(other.read("demo.py").unwrap(), "a = 1\n");
    let unpacked = log
        .events()
        .iter()
        .any(|event| matches!(event, Event::Unpacked { .. }));
    assert!(unpacked, "the wheel was unpacked again");
    assert_eq!(world.read("demo.py").unwrap(), "a = 2\n");
}

#[test]
fn compiled_files_go_and_other_files_stay() {
    let world = World::folder();
    let demo = package("demo", "1.0")
        .file("demo/__init__.py", "")
        .file("demo/sub/x.py", "")
        .file("single.py", "");
    world.sync(&[&demo]);
    for path in [
        "demo/__pycache__/__init__.cpython-313.pyc",
        "demo/sub/__pycache__/x.cpython-313.opt-1.pyc",
        "__pycache__/single.cpython-313.pyc",
    ] {
        world.write(path, "compiled");
    }
    world.write("demo/sub/mine.txt", "mine");
    world.write("__pycache__/other.cpython-313.pyc", "mine");
    world.try_sync(&[]).unwrap();
    let left: Vec<String> = tree(&world.site.scheme.purelib).into_keys().collect();
    assert_eq!(
        left,
        ["__pycache__/other.cpython-313.pyc", "demo/sub/mine.txt"]
    );
}

#[test]
fn a_replaced_package_keeps_the_files_of_others_in_its_folder() {
    let world = World::folder();
    let first = package("demo", "1.0")
        .file("demo/__init__.py", "1")
        .file("demo/gone.py", "")
        .file("demo/in/x.py", "1");
    let second = package("demo", "2.0")
        .file("demo/__init__.py", "2")
        .file("demo/come.py", "")
        .file("demo/in/x.py", "2");
    world.sync(&[&first]);
    world.write("demo/mine.cfg", "mine");
    world.write("demo/__pycache__/gone.cpython-313.pyc", "compiled");
    world.try_sync(&[&second]).unwrap();
    assert_eq!(world.differences(&[&second]), Vec::<String>::new());
    assert_eq!(world.strangers(), ["demo/mine.cfg"]);
}

#[test]
fn a_folder_becomes_a_module_and_back() {
    let world = World::folder();
    let folder = package("demo", "1.0")
        .file("demo/__init__.py", "")
        .file("demo/a/b.py", "")
        .file("x", "");
    let module = package("demo", "2.0")
        .file("demo.py", "")
        .file("demo", "no folder any more")
        .file("x/y/z", "");
    for package in [&folder, &module, &folder, &module] {
        world.sync(&[package]);
    }
    // With a file of somebody else in it, the folder cannot become a file.
    world.sync(&[&folder]);
    world.write("demo/mine.txt", "mine");
    let before = tree(&world.site.scheme.purelib);
    let error = world.try_sync(&[&module]).unwrap_err();
    assert!(matches!(error, InstallError::InTheWay { .. }), "{error}");
    assert_eq!(tree(&world.site.scheme.purelib), before);
}

#[test]
fn a_file_of_nobody_in_a_folder_is_not_overwritten() {
    let world = World::folder();
    world.write("demo.py", "mine");
    world.write("same.py", "same");
    let demo = package("demo", "1.0")
        .file("demo.py", "theirs")
        .file("same.py", "same");
    let error = world.try_sync(&[&demo]).unwrap_err();
    assert!(
        error.to_string().contains("demo.py is in the way of demo"),
        "{error}"
    );
    assert_eq!(world.read("demo.py").unwrap(), "mine");
    assert_eq!(
        tree(&world.site.scheme.purelib).len(),
        2,
        "nothing is left behind"
    );
    fs::remove_file(world.path("demo.py")).unwrap();
    world.sync(&[&demo]);
    // In a venv it is what an interrupted pip left.
    let venv = World::venv();
    venv.write("demo.py", "left behind");
    venv.sync(&[&demo]);
}

#[test]
fn what_pip_installed_is_kept_only_if_it_is_the_same_wheel() {
    let world = World::venv();
    let demo = package("demo", "1.0").file("demo.py", "1");
    world.sync(&[&demo]);
    let other_installer = || {
        fs::remove_file(world.path("demo-1.0.dist-info/mochi.json")).unwrap();
        let record = world.read("demo-1.0.dist-info/RECORD").unwrap();
        let rows: Vec<&str> = record
            .lines()
            .filter(|row| !row.contains("mochi.json") && !row.contains("INSTALLER"))
            .collect();
        world.write("demo-1.0.dist-info/RECORD", &(rows.join("\n") + "\n"));
        world.write("demo-1.0.dist-info/INSTALLER", "pip\n");
    };
    other_installer();
    world.write("pip-26.3.dist-info/RECORD", "");
    assert!(world.try_sync(&[&demo]).unwrap().is_unchanged());
    let another = package("demo", "1.0").file("demo.py", "2");
    let report = world.try_sync(&[&another]).unwrap();
    assert_eq!(report.replaced.len(), 1);
    assert_eq!(world.read("demo.py").unwrap(), "2");
    assert!(
        world.path("pip-26.3.dist-info").exists(),
        "pip stays in a venv"
    );
}

#[test]
fn a_package_that_is_there_twice_is_there_once_in_the_end() {
    let world = World::folder();
    let demo = package("demo", "1.0").file("demo.py", "1");
    world.sync(&[&demo]);
    world.write(
        "demo-0.9.dist-info/RECORD",
        "demo.py,,\nold.py,,\ndemo-0.9.dist-info/RECORD,,\n",
    );
    world.write("Demo-0.8.dist-info/RECORD", "older.py,,\n");
    world.write("old.py", "");
    let report = world.sync(&[&demo]);
    assert_eq!(report.replaced[0].1, "0.8, 0.9, 1.0");
}
