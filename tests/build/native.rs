//! Native modules: the compilers that a machine may have, and what the audit refuses.

use crate::project::{Project, named};
use std::path::{Path, PathBuf};
use std::process::Output;

const CODE: &str = "#include <Python.h>
extern long elsewhere(long);
static PyObject *f(PyObject *s, PyObject *n) { return PyLong_FromLong(elsewhere(PyLong_AsLong(n))); }
static PyMethodDef methods[] = {{\"f\", f, METH_O, 0}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, \"_fast\", 0, -1, methods};
PyMODINIT_FUNC PyInit__fast(void) { return PyModule_Create(&module); }
";

/// A folder with links to these programs, as the whole PATH.
fn path(project: &Project, programs: &[PathBuf]) -> PathBuf {
    let folder = project.path().join("bin");
    std::fs::create_dir_all(&folder).expect("a folder");
    for program in programs {
        let name = program.file_name().expect("a name");
        std::os::unix::fs::symlink(program, folder.join(name)).expect("a link");
    }
    folder
}

fn build(project: &Project, path: &Path) -> Output {
    let mut command = project.mochi(["build", "--wheel"]);
    command
        .env("PATH", path)
        .env("HOME", project.path())
        .env_remove("PYENV_ROOT")
        .env_remove("VIRTUAL_ENV")
        .env_remove("EMSDK")
        .env_remove("MOCHI_CC");
    command.output().expect("it runs")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The referee's interpreter, which has `ziglang` and CPython's headers.
fn with_zig() -> PathBuf {
    let python = named("MOCHI_REFEREE_PYTHON");
    python.parent().expect("a folder").to_path_buf()
}

#[test]
fn zig_alone_is_enough() {
    let project = Project::sample("fastsum");
    let output = build(&project, &with_zig());
    let told = told(&output);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("compiled by zig 0.17.1"), "{told}");
}

#[test]
fn the_compiler_is_named_and_may_be_chosen() {
    let project = Project::sample("fastsum");
    let mut command = project.mochi(["build", "--wheel", "--json"]);
    let output = command
        .env("MOCHI_CC", "clang-19")
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", told(&output));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let compilers = json["distributions"][1]["compilers"].to_string();
    assert!(compilers.contains("clang 19."), "{compilers}");
    assert!(compilers.contains("wasm-ld 19."), "{compilers}");
    let mut command = project.mochi(["build", "--wheel"]);
    let output = command
        .env("MOCHI_CC", "/no/such/cc")
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told(&output).contains("MOCHI_CC is /no/such/cc"),
        "{}",
        told(&output)
    );
}

/// What is compiled is the same whoever compiles it where, as long as the compiler is.
#[test]
fn compiled_wheels_are_the_same_bytes() {
    let built = [(); 2].map(|()| {
        let project = Project::sample("fastsum");
        let paths = project.build(["--wheel"]);
        let bytes: Vec<Vec<u8>> = paths
            .iter()
            .map(|p| std::fs::read(p).expect("a file"))
            .collect();
        bytes
    });
    assert!(built[0] == built[1]);
}

#[test]
fn without_a_compiler_it_is_said_what_to_do() {
    let project = Project::sample("fastsum");
    let nothing = path(&project, &[]);
    let output = build(&project, &nothing);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told(&output).contains("pip install ziglang"),
        "{}",
        told(&output)
    );
    assert!(!project.dist().exists(), "nothing is written");
}

#[test]
fn a_function_that_pyodide_has_not_is_refused() {
    let project = Project::sample("fastsum");
    std::fs::write(project.path().join("native/fast.c"), CODE).expect("written");
    let output = project.mochi(["build"]).output().expect("it runs");
    let text = told(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("`fastsum._fast` would not work in Pyodide"),
        "{text}"
    );
    assert!(text.contains("elsewhere"), "{text}");
    assert!(!project.dist().exists(), "nothing is written");
    std::fs::write(project.path().join("native/fast.c"), "int main( {").expect("written");
    let output = project.mochi(["build"]).output().expect("it runs");
    let text = told(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("native/fast.c:1:"),
        "the compiler's own words: {text}"
    );
}

/// Modules that somebody else compiled are audited like ours.
#[test]
fn what_stands_in_the_tree_is_audited() {
    let project = Project::sample("greet");
    let module = project.path().join("python/greet/_speed.abi3.so");
    std::fs::write(&module, b"\x7fELF\x02\x01\x01\0").expect("written");
    let output = project.mochi(["build"]).output().expect("it runs");
    let text = told(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("`greet/_speed.abi3.so` would not work in Pyodide"),
        "{text}"
    );
    assert!(
        text.contains("the wheel for every one"),
        "the pure wheel is warned of: {text}"
    );
}
