//! Pages in HTML: PEP 503, with the attributes of PEPs 592, 658, 714 and 740 and the `meta`
//! elements of PEPs 629 and 792.

use url::Url;

use super::link::{Hashes, Links, fragment_hashes, last_segment, split_fragment};
use super::tags::Tags;
use super::{
    CoreMetadata, MAX_FILES, Page, PageError, PageFile, ProjectState, ProjectStatus, Sha256,
    api_version, is_distribution, is_file_name,
};

/// Reads a page in HTML. `base` is the URL that the response came from, after redirects; the
/// first `<base href>` before the first link changes it.
///
/// Every `a` element that leads to a distribution is a file, named by the last segment of its
/// URL's path. Bytes that are not UTF-8 do no harm: they are replaced where they stand.
pub fn parse_html<'a>(text: &'a [u8], base: &Url) -> Result<Page<'a>, PageError> {
    let mut page = Page::default();
    let mut links = Links::new(base);
    let mut based = false;
    let mut reason = None;
    let text = String::from_utf8_lossy(text);
    let mut tags = Tags::new(&text);
    while tags.advance() {
        if tags.is("a") {
            based = true;
            match file(&tags, &links) {
                Entry::File(_) if page.files.len() == MAX_FILES => {
                    return Err(PageError::TooManyFiles);
                }
                Entry::File(file) => page.files.push(*file),
                Entry::Broken => page.skipped += 1,
                Entry::Other => {}
            }
        } else if tags.is("base") && !based {
            if let Some(href) = tags.attribute("href") {
                links = links.rebased(&href).unwrap_or(links);
                based = true;
            }
        } else if tags.is("meta")
            && let (Some(name), Some(content)) = (tags.attribute("name"), tags.attribute("content"))
        {
            match &*name {
                "pypi:repository-version" => page.api_version = Some(api_version(&content)?),
                "pypi:project-status" => {
                    let state = ProjectState::from_marker(&content);
                    page.status = Some(ProjectStatus {
                        state,
                        reason: None,
                    });
                }
                "pypi:project-status-reason" => reason = Some(content),
                _ => {}
            }
        }
    }
    if let Some(status) = &mut page.status {
        status.reason = reason;
    }
    Ok(page)
}

enum Entry<'a> {
    File(Box<PageFile<'a>>),
    /// A distribution by its name, but not one that can be used.
    Broken,
    /// No link, or one to something else.
    Other,
}

fn file(tags: &Tags<'_>, links: &Links) -> Entry<'static> {
    let Some(href) = tags.attribute("href") else {
        return Entry::Other;
    };
    let (link, fragment) = split_fragment(href);
    let Some(url) = links.resolve(link) else {
        return Entry::Other;
    };
    let Some(filename) = last_segment(&url).filter(|name| is_distribution(name)) else {
        return Entry::Other;
    };
    let hashes = match fragment {
        Some(fragment) => fragment_hashes(&fragment),
        None => Some(Hashes::default()),
    };
    let Some(hashes) = hashes.filter(|_| is_file_name(&filename)) else {
        return Entry::Broken;
    };
    let given = |name: &str| tags.attribute(name).filter(|value| !value.is_empty());
    let core_metadata = tags
        .attribute("data-core-metadata")
        .or_else(|| tags.attribute("data-dist-info-metadata"))
        .map_or(CoreMetadata::None, |value| core_metadata(&value));
    Entry::File(Box::new(PageFile {
        filename,
        url,
        sha256: hashes.sha256,
        unusable_hash: hashes.unusable,
        requires_python: given("data-requires-python"),
        size: None,
        upload_time: given("data-upload-time"),
        yanked: tags.attribute("data-yanked"),
        core_metadata,
        provenance: given("data-provenance").and_then(|link| links.resolve(link)),
    }))
}

fn core_metadata(value: &str) -> CoreMetadata {
    match value.split_once('=') {
        Some(("sha256", hex)) => Sha256::from_hex(hex).map_or(CoreMetadata::None, |sha256| {
            CoreMetadata::Available(Some(sha256))
        }),
        Some(_) => CoreMetadata::Available(None),
        None if value.eq_ignore_ascii_case("true") => CoreMetadata::Available(None),
        None => CoreMetadata::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn base() -> Url {
        Url::parse("https://example.org/simple/demo/").unwrap()
    }

    fn parsed(text: &str) -> Page<'_> {
        parse_html(text.as_bytes(), &base()).unwrap()
    }

    fn one(text: &str) -> PageFile<'_> {
        let mut page = parsed(text);
        assert_eq!((page.files.len(), page.skipped), (1, 0), "{text}");
        page.files.pop().unwrap()
    }

    #[test]
    fn a_whole_page() {
        let text = format!(
            r#"<!DOCTYPE html><html><head>
            <meta name="pypi:repository-version" content="1.4">
            <meta name="pypi:project-status-reason" content="use &lt;other&gt;">
            <meta name="pypi:project-status" content="deprecated">
            <title>Links for demo</title></head><body><h1>Links for demo</h1>
            <a href="../../files/demo-1.0-py3-none-any.whl#sha256={HEX}" data-requires-python="&gt;=3.8,&lt;4"
               data-dist-info-metadata="true" data-core-metadata="sha256={HEX}"
               data-provenance="/integrity/demo" data-yanked="broken &amp; bad">demo</a><br/>
            <a href="https://files.example.org/demo-0.9.tar.gz#md5=00">demo-0.9.tar.gz</a>
            <a href="demo.html">home</a> <a name=top> <a href="mailto:a@example.org">
            </body></html>"#
        );
        let page = parsed(&text);
        let sha256 = Sha256::from_hex(HEX);
        assert_eq!(page.api_version, Some((1, 4)));
        assert_eq!(
            page.status,
            Some(ProjectStatus {
                state: ProjectState::Deprecated,
                reason: Some("use <other>".into())
            })
        );
        let mut wheel = PageFile::new(
            "demo-1.0-py3-none-any.whl",
            "https://example.org/files/demo-1.0-py3-none-any.whl",
        );
        wheel.sha256 = sha256;
        wheel.requires_python = Some(">=3.8,<4".into());
        wheel.core_metadata = CoreMetadata::Available(sha256);
        wheel.provenance = Some("https://example.org/integrity/demo".into());
        wheel.yanked = Some("broken & bad".into());
        let mut sdist = PageFile::new(
            "demo-0.9.tar.gz",
            "https://files.example.org/demo-0.9.tar.gz",
        );
        sdist.unusable_hash = Some("md5".into());
        assert_eq!(page.files, [wheel, sdist]);
        assert_eq!(page.skipped, 0);
    }

    #[test]
    fn yanked_and_metadata_spellings() {
        assert_eq!(
            one("<a href=d-1.zip data-yanked>").yanked.as_deref(),
            Some("")
        );
        assert_eq!(one("<a href=d-1.zip>").yanked, None);
        let metadata = |text: &str| one(&format!("<a href=d-1.zip {text}>")).core_metadata;
        let available = CoreMetadata::Available(None);
        assert_eq!(metadata("data-dist-info-metadata=true"), available);
        assert_eq!(metadata("data-core-metadata='sha512=00'"), available);
        assert_eq!(
            metadata("data-core-metadata=false data-dist-info-metadata=true"),
            CoreMetadata::None
        );
        assert_eq!(
            metadata("data-core-metadata='sha256=00'"),
            CoreMetadata::None
        );
        assert_eq!(metadata("data-core-metadata"), CoreMetadata::None);
    }

    #[test]
    fn the_base_element_counts_once_and_first() {
        let url = |text: &str| one(text).url.into_owned();
        let link = "<a href=d-1.zip>";
        assert_eq!(
            url(&format!("<base href='/f/'>{link}")),
            "https://example.org/f/d-1.zip"
        );
        assert_eq!(
            url(&format!("<base href='/f/'><base href='/g/'>{link}")),
            "https://example.org/f/d-1.zip"
        );
        assert_eq!(
            url(&format!("<base href='//e.org'>{link}")),
            "https://e.org/d-1.zip"
        );
        assert_eq!(
            url(&format!("{link}<base href='/f/'>")),
            "https://example.org/simple/demo/d-1.zip"
        );
        assert_eq!(
            url(&format!("<base href='http://['>{link}")),
            "https://example.org/simple/demo/d-1.zip"
        );
    }

    #[test]
    fn names_come_from_the_path_and_must_be_plain() {
        assert_eq!(
            one("<a href='/x/d-1%2Bcpu.zip?a=/b.whl'>").filename,
            "d-1+cpu.zip"
        );
        for bad in [
            "a%2Fd-1.zip",
            "a%5Cd-1.zip",
            "a%0Ad-1.zip",
            "d-1.zip#sha256=00",
        ] {
            let text = format!("<a href='{bad}'>");
            let page = parsed(&text);
            assert_eq!((page.files.len(), page.skipped), (0, 1), "{bad}");
        }
        assert_eq!(parsed("<a href=/x/%ff.zip>").files, []);
    }

    #[test]
    fn versions_and_bytes() {
        let meta = r#"<meta name="pypi:repository-version" content="2.0">"#;
        let error = parse_html(meta.as_bytes(), &base()).unwrap_err();
        assert!(matches!(&error, PageError::ApiVersion { found } if found == "2.0"));
        let page = parse_html(b"\xff<a href=d-1.zip data-yanked='\xff'>", &base()).unwrap();
        assert_eq!(page.files[0].yanked.as_deref(), Some("\u{fffd}"));
        assert_eq!(parsed(""), Page::default());
    }
}
