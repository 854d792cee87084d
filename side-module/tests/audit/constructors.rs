//! Constructors that never run.

use crate::{Case, NEW, judge, module};

const IDLE: &[&str] = &[
    "it has static constructors, and they never run, since it does not export `__wasm_call_ctors`: link \
     with `--export-if-defined=__wasm_call_ctors`",
];
/// `$C` is a constructor.
const CONSTRUCTORS: &[Case] = &[
    ("nobody calls", "(func (call $c)) $C", NEW, IDLE),
    (
        "one that gives something",
        "(func (call $c) (drop (call $d))) $C (func $d (result i32) (i32.const 1))",
        NEW,
        IDLE,
    ),
    (
        "exported",
        r#"(func (export "__wasm_call_ctors") (call $c)) $C"#,
        NEW,
        &[],
    ),
    ("at the start", "(start 0) (func (call $c)) $C", NEW, &[]),
    (
        "called",
        "(func $all (call $c)) $C (func (call $all))",
        NEW,
        &[],
    ),
    (
        "by its address",
        "(table 1 funcref) (elem (i32.const 0) 0) (func (call $c)) $C",
        NEW,
        &[],
    ),
    ("none", "(func) $C", NEW, &[]),
    ("not the first", "$C (func (call $c))", NEW, &[]),
    (
        "something else",
        "(func (call $c) (global.set 0 (i32.const 2))) $C",
        NEW,
        &[],
    ),
    (
        "something that takes",
        "(func (param i32) (call $c)) $C",
        NEW,
        &[],
    ),
];

#[test]
fn constructors_that_never_run() {
    let constructor = "(global (mut i32) (i32.const 0)) (func $c (global.set 0 (i32.const 1)))";
    for (what, body, platforms, expected) in CONSTRUCTORS {
        let body = body.replace("$C", constructor);
        judge(what, &module(&body), platforms, expected);
    }
}
