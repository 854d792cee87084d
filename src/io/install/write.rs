//! Writing files and folders.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{InstallError, Sha256Digest};

/// The digest of a file that was written here.
pub(crate) fn digest(content: &[u8]) -> Sha256Digest {
    Sha256Digest(Sha256::digest(content).into())
}

/// Makes each folder and those above it, once.
pub(crate) fn make_folders(folders: &[PathBuf]) -> Result<(), InstallError> {
    let mut last: Option<&Path> = None;
    for folder in folders {
        if last == Some(folder) {
            continue;
        }
        last = Some(folder);
        let made = match fs::create_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                fs::create_dir_all(folder)
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            made => made,
        };
        made.map_err(InstallError::disk("make", folder))?;
    }
    Ok(())
}

/// Writes a new file with the mode 644 or 755, whatever the umask.
pub(crate) fn write_file(
    path: &Path,
    content: &[u8],
    executable: bool,
) -> Result<(), InstallError> {
    let write = || -> std::io::Result<()> {
        let mut file = create(path, executable)?;
        file.write_all(content)?;
        set_mode(&file, executable)
    };
    write().map_err(InstallError::disk("write", path))
}

/// Makes a new file with the mode 644 or 755, less what the umask takes away.
#[cfg(unix)]
pub(crate) fn create(path: &Path, executable: bool) -> std::io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    let mode = if executable { 0o755 } else { 0o644 };
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
}

/// Makes a new file.
#[cfg(not(unix))]
pub(crate) fn create(path: &Path, _: bool) -> std::io::Result<fs::File> {
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
}

/// Gives back what the umask took away.
#[cfg(unix)]
pub(crate) fn set_mode(file: &fs::File, executable: bool) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = if executable { 0o755 } else { 0o644 };
    if file.metadata()?.permissions().mode() & 0o777 != mode {
        file.set_permissions(fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}

/// Gives back what the umask took away.
#[cfg(not(unix))]
pub(crate) fn set_mode(_: &fs::File, _: bool) -> std::io::Result<()> {
    Ok(())
}
