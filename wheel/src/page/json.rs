//! Pages in JSON: PEP 691, with the keys of PEPs 700, 714, 740 and 792.
//!
//! The reader works on the text itself, without a tree of values: a page may have thousands of
//! files, and a resolution reads dozens of pages.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess};
use url::Url;

use super::link::{Hashes, Links, split_fragment};
use super::loose::{AnyScalar, Loose, Scalar, Shape, next_key};
use super::{
    CoreMetadata, MAX_FILES, Page, PageError, PageFile, ProjectState, ProjectStatus, api_version,
    is_file_name,
};

/// Reads a page in JSON. `base` is the URL that the response came from, after redirects.
///
/// Unknown keys are passed over. A file with a value of the wrong type or a name or URL that
/// cannot be used is left out and counted; a page without a list of files is an error.
pub fn parse_json<'a>(json: &'a [u8], base: &Url) -> Result<Page<'a>, PageError> {
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    let text = std::str::from_utf8(json).map_err(|error| PageError::NotUtf8 {
        offset: error.valid_up_to(),
    })?;
    let links = Links::new(base);
    let mut reader = serde_json::Deserializer::from_str(text);
    let raw = Loose(PageShape { links: &links })
        .deserialize(&mut reader)
        .and_then(|raw| reader.end().map(|()| raw))
        .map_err(|error| PageError::Json {
            message: error.to_string(),
        })?;
    // A page of another major version may be of another shape: so its version is looked at
    // before anything is missed in it.
    let api_version = match raw.api_version {
        Some(text) => Some(api_version(&text)?),
        None => None,
    };
    let files = raw.files.ok_or_else(|| PageError::Json {
        message: "it has no list `files`".to_owned(),
    })?;
    if files.too_many {
        return Err(PageError::TooManyFiles);
    }
    Ok(Page {
        name: raw.name,
        api_version,
        status: raw.status,
        files: files.files,
        skipped: files.skipped,
    })
}

#[derive(Default)]
struct RawPage<'a> {
    name: Option<Cow<'a, str>>,
    api_version: Option<Cow<'a, str>>,
    status: Option<ProjectStatus<'a>>,
    files: Option<Files<'a>>,
}

struct PageShape<'l> {
    links: &'l Links,
}

impl<'de> Shape<'de> for PageShape<'_> {
    type Value = RawPage<'de>;

    fn scalar(self, _: Scalar<'de>) -> RawPage<'de> {
        RawPage::default()
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<RawPage<'de>, A::Error> {
        let mut page = RawPage::default();
        while let Some(key) = next_key(&mut object)? {
            match &*key {
                "files" => {
                    let links = self.links;
                    page.files = object.next_value_seed(Loose(FilesShape { links }))?;
                }
                "name" => page.name = text(object.next_value_seed(Loose(AnyScalar))?),
                "meta" => page.api_version = object.next_value_seed(Loose(MetaShape))?,
                "project-status" => page.status = object.next_value_seed(Loose(StatusShape))?,
                _ => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(page)
    }
}

fn text(scalar: Scalar<'_>) -> Option<Cow<'_, str>> {
    match scalar {
        Scalar::Text(text) => Some(text),
        _ => None,
    }
}

/// `meta`: the API version as text.
struct MetaShape;

impl<'de> Shape<'de> for MetaShape {
    type Value = Option<Cow<'de, str>>;

    fn scalar(self, _: Scalar<'de>) -> Self::Value {
        None
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut version = None;
        while let Some(key) = next_key(&mut object)? {
            let value = object.next_value_seed(Loose(AnyScalar))?;
            if key == "api-version" {
                // One that is no text is an unknown version too.
                version = Some(text(value).unwrap_or("not a text".into()));
            }
        }
        Ok(version)
    }
}

/// `project-status`.
struct StatusShape;

impl<'de> Shape<'de> for StatusShape {
    type Value = Option<ProjectStatus<'de>>;

    fn scalar(self, _: Scalar<'de>) -> Self::Value {
        None
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut status = ProjectStatus {
            state: ProjectState::Active,
            reason: None,
        };
        while let Some(key) = next_key(&mut object)? {
            let value = text(object.next_value_seed(Loose(AnyScalar))?);
            match (&*key, value) {
                ("status", Some(marker)) => status.state = ProjectState::from_marker(&marker),
                ("reason", value) => status.reason = value,
                _ => {}
            }
        }
        Ok(Some(status))
    }
}

#[derive(Default)]
struct Files<'a> {
    files: Vec<PageFile<'a>>,
    skipped: usize,
    too_many: bool,
}

struct FilesShape<'l> {
    links: &'l Links,
}

impl<'de> Shape<'de> for FilesShape<'_> {
    type Value = Option<Files<'de>>;

    fn scalar(self, _: Scalar<'de>) -> Self::Value {
        None
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut read = Files::default();
        let links = self.links;
        while let Some(file) = list.next_element_seed(Loose(FileShape { links }))? {
            match file {
                Some(_) if read.files.len() == MAX_FILES => read.too_many = true,
                Some(file) => read.files.push(file),
                None => read.skipped += 1,
            }
        }
        Ok(Some(read))
    }
}

/// One entry of `files`; `None` for one that cannot be used.
struct FileShape<'l> {
    links: &'l Links,
}

impl<'de> Shape<'de> for FileShape<'_> {
    type Value = Option<PageFile<'de>>;

    fn scalar(self, _: Scalar<'de>) -> Self::Value {
        None
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut file = PageFile::new("", "");
        let mut fine = true;
        let mut legacy_metadata = None;
        let mut metadata = None;
        while let Some(key) = next_key(&mut object)? {
            match &*key {
                "hashes" => match object.next_value_seed(Loose(HashesShape))? {
                    Some(hashes) => {
                        file.sha256 = hashes.sha256;
                        file.unusable_hash = hashes.unusable;
                    }
                    None => fine = false,
                },
                "core-metadata" => metadata = object.next_value_seed(Loose(MetadataShape))?,
                "data-dist-info-metadata" | "dist-info-metadata" => {
                    legacy_metadata = object.next_value_seed(Loose(MetadataShape))?;
                }
                "filename" | "url" | "requires-python" | "size" | "upload-time" | "yanked"
                | "provenance" => {
                    let value = object.next_value_seed(Loose(AnyScalar))?;
                    fine &= take(&mut file, &key, value);
                }
                _ => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        file.core_metadata = metadata.or(legacy_metadata).unwrap_or_default();
        Ok((fine && is_file_name(&file.filename))
            .then_some(file)
            .and_then(|file| self.resolved(file)))
    }
}

/// Takes the value of one key of a file; false where the file cannot be used with it.
fn take<'a>(file: &mut PageFile<'a>, key: &str, value: Scalar<'a>) -> bool {
    match (key, value) {
        ("filename", Scalar::Text(text)) => file.filename = text,
        ("url", Scalar::Text(text)) => file.url = text,
        ("filename" | "url", _) => return false,
        ("size", Scalar::Number(size)) => file.size = Some(size),
        ("upload-time", value) => file.upload_time = text(value),
        ("provenance", value) => file.provenance = text(value),
        ("yanked", Scalar::Bool(true)) => file.yanked = Some("".into()),
        ("yanked", Scalar::Text(reason)) if !reason.is_empty() => file.yanked = Some(reason),
        ("yanked", Scalar::Text(_) | Scalar::Bool(false) | Scalar::Null) => file.yanked = None,
        ("requires-python", Scalar::Text(text)) if !text.is_empty() => {
            file.requires_python = Some(text);
        }
        ("requires-python", Scalar::Text(_) | Scalar::Null) => file.requires_python = None,
        // Without these two rules the file might be installed where it must not be.
        ("yanked" | "requires-python", _) => return false,
        _ => {}
    }
    true
}

impl FileShape<'_> {
    /// The file with its links made absolute, if they can be.
    fn resolved<'a>(&self, mut file: PageFile<'a>) -> Option<PageFile<'a>> {
        if file.url.is_empty() {
            return None;
        }
        file.url = self.links.resolve(split_fragment(file.url).0)?;
        file.provenance = file
            .provenance
            .filter(|link| !link.is_empty())
            .and_then(|link| self.links.resolve(link));
        Some(file)
    }
}

/// `hashes`; `None` where it is no object of texts or has a `sha256` that is none.
struct HashesShape;

impl<'de> Shape<'de> for HashesShape {
    type Value = Option<Hashes<'de>>;

    fn scalar(self, scalar: Scalar<'de>) -> Self::Value {
        (scalar == Scalar::Null).then(Hashes::default)
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut hashes = Hashes::default();
        let mut fine = true;
        while let Some(key) = next_key(&mut object)? {
            match object.next_value_seed(Loose(AnyScalar))? {
                Scalar::Text(value) => fine &= hashes.take(key, &value),
                _ => fine = false,
            }
        }
        Ok(fine.then_some(hashes))
    }
}

/// `core-metadata`: `true`, `false` or hashes; `None` where the key says nothing.
struct MetadataShape;

impl<'de> Shape<'de> for MetadataShape {
    type Value = Option<CoreMetadata>;

    fn scalar(self, scalar: Scalar<'de>) -> Self::Value {
        match scalar {
            Scalar::Null => None,
            Scalar::Bool(true) => Some(CoreMetadata::Available(None)),
            _ => Some(CoreMetadata::None),
        }
    }

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        Ok(Some(match HashesShape.object(object)? {
            Some(hashes) => CoreMetadata::Available(hashes.sha256),
            None => CoreMetadata::None,
        }))
    }
}

#[cfg(test)]
mod tests;
