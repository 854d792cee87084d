//! The manifest as a whole.

use crate::bridge::{self, Bridge};
use crate::index::{self, Index};
use crate::pyodide::{self, Pyodide};
use crate::{Attestations, Dependency, Prereleases, Publish, VersionPolicy, dependency};
use std::collections::{BTreeMap, BTreeSet};
use tag_matrix::{AsyncMode, EnvironmentError, Floors, PythonVersion, RuntimeMode, Target};
use toml_doc::{Document, Invalid, Node, Table};
use wheel::Specifiers;

/// What `requires-python` is where the manifest does not say.
pub(crate) const DEFAULT_REQUIRES_PYTHON: &str = ">=3.12";

/// The Python tables of a `mochi.toml`, checked, with defaults filled in.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The name that errors use for the file.
    pub file: String,
    /// `[package] name`.
    pub name: Option<String>,
    /// `[package] version`.
    pub version: Option<String>,
    /// `[python-dependencies]`, in the order of the file.
    pub dependencies: Vec<Dependency>,
    /// `[python] requires-python`.
    pub requires_python: Specifiers,
    /// `[python] python-versions`, or its default.
    pub python_versions: Vec<PythonVersion>,
    /// `[python] targets`, or their default, in table order.
    pub targets: Vec<Target>,
    /// `[python] implementation`: `cpython` is the only one that is supported.
    pub implementation: String,
    /// The line that it stands in, counted from 1.
    pub implementation_line: usize,
    /// `[python] version-policy`.
    pub version_policy: VersionPolicy,
    /// `[python] prereleases`.
    pub prereleases: Prereleases,
    /// `[python] attestations`.
    pub attestations: Attestations,
    /// `[python] indexes`.
    pub indexes: Vec<Index>,
    /// `[python.target.*]`: the floors of the targets that set any.
    pub floors: BTreeMap<Target, Floors>,
    /// `[python.target.wasm32-emscripten]`: the Pyodide releases, and where their lists are.
    pub pyodide: Pyodide,
    /// `[python] runtime-mode`; `None` for `auto`.
    pub runtime_mode: Option<RuntimeMode>,
    /// `[python] async-mode`.
    pub async_mode: AsyncMode,
    /// `[python.bridge]`.
    pub bridge: Option<Bridge>,
    /// `[package]` and `[python.publish]`: what distributions are made of.
    pub publish: Publish,
}

const PYTHON_KEYS: [&str; 13] = [
    "requires-python",
    "python-versions",
    "implementation",
    "targets",
    "version-policy",
    "runtime-mode",
    "async-mode",
    "prereleases",
    "attestations",
    "indexes",
    "target",
    "publish",
    "bridge",
];

const IMPLEMENTATIONS: [(&str, &str); 5] = [
    ("cpython", "cpython"),
    ("pypy", "pypy"),
    ("graalpy", "graalpy"),
    ("rustpython", "rustpython"),
    ("micropython", "micropython"),
];

const RUNTIME_MODES: [(&str, Option<RuntimeMode>); 5] = [
    ("auto", None),
    ("embedded", Some(RuntimeMode::Embedded)),
    ("subprocess", Some(RuntimeMode::Subprocess)),
    ("pyodide", Some(RuntimeMode::Pyodide)),
    ("wasi", Some(RuntimeMode::Wasi)),
];

impl Manifest {
    /// Reads a manifest; `file` is the name that errors use.
    ///
    /// # Errors
    /// The first mistake in the Python tables, with its line and key. Tables of other parts of
    /// Mochi are not looked at.
    pub fn parse(file: &str, text: &str) -> Result<Self, Invalid> {
        let manifest = Self::parse_to_build(file, text)?;
        let mut invalid = manifest.publish.invalid.iter();
        match invalid.find(|invalid| invalid.key.starts_with("python.")) {
            Some(invalid) => Err(invalid.clone()),
            None => Ok(manifest),
        }
    }

    /// Reads a manifest, and leaves the mistakes in what distributions are made of to the caller:
    /// they stand in [`Publish::invalid`].
    ///
    /// # Errors
    /// The first mistake in the other Python tables.
    pub fn parse_to_build(file: &str, text: &str) -> Result<Self, Invalid> {
        let document = Document::parse(file, text)?;
        let root = document.root();
        let package = root.get("package").map(|node| node.table()).transpose()?;
        let python = root.get("python").map(|node| node.table()).transpose()?;
        let mut manifest = Self::defaults(file);
        manifest.publish = Publish::read(&document);
        if let Some(package) = &package {
            manifest.name = text_of(package, "name")?;
            manifest.version = text_of(package, "version")?;
        }
        if let Some(python) = &python {
            manifest.read_python(python)?;
            let bridge = python.get("bridge");
            let bridge = bridge.map(|node| bridge::parse(&node, package.as_ref()));
            manifest.bridge = bridge.transpose()?;
        }
        if python
            .as_ref()
            .is_none_or(|python| python.get("python-versions").is_none())
        {
            manifest.python_versions =
                vec![
                    default_python(&manifest.requires_python).map_err(|message| {
                        match python
                            .as_ref()
                            .and_then(|table| table.get("requires-python"))
                        {
                            Some(node) => node.error(message),
                            None => root.error(message),
                        }
                    })?,
                ];
        }
        if let Some(python) = &python {
            manifest.check_environments(python)?;
        }
        if let Some(node) = root.get("python-dependencies") {
            let mut seen: BTreeMap<wheel::PackageName, &str> = BTreeMap::new();
            for (key, node) in node.table()?.entries() {
                let entries = dependency::parse(key, &node)?;
                if let Some(other) = seen.insert(entries[0].name.clone(), key) {
                    return Err(node
                        .error(format!("`{other}` and `{key}` are one package"))
                        .with_hint("put both requirements into one list"));
                }
                manifest.check_indexes(&node, &entries)?;
                manifest.dependencies.extend(entries);
            }
        }
        Ok(manifest)
    }

    fn defaults(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            name: None,
            version: None,
            dependencies: Vec::new(),
            requires_python: DEFAULT_REQUIRES_PYTHON.parse().unwrap_or_default(),
            python_versions: Vec::new(),
            targets: Target::defaults().collect(),
            implementation: "cpython".to_owned(),
            implementation_line: 1,
            version_policy: VersionPolicy::default(),
            prereleases: Prereleases::default(),
            attestations: Attestations::default(),
            indexes: Vec::new(),
            floors: BTreeMap::new(),
            pyodide: Pyodide::default(),
            runtime_mode: None,
            async_mode: AsyncMode::default(),
            bridge: None,
            publish: Publish::empty(),
        }
    }

    fn read_python(&mut self, python: &Table) -> Result<(), Invalid> {
        python.only(&PYTHON_KEYS)?;
        if let Some(node) = python.get("requires-python") {
            self.requires_python = node.parse()?;
        }
        if let Some(node) = python.get("python-versions") {
            self.python_versions = self.read_pythons(&node)?;
        }
        if let Some(node) = python.get("implementation") {
            self.implementation_line = node.line();
            node.one_of(&IMPLEMENTATIONS)?
                .clone_into(&mut self.implementation);
        }
        if let Some(node) = python.get("targets") {
            self.targets = unique(&node, "target")?;
        }
        if let Some(node) = python.get("version-policy") {
            let known = [
                ("newest", VersionPolicy::Newest),
                ("aligned", VersionPolicy::Aligned),
            ];
            self.version_policy = node.one_of(&known)?;
        }
        if let Some(node) = python.get("prereleases") {
            self.prereleases = node.one_of(&[
                ("if-necessary", Prereleases::IfNecessary),
                ("allow", Prereleases::Allow),
                ("disallow", Prereleases::Disallow),
            ])?;
        }
        if let Some(node) = python.get("runtime-mode") {
            self.runtime_mode = node.one_of(&RUNTIME_MODES)?;
        }
        if let Some(node) = python.get("async-mode") {
            self.async_mode = node.one_of(&[
                ("per-call", AsyncMode::PerCall),
                ("persistent", AsyncMode::Persistent),
            ])?;
        }
        if let Some(node) = python.get("attestations") {
            self.attestations = node.one_of(&[
                ("ignore", Attestations::Ignore),
                ("record", Attestations::Record),
                ("required", Attestations::Required),
            ])?;
        }
        if let Some(node) = python.get("indexes") {
            self.indexes = index::parse(&node)?;
        }
        if let Some(node) = python.get("target") {
            for (name, node) in node.table()?.entries() {
                let target: Target = name
                    .parse()
                    .map_err(|error| node.error(format!("{error}")))?;
                self.floors.insert(target, floors(&node)?);
                if let Some(pyodide) = pyodide::parse(target, &node)? {
                    self.pyodide = pyodide;
                }
            }
        }
        Ok(())
    }

    fn read_pythons(&self, node: &Node) -> Result<Vec<PythonVersion>, Invalid> {
        let pythons: Vec<PythonVersion> = unique(node, "Python version")?;
        for (python, node) in pythons.iter().zip(node.elements()?) {
            if !admits(&self.requires_python, python) {
                return Err(node.error(format!(
                    "Python {python} (taken as {}) is not admitted by requires-python {}",
                    python.full(),
                    self.requires_python,
                )));
            }
        }
        Ok(pythons)
    }

    /// The first place that the table does not know: a Python that a target does not have, or a
    /// floor that is out of its range.
    fn check_environments(&self, python: &Table) -> Result<(), Invalid> {
        let environments = match self.environments() {
            Ok(environments) => environments,
            Err(error) => {
                let of_target = |target: &str| python.get("target")?.table().ok()?.get(target);
                let node = match &error {
                    EnvironmentError::FloorNotOfTarget { target, .. }
                    | EnvironmentError::FloorOutOfRange { target, .. } => of_target(target),
                    EnvironmentError::NotAdmitted { .. } => python.get("requires-python"),
                    _ => python.get("python-versions"),
                };
                return Err(match node {
                    Some(node) => node.error(error.to_string()),
                    None => python.error(error.to_string()),
                });
            }
        };
        let mut names = BTreeSet::new();
        let mut environments = environments.iter();
        let twice = environments.find(|environment| !names.insert(environment.name()));
        match (twice, python.get("python-versions")) {
            (Some(twice), Some(node)) => Err(node.error(format!(
                "gives the environment {} twice; name each minor once",
                twice.name()
            ))),
            _ => Ok(()),
        }
    }

    fn check_indexes(&self, node: &Node, entries: &[Dependency]) -> Result<(), Invalid> {
        for entry in entries {
            let crate::Source::Index(Some(wanted)) = &entry.source else {
                continue;
            };
            let known = self.indexes.iter().map(|index| index.name.as_str());
            if known.clone().all(|name| name != wanted) {
                let error = node.error(format!("no index is named \"{wanted}\""));
                return Err(match toml_doc::nearest(wanted, known) {
                    Some(near) => error.with_hint(format!("the nearest is \"{near}\"")),
                    None => error.with_hint("add it to `indexes` of `[python]`"),
                });
            }
        }
        Ok(())
    }
}

/// Whether `requires_python` admits `python`, a minor standing for its first release.
pub(crate) fn admits(requires_python: &Specifiers, python: &PythonVersion) -> bool {
    admits_full(requires_python, &python.full())
}

pub(crate) fn admits_full(requires_python: &Specifiers, full: &str) -> bool {
    full.parse()
        .is_ok_and(|version| requires_python.contains(&version))
}

/// The newest released minor that `requires_python` admits and the table knows.
fn default_python(requires_python: &Specifiers) -> Result<PythonVersion, String> {
    let mut known: Vec<PythonVersion> = PythonVersion::released().collect();
    known.sort();
    known
        .into_iter()
        .rev()
        .find(|python| admits(requires_python, python))
        .ok_or_else(|| {
            format!(
                "no CPython of the table is admitted by {requires_python}; set `python-versions`"
            )
        })
}

fn text_of(table: &Table, key: &str) -> Result<Option<String>, Invalid> {
    // A value that is inherited from elsewhere (`{ workspace = true }`) is not ours to judge.
    Ok(table
        .get(key)
        .filter(Node::is_str)
        .map(|node| node.str())
        .transpose()?
        .map(str::to_owned))
}

fn unique<T>(node: &Node, what: &str) -> Result<Vec<T>, Invalid>
where
    T: std::str::FromStr + Clone + PartialEq + std::fmt::Display,
    T::Err: std::fmt::Display,
{
    let mut list: Vec<T> = Vec::new();
    for element in node.elements()? {
        let value: T = element.parse()?;
        if list.contains(&value) {
            return Err(element.error(format!("{what} {value} stands twice")));
        }
        list.push(value);
    }
    if list.is_empty() {
        return Err(node.error(format!("names no {what}; remove the key for the default")));
    }
    Ok(list)
}

fn floors(node: &Node) -> Result<Floors, Invalid> {
    let table = node.table()?;
    table.only(&["glibc", "musl", "macos", "pyodide", "pyodide-index"])?;
    let pair = |key: &str| table.get(key).map(|node| version_pair(&node)).transpose();
    Ok(Floors {
        glibc: pair("glibc")?,
        musl: pair("musl")?,
        macos: pair("macos")?,
        pyodide: None,
    })
}

fn version_pair(node: &Node) -> Result<(u32, u32), Invalid> {
    let text = node.str()?;
    let mut parts = text.splitn(2, '.').map(str::parse::<u32>);
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Ok((major, minor)),
        (Some(Ok(major)), None) => Ok((major, 0)),
        _ => Err(node.error(format!("\"{text}\" is not a version such as \"2.28\""))),
    }
}
