//! Why nothing fits a requirement in an environment.

use crate::{Implementation, NearestMiss};
use serde::Serialize;
use std::fmt;

/// Why a requirement is skipped in an environment. [`Self::name`] is stable: the lock, `--json`
/// and messages have it. `Display` is one sentence for a human, without a full stop, that does not
/// repeat the requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "name")]
#[non_exhaustive]
pub enum SkipReason {
    /// On Pyodide: not curated in the release at a version that fits, and no wheel on the index has
    /// its tags or `any`.
    PyodideUnavailable {
        /// The Pyodide release.
        release: String,
        /// The version that the release curates, where it curates one (that does not fit).
        curated: Option<String>,
        /// The releases of the table in which something would fit: a curated version, or a wheel
        /// (see [`crate::PyodideRelease::fitting`]). The newest of each platform.
        fitting_releases: Vec<String>,
        /// The wheels of the newest version that fits, as the index has them.
        wheels: Vec<String>,
        /// The wheel that misses by least.
        nearest: Option<NearestMiss>,
        /// Whether the index has nothing but sdists.
        sdist_only: bool,
    },
    /// On WASI: no wheel has its tags or `any`.
    WasiUnavailable {
        /// The wheel that misses by least.
        nearest: Option<NearestMiss>,
        /// Whether the index has nothing but sdists.
        sdist_only: bool,
    },
    /// On a native target: there are wheels, and none fits.
    NoCompatibleWheel {
        /// The wheel that misses by least.
        nearest: Option<NearestMiss>,
    },
    /// There are no wheels at all, and sdists are never built.
    SdistOnly {
        /// The newest version that fits.
        version: String,
    },
    /// What would fit asks for another Python.
    RequiresPython {
        /// Its `Requires-Python`.
        requires: String,
        /// The environment's CPython in full.
        python: String,
        /// The version that asks for it.
        version: String,
    },
    /// What would fit is yanked (PEP 592).
    OnlyYanked {
        /// The version that is yanked.
        version: String,
        /// Why, where its author said.
        reason: Option<String>,
    },
    /// There is no CPython on the target.
    NoInterpreter,
    /// The project asks for a Python other than CPython.
    ImplementationUnsupported {
        /// The name of the implementation.
        implementation: String,
    },
}

impl SkipReason {
    /// All names, sorted.
    pub const NAMES: [&'static str; 8] = [
        "ImplementationUnsupported",
        "NoCompatibleWheel",
        "NoInterpreter",
        "OnlyYanked",
        "PyodideUnavailable",
        "RequiresPython",
        "SdistOnly",
        "WasiUnavailable",
    ];

    /// The stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::PyodideUnavailable { .. } => "PyodideUnavailable",
            Self::WasiUnavailable { .. } => "WasiUnavailable",
            Self::NoCompatibleWheel { .. } => "NoCompatibleWheel",
            Self::SdistOnly { .. } => "SdistOnly",
            Self::RequiresPython { .. } => "RequiresPython",
            Self::OnlyYanked { .. } => "OnlyYanked",
            Self::NoInterpreter => "NoInterpreter",
            Self::ImplementationUnsupported { .. } => "ImplementationUnsupported",
        }
    }

    /// The wheel that misses by least, where there is one.
    pub const fn nearest(&self) -> Option<&NearestMiss> {
        match self {
            Self::PyodideUnavailable { nearest, .. }
            | Self::WasiUnavailable { nearest, .. }
            | Self::NoCompatibleWheel { nearest } => nearest.as_ref(),
            _ => None,
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause())?;
        match self.nearest() {
            Some(nearest) => write!(f, "; nearest: {nearest}"),
            None => Ok(()),
        }
    }
}

impl SkipReason {
    /// The sentence without the nearest wheel.
    fn cause(&self) -> String {
        match self {
            Self::PyodideUnavailable {
                release,
                curated,
                fitting_releases,
                sdist_only,
                ..
            } => pyodide_cause(release, curated.as_deref(), fitting_releases, *sdist_only),
            Self::WasiUnavailable {
                sdist_only: true, ..
            } => "the index has only source distributions, and nothing of a package is ever built"
                .to_owned(),
            Self::WasiUnavailable { .. } => {
                "the index has no pure Python wheel, and none that fits WASI".to_owned()
            }
            Self::NoCompatibleWheel { .. } => {
                "the index has wheels, but none for this environment".to_owned()
            }
            Self::SdistOnly { version } => format!(
                "{} has only a source distribution, and nothing of a package is ever built",
                printable(version)
            ),
            Self::RequiresPython {
                requires,
                python,
                version,
            } => format!(
                "{} requires Python {}, the environment has {}",
                printable(version),
                printable(requires),
                printable(python)
            ),
            Self::OnlyYanked { version, reason } => {
                let version = printable(version);
                match reason
                    .as_deref()
                    .map(str::trim)
                    .filter(|reason| !reason.is_empty())
                {
                    Some(reason) => format!(
                        "only {version} fits, and it is yanked: {}",
                        printable(reason)
                    ),
                    None => format!("only {version} fits, and it is yanked"),
                }
            }
            Self::NoInterpreter => "there is no CPython on this target: call it in a Python \
                                    service elsewhere, or use Mochi's own MicroPython output"
                .to_owned(),
            Self::ImplementationUnsupported { implementation } => {
                match implementation
                    .parse()
                    .ok()
                    .and_then(Implementation::refusal)
                {
                    Some(refusal) => refusal.to_owned(),
                    None => format!(
                        "{} is not supported; use cpython",
                        printable(implementation)
                    ),
                }
            }
        }
    }
}

fn pyodide_cause(
    release: &str,
    curated: Option<&str>,
    fitting: &[String],
    sdist_only: bool,
) -> String {
    let release = printable(release);
    let curates = match curated {
        Some(version) => format!(
            "Pyodide {release} curates {}, which is not admitted here",
            printable(version)
        ),
        None => format!("Pyodide {release} does not curate it"),
    };
    let index = if sdist_only {
        "only source distributions"
    } else {
        "no wheel that fits it"
    };
    let elsewhere = match fitting {
        [] => String::new(),
        fitting => format!("; Pyodide {} would do", listed(fitting)),
    };
    format!("{curates}, and the index has {index}{elsewhere}")
}

/// `a`, `a or b`, `a, b or c`.
fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [item] => printable(item),
        [items @ .., last] => {
            let items: Vec<String> = items.iter().map(|item| printable(item)).collect();
            format!("{} or {}", items.join(", "), printable(last))
        }
    }
}

/// Text from an index as it may be shown: on one line, without control characters (which could
/// write to the terminal) or marks that turn the direction of writing, and not endless.
pub(crate) fn printable(text: &str) -> String {
    const LONGEST: usize = 300;
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let mut shown: String = text
        .chars()
        .take(LONGEST)
        .map(|c| if hidden(c) { ' ' } else { c })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<(SkipReason, &'static str)> {
        wasm().into_iter().chain(others()).collect()
    }

    fn wasm() -> Vec<(SkipReason, &'static str)> {
        let pyodide =
            |curated: Option<&str>, fitting: &[&str], sdist_only| SkipReason::PyodideUnavailable {
                release: "0.29.5".into(),
                curated: curated.map(str::to_owned),
                fitting_releases: fitting.iter().map(ToString::to_string).collect(),
                wheels: Vec::new(),
                nearest: None,
                sdist_only,
            };
        vec![
            (
                pyodide(None, &[], false),
                "Pyodide 0.29.5 does not curate it, and the index has no wheel that fits it",
            ),
            (
                pyodide(Some("2.2.5"), &["0.27.8", "314.0.7"], false),
                "Pyodide 0.29.5 curates 2.2.5, which is not admitted here, and the index has no wheel that fits it; Pyodide 0.27.8 or 314.0.7 would do",
            ),
            (
                pyodide(None, &["314.0.7"], true),
                "Pyodide 0.29.5 does not curate it, and the index has only source distributions; Pyodide 314.0.7 would do",
            ),
            (
                SkipReason::WasiUnavailable {
                    nearest: None,
                    sdist_only: false,
                },
                "the index has no pure Python wheel, and none that fits WASI",
            ),
            (
                SkipReason::WasiUnavailable {
                    nearest: None,
                    sdist_only: true,
                },
                "the index has only source distributions, and nothing of a package is ever built",
            ),
        ]
    }

    fn others() -> Vec<(SkipReason, &'static str)> {
        vec![
            (
                SkipReason::NoCompatibleWheel { nearest: None },
                "the index has wheels, but none for this environment",
            ),
            (
                SkipReason::SdistOnly {
                    version: "1.2".into(),
                },
                "1.2 has only a source distribution, and nothing of a package is ever built",
            ),
            (
                SkipReason::RequiresPython {
                    requires: ">=3.14".into(),
                    python: "3.13.0".into(),
                    version: "2.0".into(),
                },
                "2.0 requires Python >=3.14, the environment has 3.13.0",
            ),
            (
                SkipReason::OnlyYanked {
                    version: "1.0".into(),
                    reason: Some(" broken\n\u{1b}[31mred ".into()),
                },
                "only 1.0 fits, and it is yanked: broken  [31mred",
            ),
            (
                SkipReason::OnlyYanked {
                    version: "1.0".into(),
                    reason: Some(" ".into()),
                },
                "only 1.0 fits, and it is yanked",
            ),
            (
                SkipReason::NoInterpreter,
                "there is no CPython on this target: call it in a Python service elsewhere, or use Mochi's own MicroPython output",
            ),
            (
                SkipReason::ImplementationUnsupported {
                    implementation: "jython".into(),
                },
                "jython is not supported; use cpython",
            ),
        ]
    }

    #[test]
    fn details() {
        for (reason, detail) in all() {
            assert_eq!(reason.to_string(), detail);
        }
    }

    #[test]
    fn names_are_stable() {
        let mut names: Vec<&str> = all().iter().map(|(reason, _)| reason.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names, SkipReason::NAMES);
        for (reason, _) in all() {
            assert_eq!(
                serde_json::to_value(&reason).unwrap()["name"],
                reason.name()
            );
        }
    }

    #[test]
    fn each_implementation_has_its_own_reason() {
        for implementation in Implementation::ALL {
            let Some(refusal) = implementation.refusal() else {
                continue;
            };
            let reason = SkipReason::ImplementationUnsupported {
                implementation: implementation.to_string(),
            };
            assert_eq!(reason.to_string(), refusal);
        }
    }

    #[test]
    fn text_of_an_index_stays_on_its_line() {
        assert_eq!(printable("a\r\nb\u{202e}c\u{9b}d"), "a  b c d");
        assert_eq!(printable(&"x".repeat(1_000_000)).chars().count(), 301);
        assert_eq!(printable("größer"), "größer");
    }
}
