//! C and C++, compiled with zig and with clang, loaded in Pyodide.

use std::path::PathBuf;

use crate::support::{self, RELEASES, build, limited, load, machine, names_the_machine, place};
use native_build::Machine;

/// What `limited.c` says, against what Python says.
const LIMITED: &str = r#"
import os, time
import _limited as m
created = m.create("/tmp/created")
found = os.stat("/tmp/created")
now = time.time()
assert m.add(2**40, 1) == 2**40 + 1
assert m.format(1.5) == "1.500 1.500 4", m.format(1.5)
assert all(abs(now - second) < 5 for second in m.now()), (now, m.now())
assert m.errors() == (True, True), m.errors()
assert created == 7 == found.st_size
status = (7, found.st_mode, int(found.st_mtime), found.st_ino, True)
assert m.status("/tmp/created") == status, (m.status("/tmp/created"), found)
assert ("created", True) in m.names("/tmp"), m.names("/tmp")
try:
    m.create("/tmp/created")
except FileExistsError:
    created = "refused"
assert created == "refused"
m.file()
"#;

const THROWER: &str = "
import thrower
[thrower.count(), thrower.count(), thrower.caught(0), thrower.caught(7)]
";

fn clang() -> Machine {
    let names = ["clang-22", "clang-21", "clang-20", "clang-19", "clang"];
    let path = support::machine("").path;
    let is_there = |name: &&&str| path.iter().any(|folder| folder.join(name).is_file());
    let name = names
        .iter()
        .find(is_there)
        .expect("no clang 19 or later on the PATH: run scripts/test, which installs it");
    machine(name)
}

/// A machine whose clang has only the headers of wasi-libc.
fn clang_with_wasi() -> Machine {
    let mut machine = clang();
    let wasi = machine.wasi_headers.iter().any(|folder| folder.is_dir());
    assert!(
        wasi,
        "wasi-libc is missing: run scripts/test, which installs it"
    );
    machine.pythons = vec![without_zig()];
    machine
}

/// The referee without its `ziglang`: the interpreter that its venv was made of.
fn without_zig() -> PathBuf {
    let base = referee::ask(
        "import os, sys, sysconfig
print(os.path.join(sysconfig.get_config_var('installed_base') or sys.base_prefix, 'bin', 'python3'))",
        "",
    );
    PathBuf::from(base.trim())
}

fn limited_everywhere(machine: &Machine) {
    let source = limited("demo._limited", "limited.c");
    let built = build(&source, RELEASES[0], machine);
    assert_eq!(built.suffix, ".abi3.so");
    assert_eq!(names_the_machine(&built.bytes), None);
    for release in RELEASES {
        let other = build(&source, release, machine);
        assert_eq!(other, built, "another build, in another folder");
        assert_eq!(load(&other, "_limited", release, LIMITED), "limited.c");
    }
}

fn exceptions_everywhere(machine: &Machine) {
    for release in RELEASES {
        let built = build(&limited("thrower", "thrower.cpp"), release, machine);
        assert_eq!(
            load(&built, "thrower", release, THROWER),
            "[11, 12, 0, 700]"
        );
    }
}

#[test]
fn limited_api_with_zig() {
    let machine = machine("zig");
    limited_everywhere(&machine);
    let tools = build(
        &limited("demo._limited", "limited.c"),
        RELEASES[0],
        &machine,
    )
    .tools;
    assert!(tools[0].starts_with("zig "), "{tools:?}");
}

#[test]
fn limited_api_with_clang_and_the_headers_of_wasi_libc() {
    let machine = clang_with_wasi();
    limited_everywhere(&machine);
    let tools = build(
        &limited("demo._limited", "limited.c"),
        RELEASES[0],
        &machine,
    )
    .tools;
    assert!(tools[0].starts_with("clang "), "{tools:?}");
    assert!(tools[1].starts_with("wasm-ld "), "{tools:?}");
}

#[test]
fn limited_api_with_clang_and_the_headers_of_zig() {
    let mut machine = clang();
    machine.wasi_headers.clear();
    limited_everywhere(&machine);
}

#[test]
fn exceptions_and_constructors_of_cpp_with_zig() {
    exceptions_everywhere(&machine("zig"));
}

#[test]
fn exceptions_and_constructors_of_cpp_with_clang() {
    exceptions_everywhere(&clang_with_wasi());
}

/// The library is Pyodide's, the headers are zig's, which are newer.
#[test]
fn the_library_of_cpp_with_zig() {
    let machine = machine("zig");
    for release in RELEASES {
        let built = build(&limited("library", "library.cpp"), release, &machine);
        let code = "import library\nlibrary.all()";
        assert_eq!(
            load(&built, "library", release, code),
            "[1, 2, 3] two 4 out of range stream 2.5"
        );
    }
}

#[test]
fn long_jumps() {
    let mut with_clang = clang();
    with_clang.wasi_headers.clear();
    for machine in [machine("zig"), with_clang] {
        for release in RELEASES {
            let built = build(&limited("jumps", "jumps.c"), release, &machine);
            let code = "import jumps\njumps.jump(42)";
            assert_eq!(load(&built, "jumps", release, code), "42");
        }
    }
}

/// The full API needs headers of the release's own minor, which not every machine has: then the
/// error says so.
#[test]
fn full_api() {
    let source = support::full(limited("full", "full.c"));
    let mut built_for = 0;
    for release in RELEASES {
        let mut machine = machine("zig");
        let minor = tag_matrix::PyodideRelease::find(release).unwrap().minor();
        machine.pythons.extend(
            machine
                .path
                .iter()
                .map(|folder| folder.join(format!("python{minor}")))
                .chain([PathBuf::from(
                    std::env::var_os("PYO3_PYTHON").unwrap_or_default(),
                )])
                .filter(|python| python.is_file() && !python.parent().unwrap().ends_with("shims")),
        );
        let folder = tempfile::tempdir().unwrap();
        let pyodide = support::pyodide(release);
        let work = native_build::Work {
            folder: folder.path(),
            driver: &[],
        };
        match native_build::build(&source, &place(release, &pyodide), &machine, &work) {
            Ok(built) => {
                let code = "import full\nbox = full.Box()\nbox.count()\n\
                            [box.count(), full.widest('a\\u20ac'), full.second((1, 2))]";
                assert_eq!(load(&built, "full", release, code), "[2, 8364, 2]");
                built_for += 1;
            }
            Err(error) => {
                let start = format!("no headers of CPython {minor} for full (looked in ");
                assert!(error.to_string().starts_with(&start), "{error}");
            }
        }
    }
    println!("the full API was built for {built_for} releases");
}
