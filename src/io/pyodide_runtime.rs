//! The runtime of a Pyodide release: the files of the `pyodide` package that a page, or Node, loads
//! it from. They come from a folder, or from an npm registry by the hash that it gives.
//!
//! What is left out of the package: its list of packages, in whose place another one is wanted,
//! types, source maps, and pages for trying it.

use super::cache::hex_sha256;
use super::conditional::{Answer, Conditional};
use super::files;
use super::net::{Get, NetError, Response, redact_text};
use super::pyodide::version_in;
use crate::ctx::{Ctx, variable};
use crate::error::{Failure, Kind};
use crate::locking::runtime;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use sha2::{Digest, Sha512};
use std::path::Path;
use tag_matrix::PyodideRelease;
use url::Url;
use wheel::archive::Limits;
use wheel::sdist::Tarball;

/// The npm package.
const PACKAGE: &str = "pyodide";
/// The registry where nobody says otherwise, by its bare name as indexes have them.
const REGISTRY: &str = "npmjs";
/// The largest description of a package, package, and file of it that are read, in bytes.
const MAX_DOCUMENT: u64 = 16 << 20;
const MAX_PACKAGE: u64 = 256 << 20;
const MAX_UNPACKED: u64 = 1 << 30;
/// Without one of these there is no runtime.
const NEEDED: [&str; 4] = [
    "package.json",
    "pyodide.asm.wasm",
    "pyodide.mjs",
    "python_stdlib.zip",
];

/// Whether a file of the package belongs to the runtime.
#[must_use]
pub fn is_runtime(name: &str) -> bool {
    let endings = [".js", ".mjs", ".wasm"];
    NEEDED.contains(&name)
        || (name.starts_with("pyodide.")
            && !name.contains('/')
            && endings.iter().any(|ending| name.ends_with(ending)))
}

/// The files of a release's runtime with their names, sorted: those of the npm package in `folder`,
/// or else of the registry's.
///
/// # Errors
/// They are not there, not of this release, or not what the registry says they are.
pub fn runtime_files(
    ctx: &Ctx,
    release: &PyodideRelease,
    folder: Option<&Path>,
) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    match folder {
        Some(folder) => of_folder(release, folder),
        None => from_registry(ctx, release, &registry(ctx)?),
    }
}

/// The same from the registry at `base`, whose path ends in `/`.
///
/// # Errors
/// As [`runtime_files`].
pub fn from_registry(
    ctx: &Ctx,
    release: &PyodideRelease,
    base: &Url,
) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    runtime()?.block_on(of_registry(ctx, release, base))
}

fn of_folder(release: &PyodideRelease, folder: &Path) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let shown = folder.display();
    let version = version_in(folder).ok_or_else(|| {
        Failure::invalid(format!("`{shown}` is no `{PACKAGE}` package of npm"))
            .hint("name the folder that has its package.json, such as node_modules/pyodide")
    })?;
    check_version(release, &version, &format!("`{shown}`"))?;
    let disk = |error| files::FileError::new("read", folder, error);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(disk)? {
        let name = entry.map_err(disk)?.file_name();
        let Some(name) = name.to_str().filter(|name| is_runtime(name)) else {
            continue;
        };
        if let Some(bytes) = files::read_bytes(&folder.join(name))? {
            found.push((name.to_owned(), bytes));
        }
    }
    complete(found, &format!("`{shown}`"))
}

/// What a registry says of a version of a package.
#[derive(Deserialize)]
struct Described {
    version: String,
    dist: Distribution,
}

#[derive(Deserialize)]
struct Distribution {
    tarball: String,
    integrity: String,
}

async fn of_registry(
    ctx: &Ctx,
    release: &PyodideRelease,
    base: &Url,
) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let described = describe(ctx, base, release).await?;
    let url = tarball_url(base, &described.dist.tarball)?;
    check_version(release, &described.version, base.as_str())?;
    let wanted = sha512(&described.dist.integrity).ok_or_else(|| {
        let message = format!("{base} gives no SHA-512 for {PACKAGE} {}", release.version);
        Failure::new(Kind::Outside, message)
    })?;
    let packed = package(ctx, &url, &wanted).await?;
    let limits = Limits {
        total_bytes: MAX_UNPACKED,
        ..Limits::default()
    };
    // All packages of npm have this folder at their top.
    let tarball = Tarball::read(&packed, "package", &limits)
        .map_err(|error| Failure::invalid(format!("{url}: {error}")))?;
    let files = tarball.files().iter();
    let files = files.filter(|file| is_runtime(file.path()));
    let found = files.map(|file| (file.path().to_owned(), tarball.bytes(file).to_vec()));
    complete(found.collect(), url.as_str())
}

/// The registry that npm is set to, else the public one.
fn registry(ctx: &Ctx) -> Result<Url, Failure> {
    let names = ["npm_config_registry", "NPM_CONFIG_REGISTRY"];
    let set = names
        .into_iter()
        .filter_map(|name| Some((name, variable(name)?.into_string().ok()?)))
        .find(|(_, value)| !value.is_empty());
    let Some((name, value)) = set else {
        return public();
    };
    let url = Url::parse(&value).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
    let mut url = url.ok_or_else(|| {
        let message = format!("{name}: `{value}` is no http or https URL");
        Failure::invalid(redact_text(&message))
    })?;
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(ctx.net.register(&url))
}

fn public() -> Result<Url, Failure> {
    Url::parse(&format!("https://registry.{REGISTRY}.org/"))
        .map_err(|error| Failure::invalid(error.to_string()))
}

async fn describe(ctx: &Ctx, base: &Url, release: &PyodideRelease) -> Result<Described, Failure> {
    let url = join(base, &format!("{PACKAGE}/{}", release.version))?;
    let asker = Conditional {
        net: &ctx.net,
        cache: &ctx.cache,
        offline: ctx.global.offline,
    };
    let no_document = |why: &dyn std::fmt::Display| {
        Failure::new(
            Kind::Outside,
            format!("{url} does not describe a package: {why}"),
        )
    };
    let text = |response: &Response| {
        let text = std::str::from_utf8(&response.body);
        text.map(str::to_owned).map_err(|error| no_document(&error))
    };
    let get = Get::new(url.clone(), MAX_DOCUMENT);
    match asker.text(url.as_str(), get, text).await? {
        Answer::Text(text) => serde_json::from_str(&text).map_err(|error| no_document(&error)),
        Answer::Status(status) => Err(Failure::new(
            Kind::Outside,
            format!("{url} answered {status}"),
        )
        .hint("name a folder with the `pyodide` package instead")),
    }
}

/// The address of the package. A registry that stands before the public one may leave the
/// public address in what it passes on: npm asks the registry it is set to, and so do we.
fn tarball_url(base: &Url, text: &str) -> Result<Url, Failure> {
    let url = Url::parse(text)
        .map_err(|error| Failure::new(Kind::Outside, format!("{base}: {text}: {error}")))?;
    match url.as_str().strip_prefix(public()?.as_str()) {
        Some(path) => join(base, path),
        None => Ok(url),
    }
}

fn join(base: &Url, path: &str) -> Result<Url, Failure> {
    base.join(path)
        .map_err(|error| Failure::invalid(format!("{base}: {error}")))
}

/// The SHA-512 among the hashes of an `integrity` (Subresource Integrity).
fn sha512(integrity: &str) -> Option<Vec<u8>> {
    let hash = |one: &str| {
        let text = one.strip_prefix("sha512-")?.split('?').next()?;
        STANDARD.decode(text).ok().filter(|hash| hash.len() == 64)
    };
    integrity.split_ascii_whitespace().find_map(hash)
}

/// The package, from the cache or the registry.
async fn package(ctx: &Ctx, url: &Url, wanted: &[u8]) -> Result<Vec<u8>, Failure> {
    let key = hex_sha256(wanted);
    let is_it = |bytes: &[u8]| Sha512::digest(bytes).as_slice() == wanted;
    if let Some(bytes) = ctx.cache.runtime(&key).filter(|bytes| is_it(bytes)) {
        return Ok(bytes);
    }
    let response = match ctx.net.get(&Get::new(url.clone(), MAX_PACKAGE)).await {
        Err(error @ NetError::Offline { .. }) => {
            return Err(Failure::from(error).hint(
                "name a folder with the `pyodide` package, or run it once without --offline",
            ));
        }
        other => other?,
    };
    if response.status != 200 {
        let message = format!("{url} answered {}", response.status);
        return Err(Failure::new(Kind::Outside, message));
    }
    if !is_it(&response.body) {
        return Err(Failure::unmet(format!(
            "{url} does not have the SHA-512 that the registry gives"
        )));
    }
    ctx.cache.store_runtime(&key, &response.body);
    Ok(response.body.to_vec())
}

fn check_version(release: &PyodideRelease, found: &str, place: &str) -> Result<(), Failure> {
    if found == release.version {
        return Ok(());
    }
    Err(Failure::unmet(format!(
        "{place} has Pyodide {}, the environment is for {}",
        found.chars().take(40).collect::<String>(),
        release.version
    )))
}

fn complete(
    mut found: Vec<(String, Vec<u8>)>,
    place: &str,
) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let is_there = |name: &str| found.iter().any(|(found, _)| found == name);
    let mut missing: Vec<&str> = NEEDED.into_iter().filter(|name| !is_there(name)).collect();
    if !is_there("pyodide.asm.js") && !is_there("pyodide.asm.mjs") {
        missing.push("pyodide.asm.mjs");
    }
    if !missing.is_empty() {
        return Err(Failure::unmet(format!(
            "{place} is no whole Pyodide: it lacks {}",
            missing.join(", ")
        )));
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_loads_is_told_from_the_rest() {
        for name in [
            "pyodide.mjs",
            "pyodide.js",
            "pyodide.asm.js",
            "pyodide.asm.mjs",
            "pyodide.asm.wasm",
            "python_stdlib.zip",
            "package.json",
        ] {
            assert!(is_runtime(name), "{name}");
        }
        for name in [
            "pyodide-lock.json",
            "pyodide.mjs.map",
            "pyodide.d.ts",
            "ffi.d.ts",
            "console.html",
            "README.md",
            "pyodide.x/y.js",
        ] {
            assert!(!is_runtime(name), "{name}");
        }
    }

    #[test]
    fn the_address_is_asked_of_the_registry_that_is_set() {
        let base = Url::parse("https://example.org/npm/").unwrap();
        let public = public().unwrap();
        let path = "pyodide/-/pyodide-1.tgz";
        let moved = tarball_url(&base, public.join(path).unwrap().as_str()).unwrap();
        assert_eq!(moved, base.join(path).unwrap());
        let own = "https://files.example.org/x.tgz";
        assert_eq!(tarball_url(&base, own).unwrap().as_str(), own);
        assert!(tarball_url(&base, "x.tgz").is_err());
    }

    #[test]
    fn the_strongest_hash_is_found() {
        let hash = STANDARD.encode([7; 64]);
        assert_eq!(
            sha512(&format!("sha1-AAAA sha512-{hash}")),
            Some(vec![7; 64])
        );
        assert_eq!(sha512("sha1-AAAA"), None);
        assert_eq!(sha512("sha512-AAAA"), None);
    }
}
