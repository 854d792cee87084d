//! The subprocess mode, and what only a process of its own can be asked.
//!
//! `MOCHI_REFEREE_PYTHON` names the interpreter.

use crate::{Mode, is_cancelled_and_timed_out, large_values_cross_in, of_suite, suite};
use runtime::{
    AsyncMode, Call, CallError, Glue, Hosts, Runtime, Subprocess, SubprocessOptions, Value,
};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(crate) fn python() -> PathBuf {
    let python = std::env::var_os("MOCHI_REFEREE_PYTHON");
    python
        .expect("MOCHI_REFEREE_PYTHON is not set: set it to a CPython")
        .into()
}

fn options() -> SubprocessOptions {
    SubprocessOptions {
        paths: suite(),
        pass_stderr: false,
        ..SubprocessOptions::new(&python())
    }
}

pub(crate) fn glue() -> (tempfile::TempDir, Glue) {
    let cache = tempfile::tempdir().expect("a folder");
    let glue = Glue::place(cache.path()).expect("the glue");
    (cache, glue)
}

/// With the cache that the glue is in, which has to outlive it.
fn start(options: SubprocessOptions) -> (tempfile::TempDir, Subprocess) {
    let (cache, glue) = glue();
    let runtime = Subprocess::start(options, &glue).expect("Python starts");
    (cache, runtime)
}

pub(crate) fn modes() -> Vec<Mode> {
    let of = |name, async_mode| {
        Mode::new(name, |hosts| {
            start(SubprocessOptions {
                async_mode,
                hosts,
                ..options()
            })
        })
    };
    vec![
        of("subprocess", AsyncMode::PerCall),
        of("subprocess, persistent", AsyncMode::Persistent),
    ]
}

#[test]
fn large_values_cross() {
    large_values_cross_in(&start(options()).1);
}

#[test]
fn calls_are_pipelined() {
    let (_cache, runtime) = start(options());
    let begun = Instant::now();
    let slow: Vec<_> = (0..20)
        .map(|n| {
            runtime
                .begin(&of_suite("later").arg(n).arg(0.5))
                .expect("begun")
        })
        .collect();
    for (n, pending) in slow.into_iter().enumerate() {
        assert_eq!(pending.wait(), Ok(Value::from(n as i64)));
    }
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn calls_are_cancelled_and_timed_out() {
    for async_mode in [AsyncMode::PerCall, AsyncMode::Persistent] {
        let (_cache, runtime) = start(SubprocessOptions {
            async_mode,
            ..options()
        });
        // Asynchronous, and a loop of bytecode.
        let spins = Call::new("builtins", "exec").arg("while True: pass");
        for call in [of_suite("later").arg(1).arg(60.0), spins] {
            is_cancelled_and_timed_out(&runtime, &call);
        }
    }
}

/// What an import cut in the middle would leave behind breaks every call after it.
#[test]
fn an_import_is_not_cut_by_a_cancellation() {
    let (_cache, runtime) = start(options());
    let call = Call::new("mochi_slow", "one");
    let pending = runtime.begin(&call).expect("begun");
    std::thread::sleep(Duration::from_millis(200));
    pending.cancel();
    assert_eq!(pending.wait(), Err(CallError::Cancelled));
    assert_eq!(runtime.call(&call), Ok(1.into()));
}

#[test]
fn a_loop_is_kept_in_persistent_mode_only() {
    for (async_mode, loops) in [(AsyncMode::PerCall, 3), (AsyncMode::Persistent, 1)] {
        let (_cache, runtime) = start(SubprocessOptions {
            async_mode,
            ..options()
        });
        for _ in 0..2 {
            runtime.call(&of_suite("loops")).expect("a number");
        }
        assert_eq!(runtime.call(&of_suite("loops")), Ok(loops.into()));
    }
}

#[test]
fn an_end_of_python_is_an_error_of_the_call() {
    let (_cache, runtime) = start(options());
    let dies = Call::new("os", "_exit").arg(7);
    let ended = runtime.call(&dies);
    let Err(CallError::Ended { status, .. }) = &ended else {
        panic!("{ended:?}");
    };
    assert!(status.contains('7'), "{status}");
    assert_eq!(runtime.call(&of_suite("echo").arg(1)), ended);
    runtime.restart().expect("another");
    assert_eq!(runtime.call(&of_suite("echo").arg(1)), Ok(1.into()));

    // A crash, with its last words.
    let crash =
        "import sys, ctypes; sys.stderr.write('farewell'); sys.stderr.flush(); ctypes.string_at(0)";
    let waiting = runtime
        .begin(&of_suite("later").arg(1).arg(60.0))
        .expect("begun");
    let ended = runtime.call(&Call::new("builtins", "exec").arg(crash));
    let Err(CallError::Ended { status, stderr }) = &ended else {
        panic!("{ended:?}");
    };
    assert!(
        status.contains("signal") && stderr.ends_with("farewell"),
        "{status} {stderr}"
    );
    assert_eq!(waiting.wait(), ended);
    runtime.restart().expect("another");
    assert_eq!(runtime.call(&of_suite("echo").arg(2)), Ok(2.into()));
}

#[test]
fn what_hangs_in_c_is_given_up_and_restarted() {
    let (_cache, runtime) = start(options());
    let hangs = Call::new("time", "sleep")
        .arg(600.0)
        .within(Duration::from_millis(300));
    assert!(matches!(
        runtime.call(&hangs),
        Err(CallError::Timeout { .. })
    ));
    assert_eq!(runtime.call(&of_suite("echo").arg(1)), Ok(1.into()));
    runtime.restart().expect("another");
    assert_eq!(runtime.call(&of_suite("echo").arg(2)), Ok(2.into()));
}

#[test]
fn an_interpreter_that_is_none_is_told() {
    let (_cache, glue) = glue();
    for (python, words) in [
        ("/nonexistent/python", "could not be started"),
        ("/bin/false", "it ended"),
    ] {
        let error = Subprocess::start(SubprocessOptions::new(Path::new(python)), &glue);
        let error = error.err().expect("an error").to_string();
        assert!(error.contains(python) && error.contains(words), "{error}");
    }
}

/// A wheel's copy of the glue serves as well, whatever the name it has there.
#[test]
fn a_vendored_copy_answers_just_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let vendor = folder.path().join("shop/_vendor/mochi_runtime");
    std::fs::create_dir_all(&vendor).expect("a folder");
    for (name, text) in Glue::files() {
        std::fs::write(vendor.join(name), text).expect("a file");
    }
    let module = "from ._vendor.mochi_runtime import call_host\n\
                  def asks(value):\n    return call_host('echo', value)\n\
                  def fails():\n    return object()\n";
    std::fs::write(folder.path().join("shop/till.py"), module).expect("a file");
    let (_cache, runtime) = start(SubprocessOptions {
        module: "shop._vendor.mochi_runtime.subprocess_server".to_owned(),
        paths: vec![folder.path().to_path_buf()],
        hosts: Hosts::default().with("echo", |mut args| Ok(args.remove(0))),
        pass_stderr: false,
        ..SubprocessOptions::new(&python())
    });
    let asks = Call::new("shop.till", "asks").arg(7);
    assert_eq!(runtime.call(&asks), Ok(7.into()));
    let Err(CallError::Python(error)) = runtime.call(&Call::new("shop.till", "fails")) else {
        panic!("an object cannot cross");
    };
    assert_eq!(error.kind, "shop._vendor.mochi_runtime.MochiError");
}
