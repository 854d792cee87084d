//! What a sync says while it runs, and in the end.

use std::path::PathBuf;

use wheel::{PackageName, Version};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Another sync holds the site; this one waits.
    Waiting {
        /// The folder.
        folder: PathBuf,
    },
    /// An earlier sync was interrupted; a package that it had begun is whole again.
    Recovered {
        /// The package.
        name: PackageName,
    },
    /// A wheel is in the unpacked cache now.
    Unpacked {
        /// The package.
        name: PackageName,
        /// Its size unpacked, in bytes.
        bytes: u64,
    },
    /// A package is ready, but not visible yet.
    Staged {
        /// The package.
        name: PackageName,
        /// Its number of files.
        files: usize,
    },
    /// A package is installed.
    Installed {
        /// The package.
        name: PackageName,
        /// The version that is there now.
        version: Version,
        /// The versions that were there before, as they were spelled.
        replaced: Vec<String>,
    },
    /// A package is gone.
    Removed {
        /// The package.
        name: PackageName,
        /// The version that was there, as it was spelled.
        version: String,
    },
    /// Two packages hold one file with different content, and one of them has it.
    Overwritten {
        /// The file, relative to `site-packages`.
        path: String,
        /// The package whose file is there.
        winner: PackageName,
        /// The other.
        loser: PackageName,
    },
}

/// Where events go; called from several threads.
pub trait Reporter: Sync {
    /// Takes an event.
    fn report(&self, event: Event);
}

/// A reporter that says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn report(&self, _: Event) {}
}

/// What a sync did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// Packages that were not there, with their versions.
    pub added: Vec<(PackageName, Version)>,
    /// Packages that were there in another version, from another wheel or damaged: name, the
    /// version before, the version now.
    pub replaced: Vec<(PackageName, String, Version)>,
    /// Packages that are gone, with the version that was there.
    pub removed: Vec<(PackageName, String)>,
    /// Packages that were right already.
    pub kept: Vec<(PackageName, Version)>,
    /// How many files were placed.
    pub files: usize,
}

impl SyncReport {
    /// Whether nothing had to be done.
    pub fn is_unchanged(&self) -> bool {
        self.added.is_empty() && self.replaced.is_empty() && self.removed.is_empty()
    }

    /// The packages that are new or newly installed, for [`super::compile`].
    pub fn installed(&self) -> impl Iterator<Item = &PackageName> {
        let added = self.added.iter().map(|(name, _)| name);
        added.chain(self.replaced.iter().map(|(name, ..)| name))
    }
}
