//! Writes `data/`: what the main modules of Pyodide's releases give to side modules.
//!
//! `cargo run -p mochi-side-module --example provided -- RELEASES DATA`
//!
//! `RELEASES` is a folder that has, for each release of the table, a folder of its name with
//! `pyodide.asm.wasm` and `pyodide.asm.js` (or `.mjs`) of the npm package `pyodide`. What is written
//! into `DATA` depends on these files alone.

mod javascript;
mod write;

use side_module::{Module, Provided, Source};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use tag_matrix::PyodideRelease;

/// What a release provides, by name.
type Symbols = BTreeMap<String, Provided>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [releases, data] = &arguments[..] else {
        eprintln!("usage: provided RELEASES DATA");
        return ExitCode::FAILURE;
    };
    match run(Path::new(releases), Path::new(data)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run(releases: &Path, data: &Path) -> Result<(), String> {
    let mut platforms: BTreeMap<&str, Vec<(&str, Symbols)>> = BTreeMap::new();
    for release in PyodideRelease::all() {
        let symbols = read(&releases.join(&release.version), &release.version)
            .map_err(|message| format!("Pyodide {}: {message}", release.version))?;
        let platform = platforms.entry(&release.platform).or_default();
        platform.push((&release.version, symbols));
    }
    for (platform, releases) in platforms {
        let path = data.join(format!("{platform}.txt"));
        let text = write::text(platform, &releases);
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// What a release provides. Its own functions hide what JavaScript has under their names.
fn read(folder: &Path, version: &str) -> Result<Symbols, String> {
    let file = |name: &str| {
        std::fs::read(folder.join(name)).map_err(|error| format!("{name} is not readable: {error}"))
    };
    let package = String::from_utf8_lossy(&file("package.json")?).into_owned();
    let package: serde_json::Value =
        serde_json::from_str(&package).map_err(|error| format!("package.json: {error}"))?;
    if package["version"] != version {
        return Err(format!("the folder has release {}", package["version"]));
    }
    let script = file("pyodide.asm.js").or_else(|_| file("pyodide.asm.mjs"))?;
    let main = Module::read(&file("pyodide.asm.wasm")?)
        .map_err(|error| format!("pyodide.asm.wasm: {error}"))?;

    let mut symbols = Symbols::new();
    for (name, symbol_type) in javascript::functions(&String::from_utf8_lossy(&script))? {
        symbols.insert(
            name,
            Provided {
                source: Source::Library,
                symbol_type,
            },
        );
    }
    for import in main.imports {
        let symbol_type = import.symbol_type;
        let (source, name) = (Source::Imported, import.name);
        match import.module.as_str() {
            "env" | "wasi_snapshot_preview1" => {
                javascript::compare(&name, symbols.get(&name), &symbol_type)?;
                symbols.insert(
                    name,
                    Provided {
                        source,
                        symbol_type,
                    },
                );
            }
            // An address that JavaScript knows: of what it imports and exports otherwise, below.
            "GOT.mem" if !main.exports.contains_key(&name) => {
                symbols.insert(
                    name,
                    Provided {
                        source: Source::Address,
                        symbol_type,
                    },
                );
            }
            _ => {}
        }
    }
    for (name, symbol_type) in main.exports {
        symbols.insert(
            name,
            Provided {
                source: Source::Exported,
                symbol_type,
            },
        );
    }
    Ok(symbols)
}
