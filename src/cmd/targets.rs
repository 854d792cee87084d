//! `targets`: the table.

use crate::ctx::Ctx;
use crate::error::Failure;
use crate::ui::table;
use serde_json::json;
use tag_matrix::{Columns, Target};

/// Prints it.
///
/// # Errors
/// None.
pub(super) fn run(ctx: &Ctx) -> Result<(), Failure> {
    if ctx.ui.json {
        let rows: Vec<_> = Target::all()
            .map(|target| {
                let pythons: Vec<String> =
                    target.pythons().iter().map(ToString::to_string).collect();
                json!({ "target": target, "columns": target.columns(), "pythons": pythons })
            })
            .collect();
        ctx.ui.out_json(&json!({ "targets": rows }));
        return Ok(());
    }
    let mut rows = vec![
        std::iter::once("target")
            .chain(Columns::HEADINGS)
            .map(str::to_owned)
            .collect::<Vec<_>>(),
    ];
    rows.extend(Target::all().map(|target| {
        std::iter::once(target.name().to_owned())
            .chain(target.columns().cells())
            .collect()
    }));
    let lines = table(&rows);
    for (position, line) in lines.iter().enumerate() {
        ctx.ui.out(&if position == 0 {
            ctx.ui.strong(line)
        } else {
            line.clone()
        });
    }
    Ok(())
}
