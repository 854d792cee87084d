//! The PEP 508 marker values of an environment.

use crate::table::MarkerRow;
use serde::Serialize;

/// The eleven marker values. Those that differ from machine to machine of a target
/// (`platform_release` and `platform_version` of a native one) are empty, as nothing is known of
/// them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Markers {
    /// `os.name`: `posix`, `nt`.
    pub os_name: String,
    /// `sys.platform`: `linux`, `darwin`, `win32`, `emscripten`, `wasi`.
    pub sys_platform: String,
    /// `platform.machine()`: `x86_64`, `aarch64`, `arm64`, `AMD64`, `ARM64`, `wasm32`.
    pub platform_machine: String,
    /// `platform.python_implementation()`: `CPython`.
    pub platform_python_implementation: String,
    /// `platform.release()`: empty, or the Emscripten version.
    pub platform_release: String,
    /// `platform.system()`: `Linux`, `Darwin`, `Windows`, `Emscripten`, `wasi`.
    pub platform_system: String,
    /// `platform.version()`: empty, or what the runtime says.
    pub platform_version: String,
    /// The minor, `3.13`.
    pub python_version: String,
    /// The full version, `3.13.0`.
    pub python_full_version: String,
    /// `sys.implementation.name`: `cpython`.
    pub implementation_name: String,
    /// The version of the implementation; CPython's is Python's.
    pub implementation_version: String,
}

impl Markers {
    /// The names of the values, as PEP 508 spells them, sorted.
    pub const NAMES: [&'static str; 11] = [
        "implementation_name",
        "implementation_version",
        "os_name",
        "platform_machine",
        "platform_python_implementation",
        "platform_release",
        "platform_system",
        "platform_version",
        "python_full_version",
        "python_version",
        "sys_platform",
    ];

    pub(crate) fn new(
        row: &MarkerRow,
        minor: String,
        full: &str,
        emscripten: Option<&str>,
    ) -> Self {
        Self {
            os_name: row.os_name.clone(),
            sys_platform: row.sys_platform.clone(),
            platform_machine: row.platform_machine.clone(),
            platform_python_implementation: "CPython".to_owned(),
            platform_release: emscripten.unwrap_or(&row.platform_release).to_owned(),
            platform_system: row.platform_system.clone(),
            platform_version: row.platform_version.clone(),
            python_version: minor,
            python_full_version: full.to_owned(),
            implementation_name: "cpython".to_owned(),
            implementation_version: full.to_owned(),
        }
    }

    /// The value of that name, as PEP 508 spells it; `None` for another name (`extra` is not of an
    /// environment).
    pub fn get(&self, name: &str) -> Option<&str> {
        Some(match name {
            "implementation_name" => &self.implementation_name,
            "implementation_version" => &self.implementation_version,
            "os_name" => &self.os_name,
            "platform_machine" => &self.platform_machine,
            "platform_python_implementation" => &self.platform_python_implementation,
            "platform_release" => &self.platform_release,
            "platform_system" => &self.platform_system,
            "platform_version" => &self.platform_version,
            "python_full_version" => &self.python_full_version,
            "python_version" => &self.python_version,
            "sys_platform" => &self.sys_platform,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Environment, Floors, PythonVersion};

    fn markers(target: &str, python: &str, pyodide: Option<&str>) -> Markers {
        let floors = Floors {
            pyodide: pyodide.map(str::to_owned),
            ..Floors::default()
        };
        let python: PythonVersion = python.parse().unwrap();
        Environment::new(target.parse().unwrap(), python, &floors)
            .unwrap()
            .markers()
            .clone()
    }

    #[test]
    fn every_name_has_a_value() {
        let shown = serde_json::to_value(markers("linux-x64", "3.13", None)).unwrap();
        let fields: Vec<&String> = shown.as_object().unwrap().keys().collect();
        assert_eq!(fields, Markers::NAMES);
        let markers = markers("linux-x64", "3.13", None);
        for name in Markers::NAMES {
            assert_eq!(markers.get(name), shown[name].as_str(), "{name}");
        }
        assert_eq!(markers.get("extra"), None);
    }

    #[test]
    fn natives() {
        for (target, values) in [
            ("linux-x64", ["posix", "linux", "x86_64", "Linux"]),
            ("linux-musl-arm64", ["posix", "linux", "aarch64", "Linux"]),
            ("macos-arm64", ["posix", "darwin", "arm64", "Darwin"]),
            ("macos-x64", ["posix", "darwin", "x86_64", "Darwin"]),
            ("windows-x64", ["nt", "win32", "AMD64", "Windows"]),
            ("windows-arm64", ["nt", "win32", "ARM64", "Windows"]),
        ] {
            let markers = markers(target, "3.13", None);
            let Markers {
                os_name,
                sys_platform,
                platform_machine,
                platform_system,
                ..
            } = &markers;
            assert_eq!(
                [os_name, sys_platform, platform_machine, platform_system],
                values,
                "{target}"
            );
            assert_eq!(
                [&markers.platform_release, &markers.platform_version],
                ["", ""]
            );
            assert_eq!(markers.platform_python_implementation, "CPython");
        }
    }

    #[test]
    fn versions() {
        for (target, python, pyodide, minor, full) in [
            ("linux-x64", "3.9", None, "3.9", "3.9.0"),
            ("linux-x64", "3.13.5", None, "3.13", "3.13.5"),
            ("linux-x64", "3.14t", None, "3.14", "3.14.0"),
            ("wasm32-emscripten", "3.12", None, "3.12", "3.12.7"),
            (
                "wasm32-emscripten",
                "3.13",
                Some("0.28.0"),
                "3.13",
                "3.13.2",
            ),
            (
                "wasm32-emscripten",
                "3.15",
                Some("315.0.0-alpha.2"),
                "3.15",
                "3.15.0rc1",
            ),
            ("wasm32-wasip2", "3.14", None, "3.14", "3.14.0"),
        ] {
            let markers = markers(target, python, pyodide);
            assert_eq!(markers.python_version, minor);
            assert_eq!(markers.python_full_version, full);
            assert_eq!(markers.implementation_version, full);
            assert_eq!(markers.implementation_name, "cpython");
        }
    }

    #[test]
    fn pyodide_and_wasi() {
        for (python, release) in [("3.12", "3.1.58"), ("3.13", "4.0.9"), ("3.14", "5.0.3")] {
            let markers = markers("wasm32-emscripten", python, None);
            assert_eq!(markers.platform_release, release);
            assert_eq!(markers.platform_version, "#1");
            assert_eq!(markers.platform_system, "Emscripten");
            assert_eq!(markers.sys_platform, "emscripten");
            assert_eq!(markers.platform_machine, "wasm32");
        }
        let markers = markers("wasm32-wasip2", "3.14", None);
        assert_eq!(
            [&markers.platform_system, &markers.sys_platform],
            ["wasi", "wasi"]
        );
        assert_eq!(
            [&markers.platform_release, &markers.platform_version],
            ["0.0.0", "0.0.0"]
        );
    }
}
