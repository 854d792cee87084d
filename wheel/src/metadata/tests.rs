use super::*;
use crate::PackageName;

fn core(text: &str) -> Result<CoreRequirements, MetadataError> {
    CoreRequirements::parse(text.as_bytes())
}

#[test]
fn what_resolution_needs() {
    let text = "Metadata-Version: 2.1\nname: Demo.Pkg\nVERSION: 1.0\nSummary: caf\u{e9}\n\
        Requires-Python: >=3.6.*\nProvides-Extra: Dev_Tools\nProvides-Extra: !\n\
        Requires-Dist: a[x]>=1 ;\n   python_version < '3.9'\nRequires-Dist: b (>=2)\n\
        \nRequires-Dist: not-a-header\n";
    for text in [
        text.to_owned(),
        text.replace('\n', "\r\n"),
        format!("\u{feff}{text}"),
    ] {
        let core = core(&text).unwrap();
        assert_eq!(core.name, "demo-pkg".parse().unwrap());
        assert_eq!(core.version, "1.0".parse().unwrap());
        assert_eq!(core.requires_python, Some(">=3.6".parse().unwrap()));
        let expected = ["a[x]>=1; python_version < '3.9'", "b>=2"];
        let expected: Vec<Requirement> =
            expected.iter().map(|text| text.parse().unwrap()).collect();
        assert_eq!(core.requires_dist, expected);
        assert_eq!(core.provides_extra, ["dev-tools".parse().unwrap()]);
    }
}

#[test]
fn other_fields_may_be_of_any_encoding() {
    let core = CoreRequirements::parse(b"Name: a\nVersion: 1\nAuthor: J\xf6rg\n\n\xff").unwrap();
    assert_eq!(core.requires_python, None);
    let metadata = b"Metadata-Version: 1.0\nName: a\nVersion: 1\nAuthor: J\xf6rg\n";
    let metadata = Metadata::parse(metadata).unwrap();
    assert_eq!(
        (metadata.author.as_deref(), metadata.lossy),
        (Some("J\u{fffd}rg"), true)
    );
    let metadata = Metadata::parse(b"Metadata-Version: 1.0\nName: a\nVersion: 1\n\n\xff").unwrap();
    assert_eq!(
        (metadata.description.as_deref(), metadata.lossy),
        (Some("\u{fffd}"), true)
    );
}

#[test]
fn errors_name_field_and_line() {
    let broken = "Name: a\nVersion: 1\n";
    for (text, reason) in [
        ("", "no field `Name`"),
        ("Name: a\n", "no field `Version`"),
        ("Name: -\nVersion: 1", "`Name` in line 1 is invalid"),
        ("Name: a\nVersion: x", "`Version` in line 2 is invalid: `x`"),
        ("Metadata-Version: 3.0\nName: a", "Metadata-Version `3.0`"),
        ("Metadata-Version: two", "Metadata-Version `two`"),
        (
            &format!("{broken}Requires-Python: new"),
            "`Requires-Python` in line 3",
        ),
        (
            &format!("{broken}Requires-Dist: b >= c d"),
            "`Requires-Dist` in line 3",
        ),
        (
            &format!("{broken}Version: 2"),
            "`Version` a second value in line 3",
        ),
        (
            &format!("{broken}Name: A"),
            "`Name` a second value in line 3",
        ),
    ] {
        let error = core(text).unwrap_err().to_string();
        assert!(error.contains(reason), "{text:?}: {error}");
        // The whole reading is no kinder.
        text.parse::<Metadata>().unwrap_err();
    }
    assert!(core(&format!("{broken}Version: 1.0")).is_ok());
    let error = CoreRequirements::parse(b"Name: a\nVersion: 1\nRequires-Dist: \xff").unwrap_err();
    let expected = MetadataError::NotUtf8 {
        field: "Requires-Dist",
        line: 3,
    };
    assert_eq!(error, expected);
    assert_eq!(
        broken.parse::<Metadata>(),
        Err(MetadataError::Missing {
            field: "Metadata-Version"
        })
    );
}

#[test]
fn sizes_are_limited() {
    let large = vec![b'\n'; MAX_METADATA_BYTES + 1];
    let error = MetadataError::TooLarge { size: large.len() };
    assert_eq!(CoreRequirements::parse(&large), Err(error.clone()));
    assert_eq!(Metadata::parse(&large), Err(error));
    let many = "Requires-Dist: a\n".repeat(MAX_REPEATED + 1);
    assert_eq!(
        core(&many),
        Err(MetadataError::TooMany {
            field: "Requires-Dist"
        })
    );
}

#[test]
fn versions_round_trip() {
    for text in ["1.0", "2.5", "2.99"] {
        assert_eq!(text.parse::<MetadataVersion>().unwrap().to_string(), text);
    }
    for bad in [
        "",
        "2",
        "2.",
        ".1",
        "3.0",
        "0.9",
        "2.+1",
        "2.1.1",
        "2.99999999999",
    ] {
        bad.parse::<MetadataVersion>().unwrap_err();
    }
}

fn full() -> Metadata {
    let name: PackageName = "demo".parse().unwrap();
    let strings = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    let some = |value: &str| Some(value.to_owned());
    Metadata {
        dynamic: strings(&["Classifier"]),
        platform: strings(&["any", "linux"]),
        supported_platform: strings(&["linux"]),
        summary: some("A démo: of it"),
        description: some("# Demo\n\nText.\r\n Name: other\n"),
        description_content_type: some("text/markdown; charset=UTF-8; variant=GFM"),
        keywords: strings(&["one", "two words"]),
        home_page: some("https://example.org/"),
        download_url: some("https://example.org/d"),
        author: some("A, B"),
        author_email: some("A <a@example.org>"),
        maintainer: some("C"),
        maintainer_email: some("c@example.org"),
        license: some("First line\n\n  indented\nlast"),
        license_expression: some("MIT"),
        license_file: strings(&["LICENSE", "licenses/x.txt"]),
        classifier: strings(&["Programming Language :: Python"]),
        requires_dist: ["a>=1", "b[c]; extra == 'x'"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect(),
        requires_python: Some(">=3.9".parse().unwrap()),
        requires_external: strings(&["C"]),
        project_url: vec![("Home".to_owned(), "https://example.org/a,b".to_owned())],
        provides_extra: vec!["x".parse().unwrap()],
        provides_dist: strings(&["p"]),
        obsoletes_dist: strings(&["o"]),
        import_name: Some(strings(&["demo", "demo._x ; private"])),
        import_namespace: strings(&["ns"]),
        requires: strings(&["r"]),
        provides: strings(&["s"]),
        obsoletes: strings(&["t"]),
        other: vec![("X-Field".to_owned(), "x".to_owned())],
        ..Metadata::new(&name, "1.0rc1".parse().unwrap())
    }
}

#[test]
fn round_trip() {
    let name: PackageName = "demo".parse().unwrap();
    let bare = Metadata::new(&name, "1".parse().unwrap());
    assert_eq!(
        bare.to_string(),
        "Metadata-Version: 2.5\nName: demo\nVersion: 1\n"
    );
    let nothing_to_import = Metadata {
        import_name: Some(Vec::new()),
        ..bare.clone()
    };
    for metadata in [full(), bare, nothing_to_import] {
        let read = Metadata::parse(&metadata.to_bytes());
        assert_eq!(read.as_ref(), Ok(&metadata), "{metadata}");
        let core = CoreRequirements::parse(&metadata.to_bytes()).unwrap();
        assert_eq!(core.requires_dist, metadata.requires_dist);
    }
}

#[test]
fn values_stay_within_their_field() {
    for end in [
        "\n", "\r", "\r\n", "\n\n", "\u{b}", "\u{c}", "\u{1c}", "\u{85}", "\u{2028}",
    ] {
        let mut metadata = full();
        metadata.summary = Some(format!("x{end}Requires-Dist: evil{end}{end}Body"));
        metadata.description = None;
        let read = Metadata::parse(&metadata.to_bytes()).unwrap();
        assert_eq!(read.requires_dist, metadata.requires_dist, "{end:?}");
        assert_eq!(read.description, None);
        let summary = read.summary.unwrap();
        assert!(summary.starts_with("x Requires-Dist: evil "), "{summary}");
    }
}

#[test]
fn the_description_may_be_a_header() {
    let text = "Metadata-Version: 1.0\nName: a\nVersion: 1\nDescription: One\n        two\n";
    let read = |text: &str| text.parse::<Metadata>().unwrap().description;
    assert_eq!(read(text).as_deref(), Some("One\ntwo"));
    assert_eq!(read(&format!("{text}\nbody\n")).as_deref(), Some("body\n"));
    assert_eq!(read(&format!("{text}\n")).as_deref(), Some("One\ntwo"));
}

#[test]
fn hostile_texts_take_linear_time() {
    // Any quadratic step would take minutes here.
    for piece in [
        "A: x\n",
        " x\n",
        "A:\n x\n",
        "\r",
        ":",
        "From \n",
        "License: x\n",
        "A:\r ",
    ] {
        let text = format!(
            "Name: a\nVersion: 1\nX: y\n{}",
            piece.repeat(4_000_000 / piece.len())
        );
        assert!(core(&text).is_ok(), "{piece:?}");
        assert!(text.parse::<Metadata>().is_err(), "{piece:?}");
    }
}
