//! Pages written back, for mirrors: the same page always gives the same bytes, and reading
//! them gives the same page.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{API_VERSION, CoreMetadata, Page, PageFile, Sha256};
use crate::filename::{sdist_version, split_quick};
use crate::{PackageName, Version};

/// Writes a page as PEP 691 JSON, its files by name. URLs are written as they stand, so a
/// mirror's page may have relative ones, percent-encoded by the caller.
///
/// The page states API version 1.4, or 1.0 where a file has no size, which 1.1 requires.
pub fn render_json(page: &Page<'_>) -> String {
    let sized = page.files.iter().all(|file| file.size.is_some());
    let (major, minor) = if sized { API_VERSION } else { (1, 0) };
    let json = PageJson {
        meta: BTreeMap::from([("api-version", format!("{major}.{minor}"))]),
        name: page.name.as_deref(),
        project_status: page.status.as_ref().map(|status| StatusJson {
            status: status.state.as_str(),
            reason: status.reason.as_deref(),
        }),
        versions: sized.then(|| versions(page)),
        files: by_name(page).into_iter().map(file_json).collect(),
    };
    let mut text = serde_json::to_string_pretty(&json).expect("texts and numbers are JSON");
    text.push('\n');
    text
}

/// Writes a page as PEP 503 HTML, its files by name; URLs as for [`render_json`]. Sizes and
/// upload times have no place in HTML (PEP 700).
pub fn render_html(page: &Page<'_>) -> String {
    let mut text = String::from("<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n");
    let mut meta = |name: &str, content: &str| {
        let content = escaped(content);
        text.push_str(&format!("<meta name=\"{name}\" content=\"{content}\">\n"));
    };
    meta(
        "pypi:repository-version",
        &format!("{}.{}", API_VERSION.0, API_VERSION.1),
    );
    if let Some(status) = &page.status {
        meta("pypi:project-status", status.state.as_str());
        if let Some(reason) = &status.reason {
            meta("pypi:project-status-reason", reason);
        }
    }
    let title = match &page.name {
        Some(name) => format!("Links for {}", escaped(name)),
        None => "Links".to_owned(),
    };
    text.push_str(&format!(
        "<title>{title}</title>\n</head>\n<body>\n<h1>{title}</h1>\n"
    ));
    for file in by_name(page) {
        anchor(&mut text, file);
    }
    text.push_str("</body>\n</html>\n");
    text
}

fn by_name<'p, 'a>(page: &'p Page<'a>) -> Vec<&'p PageFile<'a>> {
    let mut files: Vec<_> = page.files.iter().collect();
    files.sort_by(|a, b| (&a.filename, &a.url).cmp(&(&b.filename, &b.url)));
    files
}

/// The versions that the files are of (PEP 700), in ascending order.
fn versions(page: &Page<'_>) -> Vec<String> {
    let name: Option<PackageName> = page.name.as_deref().and_then(|name| name.parse().ok());
    let of_file = |file: &PageFile<'_>| -> Option<Version> {
        let filename: &str = &file.filename;
        let text = match split_quick(filename) {
            Some(wheel) => wheel.version,
            None => sdist_version(filename, name.as_ref()?)?,
        };
        text.parse().ok()
    };
    let versions: BTreeSet<Version> = page.files.iter().filter_map(of_file).collect();
    versions.iter().map(Version::to_string).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct PageJson<'p> {
    meta: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_status: Option<StatusJson<'p>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    versions: Option<Vec<String>>,
    files: Vec<FileJson<'p>>,
}

#[derive(Serialize)]
struct StatusJson<'p> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'p str>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct FileJson<'p> {
    filename: &'p str,
    url: &'p str,
    hashes: BTreeMap<&'static str, String>,
    requires_python: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_time: Option<&'p str>,
    yanked: YankedJson<'p>,
    core_metadata: MetadataJson,
    /// The name that PEP 658 gave the key, for installers from before PEP 714.
    #[serde(rename = "data-dist-info-metadata")]
    legacy_metadata: MetadataJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<&'p str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum YankedJson<'p> {
    Bare(bool),
    Reason(&'p str),
}

#[derive(Serialize)]
#[serde(untagged)]
enum MetadataJson {
    Bare(bool),
    Hashes(BTreeMap<&'static str, String>),
}

fn hashes(sha256: Option<Sha256>) -> BTreeMap<&'static str, String> {
    sha256
        .map(|sha256| ("sha256", sha256.to_string()))
        .into_iter()
        .collect()
}

fn file_json<'p>(file: &'p PageFile<'_>) -> FileJson<'p> {
    let metadata = || match file.core_metadata {
        CoreMetadata::None => MetadataJson::Bare(false),
        CoreMetadata::Available(None) => MetadataJson::Bare(true),
        CoreMetadata::Available(sha256) => MetadataJson::Hashes(hashes(sha256)),
    };
    FileJson {
        filename: &file.filename,
        url: &file.url,
        hashes: hashes(file.sha256),
        requires_python: file.requires_python.as_deref(),
        size: file.size,
        upload_time: file.upload_time.as_deref(),
        yanked: match file.yanked.as_deref() {
            None => YankedJson::Bare(false),
            Some("") => YankedJson::Bare(true),
            Some(reason) => YankedJson::Reason(reason),
        },
        core_metadata: metadata(),
        legacy_metadata: metadata(),
        provenance: file.provenance.as_deref(),
    }
}

fn anchor(text: &mut String, file: &PageFile<'_>) {
    text.push_str("<a href=\"");
    text.push_str(&escaped(&file.url));
    if let Some(sha256) = file.sha256 {
        text.push_str(&format!("#sha256={sha256}"));
    }
    text.push('"');
    let mut attribute = |name: &str, value: &str| {
        text.push_str(&format!(" {name}=\"{}\"", escaped(value)));
    };
    if let Some(requires_python) = &file.requires_python {
        attribute("data-requires-python", requires_python);
    }
    let metadata = match file.core_metadata {
        CoreMetadata::None => None,
        CoreMetadata::Available(None) => Some("true".to_owned()),
        CoreMetadata::Available(Some(sha256)) => Some(format!("sha256={sha256}")),
    };
    if let Some(metadata) = metadata {
        attribute("data-core-metadata", &metadata);
        attribute("data-dist-info-metadata", &metadata);
    }
    if let Some(reason) = &file.yanked {
        attribute("data-yanked", reason);
    }
    if let Some(provenance) = &file.provenance {
        attribute("data-provenance", provenance);
    }
    text.push('>');
    text.push_str(&escaped(&file.filename));
    text.push_str("</a><br>\n");
}

/// Text for an element or a double-quoted attribute.
fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\r']) {
        return text.into();
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // Readers turn a bare one into a line feed.
            '\r' => safe.push_str("&#13;"),
            c => safe.push(c),
        }
    }
    safe.into()
}

#[cfg(test)]
mod tests {
    use super::super::{ProjectState, ProjectStatus, parse_html, parse_json};
    use super::*;
    use url::Url;

    fn base() -> Url {
        Url::parse("https://example.org/simple/demo/").unwrap()
    }

    fn page() -> Page<'static> {
        let url = |name: &str| format!("https://example.org/files/{name}?a=1&b=<\">");
        let mut plain = PageFile::new("demo-1.10.tar.gz", url("demo-1.10.tar.gz"));
        plain.size = Some(0);
        let wheel = "demo-1.9-py3-none-any.whl";
        let mut rich = PageFile::new(wheel, url(wheel));
        rich.sha256 = Some(Sha256::of(b"wheel"));
        rich.requires_python = Some(">=3.8, <\"4\" & é".into());
        rich.size = Some(u64::MAX);
        rich.upload_time = Some("2026-01-01T00:00:00Z".into());
        rich.yanked = Some("bro\rken\n&lt; \u{1}".into());
        rich.core_metadata = CoreMetadata::Available(Some(Sha256::of(b"metadata")));
        rich.provenance = Some("https://example.org/p".into());
        let wheel = "demo-1.10-py3-none-any.whl";
        let mut bare = PageFile::new(wheel, url(wheel));
        bare.size = Some(1);
        bare.yanked = Some("".into());
        bare.core_metadata = CoreMetadata::Available(None);
        for file in [&mut plain, &mut rich, &mut bare] {
            let read = Url::parse(&file.url).unwrap();
            file.url = String::from(read).into();
        }
        Page {
            name: Some("demo".into()),
            api_version: Some(API_VERSION),
            status: Some(ProjectStatus {
                state: ProjectState::Quarantined,
                reason: Some("<bad>".into()),
            }),
            files: vec![bare, plain, rich],
            skipped: 0,
        }
    }

    #[test]
    fn json_round_trip() {
        let page = page();
        let json = render_json(&page);
        assert_eq!(
            parse_json(json.as_bytes(), &base()).as_ref(),
            Ok(&page),
            "{json}"
        );
    }

    #[test]
    fn html_round_trip() {
        let mut page = page();
        let html = render_html(&page);
        page.name = None;
        for file in &mut page.files {
            file.size = None;
            file.upload_time = None;
        }
        assert_eq!(
            parse_html(html.as_bytes(), &base()).as_ref(),
            Ok(&page),
            "{html}"
        );
    }

    #[test]
    fn the_order_of_files_does_not_matter() {
        let page = page();
        let mut turned = page.clone();
        turned.files.reverse();
        assert_eq!(render_json(&page), render_json(&turned));
        assert_eq!(render_html(&page), render_html(&turned));
    }

    #[test]
    fn versions_and_api_version_follow_the_files() {
        let mut page = page();
        let read = |page: &Page<'_>| -> serde_json::Value {
            serde_json::from_str(&render_json(page)).unwrap()
        };
        let json = read(&page);
        assert_eq!(json["versions"], serde_json::json!(["1.9", "1.10"]));
        assert_eq!(json["meta"]["api-version"], "1.4");
        page.files[0].size = None;
        let json = read(&page);
        assert!(json.get("versions").is_none());
        assert_eq!(json["meta"]["api-version"], "1.0");
    }

    #[test]
    fn relative_urls_are_written_as_they_are() {
        let file = PageFile::new("demo-1.zip", "../../files/demo-1.zip");
        let page = Page {
            files: vec![file],
            ..Page::default()
        };
        for url in [
            parse_html(render_html(&page).as_bytes(), &base())
                .unwrap()
                .files[0]
                .url
                .clone(),
            parse_json(render_json(&page).as_bytes(), &base())
                .unwrap()
                .files[0]
                .url
                .clone(),
        ] {
            assert_eq!(url, "https://example.org/files/demo-1.zip");
        }
    }
}
