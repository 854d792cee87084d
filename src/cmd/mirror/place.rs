//! Where a mirror lies: a folder, or a bucket.

use crate::ctx::Ctx;
use crate::error::Failure;
use crate::io::mirror::{Folder, Store};
use std::path::Path;
use std::sync::Arc;

/// The store that the command line names.
///
/// # Errors
/// It names a bucket, and that cannot be used.
pub(super) fn open(ctx: &Ctx, dest: &Path) -> Result<Arc<dyn Store>, Failure> {
    if let Some(text) = dest.to_str().filter(|text| is_address(text)) {
        return bucket(ctx, text);
    }
    Ok(Arc::new(Folder::new(
        ctx.cwd.join(dest),
        dest.to_path_buf(),
    )))
}

/// Whether a text is meant as an address, not as a folder.
fn is_address(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

#[cfg(feature = "object-store")]
fn bucket(ctx: &Ctx, text: &str) -> Result<Arc<dyn Store>, Failure> {
    use crate::io::mirror::{Address, Bucket};
    let address: Address = text.parse()?;
    if ctx.global.offline {
        return Err(Failure::invalid(format!(
            "`{}` cannot be reached with --offline",
            address.shown()
        ))
        .hint("mirror into a folder"));
    }
    let vars: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let bucket = Bucket::open(&address, &vars, ctx.net.clone(), &ctx.cache)?;
    Ok(Arc::new(bucket))
}

#[cfg(not(feature = "object-store"))]
fn bucket(_ctx: &Ctx, _text: &str) -> Result<Arc<dyn Store>, Failure> {
    Err(
        Failure::invalid("this mochi was built without stores of objects")
            .hint("mirror into a folder, or use a mochi with the feature `object-store`"),
    )
}
