//! What arrives, in which order, and what is not sent again.

use crate::world::{FILES, Ran, World, run};
use loopback_warehouse::Fault;
use serde_json::json;
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
fn the_whole_release_arrives_in_order() {
    let world = World::new();
    let ran = world.publish(&[]);
    ran.assert(0, &["Published greet 1.2.0", "3 files"]);
    assert_eq!(world.sent(), FILES);
    assert_eq!(world.stored(), FILES);
    for upload in world.index.uploads() {
        assert_eq!(upload.status, 200, "{}", upload.message);
        assert!(
            upload.unknown_fields.is_empty(),
            "{:?}",
            upload.unknown_fields
        );
        assert!(upload.warnings.is_empty(), "{:?}", upload.warnings);
        assert_eq!(upload.field("name"), "greet");
        assert_eq!(upload.field("license_expression"), "MIT");
        assert_eq!(upload.field("md5_digest"), "");
        assert_eq!(
            upload.fields["project_urls"],
            [
                "Homepage, https://example.org/greet",
                "Change log, https://example.org/greet/changes"
            ]
        );
        let file = upload.file.expect("a file");
        assert_eq!(file.content_type, "application/octet-stream");
    }
    for file in world.index.files("greet") {
        let here = std::fs::read(world.dist(&file.filename)).expect("it was built");
        assert!(here == file.bytes, "{} is what was built", file.filename);
    }
    let lines: Vec<String> = FILES
        .iter()
        .map(|name| format!("{name}: uploaded"))
        .collect();
    assert_eq!(ran.out.lines().collect::<Vec<_>>(), lines);
}

#[test]
fn json_tells_of_every_file() {
    let world = World::new();
    world
        .index
        .fault_at(2, Fault::status(400, "Invalid distribution file. no"));
    let json = world.publish(&["--json"]);
    json.assert(1, &[]);
    let error = &json.json()["error"];
    assert_eq!(error["refusal"], "Distribution");
    assert_eq!(error["exit-code"], 1);
    let outcomes = |files: &serde_json::Value| -> Vec<String> {
        let files = files.as_array().expect("a list").iter();
        files
            .map(|file| file["outcome"].as_str().expect("text").to_owned())
            .collect()
    };
    assert_eq!(
        outcomes(&error["files"]),
        ["uploaded", "not-uploaded", "not-uploaded"]
    );
    let ran = world.publish(&["--json"]);
    ran.assert(0, &[]);
    let json = ran.json();
    assert_eq!(
        outcomes(&json["files"]),
        ["already-there", "uploaded", "uploaded"]
    );
    assert_eq!(json["credentials"], "MOCHI_PUBLISH_TOKEN");
    assert_eq!(json["index"]["upload"], json!(world.index.upload_url()));
    assert_eq!(json["files"][0]["filename"], FILES[0]);
    assert_eq!(json["files"][0]["attested"], false);
}

#[test]
fn what_is_there_is_not_sent_again_and_needs_no_credentials() {
    let world = World::new();
    world.publish(&[]).assert(0, &[]);
    let _ = world.index.take_requests();
    let ran = run(&mut world.anonymous(&[]));
    ran.assert(0, &["Unchanged greet 1.2.0"]);
    assert_eq!(ran.out.matches(": already there").count(), FILES.len());
    assert!(world.sent().is_empty());
}

/// The process is killed while a file is under way, each in its turn, and the run repeated.
#[test]
fn a_killed_upload_is_gone_on_with() {
    for whole in 0..FILES.len() {
        let world = World::new();
        let delay = Fault::Delay(Duration::from_secs(30));
        world.index.fault_at(whole + 1, delay);
        let mut command = world.command(&[]);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let begun = Instant::now();
        while world.index.requests().is_empty() || world.stored().len() < whole {
            assert!(begun.elapsed() < Duration::from_secs(60), "it uploads");
            std::thread::sleep(Duration::from_millis(10));
        }
        std::thread::sleep(Duration::from_millis(200));
        child.kill().expect("it is killed");
        child.wait().expect("it ends");
        assert_eq!(world.stored(), FILES[..whole]);
        world.index.clear_faults();
        let _ = world.index.take_requests();
        world.publish(&[]).assert(0, &["Published"]);
        assert_eq!(world.sent(), FILES[whole..], "no file is sent twice");
        assert_eq!(world.stored(), FILES);
    }
}

fn change(world: &World) {
    std::fs::write(world.path().join("README.md"), "# Another text\n").expect("written");
}

#[test]
fn other_contents_are_told_apart_from_the_same() {
    let world = World::new();
    world.publish(&[]).assert(0, &[]);
    let there = world.index.files("greet")[0].digests.sha256.clone();
    let _ = world.index.take_requests();
    change(&world);
    let told = |ran: &Ran| {
        let here = std::fs::read(world.dist(FILES[0])).expect("built");
        let here = wheel::page::Sha256::of(&here).to_string();
        for told in [FILES[0], "other contents", &there, &here] {
            assert!(ran.err.contains(told), "{told} is in {}", ran.err);
        }
    };
    let ran = world.publish(&[]);
    ran.assert(1, &["raise the version"]);
    told(&ran);
    assert!(world.sent().is_empty(), "nothing of it is sent");
    let ran = world.publish(&["--skip-existing"]);
    ran.assert(0, &["warning"]);
    told(&ran);
    assert!(
        ran.out.contains("passed over: other contents there"),
        "{}",
        ran.out
    );
    assert!(world.sent().is_empty());
}

/// The index's page says nothing (yet); its answer to the upload does.
#[test]
fn an_index_whose_page_is_behind_is_believed_in_the_end() {
    let world = World::new();
    world.publish(&[]).assert(0, &[]);
    change(&world);
    world
        .index
        .fault_on("/simple/greet/", 1, Fault::status(404, "no"));
    world
        .index
        .fault_on("/simple/greet/", 2, Fault::status(404, "no"));
    let ran = world.publish(&[]);
    ran.assert(
        1,
        &[
            "with other contents: File already exists",
            "raise the version",
        ],
    );
    world.index.clear_faults();
    world
        .index
        .fault_on("/simple/greet/", 1, Fault::status(404, "no"));
    world.publish(&[]).assert(1, &["with other contents"]);
}

#[test]
fn files_are_added_to_a_release() {
    let world = World::new();
    let tag = ",\n    \"cp314-cp314-pyemscripten_2026_0_wasm32\"";
    world.edit(tag, "");
    world.publish(&[]).assert(0, &["2 files"]);
    world.edit("\"py3-none-any\"", &format!("\"py3-none-any\"{tag}"));
    let _ = world.index.take_requests();
    world.publish(&["--skip-existing"]).assert(0, &["1 file)"]);
    assert_eq!(world.sent(), FILES[2..]);
}

#[test]
fn the_folder_can_be_chosen() {
    let world = World::new();
    world.publish(&["--out", "elsewhere"]).assert(0, &[]);
    assert!(world.path().join("elsewhere").join(FILES[0]).is_file());
    assert!(!world.path().join("dist").exists());
}

/// What would be refused is not sent.
#[test]
fn a_mistake_in_the_manifest_stops_it_before_anything_is_asked() {
    let world = World::new();
    world.edit("version = \"1.2.0\"", "version = \"one\"");
    world.publish(&[]).assert(2, &["mochi.toml:"]);
    assert!(world.index.requests().is_empty());
    let empty = tempfile::tempdir().expect("a folder");
    run(world.command(&[]).current_dir(empty.path())).assert(2, &["no mochi.toml"]);
    world.edit("version = \"one\"", "version = \"1.2.0\"");
    world
        .publish(&["--offline"])
        .assert(3, &["network is switched off"]);
    assert!(world.index.requests().is_empty());
}
