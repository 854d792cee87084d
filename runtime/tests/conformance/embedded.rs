//! The embedded mode, and what only an interpreter in this process can be asked.
//!
//! It is the libpython that this was built with; `MOCHI_REFEREE_PYTHON` names an interpreter of it,
//! of a virtual environment for example.

use crate::subprocess::{glue, python};
use crate::{Mode, is_cancelled_and_timed_out, large_values_cross_in, of_suite, suite};
use runtime::{
    AsyncMode, Call, CallError, Embedded, EmbeddedOptions, Hosts, Runtime, Value, linked_python,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn start(async_mode: AsyncMode, hosts: Hosts) -> (tempfile::TempDir, Embedded) {
    let (cache, glue) = glue();
    let options = EmbeddedOptions {
        python: Some(python()),
        paths: suite(),
        async_mode,
        hosts,
        quiet: true,
    };
    let runtime = Embedded::start(&options, &glue).expect("Python starts");
    // The interpreter is kept for the process, and imports from the first glue it was given.
    (cache, runtime)
}

pub(crate) fn modes() -> Vec<Mode> {
    let of = |name, async_mode| Mode::new(name, |hosts| start(async_mode, hosts));
    vec![
        of("embedded", AsyncMode::PerCall),
        of("embedded, persistent", AsyncMode::Persistent),
        #[cfg(feature = "host")]
        Mode::new("embedded in mochi-py-host", |hosts| in_host(&hosts)),
    ]
}

/// The same, in the process that `mochi py call` starts for it.
#[cfg(feature = "host")]
fn in_host(hosts: &Hosts) -> (tempfile::TempDir, runtime::HostProcess) {
    let cache = tempfile::tempdir().expect("a folder");
    let setup = runtime::Setup {
        mode: Some(runtime::RuntimeMode::Embedded),
        python: Some(python()),
        paths: suite(),
        cache: cache.path().to_path_buf(),
        ..runtime::Setup::default()
    };
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_mochi-py-host"));
    let runtime = runtime::HostProcess::start(program, setup, None, hosts);
    (cache, runtime.expect("Python starts"))
}

fn alone() -> (tempfile::TempDir, Embedded) {
    start(AsyncMode::PerCall, Hosts::default())
}

#[test]
fn the_environment_of_the_interpreter_is_honoured() {
    let (_cache, runtime) = alone();
    let asked = "import sys; sys.stdout.write('\\n'.join([sys.prefix, sys.base_prefix, \
                 '%d.%d' % sys.version_info[:2]]))";
    let output = std::process::Command::new(python())
        .args(["-c", asked])
        .output();
    let output = String::from_utf8(output.expect("it runs").stdout).expect("text");
    let due: Vec<&str> = output.lines().collect();
    let of_sys = |name: &str| {
        let call = Call::new("mochi_conformance", "of_sys").arg(name);
        runtime.call(&call).expect("an attribute")
    };
    assert_eq!(of_sys("prefix"), due[0].into());
    assert_eq!(of_sys("base_prefix"), due[1].into());
    let (version, _) = linked_python();
    assert!(version.starts_with(&format!("{}.", due[2])), "{version}");
    // PEP 703: nothing that the bridge imports switches the GIL on again.
    if linked_python().1 {
        let enabled = runtime.call(&Call::new("sys", "_is_gil_enabled"));
        assert_eq!(enabled, Ok(false.into()));
    }
}

#[test]
fn the_gil_is_released_while_the_host_works() {
    let (at_once, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, seen) = (Arc::clone(&at_once), Arc::clone(&most));
    let hosts = Hosts::default().with("works", move |_| {
        seen.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(300));
        now.fetch_sub(1, Ordering::SeqCst);
        Ok(Value::Null)
    });
    let (_cache, runtime) = start(AsyncMode::PerCall, hosts);
    let calls: Vec<_> = (0..8)
        .map(|_| {
            runtime
                .begin(&of_suite("host").arg("works"))
                .expect("begun")
        })
        .collect();
    for pending in calls {
        assert_eq!(pending.wait(), Ok(Value::Null));
    }
    assert_eq!(most.load(Ordering::SeqCst), 8);
}

#[test]
fn calls_are_cancelled_and_timed_out() {
    for async_mode in [AsyncMode::PerCall, AsyncMode::Persistent] {
        let (_cache, runtime) = start(async_mode, Hosts::default());
        // Asynchronous, and a loop of bytecode.
        let spins = Call::new("builtins", "exec").arg("while True: pass");
        for call in [of_suite("later").arg(1).arg(60.0), spins] {
            is_cancelled_and_timed_out(&runtime, &call);
        }
    }
}

#[test]
fn large_values_cross() {
    large_values_cross_in(&alone().1);
}

#[test]
fn host_functions_are_the_ones_of_who_calls() {
    let named = |name: &'static str| Hosts::default().with("name", move |_| Ok(name.into()));
    let (_cache, first) = start(AsyncMode::PerCall, named("first"));
    let (_other, second) = start(AsyncMode::Persistent, named("second"));
    let asks = of_suite("host").arg("name");
    assert_eq!(first.call(&asks), Ok("first".into()));
    assert_eq!(second.call(&asks), Ok("second".into()));
    assert_eq!(first.call(&asks), Ok("first".into()));
    first.hosts().register("late", Arc::new(|_| Ok(7.into())));
    assert_eq!(first.call(&of_suite("host").arg("late")), Ok(7.into()));
}

#[test]
fn what_is_shut_down_ends_its_calls_and_begins_no_others() {
    let (_cache, runtime) = alone();
    let pending = runtime.begin(&of_suite("later").arg(1).arg(60.0));
    std::thread::sleep(Duration::from_millis(200));
    runtime.shutdown();
    assert_eq!(pending.expect("begun").wait(), Err(CallError::Cancelled));
    let after = runtime.call(&of_suite("echo").arg(1));
    assert!(matches!(after, Err(CallError::Ended { .. })), "{after:?}");
    let restarted = runtime.restart().expect_err("it is kept").to_string();
    assert!(
        restarted.contains("kept until the process ends"),
        "{restarted}"
    );
    let (_cache, another) = alone();
    assert_eq!(another.call(&of_suite("echo").arg(1)), Ok(1.into()));
}
