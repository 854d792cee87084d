//! The loop between the solver and the world.

use super::crawl::Crawler;
use super::{IndexClient, IndexError};
use resolver::{
    Explanation, Facts, LockedSource, Needs, Outcome, Prereleases, Problem, Resolution, Rules,
    Scope, WheelFile, solve,
};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::task::JoinSet;
use wheel::{PackageName, Version};

/// Stack of the thread that the solver runs on: derivations of hard conflicts are deep.
const SOLVER_STACK: usize = 512 << 20;

/// Why an environment has no solution.
#[derive(Debug)]
pub enum Failure {
    /// The requirements exclude each other, or nothing is there.
    Unsolvable(Explanation),
    /// The search was given up.
    TooHard,
}

/// A resolution of all environments.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The solutions, in the order of the scopes; empty for those that failed.
    pub resolutions: Vec<Resolution>,
    /// The environments without a solution, by position.
    pub failures: Vec<(usize, Failure)>,
    /// What is known.
    pub facts: Facts,
    /// SHA-256 and size of wheels, by URL, where their index gives no SHA-256 or size.
    pub digests: HashMap<String, (String, Option<u64>)>,
}

/// What to resolve, and how.
pub struct Gatherer<'a> {
    /// Where facts come from.
    pub client: &'a IndexClient,
    /// The environments with their requirements, in the order of resolution.
    pub scopes: &'a [Scope],
    /// How many scopes belong together, all of them as a rule: a version chosen for one is
    /// preferred in those behind it. Others know nothing of each other.
    pub group: usize,
    /// Whether one version of a package holds for all environments of a group.
    pub aligned: bool,
    /// Whether pre-releases may be chosen.
    pub prereleases: Prereleases,
    /// The SHA-256 that the manifest gives for wheels by URL.
    pub hashes: HashMap<String, String>,
    /// Told how the fetching goes.
    pub on_progress: Arc<dyn Fn(usize, usize) + Send + Sync>,
}

impl Gatherer<'_> {
    /// Resolves, asking the world until nothing is missing.
    ///
    /// # Errors
    /// A fact that is needed could not be had.
    pub async fn run(&self) -> Result<Gathered, IndexError> {
        let on_progress = self.on_progress.clone();
        let mut crawler = Crawler::new(
            self.client,
            self.scopes,
            self.prereleases,
            &self.hashes,
            on_progress,
        );
        crawler.crawl().await;
        let mut progress = Progress::new(self.prereleases);
        loop {
            let needs = on_large_stack(|| progress.advance(self, &crawler.facts));
            if needs.is_empty() {
                break;
            }
            progress.look_further(&needs);
            crawler.meet(&needs).await?;
        }
        let digests = self.digests(&progress.resolutions).await?;
        Ok(Gathered {
            resolutions: progress.resolutions,
            failures: progress.failures,
            facts: crawler.facts,
            digests,
        })
    }

    /// Fetches the hashes and sizes that the chosen wheels' indexes do not give.
    async fn digests(
        &self,
        resolutions: &[Resolution],
    ) -> Result<HashMap<String, (String, Option<u64>)>, IndexError> {
        let mut tasks = JoinSet::new();
        let mut asked: HashSet<String> = HashSet::new();
        // A Pyodide release gives all hashes and no sizes.
        let wheels = resolutions
            .iter()
            .flat_map(|resolution| resolution.packages.values())
            .filter(|package| !matches!(package.index, Some(LockedSource::Pyodide(_))));
        for wheel in wheels.filter_map(|package| package.wheel.as_ref()) {
            let incomplete = wheel.sha256.is_none() || wheel.size.is_none();
            if incomplete && asked.insert(wheel.url.clone()) {
                let (client, wheel): (IndexClient, WheelFile) =
                    (self.client.clone(), wheel.clone());
                tasks.spawn(async move {
                    let digest = client.digest(&wheel).await;
                    (wheel, digest)
                });
            }
        }
        let mut digests = HashMap::new();
        while let Some(finished) = tasks.join_next().await {
            let Ok((wheel, digest)) = finished else {
                continue;
            };
            digests.insert(wheel.url.clone(), digest?);
        }
        Ok(digests)
    }
}

/// Runs a computation on a thread with a stack that deep recursion does not exhaust.
fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|threads| {
        let builder = std::thread::Builder::new()
            .name("solver".into())
            .stack_size(SOLVER_STACK);
        match builder.spawn_scoped(threads, work) {
            Ok(handle) => match handle.join() {
                Ok(value) => value,
                Err(panic) => std::panic::resume_unwind(panic),
            },
            Err(error) => panic!("no thread for the solver: {error}"),
        }
    })
}

/// How far the resolution has come. What was solved without missing anything stays solved.
struct Progress {
    resolutions: Vec<Resolution>,
    failures: Vec<(usize, Failure)>,
    rules: Rules,
    chosen: HashMap<PackageName, Vec<Version>>,
    missed: HashMap<PackageName, u32>,
}

impl Progress {
    fn new(prereleases: Prereleases) -> Self {
        Self {
            resolutions: Vec::new(),
            failures: Vec::new(),
            rules: Rules {
                prereleases,
                ..Rules::default()
            },
            chosen: HashMap::new(),
            missed: HashMap::new(),
        }
    }

    /// Solves as far as the facts reach, and says what is missing.
    fn advance(&mut self, gatherer: &Gatherer, facts: &Facts) -> Needs {
        let mut needs = Needs::default();
        let scopes = gatherer.scopes;
        let group = gatherer.group.max(1);
        let step = if gatherer.aligned { group } else { 1 };
        let mut first = self.resolutions.len();
        // What was chosen belongs to the group that is being solved.
        let mut current = first / group;
        let nothing = HashMap::new();
        while first < scopes.len() {
            if first.is_multiple_of(group) && needs.is_empty() {
                current = first / group;
                self.chosen.clear();
            }
            let part = &scopes[first..(first + step).min(scopes.len())];
            let chosen = match first / group == current {
                true => &self.chosen,
                false => &nothing,
            };
            let problem = Problem {
                scopes: part,
                first,
                facts,
                rules: &self.rules,
                chosen,
            };
            match solve(problem, gatherer.aligned) {
                Outcome::Missing(missing) => needs.extend(missing),
                _ if !needs.is_empty() => {}
                Outcome::Solved(solved) => solved.into_iter().for_each(|one| self.record(one)),
                Outcome::Unsolvable(explanation) if !explanation.unfit.is_empty() => {
                    self.rules.skipped.extend(explanation.unfit);
                    continue;
                }
                Outcome::Unsolvable(explanation) => {
                    self.fail(first, step, Failure::Unsolvable(*explanation))
                }
                Outcome::TooHard => self.fail(first, step, Failure::TooHard),
            }
            first += step;
        }
        needs
    }

    fn record(&mut self, resolution: Resolution) {
        for (name, package) in &resolution.packages {
            let versions = self.chosen.entry(name.clone()).or_default();
            if package.direct.is_none() && !versions.contains(&package.version) {
                versions.push(package.version.clone());
            }
        }
        self.resolutions.push(resolution);
    }

    fn fail(&mut self, first: usize, count: usize, failure: Failure) {
        self.failures.push((first, failure));
        self.resolutions
            .extend((0..count).map(|_| Resolution::default()));
    }

    /// Each time a package is missed again, twice as many of its candidates are asked for: when
    /// the solver walks back through versions, the network must not be walked with it.
    fn look_further(&mut self, needs: &Needs) {
        let names: HashSet<&PackageName> =
            needs.wheels.iter().map(|need| &need.project.name).collect();
        for name in names {
            let missed = self.missed.entry(name.clone()).or_default();
            *missed += 1;
            self.rules
                .lookahead
                .insert(name.clone(), 1 << (*missed).min(6));
        }
    }
}
