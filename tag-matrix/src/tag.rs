//! Tags (PEP 425): a single one, and the compressed set in a wheel's file name.

use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The longest tag set that is read, in bytes.
const LONGEST: usize = 2_048;

/// The most tags that a set may stand for.
const MOST: usize = 4_096;

/// One tag: interpreter, ABI and platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    /// The interpreter, `cp313` or `py3`.
    pub python: String,
    /// The ABI, `cp313`, `abi3` or `none`.
    pub abi: String,
    /// The platform, `manylinux_2_28_x86_64` or `any`.
    pub platform: String,
}

/// The compressed tag set of a file name, such as `py2.py3-none-any`: every combination of its
/// interpreters, ABIs and platforms. Kept as the one text, in lower case as `packaging` compares
/// it, and taken apart only when asked: an index page has thousands.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagSet {
    text: Box<str>,
    /// Where the ABIs begin.
    abi: u16,
    /// Where the platforms begin.
    platform: u16,
}

/// Why a text is no tag, or no set of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TagError {
    /// Not three parts between dashes.
    #[error("`{0}` is not a tag: write interpreter, ABI and platform, such as `py3-none-any`")]
    Parts(String),
    /// An empty member, as in `py2.-none-any`.
    #[error("`{0}` is not a tag: a part of it is empty")]
    Empty(String),
    /// A character that no tag has.
    #[error("`{0}` is not a tag: it has a character other than ASCII letters, digits and `_`")]
    Character(String),
    /// More text, or more tags, than any wheel has.
    #[error("`{0}…` stands for too many tags")]
    TooMany(String),
    /// Several tags where one is wanted.
    #[error("`{0}` is several tags, where one is wanted")]
    Compressed(String),
}

impl TagSet {
    /// Puts a set together from its three parts, each with `.` between alternatives.
    ///
    /// # Errors
    /// See [`TagError`].
    pub fn new(python: &str, abi: &str, platform: &str) -> Result<Self, TagError> {
        format!("{python}-{abi}-{platform}").parse()
    }

    /// The interpreters, as written.
    pub fn python(&self) -> &str {
        &self.text[..usize::from(self.abi) - 1]
    }

    /// The ABIs, as written.
    pub fn abi(&self) -> &str {
        &self.text[usize::from(self.abi)..usize::from(self.platform) - 1]
    }

    /// The platforms, as written.
    pub fn platform(&self) -> &str {
        &self.text[usize::from(self.platform)..]
    }

    /// The interpreters, one by one.
    pub fn pythons(&self) -> impl Iterator<Item = &str> + Clone {
        self.python().split('.')
    }

    /// The ABIs, one by one.
    pub fn abis(&self) -> impl Iterator<Item = &str> + Clone {
        self.abi().split('.')
    }

    /// The platforms, one by one.
    pub fn platforms(&self) -> impl Iterator<Item = &str> + Clone {
        self.platform().split('.')
    }

    /// All tags of the set.
    pub fn tags(&self) -> impl Iterator<Item = Tag> {
        self.pythons().flat_map(move |python| {
            self.abis().flat_map(move |abi| {
                self.platforms().map(move |platform| Tag {
                    python: python.to_owned(),
                    abi: abi.to_owned(),
                    platform: platform.to_owned(),
                })
            })
        })
    }

    /// The whole set as in a file name.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the wheel is pure Python: ABI `none`, platform `any`, and nothing besides.
    pub fn is_pure(&self) -> bool {
        self.abi() == "none" && self.platform() == "any"
    }
}

/// The beginning of a hostile text, for a message.
fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

impl FromStr for TagSet {
    type Err = TagError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > LONGEST {
            return Err(TagError::TooMany(short(text)));
        }
        // One pass: find the dashes, count the members, refuse what is empty or no tag.
        let mut starts = [0_usize; 4];
        let mut members = [1_usize; 3];
        let mut part = 0;
        let mut begin = 0;
        for (index, byte) in text.bytes().enumerate() {
            match byte {
                b'-' | b'.' if index == begin => return Err(TagError::Empty(short(text))),
                b'-' if part == 2 => return Err(TagError::Parts(short(text))),
                b'-' => {
                    part += 1;
                    begin = index + 1;
                    starts[part] = begin;
                }
                b'.' => {
                    members[part] += 1;
                    begin = index + 1;
                }
                b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {}
                _ => return Err(TagError::Character(short(text))),
            }
        }
        if part != 2 {
            return Err(TagError::Parts(short(text)));
        }
        if begin == text.len() {
            return Err(TagError::Empty(short(text)));
        }
        if members.iter().product::<usize>() > MOST {
            return Err(TagError::TooMany(short(text)));
        }
        let offset =
            |part: usize| u16::try_from(starts[part]).map_err(|_| TagError::TooMany(short(text)));
        Ok(Self {
            text: text.to_ascii_lowercase().into_boxed_str(),
            abi: offset(1)?,
            platform: offset(2)?,
        })
    }
}

impl fmt::Display for TagSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for TagSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TagSet({})", self.text)
    }
}

impl Serialize for TagSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl FromStr for Tag {
    type Err = TagError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains('.') {
            return Err(TagError::Compressed(short(text)));
        }
        let set: TagSet = text.parse()?;
        Ok(Self {
            python: set.python().to_owned(),
            abi: set.abi().to_owned(),
            platform: set.platform().to_owned(),
        })
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.python, self.abi, self.platform)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        for text in [
            "py3-none-any",
            "py2.py3-none-any",
            "cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64",
        ] {
            let set: TagSet = text.parse().unwrap();
            assert_eq!(set.to_string(), text);
            assert_eq!(
                TagSet::new(set.python(), set.abi(), set.platform()).unwrap(),
                set
            );
            for tag in set.tags() {
                assert_eq!(tag.to_string().parse::<Tag>().unwrap(), tag);
                assert_eq!(
                    tag.to_string()
                        .parse::<TagSet>()
                        .unwrap()
                        .tags()
                        .collect::<Vec<_>>(),
                    [tag]
                );
            }
        }
    }

    #[test]
    fn expands_every_combination() {
        let set: TagSet = "py2.py3-none.abi3-any.win32".parse().unwrap();
        let tags: Vec<String> = set.tags().map(|tag| tag.to_string()).collect();
        assert_eq!(tags.len(), 8);
        assert_eq!(tags[0], "py2-none-any");
        assert_eq!(tags[7], "py3-abi3-win32");
    }

    #[test]
    fn lower_case() {
        assert_eq!(
            "CP313-CP313-Win_AMD64".parse::<TagSet>().unwrap().as_str(),
            "cp313-cp313-win_amd64"
        );
    }

    #[test]
    fn refusals() {
        for (text, kind) in [
            ("", "Parts"),
            ("py3-none", "Parts"),
            ("py3-none-any-x", "Parts"),
            ("py3--any", "Empty"),
            ("-none-any", "Empty"),
            ("py3-none-", "Empty"),
            ("py2..py3-none-any", "Empty"),
            (".py3-none-any", "Empty"),
            ("py3.-none-any", "Empty"),
            ("py3-none-any.", "Empty"),
            ("py3-none-a/b", "Character"),
            ("py3-none-a b", "Character"),
            ("pÿ3-none-any", "Character"),
        ] {
            let error = text.parse::<TagSet>().unwrap_err();
            assert!(format!("{error:?}").starts_with(kind), "{text}: {error:?}");
        }
        assert!(matches!(
            "py2.py3-none-any".parse::<Tag>(),
            Err(TagError::Compressed(_))
        ));
    }

    #[test]
    fn hostile_sets_are_capped() {
        let many = ["a"; 100].join(".");
        assert!(matches!(
            TagSet::new(&many, &many, &many),
            Err(TagError::TooMany(_))
        ));
        let long = "a".repeat(3_000_000);
        let error = TagSet::new("py3", "none", &long).unwrap_err();
        assert!(error.to_string().len() < 200);
    }

    #[test]
    fn purity() {
        for (text, pure) in [
            ("py3-none-any", true),
            ("cp313-none-any", true),
            ("py3-none-win32", false),
            ("py3-none-any.win32", false),
            ("cp313-cp313-any", false),
        ] {
            assert_eq!(text.parse::<TagSet>().unwrap().is_pure(), pure, "{text}");
        }
    }
}
