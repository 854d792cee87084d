//! Google Cloud: the machine's metadata server knows its service account, which may be allowed to
//! stand in for another.

use super::{IdentityError, text};
use crate::io::net::{Failure, Net, NetError, Once, OnceReply, ShownUrl, Verdict};
use bytes::Bytes;
use publish::Secret;
use publish::trusted::Ci;
use publish::upload::words_without;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::{Value, json};
use url::Url;

/// The name of the metadata server, where GCE_METADATA_HOST does not give another.
const METADATA_HOST: &str = "metadata.google.internal";
/// Where service accounts are impersonated, where the variable of Google's own tools does not say.
const IAM: &str = "https://iamcredentials.googleapis.com/";
const IAM_VARIABLE: &str = "CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS";
/// What the metadata server has of an account: its identity.
const IDENTITY: &str = "identity";
/// And the token by which it may ask for others'.
const ACCESS: &str = "token";
/// What the access token must be for.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// Whether the machine says that it is one of Google's. NO_GCE_CHECK, as Google's own libraries have
/// it, says not to look.
pub(super) fn is_machine() -> bool {
    let skipped = text("NO_GCE_CHECK").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let product = || std::fs::read_to_string("/sys/class/dmi/id/product_name").unwrap_or_default();
    !skipped && product().trim_start().starts_with("Google")
}

/// A token for an audience: of the account that GOOGLE_SERVICE_ACCOUNT_NAME names, else of the
/// machine's own.
pub(super) async fn token(net: &Net, audience: &str) -> Result<Secret, IdentityError> {
    let account = text("GOOGLE_SERVICE_ACCOUNT_NAME").filter(|name| !name.is_empty());
    let Some(account) = account else {
        let mut url = metadata(IDENTITY, audience)?;
        let query = [("audience", audience), ("format", "full")];
        url.query_pairs_mut().extend_pairs(query);
        let reply = ask(net, metadata_request(url), audience, &[]).await?;
        let token = String::from_utf8_lossy(&reply.body).trim().to_owned();
        return Ok(Secret::new(token));
    };
    let mut url = metadata(ACCESS, audience)?;
    url.query_pairs_mut().append_pair("scopes", SCOPE);
    let reply = ask(net, metadata_request(url), audience, &[]).await?;
    let access = field(&reply, "access_token", audience)?;
    let url = impersonation(&account, audience)?;
    let body = json!({ "audience": audience, "includeEmail": true });
    let mut request = Once::new(Method::POST, url);
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", access.reveal()))
        .map_err(|_| none(audience, "the access token is no header".to_owned()))?;
    bearer.set_sensitive(true);
    request.headers.insert(AUTHORIZATION, bearer);
    let kind = HeaderValue::from_static("application/json");
    request.headers.insert(CONTENT_TYPE, kind);
    request.body = vec![Bytes::from(body.to_string())];
    let reply = ask(net, request, audience, &[access]).await?;
    field(&reply, "token", audience)
}

/// The requests that [`token`] makes, as far as their addresses are right.
pub(super) fn requests() -> Vec<(&'static str, String)> {
    let account = text("GOOGLE_SERVICE_ACCOUNT_NAME").filter(|name| !name.is_empty());
    let urls = match account {
        None => vec![("GET", metadata(IDENTITY, ""))],
        Some(account) => vec![
            ("GET", metadata(ACCESS, "")),
            ("POST", impersonation(&account, "")),
        ],
    };
    urls.into_iter()
        .filter_map(|(method, url)| Some((method, ShownUrl::from(&url.ok()?).to_string())))
        .collect()
}

fn impersonation(account: &str, audience: &str) -> Result<Url, IdentityError> {
    let base = text(IAM_VARIABLE).unwrap_or_else(|| IAM.to_owned());
    let path = format!("v1/projects/-/serviceAccounts/{account}:generateIdToken");
    let url = Url::parse(&base).and_then(|base| base.join(&format!("./{path}")));
    url.map_err(|error| none(audience, format!("{IAM_VARIABLE}: {error}")))
}

fn metadata(what: &str, audience: &str) -> Result<Url, IdentityError> {
    let host = text("GCE_METADATA_HOST").filter(|host| !host.is_empty());
    let host = host.unwrap_or_else(|| METADATA_HOST.to_owned());
    let path = format!("computeMetadata/v1/instance/service-accounts/default/{what}");
    let url = Url::parse(&format!("http://{host}/{path}"));
    url.map_err(|error| none(audience, format!("GCE_METADATA_HOST: {error}")))
}

fn metadata_request(url: Url) -> Once {
    let mut request = Once::new(Method::GET, url);
    let flavor = HeaderName::from_static("metadata-flavor");
    request
        .headers
        .insert(flavor, HeaderValue::from_static("Google"));
    request.plain = true;
    request
}

/// Asks, again where that may help. `secrets` are in the request, and not for messages.
async fn ask(
    net: &Net,
    request: Once,
    audience: &str,
    secrets: &[Secret],
) -> Result<OnceReply, IdentityError> {
    let mut backoff = net.backoff();
    loop {
        let failure = match net.once(request.clone()).await {
            Ok(reply) if reply.status == 200 => return Ok(reply),
            Ok(reply) => {
                let said = words_without(
                    secrets,
                    reply.content_type.as_deref(),
                    &reply.body,
                    reply.reason.as_deref(),
                );
                let said = said.unwrap_or_default();
                let error = none(audience, format!("status {}, {said}", reply.status));
                if !crate::io::net::may_pass(reply.status) {
                    return Err(error);
                }
                Failure {
                    error: NetError::Reply {
                        url: (&request.url).into(),
                        what: format!("status {}", reply.status),
                        attempts: crate::io::net::Attempts(1),
                    },
                    verdict: Verdict::Again(reply.retry_after),
                }
            }
            Err(failure) => failure,
        };
        backoff.wait(failure).await?;
    }
}

fn field(reply: &OnceReply, name: &str, audience: &str) -> Result<Secret, IdentityError> {
    let value: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let found = value.as_ref().and_then(|value| value.get(name)?.as_str());
    found
        .map(Secret::new)
        .ok_or_else(|| none(audience, format!("the answer has no `{name}`")))
}

fn none(audience: &str, why: String) -> IdentityError {
    IdentityError::None {
        ci: Ci::Google,
        audience: audience.to_owned(),
        why,
    }
}
