//! The part of core metadata that resolution needs.

use std::borrow::Cow;

use super::headers::{Header, Headers};
use super::{FieldError, MAX_METADATA_BYTES, MAX_REPEATED, MetadataError, MetadataVersion};
use crate::name::{NameError, quoted};
use crate::version::coerce;
use crate::{ExtraName, PackageName, Requirement, Specifiers, Version};

/// What resolution asks of a distribution's metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreRequirements {
    /// `Name`.
    pub name: PackageName,
    /// `Version`.
    pub version: Version,
    /// `Requires-Python`; an empty one is none.
    pub requires_python: Option<Specifiers>,
    /// `Requires-Dist`, in the order given.
    pub requires_dist: Vec<Requirement>,
    /// `Provides-Extra`, in the order given. What is no name of an extra is left out: no
    /// requirement could ask for it.
    pub provides_extra: Vec<ExtraName>,
}

impl CoreRequirements {
    /// Reads the fields it needs and stops where the headers end. Specifiers and requirements
    /// are read leniently, as real releases need; where that fails too the error says which
    /// line it was.
    ///
    /// # Errors
    /// See [`MetadataError`]. A missing `Metadata-Version` is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, MetadataError> {
        if bytes.len() > MAX_METADATA_BYTES {
            return Err(MetadataError::TooLarge { size: bytes.len() });
        }
        let mut fields = Fields::default();
        for header in Headers::new(bytes) {
            fields.take(&header)?;
        }
        fields.finish()
    }
}

/// The fields read so far.
#[derive(Default)]
pub(super) struct Fields<'a> {
    pub(super) metadata_version: Option<MetadataVersion>,
    pub(super) name: Option<(Cow<'a, str>, PackageName)>,
    pub(super) version: Option<Version>,
    pub(super) requires_python: Option<Specifiers>,
    pub(super) requires_dist: Vec<Requirement>,
    pub(super) provides_extra: Vec<ExtraName>,
}

impl<'a> Fields<'a> {
    /// Takes a field if it is one of these; says whether it is.
    pub(super) fn take(&mut self, header: &Header<'a>) -> Result<bool, MetadataError> {
        // Few of a file's fields are wanted: their lengths tell most apart.
        match header.name.len() {
            4 if header.is("Name") => self.take_name(header)?,
            7 if header.is("Version") => {
                let text = value("Version", header)?;
                let version = coerce(&text).ok_or_else(|| {
                    invalid("Version", header, FieldError::Version(quoted(&text)))
                })?;
                once("Version", header, &mut self.version, version)?;
            }
            16 if header.is("Metadata-Version") => {
                let version = value("Metadata-Version", header)?.parse()?;
                once(
                    "Metadata-Version",
                    header,
                    &mut self.metadata_version,
                    version,
                )?;
            }
            15 if header.is("Requires-Python") => {
                let text = value("Requires-Python", header)?;
                let specifiers = Specifiers::lenient(&text)
                    .map_err(|error| invalid("Requires-Python", header, error.into()))?;
                once(
                    "Requires-Python",
                    header,
                    &mut self.requires_python,
                    specifiers,
                )?;
            }
            13 if header.is("Requires-Dist") => {
                let text = value("Requires-Dist", header)?;
                let requirement = Requirement::lenient(&text)
                    .map_err(|error| invalid("Requires-Dist", header, error.into()))?;
                push("Requires-Dist", &mut self.requires_dist, requirement)?;
            }
            14 if header.is("Provides-Extra") => {
                if let Ok(extra) = value("Provides-Extra", header)?.parse() {
                    push("Provides-Extra", &mut self.provides_extra, extra)?;
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn take_name(&mut self, header: &Header<'a>) -> Result<(), MetadataError> {
        let text = value("Name", header)?;
        let name = text
            .parse()
            .map_err(|error: NameError| invalid("Name", header, error.into()))?;
        once("Name", header, &mut self.name, (text, name))
    }

    fn finish(self) -> Result<CoreRequirements, MetadataError> {
        let missing = |field| MetadataError::Missing { field };
        Ok(CoreRequirements {
            name: self.name.ok_or(missing("Name"))?.1,
            version: self.version.ok_or(missing("Version"))?,
            requires_python: self
                .requires_python
                .filter(|specifiers| !specifiers.is_empty()),
            requires_dist: self.requires_dist,
            provides_extra: self.provides_extra,
        })
    }
}

fn value<'a>(field: &'static str, header: &Header<'a>) -> Result<Cow<'a, str>, MetadataError> {
    header.unfolded().map_err(|_| MetadataError::NotUtf8 {
        field,
        line: header.line,
    })
}

fn invalid(field: &'static str, header: &Header<'_>, source: FieldError) -> MetadataError {
    MetadataError::Field {
        field,
        line: header.line,
        source,
    }
}

/// Sets a field that may stand once, or again with the same value.
pub(super) fn once<T: PartialEq>(
    field: &'static str,
    header: &Header<'_>,
    place: &mut Option<T>,
    value: T,
) -> Result<(), MetadataError> {
    match place {
        Some(before) if *before != value => Err(MetadataError::Twice {
            field,
            line: header.line,
        }),
        place => {
            *place = Some(value);
            Ok(())
        }
    }
}

fn push<T>(field: &'static str, list: &mut Vec<T>, value: T) -> Result<(), MetadataError> {
    if list.len() == MAX_REPEATED {
        return Err(MetadataError::TooMany { field });
    }
    list.push(value);
    Ok(())
}
