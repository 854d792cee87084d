//! Sigstore: the keys that attestations are checked with, and having a file's attestation signed.

use std::path::Path;
use std::time::Duration;

use attestation::{Subject, TrustConfig, TrustError, TrustRoot};
use publish::Secret;
use publish::upload::words_without;
use sigstore_sign::oidc::IdentityToken;
use sigstore_sign::{SigningContext, SigningServices, fulcio, rekor};
use url::Url;
use wheel::provenance::Attestation;

use super::files::{self, FileError};
use super::net::{Net, NetError, ShownUrl, redact_text};
use crate::ctx::variable;

/// Names a client trust config of Sigstore (JSON), in place of the public instance.
pub const TRUST_CONFIG: &str = "MOCHI_SIGSTORE_TRUST_CONFIG";

/// The audience of identity tokens that Sigstore takes.
pub const AUDIENCE: &str = "sigstore";

/// How often a service is asked again that is out of order.
const RETRIES: u32 = 3;
/// The pause before the first time; it doubles.
const PAUSE: Duration = Duration::from_millis(500);

/// An instance of Sigstore.
#[derive(Debug)]
pub struct Sigstore {
    root: TrustRoot,
    fulcio: Url,
    rekor: Url,
}

/// Why keys cannot be had, or nothing was signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigstoreError {
    /// The environment names no file.
    #[error("{TRUST_CONFIG} names `{file}`, which is no file")]
    NoFile {
        /// The file.
        file: String,
    },
    /// It cannot be used.
    #[error("{TRUST_CONFIG} names `{file}`: {source}")]
    Unusable {
        /// The file.
        file: String,
        /// What is wrong with it.
        source: TrustError,
    },
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The identity token is none.
    #[error("the identity token cannot be used for signing: {why}")]
    Token {
        /// What is wrong with it.
        why: String,
    },
    /// An address, or no network.
    #[error(transparent)]
    Net(#[from] NetError),
    /// A service did not do its part.
    #[error("`{file}` was not signed: {service} at {url} {why}")]
    Service {
        /// The file.
        file: String,
        /// Fulcio or Rekor.
        service: &'static str,
        /// Where it is.
        url: String,
        /// What it answered, or what went wrong.
        why: String,
        /// Whether it refused, rather than failed.
        refused: bool,
    },
    /// What was signed does not hold.
    #[error("`{file}` was signed, but the attestation does not hold: {why}")]
    Unsound {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
}

impl Sigstore {
    /// The instance that the environment names, or the public one. Paths are relative to a folder.
    ///
    /// # Errors
    /// A file that cannot be used.
    pub fn find(cwd: &Path) -> Result<Self, SigstoreError> {
        let Some(named) = variable(TRUST_CONFIG).filter(|value| !value.is_empty()) else {
            return Self::of(TrustConfig::public(), "the public instance");
        };
        let path = cwd.join(named);
        let file = path.display().to_string();
        let text = match path.is_dir() {
            true => None,
            false => files::read_optional(&path)?,
        };
        let Some(text) = text else {
            return Err(SigstoreError::NoFile { file });
        };
        match TrustConfig::parse(&text) {
            Ok(config) => Self::of(config, &file),
            Err(source) => Err(SigstoreError::Unusable { file, source }),
        }
    }

    fn of(config: TrustConfig, file: &str) -> Result<Self, SigstoreError> {
        let url = |address: &str| {
            Url::parse(address).map_err(|error| SigstoreError::Unusable {
                file: file.to_owned(),
                source: TrustError::Config {
                    why: format!("`{address}` is no URL: {error}"),
                },
            })
        };
        Ok(Self {
            fulcio: url(&config.fulcio_url)?,
            rekor: url(&config.rekor_url)?,
            root: config.root,
        })
    }

    /// The keys.
    pub fn root(&self) -> &TrustRoot {
        &self.root
    }

    /// The requests that signing a file takes, as method and address.
    pub fn requests(&self) -> [(&'static str, String); 2] {
        let below = |base: &Url, path: &str| {
            let base = ShownUrl::from(base).to_string();
            format!("{}/{path}", base.trim_end_matches('/'))
        };
        [
            ("POST", below(&self.fulcio, "api/v2/signingCert")),
            ("POST", below(&self.rekor, "api/v1/log/entries")),
        ]
    }

    /// Has it signed that a file is published at a Warehouse, by the identity of a token with the
    /// audience [`AUDIENCE`]. What comes back has been checked as others will check it.
    ///
    /// # Errors
    /// [`SigstoreError`].
    pub async fn attest(
        &self,
        net: &Net,
        token: &str,
        subject: &Subject<'_>,
        warehouse: &str,
    ) -> Result<Attestation, SigstoreError> {
        attestation::install();
        let secret = Secret::new(token);
        let token = IdentityToken::from_jwt(token).map_err(|error| SigstoreError::Token {
            why: said(&secret, &error.to_string()),
        })?;
        let client = net.sending_client(&self.fulcio)?;
        // Neither gets the token over plain HTTP.
        net.sending_client(&self.rekor)?;
        let services = SigningServices::new(self.fulcio.as_str(), self.rekor.as_str());
        let signer = SigningContext::new(services)
            .with_http_client(client)
            .signer(token);
        let statement = attestation::publish_statement(subject, warehouse);
        let mut tried = 0;
        let bundle = loop {
            match signer.sign_raw_statement(&statement).await {
                Ok(bundle) => break bundle,
                Err(error) if tried < RETRIES && may_pass(&error) => {
                    tokio::time::sleep(PAUSE * 2u32.pow(tried)).await;
                    tried += 1;
                }
                Err(error) => return Err(self.failed(subject.filename, &error, &secret)),
            }
        };
        let unsound = |why: String| SigstoreError::Unsound {
            file: subject.filename.to_owned(),
            why,
        };
        let made = attestation::from_bundle(&bundle).map_err(|why| unsound(why.to_string()))?;
        attestation::verify(self.root(), &made, subject).map_err(|why| unsound(why.to_string()))?;
        Ok(made)
    }

    fn failed(&self, file: &str, error: &sigstore_sign::Error, token: &Secret) -> SigstoreError {
        let (service, url) = match error {
            sigstore_sign::Error::Rekor(_) => ("Rekor", &self.rekor),
            _ => ("Fulcio", &self.fulcio),
        };
        let why = match status(error) {
            Some((status, message)) => format!("answered {status}: {}", said(token, message)),
            None => format!("cannot be used: {}", said(token, &error.to_string())),
        };
        SigstoreError::Service {
            file: file.to_owned(),
            service,
            url: ShownUrl::from(url).to_string(),
            why,
            refused: status(error).is_some_and(|(status, _)| (400..500).contains(&status)),
        }
    }
}

/// A service's words, without the token that it was sent.
fn said(token: &Secret, text: &str) -> String {
    let secrets = std::slice::from_ref(token);
    let said = words_without(secrets, None, text.as_bytes(), None);
    redact_text(&said.unwrap_or_default())
}

/// The status that a service answered, with its words.
fn status(error: &sigstore_sign::Error) -> Option<(u16, &str)> {
    match error {
        sigstore_sign::Error::Fulcio(fulcio::Error::Status { status, message })
        | sigstore_sign::Error::Rekor(rekor::Error::Status { status, message }) => {
            Some((*status, message))
        }
        _ => None,
    }
}

/// Whether asking again may help.
fn may_pass(error: &sigstore_sign::Error) -> bool {
    match status(error) {
        Some((status, _)) => matches!(status, 408 | 429 | 500..=599),
        None => matches!(
            error,
            sigstore_sign::Error::Fulcio(fulcio::Error::Http(_))
                | sigstore_sign::Error::Rekor(rekor::Error::Http(_))
        ),
    }
}
