//! `mochi py mirror s3://…` through the binary, against moto's server on loopback.

#[allow(dead_code, reason = "shared with tests/sync, which needs all of it")]
#[path = "../sync/python.rs"]
mod python;
#[allow(dead_code, reason = "shared with tests/sync, which needs all of it")]
#[path = "../sync/world.rs"]
mod world;

mod check;
mod content;
mod faults;
mod kill;
mod referees;
mod server;
mod together;
