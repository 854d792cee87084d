//! The attestation holds, and is of somebody else than the index says; or there is none that counts.

use loopback_sigstore::Identity;
use serde_json::{Value, json};

use super::{Attack, Lie, attack};
use crate::ground::Ground;

pub(crate) fn attacks() -> Vec<Attack> {
    let mut all = providers();
    all.extend(signers());
    all.extend(objects());
    all
}

/// Signed by one, and said to be by another.
fn swapped(ground: &Ground, signer: &Identity, said: &Identity) -> Value {
    Ground::claimed_by(&said.publisher(), &ground.signed_by(signer))
}

fn providers() -> Vec<Attack> {
    vec![
        attack(
            "another identity provider",
            "Issuer",
            &[
                "https://idp.example",
                "https://token.actions.githubusercontent.com",
            ],
            |ground| {
                let signer = Ground::signer().issued_by("https://idp.example");
                swapped(ground, &signer, &Ground::signer())
            },
        ),
        attack(
            "a repository of the same name at another service",
            "Issuer",
            &[
                "https://gitlab.com",
                "https://token.actions.githubusercontent.com",
            ],
            |ground| {
                let signer = Identity::gitlab("octo/greet", "release.yml", "refs/tags/v1");
                swapped(ground, &signer, &Ground::signer())
            },
        ),
    ]
}

fn signers() -> Vec<Attack> {
    vec![
        attack(
            "a fork",
            "Repository",
            &[
                "https://github.com/eve/greet",
                "https://github.com/octo/greet",
            ],
            |ground| {
                let signer = Identity::github("eve/greet", "release.yml", "refs/tags/v1");
                swapped(ground, &signer, &Ground::signer())
            },
        ),
        attack(
            "a repository whose name begins alike",
            "Repository",
            &["https://github.com/octo/greet-evil"],
            |ground| {
                let signer = Identity::github("octo/greet-evil", "release.yml", "refs/tags/v1");
                swapped(ground, &signer, &Ground::signer())
            },
        ),
        attack(
            "another workflow",
            "Workflow",
            &["workflows/test.yml@refs/tags/v1", "workflows/release.yml"],
            |ground| {
                let signer = Identity::github("octo/greet", "test.yml", "refs/tags/v1");
                swapped(ground, &signer, &Ground::signer())
            },
        ),
        attack(
            "another pipeline",
            "Workflow",
            &["//ci/test.yml@refs/heads/main", "//ci/release.yml"],
            |ground| {
                let of = |file| Identity::gitlab("octo/greet", file, "refs/heads/main");
                swapped(ground, &of("ci/test.yml"), &of("ci/release.yml"))
            },
        ),
        attack(
            "another account",
            "Account",
            &["eve@project.example", "robot@project.example"],
            |ground| {
                let of = Identity::google;
                swapped(
                    ground,
                    &of("eve@project.example"),
                    &of("robot@project.example"),
                )
            },
        ),
    ]
}

fn objects() -> Vec<Attack> {
    vec![
        attack(
            "a kind of publisher that nobody knows",
            "PublisherKind",
            &["Jenkins"],
            |ground| {
                let publisher = json!({ "kind": "Jenkins", "job": "release" });
                Ground::claimed_by(&publisher, &ground.attestation())
            },
        ),
        attack(
            "no bundle",
            "NoAttestation",
            &["without any attestation"],
            |_| json!({ "version": 1, "attestation_bundles": [] }),
        ),
        attack(
            "a publisher without attestations",
            "NoAttestationBy",
            &["octo/greet", "release.yml"],
            |_| {
                let bundle = json!({
                    "publisher": Ground::signer().publisher(), "attestations": [],
                });
                json!({ "version": 1, "attestation_bundles": [bundle] })
            },
        ),
        attack(
            "a second publisher, of an attestation that does not hold",
            "Signature",
            &["does not hold"],
            |ground| {
                let mut served = ground.truth();
                let false_one = ground.lie(Lie::OtherKey);
                let bundles = served["attestation_bundles"].as_array_mut();
                bundles
                    .expect("bundles")
                    .push(false_one["attestation_bundles"][0].clone());
                served
            },
        ),
        attack(
            "an attestation of another version",
            "unreadable",
            &["version 2", "version 1"],
            |ground| ground.edited(|a| a["version"] = 2.into()),
        ),
        attack(
            "a provenance object of another version",
            "unreadable",
            &["version 2", "version 1"],
            |ground| {
                let mut served = ground.truth();
                served["version"] = 2.into();
                served
            },
        ),
    ]
}
