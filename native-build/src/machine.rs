//! What of the process environment decides which tools are found, as a value.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where to look for tools. Made once, at the edge; nothing below reads the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Machine {
    /// The folders of `PATH`, in order.
    pub path: Vec<PathBuf>,
    /// Interpreters that may have headers of CPython, or `ziglang`; best first.
    pub pythons: Vec<PathBuf>,
    /// The compiler to use and no other: `MOCHI_CC`.
    pub compiler: Option<String>,
    /// The folder of an emsdk: `EMSDK`.
    pub emsdk: Option<PathBuf>,
    /// Emscripten's `system` folder or its `cache/sysroot`: `MOCHI_EMSCRIPTEN_SYSROOT`.
    pub sysroot: Option<PathBuf>,
    /// Folders that may have the headers of wasi-libc.
    pub wasi_headers: Vec<PathBuf>,
    /// The Rust compiler: `RUSTC`.
    pub rustc: Option<PathBuf>,
    /// The Rust package manager: `CARGO`.
    pub cargo: Option<PathBuf>,
    /// The folder of what it has downloaded: `CARGO_HOME`, else `~/.cargo`.
    pub cargo_home: Option<PathBuf>,
}

impl Machine {
    /// Reads the variables through `variable`, and adds the common places of this system.
    pub fn from_variables(
        variable: impl Fn(&str) -> Option<OsString>,
        pythons: Vec<PathBuf>,
    ) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let folder = |name: &str| set(name).map(PathBuf::from);
        let path = set("PATH").map_or_else(Vec::new, |path| {
            std::env::split_paths(&path)
                .filter(|folder| folder.is_absolute())
                .collect()
        });
        let mut wasi_headers: Vec<PathBuf> = folder("WASI_SDK_PATH")
            .map(|sdk| sdk.join("share/wasi-sysroot/include/wasm32-wasip1"))
            .into_iter()
            .collect();
        if cfg!(unix) {
            wasi_headers.extend(
                ["/usr/include/wasm32-wasi", "/usr/include/wasm32-wasip1"].map(PathBuf::from),
            );
        }
        Self {
            path,
            pythons,
            compiler: set("MOCHI_CC").and_then(|value| value.into_string().ok()),
            emsdk: folder("EMSDK"),
            sysroot: folder("MOCHI_EMSCRIPTEN_SYSROOT"),
            wasi_headers,
            rustc: folder("RUSTC"),
            cargo: folder("CARGO"),
            cargo_home: folder("CARGO_HOME").or_else(|| {
                let home = folder("HOME").or_else(|| folder("USERPROFILE"))?;
                Some(home.join(".cargo"))
            }),
        }
    }

    /// The first program of that name on the PATH.
    pub(crate) fn program(&self, name: &str) -> Option<PathBuf> {
        self.path.iter().find_map(|folder| program_in(folder, name))
    }
}

/// The program of that name in a folder.
pub(crate) fn program_in(folder: &Path, name: &str) -> Option<PathBuf> {
    let ends: &[&str] = if cfg!(windows) {
        &[".exe", ".bat", ".cmd"]
    } else {
        &[""]
    };
    ends.iter()
        .map(|end| folder.join(format!("{name}{end}")))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_are_empty_count_as_none() {
        let machine = Machine::from_variables(
            |name| match name {
                "MOCHI_CC" => Some("clang-19".into()),
                "EMSDK" => Some("".into()),
                "PATH" => Some(std::env::join_paths(["/a", "relative", "/b"]).unwrap()),
                _ => None,
            },
            vec![PathBuf::from("python")],
        );
        assert_eq!(machine.compiler.as_deref(), Some("clang-19"));
        assert_eq!(machine.emsdk, None);
        if cfg!(unix) {
            assert_eq!(machine.path, [PathBuf::from("/a"), PathBuf::from("/b")]);
        }
        assert_eq!(machine.pythons.len(), 1);
    }
}
