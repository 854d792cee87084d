//! Metadata by ranges: the part of the archive that it looks at must be as sound.

use wheel::WheelFilename;
use wheel::archive::{ArchiveError, Limits, MetadataFinder, Step, WheelError};

use crate::demo::{DIST_INFO, Demo, metadata};
use crate::forge::{File, Zip};

/// The metadata as a server that has these bytes would give it.
pub(crate) fn found_by_ranges(
    bytes: &[u8],
    filename: &WheelFilename,
) -> Result<Vec<u8>, WheelError> {
    let mut finder = MetadataFinder::new(filename, Some(bytes.len() as u64), Limits::default());
    loop {
        match finder.step()? {
            Step::Done(metadata) => return Ok(metadata),
            Step::NeedTail(_) => panic!("the length is known"),
            Step::NeedRange { start, end } => {
                // Nothing here is as long, whatever the archive claims.
                assert!(end - start < 500_000, "{start}..{end}");
                let (from, to) = (start.try_into().unwrap(), end.try_into().unwrap());
                let range: std::ops::Range<usize> = from..to;
                finder.feed(start, &bytes[range])?;
            }
        }
    }
}

/// What is done to the entry of `METADATA`, and how it must be refused.
type Case = (fn(&mut File), fn(&ArchiveError) -> bool);

const CASES: &[Case] = &[
    (
        |file| {
            file.stream(true, false);
            file.after[4] ^= 1;
        },
        |error| matches!(error, ArchiveError::Descriptor { .. }),
    ),
    (
        |file| file.after = b"evil".to_vec(),
        |error| matches!(error, ArchiveError::Framing { .. }),
    ),
    (
        |file| file.after = vec![0; 1 << 20],
        |error| matches!(error, ArchiveError::Framing { .. }),
    ),
    (
        |file| file.both(|header| header.compressed += 1),
        |error| matches!(error, ArchiveError::Framing { .. }),
    ),
    (
        |file| file.both(|header| header.crc ^= 1),
        |error| matches!(error, ArchiveError::Crc { .. }),
    ),
    (
        |file| file.local.size += 1,
        |error| matches!(error, ArchiveError::Mismatch { .. }),
    ),
    (
        |file| file.offset = Some(3),
        |error| matches!(error, ArchiveError::Framing { .. }),
    ),
    (
        |file| file.offset = Some(u32::MAX - 1),
        |error| matches!(error, ArchiveError::Framing { .. }),
    ),
    (
        |file| file.external = 0o120_777 << 16,
        |error| matches!(error, ArchiveError::Mode { .. }),
    ),
];

fn found(zip: &Zip) -> Result<Vec<u8>, WheelError> {
    let demo = Demo::default();
    let filename: WheelFilename = demo.filename.parse().unwrap();
    found_by_ranges(&zip.bytes(), &filename)
}

#[test]
fn an_entry_that_lies_is_refused() {
    let path = format!("{DIST_INFO}/METADATA");
    for (i, (harm, refused)) in CASES.iter().enumerate() {
        let mut zip = Demo::default().zip();
        assert_eq!(found(&zip).unwrap(), metadata("demo", "1.0"));
        harm(zip.file(&path));
        match found(&zip) {
            Err(WheelError::Archive(error)) if refused(&error) => {}
            other => panic!("case {i}: {other:?}"),
        }
    }
}

#[test]
fn a_streaming_writer_is_understood() {
    let path = format!("{DIST_INFO}/METADATA");
    for (signed, wide) in [(true, false), (true, true), (false, false)] {
        let mut zip = Demo::default().zip();
        zip.file(&path).stream(signed, wide);
        assert_eq!(found(&zip).unwrap(), metadata("demo", "1.0"));
    }
}
