//! The pyodide mode in Node, and what only it can be asked.
//!
//! `MOCHI_PYODIDE` names a folder with a `pyodide` package of npm for each of [`RELEASES`].

use crate::subprocess::glue;
use crate::{Mode, is_cancelled_and_timed_out, large_values_cross_in, of_suite, suite};
use runtime::{AsyncMode, Call, CallError, PyodideNode, PyodideNodeOptions, Runtime, Value};
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub(crate) const RELEASES: [&str; 2] = ["0.29.5", "314.0.7"];

/// The folder of a release.
pub(crate) fn pyodide(release: &str) -> PathBuf {
    let folder = std::env::var_os("MOCHI_PYODIDE")
        .expect("MOCHI_PYODIDE is not set: run scripts/test, which makes what it names");
    PathBuf::from(folder).join(release)
}

fn options(release: &str) -> PyodideNodeOptions {
    PyodideNodeOptions {
        paths: suite(),
        pass_stderr: false,
        ..PyodideNodeOptions::new(&pyodide(release))
    }
}

fn start(options: PyodideNodeOptions) -> (tempfile::TempDir, PyodideNode) {
    let (cache, glue) = glue();
    let runtime = PyodideNode::start(options, &glue).expect("Pyodide starts");
    (cache, runtime)
}

pub(crate) fn modes() -> Vec<Mode> {
    let of = |name, release, async_mode| {
        Mode::new(name, |hosts| {
            start(PyodideNodeOptions {
                async_mode,
                hosts,
                ..options(release)
            })
        })
    };
    vec![
        of("pyodide 0.29.5", RELEASES[0], AsyncMode::PerCall),
        of("pyodide 314.0.7", RELEASES[1], AsyncMode::PerCall),
        of("pyodide, persistent", RELEASES[1], AsyncMode::Persistent),
    ]
}

fn probe(function: &str) -> Call {
    Call::new("mochi_probe", function)
}

/// Every release, in both modes of its loops.
fn all() -> impl Iterator<Item = PyodideNodeOptions> {
    RELEASES.into_iter().flat_map(|release| {
        [AsyncMode::PerCall, AsyncMode::Persistent].map(|async_mode| PyodideNodeOptions {
            async_mode,
            ..options(release)
        })
    })
}

#[test]
fn calls_are_cancelled_and_timed_out() {
    for options in all() {
        let (_cache, runtime) = start(options);
        // Never answered while it is needed.
        runtime.hosts().register(
            "never",
            std::sync::Arc::new(|_| {
                std::thread::sleep(Duration::from_secs(20));
                Ok(Value::Null)
            }),
        );
        let spins = Call::new("builtins", "exec").arg("while True: pass");
        let later = of_suite("later").arg(1).arg(60.0);
        for call in [later, spins, probe("spins"), probe("catches_and_goes_on")] {
            is_cancelled_and_timed_out(&runtime, &call);
        }
    }
}

#[test]
fn a_call_is_cancelled_before_it_begins_and_others_are_not() {
    let (_cache, runtime) = start(options(RELEASES[1]));
    let spins = Call::new("builtins", "exec").arg("while True: pass");
    let first = runtime.begin(&spins).expect("begun");
    let second = runtime.begin(&spins).expect("begun");
    let third = runtime.begin(&of_suite("echo").arg(3)).expect("begun");
    std::thread::sleep(Duration::from_millis(200));
    second.cancel();
    std::thread::sleep(Duration::from_millis(200));
    first.cancel();
    assert_eq!(first.wait(), Err(CallError::Cancelled));
    assert_eq!(second.wait(), Err(CallError::Cancelled));
    assert_eq!(third.wait(), Ok(3.into()));
}

/// Pyodide loses an interrupt that comes while it clears the last one, and Python ignores what is
/// raised in a callback of its collector: either happens once in some hundred calls.
#[test]
fn no_interrupt_is_lost() {
    for release in RELEASES {
        let (_cache, runtime) = start(options(release));
        let spins = Call::new("builtins", "exec").arg("while True: pass");
        for at in 0..2000 {
            let call = if at % 2 == 0 { &spins } else { &probe("spins") };
            let call = call.clone().within(Duration::from_secs(20));
            let pending = runtime.begin(&call).expect("begun");
            std::thread::sleep(Duration::from_micros(400 * (at % 4)));
            pending.cancel();
            assert_eq!(pending.wait(), Err(CallError::Cancelled), "{release}: {at}");
        }
    }
}

#[test]
fn what_is_asynchronous_runs_at_once_and_while_the_host_works() {
    for options in all() {
        let (_cache, runtime) = start(options);
        runtime.hosts().register(
            "pause",
            std::sync::Arc::new(|_| {
                std::thread::sleep(Duration::from_millis(500));
                Ok(Value::Null)
            }),
        );
        let begun = Instant::now();
        let slow: Vec<_> = (0..20)
            .map(|n| {
                let call = of_suite("later").arg(n).arg(0.5);
                runtime.begin(&call).expect("begun")
            })
            .collect();
        for (n, pending) in slow.into_iter().enumerate() {
            assert_eq!(pending.wait(), Ok(Value::from(n as i64)));
        }
        assert!(begun.elapsed() < Duration::from_secs(5));
        // A synchronous call holds the one thread, and yet the other call ends meanwhile.
        let sets = runtime.begin(&probe("sets").arg(1)).expect("begun");
        let counted = runtime.call(&probe("waits_for_host_then_counts"));
        assert_eq!(counted, Ok(1.into()));
        assert_eq!(sets.wait(), Ok(1.into()));
        assert_eq!(runtime.call(&probe("awaits_javascript")), Ok(7.into()));
        assert_eq!(runtime.call(&probe("in_executor")), Ok(3.into()));
    }
}

#[test]
fn a_loop_is_kept_in_persistent_mode_only() {
    for options in all() {
        let loops = match options.async_mode {
            AsyncMode::PerCall => 3,
            AsyncMode::Persistent => 1,
        };
        let (_cache, runtime) = start(options);
        for _ in 0..2 {
            runtime.call(&of_suite("loops")).expect("a number");
        }
        assert_eq!(runtime.call(&of_suite("loops")), Ok(loops.into()));
    }
}

#[test]
fn an_end_of_node_is_an_error_of_the_call() {
    let (_cache, runtime) = start(options(RELEASES[0]));
    let waiting = runtime
        .begin(&of_suite("later").arg(1).arg(60.0))
        .expect("begun");
    let killed = std::process::Command::new("kill")
        .args(["-9", &runtime.id().to_string()])
        .status();
    assert!(killed.is_ok_and(|status| status.success()));
    let ended = waiting.wait();
    let Err(CallError::Ended { status, .. }) = &ended else {
        panic!("{ended:?}");
    };
    assert!(status.contains("signal: 9"), "{status}");
    runtime.restart().expect("another");
    assert_eq!(runtime.call(&of_suite("echo").arg(1)), Ok(1.into()));

    // Python ends itself, with its last words.
    let exit = "import os, sys; print('farewell', file=sys.stderr); os._exit(7)";
    let ended = runtime.call(&Call::new("builtins", "exec").arg(exit));
    let Err(CallError::Ended { status, stderr }) = &ended else {
        panic!("{ended:?}");
    };
    assert!(status.contains('7'), "{status}");
    assert!(stderr.contains("farewell"), "{stderr}");
    runtime.restart().expect("another");
    assert_eq!(runtime.call(&of_suite("echo").arg(2)), Ok(2.into()));
}

#[test]
fn what_hangs_is_given_up_and_restarted() {
    let (_cache, runtime) = start(options(RELEASES[1]));
    // No bytecode runs, so no interrupt is seen.
    let hangs = Call::new("pyodide.code", "run_js")
        .arg("for (;;) {}")
        .within(Duration::from_millis(300));
    let timed = runtime.call(&hangs);
    assert!(matches!(timed, Err(CallError::Timeout { .. })), "{timed:?}");
    runtime.restart().expect("another");
    assert_eq!(runtime.call(&of_suite("echo").arg(2)), Ok(2.into()));
    runtime.shutdown();
    let ended = runtime.call(&of_suite("echo").arg(3));
    assert!(matches!(ended, Err(CallError::Ended { .. })), "{ended:?}");
}

#[test]
fn large_values_cross() {
    for release in RELEASES {
        large_values_cross_in(&start(options(release)).1);
    }
}

#[test]
fn calls_too_deep_in_one_another_are_refused() {
    for options in all() {
        let deep = Mode::new("deep", |hosts| {
            start(PyodideNodeOptions { hosts, ..options })
        });
        for function in ["descend", "descend_async"] {
            let refused = deep.runtime().call(&of_suite(function).arg(300));
            let Err(CallError::Python(error)) = refused else {
                panic!("{refused:?}");
            };
            assert!(error.message.contains("as many as there can be"), "{error}");
            assert_eq!(
                deep.runtime().call(&of_suite(function).arg(150)),
                Ok(150.into())
            );
        }
    }
}

#[test]
fn wheels_go_onto_the_path() {
    let folder = tempfile::tempdir().expect("a folder");
    let wheel = folder.path().join("mochi_packed-1-py3-none-any.whl");
    let packs = "import sys, zipfile; zipfile.ZipFile(sys.argv[1], 'w').writestr('mochi_packed.py', 'answer = lambda: 42')";
    let packed = std::process::Command::new(crate::subprocess::python())
        .args(["-c", packs])
        .arg(&wheel)
        .status();
    assert!(packed.is_ok_and(|status| status.success()));
    for release in RELEASES {
        let (_cache, runtime) = start(PyodideNodeOptions {
            paths: vec![wheel.clone()],
            ..options(release)
        });
        let answer = runtime.call(&Call::new("mochi_packed", "answer"));
        assert_eq!(answer, Ok(42.into()));
    }
}

#[test]
fn a_pyodide_that_is_none_is_told() {
    let (cache, glue) = glue();
    let none = PyodideNode::start(PyodideNodeOptions::new(cache.path()), &glue);
    let error = none.err().expect("an error").to_string();
    assert!(error.contains("the folder is no Pyodide"), "{error}");
    // It looks like one, and does not start.
    for name in [
        "pyodide.mjs",
        "pyodide.asm.wasm",
        "python_stdlib.zip",
        "pyodide-lock.json",
    ] {
        std::fs::write(cache.path().join(name), "export const x = 1;").expect("written");
    }
    let broken = PyodideNodeOptions {
        pass_stderr: false,
        ..PyodideNodeOptions::new(cache.path())
    };
    let error = PyodideNode::start(broken, &glue).err().expect("an error");
    let error = error.to_string();
    assert!(
        error.contains("it ended") && error.contains("loadPyodide"),
        "{error}"
    );
}
