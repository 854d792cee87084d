//! What `mochi py wrap` writes: as golden files, to those who read it, and running.
//!
//! | file | what it asks |
//! | --- | --- |
//! | `golden` | the bytes for a bridge of every type (`../golden`; `MOCHI_BLESS=1` rewrites them), mypy, componentize-py |
//! | `random` | random bridges: does `wit-parser` take the world, CPython and mypy the module |
//! | `running` | the wrapper in CPython, with a host that is Rust and with one that is Python |
//!
//! `MOCHI_REFEREE_PYTHON` names a CPython, `MOCHI_REFEREE_MYPY` a mypy with `stubtest` beside it,
//! `MOCHI_REFEREE_COMPONENTIZE_PY` a componentize-py.

mod golden;
mod random;
mod running;

use manifest::{Bridge, Manifest};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file or folder of these tests.
fn of_tests(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(path)
}

/// The Python side of the bridge.
fn glue() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/python")
}

fn referee(variable: &str) -> PathBuf {
    let found = std::env::var_os(variable);
    found
        .unwrap_or_else(|| panic!("{variable} is not set: run the tests by scripts/test"))
        .into()
}

/// The bridge of a manifest.
fn bridge(text: &str) -> Bridge {
    let manifest = Manifest::parse("mochi.toml", text).expect("a valid manifest");
    manifest.bridge.expect("a bridge")
}

/// The bridge of every type.
fn golden_bridge() -> Bridge {
    let text = std::fs::read_to_string(of_tests("golden/mochi.toml")).expect("the manifest");
    bridge(&text)
}

/// Writes the Python files of a bridge below a folder.
fn place(bridge: &Bridge, folder: &Path) {
    let files = wrap::render(bridge);
    let packages = files.packages.iter().map(|path| (path, ""));
    let modules = files.python.iter().map(|file| (&file.path, &*file.text));
    for (path, text) in packages.chain(modules) {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }
}

/// Runs a command that has to succeed, and gives its stdout.
fn run(command: &mut Command) -> String {
    let output = command.output().expect("it can be started");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{command:?}\n{stdout}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    stdout
}

/// `mypy --strict` in a folder, which knows the Python side of the bridge.
fn strict_mypy(folder: &Path) -> Command {
    let mut command = Command::new(referee("MOCHI_REFEREE_MYPY"));
    command
        .args([
            "--strict",
            "--no-incremental",
            "--python-version",
            "3.10",
            "--no-error-summary",
        ])
        .current_dir(folder)
        .env(
            "MYPYPATH",
            format!("{}:{}", folder.display(), glue().display()),
        );
    command
}
