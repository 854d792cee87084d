//! Damage of every kind: nothing panics, and what is cut off is never accepted.

use std::collections::BTreeMap;

use wheel::archive::Limits;
use wheel::sdist::SdistArchive;

use crate::forge::{Forged, Sdist, gzip, read, record};

type Contents = BTreeMap<String, (Vec<u8>, bool)>;

fn contents(sdist: &SdistArchive) -> Contents {
    let files = sdist.files().iter();
    files
        .map(|file| {
            (
                file.path().to_owned(),
                (sdist.bytes(file).to_vec(), file.executable()),
            )
        })
        .collect()
}

fn original() -> Sdist {
    let mut sdist = Sdist::default();
    sdist.last().data.truncate(30);
    sdist.last().header.set_size(30);
    sdist
        .entries
        .insert(3, Forged::pax(&record("path", "demo-1.0/caf\u{e9}.py")));
    sdist
}

#[test]
fn a_file_that_is_cut_off_is_refused() {
    let packed = original().bytes();
    for length in 0..packed.len() {
        let cut = read(&packed[..length], &Limits::default());
        assert!(cut.is_err(), "{length}");
    }
    let tar = original().tar();
    for length in 0..tar.len() {
        let cut = read(&gzip(&tar[..length]), &Limits::default());
        assert!(cut.is_err(), "{length}");
    }
}

#[test]
fn a_byte_that_is_changed_is_noticed() {
    let whole = contents(&read(&original().bytes(), &Limits::default()).unwrap());
    let mut packed = original().bytes();
    for at in 0..packed.len() {
        for change in [1, 0x80, 0xff] {
            packed[at] ^= change;
            if let Ok(sdist) = read(&packed, &Limits::default()) {
                // The time in the gzip header, or another code for the same bytes.
                assert_eq!(contents(&sdist), whole);
            }
            packed[at] ^= change;
        }
    }
}

/// Without gzip's sum, an attacker's every byte counts: no panic, and no header that is changed
/// without its own sum.
#[test]
fn a_byte_of_a_header_that_is_changed_is_noticed() {
    let mut tar = original().tar();
    let mut accepted = 0;
    for at in 0..tar.len() {
        tar[at] ^= 0x21;
        if read(&gzip(&tar), &Limits::default()).is_ok() {
            accepted += 1;
        }
        tar[at] ^= 0x21;
    }
    // What may change is the content: the data of two files, of PKG-INFO little, and of a name in
    // a PAX record some letters.
    assert!((1..130).contains(&accepted), "{accepted}");
}
