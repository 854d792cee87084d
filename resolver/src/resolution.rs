//! What was chosen for an environment.

use crate::facts::{WheelMetadata, WheelNeed};
use crate::lock::LockedSource;
use crate::project::WheelFile;
use crate::provider::{Node, Provider};
use crate::skip::{Skip, skip_reason};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use wheel::{ExtraName, PackageName, Requirement, RequirementSource, Version};

/// A package that was chosen in an environment.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The version.
    pub version: Version,
    /// The URL or path it comes from, if it is not from an index.
    pub direct: Option<String>,
    /// The index it comes from, as the lock names it.
    pub index: Option<LockedSource>,
    /// The wheel; a folder with a `mochi.toml` has none.
    pub wheel: Option<WheelFile>,
    /// Where the wheel stands on its page.
    pub place: Option<WheelNeed>,
    /// Its metadata.
    pub metadata: Arc<WheelMetadata>,
    /// The extras that are wanted of it.
    pub extras: BTreeSet<ExtraName>,
    /// Its requirements that are active.
    pub dependencies: BTreeSet<String>,
    /// Every requirement on it: who requires it (`None` is the project), and how.
    pub required_by: Vec<(Option<PackageName>, Requirement)>,
}

/// The solution for one environment.
#[derive(Debug, Clone, Default)]
pub struct Resolution {
    /// The chosen packages.
    pub packages: BTreeMap<PackageName, Resolved>,
    /// What was given up, with the reasons.
    pub skips: Vec<Skip>,
}

type Unnamed = Vec<(PackageName, String)>;

/// Reads the solver's solution: what is reachable from the project, with who requires it. The
/// second value is what was taken by URL though nothing names that URL.
pub(crate) fn resolutions(
    provider: &Provider,
    ranks: &HashMap<Node, u32>,
) -> (Vec<Resolution>, Unnamed) {
    let mut unnamed = Vec::new();
    let scopes = 0..provider.problem.scopes.len();
    let resolutions = scopes.map(|scope| {
        let mut walk = Walk {
            provider,
            ranks,
            scope,
            ..Walk::new(provider, ranks)
        };
        walk.run();
        unnamed.extend(walk.unnamed());
        walk.finish()
    });
    (resolutions.collect(), unnamed)
}

type Requirers = BTreeMap<PackageName, Vec<(Option<PackageName>, Requirement)>>;

struct Walk<'p, 'a> {
    provider: &'p Provider<'a>,
    ranks: &'p HashMap<Node, u32>,
    scope: usize,
    packages: BTreeMap<PackageName, Resolved>,
    required_by: Requirers,
    queue: VecDeque<(PackageName, Option<ExtraName>)>,
    seen: BTreeSet<(PackageName, Option<ExtraName>)>,
}

impl<'p, 'a> Walk<'p, 'a> {
    fn new(provider: &'p Provider<'a>, ranks: &'p HashMap<Node, u32>) -> Self {
        Self {
            provider,
            ranks,
            scope: 0,
            packages: BTreeMap::new(),
            required_by: BTreeMap::new(),
            queue: VecDeque::new(),
            seen: BTreeSet::new(),
        }
    }

    fn run(&mut self) {
        for root in &self.provider.scope(self.scope).roots {
            self.require(None, &root.requirement);
        }
        while let Some((name, extra)) = self.queue.pop_front() {
            self.visit(&name, extra.as_ref());
        }
    }

    fn require(&mut self, by: Option<&PackageName>, requirement: &Requirement) {
        let requirers = self
            .required_by
            .entry(requirement.name.clone())
            .or_default();
        requirers.push((by.cloned(), requirement.clone()));
        let extras = requirement.extras.iter().cloned().map(Some);
        for extra in std::iter::once(None).chain(extras) {
            let item = (requirement.name.clone(), extra);
            if self.seen.insert(item.clone()) {
                self.queue.push_back(item);
            }
        }
    }

    fn visit(&mut self, name: &PackageName, extra: Option<&ExtraName>) {
        let Some(rank) = self.ranks.get(&Node::Package(self.scope, name.clone())) else {
            return;
        };
        let metadata = self.provider.metadata_for(self.scope, name, *rank, extra);
        let Some(Ok(metadata)) = metadata else {
            return;
        };
        if !self.packages.contains_key(name) {
            let Some(resolved) = self.resolved(name, *rank, &metadata) else {
                return;
            };
            self.packages.insert(name.clone(), resolved);
        }
        let active: Vec<Requirement> = self
            .provider
            .active(self.scope, &metadata, extra)
            .into_iter()
            .cloned()
            .collect();
        if let Some(package) = self.packages.get_mut(name) {
            if extra.is_some() {
                package.metadata = Arc::clone(&metadata);
            }
            package.extras.extend(extra.cloned());
            package
                .dependencies
                .extend(active.iter().map(ToString::to_string));
        }
        for requirement in &active {
            self.require(Some(name), requirement);
        }
    }

    fn resolved(
        &self,
        name: &PackageName,
        rank: u32,
        metadata: &Arc<WheelMetadata>,
    ) -> Option<Resolved> {
        let provider = self.provider;
        let universe = provider.universe(self.scope, name)?;
        let entry = universe.entry(rank)?;
        let place = provider.wheel(self.scope, name, &universe, rank);
        let direct = provider.direct(name, &universe, rank);
        let curated = provider.curated(self.scope, name, &universe, rank);
        let (wheel, index) = match (direct, &place) {
            (Some(direct), _) => (direct.wheel.clone(), None),
            (None, None) => {
                let curated = curated?;
                let curation = provider.scope(self.scope).curation.as_ref()?;
                (Some(curated.wheel.clone()), Some(curation.source.clone()))
            }
            (None, Some(place)) => {
                let project = provider.project(self.scope, name)??;
                let wheel = project.wheels(place.release)[place.file].clone();
                let source = project.source(&wheel).cloned();
                (Some(wheel), source)
            }
        };
        Some(Resolved {
            version: entry.version.clone(),
            direct: entry.direct.clone(),
            index,
            wheel,
            place,
            metadata: Arc::clone(metadata),
            extras: BTreeSet::new(),
            dependencies: BTreeSet::new(),
            required_by: Vec::new(),
        })
    }

    fn unnamed(&self) -> Unnamed {
        let named = |name: &PackageName, key: &str| {
            let scope = self.provider.scope(self.scope);
            scope.direct(name) == Some(key)
                || self.required_by.get(name).into_iter().flatten().any(|(_, requirement)| {
                    matches!(&requirement.source, RequirementSource::Url(url) if url == key)
                })
        };
        let direct = self
            .packages
            .iter()
            .filter_map(|(name, package)| Some((name.clone(), package.direct.clone()?)));
        direct.filter(|(name, key)| !named(name, key)).collect()
    }

    fn finish(mut self) -> Resolution {
        let mut skips = Vec::new();
        for (name, requirers) in self.required_by {
            match self.packages.get_mut(&name) {
                Some(package) => package.required_by = requirers,
                None if self.provider.is_skipped(self.scope, &name) => {
                    skips.extend(skip_reason(self.provider, self.scope, &name, &requirers));
                }
                None => {}
            }
        }
        Resolution {
            packages: self.packages,
            skips,
        }
    }
}
