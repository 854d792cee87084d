//! `cache`: look at it, or empty it.

use crate::cli::{Cache as Args, CacheAction};
use crate::ctx::Ctx;
use crate::error::Failure;
use crate::io::cache::{FOLDERS, Pruned};
use crate::ui::{count, size};
use serde_json::json;

/// Does it.
///
/// # Errors
/// The disk failed.
pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<(), Failure> {
    let root = ctx.cache.root();
    match args.action {
        CacheAction::Dir => {
            if ctx.ui.json {
                ctx.ui.out_json(&json!({ "dir": root }));
            } else {
                ctx.ui.out(&root.display().to_string());
            }
        }
        CacheAction::Size => {
            let sizes: Vec<(&str, u64)> = FOLDERS
                .iter()
                .map(|folder| (*folder, ctx.cache.size_of(folder)))
                .collect();
            let total: u64 = sizes.iter().map(|(_, bytes)| bytes).sum();
            if ctx.ui.json {
                let folders: serde_json::Map<_, _> = sizes
                    .iter()
                    .map(|(folder, bytes)| ((*folder).to_owned(), json!(bytes)))
                    .collect();
                ctx.ui
                    .out_json(&json!({ "bytes": total, "folders": folders }));
            } else {
                ctx.ui.out(&size(total));
            }
        }
        CacheAction::Prune => tell(ctx, "Pruned", &ctx.cache.prune()?),
        CacheAction::Clean => tell(ctx, "Removed", &ctx.cache.clean()?),
    }
    Ok(())
}

fn tell(ctx: &Ctx, verb: &str, pruned: &Pruned) {
    ctx.ui.status(
        verb,
        &format!("{}, {}", count(pruned.files, "file"), size(pruned.bytes)),
    );
    if ctx.ui.json {
        ctx.ui
            .out_json(&json!({ "files": pruned.files, "bytes": pruned.bytes }));
    }
}
