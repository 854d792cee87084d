//! Sound archives that are not the wheel they are said to be.

use wheel::archive::{ArchiveError, ClashKind, Limits, WheelError};
use wheel::entry_points::EntryPointsError;
use wheel::wheel_file::WheelFileError;

use crate::demo::{DATA, DIST_INFO, Demo, metadata, wheel_file};

/// A hostile wheel: what is done to the files of the sound one (`RECORD` fits), and how it must be
/// refused.
struct Case {
    name: &'static str,
    harm: fn(&mut Demo),
    refused: fn(&WheelError) -> bool,
}

fn run_all(cases: &[Case]) {
    for Case {
        name,
        harm,
        refused,
    } in cases
    {
        let mut demo = Demo::default();
        demo.judge(Limits::default()).unwrap();
        harm(&mut demo);
        match demo.judge(Limits::default()) {
            Err(error) if refused(&error) => {}
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn folders_of_other_wheels() {
    run_all(&[
        Case {
            name: "no .dist-info",
            harm: |demo| demo.move_folder(DIST_INFO, "demo-1.0"),
            refused: |error| matches!(error, WheelError::NoDistInfo),
        },
        Case {
            name: "two .dist-info",
            harm: |demo| demo.add("other-2.0.dist-info/METADATA", metadata("other", "2.0")),
            refused: |error| matches!(error, WheelError::SeveralDistInfo { .. }),
        },
        Case {
            name: "a second .dist-info of other case",
            harm: |demo| demo.add("DEMO-1.0.Dist-Info/evil", b"1"),
            refused: |error| matches!(error, WheelError::SeveralDistInfo { .. }),
        },
        Case {
            name: "a file that ends as a .dist-info does",
            harm: |demo| demo.add("other.dist-info", b"1"),
            refused: |error| matches!(error, WheelError::SeveralDistInfo { .. }),
        },
        Case {
            name: "a .dist-info of another project",
            harm: |demo| demo.move_folder(DIST_INFO, "other-1.0.dist-info"),
            refused: |error| matches!(error, WheelError::ForeignDistInfo { .. }),
        },
        Case {
            name: "a .dist-info of another version",
            harm: |demo| demo.move_folder(DIST_INFO, "demo-1.1.dist-info"),
            refused: |error| matches!(error, WheelError::ForeignDistInfo { .. }),
        },
        Case {
            name: "a .dist-info of a project whose name begins alike",
            harm: |demo| demo.move_folder(DIST_INFO, "demo-evil-1.0.dist-info"),
            refused: |error| matches!(error, WheelError::ForeignDistInfo { .. }),
        },
        Case {
            name: "the file name of another project",
            harm: |demo| demo.filename = "requests-1.0-py3-none-any.whl".into(),
            refused: |error| matches!(error, WheelError::ForeignDistInfo { .. }),
        },
    ]);
}

#[test]
fn metadata_that_does_not_agree() {
    run_all(&[
        Case {
            name: "no METADATA",
            harm: |demo| demo.remove(&format!("{DIST_INFO}/METADATA")),
            refused: |error| matches!(error, WheelError::Missing { file: "METADATA" }),
        },
        Case {
            name: "METADATA is a folder",
            harm: |demo| {
                demo.remove(&format!("{DIST_INFO}/METADATA"));
                demo.add(&format!("{DIST_INFO}/METADATA/x"), b"");
            },
            refused: |error| matches!(error, WheelError::Missing { file: "METADATA" }),
        },
        Case {
            name: "no WHEEL",
            harm: |demo| demo.remove(&format!("{DIST_INFO}/WHEEL")),
            refused: |error| matches!(error, WheelError::Missing { file: "WHEEL" }),
        },
        Case {
            name: "another name in METADATA",
            harm: |demo| demo.add(&format!("{DIST_INFO}/METADATA"), metadata("evil", "1.0")),
            refused: |error| matches!(error, WheelError::Disagree { field: "Name", .. }),
        },
        Case {
            name: "another version in METADATA",
            harm: |demo| demo.add(&format!("{DIST_INFO}/METADATA"), metadata("demo", "1.0.1")),
            refused: |error| {
                matches!(
                    error,
                    WheelError::Disagree {
                        field: "Version",
                        ..
                    }
                )
            },
        },
        Case {
            name: "no name in METADATA",
            harm: |demo| demo.add(&format!("{DIST_INFO}/METADATA"), b"Version: 1.0\n"),
            refused: |error| matches!(error, WheelError::Metadata(_)),
        },
        Case {
            name: "a wheel of a format to come",
            harm: |demo| demo.add(&format!("{DIST_INFO}/WHEEL"), wheel_file("2.0")),
            refused: |error| matches!(error, WheelError::WheelFile(WheelFileError::Version { .. })),
        },
        Case {
            name: "an empty WHEEL",
            harm: |demo| demo.add(&format!("{DIST_INFO}/WHEEL"), b""),
            refused: |error| matches!(error, WheelError::WheelFile(WheelFileError::NoVersion)),
        },
    ]);
}

fn misplaced(error: &WheelError) -> bool {
    matches!(error, WheelError::Data { .. })
}
fn clash(error: &WheelError, expected: ClashKind) -> bool {
    matches!(error,
        WheelError::Archive(ArchiveError::Clash { kind, .. }) if *kind == expected)
}

const MISPLACED: &[Case] = &[
    Case {
        name: "an unknown folder in .data",
        harm: |demo| demo.add(&format!("{DATA}/stdlib/os.py"), b"evil"),
        refused: misplaced,
    },
    Case {
        name: "a known folder of other case in .data",
        harm: |demo| demo.add(&format!("{DATA}/Scripts/x"), b"evil"),
        refused: misplaced,
    },
    Case {
        name: "a file right in .data",
        harm: |demo| demo.add(&format!("{DATA}/evil"), b"evil"),
        refused: misplaced,
    },
    Case {
        name: "another wheel's .data",
        harm: |demo| demo.add("other-1.0.data/scripts/ls", b"evil"),
        refused: misplaced,
    },
    Case {
        name: "a .data that is of no wheel",
        harm: |demo| {
            demo.remove(&format!("{DATA}/scripts/demo-tool"));
            demo.add("x.data/scripts/ls", b"evil");
        },
        refused: misplaced,
    },
    Case {
        name: "a second .data of other spelling",
        harm: |demo| demo.add("demo-1.0.0.data/scripts/ls", b"evil"),
        refused: misplaced,
    },
    Case {
        name: "a second .data of other case",
        harm: |demo| demo.add("demo-1.0.DATA/scripts/ls", b"evil"),
        refused: misplaced,
    },
    Case {
        name: "purelib over a file at the root",
        harm: |demo| demo.add(&format!("{DATA}/purelib/demo/a.py"), b"evil"),
        refused: |error| clash(error, ClashKind::Duplicate),
    },
    Case {
        name: "platlib over purelib, in other case",
        harm: |demo| {
            demo.add(&format!("{DATA}/purelib/x/y.py"), b"1");
            demo.add(&format!("{DATA}/platlib/X/Y.py"), b"2");
        },
        refused: |error| clash(error, ClashKind::Case),
    },
    Case {
        name: "purelib over METADATA",
        harm: |demo| {
            demo.add(
                &format!("{DATA}/purelib/{DIST_INFO}/METADATA"),
                b"Name: evil\n",
            );
        },
        refused: |error| clash(error, ClashKind::Duplicate),
    },
    Case {
        name: "purelib puts a file where a folder is",
        harm: |demo| demo.add(&format!("{DATA}/platlib/demo"), b"evil"),
        refused: |error| clash(error, ClashKind::FileAndFolder),
    },
];

#[test]
fn files_without_a_place_of_their_own() {
    run_all(MISPLACED);
}

#[test]
fn programs_that_stand_in_for_others() {
    for name in [
        "python",
        "Python",
        "PYTHON.EXE",
        "pythonw.exe",
        "python3",
        "python3.13",
        "python3.13t",
        "pip",
        "pip3.exe",
        "PIP3.13",
        "pypy3",
        "activate",
        "Activate.ps1",
        "deactivate.bat",
    ] {
        let mut demo = Demo::default();
        demo.add(&format!("{DATA}/scripts/{name}"), b"#!python\n");
        let error = demo.judge(Limits::default()).unwrap_err();
        assert!(
            matches!(error, WheelError::ReservedProgram { .. }),
            "{name}: {error}"
        );
    }
    for name in [
        "python-demo",
        "ipython3",
        "pipx",
        "pip-audit",
        "pythonista",
        "activate-demo",
    ] {
        let mut demo = Demo::default();
        demo.add(&format!("{DATA}/scripts/{name}"), b"#!python\n");
        demo.judge(Limits::default()).unwrap();
    }
}

#[test]
fn entry_points_that_are_none() {
    type Refused = fn(&WheelError) -> bool;
    let cases: [(&str, Refused); 6] = [
        ("../../evil = demo:main", |error| {
            matches!(
                error,
                WheelError::EntryPoints(EntryPointsError::ScriptName { .. })
            )
        }),
        ("Python3 = demo:main", |error| {
            matches!(
                error,
                WheelError::EntryPoints(EntryPointsError::ReservedName { .. })
                    | WheelError::ReservedProgram { .. }
            )
        }),
        ("pip = demo:main", |error| {
            matches!(error, WheelError::ReservedProgram { .. })
        }),
        ("tool = demo", |error| {
            matches!(
                error,
                WheelError::EntryPoints(EntryPointsError::Reference { .. })
            )
        }),
        ("tool = demo:main; import evil", |error| {
            matches!(
                error,
                WheelError::EntryPoints(EntryPointsError::Reference { .. })
            )
        }),
        ("no entry", |error| {
            matches!(error, WheelError::EntryPoints(_))
        }),
    ];
    for (line, refused) in cases {
        let mut demo = Demo::default();
        let text = format!("[console_scripts]\nfine = demo:main\n{line}\n");
        demo.add(&format!("{DIST_INFO}/entry_points.txt"), text);
        let error = demo.judge(Limits::default()).unwrap_err();
        assert!(refused(&error), "{line}: {error:?}");
    }
}
