//! What looks odd and is in use: wheels like these must pass.

use std::sync::Arc;

use wheel::WheelFilename;
use wheel::archive::{Archive, ArchiveError, Limits, Scheme, WheelArchive, WheelWarning};
use wheel::record::RecordEntry;

use crate::demo::{Chunked, DATA, DIST_INFO, Demo, judge, metadata, wheel_file};
use crate::forge::{End64, File, Zip, extra};

/// A change that must not matter, neither to whether the wheel passes nor to what it holds.
type Oddity = (&'static str, fn(&mut Zip));

const ODDITIES: &[Oddity] = &[
    ("folders", |zip| zip.files.push(File::folder("demo"))),
    ("a folder that was compressed", |zip| {
        let mut folder = File::packed("demo/", 8, b"", vec![3, 0]);
        folder.external = 0o040_755 << 16;
        zip.files.push(folder);
    }),
    ("a folder that MS-DOS made", |zip| {
        let mut folder = File::folder("demo/sub");
        (folder.external, folder.made_by) = (0x10, 20);
        zip.files.push(folder);
    }),
    ("two spellings of a folder", |zip| {
        zip.files
            .extend([File::folder("demo/Sub"), File::folder("demo/sub")]);
    }),
    ("modes without a kind", |zip| {
        zip.file("demo/a.py").external = 0o644 << 16
    }),
    ("no modes", |zip| zip.file("demo/a.py").external = 0),
    ("setuid", |zip| {
        zip.file("demo/a.py").external = 0o104_755 << 16
    }),
    ("made on Windows", |zip| {
        zip.files.iter_mut().for_each(|f| f.made_by = 20)
    }),
    ("made on macOS", |zip| {
        zip.files.iter_mut().for_each(|f| f.made_by = 19 << 8 | 30)
    }),
    ("times and owners in extra fields", |zip| {
        for file in &mut zip.files {
            file.local.extra = [extra(0x5455, &[3; 9]), extra(0x7855, &[0; 4])].concat();
            file.central.extra = [extra(0x5455, &[3; 5]), extra(0x7855, &[])].concat();
        }
    }),
    ("a streaming writer", |zip| {
        zip.files.iter_mut().for_each(|f| f.stream(true, false))
    }),
    ("unsigned descriptors", |zip| {
        zip.files.iter_mut().for_each(|f| f.stream(false, false))
    }),
    ("wide descriptors", |zip| {
        zip.files.iter_mut().for_each(|f| f.stream(true, true))
    }),
    ("a streaming writer that knows the sizes", |zip| {
        let file = zip.file("demo/a.py");
        let local = file.local.clone();
        file.stream(true, false);
        file.local = wheel_local(local);
    }),
    ("ZIP64 sizes in the local headers", |zip| {
        for file in &mut zip.files {
            let sizes = [file.local.size, file.local.compressed];
            let wide: Vec<u8> = sizes
                .iter()
                .flat_map(|&s| u64::from(s).to_le_bytes())
                .collect();
            file.local.extra = extra(1, &wide);
            (file.local.size, file.local.compressed) = (u32::MAX, u32::MAX);
        }
    }),
    ("a ZIP64 end", |zip| zip.end64 = Some(End64::default())),
    ("a ZIP64 end that is needed", |zip| {
        zip.end64 = Some(End64::default());
        zip.end.entries = Some(u16::MAX);
        (zip.end.size, zip.end.offset) = (Some(u32::MAX), Some(u32::MAX));
    }),
    ("a comment", |zip| {
        zip.end.comment = b"made by PKware, PK\xff\xff".to_vec()
    }),
    ("the longest comment", |zip| {
        zip.end.comment = vec![b'x'; 65_535]
    }),
    ("effort flags in one header only", |zip| {
        zip.file("demo/a.py").local.flags |= 2
    }),
    ("another order in the directory", |zip| {
        let mut offset = 0;
        for file in &mut zip.files {
            file.offset = Some(offset);
            offset += u32::try_from(30 + file.local.name.len() + file.data.len()).unwrap();
        }
        let mut listed = zip.files.clone();
        listed.reverse();
        zip.files.iter_mut().for_each(|file| file.listed = false);
        listed.iter_mut().for_each(|file| file.present = false);
        zip.files.extend(listed);
    }),
];

#[test]
fn oddities_of_real_builders() {
    let demo = Demo::default();
    for (name, change) in ODDITIES {
        let mut zip = demo.zip();
        change(&mut zip);
        judge(&zip, &demo.filename, Limits::default())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let archive = Archive::open(zip.bytes(), Limits::default()).unwrap();
        for (path, bytes) in &demo.files {
            let entry = archive.get(path).unwrap();
            assert_eq!(
                &archive.read(entry, 1 << 20).unwrap(),
                bytes,
                "{name}: {path}"
            );
        }
    }
}

/// Keeps the true sizes next to the flag.
fn wheel_local(mut local: crate::forge::Header) -> crate::forge::Header {
    local.flags |= crate::forge::STREAMED;
    local
}

#[test]
fn modes_become_one_bit() {
    for (external, executable) in [
        (0o100_755 << 16, true),
        (0o100_744 << 16, true),
        (0o104_755 << 16, true),
        (0o100_644 << 16, false),
        (0o102_666 << 16, false),
        (0o755 << 16, false),
        (0, false),
    ] {
        let mut zip = Demo::default().zip();
        zip.file("demo/a.py").external = external;
        let archive = Archive::open(zip.bytes(), Limits::default()).unwrap();
        assert_eq!(
            archive.get("demo/a.py").unwrap().executable(),
            executable,
            "{external:o}"
        );
    }
}

#[test]
fn names_of_all_languages() {
    let mut demo = Demo::default();
    for name in [
        "demo/日本語.py",
        "demo/naïve.txt",
        "demo/Ωμέγα",
        "demo/🦀.rs",
    ] {
        demo.add(name, name.as_bytes());
    }
    demo.judge(Limits::default()).unwrap();
}

#[test]
fn records_of_real_builders() {
    let mut demo = Demo {
        record: |record| {
            // Itself and its signatures need no row, folders may have one.
            record.remove(&format!("{DIST_INFO}/RECORD"));
            record.remove(&format!("{DIST_INFO}/RECORD.jws"));
            record.insert(RecordEntry::bare(format!("{DIST_INFO}/RECORD.p7s")));
            record.insert(RecordEntry::bare("demo/sub/"));
            let mut a = record.get("demo/a.py").unwrap().clone();
            a.size = None;
            record.insert(a);
        },
        ..Demo::default()
    };
    demo.add(&format!("{DIST_INFO}/RECORD.jws"), b"{}");
    demo.add(&format!("{DIST_INFO}/RECORD.p7s"), b"0");
    let mut zip = demo.zip();
    zip.files.push(File::folder("demo/sub"));
    judge(&zip, &demo.filename, Limits::default()).unwrap();
}

#[test]
fn places_and_their_paths() {
    let mut demo = Demo::default();
    for scheme in Scheme::ALL {
        demo.add(&format!("{DATA}/{scheme}/x/y"), scheme.as_str());
    }
    demo.remove(&format!("{DATA}/platlib/x/y"));
    let mut zip = demo.zip();
    zip.files
        .extend([File::folder(DATA), File::folder(&format!("{DATA}/data"))]);
    let filename: WheelFilename = demo.filename.parse().unwrap();
    let bytes: Arc<[u8]> = zip.bytes().into();
    let wheel = WheelArchive::open(bytes, &filename, Limits::default()).unwrap();
    assert_eq!((wheel.dist_info(), wheel.data()), (DIST_INFO, Some(DATA)));
    let place = |name: &str| wheel.place(wheel.archive().get(name).unwrap());
    for scheme in [
        Scheme::Purelib,
        Scheme::Headers,
        Scheme::Scripts,
        Scheme::Data,
    ] {
        assert_eq!(
            place(&format!("{DATA}/{scheme}/x/y")),
            Some((scheme, "x/y"))
        );
    }
    assert_eq!(place("demo/a.py"), Some((Scheme::Purelib, "demo/a.py")));
    assert_eq!((place(DATA), place(&format!("{DATA}/data"))), (None, None));

    demo.add(
        &format!("{DIST_INFO}/WHEEL"),
        b"Wheel-Version: 1.0\nTag: py3-none-any\n",
    );
    let wheel = WheelArchive::open(demo.zip().bytes(), &filename, Limits::default()).unwrap();
    let place = wheel.place(wheel.archive().get("demo/a.py").unwrap());
    assert_eq!(place, Some((Scheme::Platlib, "demo/a.py")));
}

#[test]
fn what_is_only_worth_a_warning() {
    let filename: WheelFilename = "demo-1.0-py2.py3-none-any.whl".parse().unwrap();
    let mut demo = Demo::default();
    demo.add(&format!("{DIST_INFO}/WHEEL"), wheel_file("1.9"));
    let wheel = WheelArchive::open(demo.zip().bytes(), &filename, Limits::default()).unwrap();
    let [
        WheelWarning::Version { version },
        WheelWarning::Tags { wheel, filename },
    ] = wheel.warnings()
    else {
        panic!("{:?}", wheel.warnings());
    };
    assert_eq!(
        (version.as_str(), wheel.len(), filename.len()),
        ("1.9", 1, 2)
    );

    let demo = Demo::default();
    let filename = demo.filename.parse().unwrap();
    let wheel = WheelArchive::open(demo.zip().bytes(), &filename, Limits::default()).unwrap();
    assert_eq!(wheel.warnings(), []);
}

#[test]
fn pip_may_bring_pip() {
    let mut demo = Demo {
        filename: "pip-26.3-py3-none-any.whl".into(),
        ..Demo::default()
    };
    demo.files.clear();
    let folder = "pip-26.3.dist-info";
    demo.add(&format!("{folder}/METADATA"), metadata("pip", "26.3"));
    demo.add(&format!("{folder}/WHEEL"), wheel_file("1.0"));
    let scripts = "[console_scripts]\npip = pip:main\npip3 = pip:main\n";
    demo.add(&format!("{folder}/entry_points.txt"), scripts);
    demo.judge(Limits::default()).unwrap();
}

/// Entries longer than every buffer, packed and stored, and one of exactly a buffer's length.
fn large() -> Demo {
    let mut demo = Demo::default();
    let mut state = 1_u32;
    let mut noise = |len: usize| -> Vec<u8> {
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        (0..len).map(|_| next()).collect()
    };
    for (i, len) in [65_535, 65_536, 131_072, 700_001].into_iter().enumerate() {
        demo.add(&format!("demo/noise{i}.bin"), noise(len));
        demo.add(
            &format!("demo/text{i}.py"),
            b"0123456789\n".repeat(len / 11),
        );
    }
    demo
}

#[test]
fn large_files_by_chunks_and_in_parallel() {
    let demo = large();
    let mut zip = demo.zip();
    for i in [0, 3] {
        let name = format!("demo/noise{i}.bin");
        let (_, bytes) = demo.files.iter().find(|(other, _)| *other == name).unwrap();
        *zip.file(&name) = File::stored(&name, bytes);
    }
    judge(&zip, &demo.filename, Limits::default()).unwrap();
    let filename: WheelFilename = demo.filename.parse().unwrap();
    let source = Chunked(zip.bytes());
    let wheel = WheelArchive::open(source, &filename, Limits::default()).unwrap();
    std::thread::scope(|scope| {
        for shift in 0..3 {
            let (wheel, files) = (&wheel, &demo.files);
            scope.spawn(move || {
                for i in 0..files.len() {
                    let (name, bytes) = &files[(i * 3 + shift) % files.len()];
                    let entry = wheel.archive().get(name).unwrap();
                    assert!(&wheel.read(entry, 1 << 20).unwrap() == bytes, "{name}");
                }
            });
        }
    });
}

/// A sink that reads another entry at each write.
struct Nested<'a> {
    archive: &'a Archive<Chunked>,
    outer: Vec<u8>,
    inner: Vec<u8>,
}

impl std::io::Write for Nested<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let entry = self.archive.get("demo/text1.py").unwrap();
        self.inner = self.archive.read(entry, 1 << 20).unwrap();
        self.outer.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_sink_may_read_the_archive_itself() {
    let demo = large();
    let archive = Archive::open(Chunked(demo.zip().bytes()), Limits::default()).unwrap();
    let mut nested = Nested {
        archive: &archive,
        outer: Vec::new(),
        inner: Vec::new(),
    };
    let entry = archive.get("demo/text3.py").unwrap();
    archive.copy(entry, &mut nested).unwrap();
    let bytes = |name: &str| {
        &demo
            .files
            .iter()
            .find(|(other, _)| other == name)
            .unwrap()
            .1
    };
    assert!(&nested.outer == bytes("demo/text3.py"));
    assert!(&nested.inner == bytes("demo/text1.py"));
}

#[test]
fn a_sink_that_fails_is_an_error_of_the_entry() {
    let archive = Archive::open(Demo::default().zip().bytes(), Limits::default()).unwrap();
    let entry = archive.get("demo/a.py").unwrap();
    let mut short = [0_u8; 10];
    let error = archive.copy(entry, &mut &mut short[..]).unwrap_err();
    match error {
        ArchiveError::Io { entry, source } => {
            assert_eq!(entry, "`demo/a.py`");
            assert_eq!(source.kind(), std::io::ErrorKind::WriteZero);
        }
        other => panic!("{other:?}"),
    }
}
