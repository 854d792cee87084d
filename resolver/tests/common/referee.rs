//! The referee of exports: `packaging`, in a Python of its own.

use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};
use tag_matrix::Environment;

const SCRIPT: &str = include_str!("../export_referee.py");

/// What the referee says of each case; empty where nothing is wrong.
pub(crate) fn judge(environments: &[Environment], cases: &[Value]) -> Vec<String> {
    let python = std::env::var_os("MOCHI_REFEREE_PYTHON").expect(
        "MOCHI_REFEREE_PYTHON is not set: set it to a Python of 3.11 or later that has `packaging` 26.3",
    );
    let mut child = Command::new(&python)
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("MOCHI_REFEREE_PYTHON, {python:?}, does not run: {error}"));
    let known = environments
        .iter()
        .map(|e| (e.name().to_owned(), described(e)));
    let known: serde_json::Map<String, Value> = known.collect();
    let mut input = format!("{}\n", Value::Object(known));
    for case in cases {
        input.push_str(&format!("{case}\n"));
    }
    let mut stdin = child.stdin.take().expect("piped");
    // A referee that gives up closes its end; its own words, below, say why.
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().expect("the referee ends");
    writer.join().expect("the writer ends");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{python:?} cannot judge:\n{complaint}"
    );
    let verdicts = String::from_utf8(output.stdout).expect("UTF-8");
    let verdicts: Vec<String> = verdicts
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON string"))
        .collect();
    assert_eq!(verdicts.len(), cases.len(), "a verdict for each case");
    verdicts
}

/// An environment as `packaging` knows them.
fn described(environment: &Environment) -> Value {
    let markers = environment.markers();
    let tags: Vec<String> = environment.tags().map(|tag| tag.to_string()).collect();
    json!({
        "tags": tags,
        "markers": {
            "os_name": markers.os_name,
            "sys_platform": markers.sys_platform,
            "platform_machine": markers.platform_machine,
            "platform_system": markers.platform_system,
            "platform_release": markers.platform_release,
            "platform_version": markers.platform_version,
            "python_version": markers.python_version,
            "python_full_version": markers.python_full_version,
            "implementation_name": markers.implementation_name,
            "implementation_version": markers.implementation_version,
            "platform_python_implementation": markers.platform_python_implementation,
        },
    })
}
