//! Files from everywhere that a lock can have them from.

use std::collections::BTreeMap;
use std::fs;

use fixtures::digest::hex_sha256;
use fixtures::model::Fault;

use crate::bench::{self, document, find};
use crate::world::World;

const SCENARIO: &str = r#"
[packages]
a.'1.0' = ["b"]
b = ['1.0']
curated = ['1.0']
[indexes.corp]
options = { user = "me", password = "hush-hush" }
packages.inner = ['1.0']
[indexes.shelf]
kind = 'links-folder'
packages.shelved = ['1.0']
[indexes.open]
packages.direct = ['1.0']
[wheels]
'wheels/local-1.0-py3-none-any.whl' = {}
"#;

const MANIFEST: &str = r#"
[package]
name = "demo"
version = "0.1.0"
[python]
requires-python = ">=3.9"
python-versions = ["3.13"]
targets = ["linux-x64", "macos-arm64", "wasm32-emscripten"]
indexes = [{ name = "corp", url = "http://me:hush-hush@${host}/corp/simple/", priority = "explicit" }]
[python.target.wasm32-emscripten]
pyodide = "0.29.5"
pyodide-index = "http://${host}/lists/"
[python-dependencies]
a = '*'
inner = { version = '*', index = 'corp' }
shelved = '*'
direct = { url = '${open.files}direct-1.0-py3-none-any.whl', sha256 = '${sha256:direct-1.0-py3-none-any.whl}' }
local = { path = 'wheels/local-1.0-py3-none-any.whl' }
curated = '*'
"#;

const LIST: &str = r#"{ "info": { "abi_version": "2025_0", "arch": "wasm32", "platform": "emscripten_4_0_9", "python": "3.13.2" },
  "packages": {
    "curated": { "name": "curated", "version": "1.0", "file_name": "${files}curated-1.0-py3-none-any.whl", "sha256": "${sha256:curated-1.0-py3-none-any.whl}", "depends": ["lib"], "imports": ["curated"], "package_type": "package", "install_dir": "site" },
    "lib": { "name": "lib", "version": "1.0", "file_name": "http://${host}/blobs/lib-1.0.zip", "sha256": "LIBRARY", "depends": [], "imports": [], "package_type": "shared_library", "install_dir": "dynlib" }
  } }"#;

const LIBRARY: &str = "a shared library";

/// A project that has something from everywhere, locked.
pub(crate) fn world() -> World {
    let world = World::new("", SCENARIO);
    let list = world.sandbox.fill(LIST).expect("placeholders");
    let served = |path: &str, body: String, kind: &str| Fault {
        path: path.into(),
        body: Some(body),
        content_type: Some(kind.into()),
        ..Fault::default()
    };
    world.faults(&[
        served(
            "/lists/pyodide-lock.json",
            list.replace("LIBRARY", &hex_sha256(LIBRARY.as_bytes())),
            "application/json",
        ),
        served("/blobs/lib-1.0.zip", LIBRARY.into(), "application/zip"),
    ]);
    let manifest = world.sandbox.fill(MANIFEST).expect("placeholders");
    world
        .sandbox
        .write("mochi.toml", manifest.as_bytes())
        .expect("written");
    world.ok("lock --find-links ../shelf");
    world
}

const FILES: [&str; 8] = [
    "a-1.0-py3-none-any.whl",
    "b-1.0-py3-none-any.whl",
    "curated-1.0-py3-none-any.whl",
    "direct-1.0-py3-none-any.whl",
    "inner-1.0-py3-none-any.whl",
    "lib-1.0.zip",
    "local-1.0-py3-none-any.whl",
    "shelved-1.0-py3-none-any.whl",
];

/// All of it ends in one tree, which tells neither a password nor where it was made.
#[test]
fn everything_ends_in_one_tree() {
    let world = world();
    world.ok("mirror mirror --find-links ../shelf");
    let mirror = world.path("mirror");
    let record = bench::json(&mirror, "mochi-mirror.json");
    let files = record["files"].as_object().expect("files");
    let sources: BTreeMap<&str, &str> = files
        .values()
        .map(|f| {
            (
                f["filename"].as_str().unwrap(),
                f["source"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(sources.keys().copied().collect::<Vec<_>>(), FILES);
    for (filename, source) in [
        ("inner-1.0-py3-none-any.whl", "corp"),
        ("shelved-1.0-py3-none-any.whl", "../shelf"),
        (
            "local-1.0-py3-none-any.whl",
            "wheels/local-1.0-py3-none-any.whl",
        ),
        ("lib-1.0.zip", "0.29.5"),
        ("a-1.0-py3-none-any.whl", world.sandbox.index_url()),
    ] {
        assert_eq!(sources[filename], source);
    }
    let key =
        |text: &str| hex_sha256(world.sandbox.fill(text).unwrap().as_bytes())[..16].to_owned();
    for (address, name) in [
        ("http://${host}/corp/simple/", "inner"),
        ("../shelf", "shelved"),
        ("${index}", "b"),
        ("http://${host}/lists/", "pyodide-lock"),
    ] {
        bench::json(
            &mirror,
            &format!("mochi/pages/{}/{name}.json", key(address)),
        );
    }
    // A shared library is no distribution: an installer would take it for a source.
    assert!(!mirror.join("simple/lib").exists());
    let library = find(&mirror, "lib-1.0.zip");
    assert_eq!(fs::read_to_string(&library).unwrap(), LIBRARY);
    let root = world.sandbox.root().to_string_lossy().into_owned();
    for (path, bytes) in bench::bytes(&mirror) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            !text.contains("hush-hush") && !text.contains(&root),
            "{path}"
        );
    }
    world.ok("mirror mirror --check");
    let said = document(&world.ok("mirror mirror --json"));
    assert_eq!(said["pages-written"], 0);
    let wheel = bench::json(&mirror, "simple/shelved/index.json");
    assert!(wheel["files"][0]["core-metadata"]["sha256"].is_string());
}

/// With nothing but the mirror, the lock stays as it is and installs.
#[test]
fn lock_and_sync_work_from_it() {
    let world = world();
    world.ok("mirror ../usb --find-links ../shelf");
    world.sandbox.empty_cache().expect("emptied");
    world.faults(&[Fault {
        path: "/*".into(),
        status: Some(500),
        ..Fault::default()
    }]);
    fs::remove_dir_all(world.path("../shelf")).expect("removed");
    let lock = world.sandbox.read("mochi.lock");
    drop(world.requests());
    world.ok("lock --check --offline --index ../usb");
    world.ok("lock --offline --index ../usb");
    assert!(lock == world.sandbox.read("mochi.lock"));
    world.ok("sync --offline --index ../usb --into there --environment linux-x64-cp313 --target linux-x64");
    for module in ["a", "b", "inner", "shelved", "direct", "local", "curated"] {
        assert!(world.path(&format!("there/{module}")).exists(), "{module}");
    }
    assert!(world.requests().is_empty());
}

/// A runtime that a killed run has placed in part: the next run without it leaves a sound mirror, and says so.
#[test]
fn a_runtime_that_was_cut_off() {
    let world = world();
    for (name, text) in [
        ("package.json", "{\"version\": \"0.29.5\"}"),
        ("pyodide.asm.mjs", "export {}"),
        ("pyodide.asm.js", ""),
        ("pyodide.asm.wasm", "wasm"),
        ("pyodide.mjs", "export {}"),
        ("python_stdlib.zip", "zip"),
    ] {
        let path = format!("npm/{name}");
        world
            .sandbox
            .write(&path, text.as_bytes())
            .expect("written");
    }
    let words = "mirror mirror --find-links ../shelf";
    world.ok(words);
    let mirror = world.path("mirror");
    let before = fs::read(mirror.join("mochi-mirror.json")).expect("a record");
    world.ok(&format!("{words} --with-pyodide=npm"));
    world.ok("mirror mirror --check");
    // As it is when the kill comes after some files, before the record.
    let record = mirror.join("mochi-mirror.json");
    fs::rename(&record, mirror.join(".tmp/next.json")).expect("renamed");
    fs::write(&record, before).expect("written");
    fs::remove_file(mirror.join("pyodide/wasm32-emscripten-cp313/pyodide.mjs")).expect("removed");
    world.ok("mirror mirror --check");
    let outcome = world.ok(words);
    assert!(
        outcome.stderr.contains("--with-pyodide again"),
        "{}",
        outcome.stderr
    );
    world.ok("mirror mirror --check");
    world.ok(&format!("{words} --with-pyodide=npm"));
    assert!(
        mirror
            .join("pyodide/wasm32-emscripten-cp313/pyodide.mjs")
            .exists()
    );
    world.ok("mirror mirror --check");
}

/// One environment alone, then another: they add up to what all at once give.
#[test]
fn environments_one_by_one() {
    let world = world();
    let mirror = world.path("mirror");
    world.ok("mirror mirror --find-links ../shelf --environment linux-x64-cp313");
    let has = |name: &str| bench::tree(&mirror).keys().any(|path| path.ends_with(name));
    assert!(!has("lib-1.0.zip") && has("/a-1.0-py3-none-any.whl"));
    world.ok("mirror mirror --check");
    let words = "mirror mirror --find-links ../shelf --environment";
    world.ok(&format!("{words} wasm32-emscripten-cp313"));
    world.ok(&format!("{words} macos-arm64-cp313"));
    world.ok("mirror whole --find-links ../shelf");
    bench::assert_same(&mirror, &world.path("whole"));
    world.fails(
        "mirror mirror --environment linux-x64-cp31",
        2,
        &[
            "no environment `linux-x64-cp31`",
            "the nearest is `linux-x64-cp313`",
        ],
    );
}

/// A file of which the lock has no size is gone on with all the same.
#[test]
fn a_curated_file_is_gone_on_with() {
    let world = world();
    let path = "/files/curated-1.0-py3-none-any.whl";
    let words = "mirror mirror --environment wasm32-emscripten-cp313 --offline";
    world.fails(words, 3, &["--offline"]);
    let sha256 = world
        .sandbox
        .fill("${sha256:curated-1.0-py3-none-any.whl}")
        .unwrap();
    let part = world.path(&format!("mirror/.tmp/{sha256}.part"));
    let whole = bytes_of(&world, path);
    fs::write(&part, &whole[..200]).expect("written");
    world.ok("mirror mirror --environment wasm32-emscripten-cp313");
    let asked = world.requests();
    let ranges: Vec<_> = asked
        .iter()
        .filter(|r| r.path == path)
        .map(|r| r.range.as_deref())
        .collect();
    assert_eq!(ranges, [Some("bytes=200-")]);
    world.ok("mirror mirror --check");
}

/// The bytes of a file, by a mirror of it elsewhere.
fn bytes_of(world: &World, path: &str) -> Vec<u8> {
    world.ok("mirror elsewhere --find-links ../shelf");
    drop(world.requests());
    let name = path.rsplit('/').next().expect("a name");
    fs::read(find(&world.path("elsewhere"), name)).expect("a file")
}
