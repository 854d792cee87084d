//! The solver against exhaustive search, on thousands of small random worlds.
//!
//! What the search knows of the standards it takes from `wheel` one version and one marker at a
//! time; of the resolver's sets, ranks and choices it uses nothing.

#[path = "common/dice.rs"]
mod dice;
#[path = "common/judge.rs"]
mod judge;
#[path = "common/rounds.rs"]
mod rounds;
#[path = "common/table.rs"]
mod table;
#[path = "common/texts.rs"]
mod texts;
#[path = "common/world.rs"]
mod world;

use judge::{Judge, outcome};
use resolver::Rules;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use table::Table;
use world::{Place, World};

/// How many worlds are looked at.
const WORLDS: u64 = 5_000;

/// How often each thing that matters came up: a test that never meets a conflict says nothing.
type Tally = BTreeMap<&'static str, usize>;

/// All that is to be said of one world.
fn look_at(seed: u64, places: &[Place], tally: &mut Tally) {
    let world = World::new(seed, places);
    let scopes = world.scopes(places);
    let facts = world.facts();
    let rules = Rules {
        prereleases: world.prereleases,
        ..Rules::default()
    };
    let tables = world
        .wants
        .iter()
        .map(|want| Table::new(&world, want, &places[want.place]));
    let mut tables: Vec<Table> = tables.collect();
    let several = scopes.len() > 1;
    let mut judge = Judge {
        world: &world,
        scopes: &scopes,
        facts: &facts,
        rules,
        tally,
    };
    if several {
        judge.aligned(&mut tables);
    }
    for (position, table) in tables.iter_mut().enumerate() {
        judge.alone(position, table);
    }
    judge.rules.skipped.clear();
    let position = usize::try_from(seed).expect("small") % scopes.len();
    rounds::same_by_rounds(&judge.problem(position..position + 1), false, seed);
    if several {
        rounds::same_by_rounds(&judge.problem(0..scopes.len()), true, seed);
    }
}

/// Looks at every `step`th world from `first`; the seeds of those that fail are told.
fn look_at_some(first: u64, step: u64) -> (Tally, Vec<(u64, String)>) {
    let places = Place::all();
    let mut tally = Tally::new();
    let mut failed = Vec::new();
    for seed in (first..WORLDS).step_by(usize::try_from(step).expect("small")) {
        let look = AssertUnwindSafe(|| look_at(seed, &places, &mut tally));
        if let Err(panic) = catch_unwind(look) {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            failed.push((seed, text.unwrap_or_default()));
        }
    }
    (tally, failed)
}

#[test]
fn the_solver_finds_what_exhaustive_search_finds() {
    // What fails is told once, at the end.
    std::panic::set_hook(Box::new(|_| {}));
    let threads = std::thread::available_parallelism().map_or(2, |count| count.get() as u64);
    let looks: Vec<_> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|first| scope.spawn(move || look_at_some(first, threads)))
            .collect();
        handles
            .into_iter()
            .map(|handle| handle.join().expect("panics are caught"))
            .collect()
    });
    drop(std::panic::take_hook());
    let mut tally = Tally::new();
    let mut failed = Vec::new();
    for (some, failures) in looks {
        some.into_iter()
            .for_each(|(what, times)| *tally.entry(what).or_default() += times);
        failed.extend(failures);
    }
    failed.sort();
    let told: Vec<String> = failed
        .iter()
        .take(8)
        .map(|(seed, why)| format!("world {seed}: {why}"))
        .collect();
    assert!(
        failed.is_empty(),
        "{} worlds fail\n{}",
        failed.len(),
        told.join("\n")
    );
    for what in outcome::ALL {
        let times = tally.get(what).copied().unwrap_or_default();
        assert!(
            times >= 30,
            "{what} came up only {times} times of {WORLDS}: {tally:?}"
        );
    }
}
