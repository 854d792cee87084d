//! The services whose jobs can say who they are.

use std::fmt;

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ci {
    /// GitHub Actions.
    GitHub,
    /// GitLab CI.
    GitLab,
    /// Buildkite.
    Buildkite,
    /// CircleCI.
    CircleCi,
    /// Google Cloud, by the metadata server or by a service account's name.
    Google,
}

impl Ci {
    /// The service that a program runs in, by the variables of its environment. `is_google` tells
    /// whether the machine itself is known to be one of Google's.
    pub fn detect(var: impl Fn(&str) -> Option<String>, is_google: bool) -> Option<Self> {
        let set = |name: &str| var(name).is_some_and(|value| !value.is_empty());
        let on = |name: &str| var(name).is_some_and(|value| value == "true");
        let named = [
            ("GITHUB_ACTIONS", Self::GitHub),
            ("GITLAB_CI", Self::GitLab),
            ("BUILDKITE", Self::Buildkite),
            ("CIRCLECI", Self::CircleCi),
        ];
        let found = named.into_iter().find(|(name, _)| on(name));
        let google = || {
            let google =
                set("GOOGLE_SERVICE_ACCOUNT_NAME") || set("GCE_METADATA_HOST") || is_google;
            google.then_some(Self::Google)
        };
        found.map(|(_, ci)| ci).or_else(google)
    }

    /// Whether indexes take attestations that are signed in its name (PEP 740).
    #[must_use]
    pub fn attests(self) -> bool {
        matches!(self, Self::GitHub | Self::GitLab | Self::Google)
    }
}

impl fmt::Display for Ci {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GitHub => "GitHub Actions",
            Self::GitLab => "GitLab CI",
            Self::Buildkite => "Buildkite",
            Self::CircleCi => "CircleCI",
            Self::Google => "Google Cloud",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_known_by_their_variables() {
        let detect = |set: &[(&str, &str)], is_google| {
            let var = |name: &str| {
                let found = set.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            Ci::detect(var, is_google)
        };
        assert_eq!(
            detect(&[("GITHUB_ACTIONS", "true")], true),
            Some(Ci::GitHub)
        );
        assert_eq!(detect(&[("GITHUB_ACTIONS", "false")], false), None);
        assert_eq!(detect(&[("GITLAB_CI", "true")], false), Some(Ci::GitLab));
        assert_eq!(detect(&[("BUILDKITE", "true")], false), Some(Ci::Buildkite));
        assert_eq!(detect(&[("CIRCLECI", "true")], false), Some(Ci::CircleCi));
        assert_eq!(detect(&[("GCE_METADATA_HOST", "")], false), None);
        assert_eq!(
            detect(&[("GCE_METADATA_HOST", "h:1")], false),
            Some(Ci::Google)
        );
        assert_eq!(detect(&[], true), Some(Ci::Google));
        assert!(Ci::Google.attests() && !Ci::Buildkite.attests());
    }
}
