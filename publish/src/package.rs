//! The package: what the manifest and the files say, checked as a whole.

use crate::tags::{self, Kind, Plan};
use crate::tree::{self, Files};
use crate::{Author, Destination, classifiers, describe, requires, scripts, vendor};
use manifest::Manifest;
use manifest::publish::{Native, Place};
use tag_matrix::PyodideRelease;
use toml_doc::Invalid;
use wheel::Metadata;

/// The files that distributions are made from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The Python tree.
    pub tree: Files,
    /// The readme, where it is there.
    pub readme: Option<Vec<u8>>,
    /// Licences, by their paths in the project.
    pub licenses: Files,
    /// The sources of native code, by their paths in the project; for the sdist.
    pub native: Files,
    /// What was wrong when they were looked for.
    pub problems: Vec<Invalid>,
}

/// A package whose distributions can be made.
#[derive(Debug, Clone)]
pub struct Package {
    /// The core metadata of all its distributions.
    pub metadata: Metadata,
    /// The wheels that are to be written.
    pub plans: Vec<Plan>,
    /// The extension modules, by the names they are imported by.
    pub native: Vec<(String, Native)>,
    pub(crate) authors: Vec<Author>,
    pub(crate) entry_points: String,
    pub(crate) readme: Option<(String, Vec<u8>)>,
    pub(crate) licenses: Files,
    pub(crate) native_files: Files,
    /// The Python tree, its imports of the glue turned.
    pub(crate) tree: Files,
    /// The folder of the package that holds the glue.
    pub(crate) home: Option<String>,
    /// The names that can be imported.
    pub(crate) tops: Vec<String>,
}

/// A package, and what is to be said about it.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The package.
    pub package: Package,
    /// What is no mistake, and yet worth knowing.
    pub warnings: Vec<String>,
}

impl Package {
    /// Checks everything that does not depend on a compiler.
    ///
    /// # Errors
    /// All mistakes, in the order of file and line.
    pub fn check(
        manifest: &Manifest,
        mut sources: Sources,
        destination: &Destination,
    ) -> Result<Checked, Vec<Invalid>> {
        let publish = &manifest.publish;
        let mut problems = publish.invalid.clone();
        let mut warnings = Vec::new();
        problems.append(&mut sources.problems);
        let metadata = describe::metadata(manifest, &sources, destination, &mut problems);
        let requires_dist = requires::requires(
            &manifest.file,
            &manifest.dependencies,
            destination,
            &mut problems,
            &mut warnings,
        );
        let tree = &mut sources.tree;
        let entry_points = scripts::entry_points(&publish.scripts, tree, &mut problems);
        let plans = tags::plan(
            publish.wheel_tags.as_deref(),
            &manifest.requires_python,
            destination.warehouse,
            &mut problems,
        );
        let tops = tree::tops(tree);
        let names = [
            publish.name.as_ref().map(|name| &*name.value),
            manifest.name.as_deref(),
        ];
        let names: Vec<&str> = names.into_iter().flatten().collect();
        let home = tree::home(tree, &names, vendor::GLUE);
        vendor::turn(tree, publish.source(), home.as_deref(), &mut problems);
        native(&publish.native, &plans, tree, &mut problems);
        advise(publish, &plans, tree, home.as_deref(), &mut warnings);
        let Some(mut metadata) = metadata.filter(|_| problems.is_empty()) else {
            problems.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
            return Err(problems);
        };
        metadata.requires_dist = requires_dist;
        if metadata
            .classifier
            .iter()
            .any(|name| classifiers::is_private(name))
        {
            warnings.push(format!("{} refuses what is `Private ::`", destination.name));
        }
        let readme = publish.readme.as_ref().map(|path| path.value.clone());
        let package = Self {
            metadata,
            plans,
            native: publish.native.clone(),
            authors: describe::authors(publish, &mut Vec::new()),
            entry_points,
            readme: readme.zip(sources.readme),
            licenses: sources.licenses,
            native_files: sources.native,
            tree: sources.tree,
            home,
            tops,
        };
        Ok(Checked { package, warnings })
    }

    /// Compiled modules that stand in the Python tree: what a wheel for Pyodide loads the moment it
    /// is installed.
    pub fn compiled(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.tree
            .iter()
            .filter(|(path, _)| path.ends_with(".so"))
            .map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }
}

/// What stands in the way of the extension modules.
fn native(modules: &[(String, Native)], plans: &[Plan], tree: &Files, problems: &mut Vec<Invalid>) {
    for (name, native) in modules {
        let place = &native.place;
        let path = name.replace('.', "/");
        let is_name = |part: &str| {
            !part.is_empty()
                && !part.starts_with(char::is_numeric)
                && part.chars().all(|c| c.is_alphanumeric() || c == '_')
        };
        let message = if !name.split('.').all(is_name) {
            Some(format!("\"{name}\" is no name that can be imported"))
        } else if path.rsplit_once('/').is_some_and(|(folder, _)| {
            !tree
                .keys()
                .any(|file| file.starts_with(&format!("{folder}/")))
        }) {
            Some("the Python tree has no such package".to_owned())
        } else if tree
            .keys()
            .any(|file| file == &format!("{path}.py") || file.starts_with(&format!("{path}/")))
        {
            Some("the Python tree has a module of that name".to_owned())
        } else {
            match (native.sources.is_empty(), &native.krate) {
                (true, None) => Some("has neither `sources` nor a `crate`".to_owned()),
                (false, Some(_)) => Some("has both `sources` and a `crate`".to_owned()),
                _ => None,
            }
        };
        problems.extend(message.map(|message| place.error(message)));
        for plan in plans {
            problems.extend(mismatch(place, native, plan));
        }
    }
}

/// Why a module cannot be in a wheel of these tags.
fn mismatch(place: &Place, native: &Native, plan: &Plan) -> Option<Invalid> {
    let Kind::Pyodide(platforms) = &plan.kind else {
        return None;
    };
    let tags = &plan.tags;
    if tags.abis().any(|abi| abi == "none") {
        let message = format!("{tags} names no ABI, which a wheel with this module has");
        return Some(
            place
                .error(message)
                .with_hint("write `cp…-abi3-…` or `cp313-cp313-…`"),
        );
    }
    let minor = |python: &str| {
        python
            .strip_prefix("cp3")
            .and_then(|minor| minor.parse().ok())
    };
    let oldest: u32 = if tags.abis().any(|abi| abi == "abi3") {
        tags.pythons().filter_map(minor).min()?
    } else {
        let of = |platform: &&str| {
            PyodideRelease::all()
                .iter()
                .find(|r| r.platform == **platform)
        };
        platforms
            .iter()
            .filter_map(of)
            .map(|release| release.minor().minor)
            .min()?
    };
    match &native.limited_api {
        None if tags.abis().any(|abi| abi == "abi3") => {
            let message = format!("{tags} is for the stable ABI, which `limited-api` asks for");
            Some(
                place
                    .error(message)
                    .with_hint(format!("add limited-api = \"3.{oldest}\"")),
            )
        }
        Some(limited) if limited.value.1 > oldest => {
            let (major, wanted) = limited.value;
            let message = format!("the stable ABI of {major}.{wanted} is newer than {tags} says");
            Some(limited.error(message))
        }
        _ => None,
    }
}

/// What is no mistake, and may surprise.
fn advise(
    publish: &manifest::Publish,
    plans: &[Plan],
    tree: &Files,
    home: Option<&str>,
    warnings: &mut Vec<String>,
) {
    let pure = plans.iter().any(|plan| plan.kind == Kind::Pure);
    if publish.license.is_none() {
        warnings.push("the package names no licence: set `license-expression`".to_owned());
    }
    if publish.readme.is_none() && publish.description.is_none() {
        warnings.push("the package has neither a `description` nor a `readme`".to_owned());
    }
    if home.is_none() {
        warnings.push(
            "there is no package to hold the glue, so that no Mochi host can call these modules"
                .to_owned(),
        );
    }
    let library = |path: &&String| {
        [".so", ".pyd", ".dll", ".dylib"]
            .iter()
            .any(|ending| path.ends_with(ending))
    };
    if let Some(path) = tree.keys().find(library).filter(|_| pure) {
        warnings.push(format!(
            "`{path}` is compiled for one platform, and the wheel for every one"
        ));
    }
    if !publish.native.is_empty() && plans.iter().all(|plan| plan.kind == Kind::Pure) {
        warnings.push(
            "[python.publish.native] is compiled into wheels for Pyodide only, and `wheel-tags` has \
             none"
                .to_owned(),
        );
    }
}
