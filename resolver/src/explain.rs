//! Why there is no solution, from PubGrub's derivation, in terms of requirements.

use crate::candidate::{Fit, Unfit};
use crate::provider::{Node, Provider};
use crate::ranks::RankSet;
use crate::relaxed::{place, unfit};
use crate::universe::Universe;
use pubgrub::{DerivationTree, External, VersionSet};
use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;
use std::sync::Arc;
use wheel::{PackageName, RequirementSource};

type Tree = DerivationTree<Node, RankSet, String>;

/// Why the requirements cannot all be met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The facts that together exclude every solution, each a sentence, in the order of the
    /// derivation.
    pub facts: Vec<String>,
    /// Packages of which nothing fits, with the position of their scope: to be skipped or
    /// reported as such, before a conflict is.
    pub unfit: BTreeSet<(usize, PackageName)>,
    /// Packages that no index has.
    pub unknown: BTreeSet<PackageName>,
    /// The scopes (positions) that the derivation speaks of.
    pub scopes: BTreeSet<usize>,
}

impl Explanation {
    pub(crate) fn new(provider: &Provider, tree: &Tree) -> Self {
        let first = provider.problem.first;
        let mut teller = Teller {
            provider,
            seen: HashSet::new(),
            said: HashSet::new(),
            scopes: BTreeSet::new(),
            facts: Vec::new(),
            unknown: BTreeSet::new(),
            named: BTreeSet::new(),
        };
        teller.tell(tree);
        let scopes = 0..provider.problem.scopes.len();
        // What the derivation does not speak of is not why there is no solution: to give it up
        // would change the versions of others for nothing.
        let named = &teller.named;
        let unfit = scopes.flat_map(|scope| {
            unfit(provider, scope)
                .into_iter()
                .filter(move |name| named.contains(&(scope, name.clone())))
                .map(move |name| (first + scope, name))
        });
        Self {
            unfit: unfit.collect(),
            facts: teller.facts,
            unknown: teller.unknown,
            scopes: teller
                .scopes
                .into_iter()
                .map(|scope| first + scope)
                .collect(),
        }
    }
}

struct Teller<'p, 'a> {
    provider: &'p Provider<'a>,
    seen: HashSet<*const Tree>,
    said: HashSet<String>,
    scopes: BTreeSet<usize>,
    facts: Vec<String>,
    unknown: BTreeSet<PackageName>,
    /// Packages of scopes that the derivation speaks of.
    named: BTreeSet<(usize, PackageName)>,
}

impl Teller<'_, '_> {
    /// Walks the derivation with a stack of its own: hard conflicts have deep ones.
    fn tell(&mut self, tree: &Tree) {
        let mut stack: Vec<&Tree> = vec![tree];
        while let Some(tree) = stack.pop() {
            match tree {
                DerivationTree::External(external) => self.external(external),
                DerivationTree::Derived(derived) => {
                    for cause in [&derived.cause2, &derived.cause1] {
                        if self.seen.insert(Arc::as_ptr(cause)) {
                            stack.push(cause);
                        }
                    }
                }
            }
        }
    }

    fn external(&mut self, external: &External<Node, RankSet, String>) {
        if let External::NoVersions(node, _) | External::FromDependencyOf(_, _, node, _) = external
            && let Some((scope, name)) = place(node)
        {
            self.named.insert((scope, name.clone()));
        }
        let fact = match external {
            External::NotRoot(..) => None,
            External::NoVersions(node, set) => self.no_versions(node, set),
            External::FromDependencyOf(node, versions, dependency, set) => {
                self.dependency(node, versions, dependency, set)
            }
            External::Custom(node, versions, reason) => {
                Some(format!("{} {reason}", self.versions(node, versions)))
            }
        };
        let follows = match external {
            External::FromDependencyOf(_, _, dependency, set) => self.empty(dependency, set),
            _ => None,
        };
        for fact in fact.into_iter().chain(follows) {
            if self.said.insert(fact.clone()) {
                self.facts.push(fact);
            }
        }
    }

    fn universe(&mut self, node: &Node) -> Option<(usize, Rc<Universe>)> {
        let (scope, name) = match node {
            Node::Aligned(name) => (0, name),
            node => place(node)?,
        };
        self.scopes.insert(scope);
        Some((scope, self.provider.universe(scope, name)?))
    }

    fn no_versions(&mut self, node: &Node, set: &RankSet) -> Option<String> {
        let name = node.name()?;
        let (scope, universe) = self.universe(node)?;
        if universe.entries.is_empty() {
            return Some(self.unknown(scope, name));
        }
        let ranks: Vec<u32> = universe.newest_first(set).collect();
        // That nothing is left beside what other facts exclude is no fact of its own; that nothing
        // is in what is required is told with the requirement.
        let newest = ranks.first()?;
        let reason = match self.provider.fit(scope, name, &universe, *newest) {
            Fit::Wheel(_) | Fit::Curated => {
                "is a pre-release, which the manifest disallows".to_owned()
            }
            Fit::Unfit(unfit) => why(&unfit, &self.environment(scope)),
        };
        let (versions, verb) = match ranks.len() {
            1 => (self.versions(node, set), ""),
            _ => (self.versions(node, set), " (the newest of them)"),
        };
        Some(format!("{versions}{verb} {reason}"))
    }

    fn unknown(&mut self, scope: usize, name: &PackageName) -> String {
        self.unknown.insert(name.clone());
        match self.provider.scope(scope).project_key(name).index {
            Some(index) => format!("{name} is not on the index \"{index}\", which is named for it"),
            None => format!("{name} is not on any index in force, or has no files there"),
        }
    }

    /// What PubGrub knows without a fact of its own: nothing is in the set that is required.
    fn empty(&mut self, dependency: &Node, set: &RankSet) -> Option<String> {
        let name = dependency.name()?;
        let (scope, universe) = self.universe(dependency)?;
        if universe.entries.is_empty() {
            return Some(self.unknown(scope, name));
        }
        let none = universe.newest_first(set).next().is_none();
        none.then(|| nothing_satisfies(name, &universe))
    }

    fn dependency(
        &mut self,
        node: &Node,
        versions: &RankSet,
        dependency: &Node,
        set: &RankSet,
    ) -> Option<String> {
        self.universe(dependency);
        if let (Node::Package(scope, name), Node::Aligned(_)) = (node, dependency) {
            let environment = self.environment(*scope);
            return Some(format!(
                "{name} must have one version everywhere (version-policy is \"aligned\"), {environment} too"
            ));
        }
        let required = dependency.name()?;
        let who = match node {
            Node::Root => "the project".to_owned(),
            node => {
                if node.name() == Some(required) {
                    return None;
                }
                self.versions(node, versions)
            }
        };
        Some(format!(
            "{who} requires {}",
            self.requirement(node, versions, dependency, set)
        ))
    }

    /// The requirement in the words of whoever wrote it.
    fn requirement(
        &self,
        node: &Node,
        versions: &RankSet,
        dependency: &Node,
        set: &RankSet,
    ) -> String {
        let Some((scope, name)) = place(dependency) else {
            return dependency.to_string();
        };
        let mut texts: Vec<String> = Vec::new();
        let mut add = |requirement: &wheel::Requirement| {
            let mut plain = requirement.clone();
            plain.marker = None;
            let text = plain.to_string();
            if requirement.name == *name && !texts.contains(&text) {
                texts.push(text);
            }
        };
        match node {
            Node::Root => {
                for root in &self.provider.scope(scope).roots {
                    let mut requirement = root.requirement.clone();
                    if let Some(key) = &root.direct {
                        requirement.source = RequirementSource::Url(key.clone());
                    }
                    add(&requirement);
                }
            }
            node => {
                if let Some((scope, parent)) = place(node)
                    && let Some(universe) = self.provider.universe(scope, parent)
                    && let Some(rank) = universe.newest_first(versions).next()
                    && let Some(Ok(metadata)) = self.provider.metadata(scope, parent, rank)
                {
                    let extra = match node {
                        Node::Extra(_, _, extra) => Some(extra),
                        _ => None,
                    };
                    for requirement in self.provider.active(scope, &metadata, extra) {
                        if matches!(requirement.source, RequirementSource::Url(_))
                            || requirement.name == *name
                        {
                            add(requirement);
                        }
                    }
                }
            }
        }
        if texts.is_empty() {
            self.versions_of(dependency, set)
        } else {
            texts.join(" and ")
        }
    }

    fn environment(&self, scope: usize) -> String {
        self.provider.scope(scope).environment.name().to_owned()
    }

    fn versions(&mut self, node: &Node, set: &RankSet) -> String {
        self.universe(node);
        self.versions_of(node, set)
    }

    /// A set of versions in words: `urllib3 1.21.1 to 1.26.20`.
    fn versions_of(&self, node: &Node, set: &RankSet) -> String {
        let Some(name) = node.name() else {
            return "the project".to_owned();
        };
        let scope = place(node).map_or(0, |(scope, _)| scope);
        let Some(universe) = self.provider.universe(scope, name) else {
            return node.to_string();
        };
        let all = u32::try_from(universe.entries.len()).unwrap_or(u32::MAX);
        let runs = runs(&universe, set);
        let version = |rank: u32| universe.entries[rank as usize].version.to_string();
        match runs[..] {
            [] => format!("no version of {node}"),
            [(0, end)] if end + 1 == all && all > 1 => format!("every version of {node}"),
            _ => {
                const SHOWN: usize = 4;
                let mut parts: Vec<String> = runs
                    .iter()
                    .take(SHOWN)
                    .map(|(start, end)| match start == end {
                        true => version(*start),
                        false => format!("{} to {}", version(*start), version(*end)),
                    })
                    .collect();
                if runs.len() > SHOWN {
                    parts.push("others".to_owned());
                }
                format!("{node} {}", parts.join(", "))
            }
        }
    }
}

/// The unbroken runs of versions in a set, oldest first.
fn runs(universe: &Universe, set: &RankSet) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for rank in (0..universe.len()).filter(|rank| set.contains(rank)) {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == rank => *end = rank,
            _ => runs.push((rank, rank)),
        }
    }
    runs
}

/// That no version is in a set, with what there is instead.
fn nothing_satisfies(name: &PackageName, universe: &Universe) -> String {
    let by_url = universe
        .entries
        .iter()
        .find_map(|entry| Some((entry, entry.direct.as_ref()?)));
    match (by_url, universe.entries.last()) {
        (Some((entry, url)), _) => {
            format!(
                "{name} is version {} at {url}, which does not satisfy that",
                entry.version
            )
        }
        (None, Some(newest)) => format!(
            "no version of {name} satisfies what is required of it (the newest is {})",
            newest.version
        ),
        (None, None) => format!("there is no version of {name}"),
    }
}

fn why(unfit: &Unfit, environment: &str) -> String {
    match unfit {
        Unfit::Absent => format!("is not on the index that {environment} uses"),
        Unfit::NoWheels { sdist: true } => "has no wheel, only an sdist".to_owned(),
        Unfit::NoWheels { sdist: false } => "has no wheel".to_owned(),
        Unfit::Tags => format!("has no wheel for {environment}"),
        Unfit::RequiresPython(requires) => {
            format!("requires Python {requires}, which {environment} is not")
        }
        Unfit::Yanked(reason) if reason.is_empty() => "was yanked".to_owned(),
        Unfit::Yanked(reason) => format!("was yanked ({reason})"),
    }
}
