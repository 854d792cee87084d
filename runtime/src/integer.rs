//! Integers of any length.

use std::fmt;
use std::str::FromStr;

/// An integer of any length. It crosses, and is not calculated with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Integer(Repr);

/// Always the first where it fits, so that equal integers are equal here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Repr {
    Small(i64),
    /// Decimal digits, in normal form.
    Big(String),
}

/// A text is no integer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an integer")]
pub struct IntegerError(String);

impl FromStr for Integer {
    type Err = IntegerError;

    fn from_str(text: &str) -> Result<Self, IntegerError> {
        if let Ok(small) = text.parse::<i64>()
            && !text.starts_with('+')
        {
            return Ok(Self(Repr::Small(small)));
        }
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", text),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(IntegerError(text.chars().take(60).collect()));
        }
        let normal = format!("{sign}{}", digits.trim_start_matches('0'));
        Ok(Self(match normal.parse() {
            Ok(small) => Repr::Small(small),
            Err(_) if normal.len() == sign.len() => Repr::Small(0),
            Err(_) => Repr::Big(normal),
        }))
    }
}

impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(small) => small.fmt(f),
            Repr::Big(digits) => f.write_str(digits),
        }
    }
}

impl From<i64> for Integer {
    fn from(value: i64) -> Self {
        Self(Repr::Small(value))
    }
}

impl Integer {
    /// Its value, where it has 64 bits or less.
    #[must_use]
    pub const fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small(small) => Some(*small),
            Repr::Big(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_kept_in_normal_form() {
        for (text, normal) in [
            ("0", "0"),
            ("-0", "0"),
            ("007", "7"),
            ("-12", "-12"),
            ("00000000000000000000000000007", "7"),
            ("-0000000000000000000000000000", "0"),
            (
                "340282366920938463463374607431768211456",
                "340282366920938463463374607431768211456",
            ),
        ] {
            assert_eq!(text.parse::<Integer>().unwrap().to_string(), normal);
        }
        for text in ["", "-", "1.0", "+1", "1e3", " 1"] {
            assert!(text.parse::<Integer>().is_err(), "{text}");
        }
        assert_eq!(Integer::from(i64::MIN).to_i64(), Some(i64::MIN));
        assert_eq!(
            "9223372036854775808".parse::<Integer>().unwrap().to_i64(),
            None
        );
    }
}
