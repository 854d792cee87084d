//! `sync`: install exactly what the lock says.

use crate::cli::{LinkModeArg, Sync as Args};
use crate::cmd::init::host_target;
use crate::cmd::tree::{locked, no_environment};
use crate::ctx::{Ctx, variable};
use crate::error::Failure;
use crate::fetch::{Fetcher, wanted};
use crate::io::host::{HostEnv, Interpreter, Prober, Search, Venv, create_venv};
use crate::io::install::{
    Care, Collisions, Difference, Event, LinkMode, Reporter, Session, Site, SyncReport,
    SyncRequest, compile, verify,
};
use crate::locking::Project;
use crate::ui::{Ui, count, duration};
use resolver::Lock;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tag_matrix::{Environment, PythonVersion, Target};

/// Installs, or checks what is installed.
///
/// # Errors
/// The lock is missing or stale, has no environment for the place, something differs
/// (`--check`), or the outside failed.
pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<(), Failure> {
    let started = Instant::now();
    let (project, lock) = locked(ctx)?;
    let folder = ctx.project()?;
    let place = Place::find(ctx, args, &folder)?;
    let environment = choose(ctx, &project, &lock, args, place.python())?;
    let wanted = wanted(ctx, &project, &lock, &environment, &folder)?;
    let site = place.site(ctx, args, environment.python(), environment.target())?;
    let Some(site) = site else {
        // Only `--check` makes no venv that is not there.
        return Err(
            Failure::unmet(format!("there is no venv at `{}`", ctx.shown(&place.venv)))
                .hint("run `mochi py sync`"),
        );
    };
    if args.check {
        return check(ctx, &site, &wanted, &environment);
    }
    let request = SyncRequest {
        site: site.clone(),
        wanted,
        cache: ctx.cache.root().to_path_buf(),
        link_mode: link_mode(args.link_mode),
        // As pip and uv do: many wheels carry a stray `tests/__init__.py`.
        collisions: Collisions::Overwrite,
        care: match args.verify {
            true => Care::Thorough,
            false => Care::Quick,
        },
    };
    let teller = Teller { ui: ctx.ui };
    let session = Session::begin(request, &teller)?;
    let missing = session.missing();
    if !missing.is_empty() {
        Fetcher::new(ctx, &project, &lock, &environment, &folder)?
            .fetch(&session, &missing, &teller)?;
    }
    let report = session.finish(&teller)?;
    if let (true, Some(python)) = (args.compile_bytecode, &site.python) {
        let jobs = std::thread::available_parallelism().map_or(1, usize::from);
        let compiled = compile(&site, python, report.installed(), jobs)?;
        ctx.ui.status("Compiled", &count(compiled.files, "module"));
    }
    tell(ctx, environment.name(), &report, started);
    Ok(())
}

/// Where to install, as far as it is known before the environment is.
struct Place {
    venv: PathBuf,
    found: Found,
}

enum Found {
    Venv(Box<Venv>),
    /// With the interpreter to make it with, where one is named.
    NoVenv(Option<Box<Interpreter>>),
    Into(PathBuf),
    Interpreter(Box<Interpreter>),
}

impl Place {
    fn find(ctx: &Ctx, args: &Args, project: &Path) -> Result<Self, Failure> {
        let venv = match &args.venv {
            Some(venv) => ctx.cwd.join(venv),
            None => project.join(".venv"),
        };
        let found = match (&args.into, &args.python, &args.venv) {
            (Some(into), _, _) => Found::Into(ctx.cwd.join(into)),
            (None, Some(python), None) => Found::Interpreter(Box::new(probe(ctx, python)?)),
            _ => match Venv::read(&venv)? {
                Some(venv) => Found::Venv(Box::new(venv)),
                None => {
                    let named = args.python.as_ref().map(|python| probe(ctx, python));
                    Found::NoVenv(named.transpose()?.map(Box::new))
                }
            },
        };
        Ok(Self { venv, found })
    }

    /// The Python that is there already.
    fn python(&self) -> Option<PythonVersion> {
        match &self.found {
            Found::Venv(venv) => Some(venv.version),
            Found::Interpreter(interpreter) => Some(interpreter.python()),
            Found::NoVenv(named) => named.as_ref().map(|named| named.python()),
            Found::Into(_) => None,
        }
    }

    /// The site; a venv that is not there is made, unless this is a check.
    fn site(
        &self,
        ctx: &Ctx,
        args: &Args,
        python: PythonVersion,
        target: Target,
    ) -> Result<Option<Site>, Failure> {
        Ok(Some(match &self.found {
            Found::Venv(venv) => Site::venv(venv, python)?,
            Found::Interpreter(interpreter) => Site::interpreter(interpreter, python)?,
            Found::Into(folder) => {
                Site::folder(folder, None, target.name().starts_with("windows"))?
            }
            Found::NoVenv(_) if args.check => return Ok(None),
            Found::NoVenv(named) => {
                let interpreter = match named {
                    Some(named) => named.as_ref().clone(),
                    None => interpreter_of(ctx, python)?,
                };
                if !interpreter.is_of(python) {
                    return Err(Failure::unmet(format!(
                        "`{}` is Python {}, the environment needs {}",
                        interpreter.executable.display(),
                        interpreter.python(),
                        python.minor_only()
                    )));
                }
                let venv = create_venv(&interpreter, &self.venv)?;
                ctx.ui.status(
                    "Created",
                    &format!(
                        "{} with Python {}",
                        ctx.shown(&self.venv),
                        interpreter.python()
                    ),
                );
                Site::venv(&venv, python)?
            }
        }))
    }
}

/// The interpreter of a minor, wherever it is on this machine.
fn interpreter_of(ctx: &Ctx, python: PythonVersion) -> Result<Interpreter, Failure> {
    let search = Search::new(&HostEnv::from_variables(variable));
    Ok(search.of_minor(python, &Prober::new(Some(ctx.cache.root())))?)
}

fn probe(ctx: &Ctx, executable: &Path) -> Result<Interpreter, Failure> {
    let path = if executable.components().count() > 1 {
        ctx.cwd.join(executable)
    } else {
        executable.to_path_buf()
    };
    Ok(Prober::new(Some(ctx.cache.root()))
        .probe(&path)?
        .cpython()?)
}

/// The environment of the lock: the one that is named, or the target's with the Python that is
/// there, else with the newest.
fn choose(
    ctx: &Ctx,
    project: &Project,
    lock: &Lock,
    args: &Args,
    python: Option<PythonVersion>,
) -> Result<Environment, Failure> {
    if let Some(wanted) = &args.environment {
        let mut all = project.environments.iter();
        return all
            .find(|environment| environment.name() == wanted)
            .cloned()
            .ok_or_else(|| no_environment(lock, wanted));
    }
    let target = match args.target.as_str() {
        "host" => host_target().ok_or_else(|| {
            Failure::unmet("this machine is no target of the table")
                .hint("name one by --target, and a folder by --into")
        })?,
        named => named.parse::<Target>()?,
    };
    if args.into.is_none() && Some(target) != host_target() {
        return Err(
            Failure::invalid(format!("{target} is not this machine's target"))
                .hint("install for another target into a plain folder, with --into DIR"),
        );
    }
    let of_target: Vec<&Environment> = project
        .environments
        .iter()
        .filter(|environment| environment.target() == target)
        .collect();
    if of_target.is_empty() {
        let names: Vec<&str> = project.environments.iter().map(Environment::name).collect();
        return Err(Failure::unmet(format!(
            "the lock has no environment for {target}; it has {}",
            names.join(", ")
        ))
        .hint(format!(
            "add \"{target}\" to `targets` of `[python]` and run `mochi py lock`"
        )));
    }
    let same = |environment: &&&Environment| {
        python.is_none_or(|python| {
            let other = environment.python();
            (other.major, other.minor, other.freethreaded)
                == (python.major, python.minor, python.freethreaded)
        })
    };
    // Environments stand with the newest Python first. Where nothing says which Python is meant,
    // it is the newest that this machine has.
    let on_machine =
        |environment: &&&Environment| interpreter_of(ctx, environment.python()).is_ok();
    let chosen = match python {
        None if args.into.is_none() && of_target.len() > 1 => of_target.iter().find(on_machine),
        _ => of_target.iter().find(same),
    };
    let chosen = chosen.or(of_target.first());
    let chosen = chosen.map(|environment| (*environment).clone());
    ctx.ui.detail(&format!(
        "environment {}",
        chosen.as_ref().map_or("none", Environment::name)
    ));
    chosen.ok_or_else(|| Failure::unmet(format!("the lock has no environment for {target}")))
}

fn link_mode(mode: LinkModeArg) -> LinkMode {
    match mode {
        LinkModeArg::Auto => LinkMode::Auto,
        LinkModeArg::Hardlink => LinkMode::Hardlink,
        LinkModeArg::Reflink => LinkMode::Reflink,
        LinkModeArg::Copy => LinkMode::Copy,
    }
}

fn check(
    ctx: &Ctx,
    site: &Site,
    wanted: &[crate::io::install::Wanted],
    environment: &Environment,
) -> Result<(), Failure> {
    let differences = verify(site, wanted, ctx.cache.root())?;
    if differences.is_empty() {
        ctx.ui.status(
            "Checked",
            &format!(
                "{} as locked for {}",
                count(wanted.len(), "package"),
                environment.name()
            ),
        );
        if ctx.ui.json {
            ctx.ui
                .out_json(&json!({ "environment": environment.name(), "differences": [] }));
        }
        return Ok(());
    }
    let lines: Vec<String> = differences.iter().map(ToString::to_string).collect();
    let mut failure = Failure::unmet(format!(
        "what is installed is not what is locked for {}",
        environment.name()
    ));
    failure.data = json!({ "environment": environment.name(), "differences": lines });
    let unseen = differences
        .iter()
        .any(|difference| matches!(difference, Difference::FileChanged { .. }));
    Err(failure.details(lines).hint(match unseen {
        true => "run `mochi py sync --verify`: a change that left size and time alone is seen by its hash only",
        false => "run `mochi py sync`",
    }))
}

/// Events of the installation, told.
struct Teller {
    ui: Ui,
}

impl Reporter for Teller {
    fn report(&self, event: Event) {
        match event {
            Event::Waiting { folder } => self.ui.note(&format!(
                "another sync works on `{}`; waiting for it",
                folder.display()
            )),
            Event::Recovered { name } => self.ui.note(&format!(
                "{name} was left half installed by an interrupted sync; it is whole again"
            )),
            Event::Overwritten {
                path,
                winner,
                loser,
            } => {
                self.ui.warn(&format!(
                    "{path} is in both {winner} and {loser}; {winner}'s is there"
                ));
            }
            _ => {}
        }
    }
}

fn tell(ctx: &Ctx, environment: &str, report: &SyncReport, started: Instant) {
    if ctx.ui.json {
        ctx.ui.out_json(&json!({
            "environment": environment,
            "added": report.added.iter().map(|(name, version)| json!({ "name": name.as_str(), "version": version.to_string() })).collect::<Vec<_>>(),
            "replaced": report.replaced.iter().map(|(name, from, to)| json!({ "name": name.as_str(), "from": from, "version": to.to_string() })).collect::<Vec<_>>(),
            "removed": report.removed.iter().map(|(name, version)| json!({ "name": name.as_str(), "version": version })).collect::<Vec<_>>(),
            "kept": report.kept.len(),
            "files": report.files,
        }));
    } else if !ctx.ui.quiet {
        report
            .added
            .iter()
            .for_each(|(name, version)| ctx.ui.out(&format!("+ {name} {version}")));
        report
            .replaced
            .iter()
            .for_each(|(name, from, to)| ctx.ui.out(&format!("~ {name} {from} -> {to}")));
        report
            .removed
            .iter()
            .for_each(|(name, version)| ctx.ui.out(&format!("- {name} {version}")));
    }
    let changed = report.added.len() + report.replaced.len() + report.removed.len();
    let text = match changed {
        0 => format!(
            "{} as locked for {environment}",
            count(report.kept.len(), "package")
        ),
        _ => format!(
            "{} for {environment} in {}",
            count(changed, "package"),
            duration(started.elapsed())
        ),
    };
    ctx.ui
        .status(if changed == 0 { "Checked" } else { "Synced" }, &text);
}
