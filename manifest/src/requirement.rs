//! Version requirements as the manifest writes them: PEP 440 specifiers, Cargo's `^` and `~`,
//! and `*`.

use wheel::{Specifiers, Version};

/// Turns a manifest's version text into PEP 440 specifiers. A comma separates clauses that must
/// all hold; `^1.2` and `~1.2` mean what they mean to Cargo, and `*` alone is any version.
///
/// # Errors
/// A sentence that says what is wrong with the text, and what to write instead.
pub fn specifiers(text: &str) -> Result<Specifiers, String> {
    let mut clauses = Vec::new();
    for clause in text.split(',').map(str::trim) {
        match clause.as_bytes() {
            [] if text.trim().is_empty() => {
                return Err("is empty; write \"*\" for any version".to_owned());
            }
            [] | [b'*'] => {}
            [b'^', ..] => clauses.push(bounds(clause, caret_upper)?),
            [b'~', next, ..] if *next != b'=' => clauses.push(bounds(clause, tilde_upper)?),
            [first, ..] if first.is_ascii_digit() || *first == b'v' => return Err(bare(clause)),
            _ => clauses.push(clause.to_owned()),
        }
    }
    let joined = clauses.join(",");
    joined
        .parse::<Specifiers>()
        .map_err(|error| error.to_string())
}

fn bare(clause: &str) -> String {
    if let Some(stem) = clause.strip_suffix(".*") {
        return format!("\"{clause}\" has no operator; write \"=={stem}.*\"");
    }
    format!(
        "\"{clause}\" has no operator; write \"=={clause}\" for exactly this version or \
         \"^{clause}\" for this version and compatible newer ones"
    )
}

fn bounds(clause: &str, upper: fn(&[u64]) -> Vec<u64>) -> Result<String, String> {
    let text = clause[1..].trim();
    let version: Version = text
        .parse()
        .map_err(|_| format!("\"{text}\" in \"{clause}\" is not a PEP 440 version"))?;
    if !version.local().is_empty() {
        return Err(format!(
            "\"{clause}\" has a local version, which has no compatible range"
        ));
    }
    let end = Version::new(upper(version.release())).with_epoch(version.epoch());
    Ok(format!(">={version},<{end}"))
}

/// `^`: everything below the next change of the leftmost part that is not zero.
fn caret_upper(release: &[u64]) -> Vec<u64> {
    let leading = release
        .iter()
        .position(|part| *part != 0)
        .unwrap_or(release.len() - 1);
    bump(release, leading)
}

/// `~`: everything below the next minor version, or the next major one where no minor is named.
fn tilde_upper(release: &[u64]) -> Vec<u64> {
    bump(release, usize::from(release.len() > 1))
}

fn bump(release: &[u64], at: usize) -> Vec<u64> {
    let mut end = release[..=at].to_vec();
    end[at] = end[at].saturating_add(1);
    end
}

#[cfg(test)]
mod tests {
    use super::specifiers;

    #[test]
    fn caret_and_tilde_are_cargos() {
        let cases = [
            ("^1.2.3", ">=1.2.3,<2"),
            ("^0.2.3", ">=0.2.3,<0.3"),
            ("^0.0.3", ">=0.0.3,<0.0.4"),
            ("^0.0", ">=0.0,<0.1"),
            ("^0", ">=0,<1"),
            ("^2.0", ">=2.0,<3"),
            ("~1.2.3", ">=1.2.3,<1.3"),
            ("~1.2", ">=1.2,<1.3"),
            ("~1", ">=1,<2"),
            ("~=1.2", "~=1.2"),
            ("^1!2.0", ">=1!2.0,<1!3"),
            ("^1.2, !=1.3", ">=1.2,<2,!=1.3"),
            ("*", ""),
            (">=2.31,<3", ">=2.31,<3"),
        ];
        for (text, expected) in cases {
            let expected = expected.parse().unwrap();
            assert_eq!(specifiers(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn mistakes_say_what_to_write() {
        assert!(specifiers("2.0").unwrap_err().contains("\"==2.0\""));
        assert!(specifiers("1.*").unwrap_err().contains("\"==1.*\""));
        assert!(specifiers("").unwrap_err().contains("\"*\""));
        assert!(specifiers("^x").unwrap_err().contains("\"x\""));
        assert!(specifiers(">=nonsense").is_err());
    }
}
