//! What has to be in a mirror.

use crate::record::Record;
use crate::{layout, pages};
use std::collections::BTreeMap;

/// What a file has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Exactly these bytes.
    Bytes(Vec<u8>),
    /// A file of this hash and size.
    File {
        /// SHA-256 in hexadecimal.
        sha256: String,
        /// Size in bytes; `None` where the record has none.
        size: Option<u64>,
    },
    /// The metadata of the wheel at this path, of this hash and size.
    Metadata {
        /// The path of the wheel.
        wheel: String,
        /// SHA-256 in hexadecimal.
        sha256: String,
        /// Size in bytes.
        size: u64,
    },
    /// The same as the file at this path.
    Copy(String),
    /// What [`united`](crate::united) makes of the projects' parts at these paths.
    United(Vec<(String, String)>),
}

/// Every file of a mirror but its record, by path.
#[must_use]
pub fn due(record: &Record) -> BTreeMap<String, Due> {
    let mut all: BTreeMap<String, Due> = pages(record)
        .into_iter()
        .map(|(path, bytes)| (path, Due::Bytes(bytes)))
        .collect();
    for (sha256, file) in &record.files {
        let wheel = layout::file(sha256, &file.filename);
        if let Some(metadata) = &file.metadata {
            let path = layout::metadata(sha256, &file.filename);
            let due = Due::Metadata {
                wheel: wheel.clone(),
                sha256: metadata.sha256.clone(),
                size: metadata.size,
            };
            all.insert(path, due);
        }
        let (sha256, size) = (sha256.clone(), Some(file.size));
        all.insert(wheel, Due::File { sha256, size });
        for object in file.origins.iter().flat_map(|origin| &origin.provenance) {
            let (sha256, size) = (object.sha256.clone(), Some(object.size));
            all.insert(layout::provenance(&sha256), Due::File { sha256, size });
        }
    }
    for (place, list) in &record.lists {
        let (path, sha256) = (layout::list(&list.sha256), list.sha256.clone());
        all.insert(layout::list_at(place), Due::Copy(path.clone()));
        all.insert(path, Due::File { sha256, size: None });
    }
    for (environment, runtime) in &record.runtimes {
        for (name, sha256) in &runtime.files {
            let sha256 = sha256.clone();
            let path = layout::runtime(environment, name);
            all.insert(path, Due::File { sha256, size: None });
        }
    }
    for (environment, parts) in record.pyodide_parts() {
        for (_, sha256) in &parts {
            let path = layout::pyodide_part(environment, sha256);
            let sha256 = (*sha256).to_owned();
            all.insert(path, Due::File { sha256, size: None });
        }
        let parts = parts
            .into_iter()
            .map(|(project, sha256)| {
                let path = layout::pyodide_part(environment, sha256);
                (project.to_owned(), path)
            })
            .collect();
        all.insert(layout::pyodide_lock(environment), Due::United(parts));
    }
    all
}
