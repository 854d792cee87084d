//! Changing a manifest without touching what else stands in it.

use crate::Invalid;
use tag_matrix::{PythonVersion, Target};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value};
use wheel::{PackageName, Requirement, RequirementSource};

const DEPENDENCIES: &str = "python-dependencies";

/// A requirement to be written, with the targets it is limited to (none: all).
#[derive(Debug, Clone)]
pub struct Addition {
    /// The name as the user spelled it.
    pub key: String,
    /// The requirement.
    pub requirement: Requirement,
    /// The path it comes from, relative to the manifest, instead of an index.
    pub path: Option<String>,
    /// The targets it is limited to; empty is all of the project's.
    pub targets: Vec<Target>,
}

/// A manifest for a new project.
pub fn template(
    name: &str,
    requires_python: &str,
    pythons: &[PythonVersion],
    targets: &[Target],
) -> String {
    let mut document = DocumentMut::new();
    let mut package = Table::new();
    package.insert("name", name.into());
    package.insert("version", "0.1.0".into());
    let mut python = Table::new();
    python.insert("requires-python", requires_python.into());
    python.insert("python-versions", array(pythons).into());
    python.insert("targets", array(targets).into());
    document.insert("package", Item::Table(package));
    document.insert("python", Item::Table(python));
    document.insert(DEPENDENCIES, Item::Table(Table::new()));
    document.to_string()
}

fn array<T: ToString>(values: &[T]) -> Value {
    Value::Array(values.iter().map(ToString::to_string).collect::<Array>())
}

/// Adds requirements, each in place of what stood there under its name. One that is limited to
/// targets or by a marker takes the place of the entry with the same limits; where there is none,
/// it goes beside what is there.
///
/// # Errors
/// `[python-dependencies]` is not a table, or the text is not TOML.
pub fn add(file: &str, text: &str, additions: &[Addition]) -> Result<String, Invalid> {
    let (mut document, ends) = parse(file, text)?;
    let table = dependencies(file, &mut document)?;
    for addition in additions {
        let sorted = is_sorted(table);
        let value = value_of(addition);
        match key_of(table, &addition.requirement.name) {
            Some(key) => {
                let beside = table.get(&key).and_then(Item::as_value);
                let value = beside
                    .and_then(|old| beside_others(old, &value))
                    .unwrap_or(value);
                replace(table, &key, value);
            }
            None => {
                table.insert(&addition.key, Item::Value(value));
                if sorted {
                    table.sort_values_by(|a, _, b, _| order(a).cmp(&order(b)));
                }
            }
        }
    }
    Ok(ends.write(&document))
}

/// Removes the entries of `names`.
///
/// # Errors
/// A name that is not there, with the nearest that is.
pub fn remove(file: &str, text: &str, names: &[PackageName]) -> Result<String, Invalid> {
    let (mut document, ends) = parse(file, text)?;
    let table = dependencies(file, &mut document)?;
    for name in names {
        match key_of(table, name) {
            Some(key) => {
                table.remove(&key);
            }
            None => {
                let keys: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
                let error = Invalid {
                    line: line_of(file, text),
                    ..invalid(file, format!("`{name}` is not in [{DEPENDENCIES}]"))
                };
                return Err(
                    match toml_doc::nearest(name.as_str(), keys.iter().map(String::as_str)) {
                        Some(near) => {
                            error.with_hint(format!("the nearest name there is `{near}`"))
                        }
                        None => error,
                    },
                );
            }
        }
    }
    Ok(ends.write(&document))
}

/// Adds targets and Python versions to `[python]` where they are not there yet.
///
/// # Errors
/// The text is not TOML, or `[python]` is not a table.
pub fn extend_python(
    file: &str,
    text: &str,
    targets: &[Target],
    pythons: &[PythonVersion],
    current: &crate::Manifest,
) -> Result<String, Invalid> {
    let (mut document, ends) = parse(file, text)?;
    let is_known = targets
        .iter()
        .all(|target| current.targets.contains(target))
        && pythons
            .iter()
            .all(|python| current.python_versions.contains(python));
    if is_known {
        return Ok(text.to_owned());
    }
    let python = document
        .entry("python")
        .or_insert_with(|| Item::Table(Table::new()));
    let Some(python) = python.as_table_like_mut() else {
        return Err(invalid(file, "`python` is not a table".to_owned()));
    };
    extend(python, "targets", targets, &current.targets);
    extend(python, "python-versions", pythons, &current.python_versions);
    Ok(ends.write(&document))
}

fn extend<T: ToString + PartialEq>(
    table: &mut dyn TableLike,
    key: &str,
    wanted: &[T],
    current: &[T],
) {
    let missing: Vec<&T> = wanted
        .iter()
        .filter(|value| !current.contains(value))
        .collect();
    if missing.is_empty() {
        return;
    }
    let item = table
        .entry(key)
        .or_insert_with(|| Item::Value(array(current)));
    if let Some(list) = item.as_array_mut() {
        for value in missing {
            list.push(value.to_string());
        }
    }
}

/// Writes the bound of a resolved version for an entry that was added without any.
///
/// # Errors
/// The text is not TOML.
pub fn set_version(
    file: &str,
    text: &str,
    name: &PackageName,
    version: &str,
) -> Result<String, Invalid> {
    let (mut document, ends) = parse(file, text)?;
    let table = dependencies(file, &mut document)?;
    if let Some(key) = key_of(table, name)
        && let Some(item) = table.get_mut(&key)
    {
        if let Some(list) = item.as_array_mut() {
            list.iter_mut().for_each(|entry| bound(entry, version));
        } else if let Some(entry) = item.as_table_like_mut() {
            entry.insert("version", version.into());
        } else {
            replace(table, &key, version.into());
        }
    }
    Ok(ends.write(&document))
}

/// Bounds an entry of a list that has no bound yet.
fn bound(entry: &mut Value, version: &str) {
    let free = |value: &Value| value.as_str() == Some("*");
    match entry {
        Value::InlineTable(table) if table.get("version").is_some_and(free) => {
            table.insert("version", version.into());
        }
        one if free(one) => *one = version.into(),
        _ => {}
    }
}

/// How a file ends its lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LineEnds {
    Unix,
    Dos,
}

impl LineEnds {
    fn write(self, document: &DocumentMut) -> String {
        let text = document.to_string();
        match self {
            Self::Unix => text,
            Self::Dos => text.replace('\n', "\r\n"),
        }
    }
}

fn parse(file: &str, text: &str) -> Result<(DocumentMut, LineEnds), Invalid> {
    toml_doc::Document::parse(file, text)?;
    let ends = if text.contains("\r\n") {
        LineEnds::Dos
    } else {
        LineEnds::Unix
    };
    let document = text
        .replace("\r\n", "\n")
        .parse()
        .map_err(|error: toml_edit::TomlError| invalid(file, error.message().to_owned()))?;
    Ok((document, ends))
}

/// The line of `[python-dependencies]`.
fn line_of(file: &str, text: &str) -> usize {
    let document = toml_doc::Document::parse(file, text);
    let line = document.map(|document| document.root().get(DEPENDENCIES).map(|node| node.line()));
    line.ok().flatten().unwrap_or(1)
}

fn invalid(file: &str, message: String) -> Invalid {
    Invalid {
        file: file.to_owned(),
        line: 1,
        key: DEPENDENCIES.to_owned(),
        message,
        hint: None,
    }
}

fn dependencies<'a>(file: &str, document: &'a mut DocumentMut) -> Result<&'a mut Table, Invalid> {
    let item = document
        .entry(DEPENDENCIES)
        .or_insert_with(|| Item::Table(Table::new()));
    if item.is_inline_table() {
        let inline = std::mem::take(item);
        *item = Item::Table(inline.into_table().unwrap_or_default());
        // What stood around the `=`.
        if let Some(mut key) = document.key_mut(DEPENDENCIES) {
            key.fmt();
        }
    }
    let item = document
        .entry(DEPENDENCIES)
        .or_insert_with(|| Item::Table(Table::new()));
    item.as_table_mut()
        .ok_or_else(|| invalid(file, "is not a table".to_owned()))
}

fn key_of(table: &Table, name: &PackageName) -> Option<String> {
    table
        .iter()
        .map(|(key, _)| key)
        .find(|key| key.parse::<PackageName>().is_ok_and(|known| known == *name))
        .map(str::to_owned)
}

fn is_sorted(table: &Table) -> bool {
    table.iter().map(|(key, _)| order(key)).is_sorted()
}

/// What keys are sorted by: people leave the case aside.
fn order(key: &str) -> String {
    key.to_lowercase()
}

/// Puts a value in the place of another, whose comments stay.
fn replace(table: &mut Table, key: &str, mut value: Value) {
    let Some(item) = table.get_mut(key) else {
        return;
    };
    if let Some(old) = item.as_value() {
        *value.decor_mut() = old.decor().clone();
    }
    *item = Item::Value(value);
}

/// A list of what stood there and a new entry, where the new one is limited.
fn beside_others(old: &Value, new: &Value) -> Option<Value> {
    let limits = limits_of(new);
    if limits == Limits::default() {
        return None;
    }
    let mut entries: Vec<Value> = match old {
        Value::Array(list) => list.iter().cloned().collect(),
        one => vec![one.clone()],
    };
    match entries.iter_mut().find(|entry| limits_of(entry) == limits) {
        Some(same) => *same = new.clone(),
        None => entries.push(new.clone()),
    }
    if entries.len() == 1 {
        return None;
    }
    for entry in &mut entries {
        entry.decor_mut().clear();
    }
    Some(Value::Array(entries.into_iter().collect()))
}

/// What limits an entry: its targets, sorted, and its marker.
type Limits = (Vec<String>, Option<String>);

fn limits_of(entry: &Value) -> Limits {
    let Some(table) = entry.as_inline_table() else {
        return Limits::default();
    };
    let targets = table.get("targets").and_then(Value::as_array);
    let targets = targets.into_iter().flatten().filter_map(Value::as_str);
    let mut targets: Vec<String> = targets.map(str::to_owned).collect();
    targets.sort();
    let marker = table.get("markers").and_then(Value::as_str);
    (targets, marker.map(str::to_owned))
}

fn value_of(addition: &Addition) -> Value {
    let requirement = &addition.requirement;
    let mut entry = InlineTable::new();
    match (&addition.path, &requirement.source) {
        (Some(path), _) => entry.insert("path", path.as_str().into()),
        (None, RequirementSource::Url(url)) => {
            let (url, sha256) = split_hash(url);
            entry.insert("url", url.into());
            sha256.and_then(|sha256| entry.insert("sha256", sha256.into()))
        }
        (None, RequirementSource::Specifiers(specifiers)) => {
            let version = if specifiers.is_empty() {
                "*".to_owned()
            } else {
                specifiers.to_string()
            };
            entry.insert("version", version.into())
        }
    };
    if !requirement.extras.is_empty() {
        entry.insert("extras", array(&requirement.extras));
    }
    if let Some(marker) = &requirement.marker {
        entry.insert("markers", marker.to_string().into());
    }
    if !addition.targets.is_empty() {
        entry.insert("targets", array(&addition.targets));
    }
    match (entry.len(), entry.get("version")) {
        (1, Some(version)) => version.clone(),
        _ => Value::InlineTable(entry),
    }
}

fn split_hash(url: &str) -> (&str, Option<&str>) {
    match url.split_once("#sha256=") {
        Some((url, digest)) => (url, Some(digest)),
        None => (url, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addition(text: &str) -> Addition {
        let requirement: Requirement = text.parse().unwrap();
        Addition {
            key: requirement.name.to_string(),
            requirement,
            path: None,
            targets: Vec::new(),
        }
    }

    #[test]
    fn comments_and_order_stay() {
        let text = "# head\n[python-dependencies]\nzlib = \"*\"  # why\n\n# note\nattrs = \">=1\"\n\n[other]\nx = 1 # y\n";
        let added = add("m", text, &[addition("requests>=2"), addition("zlib==3")]).unwrap();
        assert_eq!(
            added,
            "# head\n[python-dependencies]\nzlib = \"==3\"  # why\n\n# note\nattrs = \">=1\"\nrequests = \">=2\"\n\n[other]\nx = 1 # y\n"
        );
        let removed = remove("m", &added, &["requests".parse().unwrap()]).unwrap();
        assert!(removed.contains("# why") && !removed.contains("requests"));
    }

    #[test]
    fn sorted_tables_stay_sorted_and_names_are_found_normalised() {
        let text = "[python-dependencies]\na = \"*\"\nMy_Pkg = \"*\"\nz = \"*\"\n";
        let added = add(
            "m",
            text,
            &[
                addition("b[x]>=1; python_version < '3.9'"),
                addition("my-pkg>=2"),
            ],
        )
        .unwrap();
        assert_eq!(
            added,
            "[python-dependencies]\na = \"*\"\nb = { version = \">=1\", extras = [\"x\"], markers = 'python_version < \"3.9\"' }\nMy_Pkg = \">=2\"\nz = \"*\"\n"
        );
        let below = format!("\n\n{text}");
        let error = remove("m", &below, &["my-pgk".parse().unwrap()]).unwrap_err();
        assert_eq!(error.line, 3);
        assert!(error.hint.unwrap().contains("My_Pkg"));
    }

    #[test]
    fn limited_requirements_stand_beside_others() {
        let limited = |text: &str, target: &str| Addition {
            targets: vec![target.parse().unwrap()],
            ..addition(text)
        };
        let text = "[python-dependencies]\na = \">=1\" # all\n";
        let text = add("m", text, &[limited("a==1.5", "windows-x64")]).unwrap();
        assert_eq!(
            text,
            "[python-dependencies]\na = [\">=1\", { version = \"==1.5\", targets = [\"windows-x64\"] }] # all\n"
        );
        let text = add("m", &text, &[limited("a==1.6", "windows-x64")]).unwrap();
        assert!(text.contains("==1.6") && !text.contains("==1.5"), "{text}");
        let text = add("m", &text, &[limited("a", "linux-x64")]).unwrap();
        let text = set_version("m", &text, &"a".parse().unwrap(), ">=3").unwrap();
        assert!(
            text.contains("[\">=1\", { version = \"==1.6\"") && text.contains("\">=3\""),
            "{text}"
        );
        let text = add("m", &text, &[addition("a>=9")]).unwrap();
        assert_eq!(text, "[python-dependencies]\na = \">=9\" # all\n");
    }

    #[test]
    fn a_bound_is_written_into_strings_and_tables() {
        let text =
            "[python-dependencies]\na = \"*\" # c\nb = { version = \"*\", extras = [\"x\"] }\n";
        let text = set_version("m", text, &"a".parse().unwrap(), ">=1").unwrap();
        let text = set_version("m", &text, &"b".parse().unwrap(), ">=2").unwrap();
        assert_eq!(
            text,
            "[python-dependencies]\na = \">=1\" # c\nb = { version = \">=2\", extras = [\"x\"] }\n"
        );
    }
}
