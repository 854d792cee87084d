//! The public index: one small package, added, installed and imported, with nothing said about where it comes from.

use std::path::Path;
use std::process::{Command, Output};

fn mochi(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mochi"));
    command
        .arg("py")
        .args(words)
        .current_dir(folder.join("project"))
        .env("MOCHI_CACHE_DIR", folder.join("cache"))
        .env_remove("MOCHI_INDEX_URL");
    let output = command.output().expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => output,
        Some(3) => panic!(
            "the network is at fault: `{}` says\n{said}",
            words.join(" ")
        ),
        _ => panic!("`{}`: {}\n{said}", words.join(" "), output.status),
    }
}

/// The two commands of the README, in an empty folder: what a new user does first.
#[test]
fn a_package_of_the_public_index() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = folder.path().join("project");
    std::fs::create_dir(&project).expect("a folder");
    mochi(folder.path(), &["add", "idna"]);
    let lock = std::fs::read_to_string(project.join("mochi.lock")).expect("a lock");
    assert!(
        lock.contains("name = \"idna\"") && lock.contains("sha256 = "),
        "{lock}"
    );
    mochi(folder.path(), &["sync"]);
    let mut python = Command::new(project.join(".venv/bin/python"));
    let output = python
        .args([
            "-I",
            "-c",
            "import idna; print(idna.encode('bücher.example').decode())",
        ])
        .output();
    let output = output.expect("the venv's Python starts");
    assert_eq!(output.stdout, b"xn--bcher-kva.example\n", "{output:?}");
    mochi(folder.path(), &["sync", "--check", "--offline"]);
}
