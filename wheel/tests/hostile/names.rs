//! Names that unpack to another place on some system, and kinds that are no plain file.

use wheel::archive::{Archive, ArchiveError, ClashKind, Limits, NameFault};

use crate::demo::{Case, Demo, judge};
use crate::forge::{DEFLATED, File};

#[test]
fn names_that_leave_their_place() {
    let long = "a/".repeat(600);
    let deep = "a/".repeat(70) + "x";
    for (name, fault) in [
        (&b"../evil.py"[..], NameFault::Dots),
        (b"demo/../../evil.py", NameFault::Dots),
        (b"../site-packages-evil/x.py", NameFault::Dots),
        (b"./demo.py", NameFault::Dots),
        (b"/etc/evil", NameFault::Absolute),
        (b"//server/share/evil", NameFault::Absolute),
        (b"..\\..\\evil.py", NameFault::Backslash),
        (b"demo\\evil.py", NameFault::Backslash),
        (b"C:\\evil.py", NameFault::Colon),
        (b"C:/evil.py", NameFault::Colon),
        (b"demo/a.py:stream", NameFault::Colon),
        (b"", NameFault::Empty),
        (b"demo//evil.py", NameFault::EmptyPart),
        (b"demo/a.py\0.txt", NameFault::Control),
        (b"demo/\x1b[2Jevil.py", NameFault::Control),
        (b"demo/CON", NameFault::Reserved),
        (b"demo/aux.py", NameFault::Reserved),
        (b"nul.txt/x", NameFault::Reserved),
        (b"demo./evil.py", NameFault::TrailingDotOrSpace),
        (b"demo/a.py ", NameFault::TrailingDotOrSpace),
        (long.as_bytes(), NameFault::TooLong),
        (deep.as_bytes(), NameFault::TooDeep),
    ] {
        refused_name(name, 0, fault);
    }
    let utf8 = crate::forge::UTF8;
    refused_name(b"demo/caf\xe9.py", 0, NameFault::NotUtf8);
    refused_name(b"demo/caf\xe9.py", utf8, NameFault::NotUtf8);
    refused_name("demo/café.py".as_bytes(), 0, NameFault::Unmarked);
    refused_name(
        "demo/cafe\u{301}.py".as_bytes(),
        utf8,
        NameFault::NotComposed,
    );
    refused_name("demo/\u{9b}2J.py".as_bytes(), utf8, NameFault::Control);
    refused_name("demo/com\u{b2}".as_bytes(), utf8, NameFault::Reserved);
}

fn refused_name(name: &[u8], flags: u16, expected: NameFault) {
    let demo = Demo::default();
    let mut zip = demo.zip();
    let file = zip.file("demo/a.py");
    file.rename(name);
    file.both(|header| header.flags = flags);
    let shown = String::from_utf8_lossy(name).into_owned();
    match judge(&zip, &demo.filename, Limits::default()) {
        Err(wheel::archive::WheelError::Archive(ArchiveError::Name { fault, entry })) => {
            assert_eq!(fault, expected, "{shown:?}");
            assert!(!entry.chars().any(char::is_control), "{entry}");
        }
        other => panic!("{shown:?}: {other:?}"),
    }
}

fn clash(error: &ArchiveError, expected: ClashKind) -> bool {
    matches!(error, ArchiveError::Clash { kind, .. } if *kind == expected)
}

#[test]
fn entries_that_share_a_place() {
    Case::run_all(&[
        Case {
            name: "a name twice, with other content",
            harm: |zip| zip.files.push(File::new("demo/a.py", b"import evil")),
            refused: |error| clash(error, ClashKind::Duplicate),
        },
        Case {
            name: "a name twice, with the same content",
            harm: |zip| zip.files.push(zip.files[1].clone()),
            refused: |error| clash(error, ClashKind::Duplicate),
        },
        Case {
            name: "METADATA twice",
            harm: |zip| {
                let metadata = crate::demo::metadata("demo", "9.0");
                zip.files
                    .push(File::new("demo-1.0.dist-info/METADATA", &metadata));
            },
            refused: |error| clash(error, ClashKind::Duplicate),
        },
        Case {
            name: "names that differ in case",
            harm: |zip| zip.files.push(File::new("Demo/A.py", b"import evil")),
            refused: |error| clash(error, ClashKind::Case),
        },
        Case {
            name: "names that differ in case beyond ASCII",
            harm: |zip| {
                zip.files.push(File::new("demo/straße.py", b"1"));
                zip.files.push(File::new("demo/STRASSE.py", b"2"));
            },
            refused: |error| clash(error, ClashKind::Case),
        },
        Case {
            name: "a file and a folder of one name",
            harm: |zip| zip.files.push(File::folder("demo/a.py")),
            refused: |error| clash(error, ClashKind::FileAndFolder),
        },
        Case {
            name: "a file inside of a file",
            harm: |zip| zip.files.push(File::new("demo/a.py/evil.py", b"1")),
            refused: |error| clash(error, ClashKind::FileAndFolder),
        },
        Case {
            name: "a file inside of a file of other case, with a name between them",
            harm: |zip| {
                zip.files.push(File::new("demo/a.py.txt", b"1"));
                zip.files.push(File::new("DEMO/A.PY/deep/evil.py", b"1"));
            },
            refused: |error| clash(error, ClashKind::FileAndFolder),
        },
        Case {
            name: "a folder twice",
            harm: |zip| {
                zip.files
                    .extend([File::folder("demo"), File::folder("demo")])
            },
            refused: |error| clash(error, ClashKind::Duplicate),
        },
    ]);
}

#[test]
fn kinds_that_are_no_plain_file() {
    fn mode(error: &ArchiveError) -> bool {
        matches!(error, ArchiveError::Mode { .. })
    }
    Case::run_all(&[
        Case {
            name: "a symbolic link",
            harm: |zip| zip.file("demo/a.py").external = 0o120_777 << 16,
            refused: mode,
        },
        Case {
            name: "a symbolic link made on MS-DOS, it says",
            harm: |zip| {
                zip.file("demo/a.py").external = 0o120_777 << 16;
                zip.file("demo/a.py").made_by = 20;
            },
            refused: mode,
        },
        Case {
            name: "a character device",
            harm: |zip| zip.file("demo/a.py").external = 0o020_666 << 16,
            refused: mode,
        },
        Case {
            name: "a named pipe",
            harm: |zip| zip.file("demo/a.py").external = 0o010_666 << 16,
            refused: mode,
        },
        Case {
            name: "a folder by its mode, a file by its name",
            harm: |zip| zip.file("demo/a.py").external = 0o040_755 << 16,
            refused: mode,
        },
        Case {
            name: "a file by its mode, a folder by its name",
            harm: |zip| {
                let mut folder = File::folder("demo/sub");
                folder.external = 0o100_644 << 16;
                zip.files.push(folder);
            },
            refused: mode,
        },
        Case {
            name: "a folder with content",
            harm: |zip| {
                let mut folder = File::folder("demo/sub");
                folder.data = b"hidden".to_vec();
                folder.both(|header| (header.compressed, header.size) = (6, 6));
                zip.files.push(folder);
            },
            refused: |error| matches!(error, ArchiveError::Size { .. }),
        },
        Case {
            name: "a folder with two bytes that are no empty deflate data",
            harm: |zip| {
                let mut folder = File::folder("demo/sub");
                folder.data = b"PK".to_vec();
                folder.both(|header| (header.method, header.compressed) = (8, 2));
                zip.files.push(folder);
            },
            refused: |error| matches!(error, ArchiveError::Deflate { .. }),
        },
    ]);
}

#[test]
fn what_a_folder_hides_is_found_without_reading_it() {
    for (data, sound) in [(&[3, 0][..], true), (b"PK", false)] {
        let mut zip = Demo::default().zip();
        let mut folder = File::packed("demo/sub/", DEFLATED, b"", data.to_vec());
        folder.external = 0o040_755 << 16;
        zip.files.push(folder);
        let opened = Archive::open(zip.bytes(), Limits::default());
        assert_eq!(opened.is_ok(), sound);
    }
}
