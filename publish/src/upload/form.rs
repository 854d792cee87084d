//! The form that an upload sends: a distribution's core metadata, field by field.

use super::Digests;
use wheel::archive::{Limits, WheelArchive};
use wheel::provenance::Attestation;
use wheel::sdist::{SdistArchive, SdistFilename};
use wheel::{Metadata, WheelFilename};

/// What old tools write for a field that they have nothing for.
const UNKNOWN: &str = "UNKNOWN";

/// The fields of an upload, in order, but for the file itself. A field that may repeat stands once
/// for each value; the others stand once or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The file's name, one of a distribution.
    pub filename: String,
    /// Names and values.
    pub fields: Vec<(&'static str, String)>,
}

/// Why there is no form for a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// It cannot be read as the distribution that its name says.
    #[error("`{filename}` cannot be uploaded: {why}; build it again")]
    File {
        /// Its name.
        filename: String,
        /// What is wrong.
        why: String,
    },
    /// The attestations cannot be written as JSON.
    #[error("the attestations of `{filename}` cannot be sent: {why}; use --no-attestations")]
    Attestations {
        /// The name of the file that they are for.
        filename: String,
        /// What is wrong.
        why: String,
    },
}

impl Form {
    /// The form of a distribution, from its own `METADATA` or `PKG-INFO`.
    ///
    /// # Errors
    /// [`FormError::File`].
    pub fn of(filename: &str, bytes: &[u8]) -> Result<Self, FormError> {
        let fail = |why: String| FormError::File {
            filename: filename.to_owned(),
            why,
        };
        let mut fields = Fields::default();
        fields.one(":action", "file_upload");
        fields.one("protocol_version", "1");
        let metadata = if filename.ends_with(".whl") {
            let named: WheelFilename =
                filename.parse().map_err(|error| fail(format!("{error}")))?;
            let wheel = WheelArchive::open(bytes, &named, Limits::default());
            let wheel = wheel.map_err(|error| fail(error.to_string()))?;
            fields.one("filetype", "bdist_wheel");
            fields.one("pyversion", named.tags.python());
            wheel.metadata().clone()
        } else {
            let named: SdistFilename =
                filename.parse().map_err(|error| fail(format!("{error}")))?;
            let sdist = SdistArchive::read(bytes, &named, &Limits::default());
            let sdist = sdist.map_err(|error| fail(error.to_string()))?;
            fields.one("filetype", "sdist");
            fields.one("pyversion", "source");
            sdist.metadata().clone()
        };
        let digests = Digests::of(bytes);
        fields.one("sha256_digest", digests.sha256.to_string());
        fields.one("blake2_256_digest", digests.blake2_256);
        fields.identity(&metadata);
        fields.about(&metadata);
        fields.relations(&metadata);
        Ok(Self {
            filename: filename.to_owned(),
            fields: fields.0,
        })
    }

    /// The same with attestations of the file (PEP 740): one field with a JSON array; no field
    /// without attestations.
    ///
    /// # Errors
    /// [`FormError::Attestations`].
    pub fn with_attestations(mut self, attestations: &[Attestation]) -> Result<Self, FormError> {
        if attestations.is_empty() {
            return Ok(self);
        }
        let text =
            serde_json::to_string(attestations).map_err(|error| FormError::Attestations {
                filename: self.filename.clone(),
                why: error.to_string(),
            })?;
        self.fields.push(("attestations", text));
        Ok(self)
    }

    /// The values of a field.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.fields.iter().filter(move |(found, _)| *found == name);
        named.map(|(_, value)| value.as_str())
    }
}

/// The fields so far.
#[derive(Default)]
struct Fields(Vec<(&'static str, String)>);

impl Fields {
    fn one(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    fn maybe(&mut self, name: &'static str, value: Option<&String>) {
        if let Some(value) = value.filter(|value| !value.is_empty() && *value != UNKNOWN) {
            self.one(name, value);
        }
    }

    fn all<'a>(&mut self, name: &'static str, values: impl IntoIterator<Item = &'a String>) {
        for value in values {
            self.maybe(name, Some(value));
        }
    }

    fn identity(&mut self, metadata: &Metadata) {
        self.one("metadata_version", metadata.metadata_version.to_string());
        self.one("name", &metadata.name);
        self.one("version", metadata.version.to_string());
        self.all("dynamic", &metadata.dynamic);
        self.all("platform", &metadata.platform);
        self.all("supported_platform", &metadata.supported_platform);
        // Singular, unlike what the standard's own name for the list may suggest. An empty name says
        // that there is nothing to import.
        match &metadata.import_name {
            Some(names) if names.is_empty() => self.one("import_name", ""),
            names => self.all("import_name", names.iter().flatten()),
        }
        self.all("import_namespace", &metadata.import_namespace);
    }

    fn about(&mut self, metadata: &Metadata) {
        self.maybe("summary", metadata.summary.as_ref());
        self.maybe("description", metadata.description.as_ref());
        self.maybe(
            "description_content_type",
            metadata.description_content_type.as_ref(),
        );
        self.maybe("keywords", Some(&metadata.keywords.join(",")));
        self.maybe("home_page", metadata.home_page.as_ref());
        self.maybe("download_url", metadata.download_url.as_ref());
        self.maybe("author", metadata.author.as_ref());
        self.maybe("author_email", metadata.author_email.as_ref());
        self.maybe("maintainer", metadata.maintainer.as_ref());
        self.maybe("maintainer_email", metadata.maintainer_email.as_ref());
        self.maybe("license", metadata.license.as_ref());
        self.maybe("license_expression", metadata.license_expression.as_ref());
        self.all("license_file", &metadata.license_file);
        self.all("classifiers", &metadata.classifier);
        for (label, url) in &metadata.project_url {
            self.one("project_urls", format!("{label}, {url}"));
        }
    }

    fn relations(&mut self, metadata: &Metadata) {
        // GitLab refuses a form without this field, so it is there even if it is empty.
        let python = metadata.requires_python.as_ref();
        self.one(
            "requires_python",
            python.map(ToString::to_string).unwrap_or_default(),
        );
        for line in metadata.requires_dist_lines() {
            self.one("requires_dist", line);
        }
        self.all("requires_external", &metadata.requires_external);
        for extra in &metadata.provides_extra {
            self.one("provides_extra", extra.to_string());
        }
        self.all("provides_dist", &metadata.provides_dist);
        self.all("obsoletes_dist", &metadata.obsoletes_dist);
        self.all("requires", &metadata.requires);
        self.all("provides", &metadata.provides);
        self.all("obsoletes", &metadata.obsoletes);
    }
}

#[cfg(test)]
mod tests;
