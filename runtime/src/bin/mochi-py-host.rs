//! `mochi-py-host`: the runtime modes that link much, served to `mochi` by JSON-RPC 2.0 on stdio.
//!
//! The plain `mochi` binary links neither libpython nor wasmtime, so that it builds and runs
//! anywhere; it starts this one for the modes `embedded` and `wasi`.

use runtime::{
    COMPONENTIZE_PY, CallError, Glue, Hosts, Runtime, RuntimeMode, Setup, linked_python, serve,
};
use std::fs::File;
use std::io::BufReader;
use std::process::ExitCode;

const HELP: &str = "\
The part of `mochi py call` that links libpython and wasmtime: the runtime modes embedded and wasi.

Usage: mochi-py-host serve     serves one program by JSON-RPC 2.0 on stdin and stdout
       mochi-py-host info      prints as JSON what it is linked to
       mochi-py-host --version

`mochi` starts it by itself, from beside its own file or from the PATH (or MOCHI_PY_HOST). It calls
the Python that it was built with: PYO3_PYTHON=PYTHON cargo install --path runtime --features host";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["serve"] => match stdio() {
            Ok((reader, writer)) => {
                serve(BufReader::new(reader), writer, &start);
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("error: stdin and stdout cannot be taken: {error}");
                ExitCode::from(3)
            }
        },
        ["info"] => {
            let (python, free_threaded) = linked_python();
            println!(
                r#"{{"version":"{}","embedded":{{"python":"{python}","free-threaded":{free_threaded}}},"wasi":{{"componentize-py":"{COMPONENTIZE_PY}"}}}}"#,
                env!("CARGO_PKG_VERSION")
            );
            ExitCode::SUCCESS
        }
        ["-V" | "--version"] => {
            println!("mochi-py-host {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        ["-h" | "--help"] => {
            println!("{HELP}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{HELP}");
            ExitCode::from(2)
        }
    }
}

/// Takes stdin and stdout for the protocol: what user code prints goes to stderr, and its stdin is
/// empty.
#[cfg(unix)]
fn stdio() -> std::io::Result<(File, File)> {
    use rustix::stdio::{dup2_stdin, dup2_stdout};
    use std::os::fd::AsFd;
    let reader = std::io::stdin().as_fd().try_clone_to_owned()?;
    let writer = std::io::stdout().as_fd().try_clone_to_owned()?;
    dup2_stdin(File::open("/dev/null")?)?;
    dup2_stdout(std::io::stderr().as_fd())?;
    Ok((reader.into(), writer.into()))
}

/// Takes stdin and stdout for the protocol. What user code prints through Python goes to stderr
/// (the runtimes are told to be quiet).
#[cfg(windows)]
fn stdio() -> std::io::Result<(File, File)> {
    use std::os::windows::io::AsHandle;
    let reader = std::io::stdin().as_handle().try_clone_to_owned()?;
    let writer = std::io::stdout().as_handle().try_clone_to_owned()?;
    Ok((reader.into(), writer.into()))
}

/// The runtime that `initialize` asks for.
fn start(params: &runtime::Value, hosts: Hosts) -> Result<Box<dyn Runtime>, CallError> {
    let setup = Setup::read(params);
    let refuse = |why: String| CallError::Start {
        python: "mochi-py-host".to_owned(),
        why,
        stderr: String::new(),
    };
    let glue = Glue::place(&setup.cache).map_err(|error| refuse(error.to_string()))?;
    match setup.mode {
        Some(RuntimeMode::Embedded) => setup.embedded(hosts, &glue),
        Some(RuntimeMode::Wasi) => setup.wasi(hosts, &glue),
        Some(mode) => Err(refuse(format!("it does not serve the mode {mode}"))),
        None => Err(refuse("no mode was named".to_owned())),
    }
}
