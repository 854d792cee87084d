//! Venvs (PEP 405): reading one from its files, and making one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tag_matrix::PythonVersion;

use super::find::version;
use super::process::run;
use super::{HostError, Interpreter, Scheme};

/// The longest `pyvenv.cfg` that is read, in bytes.
const MOST_CONFIG: u64 = 64 << 10;
/// Stands in a folder while a venv is made there.
const MARKER: &str = ".mochi-venv-unfinished";
/// How long `python -m venv` may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// The part of `pyvenv.cfg` that matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct VenvConfig {
    /// The folder of the Python it was made of.
    pub(super) home: PathBuf,
    version: Option<PythonVersion>,
    implementation: Option<String>,
}

impl VenvConfig {
    /// `None` where there is no `pyvenv.cfg`.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, HostError> {
        let path = folder.join("pyvenv.cfg");
        let size = match fs::metadata(&path) {
            Ok(metadata) => metadata.len(),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(HostError::disk("read", path)(error)),
        };
        let broken = |reason: &str| HostError::BrokenVenv {
            folder: folder.to_path_buf(),
            reason: reason.to_owned(),
        };
        if size > MOST_CONFIG {
            return Err(broken("its `pyvenv.cfg` is too long"));
        }
        let bytes = fs::read(&path).map_err(HostError::disk("read", &path))?;
        let text = String::from_utf8_lossy(&bytes);
        Self::parse(&text)
            .map(Some)
            .ok_or_else(|| broken("its `pyvenv.cfg` has no `home`"))
    }

    fn parse(text: &str) -> Option<Self> {
        let value = |wanted: &[&str]| {
            text.lines().find_map(|line| {
                let (key, value) = line.split_once('=')?;
                let found = wanted
                    .iter()
                    .any(|wanted| key.trim().eq_ignore_ascii_case(wanted));
                found.then(|| value.trim())
            })
        };
        Some(Self {
            home: value(&["home"]).filter(|home| !home.is_empty())?.into(),
            version: value(&["version", "version_info"]).and_then(|text| {
                // `3.13.0`, and virtualenv's `3.13.0.final.0`.
                let numbers: Vec<&str> = text.split('.').take(3).collect();
                version(&numbers.join("."))
                    .or_else(|| version(&numbers[..2.min(numbers.len())].join(".")))
            }),
            implementation: value(&["implementation"]).map(str::to_ascii_lowercase),
        })
    }
}

/// A venv, as its files describe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Venv {
    /// Its folder, absolute.
    pub folder: PathBuf,
    /// Its interpreter: `bin/python`, or `Scripts\python.exe`.
    pub python: PathBuf,
    /// Its minor (and patch, where it says so), and whether it is without the GIL.
    pub version: PythonVersion,
    /// The folder of the Python it was made of.
    pub home: PathBuf,
    /// Where packages go.
    pub scheme: Scheme,
}

impl Venv {
    /// Reads the venv at `folder` without starting its Python; `None` where there is nothing, an
    /// empty folder, or a venv that was not finished.
    ///
    /// # Errors
    /// [`HostError::NotAVenv`], [`HostError::BrokenVenv`], [`HostError::Disk`].
    pub fn read(folder: &Path) -> Result<Option<Self>, HostError> {
        if folder.join(MARKER).exists() {
            return Ok(None);
        }
        Self::read_made(folder)
    }

    fn read_made(folder: &Path) -> Result<Option<Self>, HostError> {
        let folder = std::path::absolute(folder).map_err(HostError::disk("find", folder))?;
        let Some(config) = VenvConfig::read(&folder)? else {
            return if is_free(&folder)? {
                Ok(None)
            } else {
                Err(HostError::NotAVenv { folder })
            };
        };
        let broken = |reason: String| HostError::BrokenVenv {
            folder: folder.clone(),
            reason,
        };
        if let Some(other) = config.implementation.filter(|name| name != "cpython") {
            return Err(broken(format!("it is of {other}, not CPython")));
        }
        let windows = folder.join("Scripts").join("python.exe").is_file();
        let python = if windows {
            folder.join("Scripts").join("python.exe")
        } else {
            folder.join("bin").join("python")
        };
        if !python.exists() {
            let link = fs::read_link(&python).unwrap_or_else(|_| python.clone());
            return Err(broken(format!(
                "its interpreter {} is gone",
                link.display()
            )));
        }
        let version = if windows {
            config
                .version
                .ok_or_else(|| broken("its `pyvenv.cfg` has no `version`".to_owned()))?
        } else {
            posix_version(&folder, config.version).map_err(broken)?
        };
        if let Some(now) = linked_version(&python)
            && now.minor_only() != version.minor_only()
        {
            let (made, now) = (version.minor_only(), now.minor_only());
            return Err(broken(format!(
                "it was made for Python {made}, but its interpreter is now {now}"
            )));
        }
        let name = format!("python{}", version.minor_only());
        let scheme = Scheme::of_venv(&folder, &name, windows);
        Ok(Some(Self {
            python,
            version,
            home: config.home,
            scheme,
            folder,
        }))
    }

    /// Whether it is of this minor and of this kind of build.
    pub fn is_of(&self, python: PythonVersion) -> bool {
        self.version.minor_only() == python.minor_only()
    }
}

/// Whether nothing is in the way of a venv at `folder`.
fn is_free(folder: &Path) -> Result<bool, HostError> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        // A file stands there. A file above it is a failure of the disk, as elsewhere.
        Err(error) if error.kind() == io::ErrorKind::NotADirectory && folder.is_file() => Ok(false),
        Err(error) => Err(HostError::disk("read", folder)(error)),
    }
}

/// The version by the folder `lib/python3.N`, which Python itself goes by; `pyvenv.cfg` adds the
/// patch, and decides where there are several.
fn posix_version(folder: &Path, said: Option<PythonVersion>) -> Result<PythonVersion, String> {
    let mut found: Vec<PythonVersion> = fs::read_dir(folder.join("lib"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| version(entry.file_name().to_str()?.strip_prefix("python")?))
        .collect();
    found.sort();
    // `pyvenv.cfg` has no word for a build without the GIL.
    let same = |a: PythonVersion, b: PythonVersion| (a.major, a.minor) == (b.major, b.minor);
    let fits = found
        .iter()
        .copied()
        .find(|&found| said.is_none_or(|said| same(said, found)));
    match (fits, said) {
        (Some(fits), said) => Ok(PythonVersion {
            patch: said.and_then(|said| said.patch),
            ..fits
        }),
        (None, Some(said)) => Err(format!(
            "it has no folder `lib/python{}`",
            said.minor_only()
        )),
        (None, None) => Err("it has no folder `lib/python3.N`".to_owned()),
    }
}

/// The version in the name of the file that the venv's interpreter links to in the end.
fn linked_version(python: &Path) -> Option<PythonVersion> {
    let real = fs::canonicalize(python).ok()?;
    version(real.file_name()?.to_str()?.strip_prefix("python")?)
}

/// Makes a venv without pip at `folder`, which is not there or is empty.
///
/// A venv holds its own absolute path, so it is made in place, beside a marker: as long as that is
/// there, [`Venv::read`] sees no venv, and what a kill left is made anew. Who comes second waits
/// for the first, and gets what that has made. What could not be made is removed again.
///
/// # Errors
/// [`HostError::VenvNotMade`], and what [`Venv::read`] says.
pub fn create_venv(interpreter: &Interpreter, folder: &Path) -> Result<Venv, HostError> {
    let folder = std::path::absolute(folder).map_err(HostError::disk("find", folder))?;
    let marker = folder.join(MARKER);
    let was_there = folder.exists();
    loop {
        let mut options = fs::OpenOptions::new();
        if marker.exists() {
            options.write(true);
        } else if is_free(&folder)? {
            fs::create_dir_all(&folder).map_err(HostError::disk("make", &folder))?;
            options.write(true).create_new(true);
        } else {
            // Somebody has made it meanwhile, or it is something else; or somebody has begun to.
            match Venv::read(&folder)? {
                Some(venv) => return Ok(venv),
                None => continue,
            }
        }
        let file = match options.open(&marker) {
            Ok(file) => file,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists
                ) =>
            {
                continue;
            }
            Err(error) => return Err(HostError::disk("write", &marker)(error)),
        };
        // Where files cannot be locked, two that come at once may both fail; none waits for ever.
        let _ = file.lock();
        if !marker.exists() {
            continue;
        }
        clear(&folder).map_err(HostError::disk("empty", &folder))?;
        let made = make(interpreter, &folder);
        if made.is_err() {
            let _ = clear(&folder);
        }
        let removed = fs::remove_file(&marker).map_err(HostError::disk("remove", &marker));
        if made.is_err() && !was_there {
            let _ = fs::remove_dir(&folder);
        }
        return removed.and(made);
    }
}

/// Removes everything in a folder but the marker.
fn clear(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() == MARKER {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn make(interpreter: &Interpreter, folder: &Path) -> Result<Venv, HostError> {
    let python = &interpreter.executable;
    let mut command = Command::new(python);
    command
        .args(["-I", "-m", "venv", "--without-pip"])
        .arg(folder);
    let said = run(&mut command, python, PATIENCE)?;
    let not_made = |detail: String| HostError::VenvNotMade {
        python: python.clone(),
        folder: folder.to_path_buf(),
        detail,
    };
    if !said.succeeded {
        return Err(not_made(said.complaint()));
    }
    Venv::read_made(folder)?.ok_or_else(|| not_made("it left the folder empty".to_owned()))
}

#[cfg(all(test, unix))]
mod tests;
