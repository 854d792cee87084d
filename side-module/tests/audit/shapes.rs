//! What a module is as a whole.

use crate::{Case, DYLINK, INIT, NEW, bytes, judge, module};
use side_module::{Wanted, audit};

/// `$DYLINK` and `$INIT` are what a right module has.
const SHAPES: &[Case] = &[
    ("right", "(module $DYLINK $INIT)", NEW, &[]),
    (
        "a component",
        "(component)",
        NEW,
        &["it is a WebAssembly component"],
    ),
    (
        "without dylink.0",
        "(module $INIT)",
        NEW,
        &[
            "it is no side module, since it has no section `dylink.0`: link with `-shared`, with emcc with \
           `-sSIDE_MODULE=2`",
        ],
    ),
    (
        "dylink.0 behind types",
        r#"(module (@custom "dylink.0" (after type) "\01\04\00\00\00\00") $INIT)"#,
        NEW,
        &["its section `dylink.0` is not the first"],
    ),
    (
        "dylink.0 behind another section like it",
        r#"(module (@custom "a" (before first) "")
           (@custom "dylink.0" (before first) "\01\04\00\00\00\00") $INIT)"#,
        NEW,
        &["its section `dylink.0` is not the first"],
    ),
    (
        "dylink.0 cut short",
        r#"(module (@custom "dylink.0" (before first) "\01\04\00") $INIT)"#,
        NEW,
        &["its section `dylink.0` is broken: "],
    ),
    (
        "no function that makes the module",
        "(module $DYLINK)",
        NEW,
        &[
            "it does not export `PyInit_spam`, so that no import finds it: define it, and link with \
           `--export=PyInit_spam`",
        ],
    ),
    (
        "that of another name",
        r#"(module $DYLINK (func (export "PyInit_eggs") (result i32) i32.const 0))"#,
        NEW,
        &[
            "it does not export `PyInit_spam`, so that no import finds it: it has PyInit_eggs: name the file, \
           or the function, alike",
        ],
    ),
    (
        "that gives 64 bits",
        r#"(module $DYLINK (func (export "PyInit_spam") (result i64) i64.const 0))"#,
        NEW,
        &[
            "its `PyInit_spam` is function () -> i64, and CPython calls a function () -> i32: declare it as \
           `PyMODINIT_FUNC PyInit_spam(void)`",
        ],
    ),
    (
        "that is a global",
        r#"(module $DYLINK (global (export "PyInit_spam") i32 i32.const 0))"#,
        NEW,
        &["its `PyInit_spam` is global i32, and"],
    ),
    (
        "that takes something",
        r#"(module $DYLINK (func (export "PyInit_spam") (param i32) (result i32) i32.const 0))"#,
        NEW,
        &["its `PyInit_spam` is function (i32) -> i32, and"],
    ),
    (
        "a result that is none",
        r#"(module $DYLINK (func (export "PyInit_spam") (result i32)))"#,
        NEW,
        &["it is not a valid WebAssembly module: type mismatch"],
    ),
];

#[test]
fn the_shape_of_the_module() {
    for (what, text, platforms, expected) in SHAPES {
        let text = text.replace("$DYLINK", DYLINK).replace("$INIT", INIT);
        judge(what, &bytes(&text), platforms, expected);
    }
    for (what, bytes) in [
        ("nothing", &b""[..]),
        ("text", b"#!/usr/bin/env python"),
        ("cut short", b"\0asm\x01\0\0\0\x01\x10"),
    ] {
        judge(what, bytes, NEW, &["it is not a WebAssembly module: "]);
    }
}

#[test]
fn what_it_is_for() {
    let module = module("");
    let known = "2024_0, 2025_0, 2026_0, 2026_5";
    let none = format!("no platform was named; name at least one of {known}");
    let unknown = format!("there is no platform `2025_1` of Pyodide; known are {known}");
    judge("none", &module, &[], &[&none]);
    judge("unknown", &module, &["2025_0", "2025_1"], &[&unknown]);
    let wanted = |name| Wanted {
        name,
        platforms: &["2026_0", "2025_0", "2026_0"],
        libraries: &[],
    };
    let report = audit(&module, &wanted(None)).expect("a library is not imported by Python");
    let releases: Vec<&str> = report
        .releases
        .iter()
        .map(|release| release.version.as_str())
        .collect();
    assert_eq!(releases.len(), 18);
    assert_eq!((releases[0], releases[17]), ("0.28.0", "314.0.7"));
    assert_eq!((report.memory_size, report.table_size), (24, 2));
    let findings = audit(&module, &wanted(Some("späm"))).unwrap_err();
    let finding = findings[0].to_string();
    assert!(finding.contains("`PyInitU_spm_rla`"), "{finding}");
}
