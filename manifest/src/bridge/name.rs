//! Names, and how each language spells them.
//!
//! A name is written with ASCII letters, digits, `_` and `-`, and begins with a letter. It consists
//! of words. A word ends at `_` and `-`, and before an upper-case letter that follows a lower-case
//! one (`myFn`), or that follows an upper-case one or a digit and is itself followed by a
//! lower-case one (`HTTPServer`, `utf8Decode`). Words are spelled in lower case.
//!
//! | form | made of the words | `getHTTPData` | `vec_2d` |
//! | --- | --- | --- | --- |
//! | Python function, parameter, field | joined by `_` | `get_http_data` | `vec_2d` |
//! | WIT | joined by `-`; what begins with a digit belongs to the word before it | `get-http-data` | `vec2d` |
//! | Python class | each with its first letter in upper case, joined | `GetHttpData` | `Vec2d` |
//!
//! Equal forms in Python or as classes imply equal forms in WIT, so clashes are looked for there.

use std::fmt;
use std::str::FromStr;

/// A name of the bridge, as the manifest writes it. The host knows functions and fields by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    text: String,
    words: Vec<String>,
}

/// Keywords of Python that snake_case can spell. Soft ones (`match`, `type`) are names as well.
const PYTHON_KEYWORDS: [&str; 32] = [
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif",
    "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda",
    "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// What the wrapper module names itself, so that functions and classes of the bridge cannot. The
/// last four are what the methods of frozen dataclasses look up in the module.
pub const WRAPPER_NEEDS: [&str; 34] = [
    "annotations",
    "dataclass",
    "MochiError",
    "call_host",
    "call_host_async",
    "expose",
    "importlib",
    "inspect",
    "Any",
    "Awaitable",
    "Callable",
    "Optional",
    "TypeVar",
    "Union",
    "bool",
    "bytearray",
    "bytes",
    "dict",
    "float",
    "getattr",
    "int",
    "isinstance",
    "len",
    "list",
    "memoryview",
    "str",
    "tuple",
    "AttributeError",
    "Exception",
    "OverflowError",
    "NotImplemented",
    "hash",
    "super",
    "type",
];

/// What annotations say, so that a field cannot: it would hide the type from those after it.
const TYPES_OF_PYTHON: [&str; 7] = ["bool", "bytes", "dict", "float", "int", "list", "str"];

/// Words of WIT, which names of it are told from by a `%`.
const WIT_KEYWORDS: [&str; 44] = [
    "as",
    "async",
    "bool",
    "borrow",
    "char",
    "constructor",
    "enum",
    "error-context",
    "export",
    "f32",
    "f64",
    "flags",
    "from",
    "func",
    "future",
    "import",
    "include",
    "interface",
    "list",
    "map",
    "option",
    "own",
    "package",
    "record",
    "resource",
    "result",
    "s16",
    "s32",
    "s64",
    "s8",
    "static",
    "stream",
    "string",
    "tuple",
    "type",
    "u16",
    "u32",
    "u64",
    "u8",
    "use",
    "variant",
    "with",
    "world",
    "_",
];

/// Types that WIT worlds of ours have besides the records.
const WIT_TYPES: [&str; 2] = ["fault", "integer"];

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shown: String = text.chars().take(60).collect();
        let begins = text.starts_with(|first: char| first.is_ascii_alphabetic());
        let is_of = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if !begins || !text.chars().all(is_of) {
            return Err(format!(
                "\"{shown}\" is no name: ASCII letters, digits, `_` and `-` make one, a letter first"
            ));
        }
        if text.split(['_', '-']).any(str::is_empty) {
            return Err(format!(
                "WIT cannot have the name \"{shown}\": single `_` or `-` stand between words only"
            ));
        }
        Ok(Self {
            text: text.to_owned(),
            words: words(text),
        })
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in text.split(['_', '-']) {
        let chars: Vec<char> = part.chars().collect();
        let mut word = String::new();
        for (at, &c) in chars.iter().enumerate() {
            let before = at.checked_sub(1).map(|before| chars[before]);
            let lower_follows = chars.get(at + 1).is_some_and(char::is_ascii_lowercase);
            let begins = c.is_ascii_uppercase()
                && before.is_some_and(|before| before.is_ascii_lowercase() || lower_follows);
            if begins {
                words.push(std::mem::take(&mut word));
            }
            word.push(c.to_ascii_lowercase());
        }
        words.push(word);
    }
    words
}

impl Name {
    /// As the manifest writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name of a Python function, parameter or field.
    #[must_use]
    pub fn snake(&self) -> String {
        self.words.join("_")
    }

    /// The name in WIT, as others compare it.
    #[must_use]
    pub fn kebab(&self) -> String {
        self.wit_words().join("-")
    }

    /// The name in WIT, as it is written there.
    #[must_use]
    pub fn wit(&self) -> String {
        escaped(&self.kebab())
    }

    /// The name of a Python class.
    #[must_use]
    pub fn class(&self) -> String {
        let capital = |word: &String| {
            let (first, rest) = word.split_at(1);
            first.to_ascii_uppercase() + rest
        };
        self.wit_words().iter().map(capital).collect()
    }

    fn wit_words(&self) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for word in &self.words {
            match words.last_mut() {
                Some(last) if word.starts_with(|c: char| c.is_ascii_digit()) => last.push_str(word),
                _ => words.push(word.clone()),
            }
        }
        words
    }

    /// Why it cannot be a function's.
    pub(super) fn refused_for_function(&self) -> Option<String> {
        let snake = self.snake();
        refused_word(&snake)
            .or_else(|| refused_by_wrapper(&snake))
            .or_else(|| self.refused_by_wit())
    }

    /// Why it cannot be a record's.
    pub(super) fn refused_for_record(&self) -> Option<String> {
        let class = self.class();
        if ["None", "True", "False"].contains(&&*class) {
            return Some(format!("`{class}` is a keyword of Python"));
        }
        if super::kind::WORDS.contains(&self.as_str()) {
            return Some(format!("`{self}` is a type of the table already"));
        }
        refused_by_wrapper(&class).or_else(|| self.refused_by_wit())
    }

    /// Why it cannot be a field's.
    pub(super) fn refused_for_field(&self) -> Option<String> {
        let snake = self.snake();
        let hides = TYPES_OF_PYTHON.contains(&&*snake);
        let hidden = || format!("a field `{snake}` would hide Python's type of that name");
        refused_word(&snake).or_else(|| hides.then(hidden))
    }

    /// Why it cannot be a parameter's.
    pub(super) fn refused_for_param(&self) -> Option<String> {
        let snake = self.snake();
        let why = match &*snake {
            "call_host" | "call_host_async" => Some(needed(&snake)),
            // componentize-py makes methods of exported functions.
            "self" => Some("Python bindings of WIT need the name `self` themselves".to_owned()),
            _ => None,
        };
        refused_word(&snake).or(why)
    }

    fn refused_by_wit(&self) -> Option<String> {
        let kebab = self.kebab();
        let taken = WIT_TYPES.contains(&&*kebab);
        taken.then(|| format!("the WIT world has a type `{kebab}` of its own"))
    }
}

fn refused_word(snake: &str) -> Option<String> {
    let keyword = PYTHON_KEYWORDS.contains(&snake);
    keyword.then(|| format!("`{snake}` is a keyword of Python"))
}

fn refused_by_wrapper(form: &str) -> Option<String> {
    WRAPPER_NEEDS.contains(&form).then(|| needed(form))
}

fn needed(form: &str) -> String {
    format!("the Python wrapper needs the name `{form}` itself")
}

/// A word of WIT with the `%` that makes it a name.
pub(super) fn escaped(kebab: &str) -> String {
    if WIT_KEYWORDS.contains(&kebab) {
        format!("%{kebab}")
    } else {
        kebab.to_owned()
    }
}

/// Whether a text is an identifier that Python takes, in ASCII.
pub(super) fn is_identifier(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let all = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let keyword = PYTHON_KEYWORDS.contains(&text) || ["None", "True", "False"].contains(&text);
    begins && all && !keyword
}

/// Whether a text is a name that every reader of WIT takes, in lower case.
pub(super) fn is_kebab(text: &str) -> bool {
    let is_word = |word: &str| {
        let all = word
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        all && word.starts_with(|c: char| c.is_ascii_lowercase())
    };
    text.split('-').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn forms_of_a_name() {
        for (text, snake, kebab, class) in [
            ("area", "area", "area", "Area"),
            ("my_fn", "my_fn", "my-fn", "MyFn"),
            ("my-fn", "my_fn", "my-fn", "MyFn"),
            ("myFn", "my_fn", "my-fn", "MyFn"),
            ("MyFn", "my_fn", "my-fn", "MyFn"),
            ("MY_FN", "my_fn", "my-fn", "MyFn"),
            (
                "getHTTPData",
                "get_http_data",
                "get-http-data",
                "GetHttpData",
            ),
            ("HTTPServer", "http_server", "http-server", "HttpServer"),
            ("vec_2d", "vec_2d", "vec2d", "Vec2d"),
            ("vec2d", "vec2d", "vec2d", "Vec2d"),
            ("Point3D", "point3d", "point3d", "Point3d"),
            ("Point3DView", "point3d_view", "point3d-view", "Point3dView"),
            ("utf8Decode", "utf8_decode", "utf8-decode", "Utf8Decode"),
            ("sha_256_sum", "sha_256_sum", "sha256-sum", "Sha256Sum"),
            ("a_1_2_b", "a_1_2_b", "a12-b", "A12B"),
            ("x", "x", "x", "X"),
        ] {
            let name = name(text);
            let forms = (name.snake(), name.kebab(), name.class());
            assert_eq!(forms, (snake.into(), kebab.into(), class.into()), "{text}");
            assert!(
                is_kebab(&name.kebab()) && is_identifier(&name.snake()),
                "{text}"
            );
            assert_eq!(name.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_name() {
        for text in [
            "", "2d", "_x", "x_", "a__b", "a-_b", "-a", "a b", "a.b", "é", "aé", "a\n",
        ] {
            assert!(text.parse::<Name>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn words_of_wit_are_escaped() {
        assert_eq!(name("list").wit(), "%list");
        assert_eq!(name("errorContext").wit(), "%error-context");
        assert_eq!(name("lists").wit(), "lists");
    }

    #[test]
    fn what_python_or_the_wrapper_needs_is_refused() {
        assert!(name("class").refused_for_param().is_some());
        assert!(name("Class").refused_for_function().is_some());
        assert!(name("class").refused_for_record().is_none());
        assert!(name("none").refused_for_record().is_some());
        assert!(name("none").refused_for_field().is_none());
        for soft in ["match", "case"] {
            assert!(name(soft).refused_for_function().is_none(), "{soft}");
        }
        assert!(name("type").refused_for_function().is_some());
        assert!(name("type").refused_for_field().is_none());
        assert!(name("callHost").refused_for_function().is_some());
        assert!(name("mochi_error").refused_for_record().is_some());
        assert!(name("bytes").refused_for_field().is_some());
        assert!(name("bytes").refused_for_param().is_none());
        assert!(name("self").refused_for_param().is_some());
        assert!(name("self").refused_for_field().is_none());
        assert!(name("fault").refused_for_record().is_some());
    }
}
