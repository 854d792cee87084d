//! Values as JSON text, as the Python side's `_codec.py` has them.
//!
//! What JSON has no form for is an object with one key that begins with `$`: `$bytes` (base64),
//! `$float` (`nan`, `inf`, `-inf`), `$int` (digits beyond 64 bits), `$map` (a list of pairs, for a
//! map with a key that begins with `$`). Both directions are loops: depth costs memory, not stack.

use crate::{Integer, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memchr2;

/// Values nested deeper than this do not cross: it is as deep as Python itself goes by default.
pub const MAX_DEPTH: usize = 1_000;
/// The levels that a message has around a value: they do not count as the value's.
pub(crate) const ENVELOPE: usize = 4;

/// A text or a value does not cross.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// It is nested too deep.
    #[error("values nested deeper than {MAX_DEPTH} cannot cross")]
    Depth,
    /// The text is not what the other side should have written.
    #[error("at byte {at}: {what}")]
    Text {
        /// Where, in bytes.
        at: usize,
        /// What is wrong there.
        what: &'static str,
    },
}

/// The text of a value.
///
/// # Errors
/// [`WireError::Depth`].
pub fn to_text(value: &Value) -> Result<String, WireError> {
    to_text_within(value, MAX_DEPTH)
}

/// The value as JSON for people and other programs: as [`to_text`], but that integers of any length
/// are plain digits, which JSON allows and not every reader keeps.
///
/// # Errors
/// [`WireError::Depth`].
pub fn to_json(value: &Value) -> Result<String, WireError> {
    // `"$int"` as the one key of a map is never a map's own: that would be a `$map`.
    let text = to_text(value)?;
    let mut out = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some((before, quoted)) = next_string(rest) {
        out.push_str(before);
        let behind = &rest[before.len() + quoted.len()..];
        match (quoted, out.ends_with('{'), behind.strip_prefix(":\"")) {
            ("\"$int\"", true, Some(digits)) => {
                let end = digits.find('"').unwrap_or(digits.len());
                out.pop();
                out.push_str(&digits[..end]);
                rest = digits.get(end + 2..).unwrap_or_default();
            }
            _ => {
                out.push_str(quoted);
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// What stands before the next string of a JSON text, and the string with its quotes.
fn next_string(text: &str) -> Option<(&str, &str)> {
    let start = text.find('"')?;
    let mut end = start + 1;
    let bytes = text.as_bytes();
    while *bytes.get(end)? != b'"' {
        end += if bytes[end] == b'\\' { 2 } else { 1 };
    }
    Some((&text[..start], &text[start..=end]))
}

/// The text of a part of a message, with values in it that are as deep as values may be.
pub(crate) fn to_message(value: &Value) -> Result<String, WireError> {
    to_text_within(value, MAX_DEPTH + ENVELOPE)
}

fn to_text_within(value: &Value, max_depth: usize) -> Result<String, WireError> {
    let mut out = String::new();
    // What is still to be written, last first.
    let mut todo = vec![Task::Value(value)];
    let mut depth = 0;
    while let Some(task) = todo.pop() {
        match task {
            Task::Text(text) => out.push_str(text),
            Task::Close(text) => {
                depth -= 1;
                out.push_str(text);
            }
            Task::Key(key, after) => {
                push_text(&mut out, key);
                out.push(after);
            }
            Task::Value(value) => {
                if matches!(value, Value::List(_) | Value::Map(_)) {
                    depth += 1;
                    if depth > max_depth {
                        return Err(WireError::Depth);
                    }
                }
                write(&mut out, &mut todo, value);
            }
        }
    }
    Ok(out)
}

enum Task<'v> {
    Value(&'v Value),
    Key(&'v str, char),
    Text(&'static str),
    Close(&'static str),
}

fn write<'v>(out: &mut String, todo: &mut Vec<Task<'v>>, value: &'v Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Int(integer) => match integer.to_i64() {
            Some(small) => out.push_str(&small.to_string()),
            None => out.push_str(&format!("{{\"$int\":\"{integer}\"}}")),
        },
        Value::Float(number) if number.is_nan() => out.push_str("{\"$float\":\"nan\"}"),
        Value::Float(number) if number.is_infinite() => {
            let sign = if *number < 0.0 { "-" } else { "" };
            out.push_str(&format!("{{\"$float\":\"{sign}inf\"}}"));
        }
        // Always with a point or an exponent, the shortest that reads back as itself.
        Value::Float(number) => out.push_str(&format!("{number:?}")),
        Value::Str(text) => push_text(out, text),
        Value::Bytes(bytes) => {
            out.push_str("{\"$bytes\":\"");
            STANDARD.encode_string(bytes, out);
            out.push_str("\"}");
        }
        Value::List(items) => {
            out.push('[');
            todo.push(Task::Close("]"));
            for (position, item) in items.iter().enumerate().rev() {
                todo.push(Task::Value(item));
                if position > 0 {
                    todo.push(Task::Text(","));
                }
            }
        }
        Value::Map(pairs) => {
            let tagged = pairs.iter().any(|(key, _)| key.starts_with('$'));
            out.push_str(if tagged { "{\"$map\":[" } else { "{" });
            todo.push(Task::Close(if tagged { "]}" } else { "}" }));
            for (position, (key, item)) in pairs.iter().enumerate().rev() {
                if tagged {
                    todo.push(Task::Text("]"));
                }
                todo.push(Task::Value(item));
                todo.push(Task::Key(key, if tagged { ',' } else { ':' }));
                if tagged {
                    todo.push(Task::Text("["));
                }
                if position > 0 {
                    todo.push(Task::Text(","));
                }
            }
        }
    }
}

fn push_text(out: &mut String, text: &str) {
    // A text is always JSON.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// The value of a text.
///
/// # Errors
/// See [`WireError`].
pub fn from_text(text: &str) -> Result<Value, WireError> {
    from_text_within(text, MAX_DEPTH)
}

/// A message, with values in it that are as deep as values may be.
pub(crate) fn from_message(text: &str) -> Result<Value, WireError> {
    from_text_within(text, MAX_DEPTH + ENVELOPE)
}

fn from_text_within(text: &str, max_depth: usize) -> Result<Value, WireError> {
    let mut reader = Reader { text, at: 0 };
    let mut open: Vec<Open> = Vec::new();
    loop {
        let mut value = match reader.token()? {
            Token::OpenList | Token::OpenMap if open.len() >= max_depth => {
                return Err(WireError::Depth);
            }
            Token::OpenList => {
                open.push(Open::List(Vec::new()));
                continue;
            }
            Token::OpenMap => {
                open.push(Open::Map(Vec::new(), None));
                continue;
            }
            Token::Close => {
                let top = open.pop().ok_or(reader.error("nothing is open"))?;
                reader.closed(top)?
            }
            Token::Value(value) => value,
        };
        match open.last_mut() {
            None => {
                return match reader.rest() {
                    true => Ok(value),
                    false => Err(reader.error("something stands behind the value")),
                };
            }
            Some(Open::List(items)) => items.push(value),
            Some(Open::Map(pairs, key)) => match (key.take(), &mut value) {
                (Some(key), _) => pairs.push((key, value)),
                (None, Value::Str(text)) => *key = Some(std::mem::take(text)),
                (None, _) => return Err(reader.error("a key is no text")),
            },
        }
    }
}

enum Open {
    List(Vec<Value>),
    Map(Vec<(String, Value)>, Option<String>),
}

enum Token {
    OpenList,
    OpenMap,
    Close,
    Value(Value),
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    const fn error(&self, what: &'static str) -> WireError {
        WireError::Text { at: self.at, what }
    }

    /// Whether nothing but white space is left.
    fn rest(&self) -> bool {
        self.text[self.at..].trim_ascii().is_empty()
    }

    fn token(&mut self) -> Result<Token, WireError> {
        let bytes = self.text.as_bytes();
        // Who writes here is our own other side: separators need not be checked.
        while let Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b':') = bytes.get(self.at) {
            self.at += 1;
        }
        let first = *bytes
            .get(self.at)
            .ok_or(self.error("the text is cut off"))?;
        let token = match first {
            b'[' => Token::OpenList,
            b'{' => Token::OpenMap,
            b']' | b'}' => Token::Close,
            b'"' => return Ok(Token::Value(Value::Str(self.string()?))),
            _ => return Ok(Token::Value(self.word()?)),
        };
        self.at += 1;
        Ok(token)
    }

    fn string(&mut self) -> Result<String, WireError> {
        let bytes = self.text.as_bytes();
        let (start, mut end, mut escaped) = (self.at + 1, self.at + 1, false);
        loop {
            let rest = bytes.get(end..).unwrap_or_default();
            match memchr2(b'"', b'\\', rest) {
                Some(found) if rest[found] == b'"' => {
                    end += found;
                    break;
                }
                Some(found) => {
                    escaped = true;
                    end += found + 2;
                }
                None => return Err(self.error("a text is cut off")),
            }
        }
        if !escaped && let Some(text) = self.text.get(start..end) {
            self.at = end + 1;
            return Ok(text.to_owned());
        }
        let quoted = self
            .text
            .get(self.at..=end)
            .ok_or(self.error("a text is broken"))?;
        let text = serde_json::from_str(quoted).map_err(|_| self.error("a text is broken"))?;
        self.at = end + 1;
        Ok(text)
    }

    fn word(&mut self) -> Result<Value, WireError> {
        let rest = &self.text[self.at..];
        let end = rest
            .find([',', ']', '}', ' ', '\n', '\r', '\t'])
            .unwrap_or(rest.len());
        let word = &rest[..end];
        let value = match word {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ if word.contains(['.', 'e', 'E']) => {
                Value::Float(word.parse().map_err(|_| self.error("a number is broken"))?)
            }
            _ => Value::Int(word.parse().map_err(|_| self.error("a number is broken"))?),
        };
        self.at += end;
        Ok(value)
    }

    fn closed(&self, open: Open) -> Result<Value, WireError> {
        let mut pairs = match open {
            Open::List(items) => return Ok(Value::List(items)),
            Open::Map(pairs, None) => pairs,
            Open::Map(_, Some(_)) => return Err(self.error("a key has no value")),
        };
        let tagged = matches!(&pairs[..], [(key, _)] if key.starts_with('$'));
        let Some((tag, inner)) = tagged.then(|| pairs.pop()).flatten() else {
            return Ok(Value::Map(pairs));
        };
        let broken = || self.error("a tagged value is broken");
        match (&*tag, inner) {
            ("$bytes", Value::Str(text)) => STANDARD
                .decode(text)
                .map(Value::Bytes)
                .map_err(|_| broken()),
            ("$int", Value::Str(text)) => text
                .parse::<Integer>()
                .map(Value::Int)
                .map_err(|_| broken()),
            ("$float", Value::Str(text)) => match &*text {
                "nan" => Ok(Value::Float(f64::NAN)),
                "inf" => Ok(Value::Float(f64::INFINITY)),
                "-inf" => Ok(Value::Float(f64::NEG_INFINITY)),
                _ => Err(broken()),
            },
            ("$map", Value::List(items)) => items
                .into_iter()
                .map(|item| pair(item).ok_or_else(broken))
                .collect::<Result<_, _>>()
                .map(Value::Map),
            _ => Err(broken()),
        }
    }
}

fn pair(item: Value) -> Option<(String, Value)> {
    let Value::List(mut two) = item else {
        return None;
    };
    match (two.pop(), two.pop(), two.is_empty()) {
        (Some(value), Some(Value::Str(key)), true) => Some((key, value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<Value> {
        let map = |pairs: &[(&str, Value)]| {
            Value::Map(
                pairs
                    .iter()
                    .map(|(key, value)| ((*key).to_owned(), value.clone()))
                    .collect(),
            )
        };
        vec![
            Value::Null,
            true.into(),
            i64::MIN.into(),
            Value::Int("-170141183460469231731687303715884105729".parse().unwrap()),
            1.0.into(),
            (-0.0).into(),
            1e300.into(),
            5e-324.into(),
            f64::NAN.into(),
            f64::NEG_INFINITY.into(),
            "x\u{2028}é\0\"\\\n𝄞".into(),
            Value::Bytes(vec![0, 255, 1]),
            Value::List(vec![]),
            Value::List(vec![Value::List(vec![map(&[])]), 2.into()]),
            map(&[("a", 1.into()), ("b", Value::List(vec!["]".into()]))]),
            map(&[("$bytes", "no".into())]),
            map(&[("$", map(&[("$map", 1.into())])), ("y", 2.into())]),
        ]
    }

    #[test]
    fn values_come_back_unchanged() {
        for value in samples() {
            let text = to_text(&value).unwrap();
            assert!(!text.contains('\n'), "{text}");
            assert_eq!(from_text(&text), Ok(value), "{text}");
        }
        assert_ne!(Value::from(1), Value::from(1.0));
        assert_ne!(Value::from(0.0), Value::from(-0.0));
    }

    #[test]
    fn json_has_plain_digits() {
        let big = || Value::Int("-170141183460469231731687303715884105729".parse().unwrap());
        let map = Value::Map(vec![
            ("$int".into(), "1".into()),
            ("a".into(), Value::List(vec![big(), big()])),
            ("say \"$int\":\"5\"".into(), big()),
        ]);
        let digits = "-170141183460469231731687303715884105729";
        assert_eq!(to_json(&big()).unwrap(), digits);
        assert_eq!(
            to_json(&map).unwrap(),
            format!(
                r#"{{"$map":[["$int","1"],["a",[{digits},{digits}]],["say \"$int\":\"5\"",{digits}]]}}"#
            )
        );
        assert_eq!(from_text(&to_json(&map).unwrap()), Ok(map));
    }

    #[test]
    fn depth_is_bounded_and_no_danger() {
        let mut deep = Value::Null;
        for _ in 0..MAX_DEPTH {
            deep = Value::List(vec![deep]);
        }
        assert_eq!(from_text(&to_text(&deep).unwrap()), Ok(deep.clone()));
        assert_eq!(to_text(&Value::List(vec![deep])), Err(WireError::Depth));
        let text = format!("{}1{}", "[".repeat(1 << 20), "]".repeat(1 << 20));
        assert_eq!(from_text(&text), Err(WireError::Depth));
    }

    #[test]
    fn what_is_broken_is_refused() {
        for text in [
            "",
            "[",
            "]",
            "\"a",
            "\"\\",
            "{\"a\"}",
            "{1:2}",
            "1 2",
            "nul",
            "1.2.3",
            "{\"$int\":\"x\"}",
            "{\"$bytes\":\"*\"}",
            "{\"$map\":[[1,2]]}",
            "{\"$new\":1}",
            "--1",
        ] {
            assert!(from_text(text).is_err(), "{text}");
        }
    }
}
