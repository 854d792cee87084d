//! Headers and PAX records: kinds that are not unpacked, and fields that readers take differently.

use tar::{EntryType, Header};
use wheel::sdist::SdistError;

use crate::forge::{Case, Forged, header, pax, record};

fn kind(error: &SdistError, expected: &str) -> bool {
    matches!(error, SdistError::Kind { kind, .. } if kind.contains(expected))
}

/// An entry of this kind behind the others.
fn of_kind(flag: u8) -> Forged {
    let mut entry = Forged::file("odd", b"");
    entry.header.set_entry_type(EntryType::new(flag));
    entry
}

const KINDS: &[Case] = &[
    Case {
        name: "a hard link",
        harm: |sdist| {
            let mut link = of_kind(b'1');
            link.put(157, b"demo-1.0/PKG-INFO");
            sdist.push(link);
        },
        refused: |error| kind(error, "a hard link"),
    },
    Case {
        name: "a symbolic link",
        harm: |sdist| {
            let mut link = of_kind(b'2');
            link.put(157, b"../../etc/passwd");
            sdist.push(link);
        },
        refused: |error| kind(error, "a symbolic link"),
    },
    Case {
        name: "a character device",
        harm: |sdist| sdist.push(of_kind(b'3')),
        refused: |error| kind(error, "a device"),
    },
    Case {
        name: "a block device",
        harm: |sdist| sdist.push(of_kind(b'4')),
        refused: |error| kind(error, "a device"),
    },
    Case {
        name: "a named pipe",
        harm: |sdist| sdist.push(of_kind(b'6')),
        refused: |error| kind(error, "a named pipe"),
    },
    Case {
        name: "a contiguous file",
        harm: |sdist| sdist.push(of_kind(b'7')),
        refused: |error| kind(error, "contiguous"),
    },
    Case {
        name: "a sparse file of GNU",
        harm: |sdist| sdist.push(of_kind(b'S')),
        refused: |error| kind(error, "sparse"),
    },
    Case {
        name: "a long name of GNU",
        harm: |sdist| {
            let long = [b"demo-1.0/evil.py".as_slice(), b"\0"].concat();
            sdist.entries.insert(
                3,
                Forged::new(EntryType::GNULongName, b"././@LongLink", &long),
            );
        },
        refused: |error| kind(error, "long name"),
    },
    Case {
        name: "a long link of GNU",
        harm: |sdist| sdist.push(of_kind(b'K')),
        refused: |error| kind(error, "long name"),
    },
    Case {
        name: "a file of the old kind, which with a slash is a folder to some",
        harm: |sdist| sdist.last().put(156, b"\0"),
        refused: |error| kind(error, "old format"),
    },
    Case {
        name: "a folder's contents of GNU",
        harm: |sdist| sdist.push(of_kind(b'D')),
        refused: |error| kind(error, "not in the standard"),
    },
    Case {
        name: "PAX records of Solaris",
        harm: |sdist| sdist.push(of_kind(b'X')),
        refused: |error| kind(error, "not in the standard"),
    },
];

#[test]
fn kinds_that_are_no_file_and_no_folder() {
    Case::run_all(KINDS);
}

const FIELDS: &[Case] = &[
    Case {
        name: "another sum",
        harm: |sdist| {
            let entry = sdist.last();
            entry.header.set_cksum();
            entry.put(0, b"D");
            entry.keep_sum = true;
        },
        refused: |error| header(error, "checksum"),
    },
    Case {
        name: "a sum that is no number",
        harm: |sdist| {
            sdist.last().put(148, b"nothing\0");
            sdist.last().keep_sum = true;
        },
        refused: |error| header(error, "checksum"),
    },
    Case {
        name: "the format of before 1988",
        harm: |sdist| sdist.last().put(257, &[0; 8]),
        refused: |error| header(error, "in no format of today"),
    },
    Case {
        name: "another version of the format",
        harm: |sdist| sdist.last().put(263, b"01"),
        refused: |error| header(error, "in no format of today"),
    },
    Case {
        name: "a sparse map of GNU in a regular file",
        harm: |sdist| {
            let entry = sdist.last();
            entry.put(257, b"ustar  \0");
            entry.put(386, b"00000000000\0");
        },
        refused: |error| header(error, "GNU's own format"),
    },
    Case {
        name: "a size in binary",
        harm: |sdist| {
            let size = (sdist.last().data.len() as u64).to_be_bytes();
            sdist.last().put(124, b"\x80\0\0\0");
            sdist.last().put(128, &size);
        },
        refused: |error| header(error, "its size is no octal number"),
    },
    Case {
        name: "a size with a sign",
        harm: |sdist| sdist.last().put(124, b"-0000001274\0"),
        refused: |error| header(error, "its size is no octal number"),
    },
    Case {
        name: "a size with text behind it",
        harm: |sdist| sdist.last().put(124, b"1274\x001234567"),
        refused: |error| header(error, "its size is no octal number"),
    },
    Case {
        name: "no size",
        harm: |sdist| sdist.last().put(124, &[0; 12]),
        refused: |error| header(error, "its size is no octal number"),
    },
    Case {
        name: "a mode that is no number",
        harm: |sdist| sdist.last().put(100, b"rw-r--r-"),
        refused: |error| header(error, "its mode is no octal number"),
    },
    Case {
        name: "a regular file with the mode of a link",
        harm: |sdist| sdist.last().header.set_mode(0o120_777),
        refused: |error| header(error, "another kind"),
    },
    Case {
        name: "a time that is no number",
        harm: |sdist| sdist.last().put(136, b"yesterday\0\0\0"),
        refused: |error| header(error, "its time is no octal number"),
    },
    Case {
        name: "an owner that is no number",
        harm: |sdist| sdist.last().put(108, b"root\0\0\0\0"),
        refused: |error| header(error, "its owner is no number"),
    },
    Case {
        name: "a regular file with the numbers of a device",
        harm: |sdist| sdist.last().put(329, b"0000001\0"),
        refused: |error| header(error, "no device"),
    },
    Case {
        name: "a regular file with a target",
        harm: |sdist| sdist.last().put(157, b"PKG-INFO"),
        refused: |error| header(error, "no link"),
    },
    Case {
        name: "a name behind the end of the name",
        harm: |sdist| sdist.last().put(40, b"evil.py"),
        refused: |error| header(error, "behind the end of its name"),
    },
    Case {
        name: "a prefix behind the end of the prefix",
        harm: |sdist| sdist.last().put(400, b"evil"),
        refused: |error| header(error, "behind the end of its prefix"),
    },
    Case {
        name: "a folder with data",
        harm: |sdist| sdist.push(Forged::new(EntryType::Directory, b"demo-1.0/src/", b"x")),
        refused: |error| header(error, "it is a folder and has a size"),
    },
    Case {
        name: "a regular file with the name of a folder",
        harm: |sdist| sdist.push(Forged::file("folder/", b"")),
        refused: |error| header(error, "with the name of a folder"),
    },
];

#[test]
fn fields_that_readers_take_differently() {
    Case::run_all(FIELDS);
}

const RECORDS: &[Case] = &[
    Case {
        name: "another size",
        harm: |sdist| sdist.entries.insert(3, Forged::pax(&record("size", "512"))),
        refused: |error| pax(error, "`size` differs from its header"),
    },
    Case {
        name: "a size that is no number",
        harm: |sdist| {
            sdist
                .entries
                .insert(3, Forged::pax(&record("size", "0700")))
        },
        refused: |error| pax(error, "`size` is no decimal number"),
    },
    Case {
        name: "a path twice",
        harm: |sdist| {
            let both = [record("path", "demo-1.0/a"), record("path", "demo-1.0/b")];
            sdist.entries.insert(3, Forged::pax(&both.concat()));
        },
        refused: |error| pax(error, "`path` is there twice"),
    },
    Case {
        name: "an empty path",
        harm: |sdist| sdist.entries.insert(3, Forged::pax(&record("path", ""))),
        refused: |error| pax(error, "`path` is empty"),
    },
    Case {
        name: "a path with a NUL",
        harm: |sdist| {
            sdist
                .entries
                .insert(3, Forged::pax(&record("path", "demo-1.0/a\0b")))
        },
        refused: |error| pax(error, "is not of the form"),
    },
    Case {
        name: "the target of a link",
        harm: |sdist| {
            sdist
                .entries
                .insert(3, Forged::pax(&record("linkpath", "/etc")))
        },
        refused: |error| pax(error, "`linkpath` is none"),
    },
    Case {
        name: "a sparse file in PAX",
        harm: |sdist| {
            let records = [
                record("GNU.sparse.major", "1"),
                record("GNU.sparse.minor", "0"),
            ];
            sdist.entries.insert(3, Forged::pax(&records.concat()));
        },
        refused: |error| pax(error, "`GNU.sparse.major` is none"),
    },
    Case {
        name: "another alphabet",
        harm: |sdist| {
            sdist
                .entries
                .insert(3, Forged::pax(&record("hdrcharset", "BINARY")))
        },
        refused: |error| pax(error, "`hdrcharset` is none"),
    },
    Case {
        name: "a time that is none",
        harm: |sdist| {
            sdist
                .entries
                .insert(3, Forged::pax(&record("mtime", "1e9")))
        },
        refused: |error| pax(error, "`mtime` is no time"),
    },
    Case {
        name: "a record that is too long",
        harm: |sdist| {
            sdist
                .entries
                .insert(3, Forged::pax(b"99 path=demo-1.0/a\n"))
        },
        refused: |error| pax(error, "is not of the form"),
    },
    Case {
        name: "a record that is too short",
        harm: |sdist| sdist.entries.insert(3, Forged::pax(b"8 path=demo-1.0/a\n")),
        refused: |error| pax(error, "is not of the form"),
    },
    Case {
        name: "a record without a key",
        harm: |sdist| sdist.entries.insert(3, Forged::pax(&record("", "x"))),
        refused: |error| pax(error, "is not of the form"),
    },
    Case {
        name: "records before records",
        harm: |sdist| {
            sdist
                .entries
                .insert(3, Forged::pax(&record("path", "demo-1.0/a")));
            sdist
                .entries
                .insert(3, Forged::pax(&record("path", "demo-1.0/b")));
        },
        refused: |error| header(error, "before others"),
    },
    Case {
        name: "records before nothing",
        harm: |sdist| sdist.push(Forged::pax(&record("path", "demo-1.0/a"))),
        refused: |error| header(error, "before nothing"),
    },
    Case {
        name: "records without end",
        harm: |sdist| {
            let comment = record("comment", &"x".repeat(1 << 20));
            sdist.entries.insert(3, Forged::pax(&comment));
        },
        refused: |error| header(error, "too long"),
    },
    Case {
        name: "a path for all that follows",
        harm: |sdist| {
            let global = Forged::new(
                EntryType::XGlobalHeader,
                b"g",
                &record("path", "demo-1.0/a"),
            );
            sdist.entries.insert(3, global);
        },
        refused: |error| pax(error, "`path` would hold for all"),
    },
    Case {
        name: "a size for all that follows",
        harm: |sdist| {
            let global = Forged::new(EntryType::XGlobalHeader, b"g", &record("size", "1"));
            sdist.entries.insert(3, global);
        },
        refused: |error| pax(error, "`size` would hold for all"),
    },
    Case {
        name: "a malformed record for all that follows",
        harm: |sdist| {
            let global = Forged::new(EntryType::XGlobalHeader, b"g", b"comment");
            sdist.entries.insert(3, global);
        },
        refused: |error| pax(error, "is not of the form"),
    },
];

#[test]
fn pax_records_that_change_more_than_a_name() {
    Case::run_all(RECORDS);
    // The layout that the cases above write into.
    assert_eq!(Header::new_ustar().as_bytes()[257..265], *b"ustar\x0000");
}
