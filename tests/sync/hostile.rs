//! Wheels that try something: refused by name, with exit code 2, and nothing of them or of their company installed.

use std::io::{Cursor, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fixtures::model::Yanked;
use fixtures::universe::File;
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;

use crate::world::{World, snapshot};

const PACKAGES: &str = "[packages]\ngood = ['1.0', '2.0']\n";
const WHEEL: &str = "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
const METADATA: &str = "Metadata-Version: 2.1\nName: bad\nVersion: 1.0\n";

/// A wheel `bad` 1.0 with further entries; `change` has the last word on its RECORD.
fn wheel(entries: &[(&str, &str)], change: impl FnOnce(String) -> String) -> Vec<u8> {
    let mut all = vec![("bad/__init__.py", "x = 1\n")];
    all.extend_from_slice(entries);
    all.extend([
        ("bad-1.0.dist-info/METADATA", METADATA),
        ("bad-1.0.dist-info/WHEEL", WHEEL),
    ]);
    let mut record = String::new();
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut put = |path: &str, text: &str| {
        let options = SimpleFileOptions::default().unix_permissions(0o644);
        zip.start_file(path, options).expect("an entry");
        zip.write_all(text.as_bytes()).expect("written");
    };
    for (path, text) in all {
        put(path, text);
        record += &row(path, text);
    }
    record += "bad-1.0.dist-info/RECORD,,\n";
    put("bad-1.0.dist-info/RECORD", &change(record));
    zip.finish().expect("an archive").into_inner()
}

fn row(path: &str, text: &str) -> String {
    let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()));
    format!("{path},sha256={digest},{}\n", text.len())
}

/// Locks a wheel by what the index says of it, and syncs it into a venv that has `good` 1.0.
fn refused(bytes: Vec<u8>, says: &[&str]) {
    let world = World::synced("good = '==1.0'", PACKAGES);
    let hex = |bytes: &[u8]| {
        Sha256::digest(bytes)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect::<String>()
    };
    let file = File {
        filename: "bad-1.0-py3-none-any.whl".into(),
        version: "1.0".into(),
        page_sha256: hex(&bytes),
        page_metadata_sha256: hex(METADATA.as_bytes()),
        bytes,
        metadata: Some(METADATA.into()),
        requires_python: None,
        yanked: Yanked::No,
        provenance: None,
    };
    world.sandbox.world.change("", |site| {
        site.universe.projects.insert("bad".into(), vec![file]);
    });
    world.relock("good = '==2.0'\nbad = '*'");
    let outside = || {
        let mut all = snapshot(world.sandbox.root());
        // What a run may change: the cache, and what it prints.
        let free = ["cache", "stdout", "stderr"].map(|name| world.sandbox.root().join(name));
        all.retain(|path, _| !free.iter().any(|free| path.starts_with(free)));
        all
    };
    let before = outside();
    world.fails("sync", 2, says);
    assert!(outside() == before, "something was written");
    world.assert_holds(&["good 1.0"]);
    // From the cache, if anything of it came there, it is no better.
    world.fails("sync", 2, says);
    world.assert_holds(&["good 1.0"]);
}

const NAME: &str = "bad-1.0-py3-none-any.whl";

/// Paths that lead out of the place.
#[test]
fn paths_that_lead_out() {
    for path in [
        "../evil.py",
        "bad/../../evil.py",
        "/evil.py",
        "bad-1.0.data/data/../../evil",
        "bad\\..\\..\\evil.py",
    ] {
        refused(wheel(&[(path, "evil")], |record| record), &[NAME]);
    }
}

/// A RECORD that has another hash than the file, no row for a file, or a row for no file.
#[test]
fn a_record_that_does_not_fit() {
    let wrong = row("bad/more.py", "other");
    refused(
        wheel(&[("bad/more.py", "text")], |r| {
            r.replace(&row("bad/more.py", "text"), &wrong)
        }),
        &[NAME, "bad/more.py"],
    );
    refused(
        wheel(&[("bad/more.py", "text")], |r| {
            r.replace(&row("bad/more.py", "text"), "")
        }),
        &[NAME, "bad/more.py"],
    );
    refused(
        wheel(&[], |r| row("bad/more.py", "text") + &r),
        &[NAME, "bad/more.py"],
    );
    refused(wheel(&[], |_| String::new()), &[NAME]);
}

/// A command in the place of the interpreter, of pip or of the venv's own files.
#[test]
fn commands_that_take_the_place_of_others() {
    for name in ["python", "python3", "activate"] {
        let text = format!("[console_scripts]\n{name} = bad:x\n");
        refused(
            wheel(&[("bad-1.0.dist-info/entry_points.txt", &text)], |r| r),
            &["bad", name],
        );
        let path = format!("bad-1.0.data/scripts/{name}");
        refused(wheel(&[(&path, "#!python\n")], |r| r), &["bad", name]);
    }
    let text = "[console_scripts]\n../../evil = bad:x\n";
    refused(
        wheel(&[("bad-1.0.dist-info/entry_points.txt", text)], |r| r),
        &[NAME],
    );
}

/// Files of the venv itself, and another package's metadata.
#[test]
fn files_that_are_not_the_packages() {
    refused(
        wheel(&[("bad-1.0.data/data/pyvenv.cfg", "home = /evil\n")], |r| r),
        &["pyvenv.cfg"],
    );
    refused(
        wheel(&[("good-2.0.dist-info/METADATA", METADATA)], |r| r),
        &[NAME],
    );
}

/// Code that starts with the entry point is code of another's making: an object reference is names and dots.
#[test]
fn entry_points_that_are_no_names() {
    let text = "[console_scripts]\nbad = bad:x)\\nimport os;(\n";
    refused(
        wheel(&[("bad-1.0.dist-info/entry_points.txt", text)], |r| r),
        &[NAME],
    );
}

/// Something that is no archive, though its hash is the locked one.
#[test]
fn no_archive_at_all() {
    refused(b"this is no zip".to_vec(), &[NAME]);
    let whole = wheel(&[], |r| r);
    refused(whole[..whole.len() - 30].to_vec(), &[NAME]);
}
