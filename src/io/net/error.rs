//! What can go wrong, in the user's terms.

use std::fmt;
use std::io;
use std::time::Duration;

use super::redact::ShownUrl;
use crate::io::files::FileError;

/// How often something was tried; shown only if more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts(pub u32);

impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 | 1 => Ok(()),
            times => write!(f, " (tried {times} times)"),
        }
    }
}

/// Why a request failed. Every message names the URL, without what grants access.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetError {
    /// Requests are switched off.
    #[error("{url} would have to be fetched, but the network is switched off")]
    Offline {
        /// What was wanted.
        url: ShownUrl,
    },
    /// Neither `http` nor `https`.
    #[error("{url} cannot be fetched: only http and https can")]
    Scheme {
        /// What was wanted.
        url: ShownUrl,
    },
    /// Secrets do not go over plain HTTP, but to this machine.
    #[error("{url} is plain http, over which nothing secret is sent: only https is used here")]
    Insecure {
        /// Where it would have gone.
        url: ShownUrl,
    },
    /// No connection, or one that broke before a reply.
    #[error("could not reach {url}: {cause}{attempts}")]
    Unreachable {
        /// What was wanted.
        url: ShownUrl,
        /// In a few words.
        cause: String,
        /// How often it was tried.
        attempts: Attempts,
    },
    /// Too long a silence.
    #[error("{url} {} within {} s{attempts}", .phase.missed(), .limit.as_secs_f32())]
    Timeout {
        /// What was wanted.
        url: ShownUrl,
        /// What was waited for.
        phase: Phase,
        /// For how long.
        limit: Duration,
        /// How often it was tried.
        attempts: Attempts,
    },
    /// No secure connection.
    #[error("no secure connection to {url}: {cause}{attempts}")]
    Tls {
        /// What was wanted.
        url: ShownUrl,
        /// In a few words.
        cause: String,
        /// How often it was tried.
        attempts: Attempts,
    },
    /// A status that says no.
    #[error("{url} answered {status} {reason}{}{attempts}", Detail(.detail))]
    Status {
        /// What was wanted.
        url: ShownUrl,
        /// The status.
        status: u16,
        /// Its name.
        reason: String,
        /// The first line of what the server says about it.
        detail: Option<String>,
        /// How often it was tried.
        attempts: Attempts,
    },
    /// 401 or 403, and no credentials that help.
    #[error("{url} answered {status}: {}{}", Asked { host, status: *.status, refused: *.refused }, Detail(.detail))]
    Unauthorized {
        /// What was wanted.
        url: ShownUrl,
        /// Who asks for credentials, with the port unless it is the usual one.
        host: String,
        /// 401 or 403.
        status: u16,
        /// Whether credentials were sent.
        refused: bool,
        /// Why the keyring gave none, or the first line of what the server says about it.
        detail: Option<String>,
    },
    /// A redirect after many.
    #[error("{url} redirects more than {limit} times")]
    TooManyRedirects {
        /// What was wanted.
        url: ShownUrl,
        /// How many are followed.
        limit: u32,
    },
    /// A redirect from `https` to `http`, or to something that is no URL of either.
    #[error("{url} redirects to {target}, which is not followed: {why}")]
    BadRedirect {
        /// Who redirects.
        url: ShownUrl,
        /// Where to.
        target: String,
        /// Why not.
        why: &'static str,
    },
    /// The content broke off.
    #[error("{url} broke off after {received} bytes{}: {cause}{attempts}", Of(*.expected))]
    Truncated {
        /// What was wanted.
        url: ShownUrl,
        /// How much came.
        received: u64,
        /// How much was announced.
        expected: Option<u64>,
        /// In a few words.
        cause: String,
        /// How often it was tried.
        attempts: Attempts,
    },
    /// More content than is accepted.
    #[error("{url} is larger than the {limit} bytes that are accepted")]
    TooLarge {
        /// What was wanted.
        url: ShownUrl,
        /// The most bytes that are accepted.
        limit: u64,
    },
    /// Another size than the index says.
    #[error("{url} has {found} bytes where {expected} were expected")]
    WrongSize {
        /// What was wanted.
        url: ShownUrl,
        /// What the index says.
        expected: u64,
        /// What came or was announced.
        found: u64,
    },
    /// A reply that makes no sense.
    #[error("{url} gave a reply that cannot be used: {what}{attempts}")]
    Reply {
        /// What was wanted.
        url: ShownUrl,
        /// What is wrong with it.
        what: String,
        /// How often it was tried.
        attempts: Attempts,
    },
    /// A request header that is no header (a spoilt cache entry).
    #[error("the `{name}` header for {url} has characters that a header cannot have")]
    Header {
        /// What was wanted.
        url: ShownUrl,
        /// The header.
        name: String,
    },
    /// The sink of a download failed.
    #[error("could not store what came from {url}: {source}")]
    Sink {
        /// What was wanted.
        url: ShownUrl,
        /// Why.
        source: io::Error,
    },
    /// The trusted roots or the client could not be set up.
    #[error("cannot make secure connections: {what}")]
    Setup {
        /// What is wrong.
        what: String,
    },
    /// A mirror that answers in place of the network does not have it.
    #[error("the mirror at `{mirror}` does not have {what}")]
    NotHeld {
        /// What was wanted: a package, a URL, a file.
        what: String,
        /// The mirror, as the user names it.
        mirror: String,
    },
    /// A file of a mirror that is not what it should be.
    #[error("{file} has SHA-256 {found}, expected {expected}")]
    Altered {
        /// The file.
        file: String,
        /// What it has.
        found: String,
        /// What it should have.
        expected: String,
    },
    /// A file of a mirror that could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// An environment variable with a value that it cannot have.
    #[error("the environment variable {name} is `{value}`, but it can only be {allowed}")]
    Setting {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it can be.
        allowed: &'static str,
    },
}

/// What was waited for when time ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// A connection.
    Connect,
    /// The beginning of a reply.
    Reply,
    /// The next part of the content.
    Content,
}

impl Phase {
    fn missed(self) -> &'static str {
        match self {
            Self::Connect => "could not be connected to",
            Self::Reply => "gave no answer",
            Self::Content => "sent nothing more",
        }
    }
}

impl NetError {
    /// The status that the server gave, where that is the error.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } | Self::Unauthorized { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// What the user can do about it, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Offline { .. } => {
                "leave out `--offline`, or run the command once with the network".to_owned()
            }
            Self::NotHeld { mirror, .. } => {
                format!("run `mochi py mirror {mirror}` again, with the network")
            }
            Self::Altered { .. } => {
                "the mirror is damaged: run `mochi py mirror` on it again, with the network"
                    .to_owned()
            }
            Self::Unreachable { .. } | Self::Timeout { .. } => {
                "check the network, the URL, and HTTPS_PROXY if there is a proxy".to_owned()
            }
            Self::Tls { .. } => {
                "if the host or a proxy uses roots of its own, name them in SSL_CERT_FILE"
                    .to_owned()
            }
            Self::Setup { .. } => {
                "check SSL_CERT_FILE and SSL_CERT_DIR, or install the system's CA certificates"
                    .to_owned()
            }
            Self::Unauthorized { host, refused, .. } => credentials_hint(host, *refused),
            Self::Status { status: 407, .. } => {
                "give the proxy's user and password in HTTPS_PROXY".to_owned()
            }
            Self::Status {
                status: 404 | 410, ..
            } => {
                "it is not there (any more): check the address; for a file that a lock names, run \
                 `mochi py lock --upgrade-package` with its package"
                    .to_owned()
            }
            Self::Status {
                status: 429 | 500..=599,
                ..
            } => "the server has trouble: try again later".to_owned(),
            Self::Truncated { .. } => {
                "try again; if it stays so, the server is at fault".to_owned()
            }
            Self::WrongSize { .. } => {
                "the index and the file disagree: the file was replaced or damaged".to_owned()
            }
            _ => return None,
        })
    }

    /// The same error after so many tries.
    pub(crate) fn after(mut self, times: u32) -> Self {
        match &mut self {
            Self::Unreachable { attempts, .. }
            | Self::Timeout { attempts, .. }
            | Self::Tls { attempts, .. }
            | Self::Status { attempts, .. }
            | Self::Truncated { attempts, .. }
            | Self::Reply { attempts, .. } => *attempts = Attempts(times),
            _ => {}
        }
        self
    }
}

/// How to give credentials for a host.
fn credentials_hint(host: &str, refused: bool) -> String {
    let machine = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let give = format!(
        "as `https://USER:PASSWORD@{host}/…` in the index's URL, by `machine {machine} login USER \
         password PASSWORD` in ~/.netrc, or with MOCHI_KEYRING_PROVIDER=subprocess and the user \
         name in the URL"
    );
    if refused {
        format!("check the user name and password, or the token's rights; they are given {give}")
    } else {
        format!("give a user name and password {give}")
    }
}

/// ` (what the server says)`.
struct Detail<'a>(&'a Option<String>);

impl fmt::Display for Detail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .as_ref()
            .map_or(Ok(()), |text| write!(f, " ({text})"))
    }
}

/// ` of 12`.
struct Of(Option<u64>);

impl fmt::Display for Of {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |total| write!(f, " of {total}"))
    }
}

/// What a 401 or 403 means.
struct Asked<'a> {
    host: &'a str,
    status: u16,
    refused: bool,
}

impl fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host;
        match (self.refused, self.status) {
            (true, _) => write!(f, "{host} does not accept the credentials it was given"),
            (false, 401) => write!(f, "{host} wants credentials, and none were found"),
            (false, _) => write!(
                f,
                "{host} refuses access, and no credentials for it were found"
            ),
        }
    }
}
