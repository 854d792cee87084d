//! `export`: the lock in another tool's format.

use crate::cli::{Export as Args, ExportFormat};
use crate::cmd::tree::{locked, no_environment};
use crate::ctx::Ctx;
use crate::error::Failure;
use crate::io::files;
use crate::io::index::{Indexes, Location};
use crate::locking::Project;
use crate::pyodide_lock::Listing;
use resolver::Lock;
use resolver::export::{Export, ExportError, pylock, requirements};
use resolver::lock::LockedWheel;
use serde_json::json;
use std::path::Path;
use tag_matrix::Environment;

/// Writes it.
///
/// # Errors
/// There is no current lock, or the format cannot say what it says.
pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<(), Failure> {
    let (project, lock) = locked(ctx)?;
    let text = match args.format {
        ExportFormat::PyodideLock => pyodide_lock(ctx, args, &project, &lock)?,
        _ => for_installers(ctx, args, &project, lock)?,
    };
    match &args.out {
        Some(path) => {
            files::write(&ctx.cwd.join(path), text.as_bytes())?;
            ctx.ui.status("Wrote", &path.display().to_string());
            if ctx.ui.json {
                ctx.ui.out_json(&json!({ "written": path }));
            }
        }
        None if ctx.ui.json => ctx.ui.out_json(&json!({ "text": text })),
        None => ctx.ui.out_raw(&text),
    }
    Ok(())
}

/// The lock as `pylock.toml` or `requirements.txt`.
fn for_installers(
    ctx: &Ctx,
    args: &Args,
    project: &Project,
    lock: Lock,
) -> Result<String, Failure> {
    let environments: Vec<Environment> = match &args.environment {
        Some(wanted) => {
            let all = project.environments.iter();
            let found = all
                .filter(|environment| environment.name() == wanted)
                .cloned()
                .collect::<Vec<_>>();
            if found.is_empty() {
                return Err(no_environment(&lock, wanted));
            }
            found
        }
        None => project.environments.clone(),
    };
    let folder = ctx.project()?;
    let indexes = ctx.indexes(Some(&project.manifest), &folder)?;
    let index_url = |name: &str| url_of(&indexes, name);
    let lock = match (args.format, &args.out) {
        (ExportFormat::Pylock, Some(out)) => moved(lock, &folder, &ctx.cwd.join(out)),
        _ => lock,
    };
    let export = Export {
        lock: &lock,
        environments: &environments,
        index_url: &index_url,
    };
    let written = match args.format {
        ExportFormat::Pylock => pylock(&export),
        _ => requirements(&export),
    };
    written.map_err(|error| {
        let failure = Failure::unmet(error.to_string());
        match error {
            ExportError::Indistinct { .. } => {
                failure.hint("export them one by one, with --environment")
            }
            _ => failure,
        }
    })
}

/// The lock as `pyodide-lock.json`, with the addresses of the files as the lock has them.
fn pyodide_lock(ctx: &Ctx, args: &Args, project: &Project, lock: &Lock) -> Result<String, Failure> {
    let environment = of_pyodide(args, project, lock)?;
    let skips = lock.skips.iter();
    let skipped: Vec<&str> = skips
        .filter(|skip| skip.environment == environment.name())
        .map(|skip| skip.requirement.as_str())
        .collect();
    if !skipped.is_empty() {
        ctx.ui.warn(&format!(
            "not in it, the lock skips it for {}: {}",
            environment.name(),
            skipped.join(", ")
        ));
    }
    let folder = ctx.project()?;
    let listing = Listing::new(ctx, project, lock, environment, &folder)?;
    let fetched = listing.fetch()?;
    let base = args.out.as_ref().map(|out| ctx.cwd.join(out));
    let base = base.as_deref().and_then(Path::parent).unwrap_or(&folder);
    let file_name = |wheel: &LockedWheel| match wheel.url.contains("://") {
        true => wheel.url.clone(),
        false => files::relative(base, &folder.join(&wheel.url)),
    };
    listing.text(&|wheel| fetched.get(&wheel.sha256).cloned(), &file_name)
}

/// The environment of Pyodide that is wanted, or the only one.
fn of_pyodide<'p>(
    args: &Args,
    project: &'p Project,
    lock: &Lock,
) -> Result<&'p Environment, Failure> {
    let all = || project.environments.iter();
    let of_pyodide: Vec<&Environment> = all().filter(|one| one.pyodide().is_some()).collect();
    let names = || {
        let mut names: Vec<&str> = of_pyodide.iter().map(|one| one.name()).collect();
        names.sort_unstable();
        names.join(", ")
    };
    if of_pyodide.is_empty() {
        return Err(Failure::unmet("the lock has no environment of Pyodide")
            .hint("add `wasm32-emscripten` to `targets` in [python], and run `mochi py lock`"));
    }
    match (&args.environment, &of_pyodide[..]) {
        (None, [only]) => Ok(only),
        (None, _) => Err(Failure::invalid(format!(
            "the lock has several environments of Pyodide: {}",
            names()
        ))
        .hint("say which one by --environment")),
        (Some(wanted), _) => {
            let found = all().find(|one| one.name() == wanted);
            let found = found.ok_or_else(|| no_environment(lock, wanted))?;
            match found.pyodide() {
                Some(_) => Ok(found),
                None => Err(Failure::invalid(format!("{wanted} is not for Pyodide"))
                    .hint(format!("these are: {}", names()))),
            }
        }
    }
}

/// A lock whose paths start from the folder of a file to be written, as PEP 751 has them.
fn moved(mut lock: Lock, folder: &Path, out: &Path) -> Lock {
    let base = out.parent().unwrap_or(folder);
    let packages = lock.packages.iter_mut();
    for wheel in packages.flat_map(|package| &mut package.wheels) {
        if !wheel.url.contains("://") {
            wheel.url = files::relative(base, &folder.join(&wheel.url));
        }
    }
    lock
}

/// The address of a named index: one in force, else the Warehouse of that name.
fn url_of(indexes: &Indexes, name: &str) -> Option<String> {
    let mut known = indexes.ordered.iter().chain(&indexes.explicit);
    let label = resolver::LockedSource::IndexName(name.to_owned());
    match known
        .find(|index| index.label == label)
        .map(|index| &index.location)
    {
        Some(Location::Http(url)) => Some(url.to_string()),
        Some(Location::Folder(_)) => None,
        None => Some(format!("https://{name}.org/simple/")),
    }
}
