//! The pages of a mirror, made of its record alone.

use crate::layout;
use crate::record::{FileEntry, Listing, Record};
use std::borrow::Cow;
use std::collections::BTreeMap;
use wheel::page::{CoreMetadata, Page, PageFile, Sha256, render_html, render_json};

/// Every page by its path.
#[must_use]
pub fn pages(record: &Record) -> BTreeMap<String, Vec<u8>> {
    let mut simple: BTreeMap<&str, Vec<PageFile<'_>>> = BTreeMap::new();
    let mut listed: BTreeMap<(&str, &str), Vec<PageFile<'_>>> = BTreeMap::new();
    for (sha256, file) in &record.files {
        // Shared libraries of Pyodide end in `.zip`: installers would take them for sources.
        if file.metadata.is_none() {
            continue;
        }
        let here = simple.entry(&file.name).or_default();
        here.push(simple_file(sha256, file));
        for origin in &file.origins {
            if let Some(key) = &origin.key {
                let page = listed.entry((key, &file.name)).or_default();
                let mut link = listing(sha256, file, origin.listing.as_ref());
                link.url = origin.url.as_str().into();
                // What a lock was made with is offered as long as the lock is there.
                if let Some(object) = &origin.provenance {
                    link.provenance = Some(object.url.as_str().into());
                }
                page.push(link);
            }
        }
    }
    let mut all = BTreeMap::new();
    for ((key, name), files) in listed {
        let text = render_json(&page(name, files));
        all.insert(layout::index_page(key, name), text.into_bytes());
    }
    let names: Vec<&str> = simple.keys().copied().collect();
    all.insert("simple/index.html".into(), list_html(&names).into_bytes());
    all.insert("simple/index.json".into(), list_json(&names).into_bytes());
    for (name, files) in &simple {
        let page = page(name, files.clone());
        let at = |file: &str| format!("simple/{name}/{file}");
        all.insert(at("index.html"), render_html(&page).into_bytes());
        all.insert(at("index.json"), render_json(&page).into_bytes());
    }
    all
}

fn page<'a>(name: &'a str, files: Vec<PageFile<'a>>) -> Page<'a> {
    Page {
        name: Some(name.into()),
        files,
        ..Page::default()
    }
}

/// A file as its index lists it.
fn listing<'a>(sha256: &str, file: &'a FileEntry, listing: Option<&'a Listing>) -> PageFile<'a> {
    let mut link = PageFile::new(file.filename.as_str(), "");
    link.sha256 = Sha256::from_hex(sha256);
    let Some(listing) = listing else {
        link.requires_python = file.requires_python.as_deref().map(Cow::from);
        return link;
    };
    link.requires_python = listing.requires_python.as_deref().map(Cow::from);
    link.size = listing.size;
    link.upload_time = listing.upload_time.as_deref().map(Cow::from);
    link.yanked = listing.yanked.as_deref().map(Cow::from);
    link.provenance = listing.provenance.as_deref().map(Cow::from);
    link.core_metadata = match listing.core_metadata.as_deref() {
        None => CoreMetadata::None,
        Some(hash) => CoreMetadata::Available(Sha256::from_hex(hash)),
    };
    link
}

/// A file as the mirror lists it: what its index says of it, but its own place and metadata.
fn simple_file<'a>(sha256: &str, file: &'a FileEntry) -> PageFile<'a> {
    let known = file
        .origins
        .iter()
        .find_map(|origin| origin.listing.as_ref());
    let mut link = listing(sha256, file, known);
    link.url = layout::link(sha256, &file.filename).into();
    link.size = Some(file.size);
    link.provenance = None;
    // Pages of bare files say nothing of it, and installers look there before they download.
    if link.requires_python.is_none() {
        link.requires_python = file.requires_python.as_deref().map(Cow::from);
    }
    let metadata = file.metadata.as_ref();
    link.core_metadata = metadata.map_or(CoreMetadata::None, |metadata| {
        CoreMetadata::Available(Sha256::from_hex(&metadata.sha256))
    });
    link
}

/// The list of projects (PEP 503). Names are normalised, so nothing is to be escaped.
fn list_html(names: &[&str]) -> String {
    let link = |name: &&str| format!("<a href=\"{name}/\">{name}</a><br>\n");
    let links: String = names.iter().map(link).collect();
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"pypi:repository-version\" content=\"1.4\">\n\
         <title>Simple index</title>\n</head>\n<body>\n{links}</body>\n</html>\n"
    )
}

/// The list of projects (PEP 691).
fn list_json(names: &[&str]) -> String {
    let projects: Vec<_> = names
        .iter()
        .map(|name| serde_json::json!({ "name": name }))
        .collect();
    let list = serde_json::json!({ "meta": { "api-version": "1.4" }, "projects": projects });
    let mut text = serde_json::to_string_pretty(&list).unwrap_or_default();
    text.push('\n');
    text
}
