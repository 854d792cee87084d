//! The closed table of types.

use super::Name;
use std::fmt;
use toml_doc::nearest;

/// A type of the bridge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// A truth value.
    Bool,
    /// An integer of any length.
    Int,
    /// A number of double precision.
    Float,
    /// A text.
    String,
    /// Bytes.
    Bytes,
    /// A list of values of one type.
    List(Box<Type>),
    /// A map from texts to values of one type.
    Map(Box<Type>),
    /// A value or nothing.
    Optional(Box<Type>),
    /// A record type, by its name.
    Record(Name),
}

/// The words of the table.
pub(super) const WORDS: [&str; 8] = [
    "bool", "int", "float", "string", "bytes", "list", "map", "optional",
];

/// What other languages call them.
const ELSEWHERE: [(&str, &str); 13] = [
    ("str", "string"),
    ("text", "string"),
    ("dict", "map"),
    ("option", "optional"),
    ("array", "list"),
    ("vec", "list"),
    ("tuple", "list"),
    ("number", "float"),
    ("double", "float"),
    ("f64", "float"),
    ("i64", "int"),
    ("s64", "int"),
    ("bytearray", "bytes"),
];

/// Deeper types are a slip; and readers of WIT have limits of their own.
const MAX_DEPTH: usize = 16;

/// Why a text is no type, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Refused {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl Type {
    /// Reads a type; `records` are the names it may use.
    pub(super) fn parse(text: &str, records: &[Name]) -> Result<Self, Refused> {
        Self::at_depth(text, records, 0)
    }

    fn at_depth(text: &str, records: &[Name], depth: usize) -> Result<Self, Refused> {
        let text = text.trim();
        if depth > MAX_DEPTH {
            let message = format!("types within more than {MAX_DEPTH} others are not supported");
            return Err(Refused::new(message));
        }
        let (word, inner) = match text.split_once('<') {
            None => (text, None),
            Some((word, rest)) => match rest.strip_suffix('>') {
                Some(inner) => (word.trim_end(), Some(inner)),
                None => return Err(Refused::new(format!("`{text}` lacks a `>` at its end"))),
            },
        };
        let plain = match word {
            "bool" => Self::Bool,
            "int" => Self::Int,
            "float" => Self::Float,
            "string" => Self::String,
            "bytes" => Self::Bytes,
            "list" | "map" | "optional" => {
                let inner = inner_of(word, inner)?;
                let inner = Self::at_depth(inner, records, depth + 1)?;
                return Self::around(word, inner);
            }
            _ => match records.iter().find(|name| name.as_str() == word) {
                Some(name) => Self::Record(name.clone()),
                None => return Err(unknown(word, records)),
            },
        };
        match inner {
            None => Ok(plain),
            Some(_) => Err(Refused::new(format!("`{word}` holds no other type"))
                .hint(format!("write `{word}`"))),
        }
    }

    fn around(word: &str, inner: Self) -> Result<Self, Refused> {
        let inner = Box::new(inner);
        match word {
            "list" => Ok(Self::List(inner)),
            "map" => Ok(Self::Map(inner)),
            _ if matches!(*inner, Self::Optional(_)) => Err(Refused::new(format!(
                "Python cannot tell `optional<{inner}>` from `{inner}`"
            ))
            .hint(format!("write `{inner}`"))),
            _ => Ok(Self::Optional(inner)),
        }
    }

    /// The type that it holds.
    #[must_use]
    pub fn inner(&self) -> Option<&Self> {
        match self {
            Self::List(inner) | Self::Map(inner) | Self::Optional(inner) => Some(inner),
            _ => None,
        }
    }

    /// It, and what it holds, from the outside in.
    pub fn with_inner(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |kind| kind.inner())
    }

    /// The record that it is or holds.
    #[must_use]
    pub fn record(&self) -> Option<&Name> {
        self.with_inner().find_map(|kind| match kind {
            Self::Record(name) => Some(name),
            _ => None,
        })
    }

    /// Whether nothing may be given for it.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        matches!(self, Self::Optional(_))
    }
}

fn inner_of<'a>(word: &str, inner: Option<&'a str>) -> Result<&'a str, Refused> {
    let example = format!("for example `{word}<string>`");
    let Some(inner) = inner.filter(|inner| !inner.trim().is_empty()) else {
        return Err(Refused::new(format!("`{word}` must say of what")).hint(example));
    };
    // A comma within an inner `<…>` is told of there.
    let depth_at_comma = inner.find(',').map(|at| inner[..at].matches('<').count());
    if depth_at_comma == Some(0) {
        let message = format!("`{word}` takes one type");
        let hint = match word {
            "map" => "the keys of a map are strings; name the type of the values".to_owned(),
            _ => example,
        };
        return Err(Refused::new(message).hint(hint));
    }
    Ok(inner)
}

fn unknown(word: &str, records: &[Name]) -> Refused {
    let refused = match word {
        "" => Refused::new("a type is missing"),
        _ => Refused::new(format!("unknown type `{word:.60}`")),
    };
    let elsewhere = ELSEWHERE.iter().find(|(theirs, _)| *theirs == word);
    let records = records.iter().map(Name::as_str);
    let known = || WORDS.into_iter().chain(records.clone());
    match elsewhere
        .map(|(_, ours)| *ours)
        .or_else(|| nearest(word, known()))
    {
        Some(near) => refused.hint(format!("the nearest valid type is `{near}`")),
        None => refused.hint(format!(
            "types are {}, list<T>, map<T>, optional<T> and the names of records",
            WORDS[..5].join(", ")
        )),
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Float => f.write_str("float"),
            Self::String => f.write_str("string"),
            Self::Bytes => f.write_str("bytes"),
            Self::List(inner) => write!(f, "list<{inner}>"),
            Self::Map(inner) => write!(f, "map<{inner}>"),
            Self::Optional(inner) => write!(f, "optional<{inner}>"),
            Self::Record(name) => write!(f, "{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, (String, String)> {
        let records = ["point".parse().unwrap(), "my-box".parse().unwrap()];
        match Type::parse(text, &records) {
            Ok(kind) => Ok(kind.to_string()),
            Err(refused) => Err((refused.message, refused.hint.unwrap_or_default())),
        }
    }

    #[test]
    fn types_round_trip() {
        for text in [
            "bool",
            "int",
            "float",
            "string",
            "bytes",
            "point",
            "my-box",
            "list<map<optional<point>>>",
            "optional<list<optional<int>>>",
        ] {
            assert_eq!(parse(text).as_deref(), Ok(text));
        }
        assert_eq!(
            parse(" list < map< int > > ").as_deref(),
            Ok("list<map<int>>")
        );
    }

    #[test]
    fn other_types_are_refused_by_name() {
        for (text, message, hint) in [
            ("str", "unknown type `str`", "`string`"),
            ("list<dict<int>>", "unknown type `dict`", "`map`"),
            ("pont", "unknown type `pont`", "`point`"),
            ("Decimal128", "unknown type `Decimal128`", "types are bool"),
            ("", "a type is missing", "types are bool"),
            ("list", "`list` must say of what", "`list<string>`"),
            ("list<>", "`list` must say of what", "`list<string>`"),
            ("list<int", "lacks a `>`", ""),
            ("int>", "unknown type `int>`", "`int`"),
            ("int<int>", "`int` holds no other type", "write `int`"),
            (
                "map<string, int>",
                "`map` takes one type",
                "keys of a map are strings",
            ),
            ("list<map<string, int>>", "`map` takes one type", "keys"),
            (
                "optional<optional<int>>",
                "cannot tell",
                "write `optional<int>`",
            ),
        ] {
            let (found, hinted) = parse(text).unwrap_err();
            assert!(
                found.contains(message) && hinted.contains(hint),
                "{text}: {found}; {hinted}"
            );
        }
        let deep = format!("{}int{}", "list<".repeat(1000), ">".repeat(1000));
        assert!(parse(&deep).unwrap_err().0.contains("more than 16"));
    }
}
