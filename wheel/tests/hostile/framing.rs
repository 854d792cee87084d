//! Archives that mean one thing to a reader of the directory and another to one that goes through
//! the file.

use wheel::archive::{Archive, ArchiveError, Limits};

use crate::demo::{Case, Demo};
use crate::forge::{End64, File};

fn framing(error: &ArchiveError) -> bool {
    matches!(error, ArchiveError::Framing { .. })
}

fn end(error: &ArchiveError) -> bool {
    matches!(error, ArchiveError::End { .. })
}

fn directory(error: &ArchiveError) -> bool {
    matches!(error, ArchiveError::Directory { .. })
}

const STRAY_BYTES: &[Case] = &[
    Case {
        name: "bytes before the archive, offsets adjusted",
        harm: |zip| zip.prefix = b"#!/bin/sh\nexec evil\n".to_vec(),
        refused: framing,
    },
    Case {
        name: "bytes before the archive, offsets not adjusted",
        harm: |zip| {
            let directory = zip.bytes().len();
            zip.prefix = b"MZ".to_vec();
            let mut at = 0;
            for file in &mut zip.files {
                file.offset = Some(at);
                at += u32::try_from(30 + file.local.name.len() + file.data.len()).unwrap();
            }
            zip.end.offset = Some(at);
            assert!((at as usize) < directory);
        },
        refused: end,
    },
    Case {
        name: "bytes after the archive",
        harm: |zip| zip.trailing = b"evil".to_vec(),
        refused: end,
    },
    Case {
        name: "a second archive after the archive",
        harm: |zip| zip.trailing = Demo::default().zip().bytes(),
        refused: end,
    },
    Case {
        name: "an archive in the comment",
        harm: |zip| zip.end.comment = Demo::default().zip().bytes(),
        refused: end,
    },
    Case {
        name: "an archive in the comment whose end record is the outer one's",
        harm: |zip| {
            let inner = Demo::default().zip().bytes();
            let lure = inner.len() - 22;
            zip.end.comment = [b"x".as_slice(), &inner[..lure], b"tail"].concat();
        },
        refused: end,
    },
    Case {
        name: "a comment that is cut off",
        harm: |zip| zip.end.comment_len = Some(7),
        refused: end,
    },
    Case {
        name: "an entry that the directory does not list",
        harm: |zip| zip.file("demo/b.bin").listed = false,
        refused: framing,
    },
    Case {
        name: "an unlisted entry at the end",
        harm: |zip| {
            let mut file = File::new("demo/evil.py", b"1");
            file.listed = false;
            zip.files.push(file);
        },
        refused: framing,
    },
    Case {
        name: "an unlisted entry at the start",
        harm: |zip| {
            let mut file = File::new("demo/evil.py", b"1");
            file.listed = false;
            zip.files.insert(0, file);
        },
        refused: framing,
    },
    Case {
        name: "bytes between entries",
        harm: |zip| zip.file("demo/a.py").after = b"evil".to_vec(),
        refused: framing,
    },
    Case {
        name: "bytes before the directory",
        harm: |zip| zip.before_directory = vec![0],
        refused: framing,
    },
    Case {
        name: "bytes after the directory",
        harm: |zip| zip.after_directory = vec![0],
        refused: end,
    },
];

#[test]
fn bytes_that_belong_to_no_entry() {
    Case::run_all(STRAY_BYTES);
}

#[test]
fn what_is_no_archive() {
    let long = [b"PK".repeat(50_000), b"PK\x05\x06".to_vec()].concat();
    for bytes in [
        &b""[..],
        b"PK\x05\x06",
        b"<!DOCTYPE html>\n<title>404</title>\n",
        &long,
    ] {
        let error = Archive::open(bytes, Limits::default()).unwrap_err();
        assert!(matches!(error, ArchiveError::NotAZip), "{error}");
    }
}

#[test]
fn entries_that_overlap() {
    Case::run_all(&[
        Case {
            name: "two entries with one place",
            harm: |zip| {
                let mut twin = zip.files[0].clone();
                twin.central.name = b"demo/twin.py".to_vec();
                twin.present = false;
                twin.offset = Some(0);
                zip.files.push(twin);
            },
            refused: framing,
        },
        Case {
            name: "entries that quote one another",
            harm: |zip| {
                let inner = zip.bytes();
                let mut outer = File::stored("demo/outer.bin", &inner[..200]);
                outer.offset = None;
                zip.files.insert(0, outer);
                zip.files[1].offset = Some(44);
            },
            refused: framing,
        },
        Case {
            name: "an entry that points to another's place",
            harm: |zip| {
                let bytes = zip.bytes();
                let at = bytes.windows(10).position(|w| w == b"demo/b.bin").unwrap() - 30;
                zip.file("demo/a.py").offset = Some(at.try_into().unwrap());
            },
            refused: framing,
        },
        Case {
            name: "an entry that points past the archive",
            harm: |zip| zip.file("demo/a.py").offset = Some(0x7fff_ffff),
            refused: framing,
        },
        Case {
            name: "an entry that reaches into the directory",
            harm: |zip| {
                let last = zip.files.last_mut().unwrap();
                last.both(|header| header.compressed += 8);
            },
            refused: framing,
        },
        Case {
            name: "no local header where the directory says",
            harm: |zip| {
                let first = zip.files.first_mut().unwrap();
                first.present = false;
                zip.prefix = vec![0; 30 + first.local.name.len()];
                first.offset = Some(0);
            },
            refused: framing,
        },
    ]);
}

const FALSE_ENDS: &[Case] = &[
    Case {
        name: "one entry more than there is",
        harm: |zip| zip.end.entries = Some(8),
        refused: directory,
    },
    Case {
        name: "one entry less than there is",
        harm: |zip| zip.end.entries = Some(6),
        refused: directory,
    },
    Case {
        name: "more entries than there is room for",
        harm: |zip| zip.end.entries = Some(0xffff),
        refused: end,
    },
    Case {
        name: "several disks",
        harm: |zip| zip.end.disk = 1,
        refused: end,
    },
    Case {
        name: "another size",
        harm: |zip| zip.end.size = Some(46),
        refused: end,
    },
    Case {
        name: "another offset",
        harm: |zip| zip.end.offset = Some(0),
        refused: end,
    },
    Case {
        name: "offset and size at their highest, without ZIP64 records",
        harm: |zip| (zip.end.offset, zip.end.size) = (Some(u32::MAX), Some(u32::MAX)),
        refused: end,
    },
    Case {
        name: "an entry on another disk",
        harm: |zip| zip.file("demo/a.py").disk = 1,
        refused: directory,
    },
    Case {
        name: "an entry with a comment",
        harm: |zip| zip.file("demo/a.py").comment = b"evil".to_vec(),
        refused: |error| error.to_string().contains("comment"),
    },
    Case {
        name: "a ZIP64 locator without its record",
        harm: |zip| {
            zip.end64 = Some(End64 {
                record: false,
                ..End64::default()
            })
        },
        refused: end,
    },
    Case {
        name: "a ZIP64 locator that points elsewhere",
        harm: |zip| {
            zip.end64 = Some(End64 {
                locator_offset: Some(0),
                ..End64::default()
            });
        },
        refused: end,
    },
    Case {
        name: "a ZIP64 record with an extension",
        harm: |zip| {
            zip.end64 = Some(End64 {
                extension: vec![0; 8],
                ..End64::default()
            })
        },
        refused: end,
    },
    Case {
        name: "a ZIP64 record that claims an extension and has none",
        harm: |zip| {
            zip.end64 = Some(End64 {
                len: Some(52),
                ..End64::default()
            });
        },
        refused: end,
    },
    Case {
        name: "a ZIP64 record that differs from the end record",
        harm: |zip| {
            zip.end64 = Some(End64 {
                entries: Some(6),
                ..End64::default()
            })
        },
        refused: end,
    },
    Case {
        name: "a ZIP64 record of several disks",
        harm: |zip| {
            zip.end64 = Some(End64 {
                disk: 1,
                ..End64::default()
            })
        },
        refused: end,
    },
    Case {
        name: "a ZIP64 locator of several disks",
        harm: |zip| {
            zip.end64 = Some(End64 {
                disks: 2,
                ..End64::default()
            })
        },
        refused: end,
    },
    Case {
        name: "a ZIP64 record with more entries than anyone has",
        harm: |zip| {
            zip.end64 = Some(End64 {
                entries: Some(u64::MAX),
                ..End64::default()
            });
            zip.end.entries = Some(0xffff);
        },
        refused: |error| matches!(error, ArchiveError::Limit { .. }),
    },
];

#[test]
fn end_records_that_lie() {
    Case::run_all(FALSE_ENDS);
}
