//! From one lock to the next: added, replaced, removed, kept.

use std::fs;

use crate::python::{inspect, python};
use crate::world::{World, snapshot};

const PACKAGES: &str = "
[packages]
a.'1.0' = ['b']
a.'2.0' = { requires = ['b'], files = { 'a/more/new.py' = 'x = 2' } }
b = ['1.0']
c.'1.0' = { files = { 'c/deep/er/old.py' = 'x = 1' } }
";

/// The main job: a venv that was not there is made, and its Python imports what was locked.
#[test]
fn a_venv_is_made_and_its_python_imports_the_packages() {
    let world = World::locked("a = '==1.0'", PACKAGES);
    let outcome = world.ok("sync");
    assert!(
        outcome.stdout.contains("+ a 1.0") && outcome.stdout.contains("+ b 1.0"),
        "{}",
        outcome.stdout
    );
    let code =
        "import sys, a, b; print(a.__version__, b.__version__, '%d.%d' % sys.version_info[:2])";
    assert_eq!(world.python(code), format!("1.0 1.0 {}", python().minor));
    world.assert_holds(&["a 1.0", "b 1.0"]);
}

/// Who syncs before every run must not wait for a network, nor see files of running programs touched.
#[test]
fn a_second_run_changes_nothing_and_asks_for_nothing() {
    let world = World::synced("a = '==1.0'", PACKAGES);
    let times = |world: &World| {
        let paths = snapshot(&world.path(".venv")).into_keys();
        let time = |path: &std::path::PathBuf| {
            fs::symlink_metadata(path)
                .and_then(|m| m.modified())
                .expect("a time")
        };
        paths.map(|path| (time(&path), path)).collect::<Vec<_>>()
    };
    let before = (snapshot(&world.path(".venv")), times(&world));
    drop(world.requests());
    let outcome = world.ok("sync");
    assert_eq!(outcome.stdout, "", "nothing was done");
    assert_eq!((snapshot(&world.path(".venv")), times(&world)), before);
    assert!(world.requests().is_empty());
}

/// A sync makes exactly what the lock says of whatever was there: also what is too much goes, folders included.
#[test]
fn packages_are_added_replaced_and_removed() {
    let world = World::synced("a = '==1.0'\nc = '*'", PACKAGES);
    world.assert_holds(&["a 1.0", "b 1.0", "c 1.0"]);
    world.relock("a = '==2.0'");
    let outcome = world.ok("sync");
    assert_eq!(outcome.stdout, "~ a 1.0 -> 2.0\n- c 1.0\n");
    world.assert_holds(&["a 2.0", "b 1.0"]);
    assert!(!world.library(".venv").join("c").exists());
    world.relock("a = '==1.0'");
    world.ok("sync");
    assert!(!world.library(".venv").join("a/more").exists());
    world.assert_holds(&["a 1.0", "b 1.0"]);
    world.relock("");
    world.ok("sync");
    world.assert_holds(&[]);
}

/// Bytecode that Python wrote on import is no reason to leave a removed package's folder, which would be importable
/// as a namespace package.
#[test]
fn bytecode_goes_with_its_package() {
    let world = World::synced("c = '*'", PACKAGES);
    let library = world.library(".venv");
    world.python_that_writes("import c.deep.er.old");
    assert!(library.join("c/__pycache__").is_dir());
    world.relock("");
    world.ok("sync");
    assert!(!library.join("c").exists());
}

/// Files that the user put beside a package's are the user's.
#[test]
fn a_file_of_the_users_stays() {
    let world = World::synced("c = '*'", PACKAGES);
    let mine = world.library(".venv").join("c/deep/mine.txt");
    fs::write(&mine, "mine").expect("written");
    world.relock("");
    world.ok("sync");
    assert_eq!(fs::read_to_string(&mine).expect("still there"), "mine");
    assert!(!world.library(".venv").join("c/__init__.py").exists());
}

/// The lock says everything that is there: what another tool installed goes. Except pip itself, which people use on
/// their venvs.
#[test]
fn a_foreign_package_is_removed_and_pip_is_kept() {
    let world = World::synced("b = '*'", PACKAGES);
    let library = world.library(".venv");
    for name in ["foreign", "pip"] {
        fs::create_dir_all(library.join(name)).expect("a folder");
        fs::create_dir_all(library.join(format!("{name}-9.0.dist-info"))).expect("a folder");
        let record = format!(
            "{name}/__init__.py,,\n{name}-9.0.dist-info/METADATA,,\n{name}-9.0.dist-info/RECORD,,\n"
        );
        for (path, text) in [
            (format!("{name}/__init__.py"), String::new()),
            (
                format!("{name}-9.0.dist-info/METADATA"),
                format!("Metadata-Version: 2.1\nName: {name}\nVersion: 9.0\n"),
            ),
            (format!("{name}-9.0.dist-info/RECORD"), record),
        ] {
            fs::write(library.join(path), text).expect("written");
        }
    }
    world.fails("sync --check", 1, &["foreign 9.0 is not in the lock"]);
    let outcome = world.ok("sync");
    assert_eq!(outcome.stdout, "- foreign 9.0\n");
    assert!(!library.join("foreign").exists() && library.join("pip/__init__.py").exists());
    world.ok("sync --check");
    let installed = inspect(&world.path(".venv"));
    assert_eq!(installed.packages.keys().collect::<Vec<_>>(), ["b", "pip"]);
}

/// A wheel by path and one by URL say where they come from (PEP 610), so that pip's `freeze` can.
#[test]
fn wheels_by_path_and_url_write_direct_url() {
    let world = World::synced(
        "local = { path = 'wheels/local-1.0-py3-none-any.whl' }\n\
         far = { url = '${files}far-1.0-py3-none-any.whl' }\nb = '*'",
        "[packages]\nfar = ['1.0']\nb = ['1.0']\n[wheels.'wheels/local-1.0-py3-none-any.whl']\n",
    );
    world.assert_holds(&["b 1.0", "far 1.0", "local 1.0"]);
    let read = |name: &str| -> serde_json::Value {
        let path = world
            .library(".venv")
            .join(format!("{name}-1.0.dist-info/direct_url.json"));
        serde_json::from_slice(
            &fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())),
        )
        .expect("JSON")
    };
    let far = read("far");
    assert_eq!(
        far["url"],
        world
            .sandbox
            .fill("${files}far-1.0-py3-none-any.whl")
            .expect("filled")
    );
    let due = &world.sandbox.files()["far-1.0-py3-none-any.whl"].0;
    assert_eq!(far["archive_info"]["hashes"]["sha256"], *due);
    let local = read("local");
    let path = world.path("wheels/local-1.0-py3-none-any.whl");
    assert_eq!(local["url"], format!("file://{}", path.display()));
    assert!(
        !world
            .library(".venv")
            .join("b-1.0.dist-info/direct_url.json")
            .exists()
    );
}

/// One JSON document, whatever happens: scripts parse stdout.
#[test]
fn json_is_one_document() {
    let world = World::locked("a = '==1.0'", PACKAGES);
    let json = |words: &str, exit: i32| -> serde_json::Value {
        let outcome = world.ends(words, exit);
        serde_json::from_str(&outcome.stdout)
            .unwrap_or_else(|e| panic!("`{words}`: {e}: {}", outcome.stdout))
    };
    let report = json("sync --json", 0);
    assert_eq!(
        report["added"][0],
        serde_json::json!({ "name": "a", "version": "1.0" })
    );
    assert_eq!(
        (report["added"].as_array().map(Vec::len), &report["kept"]),
        (Some(2), &0.into())
    );
    assert_eq!(json("sync --json", 0)["kept"], 2);
    assert_eq!(
        json("sync --check --json", 0)["differences"],
        serde_json::json!([])
    );
    fs::remove_file(world.library(".venv").join("a/__init__.py")).expect("removed");
    let failed = json("sync --check --json", 1);
    assert_eq!(failed["error"]["exit-code"], 1);
    assert_eq!(
        failed["error"]["differences"].as_array().map(Vec::len),
        Some(1),
        "{failed}"
    );
}
