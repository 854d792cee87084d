//! `call`: one Python function, through the bridge.

use crate::cli::Call as Args;
use crate::cmd::init::host_target;
use crate::ctx::{Ctx, variable};
use crate::error::{Failure, Kind};
use crate::io::bridge::{Bridge, Place};
use manifest::Manifest;
use runtime::wire::{from_text, to_json};
use runtime::{Call, CallError, Value, mode_for};
use serde::Deserialize;
use serde_json::json;
use std::io::Read;
use std::path::PathBuf;
use tag_matrix::{RuntimeMode, Target};

/// Calls it and prints its result.
///
/// # Errors
/// The words are wrong, the mode cannot work on the target, Python cannot be started, or the
/// function raised.
pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<(), Failure> {
    let mut call = parse(args)?;
    call.timeout = args.timeout;
    let project = ctx.find_project()?;
    let manifest = match &project {
        Some(folder) => Some(ctx.parse_manifest(folder, &ctx.manifest_text(folder)?)?),
        None => None,
    };
    let mode = choose(args, manifest.as_ref())?;
    let place = Place {
        project: project.as_deref(),
        venv: args.venv.as_deref(),
        python: args.python.as_deref(),
        paths: paths(ctx, args)?,
        pyodide: args.pyodide.as_deref(),
        releases: manifest
            .as_ref()
            .map_or(&[][..], |manifest| &manifest.pyodide.releases),
        grants: grants(ctx, args)?,
        env: args
            .allow_env
            .iter()
            .filter_map(|word| variable_of(word))
            .collect(),
        network: args.allow_network,
        async_mode: manifest
            .as_ref()
            .map_or_else(Default::default, |manifest| manifest.async_mode),
    };
    let Bridge { runtime, mode } = Bridge::start(ctx, mode, &place)?;
    ctx.ui.detail(&format!("runtime mode {mode}"));
    let reply = runtime.call(&call);
    runtime.shutdown();
    let value = reply.map_err(|error| failed(ctx, args, error))?;
    let text = to_json(&value).map_err(|error| Failure::unmet(error.to_string()))?;
    match ctx.ui.json {
        true => ctx
            .ui
            .out(&format!(r#"{{"mode":"{mode}","result":{text}}}"#)),
        false => ctx.ui.out(&text),
    }
    Ok(())
}

/// The folders of `--path`, which must be there: what is not would be missed much later.
fn paths(ctx: &Ctx, args: &Args) -> Result<Vec<PathBuf>, Failure> {
    let folders = args.path.iter().map(|path| ctx.cwd.join(path));
    folders
        .map(|folder| match folder.is_dir() {
            true => Ok(folder),
            false => Err(Failure::invalid(format!(
                "--path: `{}` is no folder",
                ctx.shown(&folder)
            ))),
        })
        .collect()
}

/// What `--allow-dir` says: the folder, where Python sees it, and whether it may write.
fn grants(ctx: &Ctx, args: &Args) -> Result<Vec<(PathBuf, String, bool)>, Failure> {
    let grants = args.allow_dir.iter().map(|word| {
        let (word, writable) = match word.strip_suffix(":rw") {
            Some(word) => (word, true),
            None => (&**word, false),
        };
        let (host, guest) = word.split_once("::").unwrap_or((word, word));
        let folder = ctx.cwd.join(host);
        match folder.is_dir() && !guest.is_empty() {
            true => Ok((folder, guest.to_owned(), writable)),
            false => Err(Failure::invalid(format!(
                "--allow-dir: `{word}` is no folder"
            ))),
        }
    });
    grants.collect()
}

/// What `--allow-env` says; a variable that is not set is not there.
fn variable_of(word: &str) -> Option<(String, String)> {
    match word.split_once('=') {
        Some((name, value)) => Some((name.to_owned(), value.to_owned())),
        None => Some((word.to_owned(), variable(word)?.into_string().ok()?)),
    }
}

/// What is to be called.
fn parse(args: &Args) -> Result<Call, Failure> {
    let wrong = || {
        Failure::invalid(format!(
            "`{}` is no MODULE:FUNCTION",
            args.function.escape_debug()
        ))
        .hint("for example `math:sqrt`")
    };
    let (module, function) = args.function.split_once(':').ok_or_else(wrong)?;
    let is_path = |path: &str| !path.is_empty() && path.split('.').all(|part| !part.is_empty());
    if !is_path(module) || !is_path(function) || function.contains(':') {
        return Err(wrong());
    }
    let mut call = Call::new(module, function);
    let text = match args.args.as_deref() {
        None => return Ok(call),
        Some("-") => stdin()?,
        Some(text) => text.to_owned(),
    };
    match value(&text)? {
        Value::List(positional) => call.args = positional,
        Value::Map(named) => call.kwargs = named,
        one => call.args = vec![one],
    }
    Ok(call)
}

fn stdin() -> Result<String, Failure> {
    let mut text = String::new();
    match std::io::stdin().lock().read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) => Err(Failure::new(
            Kind::Outside,
            format!("the arguments cannot be read from stdin: {error}"),
        )),
    }
}

fn value(text: &str) -> Result<Value, Failure> {
    let hint = "for example '[1, \"two\"]', or '{\"name\": \"value\"}'";
    // The wire's own reader trusts its other side; what a person types is checked as JSON first.
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let checked = serde::de::IgnoredAny::deserialize(&mut deserializer)
        .and_then(|_| deserializer.end())
        .map_err(|error| Failure::invalid(format!("the arguments are no JSON: {error}")));
    checked.map_err(|failure| failure.hint(hint))?;
    from_text(text).map_err(|error| Failure::invalid(format!("the arguments: {error}")).hint(hint))
}

/// The mode, of the flags, the manifest and the target; `None` where the machine decides between
/// embedded and subprocess.
fn choose(args: &Args, manifest: Option<&Manifest>) -> Result<Option<RuntimeMode>, Failure> {
    let flag = match args.mode.as_deref() {
        None => None,
        Some("auto") => Some(None),
        Some(name) => {
            Some(Some(name.parse::<RuntimeMode>().map_err(|error| {
                Failure::invalid(format!("--mode: {error}"))
            })?))
        }
    };
    let of_manifest = manifest.and_then(|manifest| manifest.runtime_mode);
    let wanted = flag.unwrap_or(of_manifest);
    let target = args.target.as_deref().map(target).transpose()?;
    match (wanted, target) {
        // A mode that has a target of its own is meant for that one.
        (wanted, None) => Ok(wanted),
        (None, target) if target == host_target() => Ok(None),
        (wanted, Some(target)) => mode_for(target, wanted)
            .map(Some)
            .map_err(|error| Failure::invalid(error.to_string())),
    }
    .and_then(|mode| here(mode, target).map(|()| mode))
}

/// A native target other than this machine's cannot be called from here.
fn here(mode: Option<RuntimeMode>, target: Option<Target>) -> Result<(), Failure> {
    let native = matches!(
        mode,
        None | Some(RuntimeMode::Embedded | RuntimeMode::Subprocess)
    );
    match target {
        Some(target) if native && Some(target) != host_target() => Err(Failure::invalid(format!(
            "{target} is not this machine's target, so its Python cannot be called here"
        ))),
        _ => Ok(()),
    }
}

fn target(name: &str) -> Result<Target, Failure> {
    match Target::of_triple(name) {
        Some(target) => Ok(target),
        None => Ok(name.parse::<Target>()?),
    }
}

/// What went wrong, with the exit code of the contract.
fn failed(ctx: &Ctx, args: &Args, error: CallError) -> Failure {
    match error {
        CallError::Python(error) => {
            if !error.traceback.is_empty() {
                ctx.ui.traceback(&error.traceback);
            }
            let mut failure = Failure::unmet(format!(
                "{} failed: {}: {}",
                args.function, error.kind, error.message
            ));
            failure.data = json!({
                "type": error.kind,
                "exception": error.message,
                "traceback": error.traceback,
            });
            failure
        }
        other => Failure::unmet(other.to_string()),
    }
}
