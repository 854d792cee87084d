//! One verb, one file.

mod add;
mod build;
mod cache;
mod call;
mod explain;
mod export;
mod init;
mod lock;
mod mirror;
mod publish;
mod remove;
mod sync;
mod targets;
mod tree;
mod why;
mod wrap;

use crate::cli::Command;
use crate::ctx::Ctx;
use crate::error::Failure;

/// Runs a command.
///
/// # Errors
/// What it failed with.
pub fn run(ctx: &Ctx, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Init(args) => init::run(ctx, args),
        Command::Add(args) => add::run(ctx, args),
        Command::Remove(args) => remove::run(ctx, args),
        Command::Build(args) => build::run(ctx, args),
        Command::Lock(args) => lock::run(ctx, args),
        Command::Sync(args) => sync::run(ctx, args),
        Command::Explain(args) => explain::run(ctx, args),
        Command::Targets => targets::run(ctx),
        Command::Tree(args) => tree::run(ctx, args),
        Command::Why(args) => why::run(ctx, args),
        Command::Call(args) => call::run(ctx, args),
        Command::Export(args) => export::run(ctx, args),
        Command::Mirror(args) => mirror::run(ctx, args),
        Command::Publish(args) => publish::run(ctx, args),
        Command::Wrap(args) => wrap::run(ctx, args),
        Command::Cache(args) => cache::run(ctx, args),
    }
}
