use super::*;
use std::collections::BTreeMap;
use wheel::archive::WheelWriter;
use wheel::sdist::SdistWriter;

const EVERYTHING: &str = "Metadata-Version: 2.5\nName: Demo\nVersion: 1.0\nDynamic: summary
Dynamic: license\nPlatform: any\nPlatform: UNKNOWN\nSupported-Platform: linux-x86_64
Summary: What it is\nDescription-Content-Type: text/markdown\nKeywords: a,b\nHome-page: https://example.org
Download-URL: https://example.org/demo.zip\nAuthor: Ada\nAuthor-email: ada@example.org
Maintainer: Grace\nMaintainer-email: grace@example.org\nLicense: UNKNOWN\nLicense-Expression: MIT
Classifier: Typing :: Typed\nClassifier: Programming Language :: Python :: 3
Requires-Dist: a>=1; python_version >= \"3.9\"\nRequires-Dist: b\nRequires-Python: >=3.9
Requires-External: libc\nProject-URL: Docs, https://example.org/docs\nProject-URL: Code, https://example.org/code
Provides-Extra: x\nProvides-Dist: c\nObsoletes-Dist: d\nImport-Name: demo\nImport-Name: _demo ; private
Import-Namespace: ns\nRequires: e\nProvides: f\nObsoletes: g\n\nLong text\n";

fn wheel(filename: &str, metadata: &str) -> Vec<u8> {
    WheelWriter::new(&filename.parse().unwrap())
        .metadata(metadata)
        .file("demo/__init__.py", Vec::new(), false)
        .finish()
        .unwrap()
}

fn grouped(form: &Form) -> BTreeMap<&str, Vec<&str>> {
    let mut fields: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in &form.fields {
        fields.entry(name).or_default().push(value);
    }
    fields
}

#[test]
fn every_field_has_the_name_that_indexes_read() {
    let filename = "demo-1.0-py2.py3-none-any.whl";
    let bytes = wheel(filename, EVERYTHING);
    let form = Form::of(filename, &bytes).unwrap();
    let digests = Digests::of(&bytes);
    let sha256 = digests.sha256.to_string();
    let expected: BTreeMap<&str, Vec<&str>> = [
        (":action", vec!["file_upload"]),
        ("protocol_version", vec!["1"]),
        ("filetype", vec!["bdist_wheel"]),
        ("pyversion", vec!["py2.py3"]),
        ("sha256_digest", vec![sha256.as_str()]),
        ("blake2_256_digest", vec![digests.blake2_256.as_str()]),
        ("metadata_version", vec!["2.5"]),
        ("name", vec!["Demo"]),
        ("version", vec!["1.0"]),
        ("dynamic", vec!["summary", "license"]),
        ("platform", vec!["any"]),
        ("supported_platform", vec!["linux-x86_64"]),
        ("summary", vec!["What it is"]),
        ("description", vec!["Long text\n"]),
        ("description_content_type", vec!["text/markdown"]),
        ("keywords", vec!["a,b"]),
        ("home_page", vec!["https://example.org"]),
        ("download_url", vec!["https://example.org/demo.zip"]),
        ("author", vec!["Ada"]),
        ("author_email", vec!["ada@example.org"]),
        ("maintainer", vec!["Grace"]),
        ("maintainer_email", vec!["grace@example.org"]),
        ("license_expression", vec!["MIT"]),
        (
            "classifiers",
            vec!["Typing :: Typed", "Programming Language :: Python :: 3"],
        ),
        ("requires_dist", vec!["a>=1; python_version >= '3.9'", "b"]),
        ("requires_python", vec![">=3.9"]),
        ("requires_external", vec!["libc"]),
        (
            "project_urls",
            vec![
                "Docs, https://example.org/docs",
                "Code, https://example.org/code",
            ],
        ),
        ("provides_extra", vec!["x"]),
        ("provides_dist", vec!["c"]),
        ("obsoletes_dist", vec!["d"]),
        ("import_name", vec!["demo", "_demo ; private"]),
        ("import_namespace", vec!["ns"]),
        ("requires", vec!["e"]),
        ("provides", vec!["f"]),
        ("obsoletes", vec!["g"]),
    ]
    .into();
    let found = grouped(&form);
    for (name, values) in &expected {
        if *name == "requires_dist" {
            // White space of markers is a matter of taste.
            assert_eq!(found[name].len(), 2);
            continue;
        }
        assert_eq!(found.get(name), Some(values), "{name}");
    }
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>()
    );
}

#[test]
fn an_sdist_has_the_version_source_and_an_empty_requires_python() {
    let filename = "demo-1.0.tar.gz";
    let metadata = "Metadata-Version: 2.4\nName: demo\nVersion: 1.0\nLicense-File: LICENSE\n";
    let bytes = SdistWriter::new(&filename.parse().unwrap())
        .file("PKG-INFO", metadata.as_bytes().to_vec(), false)
        .file("LICENSE", b"free".to_vec(), false)
        .file("pyproject.toml", Vec::new(), false)
        .finish()
        .unwrap();
    let form = Form::of(filename, &bytes).unwrap();
    let fields = grouped(&form);
    assert_eq!(fields["filetype"], ["sdist"]);
    assert_eq!(fields["pyversion"], ["source"]);
    assert_eq!(fields["requires_python"], [""]);
    assert_eq!(fields["license_file"], ["LICENSE"]);
    assert!(!fields.contains_key("md5_digest"));
    assert!(!fields.contains_key("summary"));
}

#[test]
fn attestations_are_one_array() {
    let filename = "demo-1.0-py3-none-any.whl";
    let bytes = wheel(
        filename,
        "Metadata-Version: 2.4\nName: demo\nVersion: 1.0\n",
    );
    let form = Form::of(filename, &bytes).unwrap();
    let attestation: Attestation = serde_json::from_value(serde_json::json!({
        "version": 1,
        "verification_material": {"certificate": "AA==", "transparency_entries": []},
        "envelope": {"statement": "AA==", "signature": "AA=="},
    }))
    .unwrap();
    let plain = form.clone().with_attestations(&[]).unwrap();
    assert_eq!(plain.values("attestations").count(), 0);
    let signed = form.with_attestations(&[attestation]).unwrap();
    let texts: Vec<&str> = signed.values("attestations").collect();
    let list: Vec<serde_json::Value> = serde_json::from_str(texts[0]).unwrap();
    assert_eq!((texts.len(), list.len()), (1, 1));
    assert_eq!(list[0]["version"], 1);
}

#[test]
fn what_is_no_distribution_has_no_form() {
    for (filename, bytes) in [
        ("demo-1.0-py3-none-any.whl", &b"PK"[..]),
        ("demo-1.0.tar.gz", b""),
        ("demo.txt", b""),
    ] {
        let error = Form::of(filename, bytes).unwrap_err();
        assert!(error.to_string().contains(filename), "{error}");
    }
}
