//! `[python.target.wasm32-emscripten]`: Pyodide releases, and where their lists of packages are.

use std::collections::BTreeMap;
use tag_matrix::{PyodideRelease, Target, TargetKind};
use toml_doc::{Invalid, Node};

/// What the manifest says of Pyodide.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pyodide {
    /// `pyodide`: the releases to lock for, at most one of each Python minor. Empty: the default.
    pub releases: Vec<&'static PyodideRelease>,
    /// `pyodide-index`: where the lists are, if not the ones that are built in.
    pub index: Option<PyodideIndex>,
}

/// Where the lists of curated packages are: a `pyodide-lock.json` or a folder that has one, as a
/// path relative to the manifest or a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PyodideIndex {
    /// One place.
    All(String),
    /// A place for each of some releases.
    Each(BTreeMap<String, String>),
}

impl Pyodide {
    /// All places of lists that the manifest names.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        let (all, each) = match &self.index {
            None => (None, None),
            Some(PyodideIndex::All(place)) => (Some(place), None),
            Some(PyodideIndex::Each(places)) => (None, Some(places.values())),
        };
        all.into_iter()
            .chain(each.into_iter().flatten())
            .map(String::as_str)
    }

    /// Where the list of a release is; `None` for the one that is built in.
    #[must_use]
    pub fn index_of(&self, release: &str) -> Option<&str> {
        match self.index.as_ref()? {
            PyodideIndex::All(place) => Some(place),
            PyodideIndex::Each(places) => places.get(release).map(String::as_str),
        }
    }
}

/// Reads what the table of a target says of Pyodide, if the target is one of Pyodide's.
///
/// # Errors
/// A release that is not known, two of one Python minor, or a target that has no Pyodide.
pub(crate) fn parse(target: Target, node: &Node) -> Result<Option<Pyodide>, Invalid> {
    let table = node.table()?;
    let (releases, index) = (table.get("pyodide"), table.get("pyodide-index"));
    if target.kind() != TargetKind::Emscripten {
        return match releases.or(index) {
            Some(node) => Err(node.error(format!("{target} has no Pyodide release to set"))),
            None => Ok(None),
        };
    }
    Ok(Some(Pyodide {
        releases: releases
            .map(|node| read_releases(&node))
            .transpose()?
            .unwrap_or_default(),
        index: index.map(|node| read_index(&node)).transpose()?,
    }))
}

fn read_releases(node: &Node) -> Result<Vec<&'static PyodideRelease>, Invalid> {
    if !node.is_array() {
        return Ok(vec![release(node, node.str()?)?]);
    }
    let mut releases: Vec<&'static PyodideRelease> = Vec::new();
    for element in node.elements()? {
        let new = release(&element, element.str()?)?;
        if let Some(other) = releases.iter().find(|other| other.minor() == new.minor()) {
            return Err(element.error(format!(
                "{} and {} both have Python {}; name one release of each Python",
                new.version,
                other.version,
                new.minor()
            )));
        }
        releases.push(new);
    }
    if releases.is_empty() {
        return Err(node.error("names no release; remove the key for the default"));
    }
    Ok(releases)
}

fn read_index(node: &Node) -> Result<PyodideIndex, Invalid> {
    if node.is_str() {
        return Ok(PyodideIndex::All(node.str()?.to_owned()));
    }
    let mut places = BTreeMap::new();
    for (key, node) in node.table()?.entries() {
        places.insert(release(&node, key)?.version.clone(), node.str()?.to_owned());
    }
    Ok(PyodideIndex::Each(places))
}

fn release(node: &Node, version: &str) -> Result<&'static PyodideRelease, Invalid> {
    PyodideRelease::find(version).map_err(|error| node.error(error.to_string()))
}
