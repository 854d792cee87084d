use super::{MetadataFinder, Step};
use crate::WheelFilename;
use crate::archive::{ArchiveError, Limits, WheelError, WheelWriter};

const NAME: &str = "demo-1.0-py3-none-any.whl";

fn filename() -> WheelFilename {
    NAME.parse().unwrap()
}

/// Bytes that do not compress.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    (0..len).map(|_| next()).collect()
}

fn wheel(files: usize, bytes: usize, description: usize) -> (Vec<u8>, String) {
    let text: String = noise(description)
        .iter()
        .map(|b| char::from(b'a' + b % 26))
        .collect();
    let metadata = format!("Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\n{text}");
    let mut writer = WheelWriter::new(&filename()).metadata(metadata.clone());
    for i in 0..files {
        writer = writer.file(format!("demo/file_{i}.bin"), noise(bytes), false);
    }
    (writer.finish().unwrap(), metadata)
}

/// Serves exactly what is asked for; gives the metadata and the ranges.
fn served(bytes: &[u8], total: Option<u64>) -> Result<(Vec<u8>, Vec<u64>), WheelError> {
    let mut finder = MetadataFinder::new(&filename(), total, Limits::default());
    let mut asked = Vec::new();
    loop {
        let (start, end) = match finder.step()? {
            Step::Done(metadata) => return Ok((metadata, asked)),
            Step::NeedRange { start, end } => (start, end),
            Step::NeedTail(len) => {
                let total = bytes.len() as u64;
                finder.feed_total(total)?;
                (total.saturating_sub(len), total)
            }
        };
        asked.push(end - start);
        let range = usize::try_from(start).unwrap()..usize::try_from(end).unwrap();
        finder.feed(start, &bytes[range])?;
    }
}

#[test]
fn few_requests_find_it() {
    for (files, bytes, description, requests) in [
        (3, 10, 100, 1),
        (3, 200_000, 5_000, 1),
        // A directory that is longer than the first request.
        (1_500, 300, 5_000, 2),
        // Metadata that is longer.
        (3, 200_000, 200_000, 2),
        // Both.
        (1_500, 300, 300_000, 3),
    ] {
        let (wheel, metadata) = wheel(files, bytes, description);
        for total in [None, Some(wheel.len() as u64)] {
            let (found, asked) = served(&wheel, total).unwrap();
            assert!(found == metadata.as_bytes());
            assert_eq!(
                asked.len(),
                requests,
                "{files} {bytes} {description}: {asked:?}"
            );
            let most = 2 * description as u64 + 100 * files as u64 + 100_000;
            assert!(asked.iter().sum::<u64>() <= most, "{asked:?}");
        }
    }
}

#[test]
fn metadata_is_found_wherever_it_is() {
    let metadata = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n";
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in [
        ("demo-1.0.dist-info/METADATA", metadata.to_vec()),
        ("zeta.bin", noise(300_000)),
    ] {
        zip.start_file(name, options).unwrap();
        std::io::Write::write_all(&mut zip, &bytes).unwrap();
    }
    let (found, asked) = served(&zip.finish().unwrap().into_inner(), None).unwrap();
    assert_eq!((found.as_slice(), asked.len()), (&metadata[..], 2));
}

#[test]
fn a_server_may_send_more_than_asked_for() {
    let (wheel, metadata) = wheel(3, 100_000, 100);
    let mut finder = MetadataFinder::new(&filename(), None, Limits::default());
    assert!(matches!(finder.step(), Ok(Step::NeedTail(_))));
    finder.feed_total(wheel.len() as u64).unwrap();
    finder.feed(0, &wheel).unwrap();
    assert_eq!(finder.step().unwrap(), Step::Done(metadata.into_bytes()));
}

#[test]
fn a_server_that_does_not_keep_to_it_is_an_error() {
    let (wheel, _) = wheel(3, 100_000, 100);
    let total = wheel.len() as u64;
    let transfer = |error: &WheelError| matches!(error, WheelError::Transfer { .. });

    let mut finder = MetadataFinder::new(&filename(), Some(total), Limits::default());
    assert!(transfer(&finder.feed_total(total + 1).unwrap_err()));
    assert!(transfer(&finder.feed(total - 1, b"ab").unwrap_err()));
    assert!(transfer(&finder.feed(u64::MAX, b"ab").unwrap_err()));
    let mut unknown = MetadataFinder::new(&filename(), None, Limits::default());
    assert!(transfer(&unknown.feed(0, b"ab").unwrap_err()));

    // One that always sends nothing, or something else, is not asked for ever.
    for (start, end) in [(0, 0), (0, 100)] {
        let mut finder = MetadataFinder::new(&filename(), Some(total), Limits::default());
        let error = (0..20)
            .find_map(|_| match finder.step() {
                Err(error) => Some(error),
                Ok(_) => finder.feed(start, &wheel[..end]).err(),
            })
            .unwrap();
        assert!(transfer(&error), "{error}");
    }

    // Other bytes than the file's.
    let mut finder = MetadataFinder::new(&filename(), Some(total), Limits::default());
    finder.feed(0, &vec![0; wheel.len()]).unwrap();
    let error = finder.step().unwrap_err();
    assert!(
        matches!(error, WheelError::Archive(ArchiveError::NotAZip)),
        "{error}"
    );
    let error = served(b"", Some(0)).unwrap_err();
    assert!(
        matches!(error, WheelError::Archive(ArchiveError::NotAZip)),
        "{error}"
    );
}

#[test]
fn it_is_as_strict_as_the_archive() {
    let (wheel, _) = wheel(3, 100, 100);
    let other: WheelFilename = "demo-1.1-py3-none-any.whl".parse().unwrap();
    let mut finder = MetadataFinder::new(&other, Some(wheel.len() as u64), Limits::default());
    finder.feed(0, &wheel).unwrap();
    let error = finder.step().unwrap_err();
    assert!(
        matches!(error, WheelError::ForeignDistInfo { .. }),
        "{error}"
    );

    let limits = Limits {
        metadata_bytes: 40,
        ..Limits::default()
    };
    let mut finder = MetadataFinder::new(&filename(), Some(wheel.len() as u64), limits);
    finder.feed(0, &wheel).unwrap();
    let error = finder.step().unwrap_err();
    assert!(
        matches!(error, WheelError::Archive(ArchiveError::Limit { .. })),
        "{error}"
    );

    // The local header's name is not the directory's.
    let at = wheel.windows(9).position(|w| w == b"/METADATA").unwrap();
    let mut lie = wheel.clone();
    lie[at + 1] = b'm';
    let error = served(&lie, None).unwrap_err();
    assert!(
        matches!(error, WheelError::Archive(ArchiveError::Mismatch { .. })),
        "{error}"
    );

    let empty = WheelWriter::new(&filename()).metadata("").finish().unwrap();
    assert_eq!(served(&empty, None).unwrap().0, b"");
}
