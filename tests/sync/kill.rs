//! A sync killed at any moment: each package wholly old or wholly new, at the latest after the next sync.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::python::{Installed, inspect};
use crate::world::World;

const NAMES: [&str; 6] = ["plain", "more", "space-a", "space-b", "tool", "data"];
/// Kills spread over a sync that has everything in the cache, and over one that downloads everything.
const WARM: u32 = 30;
const COLD: u32 = 30;
/// Kills right after the journal is there, when the renames happen.
const AIMED: u32 = 30;

/// Two versions of six packages, each of about thirty files of which some are in both versions; two packages share a
/// namespace, one has a command, one has `.data`.
fn packages() -> String {
    let mut text = String::new();
    for (version, first) in [("1.0", 0), ("2.0", 10)] {
        for name in NAMES {
            let module = name.replace('-', "_");
            let folder = match name.strip_prefix("space-") {
                Some(part) => format!("space/{part}"),
                None => module.clone(),
            };
            text += &format!("[packages.{name}.'{version}']\n");
            if name == "tool" {
                text += &format!(
                    "entry-points = \"[console_scripts]\\ntool = tool:x\\ntool-{first} = tool:x\\n\"\n"
                );
            }
            text += &format!("[packages.{name}.'{version}'.files]\n");
            for number in first..first + 28 {
                text += &format!(
                    "'{folder}/part{}/f{number}.py' = 'x = \"{version}\"'\n",
                    number % 3
                );
            }
            if name.starts_with("space") {
                text += &format!("'space/{module}.py' = 'x = \"{version}\"'\n");
            }
            if name == "data" {
                text += &format!("'data-{version}.data/data/share/data/{version}.txt' = 'x'\n");
                text += &format!(
                    "'data-{version}.data/scripts/data-script' = \"#!python\\nprint('{version}')\"\n"
                );
            }
        }
    }
    text
}

/// A venv, and the locks of both versions.
struct Bench {
    world: World,
    locks: [BTreeMap<&'static str, Vec<u8>>; 2],
}

/// What came of the kills.
#[derive(Debug, Default)]
struct Tally {
    kills: u32,
    old: u32,
    new: u32,
    between: u32,
    torn: u32,
}

impl Bench {
    fn new() -> Self {
        let world = World::new("", &packages());
        let locks = ["1.0", "2.0"].map(|version| {
            world.relock(
                &NAMES
                    .map(|name| format!("{name} = '=={version}'"))
                    .join("\n"),
            );
            let read = |path| (path, world.sandbox.read(path).expect("a file"));
            BTreeMap::from(["mochi.toml", "mochi.lock"].map(read))
        });
        let bench = Self { world, locks };
        bench.make(0);
        bench
    }

    fn choose(&self, lock: usize) {
        for (path, bytes) in &self.locks[lock] {
            self.world.sandbox.write(path, bytes).expect("written");
        }
    }

    /// Makes the venv be exactly as one of the locks.
    fn make(&self, lock: usize) {
        self.choose(lock);
        self.world.ok("sync");
    }

    fn start(&self) -> Child {
        let mut command = self.world.command(&["sync"]);
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts")
    }

    fn begin(&self, cold: bool) {
        self.make(0);
        if cold {
            self.world.sandbox.empty_cache().expect("emptied");
        }
        self.choose(1);
    }

    /// How long a sync from version 1 to 2 takes, and somewhat more: so the last kills meet its end.
    fn measure(&self, cold: bool) -> Duration {
        let once = |_| {
            self.begin(cold);
            let started = Instant::now();
            assert!(self.start().wait().expect("an end").success());
            started.elapsed()
        };
        let mut all: Vec<Duration> = (0..5).map(once).collect();
        all.sort();
        all[2].mul_f64(1.2)
    }

    /// Kills after a while, then looks, then syncs to one of the versions and looks again.
    fn kill(&self, wait: impl FnOnce(&mut Child), cold: bool, tally: &mut Tally) {
        self.begin(cold);
        let mut child = self.start();
        wait(&mut child);
        child.kill().expect("killed, or at its end");
        child.wait().expect("an end");
        tally.kills += 1;
        self.judge(tally);
        // Forward as a rule; every third time the user goes back to the old lock instead.
        let (lock, version) = if tally.kills.is_multiple_of(3) {
            (0, "1.0")
        } else {
            (1, "2.0")
        };
        self.make(lock);
        let installed = inspect(&self.world.path(".venv"));
        let due: BTreeMap<&str, &str> = NAMES.iter().map(|&name| (name, version)).collect();
        assert_eq!(installed.whole(), due, "after kill {}", tally.kills);
        self.world.ok("sync --check");
    }

    fn judge(&self, tally: &mut Tally) {
        let installed = inspect(&self.world.path(".venv"));
        let torn: Vec<&str> = NAMES
            .iter()
            .copied()
            .filter(|name| !is_whole(&installed, name))
            .collect();
        // Only the package whose renames were under way can be torn.
        assert!(torn.len() <= 1, "torn at once: {torn:?}\n{installed:?}");
        let of = |version: &str| {
            installed
                .packages
                .values()
                .filter(|p| p.versions == [version])
                .count()
        };
        match (torn.len(), of("1.0"), of("2.0")) {
            (0, 6, 0) => tally.old += 1,
            (0, 0, 6) => tally.new += 1,
            (0, ..) => tally.between += 1,
            _ => tally.torn += 1,
        }
        let journal = journal(&self.world.library(".venv")).is_some_and(|path| path.exists());
        assert!(
            torn.is_empty() || journal,
            "{torn:?} is torn, and there is no journal to mend it by"
        );
    }
}

/// Whether a package is there once, as its RECORD says.
fn is_whole(installed: &Installed, name: &str) -> bool {
    installed.packages.get(name).is_some_and(|package| {
        package.problems.is_empty()
            && matches!(package.versions.as_slice(), [one] if one == "1.0" || one == "2.0")
    })
}

fn journal(library: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(library).into_iter().flatten().flatten();
    let mut staging = entries.filter(|entry| {
        let name = entry.file_name();
        name.to_string_lossy().starts_with(".mochi-staging-")
    });
    Some(staging.next()?.path().join("journal.json"))
}

/// Waits until the journal is there, or the sync has ended without its having been seen.
fn await_journal(library: &Path, child: &mut Child) {
    while child.try_wait().expect("a child").is_none() {
        if let Some(journal) = journal(library) {
            while journal.parent().is_some_and(Path::exists) && !journal.exists() {}
            return;
        }
    }
}

/// Numbers between 0 and 1, other ones at every run: the moments of a machine are never the same anyway.
fn random() -> impl FnMut() -> f64 {
    use std::hash::{BuildHasher as _, RandomState};
    let state = RandomState::new();
    let mut count = 0_u32;
    move || {
        count += 1;
        f64::from((state.hash_one(count) >> 33) as u32) / f64::from(1_u32 << 31)
    }
}

/// Kills spread over the whole of a sync, and more where the renames are.
#[test]
fn each_package_is_wholly_old_or_wholly_new() {
    let bench = Bench::new();
    let mut random = random();
    let mut tally = Tally::default();
    let mut all = Vec::new();
    for (cold, kills) in [(false, WARM), (true, COLD)] {
        let whole = bench.measure(cold);
        for number in 0..kills {
            let moment = whole.mul_f64((f64::from(number) + random()) / f64::from(kills));
            bench.kill(|_| std::thread::sleep(moment), cold, &mut tally);
        }
        all.push(format!(
            "{} over {whole:?}: {tally:?}",
            if cold { "cold" } else { "warm" }
        ));
        tally = Tally::default();
    }
    let library = bench.world.library(".venv");
    // On a busy machine the moment is missed more often: then there are more tries.
    while tally.kills < AIMED || (tally.between + tally.torn == 0 && tally.kills < 5 * AIMED) {
        let pause = Duration::from_micros(1500).mul_f64(random());
        let aim = |child: &mut Child| {
            await_journal(&library, child);
            let seen = Instant::now();
            while seen.elapsed() < pause {}
        };
        bench.kill(aim, false, &mut tally);
    }
    // Otherwise the renames were never cut, and the test has seen nothing of what it is for.
    assert!(
        tally.between + tally.torn > 0,
        "no kill fell between the renames: {tally:?}"
    );
    all.push(format!("aimed: {tally:?}"));
    println!("{}", all.join("\n"));
}
