//! Why an attestation is refused.

use wheel::page::Sha256;

/// Why an attestation is refused. Each has a stable name ([`Refusal::reason`]), and a sentence that
/// says what was expected and what was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It is of a version from after this program.
    #[error("the attestation is of version {found}, and version 1 is the only one known")]
    Version {
        /// Its version.
        found: u64,
    },
    /// A part cannot be read.
    #[error("the attestation cannot be read: {why}")]
    Malformed {
        /// Which part, and what is wrong with it.
        why: String,
    },
    /// The statement cannot be read.
    #[error("the signed statement cannot be read: {why}")]
    StatementMalformed {
        /// What is wrong with it.
        why: String,
    },
    /// PEP 740 wants one file a statement.
    #[error("the signed statement is about {found} files, and has to be about one")]
    SubjectCount {
        /// How many.
        found: usize,
    },
    /// It is about another file.
    #[error("the signed statement is about `{found}`, not about `{expected}`")]
    SubjectName {
        /// The file's name on the index.
        expected: String,
        /// The name in the statement.
        found: String,
    },
    /// It is about other bytes.
    #[error("the signed statement is about a file of sha256 {found}, and this one has {expected}")]
    SubjectDigest {
        /// The file's digest.
        expected: Sha256,
        /// The digest in the statement.
        found: String,
    },
    /// It says something that PEP 740 does not know.
    #[error(
        "the signed statement has the predicate `{found}`, which is not of publishing nor of SLSA"
    )]
    PredicateType {
        /// The type.
        found: String,
    },
    /// The publish predicate has to be empty.
    #[error("the signed statement's publish predicate has content, and has to be empty")]
    PredicateContent,
    /// No entry of the log comes with it.
    #[error("no entry of the transparency log comes with the attestation")]
    NoLogEntry,
    /// An entry of a kind that attestations do not have.
    #[error("the log entry is of the kind `{found}`, and attestations have `dsse`, version 0.0.1")]
    LogEntryKind {
        /// The kind.
        found: String,
    },
    /// Nothing proves that the log has the entry.
    #[error("the log entry has no inclusion proof")]
    NoInclusionProof,
    /// Nothing says when the log took the entry.
    #[error("the log entry has no inclusion promise, so its time is anyone's word")]
    NoInclusionPromise,
    /// Nothing says when the log took the entry, not even the entry.
    #[error("the log entry has no time")]
    NoLogTime,
    /// The entry names a log that is not trusted.
    #[error("the log entry is of a log that is not known: {found}")]
    UnknownLog {
        /// The log's identifier.
        found: String,
    },
    /// The proof does not lead to the tree's root.
    #[error("the inclusion proof does not hold: {why}")]
    InclusionProof {
        /// What the check says.
        why: String,
    },
    /// The signed head of the tree does not hold.
    #[error("the log's checkpoint does not hold: {why}")]
    Checkpoint {
        /// What the check says.
        why: String,
    },
    /// The signed head is of another tree than the proof.
    #[error("the log's checkpoint is of a tree of {found}, and the inclusion proof of {expected}")]
    CheckpointTree {
        /// The size and root of the proof.
        expected: String,
        /// The size and root of the checkpoint.
        found: String,
    },
    /// The promise is not the log's.
    #[error("the log's inclusion promise does not hold: {why}")]
    InclusionPromise {
        /// What the check says.
        why: String,
    },
    /// The entry is of another signature.
    #[error("the log entry is of another attestation: {why}")]
    LogEntryMismatch {
        /// What differs.
        why: String,
    },
    /// The entry's time is impossible.
    #[error("the log entry's time does not fit: {why}")]
    LogTime {
        /// What the check says.
        why: String,
    },
    /// The certificate cannot be read.
    #[error("the signing certificate cannot be read: {why}")]
    CertificateMalformed {
        /// What is wrong with it.
        why: String,
    },
    /// Nobody trusted has issued it.
    #[error("the signing certificate is of no trusted authority: {why}")]
    CertificateUntrusted {
        /// What the check says.
        why: String,
    },
    /// It names an authority that has not signed it.
    #[error("the signing certificate names a trusted authority, and is not signed by it")]
    CertificateForged,
    /// It is no certificate for signing.
    #[error("the certificate is not for signing code")]
    CertificateUsage,
    /// It had expired when the log took the entry.
    #[error(
        "the signing certificate had expired at the time of signing, {time} (not after {not_after})"
    )]
    CertificateExpired {
        /// The time in the log.
        time: String,
        /// The end of the certificate.
        not_after: String,
    },
    /// It was not valid yet when the log took the entry.
    #[error(
        "the signing certificate was not valid yet at the time of signing, {time} (not before {not_before})"
    )]
    CertificateNotYetValid {
        /// The time in the log.
        time: String,
        /// The beginning of the certificate.
        not_before: String,
    },
    /// It was not logged when it was issued.
    #[error("the signing certificate has no timestamp of a certificate log")]
    NoCertificateTimestamp,
    /// It was logged where nobody looks.
    #[error("the certificate's timestamp is of a certificate log that is not known: {why}")]
    UnknownCertificateLog {
        /// What the check says.
        why: String,
    },
    /// Its timestamp does not hold.
    #[error("the certificate's timestamp of a certificate log does not hold: {why}")]
    CertificateTimestamp {
        /// What the check says.
        why: String,
    },
    /// The signature is not over the statement, or not by the certificate's key.
    #[error(
        "the signature does not hold: it is not over this statement, or not by the certificate's key"
    )]
    Signature,
    /// Anything else that the verifier does not accept.
    #[error("the attestation does not hold: {why}")]
    Invalid {
        /// What the check says.
        why: String,
    },
    /// Another identity provider than the publisher's vouched for the signer.
    #[error(
        "it is signed by an identity of {found}, and the publisher's identities are of {expected}"
    )]
    Issuer {
        /// The issuer of the publisher's kind.
        expected: String,
        /// The issuer in the certificate.
        found: String,
    },
    /// Another repository.
    #[error("it is signed in the repository {found}, and the index says {expected}")]
    Repository {
        /// As the index says.
        expected: String,
        /// As the certificate says.
        found: String,
    },
    /// Another workflow or pipeline.
    #[error("it is signed by the workflow {found}, and the index says {expected}")]
    Workflow {
        /// As the index says.
        expected: String,
        /// As the certificate says.
        found: String,
    },
    /// Another account.
    #[error("it is signed by {found}, and the index says {expected}")]
    Account {
        /// As the index says.
        expected: String,
        /// As the certificate says.
        found: String,
    },
    /// A kind of publisher whose certificates this program cannot hold to it.
    #[error("publishers of the kind {kind} cannot be checked by this version of mochi")]
    PublisherKind {
        /// The kind.
        kind: String,
    },
    /// There is none.
    #[error("the index has a provenance object without any attestation")]
    NoAttestation,
    /// A publisher is named, and nothing comes with the name.
    #[error("the index names the publisher {publisher}, without any attestation")]
    NoAttestationBy {
        /// Whom the index names.
        publisher: String,
    },
}

impl Refusal {
    /// The name of the reason, the same in every version.
    pub fn reason(&self) -> &'static str {
        match self {
            Refusal::Version { .. } => "Version",
            Refusal::Malformed { .. } => "Malformed",
            Refusal::StatementMalformed { .. } => "StatementMalformed",
            Refusal::SubjectCount { .. } => "SubjectCount",
            Refusal::SubjectName { .. } => "SubjectName",
            Refusal::SubjectDigest { .. } => "SubjectDigest",
            Refusal::PredicateType { .. } => "PredicateType",
            Refusal::PredicateContent => "PredicateContent",
            Refusal::NoLogEntry => "NoLogEntry",
            Refusal::LogEntryKind { .. } => "LogEntryKind",
            Refusal::NoInclusionProof => "NoInclusionProof",
            Refusal::NoInclusionPromise => "NoInclusionPromise",
            Refusal::NoLogTime => "NoLogTime",
            Refusal::UnknownLog { .. } => "UnknownLog",
            Refusal::InclusionProof { .. } => "InclusionProof",
            Refusal::Checkpoint { .. } => "Checkpoint",
            Refusal::CheckpointTree { .. } => "CheckpointTree",
            Refusal::InclusionPromise { .. } => "InclusionPromise",
            Refusal::LogEntryMismatch { .. } => "LogEntryMismatch",
            Refusal::LogTime { .. } => "LogTime",
            Refusal::CertificateMalformed { .. } => "CertificateMalformed",
            Refusal::CertificateUntrusted { .. } => "CertificateUntrusted",
            Refusal::CertificateForged => "CertificateForged",
            Refusal::CertificateUsage => "CertificateUsage",
            Refusal::CertificateExpired { .. } => "CertificateExpired",
            Refusal::CertificateNotYetValid { .. } => "CertificateNotYetValid",
            Refusal::NoCertificateTimestamp => "NoCertificateTimestamp",
            Refusal::UnknownCertificateLog { .. } => "UnknownCertificateLog",
            Refusal::CertificateTimestamp { .. } => "CertificateTimestamp",
            Refusal::Signature => "Signature",
            Refusal::Invalid { .. } => "Invalid",
            Refusal::Issuer { .. } => "Issuer",
            Refusal::Repository { .. } => "Repository",
            Refusal::Workflow { .. } => "Workflow",
            Refusal::Account { .. } => "Account",
            Refusal::PublisherKind { .. } => "PublisherKind",
            Refusal::NoAttestation => "NoAttestation",
            Refusal::NoAttestationBy { .. } => "NoAttestationBy",
        }
    }

    /// Whether a newer version of this program may accept it: nothing was found to be wrong.
    pub fn is_unsupported(&self) -> bool {
        matches!(
            self,
            Refusal::PublisherKind { .. } | Refusal::Version { .. }
        )
    }

    /// Whether the cause may be that Sigstore has new keys, which this program does not know yet.
    pub fn may_be_new_keys(&self) -> bool {
        matches!(
            self,
            Refusal::UnknownLog { .. }
                | Refusal::CertificateUntrusted { .. }
                | Refusal::CertificateForged
                | Refusal::UnknownCertificateLog { .. }
                | Refusal::CertificateTimestamp { .. }
                | Refusal::Checkpoint { .. }
                | Refusal::InclusionPromise { .. }
        )
    }

    /// What to do about it, apart from taking another file.
    pub fn hint(&self) -> &'static str {
        match self {
            Refusal::PublisherKind { .. }
            | Refusal::Version { .. }
            | Refusal::LogEntryKind { .. } => "a newer version of mochi may know it",
            _ if self.may_be_new_keys() => {
                "if Sigstore has new keys, a newer version of mochi has them, and \
                 MOCHI_SIGSTORE_TRUST_CONFIG=FILE gives them to this one; otherwise do not use the file"
            }
            Refusal::Issuer { .. }
            | Refusal::Repository { .. }
            | Refusal::Workflow { .. }
            | Refusal::Account { .. } => {
                "do not use the file before its publishers say where it was published from"
            }
            Refusal::NoAttestation | Refusal::NoAttestationBy { .. } => {
                "ask the index, or the file's publishers, why nobody vouches for it"
            }
            Refusal::SubjectDigest { .. } => {
                "the file was changed after it was published, or the index mixes files up: tell the index"
            }
            _ => {
                "do not use the file: what the index serves with it was made up or damaged; tell the index"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Someone whose program is old is not told that the file is bad, nor the other way round.
    #[test]
    fn hints_are_for_their_cause() {
        let why = String::new;
        let rows = [
            (
                Refusal::UnknownLog { found: why() },
                "MOCHI_SIGSTORE_TRUST_CONFIG",
            ),
            (Refusal::Version { found: 2 }, "newer version"),
            (Refusal::PublisherKind { kind: why() }, "newer version"),
            (Refusal::Signature, "do not use the file"),
            (
                Refusal::InclusionProof { why: why() },
                "do not use the file",
            ),
            (
                Refusal::Workflow {
                    expected: why(),
                    found: why(),
                },
                "its publishers say",
            ),
            (Refusal::NoAttestation, "ask the index"),
        ];
        for (refusal, part) in rows {
            let hint = refusal.hint();
            assert!(hint.contains(part), "{}: {hint}", refusal.reason());
            let new_keys = hint.contains("new keys");
            assert_eq!(new_keys, refusal.may_be_new_keys(), "{hint}");
        }
    }
}
