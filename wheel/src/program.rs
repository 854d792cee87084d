//! Names of programs that are not a package's to take.

use std::fmt;

/// Whose a program's name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reserved {
    /// The interpreter's: `python`, `pythonw`, `python3.13t.exe`, `pypy3`.
    Interpreter,
    /// That of pip, which alone may bring it.
    Pip,
    /// A script's of the virtual environment itself.
    Venv,
}

impl fmt::Display for Reserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interpreter => "the interpreter itself",
            Self::Pip => "pip's own",
            Self::Venv => "a part of the venv itself",
        })
    }
}

/// Whose the name of a program is, where it is somebody's. Not every file system tells upper from
/// lower case, and Windows finds programs without their endings.
#[must_use]
pub fn reserved(name: &str) -> Option<Reserved> {
    const ENDINGS: [&str; 8] = [".exe", ".com", ".bat", ".cmd", ".ps1", ".py", ".pyw", ".sh"];
    let folded = name.to_ascii_lowercase();
    let stem = ENDINGS
        .iter()
        .find_map(|ending| folded.strip_suffix(ending))
        .unwrap_or(&folded);
    let is_version = |rest: &str| rest.chars().all(|c| c.is_ascii_digit() || c == '.');
    let interpreter = ["python", "pypy"]
        .into_iter()
        .filter_map(|tool| stem.strip_prefix(tool))
        .any(|rest| {
            let rest = rest.strip_prefix('w').unwrap_or(rest);
            is_version(rest.strip_suffix('t').unwrap_or(rest))
        });
    // A shell's name may stand behind: `activate.fish`.
    let first = stem.split('.').next().unwrap_or(stem);
    if interpreter {
        Some(Reserved::Interpreter)
    } else if stem.strip_prefix("pip").is_some_and(is_version) {
        Some(Reserved::Pip)
    } else if matches!(first, "activate" | "deactivate" | "activate_this") {
        Some(Reserved::Venv)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_every_spelling() {
        for (name, whose) in [
            ("python", Some(Reserved::Interpreter)),
            ("Python3.13t.EXE", Some(Reserved::Interpreter)),
            ("pythonw.exe", Some(Reserved::Interpreter)),
            ("pypy3", Some(Reserved::Interpreter)),
            ("pip", Some(Reserved::Pip)),
            ("PIP3.13", Some(Reserved::Pip)),
            ("activate.fish", Some(Reserved::Venv)),
            ("Activate.ps1", Some(Reserved::Venv)),
            ("deactivate.bat", Some(Reserved::Venv)),
            ("activate_this.py", Some(Reserved::Venv)),
            ("python-config", None),
            ("pipx", None),
            ("activate-global-python-argcomplete", None),
            ("", None),
        ] {
            assert_eq!(reserved(name), whose, "{name}");
        }
    }
}
