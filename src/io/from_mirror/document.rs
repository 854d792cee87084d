//! `mochi-mirror.json`: what a mirror holds, and for which locks.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Its name in the mirror's folder.
pub const DOCUMENT: &str = "mochi-mirror.json";
/// The version of the format that this program reads.
pub const FORMAT: u64 = 1;

/// A mirror that cannot be worked from.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// It has another format.
    #[error(
        "{place}: `version`: the mirror has format {found}, this program reads format {FORMAT}"
    )]
    Version {
        /// The document.
        place: String,
        /// The format it has.
        found: u64,
    },
    /// It is not what it should be.
    #[error("{place}: {why}")]
    Invalid {
        /// The document.
        place: String,
        /// What is wrong with it, and in which line.
        why: String,
    },
}

impl DocumentError {
    /// The next step.
    pub fn hint(&self) -> String {
        match self {
            Self::Version { found, .. } => format!(
                "use a release of mochi that reads mirror format {found}, or make the mirror \
                 again by this one"
            ),
            Self::Invalid { .. } => {
                "make the mirror again: `mochi py mirror`, with the network".to_owned()
            }
        }
    }
}

/// The document.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Document {
    /// The locks that it was made for, by the name of the project.
    #[serde(default)]
    pub(super) locks: BTreeMap<String, LockOf>,
    /// The files that it holds, by SHA-256.
    #[serde(default)]
    pub(super) files: BTreeMap<String, FileOf>,
}

/// A lock that a mirror was made for.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct LockOf {
    /// The SHA-256 of its files.
    #[serde(default)]
    pub(super) files: Vec<String>,
}

/// A file.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct FileOf {
    /// Its name.
    pub(super) filename: String,
    /// The package.
    pub(super) name: String,
    /// Where the lock has it: a URL without credentials, or a path relative to the lock.
    pub(super) url: String,
    /// Everywhere that locks have it, where the mirror says so.
    #[serde(default)]
    pub(super) origins: Vec<OriginOf>,
}

/// Where a lock has a file.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct OriginOf {
    /// As in [`FileOf::url`].
    pub(super) url: String,
    /// Its provenance object (PEP 740), where the lock has who published it.
    #[serde(default)]
    pub(super) provenance: Option<ProvenanceOf>,
}

/// A provenance object.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ProvenanceOf {
    /// Where the index has it.
    pub(super) url: String,
    /// SHA-256 of its text.
    pub(super) sha256: String,
}

#[derive(Deserialize)]
struct Version {
    version: u64,
}

impl Document {
    /// Reads it. `place` is what errors call it.
    ///
    /// # Errors
    /// It has another format, or is invalid.
    pub(super) fn parse(place: &str, bytes: &[u8]) -> Result<Self, DocumentError> {
        let invalid = |why: String| DocumentError::Invalid {
            place: place.to_owned(),
            why,
        };
        let read = |error: serde_json::Error| invalid(error.to_string());
        let Version { version } = serde_json::from_slice(bytes).map_err(read)?;
        if version != FORMAT {
            let place = place.to_owned();
            let found = version;
            return Err(DocumentError::Version { place, found });
        }
        let document: Self = serde_json::from_slice(bytes).map_err(read)?;
        for (sha256, file) in &document.files {
            if !is_sha256(sha256) {
                return Err(invalid(format!("`{sha256}` is not a SHA-256")));
            }
            if !is_file_name(&file.filename) {
                let name = file.filename.escape_default();
                return Err(invalid(format!("`{name}` is not a file name")));
            }
            let mut objects = file.origins.iter().flat_map(|origin| &origin.provenance);
            if let Some(bad) = objects.find(|object| !is_sha256(&object.sha256)) {
                return Err(invalid(format!("`{}` is not a SHA-256", bad.sha256)));
            }
        }
        Ok(document)
    }
}

/// Whether it is a SHA-256 in hexadecimal.
pub(super) fn is_sha256(text: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == 64 && text.bytes().all(is_digit)
}

/// Whether it names a file in a folder, and nothing else on any system.
pub(super) fn is_file_name(text: &str) -> bool {
    let bad = |c: char| matches!(c, '/' | '\\' | ':') || c.is_control();
    !text.is_empty() && !text.starts_with('.') && !text.contains(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_lead_elsewhere_is_refused() {
        let sha256 = "a".repeat(64);
        let with = |sha256: &str, filename: &str| {
            let text = format!(
                r#"{{"version": 1, "files": {{"{sha256}": {{"filename": "{filename}", "name": "a", "url": "u"}}}}}}"#
            );
            Document::parse("m", text.as_bytes())
        };
        assert_eq!(with(&sha256, "a.whl").unwrap().files.len(), 1);
        for name in ["../a.whl", "", ".x", "a/b", "c:x", "a\\u0000"] {
            assert!(with(&sha256, name).is_err(), "{name}");
        }
        assert!(with("../../x", "a.whl").is_err());
    }

    #[test]
    fn another_format_is_named_before_anything_else_is_read() {
        let error = Document::parse("m", br#"{"version": 2, "files": 3}"#).unwrap_err();
        assert!(matches!(error, DocumentError::Version { found: 2, .. }));
        assert!(Document::parse("m", b"{}").is_err());
        assert!(Document::parse("m", b"[").is_err());
    }
}
