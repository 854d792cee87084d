//! Local headers, extra fields and data descriptors that say something else than the directory.

use wheel::archive::{Archive, ArchiveError, Limits};

use crate::demo::{Case, Demo};
use crate::forge::{File, Header, STREAMED, UTF8, extra};

#[test]
fn headers_that_differ() {
    type Change = fn(&mut Header);
    let changes: [(&str, Change); 8] = [
        ("the name", |header| header.name = b"demo/e.py".to_vec()),
        ("the name", |header| header.name = b"demo/a.py/".to_vec()),
        ("the packed size", |header| header.compressed += 1),
        ("the unpacked size", |header| header.size -= 1),
        ("the CRC-32", |header| header.crc ^= 1),
        ("the compression method", |header| header.method = 0),
        ("the flags", |header| header.flags |= STREAMED),
        ("the flags", |header| header.flags |= UTF8),
    ];
    for (expected, change) in changes {
        let mut zip = Demo::default().zip();
        change(&mut zip.file("demo/a.py").local);
        match Archive::open(zip.bytes(), Limits::default()) {
            Err(ArchiveError::Mismatch { field, entry }) => {
                assert_eq!((field, entry.as_str()), (expected, "`demo/a.py`"));
            }
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn extra_fields_that_say_more() {
    fn refused(error: &ArchiveError) -> bool {
        matches!(error, ArchiveError::Extra { .. })
    }
    Case::run_all(&[
        Case {
            name: "a Unicode path, in the directory",
            harm: |zip| {
                let path = [&[1, 0, 0, 0, 0][..], b"../evil.py"].concat();
                zip.file("demo/a.py").central.extra = extra(0x7075, &path);
            },
            refused,
        },
        Case {
            name: "a Unicode path, in the local header",
            harm: |zip| zip.file("demo/a.py").local.extra = extra(0x7075, b"\x01\0\0\0\0x"),
            refused,
        },
        Case {
            name: "a link",
            harm: |zip| zip.file("demo/a.py").central.extra = extra(0x756e, &[0; 14]),
            refused,
        },
        Case {
            name: "a field that is cut off",
            harm: |zip| zip.file("demo/a.py").local.extra = vec![0x55, 0x54, 9, 0],
            refused,
        },
        Case {
            name: "ZIP64 sizes twice",
            harm: |zip| {
                let file = zip.file("demo/a.py");
                (file.local.size, file.local.compressed) = (u32::MAX, u32::MAX);
                file.local.extra = [extra(1, &[0; 16]), extra(1, &[0; 16])].concat();
            },
            refused,
        },
        Case {
            name: "ZIP64 sizes that nobody asked for, and that differ",
            harm: |zip| zip.file("demo/a.py").local.extra = extra(1, &[9; 16]),
            refused,
        },
        Case {
            name: "ZIP64 sizes that are asked for and missing",
            harm: |zip| zip.file("demo/a.py").central.size = u32::MAX,
            refused,
        },
        Case {
            name: "a ZIP64 offset that can be read in two ways",
            harm: |zip| {
                let file = zip.file("demo/a.py");
                file.offset = Some(u32::MAX);
                file.central.extra = extra(1, &[0; 24]);
            },
            refused,
        },
    ]);
}

#[test]
fn data_descriptors_that_lie() {
    fn refused(error: &ArchiveError) -> bool {
        matches!(error, ArchiveError::Descriptor { .. })
    }
    Case::run_all(&[
        Case {
            name: "another sum",
            harm: |zip| {
                zip.file("demo/a.py").stream(true, false);
                zip.file("demo/a.py").after[4] ^= 1;
            },
            refused,
        },
        Case {
            name: "another size",
            harm: |zip| {
                zip.file("demo/a.py").stream(true, false);
                *zip.file("demo/a.py").after.last_mut().unwrap() ^= 1;
            },
            refused,
        },
        Case {
            name: "none, though one is announced",
            harm: |zip| {
                zip.file("demo/a.py")
                    .both(|header| header.flags |= STREAMED)
            },
            refused,
        },
        Case {
            name: "an entry hidden behind it",
            harm: |zip| {
                let mut hidden = File::new("demo/evil.py", b"1");
                hidden.listed = false;
                zip.file("demo/a.py").stream(true, false);
                zip.files.insert(2, hidden);
            },
            refused,
        },
        Case {
            name: "wide where the header announces a narrow one",
            harm: |zip| {
                zip.file("demo/a.py").stream(true, false);
                zip.file("demo/a.py").after = zip.file("demo/a.py").descriptor(true, true);
            },
            refused,
        },
        Case {
            name: "on stored data whose end only the directory tells",
            harm: |zip| {
                let mut file = File::stored("demo/c.bin", b"stored");
                file.stream(true, false);
                zip.files.push(file);
            },
            refused,
        },
        Case {
            name: "sizes in the local header that are neither open nor true",
            harm: |zip| {
                zip.file("demo/a.py").stream(true, false);
                zip.file("demo/a.py").local.compressed = 1;
            },
            refused: |error| matches!(error, ArchiveError::Mismatch { .. }),
        },
    ]);
}
