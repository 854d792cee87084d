//! `--dry-run` and `--print-workflow`: everything is said, and nothing is asked.

use crate::world::{FILES, World, run};
use std::process::Command;

/// What an index is called whose address no file spells out.
const PUBLIC: &str = "pypi";

#[test]
fn every_request_is_shown_and_none_is_made() {
    let world = World::new();
    let ran = world.publish(&["--dry-run"]);
    ran.assert(0, &["Built"]);
    assert!(world.index.requests().is_empty());
    let url = world.index.upload_url();
    assert_eq!(ran.out.matches(&format!("POST {url}")).count(), FILES.len());
    for told in [
        &format!("GET {}greet/", world.index.simple_url()),
        "authorization: Basic, from MOCHI_PUBLISH_TOKEN",
        "filetype: sdist",
        "pyversion: cp314",
        "name: greet",
        "requires_python: >=3.9",
    ] {
        assert!(ran.out.contains(told), "{told} is in {}", ran.out);
    }
    let size = std::fs::metadata(world.dist(FILES[0]))
        .expect("built")
        .len();
    assert!(
        ran.out.contains(&format!("content: <{size} bytes>")),
        "{}",
        ran.out
    );
    let json = world.publish(&["--dry-run", "--json"]).json();
    assert_eq!(json["dry-run"], true);
    let requests = json["requests"].as_array().expect("a list");
    assert_eq!(requests.len(), 1 + FILES.len());
    assert!(world.index.requests().is_empty());
}

#[test]
fn trusted_publishing_is_shown_too() {
    let world = World::new();
    let mut command = world.anonymous(&["--dry-run"]);
    command.envs(world.index.github_env());
    let ran = run(&mut command);
    ran.assert(0, &[]);
    for (told, times) in [
        ("/_/oidc/audience", 1),
        ("/_/oidc/mint-token", 1),
        ("/api/v2/signingCert", FILES.len()),
        ("/api/v1/log/entries", FILES.len()),
        ("attestations: <1 attestation>", FILES.len()),
        ("from Trusted Publishing by GitHub Actions", FILES.len()),
    ] {
        assert_eq!(ran.out.matches(told).count(), times, "{told}: {}", ran.out);
    }
    let mut command = world.anonymous(&["--dry-run", "--no-attestations"]);
    command.envs(world.index.github_env());
    let ran = run(&mut command);
    assert!(!ran.out.contains("signingCert"), "{}", ran.out);
    assert!(world.index.requests().is_empty());
}

/// Where packages are installed from is not where they are published to.
#[test]
fn the_index_for_installing_is_not_published_to() {
    let world = World::new();
    let mut command = world.bare(&["--dry-run", "--json"]);
    command.env("MOCHI_INDEX_URL", world.index.simple_url());
    let json = run(&mut command).json();
    let upload = format!("https://upload.{PUBLIC}.org/legacy/");
    assert_eq!(json["index"]["upload"], upload.as_str());
    // What is typed counts, even if it is the same.
    let mut command = world.anonymous(&["--dry-run", "--json"]);
    command.env("MOCHI_INDEX_URL", world.index.upload_url());
    let json = run(&mut command).json();
    assert_eq!(json["index"]["upload"], world.index.upload_url().as_str());
    let mut command = Command::new(env!("CARGO_BIN_EXE_mochi"));
    command
        .args([
            "py",
            "--index",
            &world.index.upload_url(),
            "publish",
            "--dry-run",
            "--json",
        ])
        .current_dir(world.path())
        .env("MOCHI_INDEX_URL", "https://install.example/simple/");
    let json = run(&mut command).json();
    assert_eq!(json["index"]["upload"], world.index.upload_url().as_str());
}

#[test]
fn indexes_of_the_manifest_and_instances_for_tests() {
    let world = World::new();
    world.edit(
        "python-versions = [\"3.13\"]",
        "python-versions = [\"3.13\"]\nindexes = [{ name = \"corp\", url = \"https://pkg.example/team/simple/\", priority = \"explicit\" }]",
    );
    let test = format!("test.{PUBLIC}");
    let hosted = format!("https://{test}.org/legacy/");
    for (index, upload) in [
        ("corp", "https://pkg.example/team/"),
        (test.as_str(), hosted.as_str()),
    ] {
        let ran = run(&mut world.bare(&["--dry-run", "--json", "--index", index]));
        ran.assert(0, &[]);
        assert_eq!(ran.json()["index"]["upload"], upload);
    }
    for (index, told) in [
        ("ftp://pkg.example/", "no index to publish to"),
        ("./dist", "no index to publish to"),
        ("http://pkg.example/legacy/", "plain http"),
        (
            "https://ada:s3cret@pkg.example/legacy/",
            "MOCHI_PUBLISH_TOKEN",
        ),
    ] {
        let ran = run(&mut world.bare(&["--index", index]));
        ran.assert(2, &[told]);
        assert!(!ran.err.contains("s3cret"), "{}", ran.err);
    }
}

/// Read by a reader of YAML, where the referee's Python has one.
#[test]
fn workflows_are_printed_and_can_be_read() {
    let world = World::new();
    let printed = |words: &[&str]| {
        let ran = run(&mut world.bare(words));
        ran.assert(0, &[]);
        ran.out
    };
    let github = printed(&["--print-workflow", "github"]);
    let gitlab = printed(&["--print-workflow", "gitlab"]);
    let corp = printed(&[
        "--print-workflow",
        "github",
        "--index",
        "https://pkg.example/team/",
    ]);
    assert!(!world.dist("").exists(), "nothing is built");
    let python = std::env::var_os("MOCHI_REFEREE_PYTHON").expect("scripts/test sets it");
    let script = "import json, sys\nfrom ruamel.yaml import YAML\nprint(json.dumps([YAML(typ='safe').load(t) for t in sys.argv[1:]]))";
    let plain = "import json, sys, yaml\nprint(json.dumps([yaml.load(t, yaml.BaseLoader) for t in sys.argv[1:]]))";
    let read = [plain, script].iter().find_map(|script| {
        let mut command = Command::new(&python);
        let output = command
            .args(["-c", script, &github, &gitlab, &corp])
            .output();
        let output = output.expect("Python runs");
        output.status.success().then_some(output.stdout)
    });
    let Some(read) = read else {
        // Without a reader, what tells YAML from other text.
        for text in [&github, &gitlab, &corp] {
            assert!(!text.contains('\t') && text.ends_with('\n'));
        }
        return;
    };
    let read: serde_json::Value = serde_json::from_slice(&read).expect("JSON");
    let job = &read[0]["jobs"]["publish"];
    assert_eq!(job["permissions"]["id-token"], "write");
    assert_eq!(job["permissions"]["contents"], "read");
    assert_eq!(job["environment"]["name"], PUBLIC);
    assert_eq!(job["steps"][3]["run"], "mochi py publish");
    let tokens = &read[1]["publish"]["id_tokens"];
    assert_eq!(tokens["PYPI_ID_TOKEN"]["aud"], PUBLIC);
    assert_eq!(tokens["SIGSTORE_ID_TOKEN"]["aud"], "sigstore");
    let job = &read[2]["jobs"]["publish"];
    assert!(job["permissions"]["id-token"].is_null());
    assert_eq!(
        job["steps"][3]["run"],
        "mochi py publish --index 'https://pkg.example/team/'"
    );
}
