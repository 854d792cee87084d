//! `init`: a manifest that says where it is for.

use crate::cli::Init;
use crate::ctx::{Ctx, MANIFEST, variable};
use crate::error::Failure;
use crate::io::files;
use crate::io::host::{HostEnv, Platform, Prober, Search};
use serde_json::json;
use std::path::Path;
use tag_matrix::{PythonVersion, Target};

/// Writes it.
///
/// # Errors
/// There is one already, or the folder cannot be written to.
pub(super) fn run(ctx: &Ctx, args: &Init) -> Result<(), Failure> {
    let folder = ctx.new_project();
    let path = folder.join(MANIFEST);
    if path.exists() {
        return Err(Failure::invalid(format!(
            "`{}` is there already",
            ctx.shown(&path)
        )));
    }
    if let Some(name) = &args.name {
        name.parse::<wheel::PackageName>()
            .map_err(|error| Failure::invalid(format!("--name: {error}")))?;
    }
    let made = Made::new(ctx, &folder, args.name.as_deref(), &[], &[]);
    files::write(&path, made.text.as_bytes())?;
    ctx.ui.status(
        "Created",
        &format!("{} {}", ctx.shown(&path), made.describe()),
    );
    if ctx.ui.json {
        ctx.ui.out_json(&json!({
            "manifest": path,
            "name": made.name,
            "targets": made.targets,
            "requires-python": made.requires_python,
            "python-versions": made.pythons.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }));
    }
    Ok(())
}

/// A manifest for this machine, not written yet.
pub(super) struct Made {
    /// Its text.
    pub(super) text: String,
    name: String,
    targets: Vec<Target>,
    pythons: Vec<PythonVersion>,
    requires_python: String,
}

impl Made {
    /// The manifest of a new project in `folder`. What is not given is this machine's: its target,
    /// and the newest CPython found on it, else the newest of the table.
    pub(super) fn new(
        ctx: &Ctx,
        folder: &Path,
        name: Option<&str>,
        targets: &[Target],
        pythons: &[PythonVersion],
    ) -> Self {
        let name = name.map_or_else(|| folder_name(folder), str::to_owned);
        let targets = match targets {
            [] => host_targets(),
            given => given.to_vec(),
        };
        let pythons = match pythons {
            [] => vec![newest_python(ctx)],
            given => given.to_vec(),
        };
        let lowest = pythons.iter().min().map_or_else(String::new, |lowest| {
            format!(">={}", lowest.minor_only().with_gil())
        });
        let text = manifest::edit::template(&name, &lowest, &pythons, &targets);
        Self {
            text,
            name,
            targets,
            pythons,
            requires_python: lowest,
        }
    }

    /// Where it is for, in words.
    pub(super) fn describe(&self) -> String {
        let pythons: Vec<String> = self
            .pythons
            .iter()
            .map(|python| format!("Python {python}"))
            .collect();
        let targets: Vec<String> = self.targets.iter().map(ToString::to_string).collect();
        format!("for {}, {}", targets.join(", "), pythons.join(", "))
    }
}

/// This machine's target, or the table's defaults where it has no row.
fn host_targets() -> Vec<Target> {
    match host_target() {
        Some(target) => vec![target],
        None => Target::defaults().collect(),
    }
}

/// This machine's target.
pub(super) fn host_target() -> Option<Target> {
    Platform::of_host().target_name()?.parse().ok()
}

fn newest_python(ctx: &Ctx) -> PythonVersion {
    let search = Search::new(&HostEnv::from_variables(variable));
    let prober = Prober::new(Some(ctx.cache.root()));
    let known = |python: PythonVersion| {
        PythonVersion::released().any(|row| row == python.minor_only().with_gil())
    };
    let found = search.newest(&prober, |interpreter| known(interpreter.python()));
    let newest = || {
        PythonVersion::released()
            .max()
            .unwrap_or(PythonVersion::new(3, 13))
    };
    found.map_or_else(newest, |interpreter| {
        interpreter.python().minor_only().with_gil()
    })
}

/// The folder's name, made into a package's.
fn folder_name(folder: &Path) -> String {
    let folder = folder
        .canonicalize()
        .unwrap_or_else(|_| folder.to_path_buf());
    let name = folder
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let clean: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') {
                c
            } else {
                '-'
            }
        })
        .collect();
    let clean = clean.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    if clean.is_empty() {
        "app".to_owned()
    } else {
        clean.to_owned()
    }
}
