//! One entry of `[python-dependencies]`.

use crate::requirement;
use tag_matrix::Target;
use toml_doc::{Invalid, Node, Table};
use wheel::{ExtraName, Marker, PackageName, Specifiers};

/// Where a dependency comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An index: the ones in force, or the one that the entry names.
    Index(Option<String>),
    /// A wheel, or a folder with a `mochi.toml`, by a path relative to the manifest.
    Path(String),
    /// A wheel at a URL, with its SHA-256 in hexadecimal where the entry gives it.
    Url {
        /// The address, as written.
        url: String,
        /// The digest the file must have.
        sha256: Option<String>,
    },
}

/// One requirement of the project, from one entry of `[python-dependencies]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The normalised name.
    pub name: PackageName,
    /// The versions that are accepted.
    pub specifiers: Specifiers,
    /// The extras that are asked for, sorted.
    pub extras: Vec<ExtraName>,
    /// The marker that limits the requirement.
    pub marker: Option<Marker>,
    /// The targets it is limited to, in table order; `None` is all of the project's.
    pub targets: Option<Vec<Target>>,
    /// Where it comes from.
    pub source: Source,
    /// The line of the manifest, counted from 1.
    pub line: usize,
}

impl Dependency {
    /// The requirement as PEP 508 writes it, without its targets, for locks and messages.
    pub fn to_pep508(&self) -> String {
        let source = match &self.source {
            Source::Url { url, .. } => {
                wheel::RequirementSource::Url(crate::index::without_credentials(url))
            }
            Source::Index(_) | Source::Path(_) => {
                wheel::RequirementSource::Specifiers(self.specifiers.clone())
            }
        };
        let requirement = wheel::Requirement {
            name: self.name.clone(),
            extras: self.extras.clone(),
            source,
            marker: self.marker.clone(),
        };
        requirement.to_string()
    }
}

const KEYS: [&str; 8] = [
    "version", "extras", "markers", "targets", "path", "url", "sha256", "index",
];

/// Reads one entry, which may hold several requirements of one name.
pub(crate) fn parse(key: &str, node: &Node) -> Result<Vec<Dependency>, Invalid> {
    let name: PackageName = key
        .parse()
        .map_err(|error| node.error(format!("{error}")))?;
    if node.is_array() {
        let elements = node.elements()?;
        if elements.is_empty() {
            return Err(node.error("an empty list requires nothing; remove the entry"));
        }
        return elements.iter().map(|element| one(&name, element)).collect();
    }
    Ok(vec![one(&name, node)?])
}

fn one(name: &PackageName, node: &Node) -> Result<Dependency, Invalid> {
    let mut dependency = Dependency {
        name: name.clone(),
        specifiers: Specifiers::default(),
        extras: Vec::new(),
        marker: None,
        targets: None,
        source: Source::Index(None),
        line: node.line(),
    };
    if node.is_str() {
        dependency.specifiers = version(node)?;
        return Ok(dependency);
    }
    let table = node.table().map_err(|_| {
        node.error("must be a version such as \">=2,<3\", a table, or a list of these")
    })?;
    table.only(&KEYS)?;
    if let Some(node) = table.get("version") {
        dependency.specifiers = version(&node)?;
    }
    if let Some(node) = table.get("extras") {
        dependency.extras = parsed_list::<ExtraName>(&node)?;
    }
    if let Some(node) = table.get("markers") {
        let marker: Marker = node.parse()?;
        if !marker.extras().is_empty() {
            return Err(node.error("`extra` has no meaning in a requirement of the project itself"));
        }
        dependency.marker = Some(marker);
    }
    if let Some(node) = table.get("targets") {
        let targets = parsed_list::<Target>(&node)?;
        if targets.is_empty() {
            return Err(node.error("an empty list of targets requires nothing; remove the key"));
        }
        dependency.targets = Some(targets);
    }
    dependency.source = source(&table)?;
    Ok(dependency)
}

fn version(node: &Node) -> Result<Specifiers, Invalid> {
    requirement::specifiers(node.str()?).map_err(|message| node.error(message))
}

fn parsed_list<T>(node: &Node) -> Result<Vec<T>, Invalid>
where
    T: std::str::FromStr + Ord,
    T::Err: std::fmt::Display,
{
    let mut list = node
        .elements()?
        .iter()
        .map(Node::parse)
        .collect::<Result<Vec<T>, _>>()?;
    list.sort();
    list.dedup();
    Ok(list)
}

fn source(table: &Table) -> Result<Source, Invalid> {
    let places: Vec<&str> = ["path", "url", "index"]
        .into_iter()
        .filter(|key| table.get(key).is_some())
        .collect();
    if let [first, second, ..] = places[..] {
        return Err(table.error(format!(
            "has both `{first}` and `{second}`; keep one of them"
        )));
    }
    if let (Some(node), None) = (table.get("sha256"), table.get("url")) {
        return Err(node.error("goes with `url` only"));
    }
    if let Some(node) = table.get("path") {
        if let Some(version) = table.get("version") {
            return Err(version.error("a `path` dependency has the version that it has"));
        }
        return match node.str()? {
            "" => Err(node.error("is empty")),
            path => Ok(Source::Path(path.to_owned())),
        };
    }
    if let Some(node) = table.get("url") {
        if let Some(version) = table.get("version") {
            return Err(version.error("a `url` dependency has the version that it has"));
        }
        return Ok(Source::Url {
            url: checked_url(&node)?,
            sha256: table
                .get("sha256")
                .map(|node| checked_sha256(&node))
                .transpose()?,
        });
    }
    Ok(Source::Index(match table.get("index") {
        Some(node) => Some(node.str()?.to_owned()),
        None => None,
    }))
}

fn checked_url(node: &Node) -> Result<String, Invalid> {
    let text = node.str()?;
    let url = url::Url::parse(text).map_err(|error| node.error(format!("not a URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(node
            .error(format!("`{}` URLs are not supported", url.scheme()))
            .with_hint("use http or https, or `path` for a local file"));
    }
    if !url.path().ends_with(".whl") {
        return Err(node
            .error("does not name a wheel (`….whl`)")
            .with_hint("only wheels are installed, nothing is ever built"));
    }
    Ok(text.to_owned())
}

fn checked_sha256(node: &Node) -> Result<String, Invalid> {
    let text = node.str()?;
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(node.error("must be the 64 hexadecimal digits of a SHA-256"));
    }
    Ok(text.to_ascii_lowercase())
}
