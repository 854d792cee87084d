//! Trusted Publishing, and the attestations that come with it.

use crate::tokens::{Tokens, value};
use crate::world::{FILES, TOKEN, World, paths, run};
use loopback_sigstore::{Authority, Identity};
use loopback_warehouse::{Config, Fault, Job};
use serde_json::{Map, json};
use std::process::Command;
use wheel::provenance::Publisher;

const REPOSITORY: &str = "ada/greet";

fn github_publisher(environment: Option<&str>) -> Publisher {
    Publisher::GitHub {
        repository: REPOSITORY.to_owned(),
        workflow: "publish.yml".to_owned(),
        environment: environment.map(str::to_owned),
    }
}

/// A job of GitHub, without attestations.
fn github(world: &World) -> Command {
    let mut command = world.anonymous(&["--no-attestations"]);
    command.envs(world.index.github_env());
    command
}

fn trusting() -> World {
    let world = World::new();
    world
        .index
        .add_publisher(github_publisher(None), &["greet"]);
    world
        .index
        .run(Job::github(REPOSITORY, "publish.yml", None));
    world
}

#[test]
fn a_job_of_github_publishes_without_a_token() {
    let world = trusting();
    let ran = run(&mut github(&world));
    ran.assert(0, &["Trusted Publishing by GitHub Actions", "Published"]);
    assert_eq!(world.stored(), FILES);
    let requests = world.index.requests();
    let posts: Vec<&str> = paths(&requests)
        .into_iter()
        .filter(|path| !path.starts_with("/simple/"))
        .collect();
    assert_eq!(
        posts,
        [
            "/_/oidc/audience",
            "/github/token",
            "/_/oidc/mint-token",
            "/legacy/",
            "/legacy/",
            "/legacy/"
        ]
    );
    let masks: Vec<&str> = ran
        .out
        .lines()
        .filter_map(|line| line.strip_prefix("::add-mask::"))
        .collect();
    assert_eq!(masks.len(), 1, "{}", ran.out);
    // What is masked is what was sent, and it stands nowhere else.
    assert_eq!(ran.out.matches(masks[0]).count(), 1);
    assert!(!ran.err.contains(masks[0]));
    let json = run(github(&world).arg("--json"));
    assert!(json.json().is_object(), "masks are no part of the document");
}

#[test]
fn a_token_that_expires_soon_is_minted_anew() {
    let config = Config {
        token_lifetime: 200,
        ..Config::default()
    };
    let world = World::with(config);
    world
        .index
        .add_publisher(github_publisher(None), &["greet"]);
    world
        .index
        .run(Job::github(REPOSITORY, "publish.yml", None));
    run(&mut github(&world)).assert(0, &["another one is asked for"]);
    let requests = world.index.requests();
    let count = |path| {
        paths(&requests)
            .iter()
            .filter(|found| **found == path)
            .count()
    };
    assert_eq!(count("/_/oidc/mint-token"), 1 + FILES.len());
    assert_eq!(
        count("/github/token"),
        1 + FILES.len(),
        "each with an identity of its own"
    );
    assert_eq!(world.stored(), FILES);
}

/// Trouble of the CI service is asked about again; where it stays, the outside is at fault, not the job.
#[test]
fn a_ci_service_in_trouble() {
    for (times, code, told) in [
        (2, 0, "Published"),
        (
            4,
            3,
            "GitHub Actions could not be asked for an identity token",
        ),
    ] {
        let world = trusting();
        for number in 1..=times {
            let down = Fault::status(503, "down");
            world.index.fault_on("/github/token", number, down);
        }
        run(&mut github(&world)).assert(code, &[told]);
        assert_eq!(world.stored().is_empty(), code != 0);
    }
}

/// A token of the environment is for indexes that do not trust the job (yet).
#[test]
fn a_token_of_the_environment_comes_after() {
    let with_token = |world: &World| {
        let mut command = github(world);
        command.env("MOCHI_PUBLISH_TOKEN", TOKEN);
        run(&mut command)
    };
    let world = trusting();
    with_token(&world).assert(0, &["Trusted Publishing by GitHub Actions"]);
    assert_eq!(world.stored(), FILES);

    // The index knows of no such publisher.
    let world = World::new();
    let job = Job::github(REPOSITORY, "publish.yml", None);
    world.index.run(job);
    let ran = with_token(&world);
    ran.assert(
        0,
        &["gives this job of GitHub Actions no token; MOCHI_PUBLISH_TOKEN is used instead"],
    );
    ran.assert(
        0,
        &["credentials from MOCHI_PUBLISH_TOKEN", "invalid-publisher"],
    );
    assert_eq!(world.stored(), FILES);

    // It has no Trusted Publishing.
    let config = Config {
        trusted_publishing: false,
        ..Config::default()
    };
    let world = World::with(config);
    with_token(&world).assert(0, &["credentials from MOCHI_PUBLISH_TOKEN"]);
    assert_eq!(world.stored(), FILES);
}

#[test]
fn a_refusal_is_explained_by_the_claims() {
    let world = World::new();
    let publisher = github_publisher(Some("release"));
    world.index.add_publisher(publisher, &["greet"]);
    world
        .index
        .run(Job::github(REPOSITORY, "other.yml", Some("test")));
    let ran = run(&mut github(&world));
    ran.assert(
        1,
        &[
            "invalid-publisher",
            "sub: repo:ada/greet:environment:test",
            "repository: ada/greet",
            "workflow_ref: ada/greet/.github/workflows/other.yml@refs/heads/main",
            "environment: test",
            "ref: refs/heads/main",
            "the repository `ada/greet`, the workflow `other.yml`",
        ],
    );
    assert!(world.sent().is_empty());
    let json = run(github(&world).arg("--json")).json();
    assert_eq!(json["error"]["codes"], json!(["invalid-publisher"]));
    let mut changed = Map::new();
    changed.insert("event_name".to_owned(), json!("pull_request_target"));
    world.index.run_with(
        Job::github(REPOSITORY, "publish.yml", Some("release")),
        changed,
    );
    run(&mut github(&world)).assert(1, &["`pull_request_target`"]);
    world.index.disable_publishers("GitHub");
    world
        .index
        .run(Job::github(REPOSITORY, "publish.yml", Some("release")));
    run(&mut github(&world)).assert(1, &["not-enabled", "switched off"]);
}

#[test]
fn a_job_that_may_not_ask_for_its_identity() {
    let world = trusting();
    let mut command = github(&world);
    command.env_remove("ACTIONS_ID_TOKEN_REQUEST_URL");
    run(&mut command).assert(1, &["`id-token: write`", "no credentials"]);
    let mut command = world.anonymous(&[]);
    command.env("GITLAB_CI", "true");
    run(&mut command).assert(1, &["PYPI_ID_TOKEN", "`aud: pypi`"]);
    assert!(world.sent().is_empty());
}

/// An index without it: then what is known otherwise is used.
#[test]
fn an_index_without_it_is_given_other_credentials() {
    let config = Config {
        trusted_publishing: false,
        ..Config::default()
    };
    for (world, fault) in [
        (World::with(config), None),
        (trusting(), Some(Fault::status(404, "Not Found"))),
    ] {
        if let Some(fault) = fault {
            world.index.fault_on("/_/oidc/audience", 1, fault);
        }
        let netrc = format!("machine 127.0.0.1 login __token__ password {TOKEN}\n");
        std::fs::write(world.path().join(".netrc"), netrc).expect("written");
        run(&mut github(&world)).assert(0, &["credentials from .netrc"]);
        assert_eq!(world.stored(), FILES);
    }
}

#[test]
fn trouble_at_the_exchange_may_pass() {
    let world = trusting();
    world
        .index
        .fault_on("/_/oidc/audience", 1, Fault::status(503, "no"));
    world
        .index
        .fault_on("/_/oidc/mint-token", 1, Fault::DropAfterStoring);
    run(&mut github(&world)).assert(0, &["Published"]);
    let requests = world.index.requests();
    let tokens = paths(&requests)
        .iter()
        .filter(|path| **path == "/github/token")
        .count();
    assert_eq!(
        tokens, 2,
        "an identity that may be used up is not used again"
    );
}

/// A service account of Google that the index trusts.
fn google() -> (World, &'static str) {
    let world = World::new();
    let email = "publisher@greet.example";
    let publisher = Publisher::Google {
        email: email.to_owned(),
    };
    world.index.add_publisher(publisher, &["greet"]);
    world.index.run(Job::Google {
        email: email.to_owned(),
    });
    (world, email)
}

#[test]
fn a_service_account_of_google_publishes() {
    let (world, _) = google();
    let host = world.index.url().trim_start_matches("http://").to_owned();
    let mut command = world.anonymous(&["--no-attestations"]);
    command.env("GCE_METADATA_HOST", host);
    run(&mut command).assert(0, &["Trusted Publishing by Google Cloud"]);
    assert_eq!(world.stored(), FILES);
}

/// The machine's own account stands in for the one that is named.
#[test]
fn a_service_account_of_google_is_impersonated() {
    let (world, email) = google();
    let identity = world.index.identity_token("pypi");
    let google = Tokens::serve(move |asked| match asked.line.starts_with("GET") {
        true => json!({ "access_token": "of-the-machine", "expires_in": 100 }),
        false => json!({ "token": identity }),
    });
    let mut command = world.anonymous(&["--no-attestations"]);
    command
        .env("GOOGLE_SERVICE_ACCOUNT_NAME", email)
        .env("GCE_METADATA_HOST", &google.host)
        .env(
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS",
            format!("http://{}/", google.host),
        );
    run(&mut command).assert(0, &["Trusted Publishing by Google Cloud"]);
    assert_eq!(world.stored(), FILES);
    let asked = google.asked();
    assert_eq!(asked[0].headers["metadata-flavor"], "Google");
    assert_eq!(
        asked[1].line,
        format!("POST /v1/projects/-/serviceAccounts/{email}:generateIdToken HTTP/1.1")
    );
    assert_eq!(asked[1].headers["authorization"], "Bearer of-the-machine");
    let body: serde_json::Value = serde_json::from_str(&asked[1].body).expect("JSON");
    assert_eq!(body, json!({ "audience": "pypi", "includeEmail": true }));
}

/// As GitHub has it: one address gives a token for the index, and another for Sigstore.
#[test]
fn a_job_of_github_publishes_with_attestations() {
    let authority = Authority::new();
    let sigstore = authority.serve();
    let config = sigstore.trust_config();
    let root = attestation::TrustConfig::parse(&config.to_string())
        .expect("a root")
        .root;
    let world = World::with(Config {
        attestation_check: Some(loopback_warehouse::against(root)),
        ..Config::default()
    });
    world
        .index
        .add_publisher(github_publisher(None), &["greet"]);
    world
        .index
        .run(Job::github(REPOSITORY, "publish.yml", None));
    std::fs::write(world.path().join("trust.json"), config.to_string()).expect("written");
    let own = world.index.identity_token("pypi");
    let signer = Identity::github(REPOSITORY, "publish.yml", "refs/heads/main");
    let tokens = Tokens::serve(
        move |asked| match asked.line.contains("audience=sigstore") {
            true => value(&authority.token(&signer, "sigstore")),
            false => value(&own),
        },
    );
    let mut command = world.anonymous(&[]);
    command
        .envs(tokens.github())
        .env("MOCHI_SIGSTORE_TRUST_CONFIG", "trust.json");
    run(&mut command).assert(0, &["Signed 3 attestations", "Published"]);
    assert_eq!(world.stored(), FILES);
    for file in world.index.files("greet") {
        let provenance = file.provenance.expect("a provenance");
        assert_eq!(
            provenance.attestation_bundles[0].publisher,
            github_publisher(None)
        );
    }
}

/// A job of GitLab, whose two identity tokens are variables.
pub(crate) struct GitLab {
    pub(crate) world: World,
    authority: Authority,
    pub(crate) sigstore: loopback_sigstore::Server,
    identity: Identity,
}

impl GitLab {
    pub(crate) fn new() -> Self {
        Self::with(Config::default())
    }

    fn with(config: Config) -> Self {
        let authority = Authority::new();
        let sigstore = authority.serve();
        let trust = sigstore.trust_config();
        let root = attestation::TrustConfig::parse(&trust.to_string())
            .expect("a root")
            .root;
        let world = World::with(Config {
            attestation_check: Some(loopback_warehouse::against(root)),
            ..config
        });
        let file = ".gitlab-ci.yml";
        world.index.add_publisher(
            Publisher::GitLab {
                repository: REPOSITORY.to_owned(),
                workflow_filepath: file.to_owned(),
                environment: None,
            },
            &["greet"],
        );
        world.index.run(Job::gitlab(REPOSITORY, file, None));
        std::fs::write(world.path().join("trust.json"), trust.to_string()).expect("written");
        Self {
            world,
            authority,
            sigstore,
            identity: Identity::gitlab(REPOSITORY, file, "refs/heads/main"),
        }
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = self.world.anonymous(words);
        let token = self.authority.token(&self.identity, "sigstore");
        command
            .env("GITLAB_CI", "true")
            .env("PYPI_ID_TOKEN", self.world.index.identity_token("pypi"))
            .env("SIGSTORE_ID_TOKEN", token)
            .env("MOCHI_SIGSTORE_TRUST_CONFIG", "trust.json");
        command
    }
}

#[test]
fn every_file_comes_with_an_attestation() {
    let job = GitLab::new();
    let ran = run(&mut job.command(&["--json"]));
    ran.assert(0, &["Signed 3 attestations"]);
    let json = ran.json();
    for file in json["files"].as_array().expect("a list") {
        assert_eq!(file["attested"], true, "{file}");
    }
    assert_eq!(json["credentials"], "Trusted Publishing by GitLab CI");
    let files = job.world.index.files("greet");
    assert_eq!(files.len(), FILES.len());
    for file in files {
        // The index has verified them: they hold, for this file, by this publisher.
        let provenance = file.provenance.expect("a provenance");
        let bundles = provenance.attestation_bundles;
        assert_eq!(bundles[0].attestations.len(), 1);
        assert_eq!(bundles[0].publisher.kind(), "GitLab");
    }
}

/// A pipeline of GitLab has one identity token, which is used up by the first exchange.
#[test]
fn a_token_that_cannot_be_minted_anew_is_used_while_it_lasts() {
    let job = GitLab::with(Config {
        token_lifetime: 200,
        ..Config::default()
    });
    let told = ["it is used as long as it lasts", "Published"];
    run(&mut job.command(&[])).assert(0, &told);
    assert_eq!(job.world.stored(), FILES);
}

#[test]
fn attestations_can_be_left_out() {
    let job = GitLab::new();
    run(&mut job.command(&["--no-attestations"])).assert(0, &["Published"]);
    for file in job.world.index.files("greet") {
        assert!(file.provenance.is_none());
    }
}

#[test]
fn nothing_is_sent_where_signing_fails() {
    let job = GitLab::new();
    let mut command = job.command(&[]);
    command.env_remove("SIGSTORE_ID_TOKEN");
    let told = ["SIGSTORE_ID_TOKEN", "`aud: sigstore`", "--no-attestations"];
    run(&mut command).assert(1, &told);
    let mut command = job.command(&[]);
    let of_another = Authority::named("another").token(&job.identity, "sigstore");
    command.env("SIGSTORE_ID_TOKEN", of_another);
    run(&mut command).assert(1, &["--no-attestations"]);
    assert!(job.world.sent().is_empty());
    assert!(job.sigstore.fulcio_url().starts_with("http://127.0.0.1:"));
}

/// With a token nobody knows in whose name to sign.
#[test]
fn a_token_has_no_attestations() {
    let job = GitLab::new();
    let elsewhere = Fault::status(404, "Not Found");
    job.world.index.fault_on("/_/oidc/audience", 1, elsewhere);
    let mut command = job.command(&[]);
    command.env("MOCHI_PUBLISH_TOKEN", TOKEN);
    run(&mut command).assert(0, &["Published"]);
    for file in job.world.index.files("greet") {
        assert!(file.provenance.is_none());
    }
}
