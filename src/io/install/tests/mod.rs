//! Whole syncs of made-up wheels, into folders and venvs without a Python.

mod concurrent;
mod found;
mod hostile;
mod kill;
mod shared;
mod support;
mod sync;
