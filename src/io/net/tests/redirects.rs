//! Where redirects lead, and what they do not take along.

use super::*;
use crate::io::net::NetError;

fn to(status: u16, location: impl Into<String>) -> Act {
    page(status, "moved").header("Location", location).send()
}

#[test]
fn every_kind_is_followed() {
    for status in [301, 302, 303, 307, 308] {
        run(async {
            let server = Server::start(move |seen, _| match seen.target.as_str() {
                "/a/b" => to(status, "../c?d"),
                "/c?d" => page(200, "there").send(),
                other => panic!("{other}"),
            })
            .await;
            let reply = net().get(&get(&server.at("a/b"))).await.unwrap();
            assert_eq!(&reply.body[..], b"there");
            assert_eq!(reply.final_url, server.at("c?d"));
        });
    }
}

#[test]
fn circles_end() {
    run(async {
        let server = Server::start(|_, _| to(302, "/")).await;
        let error = net().get(&get(&server.url)).await.unwrap_err();
        assert!(
            matches!(error, NetError::TooManyRedirects { limit: 10, .. }),
            "{error:?}"
        );
        assert_eq!(server.asked(), 11);
    });
}

#[test]
fn a_redirect_to_nowhere_is_told() {
    run(async {
        let server = Server::start(|_, nth| match nth {
            0 => to(302, "file:///etc/passwd"),
            1 => to(302, "http://u:secret@[/"),
            _ => page(302, "").send(),
        })
        .await;
        let error = net().get(&get(&server.url)).await.unwrap_err();
        assert!(error.to_string().contains("only http and https"), "{error}");
        let error = net().get(&get(&server.url)).await.unwrap_err();
        assert!(error.to_string().contains("not a URL"), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
        let error = net().get(&get(&server.url)).await.unwrap_err();
        assert_eq!(error.status(), Some(302));
    });
}

#[test]
fn credentials_stay_with_their_origin() {
    run(async {
        let other = Server::start(|_, _| page(200, "files").send()).await;
        let target = other.at("file");
        let index = Server::start(move |seen, _| match seen.target.as_str() {
            "/start" => to(302, "/next"),
            _ => to(302, target.as_str()),
        })
        .await;
        let reply = net()
            .get(&get(&index.with_user("start", "u", Some("p"))))
            .await
            .unwrap();
        assert_eq!(reply.final_url, other.at("file"));
        // "u:p" in Base64.
        assert_eq!(index.headers("authorization"), ["Basic dTpw"; 2]);
        assert_eq!(other.headers("authorization"), [""]);
    });
}

#[test]
fn registered_credentials_stay_with_their_origin_too() {
    run(async {
        let other = Server::start(|_, _| page(200, "files").send()).await;
        let target = other.at("file");
        let index = Server::start(move |_, _| to(302, target.as_str())).await;
        let net = net();
        let url = net.register(&index.with_user("simple/", "u", Some("p")));
        assert_eq!(url, index.at("simple/"));
        net.get(&get(&url)).await.unwrap();
        assert_eq!(index.headers("authorization"), ["Basic dTpw"]);
        assert_eq!(other.headers("authorization"), [""]);
    });
}
