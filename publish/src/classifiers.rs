//! Trove classifiers: those that the public index knows, in its order.

use manifest::publish::Text;
use std::collections::HashMap;
use std::sync::OnceLock;
use toml_doc::Invalid;

/// The classifiers, with their places in the order of the index, and the deprecated ones.
struct Known {
    places: HashMap<&'static str, usize>,
    deprecated: HashMap<&'static str, &'static str>,
}

fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let lines = include_str!("../data/classifiers.txt").lines();
        let mut known = Known {
            places: HashMap::new(),
            deprecated: HashMap::new(),
        };
        for (place, line) in lines.filter(|line| !line.starts_with('#')).enumerate() {
            match line.split_once(" =>") {
                Some((old, new)) => known.deprecated.insert(old, new.trim()).map_or((), |_| ()),
                None => known.places.insert(line, place).map_or((), |_| ()),
            }
        }
        known
    })
}

/// Whether an index refuses every package with it, by convention.
pub(crate) fn is_private(classifier: &str) -> bool {
    classifier.to_lowercase().starts_with("private ::")
}

/// Whether the public index takes it.
pub(crate) fn is_known(classifier: &str) -> bool {
    known().places.contains_key(classifier)
}

/// The classifiers sorted as the index sorts them, each once.
pub(crate) fn sorted(given: &[Text], problems: &mut Vec<Invalid>) -> Vec<String> {
    let known = known();
    let mut sorted: Vec<(Option<usize>, &str)> = Vec::new();
    for text in given {
        let name = text.value.as_str();
        if sorted.iter().any(|(_, other)| *other == name) {
            problems.push(text.error(format!("`{name}` stands twice")));
        } else if is_private(name) {
            sorted.push((None, name));
        } else if let Some(place) = known.places.get(name) {
            sorted.push((Some(*place), name));
        } else if let Some(new) = known.deprecated.get(name) {
            let error = text.error(format!("the classifier `{name}` is deprecated"));
            problems.push(match *new {
                "" => error.with_hint("leave it out"),
                new => error.with_hint(format!("write `{new}`")),
            });
        } else {
            let error = text.error(format!("the index knows no classifier `{name}`"));
            problems.push(
                match toml_doc::nearest(name, known.places.keys().copied()) {
                    Some(near) => error.with_hint(format!("the nearest is `{near}`")),
                    None => error,
                },
            );
        }
    }
    sorted.sort();
    sorted
        .into_iter()
        .map(|(_, name)| name.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::text;

    #[test]
    fn classifiers_are_known_and_sorted() {
        let given = [
            "Programming Language :: Python :: 3.13",
            "Private :: Do Not Upload",
            "Programming Language :: Python :: 3.9",
            "Development Status :: 4 - Beta",
        ]
        .map(text);
        let mut problems = Vec::new();
        let sorted = sorted(&given, &mut problems);
        assert_eq!(problems, []);
        assert_eq!(
            sorted,
            [
                "Private :: Do Not Upload",
                "Development Status :: 4 - Beta",
                "Programming Language :: Python :: 3.9",
                "Programming Language :: Python :: 3.13",
            ]
        );
    }

    #[test]
    fn what_is_not_known_names_the_nearest() {
        let given = [
            "Development Status :: 4 Beta",
            "Natural Language :: Ukranian",
            "Typing :: Typed",
            "Typing :: Typed",
        ]
        .map(text);
        let mut problems = Vec::new();
        sorted(&given, &mut problems);
        let hints: Vec<_> = problems
            .iter()
            .map(|problem| problem.hint.as_deref())
            .collect();
        assert_eq!(
            hints,
            [
                Some("the nearest is `Development Status :: 4 - Beta`"),
                Some("write `Natural Language :: Ukrainian`"),
                None
            ]
        );
    }
}
