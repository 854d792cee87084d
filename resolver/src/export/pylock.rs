//! `pylock.toml` (PEP 751).

use super::{Entry, Export, ExportError, markers};
use crate::lock::{LockedSource, LockedWheel};
use std::collections::BTreeSet;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value};
use wheel::provenance::Publisher;

/// The lock as `pylock.toml`.
///
/// # Errors
/// The environments cannot be told apart by markers, or a package has no wheel.
pub fn pylock(export: &Export<'_>) -> Result<String, ExportError> {
    let mut document = DocumentMut::new();
    document.insert("lock-version", "1.0".into());
    let mut environments: Vec<String> = export.environments.iter().map(markers::of).collect();
    environments.sort();
    environments.dedup();
    document.insert(
        "environments",
        multiline(environments.into_iter().map(Value::from)),
    );
    if !export.lock.requires_python.is_empty() {
        document.insert(
            "requires-python",
            export.lock.requires_python.as_str().into(),
        );
    }
    document.insert("created-by", "mochi".into());
    let mut packages = ArrayOfTables::new();
    for entry in export.entries()? {
        packages.push(package(export, &entry));
    }
    let packages = match packages.is_empty() {
        true => Item::Value(Value::Array(Array::new())),
        false => Item::ArrayOfTables(packages),
    };
    document.insert("packages", packages);
    Ok(document.to_string())
}

fn package(export: &Export<'_>, entry: &Entry<'_>) -> Table {
    let package = entry.package;
    let mut table = Table::new();
    table.insert("name", package.name.as_str().into());
    table.insert("version", package.version.to_string().into());
    if let Some(marker) = export.marker(&entry.environments) {
        table.insert("marker", marker.into());
    }
    if let Some(requires) = &package.requires_python {
        table.insert("requires-python", requires.as_str().into());
    }
    match &package.source {
        LockedSource::IndexName(name) => {
            if let Some(url) = (export.index_url)(name) {
                table.insert("index", url.into());
            }
        }
        LockedSource::IndexUrl(url) if url.contains("://") => {
            table.insert("index", url.as_str().into());
        }
        LockedSource::Path(_) | LockedSource::Url(_) => {
            if let [wheel] = entry.wheels[..] {
                table.insert(
                    "archive",
                    Item::Value(Value::InlineTable(file(wheel, false))),
                );
                return table;
            }
        }
        LockedSource::IndexUrl(_) | LockedSource::Pyodide(_) => {}
    }
    let wheels = entry
        .wheels
        .iter()
        .map(|wheel| Value::InlineTable(file(wheel, true)));
    table.insert("wheels", multiline(wheels));
    let published = entry.wheels.iter().flat_map(|wheel| &wheel.publishers);
    let published: BTreeSet<&Publisher> = published.collect();
    if !published.is_empty() {
        let identities: ArrayOfTables = published.into_iter().map(identity).collect();
        table.insert("attestation-identities", Item::ArrayOfTables(identities));
    }
    table
}

/// A publisher with its keys flat.
fn identity(publisher: &Publisher) -> Table {
    let mut table = Table::new();
    table.insert("kind", publisher.kind().into());
    for (key, value) in publisher.keys() {
        table.insert(key, value.into());
    }
    table
}

fn file(wheel: &LockedWheel, named: bool) -> InlineTable {
    let mut table = InlineTable::new();
    if named {
        table.insert("name", wheel.filename.as_str().into());
    }
    let key = if wheel.url.contains("://") {
        "url"
    } else {
        "path"
    };
    table.insert(key, wheel.url.as_str().into());
    if let Some(size) = wheel.size.and_then(|size| i64::try_from(size).ok()) {
        table.insert("size", size.into());
    }
    let mut hashes = InlineTable::new();
    hashes.insert("sha256", wheel.sha256.as_str().into());
    table.insert("hashes", Value::InlineTable(hashes));
    table
}

/// An array with one element a line.
fn multiline(values: impl Iterator<Item = Value>) -> Item {
    let mut array = Array::new();
    for mut value in values {
        value.decor_mut().set_prefix("\n    ");
        array.push_formatted(value);
    }
    if !array.is_empty() {
        array.set_trailing("\n");
        array.set_trailing_comma(true);
    }
    Item::Value(Value::Array(array))
}
