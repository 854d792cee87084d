//! The client against a scripted server on loopback.

mod auth;
mod downloads;
mod redirects;
mod replies;
mod retries;
mod secure;
mod transport;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::{Get, Net, NetEnv, NetOptions, Trace};

/// Runs a test; one that hangs fails.
fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let limited = async { tokio::time::timeout(Duration::from_secs(30), test).await };
    runtime.block_on(limited).expect("the test hangs")
}

/// The usual options, with pauses that a test can wait for.
fn options() -> NetOptions {
    NetOptions {
        backoff: Duration::from_millis(1),
        retry_after_cap: Duration::from_millis(20),
        ..NetOptions::default()
    }
}

/// The same, with a short patience for silence.
fn impatient() -> NetOptions {
    NetOptions {
        read_timeout: Duration::from_millis(300),
        ..options()
    }
}

fn net() -> Net {
    Net::new(options(), NetEnv::default(), None)
}

/// A client whose trace can be looked at.
fn traced(options: NetOptions, env: NetEnv) -> (Net, Arc<Mutex<Vec<String>>>) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let trace: Trace = Arc::new(move |line: &str| sink.lock().unwrap().push(line.to_owned()));
    (Net::new(options, env, Some(trace)), lines)
}

/// A plain GET of at most a megabyte.
fn get(url: &Url) -> Get {
    Get::new(url.clone(), 1 << 20)
}

/// A request as the server saw it.
#[derive(Debug, Clone)]
struct Seen {
    method: String,
    target: String,
    headers: BTreeMap<String, String>,
}

impl Seen {
    /// A header's value, empty if absent.
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// What the server does with a request, before it closes the connection.
enum Act {
    /// Sends bytes.
    Send(Vec<u8>),
    /// Sends bytes, lets them arrive, and resets the connection.
    Reset(Vec<u8>),
    /// Sends bytes and then nothing, for longer than anybody waits.
    Hang(Vec<u8>),
}

/// A reply to be sent.
struct Page {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// A reply with a status and a body, whose length it announces.
fn page(status: u16, body: impl AsRef<[u8]>) -> Page {
    let body = body.as_ref().to_vec();
    let length = body.len().to_string();
    Page {
        status,
        headers: vec![("Content-Length", length)],
        body,
    }
}

impl Page {
    /// With a header more, or with another value.
    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }

    /// Without a length: the end of the connection is the end of the body.
    fn unannounced(mut self) -> Self {
        self.headers.retain(|(name, _)| *name != "Content-Length");
        self
    }

    fn bytes(&self, body: usize) -> Vec<u8> {
        let mut text = format!("HTTP/1.1 {} Status\r\nConnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(&self.body[..body]);
        bytes
    }

    fn send(&self) -> Act {
        Act::Send(self.bytes(self.body.len()))
    }

    /// Breaks off after so many bytes of the body.
    fn cut(&self, body: usize) -> Act {
        Act::Send(self.bytes(body))
    }

    /// Resets the connection after so many bytes of the body.
    fn reset(&self, body: usize) -> Act {
        Act::Reset(self.bytes(body))
    }

    /// Says nothing more after so many bytes of the body.
    fn hang(&self, body: usize) -> Act {
        Act::Hang(self.bytes(body))
    }
}

/// A server that lives as long as the test's runtime.
struct Server {
    url: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Starts one that answers by request and its number, from 0.
    async fn start(script: impl Fn(&Seen, usize) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let script = Arc::new(script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&log)));
            }
        });
        Self { url, seen }
    }

    fn at(&self, path: &str) -> Url {
        self.url.join(path).unwrap()
    }

    /// The URL with a user name and a password in it.
    fn with_user(&self, path: &str, user: &str, password: Option<&str>) -> Url {
        let mut url = self.at(path);
        url.set_username(user).unwrap();
        url.set_password(password).unwrap();
        url
    }

    /// How often it was asked.
    fn asked(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// A header of each request, in order; empty where absent.
    fn headers(&self, name: &str) -> Vec<String> {
        self.seen
            .lock()
            .unwrap()
            .iter()
            .map(|seen| seen.header(name).to_owned())
            .collect()
    }
}

/// One request on one connection.
async fn serve(
    mut stream: TcpStream,
    script: Arc<impl Fn(&Seen, usize) -> Act>,
    log: Arc<Mutex<Vec<Seen>>>,
) {
    let Some(seen) = read_request(&mut stream).await else {
        return;
    };
    let nth = {
        let mut log = log.lock().unwrap();
        log.push(seen.clone());
        log.len() - 1
    };
    // A client that has gone away is part of some tests.
    match script(&seen, nth) {
        Act::Send(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Act::Reset(bytes) => {
            let _ = stream.write_all(&bytes).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
            stream.set_zero_linger().unwrap();
        }
        Act::Hang(bytes) => {
            let _ = stream.write_all(&bytes).await;
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let text = String::from_utf8(bytes).unwrap();
    let mut lines = text.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Some(Seen {
        method,
        target,
        headers,
    })
}
