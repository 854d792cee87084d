//! `mochi py publish`, from the outside.
