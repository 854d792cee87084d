//! What is tried again, how often, and what is said in the end.

use std::time::{Duration, Instant};

use super::*;
use crate::io::net::{NetError, Phase};

#[test]
fn trouble_that_passes_is_not_seen() {
    for status in [408, 429, 500, 502, 503, 504] {
        run(async {
            let server = Server::start(move |_, nth| match nth {
                0 | 1 => page(status, "trouble").send(),
                _ => page(200, "fine").send(),
            })
            .await;
            let reply = net().get(&get(&server.url)).await.unwrap();
            assert_eq!(
                (reply.status, &reply.body[..], server.asked()),
                (200, &b"fine"[..], 3)
            );
        });
    }
}

#[test]
fn trouble_that_stays_is_told_with_the_tries() {
    run(async {
        let server = Server::start(|_, _| {
            page(503, "\n  down for repair\nmore")
                .header("Content-Type", "text/plain")
                .send()
        })
        .await;
        let error = net().get(&get(&server.at("a?k=secret"))).await.unwrap_err();
        assert_eq!(server.asked(), 4);
        assert_eq!(error.status(), Some(503));
        let url = server.at("a");
        assert_eq!(
            error.to_string(),
            format!("{url}?… answered 503 Service Unavailable (down for repair) (tried 4 times)")
        );
        assert!(error.hint().is_some());
    });
}

#[test]
fn a_plain_no_is_asked_once() {
    for status in [400, 405, 451, 501] {
        run(async {
            let server = Server::start(move |_, _| {
                page(status, "<html>no</html>")
                    .header("Content-Type", "text/html; charset=utf-8")
                    .send()
            })
            .await;
            let error = net().get(&get(&server.url)).await.unwrap_err();
            assert_eq!((error.status(), server.asked()), (Some(status), 1));
            assert!(!error.to_string().contains("html"), "{error}");
        });
    }
}

#[test]
fn the_server_says_when_to_come_back() {
    run(async {
        let server = Server::start(|_, nth| match nth {
            0 => page(429, "").header("Retry-After", "1").send(),
            _ => page(200, "").send(),
        })
        .await;
        let patient = NetOptions {
            retry_after_cap: Duration::from_secs(5),
            ..options()
        };
        let started = Instant::now();
        Net::new(patient, NetEnv::default(), None)
            .get(&get(&server.url))
            .await
            .unwrap();
        assert!(started.elapsed() >= Duration::from_secs(1));
    });
}

#[test]
fn the_server_cannot_keep_us_waiting() {
    run(async {
        for asked in ["86400", "Fri, 31 Dec 9999 23:59:59 GMT"] {
            let server = Server::start(move |_, nth| match nth {
                0 => page(503, "").header("Retry-After", asked).send(),
                _ => page(200, "").send(),
            })
            .await;
            let error = net().get(&get(&server.url)).await.unwrap_err();
            assert!(error.to_string().contains("503"), "{error}");
            assert_eq!(server.asked(), 1, "{asked}");
        }
    });
}

#[test]
fn broken_connections_are_tried_again() {
    run(async {
        let server = Server::start(|_, nth| match nth {
            0 => Act::Reset(Vec::new()),
            1 => page(200, "whole").cut(2),
            2 => page(200, "whole").reset(3),
            _ => page(200, "whole").send(),
        })
        .await;
        let reply = net().get(&get(&server.url)).await.unwrap();
        assert_eq!((&reply.body[..], server.asked()), (&b"whole"[..], 4));
    });
}

#[test]
fn a_body_that_always_breaks_off_is_told() {
    run(async {
        let server = Server::start(|_, _| page(200, "whole").cut(2)).await;
        let error = net().get(&get(&server.url)).await.unwrap_err();
        assert_eq!(server.asked(), 4);
        assert!(
            matches!(
                error,
                NetError::Truncated {
                    received: 2,
                    expected: Some(5),
                    ..
                }
            ),
            "{error:?}"
        );
        let said = error.to_string();
        assert!(said.contains("broke off after 2 bytes of 5"), "{said}");
        assert!(said.ends_with("(tried 4 times)"), "{said}");
    });
}

#[test]
fn silence_is_a_timeout() {
    run(async {
        let once = NetOptions {
            retries: 1,
            ..impatient()
        };
        let net = Net::new(once, NetEnv::default(), None);
        for (act, expected) in [(0, Phase::Reply), (1, Phase::Content)] {
            let server = Server::start(move |_, _| match act {
                0 => Act::Hang(Vec::new()),
                _ => page(200, "whole").hang(2),
            })
            .await;
            let error = net.get(&get(&server.url)).await.unwrap_err();
            let NetError::Timeout { phase, .. } = &error else {
                panic!("{error:?}")
            };
            assert_eq!((*phase, server.asked()), (expected, 2));
            assert!(
                error.to_string().contains("within 0.3 s (tried 2 times)"),
                "{error}"
            );
        }
    });
}

#[test]
fn nobody_there() {
    run(async {
        let free = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        let url = Url::parse(&format!("http://u:secret@{free}/a")).unwrap();
        let (net, lines) = traced(options(), NetEnv::default());
        let error = net.get(&get(&url)).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("could not reach http://{free}/a: connection refused (tried 4 times)")
        );
        let lines = lines.lock().unwrap();
        assert_eq!(
            lines.iter().filter(|line| line.starts_with("GET ")).count(),
            4
        );
        assert_eq!(
            lines
                .iter()
                .filter(|line| line.contains("again in"))
                .count(),
            3
        );
        assert!(!lines.concat().contains("secret"), "{lines:?}");
    });
}

#[test]
fn an_unknown_host_is_named() {
    run(async {
        let once = NetOptions {
            retries: 0,
            ..options()
        };
        // No name server is asked about a name that no name server could know.
        let name = "n".repeat(64);
        let url = Url::parse(&format!("http://{name}/")).unwrap();
        let error = Net::new(once, NetEnv::default(), None)
            .get(&get(&url))
            .await
            .unwrap_err();
        let expected = format!("could not resolve the host name `{name}`");
        assert!(error.to_string().contains(&expected), "{error}");
    });
}

#[test]
fn offline_asks_nobody() {
    run(async {
        let server = Server::start(|_, _| page(200, "").send()).await;
        let off = NetOptions {
            offline: true,
            ..options()
        };
        let net = Net::new(off, NetEnv::default(), None);
        let error = net.get(&get(&server.url)).await.unwrap_err();
        assert!(matches!(error, NetError::Offline { .. }), "{error:?}");
        assert!(matches!(
            net.head(&server.url).await,
            Err(NetError::Offline { .. })
        ));
        assert_eq!(server.asked(), 0);
    });
}

#[test]
fn other_schemes_are_refused() {
    run(async {
        for url in ["file:///a", "ftp://example.org/a"] {
            let error = net()
                .get(&get(&Url::parse(url).unwrap()))
                .await
                .unwrap_err();
            assert!(matches!(error, NetError::Scheme { .. }), "{error:?}");
        }
    });
}

#[test]
fn no_more_in_flight_than_allowed() {
    run(async {
        let busy = Arc::new(Mutex::new((0_usize, 0_usize)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let counted = Arc::clone(&busy);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let counted = Arc::clone(&counted);
                tokio::spawn(async move {
                    read_request(&mut stream).await.unwrap();
                    {
                        let mut busy = counted.lock().unwrap();
                        busy.0 += 1;
                        busy.1 = busy.1.max(busy.0);
                    }
                    tokio::time::sleep(Duration::from_millis(30)).await;
                    counted.lock().unwrap().0 -= 1;
                    let Act::Send(bytes) = page(200, "x").send() else {
                        return;
                    };
                    stream.write_all(&bytes).await.unwrap();
                });
            }
        });
        let narrow = NetOptions {
            concurrency: 3,
            ..options()
        };
        let net = Net::new(narrow, NetEnv::default(), None);
        let requests: Vec<_> = (0..12)
            .map(|_| {
                let (net, get) = (net.clone(), get(&url));
                tokio::spawn(async move { net.get(&get).await.map(|reply| reply.status) })
            })
            .collect();
        for request in requests {
            assert_eq!(request.await.unwrap().unwrap(), 200);
        }
        assert_eq!(busy.lock().unwrap().1, 3);
    });
}
