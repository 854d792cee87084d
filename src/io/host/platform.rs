//! The machine under a Python: system, processor and C library.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The C library that a Python of Linux is linked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Libc {
    /// The GNU C library, by version; 0.0 where nobody was asked.
    Glibc(u32, u32),
    /// musl, by version; 0.0 where nobody was asked or could say.
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
                .then(|| libc_of_root(Path::new("/"), std::env::consts::ARCH))
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

/// The C library of a Linux root, by the loaders that are there: glibc, even if musl is too, else
/// musl. Which version would take reading the library, and a Python knows it.
fn libc_of_root(root: &Path, machine: &str) -> Option<Libc> {
    let glibc = match machine {
        "x86_64" => "lib64/ld-linux-x86-64.so.2".to_owned(),
        machine => format!("lib/ld-linux-{machine}.so.1"),
    };
    if root.join(glibc).exists() {
        return Some(Libc::Glibc(0, 0));
    }
    let musl = root.join(format!("lib/ld-musl-{machine}.so.1"));
    musl.exists().then_some(Libc::Musl(0, 0))
}

#[cfg(test)]
mod tests {
    use std::fs;

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
    fn the_c_library_is_told_by_its_loader() {
        let root = tempfile::tempdir().unwrap();
        let libc = || libc_of_root(root.path(), "x86_64");
        assert_eq!(libc(), None);
        fs::create_dir_all(root.path().join("lib")).unwrap();
        fs::write(root.path().join("lib/ld-musl-x86_64.so.1"), "").unwrap();
        assert_eq!(libc(), Some(Libc::Musl(0, 0)));
        assert_eq!(libc_of_root(root.path(), "aarch64"), None);
        fs::create_dir_all(root.path().join("lib64")).unwrap();
        fs::write(root.path().join("lib64/ld-linux-x86-64.so.2"), "").unwrap();
        assert_eq!(libc(), Some(Libc::Glibc(0, 0)));
    }
}
