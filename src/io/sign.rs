//! Attestations for what is published, signed in the name of the CI job.

use super::identity::Identity;
use crate::ctx::Ctx;
use crate::error::Failure;
use wheel::page::Sha256;
use wheel::provenance::Attestation;

/// Whether this program can sign.
pub const CAN_SIGN: bool = cfg!(feature = "attestations");

/// A file that is to be attested.
#[derive(Debug, Clone, Copy)]
pub struct Attested<'a> {
    /// Its name.
    pub filename: &'a str,
    /// Its SHA-256.
    pub sha256: Sha256,
}

/// The requests that signing a file takes, as method and address.
///
/// # Errors
/// A configuration of Sigstore that cannot be used.
#[cfg(feature = "attestations")]
pub fn requests(ctx: &Ctx) -> Result<Vec<(&'static str, String)>, Failure> {
    let sigstore = super::sigstore::Sigstore::find(&ctx.cwd)?;
    Ok(sigstore.requests().into())
}

/// Has it signed that these files are published at a Warehouse, one attestation a file.
///
/// # Errors
/// The CI service gives no token for it, or Sigstore does not sign.
#[cfg(feature = "attestations")]
pub async fn attest(
    ctx: &Ctx,
    identity: &Identity,
    files: &[Attested<'_>],
    warehouse: &str,
) -> Result<Vec<Attestation>, Failure> {
    use super::sigstore::{AUDIENCE, Sigstore};
    let sigstore = Sigstore::find(&ctx.cwd)?;
    let token = identity.token(AUDIENCE).await.map_err(|error| {
        let failure = Failure::from(error);
        failure.hint("or publish without attestations, by --no-attestations")
    })?;
    let mut signed = Vec::with_capacity(files.len());
    for file in files {
        let subject = attestation::Subject {
            filename: file.filename,
            sha256: file.sha256,
        };
        let made = sigstore.attest(&ctx.net, token.reveal(), &subject, warehouse);
        signed.push(made.await?);
    }
    Ok(signed)
}

/// None: this program was built without them.
///
/// # Errors
/// None.
#[cfg(not(feature = "attestations"))]
pub fn requests(_: &Ctx) -> Result<Vec<(&'static str, String)>, Failure> {
    Ok(Vec::new())
}

/// Never asked for: this program was built without it.
///
/// # Errors
/// Always.
#[cfg(not(feature = "attestations"))]
#[expect(clippy::unused_async, reason = "the same call with the feature")]
pub async fn attest(
    _: &Ctx,
    _: &Identity,
    _: &[Attested<'_>],
    _: &str,
) -> Result<Vec<Attestation>, Failure> {
    Err(Failure::invalid(
        "this mochi was built without attestations",
    ))
}
