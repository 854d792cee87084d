//! The signature is not over what is served, or not by the key of the certificate.

use loopback_sigstore::Identity;
use p256::ecdsa::Signature;

use super::{Attack, Lie, attack};
use crate::ground::{Ground, bytes, flip};

pub(crate) fn attacks() -> Vec<Attack> {
    vec![
        attack(
            "a signature with a bit turned",
            "Signature",
            &["this statement", "certificate's key"],
            |ground| ground.edited(|a| flip(&mut a["envelope"]["signature"])),
        ),
        attack(
            "a signature that is none",
            "Signature",
            &["does not hold"],
            |ground| ground.edited(|a| a["envelope"]["signature"] = "AAAA".into()),
        ),
        attack(
            "a signature by another key",
            "Signature",
            &["does not hold"],
            |ground| ground.lie(Lie::OtherKey),
        ),
        attack(
            "a statement that was spaced out after it was signed",
            "Signature",
            &["this statement"],
            |ground| {
                ground.edited(|a| bytes(&mut a["envelope"]["statement"], |text| text.push(b' ')))
            },
        ),
        attack(
            "the signature and statement of another attestation",
            "Signature",
            &["does not hold"],
            |ground| {
                let other = ground.attestation();
                ground.edited(|a| a["envelope"] = other["envelope"].clone())
            },
        ),
        attack(
            "the certificate of another signer",
            "Signature",
            &["certificate's key"],
            |ground| {
                let other = Identity::github("eve/greet", "release.yml", "refs/tags/v1");
                let mine = ground.signed_by(&other);
                let theirs = ground.attestation();
                let mut forged = mine;
                forged["verification_material"]["certificate"] =
                    theirs["verification_material"]["certificate"].clone();
                Ground::claimed(&forged)
            },
        ),
        attack(
            // (r, n - s) is a signature as good as (r, s), and nobody logged it.
            "the signature in its other form",
            "LogEntryMismatch",
            &["another attestation"],
            |ground| {
                ground.edited(|a| {
                    bytes(&mut a["envelope"]["signature"], |der| {
                        let (r, s) = Signature::from_der(der)
                            .expect("a signature")
                            .split_scalars();
                        let other = Signature::from_scalars(*r, -*s).expect("a signature");
                        *der = other.to_der().as_bytes().to_vec();
                    });
                })
            },
        ),
    ]
}
