//! The bytes for a bridge of every type, and those who read them.

use crate::{bridge, glue, golden_bridge, of_tests, place, referee, run, strict_mypy};
use std::path::Path;
use std::process::Command;
use wit_parser::{Resolve, WorldItem};

#[test]
fn a_bridge_of_every_type_is_written_so() {
    let files = wrap::render(&golden_bridge());
    assert_eq!(files, wrap::render(&golden_bridge()));
    assert_eq!(files.packages, ["demo/__init__.py"]);
    for file in files.python.iter().chain([&files.wit]) {
        let path = of_tests("golden").join(&file.path);
        if std::env::var_os("MOCHI_BLESS").is_some() {
            std::fs::write(&path, &file.text).expect("written");
        }
        let due = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            due == file.text,
            "{} differs; it would be\n{}",
            file.path,
            file.text
        );
    }
}

#[test]
fn the_world_has_what_the_manifest_has() {
    let bridge = golden_bridge();
    let mut resolve = Resolve::default();
    let package = resolve
        .push_str("bridge.wit", &wrap::render(&bridge).wit.text)
        .expect("valid WIT");
    assert_eq!(
        resolve.packages[package].name.to_string(),
        "demo:bridge@0.1.0"
    );
    let world = resolve.select_world(&[package], None).expect("one world");
    let world = &resolve.worlds[world];
    assert_eq!(world.name, "bridge");
    let functions = |item: Option<&WorldItem>| match item {
        Some(WorldItem::Interface { id, .. }) => {
            let interface = &resolve.interfaces[*id];
            let all = interface.functions.values();
            all.map(|function| (function.name.clone(), function.params.len()))
                .collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    let named = |of: &[(&str, usize)]| -> Vec<(String, usize)> {
        of.iter()
            .map(|(name, params)| ((*name).to_owned(), *params))
            .collect()
    };
    assert_eq!(
        functions(world.exports.values().next()),
        named(&[
            ("area", 1),
            ("describe-shape", 2),
            ("match", 2),
            ("reset", 0)
        ])
    );
    let host = world
        .imports
        .iter()
        .find(|(key, _)| resolve.name_world_key(key).contains("/host"));
    assert_eq!(
        functions(host.map(|(_, item)| item)),
        named(&[
            ("distance", 3),
            ("echo-everything", 2),
            ("fetch", 2),
            ("log", 1),
            ("pause", 1)
        ])
    );
}

/// Also what its documentation holds: it becomes docstrings as it stands.
#[test]
fn componentize_py_makes_bindings_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let wit = folder.path().join("bridge.wit");
    std::fs::write(&wit, wrap::render(&golden_bridge()).wit.text).expect("written");
    let bindings = folder.path().join("bindings");
    run(Command::new(referee("MOCHI_REFEREE_COMPONENTIZE_PY"))
        .arg("-d")
        .arg(&wit)
        .args(["-w", "bridge", "bindings"])
        .arg(&bindings));
    let host = bindings.join("wit_world/imports/host.py");
    // Read, not imported: bindings want a newer Python than ours need.
    let read = "import ast, sys, warnings\nwarnings.simplefilter('error')\n\
                tree = ast.parse(open(sys.argv[1], encoding='utf-8').read())\n\
                fetch = next(n for n in tree.body if getattr(n, 'name', '') == 'fetch')\n\
                print(ast.get_docstring(fetch))";
    let told = run(Command::new(referee("MOCHI_REFEREE_PYTHON"))
        .args(["-c", read])
        .arg(host));
    assert!(
        told.contains("a backslash \\ and three quotes \"\"\" stay"),
        "{told}"
    );
}

/// A user's modules beside the golden bridge: what the annotations must let pass, and what not.
const USER: &str = "\
from demo.bridge import Everything, Point, Shape, distance, echo_everything, fetch, log
from typing_extensions import assert_type

assert_type(distance(Point(1), Point(1.0, 2.0), \"m\"), float)
assert_type(echo_everything(Everything(
    True, 1, 2, \"\", b\"\", [[1]], {\"a\": [b\"\"]}, None, [None])).last_point, \"Point | None\")
log(\"x\")

async def main() -> None:
    assert_type(await fetch(\"x\"), dict[str, bytes])
";

const WRONG: &str = "\
from demo.bridge import Point, Shape, distance
distance(Point(1), (1, 2), \"m\")
distance(Point(1), Point(1), 5)
Point(1).x = 2
Shape(\"a\", [1])
";

#[test]
fn mypy_and_stubtest_agree() {
    let folder = tempfile::tempdir().expect("a folder");
    place(&golden_bridge(), folder.path());
    let strict = |paths: &[&Path]| {
        let mut command = strict_mypy(folder.path());
        command.args(paths);
        command
    };
    // The stub, and who uses it.
    let user = folder.path().join("user.py");
    std::fs::write(&user, USER).expect("written");
    run(&mut strict(&[&user, Path::new("demo/bridge.pyi")]));
    std::fs::write(&user, WRONG).expect("written");
    let output = strict(&[&user]).output().expect("mypy");
    let told = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<&str> = told
        .lines()
        .filter(|line| line.contains(": error:"))
        .collect();
    let of = |line: usize| {
        lines
            .iter()
            .any(|told| told.starts_with(&format!("user.py:{line}:")))
    };
    assert!((2..=5).all(of) && lines.len() == 4, "{told}");
    // Stub and module are one surface.
    let stubtest = referee("MOCHI_REFEREE_MYPY").with_file_name("stubtest");
    run(Command::new(stubtest)
        .args(["demo.bridge", "--concise"])
        .current_dir(folder.path())
        .env(
            "PYTHONPATH",
            format!("{}:{}", folder.path().display(), glue().display()),
        ));
    // The module itself, which mypy would not look at beside its stub.
    std::fs::remove_file(folder.path().join("demo/bridge.pyi")).expect("removed");
    run(&mut strict(&[Path::new("demo/bridge.py")]));
}

/// What wrappers import is typed by a stub of the glue, which must be its surface.
#[test]
fn the_stub_of_the_glue_is_its_surface() {
    let folder = tempfile::tempdir().expect("a folder");
    // The stub alone: the modules behind it have no annotations.
    let package = folder.path().join("mochi_runtime");
    std::fs::create_dir(&package).expect("made");
    let stub = "mochi_runtime/__init__.pyi";
    std::fs::copy(glue().join(stub), folder.path().join(stub)).expect("copied");
    run(
        Command::new(referee("MOCHI_REFEREE_MYPY").with_file_name("stubtest"))
            .args(["mochi_runtime", "--concise", "--ignore-missing-stub"])
            .current_dir(&package)
            .env("MYPYPATH", folder.path())
            .env("PYTHONPATH", glue()),
    );
}

#[test]
fn what_is_not_used_is_not_written() {
    let least = bridge("[package]\nname = \"a\"\n[[python.bridge.host]]\nname = \"log\"\n");
    let files = wrap::render(&least);
    let module = &files.python[0].text;
    for absent in [
        "dataclass",
        "_int",
        "Optional",
        "expose",
        "call_host_async",
        "importlib",
    ] {
        assert!(!module.contains(absent), "{absent} in\n{module}");
    }
    assert!(
        module.contains("from mochi_runtime import MochiError, call_host\n"),
        "{module}"
    );
    assert!(!files.wit.text.contains("integer") && !files.wit.text.contains("export"));
    assert!(
        files.wit.text.contains("package a:bridge;"),
        "{}",
        files.wit.text
    );
}
