//! Environments from outside: which there are, what they are called, and how they rank wheels.

use std::collections::HashMap;
use tag_matrix::{
    Environment, EnvironmentError, Floors, PythonVersion, TagSet, Target, TargetKind,
};

fn environment(name: &str) -> Environment {
    let (target, python) = Environment::parse_name(name).unwrap();
    Environment::new(target, python, &Floors::default()).unwrap()
}

fn error(target: &str, python: &str, floors: &Floors) -> String {
    let python: PythonVersion = python.parse().unwrap();
    Environment::new(target.parse().unwrap(), python, floors)
        .unwrap_err()
        .to_string()
}

fn pyodide(version: &str) -> Floors {
    Floors {
        pyodide: Some(version.to_owned()),
        ..Floors::default()
    }
}

/// Every environment at default floors.
fn all() -> Vec<Environment> {
    let mut all = Vec::new();
    for target in Target::all() {
        for row in PythonVersion::known() {
            for python in [row.version, row.version.without_gil()] {
                all.extend(Environment::new(target, python, &Floors::default()));
            }
        }
    }
    all
}

#[test]
fn names_round_trip() {
    assert!(all().len() > 80);
    for environment in all() {
        let (target, python) = Environment::parse_name(environment.name()).unwrap();
        assert_eq!(
            (target, python),
            (environment.target(), environment.python())
        );
        let again = Environment::new(target, python, environment.floors()).unwrap();
        assert_eq!(again, environment);
        assert_eq!(again.to_string(), environment.name());
    }
    assert_eq!(environment("linux-x64-cp313t").name(), "linux-x64-cp313t");
    for name in [
        "",
        "linux-x64",
        "linux-x64-313",
        "linux-x64-cp27",
        "cp313",
        "linux-x64-cp313d",
    ] {
        assert!(
            matches!(
                Environment::parse_name(name),
                Err(EnvironmentError::InvalidName { .. })
            ),
            "{name}"
        );
    }
    assert!(matches!(
        Environment::parse_name("linux-cp313"),
        Err(EnvironmentError::UnknownTarget { .. })
    ));
}

#[test]
fn a_tag_ranks_where_it_stands() {
    for environment in all() {
        for (place, tag) in environment.tags().enumerate() {
            let set: TagSet = tag.to_string().parse().unwrap();
            assert_eq!(
                environment.rank(&set),
                u32::try_from(place).ok(),
                "{environment}: {tag}"
            );
        }
        let last = u32::try_from(environment.tags().count()).unwrap();
        assert_eq!(environment.tag(last), None);
        assert_eq!(environment.tag(0), environment.tags().next());
    }
}

#[test]
fn a_set_ranks_as_the_best_of_its_tags() {
    // A generator of its own: the same sets in every run.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut below = move |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % bound as u64).unwrap()
    };
    let pythons = [
        "cp313", "cp312", "cp314", "cp37", "cp32", "cp31", "py3", "py2", "py313", "py314", "py30",
        "pp311", "cp3",
    ];
    let abis = [
        "none",
        "abi3",
        "abi3t",
        "cp313",
        "cp313t",
        "cp314",
        "cp314t",
        "cp312",
        "pypy311_pp73",
    ];
    let mut ranked = 0;
    for environment in all() {
        let places: HashMap<String, u32> = environment
            .tags()
            .map(|tag| tag.to_string())
            .zip(0..)
            .collect();
        let own = environment.platforms();
        for _ in 0..400 {
            let mut some = |from: &[&str]| -> Vec<String> {
                (0..=below(3))
                    .map(|_| from[below(from.len())].to_owned())
                    .collect()
            };
            let (pythons, abis) = (some(&pythons), some(&abis));
            let mut platforms = some(&[
                "any",
                "any",
                "win32",
                "manylinux_2_17_x86_64",
                "macosx_11_0_universal2",
            ]);
            if !own.is_empty() {
                platforms.push(own[below(own.len())].clone());
            }
            let set =
                TagSet::new(&pythons.join("."), &abis.join("."), &platforms.join(".")).unwrap();
            let best = set
                .tags()
                .filter_map(|tag| places.get(&tag.to_string()))
                .min();
            assert_eq!(
                environment.rank(&set),
                best.copied(),
                "{environment}: {set}"
            );
            ranked += u32::from(best.is_some());
        }
    }
    assert!(ranked > 5_000, "only {ranked} of the sets fit anywhere");
}

#[test]
fn better_wheels_rank_lower() {
    let order = |name: &str, tags: &[&str]| {
        let environment = environment(name);
        let ranks: Vec<u32> = tags
            .iter()
            .map(|tag| {
                environment
                    .rank(&tag.parse().unwrap())
                    .unwrap_or_else(|| panic!("{tag}"))
            })
            .collect();
        assert!(
            ranks.is_sorted_by(|left, right| left < right),
            "{name}: {ranks:?}"
        );
    };
    order(
        "linux-x64-cp313",
        &[
            "cp313-cp313-linux_x86_64",
            "cp313-cp313-manylinux_2_28_x86_64",
            "cp313-cp313-manylinux_2_17_x86_64",
            "cp313-cp313-manylinux2014_x86_64",
            "cp313-abi3-manylinux2014_x86_64",
            "cp313-none-manylinux2014_x86_64",
            "cp39-abi3-manylinux_2_28_x86_64",
            "cp38-abi3-manylinux_2_28_x86_64",
            "py313-none-manylinux1_x86_64",
            "py3-none-manylinux1_x86_64",
            "cp313-none-any",
            "py313-none-any",
            "py3-none-any",
            "py312-none-any",
        ],
    );
    order(
        "wasm32-emscripten-cp313",
        &[
            "cp313-cp313-pyemscripten_2025_0_wasm32",
            "cp313-cp313-pyodide_2025_0_wasm32",
            "cp313-cp313-emscripten_4_0_9_wasm32",
            "cp312-abi3-pyemscripten_2025_0_wasm32",
            "cp312-abi3-pyodide_2025_0_wasm32",
            "py3-none-any",
        ],
    );
    order(
        "wasm32-wasip2-cp314",
        &[
            "cp314-cp314-wasi_0_0_0_wasm32",
            "cp314-cp314-wasip2_wasm32",
            "cp314-cp314-wasi_p2_wasm32",
            "cp39-abi3-wasi_0_0_0_wasm32",
            "py3-none-any",
        ],
    );
    order(
        "linux-x64-cp315t",
        &[
            "cp315-cp315t-linux_x86_64",
            "cp315-abi3t-linux_x86_64",
            "cp314-abi3t-linux_x86_64",
        ],
    );
}

#[test]
fn what_does_not_fit() {
    for (name, tags) in [
        ("linux-x64-cp313", "cp313-cp313-manylinux_2_34_x86_64"),
        ("linux-x64-cp313", "cp313-cp313-musllinux_1_2_x86_64"),
        ("linux-x64-cp313", "cp313-cp313-any"),
        ("linux-x64-cp313", "cp312-none-any"),
        ("linux-x64-cp313", "cp313-cp313t-manylinux_2_28_x86_64"),
        ("linux-x64-cp313t", "cp39-abi3-manylinux_2_28_x86_64"),
        ("macos-arm64-cp313", "cp313-cp313-macosx_10_9_x86_64"),
        ("macos-arm64-cp313", "cp313-cp313-macosx_11_5_arm64"),
        (
            "wasm32-emscripten-cp313",
            "cp313-cp313-pyemscripten_2025_1_wasm32",
        ),
        (
            "wasm32-wasip2-cp314",
            "cp314-cp314-pyemscripten_2026_0_wasm32",
        ),
        ("embedded-cp313", "py3-none-any"),
    ] {
        assert_eq!(
            environment(name).rank(&tags.parse().unwrap()),
            None,
            "{name} {tags}"
        );
    }
}

#[test]
fn embedded_has_a_name_and_nothing_else() {
    let environment = environment("embedded-cp313");
    assert_eq!(environment.tags().count(), 0);
    assert!(environment.platforms().is_empty());
    assert_eq!(environment.markers().sys_platform, "");
    assert_eq!(environment.full_version(), "3.13.0");
}

#[test]
fn floors_in_force() {
    let target: Target = "linux-x64".parse().unwrap();
    let python: PythonVersion = "3.13.5".parse().unwrap();
    let asked = Floors {
        glibc: Some((2, 34)),
        ..Floors::default()
    };
    let environment = Environment::new(target, python, &asked).unwrap();
    assert_eq!(*environment.floors(), asked);
    assert_eq!(environment.python(), python);
    assert!(
        environment
            .rank(&"cp313-cp313-manylinux_2_34_x86_64".parse().unwrap())
            .is_some()
    );
    let default = Environment::new(target, python, &Floors::default()).unwrap();
    assert_eq!(default.floors().glibc, Some((2, 28)));
    assert_ne!(default, environment);
}

#[test]
fn floors_that_are_refused() {
    let glibc = |version| Floors {
        glibc: Some(version),
        ..Floors::default()
    };
    let macos = |version| Floors {
        macos: Some(version),
        ..Floors::default()
    };
    for (target, floors, message) in [
        (
            "macos-x64",
            glibc((2, 28)),
            "macos-x64 has no glibc version to set; set its macOS version",
        ),
        (
            "windows-x64",
            macos((14, 0)),
            "windows-x64 has no macOS version to set; it has none to set",
        ),
        (
            "linux-x64",
            pyodide("0.29.5"),
            "linux-x64 has no Pyodide version to set; set its glibc version",
        ),
        (
            "linux-x64",
            glibc((2, 4)),
            "glibc 2.4 is out of range for linux-x64; set 2.5 to 2.99",
        ),
        (
            "linux-arm64",
            glibc((2, 16)),
            "glibc 2.16 is out of range for linux-arm64; set 2.17 to 2.99",
        ),
        (
            "linux-x64",
            glibc((2, 4_000_000_000)),
            "glibc 2.4000000000 is out of range for linux-x64; set 2.5 to 2.99",
        ),
        (
            "macos-arm64",
            macos((10, 15)),
            "macOS 10.15 is out of range for macos-arm64; set 11.0 to 99.99",
        ),
        (
            "macos-x64",
            macos((4_000_000_000, 0)),
            "macOS 4000000000.0 is out of range for macos-x64; set 10.4 to 99.99",
        ),
    ] {
        assert_eq!(error(target, "3.13", &floors), message);
    }
    let floors = Floors {
        musl: Some((1, 2)),
        ..Floors::default()
    };
    assert_eq!(
        error("wasm32-emscripten", "3.13", &floors),
        "wasm32-emscripten has no musl version to set; set its Pyodide release"
    );
}

#[test]
fn pythons_that_are_refused() {
    for (target, python, floors, message) in [
        (
            "linux-x64",
            "3.16",
            Floors::default(),
            "CPython 3.16 is not known; the table knows 3.9 to 3.15",
        ),
        (
            "linux-x64",
            "2.7",
            Floors::default(),
            "CPython 2.7 is not known; the table knows 3.9 to 3.15",
        ),
        (
            "linux-x64",
            "3.12t",
            Floors::default(),
            "there is no free-threaded CPython 3.12t on linux-x64; write `3.12`",
        ),
        (
            "wasm32-emscripten",
            "3.13t",
            Floors::default(),
            "there is no free-threaded CPython 3.13t on wasm32-emscripten; write `3.13`",
        ),
        (
            "wasm32-wasip2",
            "3.13",
            Floors::default(),
            "wasm32-wasip2 has no CPython 3.13; it has 3.14.0",
        ),
        (
            "wasm32-emscripten",
            "3.11",
            Floors::default(),
            "wasm32-emscripten has no CPython 3.11; it has 3.12.7 in Pyodide 0.27.8, 3.13.2 in Pyodide 0.29.5, 3.14.2 in Pyodide 314.0.7",
        ),
        (
            "wasm32-emscripten",
            "3.13.5",
            Floors::default(),
            "wasm32-emscripten has no CPython 3.13.5; it has 3.13.2 in Pyodide 0.29.5",
        ),
        (
            "wasm32-emscripten",
            "3.14",
            pyodide("0.29.5"),
            "wasm32-emscripten has no CPython 3.14; it has 3.13.2 in Pyodide 0.29.5",
        ),
        (
            "wasm32-emscripten",
            "3.13",
            pyodide("0.29.55"),
            "Pyodide 0.29.55 is not known; the nearest is `0.29.5`",
        ),
    ] {
        assert_eq!(error(target, python, &floors), message);
    }
}

#[test]
fn environments_of_a_target() {
    let names = |target: &str, pythons: &[&str], floors: &Floors, admits: &dyn Fn(&str) -> bool| {
        let pythons: Vec<PythonVersion> =
            pythons.iter().map(|text| text.parse().unwrap()).collect();
        let all = Environment::all_for(target.parse().unwrap(), &pythons, floors, admits);
        all.map(|all| {
            all.iter()
                .map(|one| format!("{one} {}", one.full_version()))
                .collect::<Vec<_>>()
        })
        .map_err(|error| error.to_string())
    };
    let default = Floors::default();
    let any = |_: &str| true;
    let both = ["3.12", "3.13.5"];
    assert_eq!(
        names("linux-x64", &both, &default, &any).unwrap(),
        ["linux-x64-cp312 3.12.0", "linux-x64-cp313 3.13.5"]
    );
    assert_eq!(names("embedded", &both, &default, &any).unwrap().len(), 2);
    assert_eq!(
        names("wasm32-emscripten", &both, &default, &any).unwrap(),
        ["wasm32-emscripten-cp313 3.13.2"]
    );
    assert_eq!(
        names("wasm32-emscripten", &["3.11"], &default, &any).unwrap(),
        ["wasm32-emscripten-cp314 3.14.2"]
    );
    assert_eq!(
        names("wasm32-wasip2", &both, &default, &any).unwrap(),
        ["wasm32-wasip2-cp314 3.14.0"]
    );
    let old = |full: &str| full.starts_with("3.12.") || full.starts_with("3.13.");
    assert_eq!(
        names("wasm32-emscripten", &both, &default, &old).unwrap(),
        ["wasm32-emscripten-cp313 3.13.2"]
    );
    assert_eq!(
        names(
            "wasm32-emscripten",
            &both,
            &pyodide("315.0.0-alpha.1"),
            &any
        )
        .unwrap(),
        ["wasm32-emscripten-cp315 3.15.0b4"]
    );
    assert_eq!(
        names("wasm32-wasip2", &both, &default, &old).unwrap_err(),
        "no CPython of wasm32-wasip2 is admitted by `requires-python`; it has 3.14.0"
    );
    assert_eq!(
        names("wasm32-emscripten", &both, &pyodide("314.0.7"), &old).unwrap_err(),
        "no CPython of wasm32-emscripten is admitted by `requires-python`; it has 3.14.2 in Pyodide 314.0.7"
    );
}

#[test]
fn environments_stand_in_table_order() {
    let mut environments = all();
    environments.reverse();
    environments.sort();
    assert!(
        environments.is_sorted_by_key(|environment| (environment.target(), environment.python()))
    );
    assert_eq!(environments[0].name(), "linux-x64-cp39");
    assert_eq!(
        environments.last().unwrap().target().kind(),
        TargetKind::NoPython
    );
}
