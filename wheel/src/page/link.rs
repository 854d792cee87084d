//! Links of a page: made absolute, cleared of their fragment, and the hash read from it.

use std::borrow::Cow;

use url::Url;

use super::Sha256;

/// Longest URL kept.
const MAX_URL: usize = 16 * 1024;

/// Makes the links of one page absolute.
pub(super) struct Links {
    base: Url,
    /// The base up to its last slash, what a plain relative link is appended to, and where its
    /// path begins; for the web only, since files have drives.
    folder: Option<(String, usize)>,
}

/// What a link's fragment, or a file's `hashes`, say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Hashes<'a> {
    pub(super) sha256: Option<Sha256>,
    /// Set where `sha256` is not: the name of an algorithm that was given.
    pub(super) unusable: Option<Cow<'a, str>>,
}

impl<'a> Hashes<'a> {
    /// Takes one more hash; false where it claims to be a SHA-256 and is not.
    pub(super) fn take(&mut self, algorithm: Cow<'a, str>, value: &str) -> bool {
        if algorithm != "sha256" {
            if self.sha256.is_none() && self.unusable.is_none() {
                self.unusable = Some(algorithm);
            }
            return true;
        }
        self.unusable = None;
        self.sha256 = Sha256::from_hex(value);
        self.sha256.is_some()
    }
}

impl Links {
    pub(super) fn new(base: &Url) -> Self {
        let folder = matches!(base.scheme(), "http" | "https")
            .then(|| base.join(".").ok())
            .flatten()
            .map(|folder| {
                let path = folder[..url::Position::BeforePath].len();
                (String::from(folder), path)
            });
        Self {
            base: base.clone(),
            folder,
        }
    }

    /// Links that are relative to `href`, itself relative to this base (`<base href>`).
    pub(super) fn rebased(&self, href: &str) -> Option<Self> {
        self.base.join(href).ok().map(|base| Self::new(&base))
    }

    /// The absolute URL of a link without fragment, if it is one that can be fetched: http,
    /// https, or file. A page from the network does not get to name local files.
    pub(super) fn resolve<'a>(&self, link: Cow<'a, str>) -> Option<Cow<'a, str>> {
        if link.len() > MAX_URL {
            return None;
        }
        // `Url::join` costs most of a page's time, and nearly every link is already as it
        // would be written back.
        if is_plain_absolute(&link) {
            return Some(link);
        }
        if let Some(url) = self
            .folder
            .as_ref()
            .and_then(|folder| joined(folder, &link))
        {
            return Some(url.into());
        }
        let url = self.base.join(&link).ok()?;
        self.fetchable(&url).then(|| String::from(url).into())
    }

    fn fetchable(&self, url: &Url) -> bool {
        match url.scheme() {
            "http" | "https" => true,
            "file" => self.base.scheme() == "file",
            _ => false,
        }
    }
}

/// Splits a link at its fragment.
pub(super) fn split_fragment<'a>(link: Cow<'a, str>) -> (Cow<'a, str>, Option<Cow<'a, str>>) {
    match link.find('#') {
        None => (link, None),
        Some(at) => match link {
            Cow::Borrowed(text) => (text[..at].into(), Some(text[at + 1..].into())),
            Cow::Owned(mut text) => {
                let fragment = text.split_off(at + 1);
                text.truncate(at);
                (text.into(), Some(fragment.into()))
            }
        },
    }
}

/// The hash that a fragment gives, as `sha256=<hex>`, possibly among other `key=value` parts;
/// `None` where a SHA-256 is stated and is not one.
pub(super) fn fragment_hashes(fragment: &str) -> Option<Hashes<'static>> {
    const OTHERS: [&str; 6] = ["md5", "sha1", "sha224", "sha384", "sha512", "blake2b"];
    let mut hashes = Hashes::default();
    for (key, value) in fragment.split('&').filter_map(|part| part.split_once('=')) {
        let known = key == "sha256" || OTHERS.contains(&key);
        if known && !hashes.take(key.to_owned().into(), value) {
            return None;
        }
    }
    Some(hashes)
}

/// The last segment of a URL's path, percent-decoded once; `None` where that is not UTF-8.
pub(super) fn last_segment<'a>(url: &Cow<'a, str>) -> Option<Cow<'a, str>> {
    let end = url.find('?').unwrap_or(url.len());
    let start = url[..end].rfind('/')? + 1;
    let segment: Cow<'a, str> = match url {
        Cow::Borrowed(text) => text[start..end].into(),
        Cow::Owned(text) => text[start..end].to_owned().into(),
    };
    if segment.contains('%') {
        percent_decoded(&segment).map(Cow::Owned)
    } else {
        Some(segment)
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let pair = (hex(bytes.get(at + 1)), hex(bytes.get(at + 2)));
        if let (b'%', (Some(high), Some(low))) = (byte, pair) {
            // Two hexadecimal digits make at most 255.
            decoded.push((high * 16 + low) as u8);
            at += 3;
        } else {
            decoded.push(byte);
            at += 1;
        }
    }
    String::from_utf8(decoded).ok()
}

/// Whether parsing and writing an absolute URL would change nothing. False for many that are
/// fine as well: only the common shape has to be fast.
fn is_plain_absolute(link: &str) -> bool {
    let Some(rest) = link
        .strip_prefix("https://")
        .or_else(|| link.strip_prefix("http://"))
    else {
        return false;
    };
    let Some(slash) = rest.find('/') else {
        return false;
    };
    let (host, path) = rest.split_at(slash);
    is_plain_host(host) && is_plain_path(path)
}

fn is_plain_host(host: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    // A last label of digits is an IP address, and `xn--` is checked as IDNA asks for.
    let last = host.rsplit('.').next().unwrap_or_default();
    last.starts_with(|c: char| c.is_ascii_lowercase())
        && host
            .split('.')
            .all(|label| !label.is_empty() && label.bytes().all(allowed) && !label.contains("--"))
}

/// A folder's URL joined with a plain relative link, `../` at its start resolved.
fn joined((folder, path): &(String, usize), mut link: &str) -> Option<String> {
    let mut folder = folder.as_str();
    while let Some(rest) = link.strip_prefix("../") {
        let above = folder[*path..folder.len() - 1].rfind('/');
        folder = above.map_or(folder, |slash| &folder[..=*path + slash]);
        link = rest;
    }
    is_plain_relative(link).then(|| [folder, link].concat())
}

fn is_plain_relative(link: &str) -> bool {
    !link.is_empty()
        && !link.starts_with(['/', '.', '%'])
        && !link.contains(':')
        && is_plain_path(link)
}

/// Path bytes that are written as they are, without segments that a URL parser resolves.
fn is_plain_path(path: &str) -> bool {
    let mut before = 0;
    for byte in path.bytes() {
        let plain = PLAIN[usize::from(byte)];
        // `/.` and `/%2e` may begin a dot segment.
        if !plain || (before == b'/' && matches!(byte, b'.' | b'%')) {
            return false;
        }
        before = byte;
    }
    true
}

const PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let c = byte as u8;
        table[byte] = c.is_ascii_alphanumeric()
            || matches!(
                c,
                b'-' | b'.'
                    | b'_'
                    | b'~'
                    | b'!'
                    | b'$'
                    | b'&'
                    | b'('
                    | b')'
                    | b'*'
                    | b'+'
                    | b','
                    | b';'
                    | b'='
                    | b':'
                    | b'@'
                    | b'/'
                    | b'%'
            );
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    fn links(base: &str) -> Links {
        Links::new(&Url::parse(base).unwrap())
    }

    const SCHEMES: &[&str] = &[
        "", "http://", "https://", "HTTPS://", "file://", "ftp://", "//", "https:/",
    ];

    const HOSTS: &[&str] = &[
        "",
        "e.org",
        "E.org",
        "e.org:443",
        "e.org:8080",
        "u:p@e.org",
        "127.1",
        "1.2.3.4",
        "e..org",
        "xn--a.org",
        "e.0x7f",
        "e.org.",
        "a_b.org",
        "[::1]",
        "é.org",
        "-e.org",
    ];

    const PATHS: &[&str] = &[
        "",
        "/",
        "/a/b.whl",
        "/a%20b",
        "/a b",
        "/./a",
        "/../a",
        "/%2e/a",
        "/a/..",
        "/.a",
        "/a..b",
        "/a?x=1",
        "/a\\b",
        "/é",
        "/a\tb",
        "//a",
        "a.whl",
        "a:b",
        "/a%2",
        "/a|b^c",
        "/'",
        "/a+b%2Bc.whl",
        "a/../b",
        "%2e%2e/a",
        "./a",
        "../a",
        " a",
        "/{a}",
        "/a;b=c,d",
    ];

    /// The fast paths must give exactly what `Url::join` gives.
    #[test]
    fn fast_paths_agree_with_url_join() {
        let base = "https://example.org/simple/a/?q#f";
        let mut fast = 0;
        for base in [
            base,
            "file:///srv/simple/a/index.html",
            "https://u:p@e.org/s",
        ] {
            let links = links(base);
            for scheme in SCHEMES {
                for host in HOSTS {
                    for path in PATHS {
                        let text = [*scheme, host, path].concat();
                        fast += usize::from(is_plain_absolute(&text) || is_plain_relative(&text));
                        let slow = links
                            .base
                            .join(&text)
                            .ok()
                            .filter(|url| links.fetchable(url));
                        let slow = slow.map(String::from);
                        // An empty link is the page itself, whose own fragment is dropped by
                        // `join` too.
                        let got = links.resolve(Cow::Borrowed(&text)).map(Cow::into_owned);
                        assert_eq!(got, slow, "{text:?} on {base}");
                    }
                }
            }
        }
        for link in [
            "../../../../a.whl",
            "../../a/b.whl",
            "../.a",
            "../",
            "..",
            "../../../",
        ] {
            let expected = String::from(links(base).base.join(link).unwrap());
            assert_eq!(links(base).resolve(link.into()).unwrap(), expected);
        }
        assert!(fast > 50, "the fast paths were hardly taken: {fast}");
    }

    #[test]
    fn only_what_can_be_fetched_is_kept() {
        let web = links("https://example.org/simple/a/");
        for bad in [
            "mailto:a@example.org",
            "javascript:0",
            "data:,x",
            "file:///etc/passwd",
            "ftp://e/a",
        ] {
            assert_eq!(web.resolve(bad.into()), None, "{bad}");
        }
        let long = format!("/{}", "a".repeat(MAX_URL));
        assert_eq!(web.resolve(long.into()), None);
        let disk = links("file:///srv/simple/a/index.html");
        let expected = "file:///srv/simple/a/a.whl";
        assert_eq!(disk.resolve("a.whl".into()).unwrap(), expected);
        assert_eq!(disk.resolve("file:///x".into()).unwrap(), "file:///x");
        let nowhere = links("data:text/html,x");
        assert_eq!(nowhere.resolve("a.whl".into()), None);
    }

    #[test]
    fn fragments_are_split_and_read() {
        for link in [Cow::Borrowed("u#a#b"), Cow::Owned("u#a#b".to_owned())] {
            let (url, fragment) = split_fragment(link);
            assert_eq!((&*url, fragment.as_deref()), ("u", Some("a#b")));
        }
        assert_eq!(split_fragment("u".into()), ("u".into(), None));

        let hex = "0f".repeat(32);
        let sha256 = Sha256::from_hex(&hex);
        let read = |text: &str| fragment_hashes(text).map(|h| (h.sha256, h.unusable));
        assert_eq!(read(&format!("sha256={hex}")), Some((sha256, None)));
        assert_eq!(
            read(&format!("egg=a&md5=x&sha256={hex}")),
            Some((sha256, None))
        );
        assert_eq!(read(&format!("sha256={hex}&md5=x")), Some((sha256, None)));
        assert_eq!(read("md5=x"), Some((None, Some("md5".into()))));
        assert_eq!(read("egg=a"), Some((None, None)));
        assert_eq!(read("sha256=abc"), None);
    }

    #[test]
    fn names_are_decoded_once() {
        let name = |url: &'static str| last_segment(&Cow::Borrowed(url)).map(Cow::into_owned);
        assert_eq!(name("https://e.org/a/b.whl").as_deref(), Some("b.whl"));
        assert_eq!(
            name("https://e.org/a/b%2Bc.whl?x=/y").as_deref(),
            Some("b+c.whl")
        );
        assert_eq!(name("https://e.org/a%252Fb").as_deref(), Some("a%2Fb"));
        assert_eq!(
            name("https://e.org/100%25%zz%").as_deref(),
            Some("100%%zz%")
        );
        assert_eq!(name("https://e.org/a%ff"), None);
    }
}
