//! Where markers are evaluated.

use serde_json::{Value, json};
use wheel::marker::{Marker, MarkerEnv, MarkerStrings};
use wheel::name::ExtraName;

/// The values of each environment, in the order of PEP 508's table: usual ones, an interpreter of
/// an untagged commit, and one whose versions are none.
const ENVIRONMENTS: [&str; 4] = [
    "posix|linux|x86_64|CPython|6.1.0-13-amd64|Linux|#1 SMP|3.13|3.13.5|cpython|3.13.5",
    "nt|win32|AMD64|CPython|11|Windows|10.0.26100|3.9|3.9.0|cpython|3.9.0",
    "posix|darwin|arm64|PyPy|24.1.0|Darwin||3.14|3.14.0a1+|pypy|7.3.13",
    "posix|emscripten|wasm32|foo-bar||Emscripten||3.*|nonsense||",
];

/// An environment, and the extra or the sets that markers are evaluated with.
pub(crate) struct Context {
    strings: MarkerStrings,
    env: MarkerEnv,
    extras: Vec<ExtraName>,
    groups: Vec<ExtraName>,
    lock: bool,
}

impl Context {
    /// Each environment without an extra, with one, and for a lock file.
    pub(crate) fn all() -> Vec<Self> {
        let mut contexts = Vec::new();
        for values in ENVIRONMENTS {
            for (extras, groups, lock) in [
                ("", "", false),
                ("foo-bar", "", false),
                ("foo a", "foo-bar", true),
            ] {
                let strings = strings(values);
                let names = |names: &str| {
                    names
                        .split_whitespace()
                        .map(|name| name.parse().unwrap())
                        .collect()
                };
                contexts.push(Self {
                    env: MarkerEnv::from(&strings),
                    strings,
                    extras: names(extras),
                    groups: names(groups),
                    lock,
                });
            }
        }
        contexts
    }

    pub(crate) fn json(&self) -> Value {
        let mut environment = serde_json::to_value(&self.strings).unwrap();
        let names =
            |names: &[ExtraName]| names.iter().map(ExtraName::to_string).collect::<Vec<_>>();
        if self.lock {
            environment["extras"] = json!(names(&self.extras));
            environment["dependency_groups"] = json!(names(&self.groups));
        } else {
            environment["extra"] = json!(names(&self.extras).concat());
        }
        json!({"environment": environment, "lock": self.lock})
    }

    fn evaluate(&self, marker: &Marker) -> bool {
        if self.lock {
            marker.evaluate_in_lock(&self.env, &self.extras, &self.groups)
        } else {
            marker.evaluate(&self.env, self.extras.first())
        }
    }
}

fn strings(values: &str) -> MarkerStrings {
    let mut values = values.split('|').map(str::to_owned);
    let mut next = || values.next().unwrap();
    MarkerStrings {
        os_name: next(),
        sys_platform: next(),
        platform_machine: next(),
        platform_python_implementation: next(),
        platform_release: next(),
        platform_system: next(),
        platform_version: next(),
        python_version: next(),
        python_full_version: next(),
        implementation_name: next(),
        implementation_version: next(),
    }
}

/// One character for each context: the marker's value in it.
pub(crate) fn values(marker: &Marker, contexts: &[Context]) -> String {
    contexts
        .iter()
        .map(|context| if context.evaluate(marker) { '1' } else { '0' })
        .collect()
}
