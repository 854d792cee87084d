//! The lock that keeps two syncs of one site apart.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::InstallError;

/// The lock that keeps two syncs of one site apart. Released when dropped.
#[derive(Debug)]
pub(crate) struct SiteLock {
    file: fs::File,
}

impl SiteLock {
    /// Waits for the lock on the site's library; `waiting` is called before a wait.
    ///
    /// The folder itself is locked, so that nothing is left behind in it. Where a folder cannot
    /// be opened or locked as a file (Windows, some network file systems), a file in it is.
    pub(crate) fn take(folder: &Path, waiting: impl FnOnce()) -> Result<Self, InstallError> {
        let file = match fs::File::open(folder) {
            Ok(file) => file,
            Err(_) if cfg!(windows) => Self::file(folder)?,
            Err(error) => return Err(InstallError::disk("open", folder)(error)),
        };
        match Self::lock(file, folder, waiting) {
            Err(LockError::Unsupported(waiting)) => {
                Self::lock(Self::file(folder)?, folder, waiting).map_err(LockError::into_error)
            }
            other => other.map_err(LockError::into_error),
        }
    }

    fn file(folder: &Path) -> Result<fs::File, InstallError> {
        let path = folder.join(".mochi-lock");
        let mut options = fs::OpenOptions::new();
        options.create(true).truncate(false).write(true);
        options
            .open(&path)
            .map_err(InstallError::write("open", folder))
    }

    fn lock<F: FnOnce()>(file: fs::File, folder: &Path, waiting: F) -> Result<Self, LockError<F>> {
        match file.try_lock() {
            Ok(()) => return Ok(Self { file }),
            Err(fs::TryLockError::WouldBlock) => {}
            Err(fs::TryLockError::Error(error)) if !is_lock_failure(&error) => {
                return Err(LockError::Unsupported(waiting));
            }
            Err(fs::TryLockError::Error(error)) => {
                return Err(LockError::Disk(InstallError::disk("lock", folder)(error)));
            }
        }
        waiting();
        file.lock()
            .map_err(|error| LockError::Disk(InstallError::disk("lock", folder)(error)))?;
        Ok(Self { file })
    }
}

impl Drop for SiteLock {
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

enum LockError<F> {
    Unsupported(F),
    Disk(InstallError),
}

impl<F> LockError<F> {
    fn into_error(self) -> InstallError {
        match self {
            Self::Disk(error) => error,
            Self::Unsupported(_) => InstallError::Disk {
                what: "lock",
                path: PathBuf::from(".mochi-lock"),
                source: io::ErrorKind::Unsupported.into(),
            },
        }
    }
}

/// Errors of a lock that another kind of file would not help with.
fn is_lock_failure(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Interrupted | io::ErrorKind::Deadlock
    )
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_second_lock_waits_for_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let first = SiteLock::take(folder.path(), || panic!("nobody else is there")).unwrap();
        let (sender, receiver) = std::sync::mpsc::channel();
        let path = folder.path().to_path_buf();
        let second = std::thread::spawn(move || {
            let lock = SiteLock::take(&path, || sender.send("waiting").unwrap()).unwrap();
            sender.send("locked").unwrap();
            lock
        });
        assert_eq!(receiver.recv(), Ok("waiting"));
        assert!(
            receiver
                .recv_timeout(std::time::Duration::from_millis(50))
                .is_err()
        );
        drop(first);
        assert_eq!(receiver.recv(), Ok("locked"));
        drop(second.join().unwrap());
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            0,
            "nothing is left behind"
        );
    }
}
