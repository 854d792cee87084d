//! Writing metadata: the description as the body, the fields in the order in which `hatchling`
//! writes them, so that a wheel that it builds from one of our sdists has the same `METADATA`.

use std::fmt;

use super::{Metadata, MetadataVersion};
use crate::{PackageName, Version};

impl Metadata {
    /// Metadata of the newest version with the two required fields, all others empty.
    pub fn new(name: &PackageName, version: Version) -> Self {
        Self {
            metadata_version: MetadataVersion::NEWEST,
            name: name.to_string(),
            version,
            dynamic: Vec::new(),
            platform: Vec::new(),
            supported_platform: Vec::new(),
            summary: None,
            description: None,
            description_content_type: None,
            keywords: Vec::new(),
            home_page: None,
            download_url: None,
            author: None,
            author_email: None,
            maintainer: None,
            maintainer_email: None,
            license: None,
            license_expression: None,
            license_file: Vec::new(),
            classifier: Vec::new(),
            requires_dist: Vec::new(),
            requires_python: None,
            requires_external: Vec::new(),
            project_url: Vec::new(),
            provides_extra: Vec::new(),
            provides_dist: Vec::new(),
            obsoletes_dist: Vec::new(),
            import_name: None,
            import_namespace: Vec::new(),
            requires: Vec::new(),
            provides: Vec::new(),
            obsoletes: Vec::new(),
            other: Vec::new(),
            lossy: false,
        }
    }

    /// The file's bytes: UTF-8 with line feeds.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }

    /// The requirements as they are written, here and in the form of an upload.
    pub fn requires_dist_lines(&self) -> impl Iterator<Item = String> {
        self.requires_dist.iter().map(|required| {
            let text = required.to_string();
            // Either kind of quotes will do, and this one is hatchling's.
            if text.contains('\'') {
                text
            } else {
                text.replace('"', "'")
            }
        })
    }

    fn write_identity(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        field(f, "Metadata-Version", &self.metadata_version.to_string())?;
        field(f, "Name", &self.name)?;
        field(f, "Version", &self.version.to_string())?;
        match &self.import_name {
            Some(names) if names.is_empty() => field(f, "Import-Name", "")?,
            names => all(f, "Import-Name", names.iter().flatten())?,
        }
        all(f, "Import-Namespace", &self.import_namespace)?;
        all(f, "Dynamic", &self.dynamic)?;
        all(f, "Platform", &self.platform)?;
        all(f, "Supported-Platform", &self.supported_platform)
    }

    fn write_about(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        all(f, "Summary", &self.summary)?;
        for (label, url) in &self.project_url {
            field(f, "Project-URL", &format!("{label}, {url}"))?;
        }
        all(f, "Home-page", &self.home_page)?;
        all(f, "Download-URL", &self.download_url)?;
        all(f, "Author", &self.author)?;
        all(f, "Author-email", &self.author_email)?;
        all(f, "Maintainer", &self.maintainer)?;
        all(f, "Maintainer-email", &self.maintainer_email)?;
        all(f, "License", &self.license)?;
        all(f, "License-Expression", &self.license_expression)?;
        all(f, "License-File", &self.license_file)?;
        if !self.keywords.is_empty() {
            field(f, "Keywords", &self.keywords.join(","))?;
        }
        all(f, "Classifier", &self.classifier)
    }

    fn write_relations(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        all(f, "Requires-Python", &self.requires_python)?;
        all(f, "Requires-Dist", self.requires_dist_lines())?;
        all(f, "Requires-External", &self.requires_external)?;
        all(f, "Provides-Extra", &self.provides_extra)?;
        all(f, "Provides-Dist", &self.provides_dist)?;
        all(f, "Obsoletes-Dist", &self.obsoletes_dist)?;
        all(f, "Requires", &self.requires)?;
        all(f, "Provides", &self.provides)?;
        all(f, "Obsoletes", &self.obsoletes)?;
        all(
            f,
            "Description-Content-Type",
            &self.description_content_type,
        )
    }
}

impl fmt::Display for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_identity(f)?;
        self.write_about(f)?;
        self.write_relations(f)?;
        for (name, value) in &self.other {
            field(f, name, value)?;
        }
        match &self.description {
            Some(description) => write!(f, "\n{description}"),
            None => Ok(()),
        }
    }
}

fn all<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    values: impl IntoIterator<Item = T>,
) -> fmt::Result {
    values
        .into_iter()
        .try_for_each(|value| field(f, name, &value.to_string()))
}

/// Writes one field. Whatever a value holds, it stays within its field: everything that some
/// reader takes for the end of a line becomes an indented line.
fn field(f: &mut fmt::Formatter<'_>, name: &str, value: &str) -> fmt::Result {
    let ends_line = |c: char| {
        matches!(
            c,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}'
        ) || matches!(c, '\u{2028}' | '\u{2029}')
    };
    let value = value.replace("\r\n", "\n");
    let mut lines = value.split(ends_line);
    write!(f, "{name}:")?;
    if let Some(first) = lines.next().filter(|first| !first.is_empty()) {
        write!(f, " {first}")?;
    }
    for line in lines {
        write!(f, "\n        {line}")?;
    }
    f.write_str("\n")
}
