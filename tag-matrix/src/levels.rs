//! The order of interpreter and ABI in a tag list: that of `cpython_tags` followed by
//! `compatible_tags` in `packaging` 26.3.
//!
//! Such a list is a sequence of blocks, each an interpreter and an ABI with every platform in
//! turn, and at its end single tags for `any`. So the place of a tag in it is arithmetic: no list
//! has to be built to rank a wheel. For `cp313` the blocks are
//!
//! ```text
//! native:  cp313-cp313  cp313-abi3  cp313-none  cp312-abi3 … cp32-abi3
//!          py313-none  py3-none  py312-none … py30-none
//! any:     cp313-none  py313-none  py3-none  py312-none … py30-none
//! ```
//!
//! A free-threaded build has `cp313t` for its own ABI and, since `packaging` 26.3, `abi3t` (PEP
//! 803) for its stable one; `abi3` it does not load.

use crate::PythonVersion;
use crate::python::number;

/// The first minor with a stable ABI (PEP 384).
const FIRST_STABLE: u32 = 2;

/// The levels of one CPython.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Levels {
    minor: u32,
    /// The interpreter tag, `cp313`.
    pub(crate) interpreter: String,
    /// Its own ABI, `cp313` or `cp313t`.
    pub(crate) abi: String,
    /// Its stable ABI, `abi3` or `abi3t`.
    pub(crate) stable: &'static str,
}

/// An interpreter tag of Python 3 as ranks need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Interpreter {
    /// `cp3<minor>`.
    Cp(u32),
    /// `py3<minor>`.
    Py(u32),
    /// `py3`.
    Py3,
}

impl Interpreter {
    fn parse(tag: &str) -> Option<Self> {
        if let Some(minor) = tag.strip_prefix("py3") {
            return if minor.is_empty() {
                Some(Self::Py3)
            } else {
                number(minor).map(Self::Py)
            };
        }
        tag.strip_prefix("cp3").and_then(number).map(Self::Cp)
    }
}

impl Levels {
    pub(crate) fn new(python: PythonVersion) -> Self {
        Self {
            minor: python.minor,
            interpreter: python.interpreter_tag(),
            abi: python.abi_tag(),
            stable: if python.freethreaded { "abi3t" } else { "abi3" },
        }
    }

    /// How many older minors have a stable ABI.
    const fn older(&self) -> u32 {
        self.minor.saturating_sub(FIRST_STABLE)
    }

    /// How many blocks there are with a native platform.
    pub(crate) const fn native_count(&self) -> u32 {
        3 + self.older() + 2 + self.minor
    }

    /// The block of an interpreter and ABI with a native platform.
    pub(crate) fn native(&self, python: &str, abi: &str) -> Option<u32> {
        let interpreter = Interpreter::parse(python)?;
        match interpreter {
            Interpreter::Cp(minor) if minor == self.minor => match abi {
                _ if abi == self.abi => Some(0),
                _ if abi == self.stable => Some(1),
                "none" => Some(2),
                _ => None,
            },
            Interpreter::Cp(minor) => {
                let fits = abi == self.stable && (FIRST_STABLE..self.minor).contains(&minor);
                fits.then(|| 3 + self.minor - 1 - minor)
            }
            _ if abi != "none" => None,
            _ => self
                .generic(interpreter)
                .map(|place| 3 + self.older() + place),
        }
    }

    /// The place of an interpreter and ABI among the tags for `any`.
    pub(crate) fn any(&self, python: &str, abi: &str) -> Option<u32> {
        if abi != "none" {
            return None;
        }
        match Interpreter::parse(python)? {
            Interpreter::Cp(minor) => (minor == self.minor).then_some(0),
            interpreter => self.generic(interpreter).map(|place| 1 + place),
        }
    }

    /// The place of a `py` tag among those: own minor, `py3`, older ones downwards.
    fn generic(&self, interpreter: Interpreter) -> Option<u32> {
        match interpreter {
            Interpreter::Py(minor) if minor == self.minor => Some(0),
            Interpreter::Py3 => Some(1),
            Interpreter::Py(minor) if minor < self.minor => Some(2 + self.minor - 1 - minor),
            _ => None,
        }
    }

    /// The interpreter and ABI of each native block, in order.
    pub(crate) fn native_pairs(&self) -> impl Iterator<Item = (String, String)> {
        let own = [self.abi.as_str(), self.stable, "none"]
            .map(|abi| (self.interpreter.clone(), abi.to_owned()));
        let older = (FIRST_STABLE..self.minor)
            .rev()
            .map(|minor| (format!("cp3{minor}"), self.stable.to_owned()));
        own.into_iter().chain(older).chain(self.generic_pairs())
    }

    /// The interpreter and ABI of each tag for `any`, in order.
    pub(crate) fn any_pairs(&self) -> impl Iterator<Item = (String, String)> {
        std::iter::once((self.interpreter.clone(), "none".to_owned())).chain(self.generic_pairs())
    }

    fn generic_pairs(&self) -> impl Iterator<Item = (String, String)> + use<> {
        let own = [format!("py3{}", self.minor), "py3".to_owned()];
        let older = (0..self.minor).rev().map(|minor| format!("py3{minor}"));
        own.into_iter()
            .chain(older)
            .map(|python| (python, "none".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = Levels> {
        PythonVersion::known()
            .iter()
            .flat_map(|row| [row.version, row.version.without_gil()])
            .map(Levels::new)
    }

    #[test]
    fn the_arithmetic_agrees_with_the_list() {
        for levels in all() {
            let native: Vec<_> = levels.native_pairs().collect();
            assert_eq!(native.len(), levels.native_count() as usize);
            for (place, (python, abi)) in native.iter().enumerate() {
                assert_eq!(
                    levels.native(python, abi),
                    u32::try_from(place).ok(),
                    "{python}-{abi}"
                );
            }
            for (place, (python, abi)) in levels.any_pairs().enumerate() {
                assert_eq!(
                    levels.any(&python, &abi),
                    u32::try_from(place).ok(),
                    "{python}-{abi}"
                );
            }
        }
    }

    #[test]
    fn what_is_not_in_the_list_has_no_level() {
        let pythons = (0..=20).flat_map(|minor| [format!("cp3{minor}"), format!("py3{minor}")]);
        let odd = [
            "py3", "py2", "py", "cp3", "cp", "", "cp27", "py27", "pp311", "cp3013", "cp0", "py03",
            "x", "cp313t",
        ];
        let pythons: Vec<String> = pythons.chain(odd.map(str::to_owned)).collect();
        let own = (0..=20).flat_map(|minor| {
            [
                format!("cp3{minor}"),
                format!("cp3{minor}t"),
                format!("cp3{minor}d"),
            ]
        });
        let abis: Vec<String> = own
            .chain(["none", "abi3", "abi3t", "abi4", ""].map(str::to_owned))
            .collect();
        for levels in all() {
            let native: Vec<_> = levels.native_pairs().collect();
            let any: Vec<_> = levels.any_pairs().collect();
            for python in &pythons {
                for abi in &abis {
                    let pair = (python.clone(), abi.clone());
                    assert_eq!(
                        levels.native(python, abi).is_some(),
                        native.contains(&pair),
                        "{pair:?}"
                    );
                    assert_eq!(
                        levels.any(python, abi).is_some(),
                        any.contains(&pair),
                        "{pair:?}"
                    );
                }
            }
        }
    }
}
