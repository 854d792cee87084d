//! The certificate is not one that a trusted authority gave for signing code, then.

use super::{Attack, Lie, attack};
use crate::ground::bytes;

pub(crate) fn attacks() -> Vec<Attack> {
    let mut all = issued();
    all.extend(logged());
    all
}

fn issued() -> Vec<Attack> {
    vec![
        attack(
            "a certificate that had expired",
            "CertificateExpired",
            &["2026-01-01T00:10:01Z", "2026-01-01T00:10:00Z"],
            |ground| ground.lie(Lie::EnteredAfter(601)),
        ),
        attack(
            "a certificate from after the signature",
            "CertificateNotYetValid",
            &["2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z"],
            |ground| ground.lie(Lie::EnteredAfter(-1)),
        ),
        attack(
            "a certificate by itself",
            "CertificateUntrusted",
            &["no trusted authority"],
            |ground| ground.lie(Lie::SelfSigned),
        ),
        attack(
            "a certificate by an authority of the trusted one's name",
            "CertificateForged",
            &["not signed by it"],
            |ground| ground.lie(Lie::UnknownAuthority),
        ),
        attack(
            "a certificate by an intermediate that nobody was told of",
            "CertificateUntrusted",
            &["no trusted authority"],
            |ground| ground.lie(Lie::UnknownIntermediate),
        ),
        attack(
            "a certificate with another repository written in",
            "CertificateForged",
            &["not signed by it"],
            |ground| {
                ground.edited(|a| {
                    bytes(&mut a["verification_material"]["certificate"], |der| {
                        let at = der.windows(10).position(|part| part == b"octo/greet");
                        let at = at.expect("it names the repository");
                        der[at..at + 4].copy_from_slice(b"evil");
                    });
                })
            },
        ),
        attack(
            "a certificate for other uses",
            "CertificateUsage",
            &["not for signing code"],
            |ground| ground.lie(Lie::WithoutCodeSigning),
        ),
        attack(
            "a certificate of a key that is not for signatures",
            "CertificateUsage",
            &["not for signing code"],
            |ground| ground.lie(Lie::ForKeyAgreement),
        ),
        attack(
            "a certificate that cannot be read",
            "CertificateMalformed",
            &["cannot be read"],
            |ground| ground.edited(|a| a["verification_material"]["certificate"] = "MAA=".into()),
        ),
    ]
}

fn logged() -> Vec<Attack> {
    vec![
        attack(
            "a certificate that no log has seen",
            "NoCertificateTimestamp",
            &["no timestamp"],
            |ground| ground.lie(Lie::WithoutSct),
        ),
        attack(
            "a certificate that a log of nobody's has seen",
            "UnknownCertificateLog",
            &["not known"],
            |ground| ground.lie(Lie::SctOfUnknownLog),
        ),
        attack(
            "a certificate with the timestamp of another",
            "CertificateTimestamp",
            &["does not hold"],
            |ground| ground.lie(Lie::SctOfOther),
        ),
    ]
}
