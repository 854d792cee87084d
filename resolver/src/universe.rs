//! The versions of a package as numbers.
//!
//! PubGrub works on sets of versions. Here a version is its position among all known versions of
//! its package (its *rank*), and a requirement becomes the set of positions that satisfy it: each
//! version is tested once with PEP 440's own rules, and sets are then plain ranges of numbers in
//! which no rule of version ordering can be gotten wrong.

use crate::facts::Facts;
use crate::project::Project;
use crate::ranks::RankSet;
use pubgrub::VersionSet;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use wheel::{PackageName, Specifiers, Version};

/// One version that can be chosen.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) version: Version,
    /// The URL or path it comes from, if it is not on an index.
    pub(crate) direct: Option<String>,
}

/// All versions of a package that are known, from the oldest to the newest.
#[derive(Debug)]
pub(crate) struct Universe {
    pub(crate) entries: Vec<Entry>,
    sets: RefCell<HashMap<Specifiers, RankSet>>,
}

impl Universe {
    /// `curated` are versions that Pyodide releases have besides.
    pub(crate) fn new(
        facts: &Facts,
        name: &PackageName,
        projects: &[Arc<Project>],
        curated: &[&Version],
    ) -> Rc<Self> {
        let mut versions: Vec<&Version> = projects
            .iter()
            .flat_map(|project| project.releases().iter().map(|release| &release.version))
            .chain(curated.iter().copied())
            .collect();
        versions.sort();
        versions.dedup();
        let mut entries: Vec<Entry> = versions
            .into_iter()
            .map(|version| Entry {
                version: version.clone(),
                direct: None,
            })
            .collect();
        let from = (name.clone(), String::new());
        for ((_, key), direct) in facts
            .direct
            .range(from..)
            .take_while(|((n, _), _)| n == name)
        {
            let version = direct.metadata.version.clone();
            entries.push(Entry {
                version,
                direct: Some(key.clone()),
            });
        }
        // A stable sort: a version of an index stands before the same one from a URL.
        entries.sort_by(|a, b| a.version.cmp(&b.version));
        Rc::new(Self {
            entries,
            sets: RefCell::default(),
        })
    }

    /// The number of versions; every rank is less.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn entry(&self, rank: u32) -> Option<&Entry> {
        self.entries.get(rank as usize)
    }

    /// Ranks from the newest version down that `range` contains.
    pub(crate) fn newest_first<'a>(&'a self, range: &'a RankSet) -> impl Iterator<Item = u32> + 'a {
        (0..self.len()).rev().filter(|rank| range.contains(rank))
    }

    /// The rank of a version that is not from a URL or path.
    pub(crate) fn rank_of(&self, version: &Version) -> Option<u32> {
        let of_index = |entry: &Entry| entry.direct.is_none() && entry.version == *version;
        u32::try_from(self.entries.iter().position(of_index)?).ok()
    }

    /// The rank of a URL or path.
    pub(crate) fn direct_rank(&self, key: &str) -> Option<u32> {
        let position = self
            .entries
            .iter()
            .position(|entry| entry.direct.as_deref() == Some(key))?;
        u32::try_from(position).ok()
    }

    /// The ranks that satisfy `specifiers`.
    pub(crate) fn set(&self, specifiers: &Specifiers) -> RankSet {
        if specifiers.is_empty() {
            return RankSet::full();
        }
        if let Some(set) = self.sets.borrow().get(specifiers) {
            return set.clone();
        }
        let matches = |entry: &Entry| specifiers.contains(&entry.version);
        let set = self.collect(matches);
        self.sets
            .borrow_mut()
            .insert(specifiers.clone(), set.clone());
        set
    }

    fn collect(&self, matches: impl Fn(&Entry) -> bool) -> RankSet {
        let mut set = RankSet::empty();
        let mut start = None;
        for rank in 0..self.len() {
            match (matches(&self.entries[rank as usize]), start) {
                (true, None) => start = Some(rank),
                (false, Some(first)) => {
                    set = set.union(&RankSet::between(first, rank));
                    start = None;
                }
                _ => {}
            }
        }
        match start {
            Some(first) => set.union(&RankSet::between(first, self.len())),
            None => set,
        }
    }
}
