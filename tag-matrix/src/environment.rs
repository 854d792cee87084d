//! A target at one CPython, with its floors: what a resolution is for.

use crate::levels::Levels;
use crate::platforms::Platforms;
use crate::settle;
use crate::{
    EnvironmentError, FloorKind, FloorVersion, Floors, Markers, PyodideRelease, PythonVersion, Tag,
    TagSet, Target, TargetKind,
};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// An environment. Cheap to clone; ordered by target (in table order), Python and floors.
#[derive(Clone)]
pub struct Environment(Arc<Inner>);

struct Inner {
    target: Target,
    python: PythonVersion,
    floors: Floors,
    name: String,
    markers: Markers,
    /// `None` where there is no Python at all.
    levels: Option<Levels>,
    platforms: Platforms,
    pyodide: Option<&'static PyodideRelease>,
}

impl Environment {
    /// The environment of a target at a CPython. What `floors` leaves open is the table's default
    /// for the target; Pyodide's is the newest release of the minor. The patch of a CPython that
    /// the target has of its own need not be given.
    ///
    /// # Errors
    /// [`EnvironmentError`] where the target has no such CPython, or no such floor.
    pub fn new(
        target: Target,
        python: PythonVersion,
        floors: &Floors,
    ) -> Result<Self, EnvironmentError> {
        let row = target.row();
        let known = python.row()?;
        let native = row.kind == TargetKind::Native;
        if python.freethreaded && !(known.freethreaded && native) {
            return Err(EnvironmentError::NoFreethreaded {
                target: target.name(),
                python,
            });
        }
        let floor = settle::floor(target, floors)?;
        let pyodide = settle::pyodide(target, python, floors)?;
        let full = settle::full_version(target, python, pyodide)?;
        // A CPython that the target has of its own is named by its minor alone.
        let python = if native { python } else { python.minor_only() };
        let mut effective = floor
            .map(|(kind, version)| Floors::only(kind, version))
            .unwrap_or_default();
        effective.pyodide = pyodide.map(|release| release.version.clone());
        let minor = format!("{}.{}", python.major, python.minor);
        let emscripten = pyodide.map(|release| release.emscripten.as_str());
        Ok(Self(Arc::new(Inner {
            target,
            python,
            floors: effective,
            name: format!("{target}-{}", python.abi_tag()),
            markers: Markers::new(&row.markers, minor, &full, emscripten),
            levels: (row.kind != TargetKind::NoPython).then(|| Levels::new(python)),
            platforms: Platforms::new(
                &row.platforms,
                floor.map_or((0, 0), |(_, version)| version),
                pyodide,
            ),
            pyodide,
        })))
    }

    /// The environments of a target: one for each CPython asked for, or the only one where the
    /// target has a CPython of its own. Pyodide's is the release of `floors`, else the newest final
    /// release that is admitted: of the minors asked for, or of any where Pyodide has none of
    /// these. `admits` says whether `requires-python` admits a full version such as `3.13.2` or
    /// `3.15.0rc1`; it is asked only of a target's own CPython, the others having been asked for.
    ///
    /// # Errors
    /// As for [`Self::new`], and [`EnvironmentError::NotAdmitted`].
    pub fn all_for(
        target: Target,
        pythons: &[PythonVersion],
        floors: &Floors,
        admits: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<Self>, EnvironmentError> {
        let refused = |has: String| EnvironmentError::NotAdmitted {
            target: target.name(),
            has,
        };
        match target.kind() {
            TargetKind::Emscripten => {
                let release = match &floors.pyodide {
                    Some(version) => Some(PyodideRelease::find(version)?)
                        .filter(|release| admits(&release.python)),
                    None => {
                        let asked = |release: &&PyodideRelease| {
                            let minors = pythons.iter().map(|python| python.minor_only());
                            admits(&release.python)
                                && minors.into_iter().any(|minor| minor == release.minor())
                        };
                        PyodideRelease::released().rfind(asked).or_else(|| {
                            PyodideRelease::released().rfind(|release| admits(&release.python))
                        })
                    }
                };
                let release = release
                    .ok_or_else(|| refused(settle::describe_pyodide(floors.pyodide.as_deref())))?;
                let floors = Floors {
                    pyodide: Some(release.version.clone()),
                    ..floors.clone()
                };
                Ok(vec![Self::new(target, release.minor(), &floors)?])
            }
            TargetKind::Wasi => {
                let only = target.row().only.filter(|python| admits(&python.full()));
                let python = only.ok_or_else(|| refused(settle::own_python(target.row())))?;
                Ok(vec![Self::new(target, python, floors)?])
            }
            TargetKind::Native | TargetKind::NoPython => pythons
                .iter()
                .map(|python| Self::new(target, *python, floors))
                .collect(),
        }
    }

    /// Takes the name of an environment apart, into its target and CPython.
    ///
    /// # Errors
    /// [`EnvironmentError`] where it is no such name, or no such target.
    pub fn parse_name(name: &str) -> Result<(Target, PythonVersion), EnvironmentError> {
        let (target, abi) = name.rsplit_once('-').unwrap_or((name, ""));
        let python =
            PythonVersion::from_abi_tag(abi).ok_or_else(|| EnvironmentError::InvalidName {
                name: name.chars().take(80).collect(),
            })?;
        Ok((target.parse()?, python))
    }

    /// The name, `linux-x64-cp313`; free-threaded, `linux-x64-cp313t`.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The target.
    pub fn target(&self) -> Target {
        self.0.target
    }

    /// The CPython as a lock names it: as asked for on a native target, without patch where the
    /// target has its own.
    pub fn python(&self) -> PythonVersion {
        self.0.python
    }

    /// The CPython in full, `3.13.0`: what `Requires-Python` is held against.
    pub fn full_version(&self) -> &str {
        &self.0.markers.python_full_version
    }

    /// The floors in force, those of other targets `None`: [`Self::new`] with them gives this
    /// environment again.
    pub fn floors(&self) -> &Floors {
        &self.0.floors
    }

    /// The Pyodide release, on `wasm32-emscripten`.
    pub fn pyodide(&self) -> Option<&'static PyodideRelease> {
        self.0.pyodide
    }

    /// The marker values.
    pub fn markers(&self) -> &Markers {
        &self.0.markers
    }

    /// The platform tags, best first.
    pub fn platforms(&self) -> &[String] {
        self.0.platforms.list()
    }

    /// All tags that fit, best first: the order of `packaging` 26.3.
    pub fn tags(&self) -> impl Iterator<Item = Tag> + '_ {
        let native = self
            .0
            .levels
            .iter()
            .flat_map(Levels::native_pairs)
            .flat_map(|(python, abi)| {
                self.0.platforms.list().iter().map(move |platform| Tag {
                    python: python.clone(),
                    abi: abi.clone(),
                    platform: platform.clone(),
                })
            });
        let any = self.0.levels.iter().flat_map(Levels::any_pairs);
        native.chain(any.map(|(python, abi)| Tag {
            python,
            abi,
            platform: "any".to_owned(),
        }))
    }

    /// The place in [`Self::tags`] of the best tag of a wheel, 0 being the best of all; `None`
    /// where the wheel does not fit. Costs a handful of string comparisons.
    pub fn rank(&self, wheel: &TagSet) -> Option<u32> {
        let levels = self.0.levels.as_ref()?;
        // Blocks do not overlap, so that the best level and the best platform can be sought apart.
        let mut native: Option<u32> = None;
        let mut any = false;
        for platform in wheel.platforms() {
            if platform == "any" {
                any = true;
            } else {
                native = lower(native, self.0.platforms.index(platform));
            }
        }
        if let Some(platform) = native
            && let Some(level) = best(wheel, |python, abi| levels.native(python, abi))
        {
            return Some(level * self.0.platforms.len() + platform);
        }
        let place = if any {
            best(wheel, |python, abi| levels.any(python, abi))
        } else {
            None
        }?;
        Some(levels.native_count() * self.0.platforms.len() + place)
    }

    /// The tag of a rank.
    pub fn tag(&self, rank: u32) -> Option<Tag> {
        self.tags().nth(usize::try_from(rank).ok()?)
    }

    pub(crate) fn levels(&self) -> Option<&Levels> {
        self.0.levels.as_ref()
    }

    pub(crate) fn has_platform(&self, platform: &str) -> bool {
        self.0.platforms.index(platform).is_some()
    }

    /// What it has a floor of, and which.
    pub(crate) fn floor(&self) -> Option<(FloorKind, FloorVersion)> {
        let (kind, _) = self.0.target.default_floor()?;
        self.0.floors.get(kind).map(|version| (kind, version))
    }
}

/// The lower of two, where `None` is the highest.
fn lower(left: Option<u32>, right: Option<u32>) -> Option<u32> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.min(right)),
        (one, other) => one.or(other),
    }
}

/// The best level of any interpreter of a wheel with any of its ABIs.
fn best(wheel: &TagSet, level: impl Fn(&str, &str) -> Option<u32>) -> Option<u32> {
    wheel
        .pythons()
        .flat_map(|python| wheel.abis().filter_map(|abi| level(python, abi)).min())
        .min()
}

impl PartialEq for Environment {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Environment {}

impl PartialOrd for Environment {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Environment {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |environment: &Self| (environment.0.target, environment.0.python);
        key(self)
            .cmp(&key(other))
            .then_with(|| self.0.floors.cmp(&other.0.floors))
    }
}

impl Hash for Environment {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0.target, self.0.python, &self.0.floors).hash(state);
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.name)
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Environment({}, {:?})", self.0.name, self.0.floors)
    }
}
