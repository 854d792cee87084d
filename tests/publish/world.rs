//! A package to publish, an index on loopback, and a clean environment between them.

use loopback_warehouse::{Config, Request, Warehouse};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A token of the index. No output may have it.
pub(crate) const TOKEN: &str = "pypi-s3cret-of-the-tests";

/// The files, in the order in which they are to be sent.
pub(crate) const FILES: [&str; 3] = [
    "greet-1.2.0.tar.gz",
    "greet-1.2.0-py3-none-any.whl",
    "greet-1.2.0-cp314-cp314-pyemscripten_2026_0_wasm32.whl",
];

pub(crate) struct World {
    folder: tempfile::TempDir,
    pub(crate) index: Warehouse,
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl World {
    /// The package `greet`, and an index that knows a token for it.
    pub(crate) fn new() -> Self {
        Self::with(Config::default())
    }

    /// A sample, and an index.
    pub(crate) fn sample(name: &str, config: Config) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/packages");
        copy(&samples.join(name), folder.path());
        let world = Self {
            folder,
            index: Warehouse::start(config).expect("a port"),
        };
        world.index.add_token(TOKEN, &[]);
        world
    }

    pub(crate) fn with(config: Config) -> Self {
        let world = Self::sample("greet", config);
        // Only the spelling that a Warehouse takes: this one is named by its URL.
        world.edit("    \"cp313-cp313-pyodide_2025_0_wasm32\",\n", "");
        world
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Replaces text in the manifest.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        let path = self.path().join("mochi.toml");
        let text = std::fs::read_to_string(&path).expect("a manifest");
        assert!(text.contains(from), "{from} is in {text}");
        std::fs::write(&path, text.replace(from, to)).expect("written");
    }

    /// `mochi py publish -v …` without any environment.
    pub(crate) fn bare(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mochi"));
        command
            .args(["py", "publish", "-v"])
            .args(words)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", self.path().join("bin"))
            .env("HOME", self.path())
            .env("MOCHI_CACHE_DIR", self.path().join(".cache"))
            // The tests may run on a machine of Google's.
            .env("NO_GCE_CHECK", "true")
            .stdin(Stdio::null());
        command
    }

    /// The same to the index of this world.
    pub(crate) fn anonymous(&self, words: &[&str]) -> Command {
        let mut command = self.bare(words);
        command.args(["--index", &self.index.upload_url()]);
        command
    }

    /// The same with the token.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = self.anonymous(words);
        command.env("MOCHI_PUBLISH_TOKEN", TOKEN);
        command
    }

    pub(crate) fn publish(&self, words: &[&str]) -> Ran {
        run(&mut self.command(words))
    }

    /// The names of the files that were sent, in order, however they were answered.
    pub(crate) fn sent(&self) -> Vec<String> {
        let uploads = self.index.uploads().into_iter();
        uploads
            .map(|upload| upload.file.map_or_else(String::new, |file| file.filename))
            .collect()
    }

    /// The names of the files that the index has, in the order in which it got them.
    pub(crate) fn stored(&self) -> Vec<String> {
        let files = self.index.files("greet").into_iter();
        files.map(|file| file.filename).collect()
    }

    pub(crate) fn dist(&self, filename: &str) -> PathBuf {
        self.path().join("dist").join(filename)
    }
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Ended with this code, and said this on stderr.
    #[track_caller]
    pub(crate) fn assert(&self, code: i32, told: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        for told in told {
            assert!(self.err.contains(told), "{told} is in {}", self.err);
        }
    }
}

/// Runs a command. Whatever it does, no secret that it was given is in what it prints.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> Ran {
    let secrets: Vec<String> = command
        .get_envs()
        .filter(|(name, _)| {
            let name = name.to_string_lossy();
            ["TOKEN", "PASSWORD"]
                .iter()
                .any(|word| name.ends_with(word))
        })
        .filter_map(|(_, value)| Some(value?.to_string_lossy().into_owned()))
        .chain([TOKEN.to_owned()])
        .collect();
    let output = command.output().expect("it runs");
    let ran = told(&output);
    for line in ran.out.lines().chain(ran.err.lines()) {
        // How GitHub is told what to hide; it does not show the line.
        if line.starts_with("::add-mask::") {
            continue;
        }
        for secret in &secrets {
            assert!(!line.contains(secret.as_str()), "a secret is in {line}");
        }
    }
    ran
}

pub(crate) fn told(output: &Output) -> Ran {
    Ran {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The path of each request.
pub(crate) fn paths(requests: &[Request]) -> Vec<&str> {
    requests
        .iter()
        .map(|request| request.path.as_str())
        .collect()
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
