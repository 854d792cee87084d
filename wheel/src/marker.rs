//! Environment markers (PEP 508): `python_version < "3.11" and extra == "toml"`.
//!
//! Read and evaluated as `packaging` 26.3 does. The crate `pep508_rs` is not used: it panics on
//! markers that real indexes hold (`'2.7.0' ~= os_name`), overflows the stack on nested
//! parentheses, and takes no free text after `===`. Where this differs from `packaging`:
//!
//! - parentheses nest at most [`MAX_MARKER_DEPTH`] deep, in at most [`MAX_MARKER_LENGTH`] bytes;
//! - a comparison that `packaging` refuses to evaluate (`os_name ~= "1"`, two literals, a set where
//!   there is none) is false, and the rest of the marker still counts;
//! - numbers of versions have 64 bits, so a larger one makes a text no version;
//! - `\N{…}` and lone surrogates in literals are errors;
//! - printing leaves out needless parentheses, and escapes what would not read back.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

use crate::name::ExtraName;

mod comparison;
mod environment;
mod literal;
mod parse;

use comparison::{Comparison, Extras};
pub use environment::{MarkerEnv, MarkerStrings};

/// The longest marker that is read, in bytes.
pub const MAX_MARKER_LENGTH: usize = 32 * 1024;

/// How deep parentheses may nest.
pub const MAX_MARKER_DEPTH: usize = 64;

/// Why a text is not a marker.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum MarkerError {
    /// The text is longer than [`MAX_MARKER_LENGTH`].
    #[error("the marker is {length} bytes long; at most {MAX_MARKER_LENGTH} are allowed")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// Parentheses nest deeper than [`MAX_MARKER_DEPTH`].
    #[error("the parentheses of the marker {marker} nest more than {MAX_MARKER_DEPTH} deep")]
    TooDeep {
        /// The marker, quoted.
        marker: String,
    },
    /// The text departs from the grammar.
    #[error(
        "the marker {marker} is invalid at character {position}: expected {expected}, found {found}"
    )]
    Syntax {
        /// The marker, quoted.
        marker: String,
        /// Where, counted in characters from 1.
        position: usize,
        /// What may stand there.
        expected: &'static str,
        /// What stands there, quoted.
        found: String,
    },
}

#[derive(PartialEq, Eq, Hash)]
enum Node {
    Comparison(Comparison),
    /// All hold. Has two or more parts, none of which is another `All`.
    All(Vec<Marker>),
    /// One or more hold. Has two or more parts, none of which is another `Any`.
    Any(Vec<Marker>),
}

/// A condition on the environment and on the extra asked for. A clone shares the parts.
///
/// Two markers are equal if they print alike.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Marker(Arc<Node>);

impl Marker {
    /// Reads the marker that `source` ends with, from byte `start` on.
    pub(crate) fn read(source: &str, start: usize) -> Result<Self, MarkerError> {
        parse::parse(source, start)
    }

    fn comparison(comparison: Comparison) -> Self {
        Self(Arc::new(Node::Comparison(comparison)))
    }

    fn all(parts: Vec<Self>) -> Self {
        let within = |node: &Node| match node {
            Node::All(parts) => Some(parts.clone()),
            _ => None,
        };
        Self::joined(parts, within, Node::All)
    }

    fn any(parts: Vec<Self>) -> Self {
        let within = |node: &Node| match node {
            Node::Any(parts) => Some(parts.clone()),
            _ => None,
        };
        Self::joined(parts, within, Node::Any)
    }

    /// Joins parts to one node, taking up the parts of parts that are of the same kind.
    fn joined(
        parts: Vec<Self>,
        within: impl Fn(&Node) -> Option<Vec<Self>>,
        node: impl Fn(Vec<Self>) -> Node,
    ) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match within(&part.0) {
                Some(parts) => flat.extend(parts),
                None => flat.push(part),
            }
        }
        match <[Self; 1]>::try_from(flat) {
            Ok([only]) => only,
            Err(flat) => Self(Arc::new(node(flat))),
        }
    }

    /// The marker that holds where both do.
    ///
    /// Alternating [`and`](Self::and) and [`or`](Self::or) adds a level of parentheses each time,
    /// and what has more than [`MAX_MARKER_DEPTH`] prints as text that will not be read.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self::all(vec![self.clone(), other.clone()])
    }

    /// The marker that holds where one of them or both do.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self::any(vec![self.clone(), other.clone()])
    }

    /// Whether the marker holds in an environment, for a package required with `extra`.
    ///
    /// With no extra, `extra == "x"` is false and `extra != "x"` is true. A dependency of a package
    /// required with several extras is wanted if the marker holds for none or for one of them.
    #[must_use]
    pub fn evaluate(&self, env: &MarkerEnv, extra: Option<&ExtraName>) -> bool {
        self.holds(env, Extras::Metadata(extra))
    }

    /// Whether the marker of a lock file's entry (PEP 751) holds in an environment, `extras` and
    /// `groups` being those chosen for the installation.
    #[must_use]
    pub fn evaluate_in_lock(
        &self,
        env: &MarkerEnv,
        extras: &[ExtraName],
        groups: &[ExtraName],
    ) -> bool {
        self.holds(env, Extras::Lock(extras, groups))
    }

    fn holds(&self, env: &MarkerEnv, extras: Extras<'_>) -> bool {
        match &*self.0 {
            Node::Comparison(comparison) => comparison.evaluate(env, extras),
            Node::All(parts) => parts.iter().all(|part| part.holds(env, extras)),
            Node::Any(parts) => parts.iter().any(|part| part.holds(env, extras)),
        }
    }

    /// The names of all extras that the marker asks about, by `extra` or in `extras`.
    #[must_use]
    pub fn extras(&self) -> BTreeSet<ExtraName> {
        let mut extras = BTreeSet::new();
        self.collect_extras(&mut extras);
        extras
    }

    fn collect_extras(&self, extras: &mut BTreeSet<ExtraName>) {
        match &*self.0 {
            Node::Comparison(comparison) => extras.extend(comparison.extra()),
            Node::All(parts) | Node::Any(parts) => {
                for part in parts {
                    part.collect_extras(extras);
                }
            }
        }
    }
}

impl FromStr for Marker {
    type Err = MarkerError;

    fn from_str(text: &str) -> Result<Self, MarkerError> {
        Self::read(text, 0)
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, between) = match &*self.0 {
            Node::Comparison(comparison) => return comparison.fmt(formatter),
            Node::All(parts) => (parts, " and "),
            Node::Any(parts) => (parts, " or "),
        };
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                formatter.write_str(between)?;
            }
            // `and` binds tighter, so alternatives within it, and only they, take parentheses.
            if let (Node::All(_), Node::Any(_)) = (&*self.0, &*part.0) {
                write!(formatter, "({part})")?;
            } else {
                part.fmt(formatter)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Marker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{self}`")
    }
}

#[cfg(test)]
mod tests;
