//! The tests of JavaScript (`js/test/`), run by Node in each release of Pyodide.
//!
//! `MOCHI_PYODIDE` names the releases, `MOCHI_REFEREE_PYTHON` a CPython with `ziglang`; for the
//! browser `MOCHI_CHROMIUM` and `MOCHI_REFEREE_NODE_MODULES`, a folder with `playwright-core`.

use crate::pyodide::{RELEASES, pyodide};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder or a program that a variable of the environment names.
fn named(variable: &str, what: &str) -> PathBuf {
    let path = std::env::var_os(variable).map(PathBuf::from);
    let path = path.unwrap_or_else(|| {
        panic!("{variable} is not set: it names {what}; scripts/test makes it and sets it")
    });
    assert!(
        path.exists(),
        "{variable} is {}, where there is no {what}: run scripts/test, which makes it",
        path.display()
    );
    path
}

/// Runs a file of tests in a release.
fn run(file: &str, release: &str, more: &[(&str, &Path)]) {
    let test = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("js/test")
        .join(file);
    let mut command = Command::new("node");
    command
        .args(["--expose-gc", "--test", "--test-reporter=tap"])
        .arg(test)
        .env("MOCHI_PYODIDE_FOLDER", pyodide(release))
        .env("MOCHI_REFEREE_PYTHON", crate::subprocess::python());
    command.envs(more.iter().copied());
    let output = command.output().expect("Node 20 or newer is on the PATH");
    let told = String::from_utf8_lossy(&output.stdout);
    // A file without tests passes, too.
    assert!(
        output.status.success() && told.contains("\nok 1 "),
        "Pyodide {release}: {told}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    println!("Pyodide {release}:\n{told}");
}

#[test]
fn a_host_attaches() {
    for release in RELEASES {
        run("attach.test.mjs", release, &[]);
    }
}

#[test]
fn host_functions_come_from_three_places() {
    for release in RELEASES {
        run("hosts.test.mjs", release, &[]);
    }
}

#[test]
fn a_page_and_a_worker_attach_in_chromium() {
    let chromium = named("MOCHI_CHROMIUM", "Chromium");
    let modules = named("MOCHI_REFEREE_NODE_MODULES", "folder of npm packages");
    assert!(
        modules.join("playwright-core").is_dir(),
        "{} lacks playwright-core: run scripts/test, which installs it",
        modules.display()
    );
    for release in RELEASES {
        let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("browser-{release}.png"));
        let _ = std::fs::remove_file(&picture);
        run(
            "browser.test.mjs",
            release,
            &[
                ("MOCHI_CHROMIUM", &chromium),
                ("MOCHI_REFEREE_NODE_MODULES", &modules),
                ("MOCHI_SCREENSHOT", &picture),
            ],
        );
        assert!(picture.metadata().is_ok_and(|file| file.len() > 1000));
    }
}
