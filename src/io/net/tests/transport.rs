//! What answers in place of the network.

use std::path::Path;

use super::*;
use crate::io::cache::hex_sha256;
use crate::io::net::{Download, Held, NetError, NotThere, RangeSpec, Route, Sink, Transport};

/// Has one folder: `…/name` is the file `name` there, which must have a hash.
struct Folder {
    base: Url,
    sha256: Option<String>,
    needed: bool,
}

impl Transport for Folder {
    fn route(&self, url: &Url, _: Option<&str>) -> Result<Route, NetError> {
        let name = url.path_segments().and_then(Iterator::last);
        let none = self.base.join("none").expect("a URL");
        let place = self.base.join(name.unwrap_or_default()).expect("a URL");
        Ok(Route {
            places: vec![none, place],
            sha256: self.sha256.clone(),
            content_type: Some("text/plain"),
            absent: NotThere {
                what: "it".into(),
                mirror: "usb".into(),
            },
            needed: self.needed,
        })
    }

    fn held(&self, _: &str, _: Option<&str>) -> Option<Held> {
        None
    }

    fn lacks(&self, _: &str) -> Option<NetError> {
        None
    }

    fn has_provenance(&self, _: &Url) -> bool {
        false
    }
}

/// A client without the network, over a folder with `digits`.
fn over(folder: &Path, sha256: Option<String>, needed: bool) -> Net {
    std::fs::write(folder.join("digits"), "0123456789").expect("written");
    let options = NetOptions {
        offline: true,
        ..NetOptions::default()
    };
    let net = Net::new(options, NetEnv::default(), None);
    let base = Url::from_directory_path(folder).expect("absolute");
    net.answer_from(Arc::new(Folder {
        base,
        sha256,
        needed,
    }));
    net
}

fn at(name: &str) -> Get {
    let url = format!("https://example.org/a/{name}");
    Get::new(url.parse().expect("a URL"), 10)
}

#[test]
fn files_and_parts_of_them_come_as_from_a_server() {
    run(async {
        let folder = tempfile::tempdir().expect("a folder");
        let net = over(folder.path(), None, false);
        let whole = net.get(&at("digits")).await.expect("a reply");
        assert_eq!((whole.status, &*whole.body), (200, &b"0123456789"[..]));
        assert_eq!(whole.content_type.as_deref(), Some("text/plain"));
        assert_eq!(whole.final_url.as_str(), "https://example.org/a/digits");
        for (range, body, shown) in [
            (RangeSpec::Suffix(3), "789", "bytes 7-9/10"),
            (RangeSpec::FromTo(2, 4), "234", "bytes 2-4/10"),
            (RangeSpec::FromTo(8, 80), "89", "bytes 8-9/10"),
            (RangeSpec::From(9), "9", "bytes 9-9/10"),
            (RangeSpec::Suffix(30), "0123456789", "bytes 0-9/10"),
        ] {
            let part = net.get(&at("digits").range(range)).await.expect("a reply");
            assert_eq!((part.status, &*part.body), (206, body.as_bytes()));
            let found = part.content_range.map(|range| range.to_string());
            assert_eq!(found.as_deref(), Some(shown));
        }
        let beyond = at("digits").range(RangeSpec::From(10));
        assert_eq!(net.get(&beyond).await.expect("a reply").status, 200);
        let mut small = at("digits");
        small.max_bytes = 9;
        assert!(matches!(
            net.get(&small).await,
            Err(NetError::TooLarge { limit: 9, .. })
        ));
        assert_eq!(net.get(&at("other")).await.expect("a reply").status, 404);
        let head = net.head(&at("digits").url).await.expect("a reply");
        assert_eq!((head.status, head.content_length), (200, Some(10)));
    });
}

#[test]
fn what_must_be_there_and_is_not_is_an_error() {
    run(async {
        let folder = tempfile::tempdir().expect("a folder");
        let net = over(folder.path(), Some(hex_sha256(b"0123456789")), true);
        assert!(net.get(&at("digits")).await.is_ok());
        let error = net.get(&at("other")).await.expect_err("not there");
        assert_eq!(error.to_string(), "the mirror at `usb` does not have it");
        std::fs::write(folder.path().join("digits"), "0123456798").expect("written");
        let error = net.get(&at("digits")).await.expect_err("altered");
        assert!(matches!(error, NetError::Altered { .. }), "{error}");
    });
}

#[derive(Default)]
struct Kept(Vec<u8>);

impl Sink for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn restart(&mut self) -> std::io::Result<()> {
        self.0.clear();
        Ok(())
    }
}

#[test]
fn downloads_are_copied() {
    run(async {
        let folder = tempfile::tempdir().expect("a folder");
        let net = over(folder.path(), None, true);
        let mut what = Download {
            url: at("digits").url,
            max_bytes: 10,
            expected_size: Some(10),
        };
        let mut kept = Kept::default();
        let done = net.download(&what, &mut kept).await.expect("a file");
        assert_eq!((done.bytes, &*kept.0), (10, &b"0123456789"[..]));
        what.expected_size = Some(11);
        assert!(matches!(
            net.download(&what, &mut kept).await,
            Err(NetError::WrongSize { found: 10, .. })
        ));
        std::fs::remove_file(folder.path().join("digits")).expect("removed");
        assert!(matches!(
            net.download(&what, &mut kept).await,
            Err(NetError::NotHeld { .. })
        ));
    });
}
