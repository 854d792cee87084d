//! Telling a requirement that nothing fits from a conflict.
//!
//! When there is no solution, either some requirement has no wheel in the environment, which is a
//! skip, or the requirements exclude each other. Each requirement is therefore looked at alone,
//! from the project's own downwards, every package at the newest version that fits: what has
//! versions but none that fits is a skip. Looking at what the solver tried instead would blame
//! packages that only some old version of a dependency asked for.

use crate::provider::{Node, Provider};
use crate::ranks::RankSet;
use crate::universe::Universe;
use pubgrub::VersionSet;
use std::collections::{BTreeSet, VecDeque};
use wheel::{ExtraName, PackageName, Requirement};

/// The packages that a scope has requirements on which nothing fits.
pub(crate) fn unfit(provider: &Provider, scope: usize) -> BTreeSet<PackageName> {
    let mut walk = Walk {
        provider,
        scope,
        unfit: BTreeSet::new(),
        seen: BTreeSet::new(),
        queue: VecDeque::new(),
    };
    for root in &provider.scope(scope).roots {
        walk.require(&root.requirement, root.direct.as_deref());
    }
    while let Some((name, rank, extra)) = walk.queue.pop_front() {
        walk.visit(&name, rank, extra.as_ref());
    }
    walk.unfit
}

type Item = (PackageName, u32, Option<ExtraName>);

struct Walk<'p, 'a> {
    provider: &'p Provider<'a>,
    scope: usize,
    unfit: BTreeSet<PackageName>,
    seen: BTreeSet<Item>,
    queue: VecDeque<Item>,
}

impl Walk<'_, '_> {
    fn require(&mut self, requirement: &Requirement, direct: Option<&str>) {
        let name = &requirement.name;
        if self.provider.is_skipped(self.scope, name) {
            return;
        }
        // Before all else: this notes that the page is wanted, where it is not known.
        let set = self.provider.set(self.scope, requirement, direct);
        let Some(universe) = self.provider.universe(self.scope, name) else {
            return;
        };
        let Some(rank) = self.admitted(name, &set) else {
            if has_unfit(self.provider, self.scope, name, &universe, &set) {
                self.unfit.insert(name.clone());
            }
            return;
        };
        let extras = requirement.extras.iter().cloned().map(Some);
        for extra in std::iter::once(None).chain(extras) {
            let item = (name.clone(), rank, extra);
            if self.seen.insert(item.clone()) {
                self.queue.push_back(item);
            }
        }
    }

    /// The version to take of a set, of those whose metadata admits the environment's Python.
    fn admitted(&self, name: &PackageName, set: &RankSet) -> Option<u32> {
        let mut set = set.clone();
        loop {
            let rank = self.provider.choose(self.scope, name, &set)?;
            if self.provider.other_python(self.scope, name, rank).is_none() {
                return Some(rank);
            }
            set = set.intersection(&RankSet::singleton(rank).complement());
        }
    }

    fn visit(&mut self, name: &PackageName, rank: u32, extra: Option<&ExtraName>) {
        let metadata = self.provider.metadata_for(self.scope, name, rank, extra);
        if let Some(Ok(metadata)) = metadata {
            for requirement in self.provider.active(self.scope, &metadata, extra) {
                self.require(requirement, None);
            }
        }
    }
}

/// Whether `set` holds versions of which none can be had.
fn has_unfit(
    provider: &Provider,
    scope: usize,
    name: &PackageName,
    universe: &Universe,
    set: &RankSet,
) -> bool {
    // What some Pyodide release curates exists, whatever the index has of it.
    let mut any = provider.scope(scope).is_of_some_release(name);
    for rank in universe.newest_first(set) {
        let fit = provider.fit(scope, name, universe, rank);
        if fit.is_fit() && provider.other_python(scope, name, rank).is_none() {
            return false;
        }
        any = true;
    }
    any
}

/// The scope and name that a node stands for, if it is a package in an environment.
pub(crate) fn place(node: &Node) -> Option<(usize, &PackageName)> {
    match node {
        Node::Package(scope, name) | Node::Extra(scope, name, _) => Some((*scope, name)),
        Node::Root | Node::Aligned(_) => None,
    }
}
