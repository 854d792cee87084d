//! Parse, run, exit code.

use clap::Parser;
use mochi::cli::{Cli, Tool};
use mochi::ctx::Ctx;
use mochi::ui::Ui;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Tool::Py(py) = Cli::parse().tool;
    let done = Ctx::new(py.global.clone()).and_then(|ctx| mochi::cmd::run(&ctx, &py.command));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            Ui::new(
                py.global.quiet,
                py.global.verbose,
                py.global.json,
                py.global.color,
                true,
            )
            .error(&failure);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}
