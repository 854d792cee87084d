//! The wheel that misses an environment by least.

use crate::assess::assess;
use crate::miss::{Miss, RawMiss};
use crate::natural::natural;
use crate::skip::printable;
use crate::words::sentence;
use crate::{Environment, TagPart, TagSet};
use serde::{Serialize, Serializer};
use std::cmp::{Ordering, Reverse};
use std::fmt;

/// A wheel that does not fit an environment, and what of it does not. Its `Display` is a clause
/// such as `x-1.0-cp313-cp313-manylinux_2_34_x86_64.whl needs glibc 2.34, the environment has
/// 2.28`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearestMiss {
    /// The wheel.
    pub filename: String,
    /// What does not fit, the gravest first; never empty.
    pub misses: Vec<Miss>,
}

impl NearestMiss {
    /// The gravest part that does not fit.
    pub fn part(&self) -> TagPart {
        self.misses
            .first()
            .map_or(TagPart::Platform, |miss| miss.part)
    }
}

impl fmt::Display for NearestMiss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = sentence(self.misses.iter().map(|miss| &miss.words));
        write!(f, "{} {sentence}", printable(&self.filename))
    }
}

impl Serialize for NearestMiss {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shape<'a> {
            filename: &'a str,
            misses: &'a [Miss],
            detail: String,
        }
        Shape {
            filename: &self.filename,
            misses: &self.misses,
            detail: self.to_string(),
        }
        .serialize(serializer)
    }
}

/// Of wheels that do not fit an environment, the one that misses by least: see [`Miss`]. Of two
/// that miss alike it is the one whose file name is the later one, numbers compared as numbers, so
/// that the order of the wheels does not matter and newer versions are preferred. `None` where all
/// fit, where there are none, and where there is no Python to fit.
pub fn nearest<'a>(
    environment: &Environment,
    wheels: impl IntoIterator<Item = (&'a str, &'a TagSet)>,
) -> Option<NearestMiss> {
    let levels = environment.levels()?;
    let mut best: Option<(u32, &str, &TagSet)> = None;
    for (filename, tags) in wheels {
        let Some(cost) = assess(environment, levels, tags).map(|assessed| assessed.cost) else {
            continue;
        };
        let nearer = best.is_none_or(|(lowest, other, _)| {
            cost.cmp(&lowest).then_with(|| natural(other, filename)) == Ordering::Less
        });
        if nearer {
            best = Some((cost, filename, tags));
        }
    }
    let (_, filename, tags) = best?;
    let mut misses: Vec<RawMiss<'_>> = assess(environment, levels, tags)?.misses().collect();
    misses.sort_by_key(|miss| Reverse(miss.cost(environment)));
    Some(NearestMiss {
        filename: filename.to_owned(),
        misses: misses
            .iter()
            .map(|miss| miss.describe(environment))
            .collect(),
    })
}
