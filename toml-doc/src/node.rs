//! Places in a TOML file.

use crate::error::{Invalid, nearest};
use std::ops::Range;
use toml_edit::{Item, TableLike, Value};

/// A parsed TOML file with its name.
#[derive(Debug)]
pub struct Document {
    file: String,
    parsed: toml_edit::Document<String>,
}

impl Document {
    /// Parses `text`; `file` is the name that errors use.
    ///
    /// # Errors
    /// Text that is not TOML, with the line where it stops being so.
    pub fn parse(file: &str, text: &str) -> Result<Self, Invalid> {
        match toml_edit::Document::parse(text.to_owned()) {
            Ok(parsed) => Ok(Self {
                file: file.to_owned(),
                parsed,
            }),
            Err(error) => Err(Invalid {
                file: file.to_owned(),
                line: line_of(text, error.span().map_or(0, |span| span.start)),
                key: String::new(),
                message: format!("not valid TOML: {}", error.message().replace('\n', " ")),
                hint: None,
            }),
        }
    }

    /// The whole file as a table.
    pub fn root(&self) -> Table<'_> {
        Table {
            document: self,
            key: String::new(),
            span: 0..0,
            table: self.parsed.as_table(),
        }
    }

    fn error(&self, key: &str, span: &Range<usize>, message: String) -> Invalid {
        Invalid {
            file: self.file.clone(),
            line: line_of(self.parsed.raw(), span.start),
            key: key.to_owned(),
            message,
            hint: None,
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text
        .bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
}

/// A table of a file: `[python]`, `{ version = … }` or the file itself.
pub struct Table<'a> {
    document: &'a Document,
    key: String,
    span: Range<usize>,
    table: &'a dyn TableLike,
}

impl<'a> Table<'a> {
    /// The value at `key`, if there is one.
    pub fn get(&self, key: &str) -> Option<Node<'a>> {
        let (found, item) = self.table.get_key_value(key)?;
        if item.is_none() {
            return None;
        }
        let span = item
            .span()
            .or_else(|| found.span())
            .unwrap_or_else(|| self.span.clone());
        Some(Node {
            document: self.document,
            key: self.path(key),
            span,
            item: Place::Item(item),
        })
    }

    /// The value at `key`.
    ///
    /// # Errors
    /// No such key.
    pub fn require(&self, key: &str) -> Result<Node<'a>, Invalid> {
        self.get(key)
            .ok_or_else(|| self.error(format!("`{key}` is missing")))
    }

    /// All values, in the order of the file.
    pub fn entries(&self) -> Vec<(&'a str, Node<'a>)> {
        let keys: Vec<&'a str> = self.table.iter().map(|(key, _)| key).collect();
        keys.into_iter()
            .filter_map(|key| Some((key, self.get(key)?)))
            .collect()
    }

    /// Refuses keys that are not among `known`, naming the nearest one that is.
    ///
    /// # Errors
    /// The first unknown key.
    pub fn only(&self, known: &[&str]) -> Result<(), Invalid> {
        for (key, node) in self.entries() {
            if !known.contains(&key) {
                let error = node.error("unknown key".to_owned());
                return Err(match nearest(key, known.iter().copied()) {
                    Some(near) => error.with_hint(format!("the nearest valid key is `{near}`")),
                    None => error.with_hint(format!("valid keys are {}", known.join(", "))),
                });
            }
        }
        Ok(())
    }

    /// A mistake in this table.
    pub fn error(&self, message: impl Into<String>) -> Invalid {
        self.document.error(&self.key, &self.span, message.into())
    }

    fn path(&self, key: &str) -> String {
        if self.key.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.key)
        }
    }
}

#[derive(Clone, Copy)]
enum Place<'a> {
    Item(&'a Item),
    Value(&'a Value),
    Table(&'a toml_edit::Table),
}

/// A value of a file, with its key and line.
pub struct Node<'a> {
    document: &'a Document,
    key: String,
    span: Range<usize>,
    item: Place<'a>,
}

impl<'a> Node<'a> {
    /// The dotted path of the key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The line, counted from 1.
    pub fn line(&self) -> usize {
        line_of(self.document.parsed.raw(), self.span.start)
    }

    /// A mistake in this value.
    pub fn error(&self, message: impl Into<String>) -> Invalid {
        self.document.error(&self.key, &self.span, message.into())
    }

    fn value(&self) -> Option<&'a Value> {
        match self.item {
            Place::Item(item) => item.as_value(),
            Place::Value(value) => Some(value),
            Place::Table(_) => None,
        }
    }

    /// This value as text.
    ///
    /// # Errors
    /// It is something else.
    pub fn str(&self) -> Result<&'a str, Invalid> {
        self.value()
            .and_then(Value::as_str)
            .ok_or_else(|| self.expected("a string"))
    }

    /// This value as a whole number.
    ///
    /// # Errors
    /// It is something else.
    pub fn integer(&self) -> Result<i64, Invalid> {
        self.value()
            .and_then(Value::as_integer)
            .ok_or_else(|| self.expected("a whole number"))
    }

    /// This value as a truth value.
    ///
    /// # Errors
    /// It is something else.
    pub fn bool(&self) -> Result<bool, Invalid> {
        self.value()
            .and_then(Value::as_bool)
            .ok_or_else(|| self.expected("true or false"))
    }

    /// This value parsed by its type's `FromStr`.
    ///
    /// # Errors
    /// It is not text, or not what the type takes.
    pub fn parse<T>(&self) -> Result<T, Invalid>
    where
        T: std::str::FromStr,
        T::Err: std::fmt::Display,
    {
        self.str()?
            .parse()
            .map_err(|error: T::Err| self.error(error.to_string()))
    }

    /// This value as one of `known` words.
    ///
    /// # Errors
    /// It is another word; the nearest known one is named.
    pub fn one_of<T: Copy>(&self, known: &[(&'static str, T)]) -> Result<T, Invalid> {
        let word = self.str()?;
        if let Some((_, value)) = known.iter().find(|(name, _)| *name == word) {
            return Ok(*value);
        }
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let hint = match nearest(word, names.iter().copied()) {
            Some(near) => format!("the nearest valid value is \"{near}\""),
            None => format!("valid values are {}", names.join(", ")),
        };
        Err(self
            .error(format!("unknown value \"{word}\""))
            .with_hint(hint))
    }

    /// The elements of an array, or of an array of tables.
    ///
    /// # Errors
    /// It is something else.
    pub fn elements(&self) -> Result<Vec<Node<'a>>, Invalid> {
        let node = |index: usize, span: Option<Range<usize>>, item| Node {
            document: self.document,
            key: format!("{}[{index}]", self.key),
            span: span.unwrap_or_else(|| self.span.clone()),
            item,
        };
        if let Some(array) = self.value().and_then(Value::as_array) {
            let nodes = array.iter().enumerate();
            return Ok(nodes
                .map(|(i, v)| node(i, v.span(), Place::Value(v)))
                .collect());
        }
        if let Place::Item(Item::ArrayOfTables(tables)) = self.item {
            let nodes = tables.iter().enumerate();
            return Ok(nodes
                .map(|(i, t)| node(i, t.span(), Place::Table(t)))
                .collect());
        }
        Err(self.expected("an array"))
    }

    /// The elements of an array of strings.
    ///
    /// # Errors
    /// It is something else.
    pub fn strings(&self) -> Result<Vec<&'a str>, Invalid> {
        self.elements()?.iter().map(Node::str).collect()
    }

    /// Whether this is an array or an array of tables.
    pub fn is_array(&self) -> bool {
        matches!(self.item, Place::Item(Item::ArrayOfTables(_)))
            || self.value().is_some_and(Value::is_array)
    }

    /// Whether this is text.
    pub fn is_str(&self) -> bool {
        self.value().is_some_and(Value::is_str)
    }

    /// This value as a table, written with a header or inline.
    ///
    /// # Errors
    /// It is something else.
    pub fn table(&self) -> Result<Table<'a>, Invalid> {
        let table: Option<&'a dyn TableLike> = match self.item {
            Place::Item(item) => item.as_table_like(),
            Place::Value(value) => value.as_inline_table().map(|table| table as &dyn TableLike),
            Place::Table(table) => Some(table),
        };
        match table {
            Some(table) => Ok(Table {
                document: self.document,
                key: self.key.clone(),
                span: self.span.clone(),
                table,
            }),
            None => Err(self.expected("a table")),
        }
    }

    fn expected(&self, what: &str) -> Invalid {
        let found = match (self.item, self.value()) {
            (_, Some(value)) => value.type_name(),
            (Place::Item(item), None) => item.type_name(),
            _ => "table",
        };
        self.error(format!("must be {what}, found {found}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a = 1\n[t]\nwords = [\"x\", 2]\n[[list]]\nk = \"v\"\n";

    #[test]
    fn errors_name_line_and_key() {
        let document = Document::parse("f.toml", TEXT).unwrap();
        let root = document.root();
        let words = root
            .require("t")
            .unwrap()
            .table()
            .unwrap()
            .require("words")
            .unwrap();
        let error = words.strings().unwrap_err();
        assert_eq!(
            error.to_string(),
            "f.toml:3: `t.words[1]`: must be a string, found integer"
        );
        let list = root.require("list").unwrap().elements().unwrap();
        let error = list[0].table().unwrap().require("z").err().unwrap();
        assert_eq!(error.to_string(), "f.toml:4: `list[0]`: `z` is missing");
        assert_eq!(root.require("a").unwrap().integer().unwrap(), 1);
    }

    #[test]
    fn unknown_keys_are_refused_with_the_nearest() {
        let document = Document::parse("f.toml", "[python]\ntarget = []\n").unwrap();
        let python = document.root().require("python").unwrap().table().unwrap();
        let error = python.only(&["targets", "indexes"]).unwrap_err();
        assert_eq!(error.line, 2);
        assert_eq!(
            error.hint.as_deref(),
            Some("the nearest valid key is `targets`")
        );
    }

    #[test]
    fn broken_text_names_its_line() {
        let error = Document::parse("f.toml", "a = 1\nb = = 2\n").unwrap_err();
        assert_eq!((error.line, error.key.as_str()), (2, ""));
    }
}
