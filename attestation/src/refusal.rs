//! Why an attestation is refused.

use wheel::page::Sha256;

/// Why an attestation is refused. Each has a stable name ([`Refusal::reason`]), and a sentence that
/// says what was expected and what was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
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
    /// Its timestamp is not of a trusted log.
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
    /// Another deployment environment.
    #[error("it is signed in the environment `{found}`, and the index says `{expected}`")]
    Environment {
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
    /// There are some, but none says that the file was published.
    #[error("no attestation says that the file was published by {publisher}")]
    NoPublishAttestation {
        /// Whom the index names.
        publisher: String,
    },
}

impl Refusal {
    /// The name of the reason, the same in every version.
    pub fn reason(&self) -> &'static str {
        match self {
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
            Refusal::UnknownLog { .. } => "UnknownLog",
            Refusal::InclusionProof { .. } => "InclusionProof",
            Refusal::Checkpoint { .. } => "Checkpoint",
            Refusal::InclusionPromise { .. } => "InclusionPromise",
            Refusal::LogEntryMismatch { .. } => "LogEntryMismatch",
            Refusal::LogTime { .. } => "LogTime",
            Refusal::CertificateMalformed { .. } => "CertificateMalformed",
            Refusal::CertificateUntrusted { .. } => "CertificateUntrusted",
            Refusal::CertificateUsage => "CertificateUsage",
            Refusal::CertificateExpired { .. } => "CertificateExpired",
            Refusal::CertificateNotYetValid { .. } => "CertificateNotYetValid",
            Refusal::NoCertificateTimestamp => "NoCertificateTimestamp",
            Refusal::CertificateTimestamp { .. } => "CertificateTimestamp",
            Refusal::Signature => "Signature",
            Refusal::Invalid { .. } => "Invalid",
            Refusal::Issuer { .. } => "Issuer",
            Refusal::Repository { .. } => "Repository",
            Refusal::Workflow { .. } => "Workflow",
            Refusal::Environment { .. } => "Environment",
            Refusal::Account { .. } => "Account",
            Refusal::PublisherKind { .. } => "PublisherKind",
            Refusal::NoAttestation => "NoAttestation",
            Refusal::NoPublishAttestation { .. } => "NoPublishAttestation",
        }
    }

    /// Whether a newer version of this program may accept it: nothing was found to be wrong.
    pub fn is_unsupported(&self) -> bool {
        matches!(self, Refusal::PublisherKind { .. })
    }

    /// Whether the cause may be that Sigstore has new keys, which this program does not know yet.
    pub fn may_be_new_keys(&self) -> bool {
        matches!(
            self,
            Refusal::UnknownLog { .. }
                | Refusal::CertificateUntrusted { .. }
                | Refusal::CertificateTimestamp { .. }
                | Refusal::Checkpoint { .. }
                | Refusal::InclusionPromise { .. }
        )
    }
}
