//! What Sigstore's crates sign and check with: `ring`, which the TLS of this program uses too, in
//! place of the second library of cryptography that they bring by default.

use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use p256::ecdsa::{DerSignature, Signature, SigningKey, VerifyingKey};
use p256::pkcs8::DecodePrivateKey;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use sha2::Digest;
use sigstore_crypto::{
    CryptoProvider, Error, HashContext, KeyAlgorithm, SigningKeyPair, SigningScheme,
};
use sigstore_types::HashAlgorithm;

/// Lends `ring` to Sigstore's crates, for the whole process. Calling it again changes nothing.
/// Everything in this crate that needs it calls it.
pub fn install() {
    // Fails only where a provider is there already, and then that one serves as well.
    let _ = sigstore_crypto::install_default_provider(&Ring);
}

#[derive(Debug)]
struct Ring;

impl CryptoProvider for Ring {
    fn hash(&self, algorithm: HashAlgorithm) -> Result<Box<dyn HashContext>, Error> {
        Ok(match algorithm {
            HashAlgorithm::Sha2256 => Box::new(Hasher(sha2::Sha256::new())),
            HashAlgorithm::Sha2384 => Box::new(Hasher(sha2::Sha384::new())),
            HashAlgorithm::Sha2512 => Box::new(Hasher(sha2::Sha512::new())),
            other => return Err(unsupported(&format!("the hash {other}"))),
        })
    }

    fn verify_raw(
        &self,
        scheme: SigningScheme,
        key: &[u8],
        data: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        let algorithm = algorithm(scheme)
            .ok_or_else(|| unsupported(&format!("signatures by {}", scheme.name())))?;
        UnparsedPublicKey::new(algorithm, key)
            .verify(data, signature)
            .map_err(|_| invalid(scheme))
    }

    /// Of P-256 only: nothing that this crate checks comes as a digest, but the library checks what
    /// it has signed.
    fn verify_prehashed(
        &self,
        scheme: SigningScheme,
        key: &[u8],
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        if scheme != SigningScheme::EcdsaP256Sha256 {
            let what = format!("signatures over a digest by {}", scheme.name());
            return Err(unsupported(&what));
        }
        let key = VerifyingKey::from_sec1_bytes(key)
            .map_err(|error| Error::InvalidKey(error.to_string()))?;
        let signature = Signature::from_der(signature).map_err(|_| invalid(scheme))?;
        key.verify_prehash(digest, &signature)
            .map_err(|_| invalid(scheme))
    }

    fn generate_key_pair(&self, algorithm: KeyAlgorithm) -> Result<Box<dyn SigningKeyPair>, Error> {
        if algorithm != KeyAlgorithm::EcdsaP256 {
            return Err(unsupported(&format!("keys of {algorithm:?}")));
        }
        let random = SystemRandom::new();
        let mut scalar = [0; 32];
        // One draw in 2^32 is no scalar of the curve.
        for _ in 0..4 {
            random
                .fill(&mut scalar)
                .map_err(|_| Error::KeyGeneration("the system gives no random bytes".to_owned()))?;
            if let Ok(key) = SigningKey::from_slice(&scalar) {
                return Ok(Box::new(P256::new(key)));
            }
        }
        Err(Error::KeyGeneration(
            "the system's random bytes are not random".to_owned(),
        ))
    }

    fn key_pair_from_pkcs8_der(&self, der: &[u8]) -> Result<Box<dyn SigningKeyPair>, Error> {
        let key = SigningKey::from_pkcs8_der(der)
            .map_err(|error| Error::InvalidKeyFormat(error.to_string()))?;
        Ok(Box::new(P256::new(key)))
    }
}

/// The schemes that `ring` has: all of Sigstore's but ML-DSA, which no public log uses.
fn algorithm(scheme: SigningScheme) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match scheme {
        SigningScheme::EcdsaP256Sha256 => &signature::ECDSA_P256_SHA256_ASN1,
        SigningScheme::EcdsaP256Sha384 => &signature::ECDSA_P256_SHA384_ASN1,
        SigningScheme::EcdsaP384Sha256 => &signature::ECDSA_P384_SHA256_ASN1,
        SigningScheme::EcdsaP384Sha384 => &signature::ECDSA_P384_SHA384_ASN1,
        SigningScheme::Ed25519 => &signature::ED25519,
        SigningScheme::RsaPssSha256 => &signature::RSA_PSS_2048_8192_SHA256,
        SigningScheme::RsaPssSha384 => &signature::RSA_PSS_2048_8192_SHA384,
        SigningScheme::RsaPssSha512 => &signature::RSA_PSS_2048_8192_SHA512,
        SigningScheme::RsaPkcs1Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        SigningScheme::RsaPkcs1Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        SigningScheme::RsaPkcs1Sha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        _ => return None,
    })
}

fn unsupported(what: &str) -> Error {
    Error::UnsupportedAlgorithm(format!("{what} are not supported"))
}

fn invalid(scheme: SigningScheme) -> Error {
    Error::Verification(format!("{} signature invalid", scheme.name()))
}

struct Hasher<D>(D);

impl<D: Digest + Send> HashContext for Hasher<D> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finalize(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().as_slice().to_vec()
    }
}

/// A key that lives as long as one signature. `ring` signs messages only, and Sigstore hashes
/// first.
struct P256 {
    key: SigningKey,
    public: Vec<u8>,
}

impl P256 {
    fn new(key: SigningKey) -> Self {
        let public = key.verifying_key().to_encoded_point(false);
        Self {
            public: public.as_bytes().to_vec(),
            key,
        }
    }
}

impl SigningKeyPair for P256 {
    fn algorithm(&self) -> KeyAlgorithm {
        KeyAlgorithm::EcdsaP256
    }

    fn public_key_bytes(&self) -> &[u8] {
        &self.public
    }

    fn sign_raw(&self, data: &[u8]) -> Result<Vec<u8>, Error> {
        self.sign_prehashed(&sha2::Sha256::digest(data))
    }

    fn sign_prehashed(&self, digest: &[u8]) -> Result<Vec<u8>, Error> {
        let signature: Signature = self
            .key
            .sign_prehash(digest)
            .map_err(|error| Error::Signing(error.to_string()))?;
        let der: DerSignature = signature.to_der();
        Ok(der.as_bytes().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What one library signs the other accepts, over the message and over its digest.
    #[test]
    fn ring_takes_what_p256_signs() {
        let pair = Ring
            .generate_key_pair(KeyAlgorithm::EcdsaP256)
            .expect("there is randomness");
        let message = b"a message";
        let digest = sha2::Sha256::digest(message);
        let scheme = SigningScheme::EcdsaP256Sha256;
        for signature in [pair.sign_raw(message), pair.sign_prehashed(&digest)] {
            let signature = signature.expect("it signs");
            let key = pair.public_key_bytes();
            assert!(Ring.verify_raw(scheme, key, message, &signature).is_ok());
            assert!(
                Ring.verify_prehashed(scheme, key, &digest, &signature)
                    .is_ok()
            );
            assert!(Ring.verify_raw(scheme, key, b"other", &signature).is_err());
            let other = sha2::Sha256::digest(b"other");
            assert!(
                Ring.verify_prehashed(scheme, key, &other, &signature)
                    .is_err()
            );
        }
    }

    #[test]
    fn keys_differ() {
        let new = || {
            Ring.generate_key_pair(KeyAlgorithm::EcdsaP256)
                .expect("it does")
        };
        assert_ne!(new().public_key_bytes(), new().public_key_bytes());
        assert!(Ring.generate_key_pair(KeyAlgorithm::Ed25519).is_err());
    }
}
