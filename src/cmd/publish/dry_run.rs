//! `--dry-run`: the requests that would be made. None is.

use super::Release;
use crate::cli::Publish as Args;
use crate::ctx::Ctx;
use crate::error::Failure;
use crate::io::credentials::{self, Source};
use crate::io::identity::Identity;
use crate::io::sign;
use crate::io::upload::Outgoing;
use publish::trusted::{AUDIENCE_PATH, MINT_PATH};
use serde_json::{Value, json};

/// Values of up to so many characters are shown as they are.
const SHORT: usize = 100;

/// A request that is not made.
struct Planned {
    method: &'static str,
    url: String,
    what: String,
    authorization: Option<String>,
    fields: Vec<(String, String)>,
}

impl Planned {
    fn new(method: &'static str, url: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            what: what.into(),
            authorization: None,
            fields: Vec::new(),
        }
    }

    fn to_json(&self) -> Value {
        let fields = self.fields.iter();
        json!({
            "method": self.method,
            "url": self.url,
            "for": self.what,
            "authorization": self.authorization,
            "fields": fields.map(|(name, value)| json!([name, value])).collect::<Vec<_>>(),
        })
    }
}

/// Prints them.
pub(super) fn show(ctx: &Ctx, args: &Args, release: &Release<'_>) -> Result<(), Failure> {
    let source = credentials::plan(ctx, release.address)?;
    let planned = plan(ctx, args, release, source)?;
    if ctx.ui.json {
        let address = release.address;
        ctx.ui.out_json(&json!({
            "dry-run": true,
            "index": { "name": address.name, "upload": address.shown() },
            "credentials": source.to_string(),
            "requests": planned.iter().map(Planned::to_json).collect::<Vec<_>>(),
        }));
        return Ok(());
    }
    for request in &planned {
        let line = format!("{} {}", request.method, request.url);
        ctx.ui
            .out(&format!("{}  # {}", ctx.ui.strong(&line), request.what));
        if let Some(authorization) = &request.authorization {
            ctx.ui.out(&format!("  authorization: {authorization}"));
        }
        for (name, value) in &request.fields {
            ctx.ui.out(&format!("  {name}: {value}"));
        }
    }
    Ok(())
}

fn plan(
    ctx: &Ctx,
    args: &Args,
    release: &Release<'_>,
    source: Source,
) -> Result<Vec<Planned>, Failure> {
    let address = release.address;
    let pages = address.pages(&release.project).take(1);
    let mut planned: Vec<Planned> = pages
        .map(|page| Planned::new("GET", page, "what the index has already is not sent again"))
        .collect();
    let mut attested = false;
    if let Source::Trusted(ci) = source {
        planned.push(Planned::new(
            "GET",
            address.api(AUDIENCE_PATH),
            "whether the index offers Trusted Publishing; if not, credentials are looked for elsewhere",
        ));
        planned.extend(identity(ctx, "the identity of this job, for the index"));
        let mut mint = Planned::new(
            "POST",
            address.api(MINT_PATH),
            format!("the identity that {ci} gives this job, for a token of the index"),
        );
        mint.fields
            .push(("token".to_owned(), "<identity token>".to_owned()));
        planned.push(mint);
        attested = ci.attests() && !args.no_attestations && sign::CAN_SIGN;
    }
    if attested {
        planned.extend(identity(ctx, "the identity of this job, for signing"));
        for file in &release.files {
            for (method, url) in sign::requests(ctx)? {
                let what = format!("the attestation of {}", file.filename);
                planned.push(Planned::new(method, url, what));
            }
        }
    }
    let uploads = release.files.iter().map(|file| {
        let mut upload = Planned::new("POST", address.shown(), &file.filename);
        upload.authorization = Some(format!("Basic, from {source}"));
        upload.fields = fields(file, attested);
        upload
    });
    planned.extend(uploads);
    Ok(planned)
}

/// What the CI service is asked.
fn identity(ctx: &Ctx, what: &str) -> Vec<Planned> {
    let requests = Identity::detect(&ctx.net).map(|identity| identity.requests());
    let requests = requests.into_iter().flatten();
    requests
        .map(|(method, url)| Planned::new(method, url, what))
        .collect()
}

/// The fields of a form, the long ones by their size.
fn fields(file: &Outgoing, attested: bool) -> Vec<(String, String)> {
    let short = |value: &str| {
        let plain = value.chars().count() <= SHORT && !value.chars().any(char::is_control);
        match plain {
            true => value.to_owned(),
            false => format!("<{} bytes>", value.len()),
        }
    };
    let fields = file.form.fields.iter();
    let mut shown: Vec<(String, String)> = fields
        .map(|(name, value)| ((*name).to_owned(), short(value)))
        .collect();
    if attested {
        shown.push(("attestations".to_owned(), "<1 attestation>".to_owned()));
    }
    let content = format!("<{} bytes>", file.bytes.len());
    shown.push(("content".to_owned(), content));
    shown
}
