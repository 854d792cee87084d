//! Who published what a lock has, as far as it was verified (PEP 740), and trust on first use: once
//! a lock has the publishers of a package, others are not taken for it unasked.

use super::{Lock, LockedPackage, LockedSource, LockedWheel};
use std::collections::{BTreeMap, BTreeSet};
use wheel::PackageName;
use wheel::provenance::Publisher;

/// A file that is not from a publisher that the lock before had for its package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The package.
    pub name: PackageName,
    /// The version of the file.
    pub version: String,
    /// The file.
    pub filename: String,
    /// Whether the lock before has the very same file.
    pub is_known: bool,
    /// The publishers that were recorded: of the file where it is known, else of the package.
    pub before: Vec<Publisher>,
    /// The publishers that it has now; none where it lost them.
    pub now: Vec<Publisher>,
}

/// As one sentence, without what to do about it.
impl std::fmt::Display for Breach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let before = listed(&self.before);
        let (name, filename) = (&self.name, &self.filename);
        match (self.now.is_empty(), self.is_known) {
            (true, true) => write!(
                f,
                "{name} lost its publisher: {filename} was published by {before} when it was \
                 locked, and now its index offers no provenance of it"
            ),
            (true, false) => write!(
                f,
                "{name} lost its publisher: what was locked was published by {before}, and the \
                 index offers no provenance of {filename}"
            ),
            (false, _) => write!(
                f,
                "{name} changed its publisher: from {before} to {}, with {filename}",
                listed(&self.now)
            ),
        }
    }
}

/// Publishers in one text.
#[must_use]
pub fn listed(publishers: &[Publisher]) -> String {
    let each = publishers.iter().map(ToString::to_string);
    each.collect::<Vec<_>>().join(" and ")
}

/// A wheel of an index without a verified publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unattested {
    /// The package and its version.
    pub package: String,
    /// The file.
    pub filename: String,
    /// The name or the address of the index, as the lock has it.
    pub index: String,
}

/// What a lock recorded of one package.
#[derive(Default)]
struct Recorded<'l> {
    all: BTreeSet<&'l Publisher>,
    /// Those of each file that has any, by SHA-256.
    files: BTreeMap<&'l str, &'l [Publisher]>,
    /// Whether a file of an index had none.
    has_bare: bool,
}

/// The files of `after` that the publishers recorded in `before` do not vouch for. Only packages of
/// indexes count: a path, a URL or a release of Pyodide is what the project itself names. Those of
/// `accepted` may have any publisher, and none.
#[must_use]
pub fn breaches(before: &Lock, after: &Lock, accepted: &BTreeSet<PackageName>) -> Vec<Breach> {
    let recorded = recorded(before);
    let judged = of_indexes(after).filter(|(package, _)| !accepted.contains(&package.name));
    judged
        .filter_map(|(package, wheel)| {
            let before = recorded.get(&package.name)?.vouch(wheel)?;
            Some(Breach {
                name: package.name.clone(),
                version: package.version.to_string(),
                filename: wheel.filename.clone(),
                is_known: before.1,
                before: before.0,
                now: wheel.publishers.clone(),
            })
        })
        .collect()
}

/// A publisher of a file that is not among those of its package in the lock before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newcomer {
    /// The package.
    pub name: PackageName,
    /// The file.
    pub filename: String,
    /// The publisher.
    pub publisher: Publisher,
}

/// Takes the publishers out of `after` that came to files beside those that `before` has for their
/// package, and gives them back. Anybody can sign a file that somebody else published, and an index
/// can show that signature beside the true one: were it recorded, the next version could have it
/// alone.
pub fn without_newcomers(
    before: &Lock,
    after: &mut Lock,
    accepted: &BTreeSet<PackageName>,
) -> Vec<Newcomer> {
    let recorded = recorded(before);
    let mut newcomers = Vec::new();
    for package in after.packages.iter_mut().filter(|it| is_of_index(it)) {
        let Some(known) = recorded.get(&package.name) else {
            continue;
        };
        if known.all.is_empty() || accepted.contains(&package.name) {
            continue;
        }
        for wheel in &mut package.wheels {
            let strange = |now: &Publisher| !known.all.iter().any(|recorded| recorded.is_same(now));
            newcomers.extend(wheel.publishers.extract_if(.., |now| strange(now)).map(
                |publisher| Newcomer {
                    name: package.name.clone(),
                    filename: wheel.filename.clone(),
                    publisher,
                },
            ));
        }
    }
    newcomers
}

fn recorded(lock: &Lock) -> BTreeMap<&PackageName, Recorded<'_>> {
    let mut recorded: BTreeMap<&PackageName, Recorded<'_>> = BTreeMap::new();
    for (package, wheel) in of_indexes(lock) {
        let known = recorded.entry(&package.name).or_default();
        known.has_bare |= wheel.publishers.is_empty();
        known.all.extend(&wheel.publishers);
        if !wheel.publishers.is_empty() {
            known.files.insert(&wheel.sha256, &wheel.publishers);
        }
    }
    recorded
}

impl Recorded<'_> {
    /// The publishers that a file should have had one of, and whether they are its own; nothing
    /// where all is well with it.
    fn vouch(&self, wheel: &LockedWheel) -> Option<(Vec<Publisher>, bool)> {
        let is_of = |due: &Publisher| wheel.publishers.iter().any(|now| now.is_same(due));
        if let Some(own) = self.files.get(wheel.sha256.as_str()) {
            return (!own.iter().any(is_of)).then(|| (own.to_vec(), true));
        }
        // A package that was published without provenance now and then may be so again.
        let may_be_bare = self.has_bare && wheel.publishers.is_empty();
        if self.all.is_empty() || may_be_bare || self.all.iter().any(|due| is_of(due)) {
            return None;
        }
        Some((self.all.iter().copied().cloned().collect(), false))
    }
}

/// The wheels of indexes, of which no publisher is verified. Folders and pages of links are indexes
/// too, and offer none.
#[must_use]
pub fn unattested(lock: &Lock) -> Vec<Unattested> {
    of_indexes(lock)
        .filter(|(_, wheel)| wheel.publishers.is_empty())
        .map(|(package, wheel)| Unattested {
            package: format!("{} {}", package.name, package.version),
            filename: wheel.filename.clone(),
            index: match &package.source {
                LockedSource::IndexName(text) | LockedSource::IndexUrl(text) => text.clone(),
                _ => String::new(),
            },
        })
        .collect()
}

fn of_indexes(lock: &Lock) -> impl Iterator<Item = (&LockedPackage, &LockedWheel)> {
    let packages = lock.packages.iter().filter(|package| is_of_index(package));
    packages.flat_map(|package| package.wheels.iter().map(move |wheel| (package, wheel)))
}

fn is_of_index(package: &LockedPackage) -> bool {
    matches!(
        package.source,
        LockedSource::IndexName(_) | LockedSource::IndexUrl(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A publisher by the name of its repository; `@` leads in a deployment environment.
    fn publisher(text: &str) -> Publisher {
        let (repository, environment) = text.split_once('@').unwrap_or((text, ""));
        let keys = [
            ("repository", repository),
            ("workflow", "release.yml"),
            ("environment", environment),
        ];
        let keys = keys.map(|(key, value)| (key.to_owned(), value.to_owned()));
        Publisher::from_keys("GitHub", keys.into()).unwrap()
    }

    /// A lock of one package, `a`: each wheel is `version:publishers`.
    fn lock(source: &LockedSource, wheels: &[&str]) -> Lock {
        let package = |wheel: &&str| {
            let (version, publishers) = wheel.split_once(':').unwrap();
            LockedPackage {
                name: "a".parse().unwrap(),
                version: version.parse().unwrap(),
                source: source.clone(),
                environments: Vec::new(),
                requires_python: None,
                dependencies: Vec::new(),
                wheels: vec![LockedWheel {
                    filename: format!("a-{version}-py3-none-any.whl"),
                    url: String::new(),
                    sha256: format!("{version:0>64}"),
                    size: None,
                    environments: Vec::new(),
                    publishers: publishers.split_whitespace().map(publisher).collect(),
                }],
            }
        };
        Lock {
            packages: wheels.iter().map(package).collect(),
            ..Lock::default()
        }
    }

    /// The sentences of the breaches, in short.
    fn judged(before: &[&str], after: &[&str]) -> Vec<String> {
        let index = LockedSource::IndexName("x".into());
        let found = breaches(
            &lock(&index, before),
            &lock(&index, after),
            &BTreeSet::new(),
        );
        let short = |breach: &Breach| {
            let verb = match breach.to_string() {
                text if text.starts_with("a lost its publisher: ") => "lost",
                text if text.starts_with("a changed its publisher: ") => "changed",
                text => panic!("{text}"),
            };
            let known = if breach.is_known { "known" } else { "new" };
            format!("{verb} {known} {}", breach.version)
        };
        found.iter().map(short).collect()
    }

    #[test]
    fn each_rule_of_trust_on_first_use() {
        for (before, after, due, why) in [
            (&[][..], &["1:o/a"][..], &[][..], "first use"),
            (&["1:"], &["1:o/a"], &[], "first use of a known package"),
            (&["1:"], &["1:", "2:"], &[], "never had any"),
            (&["1:o/a"], &["1:o/a"], &[], "the same"),
            (&["1:o/a@x"], &["1:o/a@y"], &[], "environments do not count"),
            (&["1:o/a"], &["1:"], &["lost known 1"], "the file lost it"),
            (&["1:o/a"], &["1:o/b"], &["changed known 1"], "another"),
            (&["1:o/a o/b"], &["1:o/b o/c"], &[], "one in common"),
            (&["1:o/a"], &["2:o/a"], &[], "a new version, the same"),
            (
                &["1:o/a"],
                &["2:"],
                &["lost new 2"],
                "a new version lost it",
            ),
            (&["1:o/a"], &["2:o/b"], &["changed new 2"], "a new version"),
            (&["1:o/a", "2:"], &["3:"], &[], "only some had one"),
            (&["1:o/a", "2:"], &["3:o/b"], &["changed new 3"], "some had"),
            (&["1:o/a", "2:"], &["2:o/b"], &["changed new 2"], "gets one"),
            (&["1:o/a", "2:"], &["2:o/a"], &[], "gets the known one"),
            (
                &["1:o/a"],
                &["1:", "2:o/b"],
                &["lost known 1", "changed new 2"],
                "all at once",
            ),
        ] {
            assert_eq!(judged(before, after), due, "{why}: {before:?} {after:?}");
        }
    }

    #[test]
    fn who_joins_a_publisher_is_not_trusted_for_it() {
        let index = LockedSource::IndexName("x".into());
        let left = |before: &str, after: &str, accepted: &[&str]| {
            let accepted = accepted.iter().map(|name| name.parse().unwrap()).collect();
            let mut lock_after = lock(&index, &[after]);
            let gone = without_newcomers(&lock(&index, &[before]), &mut lock_after, &accepted);
            let publishers = &lock_after.packages[0].wheels[0].publishers;
            (publishers.len(), gone.len())
        };
        assert_eq!(left("1:o/a", "1:o/a o/b", &[]), (1, 1), "the same file");
        assert_eq!(left("1:o/a", "2:o/b o/a@x", &[]), (1, 1), "a new version");
        assert_eq!(left("1:o/a o/b", "2:o/a o/b", &[]), (2, 0), "both known");
        assert_eq!(left("1:", "1:o/a o/b", &[]), (2, 0), "first use");
        assert_eq!(left("1:o/a", "1:o/a o/b", &["a"]), (2, 0), "accepted");
        assert_eq!(left("1:o/a", "1:o/a o/b", &["b"]), (1, 1), "another is");
    }

    #[test]
    fn what_is_accepted_or_of_no_index_is_not_judged() {
        let index = LockedSource::IndexUrl("https://example.org/".into());
        let (before, after) = (lock(&index, &["1:o/a"]), lock(&index, &["1:"]));
        let accepted = BTreeSet::from(["a".parse().unwrap()]);
        assert_eq!(breaches(&before, &after, &accepted), []);
        let path = lock(&LockedSource::Path("a.whl".into()), &["1:"]);
        assert_eq!(breaches(&before, &path, &BTreeSet::new()), []);
        assert_eq!(unattested(&path), []);
        let bare = unattested(&after);
        assert_eq!(bare.len(), 1);
        assert_eq!(bare[0].package, "a 1");
        assert_eq!(bare[0].index, "https://example.org/");
    }
}
