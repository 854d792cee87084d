//! Where packages go: a venv by name, a plain folder, an interpreter; and places that do not do.

use std::fs;
use std::process::Command;

use crate::python::{inspect, python, text_of};
use crate::world::World;

const PACKAGES: &str = "
[packages]
a.'1.0' = { requires = ['b'], entry-points = \"[console_scripts]\\nrun-a = a:main\\n\" }
b.'1.0' = { files = { 'b-1.0.data/data/share/b.txt' = 'b', 'b-1.0.data/purelib/b_extra.py' = '' } }
";

/// `--into` fills a folder that goes on PYTHONPATH or into an image: no venv, every file below it.
#[test]
fn into_a_plain_folder() {
    let world = World::locked("a = '*'", PACKAGES);
    world.ok("sync --into out/lib");
    let out = world.path("out/lib");
    assert!(!world.path(".venv").exists());
    assert_eq!(
        inspect(&out).whole().into_iter().collect::<Vec<_>>(),
        [("a", "1.0"), ("b", "1.0")]
    );
    let mut command = Command::new(&python().executable);
    let code = "import a, b, b_extra; print(a.__version__)";
    assert_eq!(
        text_of(command.args(["-B", "-c", code]).env("PYTHONPATH", &out)).trim(),
        "1.0"
    );
    world.ok("sync --check --into out/lib");
    world.relock("");
    world.ok("sync --into out/lib");
    assert_eq!(inspect(&out).whole().len(), 0);
}

/// `--python` names an interpreter to install into, here that of a venv which the user made.
#[test]
fn into_the_site_of_an_interpreter() {
    let world = World::locked("a = '*'", PACKAGES);
    let mut venv = Command::new(&python().executable);
    text_of(
        venv.args(["-m", "venv", "--without-pip"])
            .arg(world.path("mine")),
    );
    world.ok("sync --python mine/bin/python");
    assert!(!world.path(".venv").exists());
    assert_eq!(
        world.python_of("mine", "import a; print(a.__version__)"),
        "1.0"
    );
    assert_eq!(inspect(&world.path("mine")).whole().len(), 2);
    world.ok("sync --check --python mine/bin/python");
}

/// With `--venv`, `--python` is what the venv is made with.
#[test]
fn a_venv_of_a_named_interpreter() {
    let world = World::locked("a = '*'", PACKAGES);
    let exe = python().executable.to_string_lossy().into_owned();
    let words = ["sync", "--venv", "named", "--python", &exe];
    let outcome = world.run_words(&words, &[("PATH", "")]);
    assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
    assert_eq!(
        world.python_of("named", "import a; print(a.__version__)"),
        "1.0"
    );
}

/// A venv of another minor has other tags and other folders: nothing of the lock may go there.
#[test]
fn a_venv_of_another_python_is_refused() {
    let world = World::synced("a = '*'", PACKAGES);
    let before = world.installed();
    let other = if python().minor == "3.12" {
        "3.13"
    } else {
        "3.12"
    };
    world.depend_for(other, "b = '*'");
    world.ok("lock");
    world.fails("sync", 1, &[".venv", &python().minor, other]);
    assert_eq!(world.installed(), before);
}

/// Without an interpreter of the minor there is no venv; the message says what was looked for and where.
#[test]
fn no_interpreter_of_the_minor() {
    let world = World::new("a = '*'", PACKAGES);
    // Without the GIL: the least likely to be in one of the common places, which are looked at whatever the PATH is.
    world.depend_for("3.14t", "a = '*'");
    world.ok("lock");
    let home = world.path("~/").to_string_lossy().into_owned();
    let outcome = world.run_words(&["sync"], &[("PATH", "")]);
    assert_eq!(outcome.exit, 1, "{}", outcome.stderr);
    for part in ["3.14t", "PATH", &format!("{home}.pyenv"), "--python"] {
        assert!(
            outcome.stderr.contains(part),
            "it does not say {part:?}:\n{}",
            outcome.stderr
        );
    }
    assert!(!world.path(".venv").exists());
}

/// A folder that is something else is never turned into a venv.
#[test]
fn a_folder_that_is_no_venv_is_refused() {
    let world = World::locked("a = '*'", PACKAGES);
    world
        .sandbox
        .write("src/keep.txt", b"keep")
        .expect("written");
    world.fails("sync --venv src", 1, &["src", "not a venv"]);
    assert_eq!(
        world.sandbox.read("src/keep.txt").as_deref(),
        Some(&b"keep"[..])
    );
    assert_eq!(
        fs::read_dir(world.path("src")).expect("a folder").count(),
        1
    );
}

/// Places that cannot be written to are the outside's fault, and named. (A file where a folder should be: that holds
/// for the root user too.)
#[test]
fn a_place_that_cannot_be_written_to() {
    let world = World::locked("a = '*'", PACKAGES);
    world.sandbox.write("file", b"keep").expect("written");
    world.fails("sync --into file/below", 3, &["file"]);
    world.fails("sync --into file", 3, &["file"]);
    world.fails("sync --cache-dir file/cache", 3, &["file/cache"]);
    assert_eq!(world.sandbox.read("file").as_deref(), Some(&b"keep"[..]));
}

/// The same for a venv: it is not there, and cannot be made.
#[test]
fn a_venv_that_cannot_be_made() {
    let world = World::locked("a = '*'", PACKAGES);
    world.sandbox.write("file", b"keep").expect("written");
    world.fails("sync --venv file/below", 3, &["file"]);
}

/// A lock for other targets alone has nothing for this machine.
#[test]
fn a_lock_without_this_machines_target() {
    let world = World::new("a = '*'", PACKAGES);
    let text =
        String::from_utf8(world.sandbox.read("mochi.toml").expect("a manifest")).expect("UTF-8");
    let other = text.replace(crate::world::host_target(), "windows-x64");
    world
        .sandbox
        .write("mochi.toml", other.as_bytes())
        .expect("written");
    world.ok("lock");
    world.fails(
        "sync",
        1,
        &[crate::world::host_target(), "windows-x64", "targets"],
    );
    world.fails("sync --target windows-x64", 2, &["--into"]);
    assert!(!world.path(".venv").exists());
}
