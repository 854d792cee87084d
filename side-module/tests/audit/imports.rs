//! Where imports come from.

use crate::{Case, NEW, bytes, judge, module, said};
use side_module::{Library, Wanted, audit};

const IMPORTS: &[Case] = &[
    (
        "a function",
        r#"(import "env" "no_such" (func))"#,
        &["2024_0", "2025_0"],
        &[
            "Pyodide 0.27.0 to 0.29.5 has no function `no_such`: it loads, and a call of that ends Pyodide; link \
           in what defines it, or leave that platform out",
        ],
    ),
    (
        "a function, and its address: said once",
        r#"(import "env" "no_such" (func)) (import "GOT.func" "no_such" (global (mut i32)))"#,
        &["2026_0"],
        &[
            "Pyodide 314.0.0 to 314.0.7 has no function `no_such`: it fails when it is loaded, since its \
           address is asked for",
        ],
    ),
    (
        "data",
        r#"(import "GOT.mem" "no_such" (global (mut i32)))"#,
        NEW,
        &[
            "Pyodide 0.28.0 to 0.29.5 has no data `no_such`: it fails when it is loaded; link in what",
        ],
    ),
    (
        "what a later CPython has",
        r#"(import "env" "PyIter_NextItem" (func (param i32 i32) (result i32)))"#,
        &["2026_5", "2025_0", "2026_0", "2024_0"],
        &[
            "Pyodide 0.27.0 to 0.29.5 has no function `PyIter_NextItem`: it loads, and a call of that \
           ends Pyodide; build for that CPython, or leave that platform out",
        ],
    ),
    (
        "what came within a platform",
        r#"(import "GOT.mem" "compat_dict_to_literalmap" (global (mut i32)))"#,
        NEW,
        &["Pyodide 0.28.0 to 0.28.3 has no data `compat_dict_to_literalmap`: it fails"],
    ),
    (
        "the tag of C++, where exceptions are JavaScript's",
        r#"(import "env" "__cpp_exception" (tag (param i32)))"#,
        &["2025_0", "2024_0"],
        &[
            "Pyodide 0.27.0 to 0.27.8 has no tag `__cpp_exception`: it fails when it is loaded; build for that \
           platform with `-fexceptions`",
        ],
    ),
    (
        "calls that catch, where exceptions are not JavaScript's",
        r#"(import "env" "invoke_vi" (func (param i32 i32)))"#,
        &["2025_0", "2024_0"],
        &[
            "Pyodide 0.28.0 to 0.29.5 has no function `invoke_vi`: it loads, and a call of that ends Pyodide; \
           build with `-fwasm-exceptions",
        ],
    ),
    (
        "another type",
        r#"(import "env" "time" (func (param i32) (result i32)))"#,
        &["2025_0", "2026_0"],
        &[
            "of `time` the module wants function (i32) -> i32, Pyodide 0.28.0 to 314.0.7 has function (i32) -> \
           i64: a LinkError when it is loaded; build with the headers of that platform",
        ],
    ),
    (
        "another type than JavaScript's",
        r#"(import "env" "emscripten_glClear" (func (param i64)))"#,
        NEW,
        &[
            "of `emscripten_glClear` the module wants function (i64) -> (), Pyodide 0.28.0 to 0.29.5 has \
           function (i32) -> (): it loads, and goes wrong when it is used",
        ],
    ),
    (
        "the address of data for that of a function",
        r#"(import "GOT.func" "_Py_NoneStruct" (global (mut i32)))"#,
        NEW,
        &[
            "of `_Py_NoneStruct` the module wants global mut i32, Pyodide 0.28.0 to 0.29.5 has global i32: it \
           loads, and goes wrong",
        ],
    ),
    (
        "more memory than there is",
        r#"(import "env" "memory" (memory 60000))"#,
        NEW,
        &[
            "of `memory` the module wants memory 60000.., Pyodide 0.28.0 to 0.29.5 has memory 320..65536: a \
           LinkError when it is loaded; link it",
        ],
    ),
    (
        "a call of WASI",
        r#"(import "wasi_snapshot_preview1" "sock_accept" (func (param i32)))"#,
        NEW,
        &["Pyodide 0.28.0 to 0.29.5 has no function `sock_accept`"],
    ),
    (
        "another namespace",
        r#"(import "placeholder" "d" (func)) (import "placeholder" "c" (func))
        (import "placeholder" "b" (func)) (import "placeholder" "a" (func))"#,
        NEW,
        &["it imports `a`, `b`, `c` and 1 more from `placeholder`, so that it never loads"],
    ),
];

#[test]
fn imports_that_are_not_there() {
    for (what, body, platforms, expected) in IMPORTS {
        judge(what, &module(body), platforms, expected);
    }
}

/// It needs a library, and can do without one symbol.
const NEEDS: &str = r#"(module
    (@dylink.0 (mem-info) (needed "libeggs.so") (runtime-path "$ORIGIN/../spam.libs")
      (import-info "env" "perhaps" binding-weak undefined)
      (import-info "env" "surely" undefined))
    (import "env" "eggs" (func (param f64)))
    (import "GOT.mem" "yolk" (global (mut i32)))
    (import "env" "perhaps" (func))
    (import "GOT.func" "perhaps" (global (mut i32)))
    $SURELY
    (func (export "PyInit_spam") (result i32) i32.const 0))"#;
const EGGS: &str = r#"(module (@dylink.0 (mem-info))
    (func (export "eggs") (param f64)) (global (export "yolk") i32 (i32.const 0)))"#;

fn library(bytes: &[u8]) -> Library<'_> {
    Library {
        name: "libeggs.so",
        bytes,
    }
}

#[test]
fn libraries_and_what_may_be_absent() {
    let right = bytes(&NEEDS.replace("$SURELY", ""));
    let surely = bytes(&NEEDS.replace("$SURELY", r#"(import "env" "surely" (func))"#));
    let eggs = bytes(EGGS);
    let wanted = Wanted {
        name: Some("spam"),
        platforms: NEW,
        libraries: &[library(&eggs)],
    };
    let report = audit(&right, &wanted).unwrap();
    assert_eq!(report.needed, ["libeggs.so"]);
    assert_eq!(report.runtime_paths, ["$ORIGIN/../spam.libs"]);
    assert_eq!(report.absent, ["perhaps"]);
    assert_eq!(report.imports, 4);

    judge(
        "without the library",
        &right,
        NEW,
        &[
            "it needs the library `libeggs.so`, which the wheel does not carry: link it in statically, or put \
             it into the wheel",
            "Pyodide 0.28.0 to 0.29.5 has no function `eggs`: it loads, and a call",
            "Pyodide 0.28.0 to 0.29.5 has no data `yolk`: it fails when it is loaded",
        ],
    );
    let said_of = |module: &[u8], bytes: &[u8]| said(module, NEW, &[library(bytes)]).join("\n");
    assert!(said_of(&surely, &eggs).contains("no function `surely`"));
    let broken = said_of(&right, b"eggs");
    assert!(
        broken.starts_with("of the library `libeggs.so`: it is not a"),
        "{broken}"
    );
}
