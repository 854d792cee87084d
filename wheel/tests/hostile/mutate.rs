//! Damage of every kind: nothing panics, and nothing that is accepted differs from the original.

use std::collections::BTreeMap;

use wheel::WheelFilename;
use wheel::archive::{Limits, ReadAt, WheelArchive, WheelError};

use crate::demo::{Chunked, DIST_INFO, Demo};
use crate::forge::File;
use crate::ranges::found_by_ranges;

/// Small, and yet with each kind of entry.
fn original() -> Vec<u8> {
    let mut demo = Demo::default();
    demo.remove("demo/b.bin");
    demo.add("demo/b.bin", b"\x00\x01\x02\x03\xff");
    let mut zip = demo.zip();
    *zip.file("demo/b.bin") = File::stored("demo/b.bin", b"\x00\x01\x02\x03\xff");
    zip.file("demo/a.py").stream(true, false);
    zip.files.insert(0, File::folder("demo"));
    zip.bytes()
}

type Contents = BTreeMap<String, Option<Vec<u8>>>;

fn contents<R: ReadAt>(reader: R, filename: &WheelFilename) -> Result<Contents, WheelError> {
    let wheel = WheelArchive::open(reader, filename, Limits::default())?;
    let mut contents = BTreeMap::new();
    for entry in wheel.entries() {
        let bytes = (!entry.is_dir())
            .then(|| wheel.read(entry, 1 << 20))
            .transpose()?;
        contents.insert(entry.name().to_owned(), bytes);
    }
    Ok(contents)
}

struct Judge {
    filename: WheelFilename,
    contents: Contents,
    metadata: Vec<u8>,
    accepted: usize,
    refused: usize,
}

impl Judge {
    fn new(original: &[u8]) -> Self {
        let filename: WheelFilename = Demo::default().filename.parse().unwrap();
        let contents = contents(original, &filename).unwrap();
        assert_eq!(contents.len(), 8);
        let metadata = contents[&format!("{DIST_INFO}/METADATA")].clone().unwrap();
        assert_eq!(found_by_ranges(original, &filename).unwrap(), metadata);
        Self {
            filename,
            contents,
            metadata,
            accepted: 0,
            refused: 0,
        }
    }

    fn check(&mut self, damaged: &[u8], what: impl Fn() -> String) {
        match contents(damaged, &self.filename) {
            Err(error) => {
                assert!(error.to_string().len() < 2000);
                self.refused += 1;
            }
            Ok(found) => {
                assert!(
                    found == self.contents,
                    "{}: accepted with other content",
                    what()
                );
                self.accepted += 1;
            }
        }
        if let Ok(found) = contents(Chunked(damaged.to_vec()), &self.filename) {
            assert!(found == self.contents, "{}: by chunks", what());
        }
        if let Ok(found) = found_by_ranges(damaged, &self.filename) {
            assert!(
                found == self.metadata,
                "{}: other metadata by ranges",
                what()
            );
        }
    }
}

#[test]
fn every_bit_flipped() {
    let original = original();
    let mut judge = Judge::new(&original);
    for at in 0..original.len() {
        for bit in 0..8 {
            let mut damaged = original.clone();
            damaged[at] ^= 1 << bit;
            judge.check(&damaged, || format!("bit {bit} of byte {at}"));
        }
    }
    // What may change unnoticed are times, modes, versions: a part of the headers.
    let changeable = judge.accepted / 8;
    assert!(
        changeable > 0 && changeable < original.len() / 4,
        "{changeable} bytes"
    );
    assert!(judge.refused > judge.accepted);
}

#[test]
fn cut_at_every_byte() {
    let original = original();
    let mut judge = Judge::new(&original);
    for at in 0..original.len() {
        judge.check(&original[..at], || format!("the first {at} bytes"));
        judge.check(&original[at..], || format!("from byte {at} on"));
        let without = [&original[..at], &original[at + 1..]].concat();
        judge.check(&without, || format!("without byte {at}"));
        let twice = [&original[..=at], &original[at..]].concat();
        judge.check(&twice, || format!("byte {at} twice"));
    }
    // The one that passes is the whole: "from byte 0 on".
    assert_eq!(judge.accepted, 1);
}

#[test]
fn damage_at_random() {
    let original = original();
    let mut judge = Judge::new(&original);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % limit as u64).unwrap()
    };
    for round in 0..20_000 {
        let mut damaged = original.clone();
        for _ in 0..=below(4) {
            let (at, other, len) = (below(damaged.len()), below(damaged.len()), 1 + below(60));
            let end = (at + len).min(damaged.len());
            match below(6) {
                0 => damaged[at] = u8::try_from(below(256)).unwrap(),
                1 => damaged[at..end].fill(if below(2) == 0 { 0 } else { 0xff }),
                2 => drop(damaged.drain(at..end)),
                3 => {
                    let piece = damaged[at..end].to_vec();
                    damaged.splice(other..other, piece);
                }
                4 => damaged.swap(at, other),
                _ => {
                    let piece = damaged[at..end].to_vec();
                    let to = (other + piece.len()).min(damaged.len());
                    damaged[other..to].copy_from_slice(&piece[..to - other]);
                }
            }
            if damaged.is_empty() {
                break;
            }
        }
        judge.check(&damaged, || format!("round {round}"));
    }
    assert!(
        judge.refused > 15_000,
        "{} refused, {} accepted",
        judge.refused,
        judge.accepted
    );
}
