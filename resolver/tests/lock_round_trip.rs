//! Locks: what is written reads back as it was, and what is broken is refused with its place.

#[path = "common/dice.rs"]
mod dice;
#[path = "common/faults.rs"]
mod faults;
#[path = "common/locks.rs"]
mod locks;

use dice::Dice;
use faults::{FAULTS, GOOD};
use resolver::Lock;
use resolver::lock::{Foreign, LockError};

const FILE: &str = "mochi.lock";

#[test]
fn what_is_written_reads_back() {
    let mut packages = 0;
    for seed in 0..600 {
        let lock = locks::lock(&mut Dice::new(seed));
        let text = lock.render();
        let read = Lock::parse(FILE, &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(read, lock, "seed {seed}");
        assert_eq!(read.render(), text, "seed {seed}");
        packages += lock.packages.len();
    }
    assert!(packages > 1_000, "only {packages} packages");
}

#[test]
fn a_size_from_a_hostile_index_does_not_spoil_the_lock() {
    for size in [i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX] {
        let mut lock = Lock::parse(FILE, GOOD).expect("a good lock");
        lock.packages[0].wheels[0].size = Some(size);
        let text = lock.render();
        let read = Lock::parse(FILE, &text).unwrap_or_else(|error| panic!("{size}: {error}"));
        assert_eq!(read.render(), text, "{size}");
    }
}

#[test]
fn faults_are_told_with_line_and_key() {
    Lock::parse(FILE, GOOD).expect("a good lock");
    for (from, to, key, words) in FAULTS {
        let at = GOOD
            .find(from)
            .unwrap_or_else(|| panic!("{from} is not in the lock"));
        let text = GOOD.replacen(from, to, 1);
        let error = Lock::parse(FILE, &text).expect_err(to);
        let told = error.to_string();
        assert!(
            told.contains(key) && told.contains(words),
            "{from} -> {to}: {told}"
        );
        let real = 1 + GOOD[..at].matches('\n').count();
        // What is missing is told at the head of its table.
        if !told.contains("is missing") {
            assert!(
                (real..real + 2).contains(&line(&told)),
                "{from} -> {to}: {told}"
            );
        }
        assert!(error.hint().is_some(), "{told}");
    }
}

/// Faults between several places of the lock.
#[test]
fn contradictions_are_told_with_the_line_of_their_table() {
    let package = &GOOD[GOOD.find("[[python-package]]").expect("there")
        ..GOOD
            .find("[[python-package]]\nname = \"bee")
            .expect("there")];
    let environment = &GOOD[GOOD.find("[[python-environment]]").expect("there")
        ..GOOD.find("[[python-package]]").expect("there")];
    let twice =
        |table: &str| GOOD.replacen("[[python-skip]]", &format!("{table}[[python-skip]]"), 1);
    let with = |from: &str, to: &str| GOOD.replacen(from, to, 1);
    let cases = [
        (
            twice(package),
            "ant stands twice for linux-x64-cp313",
            "python-package",
            33,
        ),
        (
            twice(environment),
            "environment linux-x64-cp313 stands twice",
            "python-environment",
            33,
        ),
        (
            with(
                "environments = [\"linux-x64-cp313\"]\nrequires",
                "environments = [\"sun\"]\nrequires",
            ),
            "ant 1.0 is for \"sun\"",
            "python-package",
            14,
        ),
        (
            with(
                "environments = [\"linux-x64-cp313\"], attest",
                "environments = [\"sun\"], attest",
            ),
            "ant 1.0 is for \"sun\"",
            "python-package",
            14,
        ),
        (
            with(
                "environment = \"linux-x64-cp313\"\nreason",
                "environment = \"sun\"\nreason",
            ),
            "\"sun\"",
            "python-skip",
            33,
        ),
    ];
    let mut failures = Vec::new();
    for (text, words, key, first) in cases {
        let Err(error) = Lock::parse(FILE, &text) else {
            failures.push(format!("taken, though {words}"));
            continue;
        };
        let told = error.to_string();
        if !(told.contains(words) && told.contains(key) && line(&told) >= first) {
            failures.push(told);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn line(told: &str) -> usize {
    let rest = told
        .strip_prefix("mochi.lock:")
        .unwrap_or_else(|| panic!("no file: {told}"));
    let line = rest.split(':').next().expect("a part");
    line.parse().unwrap_or_else(|_| panic!("no line: {told}"))
}

#[test]
fn a_spoilt_lock_is_refused_in_order() {
    let pieces = [
        "\"",
        "[",
        "]]",
        "{",
        "}",
        "=",
        "\n",
        "9",
        "-",
        "\\u",
        "[[python-skip]]",
        ".",
        "\u{0}",
        "é",
        "x = 1\n",
    ];
    let (mut taken, mut refused) = (0, 0);
    for seed in 0..2_000 {
        let dice = &mut Dice::new(seed);
        let mut text: Vec<char> = match dice.chance(50) {
            true => GOOD.chars().collect(),
            false => locks::lock(dice).render().chars().collect(),
        };
        for _ in 0..1 + dice.below(3) {
            let start = dice.below(text.len() + 1);
            let end = (start + dice.below(6)).min(text.len());
            let piece = if dice.chance(60) {
                *dice.pick(&pieces)
            } else {
                ""
            };
            text.splice(start..end, piece.chars());
        }
        let text: String = text.into_iter().collect();
        match Lock::parse(FILE, &text) {
            Ok(lock) => {
                taken += 1;
                let again = lock.render();
                assert_eq!(Lock::parse(FILE, &again).as_ref(), Ok(&lock), "seed {seed}");
            }
            Err(error) => {
                refused += 1;
                let told = error.to_string();
                let lines = text.split('\n').count();
                assert!((1..=lines).contains(&line(&told)), "seed {seed}: {told}");
            }
        }
    }
    assert!(
        taken > 100 && refused > 500,
        "{taken} taken, {refused} refused"
    );
}

#[test]
fn depth_and_length_are_no_danger() {
    let deep = |open: &str, close: &str| {
        format!(
            "{GOOD}\n[x]\ny = {}1{}\n",
            open.repeat(100_000),
            close.repeat(100_000)
        )
    };
    for text in [
        deep("[", "]"),
        deep("{a=", "}"),
        format!("{GOOD}\n[{}x]\n", "a.".repeat(100_000)),
    ] {
        let refused = matches!(Lock::parse(FILE, &text), Err(LockError::Invalid(_)));
        assert!(refused, "taken at any depth");
        assert_eq!(Foreign::of(&text), Foreign::default());
    }
    let long = GOOD.replacen(
        "[\"bee>=1\"]",
        &format!("[\"{}>=1\"]", "b".repeat(1 << 20)),
        1,
    );
    let told = Lock::parse(FILE, &long).expect_err("too long").to_string();
    assert!(told.len() < 2_000, "an error of {} bytes", told.len());
}

#[test]
fn what_others_keep_in_the_lock_stays() {
    let others = [
        "[[package]]\nname = \"mochi-std\" # pinned\nversion = \"0.3\"\n",
        "# of the linker\n[link]\nflags = [\n    \"-O2\", # fast\n]\n\n[link.wasm]\nmemory = 16\n",
        "[x.y]\nz = { a = 1, b = [1.5, true, 2026-11-23] }\n",
        "[python_other]\nk = '''\n[[python-package]]\n'''\n",
    ];
    for seed in 0..200 {
        let dice = &mut Dice::new(seed);
        let ours = locks::lock(dice).render();
        let mut kept: Vec<&str> = others.iter().copied().filter(|_| dice.chance(60)).collect();
        if dice.chance(50) {
            kept.reverse();
        }
        // Before or behind: `version` must come first.
        let mut existing = "version = 1\n".to_owned();
        for other in &kept {
            existing = format!("{existing}\n{other}");
        }
        existing.push_str(ours.split_once("version = 1\n").expect("its format").1);
        let foreign = Foreign::of(&existing);
        let new = locks::lock(dice);
        let text = foreign.around(&new.render());
        for other in &kept {
            assert!(
                text.contains(other),
                "seed {seed}: {other} is not in {text}"
            );
        }
        assert_eq!(Lock::parse(FILE, &text), Ok(new), "seed {seed}");
        assert_eq!(Foreign::of(&text), foreign, "seed {seed}");
    }
}

/// A value before all tables stays before them: it must not slip into our last table.
#[test]
fn what_others_keep_before_all_tables_is_not_lost() {
    for other in [
        "generator = \"mochi 1\"\n",
        "dotted.key = 1\n",
        "inline = { a = 1 }\n",
    ] {
        let existing = format!("{other}{GOOD}");
        let lock = Lock::parse(FILE, &existing).expect("a good lock");
        let text = Foreign::of(&existing).around(&lock.render());
        assert_eq!(Lock::parse(FILE, &text).as_ref(), Ok(&lock), "{other}");
        let again = Foreign::of(&text).around(&lock.render());
        assert_eq!(again, text);
        assert!(again.contains(other.trim_end()), "lost: {other}");
    }
}
