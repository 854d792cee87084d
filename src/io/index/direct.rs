//! Wheels and folders that a requirement names by URL or path.

use super::metadata::of_file;
use super::{IndexClient, IndexError};
use crate::io::cache::hex_sha256;
use crate::io::files::{self, FileError};
use crate::io::net::Get;
use manifest::Manifest;
use resolver::{Direct, WheelFile, WheelMetadata};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use url::Url;
use wheel::{Marker, PackageName, Requirement, RequirementSource, Version, WheelFilename};

/// The largest wheel that is read into memory.
const MAX_WHEEL: u64 = 4 << 30;

impl IndexClient {
    /// The wheel at a URL, or the wheel or folder at a path relative to the project. `expected`
    /// is the SHA-256 that it must have.
    ///
    /// # Errors
    /// It cannot be read, is no wheel, or is of another package.
    pub async fn direct(
        &self,
        name: &PackageName,
        key: &str,
        expected: Option<&str>,
    ) -> Result<Direct, IndexError> {
        let direct = match Url::parse(key) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {
                self.remote(&url, key, expected).await?
            }
            Ok(url) if url.scheme() == "file" => {
                let path = url
                    .to_file_path()
                    .map_err(|()| path_error(name, key, "is not a path of this machine"))?;
                self.wheel_at(&path, key, name)?
            }
            Ok(url) => {
                return Err(path_error(
                    name,
                    key,
                    &format!("has the scheme `{}`, which is not supported", url.scheme()),
                ));
            }
            Err(_) => {
                let path = self.inner.project.join(key);
                if path.is_dir() {
                    folder(&path, key, name)?
                } else if let Some(held) = self.inner.net.held(key, expected)
                    && !path.exists()
                {
                    // The lock goes on naming the path.
                    let mut direct = self.remote(&held.url, key, Some(&held.sha256)).await?;
                    direct
                        .wheel
                        .iter_mut()
                        .for_each(|wheel| key.clone_into(&mut wheel.url));
                    direct
                } else {
                    self.wheel_at(&path, key, name)?
                }
            }
        };
        if direct.metadata.name != *name {
            return Err(IndexError::OtherName {
                what: key.to_owned(),
                found: direct.metadata.name.to_string(),
                wanted: name.to_string(),
            });
        }
        Ok(direct)
    }

    async fn remote(
        &self,
        url: &Url,
        key: &str,
        expected: Option<&str>,
    ) -> Result<Direct, IndexError> {
        let mut address = url.clone();
        let fragment = url
            .fragment()
            .and_then(|text| text.strip_prefix("sha256="))
            .map(str::to_owned);
        address.set_fragment(None);
        let expected = expected.map(str::to_owned).or(fragment);
        let filename = file_name(&address, key)?;
        if let Some(known) = &expected
            && self.inner.cache.wheel_path(known).is_file()
        {
            let path = self.inner.cache.wheel_path(known);
            let size = std::fs::metadata(&path)
                .map(|metadata| metadata.len())
                .unwrap_or_default();
            return read(&path, &filename, address.as_str(), known.clone(), size);
        }
        let response = self
            .inner
            .net
            .get(&Get::new(address.clone(), MAX_WHEEL))
            .await?;
        if response.status != 200 {
            return Err(IndexError::Status {
                url: address.to_string(),
                status: response.status,
            });
        }
        let found = hex_sha256(&response.body);
        if let Some(expected) = expected
            && expected != found
        {
            return Err(IndexError::Hash {
                what: key.to_owned(),
                found,
                expected,
            });
        }
        self.inner.cache.store_wheel(&found, &response.body);
        let path = self.inner.cache.wheel_path(&found);
        let size = response.body.len() as u64;
        if path.is_file() {
            return read(&path, &filename, address.as_str(), found, size);
        }
        // The cache cannot be written to.
        let folder = tempfile::tempdir()
            .map_err(|error| FileError::new("write", Path::new("a temporary folder"), error))?;
        let path = folder.path().join(&filename);
        std::fs::write(&path, &response.body)
            .map_err(|error| FileError::new("write", &path, error))?;
        read(&path, &filename, address.as_str(), found, size)
    }

    fn wheel_at(&self, path: &Path, key: &str, name: &PackageName) -> Result<Direct, IndexError> {
        if !path.is_file() {
            return Err(path_error(name, key, "is not there"));
        }
        let filename = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let (sha256, size) = files::hash(path)?;
        let url = if key.contains("://") {
            files::relative(&self.inner.project, path)
        } else {
            key.to_owned()
        };
        read(path, &filename, &url, sha256, size)
    }
}

fn path_error(name: &PackageName, key: &str, why: &str) -> IndexError {
    IndexError::Path {
        path: key.to_owned(),
        name: name.to_string(),
        why: why.to_owned(),
    }
}

/// The file name of a URL, with `%2B` and the like resolved.
fn file_name(url: &Url, key: &str) -> Result<String, IndexError> {
    let last = url
        .path_segments()
        .and_then(Iterator::last)
        .unwrap_or_default();
    let name = percent_encoding::percent_decode_str(last)
        .decode_utf8_lossy()
        .into_owned();
    match name.ends_with(".whl") {
        true => Ok(name),
        false => Err(IndexError::Wheel {
            what: key.to_owned(),
            why: "its name does not end in `.whl`".to_owned(),
        }),
    }
}

fn read(
    path: &Path,
    filename: &str,
    url: &str,
    sha256: String,
    size: u64,
) -> Result<Direct, IndexError> {
    let parsed: WheelFilename = filename.parse().map_err(|error| IndexError::Wheel {
        what: url.to_owned(),
        why: format!("{error}"),
    })?;
    let metadata = of_file(path, filename)?;
    Ok(Direct {
        wheel: Some(WheelFile {
            build: parsed.build,
            size: Some(size),
            ..WheelFile::unlisted(filename, parsed.tags, url.to_owned(), sha256)
        }),
        metadata: Arc::new(metadata),
    })
}

/// A folder with a `mochi.toml`: its metadata is what its manifest says.
fn folder(path: &Path, key: &str, name: &PackageName) -> Result<Direct, IndexError> {
    let file = path.join("mochi.toml");
    let text = files::read_optional(&file)?
        .ok_or_else(|| path_error(name, key, "is a folder without a mochi.toml"))?;
    let manifest = Manifest::parse("mochi.toml", &text)
        .map_err(|error| path_error(name, key, &format!("is invalid: {error}")))?;
    let own: PackageName = match &manifest.name {
        Some(own) => own
            .parse()
            .map_err(|error| path_error(name, key, &format!("has an invalid name: {error}")))?,
        None => {
            return Err(path_error(
                name,
                key,
                "has a mochi.toml without `[package] name`",
            ));
        }
    };
    let version: Version = match manifest.version.as_deref().unwrap_or("0").parse() {
        Ok(version) => version,
        Err(_) => {
            return Err(path_error(
                name,
                key,
                "has a version that is not a PEP 440 version",
            ));
        }
    };
    let mut requires_dist = Vec::new();
    for dependency in &manifest.dependencies {
        requires_dist.push(as_requirement(dependency).ok_or_else(|| {
            path_error(
                name,
                key,
                &format!(
                    "requires `{}` by a path, which cannot be followed",
                    dependency.name
                ),
            )
        })?);
    }
    Ok(Direct {
        wheel: None,
        metadata: Arc::new(WheelMetadata {
            name: own,
            version,
            requires_python: Some(manifest.requires_python.clone()),
            requires_dist,
            extras: BTreeSet::new(),
        }),
    })
}

fn as_requirement(dependency: &manifest::Dependency) -> Option<Requirement> {
    let source = match &dependency.source {
        manifest::Source::Index(_) => RequirementSource::Specifiers(dependency.specifiers.clone()),
        manifest::Source::Url { url, .. } => RequirementSource::Url(url.clone()),
        manifest::Source::Path(_) => return None,
    };
    let targets = dependency
        .targets
        .as_ref()
        .map(|targets| targets_marker(targets));
    let marker = match (&dependency.marker, targets.flatten()) {
        (Some(own), Some(targets)) => Some(own.and(&targets)),
        (own, targets) => own.clone().or(targets),
    };
    Some(Requirement {
        name: dependency.name.clone(),
        extras: dependency.extras.clone(),
        source,
        marker,
    })
}

/// The marker that holds on these targets.
fn targets_marker(targets: &[tag_matrix::Target]) -> Option<Marker> {
    let one = |target: &tag_matrix::Target| -> Option<Marker> {
        let python = target.pythons().into_iter().next_back()?;
        let environment =
            tag_matrix::Environment::new(*target, python, &tag_matrix::Floors::default()).ok()?;
        let markers = environment.markers();
        let text = format!(
            "sys_platform == '{}' and platform_machine == '{}'",
            markers.sys_platform, markers.platform_machine
        );
        text.parse().ok()
    };
    targets.iter().filter_map(one).reduce(|a, b| a.or(&b))
}
