//! What Sigstore's client in Rust signs at the loopback instance holds, here and with the referee.

use attestation::{Subject, TrustConfig, from_bundle, publish_statement, verify};
use loopback_sigstore::{Authority, Identity, Server};
use serde_json::{Value, json};
use sigstore_sign::oidc::IdentityToken;
use sigstore_sign::{SigningContext, SigningServices};
use wheel::page::Sha256;
use wheel::provenance::Attestation;

fn subject() -> Subject<'static> {
    Subject {
        filename: "greet-1.0-py3-none-any.whl",
        sha256: Sha256::of(b"greet"),
    }
}

/// Signs a file's publish statement by the requests that a client makes.
fn sign(server: &Server, token: &str) -> Result<Attestation, String> {
    attestation::install();
    // Another test of the process may have set it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = TrustConfig::parse(&server.trust_config().to_string()).expect("a config");
    let client = reqwest::Client::builder().no_proxy().build();
    let services = SigningServices::new(&config.fulcio_url, &config.rekor_url);
    let signer = SigningContext::new(services)
        .with_http_client(client.expect("a client"))
        .signer(IdentityToken::from_jwt(token).map_err(|error| error.to_string())?);
    let statement = publish_statement(&subject(), "pypi");
    let bundle = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(signer.sign_raw_statement(&statement))
        .map_err(|error| error.to_string())?;
    let made = from_bundle(&bundle).map_err(|refusal| refusal.to_string())?;
    verify(&config.root, &made, &subject()).map_err(|refusal| refusal.to_string())?;
    Ok(made)
}

#[test]
fn what_is_signed_holds() {
    let authority = Authority::new();
    let server = authority.serve();
    let signers = [
        Identity::github("octo/greet", "release.yml", "refs/tags/v1"),
        Identity::gitlab("octo/group/greet", "ci/release.yml", "refs/heads/main"),
        Identity::google("robot@project.example"),
    ];
    let cases: Vec<Value> = signers
        .iter()
        .map(|signer| {
            let token = authority.token(signer, "sigstore");
            let made = sign(&server, &token).unwrap_or_else(|why| panic!("{signer:?}: {why}"));
            let bundle = json!({ "publisher": signer.publisher(), "attestations": [made] });
            json!({
                "provenance": { "version": 1, "attestation_bundles": [bundle] },
                "filename": subject().filename, "sha256": subject().sha256.to_string(),
            })
        })
        .collect();
    let input = json!({ "config": server.trust_config(), "cases": cases }).to_string();
    assert_eq!(
        referee::ask(loopback_sigstore::JUDGE, &input),
        "null\n".repeat(3)
    );
    let asked = server.take_log();
    assert_eq!(asked.len(), 6, "{asked:?}");
}

#[test]
fn who_may_not_sign() {
    let authority = Authority::new();
    let server = authority.serve();
    let signer = Identity::github("octo/greet", "release.yml", "refs/tags/v1");
    for (token, why) in [
        (authority.token(&signer, "pypi"), "401"),
        (
            Authority::named("two").token(&signer, "sigstore"),
            "does not hold",
        ),
    ] {
        let said = sign(&server, &token).unwrap_err();
        assert!(said.contains(why), "{said}");
    }
    server.fail("/api/v1/log/entries", 503, 1);
    let token = authority.token(&signer, "sigstore");
    let said = sign(&server, &token).unwrap_err();
    assert!(said.contains("503"), "{said}");
    assert!(sign(&server, &token).is_ok());
}
