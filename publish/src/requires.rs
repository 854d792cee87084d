//! `Requires-Dist`: the project's dependencies, their targets turned into markers.

use crate::Destination;
use manifest::publish::Place;
use manifest::{Dependency, Source};
use std::collections::BTreeSet;
use tag_matrix::{Environment, Floors, Target, TargetKind};
use toml_doc::Invalid;
use wheel::{Marker, Requirement, RequirementSource, Specifiers};

/// The requirements, sorted as text, each once.
pub(crate) fn requires(
    file: &str,
    dependencies: &[Dependency],
    destination: &Destination,
    problems: &mut Vec<Invalid>,
    warnings: &mut Vec<String>,
) -> Vec<Requirement> {
    let mut requires: Vec<Requirement> = Vec::new();
    for dependency in dependencies {
        let place = Place {
            file: file.to_owned(),
            line: dependency.line,
            key: format!("python-dependencies.{}", dependency.name),
        };
        if let Some(refused) = refused(&place, dependency, destination) {
            problems.push(refused);
            continue;
        }
        if let Source::Index(Some(index)) = &dependency.source
            && destination.warehouse
        {
            warnings.push(format!(
                "`{}` comes from the index \"{index}\" here; who installs this package gets it from \
                 the index they use",
                dependency.name
            ));
        }
        match one(dependency, warnings) {
            Ok(one) => requires.extend(one),
            Err(message) => problems.push(place.error(message)),
        }
    }
    requires.sort_by_cached_key(ToString::to_string);
    requires.dedup();
    requires
}

fn refused(place: &Place, dependency: &Dependency, destination: &Destination) -> Option<Invalid> {
    let what = match &dependency.source {
        Source::Path(_) => "a path of this machine",
        Source::Url { .. } if destination.warehouse => "a URL",
        _ => return None,
    };
    let whom = if destination.warehouse {
        format!("{} takes no", destination.name)
    } else {
        "nobody can install a".to_owned()
    };
    let message = format!("{whom} package that requires {what}");
    let hint = "publish that package too, and require its version";
    Some(place.error(message).with_hint(hint))
}

/// `None` where it is only for places without Python.
fn one(dependency: &Dependency, warnings: &mut Vec<String>) -> Result<Option<Requirement>, String> {
    let marker = match &dependency.targets {
        None => dependency.marker.clone(),
        Some(targets) => {
            let Some(places) = places(dependency, targets, warnings) else {
                return Ok(None);
            };
            let places: Marker = places.parse().map_err(|error| format!("{error}"))?;
            // The text of both is what is read, so that it is as deep as it will be for others.
            Some(match &dependency.marker {
                Some(marker) => marker.and(&places),
                None => places,
            })
        }
    };
    let source = match &dependency.source {
        Source::Url { url, sha256 } => RequirementSource::Url(match sha256 {
            Some(digest) => format!("{url}#sha256={digest}"),
            None => url.clone(),
        }),
        Source::Index(_) | Source::Path(_) => {
            RequirementSource::Specifiers(sorted(&dependency.specifiers))
        }
    };
    Ok(Some(Requirement {
        name: dependency.name.clone(),
        extras: dependency.extras.clone(),
        source,
        marker,
    }))
}

/// Clauses in the order in which `packaging` prints them.
pub(crate) fn sorted(specifiers: &Specifiers) -> Specifiers {
    let mut clauses: Vec<_> = specifiers.iter().cloned().collect();
    clauses.sort_by_cached_key(ToString::to_string);
    clauses.into_iter().collect()
}

/// The marker of some targets; `None` where none of them has a Python.
fn places(
    dependency: &Dependency,
    targets: &[Target],
    warnings: &mut Vec<String>,
) -> Option<String> {
    let mut places = BTreeSet::new();
    for target in targets {
        let python = target.pythons().into_iter().max();
        let environment =
            python.and_then(|python| Environment::new(*target, python, &Floors::default()).ok());
        // `embedded` has none.
        let Some(environment) = environment else {
            continue;
        };
        let markers = environment.markers();
        places.insert(match target.kind() {
            TargetKind::Emscripten | TargetKind::Wasi => {
                format!("sys_platform == '{}'", markers.sys_platform)
            }
            _ => format!(
                "sys_platform == '{}' and platform_machine == '{}'",
                markers.sys_platform, markers.platform_machine
            ),
        });
    }
    let twin = |target: &Target| {
        let name = target.name();
        let twin = match name.strip_prefix("linux-musl-") {
            Some(machine) => format!("linux-{machine}"),
            None => name.replace("linux-", "linux-musl-"),
        };
        name.starts_with("linux-") && !targets.iter().any(|other| other.name() == twin)
    };
    if targets
        .iter()
        .any(|target| target.name().starts_with("linux-musl-") && twin(target))
    {
        warnings.push(format!(
            "`{}` is for musl only here; no marker tells musl from glibc, so that it is required on \
             both",
            dependency.name
        ));
    }
    let places: Vec<String> = places.into_iter().collect();
    (!places.is_empty()).then(|| places.join(" or "))
}
