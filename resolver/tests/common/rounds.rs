//! Facts that arrive in rounds: the result must be that of knowing all from the start.

use crate::dice::Dice;
use crate::judge::same;
use resolver::{Facts, Needs, Outcome, Problem, ProjectKey, Rules, WheelNeed, solve};

/// No world needs more rounds than there are facts in it.
const MAX_ROUNDS: usize = 300;

/// Whether the need at a position is met in this round.
type Now<'a> = &'a mut dyn FnMut(usize) -> bool;

/// Solves with all facts, with those that were asked for, and with those in an arbitrary order.
pub(crate) fn same_by_rounds(problem: &Problem, aligned: bool, seed: u64) {
    let whole = settle(problem, aligned, None);
    let at_once = settle(problem, aligned, Some(&mut |_| true));
    same(&whole, &at_once, "facts met as they are asked for");
    let mut dice = Dice::new(seed);
    let mut rules = problem.rules.clone();
    for name in crate::world::NAMES {
        if dice.chance(40) {
            let name = name.parse().expect("a name");
            rules.lookahead.insert(name, 1 + dice.below(4));
        }
    }
    let rules: &Rules = &rules;
    let eager = Problem { rules, ..*problem };
    let in_disorder = settle(&eager, aligned, Some(&mut |_| dice.chance(50)));
    same(&whole, &in_disorder, "facts met in disorder");
}

/// Solves until nothing is missing, giving up what nothing fits. Where there is a `now`, it starts
/// from nothing and meets the needs of which `now` says that they are met in this round.
fn settle(problem: &Problem, aligned: bool, mut now: Option<Now>) -> Outcome {
    let mut known = Facts::default();
    let mut rules = problem.rules.clone();
    for _ in 0..MAX_ROUNDS {
        let facts = match now {
            Some(_) => &known,
            None => problem.facts,
        };
        let rules_now: &Rules = &rules;
        let problem_now = Problem {
            facts,
            rules: rules_now,
            ..*problem
        };
        match (solve(problem_now, aligned), &mut now) {
            (Outcome::Missing(needs), Some(now)) => meet(&mut known, problem.facts, &needs, now),
            (Outcome::Unsolvable(explanation), _) if !explanation.unfit.is_empty() => {
                rules.skipped.extend(explanation.unfit);
            }
            (outcome, _) => return outcome,
        }
    }
    panic!("no answer after {MAX_ROUNDS} rounds");
}

fn meet(known: &mut Facts, all: &Facts, needs: &Needs, now: &mut Now) {
    assert!(
        !needs.is_empty(),
        "something is missing, but nothing is needed"
    );
    assert!(
        needs.direct.is_empty(),
        "{needs:?} names a URL that no requirement has"
    );
    let count = needs.projects.len() + needs.wheels.len();
    let mut chosen: Vec<usize> = (0..count).filter(|at| now(*at)).collect();
    if chosen.is_empty() {
        chosen.push(count - 1);
    }
    let projects: Vec<&ProjectKey> = needs.projects.iter().collect();
    let wheels: Vec<&WheelNeed> = needs.wheels.iter().collect();
    for at in chosen {
        let new = match projects.get(at) {
            Some(key) => {
                let page = all.projects.get(*key).expect("a page of the world");
                known
                    .projects
                    .insert((*key).clone(), page.clone())
                    .is_none()
            }
            None => {
                let need = wheels[at - projects.len()];
                let page = known.projects[&need.project]
                    .as_ref()
                    .expect("a page with wheels");
                let key = page.wheels(need.release)[need.file].metadata_key();
                let metadata = all.metadata[&key].clone();
                // Two wheels that share metadata can be asked for in one round.
                known.metadata.insert(key, metadata).is_none() || wheels.len() > 1
            }
        };
        assert!(new, "{needs:?} asks for what is known");
    }
}
