//! What a run may change of the existing lock.

use crate::ctx::LOCK;
use crate::error::Failure;
use resolver::Lock;
use std::collections::BTreeSet;
use wheel::PackageName;

/// Which versions of the existing lock are let go.
#[derive(Debug, Clone, Default)]
pub struct Upgrade {
    /// All of them.
    pub all: bool,
    /// These.
    pub packages: BTreeSet<PackageName>,
}

/// What a run may change of the existing lock.
#[derive(Debug, Clone, Default)]
pub struct Leave {
    /// Versions that are let go.
    pub upgrade: Upgrade,
    /// Whether what nothing fits is recorded as a skip.
    pub skips: bool,
    /// The packages whose publishers may be others than before, or none.
    pub publishers: BTreeSet<PackageName>,
}

impl Leave {
    /// That, with the names that `--accept-publisher` was given.
    ///
    /// # Errors
    /// One is no name, or of no package of the existing lock.
    pub fn new(
        upgrade: Upgrade,
        skips: bool,
        accepted: &[String],
        existing: Option<&Lock>,
    ) -> Result<Self, Failure> {
        let mut publishers = BTreeSet::new();
        for name in accepted {
            let name: PackageName = name
                .parse()
                .map_err(|error| Failure::invalid(format!("--accept-publisher: {error}")))?;
            let mut known = existing.iter().flat_map(|lock| &lock.packages);
            if !known.any(|package| package.name == name) {
                let message = format!("--accept-publisher: `{name}` is not in {LOCK}");
                return Err(Failure::unmet(message));
            }
            publishers.insert(name);
        }
        Ok(Self {
            upgrade,
            skips,
            publishers,
        })
    }
}
