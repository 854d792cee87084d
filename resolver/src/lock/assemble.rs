//! From the solutions of all environments to one lock.

use super::{Lock, LockedEnvironment, LockedPackage, LockedSkip, LockedSource, LockedWheel};
use crate::export::any;
use crate::resolution::{Resolution, Resolved};
use crate::skip::Skip;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tag_matrix::{Environment, FloorKind, Floors};
use wheel::provenance::Publisher;
use wheel::{Marker, PackageName, Requirement, Version};

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
    /// The verified publishers of wheels, by URL.
    pub publishers: &'a HashMap<String, Vec<Publisher>>,
}

/// A package version while its environments are collected.
struct Draft<'a> {
    package: LockedPackage,
    /// Each environment that takes it, by position, with what was chosen there.
    takers: Vec<(usize, &'a Resolved)>,
}

/// Makes the lock: sorted, every package version once.
pub fn assemble(assembly: &Assembly<'_>) -> Lock {
    let mut environments: Vec<LockedEnvironment> =
        assembly.environments.iter().map(environment).collect();
    environments.sort_by(|a, b| a.name.cmp(&b.name));
    let mut drafts: BTreeMap<(PackageName, Version, LockedSource), Draft<'_>> = BTreeMap::new();
    let mut skips = Vec::new();
    for (position, resolution) in assembly.resolutions.iter().enumerate() {
        let name_of = assembly.environments[position].name();
        for (name, resolved) in &resolution.packages {
            let key = (name.clone(), resolved.version.clone(), source(resolved));
            let draft = drafts
                .entry(key)
                .or_insert_with_key(|key| draft(key, resolved));
            draft.takers.push((position, resolved));
            draft.package.environments.push(name_of.to_owned());
            add_wheel(&mut draft.package.wheels, resolved, name_of, assembly);
        }
        skips.extend(
            resolution
                .skips
                .iter()
                .map(|skip| locked_skip(skip, assembly.project)),
        );
    }
    skips.sort_by(|a, b| (&a.name, &a.environment).cmp(&(&b.name, &b.environment)));
    Lock {
        requires_python: assembly.requires_python.to_owned(),
        manifest_sha256: assembly.manifest_sha256.to_owned(),
        environments,
        packages: drafts
            .into_values()
            .map(|draft| finish(draft, assembly.environments))
            .collect(),
        skips,
    }
}

fn draft<'a>(key: &(PackageName, Version, LockedSource), resolved: &Resolved) -> Draft<'a> {
    let (name, version, source) = key.clone();
    let requires_python = resolved.metadata.requires_python.as_ref();
    Draft {
        package: LockedPackage {
            name,
            version,
            source,
            environments: Vec::new(),
            requires_python: requires_python.map(ToString::to_string),
            dependencies: Vec::new(),
            wheels: Vec::new(),
        },
        takers: Vec::new(),
    }
}

/// Requirements that only some of a version's wheels have are limited to their environments: one
/// entry speaks for all wheels of a version, and they may differ in their metadata.
fn finish(draft: Draft<'_>, environments: &[Environment]) -> LockedPackage {
    let Draft {
        mut package,
        takers,
    } = draft;
    // One entry speaks for all wheels: what only some of them say of Python is not said.
    let requires = |resolved: &Resolved| resolved.metadata.requires_python.clone();
    if takers
        .windows(2)
        .any(|two| requires(two[0].1) != requires(two[1].1))
    {
        package.requires_python = None;
    }
    let active: BTreeSet<&String> = takers
        .iter()
        .flat_map(|(_, resolved)| &resolved.dependencies)
        .collect();
    let listed: Vec<(usize, BTreeSet<String>)> = takers
        .iter()
        .map(|(position, resolved)| {
            let all = resolved
                .metadata
                .requires_dist
                .iter()
                .map(ToString::to_string);
            (*position, all.collect())
        })
        .collect();
    let all: Vec<Environment> = takers
        .iter()
        .map(|(position, _)| environments[*position].clone())
        .collect();
    for text in active {
        let having: Vec<usize> = (0..listed.len())
            .filter(|at| listed[*at].1.contains(text))
            .collect();
        package
            .dependencies
            .push(match having.len() == listed.len() {
                true => text.clone(),
                false => limited(text, &any(&all, &having)),
            });
    }
    package.environments.sort();
    package.dependencies.sort();
    package.dependencies.dedup();
    package.wheels.sort_by(|a, b| a.filename.cmp(&b.filename));
    for wheel in &mut package.wheels {
        wheel.environments.sort();
    }
    package
}

/// A requirement with a further marker.
fn limited(text: &str, marker: &str) -> String {
    let (Ok(mut requirement), Ok(limit)) = (text.parse::<Requirement>(), marker.parse::<Marker>())
    else {
        return text.to_owned();
    };
    requirement.marker = Some(match requirement.marker {
        Some(own) => own.and(&limit),
        None => limit,
    });
    requirement.to_string()
}

fn locked_skip(skip: &Skip, project: &str) -> LockedSkip {
    let by = skip.required_by.iter();
    let names = by.map(|by| by.as_ref().map_or(project, PackageName::as_str).to_owned());
    LockedSkip {
        name: skip.name.clone(),
        requirement: skip.requirement.clone(),
        environment: skip.environment.clone(),
        reason: skip.reason.name().to_owned(),
        detail: skip.reason.to_string(),
        required_by: names.collect::<BTreeSet<String>>().into_iter().collect(),
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
        (Some(key), _) if key.contains("://") => {
            LockedSource::Url(key.split('#').next().unwrap_or(key).to_owned())
        }
        (Some(key), _) => LockedSource::Path(key.clone()),
        (None, Some(index)) => index.clone(),
        (None, None) => LockedSource::IndexName(String::new()),
    }
}

fn add_wheel(
    wheels: &mut Vec<LockedWheel>,
    resolved: &Resolved,
    environment: &str,
    assembly: &Assembly<'_>,
) {
    let Some(file) = &resolved.wheel else { return };
    if let Some(known) = wheels
        .iter_mut()
        .find(|wheel| *wheel.filename == *file.filename)
    {
        known.environments.push(environment.to_owned());
        return;
    }
    let digest = assembly.digests.get(&file.url);
    let publishers = assembly.publishers.get(&file.url);
    let sha256 = file.sha256.clone().or_else(|| Some(digest?.0.clone()));
    wheels.push(LockedWheel {
        filename: file.filename.to_string(),
        url: file.url.clone(),
        sha256: sha256.unwrap_or_default(),
        size: file.size.or_else(|| digest?.1),
        environments: vec![environment.to_owned()],
        publishers: publishers.cloned().unwrap_or_default(),
    });
}
