//! `mochi py mirror` through the binary, on a loopback index.

#[allow(dead_code, reason = "shared with tests/sync, which needs all of it")]
#[path = "../sync/python.rs"]
mod python;
#[allow(dead_code, reason = "shared with tests/sync, which needs all of it")]
#[path = "../sync/world.rs"]
mod world;

mod bench;
mod check;
mod content;
mod kill;
mod provenance;
mod referees;
mod sources;
mod together;
mod transfers;
