//! The records of a zip file as bytes (APPNOTE 6.3.10, sections 4.3.7 to 4.3.16).

/// Little-endian fields taken one after the other; `None` where the bytes end.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}

pub(crate) const LOCAL: u32 = 0x0403_4b50;
pub(crate) const CENTRAL: u32 = 0x0201_4b50;
pub(crate) const END: u32 = 0x0605_4b50;
pub(crate) const END64: u32 = 0x0606_4b50;
pub(crate) const END64_LOCATOR: u32 = 0x0706_4b50;
pub(crate) const DESCRIPTOR: u32 = 0x0807_4b50;

pub(crate) const LOCAL_BYTES: usize = 30;
pub(crate) const CENTRAL_BYTES: usize = 46;
pub(crate) const END_BYTES: usize = 22;
pub(crate) const END64_BYTES: usize = 56;
pub(crate) const END64_LOCATOR_BYTES: usize = 20;

/// Says that the true value stands in a ZIP64 record.
pub(crate) const IN_ZIP64: u32 = u32::MAX;
/// The same for a number of entries.
pub(crate) const IN_ZIP64_COUNT: u16 = u16::MAX;

pub(crate) const STORED: u16 = 0;
pub(crate) const DEFLATED: u16 = 8;

/// Flag bit 0.
pub(crate) const ENCRYPTED: u16 = 1;
/// Flag bits 1 and 2: how hard the compressor tried.
pub(crate) const EFFORT: u16 = 0b110;
/// Flag bit 3: sum and sizes follow the data.
pub(crate) const STREAMED: u16 = 1 << 3;
/// Flag bit 11: the name is UTF-8.
pub(crate) const UTF8: u16 = 1 << 11;

/// What a local header and a central directory header both say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Common {
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) crc: u32,
    pub(crate) compressed: u32,
    pub(crate) size: u32,
    pub(crate) name_len: u16,
    pub(crate) extra_len: u16,
}

impl Common {
    /// The 24 bytes from the flags on that both headers share.
    fn parse(fields: &mut Fields<'_>) -> Option<Self> {
        let flags = fields.u16()?;
        let method = fields.u16()?;
        let _time_and_date = fields.u32()?;
        Some(Self {
            flags,
            method,
            crc: fields.u32()?,
            compressed: fields.u32()?,
            size: fields.u32()?,
            name_len: fields.u16()?,
            extra_len: fields.u16()?,
        })
    }
}

/// A local file header up to its name.
pub(crate) fn local(fields: &mut Fields<'_>) -> Option<Common> {
    if fields.u32()? != LOCAL {
        return None;
    }
    let _version_needed = fields.u16()?;
    Common::parse(fields)
}

/// A central directory header up to its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CentralHeader {
    pub(crate) common: Common,
    pub(crate) comment_len: u16,
    pub(crate) disk: u16,
    pub(crate) external: u32,
    pub(crate) offset: u32,
}

/// A central directory header up to its name.
pub(crate) fn central(fields: &mut Fields<'_>) -> Option<CentralHeader> {
    if fields.u32()? != CENTRAL {
        return None;
    }
    let _version_made_by = fields.u16()?;
    let _version_needed = fields.u16()?;
    let common = Common::parse(fields)?;
    let comment_len = fields.u16()?;
    let disk = fields.u16()?;
    let _internal = fields.u16()?;
    Some(CentralHeader {
        common,
        comment_len,
        disk,
        external: fields.u32()?,
        offset: fields.u32()?,
    })
}
