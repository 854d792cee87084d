//! Names of packages and of their extras, normalised (PEP 503, PEP 685).
//!
//! Two spellings of one name are one value: `Foo_.Bar` and `foo-bar` compare equal, hash equal
//! and print as `foo-bar`.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

/// The longest name that is read, in bytes. No index has one a quarter as long.
pub const MAX_NAME_LENGTH: usize = 512;

/// Why a text is not the name of a package or of an extra.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NameError {
    /// There is no text.
    #[error("the {kind} name is empty: give one, such as `requests`")]
    Empty {
        /// "package" or "extra".
        kind: &'static str,
    },
    /// The text is longer than [`MAX_NAME_LENGTH`].
    #[error("the {kind} name {name} is {length} bytes long; at most {MAX_NAME_LENGTH} are allowed")]
    TooLong {
        /// "package" or "extra".
        kind: &'static str,
        /// The beginning of the text, quoted.
        name: String,
        /// Its length in bytes.
        length: usize,
    },
    /// A character that no name may hold.
    #[error(
        "the {kind} name {name} holds {found:?}; only ASCII letters, digits, `-`, `_` and `.` are allowed"
    )]
    Character {
        /// "package" or "extra".
        kind: &'static str,
        /// The text, quoted.
        name: String,
        /// The first such character.
        found: char,
    },
    /// A separator stands first or last.
    #[error(
        "the {kind} name {name} {place} with {found:?}; a name starts and ends with an ASCII letter or digit"
    )]
    Edge {
        /// "package" or "extra".
        kind: &'static str,
        /// The text, quoted.
        name: String,
        /// "starts" or "ends".
        place: &'static str,
        /// The separator.
        found: char,
    },
}

/// Quotes hostile text for a message: control characters escaped, the end cut off.
pub(crate) fn quoted(text: &str) -> String {
    const SHOWN: usize = 80;
    let mut quoted = String::from("`");
    let mut characters = text.chars();
    for character in characters.by_ref().take(SHOWN) {
        if matches!(character, '\'' | '"' | '\\') {
            quoted.push(character);
        } else {
            quoted.extend(character.escape_debug());
        }
    }
    if characters.next().is_some() {
        quoted.push('…');
    }
    quoted.push('`');
    quoted
}

/// PEP 503's normal form of a text that need not be a name: lower case, and each run of `-`, `_`
/// and `.` a single `-`.
pub(crate) fn canonical(text: &str) -> String {
    let mut canonical = String::with_capacity(text.len());
    for character in text.to_lowercase().chars() {
        if !matches!(character, '-' | '_' | '.') {
            canonical.push(character);
        } else if !canonical.ends_with('-') {
            canonical.push('-');
        }
    }
    canonical
}

fn normalise(kind: &'static str, name: &str) -> Result<Arc<str>, NameError> {
    if name.len() > MAX_NAME_LENGTH {
        return Err(NameError::TooLong {
            kind,
            name: quoted(name),
            length: name.len(),
        });
    }
    let allowed =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    if let Some(found) = name.chars().find(|&character| !allowed(character)) {
        return Err(NameError::Character {
            kind,
            name: quoted(name),
            found,
        });
    }
    let edge = |place, found| NameError::Edge {
        kind,
        name: quoted(name),
        place,
        found,
    };
    match (name.chars().next(), name.chars().next_back()) {
        (Some(first), _) if !first.is_ascii_alphanumeric() => Err(edge("starts", first)),
        (_, Some(last)) if !last.is_ascii_alphanumeric() => Err(edge("ends", last)),
        (Some(_), Some(_)) => Ok(Arc::from(canonical(name))),
        _ => Err(NameError::Empty { kind }),
    }
}

macro_rules! name_type {
    ($(#[$documentation:meta])* $type:ident, $kind:literal) => {
        $(#[$documentation])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Arc<str>);

        impl $type {
            /// The normalised name: lower-case ASCII letters and digits, and single `-` between
            /// them.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                normalise($kind, text).map(Self)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, formatter)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

name_type!(
    /// The normalised name of a package (PEP 503). A clone shares the text.
    ///
    /// Read from any spelling that core metadata's `Name` allows; prints the normalised one.
    PackageName,
    "package"
);

name_type!(
    /// The normalised name of an extra, or of a dependency group (PEP 685, PEP 735). A clone
    /// shares the text.
    ExtraName,
    "extra"
);

impl PackageName {
    /// The name as file names spell it, `-` written `_` (PEP 427, PEP 625).
    #[must_use]
    pub fn with_underscores(&self) -> String {
        self.0.replace('-', "_")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_one_value() {
        for spelling in ["zope.interface", "Zope_Interface", "zope-_.interface"] {
            let name: PackageName = spelling.parse().unwrap();
            assert_eq!(name.as_str(), "zope-interface");
            assert_eq!(name.to_string().parse::<PackageName>().unwrap(), name);
            assert_eq!(name.with_underscores(), "zope_interface");
        }
    }

    #[test]
    fn what_is_no_name_says_why() {
        let long = "a".repeat(MAX_NAME_LENGTH + 1);
        for (text, reason) in [
            ("", "is empty"),
            ("-a", "`-a` starts with '-'"),
            ("a_", "`a_` ends with '_'"),
            (".", "`.` starts with '.'"),
            ("a b", "holds ' '"),
            ("a\0b", "`a\\0b` holds '\\0'"),
            ("naïve", "holds 'ï'"),
            ("a٣", "holds '٣'"),
            ("a\u{212a}", "holds '\u{212a}'"),
            ("a/../b", "holds '/'"),
            (&long, "513 bytes long"),
        ] {
            let error = text.parse::<PackageName>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text:?}: {error}");
            assert!(error.len() < 400, "{error}");
            text.parse::<ExtraName>().unwrap_err();
        }
    }
}
