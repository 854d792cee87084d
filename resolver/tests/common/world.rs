//! Small random worlds: an index with a few packages, and a project that wants some of them in a
//! few environments.

use crate::dice::Dice;
use crate::texts::{EXTRAS, ROOT_MARKERS, WHEEL_TAGS, requirement, versions};
use resolver::{
    Facts, LockedSource, MetadataFact, Prereleases, Project, ProjectKey, Root, Scope, WheelMetadata,
};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;
use std::sync::Arc;
use tag_matrix::{Environment, Floors, Tag};
use wheel::{MarkerEnv, PackageName, Requirement, Specifiers, Version};

/// The names of packages; the position of a name is the package's number.
pub(crate) const NAMES: [&str; 6] = ["ant", "bee", "cat", "dog", "elk", "fox"];

/// An environment with what the judge wants of it.
pub(crate) struct Place {
    pub(crate) environment: Environment,
    pub(crate) markers: MarkerEnv,
    pub(crate) python: Version,
    /// The position of each tag in the environment's list.
    pub(crate) tags: HashMap<Tag, usize>,
}

impl Place {
    /// The environments that worlds draw from.
    pub(crate) fn all() -> Vec<Self> {
        let names = [
            "linux-x64-cp312",
            "linux-x64-cp313",
            "windows-x64-cp312",
            "macos-arm64-cp313",
        ];
        names.into_iter().map(Self::new).collect()
    }

    fn new(name: &str) -> Self {
        let (target, python) = Environment::parse_name(name).expect("a name");
        let environment =
            Environment::new(target, python, &Floors::default()).expect("an environment");
        Self {
            markers: MarkerEnv::from(environment.markers()),
            python: environment.full_version().parse().expect("a version"),
            tags: environment.tags().zip(0..).collect(),
            environment,
        }
    }
}

/// A wheel.
pub(crate) struct File {
    pub(crate) filename: String,
    pub(crate) tags: Vec<Tag>,
    /// Its build number, 0 for none.
    pub(crate) build: usize,
    pub(crate) requires_python: Option<Specifiers>,
    pub(crate) yanked: bool,
    pub(crate) metadata: Arc<WheelMetadata>,
    /// What identifies its metadata, as the index gives it: the digest of the metadata, or none.
    shared: Option<String>,
}

/// A version of a package.
pub(crate) struct Release {
    pub(crate) version: Version,
    sdist: bool,
    /// By file name.
    pub(crate) files: Vec<File>,
}

/// What the project wants in an environment.
pub(crate) struct Want {
    /// The position of the environment in [`Place::all`].
    pub(crate) place: usize,
    pub(crate) roots: Vec<Requirement>,
    pub(crate) locked: HashMap<PackageName, Version>,
}

/// An index and a project.
pub(crate) struct World {
    /// The releases of each package, oldest first; those that are not on the index have none.
    pub(crate) packages: Vec<Vec<Release>>,
    pub(crate) wants: Vec<Want>,
    pub(crate) prereleases: Prereleases,
    /// Versions that earlier environments have chosen.
    pub(crate) chosen: HashMap<PackageName, Vec<Version>>,
}

/// The name of a package.
pub(crate) fn name(package: usize) -> PackageName {
    NAMES[package].parse().expect("a name")
}

impl World {
    /// The world of a seed.
    pub(crate) fn new(seed: u64, places: &[Place]) -> Self {
        let dice = &mut Dice::new(seed);
        let count = 2 + dice.below(NAMES.len() - 1);
        let pools: Vec<Vec<&str>> = (0..count).map(|_| versions(dice)).collect();
        let rich = dice.below(45);
        let packages = (0..count).map(|package| releases(dice, package, &pools, rich));
        let packages: Vec<Vec<Release>> = packages.collect();
        let prereleases = match dice.below(10) {
            0..6 => Prereleases::IfNecessary,
            6..8 => Prereleases::Allow,
            _ => Prereleases::Disallow,
        };
        let remembers = dice.chance(25);
        let roots: Vec<String> = (0..1 + dice.below(3))
            .map(|_| {
                let target = dice.below(count);
                format!(
                    "{}{}",
                    requirement(dice, NAMES[target], &pools[target]),
                    dice.pick(&ROOT_MARKERS)
                )
            })
            .collect();
        let first = dice.below(places.len());
        let wants = (0..1 + dice.below(3))
            .map(|offset| want(dice, (first + offset) % places.len(), places, &roots));
        let mut wants: Vec<Want> = wants.collect();
        let mut chosen = HashMap::new();
        if remembers {
            for want in &mut wants {
                want.locked = memories(dice, &pools).into_iter().collect();
            }
            let disallow = prereleases == Prereleases::Disallow;
            let memories = memories(dice, &pools).into_iter();
            // What an earlier environment has chosen was allowed there; what is locked was once.
            for (name, version) in memories.filter(|(_, v)| !(disallow && v.any_prerelease())) {
                chosen.entry(name).or_insert_with(Vec::new).push(version);
            }
        }
        Self {
            packages,
            wants,
            prereleases,
            chosen,
        }
    }

    /// The scopes as the resolver takes them.
    pub(crate) fn scopes(&self, places: &[Place]) -> Vec<Scope> {
        let root = |requirement: &Requirement| Root {
            requirement: requirement.clone(),
            index: None,
            direct: None,
        };
        let scope = |want: &Want| Scope {
            curation: None,
            environment: places[want.place].environment.clone(),
            markers: places[want.place].markers.clone(),
            python: places[want.place].python.clone(),
            roots: want.roots.iter().map(root).collect(),
            locked: want.locked.clone(),
        };
        self.wants.iter().map(scope).collect()
    }

    /// All that there is to know.
    pub(crate) fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        for (package, releases) in self.packages.iter().enumerate() {
            let project = Project::from_compact(
                page(releases),
                LockedSource::IndexName("example".to_owned()),
            );
            for (position, release) in releases.iter().enumerate() {
                for (wheel, file) in project.wheels(position).iter().zip(&release.files) {
                    facts.metadata.insert(
                        wheel.metadata_key(),
                        MetadataFact::Known(Arc::clone(&file.metadata)),
                    );
                }
            }
            let key = ProjectKey {
                name: name(package),
                index: None,
            };
            let known = (!releases.is_empty()).then(|| Arc::new(project));
            facts.projects.insert(key, known);
        }
        facts
    }
}

/// The page of a project in the compact form.
fn page(releases: &[Release]) -> String {
    let mut text = String::new();
    for release in releases {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "V\t{}\t{}", release.version, u8::from(release.sdist));
        for file in &release.files {
            let requires = file.requires_python.as_ref().map(ToString::to_string);
            let _ = writeln!(
                text,
                "{name}\thttps://example.org/{name}\t\t9\t{}\t{}\t\t{}\t",
                requires.unwrap_or_default(),
                if file.yanked { "ybroken" } else { "" },
                file.shared.as_deref().unwrap_or("true"),
                name = file.filename,
            );
        }
    }
    text
}

fn want(dice: &mut Dice, place: usize, places: &[Place], roots: &[String]) -> Want {
    let parsed = roots
        .iter()
        .map(|text| text.parse::<Requirement>().expect(text));
    let active = parsed.filter(|root| {
        let marker = root.marker.as_ref();
        // Now and then `targets` takes a requirement out of an environment.
        marker.is_none_or(|marker| marker.evaluate(&places[place].markers, None)) && !dice.chance(5)
    });
    Want {
        place,
        roots: active.collect(),
        locked: HashMap::new(),
    }
}

/// Versions that are remembered of some packages, not all of which are still there.
fn memories(dice: &mut Dice, pools: &[Vec<&str>]) -> Vec<(PackageName, Version)> {
    let mut memories = Vec::new();
    for (package, pool) in pools.iter().enumerate() {
        if dice.chance(60) {
            let version = if dice.chance(10) {
                "7.7"
            } else {
                dice.pick(pool)
            };
            memories.push((name(package), version.parse().expect("a version")));
        }
    }
    memories
}

/// `rich` is the chance that a package has one more dependency.
fn releases(dice: &mut Dice, package: usize, pools: &[Vec<&str>], rich: usize) -> Vec<Release> {
    if dice.chance(3) {
        return Vec::new();
    }
    let pure = dice.chance(50);
    pools[package]
        .iter()
        .map(|version| Release {
            version: version.parse().expect("a version"),
            sdist: dice.chance(50),
            files: files(dice, (package, version), pools, (rich, pure)),
        })
        .collect()
}

fn files(
    dice: &mut Dice,
    (package, version): (usize, &str),
    pools: &[Vec<&str>],
    (rich, pure): (usize, bool),
) -> Vec<File> {
    let common = metadata(dice, (package, version), pools, rich);
    let yanked = dice.chance(8);
    let pythons = [
        "",
        "",
        "",
        "",
        "",
        ">=3.9",
        ">=3.13",
        "<3.13",
        ">=3.12.0,!=3.13.*",
    ];
    let mut files: Vec<File> = Vec::new();
    let count = if pure {
        usize::from(!dice.chance(8))
    } else {
        dice.below(4)
    };
    for _ in 0..count {
        let tags = if pure {
            WHEEL_TAGS[0]
        } else {
            dice.pick(&WHEEL_TAGS)
        };
        let build = if dice.chance(20) {
            1 + dice.below(12)
        } else {
            0
        };
        let middle = if build > 0 {
            format!("-{build}")
        } else {
            String::new()
        };
        let same = dice.chance(85);
        let requires = dice.pick(&pythons);
        let filename = format!("{}-{version}{middle}-{tags}.whl", NAMES[package]);
        files.push(File {
            shared: same.then(|| format!("sha256=of-{}-{version}", NAMES[package])),
            filename,
            tags: tags
                .parse::<tag_matrix::TagSet>()
                .expect("tags")
                .tags()
                .collect(),
            build,
            requires_python: (!requires.is_empty()).then(|| requires.parse().expect("specifiers")),
            yanked: yanked || dice.chance(3),
            metadata: match same {
                true => Arc::clone(&common),
                false => metadata(dice, (package, version), pools, rich),
            },
        });
    }
    files.sort_by(|a, b| a.filename.cmp(&b.filename));
    files.dedup_by(|a, b| a.filename == b.filename);
    files
}

fn metadata(
    dice: &mut Dice,
    (package, version): (usize, &str),
    pools: &[Vec<&str>],
    rich: usize,
) -> Arc<WheelMetadata> {
    let mut requires_dist: Vec<Requirement> = Vec::new();
    while dice.chance(rich + 20) && requires_dist.len() < 5 {
        let target = match dice.chance(12) {
            true => package,
            false => dice.below(pools.len()),
        };
        let marker = dice.pick(&crate::texts::MARKERS);
        let text = format!(
            "{}{marker}",
            requirement(dice, NAMES[target], &pools[target])
        );
        requires_dist.push(text.parse().expect(&text));
    }
    let requires_python = match dice.below(20) {
        0 => Some(">=3.13".parse().expect("specifiers")),
        1 => Some("<3.13".parse().expect("specifiers")),
        _ => None,
    };
    Arc::new(WheelMetadata {
        name: name(package),
        version: version.parse().expect("a version"),
        requires_python,
        requires_dist,
        extras: EXTRAS
            .iter()
            .map(|extra| extra.parse().expect("an extra"))
            .collect::<BTreeSet<_>>(),
    })
}
