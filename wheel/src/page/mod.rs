//! A project's page of the simple repository API: the files that an index has of one project.
//!
//! Two spellings, one value: [`parse_json`] reads PEP 691 (with PEPs 700, 714, 740 and 792),
//! [`parse_html`] reads PEP 503 (with PEPs 592, 629, 658, 714, 740 and 792), and both give a
//! [`Page`] that borrows from the response wherever it can. [`render_json`] and [`render_html`]
//! write it back for a mirror.
//!
//! A page is hostile until proven otherwise: an entry that breaks the rules is left out and
//! counted in [`Page::skipped`], since one bad upload must not hide a whole project; a page that
//! is not one at all is a [`PageError`].

mod content_type;
mod html;
mod json;
mod link;
mod loose;
mod render;
mod sha256;
mod tags;

use std::borrow::Cow;

pub use content_type::{ACCEPT, ContentType, content_type};
pub use html::parse_html;
pub use json::parse_json;
pub use render::{render_html, render_json};
pub use sha256::Sha256;

/// Most files that a page may list. The largest real projects have some ten thousand.
pub const MAX_FILES: usize = 500_000;

/// The newest version of the simple API that is understood, and written.
pub const API_VERSION: (u32, u32) = (1, 4);

/// The files of one project on one index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page<'a> {
    /// The project's name as the index gives it; HTML pages have none.
    pub name: Option<Cow<'a, str>>,
    /// The API version that the page states (PEP 629). A minor above [`API_VERSION`] is legal
    /// and deserves a warning.
    pub api_version: Option<(u32, u32)>,
    /// The project's status (PEP 792), if the page states one.
    pub status: Option<ProjectStatus<'a>>,
    /// The files, in the page's order.
    pub files: Vec<PageFile<'a>>,
    /// How many entries were left out because they broke the rules.
    pub skipped: usize,
}

/// A project's status marker (PEP 792).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectStatus<'a> {
    /// The marker.
    pub state: ProjectState,
    /// Why, in the index's words.
    pub reason: Option<Cow<'a, str>>,
}

/// The status markers of PEP 792.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProjectState {
    /// In normal use; also what an unknown marker counts as, as the PEP asks for.
    Active,
    /// No updates are expected.
    Archived,
    /// Unsafe: the index offers no files, and none should be installed.
    Quarantined,
    /// Another project should be used instead.
    Deprecated,
}

impl ProjectState {
    /// The marker's spelling on a page.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
            Self::Quarantined => "quarantined",
            Self::Deprecated => "deprecated",
        }
    }

    fn from_marker(text: &str) -> Self {
        match text.trim() {
            "archived" => Self::Archived,
            "quarantined" => Self::Quarantined,
            "deprecated" => Self::Deprecated,
            _ => Self::Active,
        }
    }
}

/// One file of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageFile<'a> {
    /// The file's name: one path segment without control characters.
    pub filename: Cow<'a, str>,
    /// The absolute URL without its fragment: http, https, or file on a page that is a file
    /// itself. Credentials of the page's own URL are carried over to relative links.
    pub url: Cow<'a, str>,
    /// The SHA-256 of the file.
    pub sha256: Option<Sha256>,
    /// Where there is no SHA-256: the algorithm of a hash that was given instead. Such a hash is
    /// not used for anything; the name is for the message.
    pub unusable_hash: Option<Cow<'a, str>>,
    /// `Requires-Python` as the index gives it, not parsed.
    pub requires_python: Option<Cow<'a, str>>,
    /// The size in bytes (PEP 700).
    pub size: Option<u64>,
    /// The time of the upload, RFC 3339 (PEP 700), not parsed.
    pub upload_time: Option<Cow<'a, str>>,
    /// Yanked (PEP 592): the reason, or the empty string where none is given.
    pub yanked: Option<Cow<'a, str>>,
    /// Whether the metadata can be fetched by itself (PEP 658/714).
    pub core_metadata: CoreMetadata,
    /// The absolute URL of the provenance object (PEP 740).
    pub provenance: Option<Cow<'a, str>>,
}

impl<'a> PageFile<'a> {
    /// A file of which only the name and the URL are known.
    pub fn new(filename: impl Into<Cow<'a, str>>, url: impl Into<Cow<'a, str>>) -> Self {
        Self {
            filename: filename.into(),
            url: url.into(),
            sha256: None,
            unusable_hash: None,
            requires_python: None,
            size: None,
            upload_time: None,
            yanked: None,
            core_metadata: CoreMetadata::None,
            provenance: None,
        }
    }
}

/// Whether `<url>.metadata` has the file's core metadata (PEP 658/714).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CoreMetadata {
    /// It has not, or its stated hash is not one.
    #[default]
    None,
    /// It has, with this SHA-256 where the page gives one.
    Available(Option<Sha256>),
}

/// Why a response is not a page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// The response is of another kind.
    #[error(
        "the index answered with content type `{found}`; a project's page is `application/vnd.pypi.simple.v1+json`, `application/vnd.pypi.simple.v1+html` or `text/html`: is the URL that of a simple index?"
    )]
    ContentType {
        /// What the response says it is.
        found: String,
    },
    /// The text is not UTF-8.
    #[error("the page is not UTF-8 text (byte {offset}); ask the index's operator to repair it")]
    NotUtf8 {
        /// How many bytes are fine.
        offset: usize,
    },
    /// The text is not JSON, or not of the page's shape.
    #[error("the page is not a PEP 691 project page: {message}")]
    Json {
        /// What is wrong, with line and column.
        message: String,
    },
    /// The page is of an API version that is not understood.
    #[error(
        "the page has simple API version `{found}`, and this version of mochi reads 1.x (PEP 629); use a newer mochi or another index"
    )]
    ApiVersion {
        /// The version as stated.
        found: String,
    },
    /// The page has more than [`MAX_FILES`] entries.
    #[error("the page lists more than {MAX_FILES} files, which no project has; use another index")]
    TooManyFiles,
}

/// Reads `1.4`; an error for another major version or for what is no version (PEP 629).
fn api_version(text: &str) -> Result<(u32, u32), PageError> {
    let number = |part: &str| {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse().ok()).flatten()
    };
    let parsed = text
        .trim()
        .split_once('.')
        .and_then(|(major, minor)| Some((number(major)?, number(minor)?)));
    match parsed {
        Some((1, minor)) => Ok((1, minor)),
        _ => Err(PageError::ApiVersion {
            found: text.chars().take(40).collect(),
        }),
    }
}

/// Whether a file name on an index may be used as one: a single path segment that means the
/// same on every system.
fn is_file_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..")
        && name.len() <= 255
        && !name
            .chars()
            .any(|c| matches!(c, '/' | '\\') || c.is_control())
}

/// Whether a link is to a distribution at all: pages of old index servers also link to
/// homepages, signatures and parent folders.
fn is_distribution(name: &str) -> bool {
    const ENDINGS: [&str; 12] = [
        ".whl", ".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".tar", ".tar.z", ".egg", ".exe",
        ".msi", ".rpm",
    ];
    ENDINGS.iter().any(|ending| {
        name.len() > ending.len()
            && name
                .as_bytes()
                .get(name.len() - ending.len()..)
                .is_some_and(|tail| tail.eq_ignore_ascii_case(ending.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use url::Url;

    /// What every file of a page may be relied on for.
    fn assert_usable(page: &Page<'_>) {
        for file in &page.files {
            assert!(is_file_name(&file.filename), "{:?}", file.filename);
            let url = Url::parse(&file.url).unwrap();
            assert!(matches!(url.scheme(), "http" | "https"), "{url}");
            assert_eq!((url.as_str(), url.fragment()), (&*file.url, None));
        }
    }

    proptest! {
        #[test]
        fn mutilated_pages_give_usable_files(
            pieces in prop::collection::vec((0..120_usize, 0..120_usize, any::<char>()), 0..6)
        ) {
            const JSON: &str = r#"{"files":[{"filename":"a-1.zip","url":"b/../a-1.zip#x","yanked":"\u00e9"},{"filename":"b.whl","url":"https://e.org/b.whl"}]}"#;
            const HTML: &str = r#"<base href="/x/"><!-- c --><a href="a%20-1.zip#sha256=0">x</a><a href='https://e.org/b.whl' data-yanked="&lt;">b</a><a href=c.whl>"#;
            let base = Url::parse("https://example.org/simple/a/").unwrap();
            for (page, json) in [(JSON, true), (HTML, false)] {
                let mut text: Vec<char> = page.chars().collect();
                for &(from, length, inserted) in &pieces {
                    let from = from.min(text.len());
                    let until = (from + length % 12).min(text.len());
                    text.splice(from..until, [inserted]);
                }
                let text = String::from_iter(text);
                if json {
                    parse_json(text.as_bytes(), &base).iter().for_each(assert_usable);
                } else {
                    parse_html(text.as_bytes(), &base).iter().for_each(assert_usable);
                }
            }
        }
    }

    #[test]
    fn only_major_version_one_is_read() {
        assert_eq!(api_version("1.0"), Ok((1, 0)));
        assert_eq!(api_version(" 1.99 "), Ok((1, 99)));
        for bad in [
            "2.0",
            "0.9",
            "1",
            "",
            "one.two",
            "1.",
            "1.+4",
            "1.4.1",
            "99999999999.0",
        ] {
            let error = api_version(bad).unwrap_err();
            assert!(error.to_string().contains(&format!("`{bad}`")), "{error}");
        }
    }

    #[test]
    fn a_file_name_is_one_plain_segment() {
        for good in ["a-1.0-py3-none-any.whl", "a-1.0+cpu.tar.gz", "é.zip", "..a"] {
            assert!(is_file_name(good), "{good}");
        }
        let long = "a".repeat(256);
        for bad in [
            "",
            ".",
            "..",
            "a/b.whl",
            "..\\b.whl",
            "a\n.whl",
            "a\u{85}.whl",
            &long,
        ] {
            assert!(!is_file_name(bad), "{bad:?}");
        }
    }

    #[test]
    fn distributions_are_known_by_their_ending() {
        for good in [
            "a-1-py3-none-any.whl",
            "A-1.TAR.GZ",
            "a-1.zip",
            "a-1.tar.bz2",
        ] {
            assert!(is_distribution(good), "{good}");
        }
        for bad in [
            "",
            ".whl",
            "index.html",
            "a-1.tar.gz.asc",
            "a-1.whl.metadata",
            "é",
        ] {
            assert!(!is_distribution(bad), "{bad}");
        }
    }
}
