//! `export`: the lock in another tool's format.

use crate::cli::{Export as Args, ExportFormat};
use crate::cmd::tree::{locked, no_environment};
use crate::ctx::Ctx;
use crate::error::Failure;
use crate::io::files;
use crate::io::index::{Indexes, Location};
use resolver::Lock;
use resolver::export::{Export, ExportError, pylock, requirements};
use serde_json::json;
use std::path::Path;
use tag_matrix::Environment;

/// Writes it.
///
/// # Errors
/// There is no current lock, or the format cannot say what it says.
pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<(), Failure> {
    let (project, lock) = locked(ctx)?;
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
        ExportFormat::Requirements => requirements(&export),
    };
    let text = written.map_err(|error| {
        let failure = Failure::unmet(error.to_string());
        match error {
            ExportError::Indistinct { .. } => {
                failure.hint("export them one by one, with --environment")
            }
            ExportError::Folder { .. } => failure,
        }
    })?;
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
