//! The `WHEEL` file: what a wheel says of itself as an archive (PEP 427).

use std::fmt;
use std::str::FromStr;

use tag_matrix::{Tag, TagError, TagSet};

use crate::filename::{BuildTag, BuildTagError};
use crate::metadata::headers::Headers;
use crate::name::quoted;

/// Largest `WHEEL` file that is read, in bytes.
pub const MAX_WHEEL_FILE_BYTES: usize = 1024 * 1024;

/// Most tags that a `WHEEL` file may list.
pub const MAX_TAGS: usize = 4_096;

/// The contents of a `WHEEL` file. Prints as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelFile {
    /// `Wheel-Version`, major and minor: 1.x. A minor above 0 is legal and deserves a warning.
    pub wheel_version: (u32, u32),
    /// `Generator`: what built the wheel.
    pub generator: Option<String>,
    /// `Root-Is-Purelib`: whether the root of the archive goes to `purelib` rather than to
    /// `platlib`. Not stated is no, as for the peers.
    pub root_is_purelib: bool,
    /// `Tag`: the tags one by one, in the order given; compressed sets are taken apart.
    pub tags: Vec<Tag>,
    /// `Build`.
    pub build: Option<BuildTag>,
}

/// Why a text is not a usable `WHEEL` file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WheelFileError {
    /// It is larger than [`MAX_WHEEL_FILE_BYTES`].
    #[error("the WHEEL file has {size} bytes; at most {MAX_WHEEL_FILE_BYTES} are read")]
    TooLarge {
        /// Its size.
        size: usize,
    },
    /// It lists more than [`MAX_TAGS`] tags.
    #[error("the WHEEL file lists more than {MAX_TAGS} tags")]
    TooManyTags,
    /// A line is not UTF-8.
    #[error("the WHEEL file's line {line} is not UTF-8 text")]
    NotUtf8 {
        /// The line, from 1.
        line: usize,
    },
    /// `Wheel-Version` is missing: then it is no `WHEEL` file.
    #[error("the WHEEL file has no `Wheel-Version`")]
    NoVersion,
    /// The archive is of another format.
    #[error(
        "the wheel is of format version {found}, and 1.x is understood; use a newer mochi or another release"
    )]
    Version {
        /// The version, quoted.
        found: String,
    },
    /// A field that may stand once has two values.
    #[error("the WHEEL file gives `{field}` a second value in line {line}")]
    Twice {
        /// The field.
        field: &'static str,
        /// The line, from 1.
        line: usize,
    },
    /// `Root-Is-Purelib` is neither `true` nor `false`.
    #[error("the WHEEL file has `Root-Is-Purelib` {found}, which is neither true nor false")]
    Purelib {
        /// The value, quoted.
        found: String,
    },
    /// A tag is none.
    #[error("the WHEEL file's line {line} is invalid: {source}")]
    Tag {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        source: TagError,
    },
    /// The build is none.
    #[error("the WHEEL file's line {line} is invalid: {source}")]
    Build {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        source: BuildTagError,
    },
}

impl WheelFile {
    /// A `WHEEL` file of format 1.0 for a wheel with these tags.
    pub fn new(generator: &str, root_is_purelib: bool, tags: &TagSet) -> Self {
        Self {
            wheel_version: (1, 0),
            generator: Some(generator.to_owned()),
            root_is_purelib,
            tags: tags.tags().collect(),
            build: None,
        }
    }

    /// Reads a `WHEEL` file; unknown fields are passed over.
    ///
    /// # Errors
    /// See [`WheelFileError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, WheelFileError> {
        if bytes.len() > MAX_WHEEL_FILE_BYTES {
            return Err(WheelFileError::TooLarge { size: bytes.len() });
        }
        let (mut version, mut generator, mut purelib, mut build) = (None, None, None, None);
        let mut tags = Vec::new();
        for header in Headers::new(bytes) {
            let line = header.line;
            let value = header
                .unfolded()
                .map_err(|_| WheelFileError::NotUtf8 { line })?;
            let name = header.name.to_ascii_lowercase();
            match &*name {
                "wheel-version" => {
                    once("Wheel-Version", line, &mut version, wheel_version(&value)?)?;
                }
                "generator" => generator = Some(value.into_owned()),
                "root-is-purelib" => {
                    once("Root-Is-Purelib", line, &mut purelib, is_true(&value)?)?;
                }
                // Some wheels have the header without a value; nothing depends on it.
                "tag" if value.trim().is_empty() => {}
                "tag" => {
                    let set: TagSet = value
                        .parse()
                        .map_err(|source| WheelFileError::Tag { line, source })?;
                    tags.extend(set.tags().take(MAX_TAGS + 1));
                    if tags.len() > MAX_TAGS {
                        return Err(WheelFileError::TooManyTags);
                    }
                }
                "build" => {
                    let tag: BuildTag = value
                        .parse()
                        .map_err(|source| WheelFileError::Build { line, source })?;
                    once("Build", line, &mut build, tag)?;
                }
                _ => {}
            }
        }
        Ok(Self {
            wheel_version: version.ok_or(WheelFileError::NoVersion)?,
            generator,
            root_is_purelib: purelib.unwrap_or(false),
            tags,
            build,
        })
    }
}

fn once<T: PartialEq>(
    field: &'static str,
    line: usize,
    place: &mut Option<T>,
    value: T,
) -> Result<(), WheelFileError> {
    match place {
        Some(before) if *before != value => Err(WheelFileError::Twice { field, line }),
        place => {
            *place = Some(value);
            Ok(())
        }
    }
}

fn wheel_version(text: &str) -> Result<(u32, u32), WheelFileError> {
    let number = |part: &str| {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<u32>().ok()).flatten()
    };
    text.split_once('.')
        .and_then(|(major, minor)| Some((number(major)?, number(minor)?)))
        .filter(|(major, _)| *major == 1)
        .ok_or_else(|| WheelFileError::Version {
            found: quoted(text),
        })
}

fn is_true(text: &str) -> Result<bool, WheelFileError> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(WheelFileError::Purelib {
            found: quoted(text),
        }),
    }
}

impl FromStr for WheelFile {
    type Err = WheelFileError;

    fn from_str(text: &str) -> Result<Self, WheelFileError> {
        Self::parse(text.as_bytes())
    }
}

impl fmt::Display for WheelFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor) = self.wheel_version;
        writeln!(f, "Wheel-Version: {major}.{minor}")?;
        if let Some(generator) = &self.generator {
            // A generator's name has one line.
            let words: Vec<&str> = generator.split_whitespace().collect();
            writeln!(f, "Generator: {}", words.join(" "))?;
        }
        writeln!(f, "Root-Is-Purelib: {}", self.root_is_purelib)?;
        for tag in &self.tags {
            writeln!(f, "Tag: {tag}")?;
        }
        match &self.build {
            Some(build) => writeln!(f, "Build: {build}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let text = "Wheel-Version: 1.0\nGenerator: mochi 0.1\nRoot-Is-Purelib: true\n\
            Tag: py2-none-any\nTag: py3-none-any\nBuild: 2x\n";
        let file: WheelFile = text.parse().unwrap();
        assert_eq!(file.to_string(), text);
        let tags: TagSet = "py2.py3-none-any".parse().unwrap();
        let mut made = WheelFile::new("mochi\n 0.1", true, &tags);
        made.build = Some("2x".parse().unwrap());
        assert_eq!(made.to_string(), text);
        assert_eq!(
            WheelFile::parse(text.replace('\n', "\r\n").as_bytes()),
            Ok(file)
        );
    }

    #[test]
    fn old_habits() {
        let text = "wheel-version: 1.9\nroot-is-purelib: False\nX: y\nTag:\nTag: py2.py3-none-any\n\nTag: x\n";
        let file: WheelFile = text.parse().unwrap();
        assert_eq!((file.wheel_version, file.root_is_purelib), ((1, 9), false));
        assert_eq!((file.tags.len(), file.generator), (2, None));
        assert!(
            !"Wheel-Version: 1.0"
                .parse::<WheelFile>()
                .unwrap()
                .root_is_purelib
        );
    }

    #[test]
    fn what_is_no_wheel_file_says_why() {
        let many = format!(
            "Wheel-Version: 1.0\n{}",
            "Tag: py3-none-any\n".repeat(MAX_TAGS + 1)
        );
        for (text, reason) in [
            ("", "no `Wheel-Version`"),
            ("Wheel-Version: 2.0", "format version `2.0`"),
            ("Wheel-Version: 1", "format version `1`"),
            (
                "Wheel-Version: 1.0\nWheel-Version: 1.1",
                "second value in line 2",
            ),
            (
                "Wheel-Version: 1.0\nRoot-Is-Purelib: yes",
                "`yes`, which is neither",
            ),
            (
                "Wheel-Version: 1.0\nTag: py3-none",
                "line 2 is invalid: `py3-none`",
            ),
            ("Wheel-Version: 1.0\nBuild: x", "line 2 is invalid: `x`"),
            (&many, "more than 4096 tags"),
        ] {
            let error = text.parse::<WheelFile>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text:?}: {error}");
        }
        let error = WheelFile::parse(b"Wheel-Version: 1.0\nTag: \xff").unwrap_err();
        assert_eq!(error, WheelFileError::NotUtf8 { line: 2 });
        let large = vec![b'\n'; MAX_WHEEL_FILE_BYTES + 1];
        let error = WheelFile::parse(&large).unwrap_err();
        assert_eq!(error, WheelFileError::TooLarge { size: large.len() });
    }
}
