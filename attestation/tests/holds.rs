//! What is to be accepted, and whom it is found to be by.

use attestation::{Subject, TrustConfig, TrustRoot, verify, verify_provenance};
use loopback_sigstore::{Authority, Identity, Lie, publish_statement};
use serde_json::{Value, json};
use wheel::page::Sha256;
use wheel::provenance::{Attestation, Provenance, Publisher};

const WHEEL: &str = "greet-1.0-py3-none-any.whl";
const SDIST: &str = "greet-1.0.tar.gz";

fn root(authority: &Authority) -> TrustRoot {
    TrustRoot::from_json(&authority.trusted_root().to_string()).expect("a trusted root")
}

fn digest() -> Sha256 {
    Sha256::of(b"greet")
}

fn publishers(authority: &Authority, provenance: &Value, filename: &str) -> Vec<String> {
    let read = Provenance::parse(provenance.to_string().as_bytes()).expect("a provenance object");
    let subject = Subject {
        filename,
        sha256: digest(),
    };
    let found = verify_provenance(&root(authority), &read, &subject);
    let found = found.unwrap_or_else(|refusal| panic!("{refusal}"));
    found.iter().map(Publisher::to_string).collect()
}

fn three() -> [Identity; 3] {
    [
        Identity::google("robot@project.example"),
        Identity::gitlab("octo/group/greet", "ci/release.yml", "refs/heads/main"),
        Identity::github("octo/greet", "release.yml", "refs/tags/v1"),
    ]
}

#[test]
fn each_kind_of_publisher() {
    let authority = Authority::new();
    for (identity, text) in three().iter().zip([
        "Google robot@project.example",
        "GitLab octo/group/greet, pipeline `ci/release.yml`",
        "GitHub octo/greet, workflow `release.yml`",
    ]) {
        for file in [WHEEL, SDIST] {
            let one = std::slice::from_ref(identity);
            let served = authority.provenance(file, &digest().to_string(), one);
            assert_eq!(publishers(&authority, &served, file), [text]);
        }
    }
}

/// Each holds only for the signer that it is by.
#[test]
fn each_signer_is_held_to_its_publisher() {
    let authority = Authority::new();
    let subject = Subject {
        filename: WHEEL,
        sha256: digest(),
    };
    for signer in three() {
        let made = authority.attest(WHEEL, &digest().to_string(), &signer);
        let read = Attestation::parse(made.to_string().as_bytes()).expect("an attestation");
        let found = verify(&root(&authority), &read, &subject).expect("it holds");
        assert_eq!(found.identity, Some(signer.subject()));
        assert_eq!(found.issuer.as_deref(), Some(signer.issuer()));
        for other in three() {
            let bundle = json!({ "publisher": other.publisher(), "attestations": [] });
            let object = json!({ "version": 1, "attestation_bundles": [bundle] });
            let read = Provenance::parse(object.to_string().as_bytes()).expect("it is one");
            let said = found.check(&read.attestation_bundles[0].publisher);
            assert_eq!(said.is_ok(), other == signer, "{other:?}: {said:?}");
        }
    }
}

#[test]
fn several_publishers_come_sorted_and_once() {
    let authority = Authority::new();
    let [google, gitlab, github] = three();
    let signers = [google.clone(), gitlab, google, github];
    let served = authority.provenance(WHEEL, &digest().to_string(), &signers);
    assert_eq!(
        publishers(&authority, &served, WHEEL),
        [
            "GitHub octo/greet, workflow `release.yml`",
            "GitLab octo/group/greet, pipeline `ci/release.yml`",
            "Google robot@project.example",
        ]
    );
}

/// What PEP 740 and the clients leave open.
#[test]
fn other_spellings() {
    let authority = Authority::new();
    let [.., github] = three();
    let sha256 = digest().to_string();
    let stated = |change: fn(&mut Value)| {
        let mut statement = publish_statement(WHEEL, &sha256);
        change(&mut statement);
        let lie = Lie::Statement(statement.to_string().into_bytes());
        authority.attest_with(WHEEL, &sha256, &github, &[lie])
    };
    let made = [
        stated(|s| s["predicate"] = json!({})),
        stated(|s| s["subject"][0]["name"] = "Greet-1.0.0-py3-none-any.whl".into()),
        stated(|s| s["subject"][0]["digest"]["sha512"] = "0".repeat(128).into()),
        // The last second of the certificate counts.
        authority.attest_with(WHEEL, &sha256, &github, &[Lie::EnteredAfter(600)]),
        authority.attest_with(WHEEL, &sha256, &github, &[Lie::EnteredAfter(0)]),
    ];
    let mut publisher = github.publisher();
    for name in ["octo/greet", "Octo/Greet"] {
        publisher["repository"] = name.into();
        for attestation in &made {
            let bundle = json!({ "publisher": publisher, "attestations": [attestation] });
            let served = json!({ "version": 1, "attestation_bundles": [bundle] });
            assert_eq!(publishers(&authority, &served, WHEEL).len(), 1);
        }
    }
}

/// The environment is the index's own word: what a certificate says of it makes no difference.
#[test]
fn environments() {
    let authority = Authority::new();
    let [.., github] = three();
    let sha256 = digest().to_string();
    for (signed, said) in [("", "release"), ("release", ""), ("test", "release")] {
        let signer = match signed {
            "" => github.clone(),
            name => github.clone().in_environment(name),
        };
        let made = authority.attest(WHEEL, &sha256, &signer);
        let mut publisher = github.publisher();
        publisher["environment"] = said.into();
        let bundle = json!({ "publisher": publisher, "attestations": [made] });
        let served = json!({ "version": 1, "attestation_bundles": [bundle] });
        assert_eq!(publishers(&authority, &served, WHEEL).len(), 1);
    }
}

/// Publishers of a kind from after this program are passed over where another vouches.
#[test]
fn a_kind_that_is_not_known_beside_one_that_is() {
    let authority = Authority::new();
    let [.., github] = three();
    let sha256 = digest().to_string();
    let mut served = authority.provenance(WHEEL, &sha256, &[github.clone(), github]);
    served["attestation_bundles"][0]["publisher"] = json!({ "kind": "Jenkins", "job": "release" });
    assert_eq!(publishers(&authority, &served, WHEEL).len(), 1);
}

#[test]
fn the_config_of_a_server_is_read() {
    let authority = Authority::new();
    let server = authority.serve();
    let config = TrustConfig::parse(&server.trust_config().to_string()).expect("a config");
    assert_eq!(config.fulcio_url, server.fulcio_url());
    assert_eq!(config.rekor_url, server.rekor_url());
}
