//! The section `dylink.0`, by which a loader knows a side module.

use std::collections::BTreeSet;
use wasmparser::{Dylink0Subsection, KnownCustom, Parser, Payload, SymbolFlags};

const SECTION: &str = "dylink.0";

/// What a side module says to its loader.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dylink {
    pub(crate) memory_size: u32,
    pub(crate) table_size: u32,
    pub(crate) needed: Vec<String>,
    pub(crate) runtime_paths: Vec<String>,
    /// Symbols that may be absent: their addresses are zero then.
    pub(crate) weak: BTreeSet<String>,
}

/// Why there is nothing to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoDylink {
    Absent,
    NotFirst,
    Broken(String),
}

impl From<wasmparser::Error> for NoDylink {
    fn from(error: wasmparser::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

impl Dylink {
    /// Reads the section. Loaders look at the first one of the module only.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, NoDylink> {
        let mut sections = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::Version { .. } | Payload::End(_) => continue,
                Payload::CustomSection(custom) if custom.name() == SECTION => {
                    return match custom.as_known() {
                        _ if sections > 0 => Err(NoDylink::NotFirst),
                        KnownCustom::Dylink0(subsections) => Self::of(subsections),
                        _ => Err(NoDylink::Broken("it does not parse".to_owned())),
                    };
                }
                _ => sections += 1,
            }
        }
        Err(NoDylink::Absent)
    }

    fn of(subsections: wasmparser::Dylink0SectionReader<'_>) -> Result<Self, NoDylink> {
        let mut dylink = Self::default();
        for subsection in subsections {
            match subsection? {
                Dylink0Subsection::MemInfo(info) => {
                    dylink.memory_size = info.memory_size;
                    dylink.table_size = info.table_size;
                }
                Dylink0Subsection::Needed(names) => {
                    dylink.needed.extend(names.into_iter().map(str::to_owned))
                }
                Dylink0Subsection::RuntimePath(paths) => dylink
                    .runtime_paths
                    .extend(paths.into_iter().map(str::to_owned)),
                Dylink0Subsection::ImportInfo(imports) => {
                    let weak = imports
                        .iter()
                        .filter(|import| import.flags.contains(SymbolFlags::BINDING_WEAK));
                    dylink
                        .weak
                        .extend(weak.map(|import| import.field.to_owned()));
                }
                _ => {}
            }
        }
        Ok(dylink)
    }
}
