//! Compiled modules.
