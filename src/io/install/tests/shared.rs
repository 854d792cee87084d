//! Packages that share folders and files.

use std::fs;

use super::super::*;
use super::support::{Log, World, package, tree};

#[test]
fn packages_share_a_namespace() {
    let world = World::folder();
    let one = package("ns_one", "1.0")
        .file("ns/one/__init__.py", "1")
        .file("ns/one/a.py", "");
    let two = package("ns_two", "1.0")
        .file("ns/two/__init__.py", "2")
        .file("ns/flat.py", "");
    let next = package("ns_one", "2.0")
        .file("ns/one/__init__.py", "3")
        .file("ns/more/b.py", "");
    world.sync(&[&one, &two]);
    world.sync(&[&next, &two]);
    assert!(!world.path("ns/one/a.py").exists() && world.path("ns/flat.py").exists());
    world.sync(&[&two]);
    assert!(!world.path("ns/one").exists() && !world.path("ns/more").exists());
    world.sync(&[&next, &two]);
    world.sync(&[&next]);
    world.sync(&[]);
    assert!(tree(&world.site.scheme.purelib).is_empty());
}

#[test]
fn the_same_file_of_two_packages_stays_as_long_as_one_of_them() {
    let world = World::folder();
    let one = package("one", "1.0")
        .file("ns/__init__.py", "same")
        .file("ns/one.py", "");
    let two = package("two", "1.0")
        .file("ns/__init__.py", "same")
        .file("ns/two.py", "");
    world.sync(&[&one, &two]);
    world.sync(&[&two]);
    assert_eq!(world.read("ns/__init__.py").unwrap(), "same");
    world.sync(&[&one, &two]);
    world.sync(&[&one]);
    world.sync(&[]);
    assert!(tree(&world.site.scheme.purelib).is_empty());
}

#[test]
fn different_content_is_refused_before_anything_is_changed() {
    let world = World::folder();
    let one = package("one", "1.0")
        .file("ns/__init__.py", "1")
        .file("ns/one.py", "");
    let two = package("two", "1.0").file("ns/__init__.py", "2");
    let error = world.try_sync(&[&two, &one]).unwrap_err().to_string();
    assert!(
        error.contains("one and two both bring the file ns/__init__.py"),
        "{error}"
    );
    assert!(tree(&world.site.scheme.purelib).is_empty());
    // The same with one of them installed already.
    world.sync(&[&two]);
    let before = tree(&world.site.scheme.purelib);
    let error = world.try_sync(&[&two, &one]).unwrap_err();
    assert!(matches!(error, InstallError::Collision { .. }), "{error}");
    assert_eq!(tree(&world.site.scheme.purelib), before);
}

#[test]
fn a_collision_that_is_allowed_is_settled_once() {
    let mut world = World::folder();
    world.collisions = Collisions::Overwrite;
    let one = package("one", "1.0")
        .file("tests/__init__.py", "1")
        .file("tests/one.py", "");
    let two = package("two", "1.0")
        .file("tests/__init__.py", "22")
        .file("tests/two.py", "");
    let log = Log::default();
    let wanted = vec![world.wheel(&one), world.wheel(&two)];
    sync_site(
        world.request(wanted),
        &|wanted| Ok(world.wheel_file(wanted)),
        &log,
    )
    .unwrap();
    let told = log.events().into_iter().any(|event| {
        matches!(event, Event::Overwritten { path, winner, loser }
            if path == "tests/__init__.py" && winner.as_str() == "two" && loser.as_str() == "one")
    });
    assert!(told);
    assert_eq!(world.read("tests/__init__.py").unwrap(), "22");
    assert!(world.sync(&[&one, &two]).is_unchanged());
    world.sync(&[&two]);
    world.sync(&[&two, &one]);
    assert_eq!(
        world.read("tests/__init__.py").unwrap(),
        "22",
        "what is installed keeps its file"
    );
}

#[test]
fn one_distribution_takes_the_place_of_another_of_the_same_modules() {
    let world = World::folder();
    let full = package("cv_full", "1.0")
        .file("cv/__init__.py", "1")
        .file("cv/gui/a.py", "")
        .file("cv/b.py", "");
    let less = package("cv_less", "1.0")
        .file("cv/__init__.py", "2")
        .file("cv/b.py", "");
    for package in [&full, &less, &full, &less] {
        world.sync(&[package]);
    }
    assert!(!world.path("cv/gui").exists());
}

#[test]
fn a_file_moves_from_one_package_to_another() {
    let world = World::folder();
    let whole = package("a", "1.0")
        .file("a/x.py", "")
        .file("a/y.py", "")
        .file("top.py", "1");
    let part = package("a", "2.0").file("a/x.py", "");
    let rest = package("b", "1.0").file("a/y.py", "").file("top.py", "2");
    world.sync(&[&whole]);
    world.sync(&[&part, &rest]);
    assert_eq!(world.read("top.py").unwrap(), "2");
    world.sync(&[&whole]);
    assert_eq!(world.read("top.py").unwrap(), "1");
}

#[test]
fn a_shared_folder_stands_where_a_file_stood() {
    let world = World::folder();
    let file = package("a", "1.0").file("x", "a file");
    let folder = package("a", "2.0").file("x/a.py", "");
    let other = package("b", "1.0").file("x/b.py", "").file("x/in/c.py", "");
    world.sync(&[&file]);
    world.sync(&[&folder, &other]);
    world.sync(&[&file]);
}

#[cfg(unix)]
#[test]
fn a_linked_folder_is_filled_and_stays() {
    let world = World::venv();
    let prefix = world.site.scheme.data.clone();
    fs::create_dir_all(prefix.join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("elsewhere", prefix.join("share")).unwrap();
    let demo = package("demo", "1.0").file("demo-1.0.data/data/share/man/demo.1", "x");
    world.sync(&[&demo]);
    assert!(prefix.join("elsewhere/man/demo.1").is_file());
    world.sync(&[]);
    assert!(!prefix.join("elsewhere/man/demo.1").exists());
    assert!(
        fs::symlink_metadata(prefix.join("share"))
            .unwrap()
            .is_symlink()
    );
}
