//! Repairs of the version specifiers that real indexes hold and PEP 440 does not allow.

use pep440_rs::Version;

use super::{MAX_SPECIFIERS_LENGTH, Operator, Specifier, Specifiers};
use crate::version::is_space;

/// Reads `text` with its known faults mended; none if there are others.
pub(super) fn repair(text: &str) -> Option<Specifiers> {
    if text.len() > MAX_SPECIFIERS_LENGTH {
        return None;
    }
    let text = text.replace(['\'', '"'], "");
    let mut clauses = Vec::new();
    for part in text.split(',') {
        for clause in split(part) {
            clauses.extend(mend(clause)?);
        }
    }
    Some(clauses.into_iter().collect())
}

fn is_operator(character: char) -> bool {
    matches!(character, '<' | '>' | '=' | '!' | '~')
}

/// Whether the character at `index` is the `!` after an epoch, as in `1!2.0`.
fn is_epoch(text: &str, index: usize) -> bool {
    let digit = |character: char| character.is_ascii_digit();
    text[index..].starts_with('!')
        && text[..index].ends_with(digit)
        && text[index + 1..].starts_with(digit)
}

/// Cuts before each operator that follows a version: a comma is missing there.
fn split(part: &str) -> Vec<&str> {
    let mut clauses = Vec::new();
    let mut start = 0;
    let mut in_version = false;
    for (index, character) in part.char_indices() {
        if is_operator(character) && !is_epoch(part, index) {
            if in_version {
                clauses.push(&part[start..index]);
                start = index;
            }
            in_version = false;
        } else if !is_space(character) {
            in_version = true;
        }
    }
    clauses.push(&part[start..]);
    clauses
}

/// The clause meant, `Some(None)` if it shuts out nothing, `None` if it makes no sense.
fn mend(clause: &str) -> Option<Option<Specifier>> {
    let clause = clause.trim_matches(is_space);
    let (signs, version) = clause.split_at(
        clause
            .find(|character| !is_operator(character) && !is_space(character))
            .unwrap_or(clause.len()),
    );
    let signs: String = signs.chars().filter(|&sign| !is_space(sign)).collect();
    let version = version.trim_end_matches(['.', '$']);
    if version.is_empty() || version == "*" {
        // Nothing at all, `*`, or `==*` and the like.
        let vacuous = signs.is_empty() || (version == "*" && signs != "!=" && !signs.contains('<'));
        return vacuous.then_some(None);
    }
    let signs = match &*signs {
        "=>" => ">=",
        "=<" => "<=",
        // `!=~3.0` means to shut out all of 3.0.
        "!=~" | "!~=" => {
            let stem = version.trim_end_matches(['*', '.']);
            return format!("!={stem}.*").parse().ok().map(Some);
        }
        signs => signs,
    };
    if let Ok(specifier) = format!("{signs}{version}").parse() {
        return Some(Some(specifier));
    }
    let (operator, "") = Operator::strip(signs)? else {
        return None;
    };
    if version.ends_with('*') {
        return mend_star(operator, version.trim_end_matches(['*', '.'])).map(Some);
    }
    if version == "dev" {
        return format!("{signs}0.dev0").parse().ok().map(Some);
    }
    // `>=1.0a1.0`: numbers after the number of a pre-release.
    let stem = version.trim_end_matches(".0");
    format!("{signs}{stem}").parse().ok().map(Some)
}

/// Mends a `*` that has no place there, `stem` being the text before it.
fn mend_star(operator: Operator, stem: &str) -> Option<Specifier> {
    match operator {
        // `!=3.0*`, `==3.*.*`.
        Operator::Equal | Operator::NotEqual => format!("{operator}{stem}.*").parse().ok(),
        // `<=3.6.*` means to take 3.6.5 too.
        Operator::LessEqual => {
            let version: Version = stem.parse().ok()?;
            let mut release = version.release().to_vec();
            let last = release.last_mut()?;
            *last = last.checked_add(1)?;
            let next = version.only_release().with_epoch(version.epoch());
            Some(Specifier::whole(Operator::Less, next.with_release(release)))
        }
        // `>=3.6.*`, `<3.*` and, taking more than it says, `>3.6.*`.
        Operator::Less | Operator::Greater | Operator::GreaterEqual | Operator::Compatible => {
            format!("{operator}{stem}").parse().ok()
        }
        Operator::Arbitrary => None,
    }
}
