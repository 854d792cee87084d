//! The compiled modules of a wheel for Pyodide: made by what the machine has, and audited.

use crate::ctx::{Ctx, variable};
use crate::error::{Failure, Kind as FailureKind};
use crate::io::host::{HostEnv, Search};
use crate::io::pyodide::release_in;
use manifest::publish::Native;
use native_build::{BuildError, CCode, Machine, Place, RustCode, Source, Work};
use publish::{Kind, Package, Plan, SideModule};
use side_module::{Finding, Library, Wanted};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tag_matrix::PyodideRelease;

/// The word by which cargo has this program link ([`native_build::link_side_module`]).
pub const LINK: &str = "link-side-module";

/// Modules, and what compiled them.
#[derive(Debug, Default)]
pub struct Modules {
    /// The modules.
    pub built: Vec<SideModule>,
    /// The compilers, with their versions.
    pub tools: Vec<String>,
}

/// Where modules are compiled, and with what.
pub struct Workshop<'a> {
    ctx: &'a Ctx,
    project: &'a Path,
    /// Folders of Pyodide that the user named.
    pyodides: Vec<PathBuf>,
    /// Looked at when something is compiled, and once.
    machine: OnceLock<Machine>,
    driver: Vec<OsString>,
}

impl<'a> Workshop<'a> {
    /// A workshop for a project.
    pub fn new(ctx: &'a Ctx, project: &'a Path, pyodides: &[PathBuf]) -> Self {
        let this = std::env::current_exe().unwrap_or_else(|_| "mochi".into());
        let near = project
            .ancestors()
            .map(|folder| folder.join("node_modules/pyodide"));
        let named = pyodides.iter().map(|folder| ctx.cwd.join(folder));
        Self {
            ctx,
            project,
            pyodides: named.chain(near).filter(|folder| folder.is_dir()).collect(),
            machine: OnceLock::new(),
            driver: vec![this.into(), "py".into(), LINK.into()],
        }
    }

    /// Compiles and audits the modules of a wheel, and audits those that the tree holds already.
    ///
    /// # Errors
    /// There is no compiler, it fails, or Pyodide could not load what it made.
    pub fn modules(&self, package: &Package, plan: &Plan) -> Result<Modules, Failure> {
        let mut modules = Modules::default();
        let Kind::Pyodide(platforms) = &plan.kind else {
            return Ok(modules);
        };
        check_compiled(package, platforms)?;
        for (name, native) in &package.native {
            let built = self.compile(name, native, platforms)?;
            let stem = name.rsplit('.').next().unwrap_or(name);
            self.audit(name, stem, &built.bytes, platforms)?;
            modules.built.push(SideModule {
                path: name.replace('.', "/") + &built.suffix,
                bytes: built.bytes,
            });
            for tool in built.tools {
                if !modules.tools.contains(&tool) {
                    modules.tools.push(tool);
                }
            }
        }
        Ok(modules)
    }

    fn compile(
        &self,
        name: &str,
        native: &Native,
        platforms: &[&str],
    ) -> Result<native_build::Built, Failure> {
        let Some(release) = oldest(platforms) else {
            return Err(Failure::invalid(format!(
                "no release has {}",
                platforms.join(", ")
            )));
        };
        let bar = self.ctx.ui.task(&format!(
            "Compiling {name} for Pyodide {}",
            release.platform
        ));
        let temporary = tempfile::tempdir().map_err(|error| {
            Failure::new(
                FailureKind::Outside,
                format!("no temporary folder can be made: {error}"),
            )
        })?;
        let source = source(self.project, name, native);
        let folder = match &native.krate {
            // What cargo has made stays for the next time, where it would put it itself.
            Some(krate) => self.project.join(&krate.value).join("target/mochi"),
            None => temporary.path().to_path_buf(),
        };
        let pyodide = self.pyodides.iter().find(|folder| {
            release_in(folder).is_some_and(|found| found.platform == release.platform)
        });
        let place = Place {
            release,
            pyodide: pyodide.map(PathBuf::as_path),
        };
        let work = Work {
            folder: &folder,
            driver: &self.driver,
        };
        let look = || Machine::from_variables(variable, pythons(self.project));
        let machine = self.machine.get_or_init(look);
        let built = native_build::build(&source, &place, machine, &work);
        bar.finish_and_clear();
        built.map_err(|error| failed(&error))
    }

    fn audit(
        &self,
        name: &str,
        stem: &str,
        bytes: &[u8],
        platforms: &[&str],
    ) -> Result<(), Failure> {
        let wanted = Wanted {
            name: Some(stem),
            platforms,
            libraries: &[],
        };
        let report = side_module::audit(bytes, &wanted).map_err(|found| refused(name, &found))?;
        let releases = report
            .releases
            .iter()
            .map(|release| release.version.as_str());
        self.ctx.ui.detail(&format!(
            "{name}: {} imports, all of them in Pyodide {}",
            report.imports,
            releases.collect::<Vec<_>>().join(", "),
        ));
        Ok(())
    }
}

/// Compiled modules that stand in the tree, made by other means.
fn check_compiled(package: &Package, platforms: &[&str]) -> Result<(), Failure> {
    let is_library = |path: &str| {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        folder.ends_with(".libs")
    };
    let file_name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let libraries: Vec<(String, &[u8])> = package
        .compiled()
        .filter(|(path, _)| is_library(path))
        .map(|(path, bytes)| (file_name(path), bytes))
        .collect();
    let libraries: Vec<Library<'_>> = libraries
        .iter()
        .map(|(name, bytes)| Library { name, bytes })
        .collect();
    for (path, bytes) in package.compiled() {
        let name = file_name(path);
        let stem = name.split('.').next().unwrap_or_default();
        let wanted = Wanted {
            name: (!is_library(path)).then_some(stem),
            platforms,
            libraries: &libraries,
        };
        side_module::audit(bytes, &wanted).map_err(|found| refused(path, &found))?;
    }
    Ok(())
}

/// The newest release of the oldest of these platforms: what a module is compiled for. That it fits
/// the others, too, is for the audit to say.
fn oldest(platforms: &[&str]) -> Option<&'static PyodideRelease> {
    let oldest = PyodideRelease::all()
        .iter()
        .find(|release| platforms.contains(&&*release.platform))?;
    let same = |release: &&PyodideRelease| release.platform == oldest.platform;
    PyodideRelease::released()
        .rfind(same)
        .or_else(|| PyodideRelease::all().iter().rfind(same))
}

fn source(project: &Path, name: &str, native: &Native) -> Source {
    let limited = native.limited_api.as_ref().map(|limited| limited.value);
    let paths = |texts: &[manifest::publish::Text]| -> Vec<PathBuf> {
        texts
            .iter()
            .map(|text| PathBuf::from(&text.value))
            .collect()
    };
    let words = |texts: &[manifest::publish::Text]| -> Vec<String> {
        texts.iter().map(|text| text.value.clone()).collect()
    };
    let small = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
    let kind = match &native.krate {
        Some(krate) => native_build::Kind::Rust(RustCode {
            crate_dir: project.join(&krate.value),
            features: words(&native.features),
            limited_api: limited.is_some(),
        }),
        None => native_build::Kind::C(CCode {
            root: project.to_path_buf(),
            sources: paths(&native.sources),
            include_dirs: paths(&native.include_dirs),
            defines: words(&native.defines),
            limited_api: limited.map(|(major, minor)| (small(major), small(minor))),
        }),
    };
    Source {
        name: name.to_owned(),
        kind,
    }
}

/// Interpreters that may have CPython's headers, or zig: those of environments first, since that is
/// where people install `ziglang`.
fn pythons(project: &Path) -> Vec<PathBuf> {
    let within = |folder: PathBuf| {
        if cfg!(windows) {
            folder.join("Scripts/python.exe")
        } else {
            folder.join("bin/python")
        }
    };
    let environments = variable("VIRTUAL_ENV").map(PathBuf::from).into_iter();
    let environments = environments.chain([project.join(".venv")]).map(within);
    let env = HostEnv::from_variables(variable);
    let on_path = env
        .path
        .iter()
        .flat_map(|folder| ["python3", "python"].map(|name| folder.join(name)));
    let machine = Search::new(&env).candidates.into_iter();
    let all = environments
        .chain(on_path)
        .chain(machine.map(|candidate| candidate.path));
    let mut found: Vec<PathBuf> = Vec::new();
    for path in all.filter(|path| path.is_file()) {
        if !found.contains(&path) {
            found.push(path);
        }
    }
    found
}

fn failed(error: &BuildError) -> Failure {
    let text = error.to_string();
    let (message, words) = text.split_once('\n').unwrap_or((&text, ""));
    let kind = match error {
        BuildError::Disk { .. } => FailureKind::Outside,
        _ => FailureKind::Unmet,
    };
    let words = words.lines().map(str::to_owned);
    let failure = Failure::new(kind, message.trim_end_matches(':')).details(words);
    match error {
        BuildError::NoPyodide { release, .. } => failure.hint(format!(
            "name that folder by --pyodide (`npm install pyodide@{release}` makes it), or set \
             `limited-api`"
        )),
        _ => failure,
    }
}

fn refused(name: &str, findings: &[Finding]) -> Failure {
    let message = format!("`{name}` would not work in Pyodide");
    Failure::unmet(message).details(findings.iter().map(ToString::to_string))
}
