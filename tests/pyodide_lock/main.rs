//! `pyodide-lock.json` from a lock: what stands in it, and what real Pyodide makes of it.
//!
//! `MOCHI_PYODIDE` names a folder with Pyodide releases and micropip's wheel; `scripts/test` makes it.

mod exported;
mod imports;
mod loaded;
mod mirror;
mod project;
mod runtime;
