//! The on-disk cache.
//!
//! Everything in it can be made again, so nothing in it is needed: what cannot be read or has
//! been cut off is as if it were not there, and failing to write only costs time. Files are
//! written to a temporary name and renamed, so that processes can share a cache and be killed at
//! any moment. What is found by its hash (metadata, wheels) never changes; index pages carry what
//! HTTP needs to ask whether they have changed.
//!
//! | folder | holds |
//! | --- | --- |
//! | `pages-v1` | index pages in compact form, and lists of Pyodide releases, by URL |
//! | `metadata-v1` | the headers of wheels' `METADATA`, by hash |
//! | `wheels-v1` | wheels that had to be fetched whole before they were installed, by SHA-256 |
//! | `unpacked-v1` | wheels as they are installed, by SHA-256 |
//! | `imports-v1` | what wheels import that a target lacks |
//! | `runtimes-v1` | packages of Pyodide's runtime, by their hash |
//! | `mirrors-v1` | files on their way to mirrors in buckets |
//! | `interpreters-v1` | what interpreters said of themselves |

use super::files;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The folders below the root.
pub const FOLDERS: [&str; 8] = [
    "pages-v1",
    "metadata-v1",
    "wheels-v1",
    "unpacked-v1",
    "imports-v1",
    "runtimes-v1",
    "interpreters-v1",
    "mirrors-v1",
];

/// The cache below a folder.
#[derive(Debug, Clone)]
pub struct Cache {
    root: PathBuf,
}

/// A page as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPage {
    /// `ETag` of the response.
    pub etag: Option<String>,
    /// `Last-Modified` of the response.
    pub last_modified: Option<String>,
    /// Until when it may be used without asking, in seconds since 1970.
    pub fresh_until: u64,
    /// The compact text (see the resolver's `project`).
    pub text: String,
}

impl StoredPage {
    /// Whether it may be used without asking.
    pub fn is_fresh(&self, now: SystemTime) -> bool {
        seconds(now) < self.fresh_until
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// When something that is fresh for `age` from `now` stops being so.
pub fn fresh_until(now: SystemTime, age: Duration) -> u64 {
    seconds(now).saturating_add(age.as_secs())
}

/// A SHA-256 in hexadecimal.
pub fn hex_sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

impl Cache {
    /// The cache below `root`, which need not exist.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn page_path(&self, url: &str) -> PathBuf {
        self.root
            .join("pages-v1")
            .join(format!("{}.page", &hex_sha256(url.as_bytes())[..40]))
    }

    /// A stored page.
    pub fn page(&self, url: &str) -> Option<StoredPage> {
        let mut text = std::fs::read_to_string(self.page_path(url)).ok()?;
        let head = text.lines().next()?;
        let mut fields = head.split('\t');
        let mut field = || fields.next();
        if field()? != "page" || field()? != url {
            return None;
        }
        let fresh_until = field()?.parse().ok()?;
        let optional = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let etag = optional(field()?);
        let last_modified = optional(field()?);
        // The length tells a page that was cut off from a whole one.
        let length: usize = field()?.parse().ok()?;
        let start = head.len() + 1;
        if text.len() != start + length {
            return None;
        }
        text.drain(..start);
        Some(StoredPage {
            etag,
            last_modified,
            fresh_until,
            text,
        })
    }

    /// Stores a page.
    pub fn store_page(&self, url: &str, page: &StoredPage) {
        let clean = |text: &Option<String>| {
            text.clone()
                .unwrap_or_default()
                .replace(['\t', '\n', '\r'], " ")
        };
        let contents = format!(
            "page\t{url}\t{}\t{}\t{}\t{}\n{}",
            page.fresh_until,
            clean(&page.etag),
            clean(&page.last_modified),
            page.text.len(),
            page.text
        );
        self.store(&self.page_path(url), contents.as_bytes());
    }

    /// Forgets a page, so that the server is asked for the whole of it.
    pub fn forget_page(&self, url: &str) {
        // Without it there is nothing to forget, and the cache is a help only.
        let _ = std::fs::remove_file(self.page_path(url));
    }

    fn metadata_path(&self, key: &str) -> PathBuf {
        let name = hex_sha256(key.as_bytes());
        self.root
            .join("metadata-v1")
            .join(&name[..2])
            .join(&name[2..40])
    }

    /// Stored metadata headers, by the wheel's metadata key.
    pub fn metadata(&self, key: &str) -> Option<Vec<u8>> {
        let mut bytes = std::fs::read(self.metadata_path(key)).ok()?;
        // The last byte tells what was cut off from what is whole.
        (bytes.pop() == Some(b'\x04')).then_some(bytes)
    }

    /// Stores metadata headers; the description, which nobody resolves by, is left out.
    pub fn store_metadata(&self, key: &str, metadata: &[u8]) {
        let end = end_of_headers(metadata);
        let mut contents = metadata[..end].to_vec();
        contents.push(b'\x04');
        self.store(&self.metadata_path(key), &contents);
    }

    fn findings_path(&self, key: &str) -> PathBuf {
        let name = hex_sha256(key.as_bytes());
        self.root
            .join("imports-v1")
            .join(&name[..2])
            .join(&name[2..40])
    }

    /// What was found in a wheel, by what that depends on.
    pub fn findings(&self, key: &str) -> Option<String> {
        let text = std::fs::read_to_string(self.findings_path(key)).ok()?;
        // The last line tells what was cut off from what is whole.
        Some(text.strip_suffix("\x04\n")?.to_owned())
    }

    /// Stores what was found in a wheel.
    pub fn store_findings(&self, key: &str, text: &str) {
        let contents = format!("{text}\x04\n");
        self.store(&self.findings_path(key), contents.as_bytes());
    }

    /// Where a wheel is stored that was fetched whole.
    pub fn wheel_path(&self, sha256: &str) -> PathBuf {
        let start = sha256.get(..2).unwrap_or("00");
        self.root
            .join("wheels-v1")
            .join(start)
            .join(format!("{sha256}.whl"))
    }

    /// Stores a wheel.
    pub fn store_wheel(&self, sha256: &str, bytes: &[u8]) {
        self.store(&self.wheel_path(sha256), bytes);
    }

    fn runtime_path(&self, key: &str) -> PathBuf {
        self.root.join("runtimes-v1").join(format!("{key}.tgz"))
    }

    /// A package of a runtime, by its hash; what is there may have been cut off.
    pub fn runtime(&self, key: &str) -> Option<Vec<u8>> {
        std::fs::read(self.runtime_path(key)).ok()
    }

    /// Stores a package of a runtime.
    pub fn store_runtime(&self, key: &str, bytes: &[u8]) {
        self.store(&self.runtime_path(key), bytes);
    }

    fn store(&self, path: &Path, contents: &[u8]) {
        if let Some(folder) = path.parent() {
            // A cache that cannot be written to is slow, not wrong.
            let _ = std::fs::create_dir_all(folder);
        }
        let _ = files::write_new(path, contents);
    }
}

/// What was removed from the cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Number of files.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// How long a file of the cache may go without being written before `prune` removes it.
const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

impl Cache {
    /// The bytes below one of its folders.
    pub fn size_of(&self, folder: &str) -> u64 {
        let mut bytes = 0;
        walk(&self.root.join(folder), &mut |_, metadata| {
            bytes += metadata.len()
        });
        bytes
    }

    /// Removes what interrupted runs left behind, and what was made long ago.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn prune(&self) -> Result<Pruned, files::FileError> {
        let now = SystemTime::now();
        let is_old = |metadata: &std::fs::Metadata, age: Duration| {
            metadata
                .modified()
                .is_ok_and(|time| now.duration_since(time).is_ok_and(|since| since > age))
        };
        let mut doomed = Vec::new();
        for folder in FOLDERS
            .into_iter()
            .filter(|folder| *folder != "unpacked-v1")
        {
            walk(&self.root.join(folder), &mut |path, metadata| {
                let temporary = path
                    .file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with('.'));
                // A temporary file of the last hour may belong to a run that goes on.
                if is_old(
                    metadata,
                    if temporary {
                        Duration::from_secs(3600)
                    } else {
                        KEPT
                    },
                ) {
                    doomed.push((path.to_path_buf(), metadata.len()));
                }
            });
        }
        let mut pruned = Pruned::default();
        for (path, bytes) in doomed {
            std::fs::remove_file(&path)
                .map_err(|error| files::FileError::new("remove", &path, error))?;
            pruned.files += 1;
            pruned.bytes += bytes;
        }
        Ok(pruned)
    }

    /// Removes all of it.
    ///
    /// # Errors
    /// Something cannot be removed.
    pub fn clean(&self) -> Result<Pruned, files::FileError> {
        let mut pruned = Pruned::default();
        for folder in FOLDERS {
            let path = self.root.join(folder);
            walk(&path, &mut |_, metadata| {
                pruned.files += 1;
                pruned.bytes += metadata.len();
            });
            match std::fs::remove_dir_all(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(files::FileError::new("remove", &path, error));
                }
                _ => {}
            }
        }
        Ok(pruned)
    }
}

/// Visits the files below a folder; links are not followed.
fn walk(folder: &Path, visit: &mut dyn FnMut(&Path, &std::fs::Metadata)) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => walk(&entry.path(), visit),
            Ok(metadata) => visit(&entry.path(), &metadata),
            Err(_) => {}
        }
    }
}

/// Where the headers of an RFC 822 message end: behind the first blank line.
fn end_of_headers(text: &[u8]) -> usize {
    let unix = text
        .windows(2)
        .position(|pair| pair == b"\n\n")
        .map(|at| at + 1);
    let dos = text
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .map(|at| at + 2);
    unix.into_iter().chain(dos).min().unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_come_back_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().to_path_buf());
        let page = StoredPage {
            etag: Some("\"x\"".into()),
            last_modified: None,
            fresh_until: 5,
            text: "V\t1.0\t0\n".into(),
        };
        let url = "https://example.org/simple/a/";
        assert_eq!(cache.page(url), None);
        cache.store_page(url, &page);
        assert_eq!(cache.page(url), Some(page));
        let path = cache.page_path(url);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert_eq!(cache.page(url), None);
    }

    #[test]
    fn metadata_is_cut_to_its_headers() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().to_path_buf());
        cache.store_metadata("k", b"Name: a\nVersion: 1\n\nlong text\n\nmore");
        assert_eq!(
            cache.metadata("k").as_deref(),
            Some(&b"Name: a\nVersion: 1\n"[..])
        );
        assert_eq!(end_of_headers(b"A: b\r\nC: d\r\n\r\nx"), 12);
        assert_eq!(cache.metadata("other"), None);
    }
}
