//! File names of source distributions (PEP 625): `name-version.tar.gz`.

use std::fmt;
use std::str::FromStr;

use crate::name::quoted;
use crate::version::coerce;
use crate::{PackageName, Version};

use super::error::SdistFilenameError;

/// The one ending that the standard allows.
const ENDING: &str = ".tar.gz";

/// The file name of a source distribution, understood.
///
/// Reading follows `packaging`: any spelling of the name, even with `-` in it, and of the version.
/// Prints in normal form, which need not be the very name that was read. Ordered by name, then by
/// version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SdistFilename {
    /// The package.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
}

impl SdistFilename {
    /// The name of the one folder that everything in the archive is below.
    #[must_use]
    pub fn top_folder(&self) -> String {
        format!("{}-{}", self.name.with_underscores(), self.version)
    }
}

impl FromStr for SdistFilename {
    type Err = SdistFilenameError;

    fn from_str(text: &str) -> Result<Self, SdistFilenameError> {
        let filename = || quoted(text);
        let stem = text.strip_suffix(ENDING);
        let Some((name, version)) = stem.and_then(|stem| stem.rsplit_once('-')) else {
            return Err(SdistFilenameError::Shape {
                filename: filename(),
            });
        };
        Ok(Self {
            name: name.parse().map_err(|source| SdistFilenameError::Name {
                filename: filename(),
                source,
            })?,
            version: coerce(version).ok_or_else(|| SdistFilenameError::Version {
                filename: filename(),
                version: quoted(version),
            })?,
        })
    }
}

impl fmt::Display for SdistFilename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{ENDING}", self.top_folder())
    }
}

#[cfg(test)]
mod tests {
    use super::{SdistFilename, SdistFilenameError};

    #[test]
    fn round_trip() {
        for text in [
            "demo-1.0.tar.gz",
            "a_b-1!2.0rc1.post2.dev3+cpu.x.tar.gz",
            "x2-2026.11.tar.gz",
        ] {
            let sdist: SdistFilename = text.parse().unwrap();
            assert_eq!(sdist.to_string(), text);
            assert_eq!(sdist.to_string().parse(), Ok(sdist.clone()));
            assert_eq!(sdist.top_folder() + ".tar.gz", text);
        }
    }

    #[test]
    fn old_spellings_are_understood() {
        for (text, normal) in [
            ("Zope.Interface-1.0.0.tar.gz", "zope_interface-1.0.0.tar.gz"),
            ("a-b-c-1.0.tar.gz", "a_b_c-1.0.tar.gz"),
            ("demo-v1.0ALPHA2.tar.gz", "demo-1.0a2.tar.gz"),
        ] {
            assert_eq!(text.parse::<SdistFilename>().unwrap().to_string(), normal);
        }
    }

    #[test]
    fn others_are_refused_with_the_reason() {
        for (text, reason) in [
            ("", "must be `name-version.tar.gz`"),
            ("demo-1.0.zip", "must be `name-version.tar.gz`"),
            ("demo-1.0.TAR.GZ", "must be `name-version.tar.gz`"),
            ("demo.tar.gz", "must be `name-version.tar.gz`"),
            ("demo-1.0-py3-none-any.whl", "must be `name-version.tar.gz`"),
            ("demo-1.0-1.tar.gz", ""),
            ("-1.0.tar.gz", "the package name is empty"),
            ("../demo-1.0.tar.gz", "the package name `../demo`"),
            ("demo-.tar.gz", "`` is no PEP 440 version"),
            ("demo-latest.tar.gz", "`latest` is no PEP 440 version"),
            ("demo-1.0/x.tar.gz", "`1.0/x` is no PEP 440 version"),
        ] {
            match text.parse::<SdistFilename>() {
                // The name of another project to every reader: `demo-1.0`, version 1.
                Ok(sdist) => assert_eq!((reason, sdist.name.as_str()), ("", "demo-1-0")),
                Err(error) => {
                    let message = error.to_string();
                    assert!(message.contains(reason), "{text}: {message}");
                    assert!(
                        !matches!(error, SdistFilenameError::Shape { .. } if reason.is_empty())
                    );
                }
            }
        }
    }
}
