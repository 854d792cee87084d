//! Every Python on the PATH, in pyenv and in the common places.
//!
//! Looking is cheap (names and links only); an interpreter is started, through the [`Prober`],
//! when its turn comes to be chosen.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tag_matrix::PythonVersion;

use super::venv::VenvConfig;
use super::{HostEnv, HostError, Interpreter, Prober};

/// The minors whose names (`python3.N`) are looked for.
const MINORS: std::ops::RangeInclusive<u32> = 6..=30;

/// What a path says about the version behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hint {
    /// The version; the patch where the path has it.
    pub python: PythonVersion,
}

/// A file that is probably a Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The file.
    pub path: PathBuf,
    /// What its name, or the name of its folder, says.
    pub hint: Option<Hint>,
}

/// The Pythons of the machine, best place first: the PATH, pyenv, the common places.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// What was found, each file once.
    pub candidates: Vec<Candidate>,
    places: Vec<String>,
}

impl Search {
    /// Looks everywhere that `env` names.
    pub fn new(env: &HostEnv) -> Self {
        let mut search = Self::default();
        let mut seen = BTreeSet::new();
        let mut add = |candidate: Candidate| {
            let real = fs::canonicalize(&candidate.path).unwrap_or_else(|_| candidate.path.clone());
            if seen.insert(real) {
                search.candidates.push(candidate);
            }
        };
        let path: Vec<PathBuf> = env
            .path
            .iter()
            .filter(|folder| !env.is_shims(folder))
            .map(|folder| base_of(folder).unwrap_or_else(|| folder.clone()))
            .collect();
        path.iter()
            .flat_map(|folder| in_folder(folder))
            .for_each(&mut add);
        if let Some(root) = &env.pyenv_root {
            in_installations(&root.join("versions"))
                .into_iter()
                .for_each(&mut add);
        }
        env.folders
            .iter()
            .flat_map(|folder| in_folder(folder))
            .for_each(&mut add);
        env.installations
            .iter()
            .flat_map(|folder| in_installations(folder))
            .for_each(&mut add);
        search.places = places(env);
        search
    }

    /// The newest CPython that `accept` takes; builds without the GIL are left out. `None` where
    /// there is none.
    pub fn newest(
        &self,
        prober: &Prober,
        accept: impl Fn(&Interpreter) -> bool,
    ) -> Option<Interpreter> {
        let mut ordered: Vec<(PythonVersion, &Candidate)> = self
            .candidates
            .iter()
            .filter_map(|candidate| match candidate.hint {
                Some(hint) => Some((hint.python, candidate)),
                None => Some((prober.probe(&candidate.path).ok()?.python(), candidate)),
            })
            .filter(|(python, _)| !python.freethreaded)
            .collect();
        // A stable sort by minor: among equals, the better place stays first.
        ordered.sort_by_key(|(python, _)| std::cmp::Reverse((python.major, python.minor)));
        ordered.iter().find_map(|(_, candidate)| {
            let interpreter = prober
                .probe(&candidate.path)
                .and_then(Interpreter::cpython)
                .ok()?;
            (!interpreter.freethreaded && accept(&interpreter)).then_some(interpreter)
        })
    }

    /// A CPython of the minor of `wanted`, with or without the GIL as it says.
    ///
    /// # Errors
    /// [`HostError::NoInterpreter`], which says where it was looked for and what is there.
    pub fn of_minor(
        &self,
        wanted: PythonVersion,
        prober: &Prober,
    ) -> Result<Interpreter, HostError> {
        let minor = wanted.minor_only();
        let hinted = |candidate: &&Candidate| {
            candidate
                .hint
                .is_some_and(|hint| hint.python.minor_only() == minor)
        };
        let unclear = |candidate: &&Candidate| candidate.hint.is_none();
        let mut failed = Vec::new();
        let ordered = self
            .candidates
            .iter()
            .filter(hinted)
            .chain(self.candidates.iter().filter(unclear));
        for candidate in ordered {
            match prober.probe(&candidate.path).and_then(Interpreter::cpython) {
                Ok(interpreter) if interpreter.is_of(wanted) => return Ok(interpreter),
                Ok(_) => {}
                Err(error) => failed.push(error.to_string()),
            }
        }
        Err(HostError::NoInterpreter {
            wanted: minor,
            places: self.describe(&failed),
        })
    }

    fn describe(&self, failed: &[String]) -> String {
        let mut text = self.places.join(", ");
        let found: BTreeSet<PythonVersion> = self
            .candidates
            .iter()
            .filter_map(|candidate| Some(candidate.hint?.python.minor_only()))
            .collect();
        if found.is_empty() {
            text.push_str("; found none");
        } else {
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            text.push_str(&format!("; found {}", found.join(", ")));
        }
        for error in failed.iter().take(3) {
            text.push_str(&format!("; {error}"));
        }
        text
    }
}

fn places(env: &HostEnv) -> Vec<String> {
    let mut places = vec![format!("on the PATH ({} folders)", env.path.len())];
    if let Some(root) = &env.pyenv_root {
        places.push(format!("in pyenv ({})", root.join("versions").display()));
    }
    for folder in env.folders.iter().chain(&env.installations) {
        places.push(format!("in {}", folder.display()));
    }
    places
}

/// The folder of the Python that a venv was made of, if `folder` is the `bin` of a venv: an
/// active venv must not be the base of another, it may be about to go.
fn base_of(folder: &Path) -> Option<PathBuf> {
    Some(VenvConfig::read(folder.parent()?).ok()??.home)
}

fn in_folder(folder: &Path) -> Vec<Candidate> {
    let suffix = std::env::consts::EXE_SUFFIX;
    let mut names: Vec<String> = MINORS
        .rev()
        .flat_map(|minor| [format!("python3.{minor}"), format!("python3.{minor}t")])
        .collect();
    names.extend(["python3".to_owned(), "python".to_owned()]);
    names
        .into_iter()
        .filter_map(|name| {
            let path = folder.join(name + suffix);
            fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
            let hint = hint_of_file(&path);
            Some(Candidate { path, hint })
        })
        .collect()
}

/// The interpreters of folders such as pyenv's `versions`, newest first. What is not named after
/// a CPython (`pypy3.10-7.3.17`, a venv of pyenv-virtualenv) is left out.
fn in_installations(folder: &Path) -> Vec<Candidate> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<Candidate> = entries
        .flatten()
        .filter_map(|entry| {
            let python = version_in(entry.file_name().to_str()?)?;
            let prefix = entry.path();
            if prefix.join("pyvenv.cfg").exists() {
                return None;
            }
            let minor = python.minor_only();
            let names = [
                format!("bin/python{minor}"),
                "bin/python3".to_owned(),
                "bin/python".to_owned(),
                "python.exe".to_owned(),
            ];
            let path = names
                .iter()
                .map(|name| prefix.join(name))
                .find(|path| path.is_file())?;
            Some(Candidate {
                path,
                hint: Some(Hint { python }),
            })
        })
        .collect();
    found.sort_by(|a, b| (b.hint, &b.path).cmp(&(a.hint, &a.path)));
    found
}

/// The version in the name of the file, or of the file that it links to in the end.
fn hint_of_file(path: &Path) -> Option<Hint> {
    let of_name = |path: &Path| {
        let name = path.file_name()?.to_str()?;
        let name = name.strip_suffix(std::env::consts::EXE_SUFFIX)?;
        let python = version(name.strip_prefix("python")?)?;
        Some(Hint { python })
    };
    of_name(path).or_else(|| of_name(&fs::canonicalize(path).ok()?))
}

/// Reads `3.13`, `3.13t` or `3.13.0t`.
pub(super) fn version(text: &str) -> Option<PythonVersion> {
    let (digits, freethreaded) = text
        .strip_suffix('t')
        .map_or((text, false), |digits| (digits, true));
    let mut parts = digits.split('.').map(|part| part.parse::<u32>().ok());
    let (major, minor) = (parts.next()??, parts.next()??);
    let patch = match parts.next() {
        Some(patch) => Some(patch?),
        None => None,
    };
    (major >= 3 && parts.next().is_none()).then_some(PythonVersion {
        major,
        minor,
        patch,
        freethreaded,
    })
}

/// The version in the name of an installation: pyenv's `3.13.0t`, uv's
/// `cpython-3.13.0+freethreaded-linux-x86_64-gnu`, a framework's `3.13`, Windows' `Python313`.
fn version_in(name: &str) -> Option<PythonVersion> {
    if let Some(rest) = name.strip_prefix("cpython-") {
        let (number, build) = rest.split('-').next()?.split_once('+').map_or_else(
            || (rest.split('-').next().unwrap_or(rest), ""),
            |(number, build)| (number, build),
        );
        let found = version(number)?;
        return Some(PythonVersion {
            freethreaded: build.contains("freethreaded"),
            ..found
        });
    }
    if let Some(digits) = name.strip_prefix("Python3") {
        let minor = digits.parse().ok()?;
        return Some(PythonVersion::new(3, minor));
    }
    version(name)
}

#[cfg(test)]
pub(super) mod tests;
