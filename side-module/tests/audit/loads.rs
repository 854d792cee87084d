//! Pyodide itself judges: whether the data is what its main module has, and whether what passes loads.

use crate::built::{
    MUCH, NO_CONSTRUCTORS, NO_DATA, NO_FUNCTION, OTHER_TYPE, PLAIN, RIGHT, WEAK, build, judged,
};
use side_module::{Platform, Source, SymbolType};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The releases that judge, and their platforms.
const RELEASES: [(&str, &str); 2] = [("0.29.5", "2025_0"), ("314.0.7", "2026_0")];

fn pyodide(release: &str) -> PathBuf {
    let folder = std::env::var_os("MOCHI_PYODIDE")
        .expect("MOCHI_PYODIDE is not set: run scripts/test, which makes what it names");
    Path::new(&folder).join(release)
}

/// Runs a script of JavaScript with arguments, and gives what it prints.
fn node(script: &str, arguments: &[&Path]) -> serde_json::Value {
    let output = Command::new("node")
        .args(["--input-type=module", "--eval", script, "--"])
        .args(arguments)
        .output()
        .expect("node is to be on the path");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    serde_json::from_slice(&output.stdout).expect("what the script prints is JSON")
}

const NAMES: &str = r#"
import { readFileSync } from "node:fs";
const module = new WebAssembly.Module(readFileSync(process.argv[1]));
const names = (list) => Object.fromEntries(list.map(({ name, kind }) => [name, kind]));
const known = ["env", "wasi_snapshot_preview1"];
console.log(JSON.stringify({
  exported: names(WebAssembly.Module.exports(module)),
  imported: names(WebAssembly.Module.imports(module).filter((it) => known.includes(it.module))),
}));
"#;

/// The kind of a symbol as JavaScript calls it.
const fn kind(symbol_type: &SymbolType) -> &'static str {
    match symbol_type {
        SymbolType::Function(_) | SymbolType::AnyFunction => "function",
        SymbolType::Global(_) => "global",
        SymbolType::Table(..) => "table",
        SymbolType::Memory(_) => "memory",
        SymbolType::Tag(_) => "tag",
    }
}

#[test]
fn the_data_is_what_the_main_module_has() {
    for (release, platform) in RELEASES {
        let found = node(NAMES, &[&pyodide(release).join("pyodide.asm.wasm")]);
        let platform = Platform::find(platform).unwrap();
        let place = platform
            .releases
            .iter()
            .position(|it| it.version == release)
            .unwrap();
        for (source, word) in [
            (Source::Exported, "exported"),
            (Source::Imported, "imported"),
        ] {
            let data: BTreeMap<&str, &str> = platform
                .all(place)
                .filter(|(_, provided)| provided.source == source)
                .map(|(name, provided)| (name, kind(&provided.symbol_type)))
                .collect();
            let module: BTreeMap<&str, &str> = found[word]
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, kind)| (name.as_str(), kind.as_str().unwrap()))
                .collect();
            assert!(module.len() > 200, "{release} {word}");
            assert!(data == module, "{release} {word}: {:?}", {
                let differ = |one: &BTreeMap<&str, &str>, other: &BTreeMap<&str, &str>| {
                    let names = one
                        .iter()
                        .filter(|(name, kind)| other.get(*name) != Some(kind));
                    names
                        .map(|(name, _)| (*name).to_owned())
                        .take(9)
                        .collect::<Vec<String>>()
                };
                (differ(&data, &module), differ(&module, &data))
            });
        }
    }
}

/// Imports `spam` out of one folder after the other: its value, or what is raised.
const LOAD: &str = r#"
import { readdirSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
const [release, modules] = process.argv.slice(1);
const { loadPyodide } = await import(pathToFileURL(`${release}/pyodide.mjs`));
const pyodide = await loadPyodide({ indexURL: `${release}/`, stdout() {}, stderr() {} });
const said = [];
for (const folder of readdirSync(modules).sort()) {
  pyodide.FS.mkdirTree(`/spam/${folder}`);
  const bytes = readFileSync(`${modules}/${folder}/spam.so`);
  pyodide.FS.writeFile(`/spam/${folder}/spam.so`, bytes);
  const script = `
import sys
sys.modules.pop("spam", None)
sys.path.insert(0, "/spam/${folder}")
try:
    import spam
    said = str(spam.value)
except BaseException as error:
    said = f"{type(error).__name__}: {error}"
said
`;
  try {
    said.push(pyodide.runPython(script));
  } catch (error) {
    said.push(`${error.pyodide_fatal_error ? "fatal" : "not fatal"}: ${error.message}`);
  }
}
console.log(JSON.stringify(said));
process.exit(0);
"#;

/// Each: what it is, the module, whether it passes, and what comes of an import: a value, or words of
/// what is raised.
type Case = (&'static str, Vec<u8>, bool, &'static str);

/// All in one Pyodide of each release.
fn judge(cases: &[Case]) {
    let folder = TempDir::new().unwrap();
    for (place, (_, module, ..)) in cases.iter().enumerate() {
        let folder = folder.path().join(place.to_string());
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("spam.so"), module).unwrap();
    }
    for (release, platform) in RELEASES {
        let found = node(LOAD, &[&pyodide(release), folder.path()]);
        for (place, (what, module, passes, comes)) in cases.iter().enumerate() {
            let said = judged(module, &[platform]);
            assert_eq!(said.is_ok(), *passes, "{what}: {said:?}");
            let found = found[place].as_str().unwrap();
            let is_value = comes.bytes().all(|byte| byte.is_ascii_digit());
            let alike = if is_value {
                found == *comes
            } else {
                found.contains(comes)
            };
            assert!(alike, "{what} on {release}: {found}");
        }
    }
}

#[test]
fn what_passes_loads_and_what_is_refused_does_not_work() {
    let type_differs = "imported function does not match the expected type";
    judge(&[
        ("plain", build(PLAIN, RIGHT), true, "1"),
        ("much", build(MUCH, RIGHT), true, "108"),
        ("weak", build(WEAK, RIGHT), true, "7"),
        (
            "idle constructors",
            build(MUCH, NO_CONSTRUCTORS),
            false,
            "97",
        ),
        ("type", build(OTHER_TYPE, RIGHT), false, type_differs),
        // The last: the loader goes on to ask for what it has not found.
        ("data", build(NO_DATA, RIGHT), false, "no_such_data"),
    ]);
}

#[test]
fn a_call_of_a_missing_function_ends_pyodide() {
    judge(&[(
        "function",
        build(NO_FUNCTION, RIGHT),
        false,
        "fatal: Dynamic linking error: cannot resolve symbol no_such_function",
    )]);
}
