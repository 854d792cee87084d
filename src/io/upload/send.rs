//! Sending one file, until it is known what became of it.

use super::{Found, Outgoing, listing};
use crate::ctx::Ctx;
use crate::error::Failure;
use crate::io::credentials::Login;
use crate::io::net::{
    Attempts, Backoff, Failure as Failed, NetError, Once, OnceReply, Progress, Verdict, basic,
};
use bytes::Bytes;
use publish::Secret;
use publish::upload::{
    ACCEPT as ACCEPTED, Address, Class, Listed, Multipart, Outcome, Refusal, Reply, judge,
};
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use url::Url;
use wheel::page::Sha256;

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The index has it.
    Uploaded,
    /// The index had it before, to the byte.
    There,
    /// The index has another file of this name, with this SHA-256.
    Other(Sha256),
    /// The index says that it has a file of this name with other contents: its words.
    Differs(String),
    /// The index has a file of this name, and does not tell which: its words.
    Exists(Option<String>),
}

/// Sends files to one index.
pub struct Sender<'a> {
    ctx: &'a Ctx,
    address: &'a Address,
    project: &'a str,
    /// Where to: the index may ask for a `/` at the end.
    url: Url,
}

/// What one try came to.
enum Tried {
    Done(Sent),
    /// It may be tried again; what the user is told if that was the last time.
    Passing(Failed, Option<Refusal>),
    /// The same, at another path of the same server.
    Moved(Url),
}

impl<'a> Sender<'a> {
    /// For the files of a project.
    #[must_use]
    pub fn new(ctx: &'a Ctx, address: &'a Address, project: &'a str) -> Self {
        Self {
            ctx,
            address,
            project,
            url: address.upload.clone(),
        }
    }

    /// Sends a file. After a try of which it is not known what it did, the index is looked at before
    /// the next one, so that nothing is sent twice that has arrived.
    ///
    /// # Errors
    /// The index does not take it, or cannot be reached.
    pub async fn send(
        &mut self,
        file: &Outgoing,
        login: &Login,
        progress: &Progress,
    ) -> Result<Sent, Failure> {
        let mut backoff = self.ctx.net.backoff();
        loop {
            match self.attempt(file, login, progress).await? {
                Tried::Done(sent) => return Ok(sent),
                Tried::Moved(url) => self.url = url,
                Tried::Passing(failed, refusal) => {
                    match self.look(file).await {
                        Listed::Same => return Ok(Sent::Uploaded),
                        Listed::Other(found) => return Ok(Sent::Other(found)),
                        Listed::Absent | Listed::Unknown => {}
                    }
                    wait(&mut backoff, failed, refusal).await?;
                }
            }
        }
    }

    async fn attempt(
        &self,
        file: &Outgoing,
        login: &Login,
        progress: &Progress,
    ) -> Result<Tried, Failure> {
        let request = self.request(file, login, progress)?;
        let reply = match self.ctx.net.once(request).await {
            Ok(reply) => reply,
            Err(failed) if failed.verdict == Verdict::Final => return Err(failed.error.into()),
            Err(failed) => return Ok(Tried::Passing(failed, None)),
        };
        if let Some(url) = self.moved(&reply) {
            return Ok(Tried::Moved(url));
        }
        match judge(&shape(&reply), &file.filename, &secrets(login)) {
            Outcome::Stored => Ok(Tried::Done(Sent::Uploaded)),
            Outcome::Exists { differs, said } => Ok(Tried::Done(match self.look(file).await {
                Listed::Same => Sent::There,
                Listed::Other(found) => Sent::Other(found),
                Listed::Absent | Listed::Unknown => match said {
                    Some(said) if differs => Sent::Differs(said),
                    said => Sent::Exists(said),
                },
            })),
            Outcome::Refused(refusal) => match refusal.class() {
                Class::Final => Err(refusal.into()),
                Class::Passing(after) => {
                    let error = NetError::Status {
                        url: (&self.url).into(),
                        status: reply.status,
                        reason: reply.reason.clone().unwrap_or_default(),
                        detail: None,
                        attempts: Attempts(1),
                    };
                    let verdict = Verdict::Again(after);
                    Ok(Tried::Passing(Failed { error, verdict }, Some(refusal)))
                }
            },
        }
    }

    fn request(
        &self,
        file: &Outgoing,
        login: &Login,
        progress: &Progress,
    ) -> Result<Once, Failure> {
        let Multipart {
            content_type,
            head,
            tail,
        } = Multipart::of(&file.form, &file.bytes);
        let mut request = Once::new(Method::POST, self.url.clone());
        let kind = HeaderValue::from_str(&content_type).map_err(|error| {
            Failure::invalid(format!("{} cannot be sent: {error}", file.filename))
        })?;
        request.headers.insert(CONTENT_TYPE, kind);
        let accepted = HeaderValue::from_static(ACCEPTED);
        request.headers.insert(ACCEPT, accepted);
        let authorization = basic(&login.username, &login.password);
        request.headers.insert(AUTHORIZATION, authorization);
        request.body = vec![Bytes::from(head), file.bytes.clone(), Bytes::from(tail)];
        request.progress = Some(progress.clone());
        Ok(request)
    }

    /// Where the index wants the same request: at the same place with a `/` behind it, once, and
    /// nowhere else.
    fn moved(&self, reply: &OnceReply) -> Option<Url> {
        if !matches!(reply.status, 307 | 308) || self.url.path().ends_with('/') {
            return None;
        }
        let target = self.url.join(reply.location.as_deref()?).ok()?;
        let same = target.origin() == self.url.origin()
            && target.username().is_empty()
            && target.query() == self.url.query()
            && target.path() == format!("{}/", self.url.path());
        same.then_some(target)
    }

    async fn look(&self, file: &Outgoing) -> Listed {
        match listing(&self.ctx.net, self.address, self.project, None).await {
            Found::Page(listing) => listing.find(&file.filename, file.sha256),
            Found::Nothing => Listed::Absent,
            Found::Denied(why) | Found::Unknown(why) => {
                self.ctx.ui.detail(&why);
                Listed::Unknown
            }
        }
    }
}

/// What no message may repeat: the password, as it is and as it was sent.
fn secrets(login: &Login) -> Vec<Secret> {
    let header = basic(&login.username, &login.password);
    let sent = header.to_str().unwrap_or_default();
    let sent = sent.strip_prefix("Basic ").unwrap_or(sent);
    vec![login.password.clone(), Secret::new(sent)]
}

fn shape(reply: &OnceReply) -> Reply<'_> {
    Reply {
        status: reply.status,
        reason: reply.reason.as_deref(),
        content_type: reply.content_type.as_deref(),
        location: reply.location.as_deref(),
        retry_after: reply.retry_after,
        body: &reply.body,
    }
}

/// Waits for the next try, or ends with what the last one came to.
async fn wait(
    backoff: &mut Backoff,
    failed: Failed,
    refusal: Option<Refusal>,
) -> Result<(), Failure> {
    match (backoff.wait(failed).await, refusal) {
        (Ok(()), _) => Ok(()),
        (Err(_), Some(refusal)) => Err(refusal.into()),
        (Err(error), None) => Err(error.into()),
    }
}
