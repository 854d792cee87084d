//! What must hold of the resolver's answers.

use crate::table::{Reached, Table, Walk, solvable};
use crate::texts::EXTRAS;
use crate::world::{NAMES, World, name};
use resolver::{Explanation, Facts, Outcome, Problem, Resolution, Resolved, Rules, Scope, solve};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;
use wheel::PackageName;

/// What can come of a world; each must come up often enough to be tested.
pub(crate) mod outcome {
    pub(crate) const SOLVED: &str = "a solution";
    pub(crate) const EASY: &str = "a solution without conflicts";
    pub(crate) const HARD: &str = "a solution around conflicts";
    pub(crate) const CONFLICT: &str = "a conflict";
    pub(crate) const UNFIT: &str = "no wheel";
    pub(crate) const SKIPPED: &str = "a solution with skips";
    pub(crate) const LEAF: &str = "a package that only the project requires";
    pub(crate) const ALIGNED: &str = "an aligned solution";
    pub(crate) const MISALIGNED: &str = "no aligned solution, but one for each environment";
    pub(crate) const ALL: [&str; 9] = [
        SOLVED, EASY, HARD, CONFLICT, UNFIT, SKIPPED, LEAF, ALIGNED, MISALIGNED,
    ];
}

/// Holds the resolver's answers for one world against what search finds.
pub(crate) struct Judge<'a> {
    pub(crate) world: &'a World,
    pub(crate) scopes: &'a [Scope],
    pub(crate) facts: &'a Facts,
    pub(crate) rules: Rules,
    pub(crate) tally: &'a mut BTreeMap<&'static str, usize>,
}

impl Judge<'_> {
    /// Some of the environments as a problem.
    pub(crate) fn problem(&self, scopes: Range<usize>) -> Problem<'_> {
        Problem {
            scopes: &self.scopes[scopes.clone()],
            first: scopes.start,
            facts: self.facts,
            rules: &self.rules,
            chosen: &self.world.chosen,
        }
    }

    fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    /// One environment by itself; what nothing fits is given up until there is an answer.
    pub(crate) fn alone(&mut self, scope: usize, table: &mut Table) {
        loop {
            let solution = solvable(std::slice::from_ref(table));
            match solve(self.problem(scope..scope + 1), false) {
                Outcome::Solved(resolutions) => {
                    assert!(solution, "solved, but there is no solution");
                    let [resolution] = &resolutions[..] else {
                        panic!("{} solutions for one environment", resolutions.len());
                    };
                    valid(table, resolution);
                    self.count(match table.skipped.is_empty() {
                        true => outcome::SOLVED,
                        false => outcome::SKIPPED,
                    });
                    needed(table);
                    self.preferences(std::slice::from_ref(table), &resolutions);
                    return;
                }
                Outcome::Unsolvable(explanation) => {
                    assert!(!solution, "there is a solution: {explanation:?}");
                    explained(&explanation, scope, std::slice::from_ref(table));
                    if explanation.unfit.is_empty() {
                        self.count(outcome::CONFLICT);
                        return;
                    }
                    self.count(outcome::UNFIT);
                    for (_, name) in &explanation.unfit {
                        assert!(
                            table.skipped.insert(number(name)),
                            "{name} is skipped twice"
                        );
                    }
                    self.rules.skipped.extend(explanation.unfit);
                }
                other => panic!("all is known, yet {other:?}"),
            }
        }
    }

    /// All environments with the same versions.
    pub(crate) fn aligned(&mut self, tables: &mut [Table]) {
        let solution = solvable(tables);
        match solve(self.problem(0..self.scopes.len()), true) {
            Outcome::Solved(resolutions) => {
                assert!(solution, "aligned, but there is no such solution");
                assert_eq!(
                    resolutions.len(),
                    tables.len(),
                    "a solution for each environment"
                );
                let mut versions = BTreeMap::new();
                for (table, resolution) in tables.iter().zip(&resolutions) {
                    valid(table, resolution);
                    for (name, package) in &resolution.packages {
                        let version = versions.entry(name).or_insert(&package.version);
                        assert_eq!(*version, &package.version, "{name} is not aligned");
                    }
                }
                self.count(outcome::ALIGNED);
                self.preferences(tables, &resolutions);
            }
            Outcome::Unsolvable(explanation) => {
                assert!(!solution, "there is an aligned solution: {explanation:?}");
                explained(&explanation, 0, tables);
                if tables
                    .iter()
                    .all(|table| solvable(std::slice::from_ref(table)))
                {
                    self.count(outcome::MISALIGNED);
                }
            }
            other => panic!("all is known, yet {other:?}"),
        }
    }

    /// Where nothing speaks against them, the preferred versions are taken.
    fn preferences(&mut self, tables: &[Table], resolutions: &[Resolution]) {
        let easy = easy(tables);
        self.count(easy.as_ref().map_or(outcome::HARD, |_| outcome::EASY));
        if let Some(picks) = easy {
            for (table, resolution) in tables.iter().zip(resolutions) {
                let taken = picks_of(table, resolution);
                let wanted = reached(table, &picks);
                for package in wanted.extras.keys() {
                    assert_eq!(
                        taken[*package], picks[*package],
                        "{} without conflicts",
                        NAMES[*package]
                    );
                }
            }
        }
        for package in 0..self.world.packages.len() {
            self.leaf(package, tables, resolutions);
        }
    }

    /// A package that only the project requires, and that requires nothing, has the version that
    /// is preferred, whatever conflicts there are elsewhere.
    fn leaf(&mut self, package: usize, tables: &[Table], resolutions: &[Resolution]) {
        if tables.iter().any(|table| !is_leaf(table, package)) {
            return;
        }
        let wanting: Vec<(&Table, u32)> = tables
            .iter()
            .filter_map(|table| Some((table, root_set(table, package)?)))
            .collect();
        let Some((first, _)) = wanting.first() else {
            return;
        };
        let mut locked = tables.iter().map(|table| &table.want.locked);
        // What several environments remember can be at odds.
        if tables.len() > 1 && !(self.world.chosen.is_empty() && locked.all(HashMap::is_empty)) {
            return;
        }
        let usable = |release: usize| {
            wanting.iter().all(|(table, set)| {
                let choice = table.choices[package][release].as_ref();
                set >> release & 1 == 1 && choice.is_some_and(|choice| choice.admitted)
            })
        };
        let best = first.preferred(package, &usable);
        for (table, resolution) in tables.iter().zip(resolutions) {
            if root_set(table, package).is_some() {
                let taken = picks_of(table, resolution)[package];
                assert_eq!(taken, best, "only the project requires {}", NAMES[package]);
            }
        }
        self.count(outcome::LEAF);
    }
}

fn number(name: &PackageName) -> usize {
    let position = NAMES.iter().position(|other| *other == name.as_str());
    position.unwrap_or_else(|| panic!("{name} is not of this world"))
}

/// The releases that all of the project's requirements on a package take; none without any.
fn root_set(table: &Table, package: usize) -> Option<u32> {
    let roots = table.roots.iter().filter(|root| root.target == package);
    let takes = roots.map(|root| root.takes);
    takes
        .reduce(|a, b| a & b)
        .filter(|_| !table.skipped.contains(&package))
}

/// Whether only the project requires a package, which itself requires nothing.
fn is_leaf(table: &Table, package: usize) -> bool {
    let all = table
        .demands()
        .filter(|demand| demand.target == package)
        .count();
    let roots = table
        .roots
        .iter()
        .filter(|demand| demand.target == package)
        .count();
    let mut choices = table.choices[package].iter().flatten();
    all == roots && choices.all(|choice| choice.demands_nothing())
}

/// Each package at the version it would have if only the project spoke of it, where that solves
/// all environments.
fn easy(tables: &[Table]) -> Option<Vec<Option<usize>>> {
    let mut all: Vec<Option<usize>> = vec![None; tables[0].choices.len()];
    for table in tables {
        let pick = |package: usize| {
            let set = root_set(table, package).unwrap_or(u32::MAX);
            table.preferred(package, &|release| set >> release & 1 == 1)
        };
        let picks: Vec<Option<usize>> = (0..all.len()).map(pick).collect();
        let Walk::Closed(reached) = table.walk(&picks) else {
            return None;
        };
        for package in reached.extras.into_keys() {
            match all[package] {
                Some(other) if Some(other) != picks[package] => return None,
                _ => all[package] = picks[package],
            }
        }
    }
    Some(all)
}

fn picks_of(table: &Table, resolution: &Resolution) -> Vec<Option<usize>> {
    let packages = table.world.packages.iter().enumerate();
    let pick = packages.map(|(package, releases)| {
        let resolved = resolution.packages.get(&name(package))?;
        let position = releases
            .iter()
            .position(|release| release.version == resolved.version);
        Some(position.unwrap_or_else(|| panic!("{} {}", NAMES[package], resolved.version)))
    });
    pick.collect()
}

fn reached(table: &Table, picks: &[Option<usize>]) -> Reached {
    match table.walk(picks) {
        Walk::Closed(reached) => reached,
        Walk::Broken => panic!("a requirement is not met"),
        Walk::Open(package) => panic!("{} is required and not there", NAMES[package]),
    }
}

/// A solution meets every requirement with the right wheels, and holds nothing else.
fn valid(table: &Table, resolution: &Resolution) {
    let picks = picks_of(table, resolution);
    let reached = reached(table, &picks);
    for (name, package) in &resolution.packages {
        let number = number(name);
        let release = picks[number].expect("taken from the resolution");
        assert!(
            table.allowed(number, release),
            "{name} {} is not allowed",
            package.version
        );
        let extras = reached
            .extras
            .get(&number)
            .unwrap_or_else(|| panic!("nothing requires {name}"));
        let wanted: BTreeSet<&str> = extras.iter().map(|extra| EXTRAS[*extra]).collect();
        let given = package.extras.iter().map(|extra| extra.as_str());
        assert_eq!(given.collect::<BTreeSet<_>>(), wanted, "extras of {name}");
        let choice = table.choices[number][release].as_ref().expect("it fits");
        let file = &table.world.packages[number][release].files[choice.file];
        let wheel = package.wheel.as_ref().expect("a wheel");
        assert_eq!(*wheel.filename, *file.filename, "the best wheel of {name}");
        assert!(
            Arc::ptr_eq(&package.metadata, &file.metadata),
            "metadata of {name}"
        );
        let active = reached
            .active
            .get(&Some(number))
            .cloned()
            .unwrap_or_default();
        assert_eq!(package.dependencies, active, "dependencies of {name}");
        requirers(package, name, &reached);
    }
    assert_eq!(
        resolution.packages.len(),
        reached.extras.len(),
        "nothing is missing"
    );
    let skips: BTreeSet<usize> = resolution
        .skips
        .iter()
        .map(|skip| number(&skip.name))
        .collect();
    assert_eq!(skips, reached.skipped, "skips");
}

/// What must be given up, because the project itself requires it and nothing fits, makes nothing
/// else be given up: the rest is solved as if those requirements were not there.
fn needed(table: &mut Table) {
    let skipped = std::mem::take(&mut table.skipped);
    let own = |package: &usize| {
        let mut roots = table.roots.iter().filter(|root| root.target == *package);
        roots.any(|root| root.takes != 0 && root.takes & table.fits(*package) == 0)
    };
    table.skipped = (0..table.choices.len()).filter(own).collect();
    if solvable(std::slice::from_ref(table)) {
        assert_eq!(skipped, table.skipped, "given up for nothing");
    }
    table.skipped = skipped;
}

fn requirers(package: &Resolved, name: &PackageName, reached: &Reached) {
    let told = package.required_by.iter();
    let told: BTreeSet<(Option<usize>, String)> = told
        .map(|(by, requirement)| (by.as_ref().map(number), requirement.to_string()))
        .collect();
    let mut real = BTreeSet::new();
    for (by, texts) in &reached.active {
        for text in texts {
            let requirement: wheel::Requirement = text.parse().expect(text);
            if requirement.name == *name {
                real.insert((*by, text.clone()));
            }
        }
    }
    assert_eq!(told, real, "who requires {name}");
}

/// An explanation says something, and calls unfit only what has a requirement that some version
/// satisfies and no wheel fits.
fn explained(explanation: &Explanation, first: usize, tables: &[Table]) {
    assert!(
        !explanation.facts.is_empty(),
        "no explanation: {explanation:?}"
    );
    for (scope, name) in &explanation.unfit {
        let table = &tables[scope - first];
        let package = number(name);
        let fits = table.fits(package);
        let mut demands = table.demands().filter(|demand| demand.target == package);
        assert!(
            demands.any(|demand| demand.takes != 0 && demand.takes & fits == 0),
            "{name} fits: {explanation:?}"
        );
    }
    for name in &explanation.unknown {
        let releases = &tables[0].world.packages[number(name)];
        assert!(
            releases.is_empty(),
            "{name} is on the index: {explanation:?}"
        );
    }
}

/// Two outcomes are the same in all that they say.
pub(crate) fn same(one: &Outcome, other: &Outcome, when: &str) {
    match (one, other) {
        (Outcome::Solved(one), Outcome::Solved(other)) => {
            assert_eq!(one.len(), other.len(), "{when}");
            for (one, other) in one.iter().zip(other) {
                let names = one.packages.keys();
                assert!(
                    names.eq(other.packages.keys()),
                    "{when}: {one:?}\n{other:?}"
                );
                for (name, package) in &one.packages {
                    let other = &other.packages[name];
                    assert_eq!(said(package), said(other), "{when}: {name}");
                    assert_eq!(package.required_by, other.required_by, "{when}: {name}");
                }
                assert_eq!(one.skips, other.skips, "{when}");
            }
        }
        (Outcome::Unsolvable(one), Outcome::Unsolvable(other)) => assert_eq!(one, other, "{when}"),
        _ => panic!("{when}: {one:?}\n{other:?}"),
    }
}

fn said(package: &Resolved) -> impl PartialEq + std::fmt::Debug {
    (
        package.version.clone(),
        package.wheel.as_ref().map(|wheel| wheel.filename.clone()),
        package.place.clone(),
        package.index.clone(),
        package.extras.clone(),
        package.dependencies.clone(),
        Arc::as_ptr(&package.metadata),
    )
}
