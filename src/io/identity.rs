//! Who the CI service says that this job is: its identity token (OIDC) for an audience.

mod google;

use super::net::{Net, NetError, ShownUrl};
use crate::ctx::variable;

use publish::Secret;
use publish::trusted::{Ci, no_identity};
use reqwest_middleware::Error as Wrapped;
use std::error::Error;
use std::time::Duration;
use url::Url;

/// Where GitHub gives tokens.
const GITHUB_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
/// How often the service is asked again that is out of order.
const RETRIES: u32 = 3;
/// The pause before the first time; it doubles.
const PAUSE: Duration = Duration::from_millis(300);

/// The CI service that this program runs in.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The service.
    pub ci: Ci,
    /// Whether the machine was taken for a part of it without having been told so: a machine of
    /// Google's need not be there to publish.
    pub is_guess: bool,
    net: Net,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The service gives none to this job.
    #[error("{ci} gives this job no identity token for `{audience}`: {why}")]
    None {
        /// The service.
        ci: Ci,
        /// For whom it was to be.
        audience: String,
        /// In a few words.
        why: String,
    },
    /// The service is out of order.
    #[error("{ci} could not be asked for an identity token: {why}")]
    Down {
        /// The service.
        ci: Ci,
        /// In a few words.
        why: String,
    },
    /// The service could not be asked.
    #[error(transparent)]
    Net(#[from] NetError),
}

impl IdentityError {
    /// The next step.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::None { ci, audience, .. } => Some(no_identity(*ci, audience)),
            Self::Down { .. } => Some("run the job again later".to_owned()),
            Self::Net(error) => error.hint(),
        }
    }
}

fn text(name: &str) -> Option<String> {
    variable(name)?.into_string().ok()
}

impl Identity {
    /// The service, if this is a job of one.
    #[must_use]
    pub fn detect(net: &Net) -> Option<Self> {
        let is_google = google::is_machine();
        let ci = Ci::detect(text, is_google)?;
        Some(Self {
            ci,
            is_guess: ci == Ci::Google && Ci::detect(text, false).is_none(),
            net: net.clone(),
        })
    }

    /// The requests that a token takes, as method and address. The token of GitLab is in a variable,
    /// and those of Buildkite and CircleCI come from programs.
    #[must_use]
    pub fn requests(&self) -> Vec<(&'static str, String)> {
        let shown = |url: &Url| ShownUrl::from(url).to_string();
        match self.ci {
            Ci::GitHub => text(GITHUB_URL)
                .and_then(|url| Url::parse(&url).ok())
                .map(|url| ("GET", shown(&url)))
                .into_iter()
                .collect(),
            Ci::Google => google::requests(),
            _ => Vec::new(),
        }
    }

    /// A new token for an audience. Tokens can be exchanged once, so each exchange needs a new one.
    ///
    /// # Errors
    /// The service gives none.
    pub async fn token(&self, audience: &str) -> Result<Secret, IdentityError> {
        let token = match self.ci {
            Ci::Google => google::token(&self.net, audience).await?,
            _ => self.given(audience).await?,
        };
        // A page of a proxy, say: what it has in it is nobody's to be sent to.
        let strange = |byte: u8| !byte.is_ascii_graphic() || b"<>{}\"".contains(&byte);
        if token.reveal().bytes().any(strange) {
            return Err(self.none(audience, "the answer is no token".to_owned()));
        }
        Ok(token)
    }

    /// From the other services.
    async fn given(&self, audience: &str) -> Result<Secret, IdentityError> {
        let mut tried = 0;
        loop {
            match self.ambient(audience).await {
                Ok(Some(token)) => return Ok(token),
                Ok(None) => return Err(self.none(audience, "it is not there".to_owned())),
                Err(error) if tried < RETRIES && may_pass(&error) => {
                    tokio::time::sleep(PAUSE * 2u32.pow(tried)).await;
                    tried += 1;
                }
                Err(error) if may_pass(&error) => {
                    let (ci, why) = (self.ci, words(&error));
                    return Err(IdentityError::Down { ci, why });
                }
                Err(error) => return Err(self.none(audience, words(&error))),
            }
        }
    }

    async fn ambient(&self, audience: &str) -> Result<Option<Secret>, ambient_id::Error> {
        // The request has a secret in it, so it goes over TLS, or stays on this machine.
        let address = text(GITHUB_URL).and_then(|url| Url::parse(&url).ok());
        let client = match (self.ci, address) {
            (Ci::GitHub, Some(url)) => self.net.sending_client(&url).ok(),
            _ => None,
        };
        let detector = match (self.ci, client) {
            (Ci::GitHub, Some(client)) => ambient_id::Detector::new_with_client(client),
            // Without an address it says itself what is missing; the others need no client.
            (Ci::GitHub, None) if variable(GITHUB_URL).is_some() => {
                return Ok(None);
            }
            _ => {
                let here = Url::parse("https://localhost/");
                let client = here.ok().and_then(|url| self.net.sending_client(&url).ok());
                match client {
                    Some(client) => ambient_id::Detector::new_with_client(client),
                    None => return Ok(None),
                }
            }
        };
        let token = detector.detect(audience).await?;
        let token = token.map(|token| Secret::new(token.reveal().trim()));
        Ok(token.filter(|token| !token.reveal().is_empty()))
    }

    fn none(&self, audience: &str, why: String) -> IdentityError {
        IdentityError::None {
            ci: self.ci,
            audience: audience.to_owned(),
            why,
        }
    }
}

/// Whether asking again may help: no reply, or one that says so.
fn may_pass(error: &ambient_id::Error) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        // It hides what it wraps from the chain of sources.
        if let Some(Wrapped::Reqwest(error)) = error.downcast_ref::<Wrapped>() {
            let status = error.status().map(|status| status.as_u16());
            return status.is_none_or(super::net::may_pass) && !error.is_decode();
        }
        next = error.source();
    }
    false
}

/// The innermost cause, without the address in it.
fn words(error: &ambient_id::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let text = innermost.to_string();
    text.split(" for url (").next().unwrap_or(&text).to_owned()
}
