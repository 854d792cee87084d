//! The facts as PubGrub asks for them.

use crate::candidate::{Fit, Unfit, direct_fits, fit};
use crate::curated::CuratedWheel;
use crate::facts::{Direct, MetadataFact, Needs, ProjectKey, WheelMetadata, WheelNeed};
use crate::problem::{Problem, Scope};
use crate::project::Project;
use crate::ranks::RankSet;
use crate::requirements::merged;
use crate::universe::Universe;
use pubgrub::{Dependencies, DependencyProvider, PackageResolutionStatistics, VersionSet};
use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use wheel::{ExtraName, MarkerEnv, PackageName, Specifiers, Version};

/// How many steps a resolution may take before it is given up. The hardest real ones that are
/// known take a few thousand.
const MAX_STEPS: u64 = 200_000;

/// Conflicts after which a package is decided before others.
const CONFLICT_THRESHOLD: u32 = 5;

/// A package as the solver sees it. `scope` is the position of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Node {
    /// The project.
    Root,
    /// A package in an environment.
    Package(usize, PackageName),
    /// An extra of a package, always at the version of the package.
    Extra(usize, PackageName, ExtraName),
    /// A package in all environments, where versions are aligned.
    Aligned(PackageName),
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("the project"),
            Self::Package(_, name) | Self::Aligned(name) => write!(f, "{name}"),
            Self::Extra(_, name, extra) => write!(f, "{name}[{extra}]"),
        }
    }
}

impl Node {
    pub(crate) fn name(&self) -> Option<&PackageName> {
        match self {
            Self::Root => None,
            Self::Package(_, name) | Self::Extra(_, name, _) | Self::Aligned(name) => Some(name),
        }
    }
}

/// The resolution was given up.
#[derive(Debug, thiserror::Error)]
#[error("no answer within {MAX_STEPS} steps")]
pub(crate) struct TooHard;

/// Metadata, or why it cannot be used; `None` while it is not known.
pub(crate) type Metadata = Option<Result<Arc<WheelMetadata>, Arc<str>>>;

/// One requirement as constraints on nodes.
pub(crate) type Constraints = Vec<(Node, RankSet)>;

/// Answers PubGrub's questions, and notes what it did not know.
pub(crate) struct Provider<'a> {
    pub(crate) problem: Problem<'a>,
    universes: RefCell<HashMap<PackageName, Rc<Universe>>>,
    fits: RefCell<HashMap<(usize, PackageName, u32), Fit>>,
    pub(crate) needs: RefCell<Needs>,
    order: RefCell<HashMap<Node, u32>>,
    pub(crate) last_choice: RefCell<HashMap<(Option<usize>, PackageName), u32>>,
    steps: Cell<u64>,
    pub(crate) aligned: bool,
}

impl<'a> Provider<'a> {
    pub(crate) fn new(problem: Problem<'a>, aligned: bool) -> Self {
        Self {
            problem,
            universes: RefCell::default(),
            fits: RefCell::default(),
            needs: RefCell::default(),
            order: RefCell::default(),
            last_choice: RefCell::default(),
            steps: Cell::new(0),
            aligned,
        }
    }

    pub(crate) fn into_needs(self) -> Needs {
        self.needs.into_inner()
    }

    pub(crate) fn scope(&self, scope: usize) -> &'a Scope {
        &self.problem.scopes[scope]
    }

    /// The page of `name` in an environment: `None` where it is not known, `Some(None)` where there
    /// is none.
    #[expect(
        clippy::option_option,
        reason = "not known and known to be absent are two things"
    )]
    pub(crate) fn project(
        &self,
        scope: usize,
        name: &PackageName,
    ) -> Option<Option<&'a Arc<Project>>> {
        let Some(key) = self.scope(scope).index_key(name) else {
            return Some(None);
        };
        self.problem.facts.projects.get(&key).map(Option::as_ref)
    }

    /// The scopes whose pages of a package count as one.
    fn related(&self, scope: usize) -> std::ops::Range<usize> {
        if self.aligned {
            0..self.problem.scopes.len()
        } else {
            scope..scope + 1
        }
    }

    /// Notes that the page of `name` is wanted, where it is not known.
    pub(crate) fn want_page(&self, scope: usize, name: &PackageName) {
        for scope in self.related(scope) {
            if self.project(scope, name).is_none()
                && let Some(key) = self.scope(scope).index_key(name)
            {
                self.needs.borrow_mut().projects.insert(key);
            }
        }
    }

    /// All known versions of `name`; `None` while nothing is known of it. What is required by URL
    /// alone needs no page: whoever requires it otherwise asks for the page.
    pub(crate) fn universe(&self, scope: usize, name: &PackageName) -> Option<Rc<Universe>> {
        if let Some(universe) = self.universes.borrow().get(name) {
            return Some(Rc::clone(universe));
        }
        let mut projects: Vec<Arc<Project>> = Vec::new();
        let mut complete = true;
        let mut curated: Vec<&Version> = Vec::new();
        for scope in self.related(scope) {
            curated.extend(
                self.scope(scope)
                    .curated(name)
                    .map(|curated| &curated.version),
            );
            match self.project(scope, name) {
                None => complete = false,
                Some(Some(project)) if !projects.iter().any(|p| Arc::ptr_eq(p, project)) => {
                    projects.push(Arc::clone(project));
                }
                Some(_) => {}
            }
        }
        let universe = Universe::new(self.problem.facts, name, &projects, &curated);
        let by_url = universe.entries.iter().any(|entry| entry.direct.is_some());
        if !complete && !by_url {
            return None;
        }
        self.universes
            .borrow_mut()
            .insert(name.clone(), Rc::clone(&universe));
        Some(universe)
    }

    /// Whether the version of `rank` can be had in an environment.
    pub(crate) fn fit(
        &self,
        scope: usize,
        name: &PackageName,
        universe: &Universe,
        rank: u32,
    ) -> Fit {
        let key = (scope, name.clone(), rank);
        if let Some(fit) = self.fits.borrow().get(&key) {
            return fit.clone();
        }
        let judged = self.judge(scope, name, universe, rank);
        self.fits.borrow_mut().insert(key, judged.clone());
        judged
    }

    fn judge(&self, scope: usize, name: &PackageName, universe: &Universe, rank: u32) -> Fit {
        let Some(entry) = universe.entry(rank) else {
            return Fit::Unfit(Unfit::Absent);
        };
        if let Some(direct) = self.direct(name, universe, rank) {
            let key = (name.clone(), entry.direct.clone().unwrap_or_default());
            if self.problem.rules.banned.contains(&key) {
                return Fit::Unfit(Unfit::Absent);
            }
            return match direct_fits(&self.scope(scope).environment, direct.wheel.as_ref()) {
                true => Fit::Wheel(0),
                false => Fit::Unfit(Unfit::Tags),
            };
        }
        if self.curated(scope, name, universe, rank).is_some() {
            return Fit::Curated;
        }
        let Some(Some(project)) = self.project(scope, name) else {
            return Fit::Unfit(Unfit::Absent);
        };
        match project.position(&entry.version) {
            Some(release) => {
                let yanked_ok = self.scope(scope).yanked_ok(name, &entry.version);
                fit(self.scope(scope), project, release, yanked_ok)
            }
            None => Fit::Unfit(Unfit::Absent),
        }
    }

    /// The `Requires-Python` of what an environment takes of a version, where its metadata says
    /// what its page does not: that it is not for this Python. Asks for metadata that is not known.
    pub(crate) fn other_python(
        &self,
        scope: usize,
        name: &PackageName,
        rank: u32,
    ) -> Option<Specifiers> {
        let metadata = self.metadata(scope, name, rank)?.ok()?;
        let requires = metadata.requires_python.clone()?;
        (!requires.contains(&self.scope(scope).python)).then_some(requires)
    }

    /// The wheel or folder behind a rank that is not on an index.
    pub(crate) fn direct(
        &self,
        name: &PackageName,
        universe: &Universe,
        rank: u32,
    ) -> Option<&'a Direct> {
        let key = universe.entry(rank)?.direct.clone()?;
        self.problem.facts.direct.get(&(name.clone(), key))
    }

    /// What the Pyodide release curates, if `rank` is its version.
    pub(crate) fn curated(
        &self,
        scope: usize,
        name: &PackageName,
        universe: &Universe,
        rank: u32,
    ) -> Option<&'a CuratedWheel> {
        let entry = universe.entry(rank)?;
        let curated = self.scope(scope).curated(name)?;
        (entry.direct.is_none() && entry.version == curated.version).then_some(curated)
    }

    /// The rank of what the Pyodide release curates.
    pub(crate) fn curated_rank(
        &self,
        scope: usize,
        name: &PackageName,
        universe: &Universe,
    ) -> Option<u32> {
        let version = &self.scope(scope).curated(name)?.version;
        universe.rank_of(version)
    }

    /// The metadata of the wheel that an environment takes of a version: `None` while unknown.
    pub(crate) fn metadata(&self, scope: usize, name: &PackageName, rank: u32) -> Metadata {
        let universe = self.universe(scope, name)?;
        if let Some(direct) = self.direct(name, &universe, rank) {
            return Some(Ok(Arc::clone(&direct.metadata)));
        }
        if let Some(curated) = self.curated(scope, name, &universe, rank) {
            return Some(Ok(Arc::clone(&curated.metadata)));
        }
        let need = self.wheel(scope, name, &universe, rank)?;
        self.read(scope, name, need)
    }

    /// The metadata as a version's own requirements need it, or those of an extra.
    pub(crate) fn metadata_for(
        &self,
        scope: usize,
        name: &PackageName,
        rank: u32,
        extra: Option<&ExtraName>,
    ) -> Metadata {
        match extra {
            None => self.metadata(scope, name, rank),
            Some(_) => self.metadata_with_extras(scope, name, rank),
        }
    }

    /// The metadata with what extras require. A Pyodide release does not say what extras require,
    /// but the index does where it has the same version.
    fn metadata_with_extras(&self, scope: usize, name: &PackageName, rank: u32) -> Metadata {
        let universe = self.universe(scope, name)?;
        let Some(curated) = self.curated(scope, name, &universe, rank) else {
            return self.metadata(scope, name, rank);
        };
        let own = || Some(Ok(Arc::clone(&curated.metadata)));
        let Some(Some(project)) = self.project(scope, name) else {
            return own();
        };
        let Some(release) = project.position(&curated.version) else {
            return own();
        };
        let wheels = project.wheels(release);
        let any = wheels
            .iter()
            .position(|wheel| wheel.filename.ends_with("-any.whl"));
        let (Some(file), Some(project)) = (
            any.or((!wheels.is_empty()).then_some(0)),
            self.scope(scope).index_key(name),
        ) else {
            return own();
        };
        let need = WheelNeed {
            project,
            release,
            file,
        };
        match self.read(scope, name, need)? {
            Ok(listed) => Some(Ok(Arc::new(with_extras(
                &curated.metadata,
                &listed,
                &self.scope(scope).markers,
            )))),
            Err(_) => own(),
        }
    }

    fn read(&self, scope: usize, name: &PackageName, need: WheelNeed) -> Metadata {
        let project = self.project(scope, name)??;
        let wheel = &project.wheels(need.release)[need.file];
        match self.problem.facts.metadata.get(&wheel.metadata_key()) {
            Some(MetadataFact::Known(metadata)) => Some(Ok(Arc::clone(metadata))),
            Some(MetadataFact::Invalid(reason)) => Some(Err(Arc::clone(reason))),
            None => {
                self.needs.borrow_mut().wheels.insert(need);
                None
            }
        }
    }

    /// Where the wheel stands that an environment takes of a version on an index.
    pub(crate) fn wheel(
        &self,
        scope: usize,
        name: &PackageName,
        universe: &Universe,
        rank: u32,
    ) -> Option<WheelNeed> {
        let Fit::Wheel(file) = self.fit(scope, name, universe, rank) else {
            return None;
        };
        let project: ProjectKey = self.scope(scope).index_key(name)?;
        let page = self.project(scope, name)??;
        let release = page.position(&universe.entry(rank)?.version)?;
        Some(WheelNeed {
            project,
            release,
            file,
        })
    }

    fn position(&self, node: &Node) -> u32 {
        let mut order = self.order.borrow_mut();
        let next = u32::try_from(order.len()).unwrap_or(u32::MAX);
        *order.entry(node.clone()).or_insert(next)
    }
}

/// The metadata of a curated package, and what another wheel of its version says of extras.
fn with_extras(
    curated: &WheelMetadata,
    listed: &WheelMetadata,
    markers: &MarkerEnv,
) -> WheelMetadata {
    let of_extras = listed.requires_dist.iter().filter(|requirement| {
        let marker = requirement.marker.as_ref();
        marker.is_some_and(|marker| !marker.evaluate(markers, None))
    });
    let own = curated.requires_dist.iter();
    WheelMetadata {
        requires_dist: own.chain(of_extras).cloned().collect(),
        extras: listed.extras.clone(),
        ..curated.clone()
    }
}

impl DependencyProvider for Provider<'_> {
    type P = Node;
    type V = u32;
    type VS = RankSet;
    type Priority = (u8, Reverse<u32>);
    type M = String;
    type Err = TooHard;

    /// Certain packages first: those taken by URL, those pinned to one version, those that were
    /// in conflicts; else in the order in which they were met.
    fn prioritize(
        &self,
        node: &Node,
        range: &RankSet,
        statistics: &PackageResolutionStatistics,
    ) -> Self::Priority {
        let single = range.is_single();
        let tier = match node {
            Node::Root => 5,
            Node::Aligned(_) if single => 4,
            Node::Package(scope, name) if self.scope(*scope).direct(name).is_some() => 3,
            _ if single => 2,
            _ if statistics.conflict_count() >= CONFLICT_THRESHOLD => 1,
            _ => 0,
        };
        (tier, Reverse(self.position(node)))
    }

    fn choose_version(&self, node: &Node, range: &RankSet) -> Result<Option<u32>, TooHard> {
        Ok(match node {
            Node::Root => Some(0),
            Node::Aligned(name) => {
                let rank = self.choose_aligned(name, range);
                if let Some(rank) = rank {
                    self.last_choice
                        .borrow_mut()
                        .insert((None, name.clone()), rank);
                }
                rank
            }
            Node::Package(scope, name) => {
                let rank = self.choose(*scope, name, range);
                if let Some(rank) = rank {
                    self.last_choice
                        .borrow_mut()
                        .insert((Some(*scope), name.clone()), rank);
                }
                rank
            }
            Node::Extra(scope, name, _) => {
                let last = self
                    .last_choice
                    .borrow()
                    .get(&(Some(*scope), name.clone()))
                    .copied();
                last.filter(|rank| range.contains(rank))
                    .or_else(|| self.choose(*scope, name, range))
            }
        })
    }

    fn get_dependencies(
        &self,
        node: &Node,
        rank: &u32,
    ) -> Result<Dependencies<Node, RankSet, String>, TooHard> {
        Ok(match self.dependencies(node, *rank) {
            Ok(constraints) => {
                for (node, _) in &constraints {
                    self.position(node);
                }
                Dependencies::Available(merged(constraints))
            }
            Err(reason) => Dependencies::Unavailable(reason),
        })
    }

    fn should_cancel(&self) -> Result<(), TooHard> {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MAX_STEPS {
            Err(TooHard)
        } else {
            Ok(())
        }
    }
}
