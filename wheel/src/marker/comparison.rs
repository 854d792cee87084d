//! One comparison of a marker, such as `python_version < "3.9"`.
//!
//! The meaning is `packaging` 26.3's, prepared when a marker is read so that evaluation parses
//! nothing: the right side is a clause of PEP 440 where the left is a variable that holds a
//! version and the two make a valid clause; otherwise texts are compared, where `<=` and `>=` mean
//! equality, and `<` and `>` nothing. What `packaging` refuses to evaluate is false here.

use std::fmt;
use std::hash::{Hash, Hasher};

use pep440_rs::Version;

use super::environment::{MarkerEnv, Variable};
use super::literal::write_quoted;
use crate::name::{ExtraName, canonical};
use crate::specifier::{Operator as VersionOperator, Specifier};
use crate::version::coerce;

/// An operator of a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Operator {
    In,
    NotIn,
    Version(VersionOperator),
}

impl fmt::Display for Operator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::In => formatter.write_str("in"),
            Self::NotIn => formatter.write_str("not in"),
            Self::Version(operator) => operator.fmt(formatter),
        }
    }
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Operand {
    Variable(Variable),
    Literal(Box<str>),
}

impl Operand {
    /// The text that stands for it where a variable is not looked up.
    fn text(&self) -> &str {
        match self {
            Self::Variable(variable) => variable.as_str(),
            Self::Literal(text) => text,
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(variable) => variable.fmt(formatter),
            Self::Literal(text) => write_quoted(text, formatter),
        }
    }
}

/// What evaluation does.
#[derive(Clone, Debug)]
enum Test {
    /// The variable's version satisfies a clause.
    Version(Variable, Specifier),
    /// The literal on the left satisfies the clause that the operator and the variable's text make;
    /// the version is the literal's.
    Reversed(Variable, VersionOperator, Option<Version>),
    /// The variable's text and the literal compare; the flag says that the literal is on the left.
    Text(Variable, bool),
    /// The literal on the left, as a name, is in a set.
    Member(Variable, Box<str>),
    /// Nothing is asked that has an answer.
    Never,
}

/// What `extra` and the sets stand for.
#[derive(Clone, Copy)]
pub(super) enum Extras<'a> {
    /// In metadata: one extra, or none.
    Metadata(Option<&'a ExtraName>),
    /// In a lock file (PEP 751): the chosen extras and the chosen groups.
    Lock(&'a [ExtraName], &'a [ExtraName]),
}

impl Extras<'_> {
    fn set(&self, variable: Variable) -> Option<&[ExtraName]> {
        match (self, variable) {
            (Self::Lock(extras, _), Variable::Extras) => Some(extras),
            (Self::Lock(_, groups), Variable::DependencyGroups) => Some(groups),
            _ => None,
        }
    }
}

/// One comparison.
#[derive(Debug)]
pub(super) struct Comparison {
    left: Operand,
    operator: Operator,
    right: Operand,
    test: Test,
}

impl Comparison {
    pub(super) fn new(left: Operand, operator: Operator, right: Operand) -> Self {
        let (left, right) = normalised(left, right);
        let test = match (&left, &right) {
            (Operand::Variable(variable), right) => forward(*variable, operator, right.text()),
            (Operand::Literal(literal), Operand::Variable(variable)) => {
                backward(literal, operator, *variable)
            }
            // The name of a variable in quotes on the right is looked up all the same.
            (Operand::Literal(literal), Operand::Literal(name)) => match Variable::named(name) {
                Some(variable) => backward(literal, operator, variable),
                None => Test::Never,
            },
        };
        Self {
            left,
            operator,
            right,
            test,
        }
    }

    pub(super) fn evaluate(&self, env: &MarkerEnv, extras: Extras<'_>) -> bool {
        match &self.test {
            Test::Version(variable, clause) => env
                .text(*variable)
                .is_some_and(|text| clause.contains_text(text, env.version(*variable))),
            Test::Reversed(variable, operator, version) => {
                let text = env.text(*variable).unwrap_or_default();
                match format!("{operator}{text}").parse::<Specifier>() {
                    Ok(clause) => clause.contains_text(self.left.text(), version.as_ref()),
                    Err(_) => compare(self.left.text(), self.operator, text),
                }
            }
            Test::Text(variable, reversed) => {
                let value = match (variable, extras) {
                    (Variable::Extra, Extras::Metadata(extra)) => {
                        extra.map_or("", ExtraName::as_str)
                    }
                    (Variable::Extra, Extras::Lock(..)) => return false,
                    (variable, _) => env.text(*variable).unwrap_or_default(),
                };
                if *reversed {
                    compare(self.left.text(), self.operator, value)
                } else {
                    compare(value, self.operator, self.right.text())
                }
            }
            Test::Member(variable, name) => extras.set(*variable).is_some_and(|set| {
                let member = || set.iter().any(|extra| extra.as_str() == &**name);
                match self.operator {
                    Operator::In => member(),
                    Operator::NotIn => !member(),
                    // A text is no set.
                    Operator::Version(operator) => operator == VersionOperator::NotEqual,
                }
            }),
            Test::Never => false,
        }
    }

    /// The name that the comparison asks about extras, if it does and it is one.
    pub(super) fn extra(&self) -> Option<ExtraName> {
        match (&self.left, &self.right) {
            (Operand::Variable(Variable::Extra), Operand::Literal(name))
            | (Operand::Literal(name), Operand::Variable(Variable::Extra | Variable::Extras)) => {
                name.parse().ok()
            }
            _ => None,
        }
    }
}

/// Normalises the literal that `extra` or a set is compared with (PEP 685).
fn normalised(left: Operand, right: Operand) -> (Operand, Operand) {
    let name = |text: &str| Operand::Literal(canonical(text).into());
    match (&left, &right) {
        (Operand::Variable(Variable::Extra), Operand::Literal(text)) => {
            let right = name(text);
            (left, right)
        }
        (Operand::Literal(text), Operand::Variable(variable))
            if *variable == Variable::Extra || variable.is_set() =>
        {
            (name(text), right)
        }
        _ => (left, right),
    }
}

/// The variable on the left.
fn forward(variable: Variable, operator: Operator, literal: &str) -> Test {
    if variable.is_set() {
        return Test::Never;
    }
    if let (true, Operator::Version(operator)) = (variable.is_version(), operator)
        && let Ok(clause) = format!("{operator}{literal}").parse()
    {
        return Test::Version(variable, clause);
    }
    Test::Text(variable, false)
}

/// The variable on the right.
fn backward(literal: &str, operator: Operator, variable: Variable) -> Test {
    if variable.is_set() {
        return Test::Member(variable, canonical(literal).into());
    }
    match operator {
        Operator::Version(operator) if variable.is_version() => {
            Test::Reversed(variable, operator, coerce(literal))
        }
        _ => Test::Text(variable, true),
    }
}

/// The comparison of texts.
fn compare(left: &str, operator: Operator, right: &str) -> bool {
    match operator {
        Operator::In => right.contains(left),
        Operator::NotIn => !right.contains(left),
        Operator::Version(operator) => match operator {
            VersionOperator::Equal | VersionOperator::LessEqual | VersionOperator::GreaterEqual => {
                left == right
            }
            VersionOperator::NotEqual => left != right,
            VersionOperator::Less
            | VersionOperator::Greater
            | VersionOperator::Compatible
            | VersionOperator::Arbitrary => false,
        },
    }
}

impl PartialEq for Comparison {
    /// The test follows from the rest.
    fn eq(&self, other: &Self) -> bool {
        (&self.left, self.operator, &self.right) == (&other.left, other.operator, &other.right)
    }
}

impl Eq for Comparison {}

impl Hash for Comparison {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.left, self.operator, &self.right).hash(state);
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}", self.left, self.operator, self.right)
    }
}
