//! A crate of PyO3, with the Rust that `scripts/referee` unpacks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use native_build::{BuildError, Built, Kind, Machine, RustCode, Source, Work};

use crate::support::{
    self, RELEASES, driver, files, load, machine, names_the_machine, place, setting,
};

const USE: &str = r#"
import fast
try:
    fast.panics()
except BaseException as error:
    panic = type(error).__name__
with open("/tmp/sized", "w") as file:
    file.write("12345")
try:
    fast.size("/tmp/nothing")
except FileNotFoundError:
    missing = True
[fast.add(2**40, 1) - 2**40, fast.count(["a", "b", "a"])["a"], fast.size("/tmp/sized"), missing, panic]
"#;

fn source(crate_dir: &Path, features: &[&str]) -> Source {
    Source {
        name: "demo.fast".to_owned(),
        kind: Kind::Rust(RustCode {
            crate_dir: crate_dir.to_path_buf(),
            features: features.iter().map(|&feature| feature.to_owned()).collect(),
            limited_api: true,
        }),
    }
}

/// The machine with the Rust that can build for Pyodide.
fn with_rust() -> Machine {
    let mut machine = machine("zig");
    machine.rustc = Some(setting("MOCHI_REFEREE_RUSTC"));
    machine.cargo = Some(setting("MOCHI_REFEREE_CARGO"));
    machine
}

/// The crate of the tests, in another folder, with dependencies of the versions that the workspace
/// has.
fn copy(to: &Path) -> PathBuf {
    let from = files().join("crate");
    fs::create_dir_all(to.join("src")).unwrap();
    for file in ["Cargo.toml", "src/lib.rs"] {
        fs::copy(from.join(file), to.join(file)).unwrap();
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::copy(workspace.join("Cargo.lock"), to.join("Cargo.lock")).unwrap();
    // Cargo takes out of the lock what the crate does not need, and puts the crate in.
    let output = Command::new(setting("MOCHI_REFEREE_CARGO"))
        .args(["metadata", "--format-version=1"])
        .current_dir(to)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    to.to_path_buf()
}

fn build(source: &Source, release: &str, folder: &Path) -> Result<Built, BuildError> {
    let pyodide = support::pyodide(release);
    let driver = driver();
    let work = Work {
        folder,
        driver: &driver,
    };
    native_build::build(source, &place(release, &pyodide), &with_rust(), &work)
}

/// One test, because each build of std takes a minute.
#[test]
fn a_crate_of_pyo3() {
    let folder = tempfile::tempdir().unwrap();
    let [built, other] = ["here", "another/place"].map(|name| {
        let crate_dir = copy(&folder.path().join(name).join("crate"));
        let work = folder.path().join(name).join("work");
        build(&source(&crate_dir, &[]), RELEASES[0], &work)
            .unwrap_or_else(|error| panic!("{error}"))
    });
    assert!(
        built.bytes == other.bytes,
        "another folder gives other bytes"
    );
    assert_eq!(built.suffix, ".abi3.so");
    assert!(built.tools[0].starts_with("rustc "), "{:?}", built.tools);
    assert!(built.bytes.len() < 400_000, "{} bytes", built.bytes.len());
    assert_eq!(names_the_machine(&built.bytes), None);
    for release in RELEASES {
        assert_eq!(
            load(&built, "fast", release, USE),
            "[1, 2, 5, True, 'PanicException']"
        );
    }

    // The same folder again, for the other release and with a feature.
    let here = folder.path().join("here/work");
    let crate_dir = folder.path().join("here/crate");
    let again = build(&source(&crate_dir, &[]), RELEASES[1], &here).unwrap();
    assert!(again == built, "another release, another build");
    let doubled = build(&source(&crate_dir, &["doubled"]), RELEASES[1], &here).unwrap();
    let value = load(&doubled, "fast", RELEASES[1], "import fast\nfast.add(1, 2)");
    assert_eq!(value, "6");

    // A module of another name, and a mistake in the crate.
    let mut renamed = source(&crate_dir, &[]);
    renamed.name = "demo.slow".to_owned();
    let said = build(&renamed, RELEASES[1], &here).unwrap_err().to_string();
    assert!(
        said.starts_with("demo.slow does not define PyInit_slow, "),
        "{said}"
    );
    fs::write(crate_dir.join("src/lib.rs"), "fn f() -> i32 { \"text\" }\n").unwrap();
    let said = build(&source(&crate_dir, &[]), RELEASES[1], &here)
        .unwrap_err()
        .to_string();
    assert!(said.contains("mismatched types"), "{said}");
    assert!(said.contains("src/lib.rs:1"), "{said}");
}

#[test]
fn what_a_rust_can_lack() {
    let folder = tempfile::tempdir().unwrap();
    let said = |machine: &Machine, crate_dir: &Path, release: &str| {
        let work = Work {
            folder: folder.path(),
            driver: &[],
        };
        let place = native_build::Place {
            release: tag_matrix::PyodideRelease::find(release).unwrap(),
            pyodide: None,
        };
        native_build::build(&source(crate_dir, &[]), &place, machine, &work)
            .unwrap_err()
            .to_string()
    };
    let crate_dir = files().join("crate");
    let mut machine = with_rust();
    assert!(said(&machine, folder.path(), RELEASES[0]).ends_with("give the folder of the crate"));
    assert!(said(&machine, &crate_dir, "0.27.7").contains("Rust unwinds by exceptions"));
    machine.rustc = None;
    machine.path.clear();
    let error = said(&machine, &crate_dir, RELEASES[0]);
    assert!(error.starts_with("no rustc to build "), "{error}");

    #[cfg(unix)]
    {
        let sysroot = folder.path().join("sysroot");
        let fake = |version: &str| {
            let text = format!(
                "#!/bin/sh\ncase $1 in --version) echo 'rustc {version} (abc)';; *) echo '{}';; esac\n",
                sysroot.display()
            );
            crate::errors::program(folder.path(), "rustc", &text)
        };
        machine.rustc = Some(fake("1.85.0"));
        let error = said(&machine, &crate_dir, RELEASES[0]);
        assert!(
            error.contains("is 1.85.0, but 1.93.0 or later is needed"),
            "{error}"
        );
        machine.rustc = Some(fake("1.96.0"));
        let error = said(&machine, &crate_dir, RELEASES[0]);
        assert!(
            error.contains("rustup target add wasm32-unknown-emscripten"),
            "{error}"
        );
    }
}
