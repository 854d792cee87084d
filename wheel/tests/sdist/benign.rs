//! What only looks odd, and builders do.

use tar::EntryType;
use wheel::archive::Limits;

use crate::forge::{Forged, Sdist, gzip, read, record};

fn accepted(change: impl FnOnce(&mut Sdist)) -> wheel::sdist::SdistArchive {
    let mut sdist = Sdist::default();
    change(&mut sdist);
    read(&sdist.bytes(), &Limits::default()).unwrap()
}

#[test]
fn what_builders_write() {
    accepted(|sdist| sdist.end.resize(10_240, 0));
    accepted(|sdist| drop(sdist.entries.remove(0)));
    // The comment of `git archive`.
    accepted(|sdist| {
        let comment = record("comment", "6251025");
        let global = Forged::new(EntryType::XGlobalHeader, b"pax_global_header", &comment);
        sdist.entries.insert(0, global);
    });
    // A folder without a slash, and one with the bit that hands the group down.
    accepted(|sdist| {
        sdist.push(Forged::new(EntryType::Directory, b"demo-1.0/docs", b""));
        sdist.entries[0].header.set_mode(0o2755);
    });
    // The type in the mode, GNU's magic, a large owner in its binary form, fields left empty.
    accepted(|sdist| sdist.last().header.set_mode(0o100_644));
    accepted(|sdist| {
        sdist
            .entries
            .iter_mut()
            .for_each(|e| e.put(257, b"ustar  \0"))
    });
    accepted(|sdist| sdist.last().put(108, b"\x80\0\0\0\x7f\0\0\x01"));
    accepted(|sdist| sdist.last().put(108, &[0; 16]));
    accepted(|sdist| sdist.last().put(329, b"0000000\x000000000\0"));
    accepted(|sdist| sdist.last().put(124, b"       1274 "));
    // All that Python's `tarfile` puts into PAX records.
    accepted(|sdist| {
        let size = sdist.last().data.len().to_string();
        let records = [
            record("path", "demo-1.0/src/\u{65e5}\u{672c}.py"),
            record("size", &size),
            record("mtime", "1700000000.1234567"),
            record("uid", "4294967294"),
            record("gid", "4294967294"),
            record("uname", "j\u{f6}rg"),
            record("gname", "staff"),
        ];
        sdist.entries.insert(3, Forged::pax(&records.concat()));
    });
    // Time and name in the gzip header.
    accepted(|sdist| {
        sdist.packed = |bytes| {
            let header = [0x1f, 0x8b, 8, 8, 1, 2, 3, 4, 2, 3];
            [&header, &b"demo-1.0.tar\0"[..], &bytes[10..]].concat()
        }
    });
}

#[test]
fn what_a_file_is() {
    let sdist = accepted(|sdist| {
        sdist.last().header.set_mode(0o4711);
        sdist.push(Forged::file("group", b"1"));
        sdist.last().header.set_mode(0o654);
    });
    let run = |path| sdist.get(path).unwrap().executable();
    assert_eq!((run("src/demo.py"), run("group")), (true, false));
    let other = sdist.files()[0].clone();
    let small = read(&gzip(&Sdist::default().tar()), &Limits::default()).unwrap();
    // A file of another archive reads as something or nothing, and does no harm.
    let _ = small.bytes(&other);
}

#[test]
fn old_spellings_of_the_top_folder() {
    let filename = "Demo.X-1.0.tar.gz".parse().unwrap();
    let info = b"Metadata-Version: 1.2\nName: Demo.X\nVersion: 1.0.0\n";
    for top in ["Demo.X-1.0", "demo_x-1.0", "demo-x-1.0.0"] {
        let mut sdist = Sdist::default();
        let name = format!("{top}/PKG-INFO");
        sdist.entries = vec![Forged::new(EntryType::Regular, name.as_bytes(), info)];
        let read = wheel::sdist::SdistArchive::read(&sdist.bytes(), &filename, &Limits::default());
        assert_eq!(read.unwrap().top_folder(), top);
    }
}
