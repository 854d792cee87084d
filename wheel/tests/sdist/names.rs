//! Names that unpack to another place on some system, and what an sdist must have in its place.

use tar::EntryType;
use wheel::archive::{ArchiveError, ClashKind, NameFault};
use wheel::sdist::SdistError;

use crate::forge::{Case, Forged, INFO, Sdist, read, record};

#[test]
fn names_that_leave_their_place() {
    for (name, fault) in [
        (&b"../evil.py"[..], NameFault::Dots),
        (b"demo-1.0/../evil.py", NameFault::Dots),
        (b"./demo-1.0/evil.py", NameFault::Dots),
        (b"/etc/evil", NameFault::Absolute),
        (b"//server/share/evil", NameFault::Absolute),
        (b"demo-1.0\\evil.py", NameFault::Backslash),
        (b"demo-1.0/..\\..\\evil.py", NameFault::Backslash),
        (b"C:/evil.py", NameFault::Colon),
        (b"demo-1.0/a.py:stream", NameFault::Colon),
        (b"", NameFault::Empty),
        (b"demo-1.0//evil.py", NameFault::EmptyPart),
        (b"demo-1.0/\x1b[2Jevil.py", NameFault::Control),
        (b"demo-1.0/CON", NameFault::Reserved),
        (b"demo-1.0/aux.py", NameFault::Reserved),
        (b"demo-1.0/a.py ", NameFault::TrailingDotOrSpace),
        (b"demo-1.0/caf\xe9.py", NameFault::NotUtf8),
        ("demo-1.0/caf\u{e9}.py".as_bytes(), NameFault::Unmarked),
    ] {
        refused(Forged::new(EntryType::Regular, name, b"1"), None, fault);
    }
    let long = "demo-1.0/".to_owned() + &"a/".repeat(600) + "b";
    let deep = "demo-1.0/".to_owned() + &"a/".repeat(70) + "b";
    for (path, fault) in [
        ("../evil.py", NameFault::Dots),
        ("/etc/evil", NameFault::Absolute),
        ("demo-1.0\\evil.py", NameFault::Backslash),
        ("demo-1.0/nul", NameFault::Reserved),
        ("demo-1.0/cafe\u{301}.py", NameFault::NotComposed),
        (&long, NameFault::TooLong),
        (&deep, NameFault::TooDeep),
    ] {
        let records = Forged::pax(&record("path", path));
        refused(Forged::file("harmless.py", b"1"), Some(records), fault);
    }
    // The prefix is a part of the name.
    let mut prefixed = Forged::file("x.py", b"1");
    prefixed.put(345, b"..");
    refused(prefixed, None, NameFault::Dots);
}

fn refused(entry: Forged, before: Option<Forged>, expected: NameFault) {
    let mut sdist = Sdist::default();
    sdist.entries.extend(before);
    sdist.push(entry);
    match read(&sdist.bytes(), &Default::default()) {
        Err(SdistError::Archive(ArchiveError::Name { fault, entry })) => {
            assert_eq!(fault, expected, "{entry}");
            assert!(!entry.chars().any(char::is_control), "{entry}");
        }
        other => panic!("{expected:?}: {other:?}"),
    }
}

fn clash(error: &SdistError, expected: ClashKind) -> bool {
    matches!(error, SdistError::Archive(ArchiveError::Clash { kind, .. }) if *kind == expected)
}

const CLASHES: &[Case] = &[
    Case {
        name: "a name twice",
        harm: |sdist| sdist.push(Forged::file("src/demo.py", b"import evil")),
        refused: |error| clash(error, ClashKind::Duplicate),
    },
    Case {
        name: "a name twice, once in a PAX record",
        harm: |sdist| {
            sdist.push(Forged::pax(&record("path", "demo-1.0/src/demo.py")));
            sdist.push(Forged::file("harmless.py", b"import evil"));
        },
        refused: |error| clash(error, ClashKind::Duplicate),
    },
    Case {
        name: "a name twice, once with a prefix",
        harm: |sdist| {
            let mut entry = Forged::new(EntryType::Regular, b"demo.py", b"import evil");
            entry.put(345, b"demo-1.0/src");
            sdist.push(entry);
        },
        refused: |error| clash(error, ClashKind::Duplicate),
    },
    Case {
        name: "names that differ in case",
        harm: |sdist| sdist.push(Forged::file("pkg-info", INFO)),
        refused: |error| clash(error, ClashKind::Case),
    },
    Case {
        name: "a file and a folder of one name",
        harm: |sdist| sdist.push(Forged::file("src", b"")),
        refused: |error| clash(error, ClashKind::FileAndFolder),
    },
    Case {
        name: "a folder twice",
        harm: |sdist| sdist.push(sdist.entries[0].clone()),
        refused: |error| clash(error, ClashKind::Duplicate),
    },
];

#[test]
fn entries_that_share_a_place() {
    Case::run_all(CLASHES);
}

const PLACES: &[Case] = &[
    Case {
        name: "a file beside the top folder",
        harm: |sdist| sdist.push(Forged::new(EntryType::Regular, b"setup.py", b"evil")),
        refused: |error| matches!(error, SdistError::Outside { entry, .. } if entry == "`setup.py`"),
    },
    Case {
        name: "a second top folder",
        harm: |sdist| sdist.push(Forged::new(EntryType::Directory, b"demo-1.1/", b"")),
        refused: |error| matches!(error, SdistError::Outside { .. }),
    },
    Case {
        name: "another spelling of the top folder",
        harm: |sdist| sdist.push(Forged::new(EntryType::Regular, b"Demo-1.0/evil.py", b"")),
        refused: |error| matches!(error, SdistError::Outside { .. }),
    },
    Case {
        name: "the top folder of another version",
        harm: |sdist| {
            for entry in &mut sdist.entries {
                entry.put(0, b"demo-1.1");
            }
        },
        refused: |error| matches!(error, SdistError::ForeignTop { found, .. } if found == "`demo-1.1`"),
    },
    Case {
        name: "the top folder of another project",
        harm: |sdist| {
            for entry in &mut sdist.entries {
                entry.put(0, b"dema-1.0");
            }
        },
        refused: |error| matches!(error, SdistError::ForeignTop { .. }),
    },
    Case {
        name: "no folder at all",
        harm: |sdist| sdist.entries = vec![Forged::new(EntryType::Regular, b"PKG-INFO", INFO)],
        refused: |error| matches!(error, SdistError::ForeignTop { .. }),
    },
    Case {
        name: "the top folder is a file",
        harm: |sdist| sdist.entries = vec![Forged::new(EntryType::Regular, b"demo-1.0", INFO)],
        refused: |error| matches!(error, SdistError::Outside { .. }),
    },
    Case {
        name: "no PKG-INFO",
        harm: |sdist| drop(sdist.entries.remove(1)),
        refused: |error| matches!(error, SdistError::Missing { file: "PKG-INFO" }),
    },
    Case {
        name: "PKG-INFO in a folder below, as setuptools has it too",
        harm: |sdist| sdist.entries[1] = Forged::file("demo.egg-info/PKG-INFO", INFO),
        refused: |error| matches!(error, SdistError::Missing { file: "PKG-INFO" }),
    },
    Case {
        name: "PKG-INFO is a folder",
        harm: |sdist| {
            sdist.entries[1] = Forged::new(EntryType::Directory, b"demo-1.0/PKG-INFO/", b"");
        },
        refused: |error| matches!(error, SdistError::Missing { file: "PKG-INFO" }),
    },
    Case {
        name: "PKG-INFO that cannot be parsed",
        harm: |sdist| sdist.entries[1] = Forged::file("PKG-INFO", b"demo 1.0"),
        refused: |error| matches!(error, SdistError::Metadata(_)),
    },
    Case {
        name: "PKG-INFO of another project",
        harm: |sdist| {
            let info = b"Metadata-Version: 2.2\nName: other\nVersion: 1.0\n";
            sdist.entries[1] = Forged::file("PKG-INFO", info);
        },
        refused: |error| matches!(error, SdistError::Disagree { field: "Name", .. }),
    },
    Case {
        name: "PKG-INFO of another version",
        harm: |sdist| {
            let info = b"Metadata-Version: 2.2\nName: demo\nVersion: 1.0.1\n";
            sdist.entries[1] = Forged::file("PKG-INFO", info);
        },
        refused: |error| {
            matches!(
                error,
                SdistError::Disagree {
                    field: "Version",
                    ..
                }
            )
        },
    },
];

#[test]
fn what_must_be_where() {
    Case::run_all(PLACES);
    let mut old = Sdist::default();
    old.entries.remove(2);
    let old = read(&old.bytes(), &Default::default()).unwrap();
    assert!(!old.has_pyproject());
    assert!(matches!(
        old.require_pyproject(),
        Err(SdistError::Missing {
            file: "pyproject.toml"
        })
    ));
}
