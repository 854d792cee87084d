//! How much of an archive is believed: caps that hold before anything is allocated or unpacked.

use super::error::ArchiveError;

/// Caps on what an archive may claim and hold.
///
/// The defaults are well above what real wheels have; the ratio is the public index's own rule for
/// zip bombs.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The most entries.
    pub entries: u64,
    /// The most bytes of the central directory.
    pub directory_bytes: u64,
    /// The most bytes of all entries together, unpacked.
    pub total_bytes: u64,
    /// Unpacked bytes up to which no ratio is looked at.
    pub bomb_bytes: u64,
    /// The highest ratio of unpacked bytes to the file's own length, above `bomb_bytes`.
    pub bomb_ratio: u64,
    /// The most bytes of one file of the `.dist-info` folder that is parsed (`METADATA`, `WHEEL`,
    /// `entry_points.txt`).
    pub metadata_bytes: u64,
    /// The most bytes of `RECORD`, which grows with the number of files.
    pub record_bytes: u64,
    /// The most bytes of one entry's name.
    pub name_bytes: usize,
    /// The most parts of one entry's name.
    pub depth: usize,
}

impl Limits {
    /// The caps on all files together; `archive_bytes` is the length of the packed file.
    pub(crate) fn check_total(&self, total: u64, archive_bytes: u64) -> Result<(), ArchiveError> {
        if total > self.total_bytes {
            return over("bytes unpacked", total, self.total_bytes);
        }
        if total > self.bomb_bytes && total > archive_bytes.saturating_mul(self.bomb_ratio) {
            let ratio = total / archive_bytes.max(1);
            return over("times its own size unpacked", ratio, self.bomb_ratio);
        }
        Ok(())
    }

    /// The cap on the number of entries.
    pub(crate) fn check_entries(&self, found: u64) -> Result<(), ArchiveError> {
        if found > self.entries {
            return over("entries", found, self.entries);
        }
        Ok(())
    }
}

fn over(what: &'static str, found: u64, limit: u64) -> Result<(), ArchiveError> {
    let entry = "archive".to_owned();
    Err(ArchiveError::Limit {
        entry,
        what,
        found,
        limit,
    })
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1 << 20;
        Self {
            entries: 200_000,
            directory_bytes: 64 * MIB,
            total_bytes: 8 * 1024 * MIB,
            bomb_bytes: 64 * MIB,
            bomb_ratio: 50,
            metadata_bytes: 16 * MIB,
            record_bytes: 64 * MIB,
            name_bytes: 1024,
            depth: 64,
        }
    }
}
