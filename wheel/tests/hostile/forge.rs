//! Makes archives in which every field can be a lie. Written apart from the reader and from the
//! `zip` crate, so that neither vouches for itself.

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

pub(crate) const STORED: u16 = 0;
pub(crate) const DEFLATED: u16 = 8;
pub(crate) const STREAMED: u16 = 1 << 3;
pub(crate) const UTF8: u16 = 1 << 11;

/// What a header says of its entry.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) name: Vec<u8>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) crc: u32,
    pub(crate) compressed: u32,
    pub(crate) size: u32,
    pub(crate) extra: Vec<u8>,
}

/// An entry: what both of its headers say, and the bytes between.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) local: Header,
    pub(crate) central: Header,
    pub(crate) data: Vec<u8>,
    /// What follows the data: a descriptor, or junk.
    pub(crate) after: Vec<u8>,
    pub(crate) made_by: u16,
    pub(crate) external: u32,
    pub(crate) disk: u16,
    pub(crate) comment: Vec<u8>,
    /// In place of its true offset.
    pub(crate) offset: Option<u32>,
    /// Whether the directory lists it.
    pub(crate) listed: bool,
    /// Whether it is there at all.
    pub(crate) present: bool,
}

impl File {
    pub(crate) fn new(name: &str, bytes: &[u8]) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        Self::packed(name, DEFLATED, bytes, encoder.finish().unwrap())
    }

    pub(crate) fn stored(name: &str, bytes: &[u8]) -> Self {
        Self::packed(name, STORED, bytes, bytes.to_vec())
    }

    pub(crate) fn packed(name: &str, method: u16, bytes: &[u8], data: Vec<u8>) -> Self {
        let mut crc = Crc::new();
        crc.update(bytes);
        let header = Header {
            name: name.as_bytes().to_vec(),
            flags: if name.is_ascii() { 0 } else { UTF8 },
            method,
            crc: crc.sum(),
            compressed: data.len().try_into().unwrap(),
            size: bytes.len().try_into().unwrap(),
            extra: Vec::new(),
        };
        Self {
            local: header.clone(),
            central: header,
            data,
            after: Vec::new(),
            made_by: 3 << 8 | 20,
            external: 0o100_644 << 16,
            disk: 0,
            comment: Vec::new(),
            offset: None,
            listed: true,
            present: true,
        }
    }

    pub(crate) fn folder(name: &str) -> Self {
        let mut folder = Self::stored(&format!("{name}/"), b"");
        folder.external = 0o040_755 << 16 | 0x10;
        folder
    }

    /// Changes both headers alike.
    pub(crate) fn both(&mut self, mut change: impl FnMut(&mut Header)) {
        change(&mut self.local);
        change(&mut self.central);
    }

    pub(crate) fn rename(&mut self, name: &[u8]) {
        self.both(|header| header.name = name.to_vec());
    }

    /// As a writer that cannot seek leaves it: sizes after the data.
    pub(crate) fn stream(&mut self, signed: bool, wide: bool) {
        self.both(|header| header.flags |= STREAMED);
        self.after = self.descriptor(signed, wide);
        (self.local.crc, self.local.compressed, self.local.size) = (0, 0, 0);
        if wide {
            (self.local.compressed, self.local.size) = (u32::MAX, u32::MAX);
            self.local.extra = extra(1, &[0; 16]);
        }
    }

    pub(crate) fn descriptor(&self, signed: bool, wide: bool) -> Vec<u8> {
        let mut out = Out::default();
        if signed {
            out.u32(0x0807_4b50);
        }
        out.u32(self.central.crc);
        for size in [self.central.compressed, self.central.size] {
            if wide {
                out.u64(u64::from(size))
            } else {
                out.u32(size)
            }
        }
        out.0
    }
}

/// An extra field.
pub(crate) fn extra(id: u16, data: &[u8]) -> Vec<u8> {
    let mut out = Out::default();
    out.u16(id);
    out.u16(data.len().try_into().unwrap());
    out.0.extend(data);
    out.0
}

/// The end record's fields, where they are not the true ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct End {
    pub(crate) disk: u16,
    pub(crate) entries: Option<u16>,
    pub(crate) size: Option<u32>,
    pub(crate) offset: Option<u32>,
    pub(crate) comment: Vec<u8>,
    pub(crate) comment_len: Option<u16>,
}

/// The ZIP64 end record and its locator, where there are any.
#[derive(Clone, Debug)]
pub(crate) struct End64 {
    pub(crate) record: bool,
    pub(crate) entries: Option<u64>,
    pub(crate) extension: Vec<u8>,
    /// The record's own length, where it is not the true one.
    pub(crate) len: Option<u64>,
    pub(crate) locator_offset: Option<u64>,
    pub(crate) disks: u32,
    pub(crate) disk: u32,
}

impl Default for End64 {
    fn default() -> Self {
        Self {
            record: true,
            entries: None,
            extension: Vec::new(),
            len: None,
            locator_offset: None,
            disks: 1,
            disk: 0,
        }
    }
}

/// A whole archive.
#[derive(Clone, Debug, Default)]
pub(crate) struct Zip {
    pub(crate) prefix: Vec<u8>,
    pub(crate) files: Vec<File>,
    pub(crate) before_directory: Vec<u8>,
    pub(crate) after_directory: Vec<u8>,
    pub(crate) end64: Option<End64>,
    pub(crate) end: End,
    pub(crate) trailing: Vec<u8>,
}

impl Zip {
    /// The entry of this name.
    pub(crate) fn file(&mut self, name: &str) -> &mut File {
        let found = self
            .files
            .iter_mut()
            .find(|file| file.central.name == name.as_bytes());
        found.unwrap_or_else(|| panic!("no entry {name}"))
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = Out(self.prefix.clone());
        let mut offsets = Vec::new();
        for file in &self.files {
            offsets.push(file.offset.unwrap_or_else(|| out.at()));
            if file.present {
                out.local(&file.local);
                out.0.extend(&file.data);
                out.0.extend(&file.after);
            }
        }
        out.0.extend(&self.before_directory);
        let directory = out.at();
        let mut entries = 0;
        for (file, offset) in self
            .files
            .iter()
            .zip(offsets)
            .filter(|(file, _)| file.listed)
        {
            out.central(file, offset);
            entries += 1;
        }
        let size = out.at() - directory;
        out.0.extend(&self.after_directory);
        if let Some(end64) = &self.end64 {
            out.end64(end64, [entries, u64::from(size), u64::from(directory)]);
        }
        let end = &self.end;
        out.u32(0x0605_4b50);
        out.u16(end.disk);
        out.u16(end.disk);
        let entries = end.entries.unwrap_or_else(|| entries.try_into().unwrap());
        out.u16(entries);
        out.u16(entries);
        out.u32(end.size.unwrap_or(size));
        out.u32(end.offset.unwrap_or(directory));
        out.u16(
            end.comment_len
                .unwrap_or_else(|| end.comment.len().try_into().unwrap()),
        );
        out.0.extend(&end.comment);
        out.0.extend(&self.trailing);
        out.0
    }
}

/// Little-endian fields.
#[derive(Default)]
struct Out(Vec<u8>);

impl Out {
    fn at(&self) -> u32 {
        self.0.len().try_into().unwrap()
    }

    fn u16(&mut self, value: u16) {
        self.0.extend(value.to_le_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.0.extend(value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }

    fn header(&mut self, header: &Header) {
        self.u16(header.flags);
        self.u16(header.method);
        self.u32(0x0021_0000);
        self.u32(header.crc);
        self.u32(header.compressed);
        self.u32(header.size);
        self.u16(header.name.len().try_into().unwrap());
        self.u16(header.extra.len().try_into().unwrap());
    }

    fn local(&mut self, header: &Header) {
        self.u32(0x0403_4b50);
        self.u16(20);
        self.header(header);
        self.0.extend(&header.name);
        self.0.extend(&header.extra);
    }

    fn central(&mut self, file: &File, offset: u32) {
        self.u32(0x0201_4b50);
        self.u16(file.made_by);
        self.u16(20);
        self.header(&file.central);
        self.u16(file.comment.len().try_into().unwrap());
        self.u16(file.disk);
        self.u16(0);
        self.u32(file.external);
        self.u32(offset);
        self.0.extend(&file.central.name);
        self.0.extend(&file.central.extra);
        self.0.extend(&file.comment);
    }

    fn end64(&mut self, end: &End64, [entries, size, offset]: [u64; 3]) {
        let at = u64::from(self.at());
        if end.record {
            let entries = end.entries.unwrap_or(entries);
            self.u32(0x0606_4b50);
            self.u64(end.len.unwrap_or(44 + end.extension.len() as u64));
            self.u16(45);
            self.u16(45);
            self.u32(end.disk);
            self.u32(end.disk);
            self.u64(entries);
            self.u64(entries);
            self.u64(size);
            self.u64(offset);
            self.0.extend(&end.extension);
        }
        self.u32(0x0706_4b50);
        self.u32(0);
        self.u64(end.locator_offset.unwrap_or(at));
        self.u32(end.disks);
    }
}
