//! The sound wheel that every hostile one is made from, and how they are judged.

use std::io;

use wheel::WheelFilename;
use wheel::archive::{ArchiveError, Limits, ReadAt, WheelArchive, WheelError};
use wheel::record::{Record, RecordEntry};

use crate::forge::{File, Zip};

pub(crate) const DIST_INFO: &str = "demo-1.0.dist-info";
pub(crate) const DATA: &str = "demo-1.0.data";

/// The files of a wheel; its `RECORD` is made to fit unless a case says otherwise.
#[derive(Clone)]
pub(crate) struct Demo {
    pub(crate) filename: String,
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// Changes the true `RECORD`.
    pub(crate) record: fn(&mut Record),
    /// In place of the true `RECORD`.
    pub(crate) record_text: Option<String>,
}

pub(crate) fn metadata(name: &str, version: &str) -> Vec<u8> {
    format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nA demo.\n").into_bytes()
}

pub(crate) fn wheel_file(version: &str) -> Vec<u8> {
    format!("Wheel-Version: {version}\nRoot-Is-Purelib: true\nTag: py3-none-any\n").into_bytes()
}

impl Default for Demo {
    fn default() -> Self {
        let mut demo = Self {
            filename: "demo-1.0-py3-none-any.whl".into(),
            files: Vec::new(),
            record: |_| {},
            record_text: None,
        };
        demo.add("demo/__init__.py", b"");
        demo.add("demo/a.py", b"print('a')\n".repeat(40));
        demo.add("demo/b.bin", (0..=255).collect::<Vec<u8>>());
        demo.add(&format!("{DATA}/scripts/demo-tool"), b"#!python\n");
        demo.add(&format!("{DIST_INFO}/METADATA"), metadata("demo", "1.0"));
        demo.add(&format!("{DIST_INFO}/WHEEL"), wheel_file("1.0"));
        demo
    }
}

impl Demo {
    pub(crate) fn add(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.remove(name);
        self.files.push((name.to_owned(), bytes.into()));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.files.retain(|(other, _)| other != name);
    }

    /// Renames the folder of all files below it.
    pub(crate) fn move_folder(&mut self, from: &str, to: &str) {
        for (name, _) in &mut self.files {
            if let Some(rest) = name.strip_prefix(from) {
                *name = format!("{to}{rest}");
            }
        }
    }

    /// The archive, `RECORD` last.
    pub(crate) fn zip(&self) -> Zip {
        let folder = self
            .files
            .iter()
            .find_map(|(name, _)| name.strip_suffix("/WHEEL"));
        let own = format!("{}/RECORD", folder.unwrap_or(DIST_INFO));
        let mut record: Record = self
            .files
            .iter()
            .map(|(name, bytes)| RecordEntry::of(name, bytes))
            .collect();
        record.insert(RecordEntry::bare(&own));
        (self.record)(&mut record);
        let text = self
            .record_text
            .clone()
            .unwrap_or_else(|| record.to_string());
        let mut files: Vec<File> = self
            .files
            .iter()
            .map(|(name, bytes)| match bytes.len() {
                0 => File::stored(name, bytes),
                _ => File::new(name, bytes),
            })
            .collect();
        files.push(File::new(&own, text.as_bytes()));
        Zip {
            files,
            ..Zip::default()
        }
    }

    pub(crate) fn judge(&self, limits: Limits) -> Result<(), WheelError> {
        judge(&self.zip(), &self.filename, limits)
    }
}

/// Opens the wheel and reads all of it, from memory and by chunks, which must come to the same.
pub(crate) fn judge(zip: &Zip, filename: &str, limits: Limits) -> Result<(), WheelError> {
    let filename: WheelFilename = filename.parse().unwrap();
    let bytes = zip.bytes();
    let opened = WheelArchive::open(Chunked(bytes.clone()), &filename, limits.clone());
    let by_chunks = opened.and_then(|wheel| wheel.verify());
    let opened = WheelArchive::open(bytes, &filename, limits);
    let in_memory = opened.and_then(|wheel| wheel.verify());
    assert_eq!(format!("{by_chunks:?}"), format!("{in_memory:?}"));
    in_memory
}

/// A source that is not in memory, as far as the reader knows: it is read by chunks.
pub(crate) struct Chunked(pub(crate) Vec<u8>);

impl ReadAt for Chunked {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.0.read_exact_at(buf, offset)
    }
}

/// A hostile archive: what is done to the sound one, and how it must be refused.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) harm: fn(&mut Zip),
    pub(crate) refused: fn(&ArchiveError) -> bool,
}

impl Case {
    /// Every case on its own: the sound archive passes, the harmed one is refused for the reason
    /// that the case is about.
    pub(crate) fn run_all(cases: &[Self]) {
        let demo = Demo::default();
        demo.judge(Limits::default()).unwrap();
        for Self {
            name,
            harm,
            refused,
        } in cases
        {
            let mut zip = demo.zip();
            harm(&mut zip);
            match judge(&zip, &demo.filename, Limits::default()) {
                Err(WheelError::Archive(error)) if refused(&error) => {}
                Err(other) => panic!("{name}: refused for another reason: {other:?}"),
                Ok(()) => panic!("{name}: accepted"),
            }
        }
    }
}
