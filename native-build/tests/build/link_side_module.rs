//! The driver of the tests: what a program has to do to be `Work::driver`.

use std::process::ExitCode;

fn main() -> ExitCode {
    match native_build::link_side_module(std::env::args_os().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
