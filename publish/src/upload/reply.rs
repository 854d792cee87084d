//! What an index's answer to an upload means.

use super::{Refusal, words_without};
use crate::Secret;
use std::time::Duration;

/// An answer, as far as it matters.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reply<'a> {
    /// The status.
    pub status: u16,
    /// The phrase behind it in the status line, which HTTP/2 has not.
    pub reason: Option<&'a str>,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Location`.
    pub location: Option<&'a str>,
    /// `Retry-After`, from now.
    pub retry_after: Option<Duration>,
    /// The body, or the start of it.
    pub body: &'a [u8],
}

/// What became of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is stored, or was there already to the byte: a Warehouse answers alike.
    Stored,
    /// A file of this name is there, or one of the same content. Which, only its digest tells.
    Exists {
        /// Whether the server says by that that the contents differ: a Warehouse does, which takes the
        /// same bytes again without a word.
        differs: bool,
        /// The server's words.
        said: Option<String>,
    },
    /// It is not taken.
    Refused(Refusal),
}

/// What an answer says of a file; `secrets` are taken out of the server's words.
#[must_use]
pub fn judge(reply: &Reply<'_>, file: &str, secrets: &[Secret]) -> Outcome {
    let said = words_without(secrets, reply.content_type, reply.body, reply.reason);
    // The file may be called as one of the words that are looked for.
    let text = said.as_deref().unwrap_or_default().to_lowercase();
    let text = text.replace(&file.to_lowercase(), "");
    let (file, status) = (file.to_owned(), reply.status);
    Outcome::Refused(match status {
        200..=299 => return Outcome::Stored,
        // devpi, Artifactory; pypiserver says it in words.
        409 => {
            return Outcome::Exists {
                differs: false,
                said,
            };
        }
        400 | 403 if exists(&text) => {
            let differs = text.contains("with blake2_256 hash");
            return Outcome::Exists { differs, said };
        }
        400 | 422 => bad_request(file, said, &text),
        401 => Refusal::Credentials { file, status, said },
        403 => forbidden(file, said, &text),
        301 | 302 | 303 | 307 | 308 => Refusal::Redirect {
            file,
            status,
            target: target(reply.location, secrets),
        },
        404 | 405 => Refusal::NotThere { file, status, said },
        410 => Refusal::Gone { file, said },
        413 => Refusal::TooLarge { file, said },
        429 => Refusal::TooMany {
            file,
            after: reply.retry_after,
            said,
        },
        408 | 500..=599 => Refusal::Server {
            file,
            status,
            after: reply.retry_after,
            said,
        },
        _ => Refusal::Status { file, status, said },
    })
}

/// Whether an answer says that the file exists. The Warehouse keeps its words the same for its
/// clients; the others are those of pypiserver, GitLab, Nexus and Artifactory.
fn exists(text: &str) -> bool {
    let known = [
        "file already exists",
        "name has already been taken",
        "does not allow updating asset",
        "overwrite artifact",
    ];
    known.iter().any(|words| text.contains(words))
        || (text.contains("already exists") && !text.contains("sdist"))
}

fn bad_request(file: String, said: Option<String>, text: &str) -> Refusal {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&[
        "filename has already been used",
        "used by a deleted",
        "previously used",
    ]) {
        Refusal::NameUsed { file, said }
    } else if has(&["only one sdist"]) {
        Refusal::SecondSdist { file, said }
    } else if has(&["attestation"]) {
        Refusal::Attestations { file, said }
    } else if has(&["project size too large"]) {
        Refusal::ProjectTooLarge { file, said }
    } else if has(&["file too large", "too large"]) {
        Refusal::TooLarge { file, said }
    } else if has(&["platform tag"]) {
        Refusal::Platform { file, said }
    } else if has(&["invalid distribution file"]) {
        Refusal::Distribution { file, said }
    } else if text.contains("days") && has(&["release", "older", "upload"]) {
        Refusal::ReleaseTooOld { file, said }
    } else if has(&["license-file", "license file"]) {
        Refusal::LicenseFile { file, said }
    } else if has(&["description failed to render", "failed to render"]) {
        Refusal::Description { file, said }
    } else if has(&["digest"]) {
        Refusal::Digest { file, said }
    } else if has(&["filename"]) {
        Refusal::Filename { file, said }
    } else if text.contains("name")
        && has(&["isn't allowed", "too similar", "not allowed", "conflict"])
    {
        Refusal::ProjectName { file, said }
    } else if has(&[
        "invalid value",
        "invalid data",
        "metadata",
        "classifier",
        "invalid version",
    ]) {
        Refusal::Metadata { file, said }
    } else {
        Refusal::BadRequest { file, said }
    }
}

fn forbidden(file: String, said: Option<String>, text: &str) -> Refusal {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["read-only", "read only"]) {
        Refusal::ReadOnly { file, said }
    } else if has(&["verified", "unverified"]) && text.contains("mail") {
        Refusal::UnverifiedEmail { file, said }
    } else if has(&["two-factor", "two factor", "2fa", "second factor"]) {
        Refusal::SecondFactor { file, said }
    } else if has(&[
        "authentication",
        "credential",
        "api token",
        "password",
        "macaroon",
    ]) {
        Refusal::Credentials {
            file,
            status: 403,
            said,
        }
    } else if has(&[
        "isn't allowed",
        "not allowed",
        "isn't authorized",
        "permission",
    ]) {
        Refusal::NotAllowed { file, said }
    } else {
        Refusal::Forbidden { file, said }
    }
}

/// A redirect's target without what a URL may hide.
fn target(location: Option<&str>, secrets: &[Secret]) -> String {
    let Some(location) = location else {
        return "nowhere".to_owned();
    };
    let end = location.find(['?', '#']).unwrap_or(location.len());
    let location: String = location[..end]
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    let location = secrets
        .iter()
        .fold(location, |location, secret| secret.redacted(&location));
    match (location.find("//"), location.rfind('@')) {
        (Some(start), Some(at)) if start + 2 <= at => {
            format!("{}{}", &location[..start + 2], &location[at + 1..])
        }
        _ => location,
    }
}

#[cfg(test)]
mod tests;
