//! Real attestations of the public index, checked with the keys that this program has built in.
//! `data/README.md` says what they are.

use attestation::{Signer, Subject, TrustRoot, verify, verify_provenance};
use serde_json::{Value, json};
use wheel::page::Sha256;
use wheel::provenance::{Attestation, Provenance, Publisher};

/// A file, and what is served with it.
struct Real {
    filename: &'static str,
    /// Of the file itself.
    sha256: &'static str,
    json: &'static str,
    /// Whose it is, if `json` is a bare attestation.
    publisher: Option<(&'static str, &'static [(&'static str, &'static str)])>,
}

const SAMPLEPROJECT: Real = Real {
    filename: "sampleproject-4.0.0-py3-none-any.whl",
    sha256: "c23e447ea90d796d1e645c35c4b2de125040add12a845825546f91c93f391b6b",
    json: include_str!("data/sampleproject.attestation.json"),
    publisher: Some((
        "GitHub",
        &[
            ("repository", "pypa/sampleproject"),
            ("workflow", "release.yml"),
        ],
    )),
};
const SAMPLEPROJECT_SDIST: Real = Real {
    filename: "sampleproject-4.0.0.tar.gz",
    sha256: "0ace7980f82c5815ede4cd7bf9f6693684cec2ae47b9b7ade9add533b8627c6b",
    json: include_str!("data/sampleproject.provenance.json"),
    publisher: None,
};
const GITHUB: Real = Real {
    filename: "pypi_attestations-0.0.19.tar.gz",
    sha256: "9bb1add04b1b4e182be6b0b80931593f7a291eb49d69b4fd728a5d4cbcdc4bd3",
    json: include_str!("data/github.provenance.json"),
    publisher: None,
};
const GITLAB: Real = Real {
    filename: "gitlab_oidc_project-0.0.3.tar.gz",
    sha256: "c1ca9b0d85df1606451098233018534497bf584362e10e4a8c21dfaea92c02a8",
    json: include_str!("data/gitlab.attestation.json"),
    publisher: None,
};
const GOOGLE: Real = Real {
    filename: "gcb_attestation_test-0.0.0.tar.gz",
    sha256: "461317362419124b6012e855423a9078d6de8aed3e74fa78cc74d669b23dc6cf",
    json: include_str!("data/google.provenance.json"),
    publisher: None,
};
const CIRCLECI: Real = Real {
    filename: "circleci_sign_publish_example-0.0.1.dev137-py3-none-any.whl",
    sha256: "8cb34da1e27336f11a2c43f3f9c7433bd76f24f470c904724f06ad7f131d9e9f",
    json: include_str!("data/circleci.provenance.json"),
    publisher: None,
};
const STAGING: Real = Real {
    filename: "rfc8785-0.1.2-py3-none-any.whl",
    sha256: "c4e92e9ecc828bef2aa7dba1de8ac983511f7532a0df11c770d39099a25cf201",
    json: include_str!("data/staging.attestation.json"),
    publisher: None,
};
const SLSA: &str = include_str!("data/github.slsa.json");

impl Real {
    fn subject(&self) -> Subject<'static> {
        Subject {
            filename: self.filename,
            sha256: Sha256::from_hex(self.sha256).expect("a digest"),
        }
    }

    /// The provenance object, or that of the bare attestation.
    fn provenance(&self) -> Value {
        let json: Value = serde_json::from_str(self.json).expect("JSON");
        let Some((kind, keys)) = self.publisher else {
            return json;
        };
        let mut publisher = json!({ "kind": kind });
        for (key, value) in keys {
            publisher[key] = (*value).into();
        }
        let bundle = json!({ "publisher": publisher, "attestations": [json] });
        json!({ "version": 1, "attestation_bundles": [bundle] })
    }

    fn publishers(&self) -> Result<Vec<String>, &'static str> {
        let read = Provenance::parse(self.provenance().to_string().as_bytes());
        let provenance = read.expect("a provenance object");
        verify_provenance(&TrustRoot::public(), &provenance, &self.subject())
            .map(|all| all.iter().map(Publisher::to_string).collect())
            .map_err(|refusal| refusal.reason())
    }

    fn signer(&self) -> Result<Signer, &'static str> {
        let attestation = Attestation::parse(self.json.as_bytes()).expect("an attestation");
        verify(&TrustRoot::public(), &attestation, &self.subject())
            .map_err(|refusal| refusal.reason())
    }
}

#[test]
fn publishers_are_found() {
    let one = |text: &str| Ok(vec![text.to_owned()]);
    for file in [SAMPLEPROJECT, SAMPLEPROJECT_SDIST] {
        assert_eq!(
            file.publishers(),
            one("GitHub pypa/sampleproject, workflow `release.yml`")
        );
    }
    assert_eq!(
        GITHUB.publishers(),
        one("GitHub trailofbits/pypi-attestations, workflow `release.yml`")
    );
    let account = "919436158236-compute@developer.gserviceaccount.com";
    assert_eq!(GOOGLE.publishers(), one(&format!("Google {account}")));
    assert_eq!(CIRCLECI.publishers(), Err("PublisherKind"));
}

#[test]
fn signers_are_found() {
    let signer = GITLAB.signer().expect("it holds");
    let repository = signer.repository.as_deref().expect("a repository");
    let repository = repository.strip_prefix("https://gitlab.com/");
    let config = signer.build_config.as_deref().expect("a pipeline");
    let (_, file) = config.rsplit_once("//").expect("a path");
    let (file, _) = file.split_once('@').expect("a ref");
    let keys = |file: &str| {
        let rows = [
            ("repository", repository.expect("GitLab's")),
            ("workflow_filepath", file),
        ];
        let rows = rows.map(|(key, value)| (key.to_owned(), value.to_owned()));
        Publisher::from_keys("GitLab", rows.into()).expect("a publisher")
    };
    assert_eq!(signer.check(&keys(file)), Ok(()));
    let other = signer.check(&keys("other.yml")).unwrap_err();
    assert_eq!(other.reason(), "Workflow");
    assert_eq!(STAGING.signer(), Err("UnknownLog"));
}

/// How a file was built is said beside that it was published, by the same signer, or alone: the
/// public index takes both.
#[test]
fn builds_are_of_publishers_too() {
    let mut provenance = GITHUB.provenance();
    let slsa: Value = serde_json::from_str(SLSA).expect("JSON");
    let bundle = &mut provenance["attestation_bundles"][0]["attestations"];
    bundle.as_array_mut().expect("attestations").push(slsa);
    let read = |value: &Value| Provenance::parse(value.to_string().as_bytes()).expect("it is one");
    let root = TrustRoot::public();
    let both = verify_provenance(&root, &read(&provenance), &GITHUB.subject());
    assert_eq!(both.expect("they hold").len(), 1);
    let bundle = &mut provenance["attestation_bundles"][0]["attestations"];
    bundle.as_array_mut().expect("attestations").remove(0);
    let alone = verify_provenance(&root, &read(&provenance), &GITHUB.subject());
    assert_eq!(alone.expect("it holds").len(), 1);
}

/// A file that differs by its last bit is not what was published.
#[test]
fn other_bytes_are_not_those_published() {
    for real in [SAMPLEPROJECT, SAMPLEPROJECT_SDIST, GITHUB, GOOGLE] {
        let mut subject = real.subject();
        subject.sha256.0[31] ^= 1;
        let read = Provenance::parse(real.provenance().to_string().as_bytes()).expect("it is one");
        let refusal = verify_provenance(&TrustRoot::public(), &read, &subject).unwrap_err();
        assert_eq!(refusal.reason(), "SubjectDigest");
    }
}

/// The referee has the same keys built in, and asks no network for others.
#[test]
fn the_referee_says_the_same() {
    let staging = Real {
        publisher: Some(("Google", &[("email", "a@b.example")])),
        ..STAGING
    };
    let held = [SAMPLEPROJECT, SAMPLEPROJECT_SDIST, GITHUB, GOOGLE, CIRCLECI];
    let cases: Vec<Value> = held
        .iter()
        .chain([&staging])
        .map(|real| {
            json!({
                "provenance": real.provenance(), "filename": real.filename, "sha256": real.sha256,
            })
        })
        .collect();
    let input = json!({ "config": null, "cases": cases }).to_string();
    let said: Vec<Value> = referee::ask(loopback_sigstore::JUDGE, &input)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    assert_eq!(said[..5], [(); 5].map(|()| Value::Null), "{said:?}");
    assert!(said[5].is_string(), "{said:?}");
}
