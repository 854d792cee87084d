//! Commands that packages bring, and the other folders of their `.data`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::python::{python, text_of};
use crate::world::World;

const PACKAGES: &str = r#"
[packages.tool.'1.0']
entry-points = """
[console_scripts]
tool = tool.cli:main
tool-exit = tool.cli:fail
[gui_scripts]
tool-gui = tool.cli:Gui.start
"""
[packages.tool.'1.0'.files]
'tool/cli.py' = """
import sys
def main():
    print('tool', sys.argv[1:], sys.prefix)
def fail():
    return 'no'
class Gui:
    @staticmethod
    def start():
        print('gui')
"""
'tool-1.0.data/scripts/classic' = """
#!python
import sys, tool
print('classic', tool.__version__, sys.argv[1:])
"""
'tool-1.0.data/scripts/shell' = """
#!/bin/sh
echo shell
"""
'tool-1.0.data/data/share/tool/data.txt' = "data"
'tool-1.0.data/headers/tool.h' = "int tool;"
'tool-1.0.data/purelib/tool_pure.py' = "x = 'pure'"
'tool-1.0.data/platlib/tool_plat.py' = "x = 'plat'"
"#;

fn world() -> World {
    // The text of a script begins with its first line.
    World::synced("tool = '*'", &PACKAGES.replace("\"\"\"\n#!", "\"\"\"#!"))
}

fn script(world: &World, venv: &str, name: &str) -> Command {
    let path = world.path(venv).join("bin").join(name);
    let mode = std::fs::metadata(&path)
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        .permissions()
        .mode();
    assert_eq!(mode & 0o111, 0o111, "{name} can be executed by all");
    let mut command = Command::new(path);
    command.env_clear().env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// Commands run without the venv being active, with their arguments, in the venv's Python.
#[test]
fn console_scripts_run() {
    let world = world();
    let text = text_of(script(&world, ".venv", "tool").args(["x y", "z"]));
    let venv = world.path(".venv").display().to_string();
    assert_eq!(text.trim(), format!("tool ['x y', 'z'] {venv}"));
    let failed = crate::python::done(&mut script(&world, ".venv", "tool-exit"));
    assert_eq!(
        (failed.status.code(), failed.stderr.as_slice()),
        (Some(1), &b"no\n"[..])
    );
}

/// A gui entry point is a command as well; its object may be an attribute of a class.
#[test]
fn gui_scripts_run() {
    assert_eq!(
        text_of(&mut script(&world(), ".venv", "tool-gui")).trim(),
        "gui"
    );
}

/// `#!python` becomes the venv's Python; other scripts stay as they are.
#[test]
fn data_scripts_run() {
    let world = world();
    assert_eq!(
        text_of(script(&world, ".venv", "classic").arg("x")).trim(),
        "classic 1.0 ['x']"
    );
    assert_eq!(
        text_of(&mut script(&world, ".venv", "shell")).trim(),
        "shell"
    );
}

/// `.data` goes where the venv's own `sysconfig` says.
#[test]
fn data_headers_and_libraries_go_to_their_folders() {
    let world = world();
    assert_eq!(
        world.python("import tool_pure, tool_plat; print(tool_pure.x, tool_plat.x)"),
        "pure plat"
    );
    let venv = world.path(".venv");
    assert!(venv.join("share/tool/data.txt").is_file());
    let header = format!("include/site/python{}/tool/tool.h", python().minor);
    assert!(venv.join(&header).is_file(), "{header}");
    assert!(!world.library(".venv").join("tool-1.0.data").exists());
    world.assert_holds(&["tool 1.0"]);
    world.relock("");
    world.ok("sync");
    assert!(!venv.join("share").exists() && !venv.join("include/site").exists());
    world.assert_holds(&[]);
}

/// The first line of a script takes 127 bytes and no spaces on Linux: a venv elsewhere must work all the same.
#[test]
fn scripts_run_from_a_long_path_with_spaces() {
    let world = world();
    for venv in [
        "with some spaces".to_owned(),
        format!("long/{}/{}", "x".repeat(100), "y".repeat(100)),
    ] {
        let outcome = world.run_words(&["sync", "--venv", &venv], &[]);
        assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
        let text = text_of(script(&world, &venv, "tool").arg("x"));
        assert!(
            text.starts_with("tool ['x'] ") && text.trim().ends_with(&venv),
            "{text}"
        );
        assert_eq!(
            text_of(script(&world, &venv, "classic").arg("x y")).trim(),
            "classic 1.0 ['x y']"
        );
        assert!(
            crate::python::inspect(Path::new(&world.path(&venv)))
                .whole()
                .contains_key("tool")
        );
    }
}
