//! Where credentials come from, and when they are sent.

use std::path::Path;

use super::*;
use crate::io::net::NetError;

/// Lets in who says one of these pairs, given in Base64.
fn guarded(pairs: &'static [&'static str]) -> impl Fn(&Seen, usize) -> Act {
    move |seen, _| {
        let said = seen.header("authorization").trim_start_matches("Basic ");
        if pairs.contains(&said) {
            page(200, "in").send()
        } else {
            page(401, "who are you")
                .header("WWW-Authenticate", "Basic realm=\"a\"")
                .send()
        }
    }
}

/// `u:p`, `u:`, `v:q` in Base64.
const UP: &str = "dTpw";
const U: &str = "dTo=";
const VQ: &str = "djpx";

fn with_netrc(text: &str, folder: &Path) -> NetEnv {
    let path = folder.join("netrc");
    std::fs::write(&path, text).unwrap();
    NetEnv {
        netrc: Some(path),
        ..NetEnv::default()
    }
}

#[test]
fn nobody_is_sent_unasked() {
    run(async {
        let server = Server::start(guarded(&[UP])).await;
        let error = net().get(&get(&server.url)).await.unwrap_err();
        assert_eq!(server.headers("authorization"), [""]);
        assert_eq!(error.status(), Some(401));
        let host = format!("127.0.0.1:{}", server.url.port().unwrap());
        let said = error.to_string();
        assert!(
            said.contains(&format!("{host} wants credentials, and none were found")),
            "{said}"
        );
        let hint = error.hint().unwrap();
        assert!(
            hint.contains(&format!("https://USER:PASSWORD@{host}/")),
            "{hint}"
        );
        assert!(hint.contains("machine 127.0.0.1 login"), "{hint}");
    });
}

#[test]
fn what_the_url_says_is_sent_at_once_and_shown_never() {
    run(async {
        let server = Server::start(guarded(&["dSB2OnAvcQ=="])).await;
        let (net, lines) = traced(options(), NetEnv::default());
        let reply = net
            .get(&get(&server.with_user("a", "u v", Some("p/q"))))
            .await
            .unwrap();
        assert_eq!((reply.status, server.asked()), (200, 1));
        assert_eq!(reply.final_url, server.at("a"));
        let error = net
            .get(&get(&server.with_user("a", "u", Some("wrong"))))
            .await
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("does not accept the credentials"),
            "{error}"
        );
        let shown = format!("{error} {error:?} {:?} {lines:?}", error.hint());
        assert!(
            !shown.contains("wrong") && !shown.contains("p%2Fq"),
            "{shown}"
        );
        // It was for that request only.
        net.get(&get(&server.at("a"))).await.unwrap_err();
        assert_eq!(server.headers("authorization").last().unwrap(), "");
    });
}

#[test]
fn a_user_name_alone_may_be_a_token() {
    run(async {
        let server = Server::start(guarded(&[U])).await;
        net()
            .get(&get(&server.with_user("", "u", None)))
            .await
            .unwrap();
        assert_eq!(server.asked(), 1);
    });
}

#[test]
fn the_closest_registration_counts() {
    run(async {
        let server = Server::start(|_, _| page(200, "").send()).await;
        let net = net();
        let _ = net.register(&server.with_user("one/simple/", "u", Some("p")));
        let _ = net.register(&server.with_user("two/simple/", "v", Some("q")));
        for path in [
            "two/simple/a/",
            "one/simple/a/",
            "two/files/a.whl",
            "files/a.whl",
        ] {
            net.get(&get(&server.at(path))).await.unwrap();
        }
        let expected = [VQ, UP, VQ, UP].map(|pair| format!("Basic {pair}"));
        assert_eq!(server.headers("authorization"), expected);
    });
}

#[test]
fn netrc_names_the_machine() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let env = with_netrc("machine 127.0.0.1 login u password p", folder.path());
        let server = Server::start(guarded(&[UP])).await;
        Net::new(options(), env, None)
            .get(&get(&server.url))
            .await
            .unwrap();
        assert_eq!(server.asked(), 1);
    });
}

#[test]
fn netrc_completes_a_user_name() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let text = "machine 127.0.0.1 login v password q machine 127.0.0.1 login u password p";
        let server = Server::start(guarded(&[UP])).await;
        let net = Net::new(options(), with_netrc(text, folder.path()), None);
        net.get(&get(&server.with_user("", "u", None)))
            .await
            .unwrap();
        assert_eq!(server.asked(), 1);
    });
}

#[test]
fn the_default_of_netrc_waits_to_be_asked_and_is_remembered() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let env = with_netrc("default login u password p", folder.path());
        let server = Server::start(guarded(&[UP])).await;
        let net = Net::new(options(), env, None);
        net.get(&get(&server.at("simple/a/"))).await.unwrap();
        net.get(&get(&server.at("files/a.whl"))).await.unwrap();
        let pair = format!("Basic {UP}");
        assert_eq!(server.headers("authorization"), ["", &pair, &pair]);
    });
}

#[test]
fn one_after_the_other_until_one_helps() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let env = with_netrc("machine 127.0.0.1 login v password q", folder.path());
        let server = Server::start(guarded(&[VQ])).await;
        let net = Net::new(options(), env, None);
        let _ = net.register(&server.with_user("", "v", Some("stale")));
        net.get(&get(&server.url)).await.unwrap();
        assert_eq!(server.asked(), 2);
        net.get(&get(&server.url)).await.unwrap();
        assert_eq!(server.asked(), 3, "what helped is remembered");
    });
}

#[test]
fn what_was_refused_is_not_sent_twice() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let text = "machine 127.0.0.1 login u password stale default login v password stale";
        let server = Server::start(guarded(&[UP])).await;
        let net = Net::new(options(), with_netrc(text, folder.path()), None);
        let error = net.get(&get(&server.url)).await.unwrap_err();
        assert!(
            matches!(error, NetError::Unauthorized { refused: true, .. }),
            "{error:?}"
        );
        assert_eq!(server.asked(), 1);
    });
}

#[test]
fn refused_is_not_tried_again() {
    run(async {
        let server = Server::start(|_, _| page(403, "blocked by policy 7").send()).await;
        let error = net().get(&get(&server.url)).await.unwrap_err();
        assert_eq!(server.asked(), 1);
        assert!(matches!(
            error,
            NetError::Unauthorized {
                status: 403,
                refused: false,
                ..
            }
        ));
        assert!(
            error.to_string().contains("(blocked by policy 7)"),
            "{error}"
        );
    });
}

#[test]
fn an_unreadable_netrc_is_told_when_it_matters() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let env = NetEnv {
            netrc: Some(folder.path().to_owned()),
            ..NetEnv::default()
        };
        let net = Net::new(options(), env, None);
        let open = Server::start(|_, _| page(200, "").send()).await;
        net.get(&get(&open.url)).await.unwrap();
        let server = Server::start(guarded(&[UP])).await;
        let error = net.get(&get(&server.url)).await.unwrap_err();
        assert!(error.to_string().contains("could not be read"), "{error}");
    });
}

#[cfg(unix)]
mod keyring {
    use std::path::PathBuf;

    use super::*;

    /// A program that knows `u` at any service that ends in `/simple/`, and no one else.
    fn asking(program: &str) -> NetEnv {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/io/net/tests");
        NetEnv {
            keyring: Some(folder.join(program)),
            ..NetEnv::default()
        }
    }

    #[test]
    fn it_is_asked_by_index_and_user() {
        run(async {
            let server = Server::start(guarded(&[UP])).await;
            let net = Net::new(options(), asking("keyring.sh"), None);
            let url = net.register(&server.with_user("simple/", "u", None));
            net.get(&get(&url.join("a/").unwrap())).await.unwrap();
            net.get(&get(&url.join("b/").unwrap())).await.unwrap();
            let sent = [U, UP, UP].map(|pair| format!("Basic {pair}"));
            assert_eq!(server.headers("authorization"), sent);
        });
    }

    #[test]
    fn it_may_not_know() {
        run(async {
            let server = Server::start(guarded(&[UP])).await;
            let net = Net::new(options(), asking("keyring.sh"), None);
            let error = net
                .get(&get(&server.with_user("x", "v", None)))
                .await
                .unwrap_err();
            assert!(
                matches!(error, NetError::Unauthorized { refused: true, .. }),
                "{error:?}"
            );
        });
    }

    #[test]
    fn it_may_not_be_there() {
        run(async {
            let env = NetEnv {
                keyring: Some(PathBuf::from("no/keyring")),
                ..NetEnv::default()
            };
            let server = Server::start(guarded(&[UP])).await;
            let net = Net::new(options(), env, None);
            let error = net
                .get(&get(&server.with_user("", "u", None)))
                .await
                .unwrap_err();
            assert!(
                error.to_string().contains("`no/keyring` could not be run"),
                "{error}"
            );
            let error = net
                .get(&get(&server.with_user("", "-u", None)))
                .await
                .unwrap_err();
            assert!(
                error.to_string().contains("cannot be asked about"),
                "{error}"
            );
        });
    }
}
