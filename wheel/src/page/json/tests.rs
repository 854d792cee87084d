use super::super::Sha256;
use super::*;

const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn base() -> Url {
    Url::parse("https://example.org/simple/demo/").unwrap()
}

fn parsed(json: &str) -> Result<Page<'_>, PageError> {
    parse_json(json.as_bytes(), &base())
}

/// The page's only entry with these further keys, if it is kept.
fn file(keys: &str) -> Option<PageFile<'static>> {
    let json = format!(r#"{{"files":[{{"filename":"d-1.zip","url":"d-1.zip"{keys}}}]}}"#);
    let mut page = parsed(json.leak()).unwrap();
    assert_eq!(page.files.len() + page.skipped, 1);
    page.files.pop()
}

#[test]
fn a_whole_page() {
    let json = format!(
        r#"{{"meta":{{"api-version":"1.4","_last-serial":1}},"name":"demo","versions":["1.0"],
        "project-status":{{"status":"archived","reason":"d\u00f6ne"}},"alternate-locations":[],
        "files":[{{"filename":"demo-1.0-py3-none-any.whl","url":"../../f/demo-1.0-py3-none-any.whl#x",
          "hashes":{{"md5":"00","sha256":"{HEX}"}},"requires-python":">=3.8","size":12,
          "upload-time":"2026-01-01T00:00:00.5Z","yanked":"b\"ad","core-metadata":{{"sha256":"{HEX}"}},
          "data-dist-info-metadata":true,"gpg-sig":true,"_x":[[{{}}]],"provenance":"https://e.org/p"}}]}}"#
    );
    let page = parsed(&json).unwrap();
    let sha256 = Sha256::from_hex(HEX);
    let expected = PageFile {
        filename: "demo-1.0-py3-none-any.whl".into(),
        url: "https://example.org/f/demo-1.0-py3-none-any.whl".into(),
        sha256,
        unusable_hash: None,
        requires_python: Some(">=3.8".into()),
        size: Some(12),
        upload_time: Some("2026-01-01T00:00:00.5Z".into()),
        yanked: Some("b\"ad".into()),
        core_metadata: CoreMetadata::Available(sha256),
        provenance: Some("https://e.org/p".into()),
    };
    assert_eq!(page.files, [expected]);
    assert_eq!((page.name.as_deref(), page.skipped), (Some("demo"), 0));
    assert_eq!(page.api_version, Some((1, 4)));
    let status = page.status.as_ref().unwrap();
    assert_eq!(status.state, ProjectState::Archived);
    assert_eq!(status.reason.as_deref(), Some("döne"));
    // Nothing is copied that has no escapes.
    assert!(matches!(page.files[0].filename, Cow::Borrowed(_)));
    assert!(matches!(
        page.files[0].requires_python,
        Some(Cow::Borrowed(_))
    ));
}

#[test]
fn yanked_and_metadata_spellings() {
    let yanked = |value: &str| file(&format!(r#","yanked":{value}"#)).unwrap().yanked;
    assert_eq!(yanked("true").as_deref(), Some(""));
    assert_eq!(yanked("\"why\"").as_deref(), Some("why"));
    for no in ["false", "null", "\"\""] {
        assert_eq!(yanked(no), None);
    }
    let metadata = |keys: &str| file(keys).unwrap().core_metadata;
    let available = CoreMetadata::Available(None);
    assert_eq!(metadata(r#","core-metadata":true"#), available);
    assert_eq!(metadata(r#","core-metadata":{}"#), available);
    assert_eq!(metadata(r#","dist-info-metadata":true"#), available);
    assert_eq!(
        metadata(r#","core-metadata":null,"data-dist-info-metadata":true"#),
        available
    );
    assert_eq!(
        metadata(r#","core-metadata":false,"dist-info-metadata":true"#),
        CoreMetadata::None
    );
    assert_eq!(
        metadata(r#","core-metadata":{"sha256":"00"}"#),
        CoreMetadata::None
    );
    assert_eq!(metadata(r#","core-metadata":[1]"#), CoreMetadata::None);
    assert_eq!(metadata(""), CoreMetadata::None);
}

#[test]
fn odd_values_that_do_no_harm() {
    for keys in [
        r#","size":-1"#,
        r#","size":1.5"#,
        r#","size":"big","upload-time":5,"provenance":{}"#,
        r#","hashes":null,"requires-python":null"#,
        r#","requires-python":"","provenance":"","provenance":"file:///x""#,
    ] {
        let expected = PageFile::new("d-1.zip", "https://example.org/simple/demo/d-1.zip");
        assert_eq!(file(keys), Some(expected), "{keys}");
    }
    let md5 = file(r#","hashes":{"md5":"00"}"#).unwrap();
    assert_eq!(
        (md5.sha256, md5.unusable_hash.as_deref()),
        (None, Some("md5"))
    );
}

#[test]
fn broken_entries_are_counted() {
    let json = r#"{"files":[1, null, [], "x", {}, {"filename":"a.zip"}, {"url":"a.zip"},
        {"filename":1,"url":"a.zip"}, {"filename":"a.zip","url":{"a":[]}},
        {"filename":"../a.zip","url":"a.zip"}, {"filename":"a\u0000.zip","url":"a.zip"},
        {"filename":"a\\b.zip","url":"a.zip"}, {"filename":"a.zip","url":"javascript:0"},
        {"filename":"a.zip","url":"http://["}, {"filename":"a.zip","url":"file:///a.zip"},
        {"filename":"a.zip","url":"a.zip","hashes":{"sha256":"00"}},
        {"filename":"a.zip","url":"a.zip","hashes":{"sha256":5}},
        {"filename":"a.zip","url":"a.zip","hashes":[]},
        {"filename":"a.zip","url":"a.zip","yanked":1},
        {"filename":"a.zip","url":"a.zip","requires-python":3.8},
        {"filename":"a.zip","url":"a.zip"}]}"#;
    let page = parsed(json).unwrap();
    assert_eq!((page.files.len(), page.skipped), (1, 20));
}

#[test]
fn what_is_no_page_is_an_error() {
    for bad in [
        "",
        "{",
        "[]",
        "5",
        "{}",
        r#"{"files":{}}"#,
        r#"{"files":[]} x"#,
        r#"{"files":["\ud800"]}"#,
    ] {
        let error = parsed(bad).unwrap_err();
        assert!(matches!(error, PageError::Json { .. }), "{bad}: {error}");
    }
    let error = parse_json(b"{\"files\":[]\xff}", &base()).unwrap_err();
    assert_eq!(error, PageError::NotUtf8 { offset: 11 });
    assert_eq!(
        parse_json(b"\xef\xbb\xbf{\"files\":[]}", &base()),
        Ok(Page::default())
    );
}

#[test]
fn another_major_version_is_named_whatever_its_shape() {
    for bad in [
        r#"{"meta":{"api-version":"2.0"},"files":{}}"#,
        r#"{"files":5,"meta":{"api-version":2.0}}"#,
    ] {
        let error = parsed(bad).unwrap_err();
        assert!(
            matches!(error, PageError::ApiVersion { .. }),
            "{bad}: {error}"
        );
    }
    let newer = parsed(r#"{"meta":{"api-version":"1.99"},"files":[]}"#).unwrap();
    assert_eq!(newer.api_version, Some((1, 99)));
}

#[test]
fn deep_nesting_does_not_overflow() {
    for open in ["[", "{\"a\":"] {
        let deep = open.repeat(200_000);
        assert!(parsed(&deep).is_err());
        assert!(parsed(&format!(r#"{{"files":[{deep}"#)).is_err());
        assert!(parsed(&format!(r#"{{"x":{deep}"#)).is_err());
    }
}

#[test]
fn the_number_of_files_has_a_limit() {
    let entry = r#"{"filename":"a","url":"a"},"#;
    let json = format!(r#"{{"files":[{}{{}}]}}"#, entry.repeat(MAX_FILES + 1));
    assert_eq!(parsed(&json), Err(PageError::TooManyFiles));
}
