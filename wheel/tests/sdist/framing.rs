//! The gzip file, where the archive ends, and how much there may be.

use wheel::archive::{ArchiveError, Limits};
use wheel::sdist::SdistError;

use crate::forge::{Case, Forged, Sdist, gzip, header, read};

fn gzip_refused(error: &SdistError, expected: &str) -> bool {
    matches!(error, SdistError::Gzip { reason } if reason.contains(expected))
}

fn also_zip(error: &SdistError) -> bool {
    matches!(error, SdistError::AlsoZip)
}

fn truncated(error: &SdistError, expected: &str) -> bool {
    matches!(error, SdistError::Truncated { place } if place.contains(expected))
}

/// An end record of a zip archive, for a directory of so many bytes.
fn zip_end(size: u32, offset: u32) -> Vec<u8> {
    let mut record = b"PK\x05\x06\0\0\0\0\x01\0\x01\0".to_vec();
    record.extend(size.to_le_bytes());
    record.extend(offset.to_le_bytes());
    record.extend([0, 0]);
    record
}

/// With a file name in the gzip header: a place for anything at all.
fn with_name(packed: &[u8], name: &[u8]) -> Vec<u8> {
    let mut header = packed[..10].to_vec();
    header[3] = 0x08;
    [&header, name, b"\0", &packed[10..]].concat()
}

const NOT_ONE_MEMBER: &[Case] = &[
    Case {
        name: "nothing",
        harm: |sdist| sdist.packed = |_| Vec::new(),
        refused: |error| gzip_refused(error, "begin"),
    },
    Case {
        name: "a bare tar archive",
        harm: |sdist| sdist.packed = |_| Sdist::default().tar(),
        refused: |error| gzip_refused(error, "begin"),
    },
    Case {
        name: "a header that is cut off",
        harm: |sdist| sdist.packed = |bytes| bytes[..8].to_vec(),
        refused: |error| gzip_refused(error, "broken"),
    },
    Case {
        name: "another method",
        harm: |sdist| {
            sdist.packed = |mut bytes| {
                bytes[2] = 7;
                bytes
            }
        },
        refused: |error| gzip_refused(error, "broken"),
    },
    Case {
        name: "a flag that is reserved",
        harm: |sdist| {
            sdist.packed = |mut bytes| {
                bytes[3] = 0x80;
                bytes
            }
        },
        refused: |error| gzip_refused(error, "broken"),
    },
    Case {
        name: "an extra field",
        harm: |sdist| {
            sdist.packed = |bytes| {
                let mut header = bytes[..10].to_vec();
                header[3] = 4;
                [&header[..], &[2, 0, 1, 1], &bytes[10..]].concat()
            }
        },
        refused: |error| gzip_refused(error, "extra"),
    },
    Case {
        name: "a second member",
        harm: |sdist| sdist.packed = |bytes| [bytes, gzip(b"more")].concat(),
        refused: |error| gzip_refused(error, "behind"),
    },
    Case {
        name: "zeros behind it",
        harm: |sdist| sdist.packed = |bytes| [&bytes[..], &[0; 512]].concat(),
        refused: |error| gzip_refused(error, "behind"),
    },
    Case {
        name: "another sum",
        harm: |sdist| {
            sdist.packed = |mut bytes| {
                let at = bytes.len() - 8;
                bytes[at] ^= 1;
                bytes
            }
        },
        refused: |error| gzip_refused(error, "broken"),
    },
    Case {
        name: "another length",
        harm: |sdist| {
            sdist.packed = |mut bytes| {
                let at = bytes.len() - 1;
                bytes[at] ^= 1;
                bytes
            }
        },
        refused: |error| gzip_refused(error, "broken"),
    },
];

#[test]
fn what_is_not_one_gzip_member() {
    Case::run_all(NOT_ONE_MEMBER);
}

const ZIP_TOO: &[Case] = &[
    Case {
        name: "a zip archive behind it",
        harm: |sdist| {
            sdist.packed = |bytes| [&bytes, &b"PK\x01\x02"[..], &[0; 42], &zip_end(46, 0)].concat()
        },
        refused: also_zip,
    },
    Case {
        name: "an empty zip archive behind it",
        harm: |sdist| sdist.packed = |bytes| [bytes, zip_end(0, 0)].concat(),
        refused: also_zip,
    },
    Case {
        name: "a ZIP64 archive behind it",
        harm: |sdist| sdist.packed = |bytes| [bytes, zip_end(u32::MAX, u32::MAX)].concat(),
        refused: also_zip,
    },
    Case {
        name: "a ZIP64 archive behind it, its end record for show",
        harm: |sdist| {
            sdist.packed = |bytes| [&bytes, &b"PK\x06\x07"[..], &[0; 16], &zip_end(5, 7)].concat()
        },
        refused: also_zip,
    },
    Case {
        name: "a zip archive in the gzip header, its comment all the rest",
        harm: |sdist| {
            sdist.packed = |bytes| {
                // The name ends at the first NUL of the record, and so would break the gzip
                // file: what counts is that it is seen before anything is unpacked.
                let name = [&b"PK\x01\x02"[..], &[b'x'; 42], &zip_end(46, 10)].concat();
                with_name(&bytes, &name)
            }
        },
        refused: also_zip,
    },
    Case {
        name: "a directory where an absolute offset says, the record far from it",
        harm: |sdist| {
            sdist.packed = |bytes| {
                let named = with_name(&bytes, b"PK\x01\x02");
                [named, zip_end(5, 10)].concat()
            }
        },
        refused: also_zip,
    },
];

#[test]
fn what_is_a_zip_archive_too() {
    Case::run_all(ZIP_TOO);
    // The signature alone is found by chance.
    let packed = with_name(
        &Sdist::default().bytes(),
        b"PK\x05\x06 by chance, no directory anywhere",
    );
    read(&packed, &Limits::default()).unwrap();
}

const ENDS: &[Case] = &[
    Case {
        name: "no end",
        harm: |sdist| sdist.end.clear(),
        refused: |error| truncated(error, "before its end"),
    },
    Case {
        name: "one block of zeros",
        harm: |sdist| sdist.end.truncate(512),
        refused: |error| truncated(error, "within its end"),
    },
    Case {
        name: "not whole blocks",
        harm: |sdist| sdist.end.push(0),
        refused: |error| truncated(error, "within a block"),
    },
    Case {
        name: "data shorter than its size",
        harm: |sdist| {
            sdist.last().header.set_size(1 << 20);
            sdist.end.clear();
        },
        refused: |error| truncated(error, "demo-1.0/src/demo.py"),
    },
    Case {
        name: "a size beyond all memory",
        harm: |sdist| sdist.last().put(124, b"77777777777\0"),
        refused: |error| truncated(error, "demo-1.0/src/demo.py"),
    },
    Case {
        name: "one block of zeros, and an entry",
        harm: |sdist| {
            let more = Sdist {
                entries: vec![Forged::file("evil.py", b"1")],
                ..Sdist::default()
            };
            sdist.end = [vec![0; 512], more.tar()].concat();
        },
        refused: |error| matches!(error, SdistError::Trailing),
    },
    Case {
        name: "an archive behind its end",
        harm: |sdist| sdist.end.extend(Sdist::default().tar()),
        refused: |error| matches!(error, SdistError::Trailing),
    },
    Case {
        name: "one byte behind its end",
        harm: |sdist| {
            sdist.end.resize(10_240, 0);
            sdist.end[10_239] = 1;
        },
        refused: |error| matches!(error, SdistError::Trailing),
    },
    Case {
        name: "bytes between an entry's data and the next block",
        harm: |sdist| sdist.last().padding = 1,
        refused: |error| header(error, "behind the end of its data"),
    },
    Case {
        name: "nothing in it",
        harm: |sdist| sdist.entries.clear(),
        refused: |error| matches!(error, SdistError::Missing { file: "PKG-INFO" }),
    },
];

#[test]
fn where_it_ends() {
    Case::run_all(ENDS);
}

#[test]
fn how_much_it_may_hold() {
    let limit = |packed: &[u8], limits: &Limits, of: &str| match read(packed, limits) {
        Err(SdistError::Archive(ArchiveError::Limit { what, .. })) => assert_eq!(what, of),
        other => panic!("{of}: {other:?}"),
    };
    let sound = Sdist::default();
    let bytes = sound.bytes();
    let length = sound.tar().len() as u64;
    let limits = |change: fn(&mut Limits, u64), value| {
        let mut limits = Limits::default();
        change(&mut limits, value);
        limits
    };
    let total: fn(&mut Limits, u64) = |limits, value| limits.total_bytes = value;
    read(&bytes, &limits(total, length)).unwrap();
    limit(&bytes, &limits(total, length - 1), "bytes unpacked");
    let entries: fn(&mut Limits, u64) = |limits, value| limits.entries = value;
    read(&bytes, &limits(entries, 4)).unwrap();
    limit(&bytes, &limits(entries, 3), "entries");
    let metadata: fn(&mut Limits, u64) = |limits, value| limits.metadata_bytes = value;
    limit(&bytes, &limits(metadata, 5), "bytes");
    // 65 MiB of zeros in 300 KiB: above 64 MiB, and more than 50 times as long.
    let mut bomb = Sdist::default();
    bomb.push(Forged::file("zeros", &vec![0; 65 << 20]));
    limit(
        &bomb.bytes(),
        &Limits::default(),
        "times its own size unpacked",
    );
    // The same ratio with less of it is what some test data has.
    let mut small = Sdist::default();
    small.push(Forged::file("zeros", &vec![0; 8 << 20]));
    read(&small.bytes(), &Limits::default()).unwrap();
}
