//! The checks, in their order.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use sigstore_types::{Bundle, Sha256Hash};
use sigstore_verify::VerificationPolicy;
use wheel::provenance::{Attestation, Provenance, Publisher};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::KeyUsage;

use crate::bundle::to_bundle;
use crate::classify::classify;
use crate::refusal::Refusal;
use crate::signer::Signer;
use crate::statement::{self, Subject};
use crate::trust::TrustRoot;

/// Checks an attestation of a file, but for who signed it: that the statement is about the file, the
/// signature over the statement, the certificate of a trusted authority and valid at the time that
/// the log vouches for, and the entry in the log.
///
/// # Errors
/// [`Refusal`].
pub fn verify(
    root: &TrustRoot,
    attestation: &Attestation,
    subject: &Subject<'_>,
) -> Result<Signer, Refusal> {
    if attestation.version != 1 {
        return Err(Refusal::Version {
            found: attestation.version,
        });
    }
    let statement = BASE64_STANDARD
        .decode(&attestation.envelope.statement)
        .map_err(|error| Refusal::StatementMalformed {
            why: format!("it is no Base64: {error}"),
        })?;
    statement::check(&statement, subject)?;
    entries(&attestation.verification_material.transparency_entries)?;
    let bundle = to_bundle(attestation)?;
    logs(root, &bundle)?;
    let digest =
        Sha256Hash::try_from(subject.sha256.0.as_slice()).map_err(|error| Refusal::Invalid {
            why: error.to_string(),
        })?;
    // Whose signature it is, is held against the publisher afterwards.
    let policy = VerificationPolicy::any_identity();
    let result = root
        .verifier
        .verify(digest, &bundle, &policy)
        .map_err(|error| classify(&error, &bundle))?;
    let (true, true, true) = (
        result.certificate_verified(),
        result.sct_verified(),
        result.tlog_verified(),
    ) else {
        return Err(Refusal::Invalid {
            why: "a check was left out".to_owned(),
        });
    };
    for_signatures(&bundle)?;
    let certificate = result.certificate().ok_or_else(|| Refusal::Invalid {
        why: "there is no certificate".to_owned(),
    })?;
    Ok(Signer::of(certificate))
}

/// Checks all attestations of a provenance object, and that they are by the publishers that it
/// names. The publishers come back, sorted; at least one.
///
/// An attestation of how a file was built is by its publisher as much as one that it was published:
/// indexes take either alone.
///
/// # Errors
/// [`Refusal`], the first. Of a publisher whose kind is not known nothing is checked; it is refused
/// only if there is no other.
pub fn verify_provenance(
    root: &TrustRoot,
    provenance: &Provenance,
    subject: &Subject<'_>,
) -> Result<Vec<Publisher>, Refusal> {
    let mut publishers = Vec::new();
    let mut unsupported = None;
    for bundle in &provenance.attestation_bundles {
        if let Publisher::Other { kind, .. } = &bundle.publisher {
            unsupported = Some(Refusal::PublisherKind { kind: kind.clone() });
            continue;
        }
        if bundle.attestations.is_empty() {
            return Err(Refusal::NoAttestationBy {
                publisher: bundle.publisher.to_string(),
            });
        }
        for attestation in &bundle.attestations {
            verify(root, attestation, subject)?.check(&bundle.publisher)?;
        }
        publishers.push(bundle.publisher.clone());
    }
    if publishers.is_empty() {
        return Err(unsupported.unwrap_or(Refusal::NoAttestation));
    }
    publishers.sort();
    publishers.dedup();
    Ok(publishers)
}

/// What PEP 740 wants of the log's entries, so that its lack has a name: the verifier takes other
/// combinations too.
fn entries(entries: &[Value]) -> Result<(), Refusal> {
    if entries.is_empty() {
        return Err(Refusal::NoLogEntry);
    }
    for entry in entries {
        let text = |path: &str| entry.pointer(path).and_then(Value::as_str).unwrap_or("");
        let kind = (text("/kindVersion/kind"), text("/kindVersion/version"));
        if kind != ("dsse", "0.0.1") {
            return Err(Refusal::LogEntryKind {
                found: format!("{}, version {}", kind.0, kind.1),
            });
        }
        let has = |key: &str| entry.get(key).is_some_and(|value| !value.is_null());
        if !has("inclusionProof") {
            return Err(Refusal::NoInclusionProof);
        }
        if !has("inclusionPromise") {
            return Err(Refusal::NoInclusionPromise);
        }
        if !has("integratedTime") {
            return Err(Refusal::NoLogTime);
        }
    }
    Ok(())
}

/// Whether the entries are of known logs, and their checkpoints of the trees that their proofs are
/// for. The verifier calls the first a promise that does not hold, and does not compare the sizes.
fn logs(root: &TrustRoot, bundle: &Bundle) -> Result<(), Refusal> {
    for entry in &bundle.verification_material.tlog_entries {
        if !root.knows_log(entry.log_id.key_id.as_bytes()) {
            return Err(Refusal::UnknownLog {
                found: entry.log_id.key_id.to_string(),
            });
        }
        let Some(proof) = &entry.inclusion_proof else {
            return Err(Refusal::NoInclusionProof);
        };
        let Some(checkpoint) = proof.checkpoint.checkpoint() else {
            return Err(Refusal::Checkpoint {
                why: "it is empty".to_owned(),
            });
        };
        let same =
            *checkpoint.root_hash() == proof.root_hash && checkpoint.tree_size() == proof.tree_size;
        if !same {
            let tree = |size: u64, root: String| format!("{size} entries and the root {root}");
            return Err(Refusal::CheckpointTree {
                expected: tree(proof.tree_size, proof.root_hash.to_hex()),
                found: tree(checkpoint.tree_size(), checkpoint.root_hash().to_hex()),
            });
        }
        if proof.log_index.get() >= proof.tree_size {
            return Err(Refusal::InclusionProof {
                why: format!(
                    "it is for place {} in a tree of {}",
                    proof.log_index, proof.tree_size
                ),
            });
        }
    }
    Ok(())
}

/// Whether the certificate's key is for signatures (RFC 5280, 4.2.1.3). The verifier looks at the
/// extended usage only, that it is for code.
fn for_signatures(bundle: &Bundle) -> Result<(), Refusal> {
    let malformed = |why: String| Refusal::CertificateMalformed { why };
    let der = bundle
        .signing_certificate()
        .ok_or_else(|| malformed("there is none".to_owned()))?;
    let certificate =
        Certificate::from_der(der.as_bytes()).map_err(|error| malformed(error.to_string()))?;
    let usage = certificate
        .tbs_certificate
        .get::<KeyUsage>()
        .map_err(|error| malformed(error.to_string()))?;
    match usage {
        Some((_, usage)) if usage.digital_signature() => Ok(()),
        _ => Err(Refusal::CertificateUsage),
    }
}
