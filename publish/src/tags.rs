//! `wheel-tags`: what wheels there are to be.

use manifest::publish::Text;
use std::collections::BTreeSet;
use tag_matrix::{PyodideRelease, Tag, TagSet};
use toml_doc::Invalid;
use wheel::Specifiers;

/// What a wheel is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Every place where Python runs: `py3-none-any`.
    Pure,
    /// Pyodide, of these platforms of the table (PEP 783), `2025_0`.
    Pyodide(Vec<&'static str>),
}

/// A wheel that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its tags, as they are to be written.
    pub tags: TagSet,
    /// The tags of the manifest, where they are other spellings of the same.
    pub spelled: Option<TagSet>,
    /// What it is for.
    pub kind: Kind,
}

/// What a manifest without `wheel-tags` builds.
const DEFAULT: &str = "py3-none-any";

/// The wheels of the manifest. For a `warehouse`, which takes Pyodide's wheels in one spelling
/// only, those of other spellings are written in that one.
pub(crate) fn plan(
    given: Option<&[Text]>,
    requires_python: &Specifiers,
    warehouse: bool,
    problems: &mut Vec<Invalid>,
) -> Vec<Plan> {
    let Some(given) = given else {
        let tags = DEFAULT.parse();
        let pure = tags.map(|tags| Plan {
            tags,
            spelled: None,
            kind: Kind::Pure,
        });
        return pure.into_iter().collect();
    };
    let mut plans: Vec<Plan> = Vec::new();
    for text in given {
        match one(text, requires_python, warehouse) {
            Ok(plan) if plans.iter().any(|other| other.tags == plan.tags) => {
                let again = format!("{} stands twice: it would be the same wheel", plan.tags);
                problems.push(text.error(again));
            }
            Ok(plan) => plans.push(plan),
            Err(problem) => problems.push(problem),
        }
    }
    plans
}

fn one(text: &Text, requires_python: &Specifiers, warehouse: bool) -> Result<Plan, Invalid> {
    let tags: TagSet = text
        .value
        .parse()
        .map_err(|error| text.error(format!("{error}")))?;
    if tags.platforms().all(|platform| platform == "any") {
        pure(text, &tags)?;
        let kind = Kind::Pure;
        return Ok(Plan {
            tags,
            spelled: None,
            kind,
        });
    }
    let mut platforms = Vec::new();
    for tag in tags.tags() {
        let release = release(text, &tag)?;
        fits(text, &tag, release)?;
        admits(text, requires_python, release)?;
        if !platforms.contains(&&*release.platform) {
            platforms.push(&*release.platform);
        }
    }
    let public = public(&tags);
    let (tags, spelled) = if warehouse && public != tags {
        (public, Some(tags))
    } else {
        (tags, None)
    };
    Ok(Plan {
        tags,
        spelled,
        kind: Kind::Pyodide(platforms),
    })
}

/// A wheel for any platform: pure, and for Python 3.
fn pure(text: &Text, tags: &TagSet) -> Result<(), Invalid> {
    for tag in tags.tags() {
        if tag.abi != "none" {
            let message = format!("{tag} never fits: what has an ABI is for one platform");
            return Err(text
                .error(message)
                .with_hint(format!("write \"{DEFAULT}\"")));
        }
        let python = tag
            .python
            .strip_prefix("py")
            .or(tag.python.strip_prefix("cp"));
        let is_three = python.is_some_and(|version| {
            version.starts_with('3') && version.bytes().all(|byte| byte.is_ascii_digit())
        });
        if !is_three && tag.python != "py2" {
            let message = format!("`{}` is no CPython 3", tag.python);
            return Err(text
                .error(message)
                .with_hint(format!("write \"{DEFAULT}\"")));
        }
    }
    Ok(())
}

/// The newest release of the platform that a tag is for.
fn release(text: &Text, tag: &Tag) -> Result<&'static PyodideRelease, Invalid> {
    let platform = &*tag.platform;
    let version = platform.strip_suffix("_wasm32");
    let by_platform = version.and_then(|version| {
        version
            .strip_prefix("pyodide_")
            .or(version.strip_prefix("pyemscripten_"))
    });
    let emscripten = version.and_then(|version| version.strip_prefix("emscripten_"));
    let newest = |is: &dyn Fn(&PyodideRelease) -> bool| {
        let released = PyodideRelease::released().rfind(|release| is(release));
        released.or_else(|| PyodideRelease::all().iter().rfind(|release| is(release)))
    };
    let found = match (by_platform, emscripten) {
        (Some(wanted), _) => newest(&|release| release.platform == wanted),
        (None, Some(wanted)) => newest(&|release| release.emscripten.replace('.', "_") == wanted),
        (None, None) => return Err(foreign(text, platform)),
    };
    found.ok_or_else(|| unknown(text, tag, by_platform))
}

/// A platform that no wheel of ours is for.
fn foreign(text: &Text, platform: &str) -> Invalid {
    let error = text.error(format!(
        "no wheel for the platform `{platform}` is built here"
    ));
    if platform.starts_with("wasi") {
        return error.with_hint(
            "no index takes wheels for WASI; \"py3-none-any\" is what installs there, too",
        );
    }
    error.with_hint(
        "mochi builds \"py3-none-any\" and wheels for Pyodide, such as \
         \"cp313-cp313-pyemscripten_2025_0_wasm32\"",
    )
}

/// A platform of Pyodide that there is not.
fn unknown(text: &Text, tag: &Tag, platform: Option<&str>) -> Invalid {
    let known: BTreeSet<&str> = PyodideRelease::all()
        .iter()
        .map(|release| &*release.platform)
        .collect();
    let message = format!(
        "no Pyodide has the platform `{}`; there are {}",
        tag.platform,
        known.iter().copied().collect::<Vec<_>>().join(", ")
    );
    let near = platform.and_then(|platform| toml_doc::nearest(platform, known.iter().copied()));
    let near = near.and_then(|near| PyodideRelease::all().iter().rfind(|r| r.platform == near));
    let error = text.error(message);
    match near {
        Some(release) => error.with_hint(format!("the nearest is \"{}\"", pair(release, tag))),
        None => error,
    }
}

/// The tag of a release's own extension modules, in the spelling of `like`.
fn pair(release: &PyodideRelease, like: &Tag) -> String {
    let python = release.minor().interpreter_tag();
    let name = if like.platform.starts_with("pyodide_") {
        "pyodide"
    } else {
        "pyemscripten"
    };
    format!("{python}-{python}-{name}_{}_wasm32", release.platform)
}

/// Whether interpreter and ABI of a tag are those of the release's CPython.
fn fits(text: &Text, tag: &Tag, release: &PyodideRelease) -> Result<(), Invalid> {
    let minor = release.minor().minor;
    let cpython = minor_of(&tag.python, "cp");
    let python = match &*tag.python {
        "py3" => Some(minor),
        other => minor_of(other, "py"),
    };
    let holds = match (&*tag.abi, cpython, python) {
        ("abi3", Some(oldest), _) => (2..=minor).contains(&oldest),
        ("none", Some(exact), _) => exact == minor,
        ("none", None, Some(oldest)) => oldest <= minor,
        (abi, Some(exact), _) => exact == minor && minor_of(abi, "cp") == Some(exact),
        _ => false,
    };
    if holds {
        return Ok(());
    }
    let own = cpython.and_then(|wanted| {
        let all = PyodideRelease::all().iter();
        all.rev().find(|release| release.minor().minor == wanted)
    });
    let message = format!(
        "{tag} fits no Pyodide: the platform {} is CPython {}, whose tag is {}",
        release.platform,
        release.minor(),
        pair(release, tag)
    );
    let error = text.error(message);
    Err(match own {
        Some(own) if own.platform != release.platform => error.with_hint(format!(
            "for CPython {} write \"{}\"; for {} \"{}\"",
            own.minor(),
            pair(own, tag),
            release.platform,
            pair(release, tag)
        )),
        _ => error.with_hint(format!("write \"{}\"", pair(release, tag))),
    })
}

fn minor_of(tag: &str, prefix: &str) -> Option<u32> {
    let digits = tag.strip_prefix(prefix)?.strip_prefix('3')?;
    digits.parse().ok()
}

/// Whether anybody could install it.
fn admits(text: &Text, requires: &Specifiers, release: &PyodideRelease) -> Result<(), Invalid> {
    let python = release.python.parse();
    if python.is_ok_and(|python| requires.contains(&python)) {
        return Ok(());
    }
    let message = format!(
        "Pyodide {} is CPython {}, which `requires-python` {requires} does not admit",
        release.platform, release.python
    );
    Err(text.error(message))
}

/// The set in the spelling of PEP 783, which public indexes take.
fn public(tags: &TagSet) -> TagSet {
    let platforms: Vec<String> = tags.platforms().map(public_platform).collect();
    let text = format!("{}-{}-{}", tags.python(), tags.abi(), platforms.join("."));
    text.parse().unwrap_or_else(|_| tags.clone())
}

fn public_platform(platform: &str) -> String {
    let version = platform.strip_suffix("_wasm32").unwrap_or(platform);
    let wanted = version.strip_prefix("emscripten_");
    let by_emscripten = wanted.and_then(|wanted| {
        let all = PyodideRelease::all().iter();
        all.rev()
            .find(|release| release.emscripten.replace('.', "_") == wanted)
    });
    match (version.strip_prefix("pyodide_"), by_emscripten) {
        (Some(version), _) => format!("pyemscripten_{version}_wasm32"),
        (None, Some(release)) => format!("pyemscripten_{}_wasm32", release.platform),
        (None, None) => platform.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use manifest::publish::{Given, Place};

    fn text(value: &str) -> Text {
        let place = Place {
            file: "mochi.toml".to_owned(),
            line: 1,
            key: "python.publish.wheel-tags[0]".to_owned(),
        };
        Given {
            value: value.to_owned(),
            place,
        }
    }

    fn planned(tags: &[&str], warehouse: bool) -> (Vec<Plan>, Vec<Invalid>) {
        let given: Vec<Text> = tags.iter().map(|tag| text(tag)).collect();
        let mut problems = Vec::new();
        let requires = ">=3.12".parse().unwrap();
        let plans = plan(Some(&given), &requires, warehouse, &mut problems);
        (plans, problems)
    }

    #[test]
    fn tags_of_the_table() {
        for (tags, platforms) in [
            ("py3-none-any", None),
            ("py2.py3-none-any", None),
            ("py312-none-any", None),
            ("cp313-cp313-pyodide_2025_0_wasm32", Some(vec!["2025_0"])),
            (
                "cp313-cp313-pyemscripten_2025_0_wasm32",
                Some(vec!["2025_0"]),
            ),
            ("cp313-cp313-emscripten_4_0_9_wasm32", Some(vec!["2025_0"])),
            ("cp314-cp314-pyodide_2026_0_wasm32", Some(vec!["2026_0"])),
            ("cp312-cp312-pyodide_2024_0_wasm32", Some(vec!["2024_0"])),
            ("py3-none-pyodide_2025_0_wasm32", Some(vec!["2025_0"])),
            (
                "cp312-abi3-pyemscripten_2025_0_wasm32.pyemscripten_2026_0_wasm32",
                Some(vec!["2025_0", "2026_0"]),
            ),
        ] {
            let (plans, problems) = planned(&[tags], false);
            assert_eq!(problems, [], "{tags}");
            assert_eq!(plans[0].tags.to_string(), tags);
            let kind = platforms.map_or(Kind::Pure, Kind::Pyodide);
            assert_eq!(plans[0].kind, kind, "{tags}");
        }
    }

    #[test]
    fn a_wrong_pair_names_the_right_one() {
        for (tag, told) in [
            (
                "cp313-cp313-pyodide_2026_0_wasm32",
                "cp314-cp314-pyodide_2026_0_wasm32",
            ),
            (
                "cp313-cp313-pyodide_2026_0_wasm32",
                "for CPython 3.13 write \"cp313-cp313-pyodide_2025_0_wasm32\"",
            ),
            (
                "cp313-cp313-pyodide_2025_1_wasm32",
                "\"cp313-cp313-pyodide_2025_0_wasm32\"",
            ),
            (
                "cp313-cp312-pyodide_2025_0_wasm32",
                "cp313-cp313-pyodide_2025_0_wasm32",
            ),
            ("cp314-abi3-pyodide_2025_0_wasm32", "CPython 3.13"),
            (
                "cp313-cp313-emscripten_4_0_10_wasm32",
                "there are 2024_0, 2025_0, 2026_0",
            ),
            ("cp313-cp313-manylinux_2_28_x86_64", "py3-none-any"),
            ("cp314-cp314-wasi_0_0_0_wasm32", "py3-none-any"),
            ("cp313-cp313-any", "never fits"),
            ("pp311-none-any", "no CPython 3"),
            ("py3-none", "not a tag"),
        ] {
            let (plans, problems) = planned(&[tag], false);
            assert_eq!(plans, [], "{tag}");
            let problem = &problems[0];
            let all = format!("{problem} {}", problem.hint.clone().unwrap_or_default());
            assert!(all.contains(told), "{tag}: {all}");
        }
        let requires = ">=3.14".parse().unwrap();
        let mut problems = Vec::new();
        let given = [text("cp313-cp313-pyodide_2025_0_wasm32")];
        plan(Some(&given), &requires, false, &mut problems);
        assert!(
            problems[0].message.contains("does not admit"),
            "{problems:?}"
        );
    }

    #[test]
    fn a_warehouse_takes_one_spelling() {
        let tags = [
            "py3-none-any",
            "cp313-cp313-pyodide_2025_0_wasm32",
            "cp314-cp314-emscripten_5_0_3_wasm32",
        ];
        let (plans, problems) = planned(&tags, true);
        assert_eq!(problems, []);
        let written: Vec<String> = plans.iter().map(|plan| plan.tags.to_string()).collect();
        assert_eq!(
            written,
            [
                "py3-none-any",
                "cp313-cp313-pyemscripten_2025_0_wasm32",
                "cp314-cp314-pyemscripten_2026_0_wasm32"
            ]
        );
        let spelled = plans[1].spelled.as_ref().map(ToString::to_string);
        assert_eq!(spelled.as_deref(), Some(tags[1]));
        let twice = [
            "cp313-cp313-pyodide_2025_0_wasm32",
            "cp313-cp313-pyemscripten_2025_0_wasm32",
        ];
        assert_eq!(planned(&twice, false).1, []);
        assert_eq!(planned(&twice, true).1.len(), 1);
    }
}
