//! `pylock.toml` as written from locks of small random worlds, read by `packaging` 26.3: for each
//! environment it must select exactly the packages and wheels of the lock.
//!
//! `MOCHI_REFEREE_PYTHON` names an interpreter of Python 3.11 or later that has `packaging` 26.3.

#[path = "common/dice.rs"]
mod dice;
#[path = "common/referee.rs"]
mod referee;
#[path = "common/texts.rs"]
mod texts;
#[allow(dead_code, reason = "the brute force looks at more of a world")]
#[path = "common/world.rs"]
mod world;

use resolver::export::{Export, ExportError, pylock};
use resolver::lock::{Assembly, LockedWheel, assemble};
use resolver::{Lock, LockedSource, Outcome, Problem, Resolution, Rules, solve};
use serde_json::{Value, json};
use std::collections::HashMap;
use tag_matrix::{Environment, Floors};
use wheel::provenance::Publisher;
use world::{Place, World};

/// How many worlds are locked and exported.
const WORLDS: u64 = 700;

/// The solutions of all environments, each preferring what the earlier ones chose.
fn resolutions(world: &World, places: &[Place]) -> Option<Vec<Resolution>> {
    let (scopes, facts) = (world.scopes(places), world.facts());
    let mut rules = Rules {
        prereleases: world.prereleases,
        ..Rules::default()
    };
    let mut chosen = world.chosen.clone();
    let mut resolutions = Vec::new();
    while resolutions.len() < scopes.len() {
        let first = resolutions.len();
        let problem = Problem {
            scopes: &scopes[first..=first],
            first,
            facts: &facts,
            rules: &rules,
            chosen: &chosen,
        };
        match solve(problem, false) {
            Outcome::Solved(solved) => resolutions.extend(solved),
            Outcome::Unsolvable(explanation) if !explanation.unfit.is_empty() => {
                rules.skipped.extend(explanation.unfit);
                continue;
            }
            _ => return None,
        }
        for (name, package) in &resolutions[first].packages {
            chosen
                .entry(name.clone())
                .or_default()
                .push(package.version.clone());
        }
    }
    Some(resolutions)
}

fn lock_of(environments: &[Environment], resolutions: &[Resolution]) -> Lock {
    let packages = resolutions
        .iter()
        .flat_map(|resolution| resolution.packages.values());
    let wheels = packages.filter_map(|package| package.wheel.as_ref());
    // Some wheels have a publisher, some of them two.
    let publishers: HashMap<String, Vec<Publisher>> = wheels
        .clone()
        .map(|wheel| {
            let mut all = vec![publisher("GitHub", "ant"), publisher("GitLab", &wheel.url)];
            all.truncate(wheel.url.len() % 3);
            (wheel.url.clone(), all)
        })
        .collect();
    // No two wheels have one hash, so that a wrong one shows.
    let digests: HashMap<String, (String, Option<u64>)> = wheels
        .map(|wheel| {
            let hash = wheel.url.bytes().fold(7_u64, |hash, byte| {
                hash.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte)
            });
            (wheel.url.clone(), (format!("{hash:064x}"), None))
        })
        .collect();
    assemble(&Assembly {
        project: "demo",
        requires_python: ">=3.12",
        manifest_sha256: "00",
        environments,
        resolutions,
        digests: &digests,
        publishers: &publishers,
    })
}

fn publisher(kind: &str, repository: &str) -> Publisher {
    let keys = ["repository", "workflow", "workflow_filepath", "environment"];
    let keys = keys.map(|key| (key.to_owned(), repository.to_owned()));
    Publisher::from_keys(kind, keys.into()).expect("whole")
}

fn index_url(name: &str) -> Option<String> {
    (name == "example").then(|| "https://example.org/simple/".to_owned())
}

fn exported(lock: &Lock, environments: &[Environment]) -> Result<String, ExportError> {
    pylock(&Export {
        lock,
        environments,
        index_url: &index_url,
    })
}

/// An export with what is to be selected from it; `others` must be refused.
fn case(lock: &Lock, pylock: &str, environments: &[Environment], others: &[Environment]) -> Value {
    let choices = environments.iter().map(|environment| {
        let packages = lock
            .packages_of(environment.name())
            .map(|(package, wheel)| {
                let wheel = wheel.expect("a wheel of the environment");
                let direct = matches!(package.source, LockedSource::Path(_) | LockedSource::Url(_));
                let filename = (!direct).then_some(&wheel.filename);
                json!([
                    package.name.as_str(),
                    package.version.to_string(),
                    filename,
                    wheel.url,
                    wheel.sha256,
                    identities(wheel, direct)
                ])
            });
        json!({ "environment": environment.name(), "packages": packages.collect::<Vec<_>>() })
    });
    json!({
        "pylock": pylock,
        "choices": choices.collect::<Vec<_>>(),
        "refused": others.iter().map(Environment::name).collect::<Vec<_>>(),
    })
}

/// What the package must say of who published it, at least.
fn identities(wheel: &LockedWheel, direct: bool) -> Vec<Value> {
    let publishers = wheel.publishers.iter().filter(|_| !direct);
    let identity = |publisher: &Publisher| {
        let mut identity = json!({ "kind": publisher.kind() });
        for (key, value) in publisher.keys() {
            identity[key] = value.into();
        }
        identity
    };
    publishers.map(identity).collect()
}

fn all_well(environments: &[Environment], cases: &[Value]) {
    let verdicts = referee::judge(environments, cases);
    let mut told = Vec::new();
    for (verdict, case) in verdicts
        .iter()
        .zip(cases)
        .filter(|(verdict, _)| !verdict.is_empty())
    {
        told.push(format!(
            "{verdict}\n{}",
            case["pylock"].as_str().unwrap_or_default()
        ));
    }
    assert!(
        told.is_empty(),
        "{} of {} fail:\n{}",
        told.len(),
        cases.len(),
        told[..told.len().min(3)].join("\n")
    );
}

#[test]
fn each_environment_selects_what_the_lock_has_for_it() {
    let places = Place::all();
    let all: Vec<Environment> = places
        .iter()
        .map(|place| place.environment.clone())
        .collect();
    let mut cases = Vec::new();
    let mut differing = 0;
    for seed in 0..WORLDS {
        let world = World::new(seed, &places);
        let Some(resolutions) = resolutions(&world, &places) else {
            continue;
        };
        let places = world.wants.iter().map(|want| &places[want.place]);
        let environments: Vec<Environment> =
            places.map(|place| place.environment.clone()).collect();
        let lock = lock_of(&environments, &resolutions);
        assert_eq!(
            Lock::parse("mochi.lock", &lock.render()).as_ref(),
            Ok(&lock),
            "seed {seed}"
        );
        differing += usize::from(
            lock.packages
                .windows(2)
                .any(|two| two[0].name == two[1].name),
        );
        let is_ours = |other: &&Environment| environments.iter().any(|e| e.name() == other.name());
        let others: Vec<Environment> = all
            .iter()
            .filter(|other| !is_ours(other))
            .cloned()
            .collect();
        let text =
            exported(&lock, &environments).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        cases.push(case(&lock, &text, &environments, &others));
        for one in environments.chunks(1) {
            let text = exported(&lock, one).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            cases.push(case(&lock, &text, one, &others));
        }
    }
    assert!(
        differing > 20,
        "versions differ between environments only {differing} times"
    );
    all_well(&all, &cases);
}

fn environment(name: &str) -> Environment {
    let (target, python) = Environment::parse_name(name).expect("a name");
    Environment::new(target, python, &Floors::default()).expect("an environment")
}

/// A lock of all environments in which each has a version of its own of `ant`, a wheel for its own
/// platform of `bee`, and `cat` from a URL or a path.
fn one_of_each(environments: &[Environment], own_version: bool, url: &str) -> Lock {
    let mut lock = lock_of(
        environments,
        &vec![Resolution::default(); environments.len()],
    );
    let template = Lock::parse("mochi.lock", TEMPLATE)
        .expect("a lock")
        .packages;
    for (position, environment) in environments.iter().enumerate() {
        let name = environment.name().to_owned();
        let wheel = |filename: String, url: String| LockedWheel {
            url,
            filename,
            sha256: format!("{position:064x}"),
            size: Some(9),
            environments: vec![name.clone()],
            publishers: vec![publisher("GitHub", &position.to_string())],
        };
        // `linux_*` would fit whatever the C library is.
        let mut tags = environment.tags().map(|tag| tag.to_string());
        let tag = tags
            .find(|tag| !tag.contains("-linux_"))
            .expect("a tag of its own");
        let mut package = template[0].clone();
        package.environments = vec![name.clone()];
        if own_version {
            package.version = format!("{position}.0").parse().expect("a version");
            let filename = format!("ant-{position}.0-py3-none-any.whl");
            package.wheels = vec![wheel(
                filename.clone(),
                format!("https://example.org/{filename}"),
            )];
            lock.packages.insert(position, package.clone());
        }
        if position == 0 {
            package.name = "bee".parse().expect("a name");
            lock.packages.push(package.clone());
            package.name = "cat".parse().expect("a name");
            package.source = match url.contains("://") {
                true => LockedSource::Url(url.to_owned()),
                false => LockedSource::Path(url.to_owned()),
            };
            package.wheels = vec![wheel("cat-1.0-py3-none-any.whl".to_owned(), url.to_owned())];
            lock.packages.push(package);
        }
        for package in lock
            .packages
            .iter_mut()
            .filter(|package| package.name.as_str() != "ant")
        {
            package.environments.push(name.clone());
            package.version = "1.0".parse().expect("a version");
            if package.name.as_str() == "bee" {
                let filename = format!("bee-1.0-{tag}.whl");
                package.wheels.push(wheel(
                    filename.clone(),
                    format!("https://example.org/{filename}"),
                ));
            } else {
                package.wheels[0].environments.push(name.clone());
            }
            package
                .wheels
                .retain(|wheel| !wheel.filename.starts_with("ant"));
            package.environments.dedup();
        }
    }
    lock
}

const TEMPLATE: &str = r#"version = 1
[python]
requires-python = ">=3.12"
manifest-sha256 = "00"
[[python-package]]
name = "ant"
version = "1.0"
source = { kind = "index", name = "example" }
environments = []
requires-python = ">=3.9"
dependencies = []
wheels = []
"#;

#[test]
fn every_kind_of_environment_and_source_is_selected() {
    let names = [
        "linux-x64-cp312",
        "linux-arm64-cp313",
        "linux-x64-cp313t",
        "macos-x64-cp313",
        "macos-arm64-cp314",
        "windows-x64-cp313",
        "windows-arm64-cp312",
        "linux-musl-arm64-cp312",
        "wasm32-emscripten-cp313",
    ];
    let all: Vec<Environment> = names.into_iter().map(environment).collect();
    let mut cases = Vec::new();
    for url in [
        "https://example.org/cat-1.0-py3-none-any.whl",
        "wheels/cat-1.0-py3-none-any.whl",
    ] {
        for own_version in [false, true] {
            for count in 1..=all.len() {
                let (some, others) = all.split_at(count);
                let lock = one_of_each(some, own_version, url);
                let text = exported(&lock, some).expect("they can be told apart");
                cases.push(case(&lock, &text, some, others));
            }
        }
    }
    all_well(&all, &cases);
}

/// Markers know neither the C library nor the threads of an interpreter.
#[test]
fn what_markers_cannot_tell_apart_is_refused_where_versions_differ() {
    for second in ["linux-musl-x64-cp313", "linux-x64-cp313t"] {
        let both = [environment("linux-x64-cp313"), environment(second)];
        let url = "https://example.org/cat-1.0-py3-none-any.whl";
        let [first, last] = both.clone();
        for all in [
            vec![first.clone(), last.clone()],
            vec![first, environment("windows-x64-cp313"), last],
        ] {
            let error = exported(&one_of_each(&all, true, url), &all).expect_err(second);
            let told = error.to_string();
            assert!(told.contains("ant") && told.contains(second), "{told}");
        }
        let lock = one_of_each(&both, false, url);
        let text = exported(&lock, &both).expect("one version for both");
        all_well(
            &both,
            &[case(
                &lock,
                &text,
                &both,
                &[environment("windows-x64-cp313")],
            )],
        );
    }
}

/// What one of two such environments does without must not be selected for it.
#[test]
fn what_only_one_of_two_alike_has_is_refused() {
    for second in ["linux-musl-x64-cp313", "linux-x64-cp313t"] {
        let both = [environment("linux-x64-cp313"), environment(second)];
        let url = "https://example.org/cat-1.0-py3-none-any.whl";
        let mut lock = one_of_each(&both, false, url);
        for package in &mut lock.packages {
            let wheels = package.wheels.iter_mut();
            let names = wheels.map(|wheel| &mut wheel.environments);
            for names in names.chain([&mut package.environments]) {
                names.retain(|name| name != second);
            }
        }
        match exported(&lock, &both) {
            Err(error) => assert!(error.to_string().contains(second), "{error}"),
            Ok(text) => panic!("{second} has no packages, yet:\n{text}"),
        }
    }
}
