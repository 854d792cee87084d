//! `cargo run -p mochi-side-module --example audit -- FILE NAME PLATFORM...`: what the audit says of a
//! side module that Python imports as NAME.

use side_module::{Wanted, audit};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, name, platforms @ ..] = &arguments[..] else {
        eprintln!("usage: audit FILE NAME PLATFORM...");
        return ExitCode::FAILURE;
    };
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) => {
            eprintln!("{file}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let platforms: Vec<&str> = platforms.iter().map(String::as_str).collect();
    let wanted = Wanted {
        name: Some(name),
        platforms: &platforms,
        libraries: &[],
    };
    match audit(&bytes, &wanted) {
        Ok(report) => {
            println!("{report:#?}");
            ExitCode::SUCCESS
        }
        Err(findings) => {
            for finding in findings {
                println!("{finding}");
            }
            ExitCode::FAILURE
        }
    }
}
