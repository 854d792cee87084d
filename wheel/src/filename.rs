//! File names of distributions: wheels (PEP 427, `name-version(-build)?-python-abi-platform.whl`)
//! in full, and as much of sdists' as says which version they are of.
//!
//! Reading follows `packaging` 26.3 and is kinder in one point: a `_` that an old builder wrote
//! for the `-` of a version (`1.0_1` for `1.0-1`) is understood. It is stricter in that a name
//! must be one that a project can have.

use std::fmt;
use std::str::FromStr;

use tag_matrix::{TagError, TagSet};

use crate::name::{NameError, quoted};
use crate::version::{MAX_VERSION_LENGTH, coerce};
use crate::{PackageName, Version};

/// The endings of source distributions, today's first.
const SDIST_ENDINGS: [&str; 7] = [
    ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar.Z", ".tar",
];

/// The file name of a wheel, understood.
///
/// Prints in normal form, which need not be the very name that was read. Ordered by name, version,
/// build and tags, in that order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WheelFilename {
    /// The package.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// The build, where the name has one.
    pub build: Option<BuildTag>,
    /// What the wheel fits.
    pub tags: TagSet,
}

/// The build of a wheel: the tie-breaker between wheels that are alike otherwise. Ordered by
/// its number, then by the text after it; a wheel without build comes before all with one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuildTag {
    /// The digits at its start.
    pub number: u64,
    /// What follows them.
    pub rest: Box<str>,
}

/// The parts of a wheel's file name, cut but not checked: enough to sort thousands of files of an
/// index page by version before any is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WheelParts<'a> {
    /// The name, not normalised.
    pub name: &'a str,
    /// The version as written.
    pub version: &'a str,
    /// The build as written.
    pub build: Option<&'a str>,
    /// The compressed tag set as written.
    pub tags: &'a str,
}

/// Why a text is not the file name of a wheel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilenameError {
    /// Another ending, or not five or six parts.
    #[error(
        "{filename} is not the file name of a wheel: it must be `name-version-python-abi-platform.whl`, with an optional build after the version"
    )]
    Shape {
        /// The text, quoted.
        filename: String,
    },
    /// The name part is no name.
    #[error("{filename} is not the file name of a wheel: {source}")]
    Name {
        /// The text, quoted.
        filename: String,
        /// What is wrong.
        source: NameError,
    },
    /// The name has `__`, which the escaping of PEP 427 cannot give.
    #[error("{filename} is not the file name of a wheel: its name part has `__`")]
    Escape {
        /// The text, quoted.
        filename: String,
    },
    /// The version part is no version (PEP 440).
    #[error("{filename} is not the file name of a wheel: {version} is no PEP 440 version")]
    Version {
        /// The text, quoted.
        filename: String,
        /// The version part, quoted.
        version: String,
    },
    /// The build does not start with a number.
    #[error(
        "{filename} is not the file name of a wheel: the build {build} must start with a number below 2^64"
    )]
    Build {
        /// The text, quoted.
        filename: String,
        /// The build part, quoted.
        build: String,
    },
    /// The tags are none.
    #[error("{filename} is not the file name of a wheel: {source}")]
    Tags {
        /// The text, quoted.
        filename: String,
        /// What is wrong.
        source: TagError,
    },
    /// An interpreter tag starts with a digit.
    #[error("{filename} is not the file name of a wheel: {python} is no interpreter tag")]
    Interpreter {
        /// The text, quoted.
        filename: String,
        /// The interpreter part, quoted.
        python: String,
    },
}

/// Cuts a wheel's file name into its parts; `None` where it does not have the shape of one.
pub fn split_quick(filename: &str) -> Option<WheelParts<'_>> {
    let stem = filename.strip_suffix(".whl")?;
    let (name, rest) = stem.split_once('-')?;
    let (version, rest) = rest.split_once('-')?;
    let mut from_end = rest.rmatch_indices('-').map(|(at, _)| at);
    let (_, _) = (from_end.next()?, from_end.next()?);
    let (build, tags) = match from_end.next() {
        None => (None, rest),
        Some(_) if from_end.next().is_some() => return None,
        Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
    };
    Some(WheelParts {
        name,
        version,
        build,
        tags,
    })
}

/// The version part of the file name of an sdist of `package`, as written; `None` for what is
/// none. The package has to be known, since old sdists have `-` in their names as well.
pub fn sdist_version<'a>(filename: &'a str, package: &PackageName) -> Option<&'a str> {
    let stem = SDIST_ENDINGS
        .iter()
        .find_map(|ending| filename.strip_suffix(ending))?;
    let version = after_name(stem, package)?.strip_prefix('-')?;
    version
        .trim_start_matches(['v', 'V'])
        .starts_with(|c: char| c.is_ascii_digit())
        .then_some(version)
}

/// What follows a spelling of `package` at the start of `text`.
fn after_name<'a>(text: &'a str, package: &PackageName) -> Option<&'a str> {
    let separator = |c: char| matches!(c, '-' | '_' | '.');
    let mut rest = text;
    for expected in package.as_str().chars() {
        let after = rest.trim_start_matches(separator);
        rest = if expected == '-' {
            (after.len() < rest.len()).then_some(after)?
        } else {
            rest.strip_prefix(|c: char| c.eq_ignore_ascii_case(&expected))?
        };
    }
    Some(rest)
}

/// Reads the version part of a file name.
pub fn version_part(text: &str) -> Option<Version> {
    coerce(text).or_else(|| {
        let escaped = text.contains('_') && text.len() <= MAX_VERSION_LENGTH;
        escaped.then(|| coerce(&text.replace('_', "-"))).flatten()
    })
}

impl WheelParts<'_> {
    /// Whether the name is a spelling of `package`; allocates nothing.
    pub fn is_of(&self, package: &PackageName) -> bool {
        after_name(self.name, package) == Some("")
    }

    /// The whole value, its name and version being known from other files of the same release.
    ///
    /// # Errors
    /// If build or tags are invalid.
    pub fn with(
        &self,
        name: PackageName,
        version: Version,
    ) -> Result<WheelFilename, FilenameError> {
        let filename = || quoted(&self.to_string());
        let tags: TagSet = self.tags.parse().map_err(|source| FilenameError::Tags {
            filename: filename(),
            source,
        })?;
        let digit = |python: &str| python.starts_with(|c: char| c.is_ascii_digit());
        if tags.pythons().any(digit) {
            return Err(FilenameError::Interpreter {
                filename: filename(),
                python: quoted(tags.python()),
            });
        }
        let build = match self.build {
            None => None,
            Some(text) => {
                Some(
                    text.parse()
                        .map_err(|BuildTagError { build }| FilenameError::Build {
                            filename: filename(),
                            build,
                        })?,
                )
            }
        };
        Ok(WheelFilename {
            name,
            version,
            build,
            tags,
        })
    }
}

impl fmt::Display for WheelParts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-", self.name, self.version)?;
        if let Some(build) = self.build {
            write!(f, "{build}-")?;
        }
        write!(f, "{}.whl", self.tags)
    }
}

impl FromStr for WheelFilename {
    type Err = FilenameError;

    fn from_str(text: &str) -> Result<Self, FilenameError> {
        let parts = split_quick(text).ok_or_else(|| FilenameError::Shape {
            filename: quoted(text),
        })?;
        if parts.name.contains("__") {
            return Err(FilenameError::Escape {
                filename: quoted(text),
            });
        }
        let name = parts.name.parse().map_err(|source| FilenameError::Name {
            filename: quoted(text),
            source,
        })?;
        let version = version_part(parts.version).ok_or_else(|| FilenameError::Version {
            filename: quoted(text),
            version: quoted(parts.version),
        })?;
        parts.with(name, version)
    }
}

impl fmt::Display for WheelFilename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-", self.name.with_underscores(), self.version)?;
        if let Some(build) = &self.build {
            write!(f, "{build}-")?;
        }
        write!(f, "{}.whl", self.tags)
    }
}

/// A text is not the build of a wheel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{build} is not the build of a wheel: it must start with a number below 2^64")]
pub struct BuildTagError {
    build: String,
}

impl FromStr for BuildTag {
    type Err = BuildTagError;

    fn from_str(text: &str) -> Result<Self, BuildTagError> {
        let error = || BuildTagError {
            build: quoted(text),
        };
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = text.split_at(digits);
        if rest.contains(['-', '/', '\\']) || rest.chars().any(char::is_control) {
            return Err(error());
        }
        Ok(Self {
            number: number.parse().map_err(|_| error())?,
            rest: rest.into(),
        })
    }
}

impl fmt::Display for BuildTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.number, self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str) -> PackageName {
        name.parse().unwrap()
    }

    #[test]
    fn round_trip() {
        for text in [
            "demo-1.0-py3-none-any.whl",
            "a_b-1!2.0rc1.post2.dev3+cpu.x-7-py2.py3-none-any.whl",
            "demo-2.0-1abc_d.e-cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        ] {
            let wheel: WheelFilename = text.parse().unwrap();
            assert_eq!(wheel.to_string(), text);
            assert_eq!(wheel.to_string().parse(), Ok(wheel));
        }
    }

    #[test]
    fn old_spellings_are_understood() {
        for (text, normal) in [
            (
                "Zope.Interface-1.0.0-PY2-none-any.whl",
                "zope_interface-1.0.0-py2-none-any.whl",
            ),
            (
                "a-1.0+cu118_x-py3-none-any.whl",
                "a-1.0+cu118.x-py3-none-any.whl",
            ),
            ("a-1.0_1-py3-none-any.whl", "a-1.0.post1-py3-none-any.whl"),
            ("a-v1.0.ALPHA1-py3-none-any.whl", "a-1.0a1-py3-none-any.whl"),
            ("a-1.0-007-py3-none-any.whl", "a-1.0-7-py3-none-any.whl"),
        ] {
            let wheel: WheelFilename = text.parse().unwrap();
            assert_eq!(wheel.to_string(), normal);
        }
    }

    #[test]
    fn what_is_no_wheel_says_why() {
        for (text, reason) in [
            ("", "must be `name-version"),
            ("demo-1.0-py3-none-any.zip", "must be `name-version"),
            ("demo-1.0-none-any.whl", "must be `name-version"),
            ("demo-1.0-1-2-py3-none-any.whl", "must be `name-version"),
            ("-1.0-py3-none-any.whl", "name is empty"),
            ("_a-1.0-py3-none-any.whl", "starts with '_'"),
            ("../a-1.0-py3-none-any.whl", "`../a`"),
            ("a__b-1.0-py3-none-any.whl", "has `__`"),
            ("a-1.x-py3-none-any.whl", "`1.x` is no PEP 440 version"),
            ("a-1.0-b1-py3-none-any.whl", "the build `b1`"),
            ("a-1.0-99999999999999999999-py3-none-any.whl", "below 2^64"),
            ("a-1.0-py3-none-a/b.whl", "character"),
            ("a-1.0-3-none-any.whl", "`3` is no interpreter tag"),
            ("a-1.0-py3--any.whl", "empty"),
        ] {
            let error = text.parse::<WheelFilename>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn parts_agree_with_the_whole() {
        let text = "A.b-1.0-2x-py3-none-any.whl";
        let parts = split_quick(text).unwrap();
        assert_eq!(parts.to_string(), text);
        assert_eq!(
            (parts.version, parts.build, parts.tags),
            ("1.0", Some("2x"), "py3-none-any")
        );
        assert!(parts.is_of(&package("a-b")));
        for other in ["a", "a-b-c", "ab", "a-c"] {
            assert!(!parts.is_of(&package(other)), "{other}");
        }
        let version = version_part(parts.version).unwrap();
        assert_eq!(parts.with(package("a-b"), version), text.parse());
    }

    #[test]
    fn builds_are_ordered_by_number_then_text() {
        let build = |text: &str| Some(text.parse::<BuildTag>().unwrap());
        let ascending = [None, build("1"), build("1a"), build("2"), build("10")];
        assert!(ascending.is_sorted());
        for bad in ["", "a1", "1-2", "1/2", "1\n", "١"] {
            bad.parse::<BuildTag>().unwrap_err();
        }
    }

    #[test]
    fn versions_of_sdists() {
        for (filename, name, version) in [
            ("demo-1.0.tar.gz", "demo", Some("1.0")),
            ("Foo.Bar_baz-1.0.zip", "foo-bar-baz", Some("1.0")),
            ("foo-_bar-1.0.tar.bz2", "foo-bar", Some("1.0")),
            ("foo-1.0-1.tgz", "foo", Some("1.0-1")),
            ("foo-2-1.0.tar.gz", "foo-2", Some("1.0")),
            ("foo-v1.0.tar.gz", "foo", Some("v1.0")),
            ("foo-bar-1.0.tar.gz", "foo", None),
            ("foobar-1.0.tar.gz", "foo", None),
            ("foo_1.0.tar.gz", "foo", None),
            ("foo-.tar.gz", "foo", None),
            ("foo.tar.gz", "foo", None),
            ("foo-1.0.tar.gz", "foo-bar", None),
            ("foo-1.0-py3-none-any.whl", "foo", None),
            ("foo-1.0.exe", "foo", None),
        ] {
            assert_eq!(
                sdist_version(filename, &package(name)),
                version,
                "{filename}"
            );
        }
    }
}
