//! Which Sigstore is trusted: the public one, or the one of a file that the environment names.

use crate::ctx::variable;
use crate::error::Failure;
use crate::io::files::FileError;
use attestation::{TrustConfig, TrustRoot};
use std::path::PathBuf;

/// Names a client trust config of Sigstore.
pub const TRUST_CONFIG: &str = "MOCHI_SIGSTORE_TRUST_CONFIG";

/// The client trust config that the environment names, if it names one.
///
/// # Errors
/// It cannot be read, or is none.
pub fn trust_config() -> Result<Option<TrustConfig>, Failure> {
    let Some(path) = variable(TRUST_CONFIG).filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    let path = PathBuf::from(path);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| FileError::new("read", &path, error))
        .map_err(|error| Failure::invalid(format!("{TRUST_CONFIG}: {error}")))?;
    let config = TrustConfig::parse(&text).map_err(|error| {
        Failure::invalid(format!("{TRUST_CONFIG}: `{}`: {error}", path.display())).hint(
            "it is a client trust config of Sigstore; unset the variable for the public Sigstore",
        )
    })?;
    Ok(Some(config))
}

/// What signatures are verified against.
///
/// # Errors
/// As [`trust_config`].
pub fn trust_root() -> Result<TrustRoot, Failure> {
    Ok(trust_config()?.map_or_else(TrustRoot::public, |config| config.root))
}
