//! Releases in words.

use std::fmt;
use tag_matrix::PyodideRelease;

/// Releases of Pyodide, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Releases(pub Vec<&'static str>);

impl fmt::Display for Releases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<&str> = PyodideRelease::all()
            .iter()
            .map(|release| release.version.as_str())
            .collect();
        let places: Vec<usize> = (0..all.len())
            .filter(|place| self.0.contains(&all[*place]))
            .collect();
        write!(f, "Pyodide {}", words(&all, &places))
    }
}

/// Releases by their places, in words: `a to c, e`.
pub(crate) fn words(all: &[&str], places: &[usize]) -> String {
    runs(places)
        .into_iter()
        .map(|(first, last)| match all[first..=last] {
            [one] => one.to_owned(),
            [one, other] => format!("{one}, {other}"),
            _ => format!("{}{TO}{}", all[first], all[last]),
        })
        .collect::<Vec<String>>()
        .join(", ")
}

/// What stands between the first and the last of a run.
pub(crate) const TO: &str = " to ";

/// The first and the last of each run of numbers.
fn runs(places: &[usize]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &place in places {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == place => *last = place,
            _ => runs.push((place, place)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_words() {
        for (releases, text) in [
            (vec!["0.29.5"], "Pyodide 0.29.5"),
            (vec!["0.27.8", "0.28.0"], "Pyodide 0.27.8, 0.28.0"),
            (
                vec!["0.27.6", "0.27.7", "0.27.8", "314.0.0"],
                "Pyodide 0.27.6 to 0.27.8, 314.0.0",
            ),
        ] {
            assert_eq!(Releases(releases).to_string(), text);
        }
    }
}
