//! What `export --format pyodide-lock` writes.

use crate::project::{Project, RELEASES};
use fixtures::digest::hex_sha256;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[test]
fn each_package_stands_with_what_its_wheel_brings() {
    let project = Project::locked();
    for (release, environment, tag) in RELEASES {
        let list = project.export(environment);
        let builtin = pyodide::list(release).expect("a list").info;
        assert_eq!(list["info"], serde_json::to_value(builtin).expect("JSON"));
        let (sha256, _) = &project.sandbox.files()["alpha_pack-1.5-py3-none-any.whl"];
        assert_eq!(
            list["packages"]["alpha-pack"],
            json!({
                "name": "Alpha_Pack",
                "version": "1.5",
                "file_name": project
                    .sandbox
                    .fill("${files}alpha_pack-1.5-py3-none-any.whl")
                    .expect("a place"),
                "install_dir": "site",
                "sha256": sha256,
                "package_type": "package",
                "imports": ["alpha_pack"],
                // Of the extra that is wanted, and for the place; not of the others.
                "depends": ["beta", "delta"],
                "unvendored_tests": false,
            })
        );
        let file = format!("lists/{release}/curious-0.5-{tag}.whl");
        assert_eq!(
            list["packages"]["curious"],
            json!({
                "name": "Curious",
                "version": "0.5",
                "file_name": file,
                "install_dir": "site",
                "sha256": hex_sha256(&project.sandbox.read(&file).expect("a wheel")),
                "package_type": "package",
                // As the list has it, and not the wheel.
                "imports": ["curious", "curious_by_list"],
                "depends": ["libcurious"],
                "unvendored_tests": false,
            })
        );
        let library = &list["packages"]["libcurious"];
        assert_eq!(library["version"], "1.1.1w");
        assert_eq!(library["install_dir"], "dynlib");
        assert_eq!(library["package_type"], "shared_library");
        assert_eq!(imports(&list), expected_imports());
        names_hang_together(&list);
    }
}

fn imports(list: &Value) -> BTreeMap<&str, Vec<&str>> {
    let packages = list["packages"].as_object().expect("packages");
    packages
        .iter()
        .map(|(name, entry)| (name.as_str(), texts(&entry["imports"]).collect()))
        .collect()
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    let list = list.as_array().expect("a list").iter();
    list.map(|text| text.as_str().expect("text"))
}

fn expected_imports() -> BTreeMap<&'static str, Vec<&'static str>> {
    BTreeMap::from([
        ("alpha-pack", vec!["alpha_pack"]),
        ("beta", vec!["beta"]),
        ("curious", vec!["curious", "curious_by_list"]),
        ("delta", vec!["delta"]),
        ("greet", vec!["greet"]),
        ("libcurious", vec![]),
        // A namespace that nobody else has a part of is the package's.
        ("lonely", vec!["alone", "alone.inner", "lonely"]),
        ("micropip", vec!["micropip"]),
        ("space-one", vec!["space.one", "space_one"]),
        ("space-two", vec!["space.two", "space_two"]),
        ("zeta", vec!["zeta"]),
    ])
}

/// No name of another package that is not there, none of its own, and all sorted.
fn names_hang_together(list: &Value) {
    let packages = list["packages"].as_object().expect("packages");
    for (name, entry) in packages {
        let depends: Vec<&str> = texts(&entry["depends"]).collect();
        assert!(depends.is_sorted(), "{name}: {depends:?}");
        for other in depends {
            assert!(
                packages.contains_key(other) && other != name,
                "{name}: {other}"
            );
        }
    }
}

#[test]
fn equal_bytes_come_again_and_without_a_network() {
    let project = Project::locked();
    let words = "export --format pyodide-lock --environment wasm32-emscripten-cp313";
    let first = project.ok(words);
    let _ = project.sandbox.world.take_log();
    assert_eq!(project.ok(&format!("{words} --offline")), first);
    assert_eq!(project.ok(words), first);
    let asked = project.sandbox.world.take_log();
    assert!(asked.is_empty(), "what was read is remembered: {asked:?}");
    project.sandbox.empty_cache().expect("emptied");
    project.fails(
        &format!("{words} --offline"),
        3,
        &[
            "the network is off",
            "zeta-3.0-py3-none-any.whl",
            "--offline",
        ],
    );
    // What lies in the cache is not trusted blindly.
    project.ok(words);
    let (sha256, _) = &project.sandbox.files()["zeta-3.0-py3-none-any.whl"];
    let cached = format!("../cache/wheels-v1/{}/{sha256}.whl", &sha256[..2]);
    project.write(&cached, b"rot");
    std::fs::remove_dir_all(project.sandbox.path("../cache/imports-v1")).expect("removed");
    assert_eq!(project.ok(words), first);
}

#[test]
fn files_of_this_machine_are_named_from_where_the_list_is() {
    let project = Project::locked();
    let words = "export --format pyodide-lock --environment wasm32-emscripten-cp313";
    project.write("public/deep/page.html", b"");
    project.ok(&format!("{words} --out public/deep/pyodide-lock.json"));
    let text = project.sandbox.read("public/deep/pyodide-lock.json");
    let list: Value = serde_json::from_slice(&text.expect("written")).expect("JSON");
    let greet = &list["packages"]["greet"];
    assert_eq!(greet["file_name"], "../../greet-1.2.0-py3-none-any.whl");
    let told = project.ok(&format!("{words} --out p.json --json"));
    assert_eq!(
        serde_json::from_str::<Value>(&told).expect("JSON")["written"],
        "p.json"
    );
    // A wheel that has changed since is no package of the lock.
    project.sandbox.empty_cache().expect("emptied");
    project.write("wheels/micropip-0.11.1-py3-none-any.whl", b"no wheel");
    project.fails(words, 1, &["micropip"]);
}

#[test]
fn the_environment_has_to_be_one_of_pyodide() {
    let project = Project::locked();
    let export = "export --format pyodide-lock";
    let both = "wasm32-emscripten-cp313, wasm32-emscripten-cp314";
    project.fails(
        export,
        2,
        &["several environments of Pyodide", both, "--environment"],
    );
    project.fails(
        &format!("{export} --environment linux-x64-cp313"),
        2,
        &["linux-x64-cp313 is not for Pyodide", both],
    );
    project.fails(
        &format!("{export} --environment wasm32-emscripten-cp31"),
        2,
        &["no environment `wasm32-emscripten-cp31`", "nearest"],
    );
    let native = Project::of(
        "[package]\nname = 'demo'\n[python-dependencies]\nbeta = '*'\n[python]\n\
         targets = ['linux-x64']\n",
    );
    native.ok("lock");
    native.fails(
        export,
        1,
        &["no environment of Pyodide", "wasm32-emscripten"],
    );
    let alone = Project::of(
        "[package]\nname = 'demo'\n[python-dependencies]\nbeta = '*'\n[python]\n\
         targets = ['linux-x64', 'wasm32-emscripten']\n",
    );
    alone.ok("lock");
    assert!(
        alone.ok(export).contains("\"beta\""),
        "the only one is meant"
    );
}
