//! A project, a loopback index and an empty cache, and the binary run there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fixtures::model::{Fault, Scenario};
use fixtures::sandbox::{Outcome, Sandbox};
use fixtures::server::Request;
use fixtures::universe::File;

use crate::python::{Installed, inspect, python, text_of};

const BINARY: &str = env!("CARGO_BIN_EXE_mochi");

/// Where a test plays.
#[derive(Debug)]
pub(crate) struct World {
    /// The folders and the index.
    pub(crate) sandbox: Sandbox,
}

impl World {
    /// A project that depends on `dependencies` (lines of `[python-dependencies]`), and an index as `scenario` says
    /// (TOML, as in `fixtures/scenarios`).
    pub(crate) fn new(dependencies: &str, scenario: &str) -> Self {
        let file = tempfile::NamedTempFile::new().expect("a file");
        // The keys of a scenario that stand before its tables; a test's text may go on with both.
        fs::write(
            file.path(),
            format!("reason = 'See the test.'\nstep = []\n{scenario}"),
        )
        .expect("written");
        let scenario = Scenario::load(file.path()).unwrap_or_else(|e| panic!("{e}"));
        let sandbox = Sandbox::new(&scenario, Path::new(BINARY)).expect("a sandbox");
        let world = Self { sandbox };
        world.depend(dependencies);
        world
    }

    /// The same, locked.
    pub(crate) fn locked(dependencies: &str, scenario: &str) -> Self {
        let world = Self::new(dependencies, scenario);
        world.ok("lock");
        world
    }

    /// The same, locked and installed into `.venv`.
    pub(crate) fn synced(dependencies: &str, scenario: &str) -> Self {
        let world = Self::locked(dependencies, scenario);
        world.ok("sync");
        world
    }

    /// Writes the manifest anew, for this machine and the Python of the tests.
    pub(crate) fn depend(&self, dependencies: &str) {
        self.depend_for(&python().minor, dependencies);
    }

    /// Writes the manifest anew, for this machine and some Python.
    pub(crate) fn depend_for(&self, minor: &str, dependencies: &str) {
        let text = format!(
            "[package]\nname = \"demo\"\nversion = \"0.1.0\"\n\n[python]\nrequires-python = \">=3.9\"\n\
             python-versions = [\"{minor}\"]\ntargets = [\"{}\"]\n\n[python-dependencies]\n{}\n",
            host_target(),
            self.sandbox.fill(dependencies).expect("placeholders"),
        );
        self.sandbox
            .write("mochi.toml", text.as_bytes())
            .expect("written");
    }

    /// Locks other dependencies.
    pub(crate) fn relock(&self, dependencies: &str) {
        self.depend(dependencies);
        self.ok("lock");
    }

    /// Runs `mochi py` with arguments that have no spaces in them.
    pub(crate) fn run(&self, words: &str) -> Outcome {
        let words: Vec<&str> = words.split_whitespace().collect();
        self.run_words(&words, &[])
    }

    /// Runs `mochi py` with arguments, and variables besides those of every test.
    pub(crate) fn run_words(&self, words: &[&str], env: &[(&str, &str)]) -> Outcome {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        let folder = python_folder().to_string_lossy().into_owned();
        let mut all = BTreeMap::from([("PATH".to_owned(), folder)]);
        all.extend(
            env.iter()
                .map(|&(name, value)| (name.to_owned(), value.to_owned())),
        );
        self.sandbox
            .run("", &words, &all)
            .expect("the binary starts")
    }

    /// Runs what must go well.
    pub(crate) fn ok(&self, words: &str) -> Outcome {
        self.ends(words, 0)
    }

    /// Runs what must end with this exit code.
    pub(crate) fn ends(&self, words: &str, exit: i32) -> Outcome {
        let outcome = self.run(words);
        assert_eq!(
            outcome.exit, exit,
            "`{words}` printed\n{}{}",
            outcome.stdout, outcome.stderr
        );
        outcome
    }

    /// Runs what must fail so, and say all of this.
    pub(crate) fn fails(&self, words: &str, exit: i32, says: &[&str]) {
        let outcome = self.ends(words, exit);
        for part in says {
            assert!(
                outcome.stderr.contains(part),
                "`{words}` does not say {part:?}:\n{}",
                outcome.stderr
            );
        }
    }

    /// The command itself, for tests that run several at once or kill it.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let at = |name: &str| self.sandbox.root().join(name);
        let mut command = Command::new(BINARY);
        command
            .arg("py")
            .args(words)
            .current_dir(at("project"))
            .env_clear()
            .env("HOME", at("home"))
            .env("PATH", python_folder())
            .env("TMPDIR", at("tmp"))
            .env("MOCHI_CACHE_DIR", at("cache"))
            .env("MOCHI_INDEX_URL", self.sandbox.index_url())
            .env("HTTPS_PROXY", "http://127.0.0.1:9")
            .stdin(Stdio::null());
        command
    }

    /// A path below the project.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.sandbox.path(path)
    }

    /// The `site-packages` of a venv below the project.
    pub(crate) fn library(&self, venv: &str) -> PathBuf {
        self.path(venv)
            .join(format!("lib/python{}/site-packages", python().minor))
    }

    /// What is installed in `.venv`.
    pub(crate) fn installed(&self) -> Installed {
        inspect(&self.path(".venv"))
    }

    /// Asserts that `.venv` holds exactly these packages (`a 1.0`), each as its RECORD says and of our making.
    pub(crate) fn assert_holds(&self, expected: &[&str]) {
        let installed = self.installed();
        let whole = installed.whole();
        let found: Vec<String> = whole
            .iter()
            .map(|(name, version)| format!("{name} {version}"))
            .collect();
        assert_eq!(found, expected);
        for (name, package) in &installed.packages {
            assert_eq!(package.installer, "mochi", "{name}");
        }
    }

    /// What the Python of `.venv` prints for some code.
    pub(crate) fn python(&self, code: &str) -> String {
        self.python_of(".venv", code)
    }

    /// Runs code in the Python of `.venv`, which writes bytecode as it does by default.
    pub(crate) fn python_that_writes(&self, code: &str) {
        let mut command = Command::new(self.path(".venv/bin/python"));
        text_of(command.args(["-c", code]).env_clear());
    }

    /// What the Python of a venv below the project prints for some code.
    pub(crate) fn python_of(&self, venv: &str, code: &str) -> String {
        let mut command = Command::new(self.path(venv).join("bin/python"));
        text_of(command.args(["-I", "-B", "-c", code]))
            .trim()
            .to_owned()
    }

    /// Changes a file of the index: its bytes and what pages say of it.
    pub(crate) fn change_file(&self, filename: &str, change: impl FnOnce(&mut File)) {
        let mut found = false;
        self.sandbox.world.change("", |site| {
            let mut files = site.universe.projects.values_mut().flatten();
            if let Some(file) = files.find(|file| file.filename == filename) {
                change(file);
                found = true;
            }
        });
        assert!(found, "the index has no {filename}");
    }

    /// Puts faults in place of those before.
    pub(crate) fn faults(&self, faults: &[Fault]) {
        self.sandbox.set_faults(faults).expect("placeholders");
    }

    /// The requests since this was last asked.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.sandbox.world.take_log()
    }
}

fn python_folder() -> &'static Path {
    python().executable.parent().expect("a folder")
}

/// This machine, as the table of targets calls it.
pub(crate) fn host_target() -> &'static str {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "linux-x64",
        ("linux", "aarch64") => "linux-arm64",
        ("macos", "x86_64") => "macos-x64",
        ("macos", "aarch64") => "macos-arm64",
        other => panic!("these tests know no target for {other:?}"),
    }
}

/// Every file and link below a folder with its bytes, to see that nothing has changed.
pub(crate) fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let kind = entry.file_type().expect("a type");
            if kind.is_dir() {
                folders.push(path.clone());
                all.insert(path, Vec::new());
            } else if kind.is_file() {
                all.insert(path.clone(), fs::read(&path).expect("read"));
            } else {
                let link = fs::read_link(&path).expect("a link");
                all.insert(path, link.to_string_lossy().into_owned().into_bytes());
            }
        }
    }
    all
}
