//! One clause of a version specifier, such as `>=2.0` or `!=1.4.*` (PEP 440).

use std::fmt;
use std::str::FromStr;

use pep440_rs::Version;

use super::SpecifierError;
use crate::name::quoted;
use crate::version::{MAX_VERSION_LENGTH, is_space};

/// How a clause compares (PEP 440, "Version specifiers").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// `===`, of texts.
    Arbitrary,
    /// `==`, with or without `.*`.
    Equal,
    /// `!=`, with or without `.*`.
    NotEqual,
    /// `~=`: not below, and the same but for the last number.
    Compatible,
    /// `<=`
    LessEqual,
    /// `>=`
    GreaterEqual,
    /// `<`, which shuts out the pre-releases of its version too.
    Less,
    /// `>`, which shuts out the post-releases of its version too.
    Greater,
}

impl Operator {
    /// All of them, an operator before its own beginnings.
    pub(crate) const ALL: [Self; 8] = [
        Self::Arbitrary,
        Self::Equal,
        Self::NotEqual,
        Self::Compatible,
        Self::LessEqual,
        Self::GreaterEqual,
        Self::Less,
        Self::Greater,
    ];

    /// The operator as PEP 440 writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arbitrary => "===",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Compatible => "~=",
            Self::LessEqual => "<=",
            Self::GreaterEqual => ">=",
            Self::Less => "<",
            Self::Greater => ">",
        }
    }

    /// The operator that `text` starts with, and what follows it.
    pub(crate) fn strip(text: &str) -> Option<(Self, &str)> {
        Self::ALL
            .into_iter()
            .find_map(|operator| Some((operator, text.strip_prefix(operator.as_str())?)))
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// What follows the operator.
#[derive(Clone, Debug)]
enum Operand {
    /// A whole version.
    Version(Version),
    /// `1.2.*`: the version before the `.*`, a release and an epoch only.
    Prefix(Version),
    /// What follows `===`, and the version it reads as, if it does.
    Text(Box<str>, Option<Version>),
    /// What follows `===` where that is how the version prints: the only case in which one matches.
    Printed(Box<str>, Version),
}

/// One clause of a specifier: an operator and a version.
#[derive(Clone, Debug)]
pub struct Specifier {
    operator: Operator,
    operand: Operand,
}

impl Specifier {
    /// `==` this version.
    #[must_use]
    pub fn exact(version: Version) -> Self {
        Self {
            operator: Operator::Equal,
            operand: Operand::Version(version),
        }
    }

    /// A clause of a whole version. `version` must be one that `operator` takes.
    pub(super) fn whole(operator: Operator, version: Version) -> Self {
        Self {
            operator,
            operand: Operand::Version(version),
        }
    }

    /// How the clause compares.
    #[must_use]
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// The version named, without the `.*` if there is one; none where `===` names something else.
    #[must_use]
    pub fn version(&self) -> Option<&Version> {
        match &self.operand {
            Operand::Version(version) | Operand::Prefix(version) | Operand::Printed(_, version) => {
                Some(version)
            }
            Operand::Text(_, version) => version.as_ref(),
        }
    }

    /// Whether the version ends with `.*`.
    #[must_use]
    pub fn is_wildcard(&self) -> bool {
        matches!(self.operand, Operand::Prefix(_))
    }

    /// Whether `candidate` satisfies the clause, pre-releases not being special. Allocates nothing.
    #[must_use]
    pub fn contains(&self, candidate: &Version) -> bool {
        match &self.operand {
            Operand::Version(version) => satisfies(candidate, self.operator, version),
            Operand::Prefix(version) => {
                let within = candidate.epoch() == version.epoch()
                    && starts_with(candidate.release(), version.release());
                within == (self.operator == Operator::Equal)
            }
            Operand::Text(..) => false,
            Operand::Printed(_, version) => {
                version == candidate && version.release().len() == candidate.release().len()
            }
        }
    }

    /// Whether a candidate given as a text, `version` being what it reads as if anything, satisfies
    /// the clause: `===` compares the texts, without regard to case.
    pub(crate) fn contains_text(&self, candidate: &str, version: Option<&Version>) -> bool {
        match &self.operand {
            Operand::Text(text, _) | Operand::Printed(text, _) => {
                **text == *candidate || text.to_lowercase() == candidate.to_lowercase()
            }
            _ => version.is_some_and(|version| self.contains(version)),
        }
    }
}

/// The number at an index, a release being followed by endless zeros.
fn number(release: &[u64], index: usize) -> u64 {
    release.get(index).copied().unwrap_or(0)
}

fn starts_with(release: &[u64], prefix: &[u64]) -> bool {
    (0..prefix.len()).all(|index| number(release, index) == prefix[index])
}

/// Whether epoch and release are equal: `1.0`, `1.0.0a1` and `1.0.post1`.
fn same_release(one: &Version, other: &Version) -> bool {
    let (ours, theirs) = (one.release(), other.release());
    one.epoch() == other.epoch()
        && (0..ours.len().max(theirs.len()))
            .all(|index| number(ours, index) == number(theirs, index))
}

/// Whether the versions differ in nothing but their local parts.
fn same_public(one: &Version, other: &Version) -> bool {
    same_release(one, other)
        && one.pre() == other.pre()
        && one.post() == other.post()
        && one.dev() == other.dev()
}

/// `==`: a local part counts only where the clause has one.
fn equals(candidate: &Version, version: &Version) -> bool {
    if candidate.is_local() && !version.is_local() {
        same_public(candidate, version)
    } else {
        candidate == version
    }
}

/// `<`: a release shuts out its own pre-releases, and a post-release its own dev-releases.
fn is_less(candidate: &Version, version: &Version) -> bool {
    if candidate >= version {
        return false;
    }
    let before_own = version.is_stable()
        && (candidate.is_dev() || candidate.is_pre())
        && same_release(candidate, version)
        && match version.post() {
            None => true,
            post => candidate.pre().is_none() && candidate.post() == post,
        };
    !before_own
}

/// `>`: a version shuts out its own local ones, and its own post-releases unless it is one or is a
/// dev-release, which has none.
fn is_greater(candidate: &Version, version: &Version) -> bool {
    if candidate <= version {
        return false;
    }
    let own = if version.is_dev() || version.is_post() {
        candidate.is_local() && same_public(candidate, version)
    } else {
        (candidate.is_local() || candidate.is_post())
            && candidate.pre() == version.pre()
            && same_release(candidate, version)
    };
    !own
}

fn satisfies(candidate: &Version, operator: Operator, version: &Version) -> bool {
    match operator {
        Operator::Arbitrary | Operator::Equal => equals(candidate, version),
        Operator::NotEqual => !equals(candidate, version),
        Operator::GreaterEqual => candidate >= version,
        Operator::LessEqual => candidate <= version || equals(candidate, version),
        Operator::Less => is_less(candidate, version),
        Operator::Greater => is_greater(candidate, version),
        Operator::Compatible => {
            let release = version.release();
            candidate >= version
                && candidate.epoch() == version.epoch()
                && starts_with(
                    candidate.release(),
                    &release[..release.len().saturating_sub(1)],
                )
        }
    }
}

impl FromStr for Specifier {
    type Err = SpecifierError;

    /// Reads one clause, with white space around it and after the operator.
    fn from_str(text: &str) -> Result<Self, SpecifierError> {
        let error = |reason: &str| SpecifierError::Clause {
            clause: quoted(text),
            reason: reason.to_owned(),
        };
        let clause = text.trim_matches(is_space);
        let Some((operator, rest)) = Operator::strip(clause) else {
            return Err(error(
                "it must start with one of `==`, `!=`, `<=`, `>=`, `<`, `>`, `~=`, `===`",
            ));
        };
        let rest = rest.trim_start_matches(is_space);
        if rest.len() > MAX_VERSION_LENGTH {
            return Err(error("the version is too long"));
        }
        if rest.contains(is_space) {
            return Err(error("white space is not allowed within a version"));
        }
        let operand = if operator == Operator::Arbitrary {
            if rest.contains([';', ')']) {
                return Err(error("`;` and `)` are not allowed after `===`"));
            }
            match rest.parse::<Version>() {
                Ok(version) if version.to_string() == rest.to_lowercase() => {
                    Operand::Printed(rest.into(), version)
                }
                version => Operand::Text(rest.into(), version.ok()),
            }
        } else if let Some(prefix) = rest.strip_suffix(".*") {
            if !matches!(operator, Operator::Equal | Operator::NotEqual) {
                return Err(error("`.*` is only allowed after `==` and `!=`"));
            }
            let version: Version = prefix.parse().map_err(|why| error(&format!("{why}")))?;
            if !version.is_stable() || version.is_post() || version.is_local() {
                return Err(error("before `.*` only a release such as `1.2` is allowed"));
            }
            Operand::Prefix(version)
        } else {
            let version: Version = rest.parse().map_err(|why| error(&format!("{why}")))?;
            if version.is_local() && !matches!(operator, Operator::Equal | Operator::NotEqual) {
                return Err(error("a local version is only allowed after `==` and `!=`"));
            }
            if operator == Operator::Compatible && version.release().len() < 2 {
                return Err(error(
                    "`~=` takes a version of at least two numbers, such as `~=1.2`",
                ));
            }
            Operand::Version(version)
        };
        Ok(Self { operator, operand })
    }
}

impl fmt::Display for Specifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = self.operator;
        match &self.operand {
            Operand::Version(version) => write!(formatter, "{operator}{version}"),
            Operand::Prefix(version) => write!(formatter, "{operator}{version}.*"),
            Operand::Text(text, _) | Operand::Printed(text, _) => {
                write!(formatter, "{operator}{text}")
            }
        }
    }
}
