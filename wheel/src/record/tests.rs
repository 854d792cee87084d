use super::*;

/// The SHA-256 of nothing, as `RECORD` writes it.
const EMPTY: &str = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

#[test]
fn round_trip_sorted() {
    let text = format!(
        "\"b,\"\"c\"\".py\",{EMPTY},0\na/é.py,sha384={},18446744073709551615\na-1.dist-info/RECORD,,\n",
        "A".repeat(64)
    );
    let record: Record = text.parse().unwrap();
    let paths: Vec<_> = record.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, ["a-1.dist-info/RECORD", "a/é.py", "b,\"c\".py"]);
    let written = record.to_string();
    assert!(
        written.starts_with("a-1.dist-info/RECORD,,\na/é.py,sha384="),
        "{written}"
    );
    assert_eq!(written.parse(), Ok(record));
}

#[test]
fn line_ends_and_bom() {
    let record = Record::parse(b"\xef\xbb\xbfa,,\r\n\r\nb,,3\rc,,").unwrap();
    assert_eq!(record.len(), 3);
    assert_eq!(record.get("b").unwrap().size, Some(3));
    assert!(Record::parse(b"").unwrap().is_empty());
}

#[test]
fn hashes() {
    let hash: RecordHash = EMPTY.parse().unwrap();
    assert_eq!(hash, RecordHash::sha256_of(b""));
    assert!(hash.matches(b"") && !hash.matches(b"x"));
    assert_eq!(hash.to_string(), EMPTY);
    assert_eq!(format!("{EMPTY}=").parse(), Ok(hash));
    for algorithm in [
        HashAlgorithm::Sha256,
        HashAlgorithm::Sha384,
        HashAlgorithm::Sha512,
    ] {
        let mut hasher = algorithm.hasher();
        hasher.update(b"a");
        hasher.update(b"b");
        let hash = hasher.finish();
        assert_eq!(hash.digest().len(), algorithm.digest_length());
        assert!(hash.matches(b"ab"));
        assert_eq!(hash.to_string().parse(), Ok(hash));
    }
}

#[test]
fn broken_and_unusable_hashes() {
    for (text, reason) in [
        ("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", "form"),
        ("md5=1B2M2Y8AsgTpgAmY7PhCfg", "`md5` is not one of"),
        ("sha1=2jmj7l5rSw0yVb_vlWAYkK_YBwk", "`sha1` is not one of"),
        (
            "SHA256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
            "`SHA256`",
        ),
        (
            "sha256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
            "no URL-safe base64",
        ),
        (
            "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFV",
            "no URL-safe base64",
        ),
        (
            "sha512=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
            "a sha512 digest",
        ),
        ("sha256=", "no URL-safe base64"),
    ] {
        let error = text.parse::<RecordHash>().unwrap_err().to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
}

#[test]
fn broken_rows_are_named() {
    for (text, reason) in [
        ("a,,\nb,", "row 2 has 2 columns"),
        ("a,,,", "row 1 has 4 columns"),
        ("a", "row 1 has 1 columns"),
        (",,", "row 1 has the path ``"),
        ("a\u{1}b,,", "a\\u{1}b"),
        ("\"a\nb\",,", "a\\nb"),
        ("a,sha1=00,", "for `a`: the algorithm `sha1`"),
        ("a,,+5", "the size `+5` for `a`"),
        ("a,,99999999999999999999", "no number"),
        ("a,,1\na,,2", "two different rows for `a`"),
    ] {
        let error = text.parse::<Record>().unwrap_err().to_string();
        assert!(error.contains(reason), "{text:?}: {error}");
    }
    assert!(matches!(
        Record::parse(b"\xff,,"),
        Err(RecordError::Csv { .. })
    ));
    let large = vec![b'\n'; MAX_RECORD_BYTES + 1];
    assert!(matches!(
        Record::parse(&large),
        Err(RecordError::TooLarge { .. })
    ));
    assert_eq!("a,,1\na,,1".parse::<Record>().unwrap().len(), 1);
}

#[test]
fn entries_of_contents() {
    let mut record: Record = [RecordEntry::of("a", b""), RecordEntry::bare("b")]
        .into_iter()
        .collect();
    assert_eq!(record.to_string(), format!("a,{EMPTY},0\nb,,\n"));
    assert_eq!(
        record.insert(RecordEntry::bare("a")),
        Some(RecordEntry::of("a", b""))
    );
    assert_eq!(record.remove("a"), Some(RecordEntry::bare("a")));
    assert!(record.get("a").is_none());
}
