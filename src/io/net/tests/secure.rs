//! TLS: which roots are trusted, and what is said when none fits.

use std::io::{Read, Write};
use std::net::TcpListener as Listener;
use std::path::PathBuf;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;
use crate::io::net::NetError;

const ROOT: &str = include_str!("tls/root.pem");
const LEAF: &[u8] = include_bytes!("tls/leaf.pem");
const KEY: &[u8] = include_bytes!("tls/leaf.key");

/// What a server with a certificate from a root that nobody knows speaks.
fn config() -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(LEAF).unwrap()],
            PrivateKeyDer::from_pem_slice(KEY).unwrap(),
        )
        .unwrap();
    Arc::new(config)
}

fn listen() -> (Listener, Url) {
    let listener = Listener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    (listener, url)
}

type Secured = StreamOwned<ServerConnection, std::net::TcpStream>;

/// Reads the request of a connection, if it comes to one.
fn receive(stream: std::net::TcpStream, config: &Arc<ServerConfig>) -> Option<Secured> {
    let connection = ServerConnection::new(Arc::clone(config)).unwrap();
    let mut stream = StreamOwned::new(connection, stream);
    let mut request = [0; 4096];
    stream
        .read(&mut request)
        .is_ok_and(|read| read > 0)
        .then_some(stream)
}

fn reply(mut stream: Secured) {
    let _ = stream.write_all(&page(200, "secret page").bytes(11));
    stream.conn.send_close_notify();
    let _ = stream.flush();
}

/// A server that answers each connection once.
fn start() -> Url {
    let (listener, url) = listen();
    let config = config();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if let Some(stream) = receive(stream, &config) {
                reply(stream);
            }
        }
    });
    url
}

fn ask(url: &Url, env: NetEnv) -> Result<String, NetError> {
    run(async {
        let reply = Net::new(options(), env, None).get(&get(url)).await?;
        Ok(String::from_utf8_lossy(&reply.body).into_owned())
    })
}

/// A folder with a file of this name and text.
fn folder(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn trusting_file(path: PathBuf) -> NetEnv {
    NetEnv {
        ssl_cert_file: Some(path),
        ..NetEnv::default()
    }
}

#[test]
fn a_named_root_is_trusted() {
    let url = start();
    let (folder, path) = folder("roots.pem", ROOT);
    assert_eq!(ask(&url, trusting_file(path)).unwrap(), "secret page");
    let env = NetEnv {
        ssl_cert_dirs: vec![folder.path().to_owned()],
        ..NetEnv::default()
    };
    assert_eq!(ask(&url, env).unwrap(), "secret page");
}

#[test]
fn names_by_hash_come_before_others() {
    let url = start();
    let (folder, path) = folder("0a1b2c3d.0", ROOT);
    let env = NetEnv {
        ssl_cert_dirs: vec![folder.path().to_owned()],
        ..NetEnv::default()
    };
    assert_eq!(ask(&url, env.clone()).unwrap(), "secret page");
    std::fs::rename(&path, folder.path().join("other.pem")).unwrap();
    std::fs::write(&path, "").unwrap();
    assert!(matches!(ask(&url, env), Err(NetError::Setup { .. })));
}

#[test]
fn an_unknown_root_is_refused_at_once() {
    let url = start();
    let leaf = String::from_utf8(LEAF.to_vec()).unwrap();
    let (_folder, path) = folder("roots.pem", &leaf);
    let error = ask(&url, trusting_file(path)).unwrap_err();
    assert!(matches!(error, NetError::Tls { .. }), "{error:?}");
    let said = error.to_string();
    assert!(
        said.contains(url.as_str()) && !said.contains("tried"),
        "{said}"
    );
    assert!(error.hint().unwrap().contains("SSL_CERT_FILE"));
}

#[test]
fn roots_that_cannot_be_used_are_told() {
    let url = start();
    let (folder, path) = folder("roots.pem", "no certificate");
    let error = ask(&url, trusting_file(path)).unwrap_err();
    assert!(
        error.to_string().contains("it has no certificate in PEM"),
        "{error}"
    );
    let error = ask(&url, trusting_file(folder.path().join("missing.pem"))).unwrap_err();
    assert!(error.to_string().contains("cannot be read"), "{error}");
    assert!(error.hint().unwrap().contains("SSL_CERT_FILE"));
}

#[test]
fn requests_that_start_together_wait_for_the_first_connection() {
    let (listener, url) = listen();
    let config = config();
    let server = std::thread::spawn(move || {
        let (first, _) = listener.accept().unwrap();
        std::thread::sleep(Duration::from_millis(200));
        listener.set_nonblocking(true).unwrap();
        let early = listener.accept().is_ok();
        listener.set_nonblocking(false).unwrap();
        let first = receive(first, &config).unwrap();
        // The others come once the first is connected, not once it is served.
        let second = receive(listener.accept().unwrap().0, &config).unwrap();
        reply(first);
        reply(second);
        for _ in 0..3 {
            reply(receive(listener.accept().unwrap().0, &config).unwrap());
        }
        early
    });
    let (_folder, path) = folder("roots.pem", ROOT);
    run(async {
        let net = Net::new(options(), trusting_file(path), None);
        let requests: Vec<_> = (0..5)
            .map(|_| {
                let (net, get) = (net.clone(), get(&url));
                tokio::spawn(async move { net.get(&get).await.unwrap().status })
            })
            .collect();
        for request in requests {
            assert_eq!(request.await.unwrap(), 200);
        }
    });
    assert!(
        !server.join().unwrap(),
        "a second connection came before the first was ready"
    );
}
