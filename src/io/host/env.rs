//! What of the process environment decides which Pythons are found, as a value.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where to look for Pythons. Made once, at the edge; nothing below reads the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostEnv {
    /// The folders of `PATH`, in order.
    pub path: Vec<PathBuf>,
    /// The home folder.
    pub home: Option<PathBuf>,
    /// pyenv's folder: `PYENV_ROOT`, else `~/.pyenv`.
    pub pyenv_root: Option<PathBuf>,
    /// Further folders that hold interpreters, looked at after the PATH and pyenv.
    pub folders: Vec<PathBuf>,
    /// Folders whose children are installations, each with its interpreter in `bin` (or at the
    /// top, on Windows).
    pub installations: Vec<PathBuf>,
}

impl HostEnv {
    /// Reads the variables through `variable`, and adds the common places of this system.
    pub fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let home = set("HOME")
            .or_else(|| set("USERPROFILE"))
            .map(PathBuf::from);
        let path = set("PATH").map_or_else(Vec::new, |path| {
            std::env::split_paths(&path)
                .filter(|folder| folder.is_absolute())
                .collect()
        });
        let in_home = |relative: &str| home.as_ref().map(|home| home.join(relative));
        let pyenv_root = set("PYENV_ROOT")
            .or_else(|| set("PYENV"))
            .map(PathBuf::from)
            .or_else(|| in_home(".pyenv"));
        let data = set("XDG_DATA_HOME")
            .map(PathBuf::from)
            .or_else(|| in_home(".local/share"));
        let mut installations: Vec<PathBuf> = set("UV_PYTHON_INSTALL_DIR")
            .map(PathBuf::from)
            .into_iter()
            .collect();
        installations.extend(data.map(|data| data.join("uv/python")));
        installations.extend(system_installations());
        if cfg!(windows) {
            installations
                .extend(set("LOCALAPPDATA").map(|local| Path::new(&local).join("Programs/Python")));
            installations.extend(set("APPDATA").map(|data| Path::new(&data).join("uv/python")));
            installations.extend(set("ProgramFiles").map(PathBuf::from));
        }
        let mut folders: Vec<PathBuf> = system_folders().iter().map(PathBuf::from).collect();
        folders.extend(in_home(".local/bin"));
        Self {
            path,
            home,
            pyenv_root,
            folders,
            installations,
        }
    }

    /// Whether a folder of the PATH holds only stand-ins (pyenv's shims), which answer with
    /// whatever version the current folder selects, or fail.
    pub(crate) fn is_shims(&self, folder: &Path) -> bool {
        folder.ends_with("shims")
            && (folder
                .parent()
                .is_some_and(|root| root.join("libexec").is_dir())
                || self
                    .pyenv_root
                    .as_ref()
                    .is_some_and(|root| folder.starts_with(root))
                || folder.components().any(|part| {
                    matches!(
                        part.as_os_str().to_str(),
                        Some("pyenv" | ".pyenv" | ".asdf" | "mise")
                    )
                }))
    }
}

fn system_folders() -> &'static [&'static str] {
    if cfg!(windows) {
        &[]
    } else if cfg!(target_os = "macos") {
        &[
            "/usr/local/bin",
            "/opt/homebrew/bin",
            "/opt/local/bin",
            "/usr/bin",
        ]
    } else {
        &[
            "/usr/local/bin",
            "/usr/bin",
            "/home/linuxbrew/.linuxbrew/bin",
        ]
    }
}

fn system_installations() -> Vec<PathBuf> {
    if cfg!(target_os = "macos") {
        vec![PathBuf::from(
            "/Library/Frameworks/Python.framework/Versions",
        )]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(variables: &[(&str, &str)]) -> HostEnv {
        HostEnv::from_variables(|name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn pyenv_is_in_the_home_folder_unless_it_says_otherwise() {
        assert_eq!(
            env(&[("HOME", "/h")]).pyenv_root,
            Some(PathBuf::from("/h/.pyenv"))
        );
        assert_eq!(
            env(&[("HOME", "/h"), ("PYENV_ROOT", "/p")]).pyenv_root,
            Some(PathBuf::from("/p"))
        );
        assert_eq!(env(&[("PYENV_ROOT", "")]).pyenv_root, None);
    }

    #[test]
    fn relative_folders_of_the_path_are_not_trusted() {
        let found = env(&[("PATH", "/a:.::b:/c")]);
        assert_eq!(found.path, [PathBuf::from("/a"), PathBuf::from("/c")]);
    }

    #[test]
    fn shims_are_told_from_folders_of_interpreters() {
        let found = env(&[("HOME", "/h"), ("PYENV_ROOT", "/p")]);
        assert!(found.is_shims(Path::new("/p/shims")));
        assert!(found.is_shims(Path::new("/p/plugins/pyenv-virtualenv/shims")));
        assert!(found.is_shims(Path::new("/h/.pyenv/shims")));
        assert!(!found.is_shims(Path::new("/usr/bin")));
        assert!(!found.is_shims(Path::new("/opt/mine/shims")));
    }
}
