//! The ways in which an index does not take a file, each with the next step.

use std::time::Duration;

/// What follows from a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The index will not take it: the same again would end the same way.
    Final,
    /// It may pass: worth another try, after this time if the server says one.
    Passing(Option<Duration>),
}

/// Why an index did not take a file, with the server's own words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The name was used by a file that was deleted.
    #[error("the name of {file} was used before, by a file that is deleted{}", Said(.said))]
    NameUsed {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// The release takes no new files after so many days.
    #[error("the release of {file} is too old to get new files{}", Said(.said))]
    ReleaseTooOld {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// The release has an sdist of another name.
    #[error("the release has an sdist already, and {file} would be a second one{}", Said(.said))]
    SecondSdist {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// The file is no distribution that the index understands.
    #[error("the index takes {file} for damaged{}", Said(.said))]
    Distribution {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// The file's name.
    #[error("the index does not take the file name {file}{}", Said(.said))]
    Filename {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// The project's name.
    #[error("the index does not take the project's name, that of {file}{}", Said(.said))]
    ProjectName {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// A platform tag.
    #[error("the index does not take wheels for the platform of {file}{}", Said(.said))]
    Platform {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// A licence that the metadata names is not in the file.
    #[error("a licence file that the metadata names is not in {file}{}", Said(.said))]
    LicenseFile {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// The description cannot be shown.
    #[error("the index cannot show the description of {file}{}", Said(.said))]
    Description {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// Another field of the metadata.
    #[error("the index does not take the metadata of {file}{}", Said(.said))]
    Metadata {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// What arrived is not what was announced.
    #[error("the index got other bytes of {file} than were sent{}", Said(.said))]
    Digest {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// The file is too large.
    #[error("{file} is larger than the index takes{}", Said(.said))]
    TooLarge {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// The project is too large.
    #[error("with {file} the project would be larger than the index allows{}", Said(.said))]
    ProjectTooLarge {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// The attestations.
    #[error("the index does not accept the attestations of {file}{}", Said(.said))]
    Attestations {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// Another 400.
    #[error("the index refuses {file}{}", Said(.said))]
    BadRequest {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// No credentials, or wrong ones: 401, and 403 at a Warehouse.
    #[error("the index does not accept the credentials that {file} was sent with ({status}){}", Said(.said))]
    Credentials {
        /// The file.
        file: String,
        /// 401 or 403.
        status: u16,
        /// The server's words.
        said: Option<String>,
    },
    /// Right credentials, of somebody who may not.
    #[error("whoever the credentials are of may not upload {file}{}", Said(.said))]
    NotAllowed {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// The account lacks a verified address.
    #[error("the account has no verified e-mail address, and {file} is not taken without{}", Said(.said))]
    UnverifiedEmail {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// The account lacks a second factor.
    #[error("the account has no second factor, and {file} is not taken without{}", Said(.said))]
    SecondFactor {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// The index takes nothing for now.
    #[error("the index is read-only at the moment, and does not take {file}{}", Said(.said))]
    ReadOnly {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// Another 403.
    #[error("the index forbids the upload of {file}{}", Said(.said))]
    Forbidden {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// 404 or 405: nothing there takes uploads.
    #[error("there is nothing at the index's address that takes {file} ({status}){}", Said(.said))]
    NotThere {
        /// The file.
        file: String,
        /// 404 or 405.
        status: u16,
        /// The server's words.
        said: Option<String>,
    },
    /// 410: the server speaks another protocol by now.
    #[error("the index does not take uploads like that of {file} any more (410){}", Said(.said))]
    Gone {
        /// The file.
        file: String,
        /// The server's words.
        said: Option<String>,
    },
    /// 429.
    #[error("the index asks for patience, and did not take {file} (429){}", Said(.said))]
    TooMany {
        /// The file.
        file: String,
        /// After how long it may be tried again.
        after: Option<Duration>,
        /// The server's words.
        said: Option<String>,
    },
    /// 5xx, and what a proxy says when it waited too long.
    #[error("the index has trouble, and did not take {file} ({status}){}", Said(.said))]
    Server {
        /// The file.
        file: String,
        /// The status.
        status: u16,
        /// After how long it may be tried again.
        after: Option<Duration>,
        /// The server's words.
        said: Option<String>,
    },
    /// A redirect.
    #[error(
        "the index redirects the upload of {file} ({status}) to {target}, which is not followed"
    )]
    Redirect {
        /// The file.
        file: String,
        /// 301, 302, 303, 307 or 308.
        status: u16,
        /// Where to.
        target: String,
    },
    /// Another status.
    #[error("the index answered the upload of {file} with {status}{}", Said(.said))]
    Status {
        /// The file.
        file: String,
        /// The status.
        status: u16,
        /// The server's words.
        said: Option<String>,
    },
}

impl Refusal {
    /// What follows from it.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::TooMany { after, .. } | Self::Server { after, .. } => Class::Passing(*after),
            // What was damaged on the way may arrive whole.
            Self::Digest { .. } => Class::Passing(None),
            _ => Class::Final,
        }
    }

    /// Its stable name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NameUsed { .. } => "NameUsed",
            Self::ReleaseTooOld { .. } => "ReleaseTooOld",
            Self::SecondSdist { .. } => "SecondSdist",
            Self::Distribution { .. } => "Distribution",
            Self::Filename { .. } => "Filename",
            Self::ProjectName { .. } => "ProjectName",
            Self::Platform { .. } => "Platform",
            Self::LicenseFile { .. } => "LicenseFile",
            Self::Description { .. } => "Description",
            Self::Metadata { .. } => "Metadata",
            Self::Digest { .. } => "Digest",
            Self::TooLarge { .. } => "TooLarge",
            Self::ProjectTooLarge { .. } => "ProjectTooLarge",
            Self::Attestations { .. } => "Attestations",
            Self::BadRequest { .. } => "BadRequest",
            Self::Credentials { .. } => "Credentials",
            Self::NotAllowed { .. } => "NotAllowed",
            Self::UnverifiedEmail { .. } => "UnverifiedEmail",
            Self::SecondFactor { .. } => "SecondFactor",
            Self::ReadOnly { .. } => "ReadOnly",
            Self::Forbidden { .. } => "Forbidden",
            Self::NotThere { .. } => "NotThere",
            Self::Gone { .. } => "Gone",
            Self::TooMany { .. } => "TooMany",
            Self::Server { .. } => "Server",
            Self::Redirect { .. } => "Redirect",
            Self::Status { .. } => "Status",
        }
    }

    /// The next step.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NameUsed { .. } => {
                "the name of a deleted file cannot be used again: raise the version"
            }
            Self::ReleaseTooOld { .. } => {
                "files can be added for 14 days after the first one of a release: raise the version, \
                 and publish all files at once"
            }
            Self::SecondSdist { .. } | Self::Filename { .. } => {
                "the distribution's name may have changed since the first upload: keep it, or raise \
                 the version"
            }
            Self::Distribution { .. } => {
                "publish again, which builds it anew; if it stays so, report it with the server's words"
            }
            Self::ProjectName { .. } => "choose another `distribution-name` in [python.publish]",
            Self::Platform { .. } => {
                "take the tag out of `wheel-tags`, or publish to an index that takes it; \
                 `mochi py build --index NAME` writes tags as that index wants them"
            }
            Self::LicenseFile { .. } => "look at `license-files` in [python.publish]",
            Self::Description { .. } => {
                "look at the `readme`: its text must be valid for its ending (.md, .rst, .txt)"
            }
            Self::Metadata { .. } => "correct the field in mochi.toml, and publish again",
            Self::Digest { .. } => {
                "publish again; if it stays so, something on the way changes files"
            }
            Self::TooLarge { .. } => {
                "leave out what users do not need, or ask the index's operators for a higher limit"
            }
            Self::ProjectTooLarge { .. } => {
                "delete old releases, or ask the index's operators for a higher limit"
            }
            Self::Attestations { .. } => {
                "publish with --no-attestations, or look at the server's words"
            }
            Self::BadRequest { .. } => "the server's words say what to change",
            Self::Credentials { .. } => {
                "check the token: that it is whole, not revoked, and of this very index; the user of \
                 a token is `__token__`"
            }
            Self::NotAllowed { .. } | Self::Forbidden { .. } => {
                "use a token of the project, or let its owners add the account or the Trusted Publisher"
            }
            Self::UnverifiedEmail { .. } => "verify the e-mail address in the account's settings",
            Self::SecondFactor { .. } => {
                "turn on two-factor authentication in the account's settings"
            }
            Self::ReadOnly { .. } => "try again later",
            Self::NotThere { .. } => {
                "check the address: one that takes uploads, such as https://HOST/legacy/ of a \
                 Warehouse, https://HOST/USER/INDEX/ of devpi, or the root of a pypiserver"
            }
            Self::Gone { .. } => "check the address, or use a newer mochi",
            Self::TooMany { .. } | Self::Server { .. } => {
                "try again later: what is uploaded already is not sent again"
            }
            Self::Redirect { .. } => {
                "credentials and files go nowhere but to the index that was named: if the other \
                 address is right, name that one by --index"
            }
            Self::Status { .. } => "check the index's address",
        }
    }
}

/// `: the server's words`.
struct Said<'a>(&'a Option<String>);

impl std::fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(said) => write!(f, ": {said}"),
            None => Ok(()),
        }
    }
}
