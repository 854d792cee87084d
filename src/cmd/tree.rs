//! `tree`: the graph of an environment.

use crate::cli::Tree as Args;
use crate::cmd::init::host_target;
use crate::ctx::{Ctx, LOCK};
use crate::error::Failure;
use crate::locking::{Project, marker_env};
use resolver::Lock;
use resolver::graph::{Edge, Graph};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use wheel::{PackageName, Requirement};

/// Prints it.
///
/// # Errors
/// There is no lock, it is not the manifest's, or it has no such environment.
pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<(), Failure> {
    let (project, lock) = locked(ctx)?;
    let environment = choose(&lock, args.environment.as_deref())?;
    let graph = graph(&project, &lock, environment)?;
    if ctx.ui.json {
        ctx.ui.out_json(&to_json(environment, &graph));
        return Ok(());
    }
    ctx.ui.out(&format!(
        "{} {}",
        ctx.ui.strong(project.name()),
        ctx.ui.faint(environment)
    ));
    let mut printer = Printer {
        ctx,
        graph: &graph,
        lock: &lock,
        environment,
        shown: BTreeSet::new(),
    };
    printer.print(&graph.roots, "");
    if printer.repeated() {
        ctx.ui.out(&ctx.ui.faint("(*) shown above"));
    }
    Ok(())
}

/// The project with its lock, which must be up to date.
///
/// # Errors
/// It is missing or stale.
pub(super) fn locked(ctx: &Ctx) -> Result<(Project, Lock), Failure> {
    let folder = ctx.project()?;
    let project = Project::read(ctx, &folder, &ctx.manifest_text(&folder)?)?;
    let shown = ctx.shown(&folder.join(LOCK));
    let Some((lock, _)) = ctx.read_lock(&folder)? else {
        return Err(Failure::unmet(format!("there is no {shown}")).hint("run `mochi py lock`"));
    };
    match project.staleness(&lock) {
        Some(problem) => Err(
            Failure::unmet(format!("{shown} is not up to date: {problem}"))
                .hint("run `mochi py lock`"),
        ),
        None => Ok((project, lock)),
    }
}

/// The environment that was asked for, else this machine's with the newest Python, else the first.
///
/// # Errors
/// The lock has no such environment.
pub(super) fn choose<'a>(lock: &'a Lock, wanted: Option<&str>) -> Result<&'a str, Failure> {
    let names = || {
        lock.environments
            .iter()
            .map(|environment| environment.name.as_str())
    };
    if let Some(wanted) = wanted {
        return names()
            .find(|name| *name == wanted)
            .ok_or_else(|| no_environment(lock, wanted));
    }
    let host = host_target();
    let of_host = lock
        .environments
        .iter()
        .filter(|environment| host.is_some_and(|host| environment.target == host.name()))
        .max_by_key(|environment| environment.python.parse::<tag_matrix::PythonVersion>().ok());
    let chosen = of_host
        .map(|environment| environment.name.as_str())
        .or_else(|| names().next());
    chosen.ok_or_else(|| Failure::unmet(format!("{LOCK} has no environment")))
}

/// The lock has no environment of this name.
pub(super) fn no_environment(lock: &Lock, wanted: &str) -> Failure {
    let names: Vec<&str> = lock
        .environments
        .iter()
        .map(|environment| environment.name.as_str())
        .collect();
    let failure = Failure::invalid(format!("{LOCK} has no environment `{wanted}`"));
    match toml_doc::nearest(wanted, names.iter().copied()) {
        Some(near) => failure.hint(format!("the nearest is `{near}`")),
        None => failure.hint(format!("it has {}", names.join(", "))),
    }
}

/// The graph of an environment of the project's lock.
///
/// # Errors
/// The manifest has no such environment.
pub(super) fn graph(project: &Project, lock: &Lock, name: &str) -> Result<Graph, Failure> {
    let environment = project
        .environments
        .iter()
        .find(|environment| environment.name() == name)
        .ok_or_else(|| no_environment(lock, name))?;
    let roots: Vec<Requirement> = project
        .roots(environment)
        .into_iter()
        .map(|root| root.requirement)
        .collect();
    Ok(Graph::new(lock, name, &marker_env(environment), &roots))
}

struct Printer<'a> {
    ctx: &'a Ctx,
    graph: &'a Graph,
    lock: &'a Lock,
    environment: &'a str,
    shown: BTreeSet<PackageName>,
}

impl Printer<'_> {
    fn print(&mut self, edges: &[Edge], indent: &str) {
        for (position, edge) in edges.iter().enumerate() {
            let last = position + 1 == edges.len();
            let (branch, next) = if last {
                ("└── ", "    ")
            } else {
                ("├── ", "│   ")
            };
            let Some(vertex) = self.graph.vertices.get(&edge.name) else {
                let reason = self.skip(&edge.name);
                self.ctx
                    .ui
                    .out(&format!("{indent}{branch}{} {reason}", edge.requirement));
                continue;
            };
            let again = !self.shown.insert(edge.name.clone()) && !vertex.edges.is_empty();
            let extras: Vec<&str> = vertex.extras.iter().map(wheel::ExtraName::as_str).collect();
            let extras = if extras.is_empty() {
                String::new()
            } else {
                format!("[{}]", extras.join(","))
            };
            let mark = if again { " (*)" } else { "" };
            let requirement = self.ctx.ui.faint(&edge.requirement);
            self.ctx.ui.out(&format!(
                "{indent}{branch}{}{extras} {} {requirement}{mark}",
                edge.name, vertex.version
            ));
            if !again {
                self.print(&vertex.edges, &format!("{indent}{next}"));
            }
        }
    }

    fn skip(&self, name: &PackageName) -> String {
        let skips = self.lock.skips.iter();
        let mut of_environment = skips.filter(|skip| skip.environment == self.environment);
        let skip = of_environment.find(|skip| skip.name == *name);
        skip.map_or_else(String::new, |skip| format!("(skipped: {})", skip.reason))
    }

    fn repeated(&self) -> bool {
        let all = self
            .graph
            .vertices
            .values()
            .flat_map(|vertex| &vertex.edges)
            .chain(&self.graph.roots);
        let mut seen = BTreeSet::new();
        all.filter(|edge| {
            self.graph
                .vertices
                .get(&edge.name)
                .is_some_and(|vertex| !vertex.edges.is_empty())
        })
        .any(|edge| !seen.insert(&edge.name))
    }
}

fn edges(edges: &[Edge]) -> Vec<Value> {
    edges
        .iter()
        .map(|edge| json!({ "name": edge.name, "requirement": edge.requirement }))
        .collect()
}

fn to_json(environment: &str, graph: &Graph) -> Value {
    let packages: Vec<Value> = graph
        .vertices
        .iter()
        .map(|(name, vertex)| {
            json!({
                "name": name,
                "version": vertex.version.to_string(),
                "extras": vertex.extras,
                "requires": edges(&vertex.edges),
            })
        })
        .collect();
    json!({ "environment": environment, "requires": edges(&graph.roots), "packages": packages })
}
