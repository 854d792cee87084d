//! A project's page in the compact form that the solver and the cache share.
//!
//! A page can list thousands of files of which a resolution looks at a handful. So it is kept as
//! one text, sorted by version, and a release's lines are only parsed when it is looked at:
//!
//! ```text
//! V <tab> version <tab> 1 if there is an sdist, else 0
//! filename <tab> url <tab> sha256 <tab> size <tab> requires-python <tab> yanked <tab> upload-time <tab> core-metadata <tab> provenance
//! ```

use crate::lock::LockedSource;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use tag_matrix::TagSet;
use wheel::filename::BuildTag;
use wheel::page::{CoreMetadata, Page};
use wheel::{PackageName, Specifiers, Version, WheelFilename};

/// A wheel as an index page lists it.
#[derive(Debug, Clone)]
pub struct WheelFile {
    /// The file name.
    pub filename: Arc<str>,
    /// The tags of the file name.
    pub tags: TagSet,
    /// The build tag of the file name.
    pub build: Option<BuildTag>,
    /// Where it is: a URL without credentials, or a path relative to the project.
    pub url: String,
    /// SHA-256 in hexadecimal, if the index gives it.
    pub sha256: Option<String>,
    /// Size in bytes, if the index gives it.
    pub size: Option<u64>,
    /// The Pythons that the index says it runs on.
    pub requires_python: Option<Specifiers>,
    /// Why it was yanked (PEP 592), possibly empty.
    pub yanked: Option<String>,
    /// When it was uploaded, as the index writes it.
    pub upload_time: Option<String>,
    /// Whether its metadata is served beside it (PEP 658), with its SHA-256 where given.
    pub core_metadata: Option<Option<String>>,
    /// Where its provenance is (PEP 740).
    pub provenance: Option<String>,
    /// Which of the project's sources lists it.
    pub source: usize,
}

impl WheelFile {
    /// A wheel that no index page lists, of which nothing more is known.
    pub fn unlisted(filename: &str, tags: TagSet, url: String, sha256: String) -> Self {
        Self {
            filename: filename.into(),
            tags,
            build: None,
            url,
            sha256: Some(sha256),
            size: None,
            requires_python: None,
            yanked: None,
            upload_time: None,
            core_metadata: None,
            provenance: None,
            source: 0,
        }
    }

    /// What two wheels with the same metadata share: the metadata's hash where the index gives
    /// it, else what identifies the file.
    pub fn metadata_key(&self) -> Arc<str> {
        if let Some(Some(digest)) = &self.core_metadata {
            return format!("metadata:{digest}").into();
        }
        match &self.sha256 {
            Some(digest) => format!("wheel:{digest}").into(),
            None => format!("url:{}", self.url).into(),
        }
    }
}

/// All files of one version.
#[derive(Debug)]
pub struct Release {
    /// The version.
    pub version: Version,
    /// Whether there is a source distribution.
    pub has_sdist: bool,
    lines: Range<usize>,
    wheels: OnceLock<Vec<WheelFile>>,
}

/// A project's page: its releases from the oldest version to the newest.
#[derive(Debug)]
pub struct Project {
    text: String,
    releases: Vec<Release>,
    sources: Vec<LockedSource>,
}

impl Project {
    /// Reads the compact form. Text that this program did not write gives a project with fewer
    /// releases, never a panic.
    pub fn from_compact(text: String, source: LockedSource) -> Self {
        let mut releases: Vec<Release> = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let end = text[start..]
                .find('\n')
                .map_or(text.len(), |length| start + length + 1);
            if let Some(head) = text[start..end].strip_prefix("V\t") {
                let (version, sdist) = head.trim_end().rsplit_once('\t').unwrap_or((head, "0"));
                if let Ok(version) = version.parse() {
                    releases.push(Release {
                        version,
                        has_sdist: sdist == "1",
                        lines: end..end,
                        wheels: OnceLock::new(),
                    });
                }
            } else if let Some(release) = releases.last_mut() {
                release.lines.end = end;
            }
            start = end;
        }
        Self {
            text,
            releases,
            sources: vec![source],
        }
    }

    /// Where a wheel of this project comes from, as the lock names it.
    pub fn source(&self, wheel: &WheelFile) -> Option<&LockedSource> {
        self.sources.get(wheel.source)
    }

    /// The releases, from the oldest version to the newest.
    pub fn releases(&self) -> &[Release] {
        &self.releases
    }

    /// The wheels of a release, sorted by file name.
    pub fn wheels(&self, release: usize) -> &[WheelFile] {
        let Some(release) = self.releases.get(release) else {
            return &[];
        };
        release.wheels.get_or_init(|| {
            self.text[release.lines.clone()]
                .lines()
                .filter_map(parse_line)
                .collect()
        })
    }

    /// The position of `version`, if it was released.
    pub fn position(&self, version: &Version) -> Option<usize> {
        self.releases
            .binary_search_by(|release| release.version.cmp(version))
            .ok()
    }
}

/// One project from several sources, which are listed with decreasing right to a file name: a
/// wheel that two of them have is taken from the first.
pub fn merge(mut parts: Vec<(String, LockedSource)>) -> Project {
    if parts.len() == 1
        && let Some((text, source)) = parts.pop()
    {
        return Project::from_compact(text, source);
    }
    let mut versions: BTreeMap<Version, (bool, BTreeMap<String, String>)> = BTreeMap::new();
    let mut sources = Vec::new();
    for (position, (text, source)) in parts.into_iter().enumerate() {
        let project = Project::from_compact(text, source);
        for release in &project.releases {
            let entry = versions.entry(release.version.clone()).or_default();
            entry.0 |= release.has_sdist;
            for line in project.text[release.lines.clone()].lines() {
                let filename = line.split('\t').next().unwrap_or(line).to_owned();
                entry
                    .1
                    .entry(filename)
                    .or_insert_with(|| format!("{line}\t{position}\n"));
            }
        }
        sources.extend(project.sources);
    }
    let mut text = String::new();
    for (version, (sdist, lines)) in versions {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "V\t{version}\t{}", u8::from(sdist));
        lines.values().for_each(|line| text.push_str(line));
    }
    Project {
        sources,
        ..Project::from_compact(text, LockedSource::IndexName(String::new()))
    }
}

fn parse_line(line: &str) -> Option<WheelFile> {
    let mut fields = line.split('\t');
    let mut next = || {
        fields
            .next()
            .map(|field| (!field.is_empty()).then_some(field))
    };
    let filename = next()??;
    let parsed: WheelFilename = filename.parse().ok()?;
    Some(WheelFile {
        filename: filename.into(),
        tags: parsed.tags,
        build: parsed.build,
        url: next()??.to_owned(),
        sha256: next()?.map(str::to_owned),
        size: next()?.and_then(|size| size.parse().ok()),
        // pip and uv take a file whose Requires-Python cannot be read as fit for every Python.
        requires_python: next()?.and_then(|text| Specifiers::lenient(text).ok()),
        yanked: next()?.map(|reason| reason.strip_prefix('y').unwrap_or(reason).to_owned()),
        upload_time: next()?.map(str::to_owned),
        core_metadata: next()?.map(|hash| hash.strip_prefix("sha256=").map(str::to_owned)),
        provenance: next()?.map(str::to_owned),
        source: fields
            .next()
            .and_then(|source| source.parse().ok())
            .unwrap_or_default(),
    })
}

/// Turns an index page into the compact form: the wheels of `name`, grouped by version.
pub fn compact(name: &PackageName, page: &Page<'_>) -> String {
    let mut versions: BTreeMap<Version, (bool, Vec<String>)> = BTreeMap::new();
    let mut parsed: std::collections::HashMap<&str, Option<Version>> =
        std::collections::HashMap::new();
    for file in &page.files {
        let filename: &str = &file.filename;
        let (text, is_wheel) = match wheel::filename::split_quick(filename) {
            Some(parts) if parts.is_of(name) => (parts.version, true),
            Some(_) => continue,
            None => match wheel::filename::sdist_version(filename, name) {
                Some(version) => (version, false),
                None => continue,
            },
        };
        let version = parsed
            .entry(text)
            .or_insert_with(|| wheel::filename::version_part(text));
        let Some(version) = version else { continue };
        let entry = match versions.get_mut(version) {
            Some(entry) => entry,
            None => versions.entry(version.clone()).or_default(),
        };
        if is_wheel {
            entry.1.push(line_of(file));
        } else {
            entry.0 = true;
        }
    }
    let mut text = String::with_capacity(page.files.len() * 300);
    for (version, (sdist, mut lines)) in versions {
        lines.sort();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "V\t{version}\t{}", u8::from(sdist));
        lines.iter().for_each(|line| text.push_str(line));
    }
    text
}

fn line_of(file: &wheel::page::PageFile<'_>) -> String {
    let clean = |text: &str| text.replace(['\t', '\n', '\r'], " ");
    let or_empty = |text: Option<&str>| text.map(clean).unwrap_or_default();
    let core_metadata = match &file.core_metadata {
        CoreMetadata::None => String::new(),
        CoreMetadata::Available(None) => "true".to_owned(),
        CoreMetadata::Available(Some(digest)) => format!("sha256={digest}"),
    };
    format!(
        "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{core_metadata}\t{}\n",
        clean(&file.filename),
        clean(&file.url),
        file.sha256
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        file.size.map(|size| size.to_string()).unwrap_or_default(),
        or_empty(file.requires_python.as_deref()),
        file.yanked
            .as_deref()
            .map(|reason| format!("y{}", clean(reason)))
            .unwrap_or_default(),
        or_empty(file.upload_time.as_deref()),
        or_empty(file.provenance.as_deref()),
    )
}
