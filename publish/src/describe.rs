//! The fields of core metadata that describe: name, version, summary, readme, addresses.

use crate::{Author, Destination, Sources, classifiers, license, requires};
use manifest::Manifest;
use manifest::publish::{Publish, Text};
use toml_doc::Invalid;
use wheel::metadata::MetadataVersion;
use wheel::{Metadata, PackageName, Version};

/// The longest summary that a public index takes, in characters.
const SUMMARY: usize = 512;

/// The longest label of an address that a public index takes, in characters.
const LABEL: usize = 32;

/// The core metadata of the manifest (2.4, or 2.5 where it names what is imported), but for
/// `Requires-Dist`. `None` without name or version.
pub(crate) fn metadata(
    manifest: &Manifest,
    sources: &Sources,
    destination: &Destination,
    problems: &mut Vec<Invalid>,
) -> Option<Metadata> {
    let publish = &manifest.publish;
    let name = name(publish, problems);
    let version = version(publish, destination, problems);
    let mut described = Described {
        problems,
        metadata: Metadata::new(
            &name.clone().or_else(|| "x".parse().ok())?,
            Version::new([0]),
        ),
    };
    described.metadata.metadata_version = MetadataVersion { major: 2, minor: 4 };
    described.summary(publish);
    described.authors(publish);
    described.license(publish, sources);
    described.keywords(publish);
    described.urls(publish);
    described.readme(publish, sources);
    described.import_names(publish, &crate::tree::tops(&sources.tree));
    let Described {
        mut metadata,
        problems,
    } = described;
    metadata.classifier = classifiers::sorted(&publish.classifiers, problems);
    metadata.requires_python = Some(requires::sorted(&manifest.requires_python));
    name?;
    metadata.version = version?;
    Some(metadata)
}

fn name(publish: &Publish, problems: &mut Vec<Invalid>) -> Option<PackageName> {
    let Some(name) = &publish.name else {
        let mut missing = publish.package.error("is missing");
        missing.key = "package.name".to_owned();
        problems.push(missing.with_hint("give the package a name"));
        return None;
    };
    let parsed = name.value.parse();
    parsed
        .map_err(|error| problems.push(name.error(format!("{error}"))))
        .ok()
}

fn version(
    publish: &Publish,
    destination: &Destination,
    problems: &mut Vec<Invalid>,
) -> Option<Version> {
    let Some(version) = &publish.version else {
        let mut missing = publish.package.error("is missing");
        missing.key = "package.version".to_owned();
        problems.push(missing.with_hint("give the package a version such as \"0.1.0\""));
        return None;
    };
    let Some(parsed) = wheel::version::coerce(&version.value) else {
        let message = format!("\"{}\" is no version of PEP 440", version.value);
        problems.push(
            version
                .error(message)
                .with_hint("write one such as \"0.1.0\" or \"1.0rc1\""),
        );
        return None;
    };
    if destination.warehouse && !parsed.local().is_empty() {
        let message = format!("{} takes no local version ({parsed})", destination.name);
        problems.push(
            version
                .error(message)
                .with_hint("leave out what stands behind the `+`"),
        );
    }
    Some(parsed)
}

struct Described<'a> {
    problems: &'a mut Vec<Invalid>,
    metadata: Metadata,
}

impl Described<'_> {
    fn summary(&mut self, publish: &Publish) {
        let Some(text) = &publish.description else {
            return;
        };
        let summary = one_line(&text.value);
        let length = summary.chars().count();
        if length > SUMMARY {
            let message = format!("has {length} characters; a summary has at most {SUMMARY}");
            let problem = text.error(message);
            self.problems
                .push(problem.with_hint("what is longer belongs into the readme"));
        }
        self.metadata.summary = Some(summary).filter(|summary| !summary.is_empty());
    }

    fn authors(&mut self, publish: &Publish) {
        let authors = authors(publish, self.problems);
        let names: Vec<&str> = authors
            .iter()
            .filter(|author| author.email.is_none())
            .filter_map(|author| author.name.as_deref())
            .collect();
        let addresses: Vec<String> = authors.iter().filter_map(Author::address).collect();
        self.metadata.author = (!names.is_empty()).then(|| names.join(", "));
        self.metadata.author_email = (!addresses.is_empty()).then(|| addresses.join(", "));
    }

    fn license(&mut self, publish: &Publish, sources: &Sources) {
        if let Some(text) = &publish.license {
            match license::canonical(&text.value) {
                Ok(expression) => self.metadata.license_expression = Some(expression),
                Err(message) => {
                    let mut problem = text.error(message);
                    if text.place.key == "package.license" {
                        problem = problem.with_hint(
                            "or say it for Python alone: `license-expression` of [python.publish]",
                        );
                    }
                    self.problems.push(problem);
                }
            }
        }
        self.metadata.license_file = sources.licenses.keys().cloned().collect();
    }

    fn keywords(&mut self, publish: &Publish) {
        for text in &publish.keywords {
            if text.value.contains(',') || text.value.chars().any(char::is_control) {
                let message = format!("a keyword has no comma and no line end: \"{}\"", text.value);
                self.problems.push(text.error(message));
            }
        }
        let mut keywords: Vec<String> = publish.keywords.iter().map(|k| k.value.clone()).collect();
        keywords.sort();
        keywords.dedup();
        self.metadata.keywords = keywords;
    }

    fn urls(&mut self, publish: &Publish) {
        for (label, text) in &publish.urls {
            let length = label.chars().count();
            if length > LABEL || label.contains(',') || label.chars().any(char::is_control) {
                let message = format!("a label has at most {LABEL} characters and no comma");
                self.problems.push(text.error(message));
            }
            match url::Url::parse(&text.value) {
                Ok(url) if matches!(url.scheme(), "http" | "https") => {}
                _ => {
                    let message = format!("\"{}\" is no http or https URL", text.value);
                    self.problems.push(text.error(message));
                }
            }
            let url = (label.clone(), text.value.clone());
            self.metadata.project_url.push(url);
        }
    }

    fn readme(&mut self, publish: &Publish, sources: &Sources) {
        let Some(text) = &publish.readme else {
            // Indexes and twine ask for a description: better the summary than none.
            if let Some(summary) = &self.metadata.summary {
                self.metadata.description = Some(format!("{summary}\n"));
                self.metadata.description_content_type = Some("text/plain".to_owned());
            }
            return;
        };
        let Some(kind) = content_type(&text.value) else {
            let message = format!("`{}` is neither .md, .rst nor .txt", text.value);
            self.problems.push(text.error(message));
            return;
        };
        let Some(bytes) = &sources.readme else {
            let message = format!("there is no file `{}`", text.value);
            self.problems.push(text.error(message));
            return;
        };
        match std::str::from_utf8(bytes) {
            Ok("") => {}
            Ok(readme) => {
                self.metadata.description = Some(readme.replace("\r\n", "\n").replace('\r', "\n"));
                self.metadata.description_content_type = Some(kind.to_owned());
            }
            Err(error) => {
                let valid = &bytes[..error.valid_up_to()];
                let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
                let message = format!("`{}` is not UTF-8, in line {line}", text.value);
                self.problems.push(text.error(message));
            }
        }
    }

    /// PEP 794.
    fn import_names(&mut self, publish: &Publish, tops: &[String]) {
        let Some(names) = &publish.import_names else {
            return;
        };
        self.metadata.metadata_version = MetadataVersion::NEWEST;
        for text in names {
            let name = text.value.split(';').next().unwrap_or_default().trim();
            let top = name.split('.').next().unwrap_or_default();
            if !tops.iter().any(|other| other == top) {
                let message =
                    format!("`{top}` cannot be imported: the Python tree has no such module");
                self.problems.push(text.error(message));
            }
        }
        let mut written: Vec<String> = names.iter().map(annotated).collect();
        written.sort();
        self.metadata.import_name = Some(written);
    }
}

/// The name, with `; private` where it begins with `_` or says so.
fn annotated(text: &Text) -> String {
    let (name, note) = text.value.split_once(';').unwrap_or((&text.value, ""));
    let name = name.trim();
    if note.trim() == "private" || name.starts_with('_') {
        format!("{name}; private")
    } else {
        name.to_owned()
    }
}

/// The authors that can be read.
pub(crate) fn authors(publish: &Publish, problems: &mut Vec<Invalid>) -> Vec<Author> {
    let mut authors = Vec::new();
    for text in &publish.authors {
        match Author::parse(&text.value) {
            Ok(author) => authors.push(author),
            Err(message) => problems.push(text.error(message)),
        }
    }
    authors
}

fn content_type(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit_once('.')?;
    match &*ending.to_ascii_lowercase() {
        "md" => Some("text/markdown"),
        "rst" => Some("text/x-rst"),
        "txt" => Some("text/plain"),
        _ => None,
    }
}

/// The lines in one, as Python takes texts apart.
fn one_line(text: &str) -> String {
    let is_end = |c: char| {
        matches!(
            c,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}'
        ) || matches!(c, '\u{2028}' | '\u{2029}')
    };
    let text = text.replace("\r\n", "\n");
    let mut lines: Vec<&str> = text.split(is_end).collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    lines.join(" ")
}
