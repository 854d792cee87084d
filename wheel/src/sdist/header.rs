//! One header block of a tar archive, each field in the one form that every reader takes alike.

use tar::{Header as Block, UstarHeader};

use crate::archive::error::shown;

use super::error::SdistError;

/// The length of every block.
pub(crate) const BLOCK_BYTES: usize = 512;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// PAX records about the next entry.
    Pax,
    /// PAX records about all that follow.
    GlobalPax,
}

/// What a header says.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    /// The name, with its prefix.
    pub(crate) name: Vec<u8>,
    pub(crate) size: u64,
    pub(crate) executable: bool,
}

impl Header {
    /// Reads a block that is not all zeros; `bytes` must be as long as one.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, SdistError> {
        let block = Block::from_byte_slice(bytes);
        let entry = || shown(&block.path_bytes());
        let bad = |reason| SdistError::Header {
            entry: entry(),
            reason,
        };
        // The layout of both formats up to the prefix; the casts of `tar` go by the magic.
        let gnu = block.as_gnu().is_some();
        let mut ustar_block = block.clone();
        if gnu {
            ustar_block.as_mut_bytes()[257..265].copy_from_slice(b"ustar\x0000");
        }
        let Some(fields) = ustar_block.as_ustar().filter(|_| is_known(bytes)) else {
            return Err(bad("it is in no format of today (ustar, PAX)"));
        };
        if octal(&fields.cksum) != Some(checksum(bytes)) {
            return Err(bad("the checksum of its header is wrong"));
        }
        let kind = kind(fields.typeflag[0]).map_err(|kind| SdistError::Kind {
            entry: entry(),
            kind,
        })?;
        // Here GNU's own format has times and the tables of sparse files.
        if gnu && bytes[345..].iter().any(|&byte| byte != 0) {
            return Err(bad("its header has fields of GNU's own format"));
        }
        let header = Self::of(kind, fields).map_err(bad)?;
        Ok(header)
    }

    fn of(kind: Kind, fields: &UstarHeader) -> Result<Self, &'static str> {
        let name = text(&fields.name).ok_or("there are bytes behind the end of its name")?;
        let prefix = text(&fields.prefix).ok_or("there are bytes behind the end of its prefix")?;
        if fields.linkname != [0; 100] {
            return Err("it is no link and names a target");
        }
        for field in [&fields.uid, &fields.gid] {
            if !is_owner(field) {
                return Err("its owner is no number");
            }
        }
        for field in [&fields.dev_major, &fields.dev_minor] {
            if !field.iter().all(|byte| matches!(byte, 0 | b' ')) && octal(field) != Some(0) {
                return Err("it is no device and has the numbers of one");
            }
        }
        octal(&fields.mtime).ok_or("its time is no octal number")?;
        let size = octal(&fields.size).ok_or("its size is no octal number")?;
        let mode = octal(&fields.mode).ok_or("its mode is no octal number")?;
        let format = mode & !0o7777;
        if format != 0
            && format
                != if kind == Kind::Folder {
                    0o040_000
                } else {
                    0o100_000
                }
        {
            return Err("its mode is that of another kind of file");
        }
        Ok(Self {
            kind,
            name: match prefix {
                b"" => name.to_vec(),
                _ => [prefix, b"/", name].concat(),
            },
            size,
            // What Python's `data` filter goes by.
            executable: mode & 0o100 != 0,
        })
    }
}

/// Whether the magic and version are those of ustar and PAX, or of GNU's format, which has the
/// same fields for all that an sdist may hold.
fn is_known(bytes: &[u8]) -> bool {
    matches!(&bytes[257..265], b"ustar\x0000" | b"ustar  \x00")
}

fn kind(flag: u8) -> Result<Kind, &'static str> {
    match flag {
        b'0' => Ok(Kind::File),
        b'5' => Ok(Kind::Folder),
        b'x' => Ok(Kind::Pax),
        b'g' => Ok(Kind::GlobalPax),
        0 => Err("a file of the old format, which some readers take for a folder"),
        b'1' => Err("a hard link"),
        b'2' => Err("a symbolic link"),
        b'3' | b'4' => Err("a device"),
        b'6' => Err("a named pipe"),
        b'7' => Err("a contiguous file"),
        b'S' => Err("a sparse file"),
        b'K' | b'L' => Err("a long name in GNU's own format"),
        _ => Err("of a kind that is not in the standard"),
    }
}

/// The sum of all bytes, those of the sum itself taken for spaces.
fn checksum(bytes: &[u8]) -> u64 {
    let sum = bytes.iter().enumerate().map(|(at, &byte)| match at {
        148..156 => u64::from(b' '),
        _ => u64::from(byte),
    });
    sum.sum()
}

/// An octal number: spaces, digits, then spaces or NULs. No sign, no binary form.
fn octal(field: &[u8]) -> Option<u64> {
    let padding = |byte: &u8| matches!(byte, b' ' | 0);
    let start = field.iter().take_while(|&&byte| byte == b' ').count();
    let end = field.len() - field.iter().rev().take_while(|byte| padding(byte)).count();
    let digits = field.get(start..end).filter(|digits| !digits.is_empty())?;
    digits.iter().try_fold(0_u64, |number, digit| match digit {
        b'0'..=b'7' => number.checked_mul(8)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

/// Owners are not looked at, but must be such that no reader stops at them: an octal number, GNU's
/// binary form of a large one, or nothing.
fn is_owner(field: &[u8]) -> bool {
    field[0] == 0x80 || field.iter().all(|byte| matches!(byte, 0 | b' ')) || octal(field).is_some()
}

/// A text with NULs behind it alone.
fn text(field: &[u8]) -> Option<&[u8]> {
    let end = field
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(field.len());
    let (text, rest) = field.split_at(end);
    rest.iter().all(|&byte| byte == 0).then_some(text)
}
