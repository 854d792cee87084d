//! From the text of a provenance object to publishers.

use crate::ctx::Ctx;
use crate::error::Failure;
#[cfg(feature = "attestations")]
use crate::io::sigstore::Sigstore;
#[cfg(feature = "attestations")]
use attestation::{Refusal, Subject, verify_provenance};
#[cfg(feature = "attestations")]
use wheel::page::Sha256;
use wheel::provenance::{Provenance, Publisher};

/// The reason of a text that is no provenance object, beside those of `attestation::Refusal`.
const UNREADABLE: &str = "Unreadable";

/// What to do about one.
const UNREADABLE_HINT: &str =
    "what the index serves as provenance is damaged, or from after this mochi: tell the index";

/// What a provenance object says, verified.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judged {
    /// The publishers that the signatures are by, sorted.
    pub publishers: Vec<Publisher>,
    /// The kinds of the others, whose signatures cannot be told to be theirs.
    pub unknown: Vec<String>,
}

/// Why a provenance object is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// A stable name.
    pub reason: &'static str,
    /// In words.
    pub why: String,
    /// The next step.
    pub hint: &'static str,
}

/// In words, with the stable name behind them.
impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.why, self.reason)
    }
}

/// Verifies provenance objects, with the keys of one Sigstore and without the network.
#[cfg(feature = "attestations")]
pub struct Verifier(Sigstore);

/// Reads provenance objects: this program is built without verifying them.
#[cfg(not(feature = "attestations"))]
pub struct Verifier;

#[cfg(feature = "attestations")]
impl Verifier {
    /// With the keys of the Sigstore that the environment names, else of the public one.
    ///
    /// # Errors
    /// The file that the environment names cannot be used.
    pub fn new(ctx: &Ctx) -> Result<Self, Failure> {
        Ok(Self(Sigstore::find(&ctx.cwd)?))
    }

    /// The publishers of a file. Every attestation of theirs has to hold.
    ///
    /// # Errors
    /// It is no provenance object, or an attestation of it does not hold.
    pub fn judge(&self, text: &str, filename: &str, sha256: &str) -> Result<Judged, Refused> {
        let provenance = parse(text)?;
        let sha256 = Sha256::from_hex(sha256).ok_or_else(|| Refused {
            reason: UNREADABLE,
            why: format!("`{sha256}` is not a SHA-256"),
            hint: UNREADABLE_HINT,
        })?;
        let subject = Subject { filename, sha256 };
        let publishers = match verify_provenance(self.0.root(), &provenance, &subject) {
            Ok(publishers) => publishers,
            // Kinds from after this program must not break every lock.
            Err(Refusal::PublisherKind { .. }) => Vec::new(),
            Err(refusal) => {
                return Err(Refused {
                    reason: refusal.reason(),
                    why: plain(&refusal.to_string()),
                    hint: refusal.hint(),
                });
            }
        };
        Ok(Judged {
            publishers,
            unknown: unknown(&provenance),
        })
    }
}

#[cfg(not(feature = "attestations"))]
impl Verifier {
    /// Nothing is needed.
    ///
    /// # Errors
    /// None.
    pub fn new(_ctx: &Ctx) -> Result<Self, Failure> {
        Ok(Self)
    }

    /// The publishers that a provenance object names, unverified.
    ///
    /// # Errors
    /// It is no provenance object.
    pub fn judge(&self, text: &str, _filename: &str, _sha256: &str) -> Result<Judged, Refused> {
        let provenance = parse(text)?;
        let all = provenance.attestation_bundles.iter();
        let mut publishers: Vec<Publisher> = all.map(|bundle| bundle.publisher.clone()).collect();
        publishers.sort();
        Ok(Judged {
            publishers,
            unknown: unknown(&provenance),
        })
    }
}

fn parse(text: &str) -> Result<Provenance, Refused> {
    Provenance::parse(text.as_bytes()).map_err(|error| Refused {
        reason: UNREADABLE,
        why: plain(&error.to_string()),
        hint: UNREADABLE_HINT,
    })
}

/// Text of an index without what would move about on a terminal.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// The kinds of publishers that this program does not know, each once.
fn unknown(provenance: &Provenance) -> Vec<String> {
    let publishers = provenance
        .attestation_bundles
        .iter()
        .map(|bundle| &bundle.publisher);
    let others = publishers.filter(|publisher| matches!(publisher, Publisher::Other { .. }));
    let mut kinds: Vec<String> = others.map(|other| plain(other.kind())).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}
