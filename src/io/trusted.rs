//! Trusted Publishing: the exchange of this job's identity for a token of the index.

use super::identity::{Identity, IdentityError};
use super::net::{Attempts, Failure as Failed, Net, NetError, Once, OnceReply, Verdict};
use crate::ctx::Ctx;
use crate::error::Failure;
use bytes::Bytes;
use publish::Secret;
use publish::trusted::{
    AUDIENCE_PATH, Audience, Claims, MINT_PATH, MintError, Minted, Minting, audience, explain,
    mint_request, minting,
};
use publish::upload::Address;
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use std::time::{SystemTime, UNIX_EPOCH};
use url::Url;

/// A publisher that the index trusts, with its token.
#[derive(Debug)]
pub struct Trusted {
    /// Who this job is.
    pub identity: Identity,
    audience: String,
    mint: Url,
    index: String,
    minted: Minted,
}

/// What became of it.
#[derive(Debug)]
pub enum Offer {
    /// The index trusts this job.
    Trusted(Box<Trusted>),
    /// It does not come to that: why, and the next step if there is one.
    No {
        /// Why.
        why: String,
        /// The next step.
        hint: Option<String>,
    },
}

/// Asks the index whether it has Trusted Publishing, the CI service for this job's identity, and the
/// index for a token.
///
/// # Errors
/// The index does not trust this job, or cannot be asked.
pub async fn offer(ctx: &Ctx, address: &Address) -> Result<Offer, Failure> {
    let no = |why: String, hint| Ok(Offer::No { why, hint });
    let Some(identity) = Identity::detect(&ctx.net) else {
        let why = "this is no job of a CI service that is known".to_owned();
        return no(format!("Trusted Publishing: {why}"), None);
    };
    let ci = identity.ci;
    let audience = match ask_audience(&ctx.net, address).await? {
        Audience::For(audience) => audience,
        Audience::Signing => {
            let why = format!(
                "Trusted Publishing: {} asks for an identity by which it could sign in this job's \
                 name, and gets none",
                address.name
            );
            return no(why, None);
        }
        Audience::Disabled(said) => {
            let why = format!(
                "Trusted Publishing: {} has it switched off: {said}",
                address.name
            );
            return no(why, None);
        }
        Audience::NotOffered | Audience::Trouble(_) => {
            let why = format!(
                "Trusted Publishing: {} does not offer it to {ci}",
                address.name
            );
            return no(why, None);
        }
    };
    let mint = address.api(MINT_PATH);
    match exchange(&ctx.net, &identity, &audience, &mint).await {
        Ok(minted) => {
            ctx.ui.mask(&minted.token);
            Ok(Offer::Trusted(Box::new(Trusted {
                identity,
                audience,
                mint,
                index: address.name.clone(),
                minted,
            })))
        }
        Err(Refused::Identity(error @ IdentityError::Down { .. })) if !identity.is_guess => {
            Err(error.into())
        }
        Err(Refused::Identity(error)) => {
            let why = format!("Trusted Publishing: {error}");
            no(why, error.hint())
        }
        Err(Refused::Net(error)) => Err(error.into()),
        Err(Refused::Mint(claims, errors)) => {
            let failure = refused(&identity, &address.name, claims.as_ref(), &errors);
            if !identity.is_guess {
                return Err(failure);
            }
            no(format!("Trusted Publishing: {}", failure.message), None)
        }
    }
}

impl Trusted {
    /// The token, a new one where it may expire before a file is sent. Where the CI service has no
    /// other identity token to give (GitLab gives one a job), it is used as long as it lasts.
    ///
    /// # Errors
    /// It has expired, and no new one is given.
    pub async fn token(&mut self, ctx: &Ctx) -> Result<Secret, Failure> {
        if !self.minted.is_stale(now()) {
            return Ok(self.minted.token.clone());
        }
        ctx.ui
            .detail("the token expires soon: another one is asked for");
        let exchanged = exchange(&ctx.net, &self.identity, &self.audience, &self.mint).await;
        match exchanged {
            Ok(minted) => {
                ctx.ui.mask(&minted.token);
                self.minted = minted;
            }
            Err(_) if !self.minted.is_expired(now()) => {
                ctx.ui
                    .detail("there is no other one: it is used as long as it lasts");
            }
            Err(Refused::Identity(error)) => return Err(error.into()),
            Err(Refused::Net(error)) => return Err(error.into()),
            Err(Refused::Mint(claims, errors)) => {
                let claims = claims.as_ref();
                return Err(refused(&self.identity, &self.index, claims, &errors));
            }
        }
        Ok(self.minted.token.clone())
    }
}

/// Why there is no token.
enum Refused {
    /// The CI service gives this job no identity.
    Identity(IdentityError),
    /// The index does not trust it, with what the identity says.
    Mint(Option<Claims>, Vec<MintError>),
    /// The index could not be asked.
    Net(NetError),
}

fn refused(
    identity: &Identity,
    index: &str,
    claims: Option<&Claims>,
    errors: &[MintError],
) -> Failure {
    let told = explain(identity.ci, index, claims, errors);
    let message = format!("{index} gives this job of {} no token", identity.ci);
    let mut failure = Failure::unmet(message).details(told.details);
    failure.hints.extend(told.hints);
    let codes = errors.iter().map(|error| error.code.clone());
    failure.data = serde_json::json!({ "codes": codes.collect::<Vec<_>>() });
    failure
}

async fn ask_audience(net: &Net, address: &Address) -> Result<Audience, NetError> {
    let url = address.api(AUDIENCE_PATH);
    let mut backoff = net.backoff();
    loop {
        let failure = match net.once(json_request(Method::GET, &url)).await {
            Ok(reply) => match audience(reply.status, reply.content_type.as_deref(), &reply.body) {
                Audience::Trouble(_) => trouble(&url, &reply, None),
                told => return Ok(told),
            },
            Err(failure) => failure,
        };
        backoff.wait(failure).await?;
    }
}

/// One exchange. Whether a token that got no answer was used up is not known, and they can be used
/// once, so every try has a new one.
async fn exchange(
    net: &Net,
    identity: &Identity,
    audience: &str,
    url: &Url,
) -> Result<Minted, Refused> {
    let mut backoff = net.backoff();
    loop {
        let token = identity.token(audience).await;
        let jwt = token.map_err(Refused::Identity)?;
        let mut request = json_request(Method::POST, url);
        request.body = vec![Bytes::from(mint_request(&jwt))];
        let failure = match net.once(request).await {
            Ok(reply) => {
                let kind = reply.content_type.as_deref();
                match minting(reply.status, kind, &reply.body, &jwt, now()) {
                    Minting::Minted(minted) => return Ok(minted),
                    Minting::Refused(errors) => {
                        return Err(Refused::Mint(Claims::decode(jwt.reveal()), errors));
                    }
                    Minting::Trouble(_, said) => trouble(url, &reply, said),
                }
            }
            Err(failure) => failure,
        };
        backoff.wait(failure).await.map_err(Refused::Net)?;
    }
}

fn json_request(method: Method, url: &Url) -> Once {
    let mut request = Once::new(method, url.clone());
    let json = HeaderValue::from_static("application/json");
    request.headers.insert(ACCEPT, json.clone());
    request.headers.insert(CONTENT_TYPE, json);
    request
}

fn trouble(url: &Url, reply: &OnceReply, detail: Option<String>) -> Failed {
    Failed {
        error: NetError::Status {
            url: url.into(),
            status: reply.status,
            reason: reply.reason.clone().unwrap_or_default(),
            detail,
            attempts: Attempts(1),
        },
        verdict: Verdict::Again(reply.retry_after),
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map(|now| now.as_secs()).unwrap_or_default()
}
