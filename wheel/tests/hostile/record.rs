//! `RECORD` and files that do not fit together. Nobody else looks, so nobody else notices.

use wheel::WheelFilename;
use wheel::archive::{Limits, RecordFault, WheelArchive, WheelError};
use wheel::record::{HashAlgorithm, Record, RecordEntry, RecordError, RecordHash};

use crate::demo::{DIST_INFO, Demo, judge};
use crate::forge::File;

fn entry(record: &mut Record, path: &str, change: fn(&mut RecordEntry)) {
    let mut entry = record.get(path).unwrap().clone();
    change(&mut entry);
    record.insert(entry);
}

type Harm = fn(&mut Record);
type Expected = fn(&RecordFault) -> bool;

const FALSE_ROWS: &[(&str, Harm, &str, Expected)] = &[
    (
        "another hash",
        |record| {
            entry(record, "demo/a.py", |e| {
                e.hash = Some(RecordHash::sha256_of(b"x"))
            })
        },
        "demo/a.py",
        |fault| matches!(fault, RecordFault::Hash { .. }),
    ),
    (
        "another hash of METADATA",
        |record| {
            let path = format!("{DIST_INFO}/METADATA");
            entry(record, &path, |e| {
                e.hash = Some(RecordHash::sha256_of(b"x"))
            });
        },
        "demo-1.0.dist-info/METADATA",
        |fault| matches!(fault, RecordFault::Hash { .. }),
    ),
    (
        "no hash",
        |record| entry(record, "demo/a.py", |e| e.hash = None),
        "demo/a.py",
        |fault| *fault == RecordFault::NoHash,
    ),
    (
        "another size",
        |record| entry(record, "demo/a.py", |e| e.size = Some(1)),
        "demo/a.py",
        |fault| {
            *fault
                == RecordFault::Size {
                    expected: 1,
                    found: 480 - 40,
                }
        },
    ),
    (
        "a file that is not listed",
        |record| drop(record.remove("demo/b.bin")),
        "demo/b.bin",
        |fault| *fault == RecordFault::Unlisted,
    ),
    (
        "a row without a file",
        |record| drop(record.insert(RecordEntry::of("demo/ghost.py", b"1"))),
        "demo/ghost.py",
        |fault| *fault == RecordFault::Ghost,
    ),
    (
        "a row that leads outside",
        |record| drop(record.insert(RecordEntry::of("../../../bin/sh", b"1"))),
        "../../../bin/sh",
        |fault| *fault == RecordFault::Ghost,
    ),
    (
        "a row of a folder that is not there",
        |record| drop(record.insert(RecordEntry::bare("demo/sub/"))),
        "demo/sub",
        |fault| *fault == RecordFault::Ghost,
    ),
    (
        "a hash of itself",
        |record| {
            let path = format!("{DIST_INFO}/RECORD");
            entry(record, &path, |e| {
                e.hash = Some(RecordHash::sha256_of(b"x"))
            });
        },
        "demo-1.0.dist-info/RECORD",
        |fault| *fault == RecordFault::OwnHash,
    ),
];

#[test]
fn rows_that_lie() {
    for (name, record, path, expected) in FALSE_ROWS {
        let demo = Demo {
            record: *record,
            ..Demo::default()
        };
        match demo.judge(Limits::default()) {
            Err(WheelError::Recorded { entry, fault }) => {
                assert!(expected(&fault), "{name}: {fault:?}");
                assert_eq!(entry, format!("`{path}`"), "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn a_file_spelled_in_other_case_is_not_listed() {
    let mut demo = Demo {
        record: |record| {
            let mut row = record.remove("demo/a.py").unwrap();
            row.path = "Demo/A.py".into();
            record.insert(row);
        },
        ..Demo::default()
    };
    let error = demo.judge(Limits::default()).unwrap_err();
    assert!(
        matches!(
            error,
            WheelError::Recorded {
                fault: RecordFault::Unlisted,
                ..
            }
        ),
        "{error}"
    );
    demo.record = |_| {};
    demo.judge(Limits::default()).unwrap();
}

#[test]
fn no_record_or_one_of_broken_hashes() {
    let demo = Demo::default();
    let mut zip = demo.zip();
    zip.files.pop();
    let error = judge(&zip, &demo.filename, Limits::default()).unwrap_err();
    assert!(
        matches!(error, WheelError::Missing { file: "RECORD" }),
        "{error}"
    );

    for (text, broken) in [
        ("demo/a.py,md5=CY9rzUYh03PK3k6DJie09g,1\n", true),
        ("demo/a.py,sha1=qUqP5cyxm6YcTAhz05Hph5gvu9M,1\n", true),
        ("demo/a.py,sha256=short,1\n", true),
        ("demo/a.py\n", false),
        ("demo/a.py,,x\n", false),
        ("\0\u{1}", false),
    ] {
        let demo = Demo {
            record_text: Some(text.into()),
            ..Demo::default()
        };
        let error = demo.judge(Limits::default()).unwrap_err();
        assert!(matches!(error, WheelError::Record(_)), "{text}: {error}");
        let of_hash = matches!(error, WheelError::Record(RecordError::Hash { .. }));
        assert_eq!(of_hash, broken, "{text}: {error}");
    }
}

#[test]
fn content_that_changed_with_its_sum_is_found_by_its_hash() {
    let demo = Demo::default();
    let mut zip = demo.zip();
    let bytes = b"print('b')\n".repeat(40);
    *zip.file("demo/a.py") = File::new("demo/a.py", &bytes);
    match judge(&zip, &demo.filename, Limits::default()) {
        Err(WheelError::Recorded {
            fault: RecordFault::Hash { found, .. },
            ..
        }) => {
            assert_eq!(found, RecordHash::sha256_of(&bytes).to_string());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_other_allowed_hashes_count_too() {
    for algorithm in [HashAlgorithm::Sha384, HashAlgorithm::Sha512] {
        for (text, fits) in [(&b"#!python\n"[..], true), (b"other", false)] {
            let mut demo = Demo::default();
            let mut hasher = algorithm.hasher();
            hasher.update(text);
            let path = "demo-1.0.data/scripts/demo-tool";
            let files = demo
                .files
                .iter()
                .map(|(name, bytes)| RecordEntry::of(name, bytes));
            let mut record: Record = files.collect();
            record.insert(RecordEntry {
                path: path.into(),
                hash: Some(hasher.finish()),
                size: None,
            });
            demo.record_text = Some(record.to_string());
            assert_eq!(demo.judge(Limits::default()).is_ok(), fits, "{algorithm}");
        }
    }
}

#[test]
fn what_is_parsed_is_verified_first() {
    for file in ["METADATA", "WHEEL", "entry_points.txt"] {
        let mut demo = Demo::default();
        let path = format!("{DIST_INFO}/{file}");
        demo.add(&format!("{DIST_INFO}/entry_points.txt"), b"[demo]\na = b\n");
        let filename: WheelFilename = demo.filename.parse().unwrap();
        let mut zip = demo.zip();
        WheelArchive::open(zip.bytes(), &filename, Limits::default()).unwrap();
        let (_, bytes) = demo.files.iter().find(|(name, _)| *name == path).unwrap();
        // As long as the true one, and as well formed.
        let mut other = bytes.clone();
        other.pop();
        other.push(b'x');
        *zip.file(&path) = File::new(&path, &other);
        match WheelArchive::open(zip.bytes(), &filename, Limits::default()) {
            Err(WheelError::Recorded { entry, fault }) => {
                assert_eq!(entry, format!("`{path}`"));
                assert!(matches!(fault, RecordFault::Hash { .. }), "{fault}");
            }
            other => panic!("{file}: {other:?}"),
        }
    }
}
