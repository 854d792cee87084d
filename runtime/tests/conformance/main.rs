//! The conformance suite (`cases.toml`): the same calls in every runtime mode, with the
//! results compared value by value; and what only a process of its own can be asked.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `cases.toml` | the calls and what they give |
//! | `mochi_conformance.py` | what is called |
//! | a file of a mode | how the suite starts it, and what only this mode can be asked |

#[cfg(feature = "embedded")]
mod embedded;
mod pyodide;
mod pyodide_js;
mod subprocess;
#[cfg(feature = "wasi")]
mod wasi;

use runtime::wire::{from_text, to_text};
use runtime::{Call, CallError, HostError, Hosts, Runtime, Value};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tag_matrix::{Support, Target};

#[derive(Deserialize)]
struct Suite {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default = "of_the_suite")]
    module: String,
    call: String,
    #[serde(default)]
    args: Option<String>,
    #[serde(default)]
    kwargs: Option<String>,
    #[serde(default)]
    result: Option<String>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    message: String,
}

fn of_the_suite() -> String {
    "mochi_conformance".to_owned()
}

fn value(text: &str) -> Value {
    from_text(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

impl Case {
    fn call(&self) -> Call {
        let mut call = Call::new(&self.module, &self.call).within(Duration::from_secs(60));
        if let Some(Value::List(args)) = self.args.as_deref().map(value) {
            call.args = args;
        }
        if let Some(Value::Map(kwargs)) = self.kwargs.as_deref().map(value) {
            call.kwargs = kwargs;
        }
        call
    }

    /// What is wrong with an answer.
    fn judge(&self, answer: Result<Value, CallError>) -> Option<String> {
        match (answer, &self.result, &self.error) {
            (Ok(found), Some(due), None) if found == value(due) => None,
            (Err(CallError::Python(error)), None, Some(kind))
                if error.kind == *kind && error.message.contains(&self.message) =>
            {
                let last = error
                    .traceback
                    .trim_end()
                    .lines()
                    .last()
                    .unwrap_or_default();
                let is_told = last.contains(self.message.lines().next().unwrap_or_default());
                (!is_told).then(|| format!("the traceback ends with {last:?}"))
            }
            (Ok(found), ..) => Some(format!("gave {:.300}", to_text(&found).unwrap_or_default())),
            (Err(error), ..) => Some(format!("failed: {error:?}")),
        }
    }
}

/// A runtime that the host functions can call, once it is there.
type Late = Arc<OnceLock<Box<dyn Runtime>>>;

/// A host function that calls a function of the suite with its own arguments.
fn calls_back(
    runtime: &Late,
    function: Option<&'static str>,
) -> impl Fn(Vec<Value>) -> Result<Value, HostError> + Send + Sync + 'static {
    let runtime = Arc::clone(runtime);
    move |mut args| {
        let named = function.is_none().then(|| args.remove(0));
        let named = named.as_ref().and_then(Value::as_str);
        let call = Call {
            args,
            ..of_suite(function.or(named).unwrap_or_default())
        };
        let runtime = runtime.get().expect("it is there");
        runtime.call(&call).map_err(HostError::from)
    }
}

fn hosts(runtime: &Late) -> Hosts {
    Hosts::default()
        .with("call_back", calls_back(runtime, None))
        .with("descend", calls_back(runtime, Some("descend")))
        .with("descend_async", calls_back(runtime, Some("descend_async")))
        .with("distance", |_| Ok(2.5.into()))
        .with("echoEverything", |mut args| Ok(args.swap_remove(0)))
        .with("echo", |mut args| Ok(args.pop().unwrap_or(Value::Null)))
        .with("fail", |args| {
            let message = args[0].as_str().unwrap_or_default();
            Err(HostError {
                payload: args.get(1).cloned(),
                ..HostError::new("Teapot", message)
            })
        })
        .with("panics", |_| panic!("at the disco"))
        .with("fail_because", |args| {
            let well = HostError::new("Well", "no well");
            let water = HostError::new("Water", "no water").because(well);
            let message = args[0].as_str().unwrap_or_default();
            Err(HostError::new("Teapot", message).because(water))
        })
}

/// The folders of `mochi_conformance.py`, and of a wrapper that `mochi py wrap` writes.
fn suite() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    vec![
        here.join("tests/conformance"),
        here.join("../wrap/tests/golden"),
    ]
}

fn of_suite(function: &str) -> Call {
    Call::new("mochi_conformance", function)
}

/// 100 MB of bytes and a long list, from Python and to it.
fn large_values_cross_in(runtime: &dyn Runtime) {
    let size = 100 << 20;
    let found = runtime.call(&of_suite("large").arg(size));
    let found = found.expect("a result");
    let Some(Value::Bytes(bytes)) = found.get("bytes") else {
        panic!("no bytes");
    };
    assert!(bytes.len() as i64 == size && bytes[..2] == [0, 255]);
    let length = Call {
        args: vec![Value::Bytes(bytes.clone())],
        ..Call::new("builtins", "len")
    };
    assert_eq!(runtime.call(&length), Ok(size.into()));
    let many = Value::List((0..200_000).map(Value::from).collect());
    let call = Call {
        args: vec![many.clone()],
        ..of_suite("echo")
    };
    assert_eq!(runtime.call(&call), Ok(many));
}

/// A call ends where it is cancelled or too long, and others go on.
fn is_cancelled_and_timed_out(runtime: &dyn Runtime, call: &Call) {
    let pending = runtime.begin(call).expect("begun");
    std::thread::sleep(Duration::from_millis(200));
    pending.cancel();
    assert_eq!(pending.wait(), Err(CallError::Cancelled), "{call:?}");
    let begun = Instant::now();
    let timed = runtime.call(&call.clone().within(Duration::from_millis(300)));
    assert!(matches!(timed, Err(CallError::Timeout { .. })), "{timed:?}");
    assert_eq!(runtime.call(&of_suite("echo").arg(1)), Ok(1.into()));
    assert!(begun.elapsed() < Duration::from_secs(10), "{call:?}");
}

/// A runtime that the suite runs in.
struct Mode {
    name: &'static str,
    runtime: Late,
    /// What has to outlive it.
    _keep: Box<dyn std::any::Any>,
}

impl Mode {
    /// A mode whose runtime is started with the host's functions.
    fn new<K: 'static, R: Runtime + 'static>(
        name: &'static str,
        start: impl FnOnce(Hosts) -> (K, R),
    ) -> Self {
        let late = Late::default();
        let (keep, runtime) = start(hosts(&late));
        assert!(late.set(Box::new(runtime)).is_ok());
        Self {
            name,
            runtime: late,
            _keep: Box::new(keep),
        }
    }

    fn runtime(&self) -> &dyn Runtime {
        self.runtime.get().expect("it is there").as_ref()
    }
}

fn modes() -> Vec<Mode> {
    let mut modes = Vec::new();
    modes.extend(subprocess::modes());
    #[cfg(feature = "embedded")]
    modes.extend(embedded::modes());
    modes.extend(pyodide::modes());
    #[cfg(feature = "wasi")]
    modes.extend(wasi::modes());
    modes
}

#[test]
fn every_mode_answers_alike() {
    let suite: Suite = toml::from_str(include_str!("cases.toml")).expect("the suite is valid");
    let modes = modes();
    let mut failures = Vec::new();
    let names: Vec<&str> = modes.iter().map(|mode| mode.name).collect();
    println!("{:44} {}", "case", names.join(" | "));
    for case in &suite.case {
        let verdicts = modes.iter().map(|mode| {
            let width = mode.name.len();
            let answer = mode.runtime().call(&case.call());
            let verdict = match case.judge(answer) {
                None => "ok",
                Some(why) => {
                    failures.push(format!("{}, {}: {why}", case.name, mode.name));
                    "FAILED"
                }
            };
            format!("{verdict:width$}")
        });
        let verdicts: Vec<String> = verdicts.collect();
        println!("{:44} {}", case.name, verdicts.join(" | "));
    }
    for mode in &modes {
        mode.runtime().shutdown();
    }
    assert!(
        suite.case.len() > 40 && failures.is_empty(),
        "{}",
        failures.join("\n")
    );
}

/// The target that a mode runs on.
fn target_of(mode: &Mode) -> Target {
    match mode.name.split([' ', ',']).next() {
        Some("pyodide") => "wasm32-emscripten".parse(),
        Some("wasi") => "wasm32-wasip2".parse(),
        _ => Ok(runtime::target_of_build().expect("a row of the table")),
    }
    .expect("a target")
}

/// `asyncio`, `threading` and `subprocess` of the target table, asked of the target itself; what is
/// not there fails at once, and says where.
#[test]
fn the_columns_of_the_table_are_what_targets_say() {
    let modes = modes();
    let mut targets = BTreeSet::new();
    for mode in &modes {
        let target = target_of(mode);
        targets.insert(target);
        let probe = |function| Call::new("mochi_probe", function).within(Duration::from_secs(30));
        let found = mode.runtime().call(&probe("columns"));
        let found = found.unwrap_or_else(|error| panic!("{}: {error:?}", mode.name));
        let columns = target.columns();
        for (name, support) in [
            ("asyncio", columns.asyncio),
            ("threading", columns.threading),
            ("subprocess", columns.subprocess),
        ] {
            let works = found.get(name) == Some(&true.into());
            assert_eq!(
                works,
                support != Support::No,
                "{}: {name}: {found:?}",
                mode.name
            );
        }
        if columns.threading == Support::No {
            refuses_at_once(mode, target);
        }
        mode.runtime().shutdown();
    }
    assert!(targets.len() > 1, "{targets:?}");
}

fn refuses_at_once(mode: &Mode, target: Target) {
    for function in [
        "starts_thread",
        "starts_thread_below",
        "runs_subprocess",
        "forks",
        "runs_shell",
    ] {
        let begun = Instant::now();
        let refused = mode.runtime().call(&Call::new("mochi_probe", function));
        let Err(CallError::Python(error)) = refused else {
            panic!("{}, {function}: {refused:?}", mode.name);
        };
        assert!(error.kind.ends_with("Unavailable"), "{error:?}");
        assert!(error.message.contains(target.name()), "{error:?}");
        assert!(begun.elapsed() < Duration::from_secs(1), "{function}");
    }
}
