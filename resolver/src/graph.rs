//! The graph of one environment of a lock: who requires what.

use crate::lock::{Lock, LockedPackage};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use wheel::{ExtraName, MarkerEnv, PackageName, Requirement, RequirementSource, Version};

/// A requirement that holds in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The package that is required.
    pub name: PackageName,
    /// The requirement, without its marker.
    pub requirement: String,
}

/// A package of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vertex {
    /// Its version.
    pub version: Version,
    /// The extras that are wanted of it.
    pub extras: BTreeSet<ExtraName>,
    /// What it requires, by name.
    pub edges: Vec<Edge>,
}

/// The packages of an environment and what they require.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// What the project requires.
    pub roots: Vec<Edge>,
    /// The packages that the project reaches.
    pub vertices: BTreeMap<PackageName, Vertex>,
    /// Packages of the lock that nothing reaches.
    pub unreached: Vec<PackageName>,
    /// Requirements that the lock does not meet, in words.
    pub unmet: Vec<String>,
}

impl Graph {
    /// The graph of the environment of this name, from the project's requirements that are active
    /// in it.
    pub fn new(lock: &Lock, environment: &str, markers: &MarkerEnv, roots: &[Requirement]) -> Self {
        let packages: BTreeMap<&PackageName, &LockedPackage> = lock
            .packages_of(environment)
            .map(|(package, _)| (&package.name, package))
            .collect();
        let skipped = lock
            .skips
            .iter()
            .filter(|skip| skip.environment == environment);
        let mut builder = Builder {
            packages,
            skipped: skipped.map(|skip| &skip.name).collect(),
            markers,
            graph: Self::default(),
            queue: VecDeque::new(),
            seen: BTreeSet::new(),
        };
        for root in roots {
            let edge = builder.require("the project", root);
            builder.graph.roots.push(edge);
        }
        while let Some((name, extra)) = builder.queue.pop_front() {
            builder.visit(&name, extra.as_ref());
        }
        builder.finish()
    }

    /// All paths from the project to `name`, shortest first, at most `limit`. Each is the list of
    /// requirements along it.
    pub fn paths(&self, name: &PackageName, limit: usize) -> Vec<Vec<Edge>> {
        let mut found = Vec::new();
        let mut queue: VecDeque<Vec<Edge>> =
            self.roots.iter().map(|edge| vec![edge.clone()]).collect();
        // Paths multiply; what is looked at is bounded so that any graph ends.
        let mut budget = 200_000usize;
        while let Some(path) = queue.pop_front() {
            let Some(last) = path.last() else { continue };
            if last.name == *name {
                found.push(path);
                if found.len() == limit {
                    break;
                }
                continue;
            }
            for edge in self
                .vertices
                .get(&last.name)
                .map_or(&[][..], |vertex| &vertex.edges)
            {
                budget = budget.saturating_sub(1);
                if budget > 0 && path.iter().all(|step| step.name != edge.name) {
                    let mut longer = path.clone();
                    longer.push(edge.clone());
                    queue.push_back(longer);
                }
            }
        }
        found
    }
}

struct Builder<'a> {
    packages: BTreeMap<&'a PackageName, &'a LockedPackage>,
    skipped: BTreeSet<&'a PackageName>,
    markers: &'a MarkerEnv,
    graph: Graph,
    queue: VecDeque<(PackageName, Option<ExtraName>)>,
    seen: BTreeSet<(PackageName, Option<ExtraName>)>,
}

impl Builder<'_> {
    fn require(&mut self, by: &str, requirement: &Requirement) -> Edge {
        let name = &requirement.name;
        let mut plain = requirement.clone();
        plain.marker = None;
        let edge = Edge {
            name: name.clone(),
            requirement: plain.to_string(),
        };
        match self.packages.get(name) {
            None if self.skipped.contains(name) => {}
            None => self.graph.unmet.push(format!(
                "{by} requires {}, which is not locked",
                edge.requirement
            )),
            Some(package) => {
                let ok = match &requirement.source {
                    RequirementSource::Specifiers(specifiers) => {
                        specifiers.contains(&package.version)
                    }
                    RequirementSource::Url(_) => true,
                };
                if !ok {
                    let text = format!(
                        "{by} requires {}, {} is locked",
                        edge.requirement, package.version
                    );
                    self.graph.unmet.push(text);
                }
                let extras = requirement.extras.iter().cloned().map(Some);
                for extra in std::iter::once(None).chain(extras) {
                    if self.seen.insert((name.clone(), extra.clone())) {
                        self.queue.push_back((name.clone(), extra));
                    }
                }
            }
        }
        edge
    }

    fn visit(&mut self, name: &PackageName, extra: Option<&ExtraName>) {
        let Some(package) = self.packages.get(name).copied() else {
            return;
        };
        let mut edges = Vec::new();
        for text in &package.dependencies {
            let Ok(requirement) = text.parse::<Requirement>() else {
                continue;
            };
            let holds = |extra| {
                requirement
                    .marker
                    .as_ref()
                    .is_none_or(|m| m.evaluate(self.markers, extra))
            };
            if holds(extra) && (extra.is_none() || !holds(None)) {
                edges.push(self.require(name.as_str(), &requirement));
            }
        }
        let vertex = self
            .graph
            .vertices
            .entry(name.clone())
            .or_insert_with(|| Vertex {
                version: package.version.clone(),
                extras: BTreeSet::new(),
                edges: Vec::new(),
            });
        vertex.extras.extend(extra.cloned());
        vertex.edges.extend(edges);
        vertex
            .edges
            .sort_by(|a, b| (&a.name, &a.requirement).cmp(&(&b.name, &b.requirement)));
        vertex.edges.dedup();
    }

    fn finish(mut self) -> Graph {
        let reached = &self.graph.vertices;
        let unreached = self
            .packages
            .keys()
            .filter(|name| !reached.contains_key(**name));
        self.graph.unreached = unreached.map(|name| (*name).clone()).collect();
        self.graph
    }
}
