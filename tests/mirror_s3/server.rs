//! moto's server, and buckets of it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use fixtures::sandbox::Outcome;
use serde_json::Value;

use crate::world::World;

/// A request that has a signature may do everything.
const SIGNED: &str = "Authorization: AWS4-HMAC-SHA256 \
                      Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0\r\n";

/// Starts it; it looks at the program's signatures, not at those of [`SIGNED`].
const START: &str = include_str!("server.py");

/// The server, which all tests share.
struct Server {
    port: u16,
    /// The lines that it has logged: one a request.
    log: Arc<Mutex<Vec<String>>>,
    _child: Child,
    _stdin: ChildStdin,
}

/// The referees' Python, which has moto.
pub(crate) fn referee() -> String {
    std::env::var("MOCHI_REFEREE_PYTHON")
        .expect("MOCHI_REFEREE_PYTHON is a Python with moto; `. scripts/referee` makes one")
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("a port").port();
        drop(free);
        let mut command = Command::new(referee());
        command.args(["-c", START, &port.to_string()]);
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.stderr(Stdio::piped()).spawn().expect("moto starts");
        let stdin = child.stdin.take().expect("piped");
        let log = Arc::new(Mutex::new(Vec::new()));
        let (lines, kept) = (
            BufReader::new(child.stderr.take().expect("piped")),
            log.clone(),
        );
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                kept.lock().expect("a log").push(line);
            }
        });
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let said = log.lock().expect("a log").join("\n");
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "moto does not answer: {said}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        Server {
            port,
            log,
            _child: child,
            _stdin: stdin,
        }
    })
}

/// What a server replied.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// By lower-case name.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

fn request(method: &str, path: &str, headers: &str, body: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(("127.0.0.1", server().port)).expect("connected");
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{}\r\n{headers}Content-Length: {}\r\n\r\n",
        server().port,
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(body).expect("sent");
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).expect("a reply");
    let at = reply
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("a head");
    let head = String::from_utf8_lossy(&reply[..at]).into_owned();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let lines = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "));
    Reply {
        status: status.expect("a status"),
        headers: lines
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect(),
        body: reply[at + 4..].to_vec(),
    }
}

/// A bucket that everybody may read, and nobody may list without a signature.
pub(crate) struct Bucket {
    pub(crate) name: String,
}

impl Bucket {
    /// Makes the bucket of a test.
    pub(crate) fn new(name: &str) -> Self {
        let made = request("PUT", &format!("/{name}"), SIGNED, b"");
        assert_eq!(made.status, 200, "{made:?}");
        let bucket = Self {
            name: name.to_owned(),
        };
        bucket.allow("Allow", "s3:GetObject");
        bucket
    }

    /// The bucket's policy.
    pub(crate) fn allow(&self, effect: &str, action: &str) {
        let policy = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": effect,
                "Principal": "*",
                "Action": action,
                "Resource": format!("arn:aws:s3:::{}/*", self.name),
            }],
        });
        let headers = format!("{SIGNED}Content-Type: application/json\r\n");
        let path = format!("/{}?policy", self.name);
        let set = request("PUT", &path, &headers, policy.to_string().as_bytes());
        assert!(set.status < 300, "{set:?}");
    }

    /// The address of the mirror in it.
    pub(crate) fn dest(&self) -> String {
        format!("s3://{}/team/mirror", self.name)
    }

    /// The URL of the index in it.
    pub(crate) fn index(&self) -> String {
        format!(
            "http://127.0.0.1:{}/{}/team/mirror/simple/",
            server().port,
            self.name
        )
    }

    fn path(&self, path: &str) -> String {
        let path = path.replace('+', "%2B").replace('!', "%21");
        format!("/{}/team/mirror/{path}", self.name)
    }

    /// What somebody without credentials gets.
    pub(crate) fn get(&self, path: &str) -> Reply {
        request("GET", &self.path(path), "", b"")
    }

    pub(crate) fn json(&self, path: &str) -> Value {
        serde_json::from_slice(&self.get(path).body).expect("JSON")
    }

    pub(crate) fn put(&self, path: &str, body: &[u8]) {
        let headers = format!("{SIGNED}Content-Type: text/plain\r\n");
        let put = request("PUT", &self.path(path), &headers, body);
        assert_eq!(put.status, 200, "{put:?}");
    }

    pub(crate) fn delete(&self, path: &str) {
        let gone = request("DELETE", &self.path(path), SIGNED, b"");
        assert_eq!(gone.status, 204, "{gone:?}");
    }

    /// All keys of the mirror but those in the making, with ETag and time.
    pub(crate) fn keys(&self) -> BTreeMap<String, String> {
        let all = self.all_keys().into_iter();
        all.filter(|(key, _)| !key.starts_with(".tmp/")).collect()
    }

    /// All keys below the mirror's prefix.
    pub(crate) fn all_keys(&self) -> BTreeMap<String, String> {
        let path = format!("/{}?list-type=2&prefix=team/mirror/", self.name);
        let text = request("GET", &path, SIGNED, b"").body;
        let text = String::from_utf8(text).expect("UTF-8");
        assert!(text.contains("<IsTruncated>false"), "{text}");
        let one = |entry: &str| {
            let (key, rest) = entry.split_once("</Key>").expect("a key");
            let state = rest.split("</Size>").next().expect("a state");
            let key = key.strip_prefix("team/mirror/").expect("below the prefix");
            (key.to_owned(), state.to_owned())
        };
        text.split("<Key>").skip(1).map(one).collect()
    }

    /// The bytes of all files of the mirror.
    pub(crate) fn bytes(&self) -> BTreeMap<String, Vec<u8>> {
        let keys = self.keys().into_keys();
        keys.map(|key| {
            let body = self.get(&key).body;
            (key, body)
        })
        .collect()
    }

    /// Where a file lies.
    pub(crate) fn find(&self, name: &str) -> String {
        let mut keys = self.keys().into_keys();
        let found = keys.find(|key| key.rsplit('/').next() == Some(name));
        found.unwrap_or_else(|| panic!("no {name}"))
    }

    /// Uploads that were begun and neither completed nor aborted.
    pub(crate) fn open_uploads(&self) -> usize {
        let path = format!("/{}?uploads", self.name);
        let text = request("GET", &path, SIGNED, b"").body;
        String::from_utf8_lossy(&text).matches("<Upload>").count()
    }

    /// The requests of the log that are about the bucket: `PUT /…`.
    pub(crate) fn requests(&self) -> Vec<String> {
        let log = server().log.lock().expect("a log");
        let about = format!(" /{}/", self.name);
        let line = |line: &String| {
            let from = line.find(&about)?;
            let method = ["GET", "PUT", "POST", "DELETE", "HEAD"]
                .into_iter()
                .find(|method| line[..from].ends_with(method))?;
            let rest = line[from..].split(" HTTP").next()?;
            Some(format!("{method}{rest}"))
        };
        log.iter().filter_map(line).collect()
    }

    /// The variables that lead to the server.
    pub(crate) fn env() -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "hidden-secret".to_owned()),
            ("AWS_SESSION_TOKEN", "hidden-token".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            (
                "AWS_ENDPOINT_URL",
                format!("http://127.0.0.1:{}", server().port),
            ),
        ]
    }

    /// Runs `mochi py mirror` on the bucket, with further words.
    pub(crate) fn mirror(&self, world: &World, words: &str) -> Outcome {
        let text = format!("mirror {} {words}", self.dest());
        let words: Vec<&str> = text.split_whitespace().collect();
        let env = Self::env();
        let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, &**value)).collect();
        let outcome = world.run_words(&words, &env);
        let said = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(!said.contains("hidden-"), "credentials are printed: {said}");
        outcome
    }

    /// The same, which must go well.
    pub(crate) fn ok(&self, world: &World, words: &str) -> Outcome {
        let outcome = self.mirror(world, words);
        let said = format!("{}{}", outcome.stdout, outcome.stderr);
        assert_eq!(outcome.exit, 0, "`{words}` printed\n{said}");
        outcome
    }

    /// The command, for tests that run several at once or kill it.
    pub(crate) fn command(&self, world: &World, words: &[&str]) -> Command {
        let dest = self.dest();
        let mut all = vec!["mirror", &*dest];
        all.extend(words);
        let mut command = world.command(&all);
        command.envs(Self::env());
        command
    }
}

/// What a run with `--json` prints.
pub(crate) fn document(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}{}", outcome.stdout, outcome.stderr))
}

/// What most tests mirror.
pub(crate) const PACKAGES: &str = r#"
[packages.a.'1.0']
requires = ["b>=1"]
[packages.a.'2.0']
[packages.b.'1.0']
[packages."Name_With.Dots".'1!1.0+local']
"#;

/// A world whose project is locked.
pub(crate) fn locked() -> World {
    World::locked("a = '==1.0'\nb = '==1.0'\n'name-with-dots' = '*'", PACKAGES)
}

/// Makes a further project in a folder below, which is locked.
pub(crate) fn project(world: &World, name: &str, dependencies: &str) {
    let text = String::from_utf8(world.sandbox.read("mochi.toml").expect("a manifest"));
    let text = text.expect("UTF-8");
    let (head, _) = text.split_once("[python-dependencies]").expect("a table");
    let head = head.replace("\"demo\"", &format!("\"{name}\""));
    let text = format!("{head}[python-dependencies]\n{dependencies}\n");
    let path = format!("{name}/mochi.toml");
    world
        .sandbox
        .write(&path, text.as_bytes())
        .expect("written");
    world.ok(&format!("lock --project {name}"));
}
