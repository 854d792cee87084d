//! The WASI mode, and what only a component can be asked.
//!
//! `MOCHI_REFEREE_COMPONENTIZE_PY` names a componentize-py. The component is built once, into the
//! folder that cargo has for tests.

use crate::{Mode, is_cancelled_and_timed_out, large_values_cross_in, of_suite, suite};
use runtime::{
    AsyncMode, Call, CallError, Component, ComponentError, Glue, Grant, Hosts, Runtime, Value,
    Wasi, WasiOptions,
};
use std::path::{Path, PathBuf};
use std::time::Duration;

fn cache() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

fn component() -> Component {
    let builder = std::env::var_os("MOCHI_REFEREE_COMPONENTIZE_PY");
    let builder = builder.expect("MOCHI_REFEREE_COMPONENTIZE_PY is not set: run scripts/test");
    let glue = Glue::place(&cache()).expect("the glue");
    Component::build(Path::new(&builder), &glue, &cache()).expect("a component")
}

fn options() -> WasiOptions {
    WasiOptions {
        paths: suite(),
        drop_stderr: true,
        ..WasiOptions::default()
    }
}

fn start(options: WasiOptions) -> Wasi {
    Wasi::start(options, component()).expect("an instance")
}

fn alone() -> Wasi {
    start(options())
}

pub(crate) fn modes() -> Vec<Mode> {
    let of = |name, async_mode| {
        Mode::new(name, |hosts| {
            let runtime = start(WasiOptions {
                async_mode,
                hosts,
                ..options()
            });
            ((), runtime)
        })
    };
    vec![
        of("wasi", AsyncMode::PerCall),
        of("wasi, persistent", AsyncMode::Persistent),
    ]
}

fn exec(text: &str) -> Call {
    Call::new("builtins", "exec").arg(text)
}

#[test]
fn nothing_is_granted_that_was_not_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("in.txt"), "here").expect("a file");
    let grant = |writable| Grant {
        host: folder.path().to_path_buf(),
        guest: "/data".into(),
        writable,
    };
    let granted = |grants| {
        start(WasiOptions {
            grants,
            env: vec![("ASKED".into(), "for".into())],
            ..options()
        })
    };
    let (none, read, write) = (
        alone(),
        granted(vec![grant(false)]),
        granted(vec![grant(true)]),
    );
    let reads = of_suite("reads_file").arg("/data/in.txt");
    let writes = of_suite("writes_file").arg("/data/out.txt").arg("there");
    let failed = |runtime: &Wasi, call: &Call| {
        let Err(CallError::Python(error)) = runtime.call(call) else {
            panic!("{call:?} did not fail");
        };
        error.kind
    };
    assert_eq!(failed(&none, &reads), "FileNotFoundError");
    assert_eq!(failed(&none, &writes), "FileNotFoundError");
    assert_eq!(read.call(&reads), Ok("here".into()));
    let refused = failed(&read, &writes);
    assert!(
        matches!(&*refused, "PermissionError" | "OSError"),
        "{refused}"
    );
    assert!(!folder.path().join("out.txt").exists());
    assert_eq!(write.call(&writes), Ok(5.into()));
    let written = std::fs::read_to_string(folder.path().join("out.txt"));
    assert_eq!(written.expect("a file"), "there");
    // The suite's own folder can be read and not written.
    let own = of_suite("writes_file")
        .arg("/mochi/path/0/new.txt")
        .arg("x");
    let refused = failed(&none, &own);
    assert!(
        matches!(&*refused, "PermissionError" | "OSError"),
        "{refused}"
    );

    let environment = of_suite("environment");
    assert_eq!(none.call(&environment), Ok(Value::Map(vec![])));
    let asked = Value::Map(vec![("ASKED".into(), "for".into())]);
    assert_eq!(read.call(&environment), Ok(asked));
}

#[test]
fn the_network_is_there_where_it_was_granted() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = i64::from(listener.local_addr().expect("an address").port());
    let connects = of_suite("connects").arg(port);
    let refused = alone().call(&connects);
    assert!(matches!(refused, Err(CallError::Python(_))), "{refused:?}");
    let granted = start(WasiOptions {
        network: true,
        ..options()
    });
    assert_eq!(granted.call(&connects), Ok("connected".into()));
}

#[test]
fn what_waits_is_cancelled_and_what_spins_is_stopped() {
    let runtime = alone();
    let short = Duration::from_millis(300);
    for call in [
        of_suite("later").arg(1).arg(600.0),
        Call::new("time", "sleep").arg(600.0),
    ] {
        is_cancelled_and_timed_out(&runtime, &call);
    }
    let pending = runtime.begin(&exec("while True: pass")).expect("begun");
    std::thread::sleep(short);
    pending.cancel();
    assert_eq!(pending.wait(), Err(CallError::Cancelled));
    let after = runtime.call(&of_suite("echo").arg(1));
    let Err(CallError::Ended { status, .. }) = &after else {
        panic!("{after:?}");
    };
    assert!(status.contains("restart"), "{status}");
    runtime.restart().expect("another instance");
    assert_eq!(runtime.call(&of_suite("echo").arg(2)), Ok(2.into()));
}

#[test]
fn an_end_of_python_is_an_error_of_the_call() {
    let runtime = alone();
    let ends = "import os, sys; print('farewell', file=sys.stderr, flush=True); os._exit(7)";
    let ended = runtime.call(&exec(ends));
    let Err(CallError::Ended { status, stderr }) = &ended else {
        panic!("{ended:?}");
    };
    // An exit of WASI Preview 2 says only whether all was well.
    assert_eq!(status, "exit status: 1");
    assert!(stderr.ends_with("farewell\n"), "{stderr}");
    assert_eq!(runtime.call(&of_suite("echo").arg(1)), ended);
    runtime.restart().expect("another instance");
    assert_eq!(runtime.call(&of_suite("echo").arg(1)), Ok(1.into()));
}

#[test]
fn large_values_cross() {
    large_values_cross_in(&alone());
}

#[test]
fn calls_of_other_threads_run_while_the_host_works() {
    let (entered, is_entered) = std::sync::mpsc::channel();
    let (leave, may_leave) = std::sync::mpsc::channel::<()>();
    let may_leave = std::sync::Mutex::new(may_leave);
    let hosts = Hosts::default().with("works", move |_| {
        entered.send(()).expect("somebody waits");
        may_leave.lock().expect("whole").recv().expect("an end");
        Ok("done".into())
    });
    let runtime = start(WasiOptions { hosts, ..options() });
    let pending = runtime
        .begin(&of_suite("host").arg("works"))
        .expect("begun");
    is_entered.recv().expect("it is called");
    assert_eq!(runtime.call(&of_suite("echo").arg(1)), Ok(1.into()));
    leave.send(()).expect("it waits");
    assert_eq!(pending.wait(), Ok("done".into()));
}

#[test]
fn the_library_is_there_without_a_disk() {
    let runtime = alone();
    let imports = "import abc, argparse, ast, bisect, calendar, cmath, configparser, csv, \
        dataclasses, datetime, decimal, difflib, dis, email.mime.text, fractions, ftplib, glob, \
        graphlib, gzip, hashlib, html.parser, http.client, imaplib, importlib.metadata, inspect, \
        ipaddress, logging.config, logging.handlers, mimetypes, optparse, pathlib, pdb, pickle, \
        pickletools, platform, plistlib, pprint, profile, pydoc, queue, random, sched, secrets, \
        shelve, shlex, smtplib, sqlite3, statistics, tarfile, tempfile, textwrap, timeit, tomllib, \
        trace, typing, unittest.mock, urllib.request, uuid, venv, wave, wsgiref.simple_server, \
        xml.etree.ElementTree, xmlrpc.client, zipfile, zoneinfo, encodings.cp1252, \
        encodings.shift_jis";
    assert_eq!(runtime.call(&exec(imports)), Ok(Value::Null));
    // Its sources are there too, for tracebacks.
    let wrong = Call::new("json", "loads").arg("{");
    let Err(CallError::Python(error)) = runtime.call(&wrong) else {
        panic!("it is no JSON");
    };
    assert!(
        error
            .traceback
            .contains("return _default_decoder.decode(s)"),
        "{error:?}"
    );
}

#[test]
fn every_instance_draws_other_numbers() {
    let draw = || alone().call(&of_suite("draws")).expect("numbers");
    let (Value::List(one), Value::List(two)) = (draw(), draw()) else {
        panic!("no list");
    };
    assert!(one[0] != two[0] && one[1] != two[1], "{one:?} {two:?}");
}

#[test]
fn user_code_may_run_loops_of_its_own() {
    let runtime = alone();
    let ran = runtime.call(&of_suite("runs_own_loop").arg("x"));
    assert_eq!(ran, Ok("x".into()));
}

#[test]
fn a_loop_that_nothing_wakes_is_an_error_and_no_hang() {
    let stuck = of_suite("waits_forever").within(Duration::from_secs(30));
    let Err(CallError::Python(error)) = alone().call(&stuck) else {
        panic!("it has an end");
    };
    assert!(error.message.contains("nothing will ever do"), "{error}");
}

#[test]
fn a_builder_that_is_none_is_told() {
    let cache = tempfile::tempdir().expect("a folder");
    let glue = Glue::place(cache.path()).expect("the glue");
    for (program, words) in [
        (
            "/nonexistent/componentize-py",
            "pip install componentize-py==",
        ),
        ("/bin/true", "and `/bin/true` is `true"),
    ] {
        let error: Result<_, ComponentError> =
            Component::build(Path::new(program), &glue, cache.path());
        let error = error.expect_err("none").to_string();
        assert!(error.contains(words), "{error}");
    }
}
