//! How long a call takes in the modes of this machine, next to the plainest thing that does the
//! same. `benches/bridge` runs it and prints ratios.
//!
//! ```text
//! latency subprocess|embedded|pyo3|wasi|component PYTHON CACHE COMPONENTIZE_PY
//! ```
//!
//! prints one JSON object: nanoseconds of a call of `echo` with an integer, with 1 MB of bytes, and
//! with a list of 10,000 integers; each the median of several rounds.

use runtime::{
    Call, Component, Embedded, EmbeddedOptions, Glue, Runtime, Subprocess, SubprocessOptions,
    Value, Wasi, WasiOptions,
};
use std::path::{Path, PathBuf};
use std::time::Instant;

const ROUNDS: usize = 7;

/// The nanoseconds of one call, as the median of rounds of `times` calls.
fn measure(times: u32, mut call: impl FnMut()) -> f64 {
    call();
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            for _ in 0..times {
                call();
            }
            begun.elapsed().as_nanos() as f64 / f64::from(times)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

fn report(figures: [f64; 3]) {
    let [int, bytes, list] = figures;
    println!(r#"{{"int":{int:.0},"bytes":{bytes:.0},"list":{list:.0}}}"#);
}

fn values() -> [Value; 3] {
    [
        1.into(),
        Value::Bytes(vec![7; 1_000_000]),
        Value::List((0..10_000).map(Value::from).collect()),
    ]
}

const TIMES: [u32; 3] = [2_000, 20, 40];

fn of_runtime(runtime: &dyn Runtime) {
    let mut figures = [0.0; 3];
    for (at, value) in values().into_iter().enumerate() {
        let call = Call {
            args: vec![value.clone()],
            ..Call::new("latency_echo", "echo")
        };
        assert_eq!(runtime.call(&call), Ok(value));
        figures[at] = measure(TIMES[at], || {
            let result = runtime.call(&call);
            assert!(result.is_ok());
        });
    }
    runtime.shutdown();
    report(figures);
}

/// What a program would write that knew its function and its types.
fn plain() -> pyo3::PyResult<()> {
    use pyo3::prelude::*;
    use pyo3::types::PyBytes;
    let echo = Python::attach(|py| {
        let echo = py.import("latency_echo")?.getattr("echo")?;
        PyResult::Ok(echo.unbind())
    })?;
    let int = measure(TIMES[0], || {
        let back: i64 =
            Python::attach(|py| echo.call1(py, (1_i64,))?.extract(py)).expect("an integer");
        assert_eq!(back, 1);
    });
    let data = vec![7_u8; 1_000_000];
    let bytes = measure(TIMES[1], || {
        let back: Vec<u8> = Python::attach(|py| {
            let bytes = PyBytes::new(py, &data);
            let back = echo.call1(py, (bytes,))?;
            PyResult::Ok(back.cast_bound::<PyBytes>(py)?.as_bytes().to_vec())
        })
        .expect("bytes");
        assert_eq!(back.len(), data.len());
    });
    let numbers: Vec<i64> = (0..10_000).collect();
    let list = measure(TIMES[2], || {
        let back: Vec<i64> =
            Python::attach(|py| echo.call1(py, (&numbers,))?.extract(py)).expect("a list");
        assert_eq!(back.len(), numbers.len());
    });
    report([int, bytes, list]);
    Ok(())
}

/// The same bytes, given to the component and back, without the bridge: what the wire would hold.
fn component(wasi: &Wasi) {
    let mut figures = [0.0; 3];
    for (at, value) in values().into_iter().enumerate() {
        let text = runtime::wire::to_text(&value).expect("a text").into_bytes();
        figures[at] = measure(TIMES[at], || {
            let back = wasi.ping(text.clone()).expect("it is there");
            assert_eq!(back.len(), text.len());
        });
    }
    report(figures);
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [mode, python, cache, builder] = &words[..] else {
        eprintln!(
            "usage: latency subprocess|embedded|pyo3|wasi|component PYTHON CACHE COMPONENTIZE_PY"
        );
        std::process::exit(2);
    };
    let module = tempfile::tempdir().expect("a folder");
    let echo = "def echo(value):\n    return value\n";
    std::fs::write(module.path().join("latency_echo.py"), echo).expect("a file");
    let cache = PathBuf::from(cache);
    let glue = Glue::place(&cache).expect("the glue");
    let paths = vec![module.path().to_path_buf()];
    match mode.as_str() {
        "subprocess" => {
            let options = SubprocessOptions {
                paths,
                ..SubprocessOptions::new(Path::new(python))
            };
            of_runtime(&Subprocess::start(options, &glue).expect("Python starts"));
        }
        "embedded" | "pyo3" => {
            let options = EmbeddedOptions {
                python: Some(python.into()),
                paths,
                ..EmbeddedOptions::default()
            };
            let embedded = Embedded::start(&options, &glue).expect("Python starts");
            match mode.as_str() {
                "embedded" => of_runtime(&embedded),
                _ => plain().expect("PyO3 calls"),
            }
        }
        _ => {
            let component_of = Component::build(Path::new(builder), &glue, &cache);
            let options = WasiOptions {
                paths,
                ..WasiOptions::default()
            };
            let wasi = Wasi::start(options, component_of.expect("a component"));
            let wasi = wasi.expect("an instance");
            match mode.as_str() {
                "wasi" => of_runtime(&wasi),
                _ => component(&wasi),
            }
        }
    }
}
