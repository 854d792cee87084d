//! The way of a wheel into the unpacked cache: inflated, verified and written in one pass, its
//! files in parallel.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest, Sha256};
use wheel::WheelFilename;
use wheel::archive::{Limits, WheelArchive};
use wheel::record::{HashAlgorithm, Hasher, RecordHash};

use super::cache::{Unpacked, UnpackedCache, modified};
use super::manifest::{FileKind, Manifest, ManifestFile, ManifestScript};
use super::scripts::is_rewritten;
use super::site::Root;
use super::write::{create, make_folders, set_mode};
use super::{InstallError, Sha256Digest, Wanted};

/// Up to this size, in bytes, a file is inflated in memory and written at once.
const SMALL: u64 = 1 << 20;

/// Unpacks a wheel, whose digest has been verified, into the cache.
///
/// # Errors
/// [`InstallError::InvalidWheel`], [`InstallError::Disk`].
pub(crate) fn unpack(
    file: &Path,
    wanted: &Wanted,
    cache: &UnpackedCache,
) -> Result<Unpacked, InstallError> {
    let wheel = Wheel::open(file, wanted)?;
    let folder = cache.begin()?;
    let tree = folder.path().join("tree");
    fs::create_dir(&tree).map_err(InstallError::disk("make", &tree))?;
    let files = wheel.write(&tree)?;
    let manifest = Manifest {
        name: wanted.name.clone(),
        version: wanted.version.to_string(),
        dist_info: wheel.dist_info,
        library: wheel.library,
        scripts: wheel.scripts,
        files,
    };
    cache.commit(&wanted.sha256, folder, manifest)
}

/// A wheel that is being unpacked.
struct Wheel<'a> {
    wanted: &'a Wanted,
    archive: WheelArchive<fs::File>,
    dist_info: String,
    library: Root,
    scripts: Vec<ManifestScript>,
}

/// A file of the archive that is to be unpacked.
struct Entry<'a> {
    index: usize,
    path: &'a str,
    size: u64,
    executable: bool,
    root: Root,
    prefix: usize,
    hash: Option<&'a RecordHash>,
}

impl<'a> Wheel<'a> {
    fn open(file: &Path, wanted: &'a Wanted) -> Result<Self, InstallError> {
        let invalid = |reason: String| InstallError::InvalidWheel {
            filename: wanted.filename.clone(),
            reason,
        };
        let filename: WheelFilename = wanted
            .filename
            .parse()
            .map_err(|error| invalid(format!("{error}")))?;
        let source = fs::File::open(file).map_err(InstallError::disk("read", file))?;
        let archive = WheelArchive::open(source, &filename, Limits::default())
            .map_err(|error| invalid(error.to_string()))?;
        let scripts = archive
            .entry_points()
            .scripts()
            .iter()
            .map(|script| ManifestScript {
                name: script.name.clone(),
                gui: script.gui,
                module: script.reference.module.clone(),
                attribute: script.reference.attribute.clone().unwrap_or_default(),
            })
            .collect();
        let library = if archive.wheel_file().root_is_purelib {
            Root::Purelib
        } else {
            Root::Platlib
        };
        let dist_info = archive.dist_info().to_owned();
        Ok(Self {
            wanted,
            archive,
            dist_info,
            library,
            scripts,
        })
    }

    fn invalid(&self, reason: String) -> InstallError {
        InstallError::InvalidWheel {
            filename: self.wanted.filename.clone(),
            reason,
        }
    }

    /// The files of the archive without `RECORD`, which is written anew for each site.
    fn entries(&self) -> Result<Vec<Entry<'_>>, InstallError> {
        let record = format!("{}/RECORD", self.dist_info);
        let mut entries = Vec::with_capacity(self.archive.entries().len());
        for (index, entry) in self.archive.entries().iter().enumerate() {
            let path = entry.name();
            if path == record || entry.is_dir() {
                continue;
            }
            let Some((scheme, placed)) = self.archive.place(entry) else {
                return Err(self.invalid(format!("{path} is of no installation scheme")));
            };
            let (root, prefix) = (Root::from(scheme), path.len() - placed.len());
            let hash = self.archive.expected(entry);
            let executable = entry.executable() || root == Root::Scripts;
            entries.push(Entry {
                index,
                path,
                size: entry.size(),
                executable,
                root,
                prefix,
                hash,
            });
        }
        Ok(entries)
    }

    /// Writes all files below `tree`, large ones first, so that no thread is left alone with one
    /// in the end.
    fn write(&self, tree: &Path) -> Result<Vec<ManifestFile>, InstallError> {
        let mut entries = self.entries()?;
        let mut folders: Vec<PathBuf> = entries
            .iter()
            .filter_map(|entry| entry.path.rsplit_once('/'))
            .map(|(folder, _)| tree.join(folder))
            .collect();
        folders.sort();
        make_folders(&folders)?;
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.size));
        let mut files = entries
            .par_iter()
            .map_init(Vec::new, |buffer, entry| {
                self.write_file(tree, entry, buffer)
            })
            .collect::<Result<Vec<_>, _>>()?;
        files.sort_by(|a, b| a.archive.cmp(&b.archive));
        Ok(files)
    }

    fn write_file(
        &self,
        tree: &Path,
        entry: &Entry<'_>,
        buffer: &mut Vec<u8>,
    ) -> Result<ManifestFile, InstallError> {
        let path = tree.join(entry.path);
        let disk = |error| InstallError::disk("write", &path)(error);
        let mut file = create(&path, entry.executable).map_err(disk)?;
        buffer.clear();
        let (sha256, size) = if entry.size <= SMALL {
            self.copy(entry, buffer)?;
            self.compare(entry, buffer)?;
            file.write_all(buffer).map_err(disk)?;
            (
                Sha256Digest(Sha256::digest(&*buffer).into()),
                buffer.len() as u64,
            )
        } else {
            let mut sink = Sink::new(&file, entry.hash);
            self.copy(entry, &mut sink)?;
            if sink.other.map(Hasher::finish).as_ref()
                != entry
                    .hash
                    .filter(|hash| hash.algorithm() != HashAlgorithm::Sha256)
            {
                return Err(self.wrong_hash(entry));
            }
            buffer.extend_from_slice(&sink.start);
            (Sha256Digest(sink.sha256.finalize().into()), sink.size)
        };
        if let Some(hash) = entry.hash
            && hash.algorithm() == HashAlgorithm::Sha256
            && hash.digest() != sha256.0
        {
            return Err(self.wrong_hash(entry));
        }
        set_mode(&file, entry.executable).map_err(disk)?;
        let metadata = file.metadata().map_err(disk)?;
        let kind = match () {
            () if entry.root == Root::Scripts && is_rewritten(buffer) => FileKind::Script,
            () if entry.executable => FileKind::Executable,
            () => FileKind::Plain,
        };
        Ok(ManifestFile {
            root: entry.root,
            kind,
            size,
            modified: modified(&metadata),
            sha256,
            archive: entry.path.to_owned(),
            prefix: entry.prefix,
        })
    }

    fn copy(&self, entry: &Entry<'_>, sink: &mut dyn Write) -> Result<(), InstallError> {
        let source = &self.archive.entries()[entry.index];
        self.archive
            .copy_unchecked(source, sink)
            .map_err(|error| self.invalid(error.to_string()))
    }

    fn compare(&self, entry: &Entry<'_>, content: &[u8]) -> Result<(), InstallError> {
        let other = entry
            .hash
            .filter(|hash| hash.algorithm() != HashAlgorithm::Sha256);
        if other.is_some_and(|hash| !hash.matches(content)) {
            return Err(self.wrong_hash(entry));
        }
        Ok(())
    }

    fn wrong_hash(&self, entry: &Entry<'_>) -> InstallError {
        self.invalid(format!(
            "the content of {} is not what its RECORD says",
            entry.path
        ))
    }
}

/// Hashes and writes a large file.
struct Sink<'a> {
    file: &'a fs::File,
    sha256: Sha256,
    other: Option<Hasher>,
    size: u64,
    /// The first bytes.
    start: Vec<u8>,
}

impl<'a> Sink<'a> {
    fn new(file: &'a fs::File, hash: Option<&RecordHash>) -> Self {
        let other = hash
            .map(RecordHash::algorithm)
            .filter(|algorithm| *algorithm != HashAlgorithm::Sha256);
        Self {
            file,
            sha256: Sha256::new(),
            other: other.map(HashAlgorithm::hasher),
            size: 0,
            start: Vec::new(),
        }
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = 16_usize.saturating_sub(self.start.len()).min(bytes.len());
        self.start.extend_from_slice(&bytes[..room]);
        self.sha256.update(bytes);
        if let Some(other) = &mut self.other {
            other.update(bytes);
        }
        self.size += bytes.len() as u64;
        self.file.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
