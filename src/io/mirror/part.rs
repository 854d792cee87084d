//! A file in the making, under its SHA-256, which the next run goes on with.

use crate::io::net::Sink;
use indicatif::ProgressBar;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;

/// A file in the making.
pub(super) struct Part {
    file: File,
    /// Of all that is there.
    pub(super) hasher: Sha256,
    /// How much is there.
    pub(super) size: u64,
    /// How much of it has come by this run.
    pub(super) arrived: u64,
    /// Whether the bar counts on its size already.
    is_counted: bool,
    bar: ProgressBar,
}

impl Part {
    /// Goes on with what is there, hashed from its beginning, unless that is more than the whole.
    pub(super) fn open(path: &Path, whole: Option<u64>, bar: &ProgressBar) -> io::Result<Self> {
        let mut options = File::options();
        options.create(true).truncate(false).read(true).write(true);
        let file = options.open(path)?;
        let mut part = Self {
            file,
            hasher: Sha256::new(),
            size: 0,
            arrived: 0,
            is_counted: whole.is_some(),
            bar: bar.clone(),
        };
        let there = part.file.metadata()?.len();
        if whole.is_some_and(|whole| there > whole) {
            part.file.set_len(0)?;
            return Ok(part);
        }
        let mut buffer = vec![0; 1 << 18];
        loop {
            match part.file.read(&mut buffer)? {
                0 => break,
                count => {
                    part.hasher.update(&buffer[..count]);
                    part.size += count as u64;
                }
            }
        }
        part.bar.inc(part.size);
        Ok(part)
    }
}

impl Sink for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        self.arrived += bytes.len() as u64;
        self.bar.inc(bytes.len() as u64);
        Ok(())
    }

    fn restart(&mut self) -> io::Result<()> {
        self.bar
            .set_position(self.bar.position().saturating_sub(self.size));
        self.hasher = Sha256::new();
        self.size = 0;
        self.file.set_len(0)?;
        self.file.rewind()
    }

    fn total(&mut self, bytes: u64) {
        if !self.is_counted {
            self.is_counted = true;
            self.bar.inc_length(bytes);
        }
    }
}
