//! From the solutions of all environments to one lock.

use super::{Lock, LockedEnvironment, LockedPackage, LockedSkip, LockedSource, LockedWheel};
use crate::resolution::{Resolution, Resolved};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tag_matrix::{Environment, FloorKind, Floors};
use wheel::{PackageName, Version};

/// What a lock is made of.
#[derive(Debug, Clone, Copy)]
pub struct Assembly<'a> {
    /// The name by which skips call the project.
    pub project: &'a str,
    /// `requires-python` of the manifest.
    pub requires_python: &'a str,
    /// The manifest's fingerprint.
    pub manifest_sha256: &'a str,
    /// The environments.
    pub environments: &'a [Environment],
    /// Their solutions, in the same order.
    pub resolutions: &'a [Resolution],
    /// SHA-256 and size of wheels, by URL, where their index gives no SHA-256 or size.
    pub digests: &'a HashMap<String, (String, Option<u64>)>,
}

/// Makes the lock: sorted, every package version once.
pub fn assemble(assembly: &Assembly<'_>) -> Lock {
    let mut environments: Vec<LockedEnvironment> =
        assembly.environments.iter().map(environment).collect();
    environments.sort_by(|a, b| a.name.cmp(&b.name));
    let mut packages: BTreeMap<(PackageName, Version, LockedSource), LockedPackage> =
        BTreeMap::new();
    let mut skips = Vec::new();
    for (environment, resolution) in assembly.environments.iter().zip(assembly.resolutions) {
        for (name, resolved) in &resolution.packages {
            let source = source(resolved);
            let key = (name.clone(), resolved.version.clone(), source.clone());
            let package = packages.entry(key).or_insert_with(|| LockedPackage {
                name: name.clone(),
                version: resolved.version.clone(),
                source,
                environments: Vec::new(),
                requires_python: resolved
                    .metadata
                    .requires_python
                    .as_ref()
                    .map(ToString::to_string),
                dependencies: Vec::new(),
                wheels: Vec::new(),
            });
            package.environments.push(environment.name().to_owned());
            package
                .dependencies
                .extend(resolved.dependencies.iter().cloned());
            add_wheel(
                &mut package.wheels,
                resolved,
                environment.name(),
                assembly.digests,
            );
        }
        skips.extend(resolution.skips.iter().map(|skip| {
            LockedSkip {
                name: skip.name.clone(),
                requirement: skip.requirement.clone(),
                environment: skip.environment.clone(),
                reason: skip.reason.name().to_owned(),
                detail: skip.reason.to_string(),
                required_by: skip
                    .required_by
                    .iter()
                    .map(|by| {
                        by.as_ref()
                            .map_or(assembly.project, PackageName::as_str)
                            .to_owned()
                    })
                    .collect::<BTreeSet<String>>()
                    .into_iter()
                    .collect(),
            }
        }));
    }
    skips.sort_by(|a, b| (&a.name, &a.environment).cmp(&(&b.name, &b.environment)));
    let mut packages: Vec<LockedPackage> = packages.into_values().collect();
    packages.iter_mut().for_each(sort_lists);
    Lock {
        requires_python: assembly.requires_python.to_owned(),
        manifest_sha256: assembly.manifest_sha256.to_owned(),
        environments,
        packages,
        skips,
    }
}

fn environment(environment: &Environment) -> LockedEnvironment {
    let floors = environment.floors();
    let kinds = [
        ("glibc", FloorKind::Glibc),
        ("macos", FloorKind::Macos),
        ("musl", FloorKind::Musl),
    ];
    let native = kinds
        .into_iter()
        .filter_map(|(key, kind)| Some((key.to_owned(), Floors::show_version(floors.get(kind)?))));
    let pyodide = floors
        .pyodide
        .iter()
        .map(|release| ("pyodide".to_owned(), release.clone()));
    LockedEnvironment {
        name: environment.name().to_owned(),
        target: environment.target().name().to_owned(),
        python: environment.python().to_string(),
        floors: native.chain(pyodide).collect(),
    }
}

fn source(resolved: &Resolved) -> LockedSource {
    match (&resolved.direct, &resolved.index) {
        (Some(key), _) if key.contains("://") => LockedSource::Url(key.clone()),
        (Some(key), _) => LockedSource::Path(key.clone()),
        (None, Some(index)) => index.clone(),
        (None, None) => LockedSource::IndexName(String::new()),
    }
}

fn add_wheel(
    wheels: &mut Vec<LockedWheel>,
    resolved: &Resolved,
    environment: &str,
    digests: &HashMap<String, (String, Option<u64>)>,
) {
    let Some(file) = &resolved.wheel else { return };
    if let Some(known) = wheels
        .iter_mut()
        .find(|wheel| *wheel.filename == *file.filename)
    {
        known.environments.push(environment.to_owned());
        return;
    }
    let digest = digests.get(&file.url);
    let sha256 = file.sha256.clone().or_else(|| Some(digest?.0.clone()));
    wheels.push(LockedWheel {
        filename: file.filename.to_string(),
        url: file.url.clone(),
        sha256: sha256.unwrap_or_default(),
        size: file.size.or_else(|| digest?.1),
        environments: vec![environment.to_owned()],
    });
}

fn sort_lists(package: &mut LockedPackage) {
    package.environments.sort();
    package.dependencies.sort();
    package.dependencies.dedup();
    package.wheels.sort_by(|a, b| a.filename.cmp(&b.filename));
    for wheel in &mut package.wheels {
        wheel.environments.sort();
    }
}
