//! Asking a Python what it is, once.
//!
//! The answer is kept in `<cache>/interpreters-v1/`, under the path asked for, and holds as long
//! as the file behind it keeps its size and time (for a venv: its `pyvenv.cfg` too). Scripts that
//! stand in for an interpreter are asked each time, since their answer depends on more than
//! themselves.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::process::run;
use super::{HostError, Interpreter};

/// How long a Python may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// What stands before the answer, as `sitecustomize` may print too.
const MARK: &str = "mochi-interpreter:";

/// Prints one line of JSON. In a venv, headers go where pip puts them: `sysconfig` only knows
/// the folder of the base.
const QUESTION: &str = r#"
import json, os, platform, sys, sysconfig
paths = sysconfig.get_paths()
version = sys.version_info[:3]
free = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
python = "python%d.%d%s" % (version[0], version[1], "t" if free else "")
headers = paths["include"]
if sys.prefix != sys.base_prefix:
    headers = os.path.join(sys.prefix, "include", "site", python)
os_name = {"darwin": "macos", "win32": "windows"}.get(sys.platform, sys.platform)
libc = None
if os_name == "linux":
    try:
        name, number = os.confstr("CS_GNU_LIBC_VERSION").split()
        libc = {name: [int(part) for part in number.split(".")[:2]]} if name == "glibc" else None
    except (AttributeError, ValueError, OSError):
        pass
    if libc is None:
        import struct, subprocess
        number = [0, 0]
        try:
            with open(os.path.realpath(sys.executable), "rb") as file:
                data = file.read(4096)
            start = data.find(b"/lib/ld-musl-")
            if start >= 0:
                loader = data[start:data.index(b"\0", start)]
                said = subprocess.run([loader], stderr=subprocess.PIPE).stderr.decode()
                line = [line for line in said.splitlines() if line.startswith("Version ")][0]
                number = [int(part) for part in line[8:].split(".")[:2]]
        except (OSError, ValueError, IndexError):
            pass
        libc = {"musl": number}
macos = None
if os_name == "macos":
    macos = [int(part) for part in (platform.mac_ver()[0] + ".0").split(".")[:2]]
print("mochi-interpreter:" + json.dumps({
    "executable": sys.executable,
    "version": version,
    "freethreaded": free,
    "implementation": sys.implementation.name,
    "prefix": sys.prefix,
    "base_prefix": sys.base_prefix,
    "stdlib": paths["stdlib"],
    "scheme": {
        "purelib": paths["purelib"],
        "platlib": paths["platlib"],
        "scripts": paths["scripts"],
        "data": paths["data"],
        "headers": headers,
    },
    "platform": {"os": os_name, "machine": platform.machine(), "libc": libc, "macos": macos},
}))
"#;

/// Asks interpreters, and remembers their answers in a folder of the cache.
#[derive(Debug, Clone, Default)]
pub struct Prober {
    folder: Option<PathBuf>,
}

/// What an answer was given for.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Key {
    path: PathBuf,
    target: PathBuf,
    size: u64,
    modified: u128,
    venv_modified: Option<u128>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    key: Key,
    interpreter: Interpreter,
}

impl Prober {
    /// A prober that keeps answers below `cache`, if there is a cache.
    pub fn new(cache: Option<&Path>) -> Self {
        Self {
            folder: cache.map(|cache| cache.join("interpreters-v1")),
        }
    }

    /// What the Python at `executable` says of itself. A kept answer is used while the file is
    /// the same; then Python is not started.
    ///
    /// # Errors
    /// [`HostError::NotStarted`] and [`HostError::NoAnswer`].
    pub fn probe(&self, executable: &Path) -> Result<Interpreter, HostError> {
        let key = Key::of(executable);
        if let Some(key) = &key
            && let Some(interpreter) = self.kept(key)
        {
            return Ok(interpreter);
        }
        let interpreter = ask(executable)?;
        if let Some(key) = key {
            self.keep(key, &interpreter);
        }
        Ok(interpreter)
    }

    fn file(&self, path: &Path) -> Option<PathBuf> {
        let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
        let name: String = digest[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Some(self.folder.as_ref()?.join(name + ".json"))
    }

    fn kept(&self, key: &Key) -> Option<Interpreter> {
        let kept: Kept = serde_json::from_slice(&fs::read(self.file(&key.path)?).ok()?).ok()?;
        (kept.key == *key).then_some(kept.interpreter)
    }

    /// A cache that cannot be written only costs time, so nothing is said about it.
    fn keep(&self, key: Key, interpreter: &Interpreter) {
        let Some(file) = self.file(&key.path) else {
            return;
        };
        let Some(folder) = file.parent() else { return };
        let kept = Kept {
            key,
            interpreter: interpreter.clone(),
        };
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(folder)?;
            let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
            temporary.write_all(&serde_json::to_vec(&kept)?)?;
            temporary.persist(&file)?;
            Ok(())
        };
        let _ = write();
    }
}

impl Key {
    /// `None` for what is not there, and for scripts.
    fn of(path: &Path) -> Option<Self> {
        let target = fs::canonicalize(path).ok()?;
        let mut start = [0; 2];
        fs::File::open(&target).ok()?.read_exact(&mut start).ok()?;
        if start == *b"#!" {
            return None;
        }
        let metadata = fs::metadata(&target).ok()?;
        let venv_modified = path
            .parent()
            .and_then(Path::parent)
            .and_then(|prefix| modified(&fs::metadata(prefix.join("pyvenv.cfg")).ok()?));
        Some(Self {
            path: std::path::absolute(path).ok()?,
            target,
            size: metadata.len(),
            modified: modified(&metadata)?,
            venv_modified,
        })
    }
}

fn modified(metadata: &fs::Metadata) -> Option<u128> {
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_nanos())
}

fn ask(executable: &Path) -> Result<Interpreter, HostError> {
    let mut command = Command::new(executable);
    command.args(["-I", "-B", "-c", QUESTION]);
    let said = run(&mut command, executable, PATIENCE)?;
    let no_answer = |detail: String| HostError::NoAnswer {
        executable: executable.to_path_buf(),
        detail,
    };
    if !said.succeeded {
        return Err(no_answer(said.complaint()));
    }
    let answer = said
        .stdout
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix(MARK));
    let Some(answer) = answer else {
        return Err(no_answer(
            "it started, but did not say what it is".to_owned(),
        ));
    };
    serde_json::from_str(answer)
        .map_err(|error| no_answer(format!("its answer is unclear ({error})")))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[test]
    fn what_is_no_python_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let prober = Prober::new(None);
        let missing = folder.path().join("missing");
        assert!(matches!(
            prober.probe(&missing),
            Err(HostError::NotStarted { .. })
        ));
        let failing = script(
            folder.path(),
            "python3.9",
            "#!/bin/sh\necho 'no 3.9 here' >&2\nexit 127\n",
        );
        let message = prober.probe(&failing).unwrap_err().to_string();
        assert!(
            message.contains("python3.9") && message.contains("no 3.9 here"),
            "{message}"
        );
        let silent = script(folder.path(), "silent", "#!/bin/sh\necho hello\n");
        assert!(
            prober
                .probe(&silent)
                .unwrap_err()
                .to_string()
                .contains("did not say")
        );
    }

    #[test]
    fn an_answer_is_kept_while_the_file_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        let prober = Prober::new(Some(&cache));
        let python = folder.path().join("python");
        fs::write(&python, "\x7fELF one").unwrap();
        let mut interpreter = super::super::find::tests::interpreter((3, 13, 1));
        interpreter.executable.clone_from(&python);
        prober.keep(Key::of(&python).unwrap(), &interpreter);
        assert_eq!(prober.probe(&python).unwrap(), interpreter);
        fs::write(&python, "\x7fELF three").unwrap();
        assert!(
            prober.probe(&python).is_err(),
            "the file changed, so it is started, and is no program"
        );
    }
}
