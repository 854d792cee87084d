//! The log has not taken the attestation, or says another thing of it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use wheel::page::Sha256;

use super::{Attack, Lie, attack};
use crate::ground::{drop_key, flip};

pub(crate) fn attacks() -> Vec<Attack> {
    let mut all = entries();
    all.extend(proofs());
    all.extend(checkpoints());
    all.extend(promises());
    all
}

/// The first log entry of a provenance object.
fn entry_of(provenance: &Value) -> Value {
    let attestation = &provenance["attestation_bundles"][0]["attestations"][0];
    attestation["verification_material"]["transparency_entries"][0].clone()
}

fn entries() -> Vec<Attack> {
    vec![
        attack("no entry", "NoLogEntry", &["no entry"], |ground| {
            ground.edited(|a| a["verification_material"]["transparency_entries"] = json!([]))
        }),
        attack(
            "an entry of another statement",
            "LogEntryMismatch",
            &["another attestation"],
            |ground| ground.lie(Lie::EntryOf(b"{}".to_vec())),
        ),
        attack(
            "the entry of another attestation",
            "LogEntryMismatch",
            &["another attestation"],
            |ground| {
                let other = entry_of(&ground.truth());
                ground.entry(|e| *e = other)
            },
        ),
        attack(
            "an entry of another kind",
            "LogEntryKind",
            &["`hashedrekord, version 0.0.1`", "dsse"],
            |ground| ground.entry(|e| e["kindVersion"]["kind"] = "hashedrekord".into()),
        ),
        attack(
            "an entry of a log that nobody trusts",
            "UnknownLog",
            &["not known"],
            |ground| ground.lie(Lie::UnknownLog),
        ),
        attack(
            "an entry that says to be of another log",
            "UnknownLog",
            &["not known", "AAAAAAAAAAAAAAAA"],
            |ground| ground.entry(|e| e["logId"]["keyId"] = BASE64_STANDARD.encode([0; 32]).into()),
        ),
        attack(
            "a second entry, of a forged promise",
            "InclusionPromise",
            &["does not hold"],
            |ground| {
                ground.edited(|a| {
                    let entries = &mut a["verification_material"]["transparency_entries"];
                    let mut second = entries[0].clone();
                    flip(&mut second["inclusionPromise"]["signedEntryTimestamp"]);
                    entries.as_array_mut().expect("entries").push(second);
                })
            },
        )
        .though_accepted("it looks at the first entry only"),
    ]
}

fn proofs() -> Vec<Attack> {
    vec![
        attack(
            "no proof of inclusion",
            "NoInclusionProof",
            &["no inclusion proof"],
            |ground| ground.entry(|e| drop_key(e, "inclusionProof")),
        ),
        attack(
            "a proof with a bit turned",
            "InclusionProof",
            &["does not hold"],
            |ground| ground.entry(|e| flip(&mut e["inclusionProof"]["hashes"][0])),
        ),
        attack(
            "a proof that lacks a hash",
            "InclusionProof",
            &["does not hold"],
            |ground| {
                ground.entry(|e| {
                    let hashes = e["inclusionProof"]["hashes"].as_array_mut();
                    hashes.expect("hashes").pop();
                })
            },
        ),
        attack(
            "a proof for another place",
            "InclusionProof",
            &["does not hold"],
            |ground| ground.entry(|e| e["inclusionProof"]["logIndex"] = "3".into()),
        ),
        attack(
            "a proof for a place outside of the tree",
            "InclusionProof",
            &["does not hold"],
            |ground| ground.entry(|e| e["inclusionProof"]["logIndex"] = "300".into()),
        ),
    ]
}

fn checkpoints() -> Vec<Attack> {
    vec![
        attack(
            "a proof of another root",
            "CheckpointTree",
            &["the inclusion proof of", "the root"],
            |ground| ground.entry(|e| flip(&mut e["inclusionProof"]["rootHash"])),
        ),
        attack(
            "a proof for a tree of another size",
            "CheckpointTree",
            &["the inclusion proof of 7 entries"],
            |ground| ground.entry(|e| e["inclusionProof"]["treeSize"] = "7".into()),
        ),
        attack(
            "the checkpoint of another tree",
            "CheckpointTree",
            &["a tree of", "the inclusion proof of"],
            |ground| {
                let mine = ground.truth();
                let later = entry_of(&ground.truth());
                let mut served = mine;
                let attestation = &mut served["attestation_bundles"][0]["attestations"][0];
                attestation["verification_material"]["transparency_entries"][0]["inclusionProof"]
                    ["checkpoint"] = later["inclusionProof"]["checkpoint"].clone();
                served
            },
        ),
        attack(
            "a checkpoint by somebody else",
            "Checkpoint",
            &["checkpoint does not hold"],
            |ground| ground.lie(Lie::CheckpointByOther),
        ),
        attack(
            "a tree of its own under the signature of the true one",
            "Checkpoint",
            &["checkpoint does not hold"],
            |ground| ground.entry(own_tree),
        ),
        attack(
            "a checkpoint that cannot be read",
            "Malformed",
            &["cannot be read"],
            |ground| {
                ground.entry(|e| e["inclusionProof"]["checkpoint"]["envelope"] = "signed".into())
            },
        ),
    ]
}

/// Makes the entry the only one of a tree, and writes that tree into the signed note.
fn own_tree(entry: &mut Value) {
    let body = entry["canonicalizedBody"].as_str().expect("a body");
    let body = BASE64_STANDARD.decode(body).expect("Base64");
    let root = Sha256::of(&[&[0], &body[..]].concat());
    let root = BASE64_STANDARD.encode(root.0);
    let proof = &mut entry["inclusionProof"];
    let note = proof["checkpoint"]["envelope"].as_str().expect("a note");
    let mut lines: Vec<&str> = note.split('\n').collect();
    (lines[1], lines[2]) = ("1", &root);
    let note = lines.join("\n");
    proof["checkpoint"]["envelope"] = note.into();
    proof["rootHash"] = root.into();
    proof["treeSize"] = "1".into();
    proof["logIndex"] = "0".into();
    proof["hashes"] = json!([]);
}

fn promises() -> Vec<Attack> {
    vec![
        attack(
            "no promise of inclusion",
            "NoInclusionPromise",
            &["no inclusion promise"],
            |ground| ground.entry(|e| drop_key(e, "inclusionPromise")),
        ),
        attack(
            "a promise by somebody else",
            "InclusionPromise",
            &["does not hold"],
            |ground| ground.lie(Lie::PromiseByOther),
        ),
        attack(
            "a promise with a bit turned",
            "InclusionPromise",
            &["does not hold"],
            |ground| ground.entry(|e| flip(&mut e["inclusionPromise"]["signedEntryTimestamp"])),
        ),
        attack(
            "an entry without a time",
            "NoLogTime",
            &["no time"],
            |ground| ground.entry(|e| drop_key(e, "integratedTime")),
        ),
        attack(
            "an entry of another time",
            "InclusionPromise",
            &["does not hold"],
            |ground| {
                let moved = loopback_sigstore::SIGNED_AT + 6;
                ground.entry(|e| e["integratedTime"] = moved.to_string().into())
            },
        ),
        attack(
            "an entry of another place in the log",
            "InclusionPromise",
            &["does not hold"],
            |ground| ground.entry(|e| e["logIndex"] = "1".into()),
        ),
        attack(
            "an entry from the future",
            "LogTime",
            &["in the future"],
            |ground| ground.lie(Lie::ValidFrom(10 * 365 * 86_400)),
        )
        .though_accepted("only a log that lies can do it, and it does not look at its clock"),
    ]
}
