//! Warnings about what chosen wheels import and their target lacks.

use crate::ctx::Ctx;
use crate::error::Failure;
use crate::io::imports::{Found, Inspector, Subject};
use crate::io::index::Gathered;
use crate::locking::runtime;
use import_scan::Lack;
use resolver::{LockedSource, Scope};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tag_matrix::Environment;
use wheel::PackageName;

/// How many modules a warning names.
const SHOWN: usize = 6;

/// A warning about a package in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The position of the scope.
    pub scope: usize,
    /// The package.
    pub name: PackageName,
    /// What it imports that the target lacks, a module once.
    pub text: String,
}

/// Looks at the wheels of WebAssembly environments that `wanted` names. What a Pyodide release
/// curates was built and tried there, and is not looked at.
///
/// # Errors
/// The system gives no threads.
pub fn warnings(
    ctx: &Ctx,
    folder: &Path,
    scopes: &[Scope],
    gathered: &Gathered,
    wanted: &dyn Fn(usize, &PackageName) -> bool,
) -> Result<Vec<Warning>, Failure> {
    if ctx.global.no_import_check {
        return Ok(Vec::new());
    }
    let mut subjects = Vec::new();
    let mut about = Vec::new();
    for (position, resolution) in gathered.resolutions.iter().enumerate() {
        let environment = &scopes[position].environment;
        if !Lack::any(environment) {
            continue;
        }
        for (name, package) in &resolution.packages {
            let curated = matches!(package.index, Some(LockedSource::Pyodide(_)));
            let Some(mut wheel) = package.wheel.clone().filter(|_| !curated) else {
                continue;
            };
            if wheel.sha256.is_none() {
                let digest = gathered.digests.get(&wheel.url);
                wheel.sha256 = digest.map(|(sha256, _)| sha256.clone());
            }
            if wanted(position, name) {
                about.push((position, name, &package.version));
                let environment = environment.clone();
                subjects.push(Subject { wheel, environment });
            }
        }
    }
    if subjects.is_empty() {
        return Ok(Vec::new());
    }
    let inspector = Inspector {
        net: &ctx.net,
        cache: &ctx.cache,
        folder,
        offline: ctx.global.offline,
    };
    let found = runtime()?.block_on(inspector.inspect(&subjects));
    let mut warnings = Vec::new();
    let mut missed = BTreeSet::new();
    for (((scope, name, version), subject), found) in about.into_iter().zip(&subjects).zip(found) {
        let found = match found {
            Ok(found) => found,
            Err(why) => {
                let filename = &subject.wheel.filename;
                missed.insert(format!(
                    "{filename} was not looked at for its imports: {why}"
                ));
                continue;
            }
        };
        let required = &gathered.resolutions[scope].packages;
        let is_there = |package: &str| required.keys().any(|name| name.as_str() == package);
        if let Some(imports) = listed(&found, &subject.environment, &is_there) {
            warnings.push(Warning {
                scope,
                name: name.clone(),
                text: format!("{name} {version} imports {imports}"),
            });
        }
    }
    missed.iter().for_each(|text| ctx.ui.note(text));
    Ok(warnings)
}

/// Warnings as text, the same ones of several environments together.
pub fn told(scopes: &[Scope], warnings: Vec<Warning>) -> Vec<String> {
    let mut texts: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for warning in warnings {
        let environment = scopes[warning.scope].environment.name();
        texts.entry(warning.text).or_default().push(environment);
    }
    let text = |(text, environments): (String, Vec<&str>)| {
        format!("{text} (in {})", environments.join(", "))
    };
    texts.into_iter().map(text).collect()
}

/// The modules with the first place of each, and what is lacking.
fn listed(
    found: &[Found],
    environment: &Environment,
    is_there: &dyn Fn(&str) -> bool,
) -> Option<String> {
    let mut seen = BTreeSet::new();
    let mut parts = Vec::new();
    for one in found {
        let lack = match Lack::of(environment, &one.module)? {
            Lack::Apart { package } if is_there(&package) => continue,
            lack => lack,
        };
        let module = match lack {
            // `threading.Thread` is told as `threading`.
            Lack::Missing | Lack::Apart { .. } => one.module.split('.').next().unwrap_or_default(),
            _ => one.module.as_str(),
        };
        let head = module.split('.').next().unwrap_or_default().to_owned();
        if seen.insert(head) {
            parts.push(format!("{module} ({}:{}: {lack})", one.file, one.line));
        }
    }
    let more = parts.len().saturating_sub(SHOWN);
    parts.truncate(SHOWN);
    if more > 0 {
        parts.push(format!("and {more} more"));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}
