//! Names, versions, specifiers, markers and requirements against `packaging` 26.3: thousands of
//! texts, valid and spoilt, asked about in one run of Python.
//!
//! `MOCHI_REFEREE_PYTHON` names an interpreter that has `packaging` 26.3.

mod batch;
mod context;
mod dice;
mod differences;
mod generate;

use batch::Batch;
use context::{Context, values};
use differences::is_difference;
use serde_json::{Value, json};
use wheel::marker::Marker;
use wheel::name::{ExtraName, PackageName};
use wheel::requirement::{Requirement, RequirementSource};
use wheel::specifier::Specifiers;
use wheel::version::coerce;

/// Asks the referee.
fn ask(batch: &Value) -> Value {
    let answers = referee::ask(include_str!("referee.py"), &batch.to_string());
    let answers: Value = serde_json::from_str(&answers).unwrap();
    assert_eq!(
        answers["packaging"], "26.3",
        "the referee has another `packaging`"
    );
    answers
}

/// What differs, and how many texts were valid.
#[derive(Default)]
struct Verdict {
    valid: usize,
    refused: usize,
    failures: Vec<String>,
}

impl Verdict {
    /// Compares whether a text was taken. Returns whether both took it.
    fn taken(&mut self, kind: &str, text: &str, ours: Result<(), String>, theirs: &Value) -> bool {
        match (ours, theirs["normal"].is_null()) {
            (Ok(()), false) => {
                self.valid += 1;
                return true;
            }
            (Err(_), true) => self.refused += 1,
            (Err(_), false) if is_difference(kind, text) => {}
            (ours, _) => self.failures.push(format!(
                "{kind} {text:.200?}: we say {ours:?}, packaging {theirs}"
            )),
        }
        false
    }

    fn equal(&mut self, what: &str, text: &str, ours: &Value, theirs: &Value) {
        if ours != theirs {
            self.failures.push(format!(
                "{what} of {text:.200?}: we say {ours}, packaging {theirs}"
            ));
        }
    }

    /// Fails if anything differed, or if the questions did not ask much.
    fn close(self, kind: &str, least: usize) {
        let Self {
            valid,
            refused,
            failures,
        } = self;
        let shown = failures
            .iter()
            .take(20)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n");
        assert!(
            failures.is_empty(),
            "{} {kind} differ:\n{shown}",
            failures.len()
        );
        assert!(
            valid >= least && refused >= least / 12,
            "{kind}: only {valid} valid and {refused} invalid texts"
        );
    }
}

fn outcome<T, E: std::fmt::Display>(read: &Result<T, E>) -> Result<(), String> {
    read.as_ref().map(drop).map_err(ToString::to_string)
}

fn check_names(texts: &[String], answers: &Value) {
    let mut verdict = Verdict::default();
    for (index, text) in texts.iter().enumerate() {
        let theirs = &answers[index];
        let ours = text.parse::<PackageName>();
        if verdict.taken("names", text, outcome(&ours), theirs) {
            verdict.equal(
                "normal form",
                text,
                &json!(ours.unwrap().as_str()),
                &theirs["normal"],
            );
        }
    }
    verdict.close("names", 600);
}

fn check_versions(texts: &[String], answers: &Value) {
    let mut verdict = Verdict::default();
    let mut ranked = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let theirs = &answers[index];
        let ours = coerce(text).ok_or("no version");
        if verdict.taken("versions", text, outcome(&ours), theirs) {
            let ours = ours.unwrap();
            verdict.equal(
                "normal form",
                text,
                &json!(ours.to_string()),
                &theirs["normal"],
            );
            ranked.push((ours, theirs["rank"].as_u64().unwrap()));
        }
    }
    ranked.sort_by_key(|(_, rank)| *rank);
    for pair in ranked.windows(2) {
        let [(one, rank), (other, next)] = pair else {
            unreachable!()
        };
        if one.cmp(other) != rank.cmp(next) {
            verdict.failures.push(format!("order of {one} and {other}"));
        }
    }
    verdict.close("versions", 4_000);
}

fn check_specifiers(questions: &[(String, Vec<String>)], answers: &Value) {
    let mut verdict = Verdict::default();
    for (index, (text, candidates)) in questions.iter().enumerate() {
        let theirs = &answers[index];
        let ours = text.parse::<Specifiers>();
        if !verdict.taken("specifiers", text, outcome(&ours), theirs) {
            continue;
        }
        let ours = ours.unwrap();
        let contains: String = candidates
            .iter()
            .map(|candidate| {
                if ours.contains(&candidate.parse().unwrap()) {
                    '1'
                } else {
                    '0'
                }
            })
            .collect();
        verdict.equal(
            "normal form",
            text,
            &json!(ours.to_string()),
            &theirs["normal"],
        );
        verdict.equal(
            "pre-release",
            text,
            &json!(ours.names_prerelease()),
            &theirs["prerelease"],
        );
        if theirs["contains"] != contains {
            let which: Vec<_> = candidates
                .iter()
                .zip(
                    contains
                        .chars()
                        .zip(theirs["contains"].as_str().unwrap().chars()),
                )
                .filter(|(_, (ours, theirs))| ours != theirs)
                .collect();
            verdict.failures.push(format!(
                "matches of {text:.200?}: (we, packaging) {which:?}"
            ));
        }
    }
    verdict.close("specifiers", 4_000);
}

fn check_markers(texts: &[String], answers: &Value, contexts: &[Context]) {
    let mut verdict = Verdict::default();
    let mut seen = String::new();
    for (index, text) in texts.iter().enumerate() {
        let theirs = &answers[index];
        let ours = text.parse::<Marker>();
        if !verdict.taken("markers", text, outcome(&ours), theirs) {
            continue;
        }
        let ours = ours.unwrap();
        let values = values(&ours, contexts);
        verdict.equal("values", text, &json!(values), &theirs["values"]);
        // Without parentheses and escapes there is but one way to print a marker.
        let printed = ours.to_string();
        if !text.contains(['(', '\\']) {
            verdict.equal("normal form", text, &json!(printed), &theirs["normal"]);
        }
        let again = printed.parse::<Marker>().map(|again| again == ours);
        assert_eq!(
            again,
            Ok(true),
            "{text:?} does not survive printing as {printed:?}"
        );
        seen += &values;
    }
    let held = seen.matches('1').count();
    assert!(
        held > seen.len() / 5 && held < seen.len() * 4 / 5,
        "the markers ask nothing: {held} hold"
    );
    verdict.close("markers", 6_000);
}

fn check_requirements(texts: &[String], answers: &Value, contexts: &[Context]) {
    let mut verdict = Verdict::default();
    for (index, text) in texts.iter().enumerate() {
        let theirs = &answers[index];
        let ours = text.parse::<Requirement>();
        if !verdict.taken("requirements", text, outcome(&ours), theirs) {
            continue;
        }
        let ours = ours.unwrap();
        let extras: Vec<&str> = ours.extras.iter().map(ExtraName::as_str).collect();
        let (url, specifiers) = match &ours.source {
            RequirementSource::Url(url) => (json!(url), json!("")),
            RequirementSource::Specifiers(specifiers) => {
                (Value::Null, json!(specifiers.to_string()))
            }
        };
        let values = ours
            .marker
            .as_ref()
            .map_or(String::new(), |marker| values(marker, contexts));
        verdict.equal("name", text, &json!(ours.name.as_str()), &theirs["normal"]);
        verdict.equal("extras", text, &json!(extras), &theirs["extras"]);
        verdict.equal("URL", text, &url, &theirs["url"]);
        verdict.equal("specifiers", text, &specifiers, &theirs["specifiers"]);
        verdict.equal("marker", text, &json!(values), &theirs["values"]);
        let again = ours.to_string().parse::<Requirement>();
        assert_eq!(
            again.as_ref(),
            Ok(&ours),
            "{text:?} does not survive printing"
        );
    }
    verdict.close("requirements", 4_000);
}

#[test]
fn packaging_agrees() {
    let contexts = Context::all();
    let batch = Batch::generate();
    let answers = ask(&batch.json(&contexts));
    differences::check(&batch, &answers);
    check_names(&batch.names, &answers["names"]);
    check_versions(&batch.versions, &answers["versions"]);
    check_specifiers(&batch.specifiers, &answers["specifiers"]);
    check_markers(&batch.markers, &answers["markers"], &contexts);
    check_requirements(&batch.requirements, &answers["requirements"], &contexts);
}
