//! Environments as PEP 508 markers.

use std::collections::BTreeMap;
use tag_matrix::Environment;

/// The marker of one environment: system, machine and Python minor.
pub(super) fn of(environment: &Environment) -> String {
    format!("{} and {}", place(environment), python(environment))
}

fn place(environment: &Environment) -> String {
    let markers = environment.markers();
    format!(
        "sys_platform == '{}' and platform_machine == '{}'",
        markers.sys_platform, markers.platform_machine
    )
}

fn python(environment: &Environment) -> String {
    format!(
        "python_version == '{}'",
        environment.markers().python_version
    )
}

/// The marker that holds in those of `all` environments that stand at `positions`. Where all
/// Pythons of a place are meant, it does not speak of Python.
pub(crate) fn any(all: &[Environment], positions: &[usize]) -> String {
    let mut places: BTreeMap<String, (usize, Vec<String>)> = BTreeMap::new();
    for environment in all {
        places.entry(place(environment)).or_default().0 += 1;
    }
    for position in positions {
        if let Some((_, pythons)) = places.get_mut(&place(&all[*position])) {
            pythons.push(python(&all[*position]));
        }
    }
    let mut alternatives = Vec::new();
    for (place, (total, mut pythons)) in places {
        let complete = pythons.len() == total;
        pythons.sort();
        pythons.dedup();
        match &pythons[..] {
            [] => {}
            _ if complete => alternatives.push(place),
            [python] => alternatives.push(format!("{place} and {python}")),
            several => alternatives.push(format!("{place} and ({})", several.join(" or "))),
        }
    }
    match alternatives.len() {
        1 => alternatives.remove(0),
        _ => alternatives
            .iter()
            .map(|one| format!("({one})"))
            .collect::<Vec<_>>()
            .join(" or "),
    }
}
