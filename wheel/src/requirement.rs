//! Requirements (PEP 508): `name[extra]>=1,<2; python_version >= "3.9"`.
//!
//! Read as `packaging` 26.3 does, but that a name or an extra may not end with `_`, a URL may hold
//! no control characters, and the limits of the parts apply. Names and extras print normalised.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::marker::{Marker, MarkerError};
use crate::name::{ExtraName, NameError, PackageName, quoted};
use crate::specifier::{SpecifierError, Specifiers};

mod parse;

/// The longest requirement that is read, in bytes.
pub const MAX_REQUIREMENT_LENGTH: usize = 64 * 1024;

/// Why a text is not a requirement.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RequirementError {
    /// The text is longer than [`MAX_REQUIREMENT_LENGTH`].
    #[error("the requirement is {length} bytes long; at most {MAX_REQUIREMENT_LENGTH} are allowed")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The text departs from the grammar.
    #[error(
        "the requirement {requirement} is invalid at character {position}: expected {expected}, found {found}"
    )]
    Syntax {
        /// The requirement, quoted.
        requirement: String,
        /// Where, counted in characters from 1.
        position: usize,
        /// What may stand there.
        expected: &'static str,
        /// What stands there, quoted.
        found: String,
    },
    /// The name of the package or of an extra is none.
    #[error("the requirement {requirement} is invalid: {source}")]
    Name {
        /// The requirement, quoted.
        requirement: String,
        /// What is wrong with the name.
        source: NameError,
    },
    /// The version specifier is invalid.
    #[error("the requirement {requirement} is invalid: {source}")]
    Specifier {
        /// The requirement, quoted.
        requirement: String,
        /// What is wrong with the specifier.
        source: SpecifierError,
    },
    /// The marker is invalid.
    #[error("the requirement {requirement} is invalid: {source}")]
    Marker {
        /// The requirement, quoted.
        requirement: String,
        /// What is wrong with the marker.
        source: MarkerError,
    },
}

/// Where a requirement is to be satisfied from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RequirementSource {
    /// From an index, by a version that these take.
    Specifiers(Specifiers),
    /// From this URL, as written: not empty, without spaces or control characters.
    Url(String),
}

/// A package asked for: its name, its extras, where from, and under which condition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Requirement {
    /// The package.
    pub name: PackageName,
    /// The extras asked for, sorted, each once.
    pub extras: Vec<ExtraName>,
    /// Versions or a URL.
    pub source: RequirementSource,
    /// The condition, if there is one.
    pub marker: Option<Marker>,
}

impl Requirement {
    /// Reads what the metadata of real packages holds: as `FromStr` where that succeeds, else with
    /// the versions as [`Specifiers::lenient`] reads them, and with an empty marker passed over.
    ///
    /// # Errors
    /// The error of the strict reading, if that does not help.
    pub fn lenient(text: &str) -> Result<Self, RequirementError> {
        text.parse()
            .or_else(|error| parse::lenient(text).ok_or(error))
    }

    /// The versions taken; none where the source is a URL.
    #[must_use]
    pub fn specifiers(&self) -> Option<&Specifiers> {
        match &self.source {
            RequirementSource::Specifiers(specifiers) => Some(specifiers),
            RequirementSource::Url(_) => None,
        }
    }
}

impl FromStr for Requirement {
    type Err = RequirementError;

    fn from_str(text: &str) -> Result<Self, RequirementError> {
        parse::strict(text)
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.name)?;
        for (index, extra) in self.extras.iter().enumerate() {
            write!(formatter, "{}{extra}", if index == 0 { "[" } else { "," })?;
        }
        if !self.extras.is_empty() {
            formatter.write_str("]")?;
        }
        match &self.source {
            RequirementSource::Specifiers(specifiers) => write!(formatter, "{specifiers}")?,
            RequirementSource::Url(url) => write!(formatter, " @ {url}")?,
        }
        if let Some(marker) = &self.marker {
            // After a URL, only a space keeps the semicolon out of it.
            let space = if matches!(self.source, RequirementSource::Url(_)) {
                " "
            } else {
                ""
            };
            write!(formatter, "{space}; {marker}")?;
        }
        Ok(())
    }
}

impl RequirementError {
    fn name(requirement: &str, source: NameError) -> Self {
        Self::Name {
            requirement: quoted(requirement),
            source,
        }
    }

    fn specifier(requirement: &str, source: SpecifierError) -> Self {
        Self::Specifier {
            requirement: quoted(requirement),
            source,
        }
    }

    fn marker(requirement: &str, source: MarkerError) -> Self {
        Self::Marker {
            requirement: quoted(requirement),
            source,
        }
    }
}

#[cfg(test)]
mod tests;
