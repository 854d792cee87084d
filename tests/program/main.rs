//! A whole program: it adds `rich`, `pydantic` and `httpx` of the public index, locks them for every
//! place where it runs, installs them, and calls them through the bridge in each runtime mode where
//! the lock says that they exist.
//!
//! `MOCHI_PYODIDE` names a folder with Pyodide releases, `MOCHI_PY_HOST` a `mochi-py-host` that embeds
//! the Python of `MOCHI_REFEREE_PYTHON`.

mod modes;

use runtime::{Call, CallError, Hosts, Runtime, Value, wire::from_text};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The Pyodide release that the program is for.
const PYODIDE: &str = "314.0.7";

struct Project {
    folder: tempfile::TempDir,
}

fn setting(name: &str) -> PathBuf {
    let value = std::env::var_os(name);
    value
        .unwrap_or_else(|| panic!("{name} is not set; scripts/test sets it"))
        .into()
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let python = Command::new(setting("MOCHI_REFEREE_PYTHON"))
            .args(["-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
            .output()
            .expect("Python runs");
        let minor = String::from_utf8(python.stdout).expect("text");
        let minor = minor.trim();
        // With a list of nothing of one's own, all of it comes from the index, also in Pyodide,
        // whose own wheels lie where tests may not reach.
        let list = r#"{"info": {"abi_version": "2026_0", "arch": "wasm32", "platform": "emscripten_5_0_3", "python": "3.14.2"}, "packages": {}}"#;
        fs::write(folder.path().join("pyodide-lock.json"), list).expect("a file");
        let manifest = format!(
            "[package]\nname = 'orders'\nversion = '1'\n[python]\nrequires-python = '>={minor}'\n\
             python-versions = ['{minor}']\n\
             targets = ['linux-x64', 'wasm32-emscripten', 'wasm32-wasip2']\n\
             [python.target.wasm32-emscripten]\npyodide = '{PYODIDE}'\n\
             pyodide-index = 'pyodide-lock.json'\n"
        );
        fs::write(folder.path().join("mochi.toml"), manifest).expect("a file");
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn mochi(&self, words: &[&str]) -> Output {
        let output = Command::new(env!("CARGO_BIN_EXE_mochi"))
            .arg("py")
            .args(words)
            .current_dir(self.path())
            .env("MOCHI_CACHE_DIR", self.path().join("cache"))
            .env_remove("MOCHI_INDEX_URL")
            .output()
            .expect("the binary starts");
        let said = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(0) => output,
            Some(3) => panic!(
                "the network is at fault: `{}` says\n{said}",
                words.join(" ")
            ),
            _ => panic!("`{}`: {}\n{said}", words.join(" "), output.status),
        }
    }

    /// The packages that the lock has for an environment.
    fn locked(&self, target: &str) -> BTreeSet<String> {
        let lock = fs::read_to_string(self.path().join("mochi.lock")).expect("a lock");
        let lock: toml_edit::DocumentMut = lock.parse().expect("TOML");
        let packages = lock["python-package"].as_array_of_tables();
        let of_target = |package: &&toml_edit::Table| {
            let mut environments = package["environments"].as_array().into_iter().flatten();
            environments.any(|name| name.as_str().is_some_and(|name| name.starts_with(target)))
        };
        packages
            .expect("packages")
            .iter()
            .filter(of_target)
            .map(|package| package["name"].as_str().expect("a name").to_owned())
            .collect()
    }
}

fn hosts() -> Hosts {
    Hosts::default()
        .with("money", |args| match args.as_slice() {
            [Value::Float(amount)] => Ok(format!("{amount:.2} EUR").into()),
            other => panic!("{other:?}"),
        })
        .with("price", |args| {
            let name = args[0].as_str().unwrap_or_default();
            Ok(Value::Map(vec![
                ("name".into(), name.into()),
                ("price".into(), 2.5.into()),
            ]))
        })
}

fn call(runtime: &dyn Runtime, function: &str, args: &str) -> Result<Value, CallError> {
    let Ok(Value::List(args)) = from_text(args) else {
        panic!("{args}");
    };
    runtime.call(&Call {
        args,
        ..Call::new("orders", function)
    })
}

const ORDER: &str = r#"{"customer":"Ada","items":[{"name":"tea","count":3,"price":2.5}]}"#;

/// Calls what the packages of an environment allow, and says what was called.
fn run(mode: &str, runtime: &dyn Runtime, packages: &BTreeSet<String>) -> Vec<&'static str> {
    let mut called = Vec::new();
    if packages.contains("pydantic") {
        let text = ORDER.replace('3', "\"3\"");
        let found = call(runtime, "checked", &format!("[{text}]"));
        assert_eq!(found, from_text(ORDER).map_err(CallError::from), "{mode}");
        let wrong = call(
            runtime,
            "checked",
            &format!("[{}]", ORDER.replace('3', "0")),
        );
        let Err(CallError::Python(error)) = wrong else {
            panic!("{mode}: {wrong:?}");
        };
        assert!(error.kind.ends_with("ValidationError"), "{mode}: {error}");
        assert!(error.message.contains("items.0.count"), "{mode}: {error}");
        called.push("pydantic");
    }
    if packages.contains("rich") {
        let found = call(runtime, "shown", &format!("[{ORDER}]"));
        let found = found.unwrap_or_else(|error| panic!("{mode}: {error:?}"));
        let lines: Vec<&str> = found.as_str().expect("text").lines().collect();
        assert_eq!(lines[3], "│ tea  │ 7.50 EUR │", "{mode}: {lines:?}");
        called.push("rich");
    }
    if packages.contains("httpx") {
        let found = call(runtime, "price", r#"["tea"]"#);
        let due = from_text(r#"{"name":"tea","price":2.5}"#).map_err(CallError::from);
        assert_eq!(found, due, "{mode}");
        called.push("httpx");
    }
    runtime.shutdown();
    println!("{mode}: {}", called.join(", "));
    called
}

#[test]
fn a_program_calls_its_packages_in_every_mode() {
    let project = Project::new();
    project.mochi(&["add", "rich", "--target", "linux-x64"]);
    let text = fs::read_to_string(project.path().join("mochi.toml")).expect("a manifest");
    assert!(text.contains("rich = "), "{text}");
    project.mochi(&["remove", "rich"]);
    project.mochi(&["add", "rich"]);
    // WASI has no `ssl`, without which httpx cannot be imported, and takes no native wheel.
    let elsewhere = ["--target", "linux-x64", "--target", "wasm32-emscripten"];
    project.mochi(&[&["add", "pydantic>=2", "httpx"], &elsewhere[..]].concat());
    let python = setting("MOCHI_REFEREE_PYTHON");
    let python = python.to_str().expect("text");
    project.mochi(&["sync", "--venv", ".venv", "--python", python]);
    for target in ["wasm32-emscripten", "wasm32-wasip2"] {
        project.mochi(&["sync", "--target", target, "--into", target]);
    }
    for (mode, target, runtime) in modes::all(&project, &hosts()) {
        let due: &[&str] = match target {
            "wasm32-wasip2" => &["rich"],
            _ => &["pydantic", "rich", "httpx"],
        };
        let called = run(mode, runtime.as_ref(), &project.locked(target));
        assert_eq!(called, due, "{mode}");
    }
}
