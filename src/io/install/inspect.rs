//! What is known of the installed packages, as far as the plan needs it.

use std::collections::HashMap;

use rayon::prelude::*;
use wheel::PackageName;

use super::cache::UnpackedCache;
use super::installed::{Installed, read_text};
use super::plan::{Found, difference, is_seed};
use super::rows::rows;
use super::site::{Root, Site, SiteKind};
use super::{Sha256Digest, Wanted};

/// Looks at every installed package; at the files of one only if nothing else tells against it.
pub(crate) fn found(
    site: &Site,
    installed: &[Installed],
    wanted: &[Wanted],
    cache: &UnpackedCache,
) -> Vec<Found> {
    let wanted: HashMap<&PackageName, &Wanted> =
        wanted.iter().map(|wanted| (&wanted.name, wanted)).collect();
    installed
        .par_iter()
        .map(|installed| {
            let mut found = Found {
                name: installed.name.clone(),
                version: installed.version.clone(),
                wheel: None,
                direct_url: None,
                damage: None,
            };
            let Some(wanted) = wanted.get(&installed.name) else {
                return found;
            };
            found.wheel = installed
                .sha256(site)
                .or_else(|| made_of(wanted, installed, site, cache));
            found.direct_url = read_text(&installed.folder(site).join("direct_url.json"))
                .ok()
                .flatten();
            if difference(wanted, &found).is_none() {
                found.damage = installed.damage(site, cache.care());
            }
            found
        })
        .collect()
}

/// Whether a package that is not wanted stays.
pub(crate) fn is_spared(site: &Site, name: &PackageName) -> bool {
    let minor = site.version.map_or(u32::MAX, |version| version.minor);
    site.kind != SiteKind::Folder && is_seed(name, minor)
}

/// The digest of the wheel that is wanted, if what another installer put there was made of it:
/// its `RECORD` has every file of the wheel's library with the same hash. Only a wheel that is in
/// the unpacked cache can be compared.
fn made_of(
    wanted: &Wanted,
    installed: &Installed,
    site: &Site,
    cache: &UnpackedCache,
) -> Option<Sha256Digest> {
    if installed.version.parse().ok().as_ref() != Some(&wanted.version) {
        return None;
    }
    let manifest = cache.manifest(&wanted.sha256)?;
    let text = installed.record(site).ok()?;
    let mut hashes = HashMap::new();
    for row in rows(&text) {
        let row = row?;
        hashes.insert(row.path.into_owned(), row.hash);
    }
    let same = manifest
        .files
        .iter()
        .filter(|file| matches!(file.root, Root::Purelib | Root::Platlib))
        .all(|file| {
            let hash = hashes
                .get(file.path())
                .and_then(|hash| hash.strip_prefix("sha256="));
            hash.and_then(Sha256Digest::from_base64) == Some(file.sha256)
        });
    same.then_some(wanted.sha256)
}
