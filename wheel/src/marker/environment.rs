//! The environments that markers are evaluated in.

use std::fmt;

use pep440_rs::Version;
pub use tag_matrix::Markers as MarkerStrings;

use crate::version::coerce;

/// What a marker can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Variable {
    OsName,
    SysPlatform,
    PlatformMachine,
    PlatformSystem,
    PlatformRelease,
    PlatformVersion,
    PythonVersion,
    PythonFullVersion,
    ImplementationName,
    ImplementationVersion,
    PlatformPythonImplementation,
    Extra,
    /// A set, in lock files only (PEP 751).
    Extras,
    /// A set, in lock files only (PEP 751).
    DependencyGroups,
}

impl Variable {
    const ALL: [Self; 14] = [
        Self::OsName,
        Self::SysPlatform,
        Self::PlatformMachine,
        Self::PlatformSystem,
        Self::PlatformRelease,
        Self::PlatformVersion,
        Self::PythonVersion,
        Self::PythonFullVersion,
        Self::ImplementationName,
        Self::ImplementationVersion,
        Self::PlatformPythonImplementation,
        Self::Extra,
        Self::Extras,
        Self::DependencyGroups,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::OsName => "os_name",
            Self::SysPlatform => "sys_platform",
            Self::PlatformMachine => "platform_machine",
            Self::PlatformSystem => "platform_system",
            Self::PlatformRelease => "platform_release",
            Self::PlatformVersion => "platform_version",
            Self::PythonVersion => "python_version",
            Self::PythonFullVersion => "python_full_version",
            Self::ImplementationName => "implementation_name",
            Self::ImplementationVersion => "implementation_version",
            Self::PlatformPythonImplementation => "platform_python_implementation",
            Self::Extra => "extra",
            Self::Extras => "extras",
            Self::DependencyGroups => "dependency_groups",
        }
    }

    /// The variable of this very name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|variable| variable.as_str() == name)
    }

    /// The variable of this name or of an alias from before PEP 508.
    pub(super) fn spelled(name: &str) -> Option<Self> {
        match name {
            "os.name" => Some(Self::OsName),
            "sys.platform" => Some(Self::SysPlatform),
            "platform.machine" => Some(Self::PlatformMachine),
            "platform.version" => Some(Self::PlatformVersion),
            "platform.python_implementation" | "python_implementation" => {
                Some(Self::PlatformPythonImplementation)
            }
            name => Self::named(name),
        }
    }

    /// Whether its values are versions, to be compared as such.
    pub(super) fn is_version(self) -> bool {
        matches!(
            self,
            Self::PythonVersion
                | Self::PythonFullVersion
                | Self::ImplementationVersion
                | Self::PlatformRelease
        )
    }

    pub(super) fn is_set(self) -> bool {
        matches!(self, Self::Extras | Self::DependencyGroups)
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// An environment, its versions parsed once for all the markers evaluated in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkerEnv {
    strings: MarkerStrings,
    python_version: Option<Version>,
    python_full_version: Option<Version>,
    implementation_version: Option<Version>,
    platform_release: Option<Version>,
}

impl MarkerEnv {
    /// An environment of these values. Any text is taken; one that is no version satisfies no
    /// comparison of versions.
    #[must_use]
    pub fn new(mut strings: MarkerStrings) -> Self {
        // An interpreter built from an untagged commit calls itself `3.14.0a1+`, which PEP 440
        // does not allow; the peers append a word.
        if strings.python_full_version.ends_with('+') {
            strings.python_full_version.push_str("local");
        }
        Self {
            python_version: coerce(&strings.python_version),
            python_full_version: coerce(&strings.python_full_version),
            implementation_version: coerce(&strings.implementation_version),
            platform_release: coerce(&strings.platform_release),
            strings,
        }
    }

    /// The values the environment was made of, but for the repair of `python_full_version`.
    #[must_use]
    pub fn strings(&self) -> &MarkerStrings {
        &self.strings
    }

    /// The text of a variable; none for `extra` and the sets, which no environment has.
    pub(super) fn text(&self, variable: Variable) -> Option<&str> {
        let strings = &self.strings;
        match variable {
            Variable::OsName => Some(&strings.os_name),
            Variable::SysPlatform => Some(&strings.sys_platform),
            Variable::PlatformMachine => Some(&strings.platform_machine),
            Variable::PlatformSystem => Some(&strings.platform_system),
            Variable::PlatformRelease => Some(&strings.platform_release),
            Variable::PlatformVersion => Some(&strings.platform_version),
            Variable::PythonVersion => Some(&strings.python_version),
            Variable::PythonFullVersion => Some(&strings.python_full_version),
            Variable::ImplementationName => Some(&strings.implementation_name),
            Variable::ImplementationVersion => Some(&strings.implementation_version),
            Variable::PlatformPythonImplementation => Some(&strings.platform_python_implementation),
            Variable::Extra | Variable::Extras | Variable::DependencyGroups => None,
        }
    }

    /// The version a variable holds, if it holds one.
    pub(super) fn version(&self, variable: Variable) -> Option<&Version> {
        match variable {
            Variable::PythonVersion => self.python_version.as_ref(),
            Variable::PythonFullVersion => self.python_full_version.as_ref(),
            Variable::ImplementationVersion => self.implementation_version.as_ref(),
            Variable::PlatformRelease => self.platform_release.as_ref(),
            _ => None,
        }
    }
}

impl From<&MarkerStrings> for MarkerEnv {
    fn from(strings: &MarkerStrings) -> Self {
        Self::new(strings.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_round_trips() {
        for variable in Variable::ALL {
            assert_eq!(Variable::spelled(&variable.to_string()), Some(variable));
        }
        assert_eq!(
            Variable::spelled("sys.platform"),
            Some(Variable::SysPlatform)
        );
        assert_eq!(Variable::spelled("platform.system"), None);
    }

    #[test]
    fn an_untagged_interpreter_has_a_version() {
        let env = MarkerEnv::from(&MarkerStrings {
            os_name: "posix".into(),
            sys_platform: "linux".into(),
            platform_machine: "x86_64".into(),
            platform_system: "Linux".into(),
            platform_release: "6.1.0-13-amd64".into(),
            platform_version: "#1 SMP".into(),
            python_version: "3.14".into(),
            python_full_version: "3.14.0a1+".into(),
            implementation_name: "cpython".into(),
            implementation_version: "3.14.0a1".into(),
            platform_python_implementation: "CPython".into(),
        });
        assert_eq!(env.strings().python_full_version, "3.14.0a1+local");
        assert_eq!(
            env.version(Variable::PythonFullVersion),
            "3.14.0a1+local".parse().ok().as_ref()
        );
        assert_eq!(env.version(Variable::PlatformRelease), None);
    }
}
