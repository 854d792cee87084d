//! The hashes in a `RECORD`.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::name::quoted;

/// Written without padding, as the specification asks for; read with or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A hash as `RECORD` writes it: `sha256=` and the digest in URL-safe base64 without padding.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RecordHash {
    algorithm: HashAlgorithm,
    digest: Box<[u8]>,
}

/// The algorithms that the wheel specification allows: SHA-256 or better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HashAlgorithm {
    /// SHA-256, what every builder writes.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// Why a text is not a usable hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordHashError {
    /// There is no `=`.
    #[error("{text} is not of the form `sha256=<digest>`")]
    Shape {
        /// The text, quoted.
        text: String,
    },
    /// MD5, SHA-1 and others prove nothing any more, and the specification rules them out.
    #[error("the algorithm {algorithm} is not one of sha256, sha384 and sha512")]
    Algorithm {
        /// The algorithm, quoted.
        algorithm: String,
    },
    /// The digest is not base64, or not as long as it has to be.
    #[error("{digest} is no URL-safe base64 of a {algorithm} digest")]
    Digest {
        /// The digest, quoted.
        digest: String,
        /// The algorithm that it is said to be of.
        algorithm: HashAlgorithm,
    },
}

impl HashAlgorithm {
    /// The name as written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// A fresh hasher.
    pub fn hasher(self) -> Hasher {
        Hasher(match self {
            Self::Sha256 => State::Sha256(Sha256::new()),
            Self::Sha384 => State::Sha384(Sha384::new()),
            Self::Sha512 => State::Sha512(Sha512::new()),
        })
    }

    pub(super) fn digest_length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Hashes a file piece by piece.
#[derive(Debug, Clone)]
pub struct Hasher(State);

#[derive(Debug, Clone)]
enum State {
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hasher {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha256(state) => state.update(bytes),
            State::Sha384(state) => state.update(bytes),
            State::Sha512(state) => state.update(bytes),
        }
    }

    /// The hash of all that was taken.
    pub fn finish(self) -> RecordHash {
        let (algorithm, digest) = match self.0 {
            State::Sha256(state) => (HashAlgorithm::Sha256, state.finalize().to_vec()),
            State::Sha384(state) => (HashAlgorithm::Sha384, state.finalize().to_vec()),
            State::Sha512(state) => (HashAlgorithm::Sha512, state.finalize().to_vec()),
        };
        RecordHash {
            algorithm,
            digest: digest.into(),
        }
    }
}

impl RecordHash {
    /// The SHA-256 of `bytes`.
    pub fn sha256_of(bytes: &[u8]) -> Self {
        let mut hasher = HashAlgorithm::Sha256.hasher();
        hasher.update(bytes);
        hasher.finish()
    }

    /// The hash with this SHA-256 digest.
    pub fn from_sha256(digest: [u8; 32]) -> Self {
        Self {
            algorithm: HashAlgorithm::Sha256,
            digest: digest.into(),
        }
    }

    /// The algorithm.
    pub fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// The digest.
    pub fn digest(&self) -> &[u8] {
        &self.digest
    }

    /// Whether `bytes` have this hash.
    pub fn matches(&self, bytes: &[u8]) -> bool {
        let mut hasher = self.algorithm.hasher();
        hasher.update(bytes);
        hasher.finish() == *self
    }
}

impl FromStr for RecordHash {
    type Err = RecordHashError;

    fn from_str(text: &str) -> Result<Self, RecordHashError> {
        let (name, encoded) = text
            .split_once('=')
            .ok_or_else(|| RecordHashError::Shape { text: quoted(text) })?;
        let algorithm = match name {
            "sha256" => HashAlgorithm::Sha256,
            "sha384" => HashAlgorithm::Sha384,
            "sha512" => HashAlgorithm::Sha512,
            _ => {
                return Err(RecordHashError::Algorithm {
                    algorithm: quoted(name),
                });
            }
        };
        BASE64
            .decode(encoded)
            .ok()
            .filter(|digest| digest.len() == algorithm.digest_length())
            .map(|digest| Self {
                algorithm,
                digest: digest.into(),
            })
            .ok_or_else(|| RecordHashError::Digest {
                digest: quoted(encoded),
                algorithm,
            })
    }
}

impl fmt::Display for RecordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.algorithm, BASE64.encode(&self.digest))
    }
}

impl fmt::Debug for RecordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordHash({self})")
    }
}
