//! `pyodide-lock.json`, the list of packages that a Pyodide runtime can load.
//!
//! The format has no version and has grown with every release, so it is read leniently: what is
//! not known is passed over. What `loadPyodide` itself insists on is insisted on.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wheel::{PackageName, WheelFilename};

/// The largest list that is read, in bytes.
const MAX_BYTES: usize = 64 << 20;

/// A `pyodide-lock.json`.
#[derive(Debug, Clone)]
pub struct LockFile {
    /// The runtime that it is for.
    pub info: Info,
    /// The packages, by normalised name.
    pub packages: BTreeMap<PackageName, Entry>,
}

/// The runtime that a list is for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Info {
    /// The platform version (PEP 783) that its packages are built for, `2025_0`.
    pub abi_version: String,
    /// The processor, `wasm32`.
    #[serde(default)]
    pub arch: String,
    /// The operating system, `emscripten_4_0_9`.
    #[serde(default)]
    pub platform: String,
    /// The Python version, `3.13.2`.
    #[serde(default)]
    pub python: String,
    /// The release, `0.27.8`; later ones leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// A package of the list.
#[derive(Debug, Clone, Deserialize)]
pub struct Entry {
    /// The name as written.
    #[serde(default)]
    pub name: String,
    /// The version as written. Not always one of PEP 440: `1.1.1w`.
    #[serde(default)]
    pub version: String,
    /// Where it is: a path relative to the list, or a URL.
    pub file_name: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// The names, normalised or not, of what it needs. They come without versions.
    #[serde(default)]
    pub depends: Vec<String>,
    /// The modules that it brings.
    #[serde(default)]
    pub imports: Vec<String>,
    /// What kind of thing it is.
    #[serde(default)]
    pub package_type: PackageType,
    /// The folder it is unpacked into: `site`, or `dynlib` for libraries.
    #[serde(default)]
    pub install_dir: String,
}

impl Entry {
    /// The name of its file, without what a URL has behind it.
    #[must_use]
    pub fn filename(&self) -> &str {
        let path = match self.file_name.contains("://") {
            true => self.file_name.split(['?', '#']).next().unwrap_or_default(),
            false => &self.file_name,
        };
        path.rsplit('/').next().unwrap_or_default()
    }
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PackageType {
    /// A Python package.
    #[default]
    Package,
    /// A part of the standard library that is loaded apart: `ssl`, `sqlite3`.
    CpythonModule,
    /// A library that extension modules link to.
    SharedLibrary,
    /// A library that is linked into others.
    StaticLibrary,
    /// Something later releases have.
    #[serde(other)]
    Other,
}

/// A text is no `pyodide-lock.json`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockFileError {
    /// It is larger than what is read.
    #[error("it has more than {MAX_BYTES} bytes")]
    TooLarge,
    /// It is not the JSON it should be.
    #[error("{why}")]
    Json {
        /// What is wrong, with line and column.
        why: String,
    },
    /// A package's name is none.
    #[error("`packages.{key}`: {why}")]
    Name {
        /// The key.
        key: String,
        /// What is wrong with it.
        why: String,
    },
    /// A package's hash is none.
    #[error("`packages.{key}.sha256` is not 64 hexadecimal digits")]
    Hash {
        /// The key.
        key: String,
    },
    /// Two keys are one name.
    #[error("`packages.{key}` stands twice, in different spellings")]
    Twice {
        /// One of the keys.
        key: String,
    },
    /// A package's file is a wheel of another package.
    #[error("`packages.{key}.file_name` is a wheel of {other}")]
    OtherWheel {
        /// The key.
        key: String,
        /// The package it is of.
        other: PackageName,
    },
    /// A package's file is outside of the list's folder.
    #[error("`packages.{key}.file_name` is neither a URL nor a path below the list's folder")]
    Place {
        /// The key.
        key: String,
    },
}

#[derive(Deserialize)]
struct Raw {
    info: Info,
    packages: BTreeMap<String, Entry>,
}

impl LockFile {
    /// Reads a list. Tests that were taken out of packages (`numpy-tests`) are left out.
    ///
    /// # Errors
    /// See [`LockFileError`].
    pub fn parse(text: &str) -> Result<Self, LockFileError> {
        if text.len() > MAX_BYTES {
            return Err(LockFileError::TooLarge);
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let raw: Raw = serde_json::from_str(text).map_err(|error| LockFileError::Json {
            why: error.to_string(),
        })?;
        let mut packages = BTreeMap::new();
        for (key, mut entry) in raw.packages {
            let short = || key.chars().take(80).collect::<String>();
            let name: PackageName =
                key.parse()
                    .map_err(|error: wheel::name::NameError| LockFileError::Name {
                        key: short(),
                        why: error.to_string(),
                    })?;
            entry.sha256.make_ascii_lowercase();
            let is_digest = entry.sha256.len() == 64
                && entry.sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !is_digest {
                return Err(LockFileError::Hash { key: short() });
            }
            if !is_place(&entry.file_name) {
                return Err(LockFileError::Place { key: short() });
            }
            let wheel = entry.filename().parse::<WheelFilename>();
            if let Some(wheel) = wheel.ok().filter(|wheel| wheel.name != name) {
                return Err(LockFileError::OtherWheel {
                    key: short(),
                    other: wheel.name,
                });
            }
            entry.file_name = without_user(&entry.file_name);
            if packages.insert(name, entry).is_some() {
                return Err(LockFileError::Twice { key: short() });
            }
        }
        let tests: Vec<PackageName> = packages
            .iter()
            .filter(|(name, entry)| is_tests(name, entry))
            .map(|(name, _)| name.clone())
            .collect();
        for name in tests {
            packages.remove(&name);
        }
        Ok(Self {
            info: raw.info,
            packages,
        })
    }
}

/// `numpy-tests`, an archive that is no wheel and needs `numpy`.
fn is_tests(name: &PackageName, entry: &Entry) -> bool {
    name.as_str().ends_with("-tests")
        && entry.package_type == PackageType::Package
        && !has_ending(&entry.file_name, ".whl")
}

fn has_ending(name: &str, ending: &str) -> bool {
    name.to_ascii_lowercase().ends_with(ending)
}

/// A URL without the user and password that it may have; a path as it is.
fn without_user(file_name: &str) -> String {
    let Some((scheme, rest)) = file_name.split_once("://") else {
        return file_name.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// A URL, or a path that stays below the folder it starts from.
fn is_place(file_name: &str) -> bool {
    if file_name.chars().any(char::is_control) || file_name.contains('\\') {
        return false;
    }
    match file_name.split_once("://") {
        Some((scheme, rest)) => matches!(scheme, "http" | "https") && !rest.is_empty(),
        None => {
            !file_name.is_empty()
                && !file_name.starts_with('/')
                && !file_name.contains(':')
                && file_name
                    .split('/')
                    .all(|part| !matches!(part, "" | "." | ".."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(packages: &str) -> Result<LockFile, LockFileError> {
        LockFile::parse(&format!(
            r#"{{ "info": {{ "abi_version": "2025_0", "new": 1 }}, "packages": {{ {packages} }}, "tool": {{}} }}"#
        ))
    }

    fn entry(key: &str, rest: &str) -> String {
        let sha256 = "0".repeat(64);
        format!(r#""{key}": {{ "sha256": "{sha256}", "later": [], {rest} }}"#)
    }

    #[test]
    fn the_least_that_the_loader_takes_is_read() {
        let text = entry(
            "A_b",
            r#""file_name": "a-1.whl", "depends": [], "imports": []"#,
        );
        let lock = list(&text).unwrap();
        assert_eq!(lock.info.abi_version, "2025_0");
        let entry = &lock.packages["a-b"];
        assert_eq!(entry.package_type, PackageType::Package);
    }

    #[test]
    fn tests_are_left_out_and_kinds_that_are_new_are_kept() {
        let lock = list(
            &[
                entry("a", r#""file_name": "a-1.whl""#),
                entry("a-tests", r#""file_name": "a-tests.tar", "depends": ["a"]"#),
                entry("x-tests", r#""file_name": "x_tests-1-py3-none-any.whl""#),
                entry("l", r#""file_name": "l.zip", "package_type": "moon""#),
            ]
            .join(","),
        )
        .unwrap();
        let names: Vec<&str> = lock.packages.keys().map(PackageName::as_str).collect();
        assert_eq!(names, ["a", "l", "x-tests"]);
    }

    #[test]
    fn urls_lose_their_users_and_queries_are_no_part_of_names() {
        let url = "https://u:secret@example.org/x/a-1-py3-none-any.whl?t=1#@2";
        let lock = list(&entry("a", &format!(r#""file_name": "{url}""#))).unwrap();
        let entry = &lock.packages["a"];
        assert_eq!(entry.file_name, url.replace("u:secret@", ""));
        assert_eq!(entry.filename(), "a-1-py3-none-any.whl");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, words) in [
            (entry("-", r#""file_name": "a.whl""#), "packages.-"),
            (
                entry("a", r#""file_name": "../a.whl""#),
                "packages.a.file_name",
            ),
            (
                entry("a", r#""file_name": "/a.whl""#),
                "packages.a.file_name",
            ),
            (
                entry("a", r#""file_name": "file:///a.whl""#),
                "packages.a.file_name",
            ),
            (entry("a", r#""file_name": """#), "packages.a.file_name"),
            (
                r#""a": { "file_name": "a.whl", "sha256": "00" }"#.to_owned(),
                "packages.a.sha256",
            ),
            (r#""a": { "file_name": "a.whl" }"#.to_owned(), "sha256"),
            (
                entry("a", r#""file_name": "b-1-py3-none-any.whl""#),
                "is a wheel of b",
            ),
            (
                [
                    entry("a", r#""file_name": "a.whl""#),
                    entry("A", r#""file_name": "a.whl""#),
                ]
                .join(","),
                "stands twice",
            ),
            ("x".to_owned(), "line 1"),
        ] {
            let error = list(&text).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
