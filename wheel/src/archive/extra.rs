//! Extra fields: the ZIP64 sizes, and the ones that are refused.

use super::error::ArchiveError;
use super::layout::{Fields, IN_ZIP64};

const ZIP64: u16 = 0x0001;

/// Fields that would make an entry something else than its header says, for some readers.
const REFUSED: [(u16, &str); 7] = [
    (0x7075, "gives the entry a second name"),
    (0x6375, "gives the entry a second comment"),
    (0x000d, "may make the entry a link or a device"),
    (0x756e, "may make the entry a link or a device"),
    (0x9901, "says that the entry is encrypted"),
    (0x0017, "says that the entry is encrypted"),
    (0x0019, "says that the entry is encrypted"),
];

fn bad(entry: &str, id: u16, reason: &'static str) -> ArchiveError {
    ArchiveError::Extra {
        entry: entry.to_owned(),
        id,
        reason,
    }
}

/// Goes through the extra fields of a header; gives the ZIP64 one if there is one. Fields that
/// only carry times, owners or padding are passed over.
pub(crate) fn zip64<'a>(extra: &'a [u8], entry: &str) -> Result<Option<&'a [u8]>, ArchiveError> {
    let mut fields = Fields(extra);
    let mut found = None;
    while !fields.0.is_empty() {
        let (id, data) = (|| {
            let id = fields.u16()?;
            let len = fields.u16()?;
            Some((id, fields.bytes(usize::from(len))?))
        })()
        .ok_or_else(|| bad(entry, 0, "is cut off"))?;
        if let Some((_, reason)) = REFUSED.iter().find(|(refused, _)| *refused == id) {
            return Err(bad(entry, id, reason));
        }
        if id == ZIP64 && found.replace(data).is_some() {
            return Err(bad(entry, id, "stands twice"));
        }
    }
    Ok(found)
}

/// The true values of a header's `fields` (in the order of the standard), those of them that say
/// so taken from the ZIP64 field.
///
/// Some readers take the ZIP64 values one after the other, some by position, some only where the
/// header asks: only what all read alike is accepted.
pub(crate) fn widen<const N: usize>(
    fields: [u32; N],
    zip64: Option<&[u8]>,
    entry: &str,
) -> Result<[u64; N], ArchiveError> {
    let mut wide = fields.map(u64::from);
    let asked = fields.iter().filter(|&&field| field == IN_ZIP64).count();
    let Some(data) = zip64 else {
        return if asked == 0 {
            Ok(wide)
        } else {
            Err(bad(entry, ZIP64, "is missing"))
        };
    };
    let ambiguous = || bad(entry, ZIP64, "can be read in two ways");
    let mut values = Fields(data);
    if asked == 0 {
        // Some writers fill it without need.
        for value in &wide {
            if values.0.is_empty() {
                break;
            }
            if values.u64() != Some(*value) {
                return Err(ambiguous());
            }
        }
    } else {
        for value in wide
            .iter_mut()
            .filter(|value| **value == u64::from(IN_ZIP64))
        {
            *value = values.u64().ok_or_else(ambiguous)?;
        }
    }
    if values.0.is_empty() {
        Ok(wide)
    } else {
        Err(ambiguous())
    }
}

#[cfg(test)]
mod tests {
    use super::{widen, zip64};
    use crate::archive::ArchiveError;

    fn field(id: u16, data: &[u8]) -> Vec<u8> {
        let len = u16::try_from(data.len()).unwrap();
        [&id.to_le_bytes(), &len.to_le_bytes(), data].concat()
    }

    #[test]
    fn times_and_padding_are_passed_over() {
        let extra = [
            field(0x5455, &[0; 9]),
            field(0x7855, &[0; 4]),
            field(1, &[7; 8]),
        ]
        .concat();
        assert_eq!(zip64(&extra, "e").unwrap(), Some(&[7; 8][..]));
        assert_eq!(zip64(&field(0xcafe, b""), "e").unwrap(), None);
        assert_eq!(zip64(b"", "e").unwrap(), None);
    }

    #[test]
    fn malformed_and_telling_fields_are_refused() {
        let twice = [field(1, &[0; 8]), field(1, &[0; 8])].concat();
        for (extra, refused) in [
            (vec![1], 0),
            (vec![1, 0, 4], 0),
            (vec![1, 0, 4, 0, 9], 0),
            (twice, 1),
            (field(0x7075, b""), 0x7075),
            (field(0x756e, &[0; 14]), 0x756e),
            (field(0x9901, &[0; 7]), 0x9901),
        ] {
            let error = zip64(&extra, "e").unwrap_err();
            assert!(
                matches!(error, ArchiveError::Extra { id, .. } if id == refused),
                "{error}"
            );
        }
    }

    #[test]
    fn zip64_values_are_taken_where_all_readers_agree() {
        let data: Vec<u8> = [5u64, 6].iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(
            widen([u32::MAX, u32::MAX], Some(&data), "e").unwrap(),
            [5, 6]
        );
        assert_eq!(widen([5, 6], Some(&data), "e").unwrap(), [5, 6]);
        assert_eq!(widen([5, 6], Some(&[]), "e").unwrap(), [5, 6]);
        assert_eq!(widen([7, u32::MAX], Some(&data[..8]), "e").unwrap(), [7, 5]);
        assert_eq!(widen([7, 8], None, "e").unwrap(), [7, 8]);
        for (fields, zip64) in [
            ([u32::MAX, 6], Some(&data[..])),
            ([5, u32::MAX], Some(&data[..])),
            ([u32::MAX, u32::MAX], Some(&data[..8])),
            ([5, 7], Some(&data[..])),
            ([5, 6], Some(&data[..9])),
            ([5, u32::MAX], None),
        ] {
            assert!(widen(fields, zip64, "e").is_err(), "{fields:?} {zip64:?}");
        }
    }
}
