//! `mirror --check`.

use crate::ctx::Ctx;
use crate::error::Failure;
use crate::io::mirror::{Report, Store, check};
use crate::ui::{count, size};
use mirror::layout::RECORD;
use serde_json::{Value, json};

/// Compares a mirror with its record.
///
/// # Errors
/// It is none, or something differs.
pub(super) fn run(ctx: &Ctx, store: &dyn Store) -> Result<(), Failure> {
    let place = store.shown("");
    if !store.exists() {
        return Err(Failure::invalid(format!("there is no `{place}`")));
    }
    let bar = ctx.ui.bytes("Checking", 0);
    let checked = check(store, &bar);
    bar.finish_and_clear();
    let Some(report) = checked? else {
        return Err(
            Failure::invalid(format!("`{place}` is not a mirror: it has no {RECORD}"))
                .hint("run `mochi py mirror` to make one, or to finish one that was interrupted"),
        );
    };
    if report.is_unfinished {
        ctx.ui
            .note("a run was interrupted while it wrote pages; run `mochi py mirror` again");
    }
    if !report.leftovers.is_empty() {
        ctx.ui.note(&format!(
            "{} of an interrupted run: the next takes what it needs, --prune removes the rest",
            count(report.leftovers.len(), "whole file")
        ));
    }
    let document = to_json(&place, &report);
    if !report.faults.is_empty() {
        let mut failure = Failure::unmet(format!(
            "{} of `{place}` not as the record has it",
            match report.faults.len() {
                1 => "1 file is".to_owned(),
                more => format!("{more} files are"),
            }
        ));
        failure.data = document;
        let lines = report.faults.iter().map(ToString::to_string);
        return Err(failure.details(lines).hint(
            "remove files that are changed, and run `mochi py mirror` again; --prune removes foreign ones",
        ));
    }
    if ctx.ui.json {
        ctx.ui.out_json(&document);
    }
    ctx.ui.status(
        "Checked",
        &format!(
            "{} ({}) of `{place}`, all as the record has it",
            count(report.files, "file"),
            size(report.bytes)
        ),
    );
    Ok(())
}

fn to_json(place: &str, report: &Report) -> Value {
    let faults: Vec<Value> = report
        .faults
        .iter()
        .map(|fault| {
            let (path, kind) = fault.parts();
            json!({ "path": path, "kind": kind, "message": fault.to_string() })
        })
        .collect();
    json!({
        "mirror": place,
        "files": report.files,
        "bytes": report.bytes,
        "projects": report.projects,
        "faults": faults,
        "leftovers": report.leftovers,
        "unfinished": report.is_unfinished,
    })
}
