//! A package, a server to publish it to, and a clean environment between them.

use loopback_warehouse::servers::{PrivateIndex, USER};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) struct World<'a> {
    folder: tempfile::TempDir,
    server: &'a PrivateIndex,
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ran {
    code: Option<i32>,
    out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Ended with this code, and said this on stderr.
    #[track_caller]
    pub(crate) fn assert(&self, code: i32, told: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        for told in told {
            assert!(self.err.contains(told), "{told} is in {}", self.err);
        }
    }
}

fn named(variable: &str) -> PathBuf {
    let path = std::env::var_os(variable);
    path.unwrap_or_else(|| panic!("{variable} is not set: run scripts/test, which sets it"))
        .into()
}

#[track_caller]
fn done(command: &mut Command) -> String {
    let output = command.output().expect("it runs");
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{err}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl<'a> World<'a> {
    /// The package `greet`.
    pub(crate) fn new(server: &'a PrivateIndex) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/packages/greet");
        copy(&sample, folder.path());
        Self { folder, server }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        std::fs::write(self.path().join(path), text).expect("written");
    }

    /// Makes every distribution another one.
    pub(crate) fn change(&self) {
        self.write("README.md", "# Another text\n");
    }

    fn mochi(&self, folder: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mochi"));
        command
            .arg("py")
            .current_dir(folder)
            .env_clear()
            .env("HOME", self.path())
            .env("MOCHI_CACHE_DIR", self.path().join(".cache"))
            // The tests may run on a machine of Google's.
            .env("NO_GCE_CHECK", "true")
            .stdin(Stdio::null());
        command
    }

    /// `mochi py publish …` to the server of this world.
    pub(crate) fn publish(&self, password: &str, words: &[&str]) -> Ran {
        self.publish_to(&self.server.upload_url, password, words)
    }

    /// The same to another address; an empty password is none.
    pub(crate) fn publish_to(&self, url: &str, password: &str, words: &[&str]) -> Ran {
        let mut command = self.mochi(self.path());
        command.args(["publish", "-v", "--index", url]).args(words);
        if !password.is_empty() {
            command
                .env("MOCHI_PUBLISH_USERNAME", USER)
                .env("MOCHI_PUBLISH_PASSWORD", password);
        }
        let output = command.output().expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// What became of each file, in the order in which they were sent.
    pub(crate) fn outcomes(&self, ran: &Ran) -> Vec<String> {
        let json: Value = serde_json::from_str(&ran.out).expect("JSON");
        let files = json["files"].as_array().expect("a list").iter();
        files
            .map(|file| file["outcome"].as_str().expect("text").to_owned())
            .collect()
    }

    /// The names and digests of the files in a list.
    fn digests(paths: &[PathBuf]) -> Vec<String> {
        let digest = |path: &PathBuf| {
            let name = path.file_name().expect("a name").to_string_lossy();
            let bytes = std::fs::read(path).expect("a file");
            format!("{name} {}", wheel::page::Sha256::of(&bytes))
        };
        let mut digests: Vec<String> = paths.iter().map(digest).collect();
        digests.sort();
        digests
    }

    /// What was built.
    pub(crate) fn built(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path().join("dist")).expect("it was built");
        let paths: Vec<PathBuf> = entries
            .map(|entry| entry.expect("an entry").path())
            .collect();
        Self::digests(&paths)
    }

    /// What the server has.
    pub(crate) fn stored(&self) -> Vec<String> {
        Self::digests(&self.server.stored())
    }

    /// The names of what it has.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = self.stored().into_iter();
        names
            .filter_map(|row| Some(row.split_once(' ')?.0.to_owned()))
            .collect()
    }

    /// pip and uv install it from the server, and it works.
    pub(crate) fn install(&self) {
        let python = named("MOCHI_REFEREE_PYTHON");
        let simple = &self.server.simple_url;
        let [pip, uv] = ["pip", "uv"].map(|name| self.path().join("site").join(name));
        done(
            Command::new(&python)
                .args([
                    "-m",
                    "pip",
                    "install",
                    "--isolated",
                    "--no-cache-dir",
                    "--quiet",
                ])
                .args([
                    "--disable-pip-version-check",
                    "--index-url",
                    simple,
                    "greet",
                ])
                .arg("--target")
                .arg(&pip),
        );
        done(
            Command::new(named("MOCHI_REFEREE_UV"))
                .args([
                    "pip",
                    "install",
                    "--quiet",
                    "--default-index",
                    simple,
                    "greet",
                ])
                .arg("--python")
                .arg(&python)
                .arg("--target")
                .arg(&uv)
                .env("UV_NO_CONFIG", "1")
                .env("UV_CACHE_DIR", self.path().join("uv-cache")),
        );
        for site in [pip, uv] {
            self.judge(&site);
        }
    }

    /// Imports it from a folder.
    fn judge(&self, site: &Path) {
        let script = "import importlib.metadata as m, greet; print(m.version('greet'))";
        let version = done(
            Command::new(named("MOCHI_REFEREE_PYTHON"))
                .args(["-c", script])
                .env("PYTHONPATH", site),
        );
        assert_eq!(version.trim(), "1.2.0", "{site:?}");
    }

    /// `mochi py lock` and `sync` in a project that needs it.
    pub(crate) fn lock_and_sync(&self) {
        let folder = self.path().join("user");
        std::fs::create_dir(&folder).expect("a folder");
        let manifest = "[package]\nname = \"user\"\nversion = \"0.1.0\"\n\n[python]\n\
                        requires-python = \">=3.12\"\npython-versions = [\"3.13\"]\ntargets = [\"linux-x64\"]\n\n\
                        [python-dependencies]\ngreet = \"==1.2.0\"\n";
        std::fs::write(folder.join("mochi.toml"), manifest).expect("written");
        let site = self.path().join("site/mochi");
        for verb in ["lock", "sync"] {
            let mut command = self.mochi(&folder);
            command.args([verb, "--index", &self.server.simple_url]);
            if verb == "sync" {
                command.args(["--target", "linux-x64", "--into"]).arg(&site);
            }
            done(&mut command);
        }
        self.judge(&site);
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
