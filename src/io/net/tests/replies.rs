//! What is a reply, and what is read of it.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::io::net::{ContentRange, NetError, RangeSpec};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_page_comes_compressed_and_with_its_head() {
    run(async {
        let server = Server::start(|_, _| {
            page(200, gzip(b"{}"))
                .header("Content-Encoding", "gzip")
                .header("Content-Type", "application/json")
                .header("ETag", "\"v1\"")
                .header("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")
                .header("Cache-Control", "max-age=600, public")
                .header("Age", "12")
                .send()
        })
        .await;
        let reply = net()
            .get(&get(&server.at("x")).accept("application/json"))
            .await
            .unwrap();
        assert_eq!(&reply.body[..], b"{}");
        assert_eq!(reply.final_url, server.at("x"));
        assert_eq!(reply.content_type.as_deref(), Some("application/json"));
        assert_eq!(reply.etag.as_deref(), Some("\"v1\""));
        assert_eq!(reply.cache.max_age, Some(Duration::from_secs(600)));
        assert_eq!(reply.age, Some(Duration::from_secs(12)));
        assert_eq!(server.headers("accept"), ["application/json"]);
        assert_eq!(server.headers("accept-encoding"), ["gzip"]);
        assert!(server.headers("user-agent")[0].starts_with("mochi/"));
    });
}

#[test]
fn a_known_page_is_not_sent_again() {
    run(async {
        let server = Server::start(|seen, _| match seen.header("if-none-match") {
            "\"v1\"" => page(304, "").unannounced().send(),
            _ => page(200, "new").send(),
        })
        .await;
        let date = "Sun, 06 Nov 1994 08:49:37 GMT".to_owned();
        let known = get(&server.url).unless(Some("\"v1\"".to_owned()), Some(date.clone()));
        let reply = net().get(&known).await.unwrap();
        assert_eq!((reply.status, reply.body.len()), (304, 0));
        assert_eq!(server.headers("if-modified-since"), [date]);
    });
}

#[test]
fn missing_is_a_reply() {
    for status in [404, 410] {
        run(async {
            let server = Server::start(move |_, _| page(status, "x".repeat(4096)).send()).await;
            let small = Get::new(server.url.clone(), 1);
            let reply = net().get(&small).await.unwrap();
            assert_eq!(
                (reply.status, reply.body.len(), server.asked()),
                (status, 0, 1)
            );
        });
    }
}

#[test]
fn parts_come_with_their_place() {
    run(async {
        let server = Server::start(|seen, _| match seen.header("range") {
            "bytes=-3" => page(206, "789")
                .header("Content-Range", "bytes 7-9/10")
                .send(),
            "bytes=2-4" => page(206, "234")
                .header("Content-Range", "bytes 2-4/10")
                .send(),
            "bytes=99-" => page(416, "no").header("Content-Range", "bytes */10").send(),
            other => panic!("{other}"),
        })
        .await;
        let part = |range| get(&server.url).range(range);
        let tail = net().get(&part(RangeSpec::Suffix(3))).await.unwrap();
        assert_eq!((tail.status, &tail.body[..]), (206, &b"789"[..]));
        let place = ContentRange {
            span: Some((7, 9)),
            total: Some(10),
        };
        assert_eq!(tail.content_range, Some(place));
        let middle = net().get(&part(RangeSpec::FromTo(2, 4))).await.unwrap();
        assert_eq!(&middle.body[..], b"234");
        let beyond = net().get(&part(RangeSpec::From(99))).await.unwrap();
        assert_eq!((beyond.status, beyond.body.len()), (416, 0));
        assert_eq!(beyond.content_range.unwrap().total, Some(10));
        assert_eq!(server.headers("accept-encoding"), ["identity"; 3]);
    });
}

#[test]
fn a_server_without_ranges_sends_all() {
    run(async {
        let server = Server::start(|_, _| page(200, "0123456789").send()).await;
        let part = get(&server.url).range(RangeSpec::Suffix(3));
        let reply = net().get(&part).await.unwrap();
        assert_eq!((reply.status, &reply.body[..]), (200, &b"0123456789"[..]));
    });
}

#[test]
fn a_part_is_never_taken_for_the_whole() {
    run(async {
        let server = Server::start(|_, _| {
            page(206, "01")
                .header("Content-Range", "bytes 0-1/10")
                .send()
        })
        .await;
        let error = net().get(&get(&server.url)).await.unwrap_err();
        assert!(
            error
                .to_string()
                .contains("a part, where the whole was asked for"),
            "{error}"
        );
    });
}

#[test]
fn a_part_of_another_length_is_refused() {
    run(async {
        let server = Server::start(|_, nth| match nth {
            0 => page(206, "01")
                .header("Content-Range", "bytes 0-2/10")
                .send(),
            _ => page(206, "012")
                .header("Content-Range", "bytes 0-2/10")
                .send(),
        })
        .await;
        let reply = net()
            .get(&get(&server.url).range(RangeSpec::FromTo(0, 2)))
            .await
            .unwrap();
        assert_eq!((&reply.body[..], server.asked()), (&b"012"[..], 2));
    });
}

#[test]
fn too_large_however_it_is_sent() {
    run(async {
        let bomb = gzip(&[0; 1 << 20]);
        let server = Server::start(move |seen, _| match seen.target.as_str() {
            "/announced" => page(200, "01234567890").send(),
            "/unannounced" => page(200, "01234567890").unannounced().send(),
            _ => page(200, &bomb).header("Content-Encoding", "gzip").send(),
        })
        .await;
        for (path, limit) in [("announced", 10), ("unannounced", 10), ("bomb", 1 << 16)] {
            let error = net()
                .get(&Get::new(server.at(path), limit))
                .await
                .unwrap_err();
            assert!(
                matches!(error, NetError::TooLarge { .. }),
                "{path}: {error:?}"
            );
            let exact = Get::new(server.at(path), if path == "bomb" { 1 << 20 } else { 11 });
            net().get(&exact).await.unwrap();
        }
        assert_eq!(server.asked(), 6);
    });
}

#[test]
fn damaged_gzip_is_tried_again_and_told() {
    run(async {
        let whole = gzip(b"content");
        let server = Server::start(move |_, nth| {
            let body = if nth < 4 {
                &whole[..whole.len() - 3]
            } else {
                &whole[..]
            };
            page(200, body).header("Content-Encoding", "gzip").send()
        })
        .await;
        let error = net().get(&get(&server.url)).await.unwrap_err();
        assert!(error.to_string().contains("damaged gzip"), "{error}");
        assert_eq!(
            &net().get(&get(&server.url)).await.unwrap().body[..],
            b"content"
        );
    });
}

#[test]
fn an_unknown_encoding_is_told() {
    run(async {
        let server =
            Server::start(|_, _| page(200, "x").header("Content-Encoding", "br").send()).await;
        let error = net().get(&get(&server.url)).await.unwrap_err();
        assert!(error.to_string().contains("encoded as `br`"), "{error}");
        assert_eq!(server.asked(), 1);
    });
}

#[test]
fn head_gives_the_size() {
    run(async {
        let server = Server::start(|seen, nth| {
            assert_eq!(seen.method, "HEAD");
            match nth {
                0 => page(503, "").send(),
                _ => page(200, "")
                    .header("Content-Length", "123456789012")
                    .header("Accept-Ranges", "bytes")
                    .header("ETag", "\"v1\"")
                    .send(),
            }
        })
        .await;
        let head = net().head(&server.url).await.unwrap();
        assert_eq!(
            (head.status, head.content_length),
            (200, Some(123_456_789_012))
        );
        assert!(head.accept_ranges);
        assert_eq!(head.etag.as_deref(), Some("\"v1\""));
        assert_eq!(server.headers("accept-encoding"), ["identity"; 2]);
    });
}

#[test]
fn what_is_announced_as_too_large_is_not_read() {
    run(async {
        let server = Server::start(|_, _| page(200, "01234567890").hang(0)).await;
        let error = net()
            .get(&Get::new(server.url.clone(), 10))
            .await
            .unwrap_err();
        assert!(
            matches!(error, NetError::TooLarge { limit: 10, .. }),
            "{error:?}"
        );
        assert_eq!(server.asked(), 1);
    });
}
