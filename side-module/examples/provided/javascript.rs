//! What the JavaScript around the main module gives to side modules besides what the main module
//! imports itself: Emscripten's libraries, such as OpenGL and SDL.

use side_module::{Provided, SymbolType, emscripten_signature};
use std::collections::BTreeMap;

const LIST: &str = "wasmImports={";

/// The functions of the list that the dynamic linker takes from, with the types that Emscripten's
/// own tables say (`_name.sig="vi"`), where they say one.
pub(crate) fn functions(script: &str) -> Result<BTreeMap<String, SymbolType>, String> {
    let (_, list) = script
        .split_once(LIST)
        .ok_or("no list of what JavaScript provides")?;
    let (list, _) = list
        .split_once('}')
        .ok_or("the list of what JavaScript provides has no end")?;
    let types = types(script);
    let mut functions = BTreeMap::new();
    for entry in list.split(',') {
        let (name, value) = entry.split_once(':').unwrap_or((entry, entry));
        let name = name.trim_matches('"');
        if !name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_$".contains(&byte))
        {
            return Err(format!("`{entry}` in the list of what JavaScript provides"));
        }
        // A number, or a stand-in that fails when it is called.
        if script.contains(&format!("{value}.stub=true")) || !is_function(script, value) {
            continue;
        }
        let symbol_type = types
            .get(value)
            .and_then(|letters| emscripten_signature(letters))
            .map_or(SymbolType::AnyFunction, SymbolType::Function);
        functions.insert(name.to_owned(), symbol_type);
    }
    Ok(functions)
}

/// The letters of `name.sig="letters"`, by name.
fn types(script: &str) -> BTreeMap<&str, &str> {
    let mut types = BTreeMap::new();
    let mut before = "";
    for piece in script.split(".sig=\"") {
        let name = before
            .rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '$'))
            .map_or(before, |at| &before[at + 1..]);
        if let Some((letters, _)) = piece.split_once('"') {
            types.insert(name, letters);
        }
        before = piece;
    }
    types
}

fn is_function(script: &str, value: &str) -> bool {
    [
        format!("function {value}("),
        format!("{value}=(("),
        format!("{value}=("),
        format!("{value}=async("),
        format!("{value}=function"),
        format!("{value}.sig="),
    ]
    .iter()
    .any(|start| script.contains(start.as_str()))
}

/// Where both say a type, it is the same: else what the script says is not to be trusted.
pub(crate) fn compare(name: &str, said: Option<&Provided>, is: &SymbolType) -> Result<(), String> {
    match said {
        Some(said) if !said.symbol_type.serves(is) => Err(format!(
            "{name}: the script says {}, the module {is}",
            said.symbol_type
        )),
        _ => Ok(()),
    }
}
