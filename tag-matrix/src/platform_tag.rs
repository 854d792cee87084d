//! Reading a platform tag, to say what it is for.

use crate::FloorVersion;
use crate::platforms::mac_formats;

/// A platform tag, read for a human.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlatformTag<'a> {
    /// `any`.
    Any,
    /// `manylinux_2_28_x86_64` and its older names.
    Glibc { floor: FloorVersion, arch: &'a str },
    /// `musllinux_1_2_x86_64`.
    Musl { floor: FloorVersion, arch: &'a str },
    /// `linux_x86_64`.
    Linux { arch: &'a str },
    /// `macosx_11_0_arm64`.
    Mac {
        floor: FloorVersion,
        format: &'a str,
    },
    /// `win_amd64`.
    Windows { arch: &'a str },
    /// `pyemscripten_2025_0_wasm32`, `pyodide_2025_0_wasm32`.
    Pyodide { platform: &'a str },
    /// `emscripten_4_0_9_wasm32`.
    Emscripten { version: &'a str },
    /// `wasi_0_0_0_wasm32`.
    Wasi,
    /// Another system, by its name.
    Other { os: &'a str },
}

impl<'a> PlatformTag<'a> {
    pub(crate) fn parse(tag: &'a str) -> Self {
        let legacy = [
            ("manylinux2014_", 17),
            ("manylinux2010_", 12),
            ("manylinux1_", 5),
        ];
        for (prefix, minor) in legacy {
            if let Some(arch) = tag.strip_prefix(prefix) {
                return Self::Glibc {
                    floor: (2, minor),
                    arch,
                };
            }
        }
        let (os, rest) = tag
            .split_once('_')
            .filter(|(os, _)| !os.is_empty())
            .unwrap_or((tag, ""));
        let versioned = || floor_and_rest(rest);
        let wasm = || {
            rest.strip_suffix("_wasm32")
                .filter(|version| !version.is_empty())
        };
        let arch = (!rest.is_empty()).then_some(rest);
        let read = match os {
            "any" if rest.is_empty() => Some(Self::Any),
            "manylinux" => versioned().map(|(floor, arch)| Self::Glibc { floor, arch }),
            "musllinux" => versioned().map(|(floor, arch)| Self::Musl { floor, arch }),
            "macosx" => versioned().map(|(floor, format)| Self::Mac { floor, format }),
            "linux" => arch.map(|arch| Self::Linux { arch }),
            "win" => arch.map(|arch| Self::Windows { arch }),
            "win32" => Some(Self::Windows { arch: "x86" }),
            "pyemscripten" | "pyodide" => wasm().map(|platform| Self::Pyodide { platform }),
            "emscripten" => wasm().map(|version| Self::Emscripten { version }),
            "wasi" | "wasip1" | "wasip2" => Some(Self::Wasi),
            _ => Some(Self::Other { os }),
        };
        // Misspelt: only the whole of it says anything.
        read.unwrap_or(Self::Other { os: tag })
    }

    /// The operating system, as a human calls it.
    pub(crate) fn os(&self) -> &'a str {
        match self {
            Self::Any => "any system",
            Self::Glibc { .. } | Self::Musl { .. } | Self::Linux { .. } => "Linux",
            Self::Mac { .. } => "macOS",
            Self::Windows { .. } => "Windows",
            Self::Pyodide { .. } => "Pyodide",
            Self::Emscripten { .. } => "Emscripten",
            Self::Wasi => "WASI",
            Self::Other { os: "android" } => "Android",
            Self::Other { os: "ios" } => "iOS",
            Self::Other { os } => os,
        }
    }

    /// The architecture, spelt alike for all systems; of a fat macOS binary the one given if it
    /// holds that.
    pub(crate) fn arch(&self, wanted: &str) -> &'a str {
        match self {
            Self::Glibc { arch, .. }
            | Self::Musl { arch, .. }
            | Self::Linux { arch }
            | Self::Windows { arch } => one_spelling(arch),
            Self::Mac { format, .. } if *format == "universal2" => {
                one_spelling(if wanted == "arm64" { "arm64" } else { "x86_64" })
            }
            Self::Mac { format, .. } if mac_formats("x86_64").contains(format) => "x86_64",
            Self::Mac { format, .. } => format,
            Self::Pyodide { .. } | Self::Emscripten { .. } | Self::Wasi => "wasm32",
            Self::Any | Self::Other { .. } => "",
        }
    }

    /// The architecture as the tag spells it.
    pub(crate) fn machine(&self) -> &'a str {
        match self {
            Self::Glibc { arch, .. } | Self::Musl { arch, .. } => arch,
            Self::Linux { arch } | Self::Windows { arch } => arch,
            _ => self.arch(""),
        }
    }
}

/// One name for an architecture that systems name differently.
pub(crate) fn one_spelling(arch: &str) -> &str {
    match arch {
        "amd64" => "x86_64",
        "aarch64" => "arm64",
        _ => arch,
    }
}

/// `2_28_x86_64` as 2.28 and `x86_64`.
fn floor_and_rest(text: &str) -> Option<(FloorVersion, &str)> {
    let (major, rest) = text.split_once('_')?;
    let (minor, rest) = rest.split_once('_')?;
    let number = |digits: &str| {
        digits
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| digits.parse().ok())
            .flatten()
    };
    Some(((number(major)?, number(minor)?), rest)).filter(|_| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading() {
        for (tag, os, arch) in [
            ("manylinux_2_28_x86_64", "Linux", "x86_64"),
            ("manylinux2014_aarch64", "Linux", "arm64"),
            ("musllinux_1_2_armv7l", "Linux", "armv7l"),
            ("linux_i686", "Linux", "i686"),
            ("macosx_11_0_universal2", "macOS", "arm64"),
            ("macosx_10_9_intel", "macOS", "x86_64"),
            ("macosx_10_4_ppc", "macOS", "ppc"),
            ("win32", "Windows", "x86"),
            ("win_amd64", "Windows", "x86_64"),
            ("win_arm64", "Windows", "arm64"),
            ("pyodide_2025_0_wasm32", "Pyodide", "wasm32"),
            ("emscripten_4_0_9_wasm32", "Emscripten", "wasm32"),
            ("wasi_0_0_0_wasm32", "WASI", "wasm32"),
            ("android_24_arm64_v8a", "Android", ""),
            ("ios_13_0_arm64_iphoneos", "iOS", ""),
            ("freebsd_14_x86_64", "freebsd", ""),
            ("any", "any system", ""),
        ] {
            let parsed = PlatformTag::parse(tag);
            assert_eq!((parsed.os(), parsed.arch("arm64")), (os, arch), "{tag}");
        }
        assert_eq!(
            PlatformTag::parse("manylinux_2_28_x86_64"),
            PlatformTag::Glibc {
                floor: (2, 28),
                arch: "x86_64"
            }
        );
        assert_eq!(
            PlatformTag::parse("manylinux1_x86_64"),
            PlatformTag::Glibc {
                floor: (2, 5),
                arch: "x86_64"
            }
        );
    }

    #[test]
    fn hostile_tags_are_read_as_another_system() {
        for tag in [
            "manylinux_",
            "manylinux_2",
            "manylinux_99999999999_0_x",
            "macosx_+1_0_arm64",
            "pyodide_",
            "pyodide__wasm32",
            "manylinux_2_28_",
            "linux_",
            "win_",
            "",
            "_",
        ] {
            assert!(
                matches!(PlatformTag::parse(tag), PlatformTag::Other { .. }),
                "{tag}"
            );
        }
    }
}
