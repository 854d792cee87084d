//! The type of what a module imports or exports, as text that data files can hold.

use std::fmt;
use std::str::FromStr;

/// What kind of thing a symbol is, and its type.
///
/// Types of values are kept as text, `(i32, f64) -> i32`: two are equal when their texts are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SymbolType {
    /// A function: parameters and results.
    Function(String),
    /// A function of JavaScript of which nobody has said what it takes.
    AnyFunction,
    /// A global: `i32`, or `mut i32`.
    Global(String),
    /// A table: its elements' type, and how many there are.
    Table(String, Limits),
    /// A memory of unshared pages.
    Memory(Limits),
    /// A tag of exceptions: parameters and results.
    Tag(String),
}

/// How large a table or a memory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Limits {
    /// The size at first.
    pub minimum: u64,
    /// The size to which it may grow, where that is limited.
    pub maximum: Option<u64>,
}

/// A text that is no type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not the type of a symbol; write such as `function (i32) -> i32`")]
pub struct NotAType {
    /// The text as given.
    pub text: String,
}

impl SymbolType {
    /// Whether a module that asks for `wanted` can have this.
    #[must_use]
    pub fn serves(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            (Self::AnyFunction, Self::Function(_)) => true,
            (Self::Table(has, size), Self::Table(element, wanted)) => {
                has == element && size.serves(*wanted)
            }
            (Self::Memory(size), Self::Memory(wanted)) => size.serves(*wanted),
            _ => self == wanted,
        }
    }

    /// Whether it is a function.
    #[must_use]
    pub const fn is_function(&self) -> bool {
        matches!(self, Self::Function(_) | Self::AnyFunction)
    }
}

impl Limits {
    /// Sizes only grow: what is there may be larger than what is asked for, within the limit.
    const fn serves(self, wanted: Self) -> bool {
        let within = match (self.maximum, wanted.maximum) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(has), Some(most)) => has <= most,
        };
        self.minimum >= wanted.minimum && within
    }
}

impl fmt::Display for SymbolType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function(signature) => write!(f, "function {signature}"),
            Self::AnyFunction => f.write_str("function of any type"),
            Self::Global(value) => write!(f, "global {value}"),
            Self::Table(element, limits) => write!(f, "table {element} {limits}"),
            Self::Memory(limits) => write!(f, "memory {limits}"),
            Self::Tag(signature) => write!(f, "tag {signature}"),
        }
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..", self.minimum)?;
        self.maximum
            .map_or(Ok(()), |maximum| write!(f, "{maximum}"))
    }
}

impl FromStr for SymbolType {
    type Err = NotAType;

    fn from_str(text: &str) -> Result<Self, NotAType> {
        read(text).ok_or_else(|| NotAType {
            text: text.to_owned(),
        })
    }
}

fn read(text: &str) -> Option<SymbolType> {
    let (kind, rest) = text.split_once(' ')?;
    Some(match kind {
        "function" if rest == "of any type" => SymbolType::AnyFunction,
        "function" => SymbolType::Function(signature(rest)?),
        "tag" => SymbolType::Tag(signature(rest)?),
        "global" => SymbolType::Global(rest.to_owned()),
        "table" => {
            let (element, limits) = rest.rsplit_once(' ')?;
            SymbolType::Table(element.to_owned(), self::limits(limits)?)
        }
        "memory" => SymbolType::Memory(limits(rest)?),
        _ => return None,
    })
}

fn signature(text: &str) -> Option<String> {
    (text.starts_with('(') && text.contains(") -> ")).then(|| text.to_owned())
}

fn limits(text: &str) -> Option<Limits> {
    let (minimum, maximum) = text.split_once("..")?;
    let maximum = match maximum {
        "" => None,
        some => Some(some.parse().ok()?),
    };
    Some(Limits {
        minimum: minimum.parse().ok()?,
        maximum,
    })
}

/// A signature as this crate writes it: `(i32, i64) -> i32`, `() -> ()`.
#[must_use]
pub fn signature_text<P: fmt::Display, R: fmt::Display>(parameters: &[P], results: &[R]) -> String {
    let results = match results {
        [one] => one.to_string(),
        several => list(several),
    };
    format!("{} -> {results}", list(parameters))
}

fn list<T: fmt::Display>(types: &[T]) -> String {
    let texts: Vec<String> = types.iter().map(ToString::to_string).collect();
    format!("({})", texts.join(", "))
}

/// The signature that letters of Emscripten stand for, the result's first: `vij` is
/// `(i32, i64) -> ()`. Pointers, `p`, are 32 bits wide.
#[must_use]
pub fn emscripten_signature(letters: &str) -> Option<String> {
    let value = |letter: char| {
        Some(match letter {
            'i' | 'p' => "i32",
            'j' => "i64",
            'f' => "f32",
            'd' => "f64",
            'e' => "externref",
            _ => return None,
        })
    };
    let mut letters = letters.chars();
    let results = match letters.next()? {
        'v' => Vec::new(),
        letter => vec![value(letter)?],
    };
    let parameters: Vec<&str> = letters.map(value).collect::<Option<_>>()?;
    Some(signature_text(&parameters, &results))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_back() {
        for text in [
            "function (i32, i64) -> i32",
            "function () -> ()",
            "function of any type",
            "global mut i32",
            "table funcref 12..",
            "memory 320..32768",
            "tag (i32) -> ()",
        ] {
            assert_eq!(text.parse::<SymbolType>().unwrap().to_string(), text);
        }
        for text in ["", "function", "function i32", "memory 1", "thing 1.."] {
            assert!(text.parse::<SymbolType>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_serves() {
        for (has, wanted, serves) in [
            ("function () -> i32", "function () -> i32", true),
            ("function () -> i32", "function () -> i64", false),
            ("function of any type", "function () -> i64", true),
            ("function of any type", "global i32", false),
            ("global i32", "global mut i32", false),
            ("memory 320..32768", "memory 0..", true),
            ("memory 320..32768", "memory 321..", false),
            ("memory 320..32768", "memory 1..32768", true),
            ("memory 320..32768", "memory 1..32767", false),
            ("memory 320..", "memory 1..32767", false),
            ("table funcref 10..", "table funcref 10..", true),
            ("table funcref 10..", "table externref 10..", false),
        ] {
            let [has, wanted] = [has, wanted].map(|text| text.parse::<SymbolType>().unwrap());
            assert_eq!(has.serves(&wanted), serves, "{has} for {wanted}");
        }
    }

    #[test]
    fn letters_of_emscripten() {
        for (letters, signature) in [
            ("v", Some("() -> ()")),
            ("vij", Some("(i32, i64) -> ()")),
            ("dpfe", Some("(i32, f32, externref) -> f64")),
            ("", None),
            ("iv", None),
            ("x", None),
        ] {
            let found = emscripten_signature(letters);
            assert_eq!(found.as_deref(), signature, "{letters}");
        }
    }
}
