//! All imports of a side module in all releases that it is for, and what to say of them.

use crate::resolve::{Found, Own};
use crate::{Finding, Import, Platform, Releases, SymbolType, releases_of};
use std::collections::{BTreeMap, BTreeSet};

/// What came out of it.
#[derive(Debug, Default)]
pub(crate) struct LookedUp {
    pub(crate) findings: Vec<Finding>,
    /// What is absent somewhere and need not be there.
    pub(crate) absent: Vec<String>,
}

/// What was found of a symbol. Where the address of a function is asked for besides, that is found
/// when the module is loaded, and nothing more is to be said of a call.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Case<'a> {
    symbol: &'a str,
    found: Found,
    wanted: &'a SymbolType,
    namespace: &'a str,
}

/// Looks everything up.
pub(crate) fn look_up(own: &Own<'_>, platforms: &[&'static Platform]) -> LookedUp {
    let mut cases: BTreeMap<Case<'_>, Vec<&'static str>> = BTreeMap::new();
    let mut foreign: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut absent = BTreeSet::new();
    // That a memory is shared is said already, and nothing else of it matters then.
    let shared = own.module.shared_memory.is_some();
    let told = |import: &Import| !(shared && matches!(import.symbol_type, SymbolType::Memory(_)));
    for platform in platforms {
        for (place, release) in releases_of(platform.name).into_iter().flatten() {
            for import in own.module.imports.iter().filter(|import| told(import)) {
                match own.find(import, platform, place) {
                    Found::Served => {}
                    Found::Absent => {
                        absent.insert(import.name.clone());
                    }
                    Found::NoNamespace => {
                        let symbols = foreign.entry(&import.module).or_default();
                        symbols.insert(&import.name);
                    }
                    found => {
                        let releases = cases.entry(case(import, found)).or_default();
                        releases.push(&release.version);
                    }
                }
            }
        }
    }
    let mut findings: Vec<Finding> = foreign
        .into_iter()
        .map(|(namespace, symbols)| Finding::Namespace {
            namespace: namespace.to_owned(),
            symbols: few(&symbols),
        })
        .collect();
    let addresses: BTreeSet<&str> = cases
        .keys()
        .filter(|case| case.namespace == "GOT.func")
        .map(|case| case.symbol)
        .collect();
    let said_by_address =
        |case: &Case<'_>| case.namespace != "GOT.func" && addresses.contains(case.symbol);
    findings.extend(
        cases
            .iter()
            .filter(|(case, _)| case.found != Found::Missing || !said_by_address(case))
            .map(|(case, releases)| finding(case, Releases(releases.clone()))),
    );
    LookedUp {
        findings,
        absent: absent.into_iter().collect(),
    }
}

fn case(import: &Import, found: Found) -> Case<'_> {
    Case {
        symbol: &import.name,
        found,
        wanted: &import.symbol_type,
        namespace: &import.module,
    }
}

fn finding(case: &Case<'_>, releases: Releases) -> Finding {
    let symbol = case.symbol.to_owned();
    let next = next(&symbol).to_owned();
    if let Found::Other {
        provided,
        javascript,
    } = &case.found
    {
        return Finding::DifferentType {
            symbol,
            wanted: case.wanted.clone(),
            provided: provided.clone(),
            at_load: !javascript,
            releases,
        };
    }
    let at_load = case.namespace == "GOT.func";
    if at_load || case.wanted.is_function() {
        return Finding::MissingFunction {
            symbol,
            at_load,
            releases,
            next,
        };
    }
    let kind = match case.wanted {
        SymbolType::Tag(_) => "tag",
        SymbolType::Table(..) => "table",
        SymbolType::Memory(_) => "memory",
        _ => "data",
    };
    Finding::MissingData {
        symbol,
        kind,
        releases,
        next,
    }
}

/// What to do about a symbol that is missing.
fn next(symbol: &str) -> &'static str {
    let starts = |starts: &[&str]| starts.iter().any(|start| symbol.starts_with(start));
    if starts(&["invoke_", "__cxa_find_matching_catch", "emscripten_longjmp"]) {
        return "build with `-fwasm-exceptions -sSUPPORT_LONGJMP=wasm`, or leave that platform out";
    }
    if starts(&[
        "__cpp_exception",
        "__c_longjmp",
        "_Unwind_",
        "__wasm_setjmp",
        "__wasm_longjmp",
    ]) {
        return "build for that platform with `-fexceptions` (Rust with `panic=abort`), or leave it out";
    }
    if starts(&["Py", "_Py"]) {
        return "build for that CPython, or leave that platform out";
    }
    "link in what defines it, or leave that platform out"
}

/// The first of many.
fn few(symbols: &BTreeSet<&str>) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = symbols
        .iter()
        .take(SHOWN)
        .map(|symbol| format!("`{symbol}`"))
        .collect();
    let shown = shown.join(", ");
    match symbols.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
