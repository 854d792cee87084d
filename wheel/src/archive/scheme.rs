//! Where the files of a wheel go: its `.data` folder names the places (PEP 427).

use std::fmt;

use crate::WheelFilename;
use crate::name::quoted;
use crate::program::{Reserved, reserved};

use super::directory::{self, Place};
use super::dist_info::{ends_with_folded, is_of, top_level};
use super::entry::Entry;
use super::wheel_error::WheelError;

/// A place that a wheel installs files to, as `sysconfig` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// `site-packages`, for files of any platform.
    Purelib,
    /// `site-packages`, for files of one platform.
    Platlib,
    /// C headers.
    Headers,
    /// Programs.
    Scripts,
    /// The environment's root.
    Data,
}

impl Scheme {
    /// All of them, as folders of `.data`.
    pub const ALL: [Self; 5] = [
        Self::Purelib,
        Self::Platlib,
        Self::Headers,
        Self::Scripts,
        Self::Data,
    ];

    /// The folder's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Purelib => "purelib",
            Self::Platlib => "platlib",
            Self::Headers => "headers",
            Self::Scripts => "scripts",
            Self::Data => "data",
        }
    }

    /// Both libraries are one folder in a virtual environment.
    const fn merged(self) -> Self {
        match self {
            Self::Platlib => Self::Purelib,
            other => other,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Finds the wheel's own `.data` folder and refuses others: pip would take them for its places.
pub(crate) fn find_data<'a>(
    entries: &'a [Entry],
    filename: &WheelFilename,
) -> Result<Option<&'a str>, WheelError> {
    let mut found = None;
    for entry in entries {
        let top = top_level(entry.name());
        if !ends_with_folded(top, ".data") || found == Some(top) {
            continue;
        }
        let own = top
            .strip_suffix(".data")
            .is_some_and(|stem| is_of(stem, &filename.name, &filename.version));
        let reason = match found {
            None if own => {
                found = Some(top);
                continue;
            }
            None => "a .data folder that is not this wheel's own",
            Some(_) => "a second .data folder",
        };
        return Err(WheelError::Data {
            entry: entry.shown(),
            reason,
        });
    }
    Ok(found)
}

/// The place of an entry and its path there; `None` for the folders above, and for what cannot be
/// placed. `root` is where files outside of `.data` go.
pub(crate) fn place<'a>(
    entry: &'a Entry,
    data: Option<&str>,
    root: Scheme,
) -> Option<(Scheme, &'a str)> {
    let inside = data
        .and_then(|data| entry.name().strip_prefix(data))
        .filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let Some(inside) = inside else {
        return Some((root, entry.name()));
    };
    let (key, path) = inside.strip_prefix('/')?.split_once('/')?;
    let scheme = Scheme::ALL
        .into_iter()
        .find(|scheme| scheme.as_str() == key)?;
    Some((scheme, path))
}

/// Checks that every file has a place, that no two files get the same one, and that no program
/// takes a name that is not the wheel's to take.
pub(crate) fn check(
    entries: &[Entry],
    data: Option<&str>,
    filename: &WheelFilename,
) -> Result<(), WheelError> {
    let mut placed = Vec::new();
    for entry in entries {
        // The library that the files outside of `.data` go to does not matter here.
        let Some((scheme, path)) = place(entry, data, Scheme::Purelib) else {
            if entry.is_dir() && is_frame(entry.name(), data) {
                continue;
            }
            let reason = "not in a folder of .data that is known (purelib, platlib, headers, \
                          scripts, data)";
            return Err(WheelError::Data {
                entry: entry.shown(),
                reason,
            });
        };
        if scheme == Scheme::Scripts && !entry.is_dir() {
            check_program(path, filename)?;
        }
        // Without a `.data` folder the archive's own check has seen to clashes.
        if data.is_some() {
            let path = format!("{}/{path}", scheme.merged()).into();
            placed.push(Place {
                path,
                entry: entry.name(),
                is_dir: entry.is_dir(),
            });
        }
    }
    Ok(directory::check_places(placed.into_iter())?)
}

/// `x.data` and `x.data/scripts` hold nothing themselves.
fn is_frame(name: &str, data: Option<&str>) -> bool {
    let inside = data.and_then(|data| name.strip_prefix(data));
    inside.is_some_and(|inside| {
        inside.is_empty()
            || Scheme::ALL
                .iter()
                .any(|s| inside.strip_prefix('/') == Some(s.as_str()))
    })
}

/// Refuses the names of programs that are not the wheel's to take.
pub(crate) fn check_program(path: &str, filename: &WheelFilename) -> Result<(), WheelError> {
    match reserved(path) {
        Some(Reserved::Pip) if filename.name.as_str() == "pip" => Ok(()),
        Some(_) => Err(WheelError::ReservedProgram { name: quoted(path) }),
        None => Ok(()),
    }
}
