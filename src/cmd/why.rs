//! `why`: the paths by which a package is required.

use crate::cli::Why as Args;
use crate::cmd::tree::{choose, graph, locked};
use crate::ctx::{Ctx, LOCK};
use crate::error::Failure;
use resolver::graph::Edge;
use serde_json::json;
use std::collections::BTreeMap;
use wheel::PackageName;

/// How many paths are shown.
const PATHS: usize = 20;

/// Prints them, environments with the same paths together.
///
/// # Errors
/// The package is not in the lock.
pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<(), Failure> {
    let name: PackageName = args
        .name
        .parse()
        .map_err(|error| Failure::invalid(format!("{error}")))?;
    let (project, lock) = locked(ctx)?;
    let environments: Vec<&str> = match &args.environment {
        Some(wanted) => vec![choose(&lock, Some(wanted))?],
        None => lock
            .environments
            .iter()
            .map(|environment| environment.name.as_str())
            .collect(),
    };
    let mut groups: BTreeMap<Vec<String>, Vec<&str>> = BTreeMap::new();
    for environment in environments {
        let graph = graph(&project, &lock, environment)?;
        let line = |path: &Vec<Edge>| {
            let steps = path.iter().map(|edge| {
                let version = graph
                    .vertices
                    .get(&edge.name)
                    .map(|vertex| vertex.version.to_string());
                format!(
                    "{} ({})",
                    edge.requirement,
                    version.unwrap_or_else(|| "skipped".to_owned())
                )
            });
            std::iter::once(project.name().to_owned())
                .chain(steps)
                .collect::<Vec<_>>()
                .join(" -> ")
        };
        let paths: Vec<String> = graph.paths(&name, PATHS).iter().map(line).collect();
        if !paths.is_empty() {
            groups.entry(paths).or_default().push(environment);
        }
    }
    if groups.is_empty() {
        let names = lock.packages.iter().map(|package| package.name.as_str());
        let failure = Failure::unmet(format!(
            "`{name}` is not required in any environment of {LOCK}"
        ));
        return Err(match toml_doc::nearest(name.as_str(), names) {
            Some(near) if near != name.as_str() => {
                failure.hint(format!("the nearest name there is `{near}`"))
            }
            _ => failure,
        });
    }
    if ctx.ui.json {
        let groups: Vec<_> = groups
            .iter()
            .map(|(paths, environments)| json!({ "environments": environments, "paths": paths }))
            .collect();
        ctx.ui
            .out_json(&json!({ "name": name, "required": groups }));
        return Ok(());
    }
    for (paths, environments) in &groups {
        ctx.ui
            .out(&ctx.ui.faint(&format!("in {}:", environments.join(", "))));
        paths.iter().for_each(|path| ctx.ui.out(path));
    }
    Ok(())
}
