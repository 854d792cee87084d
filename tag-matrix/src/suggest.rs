//! The nearest known name to a misspelt one.

/// The longest text that is compared: anything longer is no misspelling of a name of ours.
const LONGEST: usize = 64;

/// The candidate with the fewest edits from `name`, if few enough to be meant: at most a third of
/// its length, or one that begins with `name`. The earlier candidate wins a tie.
pub(crate) fn closest<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str> + Clone,
) -> Option<&'a str> {
    if name.is_empty() || name.len() > LONGEST {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let (edits, best) = candidates
        .clone()
        .map(|candidate| (distance(&name, candidate), candidate))
        .min_by_key(|(edits, _)| *edits)?;
    if edits <= best.len().div_ceil(3) {
        return Some(best);
    }
    candidates
        .into_iter()
        .find(|candidate| candidate.starts_with(&name))
}

/// Levenshtein's distance in characters.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, from) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, to) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (left, right, edits) in [
            ("", "", 0),
            ("abc", "abc", 0),
            ("abc", "abd", 1),
            ("kitten", "sitting", 3),
            ("", "abc", 3),
            ("abc", "", 3),
        ] {
            assert_eq!(distance(left, right), edits, "{left} {right}");
        }
    }

    #[test]
    fn near_names_only() {
        let names = ["linux-x64", "linux-arm64", "windows-x64"];
        for (name, near) in [
            ("linux-x86", Some("linux-x64")),
            ("Linux-X64", Some("linux-x64")),
            ("linux_arm64", Some("linux-arm64")),
            ("win", Some("windows-x64")),
            ("solaris", None),
            ("", None),
        ] {
            assert_eq!(closest(name, names.into_iter()), near, "{name}");
        }
        assert_eq!(closest(&"x".repeat(100_000), names.into_iter()), None);
    }
}
