//! Attestations of PEP 740: who published a file, said by a signature that anyone can check.
//!
//! An attestation is an in-toto statement about one file ([`statement`]), signed with a key that
//! lived for minutes. The certificate of that key ([`signer`]) names the CI job that it was made in,
//! and an entry in a public log says when. [`verify()`] checks all of that without a network, against
//! a [`TrustRoot`]; [`Signer::check`] holds the job to the publisher that an index names. Each way to
//! fail is a [`Refusal`] of its own.
//!
//! The cryptography of chains, logs and proofs is that of `sigstore-verify`, which is lent the
//! primitives of `ring` ([`provider`]).

pub mod bundle;
mod classify;
pub mod provider;
pub mod refusal;
pub mod signer;
pub mod statement;
pub mod trust;
mod verify;

pub use bundle::from_bundle;
pub use provider::install;
pub use refusal::Refusal;
pub use signer::Signer;
pub use statement::{Subject, publish_predicate, publish_statement};
pub use trust::{TrustConfig, TrustError, TrustRoot};
pub use verify::{verify, verify_provenance};
