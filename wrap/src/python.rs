//! The wrapper module.

use crate::MADE;
use crate::layout::{Code, docstring};
use crate::signature::{self, TYPING, import, used};
use manifest::Bridge;
use manifest::bridge::{Field, HostFunction, PythonFunction, Record, Signature, Type};

/// What the wrapper has at hand, one definition after two empty lines each.
const HELPERS: &str = include_str!("helpers.py");

/// What could be imported of the bridge's Python side.
const RUNTIME: [(&str, &str); 4] = [
    ("MochiError", "MochiError("),
    ("call_host", "call_host("),
    ("call_host_async", "call_host_async("),
    ("expose", "expose"),
];

/// Which way a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// To the host: records become maps.
    Send,
    /// From the host: maps become records.
    Take,
}

pub(crate) fn render(bridge: &Bridge) -> String {
    // What is needed is told from code alone: a docstring may hold any word.
    let functions = functions(bridge, false).concat();
    let conversions = conversions(bridge);
    let conversions: Vec<&str> = reached(&functions, &conversions).collect();
    let classes = signature::inner_first(bridge).into_iter();
    let classes: Vec<String> = classes.map(record).collect();
    let code = conversions.concat() + &functions;
    let helpers = helpers();
    let helpers: Vec<&str> = reached(&code, &helpers).collect();
    let code = classes.concat() + &helpers.concat() + &code;
    let functions = self::functions(bridge, true);
    let classes = classes.iter().map(String::as_str);
    let functions = functions.iter().map(String::as_str);
    let definitions = classes.chain(helpers).chain(conversions).chain(functions);
    let body = definitions.map(|text| format!("\n\n{text}"));
    format!(
        "\"\"\"{MADE}\"\"\"\n\nfrom __future__ import annotations\n\n{}\n{}{}",
        imports(bridge, &code),
        signature::all(bridge),
        body.collect::<String>()
    )
}

fn imports(bridge: &Bridge, code: &str) -> String {
    let modules = [("importlib", "importlib."), ("inspect", "inspect.")];
    let modules = used(code, &modules).into_iter();
    let modules: String = modules.map(|name| format!("import {name}\n")).collect();
    let dataclass = signature::import_dataclass(bridge);
    let typing = import("typing", &used(code, &TYPING));
    let runtime = import("mochi_runtime", &used(code, &RUNTIME));
    format!("{modules}{dataclass}{typing}\n{runtime}")
}

fn functions(bridge: &Bridge, docs: bool) -> Vec<String> {
    let host = bridge.host.iter().map(|function| of_host(function, docs));
    let python = bridge
        .python
        .iter()
        .map(|function| of_python(function, docs));
    host.chain(python).collect()
}

/// The definitions that some code uses, and those that these use, in their order. Each is a name
/// and its text.
fn reached<'a>(code: &str, all: &'a [(String, String)]) -> impl Iterator<Item = &'a str> {
    let mut used = vec![false; all.len()];
    let mut waiting = vec![code];
    while let Some(text) = waiting.pop() {
        for ((name, definition), used) in all.iter().zip(&mut used) {
            if !*used && has_word(text, name) {
                *used = true;
                waiting.push(definition);
            }
        }
    }
    let kept = all.iter().zip(used).filter(|(_, used)| *used);
    kept.map(|((_, text), _)| text.as_str())
}

fn helpers() -> Vec<(String, String)> {
    let all = HELPERS.trim_end().split("\n\n\n");
    all.map(|text| (defined(text).to_owned(), format!("{text}\n")))
        .collect()
}

/// The name that a helper defines.
fn defined(helper: &str) -> &str {
    let words = helper.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let mut words = words.filter(|word| !["async", "def", "class"].contains(word));
    words.next().unwrap_or_default()
}

fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part)
    })
}

fn record(record: &Record) -> String {
    let (head, fields) = signature::class(record);
    let doc = docstring(&[format!("The record `{}`.", record.name)], 4);
    format!("{head}{doc}\n{fields}")
}

/// The conversions of all records, both ways.
fn conversions(bridge: &Bridge) -> Vec<(String, String)> {
    let both = |record: &Record| {
        let snake = record.name.snake();
        [
            (conversion(&snake, Way::Send), sent(record)),
            (conversion(&snake, Way::Take), taken(record)),
        ]
    };
    bridge.records.iter().flat_map(both).collect()
}

fn conversion(snake: &str, way: Way) -> String {
    match way {
        Way::Send => format!("_send_{snake}"),
        Way::Take => format!("_take_{snake}"),
    }
}

/// The function that checks a value of a type and turns it into the other side's.
fn check(kind: &Type, way: Way) -> String {
    match kind {
        Type::Bool => "_bool".to_owned(),
        Type::Int => "_int".to_owned(),
        Type::Float => "_float".to_owned(),
        Type::String => "_string".to_owned(),
        Type::Bytes => "_bytes".to_owned(),
        Type::List(inner) => format!("_list({})", check(inner, way)),
        Type::Map(inner) => format!("_map({})", check(inner, way)),
        Type::Optional(inner) => format!("_optional({})", check(inner, way)),
        Type::Record(name) => conversion(&name.snake(), way),
    }
}

fn check_result(kind: Option<&Type>, way: Way) -> String {
    kind.map_or("_nothing".to_owned(), |kind| check(kind, way))
}

fn text(text: &str) -> Code {
    Code::from(format!("\"{text}\""))
}

/// A record as a map.
fn sent(record: &Record) -> String {
    let name = &record.name;
    let field = |field: &Field| {
        let (key, attribute) = (field.name.as_str(), field.name.snake());
        let items = vec![
            text(&format!(".{attribute}")),
            check(&field.kind, Way::Send).into(),
            format!("value.{attribute}").into(),
        ];
        Code::call("_field", items).after(&format!("\"{key}\": "))
    };
    let map = Code::Group {
        open: "return {".to_owned(),
        items: record.fields.iter().map(field).collect(),
        close: "}".to_owned(),
    };
    format!(
        "def {}(value: Any) -> dict[str, Any]:\n    if not isinstance(value, {}):\n        \
         raise _wrong(\"{name}\", value)\n{}",
        conversion(&name.snake(), Way::Send),
        name.class(),
        map.lines(4, "")
    )
}

/// A map as a record.
fn taken(record: &Record) -> String {
    let (name, class) = (&record.name, record.name.class());
    let types = record.fields.iter();
    let types = types.map(|field| format!("\"{}\": \"{}\"", field.name, field.kind).into());
    let types = Code::Group {
        open: "{".to_owned(),
        items: types.collect(),
        close: "}".to_owned(),
    };
    let items = vec![text(name.as_str()), "value".to_owned().into(), types];
    let fields = Code::call("_fields", items).after("fields = ");
    let field = |field: &Field| {
        let (key, attribute) = (field.name.as_str(), field.name.snake());
        let value = if field.kind.is_optional() {
            format!("fields.get(\"{key}\")")
        } else {
            format!("fields[\"{key}\"]")
        };
        let check = check(&field.kind, Way::Take).into();
        let items = vec![text(&format!(".{key}")), check, value.into()];
        Code::call("_field", items).after(&format!("{attribute}="))
    };
    let made = Code::call(&class, record.fields.iter().map(field).collect()).after("return ");
    format!(
        "def {}(value: Any) -> {class}:\n{}{}",
        conversion(&name.snake(), Way::Take),
        fields.lines(4, ""),
        made.lines(4, "")
    )
}

/// The parameters as the other side has them.
fn arguments(function: &Signature, way: Way) -> impl Iterator<Item = Code> {
    function.params.iter().map(move |param| {
        let snake = param.name.snake();
        let items = vec![
            text(function.name.as_str()),
            text(&snake),
            check(&param.kind, way).into(),
            snake.into(),
        ];
        Code::call("_checked", items)
    })
}

fn of_host(function: &HostFunction, docs: bool) -> String {
    let signature = &function.signature;
    let name = signature.name.as_str();
    let (call, wait) = if function.is_async {
        ("call_host_async", "await ")
    } else {
        ("call_host", "")
    };
    let mut items = vec![text(name)];
    items.extend(arguments(signature, Way::Send));
    let result = signature.result.as_ref();
    let items = vec![
        text(name),
        text("result"),
        check_result(result, Way::Take).into(),
        Code::call(call, items).after(wait),
    ];
    let checked = Code::call("_checked", items);
    // A function that gives nothing has nothing to return.
    let checked = if result.is_some() {
        checked.after("return ")
    } else {
        checked
    };
    let doc = match &*signature.doc {
        lines if docs && !lines.is_empty() => docstring(lines, 4),
        _ => String::new(),
    };
    let head = signature::of_host(function).lines(0, ":");
    format!("{head}{doc}{}", checked.lines(4, ""))
}

fn of_python(function: &PythonFunction, docs: bool) -> String {
    let signature = &function.signature;
    let (name, snake) = (signature.name.as_str(), signature.name.snake());
    let find = Code::call(
        "_function",
        vec![text(&function.module), text(&function.attribute)],
    );
    let called = Code::call(&find.flat(), arguments(signature, Way::Take).collect());
    let check = check_result(signature.result.as_ref(), Way::Send);
    let answer = Code::call("_answered", vec![text(name), check.into(), called]).after("return ");
    let exposed = if name == snake {
        "@expose\n".to_owned()
    } else {
        format!("@_exposed(\"{name}\")\n")
    };
    let mut lines = signature.doc.clone();
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.push(format!(
        "Calls {}:{} for the host.",
        function.module, function.attribute
    ));
    let doc = if docs {
        docstring(&lines, 4)
    } else {
        String::new()
    };
    let head = signature::of_python(function).lines(0, ":");
    format!("{exposed}{head}{doc}{}", answer.lines(4, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_helper_has_a_name_of_its_own() {
        let mut names: Vec<String> = helpers().into_iter().map(|(name, _)| name).collect();
        assert!(names.len() > 15 && names.iter().all(|name| name.starts_with('_')));
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn helpers_bring_what_they_use() {
        let all = helpers();
        let names = |code| reached(code, &all).map(defined).collect::<Vec<_>>();
        assert_eq!(names("_int(value)"), ["_Wrong", "_wrong", "_int"]);
        assert_eq!(names("my_int(an_int)"), [""; 0]);
    }
}
