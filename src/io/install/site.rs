//! The place that packages are installed into.

use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use tag_matrix::PythonVersion;
use wheel::archive::Scheme as WheelScheme;

use crate::io::host::{Interpreter, Scheme, Venv};

use super::InstallError;

/// What kind of place a site is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteKind {
    /// A venv.
    Venv,
    /// An interpreter's own `site-packages`.
    Interpreter,
    /// A plain folder.
    Folder,
}

/// The folders that packages go to, and the Python that their scripts are run by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// What it is.
    pub kind: SiteKind,
    /// Its folders, absolute.
    pub scheme: Scheme,
    /// The Python of the scripts; without one, they look for `python3` on the PATH.
    pub python: Option<PathBuf>,
    /// Its version, where there is one.
    pub version: Option<PythonVersion>,
    /// Whether the scripts are for Windows.
    pub windows: bool,
}

/// A root of the installation scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Root {
    /// Pure packages.
    Purelib,
    /// Packages with compiled parts, where that is another folder.
    Platlib,
    /// Commands.
    Scripts,
    /// C headers.
    Headers,
    /// Everything else: the prefix.
    Data,
}

impl Root {
    /// All roots; of two that are the same folder, the first counts.
    pub(crate) const ALL: [Self; 5] = [
        Self::Purelib,
        Self::Platlib,
        Self::Scripts,
        Self::Headers,
        Self::Data,
    ];
}

impl From<WheelScheme> for Root {
    fn from(scheme: WheelScheme) -> Self {
        match scheme {
            WheelScheme::Purelib => Self::Purelib,
            WheelScheme::Platlib => Self::Platlib,
            WheelScheme::Headers => Self::Headers,
            WheelScheme::Scripts => Self::Scripts,
            WheelScheme::Data => Self::Data,
        }
    }
}

/// A file or folder of a site: a root, and a path below it with `/`.
///
/// One file has one place, however it was named: the root is the innermost one that holds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    pub(crate) root: Root,
    pub(crate) path: String,
}

impl Site {
    /// The site of a venv, which must be of the minor that is wanted.
    ///
    /// # Errors
    /// [`InstallError::OtherPython`].
    pub fn venv(venv: &Venv, wanted: PythonVersion) -> Result<Self, InstallError> {
        if !venv.is_of(wanted) {
            return Err(InstallError::OtherPython {
                place: venv.folder.clone(),
                found: venv.version.minor_only(),
                wanted: wanted.minor_only(),
            });
        }
        Ok(Self {
            kind: SiteKind::Venv,
            scheme: venv.scheme.clone(),
            python: Some(venv.python.clone()),
            version: Some(venv.version),
            windows: cfg!(windows),
        })
    }

    /// The `site-packages` of an interpreter, which must be of the minor that is wanted.
    ///
    /// # Errors
    /// [`InstallError::OtherPython`]; [`InstallError::ExternallyManaged`] where another package
    /// manager owns it (PEP 668).
    pub fn interpreter(
        interpreter: &Interpreter,
        wanted: PythonVersion,
    ) -> Result<Self, InstallError> {
        if !interpreter.is_of(wanted) {
            return Err(InstallError::OtherPython {
                place: interpreter.executable.clone(),
                found: interpreter.python().minor_only(),
                wanted: wanted.minor_only(),
            });
        }
        if let Some(marker) = interpreter.externally_managed() {
            return Err(InstallError::ExternallyManaged {
                python: interpreter.executable.clone(),
                marker,
            });
        }
        Ok(Self {
            kind: if interpreter.is_venv() {
                SiteKind::Venv
            } else {
                SiteKind::Interpreter
            },
            scheme: interpreter.scheme.clone(),
            python: Some(interpreter.executable.clone()),
            version: Some(interpreter.python()),
            windows: cfg!(windows),
        })
    }

    /// A plain folder, made when it is not there. `windows` says what its scripts are for.
    ///
    /// # Errors
    /// [`InstallError::Disk`] where the current folder is gone, so that a relative path means
    /// nothing.
    pub fn folder(
        folder: &Path,
        python: Option<PathBuf>,
        windows: bool,
    ) -> Result<Self, InstallError> {
        let folder = std::path::absolute(folder).map_err(InstallError::disk("find", folder))?;
        Ok(Self {
            kind: SiteKind::Folder,
            scheme: Scheme::of_folder(&folder),
            python,
            version: None,
            windows,
        })
    }

    /// The folder of a root.
    pub(crate) fn root(&self, root: Root) -> &Path {
        match root {
            Root::Purelib => &self.scheme.purelib,
            Root::Platlib => &self.scheme.platlib,
            Root::Scripts => &self.scheme.scripts,
            Root::Headers => &self.scheme.headers,
            Root::Data => &self.scheme.data,
        }
    }

    /// The roots that hold `.dist-info` folders, each folder once.
    pub(crate) fn libraries(&self) -> impl Iterator<Item = Root> {
        let same = self.scheme.purelib == self.scheme.platlib;
        [Root::Purelib, Root::Platlib]
            .into_iter()
            .take(if same { 1 } else { 2 })
    }

    /// Tells the places of the paths of a `RECORD` in the library `base`.
    pub(crate) fn locator(&self, base: Root) -> Locator<'_> {
        let folder = self.root(base);
        let inner = Root::ALL
            .into_iter()
            .map(|root| self.root(root))
            .filter(|other| *other != folder)
            .filter_map(|other| Some(other.strip_prefix(folder).ok()?.to_str()?.to_owned()))
            .collect();
        Locator {
            site: self,
            base,
            inner,
        }
    }

    /// The place of an absolute path without `..`.
    pub(crate) fn place_of(&self, whole: &Path) -> Option<Place> {
        let mut best: Option<(usize, Root, &Path)> = None;
        for root in Root::ALL {
            let folder = self.root(root);
            let Ok(rest) = whole.strip_prefix(folder) else {
                continue;
            };
            let depth = folder.components().count();
            if best.is_none_or(|(deepest, ..)| depth > deepest) {
                best = Some((depth, root, rest));
            }
        }
        let (_, root, rest) = best?;
        let parts: Option<Vec<&str>> = rest
            .components()
            .map(|part| part.as_os_str().to_str())
            .collect();
        let path = parts?.join("/");
        (!path.is_empty()).then_some(Place { root, path })
    }

    /// The absolute path of a place.
    pub(crate) fn path(&self, place: &Place) -> PathBuf {
        self.root(place.root).join(&place.path)
    }

    /// What stands before the paths of `root` in a `RECORD` in the library `base`:
    /// `../../../bin/`.
    pub(crate) fn record_prefix(&self, base: Root, root: Root) -> String {
        let (base, root) = (self.root(base), self.root(root));
        let common = base
            .components()
            .zip(root.components())
            .take_while(|(a, b)| a == b)
            .count();
        let mut prefix = "../".repeat(base.components().count() - common);
        for part in root
            .components()
            .skip(common)
            .filter_map(|part| part.as_os_str().to_str())
        {
            prefix.push_str(part);
            prefix.push('/');
        }
        prefix
    }
}

/// Tells the places of paths that are relative to a library.
#[derive(Debug)]
pub(crate) struct Locator<'a> {
    site: &'a Site,
    base: Root,
    /// Other roots inside of the library, relative to it.
    inner: Vec<String>,
}

impl Locator<'_> {
    /// Whether a path is that of its place already, relative to the library: plain, and in none
    /// of the roots inside of it.
    pub(crate) fn is_direct(&self, path: &str) -> bool {
        is_plain(path)
            && !self.inner.iter().any(|inner| {
                path.strip_prefix(inner.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
    }

    /// The place of a path, relative to the library or absolute, after its `..` are worked out.
    /// `None` for what lies outside of every root, or is a root.
    pub(crate) fn locate(&self, path: &str) -> Option<Place> {
        if self.is_direct(path) && self.base == Root::Purelib {
            return Some(Place {
                root: self.base,
                path: path.to_owned(),
            });
        }
        let whole = normalise(&self.site.root(self.base).join(path))?;
        self.site.place_of(&whole)
    }
}

/// Whether a path is relative and has neither `.`, `..` nor empty parts.
fn is_plain(path: &str) -> bool {
    let separator = |c: char| c == '/' || (cfg!(windows) && (c == '\\' || c == ':'));
    !path.is_empty()
        && path
            .split(separator)
            .all(|part| !matches!(part, "" | "." | ".."))
}

/// Works out `.` and `..` by the text alone. `None` where `..` leads above the root.
fn normalise(path: &Path) -> Option<PathBuf> {
    let mut whole = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !whole.pop() {
                    return None;
                }
            }
            part => whole.push(part),
        }
    }
    Some(whole)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn venv() -> Site {
        Site {
            kind: SiteKind::Venv,
            scheme: Scheme::of_venv(Path::new("/v"), "python3.13", false),
            python: None,
            version: None,
            windows: false,
        }
    }

    #[test]
    fn a_path_of_a_record_has_one_place_or_none() {
        for (path, place) in [
            ("a/b.py", Some((Root::Purelib, "a/b.py"))),
            ("./a//b.py", Some((Root::Purelib, "a/b.py"))),
            ("../../../bin/tool", Some((Root::Scripts, "tool"))),
            ("/v/bin/tool", Some((Root::Scripts, "tool"))),
            (
                "../../../share/man/x.1",
                Some((Root::Data, "share/man/x.1")),
            ),
            (
                "../../../include/site/python3.13/a/a.h",
                Some((Root::Headers, "a/a.h")),
            ),
            ("../site-packages/a.py", Some((Root::Purelib, "a.py"))),
            ("../../../../etc/passwd", None),
            ("../../../../../../../../etc/passwd", None),
            ("/etc/passwd", None),
            ("/v", None),
            ("../../..", None),
            (".", None),
            ("", None),
        ] {
            let found = venv().locator(Root::Purelib).locate(path);
            let found = found
                .as_ref()
                .map(|found| (found.root, found.path.as_str()));
            assert_eq!(found, place, "{path}");
        }
    }

    #[test]
    fn a_record_names_places_as_they_are_located() {
        let folder = Site::folder(Path::new("/t"), None, false).unwrap();
        for (site, root, path, row) in [
            (venv(), Root::Purelib, "a/b.py", "a/b.py"),
            (venv(), Root::Scripts, "tool", "../../../bin/tool"),
            (venv(), Root::Data, "share/x", "../../../share/x"),
            (
                venv(),
                Root::Headers,
                "a/a.h",
                "../../../include/site/python3.13/a/a.h",
            ),
            (folder.clone(), Root::Scripts, "tool", "bin/tool"),
            (folder, Root::Purelib, "share/x", "share/x"),
        ] {
            let place = Place {
                root,
                path: path.to_owned(),
            };
            assert_eq!(site.record_prefix(Root::Purelib, root) + path, row);
            assert_eq!(site.locator(Root::Purelib).locate(row), Some(place));
        }
    }
}
