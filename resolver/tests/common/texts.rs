//! The texts that random worlds are made of.

use crate::dice::Dice;

/// The extras that requirements ask for.
pub(crate) const EXTRAS: [&str; 3] = ["all", "fast", "test"];

/// Tags of wheels; the first fit everywhere.
pub(crate) const WHEEL_TAGS: [&str; 8] = [
    "py3-none-any",
    "py3-none-any",
    "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "cp313-cp313-manylinux_2_28_x86_64",
    "cp39-abi3-manylinux_2_17_x86_64",
    "cp312.cp313-none-win_amd64",
    "cp310-abi3-macosx_11_0_arm64",
    "py2-none-any",
];

/// Markers of a package's requirements, with what separates them from the requirement.
pub(crate) const MARKERS: [&str; 16] = [
    "",
    "",
    "",
    "",
    "",
    "",
    "; extra == 'fast'",
    "; extra == 'fast'",
    "; extra == 'test'",
    "; extra == 'all'",
    "; extra == 'all' or extra == 'test'",
    "; sys_platform == 'linux'",
    "; sys_platform != 'win32'",
    "; python_version >= '3.13'",
    "; python_version < '3.13' and extra == 'test'",
    "; sys_platform == 'win32' or extra == 'fast'",
];

/// Markers of the project's own requirements.
pub(crate) const ROOT_MARKERS: [&str; 6] = [
    "",
    "",
    "",
    "",
    "; sys_platform == 'linux'",
    "; python_version >= '3.13'",
];

/// All versions there are, oldest first.
const VERSIONS: [&str; 16] = [
    "0.9",
    "1.0.dev1",
    "1.0",
    "1.0.post1",
    "1.1",
    "1.2",
    "1.2.1",
    "2.0a1",
    "2.0",
    "2.0+local.1",
    "2.1",
    "3.0.dev2",
    "3.0rc1",
    "3.0",
    "3.1",
    "1!0.5",
];

/// One to five versions, oldest first.
pub(crate) fn versions(dice: &mut Dice) -> Vec<&'static str> {
    let count = 1 + dice.below(5);
    let mut picked: Vec<usize> = Vec::new();
    while picked.len() < count {
        let version = dice.below(VERSIONS.len());
        if !picked.contains(&version) {
            picked.push(version);
        }
    }
    picked.sort_unstable();
    picked
        .into_iter()
        .map(|version| VERSIONS[version])
        .collect()
}

/// A requirement on a package without a marker.
pub(crate) fn requirement(dice: &mut Dice, name: &str, pool: &[&str]) -> String {
    let mut extras = Vec::new();
    while dice.chance(20) {
        extras.push(*dice.pick(&EXTRAS));
    }
    let extras = match extras.is_empty() {
        true => String::new(),
        false => format!("[{}]", extras.join(",")),
    };
    let clauses: Vec<String> = match dice.below(10) {
        0..4 => Vec::new(),
        4..8 => vec![clause(dice, pool)],
        _ => vec![clause(dice, pool), clause(dice, pool)],
    };
    format!("{name}{extras}{}", clauses.join(","))
}

fn clause(dice: &mut Dice, pool: &[&str]) -> String {
    let version = match dice.chance(80) {
        true => *dice.pick(pool),
        false => *dice.pick(&VERSIONS),
    };
    let public = version.split('+').next().unwrap_or(version);
    match dice.below(11) {
        0 | 1 => format!(">={public}"),
        2 => format!("<={public}"),
        3 => format!("<{public}"),
        4 => format!(">{public}"),
        5 => format!("=={version}"),
        6 => format!("=={public}"),
        7 => format!("!={version}"),
        8 => format!("~={public}"),
        9 => format!("==={version}"),
        _ => {
            let operator = if dice.chance(50) { "==" } else { "!=" };
            format!(
                "{operator}{}.*",
                dice.pick(&["0", "1", "1.2", "2", "3", "1!0"])
            )
        }
    }
}
