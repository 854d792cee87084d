//! What no form of the bridge can have: clashes of names, and records that hold themselves.

use super::{Name, Record};
use std::collections::BTreeMap;
use toml_doc::{Invalid, Node};

/// The names of one scope, by their form in WIT: no two names are told apart by less.
pub(super) struct Names {
    place: String,
    seen: BTreeMap<String, (Name, &'static str)>,
}

impl Names {
    /// Those of the module, where records and functions share a scope.
    pub(super) fn of_module() -> Self {
        Self::within("the bridge".to_owned())
    }

    /// Those of a record or a function.
    pub(super) fn within(place: String) -> Self {
        Self {
            place,
            seen: BTreeMap::new(),
        }
    }

    /// Adds a name, which must be free.
    pub(super) fn add(
        &mut self,
        name: &Name,
        what: &'static str,
        node: &Node,
    ) -> Result<(), Invalid> {
        let kebab = name.kebab();
        let Some((other, of)) = self.seen.get(&kebab) else {
            self.seen.insert(kebab, (name.clone(), what));
            return Ok(());
        };
        let place = &self.place;
        let message = if other != name {
            format!(
                "the {of} `{other}` and the {what} `{name}` of {place} are both `{kebab}` in WIT"
            )
        } else if *of == what {
            format!("{place} has two {what}s `{name}`")
        } else {
            format!("{place} has a {of} and a {what} `{name}`")
        };
        Err(node.error(message).with_hint("choose another name"))
    }
}

/// Refuses records that hold themselves, naming the way round. `entries` are where they stand.
pub(super) fn refuse_cycles(records: &[Record], entries: &[(&str, Node)]) -> Result<(), Invalid> {
    let mut done = vec![false; records.len()];
    for start in 0..records.len() {
        let Some(cycle) = cycle_from(start, records, &mut done) else {
            continue;
        };
        let names: Vec<&str> = cycle.iter().map(|at| records[*at].name.as_str()).collect();
        let first = &entries[cycle[0]].1;
        return Err(first
            .error(format!(
                "records cannot hold themselves, WIT has no such types: {} -> {}",
                names.join(" -> "),
                names[0]
            ))
            .with_hint("refer to the inner one by a key, as in a `map` of all of them"));
    }
    Ok(())
}

/// The first way round that leads from a record to one on the way. A loop, so that a long chain
/// of records costs no stack.
fn cycle_from(start: usize, records: &[Record], done: &mut [bool]) -> Option<Vec<usize>> {
    let index = |name: &Name| records.iter().position(|record| record.name == *name);
    let held = |at: usize| -> Vec<usize> {
        let kinds = records[at].fields.iter().map(|field| &field.kind);
        kinds.filter_map(|kind| index(kind.record()?)).collect()
    };
    // Each record on the way, with those it holds that are still to be followed.
    let mut way = vec![(start, held(start))];
    while let Some((at, rest)) = way.last_mut() {
        match rest.pop() {
            None => {
                done[*at] = true;
                way.pop();
            }
            Some(next) if done[next] => {}
            Some(next) => match way.iter().position(|(on_way, _)| *on_way == next) {
                Some(from) => return Some(way[from..].iter().map(|(at, _)| *at).collect()),
                None => way.push((next, held(next))),
            },
        }
    }
    None
}
