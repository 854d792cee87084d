//! `publish`: manifest and files -> distributions -> what the index has -> who publishes ->
//! attestations -> files sent, in order -> what became of each.

mod dry_run;
mod report;

use super::build::{self, Made};
use crate::cli::{Build, Forge, Publish as Args};
use crate::ctx::{Ctx, MANIFEST};
use crate::error::{Failure, Kind};
use crate::io::credentials::{self, Access};
use crate::io::net::{NetError, Progress, TOKEN_USER};
use crate::io::sign::{self, Attested};
use crate::io::upload::{Found, Outgoing, Sender, Sent, listing};
use crate::locking::runtime;
use crate::ui::{count, size};
use manifest::Manifest;
use publish::Destination;
use publish::upload::{Address, Listed, rank};
use publish::workflow::{self, Native, Pipeline};
use report::{Fate, Report};
use std::path::PathBuf;
use std::sync::Arc;

/// The index where `--index` does not say.
const DEFAULT: &str = "pypi";

/// Builds, checks, and uploads.
///
/// # Errors
/// As `build`; or there are no credentials, or the index does not take a file, or it cannot be
/// reached.
pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<(), Failure> {
    let folder = ctx.project()?;
    let text = ctx.manifest_text(&folder)?;
    let manifest = Manifest::parse_to_build(&ctx.shown(&folder.join(MANIFEST)), &text)?;
    let address = address(ctx, &manifest)?;
    if let Some(forge) = args.print_workflow {
        return print_workflow(ctx, forge, &manifest, &address);
    }
    if ctx.global.offline && !args.dry_run {
        let url = (&address.upload).into();
        return Err(NetError::Offline { url }.into());
    }
    // Before a long build, and before anybody is asked.
    credentials::given()?;
    let release = release(ctx, args, &folder, &manifest, &address)?;
    if args.dry_run {
        return dry_run::show(ctx, args, &release);
    }
    runtime()?.block_on(publish(ctx, args, &release))
}

/// What is published, and where.
struct Release<'a> {
    /// The project's name in addresses.
    project: String,
    /// The version.
    version: String,
    /// The index.
    address: &'a Address,
    /// The files, in the order in which they are sent.
    files: Vec<Outgoing>,
}

impl Release<'_> {
    /// The Warehouse in whose terms attestations are made. An instance for tests has its main one's.
    fn warehouse(&self) -> &str {
        let name = self.address.warehouse.as_deref().unwrap_or(DEFAULT);
        name.rsplit('.').next().unwrap_or(name)
    }
}

/// The index that is published to. What is said for installing (`MOCHI_INDEX_URL`) does not count.
fn address(ctx: &Ctx, manifest: &Manifest) -> Result<Address, Failure> {
    let typed = ctx.global.index.as_deref();
    let name = typed.filter(|_| ctx.global.index_typed).unwrap_or(DEFAULT);
    let listed = manifest.indexes.iter().find(|index| index.name == name);
    Ok(Address::find(name, listed.map(|index| index.url.as_str()))?)
}

/// Builds the distributions, and writes them: what is sent are these very bytes.
fn release<'a>(
    ctx: &Ctx,
    args: &Args,
    folder: &std::path::Path,
    manifest: &Manifest,
    address: &'a Address,
) -> Result<Release<'a>, Failure> {
    let options = Build {
        out: args.out.clone(),
        sdist: false,
        wheel: false,
        pyodide: args.pyodide.clone(),
    };
    let destination = Destination {
        name: address.name.clone(),
        warehouse: address.warehouse.is_some(),
    };
    let made = build::make(ctx, &options, folder, manifest, &destination)?;
    let out: PathBuf = match &args.out {
        Some(out) => ctx.cwd.join(out),
        None => folder.join("dist"),
    };
    build::write(ctx, &out, &made)?;
    let mut files = made
        .into_iter()
        .map(|Made { built, .. }| Outgoing::new(built.filename, built.bytes))
        .collect::<Result<Vec<_>, _>>()?;
    files.sort_by_key(|file| rank(&file.filename));
    let first = files.first().map(|file| &file.form);
    let value = |name: &str| {
        let value = first.and_then(|form| form.values(name).next());
        value.unwrap_or_default().to_owned()
    };
    let (name, version) = (value("name"), value("version"));
    let project = name
        .parse::<wheel::PackageName>()
        .map_err(|error| Failure::invalid(error.to_string()))?;
    Ok(Release {
        project: project.to_string(),
        version,
        address,
        files,
    })
}

async fn publish(ctx: &Ctx, args: &Args, release: &Release<'_>) -> Result<(), Failure> {
    let mut report = Report::new(release);
    match upload(ctx, args, release, &mut report).await {
        Ok(()) => report.show(ctx),
        Err(failure) => return Err(report.after(failure)),
    }
    Ok(())
}

async fn upload(
    ctx: &Ctx,
    args: &Args,
    release: &Release<'_>,
    report: &mut Report,
) -> Result<(), Failure> {
    let found = look(ctx, release, None).await;
    let mut left = sort_out(ctx, args, release, &found, report)?;
    if left.is_empty() {
        return Ok(());
    }
    let mut access = credentials::find(ctx, release.address).await?;
    report.source = Some(access.source.to_string());
    if hides(release, &found, &access) {
        let found = look(ctx, release, Some(&access)).await;
        left = sort_out(ctx, args, release, &found, report)?;
    }
    ctx.ui
        .detail(&format!("credentials from {}", access.source));
    attest(ctx, args, release, &access, &mut left, report).await?;
    send_all(ctx, args, release, &left, &mut access, report).await
}

/// Whether an index may have more for those who log in. Some say that a page is not there to those
/// who may not see it (GitLab); the user of a token for uploads alone sees no more than others.
fn hides(release: &Release<'_>, found: &Found, access: &Access) -> bool {
    let own = access.own();
    let somebody = own.is_some_and(|(username, _)| username != TOKEN_USER);
    match found {
        Found::Denied(_) => own.is_some(),
        Found::Nothing => somebody && release.address.warehouse.is_none(),
        Found::Page(_) | Found::Unknown(_) => false,
    }
}

/// What the index has of the project.
async fn look(ctx: &Ctx, release: &Release<'_>, access: Option<&Access>) -> Found {
    let found = listing(&ctx.net, release.address, &release.project, access).await;
    if let Found::Denied(why) | Found::Unknown(why) = &found {
        let index = &release.address.name;
        let told = format!("it is not known what {index} has already: {why}");
        ctx.ui.detail(&told);
    }
    found
}

/// The files that are to be sent yet.
fn sort_out(
    ctx: &Ctx,
    args: &Args,
    release: &Release<'_>,
    found: &Found,
    report: &mut Report,
) -> Result<Vec<Outgoing>, Failure> {
    let mut left = Vec::new();
    for file in &release.files {
        let listed = match found {
            Found::Page(listing) => listing.find(&file.filename, file.sha256),
            Found::Nothing | Found::Denied(_) | Found::Unknown(_) => Listed::Absent,
        };
        match listed {
            Listed::Same => report.set(file, Fate::There),
            Listed::Other(found) => {
                settle(ctx, args, release, file, Sent::Other(found), report)?;
            }
            Listed::Absent | Listed::Unknown => left.push(file.clone()),
        }
    }
    Ok(left)
}

/// Signs all of them before the first is sent.
async fn attest(
    ctx: &Ctx,
    args: &Args,
    release: &Release<'_>,
    access: &Access,
    left: &mut [Outgoing],
    report: &mut Report,
) -> Result<(), Failure> {
    let identity = access.identity().filter(|identity| identity.ci.attests());
    let Some(identity) = identity.filter(|_| !args.no_attestations && sign::CAN_SIGN) else {
        return Ok(());
    };
    let files: Vec<Attested<'_>> = left
        .iter()
        .map(|file| Attested {
            filename: &file.filename,
            sha256: file.sha256,
        })
        .collect();
    let task = ctx.ui.task("signing attestations");
    let signed = sign::attest(ctx, identity, &files, release.warehouse()).await;
    task.finish_and_clear();
    for (file, attestation) in left.iter_mut().zip(signed?) {
        file.form = file.form.clone().with_attestations(&[attestation])?;
        report.attested(file);
    }
    ctx.ui.status("Signed", &count(left.len(), "attestation"));
    Ok(())
}

async fn send_all(
    ctx: &Ctx,
    args: &Args,
    release: &Release<'_>,
    left: &[Outgoing],
    access: &mut Access,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut sender = Sender::new(ctx, release.address, &release.project);
    for file in left {
        let bytes = file.bytes.len() as u64;
        let login = access.login(ctx).await?;
        let told = format!("{} ({})", file.filename, size(bytes));
        ctx.ui.status("Uploading", &told);
        let bar = ctx.ui.bytes("uploading", bytes);
        let shown = bar.clone();
        let progress: Progress = Arc::new(move |sent| shown.set_position(sent.min(bytes)));
        let sent = sender.send(file, &login, &progress).await;
        bar.finish_and_clear();
        settle(ctx, args, release, file, sent?, report)?;
    }
    Ok(())
}

/// Decides what is to be done about a file that the index has or got.
fn settle(
    ctx: &Ctx,
    args: &Args,
    release: &Release<'_>,
    file: &Outgoing,
    sent: Sent,
    report: &mut Report,
) -> Result<(), Failure> {
    let (name, index) = (&file.filename, &release.address.name);
    let (told, data) = match sent {
        Sent::Uploaded => {
            report.set(file, Fate::Uploaded);
            return Ok(());
        }
        Sent::There => {
            report.set(file, Fate::There);
            return Ok(());
        }
        Sent::Other(found) => {
            report.set(file, Fate::Other);
            let told = format!(
                "{name} is on {index} already, with other contents: SHA-256 {found} there, {} here",
                file.sha256
            );
            (told, "OtherContents")
        }
        Sent::Differs(said) => {
            report.set(file, Fate::Other);
            let told = format!("{name} is on {index} already, with other contents: {said}");
            (told, "OtherContents")
        }
        Sent::Exists(said) => {
            report.set(file, Fate::Unknown);
            let said = said.map_or_else(String::new, |said| format!(": {said}"));
            let told = format!(
                "{name} is on {index} already, which does not tell whether it is the same{said}"
            );
            (told, "Exists")
        }
    };
    if args.skip_existing {
        ctx.ui.warn(&told);
        return Ok(());
    }
    let mut failure = Failure::new(Kind::Unmet, told)
        .hint("raise the version: files of an index are not replaced")
        .hint("or pass over files that are there already, by --skip-existing");
    failure.data = serde_json::json!({ "refusal": data });
    Err(failure)
}

fn print_workflow(
    ctx: &Ctx,
    forge: Forge,
    manifest: &Manifest,
    address: &Address,
) -> Result<(), Failure> {
    let Some(name) = &manifest.publish.name else {
        return Err(Failure::invalid(format!(
            "{}: the package has no name",
            manifest.file
        )));
    };
    let native = &manifest.publish.native;
    let pipeline = Pipeline {
        project: &name.value,
        index: match address.upload.query() {
            Some(_) => address.upload.as_str(),
            None => &address.name,
        },
        is_default: address.name == DEFAULT,
        warehouse: address.warehouse.as_deref(),
        version: env!("CARGO_PKG_VERSION"),
        source: manifest.publish.source(),
        native: Native {
            any: !native.is_empty(),
            rust: native.iter().any(|(_, module)| module.krate.is_some()),
            full_api: native
                .iter()
                .any(|(_, module)| module.limited_api.is_none()),
        },
    };
    let text = match forge {
        Forge::Github => workflow::github(&pipeline),
        Forge::Gitlab => workflow::gitlab(&pipeline),
    };
    if ctx.ui.json {
        ctx.ui.out_json(&serde_json::json!({ "workflow": text }));
    } else {
        ctx.ui.out_raw(&text);
    }
    Ok(())
}
