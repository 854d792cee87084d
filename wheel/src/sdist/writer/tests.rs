use std::io::Read;

use super::SdistWriter;
use crate::SdistFilename;
use crate::archive::{ArchiveError, ClashKind, Limits, NameFault};
use crate::record::RecordHash;
use crate::sdist::{SdistArchive, SdistError};

const INFO: &str = "Metadata-Version: 2.2\nName: Demo.X\nVersion: 1.0\n";

fn filename() -> SdistFilename {
    "demo_x-1.0.tar.gz".parse().unwrap()
}

fn squares() -> String {
    (0..500)
        .map(|i| format!("square_{i} = {}\n", i * i))
        .collect()
}

/// With a path that fits, one for the prefix, one too long for it, and one that is not ASCII.
fn writer() -> SdistWriter {
    SdistWriter::new(&filename())
        .file("PKG-INFO", INFO, false)
        .file("pyproject.toml", "[build-system]\n", false)
        .file("src/z.py", squares(), false)
        .file("configure", "#!/bin/sh\n", true)
        .file(prefixed(), "1\n", false)
        .file(long(), "2\n", false)
        .file("src/caf\u{e9}.py", "", false)
}

fn prefixed() -> String {
    format!("src/{}/{}.py", "folder".repeat(20), "file".repeat(12))
}

fn long() -> String {
    format!("src/{}.py", "long".repeat(30))
}

fn tar(packed: &[u8]) -> Vec<u8> {
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(packed)
        .read_to_end(&mut tar)
        .unwrap();
    tar
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let bytes = writer().finish().unwrap();
    assert_eq!(bytes, writer().finish().unwrap());
    // Changes with the encoder, and then every archive that users build does: on purpose only.
    let golden = "sha256=TLFWuLUoh3bii5Gn-T8E0TcKDH9-7W1jCP-QL1paUUc";
    assert_eq!(RecordHash::sha256_of(&bytes).to_string(), golden);
    let golden = "sha256=dpmmLRmcD3AoqzD6uyQa0Qx0o4jTvCZk3fNoEDqVPKY";
    assert_eq!(RecordHash::sha256_of(&tar(&bytes)).to_string(), golden);
    // No flags, no time, the strongest compression, no system.
    assert_eq!(bytes[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
}

#[test]
fn what_is_written_is_read() {
    let bytes = writer().finish().unwrap();
    let sdist = SdistArchive::read(&bytes, &filename(), &Limits::default()).unwrap();
    let names: Vec<_> = sdist
        .files()
        .iter()
        .map(|file| (file.path(), file.executable()))
        .collect();
    let (prefixed, long) = (prefixed(), long());
    assert_eq!(
        names,
        [
            ("PKG-INFO", false),
            ("configure", true),
            ("pyproject.toml", false),
            ("src/caf\u{e9}.py", false),
            (&prefixed, false),
            (&long, false),
            ("src/z.py", false),
        ]
    );
    assert_eq!(sdist.top_folder(), "demo_x-1.0");
    assert_eq!(sdist.metadata().name, "Demo.X");
    let squares = squares();
    let file = sdist.get("src/z.py").unwrap();
    assert_eq!(sdist.bytes(file), squares.as_bytes());
    assert_eq!(file.size(), squares.len() as u64);
    assert_eq!(sdist.get("src"), None);
    sdist.require_pyproject().unwrap();
}

#[test]
fn headers_as_the_format_has_them() {
    let bytes = writer().source_date_epoch(1_700_000_000).finish().unwrap();
    let tar = tar(&bytes);
    assert_eq!(tar.len() % 512, 0);
    assert!(tar.ends_with(&[0; 1024]));
    let mut archive = tar::Archive::new(tar.as_slice());
    let mut kinds = Vec::new();
    for entry in archive.entries().unwrap().raw(true) {
        let entry = entry.unwrap();
        let header = entry.header();
        assert!(header.as_ustar().is_some());
        assert_eq!(header.mtime().unwrap(), 1_700_000_000);
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
        assert_eq!(header.username_bytes(), Some(&b""[..]));
        assert_eq!(header.groupname_bytes(), Some(&b""[..]));
        kinds.push(header.as_bytes()[156]);
    }
    // Two of the paths need a record, the prefixed one does not.
    assert_eq!(kinds, b"000x00x00");
}

#[test]
fn times_as_the_format_has_them() {
    for (seconds, written) in [
        (None, 315_532_800),
        (Some(0), 0),
        (Some(8_589_934_591), 8_589_934_591),
        (Some(u64::MAX), 8_589_934_591),
    ] {
        let writer = match seconds {
            None => writer(),
            Some(seconds) => writer().source_date_epoch(seconds),
        };
        let bytes = writer.finish().unwrap();
        SdistArchive::read(&bytes, &filename(), &Limits::default()).unwrap();
        let tar = tar(&bytes);
        assert_eq!(
            tar::Header::from_byte_slice(&tar[..512]).mtime().unwrap(),
            written
        );
    }
}

#[test]
fn what_the_reader_refuses_is_not_written() {
    for (path, fault) in [
        ("../x", NameFault::Dots),
        ("/x", NameFault::EmptyPart),
        ("a\\b", NameFault::Backslash),
        ("src/", NameFault::EmptyPart),
        ("nul.py", NameFault::Reserved),
        ("", NameFault::EmptyPart),
    ] {
        match writer().file(path, "", false).finish() {
            Err(SdistError::Archive(ArchiveError::Name { fault: found, .. })) => {
                assert_eq!(found, fault, "{path}");
            }
            other => panic!("{path}: {other:?}"),
        }
    }
    for (path, kind) in [
        ("Configure", ClashKind::Case),
        ("src", ClashKind::FileAndFolder),
    ] {
        match writer().file(path, "", false).finish() {
            Err(SdistError::Archive(ArchiveError::Clash { kind: found, .. })) => {
                assert_eq!(found, kind, "{path}");
            }
            other => panic!("{path}: {other:?}"),
        }
    }
    let none = SdistWriter::new(&filename())
        .file("x.py", "", false)
        .finish();
    assert!(matches!(
        none,
        Err(SdistError::Missing { file: "PKG-INFO" })
    ));
    let other = writer()
        .file("PKG-INFO", INFO.replace("1.0", "1.1"), false)
        .finish();
    assert!(matches!(
        other,
        Err(SdistError::Disagree {
            field: "Version",
            ..
        })
    ));
    let broken = writer().file("PKG-INFO", "Name: demo-x\n", false).finish();
    assert!(matches!(broken, Err(SdistError::Metadata(_))));
    let bomb = writer().file("zeros", vec![0; 70 << 20], false).finish();
    assert!(matches!(
        bomb,
        Err(SdistError::Archive(ArchiveError::Limit { .. }))
    ));
}

#[test]
fn a_zip_archive_that_would_show_through_is_not_written() {
    // Noise, so that the encoder stores it as it is, with a small archive among it.
    let mut state = 1_u64;
    let mut noise: Vec<u8> = (0..200_000)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56).to_le_bytes()[0]
        })
        .collect();
    let plain = writer()
        .file("src/noise.bin", noise.clone(), false)
        .finish();
    plain.unwrap();
    noise[180_000..180_004].copy_from_slice(b"PK\x01\x02");
    noise[180_100..180_104].copy_from_slice(b"PK\x05\x06");
    noise[180_112..180_116].copy_from_slice(&100_u32.to_le_bytes());
    let found = writer().file("src/noise.bin", noise, false).finish();
    assert!(matches!(found, Err(SdistError::AlsoZip)));
}
