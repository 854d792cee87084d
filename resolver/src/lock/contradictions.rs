//! What no single value of a lock is to blame for: names of nothing, and things that stand twice.

use super::parse::elements;
use super::{Lock, LockedPackage, LockedSource};
use std::collections::BTreeSet;
use toml_doc::{Invalid, Node, Table};
use wheel::WheelFilename;

/// Checks that every environment that is mentioned is there, that nothing stands twice, and that
/// wheels are of the package they stand with; `root` is the document that `lock` was read from.
///
/// # Errors
/// The first contradiction, at the table that has it.
pub(super) fn check(lock: &Lock, root: &Table) -> Result<(), Invalid> {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let nodes = elements(root, "python-environment")?;
    for (environment, node) in lock.environments.iter().zip(nodes) {
        if !known.insert(&environment.name) {
            return Err(node.error(format!("environment {} stands twice", environment.name)));
        }
    }
    let mut taken = BTreeSet::new();
    let nodes = elements(root, "python-package")?;
    for (package, node) in lock.packages.iter().zip(nodes) {
        check_package(package, &node, &known)?;
        for name in &package.environments {
            if !taken.insert((name.as_str(), &package.name)) {
                return Err(node.error(format!("{} stands twice for {name}", package.name)));
            }
        }
    }
    let nodes = elements(root, "python-skip")?;
    for (skip, node) in lock.skips.iter().zip(nodes) {
        if !known.contains(skip.environment.as_str()) {
            return Err(unknown(&node, skip.name.as_str(), &skip.environment));
        }
    }
    Ok(())
}

fn check_package(
    package: &LockedPackage,
    node: &Node,
    known: &BTreeSet<&str>,
) -> Result<(), Invalid> {
    let what = format!("{} {}", package.name, package.version);
    let wheels = package.wheels.iter().flat_map(|wheel| &wheel.environments);
    for name in package.environments.iter().chain(wheels) {
        if !known.contains(name.as_str()) {
            return Err(unknown(node, &what, name));
        }
    }
    let mut taken = BTreeSet::new();
    for wheel in &package.wheels {
        let is_of = match wheel.filename.parse::<WheelFilename>() {
            Ok(filename) => filename.name == package.name && filename.version == package.version,
            Err(_) => matches!(package.source, LockedSource::Pyodide(_)),
        };
        if !is_of {
            return Err(node.error(format!("{} is not a wheel of {what}", wheel.filename)));
        }
        for name in &wheel.environments {
            if !package.environments.contains(name) {
                let wheel = &wheel.filename;
                return Err(node.error(format!("{wheel} is for {name}, but {what} is not")));
            }
            if !taken.insert(name) {
                return Err(node.error(format!("{what} has two wheels for {name}")));
            }
        }
    }
    Ok(())
}

fn unknown(node: &Node, what: &str, environment: &str) -> Invalid {
    node.error(format!(
        "{what} is for \"{environment}\", which is not an environment of the lock"
    ))
}
