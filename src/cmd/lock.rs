//! `lock`: resolve for every environment, and write the lock.

use crate::cli::Lock as Args;
use crate::ctx::{Ctx, LOCK};
use crate::error::Failure;
use crate::io::index::Indexes;
use crate::locking::{self, Leave, Project, Upgrade};
use crate::provenance::to_json;
use crate::report;
use crate::ui::{count, duration};
use resolver::Lock;
use resolver::lock::{LockedPackage, LockedWheel};
use serde_json::json;
use std::path::Path;
use std::time::Instant;
use wheel::PackageName;

/// Locks, or checks the lock.
///
/// # Errors
/// There is no solution, the lock is stale (`--check`), or the outside failed.
pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<(), Failure> {
    let started = Instant::now();
    let folder = ctx.project()?;
    let text = ctx.manifest_text(&folder)?;
    let project = Project::read(ctx, &folder, &text)?;
    let existing = ctx.read_lock(&folder)?.map(|(lock, _)| lock);
    if args.check {
        return check(ctx, &folder, &project, existing.as_ref());
    }
    let upgrade = Upgrade {
        all: args.upgrade,
        packages: args
            .upgrade_package
            .iter()
            .map(|name| package(name))
            .collect::<Result<_, _>>()?,
    };
    if let Some(unknown) = upgrade
        .packages
        .iter()
        .find(|name| !is_locked(existing.as_ref(), name))
    {
        return Err(Failure::unmet(format!(
            "--upgrade-package: `{unknown}` is not in {LOCK}"
        )));
    }
    let leave = Leave::new(
        upgrade,
        args.allow_skips,
        &args.accept_publisher,
        existing.as_ref(),
    )?;
    if let Some(lock) = &existing
        && !args.upgrade
        && leave.upgrade.packages.is_empty()
        && leave.publishers.is_empty()
        && (lock.skips.is_empty() || args.allow_skips)
        && project.staleness(lock).is_none()
        && is_from(ctx, &ctx.indexes(Some(&project.manifest), &folder)?, lock)
    {
        ctx.ui.status(
            "Unchanged",
            &format!("{} is up to date", ctx.shown(&folder.join(LOCK))),
        );
        return tell(ctx, lock, &[], &[], false);
    }
    let locked = locking::resolve(ctx, &folder, &project, existing.as_ref(), &leave)?;
    locking::write_lock(&folder, &locked.text)?;
    let lock = &locked.lock;
    let environments = count(lock.environments.len(), "environment");
    let packages = count(lock.packages.len(), "package");
    ctx.ui.status(
        "Locked",
        &format!(
            "{packages} for {environments} in {}",
            duration(started.elapsed())
        ),
    );
    if !lock.skips.is_empty() {
        ctx.ui.warn(&format!(
            "{} recorded as skipped",
            count(lock.skips.len(), "requirement")
        ));
    }
    let changes = report::changes(existing.as_ref(), lock);
    tell(ctx, lock, &changes, &locked.warnings, true)
}

fn package(name: &str) -> Result<PackageName, Failure> {
    name.parse()
        .map_err(|error| Failure::invalid(format!("--upgrade-package: {error}")))
}

/// Whether all packages of a lock are from indexes that are in force, or in the mirror.
fn is_from(ctx: &Ctx, indexes: &Indexes, lock: &Lock) -> bool {
    let held = |wheel: &LockedWheel| ctx.net.held(&wheel.url, Some(&wheel.sha256)).is_some();
    let is_held =
        |package: &LockedPackage| !package.wheels.is_empty() && package.wheels.iter().all(held);
    let mut packages = lock.packages.iter();
    packages.all(|package| indexes.have(&package.source) || is_held(package))
}

fn is_locked(lock: Option<&Lock>, name: &PackageName) -> bool {
    lock.is_some_and(|lock| lock.packages.iter().any(|package| package.name == *name))
}

fn tell(
    ctx: &Ctx,
    lock: &Lock,
    changes: &[String],
    warnings: &[String],
    written: bool,
) -> Result<(), Failure> {
    if ctx.ui.json {
        ctx.ui.out_json(&json!({
            "written": written,
            "changes": changes,
            "warnings": warnings,
            "environments": lock.environments.iter().map(|environment| &environment.name).collect::<Vec<_>>(),
            "packages": lock.packages.iter().map(|package| json!({
                "name": package.name,
                "version": package.version.to_string(),
                "environments": package.environments,
                "wheels": package.wheels.iter().map(|wheel| json!({
                    "filename": wheel.filename,
                    "attestation-identities": wheel.publishers.iter().map(to_json).collect::<Vec<_>>(),
                })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "skips": lock.skips.iter().map(|skip| json!({
                "name": skip.name,
                "requirement": skip.requirement,
                "environment": skip.environment,
                "reason": skip.reason,
                "detail": skip.detail,
                "required-by": skip.required_by,
            })).collect::<Vec<_>>(),
        }));
    } else if !ctx.ui.quiet {
        changes.iter().for_each(|change| ctx.ui.out(change));
    }
    Ok(())
}

/// Whether the lock is the manifest's, judging by the two alone.
fn check(
    ctx: &Ctx,
    folder: &Path,
    project: &Project,
    existing: Option<&Lock>,
) -> Result<(), Failure> {
    let shown = ctx.shown(&folder.join(LOCK));
    let problem = match existing {
        None => Some("it is missing".to_owned()),
        Some(lock) => project.staleness(lock),
    };
    match (problem, existing) {
        (Some(problem), _) => Err(
            Failure::unmet(format!("{shown} is not up to date: {problem}"))
                .hint("run `mochi py lock`"),
        ),
        (None, Some(lock)) => {
            ctx.ui.status("Checked", &format!("{shown} is up to date"));
            tell(ctx, lock, &[], &[], false)
        }
        (None, None) => Ok(()),
    }
}
