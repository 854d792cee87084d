//! Pyodide's runtime from a folder and from a registry on loopback.

use crate::mirror::ctx;
use crate::project::{Project, RELEASES, named};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mochi::error::Kind;
use mochi::io::pyodide_runtime::{from_registry, runtime_files};
use sha2::{Digest, Sha512};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tag_matrix::PyodideRelease;
use url::Url;

const MANIFEST: &str = "[package]\nname = 'demo'\n";

fn release(version: &str) -> &'static PyodideRelease {
    PyodideRelease::find(version).expect("a release")
}

fn names(files: &[(String, Vec<u8>)]) -> Vec<&str> {
    files.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn a_folder_gives_what_a_page_loads() {
    let project = Project::of(MANIFEST);
    let ctx = ctx(&project, &["--offline"]);
    let wanted = |asm: &'static str| {
        vec![
            "package.json",
            asm,
            "pyodide.asm.wasm",
            "pyodide.js",
            "pyodide.mjs",
            "python_stdlib.zip",
        ]
    };
    for ((version, ..), asm) in RELEASES.iter().zip(["pyodide.asm.js", "pyodide.asm.mjs"]) {
        let folder = named("MOCHI_PYODIDE").join(version);
        let files = runtime_files(&ctx, release(version), Some(&folder)).expect("a runtime");
        assert_eq!(names(&files), wanted(asm), "{version}");
        for (name, bytes) in files {
            assert_eq!(
                std::fs::read(folder.join(&name)).expect("read"),
                bytes,
                "{name}"
            );
        }
    }
    let other = named("MOCHI_PYODIDE").join("0.29.5");
    let error = runtime_files(&ctx, release("314.0.7"), Some(&other)).expect_err("another");
    assert!(
        error.message.contains("has Pyodide 0.29.5"),
        "{}",
        error.message
    );
    let empty = tempfile::tempdir().expect("a folder");
    let error = runtime_files(&ctx, release("0.29.5"), Some(empty.path())).expect_err("nothing");
    assert!(error.kind == Kind::Invalid, "{}", error.message);
    std::fs::write(
        empty.path().join("package.json"),
        r#"{"version": "0.29.5"}"#,
    )
    .expect("written");
    let error = runtime_files(&ctx, release("0.29.5"), Some(empty.path())).expect_err("a part");
    assert!(
        error.message.contains("lacks pyodide.asm.wasm"),
        "{}",
        error.message
    );
}

/// A registry that has one package; what it says of it can be changed.
struct Registry {
    base: Url,
    package: Vec<u8>,
    document: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
}

impl Registry {
    fn start(package: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let base = Url::parse(&format!("http://{address}/npm/")).expect("a URL");
        let (document, asked) = (
            Arc::new(Mutex::new(String::new())),
            Arc::new(AtomicUsize::new(0)),
        );
        let (body, text, count) = (package.clone(), Arc::clone(&document), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let mut lines = BufReader::new(stream.try_clone().expect("a clone")).lines();
                let first = lines.next().expect("a line").expect("text");
                for line in lines {
                    if line.expect("text").is_empty() {
                        break;
                    }
                }
                count.fetch_add(1, Ordering::SeqCst);
                let found = match first.split(' ').nth(1) {
                    Some("/npm/pyodide/0.29.5") => text.lock().expect("text").clone().into_bytes(),
                    Some("/npm/pyodide/-/pyodide-0.29.5.tgz") => body.clone(),
                    _ => Vec::new(),
                };
                let status = if found.is_empty() { "404 No" } else { "200 OK" };
                let length = found.len();
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                );
                let _ = stream.write_all(head.as_bytes());
                let _ = stream.write_all(&found);
            }
        });
        Self {
            base,
            package,
            document,
            asked,
        }
    }

    fn says(&self, version: &str, tarball: &str, hashed: &[u8]) {
        let hash = STANDARD.encode(Sha512::digest(hashed));
        *self.document.lock().expect("text") = format!(
            r#"{{"name": "pyodide", "version": "{version}",
                "dist": {{"tarball": "{tarball}", "integrity": "sha512-{hash}"}}}}"#
        );
    }
}

/// The package as npm packs it: all in a folder `package`.
fn pack(version: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let archive = folder.path().join("x.tgz");
    let from = named("MOCHI_PYODIDE").join(version);
    let files = std::fs::read_dir(&from).expect("a folder").flatten();
    let names = files.map(|file| file.file_name());
    let done = Command::new("tar")
        .args([
            "--format=ustar",
            "--owner=0",
            "--group=0",
            "--transform=s,^,package/,",
        ])
        .arg("-czf")
        .arg(&archive)
        .arg("-C")
        .arg(Path::new(&from))
        .args(names)
        .status();
    assert!(done.expect("tar runs").success());
    std::fs::read(archive).expect("an archive")
}

#[test]
fn a_registry_gives_the_same_and_is_not_believed() {
    let project = Project::of(MANIFEST);
    let surroundings = ctx(&project, &[]);
    let offline = ctx(&project, &["--offline"]);
    let release = release("0.29.5");
    let registry = Registry::start(pack("0.29.5"));
    let own = registry
        .base
        .join("pyodide/-/pyodide-0.29.5.tgz")
        .expect("a URL");
    let fails = |words: &str, kind: Kind| {
        let error = from_registry(&surroundings, release, &registry.base).expect_err(words);
        assert!(error.message.contains(words), "{words}: {}", error.message);
        assert_eq!(error.kind, kind, "{}", error.message);
    };
    fails("answered 404", Kind::Outside);
    registry.says("0.29.4", own.as_str(), &registry.package);
    fails("has Pyodide 0.29.4", Kind::Unmet);
    registry.says("0.29.5", own.as_str(), b"other");
    fails("SHA-512", Kind::Unmet);
    registry.says("0.29.5", own.as_str(), &registry.package);
    let error = from_registry(&offline, release, &registry.base);
    assert_eq!(error.expect_err("no network").kind, Kind::Outside);
    let files = from_registry(&surroundings, release, &registry.base).expect("a runtime");
    let folder = named("MOCHI_PYODIDE").join("0.29.5");
    assert_eq!(
        files,
        runtime_files(&offline, release, Some(&folder)).expect("a runtime")
    );
    // From now on it is in the cache.
    let asked = registry.asked.load(Ordering::SeqCst);
    assert_eq!(
        from_registry(&offline, release, &registry.base).expect("a runtime"),
        files
    );
    assert_eq!(registry.asked.load(Ordering::SeqCst), asked);
}

/// Needs the network.
#[test]
fn the_public_registry_has_the_releases() {
    let project = Project::of(MANIFEST);
    let surroundings = ctx(&project, &[]);
    for (version, ..) in RELEASES {
        let files = runtime_files(&surroundings, release(version), None)
            .unwrap_or_else(|error| panic!("{:?}: {}", error.kind, error.message));
        let folder = named("MOCHI_PYODIDE").join(version);
        let same = runtime_files(&surroundings, release(version), Some(&folder));
        assert!(files == same.expect("a runtime"), "{version}");
    }
}
