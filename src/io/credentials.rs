//! Who publishes: where user and password come from, in this order: Trusted Publishing, the
//! environment, `.netrc`, the keyring, the user at the terminal. Never from the command line or a URL,
//! which others can read.

use super::identity::Identity;
use super::net::{Net, TOKEN_USER};
use super::trusted::{Offer, Trusted, offer};
use crate::ctx::{Ctx, variable};
use crate::error::Failure;
use publish::Secret;
use publish::trusted::Ci;
use publish::upload::Address;
use std::fmt;

/// A token; its user is `__token__`.
const TOKEN: &str = "MOCHI_PUBLISH_TOKEN";
/// A user.
const USERNAME: &str = "MOCHI_PUBLISH_USERNAME";
/// The user's password.
const PASSWORD: &str = "MOCHI_PUBLISH_PASSWORD";

/// Where credentials are from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A variable of the environment.
    Variable(&'static str),
    /// Trusted Publishing, as a job of this CI service.
    Trusted(Ci),
    /// `.netrc` or the keyring.
    Stored(&'static str),
    /// The user typed them.
    Typed,
    /// For a dry run: nothing is asked for, so it is not known.
    Later,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => f.write_str(name),
            Self::Trusted(ci) => write!(f, "Trusted Publishing by {ci}"),
            Self::Stored(place) => f.write_str(place),
            Self::Typed => f.write_str("the terminal"),
            Self::Later => f.write_str("the keyring, or the terminal"),
        }
    }
}

/// The right to upload.
#[derive(Debug)]
pub struct Access {
    /// Where it is from.
    pub source: Source,
    holder: Holder,
}

#[derive(Debug)]
enum Holder {
    Login { username: String, password: Secret },
    Trusted(Box<Trusted>),
}

/// A user and a password, for one file.
#[derive(Debug, Clone)]
pub struct Login {
    /// The user.
    pub username: String,
    /// The password or token.
    pub password: Secret,
}

impl Access {
    fn of(source: Source, username: String, password: Secret) -> Self {
        let holder = Holder::Login { username, password };
        Self { source, holder }
    }

    /// User and password for the next file.
    ///
    /// # Errors
    /// The token of Trusted Publishing has expired, and there is no new one.
    pub async fn login(&mut self, ctx: &Ctx) -> Result<Login, Failure> {
        Ok(match &mut self.holder {
            Holder::Login { username, password } => Login {
                username: username.clone(),
                password: password.clone(),
            },
            Holder::Trusted(trusted) => Login {
                username: TOKEN_USER.to_owned(),
                password: trusted.token(ctx).await?,
            },
        })
    }

    /// The user and the password, if they are somebody's own and so good for reading too.
    #[must_use]
    pub fn own(&self) -> Option<(&str, &Secret)> {
        match &self.holder {
            Holder::Login { username, password } => Some((username, password)),
            Holder::Trusted(_) => None,
        }
    }

    /// The identity in whose name attestations can be signed.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        match &self.holder {
            Holder::Trusted(trusted) => Some(&trusted.identity),
            Holder::Login { .. } => None,
        }
    }
}

fn text(name: &'static str) -> Result<Option<String>, Failure> {
    let Some(value) = variable(name).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    // Its value is not for messages.
    let value = value
        .into_string()
        .ok()
        .map(|value| value.trim().to_owned());
    match value.filter(|value| !value.chars().any(char::is_control)) {
        Some(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        None => Err(Failure::invalid(format!(
            "{name} has characters that no user, password or token has"
        ))),
    }
}

/// The credentials that the environment gives, if it does.
///
/// # Errors
/// Its variables contradict each other, or cannot be sent.
pub fn given() -> Result<Option<Access>, Failure> {
    let (token, username, password) = (text(TOKEN)?, text(USERNAME)?, text(PASSWORD)?);
    match (token, username, password) {
        (Some(_), _, Some(_)) => Err(Failure::invalid(format!(
            "both {TOKEN} and {PASSWORD} are set, and one of them must go"
        ))
        .hint(format!(
            "{TOKEN} is sent as the user `{TOKEN_USER}`, {PASSWORD} as {USERNAME}"
        ))),
        (Some(_), Some(username), None) if username != TOKEN_USER => Err(Failure::invalid(
            format!("{TOKEN} is sent as the user `{TOKEN_USER}`, and {USERNAME} is `{username}`"),
        )
        .hint(format!("with another user, use {PASSWORD}"))),
        (Some(token), _, None) => Ok(Some(Access::of(
            Source::Variable(TOKEN),
            TOKEN_USER.to_owned(),
            Secret::new(token),
        ))),
        (None, username, Some(password)) => Ok(Some(Access::of(
            Source::Variable(PASSWORD),
            username.unwrap_or_else(|| TOKEN_USER.to_owned()),
            Secret::new(password),
        ))),
        (None, _, None) => Ok(None),
    }
}

/// Finds the credentials for an index.
///
/// # Errors
/// There are none, or the index does not trust this job.
pub async fn find(ctx: &Ctx, address: &Address) -> Result<Access, Failure> {
    let given = given()?;
    let mut tried = Vec::new();
    let mut hints = Vec::new();
    if given.is_none() || is_job(&ctx.net) {
        match offer(ctx, address).await {
            Ok(Offer::Trusted(trusted)) => {
                return Ok(Access {
                    source: Source::Trusted(trusted.identity.ci),
                    holder: Holder::Trusted(trusted),
                });
            }
            Ok(Offer::No { why, hint }) => {
                tried.push(why);
                hints.extend(hint);
            }
            Err(failure) => match &given {
                Some(access) => passed_over(ctx, &failure, access),
                None => return Err(failure),
            },
        }
    }
    if let Some(access) = given {
        return Ok(access);
    }
    tried.push(format!("neither {TOKEN} nor {PASSWORD} is set"));
    let username = text(USERNAME)?;
    let net = &ctx.net;
    let mut notes = Vec::new();
    let stored = net.upload_login(&address.upload, username.as_deref(), &mut notes);
    if let Some((username, password, place)) = stored.await {
        return Ok(Access::of(Source::Stored(place), username, password));
    }
    let host = address.upload.host_str().unwrap_or_default();
    let whose = username.as_ref();
    let whose = whose.map_or_else(String::new, |name| format!(" and the user `{name}`"));
    tried.push(format!(".netrc: it has nothing for `{host}`{whose}"));
    tried.push(match net.has_keyring() {
        true => format!("keyring: it has nothing for {}{whose}", address.shown()),
        false => "keyring: MOCHI_KEYRING_PROVIDER is not `subprocess`".to_owned(),
    });
    tried.extend(notes);
    if let Some(access) = typed(ctx, address, username)? {
        return Ok(access);
    }
    tried.push("the terminal: there is none".to_owned());
    let (name, shown) = (&address.name, address.shown());
    let place = match *name == shown {
        true => String::new(),
        false => format!(" ({shown})"),
    };
    let mut failure = Failure::unmet(format!("there are no credentials for {name}{place}"));
    failure.hints = hints;
    let hint = format!("set {TOKEN} to a token of the index, or {USERNAME} and {PASSWORD}");
    Err(failure.details(tried).hint(hint))
}

/// Whether this is a job of a CI service for sure.
fn is_job(net: &Net) -> bool {
    Identity::detect(net).is_some_and(|identity| !identity.is_guess)
}

/// Says that a job is not trusted, and that what the environment gives is used in its place: the
/// index's settings can be mended later.
fn passed_over(ctx: &Ctx, failure: &Failure, access: &Access) {
    let (message, source) = (&failure.message, &access.source);
    ctx.ui.warn(&format!("{message}; {source} is used instead"));
    for line in failure.details.iter().chain(&failure.hints) {
        ctx.ui.detail(line);
    }
}

/// Asks the user, where there is a terminal.
fn typed(
    ctx: &Ctx,
    address: &Address,
    username: Option<String>,
) -> Result<Option<Access>, Failure> {
    if !ctx.ui.can_ask() {
        return Ok(None);
    }
    let fail = |error: std::io::Error| {
        let message = format!("the terminal could not be asked: {error}");
        Failure::new(crate::error::Kind::Outside, message)
    };
    let host = address.upload.host_str().unwrap_or_default();
    let username = match (username, &address.warehouse) {
        (Some(username), _) => username,
        // A Warehouse takes tokens alone.
        (None, Some(_)) => TOKEN_USER.to_owned(),
        (None, None) => {
            let typed = ctx.ui.ask(&format!("User at {host} [{TOKEN_USER}]: "));
            match typed.map_err(fail)?.trim() {
                "" => TOKEN_USER.to_owned(),
                typed => typed.to_owned(),
            }
        }
    };
    let what = if username == TOKEN_USER {
        "Token"
    } else {
        "Password"
    };
    let password = ctx
        .ui
        .ask_secret(&format!("{what} for {username} at {host}: "));
    let password = password.map_err(fail)?.trim().to_owned();
    if password.is_empty() {
        return Err(Failure::unmet(format!(
            "nothing was typed, and {} wants credentials",
            address.name
        )));
    }
    let password = Secret::new(password);
    Ok(Some(Access::of(Source::Typed, username, password)))
}

/// What [`find`] would do, without asking anybody: for a dry run.
///
/// # Errors
/// The variables of the environment contradict each other.
pub fn plan(ctx: &Ctx, address: &Address) -> Result<Source, Failure> {
    let given = given()?;
    if let Some(identity) = Identity::detect(&ctx.net).filter(|identity| !identity.is_guess) {
        return Ok(Source::Trusted(identity.ci));
    }
    if let Some(access) = given {
        return Ok(access.source);
    }
    let username = text(USERNAME)?;
    let stored = ctx.net.netrc_login(&address.upload, username.as_deref());
    Ok(if stored {
        Source::Stored(".netrc")
    } else {
        Source::Later
    })
}
