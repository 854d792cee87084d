//! The world of `wit/bridge.wit`, as wasmtime's macro writes it.

#![allow(
    missing_docs,
    unreachable_pub,
    reason = "what the macro writes is documented in the WIT"
)]

wasmtime::component::bindgen!({ path: "wit", world: "bridge" });

pub(super) use mochi::bridge::host::{Host, Nested, Step, add_to_linker};
