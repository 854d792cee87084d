//! Which names a wasm module exports.

/// The section of a module that lists its exports.
const EXPORT_SECTION: u8 = 7;

/// Whether a module exports a function of that name; `None` where this is no module.
pub(crate) fn has(bytes: &[u8], name: &str) -> Option<bool> {
    let mut rest = bytes.strip_prefix(b"\0asm\x01\0\0\0")?;
    while let Some((kind, behind)) = rest.split_first() {
        rest = behind;
        let length = number(&mut rest)?;
        let mut section = rest.get(..length)?;
        rest = &rest[length..];
        if *kind != EXPORT_SECTION {
            continue;
        }
        for _ in 0..number(&mut section)? {
            let length = number(&mut section)?;
            let found = section.get(..length)?;
            section = &section[length..];
            let (what, behind) = section.split_first()?;
            section = behind;
            number(&mut section)?;
            if *what == 0 && found == name.as_bytes() {
                return Some(true);
            }
        }
    }
    Some(false)
}

/// Reads a number of seven bits a byte, the lowest first.
fn number(bytes: &mut &[u8]) -> Option<usize> {
    let mut value = 0u64;
    for shift in (0..35).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return usize::try_from(value).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_the_export_section() {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        module.extend([0, 3, 1, b'x', 0]);
        module.extend([7, 11, 2, 1, b'a', 0, 0x80, 1, 1, b'm', 2, 0]);
        // The last length is wrong: nothing behind it can be believed.
        assert_eq!(has(&module, "a"), None);
        module[14] = 10;
        assert_eq!(has(&module, "a"), Some(true));
        // A memory is no function.
        assert_eq!(has(&module, "m"), Some(false));
        assert_eq!(has(&module, "b"), Some(false));
        assert_eq!(has(b"\0asm\x01\0\0\0", "a"), Some(false));
        assert_eq!(has(b"no module", "a"), None);
        assert_eq!(
            has(b"\0asm\x01\0\0\0\x07\xff\xff\xff\xff\xff\xff", "a"),
            None
        );
    }
}
