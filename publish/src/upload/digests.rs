//! The digests of a file that an upload states.

use blake2::{Blake2b256, Digest};
use wheel::page::Sha256;

/// SHA-256 and BLAKE2b-256. No MD5: indexes ask for one digest at least, and check all they get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    /// SHA-256.
    pub sha256: Sha256,
    /// BLAKE2b with 256 bits, in hexadecimal digits of lower case.
    pub blake2_256: String,
}

impl Digests {
    /// The digests of a file's bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let blake2 = Blake2b256::digest(bytes);
        Self {
            sha256: Sha256::of(bytes),
            blake2_256: blake2.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `hashlib.blake2b(b"abc", digest_size=32)`, which is not the first half of the longer digest.
    #[test]
    fn as_hashlib_has_them() {
        let digests = Digests::of(b"abc");
        assert_eq!(
            digests.blake2_256,
            "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"
        );
        assert_eq!(
            digests.sha256.to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
