//! The WIT world.
//!
//! WIT has no integers of any length and no errors of its own: the interface `types` has `integer`
//! (where the bridge uses `int`) and `fault`, beside the records.

use crate::MADE;
use crate::layout::escaped;
use manifest::Bridge;
use manifest::bridge::{Field, Record, Signature, Type};
use std::fmt::Write;

const INTEGER: &str =
    "  /// An integer of any length: as 64 bits where they hold it, else as its decimal digits.
  variant integer {
    small(s64),
    big(string),
  }

";

const FAULT: &str = "  /// Why a call has no result: the kind of the error, what it says, and what it gives with it.
  record fault {
    kind: string,
    message: string,
    payload: option<list<u8>>,
  }
";

pub(crate) fn render(bridge: &Bridge) -> String {
    let mut text = format!("// {MADE}\n\npackage {};\n\n", bridge.wit_package);
    text += "/// What crosses the bridge.\ninterface types {\n";
    if bridge.kinds().any(|kind| *kind == Type::Int) {
        text += INTEGER;
    }
    text += FAULT;
    text.extend(bridge.records.iter().map(record));
    text += "}\n\n";
    let host: Vec<&Signature> = bridge
        .host
        .iter()
        .map(|function| &function.signature)
        .collect();
    let python = bridge.python.iter().map(|function| &function.signature);
    let python: Vec<&Signature> = python.collect();
    text += &interface("host", "Functions of the host.", bridge, &host);
    text += &interface("python", "Functions of Python.", bridge, &python);
    text += "world bridge {\n";
    if !host.is_empty() {
        text += "  import host;\n";
    }
    if !python.is_empty() {
        text += "  export python;\n";
    }
    text + "}\n"
}

fn record(record: &Record) -> String {
    let mut text = format!("\n  record {} {{\n", record.name.wit());
    for field in &record.fields {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "    {},", typed(field));
    }
    text + "  }\n"
}

/// An interface; nothing where there are no functions.
fn interface(name: &str, what: &str, bridge: &Bridge, functions: &[&Signature]) -> String {
    if functions.is_empty() {
        return String::new();
    }
    let params = functions.iter().flat_map(|function| &function.params);
    let params = params.map(|param| &param.kind);
    let results = functions
        .iter()
        .filter_map(|function| function.result.as_ref());
    let kinds: Vec<&Type> = params.chain(results).collect();
    let mut types = vec!["fault".to_owned()];
    if kinds
        .iter()
        .any(|kind| kind.with_inner().any(|kind| *kind == Type::Int))
    {
        types.push("integer".to_owned());
    }
    let records = bridge.records.iter().map(|record| &record.name);
    let used = records.filter(|name| kinds.iter().any(|kind| kind.record() == Some(name)));
    types.extend(used.map(|name| name.wit()));
    let functions: String = functions
        .iter()
        .map(|signature| function(signature))
        .collect();
    format!(
        "/// {what}\ninterface {name} {{\n  use types.{{{}}};\n{functions}}}\n\n",
        types.join(", ")
    )
}

fn function(function: &Signature) -> String {
    let mut text = String::from("\n");
    for line in &function.doc {
        // componentize-py makes docstrings of it as it stands.
        let line = escaped(line);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", format!("  /// {line}").trim_end());
    }
    let params: Vec<String> = function.params.iter().map(typed).collect();
    let result = function.result.as_ref().map_or("_".to_owned(), of_wit);
    let name = function.name.wit();
    text + &format!(
        "  {name}: func({}) -> result<{result}, fault>;\n",
        params.join(", ")
    )
}

fn typed(field: &Field) -> String {
    format!("{}: {}", field.name.wit(), of_wit(&field.kind))
}

fn of_wit(kind: &Type) -> String {
    match kind {
        Type::Bool => "bool".to_owned(),
        Type::Int => "integer".to_owned(),
        Type::Float => "f64".to_owned(),
        Type::String => "string".to_owned(),
        Type::Bytes => "list<u8>".to_owned(),
        Type::List(inner) => format!("list<{}>", of_wit(inner)),
        Type::Map(inner) => format!("list<tuple<string, {}>>", of_wit(inner)),
        Type::Optional(inner) => format!("option<{}>", of_wit(inner)),
        Type::Record(name) => name.wit(),
    }
}
