//! Data that is not what its headers say, and more of it than anyone needs.

use wheel::archive::{Archive, ArchiveError, Limits};

use crate::demo::{Case, Demo, judge};
use crate::forge::File;

fn size(error: &ArchiveError) -> bool {
    matches!(error, ArchiveError::Size { .. })
}

fn deflate(error: &ArchiveError) -> bool {
    matches!(error, ArchiveError::Deflate { .. })
}

const FALSE_DATA: &[Case] = &[
    Case {
        name: "a false sum",
        harm: |zip| zip.file("demo/a.py").both(|header| header.crc ^= 1),
        refused: |error| matches!(error, ArchiveError::Crc { .. }),
    },
    Case {
        name: "other stored bytes",
        harm: |zip| {
            let mut file = File::stored("demo/b.bin", &(0..=255).collect::<Vec<u8>>());
            file.data[7] = 8;
            *zip.file("demo/b.bin") = file;
        },
        refused: |error| matches!(error, ArchiveError::Crc { .. }),
    },
    Case {
        name: "more bytes than claimed",
        harm: |zip| {
            zip.file("demo-1.0.dist-info/RECORD")
                .both(|header| header.size -= 1)
        },
        refused: size,
    },
    Case {
        name: "fewer bytes than claimed",
        harm: |zip| {
            zip.file("demo-1.0.dist-info/RECORD")
                .both(|header| header.size += 1)
        },
        refused: size,
    },
    Case {
        name: "more bytes claimed than deflate can give",
        harm: |zip| {
            zip.file("demo/a.py")
                .both(|header| header.size = 0xffff_fff0)
        },
        refused: size,
    },
    Case {
        name: "stored, with two sizes",
        harm: |zip| zip.file("demo/__init__.py").both(|header| header.size = 1),
        refused: size,
    },
    Case {
        name: "deflate data that is cut off",
        harm: |zip| {
            let file = zip.file("demo-1.0.dist-info/RECORD");
            file.data.pop();
            file.both(|header| header.compressed -= 1);
        },
        refused: deflate,
    },
    Case {
        name: "deflate data that ends early, with an entry hidden behind",
        harm: |zip| {
            let file = zip.file("demo-1.0.dist-info/RECORD");
            file.data.extend(b"PK\x03\x04");
            file.both(|header| header.compressed += 4);
        },
        refused: deflate,
    },
    Case {
        name: "no deflate data at all",
        harm: |zip| {
            let file = zip.file("demo-1.0.dist-info/RECORD");
            file.data.fill(0xff);
        },
        refused: deflate,
    },
    Case {
        name: "bzip2",
        harm: |zip| zip.file("demo/a.py").both(|header| header.method = 12),
        refused: |error| matches!(error, ArchiveError::Method { method: 12, .. }),
    },
    Case {
        name: "zstd",
        harm: |zip| zip.file("demo/a.py").both(|header| header.method = 93),
        refused: |error| matches!(error, ArchiveError::Method { method: 93, .. }),
    },
    Case {
        name: "encrypted",
        harm: |zip| zip.file("demo/a.py").both(|header| header.flags |= 1),
        refused: |error| matches!(error, ArchiveError::Flags { flags: 1, .. }),
    },
    Case {
        name: "strongly encrypted headers",
        harm: |zip| zip.file("demo/a.py").both(|header| header.flags |= 1 << 13),
        refused: |error| matches!(error, ArchiveError::Flags { .. }),
    },
];

#[test]
fn data_that_is_not_what_it_claims() {
    Case::run_all(FALSE_DATA);
}

/// What is refused under these limits, with a sound wheel that passes under the usual ones.
fn over(limits: Limits, what: &str) {
    let demo = Demo::default();
    demo.judge(Limits::default()).unwrap();
    match demo.judge(limits) {
        Err(wheel::archive::WheelError::Archive(ArchiveError::Limit {
            what: found,
            entry,
            ..
        })) => assert_eq!(found, what, "{entry}"),
        other => panic!("{what}: {other:?}"),
    }
}

#[test]
fn more_than_the_limits_allow() {
    let limits = Limits::default;
    over(
        Limits {
            entries: 6,
            ..limits()
        },
        "entries",
    );
    over(
        Limits {
            directory_bytes: 100,
            ..limits()
        },
        "bytes of central directory",
    );
    over(
        Limits {
            total_bytes: 500,
            ..limits()
        },
        "bytes unpacked",
    );
    over(
        Limits {
            metadata_bytes: 20,
            ..limits()
        },
        "bytes",
    );
    over(
        Limits {
            record_bytes: 20,
            ..limits()
        },
        "bytes",
    );
    let bomb = Limits {
        bomb_bytes: 100,
        bomb_ratio: 0,
        ..limits()
    };
    over(bomb, "times its own size unpacked");
    let demo = Demo::default();
    let edge = Limits {
        entries: 7,
        metadata_bytes: 67,
        ..limits()
    };
    demo.judge(edge).unwrap();
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    let demo = Demo::default();
    let mut zip = demo.zip();
    zip.files
        .push(File::new("demo/zeros.bin", &vec![0; 80 << 20]));
    let error = Archive::open(zip.bytes(), Limits::default()).unwrap_err();
    assert!(
        matches!(error, ArchiveError::Limit { limit: 50, .. }),
        "{error}"
    );

    // The same without the claim: unpacking stops at the first byte too many.
    zip.files
        .last_mut()
        .unwrap()
        .both(|header| header.size = 1000);
    let bytes = zip.bytes();
    let archive = Archive::open(&bytes[..], Limits::default()).unwrap();
    let bomb = archive.get("demo/zeros.bin").unwrap();
    let mut sink = Vec::new();
    let error = archive.copy(bomb, &mut sink).unwrap_err();
    assert!(
        size(&error) && sink.is_empty(),
        "{error} after {} bytes",
        sink.len()
    );

    // 60 MiB of zeros are below the threshold: real wheels have test data.
    let mut zip = demo.zip();
    zip.files
        .push(File::new("demo/zeros.bin", &vec![0; 60 << 20]));
    Archive::open(zip.bytes(), Limits::default()).unwrap();
}

#[test]
fn reading_more_than_one_wants_is_an_error() {
    let bytes = Demo::default().zip().bytes();
    let archive = Archive::open(&bytes[..], Limits::default()).unwrap();
    let entry = archive.get("demo/b.bin").unwrap();
    assert_eq!(archive.read(entry, 256).unwrap().len(), 256);
    let error = archive.read(entry, 255).unwrap_err();
    assert!(
        matches!(
            error,
            ArchiveError::Limit {
                found: 256,
                limit: 255,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn hostile_numbers_of_entries_and_parts_take_no_time() {
    let deep = "a/".repeat(62);
    let demo = Demo::default();
    let mut zip = demo.zip();
    for i in 0..20_000 {
        zip.files.push(File::stored(&format!("{deep}{i}"), b""));
    }
    let start = std::time::Instant::now();
    let opened = judge(&zip, &demo.filename, Limits::default());
    assert!(opened.is_err(), "they are not in RECORD");
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
