//! What a store of objects said, in words that lead on. Its credentials stay out of them.

use std::error::Error;
use std::io;

/// A bucket that cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct BucketError {
    /// What is wrong, naming the bucket.
    pub message: String,
    /// The next step.
    pub hint: Option<String>,
    /// Whether the address or a setting is wrong, rather than the outside.
    pub is_use: bool,
}

impl BucketError {
    /// The outside failed.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            is_use: false,
        }
    }

    /// Wrong use.
    pub fn wrong_use(message: impl Into<String>) -> Self {
        Self {
            is_use: true,
            ..Self::new(message)
        }
    }

    /// The same with a next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<BucketError> for io::Error {
    fn from(error: BucketError) -> Self {
        Self::other(error)
    }
}

/// Whether it is the bucket that is not there, not an object of it.
pub(super) fn is_no_bucket(error: &object_store::Error) -> bool {
    let said = said(error);
    ["NoSuchBucket", "ContainerNotFound", "bucket does not exist"]
        .iter()
        .any(|code| said.contains(code))
}

/// What an error means for the bucket of this name.
pub(super) fn explain(error: &object_store::Error, bucket: &str) -> BucketError {
    use object_store::Error as E;
    let said = said(error);
    let told = told(&said);
    let keys = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (with AWS_SESSION_TOKEN where \
                there is one) again; GOOGLE_… and AZURE_… for gs:// and az://";
    let is = |codes: &[&str]| codes.iter().any(|code| said.contains(code));
    match error {
        _ if is_no_bucket(error) => BucketError::new(format!("there is no bucket `{bucket}`"))
            .hint("make it, or see whether its name, AWS_REGION and AWS_ENDPOINT_URL are right"),
        _ if is(&[
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "ExpiredToken",
            "InvalidToken",
            "TokenRefreshRequired",
        ]) =>
        {
            BucketError::new(format!(
                "the credentials for bucket `{bucket}` were not accepted: {told}"
            ))
            .hint(keys)
        }
        E::Unauthenticated { .. } => {
            BucketError::new(format!("bucket `{bucket}` wants credentials: {told}")).hint(keys)
        }
        E::PermissionDenied { .. } => {
            BucketError::new(format!("access to bucket `{bucket}` was denied: {told}")).hint(
                "the credentials need s3:ListBucket on it, and s3:GetObject, s3:PutObject, \
                 s3:DeleteObject and s3:AbortMultipartUpload on its objects, or their like",
            )
        }
        E::NotImplemented { .. } | E::NotSupported { .. } => no_conditions(bucket),
        _ if is(&["501 Not Implemented", "NotImplemented"]) => no_conditions(bucket),
        _ if is(&["Received redirect", "PermanentRedirect", "301 Moved"]) => {
            BucketError::new(format!("bucket `{bucket}` is in another region"))
                .hint("set AWS_REGION to the bucket's")
        }
        _ => BucketError::new(format!("bucket `{bucket}`: {told}"))
            .hint("run it again: what has arrived is kept"),
    }
}

/// The store takes a write whose condition does not hold.
pub(super) fn no_conditions(bucket: &str) -> BucketError {
    BucketError::new(format!(
        "the store of bucket `{bucket}` has no conditional writes (If-None-Match, If-Match), \
         without which two runs would harm each other"
    ))
    .hint(
        "use a store that has them, in a release that has them, or mirror into a folder and copy \
         that",
    )
}

/// All that was said, outermost first.
fn said(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let text = source.to_string();
        if !said.contains(&text) {
            said.push_str(": ");
            said.push_str(&text);
        }
        next = source.source();
    }
    said
}

/// The part of it that is for people: of a reply its code and message, since the rest of it may
/// repeat what was signed; otherwise the last cause.
fn told(said: &str) -> String {
    let tag = |name: &str| {
        let (_, rest) = said.split_once(&format!("<{name}>"))?;
        Some(rest.split_once("</")?.0.trim().to_owned())
    };
    let status = said.split_once("status code: ").map(|(_, rest)| {
        rest.split(": ")
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    });
    match (tag("Code"), tag("Message"), status) {
        (Some(code), Some(message), _) => format!("{code}: {message}"),
        (Some(code), None, _) => code,
        (None, _, Some(status)) => status,
        (None, _, None) => {
            let last = said.rsplit(" - ").next().unwrap_or(said);
            last.strip_prefix("HTTP error: ").unwrap_or(last).to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(body: &str) -> object_store::Error {
        object_store::Error::PermissionDenied {
            path: "x".to_owned(),
            source: format!("Server returned non-2xx status code: 403 Forbidden: {body}").into(),
        }
    }

    #[test]
    fn a_reply_is_told_by_code_and_message_alone() {
        let body = "<Error><Code>SignatureDoesNotMatch</Code><Message>Wrong.</Message>\
                    <StringToSign>AWS4-secret</StringToSign></Error>";
        let error = explain(&denied(body), "b");
        assert_eq!(
            error.message,
            "the credentials for bucket `b` were not accepted: SignatureDoesNotMatch: Wrong."
        );
        let error = explain(&denied(""), "b");
        assert_eq!(
            error.message,
            "access to bucket `b` was denied: 403 Forbidden"
        );
    }
}
