//! Reading all of a distribution's metadata.

use std::str::FromStr;

use super::core::{Fields, once};
use super::headers::{Header, Headers};
use super::{MAX_METADATA_BYTES, Metadata, MetadataError};

impl Metadata {
    /// Reads a `METADATA` or `PKG-INFO` file. The fields that resolution depends on are held to
    /// the rules of [`CoreRequirements::parse`](super::CoreRequirements::parse), and
    /// `Metadata-Version` is required; of the others a single one that stands twice with
    /// different values is an error, text that is not UTF-8 is replaced and told by
    /// [`lossy`](Metadata::lossy), and nothing else is checked.
    ///
    /// # Errors
    /// See [`MetadataError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, MetadataError> {
        if bytes.len() > MAX_METADATA_BYTES {
            return Err(MetadataError::TooLarge { size: bytes.len() });
        }
        let mut reader = Reader::default();
        let mut headers = Headers::new(bytes);
        for header in headers.by_ref() {
            if !reader.core.take(&header)? {
                reader.take(&header)?;
            }
        }
        reader.finish(headers.body())
    }
}

/// What was read so far.
#[derive(Default)]
struct Reader<'a> {
    core: Fields<'a>,
    singles: [Option<String>; SINGLES.len()],
    lists: [Vec<String>; LISTS.len()],
    import_name: Option<Vec<String>>,
    project_url: Vec<(String, String)>,
    other: Vec<(String, String)>,
    lossy: bool,
}

/// Fields with one value, in the order of [`Reader::singles`].
const SINGLES: [&str; 12] = [
    "Summary",
    "Description",
    "Description-Content-Type",
    "Keywords",
    "Home-page",
    "Download-URL",
    "Author",
    "Author-email",
    "Maintainer",
    "Maintainer-email",
    "License",
    "License-Expression",
];

/// Fields that repeat, in the order of [`Reader::lists`].
const LISTS: [&str; 12] = [
    "Dynamic",
    "Platform",
    "Supported-Platform",
    "License-File",
    "Classifier",
    "Requires-External",
    "Provides-Dist",
    "Obsoletes-Dist",
    "Import-Namespace",
    "Requires",
    "Provides",
    "Obsoletes",
];

impl Reader<'_> {
    fn take(&mut self, header: &Header<'_>) -> Result<(), MetadataError> {
        if let Some(index) = position(&SINGLES, header) {
            let field = SINGLES[index];
            let several_lines = matches!(field, "Description" | "License");
            let value = self.value(header, several_lines);
            return once(field, header, &mut self.singles[index], value);
        }
        let value = self.value(header, false);
        if let Some(index) = position(&LISTS, header) {
            self.lists[index].push(value);
        } else if header.is("Import-Name") {
            // The empty field says that there is nothing to import.
            let names = self.import_name.get_or_insert_default();
            names.extend((!value.is_empty()).then_some(value));
        } else if header.is("Project-URL") {
            let (label, url) = value.split_once(',').unwrap_or((&value, ""));
            let (label, url) = (label.trim().to_owned(), url.trim().to_owned());
            self.project_url.push((label, url));
        } else {
            self.other.push((header.name.to_owned(), value));
        }
        Ok(())
    }

    fn value(&mut self, header: &Header<'_>, several_lines: bool) -> String {
        let value = if several_lines {
            header.lines()
        } else {
            header.unfolded()
        };
        match value {
            Ok(value) => value.into_owned(),
            Err(replaced) => {
                self.lossy = true;
                replaced
            }
        }
    }

    fn finish(self, body: &[u8]) -> Result<Metadata, MetadataError> {
        let missing = |field| MetadataError::Missing { field };
        let [
            summary,
            description,
            description_content_type,
            keywords,
            home_page,
            download_url,
            author,
            author_email,
            maintainer,
            maintainer_email,
            license,
            license_expression,
        ] = self.singles;
        let [
            dynamic,
            platform,
            supported_platform,
            license_file,
            classifier,
            requires_external,
            provides_dist,
            obsoletes_dist,
            import_namespace,
            requires,
            provides,
            obsoletes,
        ] = self.lists;
        Ok(Metadata {
            metadata_version: self
                .core
                .metadata_version
                .ok_or(missing("Metadata-Version"))?,
            name: self.core.name.ok_or(missing("Name"))?.0.into_owned(),
            version: self.core.version.ok_or(missing("Version"))?,
            dynamic,
            platform,
            supported_platform,
            summary,
            description: body_text(body).or(description),
            description_content_type,
            keywords: keywords.as_deref().map(words).unwrap_or_default(),
            home_page,
            download_url,
            author,
            author_email,
            maintainer,
            maintainer_email,
            license,
            license_expression,
            license_file,
            classifier,
            requires_dist: self.core.requires_dist,
            requires_python: self.core.requires_python,
            requires_external,
            project_url: self.project_url,
            provides_extra: self.core.provides_extra,
            provides_dist,
            obsoletes_dist,
            import_name: self.import_name,
            import_namespace,
            requires,
            provides,
            obsoletes,
            other: self.other,
            lossy: self.lossy || std::str::from_utf8(body).is_err(),
        })
    }
}

fn body_text(body: &[u8]) -> Option<String> {
    (!body.is_empty()).then(|| String::from_utf8_lossy(body).into_owned())
}

fn words(keywords: &str) -> Vec<String> {
    let words = keywords.split(',').map(str::trim);
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn position(fields: &[&str], header: &Header<'_>) -> Option<usize> {
    fields.iter().position(|field| header.is(field))
}

impl FromStr for Metadata {
    type Err = MetadataError;

    fn from_str(text: &str) -> Result<Self, MetadataError> {
        Self::parse(text.as_bytes())
    }
}
