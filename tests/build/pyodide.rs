//! Wheels for Pyodide in real Pyodides, in Node and in headless Chromium.

use crate::project::{Project, done, named};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The releases, with a word that the names of their wheels have.
const RELEASES: [(&str, &str); 2] = [("0.29.5", "2025_0"), ("314.0.7", "2026_0")];

/// A wheel for a platform.
fn wheel(built: &[PathBuf], platform: &str) -> PathBuf {
    let found = built
        .iter()
        .find(|path| path.to_string_lossy().contains(platform));
    found.expect("a wheel for it").clone()
}

/// What the proof finds, by a script of `js/`.
fn ask(script: &str, release: &str, wheels: &Value, screenshot: Option<&Path>) -> Value {
    let pyodide = named("MOCHI_PYODIDE");
    let mut command = Command::new("node");
    command
        .arg(
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("tests/build/js")
                .join(script),
        )
        .arg(pyodide.join(release))
        .arg(wheels.to_string())
        .args(
            ["micropip-0.11.1", "packaging-26.3"]
                .map(|tool| pyodide.join(format!("{tool}-py3-none-any.whl"))),
        );
    if let Some(screenshot) = screenshot {
        command.env("MOCHI_SCREENSHOT", screenshot);
    }
    let output = done(&mut command);
    let told = String::from_utf8(output.stdout).expect("UTF-8");
    let last = told.trim_end().lines().last().unwrap_or_default();
    serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {told}"))
}

/// The answers of the packages, the same everywhere. The C++ counter starts at 1000 if constructors
/// have run, and was called twice before it is asked.
fn expected() -> Value {
    json!({
        "greet": ["Hello, Ada!", "HELLO, ADA!"],
        "fastsum": [true, 42, 1_099_511_627_775_i64],
        "rustsum": [true, 42, 1_099_511_627_775_i64],
        "calls": 1003,
        "panic": ["PanicException: the sum fits 64 bits", 4],
        "global": false,
        "imports": {"greet": ["greet"], "fastsum": ["fastsum"], "rustsum": ["rustsum"]},
    })
}

#[test]
fn wheels_install_and_run_in_node_and_chromium() {
    let built = ["greet", "fastsum", "rustsum"].map(|sample| {
        let project = Project::sample(sample);
        let built = project.build_native(["--wheel"]);
        crate::referees::judge(&built);
        (sample, project, built)
    });
    for (release, platform) in RELEASES {
        let wheels: Value = built
            .iter()
            .map(|(sample, _, built)| ((*sample).to_owned(), json!(wheel(built, platform))))
            .collect::<serde_json::Map<String, Value>>()
            .into();
        let found = ask("node.mjs", release, &wheels, None);
        assert_eq!(found, expected(), "Pyodide {release} in Node");
        let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("wheels-{release}.png"));
        let _ = std::fs::remove_file(&picture);
        let found = ask("browser.mjs", release, &wheels, Some(&picture));
        let mut expected = expected();
        expected["complaints"] = json!([]);
        assert_eq!(found, expected, "Pyodide {release} in Chromium");
        assert!(picture.metadata().is_ok_and(|file| file.len() > 1000));
    }
}
