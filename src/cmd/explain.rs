//! `explain`: why a requirement does or does not fit, environment by environment.

use crate::cli::Explain as Args;
use crate::ctx::{Ctx, MANIFEST};
use crate::error::Failure;
use crate::imports;
use crate::io::index::{Failure as Unsolved, Gathered};
use crate::locking::{self, Project, Upgrade};
use crate::ui::table;
use manifest::edit::{self, Addition};
use manifest::{Manifest, without_credentials};
use resolver::advice::{Advice, advise};
use resolver::{LockedSource, Scope, Skip};
use serde_json::{Value, json};
use std::path::Path;
use tag_matrix::{PyodideRelease, PythonVersion, Target};
use wheel::{PackageName, Requirement, RequirementSource};

/// Explains each requirement by itself.
///
/// # Errors
/// A requirement that is none, no version that satisfies it, or the outside failed.
pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<(), Failure> {
    let folder = ctx.find_project()?;
    let base = match &folder {
        Some(folder) => ctx.manifest_text(folder)?,
        None => String::new(),
    };
    let folder = folder.unwrap_or_else(|| ctx.new_project());
    let explained = explain(ctx, args, &folder, &base)?;
    if ctx.ui.json {
        let documents: Vec<Value> = explained.iter().map(Explained::to_json).collect();
        ctx.ui.out_json(&json!({ "requirements": documents }));
    } else {
        explained.iter().for_each(|one| one.print(ctx));
        if explained.len() > 1 {
            summarise(ctx, &explained);
        }
    }
    let unsolved: Vec<String> = explained.iter().filter_map(Explained::unsolvable).collect();
    match unsolved.is_empty() {
        true => Ok(()),
        false => {
            let failure = Failure::unmet(format!("nothing satisfies {}", unsolved.join(", ")));
            Err(Failure {
                printed: true,
                ..ctx.hinted(failure)
            })
        }
    }
}

struct Explained {
    requirement: Requirement,
    rows: Vec<Row>,
}

struct Row {
    environment: String,
    answer: Answer,
    notes: Vec<String>,
}

enum Answer {
    Wheel {
        version: String,
        filename: String,
        /// The Pyodide release that curates it.
        curated: Option<String>,
    },
    Folder {
        version: String,
    },
    Skip(Skip),
    Inactive,
    Conflict(Vec<String>),
}

/// Each requirement alone, with the project's environments, floors, indexes and policies. All are
/// resolved at once.
fn explain(ctx: &Ctx, args: &Args, folder: &Path, base: &str) -> Result<Vec<Explained>, Failure> {
    let base = without_dependencies(base);
    let mut requirements = Vec::new();
    let mut projects = Vec::new();
    for text in &args.requirements {
        let requirement: Requirement = text
            .parse()
            .map_err(|error| locking::no_requirement(text, &error))?;
        let addition = Addition {
            key: requirement.name.to_string(),
            requirement: requirement.clone(),
            path: None,
            targets: Vec::new(),
        };
        let alone = edit::add(MANIFEST, &base, &[addition])?;
        let mut requirement = requirement;
        if let RequirementSource::Url(url) = &mut requirement.source {
            *url = without_credentials(url);
        }
        let mut project = Project::read(ctx, folder, &alone)?;
        select(&mut project, args)?;
        requirements.push(requirement);
        projects.push(project);
    }
    let Some(first) = projects.first() else {
        return Ok(Vec::new());
    };
    let curations = first.curations(ctx, folder)?;
    let group = first.environments.len();
    let scopes: Vec<Scope> = projects
        .iter()
        .flat_map(|project| project.scopes(None, &Upgrade::default(), &curations))
        .collect();
    let gathered = locking::gather(ctx, folder, &projects, &scopes)?;
    let of_row = |position: usize, name: &PackageName| requirements[position / group].name == *name;
    let warnings = imports::warnings(ctx, folder, &scopes, &gathered, &of_row)?;
    let prereleases = locking::prereleases(&first.manifest);
    let row = |(position, requirement): (usize, &Requirement)| {
        let scope = &scopes[position];
        let advice = advise(
            scope,
            &gathered.resolutions[position],
            &gathered.facts,
            prereleases,
        );
        let imported = warnings.iter().filter(|warning| warning.scope == position);
        let imported = imported.map(|warning| warning.text.clone());
        Row {
            environment: scope.environment.name().to_owned(),
            answer: answer(&requirement.name, scope, position, &gathered),
            notes: advice.iter().map(Advice::message).chain(imported).collect(),
        }
    };
    let explained = |(nth, requirement): (usize, Requirement)| {
        let positions = nth * group..(nth + 1) * group;
        Explained {
            rows: positions
                .map(|position| row((position, &requirement)))
                .collect(),
            requirement,
        }
    };
    Ok(requirements
        .into_iter()
        .enumerate()
        .map(explained)
        .collect())
}

/// The manifest's text with nothing required.
fn without_dependencies(text: &str) -> String {
    let Ok(mut document) = text.parse::<toml_edit::DocumentMut>() else {
        return text.to_owned();
    };
    document.remove("python-dependencies");
    document.to_string()
}

/// Narrows a project to the targets and Pythons that were asked for, or widens it to all targets.
fn select(project: &mut Project, args: &Args) -> Result<(), Failure> {
    if args.targets.is_empty() && args.pythons.is_empty() && !args.all_targets {
        return Ok(());
    }
    let targets = args
        .targets
        .iter()
        .map(|text| text.parse())
        .collect::<Result<Vec<Target>, _>>()?;
    let pythons = args
        .pythons
        .iter()
        .map(|text| text.parse())
        .collect::<Result<Vec<PythonVersion>, _>>()?;
    let targets = match targets.is_empty() {
        _ if args.all_targets => Target::all().collect(),
        true => project.manifest.targets.clone(),
        false => targets,
    };
    let pythons = if pythons.is_empty() {
        project.manifest.python_versions.clone()
    } else {
        pythons
    };
    let minors: Vec<PythonVersion> = pythons.iter().map(|python| python.minor_only()).collect();
    if args.all_targets || !args.pythons.is_empty() {
        let wanted =
            |release: &PyodideRelease| args.all_targets || minors.contains(&release.minor());
        add_newest_releases(&mut project.manifest, &wanted);
    }
    project.environments = manifest::environments(&project.manifest, &targets, &pythons)?;
    Ok(())
}

/// Adds the newest final Pyodide release of each Python that the project admits and names none
/// of.
fn add_newest_releases(manifest: &mut Manifest, wanted: &dyn Fn(&PyodideRelease) -> bool) {
    for release in PyodideRelease::released().rev() {
        let mut known = manifest.pyodide.releases.iter();
        let known = known.any(|other| other.minor() == release.minor());
        if !known && wanted(release) && manifest.admits(&release.python) {
            manifest.pyodide.releases.push(release);
        }
    }
}

/// How many of the requirements each environment can have, and which it cannot.
fn summarise(ctx: &Ctx, explained: &[Explained]) {
    ctx.ui.out(&ctx.ui.strong("available"));
    let environments = explained[0].rows.iter().map(|row| &row.environment);
    let rows: Vec<Vec<String>> = environments
        .enumerate()
        .map(|(position, environment)| {
            let missing: Vec<&str> = explained
                .iter()
                .filter(|one| !one.rows[position].answer.is_good())
                .map(|one| one.requirement.name.as_str())
                .collect();
            let (all, without) = (explained.len(), missing.join(", "));
            let without = match without.is_empty() {
                true => without,
                false => format!("without {without}"),
            };
            vec![
                environment.clone(),
                format!("{} of {all}", all - missing.len()),
                without,
            ]
        })
        .collect();
    for line in table(&rows) {
        ctx.ui.out(&format!("  {}", line.trim_end()));
    }
}

impl Answer {
    /// Whether it is there, or not wanted.
    fn is_good(&self) -> bool {
        matches!(
            self,
            Self::Wheel { .. } | Self::Folder { .. } | Self::Inactive
        )
    }
}

fn answer(name: &PackageName, scope: &Scope, position: usize, gathered: &Gathered) -> Answer {
    if scope.roots.is_empty() {
        return Answer::Inactive;
    }
    let failed = gathered.failures.iter().find(|(at, _)| *at == position);
    match failed {
        Some((_, Unsolved::Unsolvable(explanation))) => {
            return Answer::Conflict(explanation.facts.clone());
        }
        Some((_, Unsolved::TooHard)) => {
            return Answer::Conflict(vec!["the search was given up".to_owned()]);
        }
        None => {}
    }
    let resolution = &gathered.resolutions[position];
    // What the requirement needs counts as much as the package itself.
    let own = resolution.skips.iter().find(|skip| skip.name == *name);
    if let Some(skip) = own.or(resolution.skips.first()) {
        return Answer::Skip(skip.clone());
    }
    match resolution.packages.get(name) {
        Some(package) => match &package.wheel {
            Some(wheel) => Answer::Wheel {
                version: package.version.to_string(),
                filename: wheel.filename.to_string(),
                curated: match &package.index {
                    Some(LockedSource::Pyodide(release)) => Some(release.clone()),
                    _ => None,
                },
            },
            None => Answer::Folder {
                version: package.version.to_string(),
            },
        },
        None => Answer::Inactive,
    }
}

impl Explained {
    fn unsolvable(&self) -> Option<String> {
        let all = self
            .rows
            .iter()
            .all(|row| matches!(row.answer, Answer::Conflict(_)));
        (all && !self.rows.is_empty()).then(|| self.requirement.to_string())
    }

    fn print(&self, ctx: &Ctx) {
        ctx.ui.out(&ctx.ui.strong(&self.requirement.to_string()));
        let name = &self.requirement.name;
        let rows: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| {
                let (mark, first, second) = match &row.answer {
                    Answer::Wheel {
                        version,
                        filename,
                        curated,
                    } => {
                        let by = curated.as_ref();
                        let by = by.map(|release| format!(" (curated by Pyodide {release})"));
                        let shown = format!("{filename}{}", by.unwrap_or_default());
                        ("ok", version.clone(), shown)
                    }
                    Answer::Folder { version } => ("ok", version.clone(), "a folder".to_owned()),
                    Answer::Skip(skip) => {
                        let other =
                            (skip.name != *name).then(|| format!("needs {}: ", skip.requirement));
                        (
                            "--",
                            skip.reason.name().to_owned(),
                            format!("{}{}", other.unwrap_or_default(), skip.reason),
                        )
                    }
                    Answer::Inactive => (
                        "  ",
                        "not required".to_owned(),
                        "its marker does not hold here".to_owned(),
                    ),
                    Answer::Conflict(facts) => ("--", "no solution".to_owned(), facts.join("; ")),
                };
                vec![mark.to_owned(), row.environment.clone(), first, second]
            })
            .collect();
        for (line, row) in table(&rows).iter().zip(&self.rows) {
            let good = matches!(row.answer, Answer::Wheel { .. } | Answer::Folder { .. });
            let (mark, rest) = line.split_at(line.len().min(2));
            ctx.ui
                .out(&format!("  {}{rest}", ctx.ui.verdict(good, mark)));
            row.notes
                .iter()
                .for_each(|note| ctx.ui.out(&format!("      warning: {note}")));
        }
    }

    fn to_json(&self) -> Value {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                let mut value = match &row.answer {
                    Answer::Wheel {
                        version,
                        filename,
                        curated,
                    } => json!({
                        "fits": true,
                        "version": version,
                        "wheel": filename,
                        "curated": curated,
                    }),
                    Answer::Folder { version } => json!({ "fits": true, "version": version }),
                    Answer::Skip(skip) => json!({
                        "fits": false,
                        "reason": skip.reason.name(),
                        "detail": skip.reason.to_string(),
                        "nearest": skip.reason.nearest(),
                        "data": skip.reason,
                        "name": skip.name,
                        "requirement": skip.requirement,
                    }),
                    Answer::Inactive => {
                        json!({ "fits": null, "detail": "the marker does not hold" })
                    }
                    Answer::Conflict(facts) => json!({ "fits": false, "conflict": facts }),
                };
                value["environment"] = json!(row.environment);
                value["warnings"] = json!(row.notes);
                value
            })
            .collect();
        json!({ "requirement": self.requirement.to_string(), "environments": rows })
    }
}
