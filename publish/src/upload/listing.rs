//! What an index has of a project already.

use std::collections::BTreeMap;
use wheel::page::{Page, Sha256};

/// The files that an index lists, with their digests where it gives them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    files: BTreeMap<String, Option<Sha256>>,
}

/// Whether an index has a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// It has none of this name.
    Absent,
    /// It has this very one.
    Same,
    /// It has another of this name, with this digest.
    Other(Sha256),
    /// It has one of this name, and does not say which.
    Unknown,
}

impl Listing {
    /// The files of a project's page.
    #[must_use]
    pub fn of(page: &Page<'_>) -> Self {
        let files = page.files.iter();
        Self {
            files: files
                .map(|file| (file.filename.to_string(), file.sha256))
                .collect(),
        }
    }

    /// Whether a file is among them.
    #[must_use]
    pub fn find(&self, filename: &str, sha256: Sha256) -> Listed {
        match self.files.get(filename) {
            None => Listed::Absent,
            Some(None) => Listed::Unknown,
            Some(Some(found)) if *found == sha256 => Listed::Same,
            Some(Some(found)) => Listed::Other(*found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use url::Url;

    #[test]
    fn names_and_digests_are_compared() {
        let (same, other) = (Sha256::of(b"same"), Sha256::of(b"other"));
        let html = format!(
            "<a href='a-1.tar.gz#sha256={same}'>a-1.tar.gz</a><a href='b-1.tar.gz'>b-1.tar.gz</a>"
        );
        let base = Url::parse("https://example.org/simple/a/").unwrap();
        let page = wheel::page::parse_html(html.as_bytes(), &base).unwrap();
        let listing = Listing::of(&page);
        assert_eq!(listing.find("a-1.tar.gz", same), Listed::Same);
        assert_eq!(listing.find("a-1.tar.gz", other), Listed::Other(same));
        assert_eq!(listing.find("b-1.tar.gz", same), Listed::Unknown);
        assert_eq!(listing.find("c-1.tar.gz", same), Listed::Absent);
    }
}
