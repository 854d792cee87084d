//! The sound archive that every hostile one is made from, block by block, and how they are judged.

use std::io::Write;

use flate2::{Compression, GzBuilder};
use tar::{EntryType, Header};
use wheel::SdistFilename;
use wheel::archive::Limits;
use wheel::sdist::{SdistArchive, SdistError};

pub(crate) const TOP: &str = "demo-1.0";
pub(crate) const INFO: &[u8] = b"Metadata-Version: 2.2\nName: demo\nVersion: 1.0\n";

/// One entry: its header, whose sum is made to fit unless a case says otherwise, and its data.
#[derive(Clone)]
pub(crate) struct Forged {
    pub(crate) header: Header,
    pub(crate) data: Vec<u8>,
    pub(crate) keep_sum: bool,
    /// The byte that fills the last block.
    pub(crate) padding: u8,
}

impl Forged {
    pub(crate) fn new(kind: EntryType, name: &[u8], data: &[u8]) -> Self {
        let mut header = Header::new_ustar();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name);
        header.set_entry_type(kind);
        header.set_mode(if kind == EntryType::Directory {
            0o755
        } else {
            0o644
        });
        header.set_size(data.len() as u64);
        header.set_uid(1000);
        header.set_gid(1000);
        header.set_mtime(1_700_000_000);
        Self {
            header,
            data: data.to_vec(),
            keep_sum: false,
            padding: 0,
        }
    }

    pub(crate) fn file(name: &str, data: &[u8]) -> Self {
        Self::new(EntryType::Regular, format!("{TOP}/{name}").as_bytes(), data)
    }

    /// PAX records before the next entry.
    pub(crate) fn pax(records: &[u8]) -> Self {
        Self::new(EntryType::XHeader, b"././@PaxHeader", records)
    }

    /// Overwrites bytes of the header.
    pub(crate) fn put(&mut self, at: usize, bytes: &[u8]) {
        self.header.as_mut_bytes()[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn write(&self, tar: &mut Vec<u8>) {
        let mut header = self.header.clone();
        if !self.keep_sum {
            header.set_cksum();
        }
        tar.extend(header.as_bytes());
        tar.extend(&self.data);
        tar.resize(tar.len().next_multiple_of(512), self.padding);
    }
}

/// One record of a PAX header.
pub(crate) fn record(key: &str, value: &str) -> Vec<u8> {
    let text = format!(" {key}={value}\n");
    let length = (0..).find(|n: &usize| *n == n.to_string().len() + text.len());
    format!("{}{text}", length.unwrap()).into_bytes()
}

/// A whole archive.
#[derive(Clone)]
pub(crate) struct Sdist {
    pub(crate) entries: Vec<Forged>,
    /// What stands at the end of the tar archive.
    pub(crate) end: Vec<u8>,
    /// Changes the packed file.
    pub(crate) packed: fn(Vec<u8>) -> Vec<u8>,
}

impl Default for Sdist {
    fn default() -> Self {
        Self {
            entries: vec![
                Forged::new(EntryType::Directory, b"demo-1.0/", b""),
                Forged::file("PKG-INFO", INFO),
                Forged::file("pyproject.toml", b"[build-system]\n"),
                Forged::file("src/demo.py", &b"print('demo')\n".repeat(50)),
            ],
            end: vec![0; 1024],
            packed: |bytes| bytes,
        }
    }
}

impl Sdist {
    pub(crate) fn tar(&self) -> Vec<u8> {
        let mut tar = Vec::new();
        for entry in &self.entries {
            entry.write(&mut tar);
        }
        tar.extend(&self.end);
        tar
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        (self.packed)(gzip(&self.tar()))
    }

    /// The last of the sound archive's entries.
    pub(crate) fn last(&mut self) -> &mut Forged {
        self.entries.last_mut().unwrap()
    }

    pub(crate) fn push(&mut self, entry: Forged) {
        self.entries.push(entry);
    }
}

pub(crate) fn gzip(tar: &[u8]) -> Vec<u8> {
    let mut gzip = GzBuilder::new().write(Vec::new(), Compression::fast());
    gzip.write_all(tar).unwrap();
    gzip.finish().unwrap()
}

pub(crate) fn read(packed: &[u8], limits: &Limits) -> Result<SdistArchive, SdistError> {
    let filename: SdistFilename = "demo-1.0.tar.gz".parse().unwrap();
    SdistArchive::read(packed, &filename, limits)
}

/// A hostile archive: what is done to the sound one, and how it must be refused.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) harm: fn(&mut Sdist),
    pub(crate) refused: fn(&SdistError) -> bool,
}

impl Case {
    /// Every case on its own: the sound archive passes, the harmed one is refused for the reason
    /// that the case is about, in one line and without control characters.
    pub(crate) fn run_all(cases: &[Self]) {
        read(&Sdist::default().bytes(), &Limits::default()).unwrap();
        for Self {
            name,
            harm,
            refused,
        } in cases
        {
            let mut sdist = Sdist::default();
            harm(&mut sdist);
            match read(&sdist.bytes(), &Limits::default()) {
                Err(error) if refused(&error) => {
                    let message = error.to_string();
                    assert!(
                        !message.chars().any(char::is_control),
                        "{name}: {message:?}"
                    );
                }
                Err(other) => panic!("{name}: refused for another reason: {other:?}"),
                Ok(_) => panic!("{name}: accepted"),
            }
        }
    }
}

/// Whether the header was refused for this reason.
pub(crate) fn header(error: &SdistError, expected: &str) -> bool {
    matches!(error, SdistError::Header { reason, .. } if reason.contains(expected))
}

/// Whether a PAX record was refused for this reason.
pub(crate) fn pax(error: &SdistError, expected: &str) -> bool {
    matches!(error, SdistError::Pax { key, reason, .. } if format!("{key} {reason}").contains(expected))
}
