//! `build`: the package's sdist and wheels.

use crate::cli::Build as Args;
use crate::ctx::{Ctx, MANIFEST, variable};
use crate::error::Failure;
use crate::io::files::{self, FileError};
use crate::io::native::{Modules, Workshop};
use crate::io::package;
use crate::ui::{count, size};
use manifest::{Invalid, Manifest};
use publish::{Built, Checked, Destination, Glue, Kind, Package, Plan};
use rayon::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;
use tag_matrix::RuntimeMode;

/// Builds, checks, and writes.
///
/// # Errors
/// The manifest has mistakes, a compiler fails, a file is not sound, or the disk failed.
pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<(), Failure> {
    let folder = ctx.project()?;
    let text = ctx.manifest_text(&folder)?;
    let manifest = Manifest::parse_to_build(&ctx.shown(&folder.join(MANIFEST)), &text)?;
    let destination = destination(ctx, &manifest);
    let made = make(ctx, args, &folder, &manifest, &destination)?;
    let out = match &args.out {
        Some(out) => ctx.cwd.join(out),
        None => folder.join("dist"),
    };
    write(ctx, &out, &made)?;
    if ctx.ui.json {
        let shown = made.iter().map(|made| made.to_json(ctx, &out));
        ctx.ui
            .out_json(&json!({ "distributions": shown.collect::<Vec<_>>() }));
    } else {
        for made in &made {
            ctx.ui.out(&ctx.shown(&out.join(&made.built.filename)));
        }
    }
    Ok(())
}

/// A distribution with what was found out about it.
pub(super) struct Made {
    pub(super) built: Built,
    /// The plan of a wheel.
    plan: Option<Plan>,
    /// What compiled its modules.
    tools: Vec<String>,
    /// What a public Warehouse would refuse.
    refused: Vec<String>,
}

impl Made {
    fn to_json(&self, ctx: &Ctx, out: &Path) -> Value {
        let built = &self.built;
        json!({
            "filename": built.filename,
            "path": ctx.shown(&out.join(&built.filename)),
            "kind": if self.plan.is_some() { "wheel" } else { "sdist" },
            "tags": self.plan.as_ref().map(|plan| plan.tags.to_string()),
            "files": built.files,
            "size": built.bytes.len(),
            "sha256": crate::io::cache::hex(&Sha256::digest(&built.bytes)),
            "compilers": self.tools,
            "warehouse": { "takes": self.refused.is_empty(), "refuses": self.refused },
        })
    }
}

/// The index that `--index` names: a bare name is a Warehouse's.
fn destination(ctx: &Ctx, manifest: &Manifest) -> Destination {
    let Some(name) = &ctx.global.index else {
        return Destination::anywhere();
    };
    let listed = manifest.indexes.iter().find(|index| index.name == *name);
    let address = listed.map_or(name, |index| &index.url);
    Destination {
        name: name.clone(),
        warehouse: !address.contains(['/', '\\', ':']),
    }
}

/// Makes and checks the distributions.
///
/// # Errors
/// As [`run`], but for the disk that is written to.
pub(super) fn make(
    ctx: &Ctx,
    args: &Args,
    folder: &Path,
    manifest: &Manifest,
    destination: &Destination,
) -> Result<Vec<Made>, Failure> {
    let epoch = epoch()?;
    let sources = package::sources(folder, &manifest.publish)?;
    let checked = Package::check(manifest, sources, destination);
    let Checked { package, warnings } = checked.map_err(|problems| refused(&problems))?;
    for warning in &warnings {
        ctx.ui.warn(warning);
    }
    let (sdist, wheels) = match (args.sdist, args.wheel) {
        (false, false) => (true, true),
        chosen => chosen,
    };
    let plans = package.plans.iter().filter(|_| wheels);
    let workshop = Workshop::new(ctx, folder, &args.pyodide);
    let mut jobs: Vec<(Option<&Plan>, Modules)> = Vec::new();
    if sdist {
        jobs.push((None, Modules::default()));
    }
    for plan in plans {
        if let Some(spelled) = &plan.spelled {
            let message = format!(
                "{} is written as {}, which {} takes",
                spelled, plan.tags, destination.name
            );
            ctx.ui.note(&message);
        }
        let modules = workshop.modules(&package, plan)?;
        jobs.push((Some(plan), modules));
    }
    let made: Vec<Made> = jobs
        .into_par_iter()
        .map(|(plan, modules)| one(&package, plan, modules, epoch))
        .collect::<Result<_, Failure>>()?;
    judge(ctx, &made, destination)?;
    Ok(made)
}

/// Makes a distribution and reads it back.
fn one(
    package: &Package,
    plan: Option<&Plan>,
    modules: Modules,
    epoch: Option<u64>,
) -> Result<Made, Failure> {
    let built = match plan {
        None => package.sdist(&glue(&Kind::Pure), epoch),
        Some(plan) => package.wheel(plan, &glue(&plan.kind), modules.built, epoch),
    };
    let built = built.map_err(|error| Failure::invalid(error.to_string()))?;
    let refused = publish::warehouse::check(&built.filename, &built.bytes)
        .map_err(|error| Failure::unmet(format!("{} is not sound: {error}", built.filename)))?;
    Ok(Made {
        built,
        plan: plan.cloned(),
        tools: modules.tools,
        refused,
    })
}

/// The glue that a wheel vendors, with its licences.
fn glue(kind: &Kind) -> Glue {
    let mode = match kind {
        Kind::Pure => RuntimeMode::Embedded,
        Kind::Pyodide(_) => RuntimeMode::Pyodide,
    };
    let python = runtime::Glue::files_of(mode);
    let files = python
        .chain(runtime::Glue::js_files_of(mode))
        .chain(runtime::Glue::licenses());
    Glue {
        files: files
            .map(|(name, text)| (name.to_owned(), text.into()))
            .collect(),
    }
}

/// All mistakes of the manifest and the files.
fn refused(problems: &[Invalid]) -> Failure {
    if let [only] = problems {
        return only.clone().into();
    }
    let message = format!(
        "{} stand in the way of a build",
        count(problems.len(), "mistake")
    );
    let details = problems.iter().map(|problem| match &problem.hint {
        Some(hint) => format!("{problem}\n  ({hint})"),
        None => problem.to_string(),
    });
    let mut failure = Failure::invalid(message).details(details);
    let problems = problems.iter().map(|problem| {
        json!({
            "file": problem.file,
            "line": problem.line,
            "key": problem.key,
            "message": problem.message,
            "hint": problem.hint,
        })
    });
    failure.data = json!({ "problems": problems.collect::<Vec<_>>() });
    failure
}

/// Shows what the checks found. For a Warehouse, what it would refuse ends the command.
fn judge(ctx: &Ctx, made: &[Made], destination: &Destination) -> Result<(), Failure> {
    let mut details = Vec::new();
    for made in made {
        let filename = &made.built.filename;
        for refused in &made.refused {
            if destination.warehouse {
                details.push(format!("{filename}: {refused}"));
            } else {
                ctx.ui.note(&format!(
                    "{filename}: a public index would refuse it: {refused}"
                ));
            }
        }
    }
    if details.is_empty() {
        return Ok(());
    }
    let message = format!("{} would not take this release", destination.name);
    Err(Failure::unmet(message).details(details))
}

/// Writes them into a folder.
///
/// # Errors
/// The disk failed.
pub(super) fn write(ctx: &Ctx, out: &Path, made: &[Made]) -> Result<(), Failure> {
    std::fs::create_dir_all(out).map_err(|error| FileError::new("create", out, error))?;
    for made in made {
        let Made { built, refused, .. } = made;
        files::write(&out.join(&built.filename), &built.bytes)?;
        let how = match (&*made.tools, refused.is_empty()) {
            ([], true) => "sound, a public index would take it".to_owned(),
            ([], false) => "sound".to_owned(),
            (tools, _) => format!("sound, compiled by {}", tools.join(", ")),
        };
        ctx.ui.status(
            "Built",
            &format!(
                "{} ({}, {}; {how})",
                built.filename,
                count(built.files, "file"),
                size(built.bytes.len() as u64),
            ),
        );
    }
    Ok(())
}

/// `SOURCE_DATE_EPOCH`, in seconds since 1970.
fn epoch() -> Result<Option<u64>, Failure> {
    let Some(text) = variable("SOURCE_DATE_EPOCH").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let seconds = text.to_str().and_then(|text| text.trim().parse().ok());
    let invalid = || {
        let shown = text.to_string_lossy();
        Failure::invalid(format!(
            "SOURCE_DATE_EPOCH is `{shown}`, which is no number of seconds"
        ))
    };
    seconds.map(Some).ok_or_else(invalid)
}
