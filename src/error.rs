//! How a command fails: with a kind that gives the exit code, a message that names the thing, and
//! the next step.

use crate::io::files::FileError;
use crate::io::from_mirror::MirrorError;
use crate::io::host::HostError;
use crate::io::identity::IdentityError;
use crate::io::index::{AddressError, IndexError};
use crate::io::install::InstallError;
#[cfg(feature = "object-store")]
use crate::io::mirror::BucketError;
use crate::io::net::NetError;
use crate::io::pyodide::PyodideError;
#[cfg(feature = "attestations")]
use crate::io::sigstore::SigstoreError;
use manifest::Invalid;
use publish::upload::{Class, FormError, Refusal};
use resolver::lock::LockError;
use serde_json::{Value, json};
use tag_matrix::EnvironmentError;

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request cannot be met: no solution, a skip, a stale lock, a failed verification.
    Unmet,
    /// Wrong use, or an invalid file.
    Invalid,
    /// The outside failed: network, disk.
    Outside,
}

impl Kind {
    /// The exit code of the contract.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Unmet => 1,
            Self::Invalid => 2,
            Self::Outside => 3,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Unmet => "unmet",
            Self::Invalid => "invalid",
            Self::Outside => "outside",
        }
    }
}

/// A failed command.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What kind of failure it is.
    pub kind: Kind,
    /// What is wrong, naming the thing.
    pub message: String,
    /// More lines about it.
    pub details: Vec<String>,
    /// Next steps.
    pub hints: Vec<String>,
    /// What `--json` adds to the error.
    pub data: Value,
    /// The command has printed its JSON document already.
    pub printed: bool,
}

impl Failure {
    /// A failure with a message.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            details: Vec::new(),
            hints: Vec::new(),
            data: Value::Null,
            printed: false,
        }
    }

    /// The request cannot be met.
    pub fn unmet(message: impl Into<String>) -> Self {
        Self::new(Kind::Unmet, message)
    }

    /// Wrong use or an invalid file.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, message)
    }

    /// The same with a next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same with more lines.
    #[must_use]
    pub fn details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    /// The failure as `--json` prints it.
    pub fn to_json(&self) -> Value {
        let mut error = json!({
            "kind": self.kind.name(),
            "exit-code": self.kind.exit_code(),
            "message": self.message,
            "details": self.details,
            "hints": self.hints,
        });
        if let (Some(error), Some(data)) = (error.as_object_mut(), self.data.as_object()) {
            error.extend(data.clone());
        }
        json!({ "error": error })
    }
}

impl From<Invalid> for Failure {
    fn from(error: Invalid) -> Self {
        let mut failure = Self::invalid(error.to_string());
        failure.hints.extend(error.hint.clone());
        failure.data = json!({ "file": error.file, "line": error.line, "key": error.key });
        failure
    }
}

impl From<LockError> for Failure {
    fn from(error: LockError) -> Self {
        let mut failure = Self::invalid(error.to_string());
        failure.hints.extend(error.hint());
        failure
    }
}

impl From<EnvironmentError> for Failure {
    fn from(error: EnvironmentError) -> Self {
        Self::invalid(error.to_string())
    }
}

impl From<AddressError> for Failure {
    fn from(error: AddressError) -> Self {
        Self::invalid(error.to_string())
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        let mut failure = Self::new(Kind::Outside, error.to_string());
        failure.hints.extend(error.hint());
        failure
    }
}

#[cfg(feature = "object-store")]
impl From<BucketError> for Failure {
    fn from(error: BucketError) -> Self {
        let kind = if error.is_use {
            Kind::Invalid
        } else {
            Kind::Outside
        };
        let mut failure = Self::new(kind, error.message);
        failure.hints.extend(error.hint);
        failure
    }
}

impl From<NetError> for Failure {
    fn from(error: NetError) -> Self {
        let mut failure = Self::new(kind_of(&error), error.to_string());
        failure.hints.extend(error.hint());
        failure
    }
}

/// A mirror that has too little or is damaged is no trouble with the network.
fn kind_of(error: &NetError) -> Kind {
    match error {
        NetError::NotHeld { .. } | NetError::Altered { .. } => Kind::Unmet,
        _ => Kind::Outside,
    }
}

impl From<MirrorError> for Failure {
    fn from(error: MirrorError) -> Self {
        match error {
            MirrorError::Document(error) => Self::invalid(error.to_string()).hint(error.hint()),
            MirrorError::File(error) => error.into(),
        }
    }
}

impl From<PyodideError> for Failure {
    fn from(error: PyodideError) -> Self {
        match error {
            PyodideError::File(error) => error.into(),
            PyodideError::Net(error) => error.into(),
            PyodideError::Status { .. } => Self::new(Kind::Outside, error.to_string()),
            PyodideError::Invalid { .. } | PyodideError::Platform { .. } => {
                Self::invalid(error.to_string()).hint(
                    "`pyodide-index` is a `pyodide-lock.json` of just that release; leave it out \
                     for the one that is built in",
                )
            }
        }
    }
}

impl From<IndexError> for Failure {
    fn from(error: IndexError) -> Self {
        let kind = match &error {
            IndexError::Net(error) => kind_of(error),
            IndexError::Page { .. } | IndexError::Status { .. } | IndexError::File(_) => {
                Kind::Outside
            }
            IndexError::Hash { .. } => Kind::Unmet,
            IndexError::Wheel { .. }
            | IndexError::OtherName { .. }
            | IndexError::Path { .. }
            | IndexError::NoIndex { .. } => Kind::Invalid,
        };
        let mut failure = Self::new(kind, error.to_string());
        failure.hints.extend(error.hint());
        failure
    }
}

#[cfg(feature = "attestations")]
impl From<SigstoreError> for Failure {
    fn from(error: SigstoreError) -> Self {
        let text = error.to_string();
        match error {
            SigstoreError::File(error) => error.into(),
            SigstoreError::Net(error) => error.into(),
            SigstoreError::NoFile { .. } | SigstoreError::Unusable { .. } => Self::invalid(text)
                .hint(
                    "it has to be a client trust config of Sigstore, with `trustedRoot` and \
                     `signingConfig`; without the variable the public instance is used",
                ),
            SigstoreError::Token { .. } | SigstoreError::Unsound { .. } => Self::unmet(text),
            SigstoreError::Service { refused: true, .. } => Self::unmet(text).hint(
                "Sigstore signs for identities of CI services that it knows; \
                 `--no-attestations` uploads without attestations",
            ),
            SigstoreError::Service { .. } => Self::new(Kind::Outside, text)
                .hint("try again later, or upload without attestations by `--no-attestations`"),
        }
    }
}

impl From<publish::upload::AddressError> for Failure {
    fn from(error: publish::upload::AddressError) -> Self {
        Self::invalid(error.to_string())
    }
}

impl From<FormError> for Failure {
    fn from(error: FormError) -> Self {
        Self::invalid(error.to_string())
    }
}

impl From<Refusal> for Failure {
    fn from(error: Refusal) -> Self {
        let kind = match error.class() {
            Class::Final => Kind::Unmet,
            Class::Passing(_) => Kind::Outside,
        };
        let mut failure = Self::new(kind, error.to_string()).hint(error.hint());
        failure.data = json!({ "refusal": error.name() });
        failure
    }
}

impl From<IdentityError> for Failure {
    fn from(error: IdentityError) -> Self {
        let kind = match &error {
            IdentityError::Net(error) => kind_of(error),
            IdentityError::None { .. } => Kind::Unmet,
            IdentityError::Down { .. } => Kind::Outside,
        };
        let mut failure = Self::new(kind, error.to_string());
        failure.hints.extend(error.hint());
        failure
    }
}

impl From<HostError> for Failure {
    fn from(error: HostError) -> Self {
        let kind = if error.is_disk() {
            Kind::Outside
        } else {
            Kind::Unmet
        };
        Self::new(kind, error.to_string())
    }
}

impl From<InstallError> for Failure {
    fn from(error: InstallError) -> Self {
        let kind = match () {
            () if error.is_disk() => Kind::Outside,
            () if error.is_invalid_file() => Kind::Invalid,
            () => Kind::Unmet,
        };
        Self::new(kind, error.to_string())
    }
}
