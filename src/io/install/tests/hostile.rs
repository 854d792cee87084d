//! Wheels and installed packages that are damaged or mean harm.

use std::fs;

use wheel::record::RecordEntry;

use super::super::*;
use super::support::{World, package, tree};

#[test]
fn a_record_cannot_remove_what_lies_outside() {
    for row in ["../victim.txt", "../../victim.txt", "a/../../victim.txt"] {
        let world = World::folder();
        fs::write(world.root.join("victim.txt"), "precious").unwrap();
        world.write(
            "bad-1.0.dist-info/RECORD",
            &format!("bad.py,,\n{row},,\nbad-1.0.dist-info/RECORD,,\n"),
        );
        world.write("bad.py", "");
        let before = tree(&world.root);
        let error = world.try_sync(&[]).unwrap_err();
        assert!(
            matches!(error, InstallError::HostileRecord { .. }),
            "{error}"
        );
        let mut after = tree(&world.root);
        after.retain(|path, _| !path.starts_with("cache"));
        assert_eq!(after, before, "{row}");
    }
}

#[test]
fn a_record_cannot_remove_the_venv_itself() {
    for row in [
        "../../../bin/python",
        "../../../pyvenv.cfg",
        "../../../bin/activate",
        "../../../lib",
    ] {
        let world = World::venv();
        world.write("bad-1.0.dist-info/RECORD", &format!("{row},,\n"));
        let before = tree(&world.site.scheme.data);
        assert!(
            matches!(world.try_sync(&[]), Err(InstallError::HostileRecord { .. })),
            "{row}"
        );
        assert_eq!(tree(&world.site.scheme.data), before, "{row}");
    }
}

#[test]
fn a_record_cannot_remove_the_files_of_another_package() {
    let world = World::folder();
    let good = package("good", "1.0").file("good/__init__.py", "");
    world.sync(&[&good]);
    world.write(
        "bad-1.0.dist-info/RECORD",
        "good/__init__.py,,\ngood-1.0.dist-info/METADATA,,\nbad-1.0.dist-info/RECORD,,\n",
    );
    world.sync(&[&good]);
    assert!(!world.path("bad-1.0.dist-info").exists());
}

#[test]
fn a_wheel_cannot_bring_the_interpreter() {
    for path in [
        "scripts/python",
        "scripts/Python3",
        "data/bin/python3.13",
        "data/pyvenv.cfg",
        "scripts/activate",
    ] {
        let world = World::venv();
        let bad = package("bad", "1.0")
            .file("bad.py", "")
            .file(&format!("bad-1.0.data/{path}"), "");
        let before = tree(&world.site.scheme.data);
        let error = world.try_sync(&[&bad]).unwrap_err();
        let refused = matches!(
            error,
            InstallError::ScriptName { .. } | InstallError::InvalidWheel { .. }
        );
        assert!(refused, "{path}: {error}");
        let mut after = tree(&world.site.scheme.data);
        after.remove("lib/python3.13/site-packages/");
        assert_eq!(after, before, "{path}");
    }
}

#[test]
fn a_wheel_that_is_not_what_was_locked_is_refused() {
    let world = World::folder();
    let wanted = world.wheel(&package("demo", "1.0").file("demo.py", "1"));
    let other = package("demo", "1.0").file("demo.py", "2").bytes(&|_| {});
    fs::write(world.wheel_file(&wanted), other).unwrap();
    let error = world.try_sync_wanted(vec![wanted.clone()]).unwrap_err();
    assert!(matches!(error, InstallError::WrongHash { .. }), "{error}");
    let bytes = package("demo", "1.0").file("demo.py", "1").bytes(&|_| {});
    fs::write(world.wheel_file(&wanted), &bytes[..bytes.len() - 40]).unwrap();
    let session = Session::begin(world.request(vec![wanted.clone()]), &Silent).unwrap();
    let error = session
        .supply(
            &wanted.sha256,
            &world.wheel_file(&wanted),
            Hashed::Yes,
            &Silent,
        )
        .unwrap_err();
    assert!(
        matches!(error, InstallError::InvalidWheel { .. }),
        "{error}"
    );
    drop(session);
    assert!(tree(&world.site.scheme.purelib).is_empty());
}

#[test]
fn content_that_record_does_not_vouch_for_is_refused() {
    let big = vec![b'x'; 3 << 20];
    for (path, content) in [("demo.py", b"1".as_slice()), ("large.bin", &big)] {
        let world = World::folder();
        let demo = package("demo", "1.0").file(path, content);
        let wanted = world.wheel_with(&demo, &|record| {
            record.insert(RecordEntry {
                size: Some(content.len() as u64),
                ..RecordEntry::of(path, b"other")
            });
        });
        let error = world.try_sync_wanted(vec![wanted]).unwrap_err();
        assert!(
            matches!(&error, InstallError::InvalidWheel { .. }),
            "{error}"
        );
        assert!(error.to_string().contains(path), "{error}");
        assert!(tree(&world.site.scheme.purelib).is_empty());
        let unpacked = world.root.join("cache/unpacked-v1");
        assert_eq!(tree(&unpacked).into_keys().collect::<Vec<_>>(), ["tmp/"]);
    }
}

#[test]
fn other_hashes_of_a_record_are_compared_too() {
    use wheel::record::HashAlgorithm::{Sha384, Sha512};
    let big = vec![b'x'; 3 << 20];
    for (algorithm, content) in [(Sha384, b"1".as_slice()), (Sha512, &big)] {
        for right in [true, false] {
            let world = World::folder();
            let demo = package("demo", "1.0").file("demo.bin", content);
            let wanted = world.wheel_with(&demo, &|record| {
                let mut hasher = algorithm.hasher();
                hasher.update(if right { content } else { b"other" });
                let mut entry = RecordEntry::of("demo.bin", content);
                entry.hash = Some(hasher.finish());
                record.insert(entry);
            });
            let result = world.try_sync_wanted(vec![wanted]);
            assert_eq!(result.is_ok(), right, "{result:?}");
            if right {
                let record = world.read("demo-1.0.dist-info/RECORD").unwrap();
                assert!(record.contains("demo.bin,sha256="), "{record}");
            }
        }
    }
}

#[test]
fn one_bad_wheel_stops_all() {
    let world = World::folder();
    let good = package("good", "1.0").file("good.py", "");
    let bad = package("bad", "1.0").file("bad-1.0.data/scripts/python", "");
    assert!(world.try_sync(&[&good, &bad]).is_err());
    assert!(tree(&world.site.scheme.purelib).is_empty());
    world.sync(&[&good]);
}
