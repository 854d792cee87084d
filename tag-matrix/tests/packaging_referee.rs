//! The tag list of every environment, held against `packaging` 26.3, element by element.

use serde_json::{Value, json};
use tag_matrix::{
    Environment, FloorKind, Floors, PyodideRelease, PythonVersion, Target, TargetKind,
};

const SCRIPT: &str = include_str!("packaging_referee.py");

/// What the referee says to each case.
fn judge(cases: &[Value]) -> Vec<Value> {
    let input: String = cases.iter().map(|case| format!("{case}\n")).collect();
    referee::ask(SCRIPT, &input)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// The machine of an environment, as `packaging` would ask about it.
fn machine(environment: &Environment) -> Value {
    let floors = environment.floors();
    let target = environment.target();
    let arch = environment.markers().platform_machine.to_ascii_lowercase();
    let pyodide = environment.pyodide();
    let platform = match (
        target.kind(),
        environment.markers().platform_system.as_str(),
    ) {
        (TargetKind::Emscripten, _) => {
            format!(
                "emscripten-{}-wasm32",
                pyodide.expect("a release").emscripten
            )
        }
        (TargetKind::Wasi, _) => "wasi-0.0.0-wasm32".to_owned(),
        (_, "Linux") => format!("linux-{arch}"),
        (_, "Darwin") => format!("macosx-11.0-{arch}"),
        (_, "Windows") => format!("win-{arch}"),
        other => panic!("no machine for {other:?}"),
    };
    let pair = |version: Option<(u32, u32)>| version.map(|(major, minor)| [major, minor]);
    json!({
        "system": environment.markers().platform_system,
        "platform": platform,
        "arch": arch,
        "glibc": pair(floors.glibc),
        "musl": pair(floors.musl),
        "macos": pair(floors.macos),
        "pyemscripten": pyodide.map(|release| &release.platform),
    })
}

/// Platforms that we take and `packaging` does not know.
fn not_in_packaging(environment: &Environment) -> Vec<&String> {
    let others = ["pyodide_", "wasip2_", "wasi_p2_"];
    let platforms = environment.platforms().iter();
    platforms
        .filter(|platform| others.iter().any(|other| platform.starts_with(other)))
        .collect()
}

fn case(environment: &Environment) -> Value {
    let python = environment.python();
    json!({
        "python": [python.major, python.minor],
        "freethreaded": python.freethreaded,
        "machine": machine(environment),
        "platforms": environment.platforms(),
        "not_in_packaging": not_in_packaging(environment),
        "tags": environment.tags().map(|tag| tag.to_string()).collect::<Vec<_>>(),
    })
}

/// Every CPython there is, with and without the GIL.
fn pythons() -> impl Iterator<Item = PythonVersion> {
    PythonVersion::known().iter().flat_map(|row| {
        let free = row.freethreaded.then(|| row.version.without_gil());
        [Some(row.version), free].into_iter().flatten()
    })
}

/// Floors worth asking about: the ends of the range, and where something changes.
fn floors(target: Target) -> Vec<Floors> {
    if target.kind() == TargetKind::Emscripten {
        let releases = PyodideRelease::all().iter();
        return releases
            .map(|row| Floors {
                pyodide: Some(row.version.clone()),
                ..Floors::default()
            })
            .collect();
    }
    let versions: &[(u32, u32)] = match target.default_floor() {
        None => return vec![Floors::default()],
        Some((FloorKind::Glibc, _)) => &[
            (2, 5),
            (2, 11),
            (2, 12),
            (2, 16),
            (2, 17),
            (2, 28),
            (2, 34),
            (2, 43),
            (2, 99),
        ],
        Some((FloorKind::Musl, _)) => &[(1, 1), (1, 2), (1, 5)],
        Some((FloorKind::Macos, _)) => &[
            (10, 4),
            (10, 9),
            (10, 15),
            (10, 16),
            (11, 0),
            (11, 7),
            (12, 3),
            (14, 0),
            (26, 1),
        ],
    };
    let one = |version: &(u32, u32)| {
        let mut floors = Floors::default();
        match target.default_floor().expect("a floor").0 {
            FloorKind::Glibc => floors.glibc = Some(*version),
            FloorKind::Musl => floors.musl = Some(*version),
            FloorKind::Macos => floors.macos = Some(*version),
        }
        floors
    };
    versions
        .iter()
        .map(one)
        .chain([Floors::default()])
        .collect()
}

fn environments() -> Vec<Environment> {
    let mut environments = Vec::new();
    for target in Target::all().filter(|target| target.kind() != TargetKind::NoPython) {
        for floors in floors(target) {
            // What the target or the floor does not have is an error, tested elsewhere.
            environments.extend(
                pythons().filter_map(|python| Environment::new(target, python, &floors).ok()),
            );
        }
    }
    environments
}

#[test]
fn every_environment_has_the_tags_that_packaging_gives() {
    let environments = environments();
    assert!(
        environments.len() > 400,
        "only {} environments",
        environments.len()
    );
    for target in Target::all().filter(|target| target.kind() != TargetKind::NoPython) {
        assert!(
            environments
                .iter()
                .any(|environment| environment.target() == target),
            "{target}"
        );
    }
    let cases: Vec<Value> = environments.iter().map(case).collect();
    let verdicts = judge(&cases);
    assert_eq!(verdicts.len(), cases.len());
    for (environment, verdict) in environments.iter().zip(&verdicts) {
        for question in ["platforms", "tags", "sys_tags"] {
            assert_eq!(
                verdict[question],
                Value::Null,
                "{environment:?}: {question} differ"
            );
        }
        assert_eq!(
            verdict["count"],
            environment.tags().count(),
            "{environment:?}"
        );
    }
}

#[test]
fn the_referee_whistles() {
    let target: Target = "linux-x64".parse().unwrap();
    let environment =
        Environment::new(target, PythonVersion::new(3, 13), &Floors::default()).unwrap();
    let right = case(&environment);
    let mut swapped = right.clone();
    swapped["tags"].as_array_mut().unwrap().swap(3, 4);
    let mut short = right.clone();
    short["tags"].as_array_mut().unwrap().pop();
    let mut older = right.clone();
    older["machine"]["glibc"] = json!([2, 27]);
    let mut free = right.clone();
    free["freethreaded"] = json!(true);
    let verdicts = judge(&[right, swapped, short, older, free]);
    let differ = |index: usize, question: &str| !verdicts[index][question].is_null();
    assert!(!differ(0, "platforms") && !differ(0, "tags") && !differ(0, "sys_tags"));
    assert!(differ(1, "tags") && differ(2, "tags") && differ(3, "platforms") && differ(4, "tags"));
    assert!(!differ(1, "platforms") && !differ(3, "tags"));
}
