//! The text of a data file.

use crate::Symbols;
use side_module::{Provided, RELEASES, releases_text};
use std::collections::BTreeMap;

/// A platform's file: names by what they are and by the releases that have them so.
pub(crate) fn text(platform: &str, releases: &[(&str, Symbols)]) -> String {
    // By name and what it is: the places, in the platform's order, of the releases that have it.
    let mut found: BTreeMap<(&str, &Provided), Vec<usize>> = BTreeMap::new();
    for (at, (_, symbols)) in releases.iter().enumerate() {
        for (name, provided) in symbols {
            found.entry((name, provided)).or_default().push(at);
        }
    }
    let mut sections: BTreeMap<(&Provided, Vec<usize>), Vec<&str>> = BTreeMap::new();
    for ((name, provided), places) in found {
        sections.entry((provided, places)).or_default().push(name);
    }
    let names: Vec<&str> = releases.iter().map(|(version, _)| *version).collect();
    let mut text = head(platform);
    text += &format!("\n{RELEASES}{}\n", names.join(", "));
    for ((provided, places), mut symbols) in sections {
        symbols.sort_unstable();
        let releases = releases_text(&names, &places);
        text += &format!(
            "\n[{} {} in {releases}]\n",
            provided.source, provided.symbol_type
        );
        for symbol in symbols {
            text += symbol;
            text.push('\n');
        }
    }
    text
}

fn head(platform: &str) -> String {
    format!(
        "# What Pyodide's main module gives to side modules of the platform {platform}.
#
# Written by `cargo run -p mochi-side-module --example provided`: the tool has the reasons. The facts
# come from `pyodide.asm.wasm` of the npm package `pyodide` of each release; those of `library` from
# the script beside it.
#
#   [SOURCE TYPE in RELEASES]
#   exported   by the main module
#   imported   by the main module: JavaScript provides it
#   address    imported by the main module as an address: JavaScript provides it
#   library    JavaScript provides it, and the main module has no use for it
"
    )
}
