//! What attacks start from: an attestation that holds.

use attestation::{Refusal, Subject, TrustRoot, verify_provenance};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use loopback_sigstore::{Authority, Identity, Lie, publish_statement};
use serde_json::{Value, json};
use wheel::page::Sha256;
use wheel::provenance::{Provenance, Publisher};

pub(crate) const FILE: &str = "greet-1.0-py3-none-any.whl";

/// An authority, and what it vouches for truly.
pub(crate) struct Ground {
    pub(crate) authority: Authority,
    pub(crate) sha256: Sha256,
}

/// What is wrong: the name of the reason, and the sentence.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub(crate) reason: &'static str,
    pub(crate) sentence: String,
    pub(crate) hint: &'static str,
}

impl Ground {
    pub(crate) fn new() -> Self {
        Self {
            authority: Authority::new(),
            sha256: Sha256::of(b"greet"),
        }
    }

    pub(crate) fn root(&self) -> TrustRoot {
        TrustRoot::from_json(&self.authority.trusted_root().to_string()).expect("a trusted root")
    }

    /// The publisher of all of it.
    pub(crate) fn signer() -> Identity {
        Identity::github("octo/greet", "release.yml", "refs/tags/v1")
    }

    /// An attestation of the publisher.
    pub(crate) fn attestation(&self) -> Value {
        self.signed_by(&Self::signer())
    }

    /// An attestation of somebody else.
    pub(crate) fn signed_by(&self, signer: &Identity) -> Value {
        self.authority
            .attest(FILE, &self.sha256.to_string(), signer)
    }

    /// The provenance object of an attestation that is said to be the publisher's.
    pub(crate) fn claimed(attestation: &Value) -> Value {
        Self::claimed_by(&Self::signer().publisher(), attestation)
    }

    pub(crate) fn claimed_by(publisher: &Value, attestation: &Value) -> Value {
        let bundle = json!({ "publisher": publisher, "attestations": [attestation] });
        json!({ "version": 1, "attestation_bundles": [bundle] })
    }

    /// The provenance object of the publisher's attestation, which holds.
    pub(crate) fn truth(&self) -> Value {
        Self::claimed(&self.attestation())
    }

    /// One made with a lie.
    pub(crate) fn lie(&self, lie: Lie) -> Value {
        let made =
            self.authority
                .attest_with(FILE, &self.sha256.to_string(), &Self::signer(), &[lie]);
        Self::claimed(&made)
    }

    /// One whose statement is changed before it is signed.
    pub(crate) fn stated(&self, change: impl FnOnce(&mut Value)) -> Value {
        let mut statement = publish_statement(FILE, &self.sha256.to_string());
        change(&mut statement);
        self.lie(Lie::Statement(statement.to_string().into_bytes()))
    }

    /// One that is changed after it was signed.
    pub(crate) fn edited(&self, change: impl FnOnce(&mut Value)) -> Value {
        let mut attestation = self.attestation();
        change(&mut attestation);
        Self::claimed(&attestation)
    }

    /// One whose log entry is changed.
    pub(crate) fn entry(&self, change: impl FnOnce(&mut Value)) -> Value {
        self.edited(|attestation| {
            change(&mut attestation["verification_material"]["transparency_entries"][0]);
        })
    }

    /// What the checks say: the publishers, or what is wrong.
    pub(crate) fn verdict(&self, provenance: &Value) -> Result<Vec<Publisher>, Wrong> {
        verdict(&self.root(), provenance, FILE, self.sha256)
    }
}

pub(crate) fn verdict(
    root: &TrustRoot,
    provenance: &Value,
    filename: &str,
    sha256: Sha256,
) -> Result<Vec<Publisher>, Wrong> {
    let read = Provenance::parse(provenance.to_string().as_bytes()).map_err(|error| Wrong {
        reason: "unreadable",
        sentence: error.to_string(),
        hint: "-",
    })?;
    let subject = Subject { filename, sha256 };
    verify_provenance(root, &read, &subject).map_err(|refusal: Refusal| Wrong {
        reason: refusal.reason(),
        sentence: refusal.to_string(),
        hint: refusal.hint(),
    })
}

/// Changes a text of Base64 by its bytes.
pub(crate) fn bytes(value: &mut Value, change: impl FnOnce(&mut Vec<u8>)) {
    let text = value.as_str().expect("a text of Base64");
    let mut bytes = BASE64_STANDARD.decode(text).expect("Base64");
    change(&mut bytes);
    *value = BASE64_STANDARD.encode(bytes).into();
}

/// Turns one bit in the middle.
pub(crate) fn flip(value: &mut Value) {
    bytes(value, |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    });
}

/// Takes a key out.
pub(crate) fn drop_key(value: &mut Value, key: &str) {
    value.as_object_mut().expect("an object").remove(key);
}
