use super::*;
use crate::upload::Class;

const FILE: &str = "demo-1.0.tar.gz";

fn judged(status: u16, kind: &str, body: &str) -> Outcome {
    let reply = Reply {
        status,
        content_type: Some(kind),
        body: body.as_bytes(),
        ..Reply::default()
    };
    judge(&reply, FILE, &[Secret::new("s3cret")])
}

/// Status, body, the refusal's name, and whether another try may help.
const ROWS: [(u16, &str, &str, bool); 36] = [
    (
        400,
        "This filename has already been used, use a different version. See https://help.example.org",
        "NameUsed",
        false,
    ),
    (
        400,
        "Release is older than 14 days; uploading new files to it is not allowed.",
        "ReleaseTooOld",
        false,
    ),
    (
        400,
        "Only one sdist may be uploaded per release.",
        "SecondSdist",
        false,
    ),
    (
        400,
        "Invalid distribution file. ZIP contains a data descriptor",
        "Distribution",
        false,
    ),
    (
        400,
        "Invalid distribution file. WHEEL not found at demo-1.0.dist-info/WHEEL",
        "Distribution",
        false,
    ),
    (
        400,
        "Start filename for 'demo' with 'demo'.",
        "Filename",
        false,
    ),
    (
        400,
        "Version in filename should be '1.0' not '1'.",
        "Filename",
        false,
    ),
    (
        400,
        "The name 'requests' is too similar to an existing project.",
        "ProjectName",
        false,
    ),
    (
        400,
        "The name 'os' isn't allowed (conflict with the Python standard library module name).",
        "ProjectName",
        false,
    ),
    (
        400,
        "Binary wheel 'demo-1.0-py3-none-linux_x86_64.whl' has an unsupported platform tag 'linux_x86_64'.",
        "Platform",
        false,
    ),
    (
        400,
        "License-File LICENSE does not exist in distribution file demo at demo-1.0/LICENSE",
        "LicenseFile",
        false,
    ),
    (
        400,
        "The description failed to render for 'text/x-rst'.",
        "Description",
        false,
    ),
    (
        400,
        "'x' is an invalid value for Classifier. Error: Classifier 'x' is not a valid classifier.",
        "Metadata",
        false,
    ),
    (
        400,
        "metadata_version: has invalid data.",
        "Metadata",
        false,
    ),
    (
        400,
        "The use of local versions in <Version('1.0+x')> is not allowed. Invalid version",
        "Metadata",
        false,
    ),
    (
        400,
        "The digest supplied does not match a digest calculated from the uploaded file.",
        "Digest",
        true,
    ),
    (
        400,
        "File too large. Limit for project 'demo' is 100 MB.",
        "TooLarge",
        false,
    ),
    (
        400,
        "Project size too large. Limit for project 'demo' total size is 10 GB.",
        "ProjectTooLarge",
        false,
    ),
    (
        400,
        "Invalid attestations supplied during upload: Could not verify",
        "Attestations",
        false,
    ),
    (400, "Unknown protocol version.", "BadRequest", false),
    (401, "Unauthorized", "Credentials", false),
    (
        403,
        "Invalid or non-existent authentication information. See https://help.example.org",
        "Credentials",
        false,
    ),
    (
        403,
        "Invalid API Token: invalid macaroon",
        "Credentials",
        false,
    ),
    (
        403,
        "The user 'ada' isn't allowed to upload to project 'demo'.",
        "NotAllowed",
        false,
    ),
    (
        403,
        "User 'ada' does not have a verified primary email address.",
        "UnverifiedEmail",
        false,
    ),
    (
        403,
        "User 'ada' does not have two-factor authentication enabled.",
        "SecondFactor",
        false,
    ),
    (
        403,
        "Read-only mode: Uploads are temporarily disabled.",
        "ReadOnly",
        false,
    ),
    (403, "No.", "Forbidden", false),
    (404, "Not Found", "NotThere", false),
    (405, "Method Not Allowed", "NotThere", false),
    (410, "This API has moved", "Gone", false),
    (413, "Request Entity Too Large", "TooLarge", false),
    (418, "teapot", "Status", false),
    (429, "Too many new projects created", "TooMany", true),
    (500, "Internal Server Error", "Server", true),
    (503, "Backend fetch failed", "Server", true),
];

#[test]
fn every_row_of_the_table_has_its_refusal() {
    for (status, said, name, passes) in ROWS {
        let html = format!(
            "<html><body><h1>{status}</h1>{}</body></html>",
            said.replace('<', "&lt;")
        );
        let json =
            serde_json::json!({"message": "no", "code": format!("{status} {said}"), "title": "no"});
        for (kind, body) in [
            ("text/plain", said.to_owned()),
            ("text/html", html),
            ("application/json", json.to_string()),
        ] {
            let Outcome::Refused(refusal) = judged(status, kind, &body) else {
                panic!("{status} {said} is a refusal");
            };
            assert_eq!(refusal.name(), name, "{status} {said} as {kind}");
            let shown = refusal.to_string();
            assert!(shown.contains(FILE) && shown.contains(said), "{shown}");
            assert!(!refusal.hint().is_empty());
            let passing = matches!(refusal.class(), Class::Passing(_));
            assert_eq!(passing, passes, "{status} {said}");
        }
    }
}

#[test]
fn what_is_there_is_no_refusal() {
    for (status, kind, body) in [
        (
            400,
            "application/json",
            r#"{"message": "no", "code": "400 File already exists ('demo-1.0.tar.gz', with blake2_256 hash '00'). See https://help.example.org"}"#,
        ),
        (
            400,
            "text/html",
            "<p>Package \"demo-1.0.tar.gz\" already exists!</p>",
        ),
        (
            409,
            "text/plain",
            "demo-1.0.tar.gz already exists in non-volatile index",
        ),
        (409, "application/json", "{}"),
        (
            400,
            "text/html",
            "<p>Repository does not allow updating assets: hosted</p>",
        ),
        (
            403,
            "application/json",
            r#"{"errors": [{"message": "Not enough permissions to overwrite artifact 'demo-1.0.tar.gz'"}]}"#,
        ),
        (
            400,
            "application/json",
            r#"{"message": "Validation failed: File name has already been taken"}"#,
        ),
    ] {
        let outcome = judged(status, kind, body);
        let Outcome::Exists { differs, .. } = outcome else {
            panic!("{outcome:?}");
        };
        // A Warehouse stores the same bytes again without a word; others say this of them too.
        assert_eq!(differs, body.contains("blake2_256"), "{body}");
    }
    for status in [200, 201, 204] {
        assert_eq!(judged(status, "text/plain", ""), Outcome::Stored);
    }
}

#[test]
fn a_wait_that_is_asked_for_is_known() {
    let reply = Reply {
        status: 429,
        retry_after: Some(Duration::from_secs(7)),
        reason: Some("Too Many Requests"),
        ..Reply::default()
    };
    let Outcome::Refused(refusal) = judge(&reply, FILE, &[]) else {
        panic!("it is refused");
    };
    assert_eq!(
        refusal.class(),
        Class::Passing(Some(Duration::from_secs(7)))
    );
    assert!(refusal.to_string().contains("Too Many Requests"));
}

#[test]
fn secrets_are_not_repeated() {
    let outcome = judged(
        403,
        "text/plain",
        "invalid token s3cret, authentication failed",
    );
    let Outcome::Refused(refusal) = outcome else {
        panic!("it is refused");
    };
    assert!(!refusal.to_string().contains("s3cret"), "{refusal}");
    let reply = Reply {
        status: 302,
        location: Some("/login/s3cret"),
        ..Reply::default()
    };
    let Outcome::Refused(refusal) = judge(&reply, FILE, &[Secret::new("s3cret")]) else {
        panic!("it is refused");
    };
    assert!(!refusal.to_string().contains("s3cret"), "{refusal}");
    let reply = Reply {
        status: 302,
        location: Some("https://u:s3cret@other.example/x?token=s3cret#s3cret"),
        ..Reply::default()
    };
    let Outcome::Refused(refusal) = judge(&reply, FILE, &[]) else {
        panic!("it is refused");
    };
    let shown = refusal.to_string();
    assert!(
        shown.contains("https://other.example/x") && !shown.contains("s3cret"),
        "{shown}"
    );
}

/// The server's words are read, and not the name of the file in them.
#[test]
fn a_file_may_be_called_as_an_error_is() {
    let file = "attestation_digest-1.0.tar.gz";
    let reply = Reply {
        status: 400,
        content_type: Some("text/plain"),
        body: b"Invalid distribution file attestation_digest-1.0.tar.gz: not a gzip file",
        ..Reply::default()
    };
    let Outcome::Refused(refusal) = judge(&reply, file, &[]) else {
        panic!("it is refused");
    };
    assert_eq!(refusal.name(), "Distribution");
}
