//! A project with an index on loopback, a wheel of its own, micropip's, and for each Pyodide
//! release a small list of curated packages.

use fixtures::digest::hex_sha256;
use fixtures::model::Scenario;
use fixtures::sandbox::{Outcome, Sandbox};
use fixtures::wheel_file::WheelSpec;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The releases, with their environments and the tags of wheels for them.
pub(crate) const RELEASES: [(&str, &str, &str); 2] = [
    (
        "0.29.5",
        "wasm32-emscripten-cp313",
        "cp313-cp313-pyemscripten_2025_0_wasm32",
    ),
    (
        "314.0.7",
        "wasm32-emscripten-cp314",
        "cp314-cp314-pyemscripten_2026_0_wasm32",
    ),
];

pub(crate) const MICROPIP: &str = "micropip-0.11.1-py3-none-any.whl";

const INDEX: &str = r#"
reason = "See the test."
step = []
[packages.Alpha_Pack.'1.5']
requires = ["beta ; sys_platform == 'emscripten'", "gamma ; sys_platform == 'win32'"]
extras = { x = ["delta"], y = ["epsilon"] }
[packages.beta.'2.0']
[packages.gamma.'1.0']
[packages.delta.'1.0']
files = { "delta-1.0.data/purelib/unseen.py" = "", "tests/test_delta.py" = "" }
[packages.epsilon.'1.0']
[packages.space-one.'1.0']
files = { "space/one/__init__.py" = "__version__ = 'one'" }
[packages.space-two.'1.0']
requires = ["space-one[self]", "space-two"]
extras = { self = ["space-one"] }
files = { "space/two.py" = "__version__ = 'two'" }
[packages.lonely.'1.0']
files = { "alone/inner/__init__.py" = "__version__ = 'inner'" }
[packages.zeta.'3.0']
requires = ["beta>=1"]
"#;

const MANIFEST: &str = r#"
[package]
name = "demo"

[python-dependencies]
alpha-pack = { version = "*", extras = ["x"] }
space-one = "*"
space-two = "*"
lonely = "*"
zeta = "*"
curious = { version = "*", targets = ["wasm32-emscripten"] }
greet = { path = "greet-1.2.0-py3-none-any.whl" }
micropip = { path = "wheels/micropip-0.11.1-py3-none-any.whl" }

[python]
targets = ["wasm32-emscripten", "linux-x64"]
python-versions = ["3.13"]

[python.target.wasm32-emscripten]
pyodide = ["0.29.5", "314.0.7"]
pyodide-index = { "0.29.5" = "lists/0.29.5", "314.0.7" = "lists/314.0.7" }
"#;

pub(crate) struct Project {
    pub(crate) sandbox: Sandbox,
}

/// A folder that a variable of the environment names.
pub(crate) fn named(variable: &str) -> PathBuf {
    let path = std::env::var_os(variable);
    path.unwrap_or_else(|| panic!("{variable} is not set: run scripts/test, which sets it"))
        .into()
}

impl Project {
    /// With nothing but this in its manifest.
    pub(crate) fn of(manifest: &str) -> Self {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), INDEX).expect("written");
        let scenario = Scenario::load(file.path()).unwrap_or_else(|error| panic!("{error}"));
        let binary = Path::new(env!("CARGO_BIN_EXE_mochi"));
        let sandbox = Sandbox::new(&scenario, binary).expect("a sandbox");
        let project = Self { sandbox };
        project.write("mochi.toml", manifest.as_bytes());
        project
    }

    /// With all of it, locked.
    pub(crate) fn locked() -> Self {
        let project = Self::of(MANIFEST);
        project.write("greet-1.2.0-py3-none-any.whl", &greet());
        let micropip = std::fs::read(named("MOCHI_PYODIDE").join(MICROPIP)).expect("micropip");
        project.write(&format!("wheels/{MICROPIP}"), &micropip);
        for (release, _, tag) in RELEASES {
            project.curate(release, tag);
        }
        project.ok("lock");
        project
    }

    /// A list with a package for the release, which needs a library.
    fn curate(&self, release: &str, tag: &str) {
        let wheel = WheelSpec {
            name: "Curious".to_owned(),
            version: "0.5".to_owned(),
            tag: tag.to_owned(),
            ..WheelSpec::default()
        };
        let mut library = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        library.start_file("library.txt", options).expect("a file");
        library.write_all(b"a library").expect("written");
        let library = library.finish().expect("an archive").into_inner();
        let platform = if release == "0.29.5" {
            "2025_0"
        } else {
            "2026_0"
        };
        let (file, bytes) = (wheel.filename(), wheel.bytes());
        let list = json!({
            "info": { "abi_version": platform },
            "packages": {
                "curious": {
                    "name": "Curious", "version": "0.5", "file_name": file,
                    "sha256": hex_sha256(&bytes), "depends": ["libcurious"],
                    "imports": ["curious", "curious_by_list"], "install_dir": "site",
                    "package_type": "package", "unvendored_tests": true,
                },
                "libcurious": {
                    "name": "libcurious", "version": "1.1.1w", "file_name": "libcurious-1.1.1w.zip",
                    "sha256": hex_sha256(&library), "depends": [], "imports": [],
                    "install_dir": "dynlib", "package_type": "shared_library",
                },
            },
        });
        let path = |name: &str| format!("lists/{release}/{name}");
        self.write(&path(&file), &bytes);
        self.write(&path("libcurious-1.1.1w.zip"), &library);
        self.write(&path("pyodide-lock.json"), list.to_string().as_bytes());
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        self.sandbox.write(path, bytes).expect("written");
    }

    pub(crate) fn run(&self, words: &str) -> Outcome {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        let run = self.sandbox.run("", &words, &BTreeMap::new());
        run.expect("the binary starts")
    }

    /// Runs what must go well; its standard output.
    pub(crate) fn ok(&self, words: &str) -> String {
        let outcome = self.run(words);
        assert_eq!(outcome.exit, 0, "`{words}`: {}", outcome.stderr);
        outcome.stdout
    }

    /// Runs what must fail so, and say all of this.
    pub(crate) fn fails(&self, words: &str, exit: i32, says: &[&str]) {
        let outcome = self.run(words);
        assert_eq!(outcome.exit, exit, "`{words}`: {}", outcome.stderr);
        for part in says {
            assert!(outcome.stderr.contains(part), "{part}: {}", outcome.stderr);
        }
    }

    /// The export for an environment.
    pub(crate) fn export(&self, environment: &str) -> Value {
        let words = format!("export --format pyodide-lock --environment {environment}");
        serde_json::from_str(&self.ok(&words)).expect("JSON")
    }
}

/// The wheel for any platform that `mochi py build` makes of a sample.
fn greet() -> Vec<u8> {
    let out = tempfile::tempdir().expect("a folder");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/packages/greet");
    let output = Command::new(env!("CARGO_BIN_EXE_mochi"))
        .args(["py", "build", "--wheel", "--out"])
        .arg(out.path())
        .current_dir(sample)
        .env("MOCHI_CACHE_DIR", out.path().join("cache"))
        .output()
        .expect("the binary runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    std::fs::read(out.path().join("greet-1.2.0-py3-none-any.whl")).expect("a wheel")
}
