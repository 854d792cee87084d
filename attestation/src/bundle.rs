//! Attestation objects of PEP 740, and the bundles of Sigstore: the same parts in other places.

use serde_json::{Value, json};
use sigstore_types::Bundle;
use wheel::provenance::{Attestation, Envelope, VerificationMaterial};

use crate::refusal::Refusal;

/// What is signed is a DSSE envelope of this type.
const PAYLOAD: &str = "application/vnd.in-toto+json";

/// The attestation that a signed bundle is.
///
/// # Errors
/// [`Refusal::Malformed`] where the bundle is not one certificate with one DSSE envelope.
pub fn from_bundle(bundle: &Bundle) -> Result<Attestation, Refusal> {
    let value = serde_json::to_value(bundle).map_err(|error| malformed(&error.to_string()))?;
    let text = |path: &str| {
        value
            .pointer(path)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| malformed(&format!("the bundle has no `{path}`")))
    };
    let entries = value.pointer("/verificationMaterial/tlogEntries");
    Ok(Attestation {
        version: 1,
        verification_material: VerificationMaterial {
            certificate: text("/verificationMaterial/certificate/rawBytes")?,
            transparency_entries: entries
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default(),
        },
        envelope: Envelope {
            statement: text("/dsseEnvelope/payload")?,
            signature: text("/dsseEnvelope/signatures/0/sig")?,
        },
    })
}

/// The bundle that an attestation is.
pub(crate) fn to_bundle(attestation: &Attestation) -> Result<Bundle, Refusal> {
    let bundle = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {
            "certificate": { "rawBytes": attestation.verification_material.certificate },
            "tlogEntries": attestation.verification_material.transparency_entries,
        },
        "dsseEnvelope": {
            "payload": attestation.envelope.statement,
            "payloadType": PAYLOAD,
            "signatures": [{ "sig": attestation.envelope.signature }],
        },
    });
    serde_json::from_value(bundle).map_err(|error| malformed(&error.to_string()))
}

fn malformed(why: &str) -> Refusal {
    Refusal::Malformed {
        why: why.to_owned(),
    }
}
