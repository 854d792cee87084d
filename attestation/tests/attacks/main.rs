//! Attestations that are to be refused, each by its own reason, and by the referee too: the Python
//! implementation that the public index uses (`pypi-attestations`, over `sigstore`).

mod certificates;
mod entries;
mod ground;
mod publishers;
mod signatures;
mod statements;

use std::collections::BTreeSet;

use ground::{FILE, Ground};
use loopback_sigstore::Lie;
use serde_json::{Value, json};

/// An attack.
struct Attack {
    /// What is done.
    name: &'static str,
    /// The provenance object that is served.
    make: fn(&Ground) -> Value,
    /// [`attestation::Refusal::reason`], or `unreadable` where it is no provenance object.
    reason: &'static str,
    /// What the sentence has to have.
    says: &'static [&'static str],
    /// Why the referee lets it through, if it does.
    referee_accepts: Option<&'static str>,
}

/// An attack that the referee refuses too.
const fn attack(
    name: &'static str,
    reason: &'static str,
    says: &'static [&'static str],
    make: fn(&Ground) -> Value,
) -> Attack {
    Attack {
        name,
        make,
        reason,
        says,
        referee_accepts: None,
    }
}

impl Attack {
    /// The referee lets it through, and why.
    const fn though_accepted(mut self, why: &'static str) -> Self {
        self.referee_accepts = Some(why);
        self
    }
}

fn attacks() -> Vec<Attack> {
    let mut all = statements::attacks();
    all.extend(signatures::attacks());
    all.extend(certificates::attacks());
    all.extend(entries::attacks());
    all.extend(publishers::attacks());
    all
}

fn referee(cases: &[Value]) -> Vec<Value> {
    let ground = Ground::new();
    let cases: Vec<Value> = cases
        .iter()
        .map(|provenance| {
            json!({ "provenance": provenance, "filename": FILE, "sha256": ground.sha256.to_string() })
        })
        .collect();
    let config = ground.authority.trust_config();
    let input = json!({ "config": config, "cases": cases }).to_string();
    referee::ask(loopback_sigstore::JUDGE, &input)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect()
}

#[test]
fn attacks_are_refused_by_their_reason() {
    let mut wrong = Vec::new();
    for attack in attacks() {
        let ground = Ground::new();
        // What it is made from holds, so it is the attack that is refused.
        if let Err(why) = ground.verdict(&ground.truth()) {
            wrong.push(format!("{}: the truth is refused: {why:?}", attack.name));
        }
        match ground.verdict(&(attack.make)(&ground)) {
            Ok(publishers) => wrong.push(format!("{}: accepted: {publishers:?}", attack.name)),
            Err(why) => {
                let told = attack.says.iter().all(|part| why.sentence.contains(part));
                if why.reason != attack.reason || !told || why.hint.is_empty() {
                    wrong.push(format!("{}: {why:#?}", attack.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_referee_refuses_them_too() {
    let ground = Ground::new();
    let attacks = attacks();
    let mut cases: Vec<Value> = vec![ground.truth()];
    cases.extend(attacks.iter().map(|attack| (attack.make)(&Ground::new())));
    let said = referee(&cases);
    assert_eq!(said.len(), cases.len());
    assert_eq!(said[0], Value::Null, "the truth");
    let wrong: Vec<String> = attacks
        .iter()
        .zip(&said[1..])
        .filter(|(attack, said)| said.is_null() != attack.referee_accepts.is_some())
        .map(|(attack, said)| format!("{}: {said}", attack.name))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Two attacks of one reason are welcome; one name for two attacks is not, and the reasons are to be
/// told apart.
#[test]
fn attacks_are_many() {
    let attacks = attacks();
    let names: BTreeSet<_> = attacks.iter().map(|attack| attack.name).collect();
    let reasons: BTreeSet<_> = attacks.iter().map(|attack| attack.reason).collect();
    assert_eq!(names.len(), attacks.len());
    assert!(reasons.len() >= 30, "{}: {reasons:?}", reasons.len());
}
