//! The checks, in their order.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use sigstore_types::Sha256Hash;
use sigstore_verify::VerificationPolicy;
use wheel::provenance::{Attestation, Provenance, Publisher};

use crate::bundle::to_bundle;
use crate::classify::classify;
use crate::refusal::Refusal;
use crate::signer::Signer;
use crate::statement::{self, Predicate, Subject};
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
    checked(root, attestation, subject).map(|(signer, _)| signer)
}

/// Checks all attestations of a provenance object, and that they are by the publishers that it
/// names. The publishers come back, sorted; at least one.
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
        let mut published = false;
        for attestation in &bundle.attestations {
            let (signer, predicate) = checked(root, attestation, subject)?;
            signer.check(&bundle.publisher)?;
            published |= predicate == Predicate::Publish;
        }
        if !published {
            return Err(Refusal::NoPublishAttestation {
                publisher: bundle.publisher.to_string(),
            });
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

fn checked(
    root: &TrustRoot,
    attestation: &Attestation,
    subject: &Subject<'_>,
) -> Result<(Signer, Predicate), Refusal> {
    let statement = BASE64_STANDARD
        .decode(&attestation.envelope.statement)
        .map_err(|error| Refusal::StatementMalformed {
            why: format!("it is no Base64: {error}"),
        })?;
    let predicate = statement::check(&statement, subject)?;
    entries(&attestation.verification_material.transparency_entries)?;
    let bundle = to_bundle(attestation)?;
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
    let certificate = result.certificate().ok_or_else(|| Refusal::Invalid {
        why: "there is no certificate".to_owned(),
    })?;
    Ok((Signer::of(certificate), predicate))
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
    }
    Ok(())
}
