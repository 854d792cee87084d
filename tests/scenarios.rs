//! Every scenario of `fixtures/scenarios` through the binary, one test each; and, where `MOCHI_REFEREE_UV` names an
//! executable, the plain ones put to `uv pip compile` as well.
//!
//! A harness of its own, because the tests are data: `cargo test --test scenarios -- prereleases` runs a topic.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use fixtures::model::Scenario;
use fixtures::referee::{is_plain, referee};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let paths = match Scenario::paths() {
        Ok(paths) => paths,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let uv = std::env::var_os("MOCHI_REFEREE_UV").map(PathBuf::from);
    let mut trials = Vec::new();
    for path in &paths {
        match Scenario::load(path) {
            Ok(scenario) => trials.extend(trials_of(scenario, uv.as_deref())),
            Err(error) => trials.push(Trial::test(path.display().to_string(), move || {
                Err(Failed::from(error.to_string()))
            })),
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trials_of(scenario: Scenario, uv: Option<&Path>) -> Vec<Trial> {
    let mut trials = Vec::new();
    if is_plain(&scenario) {
        let (scenario, uv) = (scenario.clone(), uv.map(Path::to_owned));
        let name = format!("uv::{}", scenario.name);
        let missing = uv.is_none();
        let trial = Trial::test(name, move || match uv {
            Some(uv) => referee(&scenario, &uv).map_err(Failed::from),
            None => Err(Failed::from("MOCHI_REFEREE_UV names no uv")),
        });
        trials.push(trial.with_ignored_flag(missing));
    }
    trials.push(Trial::test(scenario.name.clone(), move || {
        fixtures::play(&scenario, Path::new(env!("CARGO_BIN_EXE_mochi"))).map_err(Failed::from)
    }));
    trials
}
