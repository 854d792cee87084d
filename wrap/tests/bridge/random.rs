//! Random bridges: `wit-parser` takes each world, CPython each module.

use crate::{of_tests, referee, run, strict_mypy};
use manifest::{Bridge, Manifest};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use wit_parser::{Resolve, WorldItem};

/// How many bridges are made.
const CASES: usize = 300;

/// A name: words that are awkward somewhere, and any others.
fn name() -> impl Strategy<Value = String> {
    let awkward = proptest::sample::select(vec![
        "list",
        "type",
        "match",
        "record",
        "self",
        "result",
        "option",
        "u8",
        "errorContext",
        "id",
        "print",
        "repr",
        "setattr",
        "NotImplemented",
        "Ellipsis",
        "Warning",
        "IOError",
        "range",
        "type",
        "hash",
        "value",
        "fields",
        "wrong",
        "host",
        "python",
        "types",
        "world",
        "none",
        "init",
        "bridge",
        "cls",
        "object",
        "Exception",
        "len",
        "call",
        "check",
        "field",
        "of",
        "from_",
    ]);
    let any = "[a-zA-Z][a-zA-Z0-9]{0,5}([_-][a-zA-Z0-9]{1,4}){0,2}";
    prop_oneof![1 => awkward.prop_map(str::to_owned), 4 => any]
}

/// A type, whose records are by their number.
fn kind() -> impl Strategy<Value = String> {
    let words = ["bool", "int", "float", "string", "bytes", "#0", "#1", "#2"];
    let plain = proptest::sample::select(words.to_vec()).prop_map(str::to_owned);
    plain.prop_recursive(3, 8, 1, |inner| {
        (
            inner,
            proptest::sample::select(vec!["list", "map", "optional"]),
        )
            .prop_map(|(inner, word)| match word {
                "optional" if inner.starts_with("optional") => format!("list<{inner}>"),
                _ => format!("{word}<{inner}>"),
            })
    })
}

type Fields = Vec<(String, String)>;
type Function = (String, Fields, Option<String>, bool, String);

fn function() -> impl Strategy<Value = Function> {
    let fields = proptest::collection::vec((name(), kind()), 0..5);
    let doc = "[ -~é\n\"\\\\]{0,30}";
    (
        name(),
        fields,
        proptest::option::of(kind()),
        any::<bool>(),
        doc,
    )
}

/// The text of a manifest. Records hold only those after them.
fn manifest() -> impl Strategy<Value = String> {
    let record = (name(), proptest::collection::vec((name(), kind()), 1..6));
    let records = proptest::collection::vec(record, 0..4);
    let functions = proptest::collection::vec((function(), any::<bool>()), 1..6);
    (records, functions).prop_map(|(records, functions)| {
        let mut text = String::from("[package]\nname = \"demo\"\nversion = \"1.0\"\n");
        let names: Vec<&String> = records.iter().map(|(name, _)| name).collect();
        for (at, (name, fields)) in records.iter().enumerate() {
            let _ = writeln!(text, "[python.bridge.records.{name}]");
            for (field, kind) in fields {
                let _ = writeln!(text, "{field} = \"{}\"", named(kind, &names[at + 1..]));
            }
        }
        for ((name, params, result, is_async, doc), is_host) in &functions {
            let side = if *is_host { "host" } else { "python" };
            let _ = writeln!(text, "[[python.bridge.{side}]]\nname = \"{name}\"");
            let params = params.iter();
            let params = params.map(|(name, kind)| format!("\"{name}: {}\"", named(kind, &names)));
            let _ = writeln!(text, "params = [{}]", params.collect::<Vec<_>>().join(", "));
            if let Some(kind) = result {
                let _ = writeln!(text, "result = \"{}\"", named(kind, &names));
            }
            if *is_host {
                let _ = writeln!(text, "async = {is_async}");
            }
            let doc = doc
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n");
            let _ = writeln!(text, "doc = \"{doc}\"");
        }
        text
    })
}

/// A type with the records that it may hold; without, something plain.
fn named(kind: &str, records: &[&String]) -> String {
    let mut kind = kind.to_owned();
    for number in 0..3 {
        let name = records.get(number).map_or("int", |name| name.as_str());
        kind = kind.replace(&format!("#{number}"), name);
    }
    kind
}

/// What the world has, against what the bridge has.
fn check_world(bridge: &Bridge) {
    let text = wrap::render(bridge).wit.text;
    let mut resolve = Resolve::default();
    let package = resolve
        .push_str("bridge.wit", &text)
        .unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    let world = resolve.select_world(&[package], None).expect("one world");
    let world = &resolve.worlds[world];
    let items = world.imports.values().chain(world.exports.values());
    let functions = items.flat_map(|item| match item {
        WorldItem::Interface { id, .. } => resolve.interfaces[*id].functions.keys(),
        other => panic!("{other:?}"),
    });
    let functions: Vec<String> = functions.cloned().collect();
    let due: Vec<String> = bridge.signatures().map(|one| one.name.kebab()).collect();
    assert_eq!(functions, due, "{text}");
}

/// Valid bridges out of [`CASES`] random ones, the same in every run.
fn bridges() -> Vec<Bridge> {
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let mut valid = Vec::new();
    for _ in 0..CASES {
        let text = manifest().new_tree(&mut runner).expect("made").current();
        match Manifest::parse("mochi.toml", &text) {
            Ok(manifest) => valid.extend(manifest.bridge),
            // Names that clash, keywords: each by its name, never a type.
            Err(error) => assert!(!error.message.contains("unknown type"), "{error}\n{text}"),
        }
    }
    let refused = CASES - valid.len();
    assert!(refused > 5 && refused < CASES / 2, "{refused} refused");
    valid
}

#[test]
fn wit_parser_takes_every_world() {
    bridges().iter().for_each(check_world);
}

#[test]
fn python_takes_every_module() {
    let bridges = bridges();
    let modules = bridges.iter().map(|bridge| {
        let files = wrap::render(bridge).python;
        serde_json::json!([files[0].text, files[1].text])
    });
    let modules: Vec<serde_json::Value> = modules.collect();
    let mut python = Command::new(referee("MOCHI_REFEREE_PYTHON"))
        .arg(of_tests("bridge/read_modules.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it can be started");
    let text = serde_json::Value::from(modules).to_string();
    let mut stdin = python.stdin.take().expect("piped");
    stdin.write_all(text.as_bytes()).expect("it reads");
    drop(stdin);
    let output = python.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(told.trim(), format!("{} modules", bridges.len()));
}

#[test]
fn mypy_takes_every_module() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut paths = Vec::new();
    for (at, bridge) in bridges().iter().enumerate().step_by(4) {
        for (file, suffix) in wrap::render(bridge).python.iter().zip(["py", "pyi"]) {
            let path = format!("{suffix}{at}.{suffix}");
            std::fs::write(folder.path().join(&path), &file.text).expect("written");
            paths.push(path);
        }
    }
    run(strict_mypy(folder.path()).args(&paths));
}
