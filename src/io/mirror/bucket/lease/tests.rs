//! Leases, in memory.

use super::*;
use object_store::memory::InMemory;
use object_store::path::Path as Key;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::runtime::Runtime;

struct Bench {
    runtime: Runtime,
    objects: Objects,
}

impl Bench {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let objects = Objects {
            store: Arc::new(InMemory::new()),
            bucket: "b".to_owned(),
            prefix: Key::from("p"),
        };
        Self { runtime, objects }
    }

    fn of(&self, owner: &str) -> Leases {
        Leases {
            objects: self.objects.clone(),
            runtime: self.runtime.handle().clone(),
            owner: owner.to_owned(),
            term: Duration::from_millis(700),
        }
    }

    fn run<T>(&self, work: impl Future<Output = io::Result<T>>) -> T {
        self.runtime.block_on(work).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let all = self.run(self.objects.list(""));
        all.into_iter().map(|(name, _)| name).collect()
    }
}

/// As a killed run leaves it: neither renewed nor given back.
fn killed(lease: Lease) {
    lease.renewal.abort();
    std::mem::forget(lease);
}

#[test]
fn writes_hold_to_their_conditions() {
    let bench = Bench::new();
    let write = |text: &'static str, mode| bench.run(bench.objects.write("x", text.into(), mode));
    let first = write("1", PutMode::Create).unwrap();
    assert_eq!(write("2", PutMode::Create), None);
    let second = write("2", PutMode::Update(version_of(&first))).unwrap();
    assert_eq!(write("3", PutMode::Update(version_of(&first))), None);
    bench.run(bench.objects.delete("x"));
    assert_eq!(write("3", PutMode::Update(version_of(&second))), None);
    assert_eq!(
        bench.run(bench.objects.read("x")).map(|(bytes, _)| bytes),
        None
    );
}

#[test]
fn one_at_a_time_writes_the_record() {
    let bench = Bench::new();
    let waits = AtomicUsize::new(0);
    let held = bench.run(bench.of("a").hold(Hold::Publish, &|| {}));
    std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            let say = || {
                waits.fetch_add(1, Ordering::Relaxed);
            };
            drop(bench.run(bench.of("b").hold(Hold::Publish, &say)));
        });
        std::thread::sleep(Duration::from_millis(300));
        assert!(!other.is_finished());
        drop(held);
    });
    assert_eq!(waits.load(Ordering::Relaxed), 1);
    assert!(bench.names().is_empty(), "{:?}", bench.names());
}

#[test]
fn what_killed_runs_held_is_taken_over() {
    let bench = Bench::new();
    let not = || panic!("it waits for itself");
    killed(bench.run(bench.of("a").hold(Hold::Publish, &|| {})));
    killed(bench.run(bench.of("a").hold(Hold::Publish, &not)));
    drop(bench.run(bench.of("b").hold(Hold::Publish, &|| {})));
    killed(bench.run(bench.of("a").hold(Hold::Remove, &|| {})));
    killed(bench.run(bench.of("a").hold(Hold::Bring, &not)));
    drop(bench.run(bench.of("a").hold(Hold::Remove, &not)));
    assert!(bench.names().is_empty(), "{:?}", bench.names());
}

#[test]
fn who_removes_waits_for_who_brings_and_the_other_way_round() {
    let bench = Bench::new();
    for (first, second) in [(Hold::Bring, Hold::Remove), (Hold::Remove, Hold::Bring)] {
        let held = bench.run(bench.of("a").hold(first, &|| {}));
        std::thread::scope(|scope| {
            let other = scope.spawn(|| drop(bench.run(bench.of("b").hold(second, &|| {}))));
            std::thread::sleep(Duration::from_millis(300));
            assert!(!other.is_finished(), "{second:?} beside {first:?}");
            drop(held);
        });
        let beside = bench.run(bench.of("a").hold(Hold::Bring, &|| {}));
        drop(bench.run(bench.of("b").hold(Hold::Bring, &|| panic!("it waits"))));
        drop(beside);
    }
    assert!(bench.names().is_empty(), "{:?}", bench.names());
}
