//! Reading a lock, believing nothing.

use super::{
    FORMAT, Lock, LockedEnvironment, LockedPackage, LockedSkip, LockedSource, LockedWheel,
    contradictions,
};
use std::collections::BTreeMap;
use toml_doc::{Document, Invalid, Node, Table};
use wheel::provenance::Publisher;
use wheel::{Requirement, WheelFilename};

/// A lock that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// It is not a valid lock.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// It was written by a newer program.
    #[error(
        "{file}:{line}: `version`: the lock has format {found}, this program reads format {FORMAT}"
    )]
    Format {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// The format it has.
        found: i64,
    },
}

impl LockError {
    /// The next step.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Invalid(invalid) => Some(invalid.hint.clone().unwrap_or_else(|| {
                "restore it from version control, or remove it and run `mochi py lock`".to_owned()
            })),
            Self::Format { found, .. } => Some(format!(
                "use a release of mochi that reads lock format {found}, or remove the file and lock again"
            )),
        }
    }
}

impl Lock {
    /// Reads a lock; `file` is the name that errors use. Tables of other parts of Mochi are left
    /// alone.
    ///
    /// # Errors
    /// The first mistake, with its line and key; or a format that this program does not read.
    pub fn parse(file: &str, text: &str) -> Result<Self, LockError> {
        let document = Document::parse(file, text)?;
        let root = document.root();
        let version = root.require("version")?;
        let found = version.integer()?;
        if found != FORMAT {
            return Err(LockError::Format {
                file: file.to_owned(),
                line: version.line(),
                found,
            });
        }
        let python = root.require("python")?.table()?;
        let lock = Self {
            requires_python: python.require("requires-python")?.str()?.to_owned(),
            manifest_sha256: python.require("manifest-sha256")?.str()?.to_owned(),
            environments: all(&root, "python-environment", environment)?,
            packages: all(&root, "python-package", package)?,
            skips: all(&root, "python-skip", skip)?,
        };
        contradictions::check(&lock, &root)?;
        Ok(lock)
    }
}

fn all<T>(
    root: &Table,
    key: &str,
    one: fn(&Table) -> Result<T, Invalid>,
) -> Result<Vec<T>, Invalid> {
    elements(root, key)?
        .iter()
        .map(|element| one(&element.table()?))
        .collect()
}

/// The elements of an array of tables; none where it is not there.
pub(super) fn elements<'a>(root: &Table<'a>, key: &str) -> Result<Vec<Node<'a>>, Invalid> {
    root.get(key).map_or(Ok(Vec::new()), |node| node.elements())
}

fn text(table: &Table, key: &str) -> Result<String, Invalid> {
    Ok(table.require(key)?.str()?.to_owned())
}

fn texts(table: &Table, key: &str) -> Result<Vec<String>, Invalid> {
    Ok(table
        .require(key)?
        .strings()?
        .into_iter()
        .map(str::to_owned)
        .collect())
}

const FLOORS: [&str; 4] = ["glibc", "musl", "macos", "pyodide"];

fn environment(table: &Table) -> Result<LockedEnvironment, Invalid> {
    let floors = FLOORS
        .iter()
        .filter_map(|key| Some((*key, table.get(key)?)));
    Ok(LockedEnvironment {
        name: text(table, "name")?,
        target: text(table, "target")?,
        python: text(table, "python")?,
        floors: floors
            .map(|(key, node)| Ok((key.to_owned(), node.str()?.to_owned())))
            .collect::<Result<_, Invalid>>()?,
    })
}

fn package(table: &Table) -> Result<LockedPackage, Invalid> {
    let name = table.require("name")?.parse()?;
    let version = table.require("version")?.parse()?;
    let mut dependencies = Vec::new();
    for node in table.require("dependencies")?.elements()? {
        node.parse::<Requirement>()?;
        dependencies.push(node.str()?.to_owned());
    }
    let source = source(&table.require("source")?)?;
    let wheels = table.require("wheels")?.elements()?;
    let wheels = wheels
        .iter()
        .map(|node| wheel(node, &source))
        .collect::<Result<_, _>>()?;
    Ok(LockedPackage {
        name,
        version,
        source,
        environments: texts(table, "environments")?,
        requires_python: match table.get("requires-python") {
            Some(node) => Some(node.str()?.to_owned()),
            None => None,
        },
        dependencies,
        wheels,
    })
}

fn source(node: &Node) -> Result<LockedSource, Invalid> {
    let table = node.table()?;
    let kind = table.require("kind")?;
    Ok(match kind.str()? {
        "index" => match table.get("name") {
            Some(name) => LockedSource::IndexName(name.str()?.to_owned()),
            None => LockedSource::IndexUrl(text(&table, "url")?),
        },
        "path" => LockedSource::Path(text(&table, "path")?),
        "url" => LockedSource::Url(text(&table, "url")?),
        "pyodide" => LockedSource::Pyodide(text(&table, "release")?),
        other => return Err(kind.error(format!("unknown kind of source \"{other}\""))),
    })
}

fn wheel(node: &Node, source: &LockedSource) -> Result<LockedWheel, Invalid> {
    let table = node.table()?;
    let filename = table.require("filename")?;
    match source {
        // A Pyodide release has libraries too, which are no wheels.
        LockedSource::Pyodide(_) if !filename.str()?.ends_with(".whl") => {
            if !is_plain(filename.str()?) {
                return Err(filename.error("must be the name of a file"));
            }
        }
        _ => {
            filename.parse::<WheelFilename>()?;
        }
    }
    let sha256 = table.require("sha256")?;
    let digest = sha256.str()?;
    if digest.len() != 64
        || !digest
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    {
        return Err(sha256.error("must be 64 lower-case hexadecimal digits"));
    }
    let size = match table.get("size") {
        Some(size) => {
            let bytes = size.integer()?;
            Some(u64::try_from(bytes).map_err(|_| size.error("must not be negative"))?)
        }
        None => None,
    };
    Ok(LockedWheel {
        filename: filename.str()?.to_owned(),
        url: text(&table, "url")?,
        sha256: digest.to_owned(),
        size,
        environments: texts(&table, "environments")?,
        publishers: publishers(&table, source)?,
    })
}

/// The identities of a wheel, each once and in order.
fn publishers(table: &Table, source: &LockedSource) -> Result<Vec<Publisher>, Invalid> {
    let Some(node) = table.get("attestation-identities") else {
        return Ok(Vec::new());
    };
    let is_of_index = matches!(
        source,
        LockedSource::IndexName(_) | LockedSource::IndexUrl(_)
    );
    if !is_of_index {
        return Err(node.error("only wheels of an index have any"));
    }
    let mut all: Vec<Publisher> = Vec::new();
    for node in node.elements()? {
        let publisher = publisher(&node)?;
        if all.last().is_some_and(|last| *last >= publisher) {
            return Err(node.error("stands twice, or out of order"));
        }
        all.push(publisher);
    }
    if all.is_empty() {
        return Err(node.error("names none; the key is left out then"));
    }
    Ok(all)
}

fn publisher(node: &Node) -> Result<Publisher, Invalid> {
    let table = node.table()?;
    let kind = table.require("kind")?;
    let mut keys = BTreeMap::new();
    for (key, node) in table.entries() {
        if key != "kind" {
            keys.insert(key.to_owned(), node.str()?.to_owned());
        }
    }
    let given = keys.len();
    let publisher = Publisher::from_keys(kind.str()?, keys)
        .map_err(|key| node.error(format!("`{key}` is missing, or empty")))?;
    // What would be lost on the way back was not written by this program.
    if matches!(publisher, Publisher::Other { .. }) || publisher.keys().len() != given {
        return Err(node.error("is not a publisher as this program records it"));
    }
    Ok(publisher)
}

/// Whether a name is one of a file, on every system, and of nothing else.
fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
    !name.is_empty() && !name.starts_with('.') && name.chars().all(plain)
}

fn skip(table: &Table) -> Result<LockedSkip, Invalid> {
    Ok(LockedSkip {
        name: table.require("name")?.parse()?,
        requirement: text(table, "requirement")?,
        environment: text(table, "environment")?,
        reason: text(table, "reason")?,
        detail: text(table, "detail")?,
        required_by: texts(table, "required-by")?,
    })
}
