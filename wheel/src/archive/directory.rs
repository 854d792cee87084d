//! The central directory: every entry as it is listed, checked on its own and against the others.

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
    check_clashes(&entries)?;
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

/// No two entries may end up in one place, on a file system that tells case apart or not.
fn check_clashes(entries: &[Entry]) -> Result<(), ArchiveError> {
    check_places(
        entries
            .iter()
            .map(|entry| (entry.name().to_owned(), entry))
            .collect(),
    )
}

/// The same for entries that end up at other places than their names say.
pub(crate) fn check_places(places: Vec<(String, &Entry)>) -> Result<(), ArchiveError> {
    // NUL is in no name and sorts before all else: a file is followed at once by what would have
    // to be inside of it.
    let mut keys: Vec<(String, &Entry)> = places
        .into_iter()
        .map(|(place, entry)| (name::folded(&place).replace('/', "\0"), entry))
        .collect();
    keys.sort_by(|(a, _), (b, _)| a.cmp(b));
    for pair in keys.windows(2) {
        let [(key, a), (next, b)] = pair else {
            continue;
        };
        let Some(rest) = next.strip_prefix(key.as_str()) else {
            continue;
        };
        let kind = match (rest.is_empty(), rest.starts_with('\0') && !a.is_dir) {
            (true, _) if a.is_dir != b.is_dir => ClashKind::FileAndFolder,
            (true, _) if a.name == b.name => ClashKind::Duplicate,
            // Two spellings of one folder are merged; nothing is lost.
            (true, _) if a.is_dir => continue,
            (true, _) => ClashKind::Case,
            (false, true) => ClashKind::FileAndFolder,
            (false, false) => continue,
        };
        return Err(ArchiveError::Clash {
            entry: a.shown(),
            other: b.shown(),
            kind,
        });
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
    let over = |what, found, limit| {
        let entry = "archive".to_owned();
        Err(ArchiveError::Limit {
            entry,
            what,
            found,
            limit,
        })
    };
    let total = entries
        .iter()
        .fold(0, |total: u64, entry| total.saturating_add(entry.size));
    if total > limits.total_bytes {
        return over("bytes unpacked", total, limits.total_bytes);
    }
    if total > limits.bomb_bytes && total > archive_bytes.saturating_mul(limits.bomb_ratio) {
        let ratio = total / archive_bytes.max(1);
        return over("times its own size unpacked", ratio, limits.bomb_ratio);
    }
    Ok(())
}
