//! Which version is taken of those that a range admits.

use crate::problem::Prereleases;
use crate::provider::Provider;
use crate::ranks::RankSet;
use crate::universe::Universe;
use pubgrub::VersionSet;
use wheel::{PackageName, Version};

impl Provider<'_> {
    /// The version to take of a range: the locked one, one chosen before, else the newest.
    pub(crate) fn choose(&self, scope: usize, name: &PackageName, range: &RankSet) -> Option<u32> {
        let Some(universe) = self.universe(scope, name) else {
            return range.lowest();
        };
        // What the Pyodide release curates goes before all else.
        let curated = self.curated_rank(scope, name, &universe);
        if let Some(rank) = curated.filter(|rank| {
            range.contains(rank) && self.admits(&universe.entries[*rank as usize].version)
        }) {
            return Some(rank);
        }
        if let Some(rank) = self.preferred(scope, name, &universe, range) {
            return Some(rank);
        }
        let prereleases = self.problem.rules.prereleases;
        let mut fallback = None;
        for rank in universe.newest_first(range) {
            let pre = universe.entries[rank as usize].version.any_prerelease();
            if pre && prereleases == Prereleases::Disallow {
                continue;
            }
            let late = pre && prereleases == Prereleases::IfNecessary;
            if late && fallback.is_some() {
                continue;
            }
            if self.fit(scope, name, &universe, rank).is_fit() {
                if !late {
                    return Some(rank);
                }
                fallback = Some(rank);
            }
        }
        fallback
    }

    fn admits(&self, version: &Version) -> bool {
        self.problem.rules.prereleases != Prereleases::Disallow || !version.any_prerelease()
    }

    /// The version that the lock has, else the one that was chosen before, where it still fits.
    fn preferred(
        &self,
        scope: usize,
        name: &PackageName,
        universe: &Universe,
        range: &RankSet,
    ) -> Option<u32> {
        let aligned = self
            .last_choice
            .borrow()
            .get(&(None, name.clone()))
            .copied();
        let locked = self.scope(scope).locked.get(name);
        let chosen = self.problem.chosen.get(name).into_iter().flatten();
        let by_version = locked.into_iter().chain(chosen).flat_map(|version| {
            let ranks = 0..universe.len();
            ranks.filter(move |rank| universe.entries[*rank as usize].version == *version)
        });
        aligned.into_iter().chain(by_version).find(|rank| {
            range.contains(rank)
                && self.admits(&universe.entries[*rank as usize].version)
                && self.fit(scope, name, universe, *rank).is_fit()
        })
    }

    /// The newest version of all environments' pages, or the one that an environment has taken.
    pub(crate) fn choose_aligned(&self, name: &PackageName, range: &RankSet) -> Option<u32> {
        let taken = (0..self.problem.scopes.len())
            .filter_map(|scope| {
                self.last_choice
                    .borrow()
                    .get(&(Some(scope), name.clone()))
                    .copied()
            })
            .find(|rank| range.contains(rank));
        if taken.is_some() {
            return taken;
        }
        let Some(universe) = self.universe(0, name) else {
            return range.lowest();
        };
        // What a Pyodide release curates goes before all else, here too.
        let curated = (0..self.problem.scopes.len())
            .filter_map(|scope| self.curated_rank(scope, name, &universe))
            .find(|rank| range.contains(rank));
        curated.or_else(|| universe.newest_first(range).next())
    }
}
