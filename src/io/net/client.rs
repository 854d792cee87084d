//! Building the HTTP client: when it is first needed, with the roots that are to be trusted.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use url::{Host, Url};

use super::env::NetEnv;
use super::error::NetError;
use super::gate::Announce;
use super::{Inner, NetOptions};

/// How much a server may send ahead on one stream of HTTP/2, and on all of a connection: enough
/// for a gigabit line across an ocean. The adaptive window starts at 64 KiB and grows too late
/// for files of a few megabytes.
const STREAM_WINDOW: u32 = 4 << 20;
const CONNECTION_WINDOW: u32 = 32 << 20;

/// The clients, each made by the first request that needs it: reading a system's roots takes
/// longer than a request on loopback does.
#[derive(Default)]
pub(crate) struct Clients {
    /// For everything else.
    general: OnceLock<Result<Client, String>>,
    /// For plain HTTP to this machine, where neither roots nor proxies have a part.
    loopback: OnceLock<Result<Client, String>>,
    /// For stores of objects, to which large parts are sent.
    #[cfg(feature = "object-store")]
    store: OnceLock<Result<Client, String>>,
}

impl Inner {
    /// The client for a URL.
    pub(crate) fn client(&self, url: &Url) -> Result<&Client, NetError> {
        let made = if url.scheme() == "http" && is_loopback(url) {
            let make = || finish(common(&self.options).no_proxy().tls_certs_only([]));
            self.clients.loopback.get_or_init(make)
        } else {
            self.clients
                .general
                .get_or_init(|| general(&self.options, &self.env))
        };
        made.as_ref()
            .map_err(|what| NetError::Setup { what: what.clone() })
    }
}

impl super::Net {
    /// The client for what is not a GET: the caller sends by itself. Secrets go with such requests,
    /// so plain HTTP is for this machine only. It follows no redirects.
    ///
    /// # Errors
    /// Offline, no HTTP, plain HTTP to elsewhere, or no client can be made.
    pub(crate) fn sending_client(&self, url: &Url) -> Result<Client, NetError> {
        let shown = super::ShownUrl::from(url);
        match url.scheme() {
            _ if self.inner.options.offline => Err(NetError::Offline { url: shown }),
            "http" if !is_loopback(url) => Err(NetError::Insecure { url: shown }),
            "http" | "https" => self.inner.client(url).cloned(),
            _ => Err(NetError::Scheme { url: shown }),
        }
    }
}

#[cfg(feature = "object-store")]
impl super::Net {
    /// The client for a store of objects: what is sent counts as silence, so it waits longer.
    pub(crate) fn store_client(&self, url: &Url) -> Result<Client, NetError> {
        let inner = &self.inner;
        let options = NetOptions {
            read_timeout: inner.options.read_timeout * 10,
            ..inner.options.clone()
        };
        if inner.options.offline {
            let url = super::ShownUrl::from(url);
            return Err(NetError::Offline { url });
        }
        if url.scheme() == "http" && is_loopback(url) {
            return inner.client(url).cloned();
        }
        let store = inner
            .clients
            .store
            .get_or_init(|| general(&options, &inner.env));
        store.clone().map_err(|what| NetError::Setup { what })
    }
}

/// Whether a URL leads to this machine by its very text.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn general(options: &NetOptions, env: &NetEnv) -> Result<Client, String> {
    let mut builder = common(options);
    if !env.system_proxy {
        builder = builder.no_proxy();
    }
    if let Some(roots) = named_roots(env)? {
        builder = builder.tls_certs_only(roots);
    }
    finish(builder)
}

fn common(options: &NetOptions) -> ClientBuilder {
    // Fails only if a provider is installed already, and then that one serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(&options.user_agent)
        .connect_timeout(options.connect_timeout)
        .read_timeout(options.read_timeout)
        // Followed one by one in `exchange`, where credentials are chosen for each.
        .redirect(Policy::none())
        .referer(false)
        .connector_layer(Announce)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
}

fn finish(builder: ClientBuilder) -> Result<Client, String> {
    builder.build().map_err(|error| {
        let mut innermost: &dyn std::error::Error = &error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        innermost.to_string()
    })
}

/// The roots that the environment names, if it names any. Without them the system's verifier is
/// used, which on some systems knows nothing of these variables.
fn named_roots(env: &NetEnv) -> Result<Option<Vec<Certificate>>, String> {
    if env.ssl_cert_file.is_none() && env.ssl_cert_dirs.is_empty() {
        return Ok(None);
    }
    let mut roots = Vec::new();
    if let Some(file) = &env.ssl_cert_file {
        let found = roots_of(file)
            .map_err(|why| format!("SSL_CERT_FILE is `{}`, but {why}", file.display()))?;
        roots.extend(found);
    }
    // A folder of roots may hold other things, which are passed over.
    roots.extend(env.ssl_cert_dirs.iter().flat_map(|dir| roots_below(dir)));
    roots.sort_unstable_by(|a, b| a.as_ref().cmp(b.as_ref()));
    roots.dedup();
    // One root that cannot be used must not spoil the others.
    let usable = |root: &CertificateDer<'_>| {
        RootCertStore::empty()
            .add(root.clone().into_owned())
            .is_ok()
    };
    let certificates: Vec<_> = roots
        .into_iter()
        .filter(usable)
        .filter_map(|root| Certificate::from_der(&root).ok())
        .collect();
    if certificates.is_empty() {
        return Err("SSL_CERT_FILE and SSL_CERT_DIR lead to no usable certificate".to_owned());
    }
    Ok(Some(certificates))
}

/// The certificates of a PEM file.
fn roots_of(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = std::fs::read(file).map_err(|error| format!("it cannot be read: {error}"))?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .filter_map(Result::ok)
        .collect();
    if found.is_empty() {
        Err("it has no certificate in PEM".to_owned())
    } else {
        Ok(found)
    }
}

/// The certificates in a folder: of the files that are named by a hash, since these are the ones
/// that OpenSSL looks at and the others are usually the same again, or of all if none is.
fn roots_below(dir: &Path) -> Vec<CertificateDer<'static>> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    let hashed = files.iter().any(|file| is_hashed(file));
    let chosen = files.iter().filter(|file| !hashed || is_hashed(file));
    chosen
        .flat_map(|file| roots_of(file).unwrap_or_default())
        .collect()
}

/// Whether a file is called `HHHHHHHH.N`, by the hash of a certificate's subject.
fn is_hashed(file: &Path) -> bool {
    let Some((hash, number)) = file.file_name().and_then(|n| n.to_str()?.split_once('.')) else {
        return false;
    };
    hash.len() == 8
        && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}
