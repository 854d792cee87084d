//! What the main module of each release gives to side modules: `data/`, read.

use crate::SymbolType;
use crate::releases::{TO, words};
use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;
use tag_matrix::PyodideRelease;

/// Something that a release gives to side modules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Provided {
    /// Who gives it.
    pub source: Source,
    /// Its type.
    pub symbol_type: SymbolType,
}

/// Who gives a symbol to side modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The main module exports it.
    Exported,
    /// JavaScript, to the main module too.
    Imported,
    /// JavaScript, as an address.
    Address,
    /// JavaScript, to side modules alone.
    Library,
}

const SOURCES: [(Source, &str); 4] = [
    (Source::Exported, "exported"),
    (Source::Imported, "imported"),
    (Source::Address, "address"),
    (Source::Library, "library"),
];

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = SOURCES.iter().find(|(source, _)| source == self);
        f.write_str(row.map_or("", |(_, word)| word))
    }
}

/// What the releases of a platform give, by name.
pub struct Platform {
    /// The platform, `2025_0`.
    pub name: &'static str,
    /// The releases, oldest first.
    pub releases: Vec<&'static PyodideRelease>,
    // Each with the releases in which it holds, as bits by their places.
    symbols: HashMap<&'static str, Vec<(u64, u32)>>,
    kinds: Vec<Provided>,
}

/// A data file that this program cannot read, or has not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the data of platform {platform} is broken at line {line}: {message}")]
pub struct BrokenData {
    /// The platform.
    pub platform: &'static str,
    /// The line.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

const TEXTS: [(&str, &str); 4] = [
    ("2024_0", include_str!("../data/2024_0.txt")),
    ("2025_0", include_str!("../data/2025_0.txt")),
    ("2026_0", include_str!("../data/2026_0.txt")),
    ("2026_5", include_str!("../data/2026_5.txt")),
];

impl Platform {
    /// The platforms of which there is data, oldest first.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TEXTS.iter().map(|(name, _)| *name)
    }

    /// The platform of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        static READ: [OnceLock<Option<Platform>>; TEXTS.len()] =
            [const { OnceLock::new() }; TEXTS.len()];
        let at = TEXTS.iter().position(|(known, _)| *known == name)?;
        let (name, text) = TEXTS[at];
        READ[at]
            .get_or_init(|| Self::parse(name, text).ok())
            .as_ref()
    }

    /// What a release gives under a name. `release` is its place among [`Self::releases`].
    #[must_use]
    pub fn get(&self, symbol: &str, release: usize) -> Option<&Provided> {
        let kinds = self.symbols.get(symbol)?;
        let (_, kind) = kinds
            .iter()
            .find(|(places, _)| places >> release & 1 == 1)?;
        self.kinds.get(*kind as usize)
    }

    /// All that a release gives, in no order.
    pub fn all(&self, release: usize) -> impl Iterator<Item = (&'static str, &Provided)> {
        self.symbols
            .keys()
            .filter_map(move |symbol| Some((*symbol, self.get(symbol, release)?)))
    }

    fn parse(name: &'static str, text: &'static str) -> Result<Self, BrokenData> {
        let releases: Vec<&PyodideRelease> = PyodideRelease::all()
            .iter()
            .filter(|release| release.platform == name)
            .collect();
        let versions: Vec<&str> = releases.iter().map(|release| &*release.version).collect();
        let mut kinds = Vec::new();
        let mut symbols: HashMap<&str, Vec<(u64, u32)>> = HashMap::new();
        let (mut section, mut of_table) = (None, false);
        for (at, line) in text.lines().enumerate() {
            let broken = |message: String| BrokenData {
                platform: name,
                line: at + 1,
                message,
            };
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(head) = line.strip_prefix('[') {
                let (provided, places) = heading(head, &versions)
                    .ok_or_else(|| broken(format!("`{line}` is no heading")))?;
                let kind = u32::try_from(kinds.len()).map_err(|error| broken(error.to_string()))?;
                kinds.push(provided);
                section = Some((places, kind));
                continue;
            }
            if let Some(named) = line.strip_prefix(RELEASES) {
                // Else "all releases" would be said of one that nobody has looked at.
                if named != versions.join(", ") {
                    let message = "the table has other releases; run the example `provided`";
                    return Err(broken(message.to_owned()));
                }
                of_table = true;
                continue;
            }
            let section = section.filter(|_| of_table);
            let section = section.ok_or_else(|| broken("a name before any heading".to_owned()))?;
            let known = symbols.entry(line).or_default();
            if known.iter().any(|(places, _)| places & section.0 != 0) {
                return Err(broken(format!("`{line}` has two types in one release")));
            }
            known.push(section);
        }
        Ok(Self {
            name,
            releases,
            symbols,
            kinds,
        })
    }
}

/// `SOURCE TYPE in RELEASES]`; the releases as bits.
fn heading(text: &str, versions: &[&str]) -> Option<(Provided, u64)> {
    let (what, releases) = text.strip_suffix(']')?.rsplit_once(" in ")?;
    let (source, symbol_type) = what.split_once(' ')?;
    let (source, _) = SOURCES.iter().find(|(_, word)| *word == source)?;
    let provided = Provided {
        source: *source,
        symbol_type: symbol_type.parse().ok()?,
    };
    Some((provided, places(versions, releases)?))
}

/// How the line starts that names the releases which a data file is of.
pub const RELEASES: &str = "releases ";
const ALL: &str = "all releases";

/// Releases in words, as a data file has them: runs of those that follow each other.
#[must_use]
pub fn releases_text(all: &[&str], places: &[usize]) -> String {
    if places.len() == all.len() {
        return ALL.to_owned();
    }
    words(all, places)
}

/// [`releases_text`] read back, as bits.
fn places(all: &[&str], text: &str) -> Option<u64> {
    if text == ALL {
        return Some((1 << all.len()) - 1);
    }
    let at = |name: &str| all.iter().position(|release| *release == name);
    let mut bits = 0;
    for run in text.split(", ") {
        let (first, last) = run.split_once(TO).unwrap_or((run, run));
        let (first, last) = (at(first)?, at(last)?);
        for place in first..=last {
            bits |= 1 << place;
        }
    }
    Some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read_back() {
        let all = ["1", "2", "3", "4", "5"];
        for (chosen, text) in [
            (vec![0, 1, 2, 3, 4], "all releases"),
            (vec![0, 1, 2, 4], "1 to 3, 5"),
            (vec![1, 2], "2, 3"),
            (vec![0], "1"),
        ] {
            assert_eq!(releases_text(&all, &chosen), text);
            let bits = chosen.iter().fold(0, |bits, place| bits | 1 << place);
            assert_eq!(places(&all, text), Some(bits), "{text}");
        }
        for text in ["", "6", "1 to 6"] {
            assert_eq!(places(&all, text), None, "{text}");
        }
    }

    #[test]
    fn every_platform_of_the_table_has_its_data() {
        for release in PyodideRelease::all() {
            assert!(
                Platform::names().any(|name| name == release.platform),
                "{release:?}"
            );
        }
        for (name, text) in TEXTS {
            let platform = Platform::parse(name, text).unwrap();
            assert!(!platform.releases.is_empty(), "{name}");
            for place in 0..platform.releases.len() {
                assert!(platform.all(place).count() > 8000, "{name} {place}");
            }
        }
    }

    /// The line at which data is broken.
    fn broken_at(text: String) -> Option<usize> {
        let broken = Platform::parse("2026_0", text.leak()).err();
        broken.map(|broken| broken.line)
    }

    #[test]
    fn broken_data_says_where() {
        let releases =
            "releases 314.0.0, 314.0.1, 314.0.2, 314.0.3, 314.0.4, 314.0.5, 314.0.6, 314.0.7\n";
        let right =
            "[exported global i32 in all releases]\na\n[address global i32 in 314.0.0]\nb\n";
        assert_eq!(broken_at([releases, right].concat()), None);
        for (text, line) in [
            ("name\n", 2),
            ("[exported function () -> i32 in 0.1]\n", 2),
            ("[given function () -> i32 in all releases]\n", 2),
            ("[exported i32 in all releases]\n", 2),
            (&right.replace("\nb\n", "\na\n"), 5),
        ] {
            let broken = broken_at([releases, text].concat());
            assert_eq!(broken, Some(line), "{text}");
        }
        let fewer = releases.replace(", 314.0.7", "");
        for (text, line) in [([&fewer, right].concat(), 1), (right.to_owned(), 2)] {
            assert_eq!(broken_at(text), Some(line));
        }
    }

    #[test]
    fn what_releases_give() {
        let platform = Platform::find("2025_0").unwrap();
        let types = |symbol: &str| -> Vec<String> {
            let mut types: Vec<String> = (0..platform.releases.len())
                .map(|place| {
                    platform
                        .get(symbol, place)
                        .map_or("nothing".to_owned(), |it| {
                            format!("{} {}", it.source, it.symbol_type)
                        })
                })
                .collect();
            types.dedup();
            types
        };
        assert_eq!(
            types("PyModule_Create2"),
            ["exported function (i32, i32) -> i32"]
        );
        assert_eq!(types("_Py_NoneStruct"), ["exported global i32"]);
        assert_eq!(types("__cpp_exception"), ["imported tag (i32) -> ()"]);
        assert_eq!(types("__heap_base"), ["address global mut i32"]);
        assert_eq!(types("SDL_Init"), ["library function (i32) -> i32"]);
        assert_eq!(types("no_such_symbol"), ["nothing"]);
        assert!(Platform::find("2023_0").is_none());
    }
}
