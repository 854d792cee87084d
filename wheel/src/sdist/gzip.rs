//! The gzip file around the tar archive: one member, nothing else, and no zip archive as well.

use std::io::Read;

use flate2::bufread::GzDecoder;

use crate::archive::Limits;

use super::error::SdistError;

/// Bytes that are unpacked before the caps are looked at again.
const CHUNK_BYTES: usize = 128 * 1024;
/// Flags of a gzip header: an extra field. No builder writes one, and data can hide in it.
const EXTRA: u8 = 0x04;
/// A zip archive's end record: its signature, its length, and the longest comment behind it.
const END: &[u8; 4] = b"PK\x05\x06";
const END_BYTES: usize = 22;
const COMMENT_BYTES: usize = 65_535;
/// The signature and length of what stands before the end record of a ZIP64 archive. Some readers go
/// by it whatever the end record says.
const LOCATOR: &[u8; 4] = b"PK\x06\x07";
const LOCATOR_BYTES: usize = 20;
/// The signature of an entry in a zip archive's directory.
const DIRECTORY: &[u8; 4] = b"PK\x01\x02";

/// Unpacks a file that is one gzip member and no zip archive.
pub(crate) fn unpack(packed: &[u8], limits: &Limits) -> Result<Vec<u8>, SdistError> {
    if !packed.starts_with(b"\x1f\x8b") {
        let reason = "it does not begin as one";
        return Err(SdistError::Gzip { reason });
    }
    if packed.get(3).is_some_and(|flags| flags & EXTRA != 0) {
        let reason = "its header has an extra field";
        return Err(SdistError::Gzip { reason });
    }
    check_no_zip(packed)?;
    let mut decoder = GzDecoder::new(packed);
    let mut unpacked = Vec::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = decoder.read(&mut chunk).map_err(|_| SdistError::Gzip {
            reason: "its data is broken or cut off",
        })?;
        if read == 0 {
            break;
        }
        unpacked.extend_from_slice(&chunk[..read]);
        limits.check_total(unpacked.len() as u64, packed.len() as u64)?;
    }
    if !decoder.into_inner().is_empty() {
        let reason = "there are bytes behind its end";
        return Err(SdistError::Gzip { reason });
    }
    Ok(unpacked)
}

/// Refuses what a zip reader would open.
///
/// Readers look for an end record in the last 64 KiB, some take a comment that is cut off, and all
/// look for the directory before it. Four bytes alone are found by chance in one of 65,000 files,
/// so what they point to must be there too.
pub(crate) fn check_no_zip(packed: &[u8]) -> Result<(), SdistError> {
    let from = packed.len().saturating_sub(END_BYTES + COMMENT_BYTES);
    let tail = &packed[from..];
    let ends = tail
        .windows(END_BYTES)
        .enumerate()
        .filter(|(_, record)| record.starts_with(END));
    for (at, record) in ends {
        if points_to_a_directory(packed, from + at, record) {
            return Err(SdistError::AlsoZip);
        }
    }
    Ok(())
}

/// Whether the end record at `at` has a directory, before itself or where it says.
fn points_to_a_directory(packed: &[u8], at: usize, record: &[u8]) -> bool {
    let number = |from: usize| {
        let bytes = record[from..from + 4].try_into().unwrap_or_default();
        u32::from_le_bytes(bytes)
    };
    let (size, offset) = (number(12), number(16));
    // An empty archive, or one whose true numbers are in a ZIP64 record.
    if size == 0 || size == u32::MAX || offset == u32::MAX {
        return true;
    }
    let is_at = |place: Option<usize>, signature: &[u8]| {
        place
            .and_then(|place| packed.get(place..))
            .is_some_and(|bytes| bytes.starts_with(signature))
    };
    let before = |bytes: u32| {
        usize::try_from(bytes)
            .ok()
            .and_then(|bytes| at.checked_sub(bytes))
    };
    is_at(at.checked_sub(LOCATOR_BYTES), LOCATOR)
        || is_at(before(size), DIRECTORY)
        || is_at(usize::try_from(offset).ok(), DIRECTORY)
}
