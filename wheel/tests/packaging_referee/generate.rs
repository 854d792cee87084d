//! Texts to ask about: by the grammars, from few enough words that corners are met, and a part of
//! them spoilt. Always the same ones.

use crate::dice::{Dice, spoilt};

const NUMBERS: &[&str] = &[
    "0", "0", "1", "1", "2", "3", "9", "10", "007", "255", "256", "65536", "20260101",
];

fn number(dice: &mut Dice) -> String {
    dice.pick(NUMBERS).to_owned()
}

fn suffix(dice: &mut Dice, words: &[&str]) -> String {
    let word = dice.pick(words);
    let mut word = if dice.chance(10) {
        word.to_uppercase()
    } else {
        word.to_owned()
    };
    word.insert_str(0, dice.pick(&["", "", ".", "-", "_"]));
    word.push_str(dice.pick(&["", "", ".", "-", "_"]));
    word.push_str(dice.pick(&["", "0", "1", "2", "63", "64", "255", "300"]));
    word
}

fn release(dice: &mut Dice, least: usize) -> String {
    let most = if dice.chance(5) { 8 } else { 3 };
    let parts = least + dice.below(most);
    let numbers: Vec<String> = (0..parts.max(1)).map(|_| number(dice)).collect();
    numbers.join(".")
}

fn public(dice: &mut Dice, least: usize) -> String {
    let mut version = dice.maybe(5, |_| "v".to_owned());
    version += &dice.maybe(7, |dice| dice.pick(&["0!", "1!", "2!"]).to_owned());
    version += &release(dice, least);
    version += &dice.maybe(25, |dice| {
        suffix(
            dice,
            &["a", "b", "c", "rc", "alpha", "beta", "pre", "preview"],
        )
    });
    version += &dice.maybe(20, |dice| match dice.below(4) {
        0 => format!("-{}", number(dice)),
        _ => suffix(dice, &["post", "rev", "r"]),
    });
    version += &dice.maybe(20, |dice| suffix(dice, &["dev"]));
    version
}

/// A version, mostly.
pub(crate) fn version(dice: &mut Dice) -> String {
    let version = public(dice, 1)
        + &dice.maybe(15, |dice| {
            format!(
                "+{}",
                dice.pick(&["local", "1", "01", "a.1", "A_1", "1-a", "abc.10.d", "0"])
            )
        });
    spoilt(dice, version, 15)
}

/// A version specifier, mostly.
pub(crate) fn specifiers(dice: &mut Dice) -> String {
    let clauses: Vec<String> = (0..=dice.below(4)).map(|_| clause(dice)).collect();
    let between = dice.pick(&[",", ",", ", ", " ,", ",,"]);
    let text = clauses.join(between) + dice.pick(&["", "", "", ",", " "]);
    spoilt(dice, text, 12)
}

fn clause(dice: &mut Dice) -> String {
    let operator = dice.pick(&["==", "!=", "<=", ">=", "<", ">", "~=", "==="]);
    let version = match operator {
        "==" | "!=" => match dice.below(10) {
            0..3 => release(dice, 1) + ".*",
            3 => public(dice, 1) + "+local.1",
            _ => public(dice, 1),
        },
        "~=" => public(dice, 2),
        "===" => match dice.below(3) {
            0 => dice
                .pick(&["", "1.0", "1.0A1", "1.0rc1+x", "foo/bar", "a'b"])
                .to_owned(),
            _ => public(dice, 1),
        },
        _ => public(dice, 1),
    };
    format!("{operator}{}{version}", dice.space())
}

/// Valid versions near those of a specifier, where its borders are.
pub(crate) fn near(dice: &mut Dice, specifiers: &str) -> Vec<String> {
    let mut near = Vec::new();
    for piece in specifiers.split([',', ' ', '\t', '=', '<', '>', '!', '~']) {
        let stem = piece.trim_end_matches(".*");
        for suffix in [
            "",
            ".post0",
            ".dev0",
            "a1",
            "+local",
            ".1",
            ".0.dev1",
            ".post1.dev2",
            "rc9.post1",
            ".0+local.1",
        ] {
            if dice.chance(60) {
                near.push(format!("{stem}{suffix}"));
            }
        }
    }
    while near.len() < 12 {
        near.push(version(dice));
    }
    near
}

const VARIABLES: &[&str] = &[
    "python_version",
    "python_version",
    "python_version",
    "python_full_version",
    "python_full_version",
    "os_name",
    "os.name",
    "sys_platform",
    "sys.platform",
    "platform_machine",
    "platform.machine",
    "platform_system",
    "platform_release",
    "platform_version",
    "platform.version",
    "platform_python_implementation",
    "platform.python_implementation",
    "python_implementation",
    "implementation_name",
    "implementation_version",
    "extra",
    "extra",
    "extra",
    "extras",
    "dependency_groups",
];

const WORDS: &[&str] = &[
    "posix",
    "nt",
    "linux",
    "win32",
    "Linux",
    "x86_64",
    "cpython",
    "CPython",
    "3",
    "3.9",
    "3.13",
    "3.13.5",
    "3.*",
    "3.13.*",
    "3.14.0rc1",
    "3.14.0a1+",
    "3.14.0a1+local",
    "2.7 3.9 3.13",
    "6.1",
    "6.1.0-13-amd64",
    " 3.9 ",
    "=3.13",
    ">=3.9,<4",
    "",
    "foo",
    "Foo_Bar",
    "foo-bar",
    "foo.bar baz",
    "os_name",
    "extra",
    "python_version",
    "extras",
    "é",
    "\\x33.9",
    "a\\tb",
    "\\q",
    "inux",
];

const OPERATORS: &[&str] = &[
    "==", "!=", "<", "<=", ">", ">=", "~=", "===", "in", "not in", "not  in",
];

fn operand(dice: &mut Dice, variable: usize) -> String {
    if dice.chance(variable) {
        dice.pick(VARIABLES).to_owned()
    } else {
        let word = if dice.chance(20) {
            version(dice)
        } else {
            dice.pick(WORDS).to_owned()
        };
        let quote = dice.pick(&["'", "\""]);
        format!("{quote}{word}{quote}")
    }
}

fn comparison(dice: &mut Dice) -> String {
    let first = if dice.chance(70) { 97 } else { 3 };
    let left = operand(dice, first);
    let operator = dice.pick(OPERATORS);
    let right = operand(dice, 100 - first);
    let space = |dice: &mut Dice| {
        if operator.ends_with('n') {
            " "
        } else {
            dice.space()
        }
    };
    format!("{left}{}{operator}{}{right}", space(dice), space(dice))
}

fn expression(dice: &mut Dice, depth: usize) -> String {
    let parts = 1 + dice.below(3);
    let mut text = String::new();
    for index in 0..parts {
        if index > 0 {
            text += dice.pick(&[" and ", " or ", " and\t", " or  "]);
        }
        if depth > 0 && dice.chance(30) {
            let inner = expression(dice, depth - 1);
            text += &format!("({}{inner}{})", dice.space(), dice.space());
        } else {
            text += &comparison(dice);
        }
    }
    text
}

/// A marker, mostly.
pub(crate) fn marker(dice: &mut Dice) -> String {
    let marker = if dice.chance(40) {
        comparison(dice)
    } else {
        expression(dice, 4)
    };
    spoilt(dice, marker, 12)
}

/// The name of a package, mostly.
pub(crate) fn name(dice: &mut Dice) -> String {
    let name = dice.pick(&[
        "a",
        "Foo",
        "foo_bar",
        "foo-bar",
        "foo.bar",
        "Foo-_.Bar",
        "a1",
        "0",
        "x__y",
        "a_",
    ]);
    spoilt(dice, name.to_owned(), 15)
}

/// A requirement, mostly.
pub(crate) fn requirement(dice: &mut Dice) -> String {
    let mut text = format!("{}{}{}", dice.space(), name(dice), dice.space());
    if dice.chance(30) {
        let extras: Vec<String> = (0..dice.below(4)).map(|_| name(dice)).collect();
        text += &format!(
            "[{}{}{}]{}",
            dice.space(),
            extras.join(dice.pick(&[",", " , "])),
            dice.space(),
            dice.space()
        );
    }
    match dice.below(10) {
        0..2 => {
            let url = dice.pick(&[
                "https://example.org/a.whl",
                "file:///a;b",
                "x",
                "git+https://example.org/a@b#egg=c",
            ]);
            text += &format!("@{}{url}{}", dice.space(), dice.pick(&["", " ", "  "]));
        }
        2..4 => {
            text += &format!(
                "({}{}{}){}",
                dice.space(),
                specifiers(dice),
                dice.space(),
                dice.space()
            )
        }
        4..8 => text += &format!("{}{}", specifiers(dice), dice.space()),
        _ => {}
    }
    if dice.chance(40) {
        text += &format!(";{}{}{}", dice.space(), marker(dice), dice.space());
    }
    spoilt(dice, text, 8)
}
