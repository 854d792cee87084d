//! Where each import of a side module comes from, as Emscripten's dynamic linker finds it.
//!
//! Its table is one for `env` and `wasi_snapshot_preview1`: first what JavaScript provides, then
//! what the main module exports. A function that is not in it becomes a stand-in, which looks again
//! when it is called, among the module's own exports too. An address (`GOT.mem`, `GOT.func`) has to
//! be there when the module has been loaded.

use crate::symbol_type::emscripten_signature;
use crate::{Import, Module, Platform, Source, SymbolType, signature_text};
use std::collections::BTreeSet;

/// The platform whose exceptions are JavaScript's, and whose loader makes what they need.
const UNWINDS_IN_JAVASCRIPT: &str = "2024_0";
const ADDRESS: &str = "mut i32";

/// What a side module brings itself.
pub(crate) struct Own<'a> {
    pub(crate) module: &'a Module,
    /// The libraries that come with it.
    pub(crate) libraries: &'a [Module],
    /// What may be absent.
    pub(crate) weak: &'a BTreeSet<String>,
}

/// What an import finds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Found {
    /// What it asks for.
    Served,
    /// Nothing, which it is ready for.
    Absent,
    /// Nothing.
    Missing,
    /// Something else.
    Other {
        provided: SymbolType,
        /// JavaScript takes whatever it is given: no engine refuses it.
        javascript: bool,
    },
    /// Not even a namespace.
    NoNamespace,
}

impl Own<'_> {
    /// What an import finds in a release, given by its place in the platform.
    pub(crate) fn find(&self, import: &Import, platform: &Platform, release: usize) -> Found {
        match import.module.as_str() {
            "env" | "wasi_snapshot_preview1" => self.symbol(import, platform, release),
            "GOT.mem" => self.address(import, false, platform, release),
            "GOT.func" => self.address(import, true, platform, release),
            _ => Found::NoNamespace,
        }
    }

    fn symbol(&self, import: &Import, platform: &Platform, release: usize) -> Found {
        let Import {
            name, symbol_type, ..
        } = import;
        if matches!(name.as_str(), "__memory_base" | "__table_base") {
            return compare(&SymbolType::Global("i32".to_owned()), symbol_type, false);
        }
        let provided = platform.get(name, release);
        if let Some(provided) = provided.filter(|provided| provided.source != Source::Address) {
            let javascript = provided.source != Source::Exported;
            return compare(&provided.symbol_type, symbol_type, javascript);
        }
        // A stand-in is a function: whatever else is asked for has to be there.
        if !symbol_type.is_function() {
            return Found::Missing;
        }
        if let Some(own) = self.export(name) {
            return compare(own, symbol_type, true);
        }
        if platform.name == UNWINDS_IN_JAVASCRIPT
            && let Some(made) = unwinding(name)
        {
            return compare(&made, symbol_type, true);
        }
        self.missing(name)
    }

    /// An export of the module itself or of a library that comes with it.
    fn export(&self, name: &str) -> Option<&SymbolType> {
        let script = format!("__em_js__{name}");
        if self.module.exports.contains_key(&script) {
            return Some(&SymbolType::AnyFunction);
        }
        std::iter::once(self.module)
            .chain(self.libraries)
            .find_map(|module| module.exports.get(name))
    }

    fn address(
        &self,
        import: &Import,
        of_function: bool,
        platform: &Platform,
        release: usize,
    ) -> Found {
        let entry = SymbolType::Global(ADDRESS.to_owned());
        if import.symbol_type != entry {
            return compare(&entry, &import.symbol_type, false);
        }
        let provided = platform.get(&import.name, release);
        let provided = provided.map(|provided| &provided.symbol_type);
        match provided.or_else(|| self.export(&import.name)) {
            Some(provided) if provided.is_function() == of_function => Found::Served,
            Some(provided) => Found::Other {
                provided: provided.clone(),
                javascript: true,
            },
            None => self.missing(&import.name),
        }
    }

    fn missing(&self, name: &str) -> Found {
        if self.weak.contains(name) {
            Found::Absent
        } else {
            Found::Missing
        }
    }
}

fn compare(provided: &SymbolType, wanted: &SymbolType, javascript: bool) -> Found {
    if provided.serves(wanted) {
        return Found::Served;
    }
    Found::Other {
        provided: provided.clone(),
        javascript: javascript && provided.is_function() && wanted.is_function(),
    }
}

/// What the loader makes where exceptions are JavaScript's: calls that catch, by the signature in
/// their names, and searches for a handler among so many types.
fn unwinding(name: &str) -> Option<SymbolType> {
    if let Some(letters) = name.strip_prefix("invoke_") {
        let (result, parameters) = letters.split_at_checked(1)?;
        return emscripten_signature(&format!("{result}i{parameters}")).map(SymbolType::Function);
    }
    let types: usize = name
        .strip_prefix("__cxa_find_matching_catch_")?
        .parse()
        .ok()?;
    // Counted with two that are not given. No more than that are ever written down.
    let given = types.checked_sub(2).filter(|given| *given < 1000)?;
    let signature = signature_text(&vec!["i32"; given], &["i32"]);
    Some(SymbolType::Function(signature))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(module: &str, name: &str, symbol_type: &str) -> Import {
        Import {
            module: module.to_owned(),
            name: name.to_owned(),
            symbol_type: symbol_type.parse().unwrap(),
        }
    }

    fn other(provided: &str, javascript: bool) -> Found {
        Found::Other {
            provided: provided.parse().unwrap(),
            javascript,
        }
    }

    #[test]
    fn where_imports_come_from() {
        let mut module = Module::default();
        for (name, symbol_type) in [
            ("mine", "function () -> ()"),
            ("datum", "global i32"),
            ("__em_js__script", "global i32"),
        ] {
            let symbol_type = symbol_type.parse().unwrap();
            module.exports.insert(name.to_owned(), symbol_type);
        }
        let mut library = Module::default();
        let function = "function () -> i32".parse().unwrap();
        library.exports.insert("theirs".to_owned(), function);
        let weak = BTreeSet::from(["perhaps".to_owned()]);
        let own = Own {
            module: &module,
            libraries: &[library],
            weak: &weak,
        };
        let (none, served) = (Found::Missing, Found::Served);
        for (namespace, name, symbol_type, old, new) in [
            (
                "env",
                "PyErr_Clear",
                "function () -> ()",
                served.clone(),
                served.clone(),
            ),
            (
                "env",
                "PyErr_Clear",
                "function () -> i32",
                other("function () -> ()", false),
                other("function () -> ()", false),
            ),
            (
                "env",
                "PyErr_Clear",
                "global i32",
                other("function () -> ()", false),
                other("function () -> ()", false),
            ),
            (
                "env",
                "nobody",
                "function () -> ()",
                none.clone(),
                none.clone(),
            ),
            (
                "env",
                "perhaps",
                "function () -> ()",
                Found::Absent,
                Found::Absent,
            ),
            ("env", "perhaps", "global i32", none.clone(), none.clone()),
            (
                "env",
                "mine",
                "function () -> ()",
                served.clone(),
                served.clone(),
            ),
            (
                "env",
                "mine",
                "function () -> f32",
                other("function () -> ()", true),
                other("function () -> ()", true),
            ),
            ("env", "datum", "global i32", none.clone(), none.clone()),
            (
                "env",
                "script",
                "function (f32) -> f64",
                served.clone(),
                served.clone(),
            ),
            (
                "env",
                "theirs",
                "function () -> i32",
                served.clone(),
                served.clone(),
            ),
            (
                "env",
                "memory",
                "memory 1..",
                served.clone(),
                served.clone(),
            ),
            (
                "env",
                "__indirect_function_table",
                "table funcref 0..",
                served.clone(),
                served.clone(),
            ),
            (
                "env",
                "__stack_pointer",
                "global mut i32",
                served.clone(),
                served.clone(),
            ),
            (
                "env",
                "__memory_base",
                "global i32",
                served.clone(),
                served.clone(),
            ),
            (
                "env",
                "__table_base",
                "global mut i32",
                other("global i32", false),
                other("global i32", false),
            ),
            (
                "env",
                "__cpp_exception",
                "tag (i32) -> ()",
                none.clone(),
                served.clone(),
            ),
            (
                "env",
                "__heap_base",
                "global i32",
                none.clone(),
                none.clone(),
            ),
            (
                "env",
                "invoke_vijfd",
                "function (i32, i32, i64, f32, f64) -> ()",
                served.clone(),
                none.clone(),
            ),
            (
                "env",
                "invoke_j",
                "function (i32) -> i32",
                other("function (i32) -> i64", true),
                none.clone(),
            ),
            (
                "env",
                "invoke_vx",
                "function (i32) -> ()",
                none.clone(),
                none.clone(),
            ),
            (
                "env",
                "__cxa_find_matching_catch_9",
                "function (i32, i32, i32, i32, i32, i32, i32) -> i32",
                served.clone(),
                none.clone(),
            ),
            (
                "env",
                "emscripten_glClear",
                "function (i32) -> ()",
                served.clone(),
                served.clone(),
            ),
            (
                "env",
                "emscripten_glClear",
                "function (i64) -> ()",
                other("function (i32) -> ()", true),
                other("function (i32) -> ()", true),
            ),
            (
                "wasi_snapshot_preview1",
                "fd_write",
                "function (i32, i32, i32, i32) -> i32",
                served.clone(),
                served.clone(),
            ),
            (
                "wasi_snapshot_preview1",
                "sock_accept",
                "function (i32, i32, i32) -> i32",
                none.clone(),
                none.clone(),
            ),
            (
                "GOT.mem",
                "_Py_NoneStruct",
                "global mut i32",
                served.clone(),
                served.clone(),
            ),
            (
                "GOT.mem",
                "_Py_NoneStruct",
                "global i32",
                other("global mut i32", false),
                other("global mut i32", false),
            ),
            (
                "GOT.func",
                "_Py_NoneStruct",
                "global mut i32",
                other("global i32", true),
                other("global i32", true),
            ),
            (
                "GOT.func",
                "PyErr_Clear",
                "global mut i32",
                served.clone(),
                served.clone(),
            ),
            (
                "GOT.mem",
                "__heap_base",
                "global mut i32",
                served.clone(),
                served.clone(),
            ),
            (
                "GOT.mem",
                "datum",
                "global mut i32",
                served.clone(),
                served.clone(),
            ),
            (
                "GOT.func",
                "mine",
                "global mut i32",
                served.clone(),
                served.clone(),
            ),
            (
                "GOT.mem",
                "perhaps",
                "global mut i32",
                Found::Absent,
                Found::Absent,
            ),
            ("GOT.func", "nobody", "global mut i32", none.clone(), none),
            (
                "imports",
                "mine",
                "function () -> ()",
                Found::NoNamespace,
                Found::NoNamespace,
            ),
        ] {
            let import = import(namespace, name, symbol_type);
            for (platform, expected) in [("2024_0", old), ("2025_0", new)] {
                let platform = Platform::find(platform).unwrap();
                for release in 0..platform.releases.len() {
                    let found = own.find(&import, platform, release);
                    assert_eq!(found, expected, "{import:?} {}", platform.name);
                }
            }
        }
    }
}
