//! Local headers and data descriptors: they must say what the central directory says.

use super::entry::Entry;
use super::error::ArchiveError;
use super::extra;
use super::layout::{self, DESCRIPTOR, EFFORT, Fields, LOCAL_BYTES, STREAMED};

/// The longest data descriptor: signed, with wide sizes.
pub(crate) const DESCRIPTOR_MOST: u64 = 24;

/// How many bytes of a local header to read at first: its fixed part, the name, and as many extra
/// fields as real writers make.
pub(crate) fn header_guess(entry: &Entry) -> u64 {
    (LOCAL_BYTES + entry.raw_len() + 64) as u64
}

/// What a local header adds to the central directory.
#[derive(Debug)]
pub(crate) struct Local {
    /// The length of the header, name and extra fields included.
    pub(crate) len: u64,
    /// Whether it has a ZIP64 field, which makes the sizes of a data descriptor wide.
    pub(crate) zip64: bool,
}

/// The length of the header that `bytes` start with; `None` where they start with none.
pub(crate) fn header_len(bytes: &[u8]) -> Option<u64> {
    let header = layout::local(&mut Fields(bytes))?;
    Some(LOCAL_BYTES as u64 + u64::from(header.name_len) + u64::from(header.extra_len))
}

/// Compares the local header at the start of `bytes`, which reach at least to its end, with the
/// central directory's.
pub(crate) fn check_header(bytes: &[u8], entry: &Entry) -> Result<Local, ArchiveError> {
    let differ = |field| ArchiveError::Mismatch {
        entry: entry.shown(),
        field,
    };
    let missing = || ArchiveError::Framing {
        entry: entry.shown(),
        reason: "no local header at its place",
    };
    let mut fields = Fields(bytes);
    let header = layout::local(&mut fields).ok_or_else(missing)?;
    let name = fields
        .bytes(usize::from(header.name_len))
        .ok_or_else(missing)?;
    let extra = fields
        .bytes(usize::from(header.extra_len))
        .ok_or_else(missing)?;
    if !name.iter().copied().eq(entry.raw_name()) {
        return Err(differ("the name"));
    }
    if (header.flags ^ entry.flags) & !EFFORT != 0 {
        return Err(differ("the flags"));
    }
    if header.method != entry.method {
        return Err(differ("the compression method"));
    }
    let zip64 = extra::zip64(extra, &entry.shown())?;
    let [size, compressed] = extra::widen([header.size, header.compressed], zip64, &entry.shown())?;
    // A streaming writer does not know them yet and leaves them 0.
    let open = entry.flags & STREAMED != 0 && (header.crc, size, compressed) == (0, 0, 0);
    if !open {
        for (same, field) in [
            (header.crc == entry.crc, "the CRC-32"),
            (size == entry.size, "the unpacked size"),
            (compressed == entry.compressed, "the packed size"),
        ] {
            if !same {
                return Err(differ(field));
            }
        }
    } else if !entry.deflated() && entry.size != 0 {
        // Only deflate says itself where it ends; a reader that goes forwards could be led astray.
        return Err(ArchiveError::Descriptor {
            entry: entry.shown(),
            reason: "on stored data of unknown length",
        });
    }
    Ok(Local {
        len: bytes.len() as u64 - fields.0.len() as u64,
        zip64: zip64.is_some(),
    })
}

/// Compares a data descriptor with the central directory. `bytes` are all bytes between the data
/// and the next header.
pub(crate) fn check_descriptor(
    bytes: &[u8],
    entry: &Entry,
    zip64: bool,
) -> Result<(), ArchiveError> {
    let bad = |reason| ArchiveError::Descriptor {
        entry: entry.shown(),
        reason,
    };
    let wide = match bytes.len() {
        12 | 16 => false,
        20 | 24 => true,
        _ => return Err(bad("not of the length of one")),
    };
    if wide != zip64 {
        return Err(bad(
            "its sizes are not of the width that the local header announces",
        ));
    }
    let mut fields = Fields(bytes);
    let signed = matches!(bytes.len(), 16 | 24);
    if signed && fields.u32() != Some(DESCRIPTOR) {
        return Err(bad("not of the length of one"));
    }
    if !signed && entry.crc == DESCRIPTOR {
        return Err(bad("can be read in two ways"));
    }
    let crc = fields.u32();
    let mut sizes = || {
        if wide {
            fields.u64()
        } else {
            fields.u32().map(u64::from)
        }
    };
    let (compressed, size) = (sizes(), sizes());
    let expected = (Some(entry.crc), Some(entry.compressed), Some(entry.size));
    if (crc, compressed, size) != expected {
        return Err(bad("it differs from the central directory"));
    }
    Ok(())
}
