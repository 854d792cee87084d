//! What is signed is of another file, or is no publish statement.

use serde_json::json;

use super::{Attack, Lie, attack};
use crate::ground::{FILE, Ground};

pub(crate) fn attacks() -> Vec<Attack> {
    let mut all = subjects();
    all.extend(shapes());
    all
}

fn subjects() -> Vec<Attack> {
    vec![
        attack(
            "a statement of other bytes",
            "SubjectDigest",
            &["000000", "of sha256", "this one has"],
            |ground| ground.stated(|s| s["subject"][0]["digest"]["sha256"] = "0".repeat(64).into()),
        ),
        attack(
            "the attestation of another file",
            "SubjectDigest",
            &["and this one has"],
            |ground| {
                ground.edited(|a| {
                    *a = ground
                        .authority
                        .attest(FILE, &"1".repeat(64), &Ground::signer())
                })
            },
        ),
        attack(
            "a statement of the sdist",
            "SubjectName",
            &["`greet-1.0.tar.gz`", FILE],
            |ground| ground.stated(|s| s["subject"][0]["name"] = "greet-1.0.tar.gz".into()),
        ),
        attack(
            "a statement of another project's file",
            "SubjectName",
            &["`great-1.0-py3-none-any.whl`", FILE],
            |ground| {
                ground.stated(|s| s["subject"][0]["name"] = "great-1.0-py3-none-any.whl".into())
            },
        ),
        attack(
            "a statement of another version",
            "SubjectName",
            &["`greet-1.1-py3-none-any.whl`", FILE],
            |ground| {
                ground.stated(|s| s["subject"][0]["name"] = "greet-1.1-py3-none-any.whl".into())
            },
        ),
        attack(
            "a statement of a file that is no distribution",
            "SubjectName",
            &["`README.md`", FILE],
            |ground| ground.stated(|s| s["subject"][0]["name"] = "README.md".into()),
        ),
        attack(
            "a statement of two files",
            "SubjectCount",
            &["2 files", "one"],
            |ground| ground.stated(|s| s["subject"] = json!([s["subject"][0], s["subject"][0]])),
        ),
        attack(
            "a statement of no file",
            "SubjectCount",
            &["0 files"],
            |ground| ground.stated(|s| s["subject"] = json!([])),
        ),
        attack(
            "a statement with a digest of another kind",
            "StatementMalformed",
            &["no sha256"],
            |ground| {
                ground.stated(|s| s["subject"][0]["digest"] = json!({ "sha512": "0".repeat(128) }))
            },
        ),
    ]
}

fn shapes() -> Vec<Attack> {
    vec![
        attack(
            "a statement that is no JSON",
            "StatementMalformed",
            &["no JSON"],
            |ground| ground.lie(Lie::Statement(b"published, honestly".to_vec())),
        ),
        attack(
            "a statement of another kind",
            "StatementMalformed",
            &["type", "in-toto"],
            |ground| ground.stated(|s| s["_type"] = "https://in-toto.io/Statement/v0.1".into()),
        ),
        attack(
            "a predicate of another kind",
            "PredicateType",
            &["https://example.org/tested/v1"],
            |ground| ground.stated(|s| s["predicateType"] = "https://example.org/tested/v1".into()),
        ),
        attack(
            "a publish predicate with content",
            "PredicateContent",
            &["empty"],
            |ground| ground.stated(|s| s["predicate"] = json!({ "by": "me" })),
        )
        .though_accepted("it gives the predicate to its caller, which is the index, to look into"),
    ]
}
