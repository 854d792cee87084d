//! What the module and its stub share.

use crate::layout::Code;
use manifest::Bridge;
use manifest::bridge::{Field, HostFunction, PythonFunction, Record, Type};
use std::collections::BTreeMap;

/// Whose values a function takes and gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Python's: records are dataclasses.
    Python,
    /// The host's: records are maps.
    Host,
}

/// A type as an annotation.
pub(crate) fn annotation(kind: &Type, side: Side) -> String {
    let of = |inner| annotation(inner, side);
    match kind {
        Type::Bool => "bool".to_owned(),
        Type::Int => "int".to_owned(),
        Type::Float => "float".to_owned(),
        Type::String => "str".to_owned(),
        Type::Bytes => "bytes".to_owned(),
        Type::List(inner) => format!("list[{}]", of(inner)),
        Type::Map(inner) => format!("dict[str, {}]", of(inner)),
        Type::Optional(inner) => format!("Optional[{}]", of(inner)),
        Type::Record(name) if side == Side::Python => name.class(),
        Type::Record(_) => "dict[str, Any]".to_owned(),
    }
}

/// Fields or parameters with their annotations. What may be left out at the end has a default.
fn annotated(fields: &[Field], side: Side) -> Vec<String> {
    let last_due = fields.iter().rposition(|field| !field.kind.is_optional());
    let one = |(at, field): (usize, &Field)| {
        let default = if last_due.is_none_or(|last| at > last) {
            " = None"
        } else {
            ""
        };
        let kind = annotation(&field.kind, side);
        format!("{}: {kind}{default}", field.name.snake())
    };
    fields.iter().enumerate().map(one).collect()
}

/// The records, each after those that it holds, else in their order. A checker of types takes a
/// class that is yet to come for the builtin of its name, if there is one (`Warning`).
pub(crate) fn inner_first(bridge: &Bridge) -> Vec<&Record> {
    let all = &bridge.records;
    let names = all.iter().enumerate();
    let index: BTreeMap<&str, usize> = names.map(|(at, one)| (one.name.as_str(), at)).collect();
    let held = |at: usize| {
        let kinds = all[at].fields.iter().rev().map(|field| &field.kind);
        let found = kinds.filter_map(|kind| index.get(kind.record()?.as_str()));
        found.copied().collect::<Vec<_>>()
    };
    let mut placed = vec![false; all.len()];
    let mut order = Vec::new();
    for start in 0..all.len() {
        // Each record on the way, with those it holds that are still to be placed.
        let mut way = vec![(start, held(start))];
        while let Some((at, rest)) = way.last_mut() {
            match rest.pop() {
                Some(next) if placed[next] => {}
                Some(next) => way.push((next, held(next))),
                None => {
                    if !std::mem::replace(&mut placed[*at], true) {
                        order.push(&all[*at]);
                    }
                    way.pop();
                }
            }
        }
    }
    order
}

/// The class of a record, up to its docstring, and its fields.
pub(crate) fn class(record: &Record) -> (String, String) {
    let head = format!("@dataclass(frozen=True)\nclass {}:\n", record.name.class());
    let fields = annotated(&record.fields, Side::Python).into_iter();
    (head, fields.map(|field| format!("    {field}\n")).collect())
}

/// The head of a host function in Python, without the colon.
pub(crate) fn of_host(function: &HostFunction) -> Code {
    let signature = &function.signature;
    let result = signature.result.as_ref();
    let result = result.map_or("None".to_owned(), |kind| annotation(kind, Side::Python));
    let word = if function.is_async {
        "async def"
    } else {
        "def"
    };
    head(
        word,
        &signature.name.snake(),
        &signature.params,
        Side::Python,
        &result,
    )
}

/// The head of an adaptor, without the colon. The function behind it may be asynchronous.
pub(crate) fn of_python(function: &PythonFunction) -> Code {
    let signature = &function.signature;
    let result = signature.result.as_ref();
    let result = match result.map(|kind| annotation(kind, Side::Host)) {
        None => "Optional[Awaitable[None]]".to_owned(),
        Some(kind) => format!("Union[{kind}, Awaitable[{kind}]]"),
    };
    head(
        "def",
        &signature.name.snake(),
        &signature.params,
        Side::Host,
        &result,
    )
}

fn head(word: &str, name: &str, params: &[Field], side: Side, result: &str) -> Code {
    let items = annotated(params, side)
        .into_iter()
        .map(Code::from)
        .collect();
    Code::Group {
        open: format!("{word} {name}("),
        items,
        close: format!(") -> {result}"),
    }
}

/// `__all__`: the records, then the functions.
pub(crate) fn all(bridge: &Bridge) -> String {
    let records = bridge.records.iter().map(|record| record.name.class());
    let functions = bridge.signatures().map(|function| function.name.snake());
    let names = records
        .chain(functions)
        .map(|name| Code::from(format!("\"{name}\"")));
    let list = Code::Group {
        open: "__all__ = [".to_owned(),
        items: names.collect(),
        close: "]".to_owned(),
    };
    list.lines(0, "")
}

/// The names that a text uses of those that could be imported, with what shows it.
pub(crate) fn used(text: &str, could: &[(&'static str, &str)]) -> Vec<&'static str> {
    let used = could.iter().filter(|(_, shows)| text.contains(shows));
    used.map(|(name, _)| *name).collect()
}

/// What could be imported of `typing`.
pub(crate) const TYPING: [(&str, &str); 6] = [
    ("Any", "Any"),
    ("Awaitable", "Awaitable["),
    ("Callable", "Callable["),
    ("Optional", "Optional["),
    ("TypeVar", "TypeVar("),
    ("Union", "Union["),
];

/// A line that imports names, if there are any.
pub(crate) fn import(module: &str, names: &[&str]) -> String {
    match names {
        [] => String::new(),
        names => format!("from {module} import {}\n", names.join(", ")),
    }
}

/// The line that imports what records are made by.
pub(crate) fn import_dataclass(bridge: &Bridge) -> String {
    match bridge.records.is_empty() {
        true => String::new(),
        false => import("dataclasses", &["dataclass"]),
    }
}
