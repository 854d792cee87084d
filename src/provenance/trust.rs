//! A new lock held to the publishers of the one before, and to `[python] attestations`.

use super::{Published, to_json};
use crate::ctx::LOCK;
use crate::error::Failure;
use manifest::Attestations;
use resolver::Lock;
use resolver::lock::publishers::{breaches, unattested, without_newcomers};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use wheel::PackageName;

impl Published {
    /// Holds a new lock to what the one before recorded, and to the setting. The packages of
    /// `accepted` may have any publisher, and none.
    ///
    /// # Errors
    /// A package lost or changed its publisher, or a wheel has none and has to; all are named.
    pub fn check(
        &self,
        setting: Attestations,
        before: Option<&Lock>,
        after: &Lock,
        accepted: &BTreeSet<PackageName>,
    ) -> Result<(), Failure> {
        if let (Some(before), true) = (before, is_asked(setting)) {
            keeps_trust(before, after, accepted)?;
        }
        match setting {
            Attestations::Required => self.is_whole(after),
            Attestations::Ignore | Attestations::Record => Ok(()),
        }
    }

    fn is_whole(&self, lock: &Lock) -> Result<(), Failure> {
        let bare = unattested(lock);
        if bare.is_empty() {
            return Ok(());
        }
        let why = |filename: &String| match self.unknown.contains(filename) {
            true => "offers only a kind that cannot be verified",
            false => "offers none",
        };
        let lines = bare.iter().map(|one| {
            let (package, filename) = (&one.package, &one.filename);
            format!(
                "{package}: {filename}, of which {} {}",
                one.index,
                why(filename)
            )
        });
        let rows = bare.iter().map(
            |one| json!({ "package": one.package, "filename": one.filename, "index": one.index }),
        );
        let mut failure = Failure::unmet(format!(
            "`attestations` is \"required\", and {} verified provenance",
            match bare.len() {
                1 => "1 wheel has no".to_owned(),
                more => format!("{more} wheels have no"),
            }
        ))
        .details(lines)
        .hint(
            "choose versions or packages that have it, or set `attestations = \"record\"` in \
             `[python]`",
        );
        failure.data = json!({ "unattested": rows.collect::<Vec<_>>() });
        Err(failure)
    }
}

/// Takes the publishers out of a lock that came to files beside those of the lock before, and says
/// so.
pub fn unrecorded(
    setting: Attestations,
    before: Option<&Lock>,
    after: &mut Lock,
    accepted: &BTreeSet<PackageName>,
) -> Vec<String> {
    let (Some(before), true) = (before, is_asked(setting)) else {
        return Vec::new();
    };
    let newcomers = without_newcomers(before, after, accepted).into_iter();
    let told = newcomers.map(|newcomer| {
        let (name, filename) = (&newcomer.name, &newcomer.filename);
        format!(
            "{filename} is signed by {}, too, which {LOCK} does not have for {name}: it is not \
             recorded; `--accept-publisher {name}` records it",
            newcomer.publisher
        )
    });
    told.collect()
}

/// Whether publishers are compared: a build that verifies nothing has nothing to compare.
fn is_asked(setting: Attestations) -> bool {
    cfg!(feature = "attestations") && setting != Attestations::Ignore
}

/// Trust on first use.
fn keeps_trust(
    before: &Lock,
    after: &Lock,
    accepted: &BTreeSet<PackageName>,
) -> Result<(), Failure> {
    let found = breaches(before, after, accepted);
    if found.is_empty() {
        return Ok(());
    }
    let names: BTreeSet<&PackageName> = found.iter().map(|breach| &breach.name).collect();
    let rows = found.iter().map(|breach| {
        json!({
            "name": breach.name,
            "version": breach.version,
            "filename": breach.filename,
            "before": breach.before.iter().map(to_json).collect::<Vec<_>>(),
            "now": breach.now.iter().map(to_json).collect::<Vec<_>>(),
        })
    });
    let rows: Vec<Value> = rows.collect();
    let mut failure = match &found[..] {
        [one] => Failure::unmet(one.to_string()),
        all => Failure::unmet(format!(
            "{} not of the publishers that {LOCK} has for their packages",
            match all.len() {
                1 => "1 file is".to_owned(),
                more => format!("{more} files are"),
            }
        ))
        .details(all.iter().map(ToString::to_string)),
    };
    let flags = names
        .iter()
        .map(|name| format!("--accept-publisher {name}"));
    failure.hints.push(format!(
        "ask the project first whether this is meant, as by its release notes; then `{}` accepts \
         what the index says now",
        flags.collect::<Vec<_>>().join(" ")
    ));
    failure.data = json!({ "publishers": rows });
    Err(failure)
}
