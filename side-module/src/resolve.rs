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

    /// Namespace, symbol and type that is asked for; what it finds in each release of 2024_0, and of
    /// 2025_0 where that is something else. `by script` is what no engine refuses.
    const CASES: &str = "
        env PyErr_Clear: function () -> () | served
        env PyErr_Clear: function () -> i32 | function () -> ()
        env PyErr_Clear: global i32 | function () -> ()
        env nobody: function () -> () | missing
        env perhaps: function () -> () | absent
        env perhaps: global i32 | missing
        env mine: function () -> () | served
        env mine: function () -> f32 | function () -> () by script
        env datum: global i32 | missing
        env script: function (f32) -> f64 | served
        env theirs: function () -> i32 | served
        env memory: memory 1.. | served
        env __indirect_function_table: table funcref 0.. | served
        env __stack_pointer: global mut i32 | served
        env __memory_base: global i32 | served
        env __table_base: global mut i32 | global i32
        env __cpp_exception: tag (i32) -> () | missing | served
        env __heap_base: global i32 | missing
        env invoke_vijfd: function (i32, i32, i64, f32, f64) -> () | served | missing
        env invoke_j: function (i32) -> i32 | function (i32) -> i64 by script | missing
        env invoke_vx: function (i32) -> () | missing
        env __cxa_find_matching_catch_4: function (i32, i32) -> i32 | served | missing
        env __cxa_find_matching_catch_9: function (i32, i32, i32, i32, i32, i32, i32) -> i32 | served | missing
        env __cxa_find_matching_catch_1: function () -> i32 | missing
        env emscripten_glClear: function (i32) -> () | served
        env emscripten_glClear: function (i64) -> () | function (i32) -> () by script
        wasi_snapshot_preview1 fd_write: function (i32, i32, i32, i32) -> i32 | served
        wasi_snapshot_preview1 sock_accept: function (i32, i32, i32) -> i32 | missing
        GOT.mem _Py_NoneStruct: global mut i32 | served
        GOT.mem _Py_NoneStruct: global i32 | global mut i32
        GOT.func _Py_NoneStruct: global mut i32 | global i32 by script
        GOT.func PyErr_Clear: global mut i32 | served
        GOT.mem __heap_base: global mut i32 | served
        GOT.mem datum: global mut i32 | served
        GOT.func mine: global mut i32 | served
        GOT.func theirs: global mut i32 | served
        GOT.mem perhaps: global mut i32 | absent
        GOT.func nobody: global mut i32 | missing
        imports mine: function () -> () | no namespace";

    fn found(text: &str) -> Found {
        let (text, javascript) = text
            .strip_suffix(" by script")
            .map_or((text, false), |text| (text, true));
        match text {
            "served" => Found::Served,
            "absent" => Found::Absent,
            "missing" => Found::Missing,
            "no namespace" => Found::NoNamespace,
            other => Found::Other {
                provided: other.parse().unwrap(),
                javascript,
            },
        }
    }

    fn exports(of: &[(&str, &str)]) -> Module {
        let mut module = Module::default();
        for (name, symbol_type) in of {
            let symbol_type = symbol_type.parse().unwrap();
            module.exports.insert((*name).to_owned(), symbol_type);
        }
        module
    }

    #[test]
    fn where_imports_come_from() {
        let weak = BTreeSet::from(["perhaps".to_owned()]);
        let own = Own {
            module: &exports(&[
                ("mine", "function () -> ()"),
                ("datum", "global i32"),
                ("__em_js__script", "global i32"),
            ]),
            libraries: &[exports(&[("theirs", "function () -> i32")])],
            weak: &weak,
        };
        for line in CASES.trim().lines() {
            let (wanted, expected) = line.split_once(" | ").unwrap();
            let (symbol, symbol_type) = wanted.split_once(": ").unwrap();
            let (module, name) = symbol.trim().split_once(' ').unwrap();
            let import = Import {
                module: module.to_owned(),
                name: name.to_owned(),
                symbol_type: symbol_type.parse().unwrap(),
            };
            let (old, new) = expected.split_once(" | ").unwrap_or((expected, expected));
            for (platform, expected) in [("2024_0", old), ("2025_0", new)] {
                let platform = Platform::find(platform).unwrap();
                for release in 0..platform.releases.len() {
                    let answer = own.find(&import, platform, release);
                    assert_eq!(answer, found(expected), "{line} {}", platform.name);
                }
            }
        }
    }
}
