//! What crosses between Mochi and Python.

use crate::Integer;

/// A value that crosses unchanged.
///
/// Two values are equal where Python's would be told apart by nothing: `1` and `1.0` differ, so do
/// `0.0` and `-0.0`, NaN is equal to itself, and maps are equal in any order.
#[derive(Debug, Clone)]
pub enum Value {
    /// `None`.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer of any length.
    Int(Integer),
    /// A number of double precision, NaN and the infinities among them.
    Float(f64),
    /// A text, of all of Unicode but lone surrogates.
    Str(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list; what was a tuple arrives as one.
    List(Vec<Value>),
    /// A map with texts as keys, in their order.
    Map(Vec<(String, Value)>),
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => {
                a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
            }
            (Self::Str(a), Self::Str(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Map(a), Self::Map(b)) => {
                let sorted = |map: &[(String, Self)]| {
                    let mut at: Vec<usize> = (0..map.len()).collect();
                    at.sort_by(|x, y| map[*x].0.cmp(&map[*y].0));
                    at
                };
                a.len() == b.len()
                    && sorted(a)
                        .into_iter()
                        .zip(sorted(b))
                        .all(|(x, y)| a[x] == b[y])
            }
            _ => false,
        }
    }
}

impl Eq for Value {}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value.into())
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Str(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Str(value)
    }
}

impl Value {
    /// What a map has under a key; `None` where it has it not, or this is no map.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(pairs) => {
                let found = pairs.iter().find(|(known, _)| known == key);
                found.map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Takes what a map has under a key out of it.
    pub fn remove(&mut self, key: &str) -> Option<Self> {
        match self {
            Self::Map(pairs) => {
                let found = pairs.iter().position(|(known, _)| known == key)?;
                Some(pairs.remove(found).1)
            }
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }
}
