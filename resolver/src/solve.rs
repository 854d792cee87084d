//! One run of the solver over what is known.

use crate::explain::Explanation;
use crate::facts::Needs;
use crate::problem::{Problem, Rules};
use crate::provider::{Node, Provider};
use crate::resolution::{Resolution, resolutions};
use pubgrub::PubGrubError;
use std::collections::HashMap;

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    /// A solution for each scope, in their order.
    Solved(Vec<Resolution>),
    /// Facts are missing; the run says nothing else.
    Missing(Needs),
    /// There is no solution.
    Unsolvable(Box<Explanation>),
    /// The work was given up as unreasonable.
    TooHard,
}

/// Solves `problem`. `aligned` makes one version of a package hold for all its scopes.
///
/// A pure function: the same problem and facts give the same outcome.
pub fn solve(problem: Problem<'_>, aligned: bool) -> Outcome {
    let mut rules: Rules = problem.rules.clone();
    loop {
        let provider = Provider::new(
            Problem {
                rules: &rules,
                ..problem
            },
            aligned,
        );
        let solution = match pubgrub::resolve(&provider, Node::Root, 0u32) {
            Ok(solution) => solution,
            Err(PubGrubError::NoSolution(tree)) => {
                let explanation = Explanation::new(&provider, &tree);
                let needs = provider.into_needs();
                return match needs.is_empty() {
                    true => Outcome::Unsolvable(Box::new(explanation)),
                    false => Outcome::Missing(needs),
                };
            }
            Err(_) => {
                let needs = provider.into_needs();
                return if needs.is_empty() {
                    Outcome::TooHard
                } else {
                    Outcome::Missing(needs)
                };
            }
        };
        let ranks: HashMap<Node, u32> = solution.into_iter().collect();
        let (resolutions, unnamed) = resolutions(&provider, &ranks);
        let needs = provider.into_needs();
        if !needs.is_empty() {
            return Outcome::Missing(needs);
        }
        if unnamed.is_empty() {
            return Outcome::Solved(resolutions);
        }
        // A wheel at a URL was taken although no requirement that holds names it: only a
        // requirement that was given up on the way did. It must not be offered to others.
        rules.banned.extend(unnamed);
    }
}
