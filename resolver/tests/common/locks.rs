//! Random locks.

use crate::dice::Dice;
use resolver::lock::{LockedEnvironment, LockedPackage, LockedSkip, LockedWheel};
use resolver::{Lock, LockedSource};
use std::collections::BTreeSet;
use wheel::provenance::Publisher;

const NAMES: [&str; 6] = ["ant", "bee-keeper", "cat", "d0g", "elk", "fox"];
const VERSIONS: [&str; 6] = [
    "0.9",
    "1.0",
    "1.0.post1",
    "2!1.0a1.dev3",
    "2.0+local.1",
    "10.0",
];
const ENVIRONMENTS: [(&str, &str, &str); 5] = [
    ("linux-x64-cp312", "glibc", "2.28"),
    ("linux-musl-x64-cp313", "musl", "1.2"),
    ("macos-arm64-cp313", "macos", "14.0"),
    ("wasm32-emscripten-cp313", "pyodide", "0.29.5"),
    ("windows-x64-cp313", "", ""),
];
const TAGS: [&str; 4] = [
    "py3-none-any",
    "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "3-cp313-abi3-win_amd64",
    "cp313-cp313-macosx_11_0_arm64",
];

/// Text that a careless writer would break on.
pub(crate) fn odd_text(dice: &mut Dice) -> String {
    const PIECES: [&str; 18] = [
        "a", "Z", "0", " ", "\"", "'", "\\", "\n", "\r\n", "\t", "\0", "\u{7f}", "\u{85}",
        "\u{2028}", "é", "🐜", "\"\"\"", "# = [",
    ];
    (0..dice.below(8)).map(|_| *dice.pick(&PIECES)).collect()
}

/// A lock such as could have been written.
pub(crate) fn lock(dice: &mut Dice) -> Lock {
    let environments: Vec<LockedEnvironment> = ENVIRONMENTS
        .iter()
        .filter(|_| dice.chance(60))
        .map(|(name, floor, value)| LockedEnvironment {
            name: (*name).to_owned(),
            target: name.rsplit_once('-').expect("a name").0.to_owned(),
            python: "3.13".to_owned(),
            floors: match floor.is_empty() {
                true => Vec::new(),
                false => vec![((*floor).to_owned(), (*value).to_owned())],
            },
        })
        .collect();
    let names: Vec<String> = environments
        .iter()
        .map(|environment| environment.name.clone())
        .collect();
    let mut packages = Vec::new();
    for name in NAMES {
        packages.extend(versions_of(dice, name, &names));
    }
    let mut skips = Vec::new();
    for environment in &names {
        if dice.chance(30) {
            skips.push(LockedSkip {
                name: dice.pick(&NAMES).parse().expect("a name"),
                requirement: odd_text(dice),
                environment: environment.clone(),
                reason: "SdistOnly".to_owned(),
                detail: odd_text(dice),
                required_by: (0..dice.below(3)).map(|_| odd_text(dice)).collect(),
            });
        }
    }
    skips.sort_by(|a, b| (&a.name, &a.environment).cmp(&(&b.name, &b.environment)));
    Lock {
        requires_python: odd_text(dice),
        manifest_sha256: odd_text(dice),
        environments,
        packages,
        skips,
    }
}

/// The versions of a package, with the environments shared out among them.
fn versions_of(dice: &mut Dice, name: &str, environments: &[String]) -> Vec<LockedPackage> {
    let count = dice.below(3);
    let chosen: BTreeSet<usize> = (0..count).map(|_| dice.below(VERSIONS.len())).collect();
    let mut packages: Vec<LockedPackage> = chosen
        .iter()
        .map(|version| LockedPackage {
            name: name.parse().expect("a name"),
            version: VERSIONS[*version].parse().expect("a version"),
            source: source(dice),
            environments: Vec::new(),
            requires_python: dice.chance(50).then(|| ">=3.9".to_owned()),
            dependencies: (0..dice.below(3)).map(|_| dependency(dice)).collect(),
            wheels: Vec::new(),
        })
        .collect();
    if packages.is_empty() {
        return packages;
    }
    for environment in environments {
        let at = dice.below(packages.len());
        packages[at].environments.push(environment.clone());
    }
    for package in &mut packages {
        package.wheels = wheels(dice, package);
    }
    packages.sort_by(|a, b| a.version.cmp(&b.version));
    packages
}

fn dependency(dice: &mut Dice) -> String {
    let texts = [
        "ant",
        "bee-keeper[all]>=1",
        "elk==1.0; extra == 'x' and python_version < \"3.13\"",
    ];
    (*dice.pick(&texts)).to_owned()
}

fn source(dice: &mut Dice) -> LockedSource {
    let text = odd_text(dice);
    match dice.below(5) {
        0 => LockedSource::IndexName(text),
        1 => LockedSource::IndexUrl(text),
        2 => LockedSource::Path(text),
        3 => LockedSource::Url(text),
        _ => LockedSource::Pyodide(text),
    }
}

fn wheels(dice: &mut Dice, package: &LockedPackage) -> Vec<LockedWheel> {
    let mut wheels = Vec::new();
    // An environment takes one wheel at most.
    let mut free = package.environments.clone();
    for tags in TAGS {
        if dice.chance(60) {
            continue;
        }
        let name = package.name.as_str().replace('-', "_");
        let sizes = [
            None,
            Some(0),
            Some(1 + dice.below(1 << 40) as u64),
            Some(i64::MAX as u64),
        ];
        wheels.push(LockedWheel {
            filename: format!("{name}-{}-{tags}.whl", package.version),
            url: odd_text(dice),
            sha256: (0..64)
                .map(|_| *dice.pick(&['0', '5', '9', 'a', 'f']))
                .collect(),
            size: *dice.pick(&sizes),
            environments: free.extract_if(.., |_| dice.chance(50)).collect(),
            publishers: match package.source {
                LockedSource::IndexName(_) | LockedSource::IndexUrl(_) => publishers(dice),
                _ => Vec::new(),
            },
        });
    }
    wheels.sort_by(|a, b| a.filename.cmp(&b.filename));
    wheels
}

fn publishers(dice: &mut Dice) -> Vec<Publisher> {
    let mut all = BTreeSet::new();
    for _ in 0..dice.below(3) {
        let mut text = || format!("{}x", odd_text(dice));
        let [repository, workflow, environment] = [text(), text(), text()];
        let environment = dice.chance(50).then_some(environment);
        all.insert(match dice.below(3) {
            0 => Publisher::GitHub {
                repository,
                workflow,
                environment,
            },
            1 => Publisher::GitLab {
                repository,
                workflow_filepath: workflow,
                environment,
            },
            _ => Publisher::Google { email: repository },
        });
    }
    all.into_iter().collect()
}
