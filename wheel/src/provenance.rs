//! The provenance of a file on an index: who published it, and the attestations that say so (PEP 740).
//!
//! Only the shape is read here. Whether an attestation is true is for the crate `attestation` to say.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most bytes that a provenance object may have. Those of the public index have some 10 KB for
/// each attestation, of which there are two at most for each publisher.
pub const MAX_PROVENANCE_BYTES: u64 = 4 << 20;

/// The only version of provenance and attestation objects there is.
const VERSION: u64 = 1;

/// Who published a file, as PEP 740 and the index name it: a kind of Trusted Publisher and what
/// tells one of that kind from another.
///
/// `environment` is the index's own word: no certificate carries it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Publisher {
    /// A workflow of GitHub Actions.
    GitHub {
        /// `owner/name`.
        repository: String,
        /// The file's name below `.github/workflows`.
        workflow: String,
        /// The deployment environment, if the index asks for one.
        environment: Option<String>,
    },
    /// A pipeline of GitLab CI.
    GitLab {
        /// `group/…/project`.
        repository: String,
        /// The path of the pipeline's file in the repository.
        workflow_filepath: String,
        /// The deployment environment, if the index asks for one.
        environment: Option<String>,
    },
    /// A service account of Google Cloud.
    Google {
        /// The account's address.
        email: String,
    },
    /// Another kind, kept as it is: its keys and their text.
    Other {
        /// The kind.
        kind: String,
        /// The other keys that have text, but for `claims`.
        keys: BTreeMap<String, String>,
    },
}

/// A provenance object: what an index answers when asked who published a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Provenance {
    /// A row for each publisher, in the index's order.
    pub attestation_bundles: Vec<AttestationBundle>,
}

/// The attestations of one publisher.
#[derive(Debug, Clone, PartialEq)]
pub struct AttestationBundle {
    /// Whom the index says they are from.
    pub publisher: Publisher,
    /// The attestations.
    pub attestations: Vec<Attestation>,
}

/// An attestation object of PEP 740.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attestation {
    /// 1.
    pub version: u64,
    /// What the signature is checked with.
    pub verification_material: VerificationMaterial,
    /// What was signed, and the signature.
    pub envelope: Envelope,
}

/// The certificate of a signature, and the entries of the transparency log that it is in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerificationMaterial {
    /// The signing certificate: Base64 of its DER.
    pub certificate: String,
    /// Entries of the log, in the JSON of Sigstore's protocol buffers.
    pub transparency_entries: Vec<Value>,
}

/// The statement and its signature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// An in-toto statement: Base64 of its JSON.
    pub statement: String,
    /// Base64 of the signature over the statement's DSSE encoding.
    pub signature: String,
}

/// Why a provenance or attestation object cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProvenanceError {
    /// It is no JSON, or not in the shape of PEP 740.
    #[error("it is no {what} of PEP 740: {why}")]
    Shape {
        /// `provenance object` or `attestation object`.
        what: &'static str,
        /// What the parser says.
        why: String,
    },
    /// A version from after this program.
    #[error("it is {what} of version {found}, and version 1 is the only one known")]
    Version {
        /// `a provenance object` or `an attestation object`.
        what: &'static str,
        /// The version it has.
        found: u64,
    },
}

impl Publisher {
    /// The publisher of a kind with these keys; keys that the kind does not know are left out, and
    /// so are empty ones.
    ///
    /// # Errors
    /// The name of the key that the kind needs and that is not there.
    pub fn from_keys(kind: &str, mut keys: BTreeMap<String, String>) -> Result<Self, &'static str> {
        keys.retain(|_, value| !value.is_empty());
        let mut take = |key: &'static str| keys.remove(key).ok_or(key);
        Ok(match kind {
            "GitHub" => Publisher::GitHub {
                repository: take("repository")?,
                workflow: take("workflow")?,
                environment: take("environment").ok(),
            },
            "GitLab" => Publisher::GitLab {
                repository: take("repository")?,
                workflow_filepath: take("workflow_filepath")?,
                environment: take("environment").ok(),
            },
            "Google" => Publisher::Google {
                email: take("email")?,
            },
            _ => {
                keys.remove("kind");
                Publisher::Other {
                    kind: kind.to_owned(),
                    keys,
                }
            }
        })
    }

    /// The kind, as indexes write it.
    pub fn kind(&self) -> &str {
        match self {
            Publisher::GitHub { .. } => "GitHub",
            Publisher::GitLab { .. } => "GitLab",
            Publisher::Google { .. } => "Google",
            Publisher::Other { kind, .. } => kind,
        }
    }

    /// The keys with their values, but for `kind`: what a lock file of PEP 751 has in
    /// `attestation-identities`.
    pub fn keys(&self) -> BTreeMap<&str, &str> {
        let (keys, environment) = match self {
            Publisher::GitHub {
                repository,
                workflow,
                environment,
            } => (
                vec![("repository", repository), ("workflow", workflow)],
                environment,
            ),
            Publisher::GitLab {
                repository,
                workflow_filepath,
                environment,
            } => (
                vec![
                    ("repository", repository),
                    ("workflow_filepath", workflow_filepath),
                ],
                environment,
            ),
            Publisher::Google { email } => (vec![("email", email)], &None),
            Publisher::Other { keys, .. } => (
                keys.iter()
                    .map(|(key, value)| (key.as_str(), value))
                    .collect(),
                &None,
            ),
        };
        let environment = environment.iter().map(|value| ("environment", value));
        keys.into_iter()
            .chain(environment)
            .map(|(key, value)| (key, value.as_str()))
            .collect()
    }

    /// Whether the two are one publisher. The environment is not looked at, since it is the index's
    /// own word, and nothing that is signed vouches for it; nor is the case of a repository, which
    /// GitHub and GitLab do not look at either.
    pub fn is_same(&self, other: &Publisher) -> bool {
        self.essence() == other.essence()
    }

    fn essence(&self) -> Publisher {
        let mut bare = self.clone();
        match &mut bare {
            Publisher::GitHub {
                repository,
                environment,
                ..
            }
            | Publisher::GitLab {
                repository,
                environment,
                ..
            } => {
                repository.make_ascii_lowercase();
                *environment = None;
            }
            Publisher::Google { .. } | Publisher::Other { .. } => {}
        }
        bare
    }
}

/// As people write it: ``GitHub pypa/sampleproject, workflow `release.yml` ``.
impl fmt::Display for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Publisher::GitHub {
                repository,
                workflow,
                ..
            } => write!(f, "GitHub {repository}, workflow `{workflow}`"),
            Publisher::GitLab {
                repository,
                workflow_filepath,
                ..
            } => write!(f, "GitLab {repository}, pipeline `{workflow_filepath}`"),
            Publisher::Google { email } => write!(f, "Google {email}"),
            Publisher::Other { kind, keys } => {
                f.write_str(kind)?;
                for (key, value) in keys {
                    write!(f, " {key}={value}")?;
                }
                Ok(())
            }
        }
    }
}

impl Provenance {
    /// Reads a provenance object. Keys it does not know are passed over.
    ///
    /// # Errors
    /// [`ProvenanceError`].
    pub fn parse(json: &[u8]) -> Result<Self, ProvenanceError> {
        let what = "provenance object";
        let shape = |why: String| ProvenanceError::Shape { what, why };
        let read: ReadProvenance =
            serde_json::from_slice(json).map_err(|error| shape(error.to_string()))?;
        version("a provenance object", read.version)?;
        let mut attestation_bundles = Vec::with_capacity(read.attestation_bundles.len());
        for bundle in read.attestation_bundles {
            for attestation in &bundle.attestations {
                version("an attestation object", attestation.version)?;
            }
            attestation_bundles.push(AttestationBundle {
                publisher: publisher(bundle.publisher).map_err(shape)?,
                attestations: bundle.attestations,
            });
        }
        Ok(Self {
            attestation_bundles,
        })
    }

    /// As JSON, in the shape that [`Provenance::parse`] reads.
    pub fn render(&self) -> String {
        let bundles: Vec<Value> = self
            .attestation_bundles
            .iter()
            .map(|bundle| {
                let mut publisher: serde_json::Map<String, Value> = bundle
                    .publisher
                    .keys()
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value.into()))
                    .collect();
                publisher.insert("kind".to_owned(), bundle.publisher.kind().into());
                serde_json::json!({
                    "publisher": publisher,
                    "attestations": bundle.attestations,
                })
            })
            .collect();
        serde_json::json!({ "version": VERSION, "attestation_bundles": bundles }).to_string()
    }
}

impl Attestation {
    /// Reads an attestation object.
    ///
    /// # Errors
    /// [`ProvenanceError`].
    pub fn parse(json: &[u8]) -> Result<Self, ProvenanceError> {
        let read: Self = serde_json::from_slice(json).map_err(|error| ProvenanceError::Shape {
            what: "attestation object",
            why: error.to_string(),
        })?;
        version("an attestation object", read.version)?;
        Ok(read)
    }
}

#[derive(Deserialize)]
struct ReadProvenance {
    version: u64,
    attestation_bundles: Vec<ReadBundle>,
}

#[derive(Deserialize)]
struct ReadBundle {
    publisher: serde_json::Map<String, Value>,
    attestations: Vec<Attestation>,
}

fn version(what: &'static str, found: u64) -> Result<(), ProvenanceError> {
    if found == VERSION {
        Ok(())
    } else {
        Err(ProvenanceError::Version { what, found })
    }
}

fn publisher(object: serde_json::Map<String, Value>) -> Result<Publisher, String> {
    let keys: BTreeMap<String, String> = object
        .into_iter()
        .filter_map(|(key, value)| match value {
            Value::String(text) => Some((key, text)),
            _ => None,
        })
        .collect();
    let kind = keys.get("kind").filter(|kind| !kind.is_empty()).cloned();
    let Some(kind) = kind else {
        return Err("a publisher without `kind`".to_owned());
    };
    if !is_name(&kind) {
        return Err("a publisher whose `kind` is no name".to_owned());
    }
    let publisher = Publisher::from_keys(&kind, keys)
        .map_err(|key| format!("a publisher of kind {kind} without `{key}`"))?;
    let unfit = publisher
        .keys()
        .into_iter()
        .find(|(_, value)| !is_name(value));
    match (&publisher, unfit) {
        // Nothing is known of the keys of other kinds, and nothing is done with them.
        (Publisher::Other { .. }, _) | (_, None) => Ok(publisher),
        (_, Some((key, _))) => Err(format!(
            "a publisher of kind {kind} whose `{key}` is no name"
        )),
    }
}

/// How long a name is at most, in bytes: the names of repositories, files, environments and accounts
/// are far shorter.
const MAX_NAME: usize = 1024;

/// Whether a text may be a name. What an index says of a publisher is recorded and shown, and some of
/// it, as the environment, is held to nothing else.
fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the public index answers for a file of sampleproject 4.0.0, with a stand-in for the
    /// attestation: `claims` may be null and an environment may be empty.
    const SAMPLE: &str = r#"{"version": 1, "attestation_bundles": [{
        "publisher": {"kind": "GitHub", "claims": null, "environment": "",
                      "repository": "pypa/sampleproject", "workflow": "release.yml"},
        "attestations": [{"version": 1,
            "verification_material": {"certificate": "MA==", "transparency_entries": [{"logIndex": "1"}]},
            "envelope": {"statement": "e30=", "signature": "MA=="}}]}]}"#;

    fn sample() -> Provenance {
        Provenance::parse(SAMPLE.as_bytes()).expect("it is one")
    }

    #[test]
    fn round_trip() {
        let read = sample();
        let publisher = &read.attestation_bundles[0].publisher;
        assert_eq!(
            publisher.to_string(),
            "GitHub pypa/sampleproject, workflow `release.yml`"
        );
        assert_eq!(publisher.keys().get("environment"), None);
        assert_eq!(Provenance::parse(read.render().as_bytes()), Ok(read));
    }

    #[test]
    fn what_is_none() {
        let why = |json: &str| Provenance::parse(json.as_bytes()).unwrap_err().to_string();
        assert!(why("[]").contains("no provenance object of PEP 740"));
        assert!(why(&SAMPLE.replacen("1", "2", 1)).contains("version 2"));
        assert!(why(&SAMPLE.replace("[{\"version\": 1", "[{\"version\": 7")).contains("version 7"));
        assert!(why(&SAMPLE.replace("workflow", "flow")).contains("GitHub without `workflow`"));
        assert!(why(&SAMPLE.replace("\"kind\"", "\"sort\"")).contains("without `kind`"));
        assert!(why(&SAMPLE.replace("GitHub", "")).contains("without `kind`"));
    }

    #[test]
    fn what_is_recorded_is_a_name() {
        let said = |from: &str, to: &str| {
            let json = SAMPLE.replace(from, to);
            Provenance::parse(json.as_bytes()).map_err(|error| error.to_string())
        };
        let environment = |text: &str| {
            let to = format!(r#""environment": "{text}""#);
            said(r#""environment": """#, &to)
        };
        assert!(environment("pypi \u{e9}").is_ok());
        for text in [r"py\npi", r"\u001b[31m", &"x".repeat(MAX_NAME + 1)] {
            let why = environment(text).unwrap_err();
            assert!(
                why.contains("GitHub whose `environment` is no name"),
                "{why}"
            );
        }
        let kind = said("GitHub", r"a\tb").unwrap_err();
        assert!(kind.contains("whose `kind` is no name"), "{kind}");
        assert!(said("GitHub", r#"New", "key": "a\tb"#).is_ok());
    }

    #[test]
    fn neither_environment_nor_case_tells_publishers_apart() {
        let keys = |repository: &str, environment: &str| {
            [
                ("repository", repository),
                ("workflow", "w.yml"),
                ("environment", environment),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into()
        };
        let one = Publisher::from_keys("GitHub", keys("a/b", "pypi")).expect("whole");
        let other = Publisher::from_keys("GitHub", keys("A/b", "")).expect("whole");
        assert_ne!(one, other);
        assert!(one.is_same(&other));
        assert!(!one.is_same(&Publisher::Google {
            email: "a@b.c".to_owned()
        }));
    }

    #[test]
    fn kinds_from_after_this_program() {
        let json = SAMPLE
            .replace("GitHub", "CircleCI")
            .replace("workflow", "project_id");
        let read = Provenance::parse(json.as_bytes()).expect("any kind is read");
        let publisher = &read.attestation_bundles[0].publisher;
        assert_eq!(publisher.kind(), "CircleCI");
        assert_eq!(publisher.keys().get("project_id"), Some(&"release.yml"));
        assert_eq!(
            Provenance::parse(read.render().as_bytes()),
            Ok(read.clone())
        );
    }
}
