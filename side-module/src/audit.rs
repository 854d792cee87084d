//! The audit: every check, and what comes out of it.

use crate::code::Code;
use crate::dylink::{Dylink, NoDylink};
use crate::imports;
use crate::init::{SIGNATURE, init_function};
use crate::resolve::Own;
use crate::{Feature, Finding, Module, Platform, SymbolType, feature};
use tag_matrix::PyodideRelease;

/// What a side module is for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The last part of the name by which Python imports it. Nothing of a library.
    pub name: Option<&'a str>,
    /// The platforms of the wheel's tags, `2025_0`.
    pub platforms: &'a [&'a str],
    /// The libraries that the wheel carries.
    pub libraries: &'a [Library<'a>],
}

/// A library that a wheel carries beside a module.
#[derive(Debug, Clone, Copy)]
pub struct Library<'a> {
    /// Its file name: modules need it by that.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// What is known of a side module that passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The releases in which it was looked up, oldest first.
    pub releases: Vec<&'static PyodideRelease>,
    /// How many things it imports.
    pub imports: usize,
    /// What it imports and no release has, and which it says it can do without.
    pub absent: Vec<String>,
    /// The libraries that it needs; the wheel carries all of them.
    pub needed: Vec<String>,
    /// Where it looks for them. Without any, Pyodide 0.28 and later find none of them.
    pub runtime_paths: Vec<String>,
    /// How many bytes of memory the loader sets aside for it.
    pub memory_size: u32,
    /// How many functions of it have addresses.
    pub table_size: u32,
}

/// The releases that a wheel of a platform is for: all final ones; of a platform that has none,
/// all. Each with its place in the platform's data.
///
/// ```
/// let named = |platform| -> Vec<&str> {
///     let releases = side_module::releases_of(platform).unwrap();
///     releases.map(|(_, release)| release.version.as_str()).collect()
/// };
/// assert_eq!(named("2025_0").len(), 10);
/// assert_eq!(named("2026_5"), ["315.0.0-alpha.1", "315.0.0-alpha.2"]);
/// ```
pub fn releases_of(
    platform: &str,
) -> Option<impl Iterator<Item = (usize, &'static PyodideRelease)>> {
    let platform = Platform::find(platform)?;
    let any_final = platform.releases.iter().any(|release| release.released);
    let releases = platform.releases.iter().copied().enumerate();
    Some(releases.filter(move |(_, release)| release.released || !any_final))
}

/// Audits a side module: whether every release that it is for loads it, and has all that it imports.
///
/// # Errors
/// All that is wrong, what is the cause of other things first.
pub fn audit(bytes: &[u8], wanted: &Wanted<'_>) -> Result<Report, Vec<Finding>> {
    let parsed = Module::read(bytes).and_then(|module| Ok((module, Code::read(bytes)?)));
    let (module, code) = parsed.map_err(|problem| vec![Finding::NotAModule(problem)])?;
    let mut findings = Vec::new();
    engine(bytes, &module, &code, &mut findings);
    let dylink = dylink(bytes, &mut findings).unwrap_or_default();
    let libraries = libraries(&dylink, wanted.libraries, &mut findings);
    init(&module, wanted.name, &mut findings);
    if code.idle_constructors {
        findings.push(Finding::IdleConstructors);
    }
    let platforms = platforms(wanted.platforms, &mut findings);
    let own = Own {
        module: &module,
        libraries: &libraries,
        weak: &dylink.weak,
    };
    let looked_up = imports::look_up(&own, &platforms);
    findings.extend(looked_up.findings);
    if !findings.is_empty() {
        return Err(findings);
    }
    let mut releases: Vec<&PyodideRelease> = platforms
        .iter()
        .filter_map(|platform| releases_of(platform.name))
        .flatten()
        .map(|(_, release)| release)
        .collect();
    // In the order of the table, whatever that of the tags.
    releases.sort_by_key(|release| PyodideRelease::all().iter().position(|it| it == *release));
    Ok(Report {
        releases,
        imports: module.imports.len(),
        absent: looked_up.absent,
        needed: dylink.needed,
        runtime_paths: dylink.runtime_paths,
        memory_size: dylink.memory_size,
        table_size: dylink.table_size,
    })
}

fn engine(bytes: &[u8], module: &Module, code: &Code, findings: &mut Vec<Finding>) {
    if let Some(memory) = module.shared_memory.clone() {
        findings.push(Finding::SharedMemory { memory });
    }
    let lacking = match feature::lacking(bytes, code) {
        Ok(lacking) => lacking,
        Err(message) => return findings.push(Finding::Invalid { message }),
    };
    for feature in lacking {
        // Said already, by the name of the memory.
        if feature != Feature::Threads || module.shared_memory.is_none() {
            findings.push(Finding::Feature { feature });
        }
    }
}

fn dylink(bytes: &[u8], findings: &mut Vec<Finding>) -> Option<Dylink> {
    Dylink::read(bytes)
        .map_err(|problem| {
            findings.push(match problem {
                NoDylink::Absent => Finding::NotShared,
                NoDylink::NotFirst => Finding::DylinkNotFirst,
                NoDylink::Broken(message) => Finding::DylinkBroken { message },
            });
        })
        .ok()
}

/// The libraries that a module needs, of those that the wheel carries.
fn libraries(dylink: &Dylink, carried: &[Library<'_>], findings: &mut Vec<Finding>) -> Vec<Module> {
    let mut libraries = Vec::new();
    for needed in &dylink.needed {
        let Some(library) = carried.iter().find(|library| library.name == needed) else {
            findings.push(Finding::NeededLibrary {
                library: needed.clone(),
            });
            continue;
        };
        match Module::read(library.bytes) {
            Ok(module) => libraries.push(module),
            Err(problem) => findings.push(Finding::Library {
                library: needed.clone(),
                problem,
            }),
        }
    }
    libraries
}

fn init(module: &Module, name: Option<&str>, findings: &mut Vec<Finding>) {
    let Some(function) = name.map(init_function) else {
        return;
    };
    match module.exports.get(&function) {
        Some(SymbolType::Function(signature)) if signature == SIGNATURE => {}
        Some(found) => findings.push(Finding::InitType {
            function,
            found: found.clone(),
        }),
        None => {
            let others: Vec<&str> = module
                .exports
                .keys()
                .map(String::as_str)
                .filter(|export| export.starts_with("PyInit"))
                .collect();
            let next = if others.is_empty() {
                format!("define it, and link with `--export={function}`")
            } else {
                format!(
                    "it has {}: name the file, or the function, alike",
                    others.join(", ")
                )
            };
            findings.push(Finding::NoInit { function, next });
        }
    }
}

fn platforms(named: &[&str], findings: &mut Vec<Finding>) -> Vec<&'static Platform> {
    let known = || Platform::names().collect::<Vec<&str>>().join(", ");
    if named.is_empty() {
        findings.push(Finding::NoPlatform { known: known() });
    }
    let mut platforms: Vec<&Platform> = Vec::new();
    for name in named {
        match Platform::find(name) {
            // A wheel may have it by two names of tags.
            Some(platform) if platforms.iter().any(|it| it.name == platform.name) => {}
            Some(platform) => platforms.push(platform),
            None => findings.push(Finding::UnknownPlatform {
                platform: (*name).to_owned(),
                known: known(),
            }),
        }
    }
    platforms
}
