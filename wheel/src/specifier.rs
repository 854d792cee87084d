//! Version specifiers (PEP 440): `>=2.0,!=2.1.*,<3`.
//!
//! Matching follows `packaging` 26.3's `SpecifierSet.contains(version, prereleases=True)` to the
//! letter; the matching of `pep440_rs` does not (`==1.0.1.*` takes 1.0 there, and `===` takes
//! versions only), so that crate serves for versions alone. Whether a pre-release may be chosen is
//! a question of resolution, asked with [`Specifiers::names_prerelease`].

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use pep440_rs::Version;
use thiserror::Error;

use crate::name::quoted;
use crate::version::is_space;

mod clause;
mod lenient;

pub use clause::{Operator, Specifier};

/// The longest specifier that is read, in bytes.
pub const MAX_SPECIFIERS_LENGTH: usize = 32 * 1024;

/// Why a text is not a version specifier.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SpecifierError {
    /// The text is longer than [`MAX_SPECIFIERS_LENGTH`].
    #[error(
        "the version specifier is {length} bytes long; at most {MAX_SPECIFIERS_LENGTH} are allowed"
    )]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// One clause cannot be read.
    #[error("the version specifier {clause} is invalid: {reason}")]
    Clause {
        /// The clause, quoted.
        clause: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// A set of clauses, all of which a version must satisfy; the empty set takes any version.
///
/// Keeps the order given and prints versions in their normal form, so that what was read is
/// recognised; two values are equal if they print alike. A clone shares the clauses.
#[derive(Clone)]
pub struct Specifiers {
    text: Arc<str>,
    clauses: Arc<[Specifier]>,
}

impl Specifiers {
    /// Reads what real indexes hold: as `FromStr` where that succeeds, else repaired.
    ///
    /// Known faults that have one plausible meaning are mended: `>=3.6.*`, `<3.*`, `!=3.0*`,
    /// `!=~3.0`, missing and doubled commas, quotes, spaces within operators, `=>`, `>=3.6.`,
    /// `>=1.0a1.0`, `*`. A repair never takes fewer versions than the author can have meant.
    ///
    /// # Errors
    /// The error of the strict reading, if no repair makes sense of the text.
    pub fn lenient(text: &str) -> Result<Self, SpecifierError> {
        text.parse()
            .or_else(|error| lenient::repair(text).ok_or(error))
    }

    /// Whether `version` satisfies all clauses, pre-releases not being special. Allocates nothing.
    #[must_use]
    pub fn contains(&self, version: &Version) -> bool {
        self.clauses.iter().all(|clause| clause.contains(version))
    }

    /// Whether a clause asks for a pre-release or a dev-release by naming one.
    ///
    /// `!=` only shuts one out, so it does not count: not for `packaging`, and not for uv 0.13.
    #[must_use]
    pub fn names_prerelease(&self) -> bool {
        self.iter()
            .filter(|clause| clause.operator() != Operator::NotEqual)
            .filter_map(Specifier::version)
            .any(Version::any_prerelease)
    }

    /// The version, if all there is is one `==` or `===` with a whole version that satisfies it.
    #[must_use]
    pub fn pin(&self) -> Option<Version> {
        match &*self.clauses {
            [clause]
                if matches!(clause.operator(), Operator::Equal | Operator::Arbitrary)
                    && !clause.is_wildcard() =>
            {
                let version = clause.version()?;
                clause.contains(version).then(|| version.clone())
            }
            _ => None,
        }
    }

    /// Whether there is no clause, so that any version will do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// The clauses, in the order given.
    pub fn iter(&self) -> std::slice::Iter<'_, Specifier> {
        self.clauses.iter()
    }

    /// The clauses of both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        self.iter().chain(other.iter()).cloned().collect()
    }
}

impl<'a> IntoIterator for &'a Specifiers {
    type Item = &'a Specifier;
    type IntoIter = std::slice::Iter<'a, Specifier>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<Specifier> for Specifiers {
    fn from_iter<I: IntoIterator<Item = Specifier>>(clauses: I) -> Self {
        let clauses: Arc<[Specifier]> = clauses.into_iter().collect();
        let text: Vec<String> = clauses.iter().map(ToString::to_string).collect();
        Self {
            text: text.join(",").into(),
            clauses,
        }
    }
}

impl Default for Specifiers {
    /// Any version.
    fn default() -> Self {
        std::iter::empty().collect()
    }
}

impl FromStr for Specifiers {
    type Err = SpecifierError;

    /// Reads clauses between commas. Empty ones are passed over, as `packaging` does.
    fn from_str(text: &str) -> Result<Self, SpecifierError> {
        if text.len() > MAX_SPECIFIERS_LENGTH {
            return Err(SpecifierError::TooLong { length: text.len() });
        }
        text.split(',')
            .map(|clause| clause.trim_matches(is_space))
            .filter(|clause| !clause.is_empty())
            .map(str::parse)
            .collect()
    }
}

impl fmt::Display for Specifiers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.text)
    }
}

impl fmt::Debug for Specifiers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&quoted(&self.text))
    }
}

impl PartialEq for Specifiers {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Specifiers {}

impl PartialOrd for Specifiers {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Specifiers {
    /// By their texts: an order for sorted output, without a meaning.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl std::hash::Hash for Specifiers {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

#[cfg(test)]
mod tests;
