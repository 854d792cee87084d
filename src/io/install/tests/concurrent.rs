//! Several syncs at once.

use std::thread;

use super::super::*;
use super::support::{Log, Package, World, package};

fn packages(version: &str) -> Vec<Package> {
    (0..12)
        .map(|number| {
            package(&format!("demo{number}"), version)
                .file(&format!("demo{number}/__init__.py"), version)
                .file("shared/same.py", "same")
                .file(&format!("shared/{number}/x.py"), version)
        })
        .collect()
}

#[test]
fn syncs_of_one_site_follow_each_other() {
    let world = World::folder();
    let versions = [packages("1.0"), packages("2.0")];
    let wanted: Vec<Vec<Wanted>> = versions
        .iter()
        .map(|packages| {
            packages
                .iter()
                .map(|package| world.wheel(package))
                .collect()
        })
        .collect();
    let log = Log::default();
    thread::scope(|scope| {
        for number in 0..8 {
            let (world, log, wanted) = (&world, &log, &wanted[number % 2]);
            scope.spawn(move || {
                sync_site(
                    world.request(wanted.clone()),
                    &|wanted| Ok(world.wheel_file(wanted)),
                    log,
                )
                .unwrap();
            });
        }
    });
    let all = |version: usize| {
        let packages: Vec<&Package> = versions[version].iter().collect();
        world.differences(&packages).is_empty()
    };
    assert!(all(0) != all(1), "the last one has won, and wholly");
    assert_eq!(world.strangers(), Vec::<String>::new());
    let waited = log
        .events()
        .iter()
        .any(|event| matches!(event, Event::Waiting { .. }));
    assert!(waited);
}

#[test]
fn syncs_of_many_sites_share_a_cache() {
    let world = World::folder();
    let packages = packages("1.0");
    let wanted: Vec<Wanted> = packages
        .iter()
        .map(|package| world.wheel(package))
        .collect();
    thread::scope(|scope| {
        for number in 0..6 {
            let (root, wanted, packages) = (world.root.clone(), wanted.clone(), &packages);
            scope.spawn(move || {
                let mut world = World::at(root);
                world.site =
                    Site::folder(&world.root.join(format!("site{number}")), None, false).unwrap();
                world.try_sync_wanted(wanted).unwrap();
                world.assert_is(&packages.iter().collect::<Vec<_>>());
            });
        }
    });
}
