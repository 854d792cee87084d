//! A folder laid out as a mirror, for the environments of Pyodide alone.

use crate::project::{Project, RELEASES, named};
use mochi::cli::{Cli, Tool};
use mochi::ctx::Ctx;
use mochi::fetch::Fetcher;
use mochi::io::pyodide_runtime::runtime_files;
use mochi::locking;
use mochi::pyodide_lock::Listing;
use resolver::lock::LockedWheel;
use std::path::Path;

/// What a command in the project would have.
pub(crate) fn ctx(project: &Project, more: &[&str]) -> Ctx {
    use clap::Parser;
    let at = |name: &str| project.sandbox.root().join(name).display().to_string();
    let (folder, cache) = (at("project"), at("cache"));
    let mut words = vec!["mochi", "py", "--project", &folder, "--cache-dir", &cache];
    words.extend(["--index", project.sandbox.index_url(), "--no-progress"]);
    words.extend(more);
    words.push("tree");
    let Tool::Py(py) = Cli::try_parse_from(words).expect("words").tool;
    Ctx::new(py.global).expect("surroundings")
}

/// Where a file is, from the list.
fn file_name(wheel: &LockedWheel) -> String {
    let (sha256, name) = (&wheel.sha256, &wheel.filename);
    format!("../../files/{}/{sha256}/{name}", &sha256[..2])
}

/// Puts the files, the lists and the runtimes there.
pub(crate) fn mirror(project: &Project, folder: &Path) {
    let ctx = ctx(project, &[]);
    let own = ctx.project().expect("a folder");
    let text = ctx.manifest_text(&own).expect("a manifest");
    let read = locking::Project::read(&ctx, &own, &text).expect("a project");
    let (lock, _) = ctx.read_lock(&own).expect("read").expect("a lock");
    for (release, name, _) in RELEASES {
        let environment = read.environments.iter().find(|one| one.name() == name);
        let environment = environment.expect("an environment");
        let wheels: Vec<&LockedWheel> = lock.packages_of(name).filter_map(|(_, it)| it).collect();
        let fetcher = Fetcher::new(&ctx, &read, &lock, environment, &own).expect("a fetcher");
        let kept = fetcher.keep(&wheels).expect("fetched");
        let place = folder.join("pyodide").join(name);
        std::fs::create_dir_all(&place).expect("a folder");
        for wheel in &wheels {
            let to = place.join(file_name(wheel));
            std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            std::fs::copy(&kept[&wheel.sha256], to).expect("a copy");
        }
        let listing = Listing::new(&ctx, &read, &lock, environment, &own).expect("a list");
        let path = |wheel: &LockedWheel| Some(place.join(file_name(wheel)));
        let text = listing.text(&path, &file_name).expect("a text");
        std::fs::write(place.join("pyodide-lock.json"), text).expect("written");
        let release = environment.pyodide().filter(|it| it.version == release);
        let release = release.expect("the release");
        let runtime = named("MOCHI_PYODIDE").join(&release.version);
        for (name, bytes) in runtime_files(&ctx, release, Some(&runtime)).expect("a runtime") {
            std::fs::write(place.join(name), bytes).expect("written");
        }
    }
}
