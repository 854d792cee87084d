//! Modules as a compiler and a linker build them, from C and without an SDK.

use side_module::{Report, Wanted, audit};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// What a module needs of CPython's stable ABI is declared, so that no headers are needed.
const PRELUDE: &str = r#"
typedef struct { long count; void *type; } PyObject;
typedef struct {
    PyObject base; PyObject *(*init)(void); long index; PyObject *copy;
    const char *name, *doc; long size; void *methods, *slots, *traverse, *clear, *free;
} PyModuleDef;
extern PyObject *PyModule_Create2(PyModuleDef *, int);
extern int PyModule_AddIntConstant(PyObject *, const char *, long);
static PyModuleDef definition = {{1, 0}, 0, 0, 0, "spam", "", 0, 0, 0, 0, 0, 0};
static PyObject *make(long value) {
    PyObject *module = PyModule_Create2(&definition, 3);
    if (module) PyModule_AddIntConstant(module, "value", value);
    return module;
}
"#;

/// How a module is compiled and linked.
#[derive(Clone, Copy)]
pub(crate) struct Build {
    pub(crate) target: &'static str,
    pub(crate) compile: &'static [&'static str],
    pub(crate) link: &'static [&'static str],
}

pub(crate) const RIGHT: Build = Build {
    target: "wasm32-emscripten",
    compile: &["-fPIC", "-mcpu=generic"],
    link: &[
        "-shared",
        "--experimental-pic",
        "--unresolved-symbols=import-dynamic",
        "--no-export-dynamic",
        "--export-if-defined=__wasm_call_ctors",
    ],
};

fn zig(arguments: &[&str], folder: &Path) {
    let python = std::env::var_os(referee::VARIABLE).unwrap_or_else(|| {
        panic!(
            "{} is not set: run scripts/test, which sets it",
            referee::VARIABLE
        )
    });
    let output = Command::new(python)
        .args(["-m", "ziglang"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the referee runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}\n{complaint}");
}

/// Builds the module `spam`.
pub(crate) fn build(source: &str, how: Build) -> Vec<u8> {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("spam.c"), format!("{PRELUDE}{source}")).expect("written");
    let mut compile = vec!["cc", "-target", how.target, "-fno-sanitize=all", "-Os"];
    compile.extend(how.compile);
    compile.extend(["-c", "spam.c", "-o", "spam.o"]);
    zig(&compile, folder.path());
    let mut link = vec!["wasm-ld", "--no-entry", "--strip-all"];
    link.extend(["--export-if-defined=PyInit_spam"]);
    link.extend(how.link);
    link.extend(["spam.o", "-o", "spam.so"]);
    zig(&link, folder.path());
    std::fs::read(folder.path().join("spam.so")).expect("built")
}

/// What the audit says, in one text.
pub(crate) fn judged(module: &[u8], platforms: &[&str]) -> Result<Report, String> {
    let wanted = Wanted {
        name: Some("spam"),
        platforms,
        libraries: &[],
    };
    audit(module, &wanted).map_err(|findings| {
        let said: Vec<String> = findings.iter().map(ToString::to_string).collect();
        said.join("\n")
    })
}

pub(crate) const PLAIN: &str = "PyObject *PyInit_spam(void) { return make(1); }";
/// The address of a function of the release, and of its data; a constructor; calls of JavaScript's,
/// one of which the main module has no use for.
pub(crate) const MUCH: &str = r#"
extern PyObject _Py_NoneStruct;
extern void qsort(void *, unsigned long, unsigned long, int (*)(const void *, const void *));
extern int strcmp(const char *, const char *);
extern double emscripten_get_now(void);
extern int SDL_GetTicks(void);
static volatile int seen;
static int (*volatile compare)(const void *, const void *) = (int (*)(const void *, const void *))strcmp;
__attribute__((constructor)) static void early(void) { seen = 11; }
PyObject *PyInit_spam(void) {
    char words[3][2] = {"c", "a", "b"};
    qsort(words, 3, 2, compare);
    if (!_Py_NoneStruct.count || emscripten_get_now() < 0 || SDL_GetTicks() == 1) return 0;
    return make(seen + words[0][0]);
}"#;
pub(crate) const NO_DATA: &str = "extern int no_such_data; \
    PyObject *PyInit_spam(void) { return make(no_such_data); }";
pub(crate) const NO_FUNCTION: &str = "extern int no_such_function(int); \
    PyObject *PyInit_spam(void) { return make(no_such_function(1)); }";
pub(crate) const OTHER_TYPE: &str = "extern long long PyErr_Clear(double); \
    PyObject *PyInit_spam(void) { return make(PyErr_Clear(1.0) != 0); }";
/// It does without.
pub(crate) const WEAK: &str = "extern int no_such_function(int) __attribute__((weak)); \
    PyObject *PyInit_spam(void) { return make(no_such_function ? no_such_function(1) : 7); }";

pub(crate) const NO_CONSTRUCTORS: Build = Build {
    link: &[
        "-shared",
        "--experimental-pic",
        "--unresolved-symbols=import-dynamic",
        "--no-export-dynamic",
    ],
    ..RIGHT
};

#[test]
fn what_passes() {
    let all = ["2024_0", "2025_0", "2026_0", "2026_5"];
    for (source, imports) in [(PLAIN, 4), (MUCH, 10)] {
        let report = judged(&build(source, RIGHT), &all).unwrap();
        assert_eq!(report.releases.len(), 29);
        assert!(report.imports >= imports, "{report:?}");
        assert!(report.memory_size >= 56 && report.needed.is_empty());
    }
    let report = judged(&build(WEAK, RIGHT), &all).unwrap();
    assert_eq!(report.absent, ["no_such_function"]);
}

#[test]
fn what_is_refused() {
    let executable = Build {
        link: &["--allow-undefined"],
        ..RIGHT
    };
    let new_processor = Build {
        compile: &["-fPIC"],
        ..RIGHT
    };
    let unexported = Build {
        compile: &["-fPIC", "-mcpu=generic", "-DPyInit_spam=PyInit_eggs"],
        ..RIGHT
    };
    for (what, source, how, expected) in [
        (
            "data",
            NO_DATA,
            RIGHT,
            "Pyodide 0.28.0 to 0.29.5 has no data `no_such_data`",
        ),
        (
            "function",
            NO_FUNCTION,
            RIGHT,
            "has no function `no_such_function`: it loads, and a call of that ends Pyodide",
        ),
        (
            "type",
            OTHER_TYPE,
            RIGHT,
            "of `PyErr_Clear` the module wants function (f64) -> i64",
        ),
        (
            "constructors",
            MUCH,
            NO_CONSTRUCTORS,
            "static constructors, and they never run",
        ),
        (
            "no -shared",
            PLAIN,
            executable,
            "it has no section `dylink.0`: link with `-shared`",
        ),
        (
            "zig's processor",
            PLAIN,
            new_processor,
            "with zig with `-mcpu=generic`",
        ),
        (
            "the name",
            PLAIN,
            unexported,
            "it does not export `PyInit_spam`",
        ),
    ] {
        let said = judged(&build(source, how), &["2025_0"]).unwrap_err();
        assert!(said.contains(expected), "{what}: {said}");
        assert_eq!(said.lines().count(), 1, "{what}: {said}");
    }
}
