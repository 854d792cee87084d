//! The nearest miss: which of the wheels it is, and what it says.

use tag_matrix::{Environment, Floors, NearestMiss, SkipReason, TagSet, nearest};

fn find(environment: &str, tags: &[&str]) -> Option<NearestMiss> {
    let (target, python) = Environment::parse_name(environment).unwrap();
    let environment = Environment::new(target, python, &Floors::default()).unwrap();
    let wheels: Vec<(String, TagSet)> = tags
        .iter()
        .map(|tag| (format!("x-1.0-{tag}.whl"), tag.parse().unwrap()))
        .collect();
    nearest(
        &environment,
        wheels.iter().map(|(name, tags)| (name.as_str(), tags)),
    )
}

#[test]
fn one_part_that_misses() {
    let cases = include_str!("nearest.txt")
        .lines()
        .filter(|line| !line.starts_with('#'));
    let mut count = 0;
    for case in cases {
        let parts: Vec<&str> = case.split(" | ").collect();
        let &[environment, tags, part, says] = &parts[..] else {
            panic!("four columns: {case}")
        };
        let miss = find(environment, &[tags]).unwrap_or_else(|| panic!("it fits: {case}"));
        assert_eq!(
            miss.to_string(),
            format!("x-1.0-{tags}.whl {says}"),
            "{environment}"
        );
        assert_eq!(
            (miss.misses.len(), miss.part().to_string().as_str()),
            (1, part),
            "{case}"
        );
        count += 1;
    }
    assert!(count > 30, "only {count} cases");
}

#[test]
fn several_parts_that_miss() {
    for (environment, tags, says) in [
        (
            "linux-x64-cp313",
            "cp312-cp312-manylinux_2_34_x86_64",
            "is for CPython 3.12 only and needs glibc 2.34; the environment has CPython 3.13 and glibc 2.28",
        ),
        (
            "macos-arm64-cp313",
            "cp314-cp314t-macosx_14_0_x86_64",
            "is for x86_64, free-threaded CPython (cp314t) and CPython 3.14 only; the environment is arm64 and has the GIL and CPython 3.13",
        ),
        (
            "windows-x64-cp313",
            "py2-none-manylinux1_x86_64",
            "is for Linux and Python 2; the environment is Windows and has CPython 3.13",
        ),
    ] {
        let miss = find(environment, &[tags]).unwrap();
        assert_eq!(miss.to_string(), format!("x-1.0-{tags}.whl {says}"));
    }
}

/// Each list from the nearest to the farthest: of any two, the earlier is chosen.
#[test]
fn the_nearer_wins() {
    let orders: [(&str, &[&str]); 4] = [
        (
            "linux-x64-cp313",
            &[
                "cp313-cp313-manylinux_2_31_x86_64",
                "cp313-cp313-manylinux_2_34_x86_64",
                "cp312-cp312-manylinux_2_28_x86_64",
                "cp311-cp311-manylinux_2_28_x86_64",
                "cp312-cp312-manylinux_2_34_x86_64",
                "cp313-cp313t-manylinux_2_28_x86_64",
                "cp313-cp313-musllinux_1_2_x86_64",
                "cp313-cp313-manylinux_2_28_aarch64",
                "cp312-cp312-manylinux_2_28_aarch64",
                "py2-none-any",
                "pp311-pypy311_pp73-manylinux_2_28_x86_64",
                "cp313-cp313-win_amd64",
                "cp313-cp313-win_arm64",
                "cp312-cp312-win_amd64",
            ],
        ),
        (
            "macos-arm64-cp313",
            &[
                "cp313-cp313-macosx_13_0_arm64",
                "cp313-cp313-macosx_14_0_universal2",
                "cp312-cp312-macosx_11_0_arm64",
                "cp313-cp313-macosx_11_0_x86_64",
                "cp313-cp313-manylinux_2_28_aarch64",
                "cp313-cp313-manylinux_2_28_x86_64",
            ],
        ),
        (
            "wasm32-emscripten-cp314",
            &[
                "cp314-cp314-pyemscripten_2026_5_wasm32",
                "cp314-cp314-pyemscripten_2025_0_wasm32",
                "cp313-cp313-pyemscripten_2025_0_wasm32",
                "cp312-cp312-pyemscripten_2024_0_wasm32",
                "cp314-cp314-manylinux_2_28_x86_64",
            ],
        ),
        (
            "linux-x64-cp314t",
            &[
                "cp314-cp314t-manylinux_2_34_x86_64",
                "cp313-cp313t-manylinux_2_28_x86_64",
                "cp314-cp314-manylinux_2_28_x86_64",
                "cp313-cp313-manylinux_2_28_x86_64",
                "cp314-cp314t-win_amd64",
            ],
        ),
    ];
    for (environment, order) in orders {
        for (index, nearer) in order.iter().enumerate() {
            for farther in &order[index + 1..] {
                for both in [[*nearer, *farther], [*farther, *nearer]] {
                    let miss = find(environment, &both).unwrap();
                    assert_eq!(
                        miss.filename,
                        format!("x-1.0-{nearer}.whl"),
                        "{environment}: over {farther}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_order_of_the_wheels_does_not_matter() {
    let environment = environment("linux-x64-cp313");
    let tags: TagSet = "cp312-cp312-manylinux_2_28_x86_64".parse().unwrap();
    let names = ["x-1.9-cp312.whl", "x-1.10-cp312.whl", "x-1.2-cp312.whl"];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [1, 0, 2]] {
        let miss = nearest(&environment, order.map(|index| (names[index], &tags))).unwrap();
        assert_eq!(miss.filename, "x-1.10-cp312.whl");
    }
}

fn environment(name: &str) -> Environment {
    let (target, python) = Environment::parse_name(name).unwrap();
    Environment::new(target, python, &Floors::default()).unwrap()
}

#[test]
fn none_where_nothing_misses() {
    assert_eq!(find("linux-x64-cp313", &[]), None);
    assert_eq!(
        find(
            "linux-x64-cp313",
            &["py3-none-any", "cp39-abi3-manylinux2014_x86_64"]
        ),
        None
    );
    assert_eq!(find("embedded-cp313", &["py3-none-any"]), None);
}

#[test]
fn a_skip_says_it() {
    let nearest = find("linux-x64-cp313", &["cp313-cp313-manylinux_2_34_x86_64"]);
    let skip = SkipReason::NoCompatibleWheel { nearest };
    assert_eq!(
        skip.to_string(),
        "the index has wheels, but none for this environment; nearest: x-1.0-cp313-cp313-manylinux_2_34_x86_64.whl needs glibc 2.34, the environment has 2.28"
    );
    assert_eq!(
        serde_json::to_value(&skip).unwrap(),
        serde_json::json!({
            "name": "NoCompatibleWheel",
            "nearest": {
                "filename": "x-1.0-cp313-cp313-manylinux_2_34_x86_64.whl",
                "misses": [{ "part": "platform", "found": "manylinux_2_34_x86_64", "wanted": "manylinux_2_28_x86_64" }],
                "detail": "x-1.0-cp313-cp313-manylinux_2_34_x86_64.whl needs glibc 2.34, the environment has 2.28",
            },
        })
    );
}

/// Whatever stands in a tag: a wheel that does not fit has a miss, and it can be said.
#[test]
fn odd_tags_are_said_too() {
    let pythons = [
        "cp313",
        "cp3",
        "cp",
        "py",
        "py3",
        "py4",
        "cp3013",
        "cp313t",
        "x",
        "cpython3",
        "py27",
        "3",
        "_",
        "cp99999999999",
    ];
    let abis = [
        "none", "abi3", "abi3t", "abi4", "cp313", "cp", "m", "x", "0",
    ];
    let platforms = [
        "any",
        "win32",
        "x",
        "manylinux",
        "manylinux_99999999999_1_x86_64",
        "macosx_11",
        "_",
        "pyodide__wasm32",
        "linux_",
    ];
    let names = [
        "linux-x64-cp313",
        "macos-arm64-cp313t",
        "windows-x64-cp39",
        "wasm32-emscripten-cp313",
        "wasm32-wasip2-cp314",
    ];
    for environment in names.map(environment) {
        for python in pythons {
            for abi in abis {
                for platform in platforms {
                    let tags = TagSet::new(python, abi, platform).unwrap();
                    let miss = nearest(&environment, [("w", &tags)]);
                    assert_eq!(
                        miss.is_none(),
                        environment.rank(&tags).is_some(),
                        "{environment} {tags}"
                    );
                    let Some(miss) = miss else { continue };
                    assert!(!miss.misses.is_empty(), "{environment} {tags}");
                    let said = miss.to_string();
                    assert!(!said.contains("  ") && !said.ends_with(' '), "{said}");
                }
            }
        }
    }
}
