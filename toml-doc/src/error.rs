//! What is wrong in a file, and where.

use std::fmt;

/// A mistake in a TOML file: the file, the line (from 1), the key where there is one, what is
/// wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Invalid {
    /// The file as the user named it.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The dotted path of the key, empty where the file could not be parsed at all.
    pub key: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The next step, if there is one to suggest.
    pub hint: Option<String>,
}

impl Invalid {
    /// The same mistake with a next step.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if !self.key.is_empty() {
            write!(f, "`{}`: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// The known word that is nearest to `word`, if any is near enough to be a slip of the pen.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Case, `-` and `_` make no difference to a person.
    let folded = |text: &str| text.to_lowercase().replace('_', "-");
    let word = folded(word);
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&word, &folded(candidate)), candidate))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_a_slip_away() {
        let known = ["targets", "python-versions", "requires-python"];
        assert_eq!(nearest("target", known), Some("targets"));
        assert_eq!(nearest("require-python", known), Some("requires-python"));
        assert_eq!(nearest("zzz", known), None);
    }

    #[test]
    fn an_error_names_file_line_and_key() {
        let error = Invalid {
            file: "mochi.toml".into(),
            line: 3,
            key: "python.targets".into(),
            message: "must be an array".into(),
            hint: None,
        };
        assert_eq!(
            error.to_string(),
            "mochi.toml:3: `python.targets`: must be an array"
        );
    }
}
