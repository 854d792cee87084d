//! Where an index takes uploads, and where it lists what it has.

use url::{Host, Url};

/// An index that is published to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Its name in messages: what the user called it.
    pub name: String,
    /// Where files are sent.
    pub upload: Url,
    /// Where a project's page may be, the likeliest first: addresses that a project's name and a `/`
    /// are put behind.
    pub simple: Vec<Url>,
    /// The Warehouse of this bare name, whose rules are known.
    pub warehouse: Option<String>,
}

/// Why text is no index to publish to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// It is neither a bare name nor a URL.
    #[error(
        "`{index}` is no index to publish to: give a bare name such as `pypi`, the name of an index \
         of the manifest, or the http or https URL that takes uploads"
    )]
    Unknown {
        /// What was given.
        index: String,
    },
    /// It is what a host is called, and not an index.
    #[error(
        "`{index}` is the name of a host and no index to publish to: give the URL that takes uploads, \
         such as https://{index}/legacy/, or a bare name such as `pypi`"
    )]
    Host {
        /// What was given.
        index: String,
    },
    /// It has a user or a password in it.
    #[error(
        "the URL of the index `{index}` has a user name or a password in it, which others can read in \
         the list of processes and in logs: leave it out, and use MOCHI_PUBLISH_TOKEN, \
         MOCHI_PUBLISH_USERNAME with MOCHI_PUBLISH_PASSWORD, the keyring or ~/.netrc"
    )]
    Userinfo {
        /// The URL without them.
        index: String,
    },
    /// It is plain HTTP to another machine.
    #[error(
        "`{index}` is plain http, by which everybody on the way could read the password and change \
         the files: use https"
    )]
    Plain {
        /// The URL.
        index: String,
    },
}

impl Address {
    /// The Warehouse of a bare name, the index of the manifest that has `name` (with its `listed`
    /// address, one to install from), or a URL that takes uploads.
    ///
    /// Most index servers take uploads right above `simple/`, so that is where a listed address leads.
    ///
    /// # Errors
    /// It is none of these, or one that nothing should be sent to.
    pub fn find(name: &str, listed: Option<&str>) -> Result<Self, AddressError> {
        let address = listed.unwrap_or(name);
        if is_bare(address) {
            if is_host(address) {
                let index = address.to_owned();
                return Err(AddressError::Host { index });
            }
            return warehouse(name, address);
        }
        let unknown = || AddressError::Unknown {
            index: without_user(address),
        };
        let mut url = Url::parse(address).map_err(|_| unknown())?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(unknown());
        }
        url.set_fragment(None);
        if !url.username().is_empty() || url.password().is_some() {
            let index = without_user(address);
            return Err(AddressError::Userinfo { index });
        }
        if !is_private(&url) {
            let index = url.to_string();
            return Err(AddressError::Plain { index });
        }
        let (upload, simple) = match listed {
            Some(_) => above(&url),
            None => {
                let simple = beside(&url);
                (url, simple)
            }
        };
        // What is asked for by a query may be a key.
        let name = match (listed, upload.query()) {
            (None, Some(_)) => with_path(&upload, upload.path()).to_string(),
            _ => name.to_owned(),
        };
        Ok(Self {
            name,
            upload,
            simple,
            warehouse: None,
        })
    }

    /// Where files are sent, as it may be shown: a query may be a key.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut text = with_path(&self.upload, self.upload.path()).to_string();
        if self.upload.query().is_some_and(|query| !query.is_empty()) {
            text.push_str("?…");
        }
        text
    }

    /// An address of the API below `/_/` on the host that takes uploads.
    #[must_use]
    pub fn api(&self, path: &str) -> Url {
        let mut url = self.upload.clone();
        url.set_path(path);
        url.set_query(None);
        url
    }

    /// The places where a project's page may be.
    pub fn pages(&self, project: &str) -> impl Iterator<Item = Url> {
        self.simple.iter().map(move |base| {
            let mut url = base.clone();
            url.set_path(&format!("{}{project}/", base.path()));
            url
        })
    }
}

/// Whether nobody on the way can listen: TLS, or this machine.
#[must_use]
pub(crate) fn is_private(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || here
}

fn is_bare(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    name.bytes().all(plain) && edge(bytes.first()) && edge(bytes.last()) && !name.contains("..")
}

/// Whether a bare name is a host's. `.org` would be put behind it, and whoever has that name would
/// get the token.
fn is_host(name: &str) -> bool {
    let Some((_, last)) = name.rsplit_once('.') else {
        return name.eq_ignore_ascii_case("localhost");
    };
    let known = ["org", "com", "net", "io", "dev", "local", "internal"];
    let number = last.bytes().all(|byte| byte.is_ascii_digit());
    number || known.iter().any(|known| last.eq_ignore_ascii_case(known))
}

/// The Warehouse of a bare name: its main instance takes uploads on a host of their own, the others,
/// whose names have a dot, on their only one.
fn warehouse(name: &str, bare: &str) -> Result<Address, AddressError> {
    let host = match bare.contains('.') {
        true => format!("{bare}.org"),
        false => format!("upload.{bare}.org"),
    };
    let parse = |text: String| {
        Url::parse(&text).map_err(|_| AddressError::Unknown {
            index: name.to_owned(),
        })
    };
    Ok(Address {
        name: name.to_owned(),
        upload: parse(format!("https://{host}/legacy/"))?,
        simple: vec![parse(format!("https://{bare}.org/simple/"))?],
        warehouse: Some(bare.to_owned()),
    })
}

/// The upload address of an address to install from, and that address.
fn above(simple: &Url) -> (Url, Vec<Url>) {
    let path = simple.path().trim_end_matches('/');
    let listing = with_path(simple, &format!("{path}/"));
    let parent = path
        .strip_suffix("/+simple")
        .or_else(|| path.strip_suffix("/simple"));
    let upload = parent.map_or_else(
        || listing.clone(),
        |parent| with_path(simple, &format!("{parent}/")),
    );
    (upload, vec![listing])
}

/// Where the index of an upload address may list what it has.
fn beside(upload: &Url) -> Vec<Url> {
    let path = upload.path().trim_end_matches('/');
    let at = |path: String| with_path(upload, &path);
    if let Some(parent) = path.strip_suffix("/legacy") {
        return vec![at(format!("{parent}/simple/"))];
    }
    let (plain, plus) = (
        at(format!("{path}/simple/")),
        at(format!("{path}/+simple/")),
    );
    // devpi has its indexes at `/user/index/`.
    match path.split('/').count() {
        3 => vec![plus, plain],
        _ => vec![plain, plus],
    }
}

fn with_path(url: &Url, path: &str) -> Url {
    let mut url = url.clone();
    url.set_path(path);
    url.set_query(None);
    url
}

/// The text without what may be a password.
fn without_user(text: &str) -> String {
    match (text.find("//"), text.rfind('@')) {
        (Some(start), Some(end)) if start + 2 <= end => {
            format!("{}{}", &text[..start + 2], &text[end + 1..])
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, listed: Option<&str>) -> (String, Vec<String>) {
        let address = Address::find(name, listed).unwrap();
        let simple = address.simple.iter().map(Url::to_string).collect();
        (address.upload.to_string(), simple)
    }

    #[test]
    fn bare_names_are_warehouses() {
        assert_eq!(
            found("example", None),
            (
                "https://upload.example.org/legacy/".to_owned(),
                vec!["https://example.org/simple/".to_owned()]
            )
        );
        assert_eq!(
            found("test.example", None),
            (
                "https://test.example.org/legacy/".to_owned(),
                vec!["https://test.example.org/simple/".to_owned()]
            )
        );
        let named = Address::find("main", Some("example")).unwrap();
        assert_eq!(named.warehouse.as_deref(), Some("example"));
        assert_eq!(named.name, "main");
    }

    #[test]
    fn urls_take_uploads_and_tell_where_pages_are() {
        for (url, simple) in [
            (
                "https://a.example/legacy/",
                vec!["https://a.example/simple/"],
            ),
            (
                "https://a.example/",
                vec!["https://a.example/simple/", "https://a.example/+simple/"],
            ),
            (
                "https://a.example/user/index/",
                vec![
                    "https://a.example/user/index/+simple/",
                    "https://a.example/user/index/simple/",
                ],
            ),
            (
                "http://127.0.0.1:8080/legacy",
                vec!["http://127.0.0.1:8080/simple/"],
            ),
        ] {
            let simple: Vec<String> = simple.into_iter().map(str::to_owned).collect();
            assert_eq!(found(url, None), (url.to_owned(), simple));
        }
        let address = Address::find("https://a.example/legacy/", None).unwrap();
        let pages: Vec<String> = address.pages("demo").map(String::from).collect();
        assert_eq!(pages, ["https://a.example/simple/demo/"]);
        assert_eq!(
            address.api("/_/oidc/audience").as_str(),
            "https://a.example/_/oidc/audience"
        );
    }

    #[test]
    fn a_query_is_sent_and_not_shown() {
        let address = Address::find("https://a.example/legacy/?key=s3cret", None).unwrap();
        assert_eq!(address.upload.query(), Some("key=s3cret"));
        assert_eq!(address.shown(), "https://a.example/legacy/?…");
        assert_eq!(address.name, "https://a.example/legacy/");
    }

    #[test]
    fn an_index_of_the_manifest_takes_uploads_above_its_pages() {
        for (listed, upload) in [
            ("https://a.example/simple/", "https://a.example/"),
            (
                "https://a.example/api/pypi/repo/simple",
                "https://a.example/api/pypi/repo/",
            ),
            (
                "https://a.example/user/index/+simple/",
                "https://a.example/user/index/",
            ),
            ("https://a.example/files/", "https://a.example/files/"),
        ] {
            assert_eq!(found("corp", Some(listed)).0, upload);
        }
    }

    #[test]
    fn what_is_no_index_is_told_without_its_password() {
        for (index, told) in [
            ("ftp://a.example/", "no index"),
            ("./folder", "no index"),
            ("", "no index"),
            ("-x", "no index"),
            ("example.org", "https://example.org/legacy/"),
            ("files.Example.COM", "name of a host"),
            ("127.0.0.1", "name of a host"),
            ("localhost", "name of a host"),
            ("http://a.example/legacy/", "plain http"),
            ("https://u:s3cret@a.example/legacy/", "MOCHI_PUBLISH_TOKEN"),
            ("https://u:s3cret@a.exa mple/legacy/", "no index"),
        ] {
            let error = Address::find(index, None).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
