//! `mirror`: everything the lock needs, as a static tree.

use crate::cli::Mirror as Args;
use crate::cmd::tree::{locked, no_environment};
use crate::ctx::{Ctx, LOCK};
use crate::error::Failure;
use crate::io::cache::hex_sha256;
use crate::io::mirror::{
    Arrival, Change, Facts, Hold, Pruned, Published, Runtime, Store, Transferred, facts, prune,
    publish,
};
use crate::io::pyodide;
use crate::io::pyodide_runtime::runtime_files;
use crate::locking::{Project, runtime};
use crate::pyodide_lock::Listing as PyodideListing;
use crate::ui::{count, duration, size};
use mirror::{Arrived, Lacking, Listing, LockEntry, Record, Wanted, layout, wanted};
use resolver::Lock;
use resolver::lock::LockedWheel;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Instant;
use tag_matrix::Environment;
use url::Url;

mod check;
mod place;
mod plan;
mod provenance;
mod tell;

use plan::Plan;
use tell::Told;

/// Mirrors, or checks a mirror.
///
/// # Errors
/// The lock is missing or stale, a file cannot be had or is not what its hash says, something
/// differs (`--check`), or the outside failed.
pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<(), Failure> {
    let store = place::open(ctx, &args.dest)?;
    if args.check {
        return check::run(ctx, &*store);
    }
    if let Some(index) = ctx
        .global
        .index
        .as_ref()
        .filter(|index| is_dest(ctx, args, index))
    {
        let message = format!("`{index}` is the mirror itself, where nothing new comes from");
        let hint = "name another index by --index, or unset MOCHI_INDEX_URL";
        return Err(Failure::invalid(message).hint(hint));
    }
    let job = Job::new(ctx, args)?;
    Plan::refuse(&*store)?;
    if args.dry_run {
        tell::dry_run(ctx, args, &job, &Plan::new(&*store, &job)?);
        return Ok(());
    }
    let started = Instant::now();
    store.make()?;
    let waiting = || {
        ctx.ui.note(&format!(
            "another mochi works on `{}`; waiting for it",
            args.dest.display()
        ));
    };
    let held = store.hold(Hold::Bring, &waiting)?;
    let plan = Plan::new(&*store, &job)?;
    let facts = job.facts(ctx)?;
    let listings = job.listings(ctx, &facts, plan.record.as_ref())?;
    let provenances = job.provenances(ctx, &listings, plan.record.as_ref())?;
    let brought = plan.bring(ctx, &store, &job, &facts)?;
    let told = Told::new(&plan, &brought);
    let mut change = job.change((ctx, &*store), &plan, brought, (&facts, listings))?;
    provenance::enter(&mut change, provenances);
    change.runtimes = job.runtimes(ctx, args, plan.record.as_ref())?;
    let mut published = publish(&*store, &change, &waiting)?;
    drop(held);
    let mut pruned = Pruned::default();
    if args.prune {
        let pages = published.pages;
        (published, pruned) = prune(&*store, &waiting)?;
        published.pages += pages;
    }
    told.tell(ctx, args, &job, (&published, pruned, started));
    Ok(())
}

/// What is to be mirrored.
struct Job {
    project: Project,
    /// The key of the project in the record.
    name: String,
    folder: PathBuf,
    lock: Lock,
    lock_sha256: String,
    environments: Vec<Environment>,
    wanted: Vec<Wanted>,
}

impl Job {
    fn new(ctx: &Ctx, args: &Args) -> Result<Self, Failure> {
        let (project, lock) = locked(ctx)?;
        let folder = ctx.project()?;
        let text = ctx.read_lock(&folder)?.map(|(_, text)| text);
        let environments = chosen(&project, &lock, &args.environment)?;
        let names: BTreeSet<String> = environments
            .iter()
            .map(|environment| environment.name().to_owned())
            .collect();
        let wanted = wanted(&lock, &names).map_err(lacking)?;
        let skipped = lock
            .skips
            .iter()
            .filter(|skip| names.contains(&skip.environment));
        let skipped: BTreeSet<String> = skipped
            .map(|skip| format!("{} for {}", skip.requirement, skip.environment))
            .collect();
        if !skipped.is_empty() {
            ctx.ui.warn(&format!(
                "not mirrored, the lock skips it: {}",
                skipped.into_iter().collect::<Vec<_>>().join(", ")
            ));
        }
        Ok(Self {
            name: name_of(&project, &folder),
            lock_sha256: hex_sha256(text.unwrap_or_default().as_bytes()),
            project,
            folder,
            lock,
            environments,
            wanted,
        })
    }

    /// What the indexes say of the files.
    fn facts(&self, ctx: &Ctx) -> Result<Facts, Failure> {
        // Registers the credentials of the indexes in force as well.
        let indexes = ctx.indexes(Some(&self.project.manifest), &self.folder)?;
        let named = ctx.global.index.is_some() || !ctx.global.find_links.is_empty();
        let client = ctx.client(indexes, &self.folder);
        let bar = ctx.ui.task("Asking indexes");
        let facts = runtime()?.block_on(facts(&client, &self.wanted, named));
        bar.finish_and_clear();
        Ok(facts)
    }

    /// What the index says of each file. An index that cannot be asked is no reason to fail where
    /// the mirror knows from before.
    fn listings(
        &self,
        ctx: &Ctx,
        facts: &Facts,
        record: Option<&Record>,
    ) -> Result<Vec<Option<Listing>>, Failure> {
        let mut warned = BTreeSet::new();
        let one = |file: &Wanted| match facts.listing(file) {
            Err(failure) if is_known(record, file) => {
                if warned.insert(failure.message.clone()) {
                    ctx.ui.warn(&format!(
                        "{}; upload times and yanked marks stay as they were",
                        failure.message
                    ));
                }
                Ok(None)
            }
            listing => listing,
        };
        self.wanted.iter().map(one).collect()
    }

    /// What is to be written of the lock.
    fn change<'a>(
        &'a self,
        (ctx, store): (&Ctx, &dyn Store),
        plan: &Plan,
        brought: Transferred,
        (facts, listings): (&Facts, Vec<Option<Listing>>),
    ) -> Result<Change<'a>, Failure> {
        let mut new: BTreeMap<String, Arrival> = brought
            .arrived
            .into_iter()
            .map(|(wanted, arrival)| (wanted.sha256, arrival))
            .collect();
        let arrived = |(wanted, listing): (&Wanted, Option<Listing>)| {
            let entry = plan
                .record
                .as_ref()
                .and_then(|r| r.files.get(&wanted.sha256));
            let mut arrived = Arrived {
                wanted: wanted.clone(),
                size: entry.map_or(0, |entry| entry.size),
                metadata: entry.and_then(|entry| entry.metadata.clone()),
                requires_python: entry.and_then(|entry| entry.requires_python.clone()),
                key: facts.key(wanted).map(str::to_owned),
                listing,
                provenance: None,
            };
            if let Some(arrival) = new.get_mut(&wanted.sha256) {
                arrived.size = arrival.size;
                arrived.metadata.clone_from(&arrival.metadata);
                arrived.requires_python.clone_from(&arrival.requires_python);
            }
            arrived
        };
        let files: Vec<Arrived> = self.wanted.iter().zip(listings).map(arrived).collect();
        let mut lock = LockEntry {
            lock_sha256: self.lock_sha256.clone(),
            environments: self
                .environments
                .iter()
                .map(|e| e.name().to_owned())
                .collect(),
            files: files
                .iter()
                .map(|file| file.wanted.sha256.clone())
                .collect(),
            ..LockEntry::default()
        };
        let (lists, mut parts) = self.lists(ctx, plan.record.as_ref())?;
        for environment in &self.environments {
            if let Some(text) = self.pyodide_lock(ctx, store, environment)? {
                let sha256 = hex_sha256(text.as_bytes());
                let path = layout::pyodide_part(environment.name(), &sha256);
                parts.insert(path, text.into_bytes());
                lock.pyodide.insert(environment.name().to_owned(), sha256);
            }
        }
        Ok(Change {
            project: &self.name,
            lock,
            files,
            lists,
            parts,
            runtimes: Vec::new(),
            releases: self.releases(),
        })
    }

    /// The lists of curated packages that the manifest has on servers, by place, and their bytes
    /// by path.
    fn lists(&self, ctx: &Ctx, record: Option<&Record>) -> Result<Lists, Failure> {
        let lists = pyodide::Lists {
            net: &ctx.net,
            cache: &ctx.cache,
            folder: &self.folder,
            offline: ctx.global.offline,
        };
        let (mut all, mut parts) = Lists::default();
        for release in self.environments.iter().filter_map(Environment::pyodide) {
            let place = self.project.manifest.pyodide.index_of(&release.version);
            let url = place.filter(|place| pyodide::is_url(place));
            let Some(Ok(mut url)) = url.map(str::parse::<Url>) else {
                continue;
            };
            let at = |url: &str| {
                let (folder, name) = url.rsplit_once('/')?;
                let key = layout::index_key(&format!("{folder}/"));
                Some(format!("{key}/{name}")).filter(|place| layout::is_list(place))
            };
            let (place, sha256) = match runtime()?.block_on(lists.fetch(url.clone())) {
                Ok((text, shown, _)) => {
                    let sha256 = hex_sha256(text.as_bytes());
                    parts.insert(layout::list(&sha256), text.into_bytes());
                    (at(&shown), Some(sha256))
                }
                Err(error) => {
                    let place = at(&pyodide::address(&mut url));
                    let known =
                        |place: &String| record.is_some_and(|r| r.lists.contains_key(place));
                    match place.filter(known) {
                        Some(place) => (Some(place), None),
                        None => return Err(error.into()),
                    }
                }
            };
            all.extend(place.map(|place| (place, sha256)));
        }
        Ok((all, parts))
    }

    fn pyodide_lock(
        &self,
        ctx: &Ctx,
        store: &dyn Store,
        environment: &Environment,
    ) -> Result<Option<String>, Failure> {
        if environment.pyodide().is_none() {
            return Ok(None);
        }
        let listing =
            PyodideListing::new(ctx, &self.project, &self.lock, environment, &self.folder)?;
        // A copy of what lies elsewhere is there as long as this.
        let copies = RefCell::new(Vec::new());
        let path = |wheel: &LockedWheel| {
            let path = layout::file(&wheel.sha256, &wheel.filename);
            let local = store.local(&path).ok()??;
            let path = local.to_path_buf();
            copies.borrow_mut().push(local);
            Some(path)
        };
        let link = |wheel: &LockedWheel| layout::link(&wheel.sha256, &wheel.filename);
        listing.text(&path, &link).map(Some)
    }

    fn releases(&self) -> BTreeMap<String, String> {
        let releases = self.environments.iter().filter_map(|environment| {
            let release = environment.pyodide()?.version.clone();
            Some((environment.name().to_owned(), release))
        });
        releases.collect()
    }

    /// The runtimes of Pyodide that are asked for, and those that the mirror has for this project.
    fn runtimes(
        &self,
        ctx: &Ctx,
        args: &Args,
        record: Option<&Record>,
    ) -> Result<Vec<Runtime>, Failure> {
        let Some(from) = &args.with_pyodide else {
            return Ok(Vec::new());
        };
        let folder = from.as_ref().map(|from| ctx.cwd.join(from));
        let mut runtimes = Vec::new();
        for environment in &self.environments {
            let Some(release) = environment.pyodide() else {
                continue;
            };
            let of_release = folder.as_ref().map(|folder| {
                // Of several releases, each in a folder of its name.
                let own = folder.join(&release.version);
                if own.is_dir() { own } else { folder.clone() }
            });
            let there = record.and_then(|record| record.runtimes.get(environment.name()));
            if of_release.is_none() && there.is_some_and(|there| there.release == release.version) {
                continue;
            }
            let bar = ctx.ui.task(&format!("Getting Pyodide {}", release.version));
            let files = runtime_files(ctx, release, of_release.as_deref());
            bar.finish_and_clear();
            runtimes.push(Runtime {
                environment: environment.name().to_owned(),
                release: release.version.clone(),
                files: files?,
            });
        }
        if runtimes.is_empty() && self.environments.iter().all(|one| one.pyodide().is_none()) {
            ctx.ui
                .warn("--with-pyodide: the lock has no environment of Pyodide");
        }
        Ok(runtimes)
    }
}

/// Lists by place, and bytes by path.
type Lists = (BTreeMap<String, Option<String>>, BTreeMap<String, Vec<u8>>);

/// Whether an index is the folder that is mirrored into.
fn is_dest(ctx: &Ctx, args: &Args, index: &str) -> bool {
    let real = |path: PathBuf| path.canonicalize().ok();
    let index = real(ctx.cwd.join(index));
    index.is_some() && index == real(ctx.cwd.join(&args.dest))
}

/// The environments that are asked for, or all.
fn chosen(project: &Project, lock: &Lock, asked: &[String]) -> Result<Vec<Environment>, Failure> {
    if asked.is_empty() {
        return Ok(project.environments.clone());
    }
    let find = |wanted: &String| {
        let mut all = project.environments.iter();
        let found = all.find(|environment| environment.name() == wanted);
        found.cloned().ok_or_else(|| no_environment(lock, wanted))
    };
    asked.iter().map(find).collect()
}

/// The project's name, or its folder's.
fn name_of(project: &Project, folder: &std::path::Path) -> String {
    let folder = || {
        let whole = folder.canonicalize().ok()?;
        Some(whole.file_name()?.to_string_lossy().into_owned())
    };
    let name = project.manifest.name.clone();
    name.or_else(folder).unwrap_or_else(|| LOCK.to_owned())
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn lacking(lacking: Lacking) -> Failure {
    let failure = Failure::unmet(format!(
        "{} has no wheel for {}",
        lacking.package, lacking.environment
    ));
    match &lacking.folder {
        Some(path) => failure.hint(format!(
            "`{path}` is a folder: build its wheel, and name that as the `path`"
        )),
        None => failure,
    }
}

/// Whether the record knows what the index says of a file.
fn is_known(record: Option<&Record>, file: &Wanted) -> bool {
    let entry = record.and_then(|record| record.files.get(&file.sha256));
    entry.is_some_and(|entry| {
        let mut origins = entry.origins.iter();
        origins.any(|o| o.source == file.label() && o.url == file.url && o.listing.is_some())
    })
}
