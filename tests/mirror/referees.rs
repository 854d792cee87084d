//! pip and uv, with a mirror as their index.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::bench::{DEPENDENCIES, PACKAGES};
use crate::python::{done, python, text_of};
use crate::world::World;

fn referee(variable: &str) -> PathBuf {
    let path = std::env::var_os(variable);
    path.unwrap_or_else(|| panic!("{variable} is not set: `scripts/test` sets it"))
        .into()
}

/// Python's `http.server` on a folder; ended when dropped.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn new(folder: &Path) -> Self {
        let mut command = Command::new(&python().executable);
        command
            .args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"])
            .arg("--directory")
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("a server");
        let stdout = child.stdout.take().expect("a pipe");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let port = line.split_whitespace().nth(5).expect("a port");
        let url = format!("http://127.0.0.1:{port}/simple/");
        Self { child, url }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn alone(command: &mut Command, world: &World) {
    command
        .env("HOME", world.path("~/"))
        .current_dir(world.path("."));
    for name in [
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
        "VIRTUAL_ENV",
    ] {
        command.env_remove(name);
    }
}

fn pip(world: &World, words: &[&str]) -> Command {
    let mut command = Command::new(referee("MOCHI_REFEREE_PYTHON"));
    command.args(["-I", "-B", "-m", "pip", "--isolated", "--no-cache-dir"]);
    command
        .args(["--disable-pip-version-check", "--quiet"])
        .args(words);
    alone(&mut command, world);
    command
}

fn uv(world: &World, words: &[&str]) -> Command {
    let mut command = Command::new(referee("MOCHI_REFEREE_UV"));
    command.args([
        "--no-config",
        "--no-cache",
        "--no-python-downloads",
        "--quiet",
    ]);
    command.args(words);
    command.env("UV_PYTHON", referee("MOCHI_REFEREE_PYTHON"));
    alone(&mut command, world);
    command
}

/// A mirror whose source is gone: nothing can come from there.
fn cut_off() -> World {
    let world = World::locked(DEPENDENCIES, PACKAGES);
    world.ok("mirror mirror");
    world.faults(&[fixtures::model::Fault {
        path: "/*".into(),
        status: Some(500),
        ..fixtures::model::Fault::default()
    }]);
    drop(world.requests());
    world
}

/// The addresses under which a mirror is an index.
fn addresses(world: &World, served: &Served) -> [String; 2] {
    let folder = world.path("mirror").canonicalize().expect("a folder");
    [
        served.url.clone(),
        format!("file://{}/simple/", folder.display()),
    ]
}

/// `b` is yanked: only who pins it gets it.
const WANTED: [&str; 4] = ["a==1.0", "b==1.0", "name-with-dots", "big"];
const FOUND: [&str; 4] = ["a", "b", "big", "name_with_dots"];

fn installed(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut infos: Vec<String> = names
        .filter(|name| name.ends_with(".dist-info"))
        .filter_map(|name| Some(name.split_once('-')?.0.to_owned()))
        .collect();
    infos.sort();
    infos
}

/// pip resolves and installs from a mirror alone, on a server and as a folder.
#[test]
fn pip_installs_from_it() {
    let world = cut_off();
    let served = Served::new(&world.path("mirror"));
    for (number, address) in addresses(&world, &served).iter().enumerate() {
        let target = world.path(&format!("pip{number}"));
        let mut command = pip(&world, &["install", "--index-url", address, "--target"]);
        text_of(command.arg(&target).args(WANTED));
        assert_eq!(installed(&target), FOUND, "{address}");
        // A project that is not there is missed, and not looked for elsewhere.
        let mut command = pip(&world, &["download", "--index-url", address, "absent"]);
        assert!(!done(&mut command).status.success());
    }
    assert!(world.requests().is_empty());
}

/// pip asks for the metadata beside a wheel, and compares it: a report without any wheel.
#[test]
fn pip_resolves_by_the_metadata_alone() {
    let world = cut_off();
    let served = Served::new(&world.path("mirror"));
    let wheel = crate::bench::find(&world.path("mirror"), "big-1.0-py3-none-any.whl");
    std::fs::remove_file(wheel).expect("removed");
    let words = [
        "install",
        "--dry-run",
        "--ignore-installed",
        "--report",
        "-",
    ];
    let mut command = pip(&world, &words);
    let text = text_of(command.args(["--index-url", &served.url, "big"]));
    assert!(text.contains("\"version\": \"1.0\""), "{text}");
}

/// uv does the same, and compiles and syncs with hashes.
#[test]
fn uv_installs_from_it() {
    let world = cut_off();
    let served = Served::new(&world.path("mirror"));
    for (number, address) in addresses(&world, &served).iter().enumerate() {
        let index = ["--index-url", address];
        let target = world.path(&format!("uv{number}"));
        let mut command = uv(&world, &["pip", "install", "--target"]);
        text_of(command.arg(&target).args(index).args(WANTED));
        assert_eq!(installed(&target), FOUND, "{address}");
        world
            .sandbox
            .write("in.txt", WANTED.join("\n").as_bytes())
            .expect("written");
        let words = [
            "pip",
            "compile",
            "in.txt",
            "--generate-hashes",
            "-o",
            "out.txt",
        ];
        text_of(uv(&world, &words).args(index));
        let locked = world.sandbox.read("out.txt").expect("a file");
        let text = String::from_utf8(locked).expect("UTF-8");
        assert_eq!(text.matches("--hash=sha256:").count(), 4, "{text}");
        let target = world.path(&format!("synced{number}"));
        let words = ["pip", "sync", "out.txt", "--require-hashes", "--target"];
        text_of(uv(&world, &words).arg(&target).args(index));
        assert_eq!(installed(&target), FOUND, "{address}");
    }
    assert!(world.requests().is_empty());
}
