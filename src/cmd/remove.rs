//! `remove`: the opposite of `add`.

use crate::cli::Remove;
use crate::cmd::add::{tell, write_both};
use crate::ctx::{Ctx, MANIFEST};
use crate::error::Failure;
use crate::locking::{self, Leave, Project, Upgrade};
use wheel::PackageName;

/// Removes them. Manifest and lock change together or not at all.
///
/// # Errors
/// A name that is not there, or a lock that cannot be made.
pub(super) fn run(ctx: &Ctx, args: &Remove) -> Result<(), Failure> {
    let names = args
        .names
        .iter()
        .map(|name| {
            name.parse::<PackageName>()
                .map_err(|error| Failure::invalid(error.to_string()))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let folder = ctx.project()?;
    let text = ctx.manifest_text(&folder)?;
    ctx.parse_manifest(&folder, &text)?;
    let text = manifest::edit::remove(&ctx.shown(&folder.join(MANIFEST)), &text, &names).map_err(
        |error| {
            let failure: Failure = error.into();
            Failure {
                kind: crate::error::Kind::Unmet,
                ..failure
            }
        },
    )?;
    let existing = ctx.read_lock(&folder)?.map(|(lock, _)| lock);
    let project = Project::read(ctx, &folder, &text)?;
    let leave = Leave::new(
        Upgrade::default(),
        args.allow_skips,
        &args.accept_publisher,
        existing.as_ref(),
    )?;
    let locked = locking::resolve(ctx, &folder, &project, existing.as_ref(), &leave)?;
    write_both(&folder, &text, &locked)?;
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    tell(ctx, "Removed", &names, existing.as_ref(), &locked.lock);
    Ok(())
}
