//! A run killed at any moment: what was valid stays so, and the next run completes it.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::bench;
use crate::world::World;

/// Kills spread over a whole run.
const SPREAD: u32 = 100;
/// Kills while pages and record are written.
const AIMED: u32 = 20;
const NAMES: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

fn packages() -> String {
    let all = NAMES.iter().map(|name| {
        format!("[packages.{name}.'1.0']\nfiller = 9000\n[packages.{name}.'2.0']\nfiller = 60000\n")
    });
    all.collect()
}

fn pinned(version: &str) -> String {
    NAMES
        .map(|name| format!("{name} = '=={version}'"))
        .join("\n")
}

/// A mirror of version 1, a lock of version 2, and the mirror that comes of both.
struct Bench {
    world: World,
    whole: std::collections::BTreeMap<String, Vec<u8>>,
}

impl Bench {
    fn new() -> Self {
        let world = World::locked(&pinned("1.0"), &packages());
        world.ok("mirror base");
        world.relock(&pinned("2.0"));
        copy(&world.path("base"), &world.path("mirror"));
        world.ok("mirror mirror --prune");
        let whole = bench::bytes(&world.path("mirror"));
        Self { world, whole }
    }

    fn begin(&self) {
        let mirror = self.world.path("mirror");
        if mirror.exists() {
            fs::remove_dir_all(&mirror).expect("removed");
        }
        copy(&self.world.path("base"), &mirror);
    }

    fn start(&self) -> Child {
        let mut command = self.world.command(&["mirror", "mirror", "--prune"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("the binary starts")
    }

    fn kill(&self, wait: impl FnOnce(&mut Child)) -> bool {
        self.begin();
        let mut child = self.start();
        wait(&mut child);
        let running = child.try_wait().expect("a child").is_none();
        child.kill().expect("killed, or at its end");
        child.wait().expect("an end");
        self.world.ok("mirror mirror --check");
        self.links_hold();
        self.world.ok("mirror mirror --prune");
        self.world.ok("mirror mirror --check");
        assert!(bench::bytes(&self.world.path("mirror")) == self.whole);
        running
    }

    /// Every link of every page leads to a whole file, as who reads the pages sees it.
    fn links_hold(&self) {
        let mirror = self.world.path("mirror");
        for name in NAMES {
            let page = bench::json(&mirror, &format!("simple/{name}/index.json"));
            for file in page["files"].as_array().expect("files") {
                let url = file["url"].as_str().expect("a URL");
                let bytes = fs::read(mirror.join("simple").join(name).join(url));
                let bytes = bytes.unwrap_or_else(|e| panic!("{url}: {e}"));
                assert_eq!(
                    file["hashes"]["sha256"],
                    fixtures::digest::hex_sha256(&bytes)
                );
            }
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let place = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).expect("copied");
        }
    }
}

/// Numbers between 0 and 1, other ones at every run.
fn random() -> impl FnMut() -> f64 {
    use std::hash::{BuildHasher as _, RandomState};
    let state = RandomState::new();
    let mut count = 0_u32;
    move || {
        count += 1;
        f64::from((state.hash_one(count) >> 33) as u32) / f64::from(1_u32 << 31)
    }
}

/// Kills at random over the whole of a run, and more while the pages are written.
#[test]
fn what_was_valid_stays_valid() {
    let bench = Bench::new();
    let mut random = random();
    let mut times: Vec<Duration> = (0..3)
        .map(|_| {
            bench.begin();
            let started = Instant::now();
            assert!(bench.start().wait().expect("an end").success());
            started.elapsed()
        })
        .collect();
    times.sort();
    let mut whole = times[1].mul_f64(1.1);
    let mut met = 0;
    for number in 0..SPREAD {
        // Early and late by turns, so that a run which takes less than at first is soon noticed:
        // other work on the machine comes and goes.
        let part = f64::from(number * 37 % SPREAD) + random();
        let moment = whole.mul_f64(part / f64::from(SPREAD));
        match bench.kill(|_| std::thread::sleep(moment)) {
            true => met += 1,
            false => whole = whole.mul_f64(0.95),
        }
    }
    assert!(met > SPREAD / 3, "most runs ended before they were killed");
    let next = bench.world.path("mirror/.tmp/next.json");
    let mut between = 0;
    for _ in 0..AIMED {
        let pause = Duration::from_millis(12).mul_f64(random());
        bench.kill(|child| {
            while child.try_wait().expect("a child").is_none() && !next.exists() {}
            let seen = Instant::now();
            while seen.elapsed() < pause {}
            between += u32::from(next.exists());
        });
    }
    // Otherwise no kill fell between the pages, and the test has seen nothing of what it is for.
    assert!(between > 0, "no kill fell between pages and record");
    println!("{met} of {SPREAD} over {whole:?}; {between} of {AIMED} between the pages");
}
