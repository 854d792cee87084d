//! `mochi-py-host`: where it is, and what it is linked to.

use super::python::Python;
use crate::ctx::variable;
use crate::error::Failure;
use std::path::{Path, PathBuf};
use std::process::Command;
use tag_matrix::{PythonVersion, RuntimeMode};

/// Names a `mochi-py-host` that lies elsewhere.
const HOST_VARIABLE: &str = "MOCHI_PY_HOST";
/// How a `mochi-py-host` is had.
const HOW_TO_BUILD: &str = "build it in a checkout of mochi with `PYO3_PYTHON=PYTHON cargo \
                            install --path runtime --features host`, where PYTHON is the \
                            interpreter that it is to embed, and put it beside `mochi` or on the \
                            PATH";

/// The `mochi-py-host` beside this program, or on the PATH.
pub(super) fn host() -> Result<Option<PathBuf>, Failure> {
    if let Some(named) = variable(HOST_VARIABLE).map(PathBuf::from) {
        return match named.is_file() {
            true => Ok(Some(named)),
            false => Err(Failure::invalid(format!(
                "{HOST_VARIABLE} names `{}`, which is no file",
                named.display()
            ))),
        };
    }
    let name = format!("mochi-py-host{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe().ok();
    let beside = beside.as_deref().and_then(Path::parent);
    let path = variable("PATH").unwrap_or_default();
    let mut folders = beside
        .map(Path::to_path_buf)
        .into_iter()
        .chain(std::env::split_paths(&path));
    Ok(folders.find_map(|folder| {
        Some(folder.join(&name)).filter(|file| !folder.as_os_str().is_empty() && file.is_file())
    }))
}

pub(super) fn no_host(mode: RuntimeMode) -> Failure {
    Failure::unmet(format!(
        "the mode {mode} needs `mochi-py-host`, which is neither beside `mochi` nor on the PATH"
    ))
    .hint(HOW_TO_BUILD)
}

/// What a `mochi-py-host` is linked to.
pub(super) struct Linked {
    host: PathBuf,
    pub(super) python: PythonVersion,
}

impl Linked {
    pub(super) fn of(host: &Path) -> Result<Self, Failure> {
        let output = Command::new(host).arg("info").output();
        let info = output.ok().filter(|output| output.status.success());
        let info = info
            .and_then(|output| serde_json::from_slice::<serde_json::Value>(&output.stdout).ok());
        let embedded = info.as_ref().and_then(|info| info.get("embedded"));
        let version = embedded
            .and_then(|embedded| embedded.get("python")?.as_str())
            .and_then(|text| text.parse::<PythonVersion>().ok());
        let free = embedded.and_then(|embedded| embedded.get("free-threaded")?.as_bool());
        match version {
            Some(version) => Ok(Self {
                host: host.to_path_buf(),
                python: PythonVersion {
                    freethreaded: free == Some(true),
                    ..version
                },
            }),
            None => Err(Failure::unmet(format!(
                "`{}` does not say what it is linked to: its libpython is gone, or it is another program",
                host.display()
            ))
            .hint(HOW_TO_BUILD)),
        }
    }

    pub(super) fn is_of(&self, python: &Python) -> bool {
        self.python.minor_only() == python.version.minor_only()
    }

    pub(super) fn other(&self, python: &Python) -> Failure {
        Failure::unmet(format!(
            "`{}` embeds Python {}, and `{}` is Python {}",
            self.host.display(),
            self.python.minor_only(),
            python.executable.display(),
            python.version.minor_only()
        ))
        .hint(format!(
            "use --mode subprocess, or build one for it: `PYO3_PYTHON={} cargo install --path \
             runtime --features host`",
            python.executable.display()
        ))
    }
}
