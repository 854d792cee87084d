//! What the tests that compile have in common.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use native_build::{Built, CCode, Kind, Machine, Place, Source, Work};
use tag_matrix::PyodideRelease;

/// The releases that the tests load a side module in.
pub(crate) const RELEASES: [&str; 2] = ["0.29.5", "314.0.7"];

/// A setting of the tests, which has to be there.
pub(crate) fn setting(name: &str) -> PathBuf {
    std::env::var_os(name)
        .unwrap_or_else(|| panic!("{name} is not set: run scripts/test, which sets it"))
        .into()
}

/// The folder of a release of Pyodide.
pub(crate) fn pyodide(release: &str) -> PathBuf {
    setting("MOCHI_PYODIDE").join(release)
}

/// The machine as it is, with the Python that has `ziglang`, and no other compiler than `choice`.
pub(crate) fn machine(choice: &str) -> Machine {
    let mut machine = Machine::from_variables(
        |name| std::env::var_os(name),
        vec![setting(referee::VARIABLE)],
    );
    machine.emsdk = None;
    machine.sysroot = None;
    machine.compiler = Some(choice.to_owned());
    machine
}

/// The files of the tests.
pub(crate) fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/native")
}

/// A module of C or C++ of the tests, with the limited API.
pub(crate) fn limited(name: &str, file: &str) -> Source {
    Source {
        name: name.to_owned(),
        kind: Kind::C(CCode {
            root: files(),
            sources: vec![PathBuf::from(file)],
            include_dirs: vec![PathBuf::from("include")],
            defines: Vec::new(),
            limited_api: Some((3, 9)),
        }),
    }
}

/// The same module with the full API.
pub(crate) fn full(mut source: Source) -> Source {
    if let Kind::C(code) = &mut source.kind {
        code.limited_api = None;
    }
    source
}

/// Where a release of the tests is.
pub(crate) fn place<'a>(release: &str, folder: &'a Path) -> Place<'a> {
    Place {
        release: PyodideRelease::find(release).unwrap(),
        pyodide: Some(folder),
    }
}

/// The program that links for cargo.
pub(crate) fn driver() -> Vec<OsString> {
    vec![env!("CARGO_BIN_EXE_mochi-link-side-module").into()]
}

/// Builds a source for a release in a folder of its own.
pub(crate) fn build(source: &Source, release: &str, machine: &Machine) -> Built {
    let folder = tempfile::tempdir().unwrap();
    let pyodide = pyodide(release);
    let work = Work {
        folder: folder.path(),
        driver: &driver(),
    };
    native_build::build(source, &place(release, &pyodide), machine, &work)
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Runs code of Python that imports a side module, in a release; its value as text.
pub(crate) fn load(built: &Built, stem: &str, release: &str, code: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("module.wasm");
    std::fs::write(&file, &built.bytes).unwrap();
    let output = Command::new("node")
        .arg(files().join("load.mjs"))
        .arg(pyodide(release))
        .arg(&file)
        .args([&format!("{stem}{}", built.suffix), code])
        .output()
        .expect("the tests need Node: run scripts/test, which says so");
    let (said, complaint) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    let value = said.split_once("value: ");
    let (_, value) = value.unwrap_or_else(|| panic!("{release}: {said}{complaint}"));
    value.trim().to_owned()
}

/// Whether the bytes name this machine: its folders, its user.
pub(crate) fn names_the_machine(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let home = std::env::var("HOME").unwrap_or_default();
    [env!("CARGO_MANIFEST_DIR"), home.as_str(), "/tmp/", "/home/"]
        .into_iter()
        .filter(|folder| folder.len() > 1)
        .find(|folder| text.contains(folder))
        .map(str::to_owned)
}
