//! Addresses of buckets, and the stores that they and the environment lead to.

use super::client::{Connector, Signing};
use super::error::{BucketError, explain};
use crate::io::net::is_loopback;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey as S3};
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path;
use object_store::{ClientConfigKey, ObjectStore, RetryConfig};
use std::net::{TcpStream, ToSocketAddrs};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Where instances of a cloud ask for their credentials.
const METADATA: &str = "http://169.254.169.254";

/// Which kind of store it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    S3,
    Google,
    Azure,
}

/// The address of a mirror in a bucket: `s3://BUCKET/PREFIX`, `gs://…` or `az://…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    url: Url,
    kind: Kind,
    /// The bucket's name.
    pub(super) bucket: String,
    /// Where the mirror starts in it.
    pub(super) prefix: Path,
}

impl Address {
    /// The mirror's address without a `/` at its end.
    #[must_use]
    pub fn shown(&self) -> String {
        self.url.as_str().trim_end_matches('/').to_owned()
    }
}

impl FromStr for Address {
    type Err = BucketError;

    fn from_str(text: &str) -> Result<Self, BucketError> {
        let wrong = |what: String| {
            BucketError::wrong_use(what).hint(
                "addresses are s3://BUCKET/PREFIX, gs://BUCKET/PREFIX and az://CONTAINER/PREFIX; \
                 anything without `://` is a folder",
            )
        };
        // What stands before an `@` is not repeated.
        let url: Url = text
            .parse()
            .map_err(|error| wrong(format!("that is no address of a bucket: {error}")))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(
                "credentials do not belong into a bucket's address; they are taken from the \
                 environment"
                    .to_owned(),
            ));
        }
        let kind = match url.scheme() {
            "s3" => Kind::S3,
            "gs" => Kind::Google,
            "az" => Kind::Azure,
            other => return Err(wrong(format!("`{other}://` is no store that is known"))),
        };
        let bucket = url.host_str().unwrap_or_default().to_owned();
        if bucket.is_empty() {
            return Err(wrong(format!("`{text}` names no bucket")));
        }
        if url.query().is_some() || url.fragment().is_some() || url.port().is_some() {
            return Err(wrong(format!(
                "`{text}` has more than a bucket and a prefix"
            )));
        }
        let prefix =
            Path::from_url_path(url.path()).map_err(|error| wrong(format!("`{text}`: {error}")))?;
        Ok(Self {
            url,
            kind,
            bucket,
            prefix,
        })
    }
}

/// A store, and what is known of it.
pub(super) struct Opened {
    pub(super) store: Arc<dyn ObjectStore>,
    /// Whether it takes keys that end in `/`.
    pub(super) slashes: bool,
    /// Its server, where it is not the usual one: the same bucket elsewhere is another.
    pub(super) endpoint: String,
}

/// Makes the store of an address; `vars` is the environment.
pub(super) fn open(
    address: &Address,
    vars: &[(String, String)],
    connector: Connector,
) -> Result<Opened, BucketError> {
    let made = match address.kind {
        Kind::S3 => return s3(address, vars, &connector),
        Kind::Google => {
            let builder = GoogleCloudStorageBuilder::new()
                .with_retry(retry())
                .with_http_connector(connector);
            let builder = configured(vars, &["google_"], builder, |builder, key, value| {
                builder.with_config(key, value)
            });
            let built = builder.with_url(address.url.as_str()).build();
            built.map(|store| (Arc::new(store) as Arc<dyn ObjectStore>, true))
        }
        Kind::Azure => {
            let builder = MicrosoftAzureBuilder::new()
                .with_retry(retry())
                .with_http_connector(connector);
            let builder = configured(vars, &["azure_"], builder, |builder, key, value| {
                builder.with_config(key, value)
            });
            // A shared key signs the path, and a static website serves its index documents.
            let built = builder.with_url(address.url.as_str()).build();
            built.map(|store| (Arc::new(store) as Arc<dyn ObjectStore>, false))
        }
    };
    let (store, slashes) = made.map_err(|error| incomplete(&error, &address.bucket))?;
    Ok(Opened {
        store,
        slashes,
        endpoint: String::new(),
    })
}

fn s3(
    address: &Address,
    vars: &[(String, String)],
    connector: &Connector,
) -> Result<Opened, BucketError> {
    let builder = AmazonS3Builder::new()
        .with_retry(retry())
        // Removes go out by their keys, one by one, as all other requests do.
        .with_disable_bulk_delete(true)
        .with_http_connector(connector.clone());
    let builder = configured(vars, &["aws_"], builder, |builder, key, value| {
        builder.with_config(key, value)
    });
    let builder = builder.with_url(address.url.as_str());
    let value = |key: S3| builder.get_config_value(&key).filter(|v| !v.is_empty());
    let is_set = |key: S3| value(key).is_some_and(|v| matches!(&*v, "true" | "1" | "yes" | "on"));
    let endpoint = value(S3::S3Endpoint).or_else(|| value(S3::Endpoint));
    if let Some(endpoint) = &endpoint {
        let allows = is_set(S3::Client(ClientConfigKey::AllowHttp));
        check_endpoint(endpoint, allows)?;
    }
    let none = [
        S3::AccessKeyId,
        S3::SecretAccessKey,
        S3::WebIdentityTokenFile,
        S3::ContainerCredentialsRelativeUri,
        S3::ContainerCredentialsFullUri,
    ];
    let has_credentials = none.into_iter().any(|key| value(key).is_some());
    if !has_credentials && !is_set(S3::SkipSignature) {
        let at = value(S3::MetadataEndpoint).unwrap_or_else(|| METADATA.to_owned());
        let is_off = |(key, value): &(String, String)| {
            key == "AWS_EC2_METADATA_DISABLED" && value.eq_ignore_ascii_case("true")
        };
        if vars.iter().any(is_off) || !answers(&at) {
            return Err(no_credentials(&address.bucket));
        }
    }
    let region = value(S3::Region).unwrap_or_else(|| "us-east-1".to_owned());
    let payer = is_set(S3::RequestPayer);
    let store = builder
        .build()
        .map_err(|error| incomplete(&error, &address.bucket))?;
    let _ = connector.signing.set(Signing {
        credentials: store.credentials().clone(),
        region,
        payer,
    });
    Ok(Opened {
        store: Arc::new(store),
        slashes: true,
        endpoint: endpoint.unwrap_or_default(),
    })
}

/// Sets what the environment has for a store. `PREFIX_BUCKET` is not among it: the address says
/// that.
fn configured<B, K: FromStr>(
    vars: &[(String, String)],
    prefixes: &[&str],
    builder: B,
    set: impl Fn(B, K, String) -> B,
) -> B {
    vars.iter().fold(builder, |builder, (key, value)| {
        let key = key.to_ascii_lowercase();
        let is_its = prefixes.iter().any(|prefix| key.starts_with(prefix));
        match key.parse() {
            Ok(key) if is_its && !value.is_empty() => set(builder, key, value.clone()),
            _ => builder,
        }
    })
}

fn retry() -> RetryConfig {
    RetryConfig {
        max_retries: 5,
        retry_timeout: Duration::from_secs(60),
        ..RetryConfig::default()
    }
}

/// Plain HTTP shows wheels and signatures to everybody on the way.
fn check_endpoint(endpoint: &str, allows_http: bool) -> Result<(), BucketError> {
    let named = "AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL";
    let url: Url = endpoint
        .parse()
        .map_err(|error| BucketError::wrong_use(format!("{named} is no URL: {error}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            BucketError::wrong_use(format!("{named} has credentials in it"))
                .hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        );
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if allows_http || is_loopback(&url) => Ok(()),
        "http" => Err(
            BucketError::wrong_use(format!("{named} is `{endpoint}`, without TLS"))
                .hint("use https, or set AWS_ALLOW_HTTP=true on a network that you trust"),
        ),
        _ => Err(BucketError::wrong_use(format!(
            "{named} is neither http nor https"
        ))),
    }
}

/// Whether there is a metadata service: outside of a cloud nothing answers, and that is to be
/// known at once.
fn answers(endpoint: &str) -> bool {
    let Ok(url) = endpoint.parse::<Url>() else {
        return false;
    };
    let place = (
        url.host_str().unwrap_or_default().to_owned(),
        url.port_or_known_default().unwrap_or(80),
    );
    let mut addresses = place.to_socket_addrs().into_iter().flatten();
    addresses.any(|at| TcpStream::connect_timeout(&at, Duration::from_secs(1)).is_ok())
}

fn no_credentials(bucket: &str) -> BucketError {
    BucketError::new(format!("there are no credentials for bucket `{bucket}`")).hint(
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (with AWS_SESSION_TOKEN where there is \
         one); `aws configure export-credentials --format env` gives those of a profile",
    )
}

/// A builder that lacks something, mostly credentials.
fn incomplete(error: &object_store::Error, bucket: &str) -> BucketError {
    let mut error = explain(error, bucket);
    error.hint = Some(
        "the environment has to have the credentials: AWS_ACCESS_KEY_ID and \
         AWS_SECRET_ACCESS_KEY for s3://, GOOGLE_SERVICE_ACCOUNT for gs://, \
         AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY for az://"
            .to_owned(),
    );
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_bucket_and_a_prefix() {
        let address: Address = "s3://b/a/c/".parse().unwrap();
        assert_eq!((&*address.bucket, address.prefix.as_ref()), ("b", "a/c"));
        assert_eq!(address.shown(), "s3://b/a/c");
        let address: Address = "gs://b".parse().unwrap();
        assert_eq!((&*address.bucket, address.prefix.as_ref()), ("b", ""));
    }

    #[test]
    fn other_addresses_are_refused_without_showing_credentials() {
        for bad in [
            "ftp://b/a",
            "s3:///a",
            "s3://b/a?x=y",
            "s3://key:secret@b/a",
            "s3://b//a",
        ] {
            let error = bad.parse::<Address>().unwrap_err();
            assert!(error.is_use && !error.message.contains("secret"), "{error}");
        }
    }

    #[test]
    fn plain_http_is_for_loopback() {
        assert!(check_endpoint("http://127.0.0.1:9", false).is_ok());
        assert!(check_endpoint("https://s3.example.org", false).is_ok());
        assert!(check_endpoint("http://s3.example.org", false).is_err());
        assert!(check_endpoint("http://s3.example.org", true).is_ok());
    }
}
