//! `wrap`: the bridge as a Python wrapper, its stub and a WIT world.

use crate::cli::Wrap as Args;
use crate::ctx::{Ctx, MANIFEST};
use crate::error::Failure;
use crate::io::files::{self, FileError};
use crate::ui::count;
use manifest::Manifest;
use serde_json::json;
use std::path::{Path, PathBuf};

const EXAMPLE: &str = "list functions in it, for example
  [[python.bridge.host]]
  name = \"distance\"
  params = [\"x: float\", \"y: float\"]
  result = \"float\"";

/// Writes the files, or compares them.
///
/// # Errors
/// There is no bridge, a file differs (`--check`), or the disk failed.
pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<(), Failure> {
    let folder = ctx.project()?;
    let text = ctx.manifest_text(&folder)?;
    let manifest = ctx.parse_manifest(&folder, &text)?;
    let (differing, same) = compare(wanted(ctx, args, &folder, &manifest)?)?;
    let shown = |list: &[Wanted]| -> Vec<String> {
        list.iter().map(|file| ctx.shown(&file.path)).collect()
    };
    let (changed, unchanged) = (shown(&differing), shown(&same));
    if args.check && !differing.is_empty() {
        return Err(stale(args, &differing, &changed));
    }
    for (file, shown) in differing.iter().zip(&changed) {
        write(file)?;
        ctx.ui.status("Wrote", shown);
    }
    if differing.is_empty() {
        let files = count(unchanged.len(), "file");
        ctx.ui.status("Unchanged", &format!("{files} up to date"));
    }
    if ctx.ui.json {
        ctx.ui
            .out_json(&json!({ "written": changed, "unchanged": unchanged }));
    }
    Ok(())
}

/// A file as it is to be.
struct Wanted {
    path: PathBuf,
    text: String,
    /// Whether one that is there stays, whatever is in it.
    kept: bool,
    /// Whether there is one.
    exists: bool,
}

/// The files of the bridge, each in its place: Python in `--out` or the project's Python tree,
/// WIT in a folder `wit` in `--out` or beside that tree, since all of a tree goes into wheels.
fn wanted(
    ctx: &Ctx,
    args: &Args,
    folder: &Path,
    manifest: &Manifest,
) -> Result<Vec<Wanted>, Failure> {
    let Some(bridge) = &manifest.bridge else {
        let shown = ctx.shown(&folder.join(MANIFEST));
        let failure = Failure::invalid(format!("{shown} has no [python.bridge]"));
        return Err(failure.hint(EXAMPLE));
    };
    let source = manifest.publish.source();
    let (python, wit) = match &args.out {
        Some(out) => (ctx.cwd.join(out), ctx.cwd.join(out).join("wit")),
        None => {
            let beside = Path::new(source).parent().unwrap_or(Path::new(""));
            (folder.join(source), folder.join(beside).join("wit"))
        }
    };
    let files = wrap::render(bridge);
    let file = |path: PathBuf, text: String, kept| Wanted {
        path,
        text,
        kept,
        exists: false,
    };
    let packages = files.packages.into_iter();
    let packages = packages.map(|path| file(python.join(path), String::new(), true));
    let modules = files.python.into_iter();
    let modules = modules.map(|made| file(python.join(made.path), made.text, false));
    let world = file(wit.join(files.wit.path), files.wit.text, false);
    Ok(packages.chain(modules).chain([world]).collect())
}

/// The files that are missing or differ, and the others.
fn compare(wanted: Vec<Wanted>) -> Result<(Vec<Wanted>, Vec<Wanted>), Failure> {
    let (mut differing, mut same) = (Vec::new(), Vec::new());
    for mut file in wanted {
        let found = files::read_bytes(&file.path)?;
        file.exists = found.is_some();
        match found {
            Some(found) if file.kept || found == file.text.as_bytes() => same.push(file),
            _ => differing.push(file),
        }
    }
    Ok((differing, same))
}

fn write(file: &Wanted) -> Result<(), FileError> {
    if let Some(folder) = file.path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| FileError::new("create", folder, error))?;
    }
    files::write(&file.path, file.text.as_bytes())
}

fn stale(args: &Args, differing: &[Wanted], shown: &[String]) -> Failure {
    let (files, verb) = match differing.len() {
        1 => ("1 file".to_owned(), "is"),
        many => (count(many, "file"), "are"),
    };
    let details = differing.iter().zip(shown).map(|(file, shown)| {
        let how = if file.exists { "differs" } else { "is missing" };
        format!("{shown} {how}")
    });
    let command = match &args.out {
        Some(out) => format!("mochi py wrap --out {}", out.display()),
        None => "mochi py wrap".to_owned(),
    };
    let message = format!("{files} {verb} not what [python.bridge] gives");
    let mut failure = Failure::unmet(message)
        .details(details)
        .hint(format!("run `{command}`"));
    failure.data = json!({ "stale": shown });
    failure
}
