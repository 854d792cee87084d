//! The records of a PAX header (POSIX.1-2001): `length key=value\n`.

use crate::archive::error::shown;

use super::error::SdistError;

/// The longest header that is read. A path and a few numbers take less than a thousandth of it.
pub(crate) const MAX_PAX_BYTES: u64 = 1 << 20;

/// What the header in front of an entry changes about it.
#[derive(Debug, Default)]
pub(crate) struct Pax {
    /// In place of the name in the entry's own header.
    pub(crate) path: Option<Vec<u8>>,
    /// The size, which must be that of the entry's own header.
    pub(crate) size: Option<u64>,
}

impl Pax {
    /// Reads the records in front of one entry; `entry` is the name of their own, for messages.
    pub(crate) fn parse(records: &[u8], entry: &[u8]) -> Result<Self, SdistError> {
        let mut pax = Self::default();
        let mut seen: Vec<&[u8]> = Vec::new();
        for record in Records(records) {
            let (key, value) = record.map_err(|reason| error(entry, b"", reason))?;
            if seen.contains(&key) {
                return Err(error(entry, key, "is there twice"));
            }
            seen.push(key);
            pax.take(key, value)
                .map_err(|reason| error(entry, key, reason))?;
        }
        Ok(pax)
    }

    fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), &'static str> {
        match key {
            b"path" if value.is_empty() => return Err("is empty"),
            b"path" => self.path = Some(value.to_vec()),
            b"size" => {
                let size = number(value).ok_or("is no decimal number")?;
                self.size = Some(size);
            }
            b"mtime" | b"atime" | b"ctime" if !is_time(value) => return Err("is no time"),
            b"uid" | b"gid" if number(value).is_none() => return Err("is no decimal number"),
            // They say when and by whom a file was made, and change nothing about it.
            b"mtime" | b"atime" | b"ctime" | b"uid" | b"gid" | b"uname" | b"gname" | b"comment" => {
            }
            _ => return Err("is none that a source distribution needs"),
        }
        Ok(())
    }
}

/// Checks the records about all entries that follow: nothing but comments, which `git archive`
/// writes.
pub(crate) fn check_global(records: &[u8], entry: &[u8]) -> Result<(), SdistError> {
    for record in Records(records) {
        let (key, _) = record.map_err(|reason| error(entry, b"", reason))?;
        if key != b"comment" {
            return Err(error(entry, key, "would hold for all entries that follow"));
        }
    }
    Ok(())
}

fn error(entry: &[u8], key: &[u8], reason: &'static str) -> SdistError {
    SdistError::Pax {
        entry: shown(entry),
        key: shown(key),
        reason,
    }
}

/// Cuts the records; ends at the first that is malformed.
struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = Result<(&'a [u8], &'a [u8]), &'static str>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let cut = self.cut().ok_or("is not of the form `length key=value`");
        if cut.is_err() {
            self.0 = b"";
        }
        Some(cut)
    }
}

impl<'a> Records<'a> {
    fn cut(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let digits = self.0.iter().position(|&byte| byte == b' ')?;
        let length = usize::try_from(number(&self.0[..digits])?).ok()?;
        let (record, rest) = self.0.split_at_checked(length)?;
        let text = record.get(digits + 1..)?.strip_suffix(b"\n")?;
        let equals = text.iter().position(|&byte| byte == b'=')?;
        let (key, value) = (&text[..equals], &text[equals + 1..]);
        if key.is_empty() || text.contains(&0) {
            return None;
        }
        self.0 = rest;
        Some((key, value))
    }
}

/// A decimal number in its one shortest form.
fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() || (text.len() > 1 && text[0] == b'0') {
        return None;
    }
    text.iter().try_fold(0_u64, |number, digit| match digit {
        b'0'..=b'9' => number.checked_mul(10)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

/// Seconds since 1970: digits, with a sign or a fraction or neither.
fn is_time(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let mut parts = text.splitn(2, |&byte| byte == b'.');
    let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    parts.next().is_some_and(digits) && parts.next().is_none_or(digits)
}

/// A record with its length, which counts its own digits.
pub(crate) fn record(key: &str, value: &str) -> Vec<u8> {
    // A space, `=` and the line's end.
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    format!("{length} {key}={value}\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::{Pax, record};

    #[test]
    fn records_count_their_own_digits() {
        assert_eq!(record("path", "a"), b"9 path=a\n");
        assert_eq!(record("path", ""), b"8 path=\n");
        for length in 0..1100 {
            let path = "a".repeat(length);
            let bytes = record("path", &path);
            assert!(bytes.starts_with(bytes.len().to_string().as_bytes()));
            match Pax::parse(&bytes, b"") {
                Ok(pax) => assert_eq!(pax.path.as_deref(), Some(path.as_bytes())),
                Err(error) => assert_eq!(length, 0, "{error}"),
            }
        }
    }
}
