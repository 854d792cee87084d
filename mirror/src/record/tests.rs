use super::*;
use resolver::LockedSource;

fn arrived(name: &str, source: &str, listing: Option<Listing>) -> Arrived {
    let sha256 = Sha256::of(name.as_bytes()).to_string();
    Arrived {
        wanted: Wanted {
            sha256,
            filename: format!("{name}-1.0-py3-none-any.whl"),
            name: name.parse().unwrap(),
            version: "1.0".into(),
            source: LockedSource::IndexName(source.into()),
            url: format!("https://example.org/{source}/{name}"),
            size: None,
            requires_python: None,
            publishers: Vec::new(),
        },
        size: 7,
        metadata: None,
        requires_python: None,
        key: Some("0123456789abcdef".into()),
        listing,
        provenance: None,
    }
}

fn entry(lock: &str, files: &[Arrived]) -> LockEntry {
    LockEntry {
        lock_sha256: lock.into(),
        files: files
            .iter()
            .map(|file| file.wanted.sha256.clone())
            .collect(),
        ..LockEntry::default()
    }
}

fn add(record: &mut Record, project: &str, lock: &str, files: Vec<Arrived>) {
    record.add(project, entry(lock, &files), files);
}

fn names(record: &Record) -> Vec<&str> {
    let mut all: Vec<&str> = record.files.values().map(|file| &*file.name).collect();
    all.sort_unstable();
    all
}

#[test]
fn the_order_of_locks_does_not_matter() {
    let first = |record: &mut Record| {
        add(
            record,
            "one",
            "1",
            vec![arrived("a", "x", None), arrived("b", "x", None)],
        );
    };
    let second = |record: &mut Record| {
        add(
            record,
            "two",
            "2",
            vec![arrived("a", "w", None), arrived("c", "x", None)],
        );
    };
    let (mut record, mut turned) = (Record::default(), Record::default());
    first(&mut record);
    second(&mut record);
    second(&mut turned);
    first(&mut turned);
    assert_eq!(record, turned);
    assert_eq!(names(&record), ["a", "b", "c"]);
    let a = record.files.values().find(|file| file.name == "a").unwrap();
    assert_eq!((&*a.source, a.origins.len()), ("w", 2));
}

#[test]
fn pruning_leaves_what_was_never_changed() {
    let mut record = Record::default();
    add(
        &mut record,
        "one",
        "1",
        vec![arrived("a", "x", None), arrived("b", "x", None)],
    );
    record.add_list("one", "0123456789abcdef/list.json", Some(&"0".repeat(64)));
    add(&mut record, "two", "2", vec![arrived("b", "y", None)]);
    let mut changed = record.clone();
    add(&mut changed, "one", "3", vec![arrived("c", "x", None)]);
    assert_eq!(names(&changed), ["a", "b", "c"]);
    changed.prune();
    let mut fresh = Record::default();
    add(&mut fresh, "two", "2", vec![arrived("b", "y", None)]);
    add(&mut fresh, "one", "3", vec![arrived("c", "x", None)]);
    assert_eq!(changed, fresh);
    record.prune();
    assert_eq!(record.lists.len(), 1);
    assert_eq!(names(&record), ["a", "b"]);
}

#[test]
fn what_an_index_said_is_kept_until_it_says_more() {
    let listing = |yanked: Option<&str>| Listing {
        yanked: yanked.map(str::to_owned),
        ..Listing::default()
    };
    let mut record = Record::default();
    let said = |record: &Record| {
        record.files.values().next().unwrap().origins[0]
            .listing
            .clone()
    };
    add(
        &mut record,
        "one",
        "1",
        vec![arrived("a", "x", Some(listing(None)))],
    );
    add(&mut record, "one", "2", vec![arrived("a", "x", None)]);
    assert_eq!(said(&record), Some(listing(None)));
    add(
        &mut record,
        "one",
        "2",
        vec![arrived("a", "x", Some(listing(Some("bad"))))],
    );
    assert_eq!(said(&record), Some(listing(Some("bad"))));
}

/// Of two locks one has the publisher of a file; then it has it no more.
#[test]
fn objects_are_there_as_long_as_a_lock_needs_them() {
    let with = |sha256: &str| {
        let mut file = arrived("a", "x", None);
        file.provenance = Some(ProvenanceEntry {
            url: "https://example.org/p".into(),
            sha256: sha256.repeat(64),
            size: 7,
            locks: BTreeSet::new(),
        });
        file
    };
    let mut record = Record::default();
    add(&mut record, "one", "1", vec![with("1")]);
    add(&mut record, "two", "1", vec![arrived("a", "x", None)]);
    let object = |record: &Record| {
        let file = record.files.values().next().unwrap();
        let object = file.origins[0].provenance.clone()?;
        Some((object.sha256[..1].to_owned(), object.locks.len()))
    };
    assert_eq!(object(&record), Some(("1".into(), 1)));
    add(&mut record, "two", "2", vec![with("2")]);
    assert_eq!(object(&record), Some(("2".into(), 2)));
    let text = record.render();
    assert_eq!(Record::parse(text.as_bytes()), Ok(record.clone()));
    let mut hostile = record.clone();
    for file in hostile.files.values_mut() {
        let object = file.origins[0].provenance.as_mut().unwrap();
        object.sha256 = "../../x".into();
    }
    assert!(Record::parse(hostile.render().as_bytes()).is_err());
    add(&mut record, "one", "2", vec![arrived("a", "x", None)]);
    assert_eq!(object(&record), Some(("2".into(), 1)));
    add(&mut record, "two", "3", vec![arrived("a", "x", None)]);
    assert_eq!(object(&record), None);
}

#[test]
fn a_record_is_read_as_it_was_written_or_not_at_all() {
    let mut record = Record::default();
    add(&mut record, "one", "1", vec![arrived("a", "x", None)]);
    let text = record.render();
    assert_eq!(Record::parse(text.as_bytes()), Ok(record.clone()));
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        assert!(Record::parse(&bytes).is_err(), "byte {at}");
    }
    let newer = r#"{"version": 2, "locks": 1}"#;
    assert_eq!(Record::parse(newer.as_bytes()), Err(RecordError::Format(2)));
    for bad in ["../../x", ".hidden", "a/b", "a\\b", "", "é"] {
        let mut record = record.clone();
        for file in record.files.values_mut() {
            file.filename = bad.into();
        }
        let parsed = Record::parse(record.render().as_bytes());
        assert!(matches!(parsed, Err(RecordError::Invalid(_))), "{bad}");
    }
}
