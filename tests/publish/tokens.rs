//! What gives identity tokens to a job: one address for all audiences, as a CI service has it.

use serde_json::json;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request: its line, its headers and its body.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// Answers with JSON until the tests end.
pub(crate) struct Tokens {
    pub(crate) host: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Tokens {
    /// `answer` gives the JSON for a request.
    pub(crate) fn serve(answer: impl Fn(&Asked) -> serde_json::Value + Send + 'static) -> Self {
        Self::answering("200 OK", answer)
    }

    /// The same with another status.
    pub(crate) fn answering(
        status: &'static str,
        answer: impl Fn(&Asked) -> serde_json::Value + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let host = listener.local_addr().expect("an address").to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let request = read(&stream);
                let body = answer(&request).to_string();
                log.lock().expect("a log").push(request);
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = (&stream).write_all((head + &body).as_bytes());
            }
        });
        Self { host, asked }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("a log").clone()
    }

    /// The variables of a job of GitHub that asks here.
    pub(crate) fn github(&self) -> [(&'static str, String); 3] {
        [
            ("GITHUB_ACTIONS", "true".to_owned()),
            (
                "ACTIONS_ID_TOKEN_REQUEST_URL",
                format!("http://{}/token?api-version=2.0", self.host),
            ),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "of-the-job".to_owned()),
        ]
    }
}

fn read(stream: &TcpStream) -> Asked {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    let _ = reader.read_line(&mut line);
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        let read = reader.read_line(&mut header);
        let Some((name, value)) = header.trim_end().split_once(": ").filter(|_| read.is_ok())
        else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers
        .get("content-length")
        .and_then(|text| text.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    let _ = reader.read_exact(&mut body);
    Asked {
        line: line.trim_end().to_owned(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    }
}

/// What GitHub answers.
pub(crate) fn value(token: &str) -> serde_json::Value {
    json!({ "count": 1, "value": token })
}
