//! The referee of exports: `packaging`, in a Python of its own.

use serde_json::{Value, json};
use tag_matrix::Environment;

const SCRIPT: &str = include_str!("../export_referee.py");

/// What the referee says of each case; empty where nothing is wrong.
pub(crate) fn judge(environments: &[Environment], cases: &[Value]) -> Vec<String> {
    let known = environments
        .iter()
        .map(|e| (e.name().to_owned(), described(e)));
    let known: serde_json::Map<String, Value> = known.collect();
    let mut input = format!("{}\n", Value::Object(known));
    for case in cases {
        input.push_str(&format!("{case}\n"));
    }
    let verdicts = referee::ask(SCRIPT, &input);
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
