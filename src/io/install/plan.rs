//! Installed x wanted: what is to be added, replaced, removed and kept. Pure.

use std::collections::BTreeMap;

use wheel::{PackageName, Version};

use super::{InstallError, Sha256Digest, Wanted};

/// What is to be done with one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It is not there.
    Add,
    /// It is there, but not this version, not this wheel, or damaged.
    Replace {
        /// The versions that are there, as they are spelled.
        from: Vec<String>,
        /// Why, in words.
        why: String,
    },
    /// It is there and right.
    Keep,
}

/// What a sync will do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Each wanted wheel with what is to be done, in order of name.
    pub wanted: Vec<(Wanted, Action)>,
    /// What is there and not wanted: name, and version as spelled.
    pub remove: Vec<(PackageName, String)>,
}

impl Plan {
    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.remove.is_empty()
            && self
                .wanted
                .iter()
                .all(|(_, action)| *action == Action::Keep)
    }

    /// The wheels that are to be installed.
    pub fn install(&self) -> impl Iterator<Item = &Wanted> {
        self.wanted
            .iter()
            .filter(|(_, action)| *action != Action::Keep)
            .map(|(wanted, _)| wanted)
    }
}

/// What is known of an installed package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) name: PackageName,
    /// As spelled.
    pub(crate) version: String,
    /// The wheel that it was made of.
    pub(crate) wheel: Option<Sha256Digest>,
    /// Its `direct_url.json`.
    pub(crate) direct_url: Option<String>,
    /// What is wrong with its files.
    pub(crate) damage: Option<String>,
}

/// Plans. `spared` says of a package that is not wanted that it stays all the same.
///
/// # Errors
/// [`InstallError::TwoWheels`].
pub(crate) fn plan(
    installed: &[Found],
    wanted: Vec<Wanted>,
    spared: impl Fn(&PackageName) -> bool,
) -> Result<Plan, InstallError> {
    let mut by_name: BTreeMap<&PackageName, Vec<&Found>> = BTreeMap::new();
    for found in installed {
        by_name.entry(&found.name).or_default().push(found);
    }
    let mut wanted = wanted;
    wanted.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(pair) = wanted.windows(2).find(|pair| pair[0].name == pair[1].name) {
        return Err(InstallError::TwoWheels {
            name: pair[0].name.clone(),
        });
    }
    let wanted: Vec<(Wanted, Action)> = wanted
        .into_iter()
        .map(|wanted| {
            let action = action(&wanted, &by_name.remove(&wanted.name).unwrap_or_default());
            (wanted, action)
        })
        .collect();
    let remove = by_name
        .into_values()
        .flatten()
        .filter(|found| !spared(&found.name))
        .map(|found| (found.name.clone(), found.version.clone()))
        .collect();
    Ok(Plan { wanted, remove })
}

fn action(wanted: &Wanted, found: &[&Found]) -> Action {
    let from: Vec<String> = found.iter().map(|found| found.version.clone()).collect();
    let why = match found {
        [] => return Action::Add,
        [found] => match difference(wanted, found) {
            None => return Action::Keep,
            Some(why) => why,
        },
        _ => "it is there several times".to_owned(),
    };
    Action::Replace { from, why }
}

/// What of an installed package is not as wanted.
pub(crate) fn difference(wanted: &Wanted, found: &Found) -> Option<String> {
    if found.wheel != Some(wanted.sha256) {
        let same = found
            .version
            .parse::<Version>()
            .is_ok_and(|version| version == wanted.version);
        return Some(match found.wheel {
            _ if !same => format!("version {} in place of {}", found.version, wanted.version),
            Some(_) => "made of another wheel".to_owned(),
            None => "nothing says which wheel it was made of".to_owned(),
        });
    }
    if let Some(damage) = &found.damage {
        return Some(damage.clone());
    }
    (found.direct_url != wanted.source.direct_url(&wanted.sha256))
        .then(|| "from another place".to_owned())
}

/// Whether a package that nobody asks for stays in a venv: the tools that `python -m venv` and
/// virtualenv put there, `setuptools` and `wheel` only where they still do (before 3.12).
pub(crate) fn is_seed(name: &PackageName, minor: u32) -> bool {
    match name.as_str() {
        "pip" => true,
        "setuptools" | "wheel" => minor < 12,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Source;
    use super::*;

    fn wanted(name: &str, version: &str, digest: u8) -> Wanted {
        Wanted {
            name: name.parse().unwrap(),
            version: version.parse().unwrap(),
            filename: format!("{name}-{version}-py3-none-any.whl"),
            sha256: Sha256Digest([digest; 32]),
            source: Source::Index,
            requested: false,
        }
    }

    fn found(name: &str, version: &str, digest: Option<u8>) -> Found {
        Found {
            name: name.parse().unwrap(),
            version: version.to_owned(),
            wheel: digest.map(|digest| Sha256Digest([digest; 32])),
            direct_url: None,
            damage: None,
        }
    }

    fn why(installed: &Found, wanted: Wanted) -> Option<String> {
        match plan(std::slice::from_ref(installed), vec![wanted], |_| false)
            .unwrap()
            .wanted
            .remove(0)
            .1
        {
            Action::Replace { why, .. } => Some(why),
            Action::Keep => None,
            Action::Add => panic!("it is there"),
        }
    }

    #[test]
    fn what_is_right_is_kept_and_the_rest_added_replaced_or_removed() {
        let installed = [
            found("a", "1.0", Some(1)),
            found("b", "1.0", Some(1)),
            found("c", "1", None),
            found("pip", "26", None),
        ];
        let plan = plan(
            &installed,
            vec![
                wanted("d", "1.0", 1),
                wanted("b", "2.0", 2),
                wanted("a", "1.0", 1),
            ],
            |name| is_seed(name, 13),
        )
        .unwrap();
        let actions: Vec<(&str, &Action)> = plan
            .wanted
            .iter()
            .map(|(wanted, action)| (wanted.name.as_str(), action))
            .collect();
        assert!(
            matches!(
                actions[..],
                [
                    ("a", Action::Keep),
                    ("b", Action::Replace { .. }),
                    ("d", Action::Add)
                ]
            ),
            "{actions:?}"
        );
        assert_eq!(plan.remove, [("c".parse().unwrap(), "1".to_owned())]);
        assert!(!plan.is_empty());
        let names: Vec<&str> = plan.install().map(|wanted| wanted.name.as_str()).collect();
        assert_eq!(names, ["b", "d"]);
    }

    #[test]
    fn each_difference_has_its_reason() {
        let right = why(&found("a", "1.0", Some(1)), wanted("a", "1.0", 1));
        assert_eq!(right, None);
        let spelled = why(&found("a", "1_0", Some(1)), wanted("a", "1.0", 1));
        assert_eq!(
            spelled, None,
            "the wheel counts, however the folder spells the version"
        );
        let reason = |found: &Found| why(found, wanted("a", "1.0", 1)).unwrap();
        assert!(reason(&found("a", "1.1", Some(2))).contains("1.1 in place of 1.0"));
        assert!(reason(&found("a", "1.0+local", None)).contains("version"));
        assert!(reason(&found("a", "no version", None)).contains("version"));
        assert!(reason(&found("a", "1.0", Some(2))).contains("another wheel"));
        assert!(reason(&found("a", "1.0", None)).contains("which wheel"));
        assert!(
            reason(&Found {
                damage: Some("x is gone".into()),
                ..found("a", "1.0", Some(1))
            })
            .contains("x is gone")
        );
        assert!(
            reason(&Found {
                direct_url: Some("{}".into()),
                ..found("a", "1.0", Some(1))
            })
            .contains("place")
        );
    }

    #[test]
    fn a_package_that_is_there_twice_is_replaced() {
        let installed = [found("a", "1.0", Some(1)), found("a", "0.9", Some(2))];
        let plan = plan(&installed, vec![wanted("a", "1.0", 1)], |_| false).unwrap();
        let Action::Replace { from, .. } = &plan.wanted[0].1 else {
            panic!("{plan:?}")
        };
        assert_eq!(from, &["1.0", "0.9"]);
    }

    #[test]
    fn two_wheels_of_one_package_are_an_error() {
        let error = plan(
            &[],
            vec![wanted("a", "1.0", 1), wanted("a", "2.0", 2)],
            |_| false,
        )
        .unwrap_err();
        assert!(matches!(error, InstallError::TwoWheels { .. }), "{error}");
    }

    #[test]
    fn seeds_depend_on_the_python() {
        let stays = |name: &str, minor| is_seed(&name.parse().unwrap(), minor);
        assert!(stays("pip", 14) && stays("setuptools", 11) && stays("wheel", 9));
        assert!(!stays("setuptools", 12) && !stays("uv", 9));
    }
}
