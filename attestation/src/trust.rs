//! Whom to trust: the keys of a Sigstore instance, and where it is.

use sigstore_trust_root::{
    SIGSTORE_PRODUCTION_SIGNING_CONFIG, SIGSTORE_PRODUCTION_TRUSTED_ROOT, SigningConfig,
    TrustedRoot,
};
use sigstore_verify::Verifier;

/// The keys of a Sigstore instance: its certificate authority, its transparency log and its
/// certificate log.
pub struct TrustRoot {
    pub(crate) verifier: Verifier,
    /// The identifiers of the transparency logs.
    logs: Vec<Vec<u8>>,
}

impl std::fmt::Debug for TrustRoot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TrustRoot")
    }
}

/// Why keys or addresses cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// It is no client trust config of Sigstore.
    #[error("it is no client trust config of Sigstore: {why}")]
    Config {
        /// What is wrong with it.
        why: String,
    },
    /// The trusted root cannot be used.
    #[error("its trusted root cannot be used: {why}")]
    Root {
        /// What is wrong with it.
        why: String,
    },
    /// There is no service of a kind that this program speaks to.
    #[error("its signing config has no {what} that is valid now")]
    NoService {
        /// The service.
        what: &'static str,
    },
}

impl TrustRoot {
    /// The keys of the public instance of Sigstore, as of this program's version.
    pub fn public() -> Self {
        Self::from_json(SIGSTORE_PRODUCTION_TRUSTED_ROOT)
            .expect("the library's own keys are usable, as a test sees")
    }

    /// The keys in a trusted root of Sigstore.
    ///
    /// # Errors
    /// [`TrustError::Root`].
    pub fn from_json(json: &str) -> Result<Self, TrustError> {
        crate::install();
        let unusable = |why: String| TrustError::Root { why };
        let root = TrustedRoot::from_json(json).map_err(|error| unusable(error.to_string()))?;
        let verifier = Verifier::new(&root).map_err(|error| unusable(error.to_string()))?;
        let logs = root
            .tlogs
            .iter()
            .map(|log| log.log_id.key_id.as_bytes().to_vec())
            .collect();
        Ok(Self { verifier, logs })
    }

    /// Whether a transparency log is one of those trusted.
    pub(crate) fn knows_log(&self, id: &[u8]) -> bool {
        self.logs.iter().any(|log| log == id)
    }
}

/// A Sigstore instance: its keys, and where to have something signed.
#[derive(Debug)]
pub struct TrustConfig {
    /// The keys.
    pub root: TrustRoot,
    /// The address of Fulcio, which issues certificates.
    pub fulcio_url: String,
    /// The address of a Rekor of version 1, the transparency log: attestations have no place for
    /// the timestamps that version 2 needs.
    pub rekor_url: String,
}

impl TrustConfig {
    /// The public instance.
    pub fn public() -> Self {
        let services = SigningConfig::from_json(SIGSTORE_PRODUCTION_SIGNING_CONFIG)
            .expect("the library's own addresses are usable, as a test sees");
        Self::of(TrustRoot::public(), &services)
            .expect("the library's own addresses are usable, as a test sees")
    }

    /// Reads a client trust config of Sigstore (`clienttrustconfig.v0.1`), which has both.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn parse(json: &str) -> Result<Self, TrustError> {
        let malformed = |why: String| TrustError::Config { why };
        let value: serde_json::Value =
            serde_json::from_str(json).map_err(|error| malformed(error.to_string()))?;
        let part = |key: &str| {
            value
                .get(key)
                .map(ToString::to_string)
                .ok_or_else(|| malformed(format!("it has no `{key}`")))
        };
        let root = TrustRoot::from_json(&part("trustedRoot")?)?;
        let services = SigningConfig::from_json(&part("signingConfig")?)
            .map_err(|error| malformed(error.to_string()))?;
        Self::of(root, &services)
    }

    fn of(root: TrustRoot, services: &SigningConfig) -> Result<Self, TrustError> {
        let fulcio = services.fulcio_url();
        let rekor = services.rekor_url(Some(1));
        let missing = |what| TrustError::NoService { what };
        Ok(Self {
            root,
            fulcio_url: fulcio.ok_or(missing("Fulcio"))?.url.clone(),
            rekor_url: rekor.ok_or(missing("Rekor, version 1,"))?.url.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_instance_is_there() {
        let public = TrustConfig::public();
        assert!(public.fulcio_url.starts_with("https://"));
        assert!(public.rekor_url.starts_with("https://"));
    }

    #[test]
    fn what_is_no_config() {
        let why = |json: &str| TrustConfig::parse(json).unwrap_err().to_string();
        assert!(why("[").contains("no client trust config"));
        assert!(why("{}").contains("`trustedRoot`"));
        assert!(why(r#"{"trustedRoot": {}}"#).contains("trusted root cannot be used"));
    }
}
