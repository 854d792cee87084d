//! The hash by which a lock knows its manifest.

use crate::{Attestations, Manifest, Source};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use tag_matrix::{Environment, FloorKind, Floors};

impl Manifest {
    /// SHA-256, in hexadecimal, of what resolution depends on: requirements, environments with
    /// their floors, policies and indexes. Comments, order and spelling do not count, and
    /// credentials are left out. `contents` are the digests of the files that it names by path.
    pub fn fingerprint(
        &self,
        environments: &[Environment],
        contents: &BTreeMap<String, String>,
    ) -> String {
        let mut lines = Vec::new();
        for dependency in &self.dependencies {
            let targets: Vec<&str> = dependency
                .targets
                .iter()
                .flatten()
                .map(|target| target.name())
                .collect();
            let source = match &dependency.source {
                Source::Index(None) => String::new(),
                Source::Index(Some(name)) => format!("index {name}"),
                Source::Path(path) => {
                    format!(
                        "path {path} {}",
                        contents.get(path).map_or("", String::as_str)
                    )
                }
                Source::Url { sha256, .. } => {
                    format!("sha256 {}", sha256.as_deref().unwrap_or_default())
                }
            };
            lines.push(format!(
                "requires {} | {} | {source}",
                dependency.to_pep508(),
                targets.join(" ")
            ));
        }
        for environment in environments {
            lines.push(describe(environment));
        }
        lines.sort();
        for index in &self.indexes {
            lines.push(format!(
                "index {} {} {:?}",
                index.name,
                index.public_url(),
                index.priority
            ));
        }
        for environment in environments {
            let release = environment.floors().pyodide.as_deref();
            if let Some(place) = release.and_then(|release| self.pyodide.index_of(release)) {
                let content = contents.get(place).map_or("", String::as_str);
                lines.push(format!("pyodide-index {place} {content}"));
            }
        }
        lines.push(format!("requires-python {}", self.requires_python));
        lines.push(format!("implementation {}", self.implementation));
        lines.push(format!(
            "policy {:?} {:?}",
            self.version_policy, self.prereleases
        ));
        // Locks from before the key was there are those of its default.
        if self.attestations != Attestations::default() {
            lines.push(format!("attestations {:?}", self.attestations));
        }
        let digest = Sha256::digest(lines.join("\n"));
        digest.iter().fold(String::new(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

fn describe(environment: &Environment) -> String {
    let floors = environment.floors();
    let shown = FloorKind::ALL.into_iter().filter_map(|kind| {
        Some(format!(
            "{kind} {}",
            Floors::show_version(floors.get(kind)?)
        ))
    });
    let shown: Vec<String> = shown.chain(floors.pyodide.clone()).collect();
    format!(
        "environment {} {} {}",
        environment.name(),
        environment.full_version(),
        shown.join(" ")
    )
}
