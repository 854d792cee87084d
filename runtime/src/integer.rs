//! Integers of any length.

use std::fmt;
use std::str::FromStr;

/// An integer of any length, kept as its decimal digits: it crosses, and is not calculated with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Integer(String);

/// A text is no integer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an integer")]
pub struct IntegerError(String);

impl FromStr for Integer {
    type Err = IntegerError;

    fn from_str(text: &str) -> Result<Self, IntegerError> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", text),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(IntegerError(text.chars().take(60).collect()));
        }
        match digits.trim_start_matches('0') {
            "" => Ok(Self("0".to_owned())),
            digits => Ok(Self(format!("{sign}{digits}"))),
        }
    }
}

impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<i64> for Integer {
    fn from(value: i64) -> Self {
        Self(value.to_string())
    }
}

impl Integer {
    /// Its value, where it has 64 bits or less.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        self.0.parse().ok()
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
