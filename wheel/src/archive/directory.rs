//! The central directory: every entry as it is listed, checked on its own and against the others.

use std::borrow::Cow;

use super::end::End;
use super::entry::Entry;
use super::error::{ArchiveError, ClashKind, shown};
use super::extra;
use super::layout::{
    self, CentralHeader, DEFLATED, EFFORT, ENCRYPTED, Fields, STORED, STREAMED, UTF8,
};
use super::limits::Limits;
use super::name;

/// Parses and checks the whole directory. `bytes` are those of `end.directory`. The entries come
/// in the order of their places in the archive.
pub(crate) fn parse(bytes: &[u8], end: &End, limits: &Limits) -> Result<Vec<Entry>, ArchiveError> {
    let mut fields = Fields(bytes);
    // `End` has checked the number against the directory's length and the cap.
    let mut entries = Vec::with_capacity(usize::try_from(end.entries).unwrap_or(0));
    for index in 0..end.entries {
        let bad = |reason| ArchiveError::Directory { index, reason };
        let header = layout::central(&mut fields)
            .ok_or_else(|| bad("no header here, though the end record counts one"))?;
        entries.push(parse_entry(&header, &mut fields, index, limits)?);
    }
    if !fields.0.is_empty() {
        let reason = "more bytes than the end record counts entries";
        return Err(ArchiveError::Directory {
            index: end.entries,
            reason,
        });
    }
    check_places(entries.iter().map(|entry| Place {
        path: entry.name().into(),
        entry: entry.name(),
        is_dir: entry.is_dir,
    }))?;
    entries.sort_by_key(|entry| entry.offset);
    Ok(entries)
}

fn parse_entry(
    header: &CentralHeader,
    fields: &mut Fields<'_>,
    index: u64,
    limits: &Limits,
) -> Result<Entry, ArchiveError> {
    let cut = || ArchiveError::Directory {
        index,
        reason: "the header is cut off",
    };
    let common = header.common;
    let raw = fields.bytes(usize::from(common.name_len)).ok_or_else(cut)?;
    let extra = fields
        .bytes(usize::from(common.extra_len))
        .ok_or_else(cut)?;
    if header.comment_len != 0 {
        return Err(ArchiveError::Directory {
            index,
            reason: "the entry has a comment",
        });
    }
    if header.disk != 0 {
        return Err(ArchiveError::Directory {
            index,
            reason: "the entry is on another disk",
        });
    }
    check_flags(raw, common.flags)?;
    if !matches!(common.method, STORED | DEFLATED) {
        return Err(ArchiveError::Method {
            entry: shown(raw),
            method: common.method,
        });
    }
    let (path, is_dir) =
        name::check(raw, common.flags & UTF8 != 0, limits).map_err(|fault| ArchiveError::Name {
            entry: shown(raw),
            fault,
        })?;
    let entry = shown(raw);
    let zip64 = extra::zip64(extra, &entry)?;
    let [size, compressed, offset] = extra::widen(
        [common.size, common.compressed, header.offset],
        zip64,
        &entry,
    )?;
    let entry = Entry {
        name: path.into(),
        is_dir,
        flags: common.flags,
        method: common.method,
        crc: common.crc,
        compressed,
        size,
        mode: header.external >> 16,
        offset,
        data: 0,
    };
    entry.check_mode()?;
    entry.check_sizes()?;
    Ok(entry)
}

fn check_flags(raw: &[u8], flags: u16) -> Result<(), ArchiveError> {
    let (refused, reason) = if flags & ENCRYPTED != 0 {
        (flags & ENCRYPTED, "encrypted")
    } else {
        (flags & !(EFFORT | STREAMED | UTF8), "not used by wheels")
    };
    if refused == 0 {
        return Ok(());
    }
    Err(ArchiveError::Flags {
        entry: shown(raw),
        flags: refused,
        reason,
    })
}

/// A path that an entry is unpacked to.
pub(crate) struct Place<'a> {
    /// The path, by which places are compared.
    pub(crate) path: Cow<'a, str>,
    /// The entry's name, for messages.
    pub(crate) entry: &'a str,
    /// Whether it is a folder.
    pub(crate) is_dir: bool,
}

/// No two entries may end up in one place, on a file system that tells case apart or not, nor one
/// inside of another that is a file.
pub(crate) fn check_places<'a>(
    places: impl Iterator<Item = Place<'a>>,
) -> Result<(), ArchiveError> {
    // NUL is in no name and sorts before all else: a file is followed at once by what would have
    // to be inside of it.
    let mut keyed: Vec<(String, Place<'_>)> = places
        .map(|place| (name::folded(&place.path).replace('/', "\0"), place))
        .collect();
    keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
    for pair in keyed.windows(2) {
        let [(key, a), (next, b)] = pair else {
            continue;
        };
        let Some(rest) = next.strip_prefix(key.as_str()) else {
            continue;
        };
        let kind = match rest.chars().next() {
            None if a.is_dir != b.is_dir => ClashKind::FileAndFolder,
            None if a.path == b.path => ClashKind::Duplicate,
            // Two spellings of one folder are merged; nothing is lost.
            None if a.is_dir => continue,
            None => ClashKind::Case,
            Some('\0') if !a.is_dir => ClashKind::FileAndFolder,
            Some(_) => continue,
        };
        let (entry, other) = (shown(a.entry.as_bytes()), shown(b.entry.as_bytes()));
        return Err(ArchiveError::Clash { entry, other, kind });
    }
    Ok(())
}

/// The caps on all entries together, by what they claim; no entry can unpack to more than it
/// claims. `archive_bytes` is the length of the whole file.
pub(crate) fn check_totals(
    entries: &[Entry],
    archive_bytes: u64,
    limits: &Limits,
) -> Result<(), ArchiveError> {
    let total = entries
        .iter()
        .fold(0, |total: u64, entry| total.saturating_add(entry.size));
    limits.check_total(total, archive_bytes)
}
