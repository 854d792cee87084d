//! What of a wheel's tags does not fit an environment, the nearest of them.

use crate::levels::Levels;
use crate::miss::{Kind, RawMiss};
use crate::platform_tag::{PlatformTag, one_spelling};
use crate::python::number;
use crate::table::PlatformRule;
use crate::{Environment, FloorKind, PyodideRelease, TagPart, TagSet};
use std::cmp::Ordering;

/// The misses of a wheel's nearest tag.
#[derive(Clone, Copy)]
pub(crate) struct Assessed<'a> {
    /// The sum of the costs.
    pub(crate) cost: u32,
    pair: Pair<'a>,
    platform: Option<RawMiss<'a>>,
}

/// The misses of an interpreter and its ABI.
type Pair<'a> = [Option<RawMiss<'a>>; 2];

impl<'a> Assessed<'a> {
    /// What does not fit.
    pub(crate) fn misses(self) -> impl Iterator<Item = RawMiss<'a>> {
        self.pair.into_iter().chain([self.platform]).flatten()
    }
}

/// How a wheel misses: with its nearest interpreter and ABI, and its nearest platform. `None` where
/// it fits.
pub(crate) fn assess<'a>(
    environment: &'a Environment,
    levels: &Levels,
    wheel: &'a TagSet,
) -> Option<Assessed<'a>> {
    if environment.rank(wheel).is_some() {
        return None;
    }
    let nearest_pair = |any: bool| {
        let pairs = wheel
            .pythons()
            .flat_map(|python| wheel.abis().map(move |abi| (python, abi)));
        let misses =
            pairs.map(|(python, abi)| pair_misses(environment, levels, (python, abi), any));
        misses
            .map(|pair| (sum(environment, pair.iter().flatten()), pair))
            .min_by_key(|(cost, _)| *cost)
    };
    // Which interpreters and ABIs go with `any` is another question than which go with a platform.
    let (with_any, with_platform) = (nearest_pair(true)?, nearest_pair(false)?);
    let platforms = wheel.platforms().map(|platform| {
        let (cost, pair) = if platform == "any" {
            with_any
        } else {
            with_platform
        };
        let platform = platform_miss(environment, platform);
        Assessed {
            cost: cost + sum(environment, platform.iter()),
            pair,
            platform,
        }
    });
    platforms.min_by_key(|assessed| assessed.cost)
}

fn sum<'a>(environment: &Environment, misses: impl Iterator<Item = &'a RawMiss<'a>>) -> u32 {
    misses.map(|miss| miss.cost(environment)).sum()
}

/// How an interpreter and its ABI miss, with the platform `any` or another.
fn pair_misses<'a>(
    environment: &Environment,
    levels: &Levels,
    (python, abi): (&'a str, &'a str),
    any: bool,
) -> Pair<'a> {
    let fits = if any {
        levels.any(python, abi)
    } else {
        levels.native(python, abi)
    };
    if fits.is_some() {
        return [None, None];
    }
    let interpreter = python_miss(environment.python().minor, python, abi);
    let binary = abi_miss(levels, python, abi);
    // Something does not fit; if neither alone says what, it is their combination.
    let combination = Kind::Combination { python, abi, any };
    let binary = binary.or_else(|| interpreter.is_none().then_some(combination));
    [
        interpreter.map(|kind| RawMiss {
            part: TagPart::Python,
            tag: python,
            kind,
        }),
        binary.map(|kind| RawMiss {
            part: TagPart::Abi,
            tag: abi,
            kind,
        }),
    ]
}

/// How an interpreter misses; `abi` says whether newer CPythons take it too.
fn python_miss<'a>(minor: u32, python: &'a str, abi: &str) -> Option<Kind<'a>> {
    let (language, digits) = match (python.strip_prefix("cp"), python.strip_prefix("py")) {
        (Some(digits), _) => ("CPython", digits),
        (None, Some(digits)) => ("Python", digits),
        (None, None) => ("", ""),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Kind::Implementation {
            name: implementation(python),
        });
    }
    let Some(digits) = digits.strip_prefix('3') else {
        return Some(Kind::Major);
    };
    // A bare `py3` fits, a bare `cp3` is no miss of the interpreter, and `cp3013` is nothing.
    let needs = number(digits)?;
    let upwards = language == "Python" || abi.starts_with("abi3");
    match needs.cmp(&minor) {
        Ordering::Greater if upwards => Some(Kind::Newer { language, needs }),
        Ordering::Less if upwards => None,
        Ordering::Equal => None,
        _ => Some(Kind::Minor { needs }),
    }
}

/// The implementation of an interpreter tag, as a human calls it.
fn implementation(python: &str) -> &str {
    match python.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_') {
        "pp" => "PyPy",
        "graalpy" => "GraalPy",
        "jy" => "Jython",
        "ip" => "IronPython",
        _ => python,
    }
}

/// How the ABI of a CPython wheel misses, whatever its minor.
fn abi_miss<'a>(levels: &Levels, python: &str, abi: &str) -> Option<Kind<'a>> {
    if !python.starts_with("cp") || abi == "none" || abi == levels.stable || abi == levels.abi {
        return None;
    }
    let free = levels.stable == "abi3t";
    // `m` was in the ABI of every CPython up to 3.7, `u` and `mu` in that of 2.7.
    match abi.strip_prefix(python).unwrap_or(abi) {
        "" | "m" | "u" | "mu" | "abi3" if free => Some(Kind::Build),
        "t" | "abi3t" if !free => Some(Kind::Build),
        "" | "m" | "u" | "mu" | "t" => None,
        _ => Some(Kind::Abi),
    }
}

/// How a platform misses; `None` if it fits.
fn platform_miss<'a>(environment: &'a Environment, tag: &'a str) -> Option<RawMiss<'a>> {
    if tag == "any" || environment.has_platform(tag) {
        return None;
    }
    let found = PlatformTag::parse(tag);
    let kind = match &environment.target().row().platforms {
        PlatformRule::Pyodide => environment
            .pyodide()
            .and_then(|release| pyodide_miss(release, found)),
        PlatformRule::Manylinux { arch }
        | PlatformRule::Musllinux { arch }
        | PlatformRule::Macos { arch } => floor_miss(environment, arch, found),
        PlatformRule::Fixed { .. } => None,
    };
    let kind = kind.unwrap_or_else(|| system_miss(environment, found));
    Some(RawMiss {
        part: TagPart::Platform,
        tag,
        kind,
    })
}

/// The miss of a platform of the same system and architecture, where there is a floor.
fn floor_miss<'a>(
    environment: &Environment,
    arch: &str,
    found: PlatformTag<'_>,
) -> Option<Kind<'a>> {
    let (own, has) = environment.floor()?;
    let (of, needs) = match found {
        PlatformTag::Glibc { floor, .. } => (FloorKind::Glibc, floor),
        PlatformTag::Musl { floor, .. } => (FloorKind::Musl, floor),
        PlatformTag::Mac { floor, .. } => (FloorKind::Macos, floor),
        _ => return None,
    };
    if found.arch(arch) != one_spelling(arch)
        || (own == FloorKind::Macos) != (of == FloorKind::Macos)
    {
        return None;
    }
    Some(match () {
        () if own != of => Kind::Libc {
            needs: of,
            has: own,
            version: has,
        },
        () if needs > has => Kind::Floor { of, needs, has },
        () => Kind::Unlisted,
    })
}

/// The miss of a wheel for another Pyodide.
fn pyodide_miss<'a>(release: &'static PyodideRelease, found: PlatformTag<'a>) -> Option<Kind<'a>> {
    match found {
        PlatformTag::Pyodide { platform } => {
            let place = |platform: &str| {
                PyodideRelease::all()
                    .iter()
                    .position(|row| row.platform == platform)
            };
            let distance = place(platform)
                .zip(place(&release.platform))
                .map(|(one, other)| one.abs_diff(other));
            let distance = distance
                .and_then(|distance| u32::try_from(distance).ok())
                .unwrap_or(u32::MAX);
            Some(Kind::Pyodide {
                needs: platform,
                has: &release.platform,
                distance,
            })
        }
        PlatformTag::Emscripten { version } => Some(Kind::Emscripten {
            needs: version,
            has: &release.emscripten,
        }),
        _ => None,
    }
}

/// The miss of another architecture, or of another system.
fn system_miss<'a>(environment: &'a Environment, found: PlatformTag<'a>) -> Kind<'a> {
    let own = environment
        .platforms()
        .first()
        .map_or(PlatformTag::Any, |platform| PlatformTag::parse(platform));
    let machine = environment.markers().platform_machine.as_str();
    let has = own.arch(machine);
    let needs = found.arch(machine);
    if own.os() != found.os() {
        return Kind::Os {
            needs: found.os(),
            has: own.os(),
            other_arch: has != needs,
        };
    }
    if has == needs {
        return Kind::Unlisted;
    }
    Kind::Arch {
        needs: found.machine(),
        has: own.machine(),
    }
}
