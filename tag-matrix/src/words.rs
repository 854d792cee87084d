//! A miss in words: what the wheel needs, and what the environment has instead.

use crate::miss::{Kind, RawMiss, wanted};
use crate::{Environment, Floors, PythonVersion};

/// The halves of a sentence: `x.whl` + `needs` + `glibc 2.34`, `the environment` + `has` + `2.28`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    wheel: (&'static str, String),
    environment: (&'static str, String),
    /// What the environment has, said in full where other things stand in between.
    in_full: String,
}

/// The sentence of several misses, after the name of the wheel.
pub(crate) fn sentence<'a>(misses: impl Iterator<Item = &'a Words> + Clone) -> String {
    let mut all = misses.clone();
    if let (
        Some(Words {
            wheel, environment, ..
        }),
        None,
    ) = (all.next(), all.next())
    {
        return format!(
            "{} {}, the environment {} {}",
            wheel.0, wheel.1, environment.0, environment.1
        );
    }
    let wheel = joined(
        misses
            .clone()
            .map(|words| (words.wheel.0, words.wheel.1.as_str())),
    );
    let environment = joined(misses.map(|words| (words.environment.0, words.in_full.as_str())));
    format!("{wheel}; the environment {environment}")
}

/// `is for a, b and needs c`: a verb is said once for what follows it.
fn joined<'a>(clauses: impl Iterator<Item = (&'static str, &'a str)>) -> String {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for (verb, noun) in clauses {
        match groups.last_mut() {
            Some((last, nouns)) if *last == verb => nouns.push(noun),
            _ => groups.push((verb, vec![noun])),
        }
    }
    let groups = groups.iter().map(|(verb, nouns)| match &nouns[..] {
        [first @ .., last] if !first.is_empty() => {
            format!("{verb} {} and {last}", first.join(", "))
        }
        nouns => format!("{verb} {}", nouns.concat()),
    });
    groups.collect::<Vec<_>>().join(" and ")
}

impl Words {
    pub(crate) fn new(miss: &RawMiss<'_>, environment: &Environment) -> Self {
        match miss.kind {
            Kind::Floor { of, needs, has } => {
                let (needs, has) = (Floors::show_version(needs), Floors::show_version(has));
                let in_full = format!("{of} {has}");
                Self {
                    in_full,
                    ..Self::say("needs", format!("{of} {needs}"), "has", has)
                }
            }
            Kind::Pyodide { needs, has, .. } => {
                let in_full = format!("Pyodide's platform {has}");
                let needs = format!("Pyodide's platform {needs}");
                Self {
                    in_full,
                    ..Self::say("is for", needs, "has", has.to_owned())
                }
            }
            Kind::Emscripten { needs, has } => {
                let in_full = format!("Emscripten {has}");
                let needs = format!("Emscripten {}", needs.replace('_', "."));
                Self {
                    in_full,
                    ..Self::say("is for", needs, "has", has.to_owned())
                }
            }
            Kind::Unlisted => {
                let found = format!("{}, which no installer takes", miss.tag);
                Self::say("is tagged", found, "takes", wanted(miss.part, environment))
            }
            Kind::Libc {
                needs,
                has,
                version,
            } => {
                let has = format!("{has} {}", Floors::show_version(version));
                Self::say("is for", needs.to_string(), "has", has)
            }
            Kind::Arch { needs, has } | Kind::Os { needs, has, .. } => {
                Self::say("is for", needs.to_owned(), "is", has.to_owned())
            }
            _ => Self::of_python(miss, environment.python()),
        }
    }

    /// The words of what has to do with the CPython.
    fn of_python(miss: &RawMiss<'_>, python: PythonVersion) -> Self {
        let minor = python.minor_only().with_gil().to_string();
        let in_full = format!("CPython {minor}");
        match miss.kind {
            Kind::Newer { language, needs } => {
                let needs = format!("{language} 3.{needs} or newer");
                Self {
                    in_full,
                    ..Self::say("needs", needs, "has", minor)
                }
            }
            Kind::Minor { needs } => {
                let needs = format!("CPython 3.{needs} only");
                Self {
                    in_full,
                    ..Self::say("is for", needs, "has", minor)
                }
            }
            Kind::Major => Self {
                in_full,
                ..Self::say("is for", major(miss.tag), "has", minor)
            },
            Kind::Implementation { name } => {
                Self::say("is for", name.to_owned(), "is", "CPython".to_owned())
            }
            Kind::Build if python.freethreaded => {
                let needs = format!("CPython with the GIL ({})", miss.tag);
                Self::say("is for", needs, "is", "free-threaded".to_owned())
            }
            Kind::Build => {
                let needs = format!("free-threaded CPython ({})", miss.tag);
                Self::say("is for", needs, "has", "the GIL".to_owned())
            }
            Kind::Combination {
                python: interpreter,
                abi,
                any,
            } => {
                let end = if any { "-any" } else { "" };
                let found = format!("{interpreter}-{abi}{end}, which no installer takes");
                let own = if any {
                    "none-any".to_owned()
                } else {
                    python.abi_tag()
                };
                Self::say(
                    "is tagged",
                    found,
                    "takes",
                    format!("{}-{own}", python.interpreter_tag()),
                )
            }
            _ => {
                let in_full = format!("the ABI {}", python.abi_tag());
                let found = format!("the ABI {}", miss.tag);
                Self {
                    in_full,
                    ..Self::say("has", found, "has", python.abi_tag())
                }
            }
        }
    }

    fn say(verb: &'static str, wheel: String, other: &'static str, environment: String) -> Self {
        let in_full = environment.clone();
        Self {
            wheel: (verb, wheel),
            environment: (other, environment),
            in_full,
        }
    }
}

/// `Python 2.7` for `py27`, `CPython 2` for `cp2`.
fn major(tag: &str) -> String {
    let (language, digits) = match tag.strip_prefix("cp") {
        Some(digits) => ("CPython", digits),
        None => ("Python", tag.strip_prefix("py").unwrap_or(tag)),
    };
    match digits.split_at_checked(1) {
        Some((major, minor)) if !minor.is_empty() => format!("{language} {major}.{minor}"),
        _ => format!("{language} {digits}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_is_said_once() {
        let joined = |clauses: &[(&'static str, &'static str)]| joined(clauses.iter().copied());
        assert_eq!(joined(&[("has", "a")]), "has a");
        assert_eq!(joined(&[("has", "a"), ("has", "b")]), "has a and b");
        assert_eq!(
            joined(&[("has", "a"), ("has", "b"), ("has", "c")]),
            "has a, b and c"
        );
        assert_eq!(
            joined(&[("is", "a"), ("has", "b"), ("has", "c")]),
            "is a and has b and c"
        );
    }

    #[test]
    fn majors() {
        for (tag, said) in [
            ("py2", "Python 2"),
            ("py27", "Python 2.7"),
            ("cp27", "CPython 2.7"),
            ("py4", "Python 4"),
        ] {
            assert_eq!(major(tag), said);
        }
    }
}
