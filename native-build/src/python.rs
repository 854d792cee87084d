//! The interpreters of the machine: their headers, their zig, and what they can read for us.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

use crate::BuildError;
use crate::process;
use crate::pyconfig::Value;

/// Says where an interpreter has what is needed. Not isolated: `ziglang` may be installed for the
/// user alone; but nothing is imported from the current folder.
const PROBE: &str = "
import sys
sys.path[:] = [folder for folder in sys.path if folder]
import importlib.util, json, sysconfig
zig = importlib.util.find_spec('ziglang')
folders = list(zig.submodule_search_locations or ()) if zig else []
print(json.dumps({
    'implementation': sys.implementation.name,
    'major': sys.version_info[0],
    'minor': sys.version_info[1],
    'include': sysconfig.get_path('include'),
    'config': sysconfig.get_config_h_filename(),
    'zig': folders[0] if folders else None,
}))
";

/// Reads the settings of Pyodide's CPython out of its standard library, and the names in a
/// `pyconfig.h`.
const CONFIG: &str = "
import ast, json, re, sys, zipfile
archive, header = sys.argv[1:]
name = '_sysconfigdata__emscripten_wasm32-emscripten.py'
text = zipfile.ZipFile(archive).read(name).decode()
# Not run: only what is written out counts.
values = {}
for node in ast.parse(text).body:
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
        for key, value in zip(node.value.keys, node.value.values):
            if isinstance(value, ast.Constant):
                values[key.value] = value.value
with open(header, encoding='utf-8', errors='replace') as file:
    names = re.findall(r'^[ \\t/*]*#[ \\t]*(?:define|undef)[ \\t]+(\\w+)', file.read(), re.M)
print(json.dumps({'values': values, 'names': names}))
";

/// What an interpreter has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Python {
    pub(crate) program: PathBuf,
    pub(crate) cpython: bool,
    pub(crate) version: (u32, u32),
    /// The folder of `Python.h`, if it is there.
    pub(crate) include: Option<PathBuf>,
    /// Its `pyconfig.h`.
    pub(crate) config: PathBuf,
    /// The zig of its `ziglang`.
    pub(crate) zig: Option<PathBuf>,
}

impl Python {
    /// Asks an interpreter.
    pub(crate) fn probe(program: &Path) -> Result<Self, BuildError> {
        let said = process::ask(Command::new(program).args(["-c", PROBE]))?;
        let not_usable = |detail: String| BuildError::NotUsable {
            program: program.to_path_buf(),
            detail,
        };
        if !said.succeeded {
            return Err(not_usable(said.words()));
        }
        Self::read(program, &said.stdout).ok_or_else(|| not_usable(said.words()))
    }

    fn read(program: &Path, answer: &str) -> Option<Self> {
        let answer: Json = serde_json::from_str(answer.trim()).ok()?;
        let text = |name: &str| answer.get(name).and_then(Json::as_str);
        let number = |name: &str| u32::try_from(answer.get(name)?.as_u64()?).ok();
        Some(Self {
            program: program.to_path_buf(),
            cpython: text("implementation")? == "cpython",
            version: (number("major")?, number("minor")?),
            include: text("include")
                .map(PathBuf::from)
                .filter(|folder| folder.join("Python.h").is_file()),
            config: PathBuf::from(text("config")?),
            zig: text("zig")
                .and_then(|folder| crate::machine::program_in(Path::new(folder), "zig")),
        })
    }

    /// The version in words.
    pub(crate) fn title(&self) -> String {
        let kind = if self.cpython {
            "CPython"
        } else {
            "a Python that is not CPython,"
        };
        format!(
            "{}: {kind} {}.{}{}",
            self.program.display(),
            self.version.0,
            self.version.1,
            if self.include.is_some() {
                ""
            } else {
                " without headers"
            }
        )
    }

    /// The settings in Pyodide's standard library, and the names that this CPython's
    /// `pyconfig.h` has.
    pub(crate) fn config(
        &self,
        archive: &Path,
    ) -> Result<(BTreeMap<String, Value>, BTreeSet<String>), BuildError> {
        let said = process::ask(
            Command::new(&self.program)
                .args(["-I", "-X", "utf8", "-c", CONFIG])
                .arg(archive)
                .arg(&self.config),
        )?;
        let answer = serde_json::from_str(&said.stdout).ok();
        match answer.as_ref().and_then(read_config) {
            Some(found) if said.succeeded => Ok(found),
            _ => Err(BuildError::BadPyodide {
                archive: archive.to_path_buf(),
                detail: said
                    .stderr
                    .trim()
                    .lines()
                    .last()
                    .unwrap_or("no answer")
                    .to_owned(),
            }),
        }
    }
}

fn read_config(answer: &Json) -> Option<(BTreeMap<String, Value>, BTreeSet<String>)> {
    let values = answer
        .get("values")?
        .as_object()?
        .iter()
        .filter_map(|(name, value)| {
            let value = match value {
                Json::Number(number) => Value::Number(number.as_i64()?),
                Json::String(text) => Value::Text(text.clone()),
                _ => return None,
            };
            Some((name.clone(), value))
        })
        .collect();
    let names = answer
        .get("names")?
        .as_array()?
        .iter()
        .filter_map(|name| Some(name.as_str()?.to_owned()))
        .collect();
    Some((values, names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer() {
        let python = Python::read(
            Path::new("python3"),
            r#"{"implementation": "cpython", "major": 3, "minor": 13, "include": "/nowhere",
                "config": "/nowhere/pyconfig.h", "zig": null}"#,
        )
        .unwrap();
        assert_eq!(python.version, (3, 13));
        assert_eq!(python.include, None);
        assert_eq!(python.title(), "python3: CPython 3.13 without headers");
        assert_eq!(Python::read(Path::new("python3"), "what?"), None);
    }

    #[test]
    fn settings() {
        let (values, names) = read_config(&serde_json::json!({
            "values": {"A": 1, "B": "text", "C": null, "D": 1.5},
            "names": ["A", "Z"],
        }))
        .unwrap();
        assert_eq!(values.len(), 2);
        assert_eq!(values["A"], Value::Number(1));
        assert!(names.contains("Z"));
    }
}
