//! How files get from the unpacked cache into a site: hard links, reflinks or copies.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How files get from the unpacked cache into a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LinkMode {
    /// The first that works: hard link, reflink, copy (on macOS the reflink first).
    #[default]
    Auto,
    /// Hard links; where the file system refuses one, a copy.
    Hardlink,
    /// Reflinks (copy on write); where the file system has none, a copy.
    Reflink,
    /// Copies.
    Copy,
}

/// One way of placing a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Hardlink,
    Reflink,
    Copy,
}

/// Places files; a way that a pair of file systems does not support is tried once.
#[derive(Debug)]
pub(crate) struct Placer {
    ways: &'static [Way],
    /// The first way that is not known to fail.
    current: AtomicUsize,
}

impl LinkMode {
    fn ways(self) -> &'static [Way] {
        use Way::{Copy, Hardlink, Reflink};
        match self {
            Self::Auto if cfg!(target_os = "macos") => &[Reflink, Hardlink, Copy],
            Self::Auto => &[Hardlink, Reflink, Copy],
            Self::Hardlink => &[Hardlink, Copy],
            Self::Reflink => &[Reflink, Copy],
            Self::Copy => &[Copy],
        }
    }
}

impl Placer {
    pub(crate) fn new(mode: LinkMode) -> Self {
        Self {
            ways: mode.ways(),
            current: AtomicUsize::new(0),
        }
    }

    /// Makes `to`, which is not there, the same file as `from`, or one with its content and mode.
    pub(crate) fn place(&self, from: &Path, to: &Path) -> io::Result<()> {
        let first = self.current.load(Ordering::Relaxed);
        for (index, way) in self.ways.iter().enumerate().skip(first) {
            let result = match way {
                Way::Hardlink => fs::hard_link(from, to),
                Way::Reflink => reflink_copy::reflink(from, to),
                Way::Copy => return fs::copy(from, to).map(drop),
            };
            match result {
                Ok(()) => return Ok(()),
                Err(error) if is_final(&error) => return Err(error),
                // One file with too many links says nothing about the next.
                Err(error) if error.kind() == io::ErrorKind::TooManyLinks => {}
                Err(_) => {
                    self.current.fetch_max(index + 1, Ordering::Relaxed);
                }
            }
        }
        fs::copy(from, to).map(drop)
    }
}

/// Errors that another way would meet as well.
fn is_final(error: &io::Error) -> bool {
    use io::ErrorKind::{AlreadyExists, NotFound, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(
        error.kind(),
        AlreadyExists | NotFound | QuotaExceeded | ReadOnlyFilesystem | StorageFull
    )
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use super::*;

    fn placed(mode: LinkMode) -> (fs::Metadata, fs::Metadata) {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::write(&from, "content").unwrap();
        fs::set_permissions(&from, fs::Permissions::from_mode(0o755)).unwrap();
        let placer = Placer::new(mode);
        placer.place(&from, &to).unwrap();
        assert_eq!(fs::read(&to).unwrap(), b"content");
        let again = placer.place(&from, &to).map_err(|error| error.kind());
        assert!(mode != LinkMode::Hardlink || again == Err(io::ErrorKind::AlreadyExists));
        (fs::metadata(from).unwrap(), fs::metadata(to).unwrap())
    }

    #[test]
    fn a_hard_link_is_the_same_file_and_a_copy_is_not() {
        let (from, to) = placed(LinkMode::Hardlink);
        assert_eq!(from.ino(), to.ino());
        for mode in [LinkMode::Copy, LinkMode::Reflink] {
            let (from, to) = placed(mode);
            assert_ne!(from.ino(), to.ino());
            assert_eq!(to.mode() & 0o777, 0o755);
        }
    }

    #[test]
    fn across_file_systems_a_copy_is_made_and_remembered() {
        let shared = Path::new("/dev/shm");
        let folder = tempfile::tempdir().unwrap();
        let Ok(other) = tempfile::tempdir_in(shared) else {
            return;
        };
        let device = |path: &Path| fs::metadata(path).unwrap().dev();
        if device(folder.path()) == device(other.path()) {
            return;
        }
        let from = folder.path().join("from");
        fs::write(&from, "content").unwrap();
        let placer = Placer::new(LinkMode::Auto);
        for name in ["a", "b"] {
            placer.place(&from, &other.path().join(name)).unwrap();
            assert_eq!(fs::read(other.path().join(name)).unwrap(), b"content");
        }
        assert_eq!(
            placer.ways[placer.current.load(Ordering::Relaxed)],
            Way::Copy
        );
    }
}
