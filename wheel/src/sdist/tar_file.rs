//! The tar archive inside: its entries one after another, up to its end and nothing behind it.

use std::ops::Range;

use crate::archive::Limits;
use crate::archive::error::shown;

use super::error::SdistError;
use super::header::{BLOCK_BYTES, Header, Kind};
use super::pax::{self, MAX_PAX_BYTES, Pax};

/// A file or a folder.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Its name as it stands in the archive.
    pub(crate) name: Vec<u8>,
    /// Whether the name is from a PAX record, and so UTF-8 for sure.
    pub(crate) utf8: bool,
    pub(crate) is_dir: bool,
    pub(crate) executable: bool,
    /// The place of its bytes.
    pub(crate) data: Range<usize>,
}

/// All entries.
pub(crate) fn entries(tar: &[u8], limits: &Limits) -> Result<Vec<Entry>, SdistError> {
    if !tar.len().is_multiple_of(BLOCK_BYTES) {
        return Err(cut_off("within a block"));
    }
    let mut walk = Walk { tar, at: 0 };
    let mut entries = Vec::new();
    let mut count = 0;
    let mut pending: Option<(Pax, Vec<u8>)> = None;
    while let Some(header) = walk.header()? {
        count += 1;
        limits.check_entries(count)?;
        let data = walk.data(&header)?;
        match header.kind {
            Kind::Pax | Kind::GlobalPax if pending.is_some() => {
                return Err(bad(&header.name, "PAX records stand before others"));
            }
            Kind::Pax => {
                let pax = Pax::parse(records(tar, &header, &data)?, &header.name)?;
                pending = Some((pax, header.name));
            }
            Kind::GlobalPax => pax::check_global(records(tar, &header, &data)?, &header.name)?,
            Kind::File | Kind::Folder => {
                let (pax, _) = pending.take().unwrap_or_default();
                entries.push(entry(header, pax, data)?);
            }
        }
    }
    if let Some((_, name)) = pending {
        return Err(bad(&name, "PAX records stand before nothing"));
    }
    Ok(entries)
}

fn entry(header: Header, pax: Pax, data: Range<usize>) -> Result<Entry, SdistError> {
    let utf8 = pax.path.is_some();
    let name = pax.path.unwrap_or(header.name);
    // Readers differ in which size they go by, and so in where the next entry begins.
    if pax.size.is_some_and(|size| size != header.size) {
        return Err(SdistError::Pax {
            entry: shown(&name),
            key: shown(b"size"),
            reason: "differs from its header",
        });
    }
    let is_dir = header.kind == Kind::Folder;
    if is_dir && header.size != 0 {
        return Err(bad(&name, "it is a folder and has a size"));
    }
    Ok(Entry {
        name,
        utf8,
        is_dir,
        executable: header.executable,
        data,
    })
}

fn records<'a>(
    tar: &'a [u8],
    header: &Header,
    data: &Range<usize>,
) -> Result<&'a [u8], SdistError> {
    if header.size > MAX_PAX_BYTES {
        return Err(bad(&header.name, "its PAX records are too long"));
    }
    Ok(&tar[data.clone()])
}

fn bad(name: &[u8], reason: &'static str) -> SdistError {
    SdistError::Header {
        entry: shown(name),
        reason,
    }
}

fn cut_off(place: &str) -> SdistError {
    SdistError::Truncated {
        place: place.to_owned(),
    }
}

struct Walk<'a> {
    tar: &'a [u8],
    at: usize,
}

impl Walk<'_> {
    /// The next header, `None` at the end.
    fn header(&mut self) -> Result<Option<Header>, SdistError> {
        let rest = &self.tar[self.at..];
        let Some((block, behind)) = rest.split_at_checked(BLOCK_BYTES) else {
            return Err(cut_off("before its end, two blocks of zeros"));
        };
        if is_zero(block) {
            return match behind.get(..BLOCK_BYTES) {
                None => Err(cut_off("within its end, two blocks of zeros")),
                // One block alone is the end to some readers and a gap to others.
                Some(_) if is_zero(behind) => Ok(None),
                Some(_) => Err(SdistError::Trailing),
            };
        }
        self.at += BLOCK_BYTES;
        Header::parse(block).map(Some)
    }

    /// The place of an entry's bytes; goes behind them.
    fn data(&mut self, header: &Header) -> Result<Range<usize>, SdistError> {
        let end = usize::try_from(header.size)
            .ok()
            .and_then(|size| self.at.checked_add(size));
        let next = end.and_then(|end| end.checked_next_multiple_of(BLOCK_BYTES));
        let (Some(end), Some(next)) = (end, next.filter(|&next| next <= self.tar.len())) else {
            return Err(cut_off(&format!("within entry {}", shown(&header.name))));
        };
        if !is_zero(&self.tar[end..next]) {
            return Err(bad(
                &header.name,
                "there are bytes behind the end of its data",
            ));
        }
        let data = self.at..end;
        self.at = next;
        Ok(data)
    }
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0)
}
