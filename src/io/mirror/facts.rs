//! What index pages say of wanted files: upload times, yanked marks, `Requires-Python`.

use crate::error::Failure;
use crate::io::index::{IndexClient, IndexError, Indexes, Location};
use crate::io::net::NetError;
use crate::io::provenance;
use mirror::{Listing, Wanted};
use resolver::{LockedSource, Project, ProjectKey, WheelFile};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::JoinSet;
use wheel::{PackageName, WheelFilename};

/// A page, or why there is none.
type Page = Result<Option<Arc<Project>>, Failure>;

/// Pages by the place that the lock has a project from, and the project. `None` where there is no
/// page, or none that can be had without the network.
#[derive(Default)]
pub struct Facts {
    pages: BTreeMap<(LockedSource, PackageName), Page>,
    keys: BTreeMap<LockedSource, String>,
}

/// Asks for all pages at once: of the places that the lock names, and where one is not in force,
/// of those that are, if the user has `named` one.
///
/// # Errors
/// Never as a whole: what could not be asked is told by [`Facts::listing`], since a file that is
/// in the mirror already can do without.
pub async fn facts(client: &IndexClient, wanted: &[Wanted], named: bool) -> Facts {
    let mut facts = Facts::default();
    let mut tasks = JoinSet::new();
    for file in wanted {
        if !is_index(&file.source) {
            continue;
        }
        let source = file.source.clone();
        let key = mirror::layout::index_key(&address(client.indexes(), &source));
        facts.keys.insert(source.clone(), key);
        let place = (source, file.name.clone());
        if facts.pages.insert(place.clone(), Ok(None)).is_none() {
            let client = client.clone();
            tasks.spawn(async move {
                let page = match page(&client, &place, named).await {
                    Err(IndexError::Net(NetError::Offline { .. })) => Ok(None),
                    other => other.map_err(Failure::from),
                };
                (place, page)
            });
        }
    }
    while let Some(done) = tasks.join_next().await {
        if let Ok((place, page)) = done {
            facts.pages.insert(place, page);
        }
    }
    facts
}

async fn page(
    client: &IndexClient,
    (source, name): &(LockedSource, PackageName),
    named: bool,
) -> Result<Option<Arc<Project>>, IndexError> {
    if named && !client.indexes().have(source) {
        let (name, index) = (name.clone(), None);
        return client.project(&ProjectKey { name, index }).await;
    }
    client.page_of(source, name).await
}

const fn is_index(source: &LockedSource) -> bool {
    matches!(
        source,
        LockedSource::IndexName(_) | LockedSource::IndexUrl(_)
    )
}

/// The address of an index, of which its key is made: as the lock has it, but for a name that the
/// manifest gives to a URL, whose URL it is. A bare name stands for itself.
fn address(indexes: &Indexes, source: &LockedSource) -> String {
    let name = match source {
        LockedSource::IndexName(name) => name,
        LockedSource::IndexUrl(url) => return url.clone(),
        _ => return String::new(),
    };
    let mut known = indexes.ordered.iter().chain(&indexes.explicit);
    match known.find(|index| index.label == *source) {
        Some(index) => match &index.location {
            Location::Http(url) if url.as_str() != format!("https://{name}.org/simple/") => {
                url.to_string()
            }
            _ => name.clone(),
        },
        None => name.clone(),
    }
}

impl Facts {
    /// The key of the index that a file is from, if it is from one.
    pub fn key(&self, file: &Wanted) -> Option<&str> {
        self.keys.get(&file.source).map(String::as_str)
    }

    /// What the index says of a file.
    ///
    /// # Errors
    /// The index could not be asked.
    pub fn listing(&self, file: &Wanted) -> Result<Option<Listing>, Failure> {
        let found = self.on_page(file)?;
        Ok(found.as_ref().map(listing))
    }

    /// Where the page has the file, which may be another index than the lock's.
    pub fn url(&self, file: &Wanted) -> Option<String> {
        self.on_page(file).ok().flatten().map(|found| found.url)
    }

    fn on_page(&self, file: &Wanted) -> Result<Option<WheelFile>, Failure> {
        let place = (file.source.clone(), file.name.clone());
        let project = match self.pages.get(&place) {
            Some(Ok(Some(project))) => project,
            Some(Err(failure)) => return Err(failure.clone()),
            Some(Ok(None)) | None => return Ok(None),
        };
        let version = file.filename.parse::<WheelFilename>().ok();
        let release = version.and_then(|parsed| project.position(&parsed.version));
        let wheels = release.map_or(&[][..], |release| project.wheels(release));
        // A page may have no hashes; what it leads to is compared with the lock's.
        let same = |other: &&WheelFile| {
            let sha256 = other.sha256.as_ref();
            *other.filename == *file.filename && sha256.is_none_or(|found| *found == file.sha256)
        };
        Ok(wheels.iter().find(same).cloned())
    }
}

fn listing(wheel: &WheelFile) -> Listing {
    Listing {
        size: wheel.size,
        requires_python: wheel.requires_python.as_ref().map(ToString::to_string),
        upload_time: wheel.upload_time.clone(),
        yanked: wheel.yanked.clone(),
        core_metadata: wheel
            .core_metadata
            .clone()
            .map(|hash| hash.unwrap_or_else(|| "true".to_owned())),
        provenance: wheel
            .provenance
            .as_deref()
            .and_then(provenance::address)
            .map(String::from),
    }
}
