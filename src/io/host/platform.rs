//! The machine under a Python: system, processor and C library.

use std::fmt;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The C library that a Python of Linux is linked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Libc {
    /// The GNU C library, by version.
    Glibc(u32, u32),
    /// musl, by version; 0.0 where it does not say.
    Musl(u32, u32),
}

impl fmt::Display for Libc {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Glibc(major, minor) => write!(formatter, "glibc {major}.{minor}"),
            Self::Musl(major, minor) => write!(formatter, "musl {major}.{minor}"),
        }
    }
}

/// What a Python runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// `linux`, `macos`, `windows`, or what `sys.platform` says.
    pub os: String,
    /// The processor that the interpreter is built for: `x86_64`, `aarch64`, …
    pub machine: String,
    /// The C library, on Linux.
    pub libc: Option<Libc>,
    /// The version of macOS.
    pub macos: Option<(u32, u32)>,
}

impl Platform {
    /// The platform of this process, for use where there is no Python to ask.
    pub fn of_host() -> Self {
        let os = std::env::consts::OS;
        Self {
            os: os.to_owned(),
            machine: std::env::consts::ARCH.to_owned(),
            libc: (os == "linux")
                .then(|| libc_of_root(Path::new("/")))
                .flatten(),
            macos: None,
        }
    }

    /// The name of the target that this platform is, `linux-x64`; `None` for one that has no row
    /// in the table.
    pub fn target_name(&self) -> Option<&'static str> {
        let arm = match self.machine.to_ascii_lowercase().as_str() {
            "x86_64" | "amd64" | "x64" => false,
            "aarch64" | "arm64" => true,
            _ => return None,
        };
        let musl = matches!(self.libc, Some(Libc::Musl(..)));
        Some(match (self.os.as_str(), arm, musl) {
            ("linux", false, false) => "linux-x64",
            ("linux", true, false) => "linux-arm64",
            ("linux", false, true) => "linux-musl-x64",
            ("linux", true, true) => "linux-musl-arm64",
            ("macos", false, _) => "macos-x64",
            ("macos", true, _) => "macos-arm64",
            ("windows", false, _) => "windows-x64",
            ("windows", true, _) => "windows-arm64",
            _ => return None,
        })
    }
}

/// The C library of a Linux root: glibc where its loader is there (even if musl is too), else
/// musl. The version of glibc stands in the library itself.
fn libc_of_root(root: &Path) -> Option<Libc> {
    let mut musl = false;
    for folder in ["lib", "lib64", "usr/lib", "usr/lib64"] {
        let Ok(entries) = fs::read_dir(root.join(folder)) else {
            continue;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            musl |= name.starts_with("ld-musl-");
            let library = match () {
                () if name == "libc.so.6" => entry.path(),
                () if name.ends_with("-linux-gnu") => entry.path().join("libc.so.6"),
                () => continue,
            };
            if let Some(version) = glibc_version(&library) {
                return Some(version);
            }
        }
    }
    musl.then_some(Libc::Musl(0, 0))
}

fn glibc_version(library: &Path) -> Option<Libc> {
    const BEFORE: &[u8] = b"stable release version ";
    let bytes = fs::read(library).ok()?;
    let at = bytes
        .windows(BEFORE.len())
        .position(|window| window == BEFORE)?;
    let rest = &bytes[at + BEFORE.len()..];
    let end = rest
        .iter()
        .position(|byte| !byte.is_ascii_digit() && *byte != b'.')?;
    let text = std::str::from_utf8(&rest[..end]).ok()?;
    let (major, minor) = text.trim_end_matches('.').split_once('.')?;
    Some(Libc::Glibc(
        major.parse().ok()?,
        minor.split('.').next()?.parse().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(os: &str, machine: &str, libc: Option<Libc>) -> Platform {
        Platform {
            os: os.into(),
            machine: machine.into(),
            libc,
            macos: None,
        }
    }

    #[test]
    fn a_platform_names_its_target() {
        let musl = Some(Libc::Musl(1, 2));
        let glibc = Some(Libc::Glibc(2, 36));
        for (os, machine, libc, target) in [
            ("linux", "x86_64", glibc, Some("linux-x64")),
            ("linux", "aarch64", musl, Some("linux-musl-arm64")),
            ("macos", "arm64", None, Some("macos-arm64")),
            ("windows", "AMD64", None, Some("windows-x64")),
            ("linux", "riscv64", glibc, None),
            ("freebsd14", "x86_64", None, None),
        ] {
            assert_eq!(
                platform(os, machine, libc).target_name(),
                target,
                "{os} {machine}"
            );
        }
    }

    #[test]
    fn the_c_library_is_read_from_the_root() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(libc_of_root(root.path()), None);
        fs::create_dir_all(root.path().join("lib")).unwrap();
        fs::write(root.path().join("lib/ld-musl-x86_64.so.1"), "").unwrap();
        assert_eq!(libc_of_root(root.path()), Some(Libc::Musl(0, 0)));
        let gnu = root.path().join("usr/lib/x86_64-linux-gnu");
        fs::create_dir_all(&gnu).unwrap();
        fs::write(
            gnu.join("libc.so.6"),
            "\0GNU C Library (X) stable release version 2.36.\nCopyright",
        )
        .unwrap();
        assert_eq!(libc_of_root(root.path()), Some(Libc::Glibc(2, 36)));
    }
}
