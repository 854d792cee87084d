//! Fetching what a resolution will need before the solver asks for it.
//!
//! From the project's requirements downwards, each requirement is followed to the newest wheel
//! that it alone would take, in every environment at once; the wheel's own requirements are
//! followed as soon as its metadata is there. No answer waits for another that it does not depend
//! on. Where requirements conflict the guess is wrong, and the solver asks for the rest.

use super::{IndexClient, IndexError};
use resolver::candidate::likely;
use resolver::curated::CuratedWheel;
use resolver::{
    Direct, Facts, MetadataFact, Needs, Prereleases, Project, ProjectKey, Scope, WheelFile,
    WheelMetadata,
};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::task::JoinSet;
use wheel::{ExtraName, PackageName, Requirement, RequirementSource, Specifiers};

/// What is fetched, by what it is known by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    Project(ProjectKey),
    Metadata(Arc<str>),
    Direct(PackageName, String),
}

enum Fetched {
    Project(Option<Arc<Project>>),
    Metadata(MetadataFact),
    Direct(Box<Direct>),
}

/// A requirement on its way down.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Wish {
    scope: usize,
    name: PackageName,
    specifiers: Specifiers,
    extras: Vec<ExtraName>,
}

/// Called with how many facts were asked for and how many are there.
pub(super) type OnProgress = Arc<dyn Fn(usize, usize) + Send + Sync>;

pub(super) struct Crawler<'a> {
    client: &'a IndexClient,
    scopes: &'a [Scope],
    prereleases: Prereleases,
    /// The SHA-256 that the manifest gives for wheels by URL.
    hashes: &'a HashMap<String, String>,
    pub(super) facts: Facts,
    failed: HashMap<Subject, IndexError>,
    tasks: JoinSet<(Subject, Result<Fetched, IndexError>)>,
    asked: HashSet<Subject>,
    wishes: HashSet<Wish>,
    expanded: HashSet<(usize, Arc<str>, Option<ExtraName>)>,
    for_project: HashMap<ProjectKey, Vec<Wish>>,
    for_metadata: HashMap<Arc<str>, Vec<(usize, Vec<ExtraName>)>>,
    done: usize,
    on_progress: OnProgress,
}

impl<'a> Crawler<'a> {
    pub(super) fn new(
        client: &'a IndexClient,
        scopes: &'a [Scope],
        prereleases: Prereleases,
        hashes: &'a HashMap<String, String>,
        on_progress: OnProgress,
    ) -> Self {
        Self {
            client,
            scopes,
            prereleases,
            hashes,
            facts: Facts::default(),
            failed: HashMap::new(),
            tasks: JoinSet::new(),
            asked: HashSet::new(),
            wishes: HashSet::new(),
            expanded: HashSet::new(),
            for_project: HashMap::new(),
            for_metadata: HashMap::new(),
            done: 0,
            on_progress,
        }
    }

    /// Follows the project's own requirements to the end.
    pub(super) async fn crawl(&mut self) {
        let scopes = self.scopes;
        for (scope, wanted) in scopes.iter().enumerate() {
            for root in &wanted.roots {
                match &root.direct {
                    Some(key) => {
                        self.ask(Subject::Direct(root.requirement.name.clone(), key.clone()))
                    }
                    None => self.follow(scope, &root.requirement),
                }
            }
        }
        self.settle().await;
    }

    /// Fetches what a solver run missed, and what follows from it.
    ///
    /// # Errors
    /// What is needed could not be had.
    pub(super) async fn meet(&mut self, needs: &Needs) -> Result<(), IndexError> {
        let mut subjects: Vec<Subject> = needs
            .projects
            .iter()
            .cloned()
            .map(Subject::Project)
            .collect();
        for need in &needs.wheels {
            let Some(Some(project)) = self.facts.projects.get(&need.project).cloned() else {
                continue;
            };
            let Some(wheel) = project.wheels(need.release).get(need.file) else {
                continue;
            };
            subjects.push(Subject::Metadata(wheel.metadata_key()));
            self.ask_metadata(wheel.clone());
        }
        subjects.extend(
            needs
                .direct
                .iter()
                .map(|(name, key)| Subject::Direct(name.clone(), key.clone())),
        );
        for subject in &subjects {
            if !matches!(subject, Subject::Metadata(_)) {
                self.ask(subject.clone());
            }
        }
        self.settle().await;
        match subjects
            .iter()
            .find_map(|subject| self.failed.remove(subject))
        {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    async fn settle(&mut self) {
        while let Some(finished) = self.tasks.join_next().await {
            self.done += 1;
            (self.on_progress)(self.asked.len(), self.done);
            // A task that panicked has no answer; whoever needs it is told that it is missing.
            let Ok((subject, result)) = finished else {
                continue;
            };
            match result {
                Ok(fetched) => self.arrived(subject, fetched),
                Err(error) => {
                    self.failed.insert(subject, error);
                }
            }
        }
    }

    fn arrived(&mut self, subject: Subject, fetched: Fetched) {
        match (subject, fetched) {
            (Subject::Project(key), Fetched::Project(project)) => {
                self.facts.projects.insert(key.clone(), project);
                for wish in self.for_project.remove(&key).unwrap_or_default() {
                    self.pick(&key, &wish);
                }
            }
            (Subject::Metadata(key), Fetched::Metadata(fact)) => {
                self.facts.metadata.insert(Arc::clone(&key), fact);
                for (scope, extras) in self.for_metadata.remove(&key).unwrap_or_default() {
                    self.expand(scope, &key, &extras);
                }
            }
            (Subject::Direct(name, key), Fetched::Direct(direct)) => {
                let metadata = Arc::clone(&direct.metadata);
                self.facts
                    .direct
                    .insert((name.clone(), key.clone()), *direct);
                self.expand_direct(&name, &key, &metadata);
            }
            _ => {}
        }
    }

    fn follow(&mut self, scope: usize, requirement: &Requirement) {
        let specifiers = match &requirement.source {
            RequirementSource::Url(url) => {
                self.ask(Subject::Direct(requirement.name.clone(), url.clone()));
                return;
            }
            RequirementSource::Specifiers(specifiers) => specifiers.clone(),
        };
        let wish = Wish {
            scope,
            name: requirement.name.clone(),
            specifiers,
            extras: requirement.extras.clone(),
        };
        if !self.wishes.insert(wish.clone()) {
            return;
        }
        let scopes = self.scopes;
        if let Some(curated) = curated(&scopes[scope], &wish) {
            let id: Arc<str> = format!("curated:{}", wish.name).into();
            self.expand_known(scope, &id, &curated.metadata, &wish.extras);
        }
        let Some(key) = scopes[scope].index_key(&wish.name) else {
            return;
        };
        if self.facts.projects.contains_key(&key) {
            self.pick(&key, &wish);
        } else {
            self.for_project.entry(key.clone()).or_default().push(wish);
            self.ask(Subject::Project(key));
        }
    }

    /// Follows a wish to the wheel that it would probably be met by.
    fn pick(&mut self, key: &ProjectKey, wish: &Wish) {
        let Some(Some(project)) = self.facts.projects.get(key).cloned() else {
            return;
        };
        let scope = &self.scopes[wish.scope];
        if curated(scope, wish).is_some() {
            return;
        }
        let locked = scope
            .locked
            .get(&wish.name)
            .filter(|version| wish.specifiers.contains(version));
        let pin = locked.and_then(|version| format!("=={version}").parse::<Specifiers>().ok());
        let exact = pin.and_then(|pin| likely(scope, &project, &pin, self.prereleases));
        let Some((release, file)) =
            exact.or_else(|| likely(scope, &project, &wish.specifiers, self.prereleases))
        else {
            return;
        };
        let Some(wheel) = project.wheels(release).get(file) else {
            return;
        };
        let metadata = wheel.metadata_key();
        if self.facts.metadata.contains_key(&metadata) {
            self.expand(wish.scope, &metadata, &wish.extras);
        } else {
            let waiting = self.for_metadata.entry(metadata).or_default();
            waiting.push((wish.scope, wish.extras.clone()));
            self.ask_metadata(wheel.clone());
        }
    }

    fn expand(&mut self, scope: usize, key: &Arc<str>, extras: &[ExtraName]) {
        let Some(MetadataFact::Known(metadata)) = self.facts.metadata.get(key) else {
            return;
        };
        let metadata = Arc::clone(metadata);
        self.expand_known(scope, key, &metadata, extras);
    }

    fn expand_known(
        &mut self,
        scope: usize,
        key: &Arc<str>,
        metadata: &WheelMetadata,
        extras: &[ExtraName],
    ) {
        let markers = &self.scopes[scope].markers;
        let wanted = std::iter::once(None).chain(extras.iter().map(Some));
        for extra in wanted {
            if !self
                .expanded
                .insert((scope, Arc::clone(key), extra.cloned()))
            {
                continue;
            }
            for requirement in &metadata.requires_dist {
                let holds = requirement
                    .marker
                    .as_ref()
                    .is_none_or(|m| m.evaluate(markers, extra));
                if holds {
                    self.follow(scope, requirement);
                }
            }
        }
    }

    fn expand_direct(&mut self, name: &PackageName, key: &str, metadata: &WheelMetadata) {
        let id: Arc<str> = format!("direct:{key}").into();
        for scope in 0..self.scopes.len() {
            let roots = self.scopes[scope].roots.iter();
            let mut named = roots.filter(|root| root.requirement.name == *name);
            if let Some(root) = named.find(|root| root.direct.as_deref() == Some(key)) {
                self.expand_known(scope, &id, metadata, &root.requirement.extras);
            }
        }
    }

    fn ask(&mut self, subject: Subject) {
        if !self.asked.insert(subject.clone()) {
            return;
        }
        let client = self.client.clone();
        match subject.clone() {
            Subject::Project(key) => {
                self.tasks.spawn(async move {
                    let result = client.project(&key).await.map(Fetched::Project);
                    (subject, result)
                });
            }
            Subject::Direct(name, key) => {
                let expected = self.hashes.get(&key).cloned();
                self.tasks.spawn(async move {
                    let direct = client.direct(&name, &key, expected.as_deref()).await;
                    (
                        subject,
                        direct.map(|direct| Fetched::Direct(Box::new(direct))),
                    )
                });
            }
            Subject::Metadata(_) => {}
        }
    }

    fn ask_metadata(&mut self, wheel: WheelFile) {
        let subject = Subject::Metadata(wheel.metadata_key());
        if self.asked.insert(subject.clone()) {
            let client = self.client.clone();
            self.tasks.spawn(async move {
                let result = client.metadata(&wheel).await.map(Fetched::Metadata);
                (subject, result)
            });
        }
    }
}

/// What the environment's Pyodide release curates, where that meets a wish.
fn curated<'s>(scope: &'s Scope, wish: &Wish) -> Option<&'s CuratedWheel> {
    let curated = scope.curated(&wish.name)?;
    wish.specifiers
        .contains(&curated.version)
        .then_some(curated)
}
