//! The verifier's errors as reasons.

use sigstore_types::Bundle;
use sigstore_verify::{CertificateError, Error, TimestampError, TransparencyLogError};

use crate::refusal::Refusal;

/// The reason that an error is.
pub(crate) fn classify(error: &Error, bundle: &Bundle) -> Refusal {
    match error {
        Error::SignatureInvalid(_) => Refusal::Signature,
        Error::Certificate(error) => certificate(error, bundle),
        Error::TransparencyLog(error) => log(error),
        Error::Timestamp(TimestampError::NoVerifiedTimestamp(_)) => Refusal::NoInclusionPromise,
        other => Refusal::Invalid {
            why: other.to_string(),
        },
    }
}

fn certificate(error: &CertificateError, bundle: &Bundle) -> Refusal {
    match error {
        CertificateError::Malformed(why) => Refusal::CertificateMalformed { why: why.clone() },
        CertificateError::ChainInvalid(why) => chain(why, bundle),
        CertificateError::NotYetValid { time, not_before } => Refusal::CertificateNotYetValid {
            time: time.to_string(),
            not_before: not_before.to_string(),
        },
        CertificateError::Expired { time, not_after } => Refusal::CertificateExpired {
            time: time.to_string(),
            not_after: not_after.to_string(),
        },
        CertificateError::Sct(why) => timestamp(why),
        other => Refusal::CertificateUntrusted {
            why: other.to_string(),
        },
    }
}

/// A chain is followed at the time of signing, so that a certificate out of its time is first
/// refused as a chain. The times, which are signed by now, tell.
fn chain(why: &str, bundle: &Bundle) -> Refusal {
    let info = bundle
        .signing_certificate()
        .and_then(|certificate| sigstore_crypto::parse_certificate_info(certificate).ok());
    let times = bundle
        .verification_material
        .tlog_entries
        .iter()
        .filter_map(|entry| entry.integrated_time);
    if let Some(info) = info {
        for time in times {
            if time > info.not_after {
                return Refusal::CertificateExpired {
                    time: time.to_string(),
                    not_after: info.not_after.to_string(),
                };
            }
            if time < info.not_before {
                return Refusal::CertificateNotYetValid {
                    time: time.to_string(),
                    not_before: info.not_before.to_string(),
                };
            }
        }
    }
    // The library gives no more than a text here. Its version is pinned, and a test sees that the
    // text is still this.
    if why.contains("RequiredEkuNotFound") {
        return Refusal::CertificateUsage;
    }
    if why.contains("InvalidSignatureForPublicKey") {
        return Refusal::CertificateForged;
    }
    Refusal::CertificateUntrusted {
        why: why.to_owned(),
    }
}

/// What is wrong with a certificate's timestamp, by the text of the library, like above.
fn timestamp(why: &str) -> Refusal {
    if why.contains("missing SCT extension") || why.contains("no SCTs") {
        return Refusal::NoCertificateTimestamp;
    }
    let why = why.to_owned();
    if why.contains("key not found") {
        Refusal::UnknownCertificateLog { why }
    } else {
        Refusal::CertificateTimestamp { why }
    }
}

fn log(error: &TransparencyLogError) -> Refusal {
    match error {
        TransparencyLogError::UnknownLog { log_id } => Refusal::UnknownLog {
            found: log_id.clone(),
        },
        TransparencyLogError::InclusionProof(why) => Refusal::InclusionProof { why: why.clone() },
        TransparencyLogError::Checkpoint(why) => Refusal::Checkpoint { why: why.clone() },
        TransparencyLogError::InclusionPromise(why) => {
            Refusal::InclusionPromise { why: why.clone() }
        }
        TransparencyLogError::EntryMismatch(why) => Refusal::LogEntryMismatch { why: why.clone() },
        TransparencyLogError::IntegratedTime(why) => Refusal::LogTime { why: why.clone() },
        other => Refusal::Malformed {
            why: other.to_string(),
        },
    }
}
