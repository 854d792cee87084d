use super::{WheelWriter, dos_time};
use crate::WheelFilename;
use crate::archive::{
    Archive, ArchiveError, ClashKind, Limits, NameFault, Scheme, WheelArchive, WheelError,
};
use crate::record::RecordHash;

fn filename() -> WheelFilename {
    "demo_x-1.0-2b-py2.py3-none-any.whl".parse().unwrap()
}

fn squares() -> String {
    (0..500)
        .map(|i| format!("square_{i} = {}\n", i * i))
        .collect()
}

fn writer() -> WheelWriter {
    WheelWriter::new(&filename())
        .generator("test")
        .file("demo_x/z.py", squares(), false)
        .data_file(Scheme::Scripts, "demo-tool", "#!python\n", true)
        .dist_info_file(
            "entry_points.txt",
            "[console_scripts]\ndemo = demo_x:main\n",
        )
        .file("demo_x/__init__.py", "", false)
        .file("Zeta.py", "# caf\u{e9}\n", false)
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let bytes = writer().finish().unwrap();
    assert_eq!(bytes, writer().finish().unwrap());
    // Changes with the encoder, and then every wheel that users build does: on purpose only.
    let golden = "sha256=GcCrsvOtB7mPiRNT8o7VXGkSVQdk30eYUVQCMGwVFFI";
    assert_eq!(RecordHash::sha256_of(&bytes).to_string(), golden);
    let stored = writer().stored().finish().unwrap();
    let golden = "sha256=cjjpV8dvf9lQ8pP4M1hApv-2mOuCCWB3lNr8wWKSg1M";
    assert_eq!(RecordHash::sha256_of(&stored).to_string(), golden);
}

#[test]
fn order_modes_and_what_is_made() {
    let wheel =
        WheelArchive::open(writer().finish().unwrap(), &filename(), Limits::default()).unwrap();
    wheel.verify().unwrap();
    let names: Vec<_> = wheel
        .entries()
        .iter()
        .map(|e| (e.name(), e.executable()))
        .collect();
    assert_eq!(
        names,
        [
            ("Zeta.py", false),
            ("demo_x-1.0.data/scripts/demo-tool", true),
            ("demo_x/__init__.py", false),
            ("demo_x/z.py", false),
            ("demo_x-1.0.dist-info/METADATA", false),
            ("demo_x-1.0.dist-info/WHEEL", false),
            ("demo_x-1.0.dist-info/entry_points.txt", false),
            ("demo_x-1.0.dist-info/RECORD", false),
        ]
    );
    assert_eq!(wheel.warnings(), []);
    assert_eq!(
        wheel.wheel_file().to_string(),
        "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n\
         Tag: py2-none-any\nTag: py3-none-any\nBuild: 2b\n"
    );
    assert_eq!(
        wheel.metadata_bytes(),
        b"Metadata-Version: 2.1\nName: demo-x\nVersion: 1.0\n"
    );
    assert_eq!(wheel.record().record().len(), 8);
}

#[test]
fn what_is_given_is_not_made() {
    let bytes = writer()
        .metadata("Metadata-Version: 2.4\nName: Demo.X\nVersion: 1.0.0\n")
        .wheel_file("Wheel-Version: 1.0\n")
        .finish()
        .unwrap();
    let wheel = WheelArchive::open(bytes, &filename(), Limits::default()).unwrap();
    assert!(wheel.metadata_bytes().ends_with(b"Version: 1.0.0\n"));
    assert!(!wheel.wheel_file().root_is_purelib);
    let bytes = writer().record("x,,\n").finish().unwrap();
    let error = WheelArchive::open(bytes, &filename(), Limits::default()).unwrap_err();
    assert!(matches!(error, WheelError::Recorded { .. }), "{error}");
    let native: WheelFilename = "demo-1.0-cp313-cp313-linux_x86_64.whl".parse().unwrap();
    let bytes = WheelWriter::new(&native).finish().unwrap();
    let wheel = WheelArchive::open(bytes, &native, Limits::default()).unwrap();
    assert!(!wheel.wheel_file().root_is_purelib);
    let bytes = WheelWriter::new(&native)
        .root_is_purelib(true)
        .finish()
        .unwrap();
    let wheel = WheelArchive::open(bytes, &native, Limits::default()).unwrap();
    assert!(wheel.wheel_file().root_is_purelib);
}

#[test]
fn paths_that_the_reader_refuses_are_not_written() {
    for (path, fault) in [
        ("../x", NameFault::Dots),
        ("/x", NameFault::Absolute),
        ("a\\b", NameFault::Backslash),
        ("demo_x/", NameFault::EmptyPart),
        ("nul.py", NameFault::Reserved),
        ("", NameFault::Empty),
    ] {
        match writer().file(path, "", false).finish() {
            Err(WheelError::Archive(ArchiveError::Name { fault: found, .. })) => {
                assert_eq!(found, fault, "{path}");
            }
            other => panic!("{path}: {other:?}"),
        }
    }
    for (path, kind) in [
        ("demo_x/Z.py", ClashKind::Case),
        ("demo_x", ClashKind::FileAndFolder),
        ("ZETA.py/x", ClashKind::FileAndFolder),
    ] {
        match writer().file(path, "", false).finish() {
            Err(WheelError::Archive(ArchiveError::Clash { kind: found, .. })) => {
                assert_eq!(found, kind, "{path}");
            }
            other => panic!("{path}: {other:?}"),
        }
    }
    let replaced = writer().file("Zeta.py", "other", false).finish().unwrap();
    let archive = Archive::open(replaced, Limits::default()).unwrap();
    let zeta = archive.get("Zeta.py").unwrap();
    assert_eq!(archive.read(zeta, 100).unwrap(), b"other");
}

#[test]
fn times_as_the_format_has_them() {
    for (seconds, time) in [
        (0, "1980-01-01 00:00:00"),
        (315_532_800, "1980-01-01 00:00:00"),
        (315_532_801, "1980-01-01 00:00:00"),
        (951_782_399, "2000-02-28 23:59:58"),
        (951_782_400, "2000-02-29 00:00:00"),
        (978_307_199, "2000-12-31 23:59:58"),
        (1_580_601_600, "2020-02-02 00:00:00"),
        (1_795_441_683, "2026-11-23 13:48:02"),
        (4_107_542_400, "2100-03-01 00:00:00"),
        (4_354_819_198, "2107-12-31 23:59:58"),
        (u64::MAX, "2107-12-31 23:59:58"),
    ] {
        assert_eq!(dos_time(seconds).to_string(), time, "{seconds}");
    }
}

#[test]
fn large_wheels_are_written_in_parts_and_read_as_one() {
    let text = |number: u32| format!("{number} {}", "x = 1\n".repeat(9000));
    let mut writer = WheelWriter::new(&filename());
    for number in 0..60 {
        writer = writer.file(format!("demo_x/m{number:02}.py"), text(number), number == 7);
    }
    let bytes = writer.finish().unwrap();
    let wheel = WheelArchive::open(bytes, &filename(), Limits::default()).unwrap();
    wheel.verify().unwrap();
    assert_eq!(wheel.entries().len(), 63);
    let seventh = wheel.get("demo_x/m07.py").unwrap();
    assert!(seventh.executable());
    assert_eq!(wheel.read(seventh, 1 << 20).unwrap(), text(7).into_bytes());
    let programs = wheel.entries().iter().filter(|entry| entry.executable());
    assert_eq!(programs.count(), 1);
}
