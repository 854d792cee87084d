//! The WIT package.

use super::name::{Name, escaped, is_kebab};
use std::fmt;
use std::str::FromStr;
use wheel::version::coerce;

/// A WIT package: `demo:bridge@0.1.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitPackage {
    /// What stands before the colon.
    pub namespace: String,
    /// What stands after it.
    pub name: String,
    /// A semantic version, where the manifest has one.
    pub version: Option<String>,
}

impl FromStr for WitPackage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some((namespace, name)) if is_kebab(namespace) && is_kebab(name) => Ok(Self {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                version: None,
            }),
            _ => Err(format!(
                "\"{text}\" is no WIT package such as \"demo:bridge\": two names in kebab-case, each \
                 word of them with a letter first"
            )),
        }
    }
}

impl WitPackage {
    /// The one of a project that does not say: its name, and `bridge`.
    pub(super) fn of_project(project: &str) -> Option<Self> {
        let name: Name = project.replace('.', "-").parse().ok()?;
        Some(Self {
            namespace: name.kebab(),
            name: "bridge".to_owned(),
            version: None,
        })
    }
}

impl fmt::Display for WitPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", escaped(&self.namespace), escaped(&self.name))?;
        match &self.version {
            Some(version) => write!(f, "@{version}"),
            None => Ok(()),
        }
    }
}

/// A version as WIT has it, which is semantic versioning: as it is where it is one, else what
/// corresponds to a version of PEP 440. `None` where nothing does: an epoch, a fourth number, a
/// local version.
pub(super) fn semantic(text: &str) -> Option<String> {
    if is_semantic(text) {
        return Some(text.to_owned());
    }
    let version = coerce(text)?;
    let mut numbers = version.release().to_vec();
    while numbers.len() > 3 && numbers.last() == Some(&0) {
        numbers.pop();
    }
    numbers.resize(numbers.len().max(3), 0);
    if version.epoch() != 0 || numbers.len() > 3 || !version.local().is_empty() {
        return None;
    }
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let pre = version
        .pre()
        .map(|pre| format!("{}.{}", pre.kind, pre.number));
    let dev = version.dev().map(|number| format!("dev.{number}"));
    let before: Vec<String> = pre.into_iter().chain(dev).collect();
    let mut text = numbers.join(".");
    if !before.is_empty() {
        text += &format!("-{}", before.join("."));
    }
    if let Some(post) = version.post() {
        text += &format!("+post.{post}");
    }
    Some(text)
}

fn is_semantic(text: &str) -> bool {
    let (text, build) = split(text, '+');
    let (numbers, pre) = split(text, '-');
    let is_number = |part: &str| {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        digits && (part == "0" || !part.starts_with('0')) && part.parse::<u64>().is_ok()
    };
    let is_word = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_pre = |part: &str| {
        let number = part.bytes().all(|byte| byte.is_ascii_digit());
        is_word(part) && (!number || is_number(part))
    };
    numbers.split('.').count() == 3
        && numbers.split('.').all(is_number)
        && pre.is_none_or(|pre| pre.split('.').all(is_pre))
        && build.is_none_or(|build| build.split('.').all(is_word))
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_round_trip() {
        for text in ["demo:bridge", "my-app:api2"] {
            assert_eq!(text.parse::<WitPackage>().unwrap().to_string(), text);
        }
        for text in [
            "demo",
            "demo:",
            "Demo:x",
            "demo:x@1.0.0",
            "demo:a:b",
            "demo:2d",
            "a-2:b",
        ] {
            assert!(text.parse::<WitPackage>().is_err(), "{text}");
        }
        let keyword: WitPackage = "type:bridge".parse().unwrap();
        assert_eq!(keyword.to_string(), "%type:bridge");
    }

    #[test]
    fn a_project_has_a_package() {
        let of = |project| WitPackage::of_project(project).map(|package| package.to_string());
        assert_eq!(of("My_App.core").as_deref(), Some("my-app-core:bridge"));
        assert_eq!(of("3d-thing"), None);
    }

    #[test]
    fn versions_become_semantic_ones() {
        for (text, found) in [
            ("0.1.0", Some("0.1.0")),
            ("1.2.3-rc.1+build.5", Some("1.2.3-rc.1+build.5")),
            ("1.0", Some("1.0.0")),
            ("1", Some("1.0.0")),
            ("1.2.3.0", Some("1.2.3")),
            ("1.0rc1", Some("1.0.0-rc.1")),
            ("1.0a1.dev2", Some("1.0.0-a.1.dev.2")),
            ("1.0.post3", Some("1.0.0+post.3")),
            ("01.0.0", Some("1.0.0")),
            ("1.2.3.4", None),
            ("1!2.0", None),
            ("1.0+local", None),
            ("one", None),
        ] {
            assert_eq!(semantic(text).as_deref(), found, "{text}");
            if let Some(found) = found {
                assert!(is_semantic(found), "{found}");
            }
        }
    }
}
