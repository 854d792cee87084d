//! Core metadata (versions 1.0 to 2.5): what a distribution says of itself in `METADATA`.
//!
//! [`CoreRequirements`] is the little that resolution asks of thousands of them; [`Metadata`] is
//! all of it, and can be written. Both read the header lines as Python's `email` package does,
//! which is what the peers read them with.

use std::fmt;

use crate::name::{NameError, quoted};
use crate::requirement::RequirementError;
use crate::specifier::SpecifierError;
use crate::{ExtraName, Requirement, Specifiers, Version};

mod core;
pub(crate) mod headers;
mod read;
mod render;

pub use core::CoreRequirements;

/// Largest metadata that is read, in bytes, description included.
pub const MAX_METADATA_BYTES: usize = 16 * 1024 * 1024;

/// Most `Requires-Dist` or `Provides-Extra` fields that are read.
pub const MAX_REPEATED: usize = 20_000;

/// The whole core metadata of a distribution, field by field.
///
/// Prints as a `METADATA` file, its description as the body: what is read from that is equal,
/// but for white space around values, and line ends in values of a single line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// `Metadata-Version`.
    pub metadata_version: MetadataVersion,
    /// `Name`, as written; a valid one.
    pub name: String,
    /// `Version`.
    pub version: Version,
    /// `Dynamic` (2.2).
    pub dynamic: Vec<String>,
    /// `Platform`.
    pub platform: Vec<String>,
    /// `Supported-Platform` (1.1).
    pub supported_platform: Vec<String>,
    /// `Summary`.
    pub summary: Option<String>,
    /// `Description`: the body, or else the header.
    pub description: Option<String>,
    /// `Description-Content-Type` (2.1).
    pub description_content_type: Option<String>,
    /// `Keywords`, taken apart at the commas.
    pub keywords: Vec<String>,
    /// `Home-page`.
    pub home_page: Option<String>,
    /// `Download-URL` (1.1).
    pub download_url: Option<String>,
    /// `Author`.
    pub author: Option<String>,
    /// `Author-email`.
    pub author_email: Option<String>,
    /// `Maintainer` (1.2).
    pub maintainer: Option<String>,
    /// `Maintainer-email` (1.2).
    pub maintainer_email: Option<String>,
    /// `License`: may have several lines.
    pub license: Option<String>,
    /// `License-Expression` (2.4).
    pub license_expression: Option<String>,
    /// `License-File` (2.4).
    pub license_file: Vec<String>,
    /// `Classifier` (1.1).
    pub classifier: Vec<String>,
    /// `Requires-Dist` (1.2).
    pub requires_dist: Vec<Requirement>,
    /// `Requires-Python` (1.2).
    pub requires_python: Option<Specifiers>,
    /// `Requires-External` (1.2).
    pub requires_external: Vec<String>,
    /// `Project-URL` (1.2): label and URL.
    pub project_url: Vec<(String, String)>,
    /// `Provides-Extra` (2.1).
    pub provides_extra: Vec<ExtraName>,
    /// `Provides-Dist` (1.2).
    pub provides_dist: Vec<String>,
    /// `Obsoletes-Dist` (1.2).
    pub obsoletes_dist: Vec<String>,
    /// `Import-Name` (2.5). An empty list says that there is nothing to import, unlike `None`.
    pub import_name: Option<Vec<String>>,
    /// `Import-Namespace` (2.5).
    pub import_namespace: Vec<String>,
    /// `Requires` (1.1, obsolete).
    pub requires: Vec<String>,
    /// `Provides` (1.1, obsolete).
    pub provides: Vec<String>,
    /// `Obsoletes` (1.1, obsolete).
    pub obsoletes: Vec<String>,
    /// Fields of other names, as written.
    pub other: Vec<(String, String)>,
    /// Whether some of the text was not UTF-8, and is replaced where it was not.
    pub lossy: bool,
}

/// `Metadata-Version`: 1.x or 2.x. A minor that is not known yet is legal, and deserves a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetadataVersion {
    /// 1 or 2.
    pub major: u32,
    /// The minor.
    pub minor: u32,
}

impl MetadataVersion {
    /// The newest version that all of this knows, and that indexes take (PEP 794).
    pub const NEWEST: Self = Self { major: 2, minor: 5 };

    fn read(text: &str) -> Result<Self, MetadataError> {
        let number = |part: &str| {
            let digits = part.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| part.parse::<u32>().ok()).flatten()
        };
        text.split_once('.')
            .and_then(|(major, minor)| Some((number(major)?, number(minor)?)))
            .filter(|(major, _)| matches!(major, 1 | 2))
            .map(|(major, minor)| Self { major, minor })
            .ok_or_else(|| MetadataError::MetadataVersion {
                found: quoted(text),
            })
    }
}

impl std::str::FromStr for MetadataVersion {
    type Err = MetadataError;

    fn from_str(text: &str) -> Result<Self, MetadataError> {
        Self::read(text)
    }
}

impl fmt::Display for MetadataVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Why metadata cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// It is larger than [`MAX_METADATA_BYTES`].
    #[error("the metadata has {size} bytes; at most {MAX_METADATA_BYTES} are read")]
    TooLarge {
        /// Its size.
        size: usize,
    },
    /// A field stands more often than [`MAX_REPEATED`] times.
    #[error("the metadata has more than {MAX_REPEATED} fields `{field}`")]
    TooMany {
        /// The field.
        field: &'static str,
    },
    /// The metadata is of an unknown major version.
    #[error(
        "the metadata has Metadata-Version {found}; 1.x and 2.x are understood: use a newer mochi or another release"
    )]
    MetadataVersion {
        /// The version, quoted.
        found: String,
    },
    /// A required field is missing.
    #[error("the metadata has no field `{field}`")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A field that may stand once has two values.
    #[error("the metadata gives `{field}` a second value in line {line}")]
    Twice {
        /// The field.
        field: &'static str,
        /// The line of the second one, from 1.
        line: usize,
    },
    /// A field that resolution depends on is not UTF-8.
    #[error("the metadata's field `{field}` in line {line} is not UTF-8 text")]
    NotUtf8 {
        /// The field.
        field: &'static str,
        /// The line, from 1.
        line: usize,
    },
    /// A field's value is invalid.
    #[error("the metadata's field `{field}` in line {line} is invalid: {source}")]
    Field {
        /// The field.
        field: &'static str,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        source: FieldError,
    },
}

/// Why a field's value is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldError {
    /// Not a package's name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Not a version; the text, quoted.
    #[error("{0} is no PEP 440 version")]
    Version(String),
    /// Not a version specifier.
    #[error(transparent)]
    Specifiers(#[from] SpecifierError),
    /// Not a requirement.
    #[error(transparent)]
    Requirement(#[from] RequirementError),
}

#[cfg(test)]
mod tests;
