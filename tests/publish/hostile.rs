//! What an index must not get, and what it must not make this program say.

use crate::tokens::Tokens;
use crate::trusted::GitLab;
use crate::world::{FILES, World, paths, run};
use loopback_warehouse::{Config, Fault, Job, Reply};
use serde_json::json;
use std::process::Command;

fn said(status: u16, body: &str) -> Fault {
    Fault::Answer(Reply {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_owned(),
        ..Reply::default()
    })
}

/// A job of GitHub, which no index trusts.
fn job(world: &World, words: &[&str]) -> Command {
    world
        .index
        .run(Job::github("ada/greet", "publish.yml", None));
    let mut command = world.anonymous(&["--no-attestations"]);
    command.args(words).envs(world.index.github_env());
    command
}

/// With a token for Sigstore, an index could sign whatever it likes in this job's name.
#[test]
fn an_index_gets_no_identity_for_signing() {
    let world = World::new();
    let audience = said(200, r#"{"audience": "sigstore"}"#);
    world.index.fault_on("/_/oidc/audience", 1, audience);
    run(&mut job(&world, &[])).assert(1, &["sign in this job's name"]);
    assert!(!paths(&world.index.requests()).contains(&"/github/token"));
}

/// A token is told to GitHub in a line of its own: what follows a line break in it would be a command.
#[test]
fn a_minted_token_is_no_command() {
    let world = World::new();
    let token = said(200, r#"{"token": "t\n::stop-commands::x", "expires": 1}"#);
    world.index.fault_on("/_/oidc/mint-token", 1, token);
    let ran = run(&mut job(&world, &[]));
    ran.assert(1, &["no token"]);
    assert!(
        !ran.out.contains("::") && !ran.err.contains("::stop"),
        "{ran:?}"
    );
    assert!(world.sent().is_empty());
}

/// A proxy's page is sent to nobody as if it were a token.
#[test]
fn an_identity_that_is_none_goes_nowhere() {
    let world = World::new();
    let page = said(200, r#"{"value": "<html>Log in as ada</html>"}"#);
    world.index.fault_on("/github/token", 1, page);
    run(&mut job(&world, &[])).assert(1, &["the answer is no token"]);
    assert!(!paths(&world.index.requests()).contains(&"/_/oidc/mint-token"));
}

#[test]
fn a_dry_run_shows_how_the_identity_is_asked_for() {
    let world = World::new();
    let ran = run(&mut job(&world, &["--dry-run", "--json"]));
    ran.assert(0, &[]);
    let json = ran.json();
    let requests = json["requests"].as_array().expect("requests");
    let asked = requests.iter().filter(|request| {
        let url = request["url"].as_str().unwrap_or_default();
        request["method"] == "GET" && url.contains("/github/token")
    });
    assert_eq!(asked.count(), 1, "{json}");
    assert!(world.index.requests().is_empty());
}

/// Fulcio gets a token, and may repeat it.
#[test]
fn what_those_who_sign_say_is_cleaned() {
    let job = GitLab::new();
    let echo = Tokens::answering(
        "400 Bad Request",
        |asked| json!({ "message": format!("\u{1b}[31mno: {}", asked.body) }),
    );
    let config = job.world.path().join("trust.json");
    let text = std::fs::read_to_string(&config).expect("a config");
    let own = job.sigstore.fulcio_url();
    let other = format!("http://{}", echo.host);
    std::fs::write(&config, text.replace(own.trim_end_matches('/'), &other)).expect("written");
    // That no token is shown is looked at by `run`.
    let ran = run(&mut job.command(&[]));
    ran.assert(1, &["was not signed", "400"]);
    assert!(!ran.err.contains('\u{1b}'), "{}", ran.err);
    assert!(!echo.asked().is_empty() && job.world.sent().is_empty());
}

/// The machine's own token, by which another account's is asked for, may come back too.
#[test]
fn the_token_of_a_machine_is_not_shown() {
    let world = World::new();
    let machine = Tokens::serve(|_| json!({ "access_token": "ya29.of-the-machine" }));
    let refuses = Tokens::answering("403 Forbidden", |asked| {
        let sent = &asked.headers["authorization"];
        json!({ "error": { "code": 403, "message": format!("denied to {sent}") } })
    });
    let mut command = world.anonymous(&[]);
    command
        .env("GOOGLE_SERVICE_ACCOUNT_NAME", "publisher@greet.example")
        .env("GCE_METADATA_HOST", &machine.host)
        .env(
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS",
            format!("http://{}/", refuses.host),
        );
    let ran = run(&mut command);
    ran.assert(1, &["status 403, denied to Bearer …"]);
    assert!(!ran.err.contains("ya29"), "{}", ran.err);
}

/// Whatever ends a run, its document says what became of each file.
#[test]
fn every_failure_has_the_files() {
    let world = World::with(Config::default());
    world.publish(&[]).assert(0, &[]);
    world.edit("Greets, in words", "Greets, in other words");
    let other = world.publish(&["--json"]);
    let none = run(world.anonymous(&["--json"]).env("HOME", "/"));
    for (ran, outcome) in [(other, "other-contents"), (none, "other-contents")] {
        ran.assert(1, &[]);
        let json = ran.json();
        let files = json["error"]["files"].as_array().expect("the files");
        assert_eq!(files.len(), FILES.len());
        assert_eq!(files[0]["outcome"], outcome, "{json}");
        assert_eq!(json["error"]["index"]["upload"], world.index.upload_url());
    }
}

/// GitLab says that a private page is not there, to everybody who does not log in.
#[test]
fn a_hidden_page_is_looked_at_as_who_publishes() {
    let world = World::new();
    world.publish(&[]).assert(0, &[]);
    let _ = world.index.take_requests();
    let hidden = Fault::status(404, "Not Found");
    world.index.fault_on("/simple/greet/", 1, hidden);
    let mut command = world.anonymous(&[]);
    command
        .env("MOCHI_PUBLISH_USERNAME", "ada")
        .env("MOCHI_PUBLISH_PASSWORD", "s3cret-of-ada");
    let ran = run(&mut command);
    ran.assert(0, &["Unchanged"]);
    assert_eq!(ran.out.matches("already there").count(), FILES.len());
    assert!(world.sent().is_empty(), "nothing is sent again");
}
