//! What a version requires, as constraints on nodes.

use crate::facts::WheelMetadata;
use crate::provider::{Constraints, Node, Provider};
use crate::ranks::RankSet;
use crate::universe::Universe;
use pubgrub::{DependencyConstraints, VersionSet};
use std::collections::HashMap;
use wheel::{ExtraName, PackageName, Requirement, RequirementSource};

impl Provider<'_> {
    /// A requirement in an environment as constraints, or nothing where it was given up.
    pub(crate) fn constraints(
        &self,
        scope: usize,
        requirement: &Requirement,
        direct: Option<&str>,
    ) -> Constraints {
        let name = &requirement.name;
        if self.is_skipped(scope, name) {
            return Vec::new();
        }
        let set = self.set(scope, requirement, direct);
        let mut constraints = vec![(Node::Package(scope, name.clone()), set.clone())];
        for extra in &requirement.extras {
            constraints.push((Node::Extra(scope, name.clone(), extra.clone()), set.clone()));
        }
        constraints
    }

    pub(crate) fn is_skipped(&self, scope: usize, name: &PackageName) -> bool {
        self.problem
            .rules
            .skipped
            .contains(&(self.problem.first + scope, name.clone()))
    }

    /// The ranks that satisfy a requirement; everything while the versions are not known.
    pub(crate) fn set(
        &self,
        scope: usize,
        requirement: &Requirement,
        direct: Option<&str>,
    ) -> RankSet {
        let name = &requirement.name;
        let key = match (&requirement.source, direct) {
            (_, Some(key)) => key,
            (RequirementSource::Url(url), None) => url,
            (RequirementSource::Specifiers(specifiers), None) => {
                self.want_page(scope, name);
                let universe = self.universe(scope, name);
                return universe.map_or_else(RankSet::full, |universe| universe.set(specifiers));
            }
        };
        let known = self
            .universe(scope, name)
            .and_then(|universe| universe.direct_rank(key));
        match known {
            Some(rank) => RankSet::singleton(rank),
            None => {
                self.needs
                    .borrow_mut()
                    .direct
                    .insert((name.clone(), key.to_owned()));
                RankSet::full()
            }
        }
    }

    /// The requirements of a wheel that are active in an environment: its own, or an extra's.
    pub(crate) fn active<'m>(
        &self,
        scope: usize,
        metadata: &'m WheelMetadata,
        extra: Option<&ExtraName>,
    ) -> Vec<&'m Requirement> {
        let markers = &self.scope(scope).markers;
        let holds = |requirement: &Requirement, extra| {
            requirement
                .marker
                .as_ref()
                .is_none_or(|marker| marker.evaluate(markers, extra))
        };
        let requirements = metadata.requires_dist.iter();
        match extra {
            None => requirements
                .filter(|requirement| holds(requirement, None))
                .collect(),
            Some(_) => requirements
                .filter(|requirement| holds(requirement, extra) && !holds(requirement, None))
                .collect(),
        }
    }

    /// Asks for older candidates too, where a package has been backtracked over before.
    fn look_ahead(&self, scope: usize, name: &PackageName, universe: &Universe, rank: u32) {
        let Some(count) = self.problem.rules.lookahead.get(name) else {
            return;
        };
        let older = (0..rank).rev();
        for rank in older.take(*count) {
            if let Some(need) = self.wheel(scope, name, universe, rank)
                && let Some(Some(project)) = self.project(scope, name)
            {
                let key = project.wheels(need.release)[need.file].metadata_key();
                if !self.problem.facts.metadata.contains_key(&key) {
                    self.needs.borrow_mut().wheels.insert(need);
                }
            }
        }
    }

    fn root_constraints(&self) -> Constraints {
        let mut all = Vec::new();
        for scope in 0..self.problem.scopes.len() {
            for root in &self.scope(scope).roots {
                all.extend(self.constraints(scope, &root.requirement, root.direct.as_deref()));
            }
        }
        all
    }

    pub(crate) fn dependencies(&self, node: &Node, rank: u32) -> Result<Constraints, String> {
        let (scope, name, extra) = match node {
            Node::Root => return Ok(self.root_constraints()),
            Node::Aligned(_) => return Ok(Vec::new()),
            Node::Package(scope, name) => (*scope, name, None),
            Node::Extra(scope, name, extra) => (*scope, name, Some(extra)),
        };
        let mut all: Constraints = Vec::new();
        if extra.is_some() {
            all.push((Node::Package(scope, name.clone()), RankSet::singleton(rank)));
        } else if self.aligned {
            all.push((Node::Aligned(name.clone()), RankSet::singleton(rank)));
        }
        let metadata = match self.metadata_for(scope, name, rank, extra) {
            Some(Ok(metadata)) => metadata,
            Some(Err(reason)) => return Err(reason.to_string()),
            None => {
                if let Some(universe) = self.universe(scope, name) {
                    self.look_ahead(scope, name, &universe, rank);
                }
                return Ok(all);
            }
        };
        if let Some(reason) = self.contradiction(scope, &metadata) {
            return Err(reason);
        }
        for requirement in self.active(scope, &metadata, extra) {
            for (node, set) in self.constraints(scope, requirement, None) {
                match &node {
                    Node::Package(_, other) if other == name && extra.is_none() => {
                        if !set.contains(&rank) {
                            return Err(format!("requires itself as {requirement}"));
                        }
                    }
                    _ => all.push((node, set)),
                }
            }
        }
        Ok(all)
    }

    /// What the metadata says against using the wheel at all.
    fn contradiction(&self, scope: usize, metadata: &WheelMetadata) -> Option<String> {
        let requires = metadata.requires_python.as_ref()?;
        let python = &self.scope(scope).python;
        (!requires.contains(python)).then(|| format!("requires Python {requires}"))
    }
}

/// Constraints on one node as one constraint, in the order in which the nodes first stand.
pub(crate) fn merged(constraints: Constraints) -> DependencyConstraints<Node, RankSet> {
    let mut merged: Vec<(Node, RankSet)> = Vec::with_capacity(constraints.len());
    let mut positions: HashMap<Node, usize> = HashMap::new();
    for (node, set) in constraints {
        match positions.get(&node) {
            Some(position) => merged[*position].1 = merged[*position].1.intersection(&set),
            None => {
                positions.insert(node.clone(), merged.len());
                merged.push((node, set));
            }
        }
    }
    merged.into_iter().collect()
}
