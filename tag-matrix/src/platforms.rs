//! The platform tags of an environment, in `packaging`'s order.

use crate::table::PlatformRule;
use crate::{FloorVersion, PyodideRelease};

/// The platforms of an environment, and where each stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Platforms {
    /// Best first.
    list: Vec<String>,
    /// Indexes into `list`, sorted by name. A binary search over some tens of names is as quick as
    /// a hash, and has no seed.
    sorted: Vec<u32>,
}

impl Platforms {
    /// The platforms by a rule of the table. `floor` is that of the target where it has one.
    pub(crate) fn new(
        rule: &PlatformRule,
        floor: FloorVersion,
        pyodide: Option<&PyodideRelease>,
    ) -> Self {
        let list = match rule {
            PlatformRule::Manylinux { arch } => manylinux(floor, arch),
            PlatformRule::Musllinux { arch } => musllinux(floor, arch),
            PlatformRule::Macos { arch } => macos(floor, arch),
            PlatformRule::Pyodide => pyodide.map(emscripten).unwrap_or_default(),
            PlatformRule::Fixed { tags } => tags.clone(),
        };
        let mut sorted: Vec<u32> = (0..).take(list.len()).collect();
        sorted.sort_by(|left, right| list[*left as usize].cmp(&list[*right as usize]));
        Self { list, sorted }
    }

    pub(crate) fn list(&self) -> &[String] {
        &self.list
    }

    pub(crate) fn len(&self) -> u32 {
        // A floor is capped, so that there are some hundreds at most.
        u32::try_from(self.list.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn index(&self, platform: &str) -> Option<u32> {
        let found = self
            .sorted
            .binary_search_by(|index| self.list[*index as usize].as_str().cmp(platform));
        found.ok().map(|place| self.sorted[place])
    }
}

/// `packaging`'s `_linux_platforms` where there is a glibc: the bare platform, then PEP 600 with
/// the older names at their glibc (PEP 513, 571, 599).
fn manylinux((major, minor): FloorVersion, arch: &str) -> Vec<String> {
    let oldest = if arch == "x86_64" { 5 } else { 17 };
    let mut list = vec![format!("linux_{arch}")];
    for minor in (oldest..=minor).rev() {
        list.push(format!("manylinux_{major}_{minor}_{arch}"));
        let legacy = match minor {
            17 => "manylinux2014",
            12 => "manylinux2010",
            5 => "manylinux1",
            _ => continue,
        };
        list.push(format!("{legacy}_{arch}"));
    }
    list
}

/// The same where there is a musl, PEP 656.
fn musllinux((major, minor): FloorVersion, arch: &str) -> Vec<String> {
    let newest_first = (0..=minor)
        .rev()
        .map(|minor| format!("musllinux_{major}_{minor}_{arch}"));
    std::iter::once(format!("linux_{arch}"))
        .chain(newest_first)
        .collect()
}

/// The formats of macOS binaries that run on an architecture, most specific first.
pub(crate) fn mac_formats(arch: &str) -> &'static [&'static str] {
    match arch {
        "x86_64" => &[
            "x86_64",
            "intel",
            "fat64",
            "fat3",
            "universal2",
            "universal",
        ],
        _ => &["arm64", "universal2"],
    }
}

/// `packaging`'s `mac_platforms`. From 11 on, a release is a major version; before, a minor one.
/// Binaries of 10.x hold an Intel part, so that of these an Apple Silicon takes `universal2` only.
fn macos((major, minor): FloorVersion, arch: &str) -> Vec<String> {
    let mut list = Vec::new();
    for major in (11..=major).rev() {
        list.extend(
            mac_formats(arch)
                .iter()
                .map(|format| format!("macosx_{major}_0_{format}")),
        );
    }
    let newest = if major >= 11 { 16 } else { minor };
    let formats = if arch == "x86_64" {
        mac_formats(arch)
    } else {
        &["universal2"]
    };
    for minor in (4..=newest).rev() {
        list.extend(
            formats
                .iter()
                .map(|format| format!("macosx_10_{minor}_{format}")),
        );
    }
    list
}

/// PEP 783's name, the one before it, and Emscripten's: the order of micropip.
fn emscripten(release: &PyodideRelease) -> Vec<String> {
    let platform = &release.platform;
    let emscripten = release.emscripten.replace('.', "_");
    vec![
        format!("pyemscripten_{platform}_wasm32"),
        format!("pyodide_{platform}_wasm32"),
        format!("emscripten_{emscripten}_wasm32"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_names_stand_at_their_glibc() {
        let list = manylinux((2, 18), "x86_64");
        assert_eq!(
            list[..4],
            [
                "linux_x86_64",
                "manylinux_2_18_x86_64",
                "manylinux_2_17_x86_64",
                "manylinux2014_x86_64"
            ]
        );
        assert_eq!(
            list[list.len() - 2..],
            ["manylinux_2_5_x86_64", "manylinux1_x86_64"]
        );
        assert_eq!(
            manylinux((2, 17), "aarch64"),
            [
                "linux_aarch64",
                "manylinux_2_17_aarch64",
                "manylinux2014_aarch64"
            ]
        );
    }

    #[test]
    fn apple_silicon_takes_old_universal2_only() {
        let list = macos((12, 3), "arm64");
        assert_eq!(
            list[..5],
            [
                "macosx_12_0_arm64",
                "macosx_12_0_universal2",
                "macosx_11_0_arm64",
                "macosx_11_0_universal2",
                "macosx_10_16_universal2"
            ]
        );
        assert_eq!(list.last().unwrap(), "macosx_10_4_universal2");
        assert_eq!(macos((10, 4), "x86_64").len(), 6);
    }

    #[test]
    fn every_platform_is_found_where_it_stands() {
        for list in [
            Platforms::new(
                &PlatformRule::Manylinux {
                    arch: "x86_64".into(),
                },
                (2, 39),
                None,
            ),
            Platforms::new(
                &PlatformRule::Macos {
                    arch: "x86_64".into(),
                },
                (26, 0),
                None,
            ),
            Platforms::new(&PlatformRule::Fixed { tags: vec![] }, (0, 0), None),
        ] {
            for (index, platform) in list.list().iter().enumerate() {
                assert_eq!(
                    list.index(platform),
                    u32::try_from(index).ok(),
                    "{platform}"
                );
            }
            for absent in [
                "any",
                "",
                "manylinux_2_40_x86_64",
                "macosx_27_0_x86_64",
                "zzz",
            ] {
                assert_eq!(list.index(absent), None, "{absent}");
            }
        }
    }
}
