//! Downloads that break, and what the sink has in the end.

use std::io;

use super::*;
use crate::io::net::{Download, NetError, Sink};

/// Keeps the bytes, and counts what it is told.
#[derive(Default)]
struct Memory {
    bytes: Vec<u8>,
    restarts: usize,
    total: Option<u64>,
    room: Option<usize>,
}

impl Sink for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self
            .room
            .is_some_and(|room| self.bytes.len() + bytes.len() > room)
        {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "no space"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn restart(&mut self) -> io::Result<()> {
        self.bytes.clear();
        self.restarts += 1;
        Ok(())
    }

    fn total(&mut self, bytes: u64) {
        self.total = Some(bytes);
    }
}

fn file(url: &Url) -> Download {
    Download {
        url: url.clone(),
        max_bytes: 1 << 30,
        expected_size: None,
    }
}

/// The part of `whole` that a request asks for.
fn part_of(whole: &str, seen: &Seen) -> Page {
    match seen.header("range").strip_prefix("bytes=") {
        Some(range) => {
            let first: usize = range.trim_end_matches('-').parse().unwrap();
            let place = format!("bytes {first}-{}/{}", whole.len() - 1, whole.len());
            page(206, &whole[first..]).header("Content-Range", place)
        }
        None => page(200, whole),
    }
}

#[test]
fn a_file_comes_in_one_go() {
    run(async {
        let server =
            Server::start(|_, _| page(200, "0123456789").header("ETag", "\"v1\"").send()).await;
        let mut sink = Memory::default();
        let what = Download {
            expected_size: Some(10),
            ..file(&server.at("a.whl"))
        };
        let done = net().download(&what, &mut sink).await.unwrap();
        assert_eq!((done.bytes, done.etag.as_deref()), (10, Some("\"v1\"")));
        assert_eq!(done.final_url, server.at("a.whl"));
        assert_eq!(
            (&sink.bytes[..], sink.total, sink.restarts),
            (&b"0123456789"[..], Some(10), 0)
        );
        assert_eq!(server.headers("range"), [""]);
        assert_eq!(server.headers("accept-encoding"), ["identity"]);
    });
}

#[test]
fn it_goes_on_where_it_broke() {
    run(async {
        let server = Server::start(|seen, nth| {
            let page = part_of("0123456789", seen).header("ETag", "\"v1\"");
            match nth {
                0 => page.cut(3),
                1 => page.reset(2),
                2 => page.hang(1),
                _ => page.send(),
            }
        })
        .await;
        let what = file(&server.url);
        // As a task of its own, which is how callers run many.
        let task = tokio::spawn(async move {
            let mut sink = Memory::default();
            let net = Net::new(impatient(), NetEnv::default(), None);
            (net.download(&what, &mut sink).await.unwrap(), sink)
        });
        let (done, sink) = task.await.unwrap();
        assert_eq!(
            (done.bytes, &sink.bytes[..], sink.restarts),
            (10, &b"0123456789"[..], 0)
        );
        assert_eq!(
            server.headers("range"),
            ["", "bytes=3-", "bytes=5-", "bytes=6-"]
        );
        assert_eq!(server.headers("if-range")[1..], ["\"v1\""; 3]);
    });
}

#[test]
fn a_weak_etag_does_not_vouch_for_bytes() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    run(async {
        let server = Server::start(move |seen, nth| {
            let page = part_of("0123456789", seen)
                .header("ETag", "W/\"v1\"")
                .header("Last-Modified", date);
            if nth == 0 { page.cut(3) } else { page.send() }
        })
        .await;
        let mut sink = Memory::default();
        net().download(&file(&server.url), &mut sink).await.unwrap();
        assert_eq!(&sink.bytes[..], b"0123456789");
        assert_eq!(server.headers("if-range"), ["", date]);
    });
}

#[test]
fn another_file_starts_again() {
    run(async {
        // The server has a new file by the second request, and says so by sending all of it.
        let server = Server::start(|seen, nth| match (nth, seen.header("if-range")) {
            (0, _) => page(200, "old old").header("ETag", "\"v1\"").cut(4),
            (_, "\"v1\"") => page(200, "new content").header("ETag", "\"v2\"").send(),
            other => panic!("{other:?}"),
        })
        .await;
        let mut sink = Memory::default();
        let done = net().download(&file(&server.url), &mut sink).await.unwrap();
        assert_eq!((&sink.bytes[..], sink.restarts), (&b"new content"[..], 1));
        assert_eq!((done.bytes, done.etag.as_deref()), (11, Some("\"v2\"")));
    });
}

#[test]
fn a_part_that_does_not_fit_is_not_taken() {
    for (place, etag) in [
        ("bytes 2-9/10", "\"v1\""),
        ("bytes 4-10/11", "\"v1\""),
        ("bytes 4-9/10", "\"v2\""),
        ("nonsense", "\"v1\""),
    ] {
        run(async {
            let server = Server::start(move |_, nth| match nth {
                0 => page(200, "0123456789").header("ETag", "\"v1\"").cut(4),
                1 => page(206, "xxxxxx")
                    .header("Content-Range", place)
                    .header("ETag", etag)
                    .send(),
                _ => page(200, "0123456789").send(),
            })
            .await;
            let mut sink = Memory::default();
            net().download(&file(&server.url), &mut sink).await.unwrap();
            assert_eq!(
                (&sink.bytes[..], sink.restarts),
                (&b"0123456789"[..], 1),
                "{place}"
            );
            assert_eq!(server.headers("range"), ["", "bytes=4-", ""]);
        });
    }
}

#[test]
fn nothing_left_to_send_is_the_end() {
    run(async {
        // Chunked, and broken where only the last chunk's end is missing.
        let server = Server::start(|_, nth| match nth {
            0 => {
                let head = "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nTransfer-Encoding: chunked\r\n\r\n";
                Act::Send(format!("{head}5\r\n01234\r\n").into_bytes())
            }
            _ => page(416, "").header("Content-Range", "bytes */5").send(),
        })
        .await;
        let mut sink = Memory::default();
        let what = Download {
            expected_size: Some(5),
            ..file(&server.url)
        };
        let done = net().download(&what, &mut sink).await.unwrap();
        assert_eq!(
            (done.bytes, &sink.bytes[..], server.asked()),
            (5, &b"01234"[..], 2)
        );
    });
}

#[test]
fn a_range_beyond_the_end_starts_again() {
    run(async {
        let server = Server::start(|_, nth| match nth {
            0 => page(200, "0123456789").header("ETag", "\"v1\"").cut(4),
            1 => page(416, "").header("Content-Range", "bytes */3").send(),
            _ => page(200, "abc").send(),
        })
        .await;
        let mut sink = Memory::default();
        net().download(&file(&server.url), &mut sink).await.unwrap();
        assert_eq!((&sink.bytes[..], sink.restarts), (&b"abc"[..], 1));
    });
}

#[test]
fn without_any_mark_of_the_file_it_starts_again() {
    run(async {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let server = Server::start(move |_, nth| match nth {
            0 => Act::Send(format!("{head}3\r\n012\r\n").into_bytes()),
            _ => page(200, "01234").send(),
        })
        .await;
        let mut sink = Memory::default();
        net().download(&file(&server.url), &mut sink).await.unwrap();
        assert_eq!((&sink.bytes[..], sink.restarts), (&b"01234"[..], 1));
        assert_eq!(server.headers("range"), ["", ""]);
    });
}

#[test]
fn it_gives_up_when_nothing_moves() {
    run(async {
        let server = Server::start(|seen, _| part_of("0123456789", seen).cut(0)).await;
        let mut sink = Memory::default();
        let error = net()
            .download(&file(&server.url), &mut sink)
            .await
            .unwrap_err();
        assert_eq!(server.asked(), 4);
        assert!(
            matches!(error, NetError::Truncated { received: 0, .. }),
            "{error:?}"
        );
    });
}

#[test]
fn progress_renews_the_tries() {
    run(async {
        let whole = "x".repeat(8 << 20);
        let server = Server::start(move |seen, nth| {
            let page = part_of(&whole, seen);
            if nth < 7 {
                page.cut((1 << 20) + 1)
            } else {
                page.send()
            }
        })
        .await;
        let mut sink = Memory::default();
        let done = net().download(&file(&server.url), &mut sink).await.unwrap();
        assert_eq!(
            (done.bytes, sink.bytes.len(), server.asked()),
            (8 << 20, 8 << 20, 8)
        );
    });
}

#[test]
fn sizes_that_disagree_are_told_before_the_bytes() {
    run(async {
        let server = Server::start(|seen, _| match seen.target.as_str() {
            "/announced" => page(200, "0123456789").send(),
            _ => page(200, "0123456789").unannounced().send(),
        })
        .await;
        for (path, written) in [("announced", 0), ("unannounced", 10)] {
            let mut sink = Memory::default();
            let what = Download {
                expected_size: Some(9),
                ..file(&server.at(path))
            };
            let error = net().download(&what, &mut sink).await.unwrap_err();
            assert!(
                matches!(
                    error,
                    NetError::WrongSize {
                        expected: 9,
                        found: 10,
                        ..
                    }
                ),
                "{error:?}"
            );
            assert_eq!(sink.bytes.len(), written);
            let mut sink = Memory::default();
            let what = Download {
                max_bytes: 9,
                ..file(&server.at(path))
            };
            let error = net().download(&what, &mut sink).await.unwrap_err();
            assert!(
                matches!(error, NetError::TooLarge { limit: 9, .. }),
                "{error:?}"
            );
            assert!(sink.bytes.len() <= 9);
        }
        assert_eq!(server.asked(), 4);
    });
}

#[test]
fn the_sinks_trouble_is_not_the_servers() {
    run(async {
        let server = Server::start(|_, _| page(200, "0123456789").send()).await;
        let mut sink = Memory {
            room: Some(5),
            ..Memory::default()
        };
        let error = net()
            .download(&file(&server.url), &mut sink)
            .await
            .unwrap_err();
        assert!(matches!(error, NetError::Sink { .. }), "{error:?}");
        assert!(error.to_string().contains("no space"), "{error}");
        assert_eq!(server.asked(), 1);
    });
}

#[test]
fn a_missing_file_is_an_error() {
    run(async {
        let server = Server::start(|_, _| page(404, "").send()).await;
        let error = net()
            .download(&file(&server.url), &mut Memory::default())
            .await
            .unwrap_err();
        assert_eq!((error.status(), server.asked()), (Some(404), 1));
    });
}
