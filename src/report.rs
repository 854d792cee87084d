//! How a resolution is told to its user: conflicts, skips, and answers of little use.

use crate::ctx::Ctx;
use crate::error::Failure;
use crate::io::index::{Failure as Unsolved, Gathered};
use crate::locking::{Project, prereleases};
use crate::ui::count;
use resolver::advice::{Advice, advise};
use resolver::{Lock, MetadataFact, Scope, Skip, held_back};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tag_matrix::{Environment, FloorKind, Floors};
use wheel::provenance::Publisher;
use wheel::{PackageName, WheelFilename};

/// How many facts of a derivation are shown.
const SHOWN_FACTS: usize = 30;

/// Environments without a solution, those with the same reason together.
///
/// # Errors
/// There are any.
pub fn failures(project: &Project, scopes: &[Scope], gathered: &Gathered) -> Result<(), Failure> {
    if gathered.failures.is_empty() {
        return Ok(());
    }
    let aligned = gathered.failures.len() == 1 && is_aligned(project);
    let groups = by_reason(project, scopes, gathered);
    let mut unknown: BTreeSet<&PackageName> = BTreeSet::new();
    for (_, failure) in &gathered.failures {
        if let Unsolved::Unsolvable(explanation) = failure {
            unknown.extend(&explanation.unknown);
        }
    }
    let mut failure = Failure::unmet(match aligned {
        true => "no version of every package suits all environments at once".to_owned(),
        false => "the requirements cannot all be met".to_owned(),
    });
    let mut data = Vec::new();
    for (facts, environments) in groups {
        let shown = if aligned {
            vec!["all environments".to_owned()]
        } else {
            environments.clone()
        };
        failure.details.push(format!("in {}:", shown.join(", ")));
        failure.details.extend(
            facts
                .iter()
                .take(SHOWN_FACTS)
                .map(|fact| format!("- {fact}")),
        );
        if facts.len() > SHOWN_FACTS {
            failure
                .details
                .push(format!("- … and {} more", facts.len() - SHOWN_FACTS));
        }
        data.push(json!({ "environments": environments, "facts": facts }));
    }
    failure.data = json!({ "conflicts": data, "unknown": unknown });
    for name in &unknown {
        failure.hints.push(format!(
            "`{name}`: check the spelling, or name the index that has it in `[python] indexes`"
        ));
    }
    if unknown.is_empty() {
        failure
            .hints
            .push("loosen one of these requirements, or limit it to some targets".to_owned());
    }
    Err(failure)
}

/// The reasons in the order in which they were met, each with the environments that have it.
fn by_reason(
    project: &Project,
    scopes: &[Scope],
    gathered: &Gathered,
) -> Vec<(Vec<String>, Vec<String>)> {
    let mut groups: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for (position, failure) in &gathered.failures {
        let facts: Vec<String> = match failure {
            Unsolved::Unsolvable(explanation) => {
                let facts = explanation.facts.iter();
                facts
                    .map(|fact| fact.replace("the project", project.name()))
                    .collect()
            }
            Unsolved::TooHard => vec![
                "the search was given up: no answer within a reasonable number of steps".to_owned(),
            ],
        };
        let environment = scopes[*position].environment.name().to_owned();
        match groups.iter_mut().find(|(known, _)| *known == facts) {
            Some((_, environments)) => environments.push(environment),
            None => groups.push((facts, vec![environment])),
        }
    }
    groups
}

fn is_aligned(project: &Project) -> bool {
    project.manifest.version_policy == manifest::VersionPolicy::Aligned
}

/// Skips, which fail the lock unless they are allowed.
///
/// # Errors
/// There are any, and they are not allowed.
pub fn skips(project: &Project, gathered: &Gathered, allowed: bool) -> Result<(), Failure> {
    let skips: Vec<_> = gathered
        .resolutions
        .iter()
        .flat_map(|resolution| &resolution.skips)
        .collect();
    if skips.is_empty() || allowed {
        return Ok(());
    }
    let mut failure = Failure::unmet(format!(
        "{} in some environment that nothing fits",
        count(skips.len(), "requirement")
    ));
    let mut data: Vec<Value> = Vec::new();
    for skip in &skips {
        let by: Vec<&str> = skip
            .required_by
            .iter()
            .map(|by| by.as_ref().map_or(project.name(), PackageName::as_str))
            .collect();
        failure.details.push(format!(
            "{} in {}: {}: {}\n  required by {}",
            skip.requirement,
            skip.environment,
            skip.reason.name(),
            skip.reason,
            by.join(", ")
        ));
        data.push(json!({
            "name": skip.name,
            "requirement": skip.requirement,
            "environment": skip.environment,
            "reason": skip.reason.name(),
            "detail": skip.reason.to_string(),
            "data": skip.reason,
            "required-by": by,
        }));
    }
    failure.data = json!({ "skips": data });
    for hint in skips
        .iter()
        .filter_map(|skip| floor_hint(project, skip))
        .collect::<BTreeSet<_>>()
    {
        failure.hints.push(hint);
    }
    Err(failure.hint(
        "narrow the requirement's `targets` (or the project's), change its version, or run with --allow-skips to record the skips in the lock",
    ))
}

/// Where a higher floor would let the nearest wheel in, how to set it.
fn floor_hint(project: &Project, skip: &Skip) -> Option<String> {
    let mut environments = project.environments.iter();
    let environment = environments.find(|environment| environment.name() == skip.environment)?;
    let nearest: WheelFilename = skip.reason.nearest()?.filename.parse().ok()?;
    let (key, kind) = [
        ("glibc", FloorKind::Glibc),
        ("musl", FloorKind::Musl),
        ("macos", FloorKind::Macos),
    ]
    .into_iter()
    .find(|(_, kind)| environment.floors().get(*kind).is_some())?;
    let needed = nearest.tags.platforms().filter_map(platform_version);
    let raised = needed.filter_map(|version| {
        let mut floors = environment.floors().clone();
        match kind {
            FloorKind::Glibc => floors.glibc = Some(version),
            FloorKind::Musl => floors.musl = Some(version),
            FloorKind::Macos => floors.macos = Some(version),
        }
        let raised = Environment::new(environment.target(), environment.python(), &floors).ok()?;
        raised.rank(&nearest.tags).map(|_| version)
    });
    let version = Floors::show_version(raised.min()?);
    let target = environment.target();
    Some(format!(
        "{} runs there from {kind} {version} on: set `{key} = \"{version}\"` in `[python.target.{target}]` if all machines have it",
        nearest.name
    ))
}

/// The version in a platform tag such as `macosx_12_0_arm64`.
fn platform_version(platform: &str) -> Option<(u32, u32)> {
    let mut parts = platform.split('_').skip(1);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Warnings about answers of little use. Notes, on versions that were passed over and on who holds
/// back aligned ones, are printed.
pub fn advice(ctx: &Ctx, project: &Project, scopes: &[Scope], gathered: &Gathered) -> Vec<String> {
    let prereleases = prereleases(&project.manifest);
    if is_aligned(project) {
        let (resolutions, facts) = (&gathered.resolutions, &gathered.facts);
        for held in held_back(scopes, resolutions, facts, prereleases) {
            ctx.ui.note(&held.to_string());
        }
    }
    let mut messages: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let advice: Vec<Advice> = scopes
        .iter()
        .zip(&gathered.resolutions)
        .flat_map(|(scope, resolution)| advise(scope, resolution, &gathered.facts, prereleases))
        .collect();
    for one in &advice {
        let message = one
            .message()
            .replace(&format!(" for {}", one.environment()), " for it");
        messages.entry(message).or_default().push(one.environment());
    }
    for note in passed_over(gathered) {
        ctx.ui.note(&note);
    }
    let text = |(message, environments): (String, Vec<&str>)| {
        format!("{message} (in {})", environments.join(", "))
    };
    messages.into_iter().map(text).collect()
}

/// Newer versions of chosen packages whose metadata is invalid.
fn passed_over(gathered: &Gathered) -> BTreeSet<String> {
    let mut notes = BTreeSet::new();
    for (key, project) in &gathered.facts.projects {
        let Some(project) = project else { continue };
        let chosen = gathered
            .resolutions
            .iter()
            .filter_map(|resolution| resolution.packages.get(&key.name));
        let Some(oldest) = chosen.map(|package| &package.version).min() else {
            continue;
        };
        for (position, release) in project.releases().iter().enumerate() {
            if release.version <= *oldest {
                continue;
            }
            for wheel in project.wheels(position) {
                if let Some(MetadataFact::Invalid(why)) =
                    gathered.facts.metadata.get(&wheel.metadata_key())
                {
                    notes.insert(format!(
                        "{} {} was passed over: {} {why}",
                        key.name, release.version, wheel.filename
                    ));
                }
            }
        }
    }
    notes
}

/// What changed from one lock to the next, package by package.
pub fn changes(old: Option<&Lock>, new: &Lock) -> Vec<String> {
    let versions = |lock: &Lock| {
        let mut versions: BTreeMap<PackageName, BTreeSet<String>> = BTreeMap::new();
        for package in &lock.packages {
            versions
                .entry(package.name.clone())
                .or_default()
                .insert(package.version.to_string());
        }
        versions
    };
    let before = old.map(versions).unwrap_or_default();
    let after = versions(new);
    let names: BTreeSet<&PackageName> = before.keys().chain(after.keys()).collect();
    let (had, have) = (old.map(by_publisher).unwrap_or_default(), by_publisher(new));
    let joined = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(", ");
    names
        .into_iter()
        .filter_map(|name| match (before.get(name), after.get(name)) {
            (Some(a), Some(b)) if a == b => published(name, had.get(name), have.get(name)),
            (Some(a), Some(b)) => Some(format!("~ {name} {} -> {}", joined(a), joined(b))),
            (None, Some(b)) => Some(format!("+ {name} {}", joined(b))),
            (Some(a), None) => Some(format!("- {name} {}", joined(a))),
            (None, None) => None,
        })
        .collect()
}

/// The publishers of the packages that have any.
fn by_publisher(lock: &Lock) -> BTreeMap<&PackageName, BTreeSet<&Publisher>> {
    let mut all: BTreeMap<&PackageName, BTreeSet<&Publisher>> = BTreeMap::new();
    for package in &lock.packages {
        let publishers = package.wheels.iter().flat_map(|wheel| &wheel.publishers);
        for publisher in publishers {
            all.entry(&package.name).or_default().insert(publisher);
        }
    }
    all
}

/// That a package of the same versions has other publishers than before, or none.
fn published(
    name: &PackageName,
    before: Option<&BTreeSet<&Publisher>>,
    now: Option<&BTreeSet<&Publisher>>,
) -> Option<String> {
    let before = before?;
    let shown = |all: &BTreeSet<&Publisher>| {
        let each = all.iter().map(ToString::to_string);
        each.collect::<Vec<_>>().join(" and ")
    };
    let now = now.map_or_else(|| "unknown".to_owned(), shown);
    let before = shown(before);
    (before != now).then(|| format!("~ {name} published by {before} -> {now}"))
}
