//! One wheel of the lock, and where it came from.

use std::path::PathBuf;

use url::Url;
use wheel::{PackageName, Version};

use super::Sha256Digest;

/// A wheel that is to be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The package.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// The file name of the wheel.
    pub filename: String,
    /// The digest of the wheel.
    pub sha256: Sha256Digest,
    /// Where it comes from.
    pub source: Source,
    /// Whether the project itself asks for it, rather than another package: an empty `REQUESTED`
    /// says so to pip.
    pub requested: bool,
}

/// Where a wheel comes from, as far as the installed package shows it (PEP 610).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An index: nothing is written down.
    Index,
    /// A URL that a requirement names. Credentials in it are left out of what is written.
    Url(Url),
    /// A wheel on this machine, by absolute path.
    Path(PathBuf),
}

impl Source {
    /// The content of `direct_url.json` (PEP 610), `None` for a wheel from an index.
    pub(crate) fn direct_url(&self, sha256: &Sha256Digest) -> Option<String> {
        let url = match self {
            Self::Index => return None,
            Self::Url(url) => {
                let mut url = url.clone();
                // Both fail only where there are no credentials to take away.
                let _ = url.set_username("");
                let _ = url.set_password(None);
                url
            }
            Self::Path(path) => Url::from_file_path(path).ok()?,
        };
        let document = serde_json::json!({
            "url": url.as_str(),
            "archive_info": {
                "hash": format!("sha256={sha256}"),
                "hashes": { "sha256": sha256.to_string() },
            },
        });
        Some(document.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_direct_url_names_its_digest_and_no_credential() {
        let digest = Sha256Digest([0xab; 32]);
        let url = Url::parse("https://me:secret@example.org/a-1.0-py3-none-any.whl").unwrap();
        let text = Source::Url(url).direct_url(&digest).unwrap();
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["url"], "https://example.org/a-1.0-py3-none-any.whl");
        assert_eq!(read["archive_info"]["hashes"]["sha256"], digest.to_string());
        assert!(!text.contains("secret"));
        assert_eq!(Source::Index.direct_url(&digest), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_path_becomes_a_file_url() {
        let text = Source::Path("/a b/x.whl".into())
            .direct_url(&Sha256Digest([0; 32]))
            .unwrap();
        assert!(text.contains("\"file:///a%20b/x.whl\""), "{text}");
    }
}
