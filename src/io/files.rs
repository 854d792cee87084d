//! Files that are replaced whole or not at all.

use sha2::{Digest, Sha256};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file operation that failed: what was tried, on which path, and what the system said.
#[derive(Debug, thiserror::Error)]
#[error("could not {action} `{path}`: {source}")]
pub struct FileError {
    /// What was tried: `read`, `write`, …
    pub action: &'static str,
    /// The path, as the user would write it.
    pub path: String,
    /// What the system said.
    pub source: io::Error,
}

impl FileError {
    /// The failure of `action` on `path`.
    pub fn new(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self {
            action,
            path: path.display().to_string(),
            source,
        }
    }

    /// The next step, where what failed knows one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        #[cfg(feature = "object-store")]
        {
            let cause = self.source.get_ref()?;
            cause
                .downcast_ref::<super::mirror::BucketError>()?
                .hint
                .clone()
        }
        #[cfg(not(feature = "object-store"))]
        None
    }
}

/// The text of a file, or `None` where there is none.
///
/// # Errors
/// The file is there and cannot be read, or is not UTF-8.
pub fn read_optional(path: &Path) -> Result<Option<String>, FileError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::new("read", path, error)),
    }
}

/// The bytes of a file, or `None` where there is none.
///
/// # Errors
/// It is there and cannot be read.
pub fn read_bytes(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::new("read", path, error)),
    }
}

/// SHA-256 in hexadecimal, and size, of a file.
///
/// # Errors
/// It cannot be read.
pub fn hash(path: &Path) -> Result<(String, u64), FileError> {
    let fail = |error| FileError::new("read", path, error);
    let mut file = std::fs::File::open(path).map_err(fail)?;
    let mut hasher = Sha256::new();
    let mut size = 0u64;
    let mut buffer = vec![0u8; 1 << 20];
    loop {
        match std::io::Read::read(&mut file, &mut buffer).map_err(fail)? {
            0 => return Ok((super::cache::hex(&hasher.finalize()), size)),
            count => {
                size += count as u64;
                hasher.update(&buffer[..count]);
            }
        }
    }
}

/// Writes a file whole: to a temporary name beside it, then renamed. Whoever reads it sees the
/// old contents or the new ones. Nothing is written where the contents are the same.
///
/// # Errors
/// The folder cannot be written to.
pub fn write(path: &Path, contents: &[u8]) -> Result<(), FileError> {
    if std::fs::read(path).is_ok_and(|old| old == contents) {
        return Ok(());
    }
    // What a link leads to is written, not the link.
    let target = std::fs::canonicalize(path).ok();
    let target = target.as_deref().filter(|_| path.is_symlink());
    let target = target.unwrap_or(path);
    write_new(target, contents).map_err(|error| FileError::new("write", path, error))
}

/// Writes a file whole without looking at what is there.
pub fn write_new(path: &Path, contents: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    let mut file = tempfile::Builder::new()
        .prefix(".mochi-")
        .tempfile_in(folder)?;
    file.write_all(contents)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Temporary files are private to their owner; what people share is not.
        let mode = std::fs::metadata(path).map_or(0o644, |old| old.permissions().mode() & 0o777);
        file.as_file()
            .set_permissions(std::fs::Permissions::from_mode(mode))?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

/// `path` as seen from `base`, with forward slashes: how a lock or manifest writes it.
pub fn relative(base: &Path, path: &Path) -> String {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let clean = |path: &Path| path.canonicalize().unwrap_or_else(|_| absolute(path));
    let path = pathdiff::diff_paths(clean(path), clean(base)).unwrap_or_else(|| path.to_path_buf());
    let text = path.to_string_lossy().replace('\\', "/");
    if text.is_empty() {
        ".".to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_left_alone_when_equal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write(&path, b"one").unwrap();
        let before = std::fs::metadata(&path).unwrap().modified().unwrap();
        write(&path, b"one").unwrap();
        assert_eq!(
            std::fs::metadata(&path).unwrap().modified().unwrap(),
            before
        );
        write(&path, b"two").unwrap();
        assert_eq!(read_optional(&path).unwrap().as_deref(), Some("two"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write(&folder.path().join("no/such/a.txt"), b"x").is_err());
    }

    #[test]
    fn relative_paths_use_forward_slashes() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("project");
        std::fs::create_dir_all(&base).unwrap();
        assert_eq!(
            relative(&base, &folder.path().join("wheels/x.whl")),
            "../wheels/x.whl"
        );
        assert_eq!(relative(&base, &base), ".");
    }
}
