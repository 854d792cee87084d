//! A project with packages from everywhere, locked and installed from the loopback server, and a mirror of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fixtures::model::{Fault, Scenario};
use fixtures::sandbox::{Outcome, Sandbox};

use crate::tree::Maker;

const SCENARIO: &str = r#"
reason = "See the test."
step = []
index-url = ""

[packages]
a."1.0" = []
a."2.0" = ["b>=1"]
b."1.0" = []
b."1.5" = { requires = ["c"], requires-python = ">=3.8" }
b."1.6" = { yanked = "broken" }
c."1.0" = { wheels = ["py3-none-any"] }
c."2.0" = { requires-python = "<3.9" }
native."1.0" = { wheels = ["cp39-cp39-win_amd64"] }

[index]
metadata = "absent"

[indexes.corp]
packages.k."1.0" = ["b"]
packages.k."1.1" = ["b"]
options = { user = "me", password = "s3cret" }

[indexes.shelf]
kind = "links-page"
packages.s."1.0" = ["c"]

[indexes.direct]
packages.u."1.0" = ["c"]

[indexes.pyo]
packages.n."1.0" = { wheels = ["py3-none-any"] }
packages.n."2.0" = { wheels = ["py3-none-any"] }

[wheels]
"vendor/p-1.0-py3-none-any.whl" = ["b"]

[files]
"pyodide-lock.json" = '''
{ "info": { "abi_version": "2025_0", "arch": "wasm32", "platform": "emscripten_4_0_9", "python": "3.13.2" },
  "packages": {
    "n": { "name": "n", "version": "1.0", "file_name": "${pyo.files}n-1.0-py3-none-any.whl", "sha256": "${sha256:n-1.0-py3-none-any.whl}", "depends": [], "imports": ["n"], "package_type": "package", "install_dir": "site" }
  } }
'''
"#;

/// The same list, on a server.
const LIST: &str = r#"
{ "info": { "abi_version": "2025_0", "arch": "wasm32", "platform": "emscripten_4_0_9", "python": "3.13.2" },
  "packages": {
    "n": { "name": "n", "version": "1.0", "file_name": "${pyo.files}n-1.0-py3-none-any.whl", "sha256": "${sha256:n-1.0-py3-none-any.whl}", "depends": [], "imports": ["n"], "package_type": "package", "install_dir": "site" }
  } }
"#;

const MANIFEST: &str = r#"
[package]
name = "demo"
version = "0.1.0"

[python]
requires-python = ">=3.9"
python-versions = ["MINOR"]
targets = ["linux-x64", "wasm32-emscripten"]
indexes = [
    { name = "corp", url = "http://me:s3cret@${host}/corp/simple/", priority = "explicit" },
    { name = "main", url = "${index}" },
]

[python.target.wasm32-emscripten]
pyodide = "0.29.5"
pyodide-index = "pyodide-lock.json"

[python-dependencies]
a = "*"
k = { version = "*", index = "corp" }
n = { version = "*", targets = ["wasm32-emscripten"] }
p = { path = "vendor/p-1.0-py3-none-any.whl" }
s = "*"
u = { url = "${direct.files}u-1.0-py3-none-any.whl" }
"#;

/// Where a test plays.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    /// Variables of all commands.
    pub(crate) env: BTreeMap<String, String>,
}

/// The words that name the find-links page, which the lock was made with.
pub(crate) const LINKS: &str = "--find-links ${shelf}";

impl World {
    /// The project, locked, with the list of curated packages at a place.
    pub(crate) fn locked(list: &str) -> Self {
        Self::locked_with(|_, manifest| {
            manifest.replace("\"pyodide-lock.json\"", &format!("\"{list}\""))
        })
    }

    /// The project with another manifest, locked.
    pub(crate) fn locked_with(change: impl FnOnce(&mut Self, &str) -> String) -> Self {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), SCENARIO).expect("written");
        let scenario = Scenario::load(file.path()).unwrap_or_else(|error| panic!("{error}"));
        let sandbox =
            Sandbox::new(&scenario, Path::new(env!("CARGO_BIN_EXE_mochi"))).expect("a sandbox");
        let path = python_folder().to_string_lossy().into_owned();
        let served = Fault {
            path: "/lists/pyodide-lock.json".to_owned(),
            body: Some(sandbox.fill(LIST).expect("placeholders")),
            content_type: Some("application/json".to_owned()),
            ..Fault::default()
        };
        sandbox.set_faults(&[served]).expect("set");
        // The manifest alone says which indexes there are.
        let env = BTreeMap::from([("PATH".to_owned(), path)]);
        let mut world = Self { sandbox, env };
        let text = change(&mut world, &MANIFEST.replace("MINOR", &minor()));
        let text = world.sandbox.fill(&text).expect("placeholders");
        world
            .sandbox
            .write("mochi.toml", text.as_bytes())
            .expect("written");
        world.ok(&format!("lock --allow-skips {LINKS}"));
        world
    }

    /// The same, installed into `out`, `web` and `.venv`, then mirrored; and the network is gone.
    pub(crate) fn mirrored() -> Self {
        Self::mirrored_with("pyodide-lock.json")
    }

    /// The same with a list of curated packages at a place.
    pub(crate) fn mirrored_with(list: &str) -> Self {
        let mut world = Self::locked(list);
        world.ok("sync --target linux-x64 --into out");
        world.ok("sync --target wasm32-emscripten --into web");
        world.ok("sync --venv .venv");
        world.mirror("demo");
        world.cut();
        world
    }

    /// Makes the mirror of the lock.
    pub(crate) fn mirror(&self, name: &str) {
        let fill = |text: &str| self.sandbox.fill(text).expect("placeholders");
        Maker {
            project: &self.sandbox.path(""),
            name,
            dest: &self.dest(),
            indexes: &[
                ("corp", fill("http://me:s3cret@${host}/corp/simple/")),
                ("main", fill("${index}")),
            ],
            lists: &[fill("http://${host}/lists/pyodide-lock.json")],
        }
        .make();
    }

    /// The network is cut, and the cache is empty.
    pub(crate) fn cut(&mut self) {
        self.sandbox.cut_network();
        self.sandbox.empty_cache().expect("emptied");
        let log = self.sandbox.world.take_log();
        assert!(!log.is_empty());
    }

    /// The mirror.
    pub(crate) fn dest(&self) -> PathBuf {
        self.sandbox.root().join("usb/mirror")
    }

    /// A file of the mirror, by a wheel's name.
    pub(crate) fn held(&self, filename: &str) -> PathBuf {
        let lock = self.lock();
        let line = lock
            .lines()
            .find(|line| line.contains(&format!("filename = \"{filename}\"")));
        let (_, rest) = line
            .expect("in the lock")
            .split_once("sha256 = \"")
            .expect("a hash");
        let sha256 = &rest[..64];
        self.dest()
            .join("files")
            .join(&sha256[..2])
            .join(sha256)
            .join(filename)
    }

    pub(crate) fn lock(&self) -> String {
        String::from_utf8(self.sandbox.read("mochi.lock").expect("a lock")).expect("text")
    }

    /// Runs `mochi py`, with `MIRROR` for the mirror.
    pub(crate) fn run(&self, words: &str) -> Outcome {
        let words = self
            .sandbox
            .fill(words)
            .expect("placeholders")
            .replace("MIRROR", "../usb/mirror");
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        self.sandbox
            .run("", &words, &self.env)
            .expect("the binary starts")
    }

    /// Runs what must end so.
    pub(crate) fn ends(&self, words: &str, exit: i32) -> Outcome {
        let outcome = self.run(words);
        assert_eq!(
            outcome.exit, exit,
            "`{words}` printed\n{}{}",
            outcome.stdout, outcome.stderr
        );
        outcome
    }

    /// Runs what must go well.
    pub(crate) fn ok(&self, words: &str) -> Outcome {
        self.ends(words, 0)
    }

    /// Runs what must fail so, say all of this, and leave the lock alone.
    pub(crate) fn fails(&self, words: &str, exit: i32, says: &[&str]) {
        let lock = self.lock();
        let outcome = self.ends(words, exit);
        for part in says {
            assert!(
                outcome.stderr.contains(part),
                "`{words}` does not say {part:?}:\n{}",
                outcome.stderr
            );
        }
        assert_eq!(self.lock(), lock);
    }

    /// Every file below a folder of the project, with its bytes.
    pub(crate) fn files(&self, folder: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let root = self.sandbox.path(folder);
        let mut all = BTreeMap::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder").flatten() {
                match entry.path() {
                    path if path.is_dir() => folders.push(path),
                    path => {
                        let name = path.strip_prefix(&root).expect("below").to_owned();
                        all.insert(name, fs::read(&path).expect("read"));
                    }
                }
            }
        }
        assert!(!all.is_empty());
        all
    }

    /// The same of the packages of a venv.
    pub(crate) fn packages(&self, venv: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        self.files(&format!("{venv}/lib/python{}/site-packages", minor()))
    }
}

fn asked(code: &str) -> String {
    let output = Command::new("python3")
        .args(["-c", code])
        .output()
        .expect("python3");
    String::from_utf8(output.stdout)
        .expect("text")
        .trim()
        .to_owned()
}

/// The minor of the Python of the tests.
fn minor() -> String {
    asked("import sys; print('%d.%d' % sys.version_info[:2])")
}

/// Where it is.
fn python_folder() -> PathBuf {
    let path = asked("import os, sys; print(os.path.realpath(sys.executable))");
    PathBuf::from(path).parent().expect("a folder").to_owned()
}
