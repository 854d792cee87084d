//! Sets of ranks.

use pubgrub::{Ranges, VersionSet};
use std::fmt;
use std::ops::Bound;

/// A set of ranks, kept as half-open ranges throughout. [`Ranges`] does not know that nothing
/// lies between 4 and 5: made of single points, the versions that a hard conflict excludes one by
/// one would stay thousands of pieces, and each step would walk them all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RankSet(Ranges<u32>);

impl RankSet {
    /// The ranks from `start` up to, but not including, `end`.
    pub(crate) fn between(start: u32, end: u32) -> Self {
        Self(Ranges::from_range_bounds(start..end))
    }

    /// The lowest rank that the set may hold.
    pub(crate) fn lowest(&self) -> Option<u32> {
        self.0.iter().next().map(|(start, _)| match start {
            Bound::Included(rank) => *rank,
            Bound::Excluded(rank) => rank.saturating_add(1),
            Bound::Unbounded => 0,
        })
    }

    /// Whether the set is one rank.
    pub(crate) fn is_single(&self) -> bool {
        let mut parts = self.0.iter();
        match (parts.next(), parts.next()) {
            (Some((Bound::Included(start), Bound::Excluded(end))), None) => *end == start + 1,
            _ => false,
        }
    }
}

impl fmt::Display for RankSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl VersionSet for RankSet {
    type V = u32;

    fn empty() -> Self {
        Self(Ranges::empty())
    }

    fn singleton(rank: u32) -> Self {
        Self::between(rank, rank.saturating_add(1))
    }

    fn complement(&self) -> Self {
        Self(self.0.complement())
    }

    fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0))
    }

    fn contains(&self, rank: &u32) -> bool {
        self.0.contains(rank)
    }

    fn full() -> Self {
        Self(Ranges::full())
    }

    fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0))
    }

    fn is_disjoint(&self, other: &Self) -> bool {
        self.0.is_disjoint(&other.0)
    }

    fn subset_of(&self, other: &Self) -> bool {
        self.0.subset_of(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_become_one_piece() {
        let mut all = RankSet::empty();
        for rank in [3, 5, 4, 2] {
            all = all.union(&RankSet::singleton(rank));
        }
        assert_eq!(all, RankSet::between(2, 6));
        let without = all.intersection(&RankSet::singleton(4).complement());
        assert_eq!(
            without
                .intersection(&RankSet::singleton(3).complement())
                .to_string(),
            RankSet::between(2, 3)
                .union(&RankSet::singleton(5))
                .to_string()
        );
        assert!(RankSet::singleton(7).is_single() && !all.is_single());
        assert_eq!(
            (
                all.lowest(),
                RankSet::full().lowest(),
                RankSet::empty().lowest()
            ),
            (Some(2), Some(0), None)
        );
    }
}
