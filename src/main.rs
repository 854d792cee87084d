//! Parse, run, exit code.

use mochi::cli::{Cli, Tool};
use mochi::ctx::Ctx;
use mochi::error::Failure;
use mochi::ui::{ColorChoice, Ui};
use std::process::ExitCode;

/// Links, where cargo has called this program as its linker: its words are no flags of ours.
fn link_side_module() -> Option<ExitCode> {
    let mut words = std::env::args_os().skip(1);
    if words.next()? != "py" || words.next()? != mochi::io::native::LINK {
        return None;
    }
    Some(match native_build::link_side_module(words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            Ui::new(false, false, false, ColorChoice::Auto, true)
                .error(&Failure::invalid(error.to_string()));
            ExitCode::FAILURE
        }
    })
}

fn main() -> ExitCode {
    if let Some(ended) = link_side_module() {
        return ended;
    }
    let Tool::Py(py) = match Cli::try_parse_words() {
        Ok(cli) => cli.tool,
        Err(error) => {
            // With `--json` there is a document whatever happens, but for help and versions.
            let wants_json = std::env::args_os().any(|word| word == "--json");
            if wants_json && error.use_stderr() {
                let message = error.kind().to_string();
                let json = Ui::new(true, false, true, ColorChoice::Never, true);
                json.out_json(&Failure::invalid(message).to_json());
            }
            error.exit();
        }
    };
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
