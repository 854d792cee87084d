//! What is said when something is missing, too old, or wrong.

use std::fs;
use std::path::{Path, PathBuf};

use native_build::{Kind, Machine, Source, Toolchain, Work};
use tag_matrix::PyodideRelease;

use crate::support::{RELEASES, files, full, limited, machine, place};

/// Makes a program that is a script.
#[cfg(unix)]
pub(crate) fn program(folder: &Path, name: &str, text: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// What a build says that does not succeed.
fn said(source: &Source, machine: &Machine) -> String {
    let folder = tempfile::tempdir().unwrap();
    let work = Work {
        folder: folder.path(),
        driver: &[],
    };
    native_build::build(
        source,
        &place(RELEASES[0], Path::new("/nowhere")),
        machine,
        &work,
    )
    .unwrap_err()
    .to_string()
}

#[test]
fn no_toolchain_at_all() {
    let error = said(&limited("m", "limited.c"), &Machine::default());
    assert_eq!(
        error,
        "no C compiler that makes WebAssembly (looked for emcc 4.0.9 on the PATH and in EMSDK; \
         clang 19 or later on the PATH, with a wasm-ld; zig on the PATH; ziglang in 0 Pythons): \
         the easiest is `pip install ziglang`, or install clang 19 or later and lld"
    );
}

#[cfg(unix)]
#[test]
fn programs_that_are_too_old() {
    let folder = tempfile::tempdir().unwrap();
    let fake = |name: &str, version: &str| {
        program(
            folder.path(),
            name,
            &format!("#!/bin/sh\necho '{version}'\n"),
        )
    };
    let clang = fake("clang", "Debian clang version 14.0.6");
    fake("emcc", "emcc (Emscripten gcc/clang-like replacement) 3.1.6");
    let release = PyodideRelease::find(RELEASES[0]).unwrap();
    let mut machine = Machine {
        path: vec![folder.path().to_path_buf()],
        ..Machine::default()
    };
    let error = said(&limited("m", "limited.c"), &machine);
    assert!(error.contains("emcc is 3.1.6; "), "{error}");
    let old = format!("{} is 14.0.6, but 19 or later is needed", clang.display());
    assert!(error.contains(&old), "{error}");
    for (choice, part) in [
        ("clang", old.as_str()),
        ("emcc", "but exactly 4.0.9 is needed"),
        ("clang-19", "MOCHI_CC is clang-19: there is no such program"),
        ("zig", "MOCHI_CC is zig: there is no zig"),
        ("gcc", "that is none of emcc, clang and zig"),
    ] {
        machine.compiler = Some(choice.to_owned());
        let error = said(&limited("m", "limited.c"), &machine);
        assert!(error.contains(part), "{choice}: {error}");
    }

    // A clang that would do, with a linker that does not.
    fake("clang-20", "clang version 20.1.0 wasm32");
    fake("clang-21", "clang version 21.1.0");
    fake("wasm-ld", "LLD 14.0.6");
    machine.compiler = Some("clang-21".to_owned());
    let error = said(&limited("m", "limited.c"), &machine);
    assert!(error.contains("does not name wasm32"), "{error}");
    machine.compiler = Some("clang-20".to_owned());
    let error = said(&limited("m", "limited.c"), &machine);
    assert!(
        error.starts_with("no linker that makes WebAssembly"),
        "{error}"
    );
    assert!(
        error.contains("wasm-ld is 14.0.6, but 19 or later is needed"),
        "{error}"
    );
    fake("wasm-ld-20", "LLD 20.1.0");
    let found = Toolchain::find(&machine, release).unwrap();
    assert_eq!(found.tools, ["clang 20.1.0", "wasm-ld 20.1.0"]);

    // The emcc of the release goes before all others.
    fake(
        "emcc",
        "emcc (Emscripten gcc/clang-like replacement) 4.0.9 (abc)",
    );
    machine.compiler = None;
    assert_eq!(
        Toolchain::find(&machine, release).unwrap().tools,
        ["emcc 4.0.9"]
    );
}

#[cfg(unix)]
#[test]
fn headers_that_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let fake = |name: &str, version: &str| {
        program(
            folder.path(),
            name,
            &format!("#!/bin/sh\necho '{version}'\n"),
        )
    };
    fake("clang-20", "clang version 20.1.0 wasm32");
    fake("wasm-ld-20", "LLD 20.1.0");
    let mut machine = Machine {
        path: vec![folder.path().to_path_buf()],
        pythons: vec![program(
            folder.path(),
            "python3",
            "#!/bin/sh\necho '{\"implementation\": \"cpython\", \"major\": 3, \"minor\": 12, \
             \"include\": \"/nowhere\", \"config\": \"/nowhere/pyconfig.h\", \"zig\": null}'\n",
        )],
        ..Machine::default()
    };
    let error = said(&limited("m", "limited.c"), &machine);
    let start = "no headers of CPython 3.9 or later for m (looked in ";
    assert!(error.starts_with(start), "{error}");
    assert!(
        error.contains("python3: CPython 3.12 without headers): install"),
        "{error}"
    );

    let include = folder.path().join("include");
    fs::create_dir(&include).unwrap();
    fs::write(include.join("Python.h"), "").unwrap();
    let answer = format!(
        "#!/bin/sh\necho '{{\"implementation\": \"cpython\", \"major\": 3, \"minor\": 13, \
         \"include\": \"{}\", \"config\": \"/nowhere/pyconfig.h\", \"zig\": null}}'\n",
        include.display()
    );
    machine.pythons = vec![program(folder.path(), "python3", &answer)];
    let error = said(&limited("m", "limited.c"), &machine);
    assert!(
        error.starts_with("no headers of a libc for wasm32"),
        "{error}"
    );
    assert!(error.contains("or install wasi-libc"), "{error}");

    // The full API: the headers of another minor are none, and Pyodide has to be there.
    let full = full(limited("m", "full.c"));
    let error = said(&full, &machine);
    assert!(
        error.starts_with("cannot read the settings of CPython in "),
        "{error}"
    );
    let other = program(folder.path(), "python3", &answer.replace("13", "12"));
    machine.pythons = vec![other];
    let error = said(&full, &machine);
    assert!(
        error.starts_with("no headers of CPython 3.13 for m"),
        "{error}"
    );
}

#[test]
fn a_mistake_is_shown_in_the_words_of_the_compiler() {
    let folder = tempfile::tempdir().unwrap();
    let source = |text: &str| {
        fs::write(folder.path().join("m.c"), text).unwrap();
        let mut source = limited("m", "m.c");
        if let Kind::C(code) = &mut source.kind {
            code.root = folder.path().to_path_buf();
        }
        source
    };
    let machine = machine("zig");
    let error = said(&source("int f(void) { return undeclared; }\n"), &machine);
    let place = folder.path().join("m.c");
    let start = format!("zig 0.17.1 cannot compile {}:\n", place.display());
    assert!(error.starts_with(&start), "{error}");
    assert!(
        error.contains("m.c:1:22: error: use of undeclared identifier"),
        "{error}"
    );
    // Only a warning for other compilers; a call that fails at run time in wasm.
    let error = said(&source("int f(void) { return absent(); }\n"), &machine);
    assert!(error.contains("absent"), "{error}");
    let error = said(&source("int f(void) { return 1; }\n"), &machine);
    assert!(error.starts_with("m does not define PyInit_m, "), "{error}");
    let error = said(
        &source(
            "int twice;
#include \"m.c.inc\"
",
        ),
        &machine,
    );
    assert!(error.contains("'m.c.inc' file not found"), "{error}");
    let error = said(&limited("m", "include/number.h"), &machine);
    assert!(error.starts_with("cannot tell the language of "), "{error}");
    assert!(files().is_dir());
}

#[test]
fn cpp_for_a_release_without_exceptions_of_wasm() {
    let folder = tempfile::tempdir().unwrap();
    let work = Work {
        folder: folder.path(),
        driver: &[],
    };
    let place = place("0.27.7", Path::new("/nowhere"));
    let source = limited("thrower", "thrower.cpp");
    let error = native_build::build(&source, &place, &machine("zig"), &work).unwrap_err();
    assert_eq!(
        error.to_string(),
        "thrower cannot be compiled for Pyodide 0.27.7: C++ unwinds by exceptions that it does \
         not have; build for Pyodide 0.28 or later, or with its emcc"
    );
}

/// Stands in for the emcc of the release, which the tests do not have: it writes down how it is
/// called, and gives what zig has linked.
#[cfg(unix)]
#[test]
fn how_emcc_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let source = limited("demo.thrower", "thrower.cpp");
    let built = crate::support::build(&source, RELEASES[0], &machine("zig"));
    let module = folder.path().join("module");
    fs::write(&module, &built.bytes).unwrap();
    let calls = folder.path().join("calls");
    let text = format!(
        "#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'emcc (Emscripten) 4.0.9 (abc)'; exit; fi\n\
         echo \"$@\" >>'{}'\nwhile [ \"$1\" != -o ]; do shift; done\n/bin/cp '{}' \"$2\"\n",
        calls.display(),
        module.display()
    );
    let emcc = program(&folder.path().join("bin"), "emcc", &text);
    let mut machine = machine("zig");
    machine.compiler = None;
    machine.path = vec![emcc.parent().unwrap().to_path_buf()];
    let by_emcc = crate::support::build(&source, RELEASES[0], &machine);
    assert_eq!(by_emcc.bytes, built.bytes);
    assert_eq!(by_emcc.tools, ["emcc 4.0.9"]);
    let calls = fs::read_to_string(calls).unwrap();
    let calls: Vec<&str> = calls.lines().collect();
    assert_eq!(calls.len(), 2, "{calls:?}");
    for word in [
        "-fPIC",
        "-fwasm-exceptions",
        "-sSUPPORT_LONGJMP=wasm",
        "thrower.cpp",
    ] {
        assert!(calls[0].contains(word), "{word}: {}", calls[0]);
    }
    for word in ["-nostdlibinc", "-isystem", "--target"] {
        assert!(!calls[0].contains(word), "{word}: {}", calls[0]);
    }
    for word in [
        "-sSIDE_MODULE=2",
        "-sEXPORTED_FUNCTIONS=_PyInit_thrower",
        "0.o",
    ] {
        assert!(calls[1].contains(word), "{word}: {}", calls[1]);
    }
}
