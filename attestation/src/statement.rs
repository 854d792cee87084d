//! The in-toto statement of an attestation (PEP 740): one file, and what is said of it.

use serde_json::Value;
use wheel::page::Sha256;
use wheel::{SdistFilename, WheelFilename};

use crate::refusal::Refusal;

/// The type of in-toto statements, version 1.
const STATEMENT: &str = "https://in-toto.io/Statement/v1";

/// The predicate of SLSA, which an index takes beside that of publishing.
const SLSA: &str = "https://slsa.dev/provenance/v1";

/// The file that an attestation is held against.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Its name on the index.
    pub filename: &'a str,
    /// Its digest.
    pub sha256: Sha256,
}

/// What a statement says of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Predicate {
    /// That it was published by the one who signs.
    Publish,
    /// How it was built (SLSA provenance, version 1), which is not looked into.
    Slsa,
}

/// The type of the publish predicate at the Warehouse of a bare name. All of one family use one: the
/// last part of a dotted name (`test.pypi`) gives it.
pub fn publish_predicate(warehouse: &str) -> String {
    let family = warehouse.rsplit('.').next().unwrap_or(warehouse);
    format!("https://docs.{family}.org/attestations/publish/v1")
}

/// The statement to be signed, that a file is published: JSON.
pub fn publish_statement(subject: &Subject<'_>, warehouse: &str) -> Vec<u8> {
    serde_json::json!({
        "_type": STATEMENT,
        "subject": [{
            "name": subject.filename,
            "digest": { "sha256": subject.sha256.to_string() },
        }],
        "predicateType": publish_predicate(warehouse),
        "predicate": null,
    })
    .to_string()
    .into_bytes()
}

/// Holds a statement against the file that it should be of.
pub(crate) fn check(json: &[u8], subject: &Subject<'_>) -> Result<Predicate, Refusal> {
    let malformed = |why: &str| Refusal::StatementMalformed {
        why: why.to_owned(),
    };
    let statement: Value = serde_json::from_slice(json)
        .map_err(|error| malformed(&format!("it is no JSON: {error}")))?;
    let text = |key: &str| statement.get(key).and_then(Value::as_str);
    if text("_type") != Some(STATEMENT) {
        return Err(malformed("its type is not that of in-toto, version 1"));
    }
    let subjects = statement
        .get("subject")
        .and_then(Value::as_array)
        .ok_or_else(|| malformed("it has no subjects"))?;
    let [one] = subjects.as_slice() else {
        return Err(Refusal::SubjectCount {
            found: subjects.len(),
        });
    };
    let name = one
        .get("name")
        .and_then(Value::as_str)
        .ok_or_else(|| malformed("its subject has no name"))?;
    if !same_file(name, subject.filename) {
        return Err(Refusal::SubjectName {
            expected: subject.filename.to_owned(),
            found: shown(name),
        });
    }
    let digest = one
        .pointer("/digest/sha256")
        .and_then(Value::as_str)
        .ok_or_else(|| malformed("its subject has no sha256"))?;
    if Sha256::from_hex(digest) != Some(subject.sha256) {
        return Err(Refusal::SubjectDigest {
            expected: subject.sha256,
            found: shown(digest),
        });
    }
    predicate(text("predicateType"), statement.get("predicate"))
}

fn predicate(kind: Option<&str>, content: Option<&Value>) -> Result<Predicate, Refusal> {
    let kind = kind.unwrap_or_default();
    if kind == SLSA {
        return Ok(Predicate::Slsa);
    }
    if !is_publish(kind) {
        return Err(Refusal::PredicateType { found: shown(kind) });
    }
    match content {
        None | Some(Value::Null) => Ok(Predicate::Publish),
        Some(Value::Object(keys)) if keys.is_empty() => Ok(Predicate::Publish),
        Some(_) => Err(Refusal::PredicateContent),
    }
}

/// Whether it is the publish predicate of some Warehouse. Which one makes no difference to what is
/// said.
fn is_publish(kind: &str) -> bool {
    let name = kind
        .strip_prefix("https://docs.")
        .and_then(|rest| rest.strip_suffix(".org/attestations/publish/v1"));
    name.is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    })
}

/// Whether two file names are of one file: PEP 740 compares what the names mean, not how they are
/// spelled.
fn same_file(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let wheels = (one.parse::<WheelFilename>(), other.parse::<WheelFilename>());
    if let (Ok(one), Ok(other)) = wheels {
        return one == other;
    }
    let sdists = (one.parse::<SdistFilename>(), other.parse::<SdistFilename>());
    matches!(sdists, (Ok(one), Ok(other)) if one == other)
}

/// A text from a statement, short enough for a message and without control characters.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject() -> Subject<'static> {
        Subject {
            filename: "demo_pkg-1.0-py3-none-any.whl",
            sha256: Sha256::of(b"demo"),
        }
    }

    fn reason(change: impl FnOnce(&mut Value)) -> &'static str {
        let made = publish_statement(&subject(), "pypi");
        let mut statement = serde_json::from_slice(&made).expect("it is JSON");
        change(&mut statement);
        match check(statement.to_string().as_bytes(), &subject()) {
            Ok(_) => "accepted",
            Err(refusal) => refusal.reason(),
        }
    }

    #[test]
    fn what_is_made_is_accepted() {
        let made = publish_statement(&subject(), "pypi");
        assert_eq!(check(&made, &subject()), Ok(Predicate::Publish));
        assert_eq!(publish_predicate("test.pypi"), publish_predicate("pypi"));
    }

    #[test]
    fn each_fault_has_its_reason() {
        assert_eq!(
            reason(|s| s["predicate"] = serde_json::json!({})),
            "accepted"
        );
        let predicate = |s: &mut Value| s["predicate"] = serde_json::json!({"a": 1});
        assert_eq!(reason(predicate), "PredicateContent");
        assert_eq!(reason(|s| s["predicateType"] = "x".into()), "PredicateType");
        assert_eq!(reason(|s| s["_type"] = "x".into()), "StatementMalformed");
        assert_eq!(
            reason(|s| s["subject"] = serde_json::json!([])),
            "SubjectCount"
        );
        let name = |s: &mut Value| s["subject"][0]["name"] = "demo_pkg-1.0.tar.gz".into();
        assert_eq!(reason(name), "SubjectName");
        let digest = |s: &mut Value| s["subject"][0]["digest"]["sha256"] = "00".into();
        assert_eq!(reason(digest), "SubjectDigest");
    }

    #[test]
    fn a_name_may_be_spelled_otherwise() {
        let name = |s: &mut Value| s["subject"][0]["name"] = "Demo_Pkg-1.0-py3-none-any.whl".into();
        assert_eq!(reason(name), "accepted");
        let other =
            |s: &mut Value| s["subject"][0]["name"] = "demo_pkg-1.1-py3-none-any.whl".into();
        assert_eq!(reason(other), "SubjectName");
    }

    #[test]
    fn whose_predicate() {
        assert!(is_publish(&publish_predicate("pypi")));
        assert!(!is_publish("https://docs.a.b.org/attestations/publish/v1"));
        assert!(!is_publish("https://docs..org/attestations/publish/v1"));
        assert!(!is_publish("https://docs.a.org/attestations/publish/v2"));
    }
}
