//! Who published what was chosen: provenance objects (PEP 740) fetched and verified, and trust on
//! first use against the lock from before.
//!
//! What is verified is the link from a file to a publisher. Whom to believe is not for an index to
//! say, which could name anybody: the lock says it, from the first time on.

mod trust;
mod verify;

pub use trust::unrecorded;
pub use verify::{Judged, Refused, Verifier};

use crate::ctx::Ctx;
use crate::error::Failure;
use crate::io::index::{Gathered, IndexError};
use crate::io::net::ShownUrl;
use crate::io::provenance::{Provenances, address};
use crate::locking::runtime;
use crate::ui::count;
use manifest::Attestations;
use rayon::prelude::*;
use resolver::lock::publishers::listed;
use resolver::{LockedSource, Resolved};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use url::Url;
use wheel::provenance::Publisher;

/// The publishers of wheels, as far as they were verified.
#[derive(Debug, Default)]
pub struct Published {
    /// By the URL of the wheel.
    pub by_url: HashMap<String, Vec<Publisher>>,
    /// The files whose publishers are all of a kind that cannot be verified.
    unknown: BTreeSet<String>,
}

/// A chosen wheel with provenance.
#[derive(Debug)]
struct Offer {
    /// The package and its version.
    package: String,
    filename: String,
    url: String,
    sha256: String,
    /// Where the provenance object is.
    provenance: Url,
}

/// A publisher as `--json` has it, with its keys flat.
pub fn to_json(publisher: &Publisher) -> Value {
    let mut identity = json!({ "kind": publisher.kind() });
    for (key, value) in publisher.keys() {
        identity[key] = value.into();
    }
    identity
}

/// Fetches and verifies the provenance of the chosen wheels of indexes, all at once. Where no page
/// offers any, nothing is done.
///
/// # Errors
/// One could not be had, cannot be read, or is refused; all those that are refused are named.
pub fn published(
    ctx: &Ctx,
    setting: Attestations,
    gathered: &Gathered,
) -> Result<Published, Failure> {
    if setting == Attestations::Ignore {
        return Ok(Published::default());
    }
    let offers = offers(ctx, gathered);
    if !cfg!(feature = "attestations") {
        return without(ctx, setting, &offers);
    }
    if offers.is_empty() {
        return Ok(Published::default());
    }
    let provenances = Provenances {
        net: ctx.net.clone(),
        cache: ctx.cache.clone(),
        offline: ctx.global.offline,
    };
    let texts = fetched(ctx, &provenances, &offers)?;
    let verifier = Verifier::new(ctx)?;
    let judged: Vec<(&Offer, Result<Judged, Refused>)> = offers
        .par_iter()
        .filter_map(|offer| {
            let text = texts.get(&offer.provenance)?.as_deref()?;
            let judged = verifier.judge(text, &offer.filename, &offer.sha256);
            Some((offer, judged))
        })
        .collect();
    let mut published = Published::default();
    let mut refused = Vec::new();
    for (offer, judged) in judged {
        match judged {
            Ok(judged) => published.take(ctx, offer, judged),
            Err(why) => {
                provenances.forget(&offer.provenance);
                refused.push((offer, why));
            }
        }
    }
    match refused.is_empty() {
        true => Ok(published),
        false => Err(refusal(&refused)),
    }
}

/// What a build without the feature makes of the setting.
fn without(ctx: &Ctx, setting: Attestations, offers: &[Offer]) -> Result<Published, Failure> {
    if setting == Attestations::Required {
        return Err(Failure::unmet(
            "`attestations = \"required\"`: this mochi was built without verifying attestations",
        )
        .hint("use a mochi with the feature `attestations`"));
    }
    if !offers.is_empty() {
        ctx.ui.warn(&format!(
            "{} with provenance, which this mochi was built without verifying: no publishers are \
             recorded",
            count(offers.len(), "file")
        ));
    }
    Ok(Published::default())
}

/// The chosen wheels whose index offers provenance, each once.
fn offers(ctx: &Ctx, gathered: &Gathered) -> Vec<Offer> {
    let mut all: BTreeMap<&str, Offer> = BTreeMap::new();
    let mut unfit = BTreeSet::new();
    let resolutions = gathered.resolutions.iter();
    for (name, resolved) in resolutions.flat_map(|resolution| &resolution.packages) {
        let (Some(wheel), true) = (&resolved.wheel, is_of_index(resolved)) else {
            continue;
        };
        let Some(place) = &wheel.provenance else {
            continue;
        };
        let Some(provenance) = address(place) else {
            unfit.insert((wheel.filename.to_string(), place));
            continue;
        };
        let digest = gathered.digests.get(&wheel.url);
        let sha256 = wheel.sha256.as_ref().or(digest.map(|(sha256, _)| sha256));
        all.entry(&wheel.url).or_insert_with(|| Offer {
            package: format!("{name} {}", resolved.version),
            filename: wheel.filename.to_string(),
            url: wheel.url.clone(),
            sha256: sha256.cloned().unwrap_or_default(),
            provenance,
        });
    }
    for (filename, place) in unfit {
        let shown = place.parse().map_or_else(
            |_| place.clone(),
            |url: Url| ShownUrl::from(&url).to_string(),
        );
        ctx.ui.warn(&format!(
            "the provenance of {filename} is at {shown}, which is not https: it counts as none"
        ));
    }
    all.into_values().collect()
}

fn is_of_index(resolved: &Resolved) -> bool {
    let of_index = matches!(
        resolved.index,
        Some(LockedSource::IndexName(_) | LockedSource::IndexUrl(_))
    );
    of_index && resolved.direct.is_none()
}

fn fetched(
    ctx: &Ctx,
    provenances: &Provenances,
    offers: &[Offer],
) -> Result<BTreeMap<Url, Option<String>>, Failure> {
    let urls = offers.iter().map(|offer| offer.provenance.clone());
    let bar = ctx.ui.counter("Verifying");
    let texts = runtime()?.block_on(provenances.all(urls.collect(), &bar));
    bar.finish_and_clear();
    let had = texts.into_iter().map(|(url, text)| {
        let text = text.map_err(|error| {
            let of = offers.iter().find(|offer| offer.provenance == url);
            unavailable(of.map_or("a file", |offer| &offer.filename), error)
        })?;
        Ok((url, text))
    });
    had.collect()
}

/// The failure to get the provenance of a file.
pub fn unavailable(filename: &str, error: IndexError) -> Failure {
    let mut failure = Failure::from(error);
    failure.message = format!(
        "the provenance of {filename} could not be had: {}",
        failure.message
    );
    failure.hint(UNASKED)
}

/// The way out for those whose index shows provenance that they cannot have, as a proxy in a closed
/// network may, or that nobody mends.
const UNASKED: &str =
    "`attestations = \"ignore\"` in `[python]` locks without asking who published what";

/// The failure of provenance that does not hold.
fn refusal(refused: &[(&Offer, Refused)]) -> Failure {
    let name = |offer: &Offer| format!("{} ({})", offer.filename, offer.package);
    let line = |(offer, why): &(&Offer, Refused)| format!("{}: {why}", name(offer));
    let data = refused.iter().map(|(offer, why)| {
        json!({
            "filename": offer.filename,
            "package": offer.package,
            "provenance": ShownUrl::from(&offer.provenance).to_string(),
            "reason": why.reason,
            "message": why.why,
        })
    });
    let data = json!({ "refused": data.collect::<Vec<_>>() });
    let failure = match refused {
        [(offer, why)] => Failure::unmet(format!(
            "the provenance of {} is refused: {why}",
            name(offer)
        )),
        all => Failure::unmet(format!(
            "the provenance of {} is refused",
            count(all.len(), "file")
        ))
        .details(all.iter().map(line)),
    };
    let mut hints: Vec<String> = Vec::new();
    for (_, why) in refused {
        if !hints.iter().any(|hint| hint == why.hint) {
            hints.push(why.hint.to_owned());
        }
    }
    hints.push(UNASKED.to_owned());
    Failure {
        data,
        hints,
        ..failure
    }
}

impl Published {
    fn take(&mut self, ctx: &Ctx, offer: &Offer, judged: Judged) {
        let Offer { filename, url, .. } = offer;
        for kind in &judged.unknown {
            ctx.ui.warn(&format!(
                "{filename} has a publisher of the kind {kind}, which this mochi cannot verify: \
                 it is not recorded"
            ));
        }
        if judged.publishers.is_empty() {
            self.unknown.insert(filename.clone());
            return;
        }
        let who = listed(&judged.publishers);
        ctx.ui.detail(&format!("{filename} was published by {who}"));
        self.by_url.insert(url.clone(), judged.publishers);
    }

    /// Says how many were verified.
    pub fn tell(&self, ctx: &Ctx) {
        match self.by_url.len() {
            0 => {}
            1 => ctx.ui.status("Verified", "the publisher of 1 file"),
            more => {
                let text = format!("the publishers of {more} files");
                ctx.ui.status("Verified", &text);
            }
        }
    }
}
