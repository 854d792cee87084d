//! How requests to a store go out: by the program's own HTTP client, and to keys that end in `/`.
//!
//! A plain bucket serves no `index.html` for `simple/NAME/`, so a page lies under that very key.
//! `object_store` has no such paths: a path that ends in [`MARK`] stands for one. The mark is cut
//! off here, on the way out, and the request is signed again.

use crate::io::net::{Net, NetError};
use object_store::aws::{AwsAuthorizer, AwsCredentialProvider};
use object_store::client::{
    ClientOptions, HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpService,
};
use reqwest::header::AUTHORIZATION;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use url::Url;

/// The last part of a path that stands for a key that ends in `/`.
pub(super) const MARK: &str = ".slash";

/// What requests to S3 are signed with.
#[derive(Debug)]
pub(super) struct Signing {
    /// Gives the credentials, new ones when they run out.
    pub credentials: AwsCredentialProvider,
    /// The region.
    pub region: String,
    /// Whether who asks pays.
    pub payer: bool,
}

/// Makes clients for a store. Clones share the signing, which is known when the store is made.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    net: Net,
    /// Set for S3 alone: bearer tokens do not sign the path.
    pub signing: Arc<OnceLock<Signing>>,
}

impl Connector {
    pub(super) fn new(net: Net) -> Self {
        let signing = Arc::default();
        Self { net, signing }
    }

    async fn sent(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let unknown = |error: Box<dyn std::error::Error + Send + Sync>| {
            HttpError::new_boxed(HttpErrorKind::Unknown, error)
        };
        if let Some(uri) = without_mark(&request.uri().to_string()) {
            *request.uri_mut() = uri.parse().map_err(|error| unknown(Box::new(error)))?;
            if request.headers_mut().remove(AUTHORIZATION).is_some() {
                self.sign(&mut request)
                    .await
                    .map_err(|e| unknown(e.into()))?;
            }
        }
        let url: Url = request
            .uri()
            .to_string()
            .parse()
            .map_err(|error| unknown(Box::new(error)))?;
        let client = self.net.store_client(&url);
        let client = client.map_err(|error: NetError| unknown(Box::new(error)))?;
        client.call(request).await
    }

    async fn sign(&self, request: &mut HttpRequest) -> object_store::Result<()> {
        let Some(signing) = self.signing.get() else {
            return Ok(());
        };
        let credential = signing.credentials.get_credential().await?;
        // The payload's hash stays as it is; where it is not one, the payload was not signed.
        let hash = request.headers().get("x-amz-content-sha256");
        let digest = hash.and_then(|hash| unhex(hash.to_str().ok()?));
        AwsAuthorizer::new(&credential, "s3", &signing.region)
            .with_sign_payload(digest.is_some())
            .with_request_payer(signing.payer)
            .try_authorize(request, digest.as_deref())
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.map(byte).collect()
}

/// A URI whose path ends in the mark, without it.
fn without_mark(uri: &str) -> Option<String> {
    let (path, query) = match uri.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (uri, None),
    };
    let path = path.strip_suffix(MARK).filter(|rest| rest.ends_with('/'))?;
    Some(match query {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    })
}

impl HttpConnector for Connector {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

impl HttpService for Connector {
    fn call<'a, 'b>(
        &'a self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(self.sent(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_read() {
        assert_eq!(unhex("00ff10"), Some(vec![0, 255, 16]));
        assert_eq!(unhex("UNSIGNED-PAYLOAD"), None);
    }

    #[test]
    fn the_mark_is_cut_off() {
        let cut = without_mark;
        assert_eq!(
            cut("http://h/b/simple/a/.slash").as_deref(),
            Some("http://h/b/simple/a/")
        );
        assert_eq!(
            cut("http://h/b/.slash?x=.y").as_deref(),
            Some("http://h/b/?x=.y")
        );
        assert_eq!(cut("http://h/b/a.slash"), None);
        assert_eq!(cut("http://h/b/simple/a/index.html"), None);
    }
}
