//! `add`: requirements into the manifest, and the lock that follows.

use crate::cli::Add;
use crate::cmd::init::Made;
use crate::ctx::{Ctx, LOCK, MANIFEST};
use crate::error::Failure;
use crate::io::files;
use crate::locking::{self, Leave, Locked, Project, Upgrade, no_requirement};
use crate::report;
use manifest::edit::{self, Addition};
use resolver::Lock;
use serde_json::json;
use std::path::{Path, PathBuf};
use tag_matrix::{PythonVersion, Target};
use wheel::{Requirement, RequirementSource};

/// Adds them. Manifest and lock change together or not at all.
///
/// # Errors
/// A requirement that is none, or a lock that cannot be made.
pub(super) fn run(ctx: &Ctx, args: &Add) -> Result<(), Failure> {
    let targets = parsed::<Target>("--target", &args.targets)?;
    let pythons = parsed::<PythonVersion>("--python", &args.pythons)?;
    let requirements = args
        .requirements
        .iter()
        .map(|text| requirement(text))
        .collect::<Result<Vec<_>, _>>()?;
    let requirements = joined(requirements)?;
    let (folder, start) = start(ctx, &targets, &pythons)?;
    let mut text = start.text;
    let file = ctx.shown(&folder.join(MANIFEST));
    let mut limit = Vec::new();
    let mut extended_by: Vec<Target> = Vec::new();
    if !start.new {
        let current = ctx.parse_manifest(&folder, &text)?;
        let new = |target: &&Target| !current.targets.contains(target);
        extended_by.extend(targets.iter().filter(new));
        text = edit::extend_python(&file, &text, &targets, &pythons, &current)?;
        let mut all = current.targets.iter();
        if all.any(|target| !targets.contains(target)) {
            limit.clone_from(&targets);
        }
    }
    let additions: Vec<Addition> = requirements
        .into_iter()
        .map(|requirement| addition(ctx, &folder, requirement, &limit))
        .collect();
    text = edit::add(&file, &text, &additions)?;
    let existing = ctx.read_lock(&folder)?.map(|(lock, _)| lock);
    let locked = lock_and_write(ctx, args, &folder, text, &additions, existing.as_ref())?;
    if let Some(made) = start.made {
        ctx.ui.status("Created", &format!("{file} {made}"));
    }
    if !extended_by.is_empty() {
        let names: Vec<&str> = extended_by.iter().map(|target| target.name()).collect();
        ctx.ui.status(
            "Extended",
            &format!("the project's targets by {}", names.join(", ")),
        );
    }
    tell(
        ctx,
        "Added",
        &additions
            .iter()
            .map(|a| a.requirement.name.to_string())
            .collect::<Vec<_>>(),
        existing.as_ref(),
        &locked.lock,
    );
    Ok(())
}

/// Locks the new manifest, and writes both.
fn lock_and_write(
    ctx: &Ctx,
    args: &Add,
    folder: &Path,
    mut text: String,
    additions: &[Addition],
    existing: Option<&Lock>,
) -> Result<Locked, Failure> {
    let project = Project::read(ctx, folder, &text)?;
    let names = additions.iter();
    let upgrade = Upgrade {
        packages: names
            .map(|addition| addition.requirement.name.clone())
            .collect(),
        all: false,
    };
    let leave = Leave::new(upgrade, args.allow_skips, &args.accept_publisher, existing)?;
    let mut locked = locking::resolve(ctx, folder, &project, existing, &leave)?;
    let file = ctx.shown(&folder.join(MANIFEST));
    text = with_bounds(&file, text, additions, &locked.lock)?;
    // The bounds change the manifest's hash, and nothing else of the lock.
    locked.lock.manifest_sha256 = Project::read(ctx, folder, &text)?.fingerprint;
    locked.text = locked.lock.render();
    write_both(folder, &text, &locked)?;
    Ok(locked)
}

struct Start {
    text: String,
    new: bool,
    made: Option<String>,
}

/// The manifest to start from: the project's, or a new one.
fn start(
    ctx: &Ctx,
    targets: &[Target],
    pythons: &[PythonVersion],
) -> Result<(PathBuf, Start), Failure> {
    if let Some(folder) = ctx.find_project()? {
        let text = ctx.manifest_text(&folder)?;
        return Ok((
            folder,
            Start {
                text,
                new: false,
                made: None,
            },
        ));
    }
    let folder = ctx.new_project();
    let made = Made::new(ctx, &folder, None, targets, pythons);
    let described = made.describe();
    Ok((
        folder,
        Start {
            text: made.text,
            new: true,
            made: Some(described),
        },
    ))
}

fn parsed<T>(flag: &str, texts: &[String]) -> Result<Vec<T>, Failure>
where
    T: std::str::FromStr + PartialEq,
    T::Err: std::fmt::Display,
{
    let mut values = Vec::new();
    for text in texts {
        let value = text
            .parse()
            .map_err(|error| Failure::invalid(format!("{flag}: {error}")))?;
        if !values.contains(&value) {
            values.push(value);
        }
    }
    Ok(values)
}

fn requirement(text: &str) -> Result<(String, Requirement), Failure> {
    let requirement: Requirement = text.parse().map_err(|error| {
        no_requirement(text, &error)
            .hint("write it as PEP 508 does, such as `requests>=2.31`, `httpx[http2]` or `demo @ https://…/demo-1.0-py3-none-any.whl`")
    })?;
    let spelled: String = text
        .trim()
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        .collect();
    Ok((spelled, requirement))
}

/// Several requirements on one package as one, where one entry can say them.
fn joined(requirements: Vec<(String, Requirement)>) -> Result<Vec<(String, Requirement)>, Failure> {
    let mut all: Vec<(String, Requirement)> = Vec::new();
    for (key, requirement) in requirements {
        // What differs in its marker gets an entry of its own.
        let same = |known: &Requirement| {
            known.name == requirement.name && known.marker == requirement.marker
        };
        let Some((_, known)) = all.iter_mut().find(|(_, known)| same(known)) else {
            all.push((key, requirement));
            continue;
        };
        let (RequirementSource::Specifiers(old), RequirementSource::Specifiers(new)) =
            (&known.source, &requirement.source)
        else {
            return Err(twice(&requirement));
        };
        known.source = RequirementSource::Specifiers(old.and(new));
        known.extras.extend(requirement.extras);
        known.extras.sort();
        known.extras.dedup();
    }
    Ok(all)
}

fn twice(requirement: &Requirement) -> Failure {
    Failure::invalid(format!(
        "`{}` is required twice, in ways that one entry cannot say",
        requirement.name
    ))
    .hint("write them into mochi.toml as a list, then run `mochi py lock`")
}

fn addition(
    ctx: &Ctx,
    folder: &Path,
    (key, requirement): (String, Requirement),
    targets: &[Target],
) -> Addition {
    let path = match &requirement.source {
        RequirementSource::Url(url) => url
            .strip_prefix("file:")
            .map(|_| {
                url.parse::<url::Url>()
                    .ok()
                    .and_then(|url| url.to_file_path().ok())
            })
            .unwrap_or_else(|| (!url.contains("://")).then(|| ctx.cwd.join(url)))
            .map(|path| files::relative(folder, &path)),
        RequirementSource::Specifiers(_) => None,
    };
    Addition {
        key,
        requirement,
        path,
        targets: targets.to_vec(),
    }
}

/// A requirement that was added without a version gets the oldest that was chosen as its bound.
fn with_bounds(
    file: &str,
    mut text: String,
    additions: &[Addition],
    lock: &Lock,
) -> Result<String, Failure> {
    for addition in additions {
        let unbounded = addition.path.is_none()
            && addition
                .requirement
                .specifiers()
                .is_some_and(wheel::Specifiers::is_empty);
        let name = &addition.requirement.name;
        let chosen = lock
            .packages
            .iter()
            .filter(|package| package.name == *name)
            .map(|package| &package.version);
        if let (true, Some(oldest)) = (unbounded, chosen.min()) {
            let bound = format!(">={}", oldest.clone().without_local());
            text = edit::set_version(file, &text, name, &bound)?;
        }
    }
    Ok(text)
}

/// Writes lock and manifest; when the second cannot be written, the first is put back.
pub(super) fn write_both(folder: &Path, text: &str, locked: &Locked) -> Result<(), Failure> {
    let path = folder.join(LOCK);
    let before = files::read_optional(&path)?;
    locking::write_lock(folder, &locked.text)?;
    if let Err(error) = files::write(&folder.join(MANIFEST), text.as_bytes()) {
        let restored = match before {
            Some(before) => files::write(&path, before.as_bytes()),
            None => std::fs::remove_file(&path)
                .map_err(|error| files::FileError::new("remove", &path, error)),
        };
        // What could not be put back is the lesser trouble of the two.
        drop(restored);
        return Err(error.into());
    }
    Ok(())
}

/// Says what changed.
pub(super) fn tell(ctx: &Ctx, verb: &str, names: &[String], before: Option<&Lock>, after: &Lock) {
    let changes = report::changes(before, after);
    ctx.ui.status(verb, &names.join(", "));
    if !ctx.ui.quiet && !ctx.ui.json {
        changes.iter().for_each(|change| ctx.ui.out(change));
    }
    if ctx.ui.json {
        ctx.ui.out_json(&json!({
            verb.to_lowercase(): names,
            "changes": changes,
            "environments": after.environments.iter().map(|environment| &environment.name).collect::<Vec<_>>(),
        }));
    }
}
