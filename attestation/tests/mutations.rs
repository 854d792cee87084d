//! Whatever bytes an index serves, the checks answer: they never panic, and never accept what is not
//! what was signed.

use std::sync::OnceLock;

use attestation::{Subject, TrustRoot, verify_provenance};
use loopback_sigstore::{Authority, Identity};
use proptest::prelude::*;
use serde_json::Value;
use wheel::page::Sha256;
use wheel::provenance::Provenance;

const FILE: &str = "greet-1.0-py3-none-any.whl";

/// The keys, and a provenance object that holds.
fn served() -> &'static (TrustRoot, String) {
    static SERVED: OnceLock<(TrustRoot, String)> = OnceLock::new();
    SERVED.get_or_init(|| {
        let authority = Authority::new();
        let root = TrustRoot::from_json(&authority.trusted_root().to_string());
        let signer = Identity::github("octo/greet", "release.yml", "refs/tags/v1");
        let sha256 = Sha256::of(b"greet").to_string();
        let provenance = authority.provenance(FILE, &sha256, &[signer]);
        (root.expect("a trusted root"), provenance.to_string())
    })
}

/// Whether it is accepted.
fn accepted(json: &[u8]) -> bool {
    let Ok(provenance) = Provenance::parse(json) else {
        return false;
    };
    let subject = Subject {
        filename: FILE,
        sha256: Sha256::of(b"greet"),
    };
    verify_provenance(&served().0, &provenance, &subject).is_ok()
}

/// The texts and lists in a value, each by its way there.
fn places(value: &Value, way: &str, all: &mut Vec<String>) {
    match value {
        Value::Object(keys) => {
            for (key, inner) in keys {
                places(inner, &format!("{way}/{key}"), all);
            }
        }
        Value::Array(items) => {
            all.push(way.to_owned());
            for (n, inner) in items.iter().enumerate() {
                places(inner, &format!("{way}/{n}"), all);
            }
        }
        _ => all.push(way.to_owned()),
    }
}

/// What a change may leave as it means: null for what may be left out, and an environment, which no
/// certificate here has.
fn means_nothing(way: &str) -> bool {
    way.ends_with("/claims") || way.ends_with("/environment")
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        "[A-Za-z0-9+/]{0,64}={0,2}".prop_map(Value::from),
        prop::collection::vec(".{0,8}".prop_map(Value::from), 0..4).prop_map(Value::from),
    ]
}

#[test]
fn the_whole_is_accepted() {
    assert!(accepted(served().1.as_bytes()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(!accepted(&bytes));
    }

    /// A value of another kind, or of none.
    #[test]
    fn any_value_at_any_place(place in any::<prop::sample::Index>(), value in any_value()) {
        let mut json: Value = serde_json::from_str(&served().1).expect("JSON");
        let mut ways = Vec::new();
        places(&json, "", &mut ways);
        ways.retain(|way| !means_nothing(way));
        let way = place.get(&ways);
        let found = json.pointer_mut(way).expect("a way there");
        prop_assume!(*found != value);
        *found = value;
        prop_assert!(!accepted(json.to_string().as_bytes()), "{way}");
    }

    /// A bit of a text of Base64: of a signature, a hash, a certificate, a body.
    #[test]
    fn any_bit_of_any_text(place in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), bit in 0..8u8) {
        use base64::Engine as _;
        use base64::prelude::BASE64_STANDARD;
        let mut json: Value = serde_json::from_str(&served().1).expect("JSON");
        let mut ways = Vec::new();
        places(&json, "", &mut ways);
        ways.retain(|way| {
            let text = json.pointer(way).and_then(Value::as_str).unwrap_or_default();
            text.len() > 40 && BASE64_STANDARD.decode(text).is_ok()
        });
        let way = place.get(&ways);
        let found = json.pointer_mut(way).expect("a way there");
        let mut bytes = BASE64_STANDARD.decode(found.as_str().expect("a text")).expect("Base64");
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        *found = BASE64_STANDARD.encode(bytes).into();
        prop_assert!(!accepted(json.to_string().as_bytes()), "{way}, byte {at}");
    }
}
