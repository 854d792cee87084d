//! What real Pyodide makes of a list with relative addresses, in Node and in headless Chromium,
//! when nothing but the mirror can be reached.

use crate::mirror::mirror;
use crate::project::{Project, RELEASES, named};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

fn ask(script: &str, folder: &Path, environment: &str, picture: &Path) -> Value {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pyodide_lock/js");
    let output = Command::new("node")
        .arg(scripts.join(script))
        .arg(folder)
        .arg(environment)
        .arg(question().to_string())
        .env("MOCHI_SCREENSHOT", picture)
        .output()
        .expect("Node 20 or newer is on the PATH");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{environment}: {complaint}");
    let told = String::from_utf8(output.stdout).expect("UTF-8");
    let last = told.trim_end().lines().last().unwrap_or_default();
    serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {told}"))
}

fn question() -> Value {
    json!({
        "names": ["greet", "Alpha_Pack"],
        "program": "from alone import inner\nimport space.two, curious_by_list",
        "installed": ["zeta>=2", "space-one"],
        "modules": [
            "greet", "alpha_pack", "beta", "delta", "alone.inner", "space.one", "space.two",
            "curious", "zeta", "unseen",
        ],
    })
}

fn judge(found: &Value, place: &str) {
    assert_eq!(found["failed"], json!([]), "{place}: {found}");
    let by_name = json!(["Alpha_Pack", "beta", "delta", "greet"]);
    assert_eq!(found["byName"], by_name, "{place}");
    let by_imports = json!(["Curious", "libcurious", "lonely", "space-one", "space-two"]);
    assert_eq!(found["byImports"], by_imports, "{place}");
    let modules = json!({
        "greet": "there", "alpha_pack": "1.5", "beta": "2.0", "delta": "1.0",
        "alone.inner": "inner", "space.one": "one", "space.two": "two", "curious": "0.5",
        "zeta": "3.0",
        // Pyodide's loader puts nothing of `.data/purelib` where it can be imported from.
        "unseen": "ModuleNotFoundError: No module named 'unseen'",
    });
    assert_eq!(found["modules"], modules, "{place}");
    assert_eq!(found["library"], true, "{place}");
    assert_eq!(found["versions"]["zeta"], "3.0", "{place}");
    assert_eq!(found["versions"]["micropip"], "0.11.1", "{place}");
}

/// Turns a bit of a file of the mirror.
fn damage(folder: &Path, name: &str) {
    let found = std::fs::read_dir(folder.join("files"))
        .expect("a folder")
        .flat_map(|one| std::fs::read_dir(one.expect("an entry").path()).expect("a folder"))
        .map(|one| one.expect("an entry").path().join(name))
        .find(|path| path.is_file());
    let path = found.expect("a file");
    let mut bytes = std::fs::read(&path).expect("read");
    bytes[50] ^= 1;
    std::fs::write(path, bytes).expect("written");
}

#[test]
fn pages_load_what_is_locked_from_the_mirror_alone() {
    assert!(named("MOCHI_CHROMIUM").is_file() && named("MOCHI_REFEREE_NODE_MODULES").is_dir());
    let project = Project::locked();
    let folder = tempfile::tempdir().expect("a folder");
    mirror(&project, folder.path());
    // The project and its index are gone.
    drop(project);
    for (release, environment, _) in RELEASES {
        let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("lock-{release}.png"));
        let _ = std::fs::remove_file(&picture);
        let found = ask("node.mjs", folder.path(), environment, &picture);
        judge(&found["relative"], &format!("Pyodide {release} in Node"));
        assert_eq!(found["complaints"], json!([]), "Pyodide {release} in Node");
        let found = ask("browser.mjs", folder.path(), environment, &picture);
        let place = format!("Pyodide {release} in Chromium");
        assert_eq!(found["error"], Value::Null, "{place}");
        judge(&found["beside"], &format!("{place}, beside the runtime"));
        judge(&found["relative"], &place);
        judge(&found["addresses"], &format!("{place}, by addresses"));
        assert_eq!(found["complaints"], json!([]), "{place}");
        assert!(picture.metadata().is_ok_and(|file| file.len() > 1000));
    }
    // The browser compares hashes itself.
    let (_, environment, _) = RELEASES[0];
    damage(folder.path(), "zeta-3.0-py3-none-any.whl");
    let picture = folder.path().join("damaged.png");
    let found = ask("browser.mjs", folder.path(), environment, &picture);
    let told = found["relative"]["modules"]["zeta"].as_str();
    assert!(
        told.is_some_and(|told| told.contains("No module named")),
        "{found}"
    );
    let complaints = found["complaints"].to_string();
    assert!(complaints.contains("integrity"), "{complaints}");
}
