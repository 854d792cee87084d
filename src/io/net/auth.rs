//! Who we are for which server.
//!
//! Sent without being asked for: what the request's own URL says, what was registered for the
//! origin (or helped there before), and what `.netrc` says about the machine by name, the last
//! only over TLS or to this machine. When asked (401, 403): `.netrc` with its `default` entry,
//! then the keyring. Nothing is ever sent to another origin than it is for.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use reqwest::header::HeaderValue;
use url::Url;

use super::client::is_loopback;
use super::env::NetEnv;
use super::exchange::host;
use super::keyring;
use super::netrc::Netrc;
use super::redact::without_userinfo;

/// The user that a token is sent as.
pub(crate) const TOKEN_USER: &str = "__token__";

/// A user name and, perhaps, a password: what a URL can carry.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Login {
    username: String,
    password: Option<String>,
}

impl Login {
    /// What a URL carries, decoded.
    pub(crate) fn of(url: &Url) -> Option<Self> {
        if url.username().is_empty() && url.password().is_none() {
            return None;
        }
        let decode = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
        Some(Self {
            username: decode(url.username()),
            password: url.password().map(decode),
        })
    }

    fn complete(&self) -> Option<Credentials> {
        let password = self.password.clone()?;
        Some(Credentials {
            username: self.username.clone(),
            password,
        })
    }
}

/// A user name and a password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) username: String,
    pub(crate) password: String,
}

impl Credentials {
    /// The `Authorization` header (RFC 7617), marked as secret for whoever logs it.
    pub(crate) fn header(&self) -> HeaderValue {
        let pair = format!("{}:{}", self.username, self.password);
        let text = format!("Basic {}", BASE64_STANDARD.encode(pair));
        // Base64 has no character that a header cannot have.
        let mut value =
            HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("Basic"));
        value.set_sensitive(true);
        value
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// A login for what lies below a URL, and for the rest of its origin where nothing closer is known.
struct Known {
    url: Url,
    login: Login,
}

/// What the keyring said: a password, none, or why it could not be asked.
type Answer = Result<Option<String>, String>;

/// What is known about credentials, and where to ask.
pub(crate) struct AuthStore {
    known: Mutex<Vec<Known>>,
    netrc_path: Option<PathBuf>,
    netrc: OnceLock<Result<Netrc, String>>,
    keyring: Option<PathBuf>,
    /// What the keyring said, by service and user. Held while it is asked, so that fifty
    /// challenges at once ask it once.
    asked: tokio::sync::Mutex<HashMap<(String, String), Answer>>,
}

impl AuthStore {
    /// Knows nothing yet, and reads nothing yet.
    pub(crate) fn new(env: &NetEnv) -> Self {
        Self {
            known: Mutex::default(),
            netrc_path: env.netrc.clone(),
            netrc: OnceLock::new(),
            keyring: env.keyring.clone(),
            asked: tokio::sync::Mutex::default(),
        }
    }

    /// Keeps what a URL carries, for its origin.
    pub(crate) fn register(&self, url: &Url) {
        if let Some(login) = Login::of(url) {
            self.keep(without_userinfo(url), login);
        }
    }

    /// Keeps what helped with a challenge.
    pub(crate) fn remember(&self, url: &Url, found: Credentials) {
        let place = self
            .closest(url, Some(&found.username))
            .map(|known| known.url);
        let login = Login {
            username: found.username,
            password: Some(found.password),
        };
        self.keep(place.unwrap_or_else(|| without_userinfo(url)), login);
    }

    fn keep(&self, url: Url, login: Login) {
        let mut known = self.lock();
        known.retain(|known| known.url != url);
        known.push(Known { url, login });
    }

    /// What to send without being asked.
    pub(crate) fn known(&self, url: &Url, login: Option<&Login>) -> Option<Credentials> {
        if let Some(own) = login.and_then(Login::complete) {
            return Some(own);
        }
        let username = login.map(|login| login.username.as_str());
        let closest = self.closest(url, username).map(|known| known.login);
        if let Some(registered) = closest.as_ref().and_then(Login::complete) {
            return Some(registered);
        }
        let username = username.or(closest.as_ref().map(|login| login.username.as_str()));
        let named = || self.netrc().ok()?.machine(url.host_str()?, username);
        match username {
            // A user name alone may be a token.
            Some(username) => named().or_else(|| {
                Some(Credentials {
                    username: username.to_owned(),
                    password: String::new(),
                })
            }),
            None if is_private(url) => named(),
            None => None,
        }
    }

    /// What to send when asked, after what was `tried`. Why a place could not be asked is noted.
    pub(crate) async fn answer(
        &self,
        url: &Url,
        login: Option<&Login>,
        tried: &[Option<Credentials>],
        notes: &mut Vec<String>,
    ) -> Option<Credentials> {
        let fresh = |found: &Credentials| !tried.iter().flatten().any(|tried| tried == found);
        let closest = self.closest(url, login.map(|login| login.username.as_str()));
        let username = login
            .map(|login| login.username.clone())
            .or_else(|| closest.as_ref().map(|known| known.login.username.clone()));
        // Another request may have found the answer while this one was under way.
        if let Some(found) = closest.as_ref().and_then(|known| known.login.complete())
            && fresh(&found)
        {
            return Some(found);
        }
        match self.netrc() {
            Ok(netrc) => {
                let named = url
                    .host_str()
                    .and_then(|h| netrc.machine(h, username.as_deref()));
                let any = || netrc.default_entry(username.as_deref());
                if let Some(found) = named.or_else(any).filter(fresh) {
                    return Some(found);
                }
            }
            Err(note) => notes.push(note),
        }
        let service = closest.map(|known| String::from(known.url));
        let username = username.filter(|name| !name.is_empty())?;
        for service in service.into_iter().chain([host(url)]) {
            match self.ask_keyring(service, &username).await {
                Ok(Some(password)) => {
                    let found = Credentials {
                        username: username.clone(),
                        password,
                    };
                    if fresh(&found) {
                        return Some(found);
                    }
                }
                Ok(None) => {}
                Err(note) if notes.contains(&note) => {}
                Err(note) => notes.push(note),
            }
        }
        None
    }

    /// What is known of who uploads to a URL: from `.netrc`, then from the keyring, which is asked
    /// about `username`. With where it was found; why a place could not be asked is noted.
    pub(crate) async fn for_upload(
        &self,
        url: &Url,
        username: Option<&str>,
        notes: &mut Vec<String>,
    ) -> Option<(Credentials, &'static str)> {
        match self.netrc() {
            Ok(netrc) => {
                let named = url.host_str().and_then(|h| netrc.machine(h, username));
                if let Some(found) = named.or_else(|| netrc.default_entry(username)) {
                    return Some((found, ".netrc"));
                }
            }
            Err(note) => notes.push(note),
        }
        let username = username.unwrap_or(TOKEN_USER);
        for service in [url.to_string(), host(url)] {
            match self.ask_keyring(service, username).await {
                Ok(Some(password)) => {
                    let username = username.to_owned();
                    return Some((Credentials { username, password }, "keyring"));
                }
                Ok(None) => {}
                Err(note) if notes.contains(&note) => {}
                Err(note) => notes.push(note),
            }
        }
        None
    }

    /// Whether `.netrc` knows who uploads to a URL.
    pub(crate) fn netrc_has(&self, url: &Url, username: Option<&str>) -> bool {
        self.netrc().is_ok_and(|netrc| {
            let host = url.host_str();
            let named = host.and_then(|host| netrc.machine(host, username));
            named.or_else(|| netrc.default_entry(username)).is_some()
        })
    }

    async fn ask_keyring(&self, service: String, user: &str) -> Answer {
        let Some(program) = &self.keyring else {
            return Ok(None);
        };
        let mut asked = self.asked.lock().await;
        let key = (service, user.to_owned());
        if let Some(answer) = asked.get(&key) {
            return answer.clone();
        }
        let answer = keyring::get(program, &key.0, user).await;
        asked.insert(key, answer.clone());
        answer
    }

    /// What is known for the URL's origin, by the path that has most in common with the URL's;
    /// among equals the first.
    fn closest(&self, url: &Url, username: Option<&str>) -> Option<Known> {
        let origin = url.origin();
        let known = self.lock();
        let fitting = known.iter().filter(|known| {
            known.url.origin() == origin && username.is_none_or(|name| known.login.username == name)
        });
        let best = fitting
            .rev()
            .max_by_key(|known| common_segments(&known.url, url))?;
        Some(Known {
            url: best.url.clone(),
            login: best.login.clone(),
        })
    }

    /// The `.netrc`, read once.
    fn netrc(&self) -> Result<&Netrc, String> {
        let read = || match &self.netrc_path {
            Some(path) => Netrc::read(path)
                .map_err(|error| format!("`{}` could not be read: {error}", path.display())),
            None => Ok(Netrc::default()),
        };
        self.netrc.get_or_init(read).as_ref().map_err(Clone::clone)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Known>> {
        // A list is whole between two statements, so a panic elsewhere leaves nothing half done.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many leading path segments two URLs share.
fn common_segments(a: &Url, b: &Url) -> usize {
    let segments = |url: &'_ Url| -> Vec<String> {
        url.path()
            .split('/')
            .filter(|s| !s.is_empty())
            .map(str::to_owned)
            .collect()
    };
    segments(a)
        .iter()
        .zip(&segments(b))
        .take_while(|(a, b)| a == b)
        .count()
}

/// Whether nobody on the way can listen: TLS, or this machine.
fn is_private(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn netrc_is_not_for_everyone_on_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("netrc");
        std::fs::write(&path, "machine example.org login u password p").unwrap();
        let store = AuthStore::new(&NetEnv {
            netrc: Some(path),
            ..NetEnv::default()
        });
        assert!(store.known(&url("https://example.org/"), None).is_some());
        assert!(store.known(&url("http://example.org/"), None).is_none());
        assert!(
            store
                .known(&url("https://files.example.org/"), None)
                .is_none()
        );
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let store = AuthStore::new(&NetEnv::default());
        store.register(&url("https://u:p@example.org/simple/"));
        for (other, known) in [
            ("https://example.org/", true),
            ("https://EXAMPLE.org:443/x", true),
            ("http://example.org/simple/", false),
            ("https://example.org:8443/simple/", false),
            ("https://example.org.example.com/simple/", false),
        ] {
            assert_eq!(store.known(&url(other), None).is_some(), known, "{other}");
        }
    }

    #[test]
    fn a_login_is_decoded() {
        let login = Login::of(&url("https://u%40corp:p%2F%C3%A9@example.org/")).unwrap();
        assert!(login.username == "u@corp" && login.password.as_deref() == Some("p/é"));
        assert!(Login::of(&url("https://example.org/")).is_none());
    }

    #[test]
    fn nothing_is_shown() {
        let login = Login {
            username: "u".to_owned(),
            password: Some("secret".to_owned()),
        };
        let credentials = login.complete().unwrap();
        assert!(!format!("{credentials:?} {:?}", credentials.header()).contains("secret"));
        assert!(credentials.header().is_sensitive());
    }
}
